//! What people on different servers have of each other.

use std::time::Duration;

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off";

#[test]
fn people_on_two_servers_talk_in_a_shared_room_and_each_server_has_rooms_of_its_own() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    assert!(stage.heard(1, bob).contains("You are in the lobby with Ann."));
    assert!(stage.heard(0, ann).ends_with("User Bob has joined the chat!\n"), "she is told");
    stage.send(0, ann, "hi Bob\n/me waves\n");
    stage.send(1, bob, "hi Ann\n");
    assert_eq!(stage.heard(0, ann), "Ann: hi Bob\n* Ann waves\nBob: hi Ann\n");
    assert_eq!(stage.heard(1, bob), "Ann: hi Bob\n* Ann waves\nBob: hi Ann\n");
    stage.send(1, bob, "/who\n/whois Ann\n");
    assert_eq!(
        stage.heard(1, bob),
        "2 in the lobby: Ann and Bob.\nAnn is a person, in the lobby. On the server a.\n"
    );
    // A room of one server.
    stage.send(0, ann, "/join garden\nonly here\n");
    assert!(stage.heard(0, ann).contains("Ann: only here"));
    stage.send(1, bob, "/join garden\n");
    assert!(!stage.heard(1, bob).contains("only here"));
    stage.assert_same();
}

