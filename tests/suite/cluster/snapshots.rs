//! Snapshots of what all servers know, and a log that is trimmed behind them: servers that come later, or were away.

use std::time::Duration;

use salon::admin::Answer;
use salon::base::limits::{SHARED_IDS_FROM, SHARED_INDEX_BITS};
use salon::cluster::Keeping;
use salon::cluster::pieces::split;
use salon::cluster::registry::Registry;
use salon::hub::SessionId;
use salon::journal::{RestoredState, RestoredStream, StreamId};

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off";

/// Two servers that are idle write so much in half a minute.
const KEEPING: Keeping = Keeping { interval: 16, entries: 64, time: Duration::from_secs(3600) };

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What an earlier run stored that has everything below an id.
pub fn stored_below(next_id: u64) -> RestoredState {
    let stream = RestoredStream {
        id: StreamId::shared(1),
        room: "lobby".into(),
        next_id,
        messages: Vec::new(),
        incomplete_below: 0,
    };
    RestoredState { streams: vec![stream], next_stream: StreamId(2), ..RestoredState::default() }
}

/// The id of the first event of an entry.
fn id_of(entry: u64) -> u64 {
    SHARED_IDS_FROM + (entry << SHARED_INDEX_BITS)
}

/// Two servers whose log is short, with Ann and Bob.
fn two() -> (Stage, SessionId, SessionId) {
    let mut stage = Stage::keeping(2, QUIET, KEEPING);
    let (ann, bob) = (stage.join(0, "Ann"), stage.join(1, "Bob"));
    (stage, ann, bob)
}

fn trimmed(stage: &Stage) -> u64 {
    stage.log.borrow().trimmed as u64
}

fn last(stage: &Stage) -> u64 {
    stage.log.borrow().entries.len() as u64
}

/// What an operator of a server reads.
fn reads(stage: &mut Stage, at: usize, command: &str) -> String {
    match stage[at].operate(command) {
        Answer::Done(reply) => reply.text,
        other => panic!("{other:?}"),
    }
}

fn nodes(stage: &mut Stage, at: usize) -> String {
    reads(stage, at, "nodes")
}

#[test]
fn who_comes_after_the_log_was_trimmed_knows_the_same() {
    let (mut stage, ann, _) = two();
    for order in ["topic lobby Tea at five", "ban Eve for 1h spam", "mute Dan for 1h noise"] {
        stage[0].operate(order);
    }
    stage.wait(seconds(60));
    assert!(trimmed(&stage) > 16, "{} of {}", trimmed(&stage), last(&stage));
    stage.add(2);
    stage.wait(seconds(2));
    assert_eq!(stage.log.borrow().begun, 1);
    stage.assert_same();
    let cid = stage.join(2, "Cid");
    let heard = stage.heard(2, cid);
    assert!(heard.contains("You are in the lobby with Ann and Bob."), "{heard}");
    stage.send(2, cid, "/topic\n");
    assert!(stage.heard(2, cid).contains("Tea at five"));
    let eve = stage[2].connect();
    stage.send(2, eve, "Eve\n");
    let told = stage.heard(2, eve);
    assert!(told.contains("banned") || told.contains("spam"), "{told}");
    let dan = stage.join(2, "Dan");
    stage.send(2, dan, "may I?\n");
    assert!(stage.heard(2, dan).contains("muted"));
    stage.heard(0, ann);
    stage.heard(2, cid);
    stage.send(2, cid, "hello\n");
    stage.send(0, ann, "hello to you\n");
    assert_eq!(stage.heard(2, cid), "Cid: hello\nAnn: hello to you\n");
    stage.wait(seconds(30));
    assert!(stage[2].hub.node().unwrap().trouble().is_none());
    stage.assert_same();
}

#[test]
fn the_log_keeps_what_servers_need_that_are_away_for_a_while() {
    let (mut stage, ann, _) = two();
    stage.wait(seconds(30));
    let stored = stage[1].scripted_journal.reserved();
    assert!(stored > id_of(16), "up to the last snapshot");
    stage.kill(1);
    for number in 0..20 {
        stage.send(0, ann, &format!("meanwhile {number}\n"));
        stage.wait(seconds(1));
    }
    stage.start_with(1, stored_below(stored));
    stage.wait(seconds(2));
    let texts = stage[1].scripted_journal.texts();
    assert_eq!(texts, (0..20).map(|number| format!("meanwhile {number}")).collect::<Vec<_>>());
    assert_eq!(stage[1].hub.node().unwrap().gaps(), []);
    stage.assert_same();
}

