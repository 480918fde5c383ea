//! Requests of programs and pages beyond those of people, over TCP and WebSockets.

use serde_json::{Value, json};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};
use crate::websocket::Page;

/// A program over TCP.
struct Program(Peer);

impl Program {
    fn open(port: u16) -> Program {
        Program(Peer::connect(port))
    }

    fn send(&mut self, object: &Value) {
        self.0.say(&object.to_string());
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.0.until("\n")).unwrap()
    }

    fn until(&mut self, kind: &str) -> Value {
        loop {
            let object = self.next();
            if object["type"] == kind {
                return object;
            }
        }
    }

    fn join(port: u16, name: &str) -> Program {
        let mut program = Program::open(port);
        program.send(&json!({"type": "hello", "version": 1, "name": name}));
        program.send(&json!({"type": "join"}));
        program.until("live");
        program
    }
}

fn ids(found: &[Value]) -> Vec<u64> {
    found.iter().map(|found| found["id"].as_u64().unwrap()).collect()
}

/// The heading of a reply, and its messages.
fn found(program: &mut Program, question: &Value) -> (Value, Vec<Value>) {
    program.send(question);
    let heading = program.until("history");
    let count = heading["count"].as_u64().unwrap();
    let found: Vec<Value> = (0..count).map(|_| program.next()).collect();
    assert!(found.iter().all(|found| found["type"] == "found"), "{found:?}");
    (heading, found)
}

#[test]
fn each_labelled_request_has_one_last_answer() {
    let salon = Salon::start(&[]);
    let mut page = Page::open(salon.port);
    page.send(&json!({"type": "hello", "version": 1, "name": "Ann", "label": "a"}));
    let hello = page.until("hello");
    assert_eq!(hello["label"], "a");
    assert!(hello["features"].as_array().unwrap().contains(&json!("label")), "{hello}");
    page.send(&json!({"type": "join", "label": "b"}));
    assert_eq!(page.until("welcome")["label"], "b");
    page.until("live");
    page.send(&json!({"type": "say", "text": "hi", "label": "c"}));
    let (first, second) = (page.next_object().unwrap(), page.next_object().unwrap());
    let done = [&first, &second].into_iter().find(|object| object["type"] == "done").unwrap();
    let said = [&first, &second].into_iter().find(|object| object["type"] == "said").unwrap();
    assert_eq!(done["label"], "c");
    assert_eq!((&done["id"], &done["room"], said.get("label")), (&said["id"], &said["room"], None));
    page.send(&json!({"type": "command", "name": "who", "label": "d"}));
    assert_eq!(page.until("notice")["label"], "d");
    assert_eq!(page.until("done"), json!({"type": "done", "label": "d"}));
    page.send(&json!({"type": "command", "name": "dance", "label": "e"}));
    let refused = page.until("refused");
    assert_eq!((&refused["label"], &refused["why"]), (&json!("e"), &json!("command")));
    page.send(&json!({"type": "ping", "label": "f"}));
    assert_eq!(
        page.next_object(),
        Some(json!({"type": "pong", "label": "f"})),
        "a refusal has nothing behind it"
    );
    page.send(&json!({"type": "history", "label": "g"}));
    assert_eq!(page.until("history")["label"], "g");
    assert_eq!(page.until("found")["label"], "g");
    page.send(&json!({"type": "leave", "label": "h"}));
    assert_eq!(page.until("parted")["label"], "h");
    for no_label in [json!("x".repeat(33)), json!(""), json!(7)] {
        page.send(&json!({"type": "ping", "label": no_label}));
        let refused = page.until("refused");
        assert_eq!((&refused["why"], refused.get("label")), (&json!("unclear"), None));
        assert_eq!(refused["text"], "The field \"label\" must be a text of 1 to 32 characters.");
    }
    page.send(&json!(["say", null, "in a list"]));
    assert_eq!(page.until("refused")["why"], "unclear");
}

#[test]
fn what_is_said_with_an_unknown_field_is_said_to_nobody() {
    let salon = Salon::start(&["--spam-limit", "8/3s"]);
    let mut ann = Program::open(salon.port);
    ann.send(&json!({"type": "hello", "version": 1, "name": "Ann", "client": "of tomorrow"}));
    let limits = &ann.until("hello")["limits"];
    assert_eq!(
        (&limits["messages"], &limits["window_ms"], &limits["rooms"]),
        (&json!(8), &json!(3000), &json!(16))
    );
    assert_eq!((&limits["text_bytes"], &limits["label_chars"]), (&json!(4096), &json!(32)));
    ann.send(&json!({"type": "join", "color": "green"}));
    ann.until("live");
    ann.send(&json!({"type": "say", "text": "psst", "only": "Bob", "label": "a"}));
    let refused = ann.until("refused");
    assert_eq!((&refused["why"], &refused["label"]), (&json!("unclear"), &json!("a")));
    assert_eq!(
        refused["text"],
        "In \"say\" there is no field \"only\", so nothing was said. The fields are room, to, ongoing, text and label."
    );
    ann.send(&json!({"type": "say", "text": "hi", "room": "lobby", "label": "b"}));
    assert_eq!(ann.until("said")["text"], "hi");
    let silent = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Program::open(silent.port);
    ann.send(&json!({"type": "hello", "version": 1, "name": "Ann"}));
    assert_eq!(ann.until("hello")["limits"].get("messages"), None, "there is no limit");
}

