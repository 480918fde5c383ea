//! Private messages between members of two servers.

use std::time::Duration;

use salon::hub::SessionId;

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off --bots none";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Two servers with one person on each, who have heard all so far.
fn two(options: &str) -> (Stage, SessionId, SessionId) {
    let (mut stage, ann, bob) = Stage::of_two(options);
    stage.heard(0, ann);
    stage.heard(1, bob);
    (stage, ann, bob)
}

/// Logs in with a program's dialect.
fn program(stage: &mut Stage, at: usize, name: &str) -> SessionId {
    let id = stage[at].connect();
    stage.send(at, id, &format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n"));
    stage.heard(at, id);
    id
}

#[test]
fn two_people_on_two_servers_write_privately_as_on_one() {
    let (mut stage, ann, bob) = two(QUIET);
    stage.send(0, ann, "/msg bob psst\n");
    assert_eq!(stage.heard(0, ann), "[you to Bob] psst\n");
    assert_eq!(stage.heard(1, bob), "[Ann to you] psst\n");
    stage.send(1, bob, "/reply what is it?\n/msg @Ann tell me\n");
    assert_eq!(stage.heard(1, bob), "[you to Ann] what is it?\n[you to Ann] tell me\n");
    assert_eq!(stage.heard(0, ann), "[Bob to you] what is it?\n[Bob to you] tell me\n");
    // Each server has what the two wrote.
    for (at, id) in [(0, ann), (1, bob)] {
        stage.send(at, id, if at == 0 { "/history @Bob\n" } else { "/history @Ann\n" });
        let heard = stage.heard(at, id);
        assert!(heard.contains("psst") && heard.contains("tell me"), "{heard}");
    }
    // Nobody else, and not the log.
    let eve = stage.join(1, "Eve");
    stage.send(1, eve, "/history @Ann\n");
    assert!(!stage.heard(1, eve).contains("psst"));
    let has_text = |bytes: &[u8]| bytes.windows(4).any(|four| four == b"psst");
    assert!(!stage.log.borrow().entries.iter().any(|entry| has_text(&entry.bytes)));
}

#[test]
fn people_who_share_no_room_write_to_each_other() {
    let (mut stage, ann, bob) = two(QUIET);
    stage.send(0, ann, "/join garden\n");
    stage.heard(0, ann);
    stage.heard(1, bob);
    stage.send(1, bob, "/msg Ann where are you?\n");
    assert_eq!(stage.heard(0, ann), "[Bob to you] where are you?\n");
    stage.send(0, ann, "/reply in the garden\n");
    assert_eq!(stage.heard(1, bob), "[you to Ann] where are you?\n[Ann to you] in the garden\n");
}

#[test]
fn whoever_is_ignored_away_or_unable_to_read_it_is_so_on_another_server() {
    let (mut stage, ann, bob) = two(QUIET);
    stage.send(1, bob, "/away lunch\n");
    stage.heard(1, bob);
    stage.heard(0, ann);
    stage.send(0, ann, "/msg Bob hello\n/msg Bob again\n");
    assert_eq!(
        stage.heard(0, ann),
        "[you to Bob] hello\nBob is away: lunch\n[you to Bob] again\n",
        "it is said once"
    );
    stage.send(1, bob, "/back\n/ignore Ann\n");
    stage.heard(1, bob);
    stage.send(0, ann, "/msg Bob do you hear me?\n");
    assert_eq!(stage.heard(0, ann), "[you to Bob] do you hear me?\n", "she is not told");
    stage.send(1, bob, "/history @Ann\n");
    let heard = stage.heard(1, bob);
    assert!(heard.contains("again") && !heard.contains("do you hear"), "{heard}");
    // A client that cannot tell private messages from others.
    let old = stage[1].connect();
    stage.send(1, old, "Old_Bot::EOMsg::");
    stage.heard(0, ann);
    stage.send(0, ann, "/msg Old_Bot hello\n");
    let told = stage.heard(0, ann);
    assert!(
        told.contains("Old_Bot is a program that does not know private messages, so it was not sent."),
        "{told}"
    );
    stage.send(0, ann, "/msg Nobody hello\n");
    assert!(stage.heard(0, ann).contains("Nobody here is called Nobody."));
}

#[test]
fn programs_and_irc_clients_get_an_answer_with_their_label() {
    let mut stage = Stage::new(2, QUIET);
    let (ann, bob) = (program(&mut stage, 0, "Ann"), program(&mut stage, 1, "Bob"));
    stage.send(0, ann, "{\"type\":\"say\",\"to\":\"Bob\",\"text\":\"hi\",\"label\":\"x\"}\n");
    let told = stage.heard(0, ann);
    assert!(told.contains("\"label\":\"x\"") && told.contains("\"text\":\"hi\""), "{told}");
    assert!(stage.heard(1, bob).contains("\"text\":\"hi\""));
    let irc = stage[1].connect();
    stage.send(1, irc, "NICK Cid\r\nUSER cid 0 * :Cid\r\n");
    stage.heard(1, irc);
    stage.send(1, irc, "PRIVMSG Ann :from irc\r\nNOTICE Ann :and this\r\n");
    let heard = stage.heard(0, ann);
    assert!(heard.contains("from irc") && heard.contains("and this"), "{heard}");
    stage.send(0, ann, "{\"type\":\"say\",\"to\":\"Cid\",\"text\":\"back\"}\n");
    assert!(stage.heard(1, irc).contains("PRIVMSG Cid :back"), "IRC clients have it in their own words");
}

#[test]
fn a_labelled_line_to_many_is_answered_once_when_all_of_it_is_heard() {
    let (mut stage, _, _) = two(QUIET);
    for (caps, echoes) in [("", false), ("echo-message", true)] {
        let irc = stage[0].connect();
        let (nick, hello) = (if echoes { "Echo" } else { "Mute" }, "USER x 0 * :x\r\nCAP END\r\n");
        stage.send(0, irc, &format!("CAP REQ :batch labeled-response {caps}\r\nNICK {nick}\r\n{hello}"));
        stage.heard(0, irc);
        stage.send(0, irc, "@label=j JOIN #lobby,#tea\r\n");
        let heard = stage.heard(0, irc);
        assert!(heard.starts_with("@label=j "), "{heard}");
        assert!(heard.lines().all(|line| line.starts_with('@') || line.contains(" BATCH ")), "{heard}");
        assert_eq!(heard.matches(" JOIN ").count(), 2, "{heard}");
        stage.send(0, irc, "@label=l PRIVMSG #lobby,#tea,Bob,nobody :hi\r\n@label=p PING x\r\n");
        let heard = stage.heard(0, irc);
        let lines: Vec<&str> = heard.lines().collect();
        assert!(lines.last().unwrap().starts_with("@label=p "), "it is answered in order: {heard}");
        assert_eq!(heard.matches("label=l").count(), 1, "{heard}");
        assert_eq!(heard.matches(" PRIVMSG ").count(), if echoes { 3 } else { 0 }, "{heard}");
        assert_eq!(heard.matches(" 401 ").count(), 1, "{heard}");
        stage.send(0, irc, "@label=q PRIVMSG #lobby,Bob :hi\r\n");
        let heard = stage.heard(0, irc);
        assert_eq!(heard.contains("@label=q :irc.example.org ACK"), !echoes, "{heard}");
    }
}

#[test]
fn packets_that_are_lost_or_come_twice_change_nothing() {
    let (mut stage, ann, bob) = two(QUIET);
    stage.log.borrow_mut().doubles_packets = true;
    stage.send(0, ann, "/msg Bob one\n");
    // The message, then its answer.
    for lost in ["two", "three"] {
        stage.log.borrow_mut().lost_packets = 1;
        stage.send(0, ann, &format!("/msg Bob {lost}\n"));
        stage.wait(seconds(2));
    }
    let answer_is_lost = stage.log.clone();
    stage[0].send(ann, b"/msg Bob four\n");
    stage.wait(seconds(1));
    answer_is_lost.borrow_mut().lost_packets = 1;
    stage.wait(seconds(4));
    assert_eq!(
        stage.heard(1, bob),
        "[Ann to you] one\n[Ann to you] two\n[Ann to you] three\n[Ann to you] four\n"
    );
    assert_eq!(stage.heard(0, ann).matches("[you to Bob] ").count(), 4);
}

#[test]
fn whoever_writes_to_a_server_that_is_cut_off_learns_that_nobody_knows() {
    let (mut stage, ann, bob) = two(QUIET);
    stage.log.borrow_mut().cut("b", true);
    stage.send(0, ann, "/msg Bob are you there?\nhello\n");
    assert_eq!(stage.heard(0, ann), "", "what she says next waits for the answer");
    stage.wait(seconds(20));
    let told = stage.heard(0, ann);
    assert!(
        told.contains(
            "The server of Bob does not answer, so nobody knows whether your private message came."
        ),
        "{told}"
    );
    assert!(told.contains("Ann: hello\n"), "{told}");
    stage.log.borrow_mut().cut("b", false);
    stage.wait(seconds(5));
    assert!(!stage.heard(1, bob).contains("are you there?"), "it is not sent later");
    stage.send(0, ann, "/msg Bob and now?\n");
    assert!(stage.heard(1, bob).ends_with("[Ann to you] and now?\n"));
}

#[test]
fn a_conversation_goes_on_when_one_of_the_two_comes_back_on_another_server_and_is_nobody_elses() {
    let mut stage = Stage::new(3, QUIET);
    let bob = stage.join(1, "Bob");
    let ann = stage[0].connect();
    stage.send(0, ann, "{\"type\":\"hello\",\"version\":1,\"name\":\"Ann\"}\n");
    let heard = stage.heard(0, ann);
    let known: serde_json::Value = serde_json::from_str(heard.lines().next().unwrap()).unwrap();
    let token = known["token"].as_str().unwrap();
    stage.send(0, ann, "{\"type\":\"say\",\"to\":\"Bob\",\"text\":\"from a\"}\n");
    // She comes back on a third server: Bob's `/reply` finds her there.
    let again = stage[2].connect();
    let hello = format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"Ann\",\"token\":\"{token}\"}}\n");
    stage.send(2, again, &hello);
    stage.heard(1, bob);
    stage.send(1, bob, "/reply I hear you\n/history @Ann\n");
    let heard = stage.heard(1, bob);
    assert!(heard.contains("[you to Ann] I hear you\n") && heard.contains("from a"), "{heard}");
    assert!(stage.heard(2, again).contains("I hear you"));
    // She leaves; somebody else has her name.
    stage[2].vanish(again);
    stage.wait(seconds(2));
    let other = stage.join(0, "Ann");
    stage.heard(1, bob);
    stage.send(1, bob, "/reply still there?\n/history @Ann\n");
    let heard = stage.heard(1, bob);
    assert!(heard.contains("Ann") && !heard.contains("from a"), "{heard}");
    assert!(!stage.heard(0, other).contains("still there?"));
}