#[test]
fn who_was_away_for_longer_than_that_says_what_it_lacks() {
    let (mut stage, ann, _) = two();
    stage.wait(seconds(30));
    let stored = stage[1].scripted_journal.reserved();
    stage.kill(1);
    stage[0].operate("forget Dan");
    for number in 0..150 {
        stage.send(0, ann, &format!("meanwhile {number}\n"));
        stage.wait(seconds(1));
    }
    stage.start_with(1, stored_below(stored));
    stage.wait(seconds(2));
    let (first, texts) = (trimmed(&stage) + 1, stage[1].scripted_journal.texts());
    assert!(!texts.is_empty() && texts.len() < 150, "{texts:?}");
    let said = nodes(&mut stage, 1);
    let lacks = format!("lobby may lack messages with ids from {stored} to {}", id_of(first) - 1);
    assert!(said.contains(&lacks), "{said} and not {lacks}");
    assert!(!nodes(&mut stage, 0).contains("lack"));
    assert_eq!(stage[1].scripted_journal.erased(), ["dan"], "what was forgotten is not missing");
    stage.assert_same();
}

/// Two servers of which the second one has stored what Ann said, and is gone now; and what it has stored.
fn away_after_ann_spoke(texts: &[&str]) -> (Stage, SessionId, RestoredState) {
    let (mut stage, ann, _) = two();
    stage.wait(seconds(25));
    for text in texts {
        stage.send(0, ann, &format!("{text}\n"));
    }
    stage.wait(seconds(10));
    let journal = &stage[1].scripted_journal;
    let mut restored = stored_below(journal.reserved());
    let stream = &mut restored.streams[0];
    stream.messages = journal.messages();
    stream.messages.iter_mut().for_each(|message| message.stream = stream.id);
    assert!(stream.messages.iter().map(|message| &message.text).eq(texts));
    stage.kill(1);
    (stage, ann, restored)
}

#[test]
fn what_was_edited_and_erased_meanwhile_is_so_in_what_a_server_has_that_was_away_for_too_long() {
    let (mut stage, ann, restored) = away_after_ann_spoke(&["one", "two", "three"]);
    let ids: Vec<u64> = restored.streams[0].messages.iter().map(|message| message.id).collect();
    let next = restored.streams[0].next_id;
    stage.send(0, ann, "/edit four\n");
    stage.send(0, ann, "/edit five\n");
    stage[0].operate(&format!("erase lobby {}", ids[0]));
    for _ in 0..150 {
        stage.wait(seconds(1));
    }
    assert!(trimmed(&stage) > 64, "what was said then is gone from the log");
    stage.start_with(1, restored);
    stage.wait(seconds(2));
    let amended = stage[1].scripted_journal.amended();
    assert!(amended.contains(&(ids[0], None)), "{amended:?}");
    assert!(amended.contains(&(ids[2], Some("five".into()))), "{amended:?}");
    assert!(!amended.iter().any(|(_, text)| text.as_deref() == Some("four")), "{amended:?}");
    let cid = stage.join(1, "Cid");
    let heard = stage.heard(1, cid);
    assert!(heard.contains("two") && heard.contains("five"), "{heard}");
    assert!(!heard.contains("one\n") && !heard.contains("three"), "{heard}");
    stage.assert_same();
    // What is stored is amended also where the history has it no more.
    stage.kill(1);
    stage.start_with(1, stored_below(next));
    stage.wait(seconds(2));
    let amended = stage[1].scripted_journal.amended();
    assert!(amended.contains(&(ids[0], None)), "{amended:?}");
    assert!(amended.contains(&(ids[2], Some("five".into()))), "{amended:?}");
}

#[test]
fn who_is_cut_off_for_longer_than_that_goes_on_and_brings_its_members_back() {
    let (mut stage, ann, bob) = two();
    let cid = stage[1].connect();
    let hello =
        "{\"type\":\"hello\",\"version\":1,\"name\":\"Cid\"}\n{\"type\":\"join\",\"room\":\"lobby\"}\n";
    stage.send(1, cid, hello);
    stage.wait(seconds(30));
    stage.heard(1, bob);
    stage.log.borrow_mut().delay("b", seconds(1));
    stage.send(1, bob, "said at last\n");
    stage.log.borrow_mut().cut("b", true);
    let said_at = last(&stage);
    for number in 0..150 {
        stage.send(0, ann, &format!("meanwhile {number}\n"));
        stage.wait(seconds(1));
    }
    assert!(trimmed(&stage) > said_at);
    stage[0].operate("topic lobby Later");
    stage.heard(0, ann);
    stage.log.borrow_mut().delay("b", seconds(0));
    stage.log.borrow_mut().cut("b", false);
    stage.wait(seconds(3));
    let (told, heard) = (stage.heard(1, bob), stage.heard(0, ann));
    assert!(told.contains("You are in the lobby with Ann"), "{told}");
    assert!(told.contains("meanwhile 149"), "{told}");
    assert!(heard.contains("User Bob has joined the chat!"), "{heard}");
    assert!(nodes(&mut stage, 1).contains("lobby may lack messages with ids from"));
    stage.send(1, bob, "here again\n");
    assert!(stage.heard(0, ann).ends_with("Bob: here again\n"));
    stage.assert_same();
}