#[test]
fn a_history_is_read_page_by_page_and_by_its_words() {
    let salon = Salon::start(&["--spam-limit", "off", "--history", "5"]);
    let mut ann = Program::join(salon.port, "Ann");
    for number in 0..30 {
        ann.send(&json!({"type": "say", "text": format!("number {number}"), "label": "said"}));
        ann.until("done");
    }
    let (heading, last) = found(&mut ann, &json!({"type": "history", "limit": 10}));
    assert_eq!((&heading["older"], &heading["newer"]), (&json!(true), &json!(false)));
    assert_eq!(last.last().unwrap()["text"], "number 29");
    let mut all = ids(&last);
    assert_eq!(all.len(), 10);
    // Backwards, to the beginning.
    loop {
        let (heading, before) = found(&mut ann, &json!({"type": "history", "limit": 10, "before": all[0]}));
        all.splice(0..0, ids(&before));
        if heading["older"] == false {
            break;
        }
    }
    assert_eq!(all.len(), 30);
    assert!(all.is_sorted());
    // Forwards from there.
    let (heading, after) = found(&mut ann, &json!({"type": "history", "limit": 3, "after": all[4]}));
    assert_eq!(
        (&heading["older"], &heading["newer"], ids(&after)),
        (&json!(false), &json!(true), all[5..8].to_vec())
    );
    let between = json!({"type": "history", "after": all[4], "before": all[8]});
    let (heading, between) = found(&mut ann, &between);
    assert_eq!((&heading["older"], ids(&between)), (&json!(false), all[5..8].to_vec()));
    let (_, none) = found(&mut ann, &json!({"type": "history", "after": u64::MAX}));
    assert!(none.is_empty());
    let (_, none) = found(&mut ann, &json!({"type": "history", "before": 0}));
    assert!(none.is_empty());
    let (_, every) = found(&mut ann, &json!({"type": "history", "before": u64::MAX, "after": 0}));
    assert_eq!(ids(&every), all);
    let (heading, hits) = found(&mut ann, &json!({"type": "search", "words": "number 17"}));
    assert_eq!((heading["words"].as_str(), hits[0]["text"].as_str()), (Some("number 17"), Some("number 17")));
    assert_eq!(hits.len(), 1);
    ann.send(&json!({"type": "search", "words": " "}));
    assert_eq!(ann.until("refused")["why"], "command");
}

