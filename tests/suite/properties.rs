//! Properties of any bytes, however they are split.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use salon::base::limits::{FRAME_BYTES, IRC_LINE_BYTES, JSON_FRAME_BYTES, SEND_QUEUE_BYTES};
use salon::wire::{Decoder, Dialect, Frame};

use crate::support::scene::Scene;

/// The longest end mark: how many bytes may be buffered beyond a frame.
const END_BYTES: usize = 9;

/// Bytes as peers send them, valid and invalid.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        6 => "[a-zA-Z: /]{0,12}".prop_map(String::into_bytes),
        4 => Just(b"\n".to_vec()),
        4 => Just(b"::EOMsg::".to_vec()),
        2 => select(vec!["\r\n", "\r\0", "\r", "\0", "::EOMsg", ":", "::"]).prop_map(|s| s.as_bytes().to_vec()),
        2 => select(vec![
            &b"\xff\xfb\x01"[..], b"\xff\xfa\x1f\0\x50\xff\xf0", b"\xff\xff", b"\xff", b"\xff\xfa",
            b"\xef\xbb\xbf", b"\x16\x03", b"{", br#"{"type":"say","text":"x"}"#, b"GET / HTTP/1.1",
        ]).prop_map(<[u8]>::to_vec),
        2 => "\\PC{0,8}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..8),
        1 => (FRAME_BYTES - 12..FRAME_BYTES + 12).prop_map(|n| vec![b'x'; n]),
        1 => (4_080..4_110_usize).prop_map(|n| vec![b'y'; n]),
    ];
    vec(part, 0..24).prop_map(|parts| parts.concat())
}

/// Where to split a stream.
fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..12)
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        while let Some(frame) = decoder.next_frame() {
            frames.push(frame);
        }
        let limit = match decoder.dialect() {
            Some(Dialect::Json) => JSON_FRAME_BYTES,
            Some(Dialect::Irc) => IRC_LINE_BYTES,
            _ => FRAME_BYTES,
        };
        assert!(decoder.buffered() < limit + END_BYTES, "{} bytes are kept", decoder.buffered());
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_the_same_bytes_gives_the_same_messages(bytes in stream(), cuts in cuts()) {
        let whole = decode([&bytes[..]]);
        prop_assert_eq!(&decode(pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&decode(bytes.chunks(1)), &whole);
    }

    #[test]
    fn text_is_harmless(bytes in stream()) {
        for frame in decode([&bytes[..]]) {
            if let Frame::Text(text) = frame {
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\t'), "{:?}", text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Through the whole hub: what a witness in either dialect receives does not depend on the splits, and nothing exceeds its
    /// bound.
    #[test]
    fn arbitrary_bytes_harm_nobody(bytes in stream(), cuts in cuts(), eom in any::<bool>()) {
        let hear = |pieces: Vec<&[u8]>| {
            let mut scene = Scene::new("--host-interval off --spam-limit off");
            let ann = scene.join("Ann");
            let carl = scene.connect();
            scene.send(carl, b"Carl::EOMsg::");
            let eve = scene.connect();
            scene.send(eve, if eom { b"Eve: Eve::EOMsg::" } else { b"Eve\n" });
            for piece in pieces {
                scene.send(eve, piece);
            }
            assert!(scene.hub.sessions().unsent(&[ann, carl, eve]).0 <= SEND_QUEUE_BYTES);
            assert!(!scene.peer(ann).closed && !scene.peer(carl).closed);
            [scene.heard(ann), scene.heard(carl), scene.heard(eve)]
        };
        let whole = hear(vec![&bytes]);
        let harmful = |c: char| c.is_control() && !"\n\t".contains(c);
        prop_assert!(!whole.iter().any(|text| text.contains(harmful)));
        prop_assert_eq!(hear(pieces(&bytes, &cuts)), whole);
    }
}