#[test]
fn who_said_something_that_nobody_here_hears_any_more_is_told_so() {
    let (mut stage, ann, bob) = two();
    stage.wait(seconds(30));
    stage.heard(1, bob);
    // It is in the log, and its server does not hear that.
    stage[1].hub.received(bob, b"said at last\n", std::time::Instant::now());
    stage[1].turn();
    stage.log.borrow_mut().commit();
    stage.log.borrow_mut().cut("b", true);
    stage.wait(seconds(1));
    assert!(stage.heard(0, ann).contains("Bob: said at last\n"));
    stage.wait(seconds(100));
    stage.log.borrow_mut().cut("b", false);
    stage.wait(seconds(3));
    let told = stage.heard(1, bob);
    assert!(told.contains("nobody knows whether what you said last was heard"), "{told}");
    stage.assert_same();
}

#[test]
fn who_lost_entries_while_the_others_still_count_on_it_keeps_its_members() {
    let mut stage = Stage::keeping(2, &format!("{QUIET} --spam-limit off"), KEEPING);
    let (ann, bob) = (stage.join(0, "Ann"), stage.join(1, "Bob"));
    stage.wait(seconds(3));
    stage.heard(1, bob);
    stage.log.borrow_mut().cut("b", true);
    for _ in 0..40 {
        stage.send(0, ann, "quick\n");
    }
    // Somebody deletes what it has not heard.
    let at = *stage.log.borrow().snapshots.last_key_value().unwrap().0;
    stage.log.borrow_mut().trim(usize::try_from(at).unwrap());
    assert!(nodes(&mut stage, 0).contains("b: 1 member"), "it is not down");
    stage.heard(0, ann);
    stage.log.borrow_mut().cut("b", false);
    stage.wait(seconds(3));
    assert_eq!(stage.log.borrow().gone_on, 1);
    let (told, heard) = (stage.heard(1, bob), stage.heard(0, ann));
    assert!(told.contains("It brings you back to the room."), "{told}");
    assert!(heard.contains("User Bob has joined the chat!"), "{heard}");
    stage.send(1, bob, "here again\n");
    assert!(stage.heard(0, ann).ends_with("Bob: here again\n"));
    stage.assert_same();
}

#[test]
fn a_server_that_starts_again_goes_on_from_the_snapshot_before_what_it_has_stored() {
    let (mut stage, ann, _) = two();
    while last(&stage) < 100 {
        stage.send(0, ann, "tick\n");
        stage.wait(Duration::from_millis(500));
    }
    let whole = stage.log.borrow().whole_snapshots();
    let trimmed = trimmed(&stage);
    let at = whole.keys().copied().find(|seq| *seq > trimmed + 16).unwrap();
    for stored in [at - 1, at, at + 1] {
        stage.kill(1);
        stage.start_with(1, stored_below(id_of(stored + 1)));
        stage.wait(seconds(1));
        stage.assert_same();
        let view = stage[1].hub.node().unwrap();
        assert_eq!(view.gaps(), [], "{stored}");
        let from = if stored < at { at - 16 } else { at };
        assert_eq!(view.registry().begun(), Some(from), "{stored}");
        let texts = stage[1].scripted_journal.texts().len();
        let missed = stage.log.borrow().entries[usize::try_from(stored).unwrap()..]
            .iter()
            .filter(|entry| entry.bytes.windows(4).any(|word| word == b"tick"))
            .count();
        assert_eq!(texts, missed, "each message once, if it was not stored: {stored}");
    }
}

