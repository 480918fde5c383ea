//! A snapshot to begin from, one to store, and a log that is trimmed.

use super::*;
use crate::base::limits::{ENGINE_SNAPSHOT_PATIENCE, SNAPSHOT_PIECE_BYTES};
use crate::cluster::pieces::split;

/// The snapshot that a dialogue tells, and what it asks for then.
fn gone_on(seq: u64, bytes: &[u8], fetches: u64) -> [Did; 3] {
    let snapshot = LogEvent::Snapshot { seq, bytes: bytes.into() };
    [Did::Tell(snapshot), Did::Tell(LogEvent::Connected), Did::Fetch(fetches, seq + 1)]
}

#[test]
fn who_has_stored_something_begins_from_the_last_snapshot_before_that() {
    let mut scene = Scene::new(25);
    scene.connect();
    assert_eq!(scene.answer_info(1, 50), [Did::List]);
    // The leader of the stream is being elected.
    scene.answer_aside(Answer::Status(NO_RESPONDERS));
    assert_eq!(scene.pass(ENGINE_ASK_INTERVAL), [Did::List]);
    scene.hear(51);
    assert_eq!(scene.answer_list(&[10, 20, 30, 40, 60]), [Did::Pieces(piece(20, "*"), 1)]);
    assert_eq!(scene.pass(ENGINE_FETCH_TIMEOUT), [Did::Pieces(piece(20, "*"), 1)]);
    let whole = vec![7; SNAPSHOT_PIECE_BYTES * 2];
    let pieces = split(&whole);
    assert_eq!(scene.answer_pieces(&pieces[..2]), [Did::Pieces(piece(20, "*"), 72)]);
    let token = scene.dialogue.last_token + 1;
    assert_eq!(scene.answer_pieces(&pieces[2..]), gone_on(20, &whole, token));
    assert_eq!(told(&scene.answer(Answer::Entry(entry(21)))), [21]);
    // What comes late is no entry.
    assert_eq!(scene.answer_to(3 | ASIDE, Answer::Entry(entry(22))), []);
    // All is there, so the log itself is as good.
    let mut scene = Scene::new(25);
    scene.connect();
    scene.answer_info(1, 50);
    assert_eq!(scene.answer_list(&[30]), [Did::Tell(LogEvent::Connected), Did::Fetch(3, 1)]);
}

#[test]
fn a_snapshot_that_is_not_whole_is_passed_over_for_the_next_best() {
    let mut scene = Scene::new(0);
    scene.connect();
    scene.answer_info(9, 50);
    assert_eq!(scene.answer_list(&[5, 10, 20, 30]), [Did::Pieces(piece(10, "*"), 1)]);
    let whole = vec![7; SNAPSHOT_PIECE_BYTES * 2];
    let mut pieces = split(&whole);
    assert_eq!(scene.answer_pieces(&pieces[1..]), [Did::Pieces(piece(10, "*"), 72)], "the rest may come");
    assert_eq!(scene.answer_aside(Answer::Status(404)), [Did::Pieces(piece(20, "*"), 1)]);
    pieces[1].pop();
    assert_eq!(scene.answer_pieces(&pieces), [Did::Pieces(piece(30, "*"), 1)]);
    let did = scene.answer_aside(Answer::Status(404));
    assert_eq!(did[0], Did::Tell(LogEvent::Connected), "without a snapshot");
    assert!(matches!(did[1..], [Did::Fetch(_, 9)]), "{did:?}");
}

#[test]
fn a_node_that_has_no_permission_for_snapshots_waits_for_none() {
    let mut scene = Scene::new(7);
    scene.connect();
    assert_eq!(scene.answer_info(1, 9), [Did::List]);
    let now = scene.now;
    let violation = |subject: &str| format!("Permissions Violation for Publish to \"{subject}\"");
    scene.dialogue.on_refused(&violation("$JS.API.STREAM.PURGE.SALON"), now);
    assert_eq!(scene.pass(ENGINE_ASK_INTERVAL), [Did::List], "that is something else");
    scene.dialogue.on_refused(&violation("$JS.API.STREAM.INFO.SALON-SNAPSHOTS"), now);
    let did = scene.did();
    assert!(did.contains(&Did::Tell(LogEvent::Connected)), "{did:?}");
}

#[test]
fn an_engine_that_says_nothing_of_snapshots_does_not_keep_a_node_from_the_log() {
    let mut scene = Scene::new(7);
    scene.connect();
    assert_eq!(scene.answer_info(1, 9), [Did::List]);
    let did = scene.pass(ENGINE_SNAPSHOT_PATIENCE + ENGINE_ASK_INTERVAL);
    assert!(did.contains(&Did::Tell(LogEvent::Connected)), "{did:?}");
    assert_eq!(told(&scene.answer(Answer::Entry(entry(1)))), [1]);
    // Whoever needs one asks another server.
    let mut scene = Scene::that_heard(4);
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(30, 50);
    let did = scene.pass(ENGINE_SNAPSHOT_PATIENCE + ENGINE_ASK_INTERVAL);
    assert!(matches!(did.last(), Some(Did::Lost(_))), "{did:?}");
}

