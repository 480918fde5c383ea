//! Servers that die, freeze or are cut off, and logs that differ.

use std::time::Duration;

use salon::cluster::record::{Batch, Record};

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn members_of_a_server_that_dies_are_gone_when_another_has_said_often_that_it_lives() {
    let (mut stage, ann, _) = Stage::of_two(QUIET);
    stage.wait(seconds(3));
    stage.heard(0, ann);
    stage.kill(1);
    stage.wait(seconds(5));
    assert_eq!(stage.heard(0, ann), "");
    stage.wait(seconds(5));
    assert_eq!(stage.heard(0, ann), "Host: User Bob left the chat.\n");
    stage.start(1);
    stage.wait(seconds(2));
    let bob = stage.join(1, "Bob");
    assert!(stage.heard(1, bob).contains("You are in the lobby with Ann."));
    stage.assert_same();
}

#[test]
fn a_server_that_was_frozen_brings_its_members_back() {
    let mut stage = Stage::new(3, QUIET);
    let ann = stage.join(0, "Ann");
    let bob = stage.join(1, "Bob");
    stage.wait(seconds(2));
    stage.freeze(1, true);
    stage[1].hub.received(bob, b"said in a dream\n", std::time::Instant::now());
    stage.wait(seconds(20));
    stage.heard(1, bob);
    assert!(stage.heard(0, ann).contains("User Bob left the chat."));
    stage.freeze(1, false);
    stage.wait(seconds(2));
    let (heard, told) = (stage.heard(0, ann), stage.heard(1, bob));
    assert!(heard.contains("User Bob has joined the chat!"), "{heard} {told}");
    assert!(told.contains("This server had lost the others"), "{told}");
    stage.send(1, bob, "here again\n");
    assert!(stage.heard(0, ann).ends_with("Bob: here again\n"));
    stage.assert_same();
}

#[test]
fn a_server_that_is_cut_off_says_so_and_then_refuses_what_is_said_in_shared_rooms() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.wait(seconds(2));
    stage.heard(0, ann);
    stage.heard(1, bob);
    stage.log.borrow_mut().is_down = true;
    stage.wait(Duration::from_millis(1_500));
    stage.send(0, ann, "one\n");
    assert_eq!(stage.heard(0, ann), "");
    stage.wait(seconds(2));
    assert_eq!(
        stage.heard(0, ann),
        "The room waits for the other servers. What you say will be heard when they answer.\n"
    );
    stage.wait(seconds(14));
    assert!(
        stage.heard(0, ann).contains("Try again later. Until then, what is said in this room is refused")
    );
    stage.send(0, ann, "two\n");
    assert!(stage.heard(0, ann).starts_with("Nothing can be shared with the other servers now"));
    // A room of one server goes on.
    stage.send(0, ann, "/join garden\n");
    stage.log.borrow_mut().is_down = false;
    stage.wait(seconds(2));
    let heard = stage.heard(1, bob);
    assert!(heard.contains("Ann: one\n") && !heard.contains("two"), "{heard}");
    stage.assert_same();
}

#[test]
fn a_request_that_the_log_does_not_answer_keeps_its_author_from_other_rooms_for_a_while_only() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    let iris = stage[0].connect();
    stage.send(0, iris, "NICK Iris\r\nUSER u 0 * :u\r\nJOIN #lobby,#garden\r\n");
    stage.send(0, ann, "/join garden\n");
    let rina = stage[0].connect();
    let joins = "NICK Rina\r\nUSER u 0 * :u\r\nCAP REQ :batch labeled-response\r\nJOIN #lobby\r\n";
    stage.send(0, rina, joins);
    stage.heard(0, rina);
    stage.log.borrow_mut().is_down = true;
    stage.send(0, rina, "@label=two PRIVMSG #lobby,Ann :both\r\nPING three\r\n");
    for asked in ["NICK Isis\r\nPING one\r\n", "PRIVMSG #garden :hello\r\n"] {
        stage.send(0, iris, asked);
    }
    stage.heard(0, iris);
    stage.wait(seconds(10));
    let heard = stage.heard(0, iris);
    assert!(heard.contains(" NOTICE #lobby :The room waits for the other servers."), "{heard}");
    assert!(!heard.contains("PONG"), "what comes before is not answered yet");
    stage.wait(seconds(7));
    let heard = stage.heard(0, rina);
    assert!(
        heard.matches("@label=two :irc.example.org NOTICE Rina").count() == 1 && heard.contains(" PONG "),
        "{heard}"
    );
    let heard = stage.heard(0, iris);
    assert!(heard.contains(" PONG ") && heard.contains(":one") && !heard.contains("Isis"), "{heard}");
    assert!(stage.heard(0, ann).contains("Iris: hello\n"));
    stage.send(0, iris, "NICK Ibis\r\nPING two\r\n");
    let heard = stage.heard(0, iris);
    assert!(heard.contains("Nothing can be shared") && heard.contains(":two"), "{heard}");
    stage.log.borrow_mut().is_down = false;
    stage.wait(seconds(2));
    assert_eq!(stage.heard(0, iris).matches(" NICK :Isis").count(), 1);
    stage.send(0, iris, "NICK Ibis\r\nPING three\r\n");
    let heard = stage.heard(0, iris);
    let (renamed, answered) = (heard.find("Ibis"), heard.find(":three"));
    assert!(renamed.is_some() && renamed < answered, "{heard}");
    stage.heard(1, bob);
    stage.assert_same();
}

