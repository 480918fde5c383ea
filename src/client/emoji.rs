//! Emoji by their names, as `:wave:`. The names are GitHub's, from the crate `emojis`.

use crate::base::limits::EMOJI_CANDIDATES;
use crate::terminal::editor::Editor;

/// Puts an emoji in the place of its name with both colons, if that is what stands before the cursor.
pub(super) fn expand(editor: &mut Editor) {
    let before = &editor.text()[..editor.cursor()];
    let Some(name) = before.strip_suffix(':').and_then(|rest| rest.rsplit(':').next()) else { return };
    let from = before.len() - name.len() - 1;
    let begins_word = before[..from].strip_suffix(':').is_some_and(|before| {
        before.is_empty() || before.ends_with(|c: char| !c.is_alphanumeric() && c != ':')
    });
    if let Some(emoji) = emojis::get_by_shortcode(name).filter(|_| begins_word) {
        editor.replace(from - 1, editor.cursor(), emoji.as_str());
    }
}

/// Emoji whose names begin with `start`, those with short names first.
pub(super) fn beginning_with(start: &str) -> Vec<String> {
    let start = start.to_lowercase();
    let named = emojis::iter().flat_map(|emoji| emoji.shortcodes().map(move |name| (name, emoji.as_str())));
    let mut found: Vec<_> = named.filter(|(name, _)| name.starts_with(&start)).collect();
    found.sort_by_key(|(name, _)| (name.len(), *name));
    let mut emoji: Vec<String> = Vec::new();
    for (_, text) in found {
        if emoji.len() < EMOJI_CANDIDATES && !emoji.iter().any(|other| other == text) {
            emoji.push(text.to_owned());
        }
    }
    emoji
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_emoji() {
        for (line, result) in [
            (":wave:", "👋"),
            ("hi :+1:", "hi 👍"),
            ("(:tada:", "(🎉"),
            (":no_such_thing:", ":no_such_thing:"),
            ("std::wave:", "std::wave:"),
            ("a:wave:", "a:wave:"),
            ("::", "::"),
            (":", ":"),
        ] {
            let mut editor = Editor::default();
            editor.set(line);
            expand(&mut editor);
            assert_eq!(editor.text(), result, "{line}");
        }
    }

    #[test]
    fn short_names_come_first() {
        assert_eq!(beginning_with("TAD"), ["🎉"]);
        assert_eq!(beginning_with("heart")[0], "❤\u{fe0f}");
        assert_eq!(beginning_with("").len(), EMOJI_CANDIDATES);
        assert!(beginning_with("no_such_thing").is_empty());
    }
}
