//! Servers that come later, or again: what they know of what was before.

use std::time::{Duration, UNIX_EPOCH};

use salon::base::limits::ROSTER_INTERVAL;
use salon::hub::SessionId;
use salon::journal::{Author, Message, RestoredState, RestoredStream, StreamId};
use salon::proto::{Kind, Manner};

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off";

/// What an earlier run stored of the lobby: one message.
fn restored(text: &str, id: u64) -> RestoredState {
    let message = Message {
        stream: StreamId(1),
        id,
        time: UNIX_EPOCH + Duration::from_secs(1_795_201_200),
        by: Some(Author { name: "Ann".into(), kind: Kind::Person }),
        manner: Manner::Speech,
        is_edited: false,
        text: text.into(),
    };
    let stream = RestoredStream {
        id: StreamId(1),
        room: "lobby".into(),
        next_id: id + 1,
        messages: vec![message],
        incomplete_below: 0,
    };
    RestoredState { streams: vec![stream], next_stream: StreamId(2), ..RestoredState::default() }
}

#[test]
fn a_room_that_had_messages_before_it_was_shared_goes_on() {
    let mut stage = Stage::new(1, QUIET);
    stage.add_with(1, restored("from before", 1_000_000));
    stage.wait(Duration::from_secs(1));
    let (ann, bob) = (stage.join(0, "Cid"), stage.join(1, "Bob"));
    stage.send(0, ann, "from now on\n");
    assert!(stage.heard(1, bob).ends_with("Cid: from now on\n"));
    let eve = stage.join(1, "Eve");
    let heard = stage.heard(1, eve);
    let (before, after) = (heard.find("Ann: from before\n"), heard.find("Cid: from now on\n"));
    assert!(before.is_some() && before < after, "{heard}");
    assert!(!stage.heard(0, ann).contains("from before"));
}

#[test]
fn a_server_that_starts_again_has_each_message_once() {
    let mut stage = Stage::new(2, QUIET);
    let (ann, eve) = (stage.join(0, "Ann"), stage[1].connect());
    stage.send(
        1,
        eve,
        "{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n{\"type\":\"join\",\"room\":\"lobby\"}\n",
    );
    stage.heard(1, eve);
    stage.send(0, ann, "stored\n");
    let stored: serde_json::Value = serde_json::from_str(&stage.heard(1, eve)).unwrap();
    stage.kill(1);
    stage.send(0, ann, "not stored\n");
    // The earlier run of node b had stored the first message.
    let id = stored["id"].as_u64().unwrap();
    stage.start_with(1, restored("stored", id));
    stage.wait(Duration::from_secs(2));
    let bob = stage.join(1, "Bob");
    let heard = stage.heard(1, bob);
    assert_eq!(heard.matches("Ann: stored\n").count(), 1, "{heard}");
    assert_eq!(heard.matches("Ann: not stored\n").count(), 1, "{heard}");
    assert_eq!(stage[1].scripted_journal.texts(), ["not stored"], "the other one is stored already");
    stage.assert_same();
}

/// A lobby whose log holds messages of Ann, and their erasure; and the ids before and after that.
fn forgotten() -> (Stage, SessionId, [u64; 2]) {
    let mut stage = Stage::new(2, QUIET);
    let (ann, eve) = (stage.join(0, "Ann"), stage[1].connect());
    let hello =
        "{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n{\"type\":\"join\",\"room\":\"lobby\"}\n";
    stage.send(1, eve, hello);
    stage.send(0, ann, "a secret\n");
    stage[0].operate("forget Ann");
    stage.settle();
    stage.send(0, ann, "said later\n");
    let heard = stage.heard(1, eve);
    let id_of = |text: &str| {
        let line = heard.lines().find(|line| line.contains(text)).unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_u64().unwrap()
    };
    let ids = [id_of("a secret"), id_of("said later")];
    (stage, ann, ids)
}

#[test]
fn what_an_operator_of_one_server_forgets_is_erased_on_all() {
    let (mut stage, ann, _) = forgotten();
    for at in 0..2 {
        let late = stage.join(at, ["Cid", "Dee"][at]);
        let heard = stage.heard(at, late);
        assert!(heard.contains("Ann: said later\n") && !heard.contains("a secret"), "{heard}");
        assert_eq!(stage[at].scripted_journal.erased(), vec!["ann"; if at == 0 { 2 } else { 1 }]);
    }
    stage.heard(0, ann);
    stage.send(0, ann, "/undo\n/undo\n");
    assert!(stage.heard(0, ann).contains("was not done"), "what is forgotten is nobody's to edit");
    stage.assert_same();
}

#[test]
fn a_server_that_was_down_forgets_when_it_is_back_and_one_that_had_forgotten_does_not_do_it_again() {
    let (mut stage, _, [before, after]) = forgotten();
    stage.kill(1);
    stage.start_with(1, restored("a secret", before));
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage[1].scripted_journal.erased(), ["ann"]);
    let late = stage.join(1, "Cid");
    let heard = stage.heard(1, late);
    assert!(heard.contains("Ann: said later\n") && !heard.contains("a secret"), "{heard}");
    assert!(stage[1].scripted_journal.reserved() > before, "the log is stored up to there");
    // An earlier run has done it: what was said since stays.
    stage.kill(1);
    stage.start_with(1, restored("said later", after));
    stage.wait(Duration::from_secs(2));
    assert!(stage[1].scripted_journal.erased().is_empty());
    let late = stage.join(1, "Dee");
    assert!(stage.heard(1, late).contains("Ann: said later\n"));
}

#[test]
fn who_begins_in_the_middle_of_the_log_learns_who_is_there_and_is_not_taken_for_different() {
    let (mut stage, ann, _) = Stage::of_two(QUIET);
    stage.wait(Duration::from_secs(5));
    let gone = stage.log.borrow().entries.len();
    stage.wait_in_steps(ROSTER_INTERVAL + Duration::from_secs(5), Duration::from_secs(1));
    stage.log.borrow_mut().trim(gone);
    stage.add(2);
    stage.wait(Duration::from_secs(10));
    let cid = stage.join(2, "Cid");
    let heard = stage.heard(2, cid);
    assert!(heard.contains("You are in the lobby with Ann and Bob."), "{heard}");
    stage.heard(0, ann);
    stage.send(2, cid, "hello\n");
    stage.send(0, ann, "hello to you\n");
    assert_eq!(stage.heard(2, cid), "Cid: hello\nAnn: hello to you\n");
    stage.wait(Duration::from_secs(20));
    assert!(stage[2].hub.node().unwrap().trouble().is_none());
    stage.assert_same();
}
