//! Servers of several versions in one cluster, while they are replaced one after the other.

use std::time::Duration;

use salon::admin::Answer;
use salon::cluster::Keeping;
use salon::cluster::version::{FIRST_VERSION, Reads, VERSION};

use crate::cluster::stage::Stage;

const KEEPING: Keeping = Keeping { interval: 16, entries: 64, time: Duration::from_secs(3600) };

/// What a server of another version reads.
fn of(version: u8) -> Reads {
    Reads { version, release: format!("0.{version}.9").into() }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The highest version of what the log has from an entry on, and that of the last snapshot.
fn written(stage: &Stage, from: usize) -> (u8, u8) {
    let log = stage.log.borrow();
    let entries = log.entries[from..].iter().map(|entry| entry.bytes[0]).max().unwrap();
    (entries, log.whole_snapshots().last_key_value().unwrap().1[0])
}

fn count(stage: &Stage) -> usize {
    stage.log.borrow().entries.len()
}

/// The nodes of three are replaced by those of the next version, one after the other. Returns the cluster, and how many entries the
/// log had then.
fn replaced(before: u8) -> (Stage, usize) {
    let mut stage = Stage::reading(3, "--host-interval off", KEEPING, &of(before));
    let ann = stage.join(0, "Ann");
    stage.wait(seconds(20));
    for (at, name) in [(2, "Bob"), (1, "Cid")] {
        stage.kill(at);
        stage.wait(seconds(12));
        stage.reads[at] = of(before + 1);
        stage.start(at);
        stage.wait(seconds(12));
        let bob = stage.join(at, name);
        stage.send(at, bob, "it is new here\n");
        stage.send(0, ann, "and old here\n");
        for heard in [stage.heard(at, bob), stage.heard(0, ann)] {
            assert!(heard.ends_with(&format!("{name}: it is new here\nAnn: and old here\n")), "{heard}");
        }
        assert_eq!(written(&stage, 0), (before, before), "the first one could not read more");
        let Answer::Done(nodes) = stage[0].operate("nodes") else { panic!("no answer") };
        let shown = format!(", Salon 0.{0}.9 (version {0} of the log) (epoch", before + 1);
        assert!(nodes.text.contains(&shown), "{}", nodes.text);
        stage.assert_same();
    }
    stage.kill(0);
    stage.wait(seconds(12));
    let from = count(&stage);
    (stage, from)
}

#[test]
fn servers_are_replaced_one_after_the_other_and_write_what_all_can_read() {
    for before in [FIRST_VERSION, VERSION] {
        let (mut stage, from) = replaced(before);
        stage.reads[0] = of(before + 1);
        stage.start(0);
        stage.wait(seconds(30));
        assert_eq!(written(&stage, from), (before + 1, before + 1));
        // Who comes then begins from such a snapshot.
        stage.reads[3] = of(before + 1);
        stage.add(3);
        stage.wait(seconds(12));
        assert!(stage[3].hub.node().unwrap().registry().begun().is_some());
        let (ann, bob) = (stage.join(0, "Ann"), stage.join(3, "Dan"));
        stage.heard(3, bob);
        stage.send(0, ann, "all is new\n");
        assert_eq!(stage.heard(3, bob), "Ann: all is new\n");
        for at in 0..4 {
            assert_eq!(stage[at].hub.node().unwrap().trouble(), None, "{at}");
        }
        stage.assert_same();
    }
}

#[test]
fn a_server_that_cannot_read_what_the_others_write_says_what_to_install_and_does_not_go_on_apart() {
    let (mut stage, _) = replaced(VERSION);
    let ann = stage.join(1, "Ann");
    // It is started again as it was.
    stage.start(0);
    stage.wait(seconds(3));
    let trouble = stage[0].hub.node().unwrap().trouble().unwrap();
    let words = "is of a later version of Salon. Install the version here that the other nodes run";
    let other = format!("runs a later version of Salon (0.{0}.9, with version {0} of the log", VERSION + 1);
    assert!(trouble.contains(words) || trouble.contains(&other), "{trouble}");
    let eve = stage.join(0, "Eve");
    stage.send(0, eve, "does anybody hear me?\n");
    stage.wait(seconds(12));
    let heard = stage.heard(1, ann);
    assert!(!heard.contains("Eve") && !heard.contains("anybody"), "{heard}");
    assert!(stage[1].hub.node().unwrap().nodes().iter().all(|node| *node.name != *"a"));
}

#[test]
fn a_server_that_was_away_while_the_others_went_on_to_a_later_version_stops_aloud() {
    let mut stage = Stage::new(3, "--host-interval off");
    let ann = stage.join(0, "Ann");
    stage.freeze(0, true);
    for at in [1, 2] {
        stage.kill(at);
        stage.reads[at] = of(VERSION + 1);
        stage.start(at);
        stage.wait(seconds(12));
    }
    let bob = stage.join(1, "Bob");
    stage.freeze(0, false);
    stage.send(0, ann, "does anybody hear me?\n");
    stage.wait(seconds(3));
    let trouble = stage[0].hub.node().unwrap().trouble().unwrap();
    let words = format!("runs a later version of Salon (0.{0}.9, with version {0} of the log", VERSION + 1);
    assert!(trouble.contains(&words) && trouble.contains("Install that version here"), "{trouble}");
    assert!(!stage.heard(1, bob).contains("anybody"));
}