#[test]
fn who_is_brought_back_hears_what_it_missed_in_every_dialect() {
    let mut stage = Stage::new(2, QUIET);
    let ann = stage.join(0, "Ann");
    let [line, json, irc] = [
        "Bob\n",
        "{\"type\":\"hello\",\"version\":1,\"name\":\"Cid\"}\n{\"type\":\"join\"}\n",
        "NICK Dan\r\nUSER u 0 * :u\r\nJOIN #lobby\r\n",
    ]
    .map(|words| {
        let id = stage[1].connect();
        stage.send(1, id, words);
        id
    });
    stage.send(0, ann, "before\n");
    for id in [line, json, irc] {
        assert!(stage.heard(1, id).contains("before"));
    }
    stage.freeze(1, true);
    stage.wait(seconds(12));
    // More than a newcomer hears.
    for number in 0..80 {
        stage.send(0, ann, &format!("meanwhile {number}.\n"));
        stage.wait(seconds(1));
    }
    stage.freeze(1, false);
    stage.wait(seconds(3));
    stage.send(0, ann, "after\n");
    for id in [line, json, irc] {
        let heard = stage.heard(1, id);
        let missed = (0..80).filter(|number| heard.matches(&format!("meanwhile {number}.")).count() != 1);
        assert_eq!(missed.collect::<Vec<_>>(), [0; 0], "{heard}");
        assert!(heard.contains("after") && !heard.contains("before"), "{heard}");
    }
    stage.assert_same();
}

#[test]
fn a_batch_that_is_in_the_log_twice_counts_once() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.heard(1, bob);
    stage.log.borrow_mut().double("a");
    stage.send(0, ann, "once\n");
    assert_eq!(stage.heard(1, bob), "Ann: once\n");
    stage.assert_same();
}

#[test]
fn a_server_whose_log_differs_stops_sharing_and_says_so() {
    let mut stage = Stage::new(3, QUIET);
    let people = [stage.join(0, "Ann"), stage.join(1, "Bob"), stage.join(2, "Cid")];
    stage.wait(seconds(3));
    stage.log.borrow_mut().lie("c");
    stage.send(0, people[0], "hello\n");
    stage.wait(seconds(3));
    let heard = stage.heard(2, people[2]);
    assert!(
        heard.contains("This server shares the room no more: its log is not that of 2 of the 2"),
        "{heard}"
    );
    stage.send(2, people[2], "is anybody there?\n");
    assert!(stage.heard(2, people[2]).contains("This server shares no rooms any more"));
    stage.send(1, people[1], "we go on\n");
    assert!(stage.heard(0, people[0]).ends_with("Bob: we go on\n"));
}

#[test]
fn the_host_goes_on_at_another_server_when_its_own_dies() {
    let (mut stage, ann, bob) = Stage::of_two("--bots simple --host-interval 1m --host-lull 0s");
    stage.wait(seconds(100));
    stage.heard(0, ann);
    stage.heard(1, bob);
    let owner = stage[0].hub.node().unwrap().owner("lobby").unwrap().to_string();
    let (dies, stays, who) = if owner == "a" { (0, 1, bob) } else { (1, 0, ann) };
    stage.kill(dies);
    stage.wait(seconds(30));
    let heard = stage.heard(stays, who);
    assert!(heard.contains("User Simple_Chat_Bot has joined the chat!"), "{heard}");
    stage.wait(seconds(200));
    assert!(stage.heard(stays, who).contains("Host: "));
}

#[test]
fn a_host_speaks_from_its_own_server_only() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.wait(seconds(1));
    stage.heard(0, ann);
    let owner = stage[0].hub.node().unwrap().owner("lobby").unwrap().to_string();
    for node in ["a", "b"] {
        let epoch = stage[0].hub.node().unwrap().nodes().iter().find(|it| *it.name == *node).unwrap().epoch;
        let said = Record::HostSaid {
            room: "lobby".into(),
            by_operator: false,
            text: format!("from {node}").into(),
        };
        stage.write(node, &Batch { epoch, number: 1_000_000, records: vec![said] });
    }
    let only = format!("Host: from {owner}\n");
    assert_eq!((stage.heard(0, ann), stage.heard(1, bob).ends_with(&only)), (only.clone(), true));
}

#[test]
fn two_servers_with_one_name_do_not_both_share() {
    let mut stage = Stage::new(2, QUIET);
    let ann = stage.join(0, "Ann");
    stage.wait(seconds(1));
    // The second one takes the name over: the first one notices, and stops.
    let nonce = 77 << 20;
    let records = vec![Record::Node { nonce, rooms: vec!["lobby".into()] }];
    stage.write("a", &Batch { epoch: nonce, number: 1, records });
    let heard = stage.heard(0, ann);
    assert!(heard.contains("another server runs under the node name a"), "{heard}");
}
