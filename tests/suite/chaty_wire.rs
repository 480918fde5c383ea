//! The wire of ChatyChaty: over arbitrary bytes, however they are cut, with pauses between the pieces and without; and in
//! the hub, where neither what waits to be sent nor what waits to be read keeps anybody else waiting.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use salon::base::limits::{
    CHATY_FRAME_SILENCE, CHATY_MESSAGE_BYTES, CHATY_PARTIAL_FRAME_SILENCE, FRAME_BYTES,
};
use salon::hub::ListenerKind;
use salon::wire::Frame;
use salon::wire::chaty::ChatyFramer;

use crate::support::scene::Scene;

/// The frames of these pieces with a pause before each, and of the silence after the last.
fn split(pieces: &[&[u8]], pause: Duration) -> Vec<Frame> {
    let (mut framer, mut now) = (ChatyFramer::default(), Instant::now());
    let mut found = Vec::new();
    let mut take = |framer: &mut ChatyFramer, now| {
        found.extend(std::iter::from_fn(|| framer.next_frame(now)));
        assert!(
            framer.buffered() < FRAME_BYTES + CHATY_MESSAGE_BYTES + 4,
            "{} bytes are kept",
            framer.buffered()
        );
    };
    for piece in pieces {
        now += pause;
        take(&mut framer, now);
        framer.feed(piece, now);
        take(&mut framer, now);
    }
    take(&mut framer, now + CHATY_PARTIAL_FRAME_SILENCE);
    assert_eq!((framer.buffered(), framer.deadline()), (0, None));
    found
}

/// Bytes near everything that the framer looks for.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"Ann",
        b"Ann: ",
        b"Ann: hi",
        b": ",
        b":",
        b"A",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b" ",
        b"\xf0\x9f",
    ];
    let part = prop_oneof![
        8 => select(words).prop_map(<[u8]>::to_vec),
        2 => "\\PC{0,8}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..8),
        1 => (FRAME_BYTES - 12..FRAME_BYTES + 12).prop_map(|n| vec![b'x'; n]),
    ];
    let name = select(vec!["", "Ann\n", "Ann"]);
    (name, vec(part, 0..24)).prop_map(|(name, parts)| [name.as_bytes(), &parts.concat()].concat())
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_the_same_bytes_gives_the_same_messages(
        bytes in stream(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let whole = split(&[&bytes], Duration::ZERO);
        prop_assert_eq!(&split(&pieces(&bytes, &cuts), Duration::ZERO), &whole);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&split(&single, Duration::ZERO), &whole);
    }

    #[test]
    fn pauses_harm_nobody(
        bytes in stream(),
        cuts in vec(any::<Index>(), 0..12),
        pause in select(vec![CHATY_FRAME_SILENCE / 2, CHATY_FRAME_SILENCE, CHATY_PARTIAL_FRAME_SILENCE]),
    ) {
        for frame in split(&pieces(&bytes, &cuts), pause) {
            if let Frame::Text(text) = frame {
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\t'), "{:?}", text);
                // Other spaces of Unicode are for the codec, which says nothing that is blank.
                prop_assert!(!text.trim_ascii().is_empty());
            }
        }
    }
}

#[test]
fn several_messages_in_one_turn_are_sent_one_after_the_other() {
    let mut scene = Scene::new("--rooms chaty");
    let ann = scene.connect_at(ListenerKind::Chaty);
    scene.send(ann, b"Ann");
    scene.wait(Duration::from_secs(1));
    scene.heard(ann);
    scene.operate("say chaty one");
    scene.operate("say chaty two");
    scene.operate("say chaty three");
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.heard(ann), "Host: one\0Host: two\0Host: three\0");
}

#[test]
fn a_full_turn_leaves_input_for_the_next() {
    let mut scene = Scene::new("--rooms lobby,chaty --spam-limit off");
    let ann = scene.connect_at(ListenerKind::Chaty);
    scene.send(ann, b"Ann");
    scene.wait(Duration::from_secs(1));
    let bob = scene.join("Bob");
    // In one turn: more input than its budget, and the end of a silence.
    scene.hub.received(ann, b"Ann: hi", scene.now);
    let flood = format!("{}\n", "x".repeat(4_000)).repeat(40);
    scene.hub.received(bob, flood.as_bytes(), scene.now);
    assert!(scene.hub.sessions().must_pause_reads());
    scene.now += CHATY_FRAME_SILENCE;
    scene.hub.handle_timeout(scene.now);
    scene.settle();
    scene.wait(Duration::from_secs(1));
    let carl = scene.join("Carl");
    scene.send(carl, b"/join chaty\n");
    assert!(scene.heard(carl).contains("] Ann: hi\n"), "in the history");
}