#[test]
fn who_was_away_for_too_long_gives_its_batch_up_and_goes_on_from_a_snapshot() {
    let mut scene = Scene::that_heard(4);
    scene.publish(1);
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(30, 50);
    assert_eq!(scene.answer_list(&[20, 40]), [Did::Pieces(piece(40, "*"), 1)]);
    let did = scene.answer_pieces(&split(b"all"));
    assert_eq!(did[0], Did::Tell(LogEvent::GaveUp { epoch: 7, number: 1 }));
    assert_eq!(did[1..], gone_on(40, b"all", scene.dialogue.last_token));
    assert!(!scene.dialogue.is_under_way());
    assert_eq!(told(&scene.answer(Answer::Entry(entry(41)))), [41]);
}

#[test]
fn a_snapshot_is_stored_piece_by_piece_and_its_stream_is_made_first() {
    let mut scene = Scene::connected(0);
    let whole = vec![7; SNAPSHOT_PIECE_BYTES * 2];
    scene.dialogue.store(64, &whole, scene.now);
    assert_eq!(scene.did(), [Did::StorePiece(piece(64, "0"))]);
    assert_eq!(scene.answer_aside(Answer::Status(NO_RESPONDERS)), [Did::CreateSnapshots]);
    assert_eq!(scene.answer_json_aside(&json!({ "type": "created" })), [Did::StorePiece(piece(64, "0"))]);
    let kept = json!({ "stream": "SALON-SNAPSHOTS", "seq": 1 });
    assert_eq!(scene.answer_json_aside(&kept), [Did::StorePiece(piece(64, "1"))]);
    // Nobody answers; and then there is no connection.
    assert!(scene.pass(ENGINE_ACK_TIMEOUT).contains(&Did::StorePiece(piece(64, "1"))));
    scene.dialogue.on_disconnected();
    scene.connect();
    scene.answer_info(1, 0);
    assert!(scene.pass(ENGINE_ACK_TIMEOUT).contains(&Did::StorePiece(piece(64, "1"))));
    assert_eq!(scene.answer_json_aside(&kept), [Did::StorePiece(piece(64, "2"))]);
    assert_eq!(scene.answer_json_aside(&kept), [Did::Tell(LogEvent::Stored { seq: 64 })]);
    // It is left when the engine does not want it or its stream, or says nothing for long.
    scene.dialogue.store(96, b"", scene.now);
    scene.did();
    assert_eq!(scene.answer_aside(Answer::Status(NO_RESPONDERS)), [Did::CreateSnapshots]);
    let no_room = json!({ "error": { "code": 503, "err_code": 10_047, "description": "no room" } });
    assert_eq!(scene.answer_json_aside(&no_room), []);
    scene.dialogue.store(128, b"", scene.now);
    scene.did();
    scene.answer_json_aside(&no_room);
    scene.dialogue.store(192, b"", scene.now);
    let did = scene.pass(2 * ENGINE_SNAPSHOT_PATIENCE);
    assert!(
        did.contains(&Did::StorePiece(piece(192, "0"))) && !did.contains(&Did::StorePiece(piece(128, "0")))
    );
    let did = scene.pass(2 * ENGINE_ACK_TIMEOUT);
    assert!(!did.contains(&Did::StorePiece(piece(192, "0"))), "{did:?}");
}

#[test]
fn the_log_is_trimmed_only_up_to_a_snapshot_that_is_there() {
    let mut scene = Scene::connected(0);
    scene.dialogue.trim(64, scene.now);
    assert_eq!(scene.did(), [Did::Look(piece(64, "0"))]);
    assert_eq!(scene.answer_aside(Answer::Status(404)), []);
    let did = scene.pass(2 * ENGINE_ACK_TIMEOUT);
    assert!(did.iter().all(|did| matches!(did, Did::Fetch(..))), "{did:?}");

    scene.dialogue.trim(64, scene.now);
    scene.did();
    assert_eq!(scene.answer_aside(Answer::Status(NO_RESPONDERS)), []);
    assert!(scene.pass(ENGINE_ACK_TIMEOUT).contains(&Did::Look(piece(64, "0"))));
    assert_eq!(scene.answer_aside(Answer::Entry(entry(9))), [Did::Purge(65)]);
    assert!(scene.pass(ENGINE_ACK_TIMEOUT).contains(&Did::Purge(65)));
    let did = scene.answer_json_aside(&json!({ "success": true, "purged": 64 }));
    assert_eq!(did, [Did::Tell(LogEvent::Trimmed { first: 65 })]);
    assert_eq!(scene.dialogue.counters.read(&[]).first, 65);
}
