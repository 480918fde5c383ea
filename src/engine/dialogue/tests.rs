use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::base::limits::{
    ENGINE_ACK_TIMEOUT, ENGINE_FETCH_AGAIN, ENGINE_FETCH_TIMEOUT, ENGINE_GIVE_UP_AFTER, ENGINE_RESEND_DELAY,
    ENGINE_SHORT_LOG_PATIENCE, ENGINE_SILENCE,
};
use crate::engine::incoming::tests::entry;
use crate::engine::incoming::{Answer, Entry, NO_RESPONDERS};
use crate::engine::log_settings::NO_STREAM;
use crate::engine::log_settings::tests::{info, settings};

mod snapshots;

/// A dialogue under a clock that the test moves.
struct Scene {
    dialogue: Dialogue,
    now: Instant,
    wall: SystemTime,
    /// The number of the last question about snapshots.
    aside: u64,
}

/// What the dialogue did, in short.
#[derive(Debug, PartialEq, Eq)]
enum Did {
    Ask(u64),
    Create(u64),
    Fetch(u64, u64),
    Publish(u64, String),
    /// It asks which snapshots there are.
    List,
    /// It asks for pieces with this subject, after this message.
    Pieces(String, u64),
    /// It asks whether there is this piece.
    Look(String),
    StorePiece(String),
    CreateSnapshots,
    Purge(u64),
    Tell(LogEvent),
    Lost(String),
    Unusable(String),
}

impl Scene {
    /// All up to the entry `stored` is stored.
    fn new(stored: u64) -> Scene {
        let speaker = Speaker { node: "a".to_owned(), nonce: "n".to_owned() };
        let dialogue = Dialogue::new(settings(), speaker, stored, Arc::new(Counters::default()));
        Scene { dialogue, now: Instant::now(), wall: SystemTime::UNIX_EPOCH, aside: 0 }
    }

    /// A dialogue with a connection, and a log that ends with `last`.
    fn connected(last: u64) -> Scene {
        let mut scene = Scene::new(0);
        scene.connect();
        scene.answer_info(1, last);
        scene
    }

    /// A dialogue that has heard all of a log that ends with `last`.
    fn that_heard(last: u64) -> Scene {
        let mut scene = Scene::connected(0);
        for seq in 1..=last {
            scene.hear(seq);
        }
        scene
    }

    fn time(&self) -> (Instant, SystemTime) {
        (self.now, self.wall)
    }

    fn pass(&mut self, time: Duration) -> Vec<Did> {
        let end = self.now + time;
        let mut did = Vec::new();
        while let Some(due) = self.dialogue.deadline(self.time()).filter(|due| *due <= end) {
            self.wall += due.saturating_duration_since(self.now);
            self.now = self.now.max(due);
            self.dialogue.on_time(self.time());
            did.extend(self.did());
            if matches!(did.last(), Some(Did::Lost(_) | Did::Unusable(_))) {
                return did;
            }
        }
        self.wall += end - self.now;
        self.now = end;
        did
    }

    fn connect(&mut self) -> Vec<Did> {
        self.dialogue.on_connected(self.now);
        self.did()
    }

    fn answer(&mut self, answer: Answer) -> Vec<Did> {
        let token = self.dialogue.last_token;
        self.answer_to(token, answer)
    }

    /// Answers a question about snapshots.
    fn answer_aside(&mut self, answer: Answer) -> Vec<Did> {
        self.answer_to(self.aside, answer)
    }

    fn answer_json_aside(&mut self, json: &Value) -> Vec<Did> {
        self.answer_aside(Answer::Json(json.to_string().into_bytes()))
    }

    /// There are snapshots of these entries.
    fn answer_list(&mut self, entries: &[u64]) -> Vec<Did> {
        let subjects: serde_json::Map<String, Value> =
            entries.iter().map(|entry| (piece(*entry, "0"), json!(1))).collect();
        self.answer_json_aside(&json!({ "state": { "subjects": subjects } }))
    }

    /// These pieces come, and it is said that these are all.
    fn answer_pieces(&mut self, pieces: &[Vec<u8>]) -> Vec<Did> {
        for (seq, bytes) in (70..).zip(pieces) {
            let bytes = bytes.as_slice().into();
            assert_eq!(self.answer_aside(Answer::Entry(Entry { bytes, ..entry(seq) })), []);
        }
        self.answer_aside(Answer::Status(204))
    }

