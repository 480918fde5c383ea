//! Emoji by their names, as `:wave:`. The names are GitHub's, from the crate `emojis`.

use crate::base::limits::EMOJI_CANDIDATES;
use crate::terminal::editor::Editor;

/// Puts an emoji in the place of its name with both colons, if that is what stands before the cursor.
pub(super) fn expand(editor: &mut Editor) {
    let before = &editor.text()[..editor.cursor()];
    let Some(name) = before.strip_suffix(':').and_then(|rest| rest.rsplit(':').next()) else { return };
    let from = before.len() - name.len() - 1;
    let begins = before[..from].strip_suffix(':').is_some_and(may_begin_behind);
    if let Some(emoji) = emojis::get_by_shortcode(name).filter(|_| begins) {
        editor.replace(from - 1, editor.cursor(), emoji.as_str());
    }
}

/// `line` with emoji in the place of their names with both colons.
pub(super) fn expanded(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(':') {
        text.push_str(before);
        let name = after.split_once(':').filter(|_| may_begin_behind(&text));
        let found = name.and_then(|(name, behind)| Some((emojis::get_by_shortcode(name)?, behind)));
        if let Some((emoji, behind)) = found {
            text.push_str(emoji.as_str());
            rest = behind;
        } else {
            text.push(':');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// Whether a colon behind this text may begin a name: not within a word, a path, or `a::b`.
fn may_begin_behind(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || [':', '/', '_'].contains(&c))
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
            ("http://a/:wave:", "http://a/:wave:"),
            (":8080:", ":8080:"),
            ("::", "::"),
            (":", ":"),
        ] {
            let mut editor = Editor::default();
            editor.set(line);
            expand(&mut editor);
            assert_eq!(editor.text(), result, "{line}");
            assert_eq!(expanded(line), result, "{line}");
        }
        let line = "::wave: (:wave::tada:) 12:30: :+1:, a: :no:wave: :smile\n:heart:";
        assert_eq!(expanded(line), "::wave: (👋🎉) 12:30: 👍, a: :no:wave: :smile\n❤\u{fe0f}");
    }

    #[test]
    fn short_names_come_first() {
        assert_eq!(beginning_with("TAD"), ["🎉"]);
        assert_eq!(beginning_with("heart")[0], "❤\u{fe0f}");
        assert_eq!(beginning_with("").len(), EMOJI_CANDIDATES);
        assert!(beginning_with("no_such_thing").is_empty());
    }
}
