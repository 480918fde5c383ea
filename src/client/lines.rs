//! What is shown of what is heard, as parts that a view gives colours to.

use unicode_normalization::char::is_combining_mark;

use crate::base::name::NameKey;
use crate::wire::json::{ClientMessage, EventFields, SenderKind};

/// Something said or told, as it is shown; its text may be longer than a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// When, as hours and minutes; or nothing.
    pub time: String,
    /// Its pieces, from left to right.
    pub parts: Vec<Part>,
}

/// A piece of a line that looks the same throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// What it is.
    pub look: Look,
}

/// What a part is, and thus how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What somebody says.
    Plain,
    /// What is said by the way.
    Faint,
    /// What the client or the server says to one alone.
    Notice,
    /// Somebody's name, with a number that is always the same for it.
    Name(u32),
    /// One's own name, on what one said oneself.
    Own,
    /// The host's name.
    Host,
    /// That a name is a bot's.
    Mark,
    /// One's own name, said by somebody else.
    Mention,
}

impl Line {
    /// A sentence of the client or of the server.
    pub fn notice(text: impl Into<String>) -> Line {
        Line { time: String::new(), parts: vec![part(text, Look::Notice)] }
    }

    /// Something by the way.
    pub(super) fn faint(time: impl Into<String>, text: impl Into<String>) -> Line {
        Line { time: time.into(), parts: vec![part(text, Look::Faint)] }
    }

    /// What somebody said, or did.
    pub(super) fn said(time: String, what: &EventFields, acted: bool, own: &str) -> Line {
        let is_own = NameKey::of(&what.who) == NameKey::of(own);
        let name = part(&what.who, if is_own { Look::Own } else { look_of(&what.who, what.is) });
        let mark = (what.is == SenderKind::Bot).then(|| part(" (bot)", Look::Mark));
        let text = what.text.as_deref().unwrap_or_default();
        let mut parts = Vec::new();
        if acted {
            parts.push(part("* ", Look::Plain));
        }
        parts.push(name);
        parts.extend(mark);
        parts.push(part(if acted { " " } else { ": " }, Look::Plain));
        if is_own {
            parts.push(part(text, Look::Plain));
        } else {
            parts.extend(mentions(text, own));
        }
        Line { time, parts }
    }

    /// What one said or did oneself, in a room that does not say it again.
    pub(super) fn own(ask: &ClientMessage, own: &str) -> Line {
        let name = part(own, Look::Own);
        let parts = match ask {
            ClientMessage::Command { rest, .. } => {
                vec![part("* ", Look::Plain), name, part(format!(" {rest}"), Look::Plain)]
            }
            ClientMessage::Say { text, .. } => vec![name, part(format!(": {text}"), Look::Plain)],
            _ => Vec::new(),
        };
        Line { time: String::new(), parts }
    }

    /// Whether it says one's own name.
    pub(super) fn is_mention(&self) -> bool {
        self.parts.iter().any(|part| part.look == Look::Mention)
    }

    /// All that it says, as text.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}

/// How the name of somebody who is this looks.
pub(super) fn look_of(name: &str, is: SenderKind) -> Look {
    if is == SenderKind::Host { Look::Host } else { Look::Name(hash(name)) }
}

fn part(text: impl Into<String>, look: Look) -> Part {
    Part { text: text.into(), look }
}

/// `text` with each `own` in it told apart, where it is a word, whatever the case.
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
    while let Some(from) = rest.find(is_of_a_name) {
        let word = &rest[from..];
        let word = &word[..word.find(|c| !is_of_a_name(c)).unwrap_or(word.len())];
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

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_combining_mark(c)
}

/// A number that is the same for a name on every machine (FNV-1a).
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

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
