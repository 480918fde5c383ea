//! The whole server but for its system calls, in the hands of anybody.

use std::collections::BTreeMap;
use std::time::Duration;

use salon::admin::{Answer, Reply};
use salon::base::limits::SEND_QUEUE_BYTES;
use salon::hub::{ListenerKind, SessionId};

use super::{assert_harmless, parts};
use crate::support::scene::Scene;

/// Rooms of all kinds, and bots.
const OPTIONS: &str = "--bots simple,weather,sport,art --spam-limit 30/4s";

/// The longest that is waited at once, in seconds.
const LONGEST_WAIT: u64 = 120;

/// What telnet is answered.
const NO_TIMING_MARK: &[u8] = &[255, 252, 6];

/// Parts of which each says in its first byte what it is: `0` to `3` send the rest as bytes, and `4` and `5` do through the
/// other listener; `e` and `v` and a digit: that one ends, or vanishes; `w` and a number: so many seconds pass; `o`: the
/// operator types the rest.
pub(super) fn hub(bytes: &[u8]) {
    let mut scene = Scene::new(OPTIONS);
    let mut peers: BTreeMap<u8, SessionId> = BTreeMap::new();
    let witness = scene.join("Wit");
    for part in parts(bytes) {
        let Some((&what, rest)) = part.split_first() else { continue };
        match what {
            b'0'..=b'5' => {
                let kind = if what < b'4' { ListenerKind::Any } else { ListenerKind::Chaty };
                let peer = *peers.entry(what).or_insert_with(|| scene.connect_at(kind));
                scene.send(peer, rest);
            }
            b'e' | b'v' => {
                let peer = rest.first().and_then(|peer| peers.remove(peer));
                match peer {
                    Some(peer) if what == b'e' => scene.end(peer),
                    Some(peer) => scene.vanish(peer),
                    None => {}
                }
            }
            b'w' => {
                let seconds = String::from_utf8_lossy(rest).trim().parse().unwrap_or(1);
                scene.wait(Duration::from_secs(LONGEST_WAIT.min(seconds)));
            }
            b'o' => match scene.operate(&String::from_utf8_lossy(rest)) {
                Answer::Done(Reply { text, .. }) => assert_harmless(&text, true),
                Answer::Exit => return scene.wait(Duration::from_secs(10)),
                Answer::Pending(_) => unreachable!("the scene waits for the answer"),
            },
            _ => {}
        }
        for peer in peers.values() {
            judge(&mut scene, *peer);
        }
        peers.retain(|_, peer| !scene.peer(*peer).closed);
    }
    judge(&mut scene, witness);
}

/// What it heard harms no terminal, and what it is owed is within bounds.
fn judge(scene: &mut Scene, peer: SessionId) {
    assert!(scene.hub.sessions().unsent(&[peer]).0 <= SEND_QUEUE_BYTES);
    let bytes = std::mem::take(&mut scene.peer(peer).heard);
    let at = bytes.windows(NO_TIMING_MARK.len()).position(|part| part == NO_TIMING_MARK);
    let parts = at.map_or((&bytes[..], &[][..]), |at| (&bytes[..at], &bytes[at + NO_TIMING_MARK.len()..]));
    for part in [parts.0, parts.1] {
        // A zero is where a read ended, and an answer in HTTP has its lines' ends.
        let text = String::from_utf8(part.to_vec()).unwrap().replace('\0', "").replace("\r\n", "\n");
        assert_harmless(&text, true);
    }
}
