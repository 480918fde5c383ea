//! Private messages: who hears them, what becomes of them when members come back or leave, and where no trace of them is left.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use salon::hub::{ListenerKind, SessionId};
use serde_json::{Value, json};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};
use crate::support::scene::Scene;

fn scene() -> Scene {
    Scene::new("--host-interval off --spam-limit off --command-limit off")
}

fn say(scene: &mut Scene, id: SessionId, line: &str) {
    scene.send(id, format!("{line}\n").as_bytes());
}

/// A program with this name in the lobby, and its token.
fn program(scene: &mut Scene, name: &str, token: &str) -> (SessionId, String) {
    let id = scene.connect();
    say(scene, id, &json!({"type": "hello", "version": 1, "name": name, "token": token}).to_string());
    let hello: Value = serde_json::from_str(scene.heard(id).lines().next().unwrap()).unwrap();
    say(scene, id, r#"{"type":"join"}"#);
    scene.heard(id);
    (id, hello["token"].as_str().unwrap().to_owned())
}

/// The texts of the private messages that a program hears, the own ones with a `>`.
fn texts(scene: &mut Scene, id: SessionId, own: &str) -> Vec<String> {
    let heard = scene.heard(id);
    let objects = heard.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let private = objects.filter(|object| object["type"] == "private");
    let text = |object: Value| {
        let mark = if object["from"] == own { "> " } else { "" };
        format!("{mark}{}", object["text"].as_str().unwrap())
    };
    private.map(text).collect()
}

#[test]
fn it_comes_behind_what_the_member_has_heard() {
    let mut scene = scene();
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    for id in [ann, ben] {
        scene.heard(id);
    }
    scene.send(ann, b"one\n/msg Ben two\nthree\n/msg Ben four\n");
    assert_eq!(scene.heard(ben), "Ann: one\n[Ann to you] two\nAnn: three\n[Ann to you] four\n");
    assert_eq!(scene.heard(ann), "Ann: one\n[you to Ben] two\nAnn: three\n[you to Ben] four\n");
}

#[test]
fn whoever_resumes_has_its_conversations() {
    let mut scene = scene();
    let ben = scene.join("Ben");
    let (ghost, token) = program(&mut scene, "Ann", "");
    say(&mut scene, ghost, r#"{"type":"say","to":"Ben","text":"hi"}"#);
    say(&mut scene, ben, "/reply hello");
    let (ann, token) = program(&mut scene, "Ann", &token);
    say(&mut scene, ann, r#"{"type":"history","with":"Ben"}"#);
    assert_eq!(texts(&mut scene, ann, "Ann"), ["> hi", "hello"]);
    scene.heard(ben);
    say(&mut scene, ben, "/history @Ann 1");
    assert!(scene.heard(ben).ends_with("[you to Ann] hello\n"));
    say(&mut scene, ben, "/reply still there?");
    assert_eq!(texts(&mut scene, ann, "Ann"), ["still there?"]);
    // A token is good until its member leaves, and so are the conversations.
    scene.end(ann);
    let (ann, _) = program(&mut scene, "Ann", &token);
    say(&mut scene, ann, r#"{"type":"history","with":"Ben"}"#);
    assert_eq!(texts(&mut scene, ann, "Ann"), [""; 0]);
}

#[test]
fn what_was_said_to_the_cast_nobody_reads_who_gets_the_place_of_one_of_them() {
    let mut scene =
        Scene::new("--host-interval off --spam-limit off --command-limit off --rooms round,lobby");
    let (rea, token) = program(&mut scene, "Rea", "");
    say(&mut scene, rea, r#"{"type":"command","name":"ready"}"#);
    scene.wait(Duration::from_secs(15));
    let heard = scene.heard(rea);
    let joined = heard.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let joined = joined.filter(|object| object["type"] == "joined" && object["is"] == "bot");
    let cast: Vec<String> = joined.map(|object| object["who"].as_str().unwrap().to_owned()).collect();
    assert_eq!(cast.len(), 3, "{heard}");
    for name in &cast {
        say(&mut scene, rea, &json!({"type": "say", "to": name, "text": "a secret"}).to_string());
    }
    // As the only person leaves for a moment, the cast goes home.
    let (rea, _) = program(&mut scene, "Rea", &token);
    for name in ["Ann", "Ben", "Cy", "Dan"] {
        let (other, _) = program(&mut scene, name, "");
        say(&mut scene, other, r#"{"type":"history","with":"Rea"}"#);
        assert_eq!(texts(&mut scene, other, name), [""; 0]);
        say(&mut scene, rea, &json!({"type": "history", "with": name}).to_string());
        assert_eq!(texts(&mut scene, rea, "Rea"), [""; 0]);
    }
}

#[test]
fn answers_come_in_the_order_of_the_questions_and_before_whoever_asked_leaves() {
    let mut scene = scene();
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    let long = "\u{e9}".repeat(2_000);
    for number in 0..12 {
        say(&mut scene, ann, &format!("/msg Ben {number} {long}"));
        scene.heard(ann);
    }
    scene.heard(ben);
    scene.send(ben, b"/search @Ann e*\n/history @Ann 1\nhi\n/exit\n");
    let heard = scene.heard(ben);
    let at = |text: &str| heard.find(text).unwrap_or_else(|| panic!("{text} in {heard}"));
    let last = format!("[Ann to you] 11 {long}\n");
    let texts =
        ["[Ann to you] 0 ", &last, "The last 1 message between you and Ann:", "You are disconnecting"];
    let places = texts.map(at);
    assert!(places.is_sorted(), "{places:?} {heard}");
    assert!(scene.peer(ben).closed);
}

#[test]
fn a_ghost_that_resumes_still_ignores_and_is_still_away() {
    let mut scene = scene();
    let (ben, eve) = (scene.join("Ben"), scene.join("Eve"));
    let (ghost, token) = program(&mut scene, "Ann", "");
    say(&mut scene, ghost, r#"{"type":"command","name":"ignore","rest":"Eve"}"#);
    say(&mut scene, ghost, r#"{"type":"command","name":"away","rest":"on the train"}"#);
    let (ann, _) = program(&mut scene, "Ann", &token);
    for id in [ben, eve] {
        scene.heard(id);
    }
    say(&mut scene, eve, "/msg Ann can you hear me?");
    say(&mut scene, eve, "can you?");
    assert_eq!(scene.heard(ann), "");
    let heard = scene.heard(eve);
    assert_eq!(heard, "[you to Ann] can you hear me?\nAnn is away: on the train\nEve: can you?\n");
    say(&mut scene, ben, "/msg Ann and me?");
    assert_eq!(texts(&mut scene, ann, "Ann"), ["and me?"]);
}

#[test]
fn whoever_comes_by_the_name_of_one_who_left_reads_nothing() {
    let mut scene = scene();
    let ann = scene.join("Ann");
    for leaves in [Scene::end, Scene::vanish] {
        let ben = scene.join("Ben");
        say(&mut scene, ann, "/msg Ben the code is 1234");
        say(&mut scene, ben, "/reply thanks");
        leaves(&mut scene, ben);
        let other = scene.join("Ben");
        scene.heard(other);
        say(&mut scene, other, "/history @Ann");
        say(&mut scene, other, "/search @Ann code");
        assert_eq!(
            scene.heard(other),
            "Nothing was said between you and Ann yet.\nNo message between you and Ann has the words: code\n"
        );
        scene.heard(ann);
        say(&mut scene, ann, "/reply and the other one is 5678");
        assert_eq!((scene.heard(other).as_str(), scene.heard(ann).contains("Ben has left")), ("", true));
        scene.end(other);
    }
}

#[test]
fn who_goes_on_writing_writes_to_nobody_else_of_that_name() {
    let mut scene = scene();
    let (ann, _) = program(&mut scene, "Ann", "");
    let (ben, cy) = (scene.join("Ben"), scene.join("Cy"));
    say(&mut scene, ann, r#"{"type":"say","to":"Ben","ongoing":true,"text":"hi"}"#);
    let heard = scene.heard(ann);
    assert!(heard.contains("Nothing is kept of what you wrote with Ben"), "{heard}");
    say(&mut scene, ann, r#"{"type":"say","to":"Ben","text":"hi"}"#);
    say(&mut scene, ann, r#"{"type":"say","to":"@ben","ongoing":true,"text":"there"}"#);
    say(&mut scene, cy, "/msg Ben hi from Cy");
    assert!(scene.heard(ben).ends_with("[Ann to you] hi\n[Ann to you] there\n[Cy to you] hi from Cy\n"));
    // Whoever sees that it left is not told twice; programs are told always.
    for id in [ann, cy] {
        scene.heard(id);
    }
    scene.end(ben);
    let gone = r#"{"type":"gone","name":"Ben"}"#;
    assert_eq!(scene.heard(ann).matches(gone).count(), 1);
    assert_eq!(scene.heard(cy), "Host: User Ben left the chat.\n");
    let other = scene.join("Ben");
    scene.heard(other);
    say(&mut scene, ann, r#"{"type":"say","to":"Ben","ongoing":true,"text":"the code is 1234"}"#);
    assert_eq!(scene.heard(other), "");
    let heard = scene.heard(ann);
    assert!(heard.contains("Nothing is kept of what you wrote with Ben"), "{heard}");
    // The other one may be written to, anew.
    say(&mut scene, other, "/msg Cy and I?");
    say(&mut scene, other, "/leave");
    scene.heard(cy);
    scene.end(other);
    assert_eq!(scene.heard(cy), "Ben, whom you know from private messages, has left.\n");
    assert!(!scene.heard(ann).contains(gone), "it had no conversation with this one");
}

#[test]
fn whoever_resumes_has_not_left() {
    let mut scene = scene();
    let ((ann, _), (ghost, token)) = (program(&mut scene, "Ann", ""), program(&mut scene, "Ben", ""));
    say(&mut scene, ann, r#"{"type":"say","to":"Ben","text":"hi"}"#);
    scene.heard(ghost);
    program(&mut scene, "Ben", &token);
    say(&mut scene, ann, r#"{"type":"say","to":"Ben","ongoing":true,"text":"still there?"}"#);
    assert!(!scene.heard(ann).contains("gone"));
    assert_eq!(texts(&mut scene, ann, "Ann"), [""; 0]);
}

#[test]
fn nobody_reads_the_away_text_of_a_muted_member() {
    let mut scene = scene();
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    say(&mut scene, ben, "/away buy my pills");
    scene.order("mute Ben 10m");
    scene.heard(ann);
    say(&mut scene, ann, "/msg Ben hi");
    say(&mut scene, ann, "/whois Ben");
    say(&mut scene, ann, "/who");
    let heard = scene.heard(ann);
    assert!(heard.contains("Ben is away.\n") && !heard.contains("pills"), "{heard}");
    scene.order("unmute Ben");
    say(&mut scene, ann, "/whois Ben");
    assert!(scene.heard(ann).contains("Away: buy my pills"));
}

#[test]
fn who_writes_to_nobody_is_told_that_the_name_is_missing() {
    let mut scene = scene();
    let (ann, _) = program(&mut scene, "Ann", "");
    for line in [
        r#"{"type":"say","to":"","text":"hi"}"#,
        r#"{"type":"say","to":"@","text":"hi"}"#,
        r#"{"type":"history","with":" "}"#,
        r#"{"type":"command","name":"msg","rest":"@ hi"}"#,
    ] {
        say(&mut scene, ann, line);
        let heard = scene.heard(ann);
        assert!(heard.contains("The name is missing."), "{line} {heard}");
    }
}

#[test]
fn a_warning_of_the_spam_limit_is_no_answer() {
    let mut scene = Scene::new("--host-interval off --spam-limit 5/4s");
    let (ann, _) = program(&mut scene, "Ann", "");
    (0..5).for_each(|n| say(&mut scene, ann, &format!(r#"{{"type":"say","text":"hi","label":"{n}"}}"#)));
    let heard = scene.heard(ann);
    let warning = heard.lines().find(|line| line.contains("\"notice\"")).unwrap();
    assert!(!warning.contains("label"), "{heard}");
}

#[test]
fn a_bot_does_not_answer_whoever_comes_by_the_name_of_the_asker() {
    let mut scene = Scene::new(
        "--spam-limit off --command-limit off --rooms lobby,garden=plain --bots simple,weather,sport,art",
    );
    for is_elsewhere in [false, true] {
        let ann = scene.join("Ann");
        if is_elsewhere {
            say(&mut scene, ann, "/join garden");
        }
        say(&mut scene, ann, "/msg Art_Bot hello");
        scene.vanish(ann);
        let other = scene.join("Ann");
        scene.heard(other);
        scene.wait(Duration::from_secs(10));
        let heard = scene.heard(other);
        assert!(!heard.contains(" to you]"), "{heard}");
        scene.end(other);
    }
    // Whoever has another name meanwhile is still the asker.
    let ann = scene.join("Ann");
    say(&mut scene, ann, "/join garden");
    say(&mut scene, ann, "/msg Art_Bot hello");
    say(&mut scene, ann, "/nick Anna");
    scene.wait(Duration::from_secs(10));
    let heard = scene.heard(ann);
    assert!(heard.contains("[Art_Bot to you]"), "{heard}");
}

#[test]
fn a_member_whose_machine_is_dead_gives_its_name_and_not_its_conversations() {
    let mut scene = scene();
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    say(&mut scene, ann, "/msg Ben the code is 1234");
    scene.peer(ben).cut = Some(0);
    scene.wait(Duration::from_secs(60));
    // The first try has the server look, the second one succeeds.
    let other = scene.connect();
    say(&mut scene, other, "Ben");
    scene.wait(Duration::from_secs(15));
    say(&mut scene, other, "Ben");
    assert!(scene.heard(other).contains("Welcome, Ben!"));
    say(&mut scene, other, "/history @Ann");
    assert!(scene.heard(other).contains("Nothing was said between you and Ann yet."));
}

#[test]
fn typing_and_words_of_the_ignored_do_not_reach_the_one_who_ignores() {
    let mut scene = scene();
    let ((ann, _), (ben, _), (cy, _)) =
        (program(&mut scene, "Ann", ""), program(&mut scene, "Ben", ""), program(&mut scene, "Cy", ""));
    for id in [ann, cy] {
        say(&mut scene, id, r#"{"type":"typing","watch":true}"#);
    }
    say(&mut scene, ann, r#"{"type":"command","name":"ignore","rest":"Ben"}"#);
    for id in [ann, cy] {
        scene.heard(id);
    }
    say(&mut scene, ben, r#"{"type":"typing","room":"lobby"}"#);
    scene.wait(Duration::from_secs(1));
    say(&mut scene, ben, r#"{"type":"say","text":"hello"}"#);
    assert_eq!(scene.heard(ann), "");
    let heard = scene.heard(cy);
    assert!(heard.contains("\"typing\"") && heard.contains("hello"), "{heard}");
    // Somebody who leaves and comes back is still ignored.
    scene.end(ben);
    let (ben, _) = program(&mut scene, "ben", "");
    scene.heard(ann);
    say(&mut scene, ben, r#"{"type":"say","text":"hello again"}"#);
    assert_eq!(scene.heard(ann), "");
    say(&mut scene, ann, r#"{"type":"command","name":"unignore","rest":"BEN"}"#);
    say(&mut scene, ben, r#"{"type":"say","text":"and now?"}"#);
    assert!(scene.heard(ann).contains("and now?"));
}

#[test]
fn they_count_as_messages_for_the_spam_limit() {
    let mut scene = Scene::new("--host-interval off --spam-limit 5/4s");
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    scene.heard(ben);
    (0..6).for_each(|n| say(&mut scene, ann, &format!("/msg Ben {n}")));
    let heard = scene.heard(ben);
    assert_eq!(heard.lines().filter(|line| line.starts_with("[Ann to you]")).count(), 4, "{heard}");
    assert!(scene.peer(ann).closed);
}

#[test]
fn from_one_address_so_many_different_members_are_written_to() {
    let mut scene = scene();
    let readers: Vec<SessionId> = (0..=50).map(|number| scene.join(&format!("Reader{number}"))).collect();
    let address = "192.0.2.7".parse().unwrap();
    for writer in 0..6 {
        let id = scene.connect_from(address, ListenerKind::Any);
        say(&mut scene, id, &format!("Writer{writer}"));
        for reader in (10 * writer)..(10 * writer + 10).min(51) {
            scene.heard(id);
            say(&mut scene, id, &format!("/msg Reader{reader} hi"));
            let heard = scene.heard(id);
            assert_eq!(heard.contains("[you to "), reader < 50, "{heard}");
            let refused = "Those at your address wrote privately to 50 members within a minute, so this was not sent. Try again in 1 minute.";
            assert_eq!(heard.contains(refused), reader == 50, "{heard}");
        }
        if writer == 5 {
            say(&mut scene, id, "/msg Reader0 hi");
            assert!(scene.heard(id).contains("[you to Reader0] hi\n"), "a known one is none more");
        }
    }
    assert!(!scene.heard(readers[50]).contains("to you]"));
    // Elsewhere, and on this machine, that is no matter.
    let other = scene.connect_from("192.0.2.8".parse().unwrap(), ListenerKind::Any);
    say(&mut scene, other, "Other");
    for id in [other, readers[0]] {
        say(&mut scene, id, "/msg Reader50 hi");
        assert!(scene.heard(id).contains("[you to Reader50] hi\n"));
    }
}

#[test]
fn who_is_still_here_has_not_left_when_the_messages_are_not_kept_any_more() {
    let mut scene = scene();
    let (ann, ben) = (scene.join("Ann"), scene.join("Ben"));
    say(&mut scene, ann, "/msg Ben hi");
    for number in 0..=100 {
        let other = scene.join(&format!("Other{number}"));
        say(&mut scene, other, "/msg Ben hi");
        scene.heard(ben);
        scene.heard(ann);
    }
    say(&mut scene, ann, "/history @Ben");
    assert_eq!(scene.heard(ann), "Nothing was said between you and Ben yet.\n");
    say(&mut scene, ann, "/reply still there?");
    assert_eq!(scene.heard(ben), "[Ann to you] still there?\n");
}

/// All bytes of all files below a folder.
fn all_bytes(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        if path.is_dir() { all_bytes(&path) } else { fs::read(path).unwrap_or_default() }
    };
    entries.flat_map(read).collect()
}

#[test]
fn nothing_of_it_is_in_the_log_or_on_the_disk() {
    let data = Folder::new();
    let data_path = data.path().to_str().unwrap().to_owned();
    let mut salon = Salon::start(&["--data", &data_path, "--log-level", "trace", "--spam-limit", "off"]);
    let (mut ann, mut ben) = (Peer::join(salon.port, "Ann"), Peer::join(salon.port, "Ben"));
    ann.say("/msg Ben sesame opens it");
    ben.until("[Ann to you] sesame opens it\n");
    ben.say("/reply sesame? thanks");
    ann.until("[Ben to you] sesame? thanks\n");
    ann.say("/history @Ben");
    ann.until("2 messages between you and Ben:\n");
    ann.say("public words");
    ben.until("Ann: public words\n");
    salon.signal(Signal::TERM);
    ben.until_closed();
    salon.wait();
    let bytes =
        [all_bytes(data.path()), all_bytes(salon.folder.path()), salon.errors().into_bytes()].concat();
    let contains = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
    assert!(contains("public words"), "messages of rooms are there, in the log too");
    assert!(!contains("sesame"));
}
