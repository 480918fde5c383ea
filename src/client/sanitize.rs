//! What a server says, made harmless once more before it reaches a terminal: a client need not trust its server.

use crate::base::text::clean;
use crate::wire::json::{Tell, What};

/// `tell` with nothing in it that a terminal would obey.
pub(super) fn sanitize(mut tell: Tell) -> Tell {
    match &mut tell {
        Tell::Hello { server, name, .. } => {
            sanitize_text(server);
            sanitize_text(name);
        }
        Tell::Welcome { room, present, .. } => {
            sanitize_text(room);
            for other in present {
                sanitize_text(&mut other.who);
            }
        }
        Tell::Live { room } => sanitize_text(room),
        Tell::Joined { what }
        | Tell::Left { what }
        | Tell::Said { what }
        | Tell::Acted { what }
        | Tell::Found { what, .. } => {
            sanitize_event(what);
        }
        // These have lines.
        Tell::Notice { text } | Tell::Refused { text, .. } => {
            let lines: Vec<_> = text.split('\n').map(|line| clean(line.as_bytes())).collect();
            *text = lines.join("\n");
        }
        Tell::Parted { room, text } => {
            sanitize_text(room);
            sanitize_text(text);
        }
        Tell::Removed { reason, .. } => sanitize_text(reason),
    }
    tell
}

fn sanitize_event(What { time, room, who, text, .. }: &mut What) {
    for text in [time, room, who].into_iter().chain(text) {
        sanitize_text(text);
    }
}

fn sanitize_text(text: &mut String) {
    let harmless = clean(text.as_bytes());
    if harmless != *text {
        *text = harmless.into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_moves_a_cursor() {
        let line = r#"{"type":"said","id":1,"time":"\u001b[1m","room":"\u0007","who":"A\u001b]0;x\u0007","is":"person","text":"\u001b[2J\n\u202e","replayed":false}"#;
        let said = format!("{:?}", sanitize(serde_json::from_str(line).unwrap()));
        assert!(!said.contains("\\u{1b}") && !said.contains("\\u{7}") && !said.contains("202e"), "{said}");
        let notice = Tell::Notice { text: "one\ntwo\u{1b}c\rthree".into() };
        assert_eq!(sanitize(notice), Tell::Notice { text: "one\ntwo\u{fffd}c\u{fffd}three".into() });
    }
}