#[test]
fn a_snapshot_of_which_a_piece_is_damaged_is_passed_over() {
    let (mut stage, ..) = two();
    stage.wait(seconds(60));
    let (first, second) = {
        let log = stage.log.borrow();
        let mut places = log.snapshots.keys().filter(|seq| **seq >= log.trimmed as u64);
        (*places.next().unwrap(), *places.next().unwrap())
    };
    stage.log.borrow_mut().snapshots.get_mut(&first).unwrap()[0].pop();
    stage.add(2);
    stage.wait(seconds(2));
    assert_eq!(stage[2].hub.node().unwrap().registry().begun(), Some(second));
    stage.assert_same();
}

/// Two servers, and a third one that begins from a snapshot which was tampered with.
fn lied_to(lie: impl FnOnce(&Stage, u64) -> Vec<u8>) -> Stage {
    let (mut stage, ann, _) = two();
    stage.wait(seconds(60));
    let (trimmed, whole) = (trimmed(&stage), stage.log.borrow().whole_snapshots());
    let at = *whole.range(trimmed..).next().unwrap().0;
    let bytes = lie(&stage, at);
    assert_ne!(bytes, whole[&at]);
    stage.log.borrow_mut().snapshots.insert(at, split(&bytes));
    stage.add(2);
    stage.wait(seconds(2));
    // The others go on.
    stage.heard(0, ann);
    stage.send(0, ann, "well\n");
    assert_eq!(stage.heard(0, ann), "Ann: well\n");
    stage
}

/// Gives Bob another name.
fn rename(bytes: &mut [u8]) {
    if let Some(at) = bytes.windows(3).position(|word| word == b"Bob") {
        bytes[at + 2] = b'a';
    }
}

#[test]
fn who_begins_from_a_snapshot_that_lies_learns_it_from_the_others_and_shares_nothing() {
    let of_another_log = |stage: &Stage, at| {
        let mut registry = Registry::with_snapshots(KEEPING.interval);
        for (seq, entry) in (1..=at).zip(&stage.log.borrow().entries) {
            let mut bytes = entry.bytes.to_vec();
            rename(&mut bytes);
            registry.apply(seq, entry.time, &entry.node, &bytes);
            while registry.poll().is_some() {}
        }
        registry.snapshot().unwrap()
    };
    let of_this_log = |stage: &Stage, at| {
        let mut bytes = stage.log.borrow().whole_snapshots()[&at].clone();
        rename(&mut bytes);
        bytes
    };
    for stage in [lied_to(of_another_log), lied_to(of_this_log)] {
        let trouble = stage[2].hub.node().unwrap().trouble().unwrap();
        assert!(trouble.contains("is wrong. Delete the snapshots"), "{trouble}");
        let nodes = stage[0].hub.node().unwrap().nodes();
        assert!(nodes.iter().all(|node| *node.name != *"c"), "it shares nothing before it knows: {nodes:?}");
    }
}

#[test]
fn who_begins_from_a_snapshot_that_is_none_shares_nothing() {
    let stage = lied_to(|stage, at| {
        let mut bytes = stage.log.borrow().whole_snapshots()[&at].clone();
        bytes.truncate(bytes.len() / 2);
        bytes
    });
    let trouble = stage[2].hub.node().unwrap().trouble().unwrap();
    assert!(trouble.contains("is wrong. Delete the snapshots"), "{trouble}");
    let mut stage = lied_to(|stage, at| {
        let mut bytes = stage.log.borrow().whole_snapshots()[&at].clone();
        bytes[0] += 1;
        bytes
    });
    let said = nodes(&mut stage, 2);
    assert!(said.contains("is of a later version of Salon"), "{said}");
}

#[test]
fn without_a_snapshot_nothing_is_trimmed_and_any_server_may_take_them() {
    let mut stage = Stage::keeping(3, QUIET, KEEPING);
    stage.log.borrow_mut().is_full = true;
    stage.wait(seconds(60));
    assert_eq!((trimmed(&stage), stage.log.borrow().snapshots.len()), (0, 0));
    stage.log.borrow_mut().is_full = false;
    // The one that took them so far.
    stage.kill(0);
    stage.wait(seconds(100));
    let (trimmed, last) = (trimmed(&stage), last(&stage));
    assert!(trimmed > 0 && trimmed + 64 <= last, "{trimmed} of {last}");
    assert!(trimmed + 64 + 3 * 16 > last, "{trimmed} of {last}");
    stage.start(0);
    stage.wait(seconds(2));
    stage.assert_same();
    for at in 0..3 {
        let said = nodes(&mut stage, at);
        assert!(said.contains(&format!("Log: from entry {} on", trimmed + 1)), "{said}");
        assert!(said.contains("the last snapshot is of entry "), "{said}");
    }
}