    fn answer_to(&mut self, token: u64, answer: Answer) -> Vec<Did> {
        self.dialogue.on_message(Incoming::Answer(token, answer), self.now);
        self.did()
    }

    fn answer_json(&mut self, json: &Value) -> Vec<Did> {
        self.answer(Answer::Json(json.to_string().into_bytes()))
    }

    fn answer_info(&mut self, first: u64, last: u64) -> Vec<Did> {
        self.answer(Answer::Json(info(&json!({}), first, last)))
    }

    fn hear(&mut self, seq: u64) -> Vec<Did> {
        self.hear_entry(entry(seq))
    }

    fn hear_entry(&mut self, entry: Entry) -> Vec<Did> {
        self.dialogue.on_message(Incoming::Live(entry), self.now);
        self.did()
    }

    fn publish(&mut self, number: u64) -> Vec<Did> {
        self.dialogue.publish(Published { epoch: 7, number, bytes: b"said".to_vec() }, self.time());
        self.did()
    }

    fn did(&mut self) -> Vec<Did> {
        let outputs = std::iter::from_fn(|| self.dialogue.poll());
        let mut aside = self.aside;
        let did = outputs
            .inspect(|output| match output {
                Output::Send(Outgoing { token, .. }) if token & ASIDE != 0 => aside = *token,
                _ => {}
            })
            .map(|output| match output {
                Output::Report(event) => Did::Tell(event),
                Output::End(End::Lost(why)) => Did::Lost(why),
                Output::End(End::Unusable(why)) => Did::Unusable(why),
                Output::Send(Outgoing { subject, token, id: Some(id), .. }) => {
                    assert_eq!(subject, "salon.0.a.7");
                    Did::Publish(token, id)
                }
                Output::Send(Outgoing { subject, token, payload, .. }) => match &subject[..] {
                    "$JS.API.STREAM.INFO.SALON" => Did::Ask(token),
                    "$JS.API.STREAM.CREATE.SALON" => Did::Create(token),
                    "$JS.API.DIRECT.GET.SALON" => {
                        let question: Value = serde_json::from_slice(&payload).unwrap();
                        Did::Fetch(token, question["seq"].as_u64().unwrap())
                    }
                    "$JS.API.STREAM.INFO.SALON-SNAPSHOTS" => Did::List,
                    "$JS.API.STREAM.CREATE.SALON-SNAPSHOTS" => Did::CreateSnapshots,
                    "$JS.API.DIRECT.GET.SALON-SNAPSHOTS" => {
                        let question: Value = serde_json::from_slice(&payload).unwrap();
                        match (question["next_by_subj"].as_str(), question["last_by_subj"].as_str()) {
                            (Some(subject), _) => {
                                Did::Pieces(subject.to_owned(), question["seq"].as_u64().unwrap())
                            }
                            (_, Some(subject)) => Did::Look(subject.to_owned()),
                            _ => panic!("{question}"),
                        }
                    }
                    "$JS.API.STREAM.PURGE.SALON" => {
                        let question: Value = serde_json::from_slice(&payload).unwrap();
                        Did::Purge(question["seq"].as_u64().unwrap())
                    }
                    other if other.starts_with("salon-snapshots.") => Did::StorePiece(other.to_owned()),
                    other => panic!("{other}"),
                },
            })
            .collect();
        self.aside = aside;
        did
    }
}