#[test]
fn messages_have_the_same_ids_and_times_on_all_servers() {
    let mut stage = Stage::new(3, QUIET);
    let people: Vec<_> = [(0, "Ann"), (1, "Bob"), (2, "Cid")]
        .map(|(at, name)| {
            let id = stage[at].connect();
            let hello = format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n");
            stage.send(at, id, &hello);
            stage.send(at, id, "{\"type\":\"join\",\"room\":\"lobby\"}\n");
            (at, id)
        })
        .into();
    for (at, id) in &people {
        stage.heard(*at, *id);
    }
    stage.wait(Duration::from_secs(3));
    for (at, id) in &people {
        let said = format!("{{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"from {at}\"}}\n");
        stage[*at].send(*id, said.repeat(2).as_bytes());
    }
    stage.settle();
    let heard: Vec<String> = people.iter().map(|(at, id)| stage.heard(*at, *id)).collect();
    let messages = |heard: &str| {
        let lines = heard.lines().filter(|line| line.contains("\"text\":\"from"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(messages(&heard[0]).len(), 6, "{heard:#?}");
    assert_eq!(messages(&heard[0]), messages(&heard[1]));
    assert_eq!(messages(&heard[0]), messages(&heard[2]));
}

#[test]
fn a_name_belongs_to_one_person_on_all_servers() {
    let mut stage = Stage::new(2, QUIET);
    let ann = stage.join(0, "Ann");
    let other = stage.join(1, "ann");
    assert!(stage.heard(1, other).contains("The name ann is taken. Please choose another."));
    stage.send(1, other, "Bob\n");
    assert!(stage.heard(1, other).contains("Welcome, Bob!"));
    // Both at once: who is first in the log has it.
    let (one, two) = (stage[0].connect(), stage[1].connect());
    stage[0].send(one, b"Cid\n");
    stage[1].send(two, b"C1d\n");
    stage.settle();
    let (one, two) = (stage.heard(0, one), stage.heard(1, two));
    assert!(one.contains("Welcome, Cid!"), "{one}");
    assert!(two.contains("Please choose another.") || two.contains("Welcome, C1d!"), "{two}");
    stage.heard(1, other);
    stage.send(0, ann, "/nick Bob\n");
    assert!(stage.heard(0, ann).contains("The name Bob is taken. You keep your name."));
    stage.send(0, ann, "/nick Anna\nhello\n");
    assert_eq!(
        stage.heard(0, ann),
        "You are now Anna. The name Ann is kept for you for 1 minute.\nAnna: hello\n"
    );
    assert!(stage.heard(1, other).ends_with("Ann is now Anna.\nAnna: hello\n"));
    stage.send(0, ann, "/exit\n");
    assert!(stage[0].peer(ann).closed);
    let again = stage.join(1, "Anna");
    assert!(stage.heard(1, again).contains("Welcome, Anna!"));
    stage.assert_same();
}

#[test]
fn whoever_shows_its_token_has_its_name_back_on_another_server_and_misses_nothing() {
    let mut stage = Stage::new(2, QUIET);
    let bob = stage.join(1, "Bob");
    let hello = |token: &str| {
        format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"Ann\",\"token\":\"{token}\"}}\n")
    };
    let ann = stage[0].connect();
    stage.send(0, ann, "{\"type\":\"hello\",\"version\":1,\"name\":\"Ann\"}\n");
    stage.send(0, ann, "{\"type\":\"join\",\"room\":\"lobby\"}\n");
    let heard = stage.heard(0, ann);
    let known: serde_json::Value = serde_json::from_str(heard.lines().next().unwrap()).unwrap();
    let token = known["token"].as_str().unwrap();
    let wrong = stage[1].connect();
    stage.send(1, wrong, &hello(&"0".repeat(32)));
    assert!(stage.heard(1, wrong).contains("name_taken"));
    stage.heard(1, bob);
    let again = stage[1].connect();
    stage.send(1, again, &hello(token));
    assert!(stage.heard(1, again).contains("\"token\""));
    assert!(stage.heard(0, ann).contains("came_back") && stage[0].peer(ann).closed);
    stage.send(1, again, "{\"type\":\"join\",\"room\":\"lobby\"}\n{\"type\":\"say\",\"text\":\"back\"}\n");
    assert!(stage.heard(1, bob).ends_with("Ann: back\n"));
    stage.assert_same();
}

#[test]
fn what_is_erased_or_edited_is_so_on_all_servers() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.send(0, ann, "one\ntwo\nthree\n");
    stage.heard(1, bob);
    stage.send(0, ann, "/undo\n");
    let told = stage.heard(1, bob);
    assert!(told.contains("Ann") && !told.contains("refused"), "{told}");
    stage.send(0, ann, "/edit twice\n");
    assert!(stage.heard(1, bob).contains("twice"));
    stage.send(1, bob, "/undo\n");
    assert!(stage.heard(1, bob).contains("was not done") || stage.heard(0, ann).is_empty());
    for at in 0..2 {
        let late = stage.join(at, ["Cid", "Dee"][at]);
        let heard = stage.heard(at, late);
        assert!(heard.contains("Ann: one\n") && heard.contains("twice"), "{heard}");
        assert!(!heard.contains("three") && !heard.contains("Ann: two\n"), "{heard}");
    }
    stage.wait(Duration::from_secs(150));
    stage.heard(0, ann);
    stage.send(0, ann, "/undo\n");
    assert!(stage.heard(0, ann).contains("was not done"), "that is too long ago");
    stage.assert_same();
}

#[test]
fn who_comes_later_hears_what_was_said_on_other_servers() {
    let mut stage = Stage::new(2, QUIET);
    let ann = stage.join(0, "Ann");
    stage.send(0, ann, "the soup is ready\n");
    stage.wait(Duration::from_secs(90));
    let bob = stage.join(1, "Bob");
    let heard = stage.heard(1, bob);
    assert!(heard.contains("Ann: the soup is ready"), "{heard}");
    stage.send(1, bob, "/search soup\n");
    assert!(stage.heard(1, bob).contains("the soup is ready"));
}

#[test]
fn the_host_of_a_shared_room_runs_once() {
    let (mut stage, ann, bob) = Stage::of_two("--bots simple --host-interval 1m --host-lull 0s");
    let heard = stage.heard(1, bob);
    assert!(heard.contains("Simple_Chat_Bot"), "{heard}");
    stage.heard(0, ann);
    stage.wait(Duration::from_secs(200));
    let (at_a, at_b) = (stage.heard(0, ann), stage.heard(1, bob));
    assert!(at_a.matches("Host: ").count() >= 1, "{at_a}");
    assert_eq!(at_a, at_b);
    stage.assert_same();
}

#[test]
fn irc_clients_of_two_servers_talk() {
    let mut stage = Stage::new(2, QUIET);
    let bob = stage.join(1, "Bob");
    let ann = stage[0].connect();
    stage.send(0, ann, "NICK Ann\r\nUSER ann 0 * :Ann\r\nJOIN #lobby\r\nPRIVMSG #lobby :from irc\r\n");
    assert!(stage.heard(1, bob).ends_with("Ann: from irc\n"));
    stage.send(1, bob, "hello irc\n");
    let heard = stage.heard(0, ann);
    assert!(heard.contains("JOIN #lobby") && heard.contains(":hello irc"), "{heard}");
    assert!(heard.contains(" 366 "), "the list of names: {heard}");
}

#[test]
fn what_concerns_members_of_other_servers_is_said_in_true_words() {
    let (mut stage, ann, bob) = Stage::of_two("--host-interval off");
    let iris = stage[0].connect();
    let joins = "NICK Iris\r\nUSER u 0 * :u\r\nCAP REQ :message-tags\r\nJOIN #lobby\r\nJOIN #tearoom\r\n";
    stage.send(0, iris, joins);
    stage.heard(0, iris);
    stage.send(0, iris, "LUSERS\r\nINVITE Bob #tearoom\r\n");
    let heard = stage.heard(0, iris);
    for words in [
        " 251 Iris :There are 3 people and 0 bots on 2 servers",
        "has 2 clients and 1 server\r\n",
        " 265 Iris :Current local users 2\r\n",
        " 266 Iris 3 3 :",
        "Bob is connected to another server, and this room is on this one only.",
    ] {
        assert!(heard.contains(words), "{words} in {heard}");
    }
    stage.send(1, bob, "mine\n");
    let said = stage.heard(0, iris);
    let id = said.split("msgid=").nth(1).and_then(|rest| rest.split([';', ' ']).next()).unwrap().to_owned();
    stage.send(0, iris, &format!("REDACT #lobby {id}\r\n"));
    let heard = stage.heard(0, iris);
    assert!(heard.contains("it must be one of yours in this room"), "{heard}");
    stage.heard(0, ann);
    stage.assert_same();
}
