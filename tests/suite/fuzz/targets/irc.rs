//! What an IRC client sends, however it is cut, and what it is answered.

use std::time::Instant;

use salon::base::limits::{IRC_LINE_BYTES, IRC_SENT_BYTES, IRC_TARGETS};
use salon::base::name::Name;
use salon::proto::{Event, Request};
use salon::wire::{AnswerPart, Codec, Inbound};

use super::{pieces, wire};

/// One byte that says how to cut, and lines of a client that has a name.
pub(super) fn lines(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let whole = read([bytes]);
    assert_eq!(read(pieces(bytes, seed)), whole, "in pieces");
    let (requests, replies) = whole;
    requests.iter().for_each(wire::judge_request);
    judge_lines(&replies);
    // A line asks for so much and no more.
    let lines = bytes.split(|byte| matches!(byte, b'\n' | 0)).count();
    assert!(requests.len() <= lines * IRC_TARGETS, "{} requests from {lines} lines", requests.len());
}

/// The requests in these bytes, and what the protocol answers.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Request>, String) {
    let (mut codec, now) = (Codec::detecting(), Instant::now());
    let (mut requests, mut replies) = (Vec::new(), Vec::new());
    let hello: &[u8] =
        b"CAP REQ :away-notify batch draft/multiline extended-monitor labeled-response message-tags\r\nNICK Ann\r\nUSER ann 0 * :Ann\r\nCAP END\r\n";
    for piece in [hello].into_iter().chain(pieces) {
        codec.feed(piece, now);
        while let Some(inbound) = codec.next_inbound(now) {
            match inbound {
                Inbound::Request(Request::Hello { name, .. }) => {
                    let name = Name::parse(&name).unwrap();
                    codec.on_name_accepted(&name);
                    let started = "1".into();
                    let event = Event::NameAccepted { name, token: None, started, pace: None };
                    assert!(codec.render(&event, &mut bytes::BytesMut::new()));
                }
                Inbound::Request(request) => requests.push(request),
                Inbound::Blank => {}
                other => panic!("{other:?}"),
            }
            let reply = codec.take_lines().unwrap_or_default();
            match codec.take_label().filter(|label| codec.collects_answers_to(label)) {
                Some(label) => {
                    let mut answer = bytes::BytesMut::new();
                    codec.put_answer_to(&label, &reply, AnswerPart::WHOLE, &mut answer);
                    replies.extend(answer);
                }
                None => replies.extend(reply),
            }
        }
        assert!(codec.memory() <= 4 * IRC_LINE_BYTES + piece.len(), "{} bytes are kept", codec.memory());
    }
    (requests, String::from_utf8(replies).unwrap())
}

/// Whole lines of IRC, none of which is too long or can be taken for two.
pub(super) fn judge_lines(text: &str) {
    let Some(all) = text.strip_suffix("\r\n") else { return assert_eq!(text, "") };
    for line in all.split("\r\n") {
        let plain = line.replace('\u{1}', "");
        super::assert_harmless(&plain, false);
        let untagged = if line.starts_with('@') { line.split_once(' ').unwrap().1 } else { line };
        assert!(untagged.len() + 2 <= IRC_SENT_BYTES, "{} bytes: {line}", untagged.len());
        assert!(untagged.starts_with(':') || untagged.starts_with("ERROR :"), "{line}");
    }
}