/// The subject of a piece of a snapshot.
fn piece(entry: u64, number: &str) -> String {
    format!("salon-snapshots.20260101000000.{entry}.{number}")
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The numbers of the entries that were told.
fn told(did: &[Did]) -> Vec<u64> {
    let seq = |did: &Did| match did {
        Did::Tell(LogEvent::Entry { seq, .. }) => Some(*seq),
        _ => None,
    };
    did.iter().filter_map(seq).collect()
}

fn own(seq: u64, number: u64) -> Entry {
    Entry { id: format!("a.n.7.{number}"), ..entry(seq) }
}

#[test]
fn a_log_that_does_not_exist_is_created() {
    let mut scene = Scene::new(0);
    assert_eq!(scene.connect(), [Did::Ask(1)]);
    scene.answer_json(
        &json!({ "error": { "code": 404, "err_code": NO_STREAM, "description": "stream not found" } }),
    );
    assert_eq!(scene.pass(millis(1)), [Did::Create(2)]);
    // The servers have not found each other yet.
    scene.answer_json(
        &json!({ "error": { "code": 400, "err_code": 10_005, "description": "no suitable peers" } }),
    );
    assert_eq!(scene.pass(ENGINE_ASK_INTERVAL), [Did::Ask(3)]);
    let did = scene.answer_info(1, 0);
    assert_eq!(did, [Did::Tell(LogEvent::Connected), Did::Tell(LogEvent::CaughtUp { seq: 0 })]);
    assert_eq!(told(&scene.hear(1)), [1]);
}

#[test]
fn what_only_an_operator_can_change_is_told_and_what_passes_is_asked_again() {
    let mut scene = Scene::new(0);
    scene.connect();
    let error =
        json!({ "error": { "code": 500, "err_code": 10_074, "description": "replicas > 1 not supported" } });
    let did = scene.answer_json(&error);
    assert!(matches!(&did[..], [Did::Unusable(why)] if why.contains("--cluster-replicas 1")), "{did:?}");

    let mut scene = Scene::new(0);
    scene.connect();
    scene.answer(Answer::Status(NO_RESPONDERS));
    let did = scene.pass(ENGINE_ECHO_TIMEOUT);
    assert!(matches!(did.last(), Some(Did::Lost(_))), "another server may know more: {did:?}");
}

#[test]
fn the_backlog_is_fetched_and_then_the_node_is_caught_up() {
    let mut scene = Scene::new(0);
    scene.connect();
    let did = scene.answer_info(1, 3);
    assert_eq!(did, [Did::Tell(LogEvent::Connected), Did::Fetch(2, 1)]);
    // Meanwhile something is said.
    assert_eq!(scene.hear(4), []);
    assert_eq!(told(&scene.answer(Answer::Entry(entry(1)))), [1]);
    assert_eq!(told(&scene.answer(Answer::Entry(entry(2)))), [2]);
    let did = scene.answer(Answer::Entry(entry(3)));
    assert_eq!(told(&did), [3, 4]);
    assert_eq!(did.last(), Some(&Did::Tell(LogEvent::CaughtUp { seq: 3 })));
    assert_eq!(scene.answer(Answer::Status(204)), []);
    assert_eq!(scene.hear(4), [], "once");
    assert_eq!(told(&scene.hear(5)), [5]);
}

#[test]
fn a_gap_and_silence_are_fetched() {
    let mut scene = Scene::connected(0);
    assert_eq!(told(&scene.hear(1)), [1]);
    assert_eq!(scene.hear(3), []);
    assert_eq!(scene.pass(ENGINE_FETCH_AGAIN), [Did::Fetch(2, 2)]);
    // The server that was asked does not have it yet.
    scene.answer(Answer::Status(404));
    assert_eq!(scene.pass(ENGINE_FETCH_AGAIN), [Did::Fetch(3, 2)]);
    // An answer to the earlier question is as good.
    assert_eq!(told(&scene.answer_to(2, Answer::Entry(entry(2)))), [2, 3]);
    scene.answer(Answer::Status(204));
    assert_eq!(scene.pass(ENGINE_SILENCE), [Did::Fetch(4, 4)]);
    scene.answer(Answer::Status(404));
    // Nobody answers.
    assert_eq!(scene.pass(ENGINE_SILENCE + ENGINE_FETCH_TIMEOUT), [Did::Fetch(5, 4), Did::Fetch(6, 4)]);
    // A stream of later entries does not put the fetch off.
    scene.answer(Answer::Status(404));
    let mut did = Vec::new();
    for seq in 5..30 {
        did.extend(scene.hear(seq));
        did.extend(scene.pass(millis(2)));
    }
    assert!(matches!(did.first(), Some(Did::Fetch(_, 4))), "{did:?}");
}

#[test]
fn a_batch_is_sent_again_with_the_same_id_until_it_is_heard() {
    let mut scene = Scene::connected(0);
    let id = "a.n.7.1".to_owned();
    assert_eq!(scene.publish(1), [Did::Publish(2, id.clone())]);
    scene.answer(Answer::Status(NO_RESPONDERS));
    let did = scene.pass(ENGINE_RESEND_DELAY);
    assert_eq!(did, [Did::Publish(3, id.clone())]);
    let did = scene.pass(ENGINE_ACK_TIMEOUT);
    assert!(did.contains(&Did::Publish(scene.dialogue.last_token, id.clone())), "{did:?}");
    // The acknowledgement is not enough, but tells what to fetch.
    scene.answer_json(&json!({ "stream": "SALON", "seq": 1, "duplicate": true }));
    assert!(scene.dialogue.is_under_way());
    let did = scene.pass(ENGINE_FETCH_AGAIN);
    assert!(matches!(did[..], [] | [Did::Fetch(_, 1)]), "{did:?}");
    // Somebody else's batch is none of ours.
    scene.hear(1);
    assert!(scene.dialogue.is_under_way());
    scene.hear_entry(own(2, 1));
    assert!(!scene.dialogue.is_under_way());
    assert!(told(&scene.hear_entry(own(2, 1))).is_empty());
}

#[test]
fn a_node_that_does_not_hear_itself_connects_to_another_server_and_sends_again() {
    let mut scene = Scene::connected(0);
    scene.publish(1);
    scene.answer_json(&json!({ "seq": 9 }));
    // It hears others.
    scene.pass(millis(500));
    scene.hear(1);
    let did = scene.pass(ENGINE_ECHO_TIMEOUT);
    assert!(matches!(did.last(), Some(Did::Lost(_))), "{did:?}");
    scene.dialogue.on_disconnected();
    scene.connect();
    let did = scene.answer_info(1, 9);
    assert_eq!(did[0], Did::Tell(LogEvent::Connected));
    let did = scene.pass(millis(0));
    assert!(matches!(&did[..], [Did::Publish(_, id)] if id == "a.n.7.1"), "{did:?}");
}

#[test]
fn a_batch_is_given_up_while_the_engine_is_away() {
    let mut scene = Scene::connected(0);
    scene.publish(1);
    scene.dialogue.on_disconnected();
    let did = scene.pass(ENGINE_GIVE_UP_AFTER);
    assert_eq!(did, [Did::Tell(LogEvent::GaveUp { epoch: 7, number: 1 })]);
    assert!(!scene.dialogue.is_under_way());
    // It may come all the same.
    scene.connect();
    scene.answer_info(1, 0);
    assert_eq!(told(&scene.hear_entry(own(1, 1))), [1]);
}

#[test]
fn a_node_that_does_not_read_does_not_leave_the_server() {
    let mut scene = Scene::connected(0);
    scene.publish(1);
    scene.dialogue.pause();
    let did = scene.pass(2 * ENGINE_ECHO_TIMEOUT);
    assert!(did.iter().all(|did| matches!(did, Did::Publish(..))), "{did:?}");
    scene.dialogue.resume(scene.now);
    let did = scene.pass(ENGINE_ECHO_TIMEOUT / 2);
    assert!(!did.iter().any(|did| matches!(did, Did::Lost(_))), "{did:?}");
}

#[test]
fn a_server_that_is_cut_off_and_has_only_the_beginning_of_the_log_is_left_for_another() {
    let mut scene = Scene::that_heard(29);
    for _ in 0..2 {
        scene.dialogue.on_disconnected();
        scene.connect();
        let (began, mut did) = (scene.now, scene.answer_info(1, 20));
        while !did.iter().any(|did| matches!(did, Did::Lost(_))) {
            assert!(scene.now.duration_since(began) < 2 * ENGINE_SHORT_LOG_PATIENCE, "{did:?}");
            did = scene.pass(ENGINE_ASK_INTERVAL);
            did.extend(scene.answer_info(1, 20));
        }
        assert!(matches!(did.last(), Some(Did::Lost(why)) if why.contains("up to entry 20")), "{did:?}");
        assert!(scene.now.duration_since(began) >= ENGINE_SHORT_LOG_PATIENCE, "each server has its time");
    }
    scene.dialogue.on_disconnected();
    scene.connect();
    assert!(scene.answer_info(1, 29).contains(&Did::Tell(LogEvent::CaughtUp { seq: 29 })));
}

#[test]
fn a_log_that_lacks_what_the_node_needs_is_of_no_use() {
    // Its beginning is gone.
    let mut scene = Scene::that_heard(4);
    scene.dialogue.on_disconnected();
    scene.connect();
    assert_eq!(scene.answer_info(9, 20), [Did::List]);
    let did = scene.answer_list(&[2]);
    assert!(matches!(&did[..], [Did::Unusable(why)] if why.contains("begins with entry 9")), "{did:?}");

    // It is another log; a leader that was just elected is waited for.
    let mut scene = Scene::new(29);
    scene.connect();
    let mut did = scene.answer_info(1, 20);
    assert_eq!(did, []);
    for _ in 0..100 {
        did.extend(scene.pass(ENGINE_ASK_INTERVAL));
        if scene.now.duration_since(scene.dialogue.short_since.unwrap()) < ENGINE_SHORT_LOG_PATIENCE {
            assert!(did.iter().all(|did| matches!(did, Did::Ask(_))), "{did:?}");
        }
        did.extend(scene.answer_info(1, 20));
    }
    assert!(matches!(did.last(), Some(Did::Unusable(why)) if why.contains("ends with entry 20")), "{did:?}");

    // The same, and the leader then knows all of it.
    let mut scene = Scene::that_heard(29);
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(1, 20);
    scene.pass(ENGINE_ASK_INTERVAL);
    assert!(scene.answer_info(1, 29).contains(&Did::Tell(LogEvent::CaughtUp { seq: 29 })));

    // It was made anew while the node was away.
    scene.dialogue.on_disconnected();
    scene.connect();
    let mut other: Value = serde_json::from_slice(&info(&json!({}), 1, 29)).unwrap();
    other["created"] = json!("2026-02-02T00:00:00Z");
    let did = scene.answer_json(&other);
    assert!(matches!(&did[..], [Did::Unusable(why)] if why.contains("made anew")), "{did:?}");
}

#[test]
fn a_node_that_knows_nothing_begins_with_the_first_entry_that_is_left() {
    let mut scene = Scene::new(0);
    scene.connect();
    assert_eq!(scene.answer_info(9, 10), [Did::List]);
    assert_eq!(scene.answer_list(&[]), [Did::Tell(LogEvent::Connected), Did::Fetch(3, 9)]);
    // It is deleted at this moment.
    scene.answer(Answer::Entry(entry(10)));
    let did = scene.answer(Answer::Status(204));
    assert!(matches!(did[..], [Did::Ask(_)]), "{did:?}");
    scene.answer_info(10, 10);
    scene.answer_list(&[]);
    let did = scene.answer(Answer::Entry(entry(10)));
    assert_eq!(told(&did), [10]);
    assert_eq!(did.last(), Some(&Did::Tell(LogEvent::CaughtUp { seq: 10 })));
}

#[test]
fn a_hole_is_looked_into() {
    // One server of the engine does not have entry 2; another one may.
    let mut scene = Scene::that_heard(1);
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(1, 3);
    scene.answer(Answer::Entry(entry(3)));
    let did = scene.answer(Answer::Status(204));
    assert!(matches!(did[..], [Did::Ask(_)]), "{did:?}");
    let did = scene.answer_info(1, 3);
    assert!(matches!(&did[..], [Did::Lost(why)] if why.contains("entry 2")), "{did:?}");

    // It was deleted.
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(1, 3);
    scene.answer(Answer::Entry(entry(3)));
    scene.answer(Answer::Status(204));
    let mut holey: Value = serde_json::from_slice(&info(&json!({}), 1, 3)).unwrap();
    holey["state"]["num_deleted"] = json!(1);
    let did = scene.answer_json(&holey);
    assert!(matches!(&did[..], [Did::Unusable(why)] if why.contains("deleted")), "{did:?}");
}

#[test]
fn what_was_heard_before_the_connection_broke_is_still_told() {
    let mut scene = Scene::connected(0);
    scene.publish(1);
    for entry in [own(1, 1), entry(2)] {
        scene.dialogue.on_message(Incoming::Live(entry), scene.now);
    }
    scene.dialogue.on_disconnected();
    assert_eq!(told(&scene.did()), [1, 2]);
}
