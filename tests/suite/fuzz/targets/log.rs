//! The log of a cluster: whatever other nodes write into it.

use std::time::{Duration, SystemTime};

use salon::base::limits::MESSAGE_BYTES;
use salon::cluster::codec::{decode, encode};
use salon::cluster::registry::{Registry, What};
use salon::cluster::version::VERSION;

use super::assert_harmless;

/// Entries, each with a byte for its node and two for its length.
pub(super) fn log(bytes: &[u8]) {
    let (mut all, mut again) = (Registry::default(), Registry::default());
    let (mut rest, mut seq) = (bytes, 0);
    while let [node, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (entry, behind) = after.split_at(length);
        rest = behind;
        seq += 1;
        if let Ok(batch) = decode(entry, VERSION) {
            let written = encode(&batch);
            assert_eq!(decode(&written, VERSION).as_ref(), Ok(&batch), "what is written is read");
        }
        let node = ["a", "b", "c"][usize::from(*node) % 3];
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_201_200 + seq);
        for registry in [&mut all, &mut again] {
            registry.apply(seq, time, node, entry);
        }
        while let Some(outcome) = all.poll() {
            assert_eq!(again.poll().as_ref(), Some(&outcome), "all nodes carry it out alike");
            check(&outcome.what);
        }
        assert_eq!(again.poll(), None);
    }
    assert_eq!(all.hash(), again.hash());
    for (key, member) in all.members() {
        assert!(all.nodes().of_epoch(key.epoch).is_some(), "{member:?} is of no node");
        assert_harmless(member.who.name.as_str(), false);
    }
}

fn check(what: &What) {
    match what {
        What::Said { text, .. } | What::HostSaid(_, text) => {
            assert!(!text.is_empty() && text.len() <= MESSAGE_BYTES);
            assert_harmless(text, true);
        }
        What::Topic(room, text) => {
            assert_harmless(room, false);
            assert_harmless(text, false);
        }
        What::Sanction(_, text) => assert_harmless(text, false),
        _ => {}
    }
}
