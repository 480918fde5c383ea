//! Properties of any keys in any terminal.

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use salon::terminal::editor::Editor;
use salon::terminal::keys::{Key, Keys};
use unicode_segmentation::UnicodeSegmentation;

use crate::support::client_app::Desk;

/// Arbitrary keys, and text of many scripts.
fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        6 => select(vec!['a', ' ', 'é', 'e', '\u{301}', '日', '👩', '\u{200d}', '💻', '🇳', '🇴', 'ク', '\u{3099}', '\u{e4d}', '.'])
            .prop_map(Key::Char),
        1 => any::<char>().prop_filter("a terminal sends no control as a character", |c| !c.is_control())
            .prop_map(Key::Char),
        5 => select(vec![
            Key::Left, Key::Right, Key::Home, Key::End, Key::Backspace, Key::Delete, Key::WordLeft, Key::WordRight,
            Key::WordBackspace, Key::Ctrl('w'), Key::Ctrl('u'), Key::Ctrl('k'), Key::Ctrl('y'), Key::Ctrl('t'),
            Key::Alt('d'), Key::Alt('b'), Key::Alt('f'), Key::Tab, Key::BackTab, Key::Up, Key::Down, Key::Enter,
            Key::Escape, Key::Ctrl('a'), Key::Ctrl('e'), Key::Ctrl('l'), Key::Ctrl('c'),
        ]),
        1 => "\\PC{0,6}".prop_map(Key::Paste),
        1 => Just(Key::Paste("one\ntwo".into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_leave_the_cursor_between_two_characters(keys in vec(key(), 0..40)) {
        let mut editor = Editor::default();
        for key in &keys {
            editor.press(key);
            let (text, cursor) = (editor.text(), editor.cursor());
            let between = text.grapheme_indices(true).any(|(at, _)| at == cursor) || cursor == text.len();
            prop_assert!(between, "{:?} {} after {:?}", text, cursor, key);
        }
    }

    #[test]
    fn typing_is_typing(text in "\\PC{0,30}") {
        let mut editor = Editor::default();
        for c in text.chars() {
            editor.press(&Key::Char(c));
        }
        prop_assert_eq!(editor.text(), &text);
        prop_assert_eq!(editor.cursor(), text.len());
    }

    /// In a terminal of any size the cursor stays inside, and nothing panics.
    #[test]
    fn any_keys_in_any_terminal(keys in vec(key(), 0..30), columns in 1u16..50, rows in 1u16..8) {
        let mut desk = Desk::with(columns, rows, &["Bob", "李雷"]);
        for (n, key) in keys.into_iter().enumerate() {
            desk.app.press(key, desk.now);
            desk.news(&format!("said 李雷 {n} 日本語 \u{301}e\u{301} and so on and on"));
            let cursor = desk.screen.backend().cursor_position();
            prop_assert!(cursor.x < columns && cursor.y < rows);
        }
    }

    /// Splitting a terminal's bytes does not change the keys.
    #[test]
    fn keys_do_not_depend_on_cuts(bytes in vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'['), Just(b'O')], 0..40)) {
        let now = Instant::now();
        let read = |size: usize| {
            let (mut keys, mut found) = (Keys::default(), Vec::new());
            for piece in bytes.chunks(size) {
                keys.feed(piece, now);
                found.extend(std::iter::from_fn(|| keys.next_key()));
            }
            found
        };
        prop_assert_eq!(read(1), read(bytes.len().max(1)));
    }
}
