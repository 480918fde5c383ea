//! Messages and notices as lines to show: text in parts, each with a role that the view maps to a style.

use unicode_normalization::char::is_combining_mark;

use crate::base::name::NameKey;
use crate::client::plain::{EDITED, suffix};
use crate::wire::json::{ClientMessage, EventFields, SenderKind};

/// What the entries of a table begin with.
const ENTRY: &str = "  ";

/// A line of text, not wrapped yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Hours and minutes; may be empty.
    pub time: String,
    /// From left to right.
    pub parts: Vec<Part>,
    /// The id of the message in its room, if it is one.
    pub id: Option<u64>,
}

/// A part of a line in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// Its role.
    pub look: Look,
}

/// The role of a part, which decides its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The text of a message.
    Plain,
    /// Joins, leaves, dates and separators.
    Faint,
    /// A sentence of the client or the server.
    Notice,
    /// An entry of a table in such a sentence.
    Entry,
    /// A member's name, with the number of its colour.
    Name(usize),
    /// The user's name, as an author.
    Own,
    /// The host's name.
    Host,
    /// The mark `(bot)` after a name.
    Mark,
    /// The user's name in another's message.
    Mention,
    /// The name of a room, above its lines.
    Heading,
}

impl Line {
    /// A sentence of the client or the server, or an entry of a table in one.
    pub fn notice(text: impl Into<String>) -> Line {
        let text = text.into();
        let look = if text.starts_with(ENTRY) { Look::Entry } else { Look::Notice };
        Line { parts: vec![part(text, look)], ..Line::default() }
    }

    /// A join, a leave, a date or a separator.
    pub(super) fn faint(time: impl Into<String>, text: impl Into<String>) -> Line {
        Line { time: time.into(), parts: vec![part(text, Look::Faint)], id: None }
    }

    /// The name of the room that the lines below belong to.
    pub(super) fn heading(room: &str) -> Line {
        Line { parts: vec![part(format!("━━ {room} ━━"), Look::Heading)], ..Line::default() }
    }

    /// A message or an action. `own` is the user's name, `hue` the number of the author's colour.
    pub(super) fn said(time: String, what: &EventFields, acted: bool, own: &str, hue: usize) -> Line {
        let is_own = NameKey::of(&what.who) == NameKey::of(own);
        let name = part(
            &what.who,
            match what.is {
                _ if is_own => Look::Own,
                SenderKind::Host => Look::Host,
                SenderKind::Person | SenderKind::Bot => Look::Name(hue),
            },
        );
        let mark = (what.is == SenderKind::Bot).then(|| part(" (bot)", Look::Mark));
        let text = what.text.as_deref().unwrap_or_default();
        let mut parts = Vec::new();
        if acted {
            parts.push(part("* ", Look::Plain));
        }
        parts.push(name);
        parts.extend(mark);
        parts.push(part(if acted { " " } else { ": " }, Look::Plain));
        // Hosts and bots name people all the time.
        if is_own || what.is != SenderKind::Person {
            parts.push(part(text, Look::Plain));
        } else {
            parts.extend(mentions(text, own));
        }
        parts.extend(Some(suffix(what)).filter(|mark| !mark.is_empty()).map(|mark| part(mark, Look::Mark)));
        Line { time, parts, id: Some(what.id) }
    }

    /// The user's own message, for rooms that do not echo it.
    pub(super) fn own(request: &ClientMessage, own: &str) -> Line {
        let name = part(own, Look::Own);
        let parts = match request {
            ClientMessage::Command { rest, .. } => {
                vec![part("* ", Look::Plain), name, part(format!(" {rest}"), Look::Plain)]
            }
            ClientMessage::Say { text, .. } => vec![name, part(format!(": {text}"), Look::Plain)],
            _ => Vec::new(),
        };
        Line { parts, ..Line::default() }
    }

    /// Its message is erased, or has another text.
    pub(super) fn amend(&mut self, text: Option<&str>) {
        let Some(new) = text else {
            self.parts = vec![part("── erased ──", Look::Faint)];
            return;
        };
        // The name and what is between it and the text stay.
        let head = self.parts.iter().position(|part| matches!(part.text.as_str(), ": " | " "));
        self.parts.truncate(head.map_or(0, |at| at + 1));
        self.parts.extend([part(new, Look::Plain), part(EDITED, Look::Mark)]);
    }

    /// Whether the lines below it belong to another room than those above.
    pub(super) fn is_heading(&self) -> bool {
        self.parts.iter().any(|part| part.look == Look::Heading)
    }

    /// Whether it is a sentence of the client or the server.
    pub(super) fn is_notice(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.look, Look::Notice | Look::Entry))
    }

    /// Whether it mentions the user.
    pub(super) fn is_mention(&self) -> bool {
        self.parts.iter().any(|part| part.look == Look::Mention)
    }

    /// Its text without time and styles.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}

fn part(text: impl Into<String>, look: Look) -> Part {
    Part { text: text.into(), look }
}

/// Splits `text` at whole words that equal the name `own`, ignoring case.
fn mentions(text: &str, own: &str) -> Vec<Part> {
    let key = NameKey::of(own);
    let is_own = |word: &str| !word.is_empty() && NameKey::of(word) == key;
    let mut parts: Vec<Part> = Vec::new();
    let mut put = |text: &str, look: Look| match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.look == look => last.text.push_str(text),
        _ => parts.push(part(text, look)),
    };
    let mut rest = text;
    while let Some(from) = rest.find(is_name_char) {
        let word = &rest[from..];
        let word = &word[..word.find(|c| !is_name_char(c)).unwrap_or(word.len())];
        put(&rest[..from], Look::Plain);
        rest = &rest[from + word.len()..];
        // A name may end with a full stop, and so may a sentence.
        let bare = word.trim_end_matches(['.', '-']);
        match [word, bare].into_iter().find(|name| is_own(name)) {
            Some(name) => {
                put(name, Look::Mention);
                put(&word[name.len()..], Look::Plain);
            }
            None => put(word, Look::Plain),
        }
    }
    put(rest, Look::Plain);
    parts
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_mention() {
        for (is, mentions) in
            [(SenderKind::Person, true), (SenderKind::Bot, false), (SenderKind::Host, false)]
        {
            let what = EventFields {
                id: 1,
                time: String::new(),
                room: "lobby".into(),
                who: "Bob".into(),
                is,
                text: Some("Ann has taken a seat".into()),
                replayed: false,
                edited: false,
                notice: false,
            };
            let line = Line::said(String::new(), &what, false, "Ann", 0);
            assert_eq!((line.is_mention(), line.text().contains("Ann has")), (mentions, true), "{is:?}");
        }
    }

    #[test]
    fn entries_of_tables_are_upright() {
        assert_eq!(Line::notice("Rooms:").parts[0].look, Look::Notice);
        let entry = Line::notice("  lobby  3 in it");
        assert_eq!((entry.parts[0].look, entry.is_notice()), (Look::Entry, true));
    }

    #[test]
    fn ones_own_name_is_a_word() {
        for (text, mentioned) in [
            ("hi Ann!", true),
            ("ANN: hello", true),
            ("Annie is here", false),
            ("plan", false),
            ("@ann", true),
            ("Thanks, Ann...", true),
            ("Ann's", true),
            ("Ann-Marie", false),
            ("", false),
        ] {
            let parts = mentions(text, "Ann");
            assert_eq!(parts.iter().any(|p| p.look == Look::Mention), mentioned, "{text}");
            assert_eq!(parts.iter().map(|p| p.text.as_str()).collect::<String>(), text);
        }
    }
}
