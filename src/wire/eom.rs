//! `eom`: a message ends with `::EOMsg::`. For the Python clients and the scripts written after them.
//!
//! In: newlines within a message are dropped. Out: no message can end early, whatever its text.

use bytes::BytesMut;
use memchr::memmem;

use crate::proto::Event;
use crate::wire::text;

/// What ends a message.
pub(super) const END: &str = "::EOMsg::";

/// As much of [`END`] as must not stand in a text: with more, the end that follows the text would be found too early.
const END_BEGUN: &[u8] = b"::EOMsg";

/// Where the first message of `bytes` ends and where the next begins.
pub(super) fn find_end(bytes: &[u8]) -> Option<(usize, usize)> {
    memmem::find(bytes, END.as_bytes()).map(|at| (at, at + END.len()))
}

/// Appends `event` to `out`.
pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    let start = out.len();
    match event {
        // Their programs print both marks and the greeting themselves, or have no use for them.
        Event::Welcome { .. } | Event::OldMessages => return,
        Event::HostSaid { .. } => {
            out.extend_from_slice(b"\n");
            text::sentence(event, out);
        }
        Event::Removed { reason } => text::put(out, &["Kicked by the host for ", reason]),
        _ => text::sentence(event, out),
    }
    if memmem::find(&out[start..], END_BEGUN).is_some() {
        let harmless = String::from_utf8_lossy(&out[start..]).replace("::EOMsg", ":: EOMsg");
        out.truncate(start);
        out.extend_from_slice(harmless.as_bytes());
    }
    out.extend_from_slice(END.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::name::Name;

    #[test]
    fn no_text_can_end_a_message_early() {
        for text in [
            "a::EOMsg::Host: b",
            "a::EOMsg::",
            "a::EOMsg:",
            "a::EOMsg",
            "::::EOMsg::::",
        ] {
            let mut out = BytesMut::new();
            encode(
                &Event::Said {
                    who: Name::parse("Eve").unwrap(),
                    text: text.into(),
                },
                &mut out,
            );
            let (end, next) = find_end(&out).unwrap();
            assert_eq!((end, next), (out.len() - END.len(), out.len()), "{text}");
        }
    }
}