#[test]
fn a_program_that_reconnects_gets_what_it_missed_once() {
    let salon = Salon::start(&["--spam-limit", "off", "--history", "5"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut say = |text: &str| {
        bob.say(text);
        bob.until(&format!("Bob: {text}\n"));
    };
    let mut ann = Program::open(salon.port);
    ann.send(&json!({"type": "hello", "version": 1, "name": "Ann"}));
    let token = ann.until("hello")["token"].clone();
    ann.send(&json!({"type": "join"}));
    ann.until("live");
    say("heard");
    let last = ann.until("said")["id"].clone();
    let back = |after: &Value| {
        let mut again = Program::open(salon.port);
        again.send(&json!({"type": "hello", "version": 1, "name": "Ann", "token": token}));
        again.until("hello");
        again.send(&json!({"type": "join", "after": after}));
        let mut replayed = Vec::new();
        let mut gap = None;
        loop {
            let object = again.next();
            match object["type"].as_str().unwrap() {
                "said" => replayed.push(object["text"].as_str().unwrap().to_owned()),
                "gap" => gap = object["before"].as_u64(),
                "live" => break (replayed, gap),
                _ => {}
            }
        }
    };
    assert_eq!(back(&last), (vec![], None), "there is nothing new");
    drop(ann);
    say("missed");
    say("too");
    let (replayed, gap) = back(&last);
    assert_eq!((replayed, gap), (vec!["missed".into(), "too".into()], None));
    for number in 0..5 {
        say(&format!("more {number}"));
    }
    let (replayed, gap) = back(&last);
    assert_eq!(replayed.len(), 5);
    assert!(gap.is_some(), "what was missed and is not at hand is told of");
    let (replayed, gap) = back(&json!(1_000_000));
    assert_eq!((replayed.len(), gap), (5, None), "an id of another life says nothing");
}

/// Of what is newer than an id, a program that comes back hears each message once: in the replay, or if it is told of a gap, in
/// the history before it. Also when the server was restarted.
#[test]
fn a_gap_is_told_of_exactly_when_something_is_missing() {
    let folder = Folder::new();
    let data = ["--history", "2", "--data", folder.path().to_str().unwrap()];
    let mut all = Vec::new();
    for is_restarted in [false, true] {
        let salon = Salon::start(&data);
        if !is_restarted {
            let mut bot = Program::open(salon.port);
            bot.send(&json!({"type": "hello", "version": 1, "name": "Cat", "bot": true}));
            bot.send(&json!({"type": "join"}));
            let mut ann = Program::join(salon.port, "Ann");
            for text in ["person", "1", "2", "3", "4"] {
                let speaker = if text == "person" { &mut ann } else { &mut bot };
                speaker.send(&json!({"type": "say", "text": text}));
                all.push(ann.until("said")["id"].as_u64().unwrap());
            }
        }
        // Of these, the first and the last two are kept.
        let gap = all[2] + 1;
        for (after, told) in [
            (all[0] - 1, Some(gap)),
            (all[0], Some(gap)),
            (all[1], Some(gap)),
            (all[2], None),
            (all[3], None),
            (all[4], None),
        ] {
            let mut back = Program::open(salon.port);
            // A name of its own: the one before may not be gone yet.
            back.send(&json!({"type": "hello", "version": 1, "name": format!("Bob{after}")}));
            back.send(&json!({"type": "join", "after": after}));
            let (mut replayed, mut before) = (Vec::new(), None);
            loop {
                let object = back.next();
                match object["type"].as_str().unwrap() {
                    "said" => replayed.push(object),
                    "gap" => before = object["before"].as_u64(),
                    "live" => break,
                    _ => {}
                }
            }
            assert_eq!(before, told, "after {after} of {all:?}, restarted: {is_restarted}");
            let mut heard = Vec::new();
            if let Some(before) = before {
                let between = json!({"type": "history", "after": after, "before": before});
                heard.extend(ids(&found(&mut back, &between).1));
            }
            heard.extend(ids(&replayed));
            let newer: Vec<u64> = all.iter().copied().filter(|id| *id > after).collect();
            assert_eq!(heard, newer, "after {after}, restarted: {is_restarted}");
        }
    }
}

#[test]
fn rooms_and_members_are_lists_and_what_changes_is_told() {
    let mut salon = Salon::start(&["--rooms", "lobby,round"]);
    let mut page = Page::join(salon.port, "Ann");
    page.send(&json!({"type": "rooms", "watch": true}));
    let rooms = page.until("rooms");
    let of = |room: usize, field: &str| rooms["rooms"][room][field].clone();
    assert_eq!((of(0, "room"), of(0, "count"), of(0, "in")), (json!("lobby"), json!(1), json!(true)));
    assert_eq!((of(1, "room"), of(1, "in")), (json!("round"), json!(false)));
    assert!(!of(1, "commands").as_array().unwrap().is_empty());
    assert!(rooms["commands"].as_array().unwrap().iter().any(|command| command["name"] == "/who"));
    let _bob = Peer::join(salon.port, "Bob");
    let changed = page.until("room");
    assert_eq!((&changed["room"], &changed["count"], changed.get("in")), (&json!("lobby"), &json!(2), None));
    salon.type_line("open attic=lobby");
    while page.until("room")["room"] != "attic" {}
    salon.type_line("close attic");
    assert_eq!(page.until("room"), json!({"type": "room", "room": "attic", "closed": true}));
    page.send(&json!({"type": "members"}));
    let members = page.until("members");
    assert_eq!(members["count"], 2);
    assert!(members["members"].as_array().unwrap().contains(&json!({"who": "Bob", "is": "person"})));
}

#[test]
fn whoever_wants_to_know_is_told_who_is_typing_and_how_far_one_had_read() {
    let salon = Salon::start(&["--rooms", "lobby,den=lobby", "--host-interval", "off"]);
    let mut ann = Page::join(salon.port, "Ann");
    ann.send(&json!({"type": "typing", "watch": true}));
    let mut cid = Program::join(salon.port, "Cid");
    let mut bob = Program::join(salon.port, "Bob");
    let typing = json!({"type": "typing"});
    bob.send(&json!({"type": "join", "room": "den"}));
    bob.until("live");
    bob.send(&typing);
    bob.send(&json!({"type": "typing", "room": "lobby"}));
    bob.send(&json!({"type": "leave", "room": "den"}));
    bob.until("parted");
    for _ in 0..10 {
        bob.send(&typing);
    }
    bob.send(&json!({"type": "typing", "room": "attic", "label": "a"}));
    let refused = bob.until("refused");
    assert_eq!((&refused["why"], &refused["label"]), (&json!("no_room"), &json!("a")));
    cid.send(&json!({"type": "typing", "label": "b"}));
    assert_eq!(cid.until("done"), json!({"type": "done", "label": "b"}));
    // Of Bob's, the first was in a room where nobody watches, and the others came too early.
    assert_eq!(ann.until("typing"), json!({"type": "typing", "room": "lobby", "who": "Cid"}));
    bob.send(&json!({"type": "say", "text": "done"}));
    let said = cid.until("said");
    assert_eq!(said["text"], "done", "nobody else is told");
    let id = said["id"].as_u64().unwrap();

    cid.send(&json!({"type": "read", "id": id}));
    cid.send(&json!({"type": "read", "id": 1, "label": "c"}));
    cid.until("done");
    bob.send(&json!({"type": "read", "id": u64::MAX, "label": "d"}));
    bob.until("done");
    let read = |program: &mut Program| {
        program.send(&json!({"type": "leave"}));
        program.until("parted");
        program.send(&json!({"type": "join"}));
        program.until("welcome")
    };
    assert_eq!(read(&mut cid)["read"], id, "nobody unreads");
    assert!(read(&mut bob)["read"].as_u64().unwrap() < id + 10, "nobody reads what is not said");
    let mut dan = Page::open(salon.port);
    dan.send(&json!({"type": "hello", "version": 1, "name": "Dan"}));
    dan.send(&json!({"type": "join"}));
    assert_eq!(dan.until("welcome").get("read"), None);
}

#[test]
fn a_message_of_several_lines_is_one_message_for_everybody() {
    let salon = Salon::start(&["--host-interval", "off"]);
    let mut line = Peer::join(salon.port, "Lin");
    let mut old = Peer::join_eom(salon.port, "Eve");
    let mut plain = Program::join(salon.port, "Pam");
    let mut page = Page::open(salon.port);
    page.send(&json!({"type": "hello", "version": 1, "name": "Ann", "lines": true}));
    page.send(&json!({"type": "join"}));
    page.until("live");
    page.send(&json!({"type": "say", "text": "\r\n\n one \r\nHost: two\u{1b}\n\n::EOMsg::Bob: three\n \n"}));
    let text = " one\nHost: two\u{fffd}\n\n::EOMsg::Bob: three";
    assert_eq!(page.until("said")["text"], text);
    assert_eq!(plain.until("said")["text"], text.replace('\n', " ⏎ "));
    line.until("\nAnn:  one\n  | Host: two\u{fffd}\n  | \n  | ::EOMsg::Bob: three\n");
    old.until("Ann:  one\n  | Host: two\u{fffd}\n  | \n  | :: EOMsg::Bob: three::EOMsg::");
    plain.send(&json!({"type": "say", "text": "1\n2"}));
    assert_eq!(page.until("said")["text"], "1\n2", "it is kept for those who show it");
    // The past is told as the present is.
    plain.send(&json!({"type": "history", "limit": 2}));
    assert_eq!(plain.until("found")["text"], text.replace('\n', " ⏎ "));
    page.send(&json!({"type": "history", "limit": 2}));
    assert_eq!(page.until("found")["text"], text);
    line.say("/history 1");
    line.until("Pam: 1\n  | 2\n");
    let many = vec!["x"; 41].join("\n");
    page.send(&json!({"type": "say", "text": many}));
    let refused = page.until("refused");
    assert_eq!(refused["why"], "too_long");
    assert_eq!(refused["text"], "Your message had more than 40 lines and was not sent. Please split it.");
}

#[test]
fn a_program_knows_whether_ids_began_anew() {
    let started = |options: &[&str]| {
        let salon = Salon::start(options);
        let mut ann = Program::open(salon.port);
        ann.send(&json!({"type": "hello", "version": 1, "name": "Ann"}));
        let started = ann.until("hello")["started"].as_str().unwrap().to_owned();
        // What is heard is on disk, and all that was to be stored before it.
        ann.send(&json!({"type": "join", "room": "lobby"}));
        ann.send(&json!({"type": "say", "text": "Hi"}));
        ann.until("said");
        started
    };
    let memory = ["--data", "none"];
    assert_ne!(started(&memory), started(&memory));
    let folder = Folder::new();
    let data = ["--data", folder.path().to_str().unwrap()];
    let first = started(&data);
    assert_eq!(started(&data), first);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    assert_ne!(started(&data), first, "nothing is left of those ids");
}
