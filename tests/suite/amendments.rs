//! Erased and edited messages: from the release on nobody finds the earlier text, whatever was on its way; and what our clients
//! make of them.

use rustix::process::Signal;
use salon::base::limits::{AMEND_WITHIN, BATCH_LINGER, UNSTORED_AMENDMENTS};
use salon::hub::SessionId;
use serde_json::{Value, json};

use crate::support::client_app::Desk;
use crate::support::keep::export;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};
use crate::support::scene::Scene;

const OPTIONS: &str = "--host-interval off --spam-limit off";

fn say(scene: &mut Scene, id: SessionId, line: &str) {
    scene.send(id, format!("{line}\n").as_bytes());
}

/// A program joins the lobby, with the token of an earlier session. Returns its own.
fn program(scene: &mut Scene, name: &str, token: &str) -> (SessionId, String) {
    let id = scene.connect();
    say(scene, id, &json!({"type": "hello", "version": 1, "name": name, "token": token}).to_string());
    let hello: Value = serde_json::from_str(scene.heard(id).lines().next().unwrap()).unwrap();
    say(scene, id, &json!({"type": "join"}).to_string());
    (id, hello["token"].as_str().unwrap().to_owned())
}

#[test]
fn the_earlier_text_is_nowhere_after_a_restart() {
    let data = Folder::new();
    let options = ["--data", data.path().to_str().unwrap()];
    let mut salon = Salon::start(&options);
    let mut ann = Peer::join(salon.port, "Ann");
    for text in ["a slip", "/undo", "meet at fife", "/edit meet at five", "/me stays"] {
        ann.say(text);
    }
    ann.until("* Ann stays\n");
    // As a program that loses power: what was heard is kept.
    salon.signal(Signal::KILL);
    salon.wait();

    let mut salon = Salon::start(&options);
    let is = |who: &str, text: &str| (who.to_owned(), text.to_owned());
    assert_eq!(export(&salon), [is("Ann", "meet at five"), is("Ann", "stays")]);
    let mut bob = Peer::connect(salon.port);
    bob.say("Bob");
    let old = bob.until("[Start new messages]------------\n");
    assert!(old.contains("] Ann: meet at five (edited)\n"), "{old}");
    assert!(!old.contains("slip") && !old.contains("fife"), "{old}");
    bob.say("/history 10");
    let history = bob.until("* Ann stays\n");
    assert!(history.contains("Ann: meet at five (edited)\n") && !history.contains("slip"), "{history}");
    for (words, found) in [("slip", false), ("fife", false), ("five", true)] {
        bob.say(&format!("/search {words}"));
        let answer = bob.until(&format!(" the words: {words}\n"));
        assert_eq!(answer.contains("1 message"), found, "{answer}");
    }
    // Who has the name now owns nothing of it.
    let mut other = Peer::join(salon.port, "Ann");
    other.say("/undo");
    other.until("There is nothing to change:");
    salon.type_line("exit");
    salon.wait();
    let file = std::fs::read(data.path().join("salon.db")).unwrap();
    for word in ["a slip", "fife"] {
        assert!(!file.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
}

#[test]
fn whoever_resumes_its_session_owns_what_it_said_and_who_has_its_name_later_does_not() {
    let mut scene = Scene::new(OPTIONS);
    let (first, token) = program(&mut scene, "Ann", "");
    say(&mut scene, first, r#"{"type":"say","text":"one"}"#);
    let (again, _) = program(&mut scene, "Ann", &token);
    scene.heard(again);
    say(&mut scene, again, r#"{"type":"edit","text":"two"}"#);
    assert!(scene.heard(again).contains(r#""type":"edited""#));
    say(&mut scene, again, r#"{"type":"command","name":"exit"}"#);
    let (other, _) = program(&mut scene, "Ann", "");
    scene.heard(other);
    for request in
        [r#"{"type":"erase"}"#, r#"{"type":"erase","id":3}"#, r#"{"type":"edit","id":3,"text":"mine"}"#]
    {
        say(&mut scene, other, request);
        let heard = scene.heard(other);
        assert!(heard.contains(r#""type":"refused","why":"command""#), "{heard}");
    }
}

#[test]
fn nobody_hears_a_new_text_before_it_is_kept_nor_an_old_one_after_it() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    for text in ["first", "second", "third"] {
        say(&mut scene, ann, text);
    }
    scene.heard(ann);
    scene.scripted_journal.pause();
    say(&mut scene, ann, "/edit 3rd");
    scene.wait(BATCH_LINGER);
    // The replay waits at the edited message.
    let bob = scene.join("Bob");
    let heard = scene.heard(bob);
    assert!(heard.contains("Ann: second\n") && !heard.contains("3rd") && !heard.contains("third"), "{heard}");
    scene.scripted_journal.resume();
    scene.settle();
    let heard = scene.heard(bob);
    assert!(heard.contains("Ann: 3rd (edited)\n") && !heard.contains("third"), "{heard}");

    // The journal answers, and then commits that what it found is erased.
    scene.scripted_journal.pause();
    say(&mut scene, bob, "/history 10");
    say(&mut scene, ann, "/undo");
    scene.wait(BATCH_LINGER);
    scene.heard(bob);
    assert_eq!(scene.scripted_journal.in_flight(), 1);
    scene.scripted_journal.answer();
    scene.scripted_journal.commit(1);
    scene.settle();
    let heard = scene.heard(bob);
    assert!(
        heard.contains("All 2 messages in the lobby:") && heard.contains("Ann erased a message."),
        "{heard}"
    );
    assert!(!heard.contains("3rd"), "{heard}");
}

#[test]
fn while_nothing_can_be_kept_what_is_erased_is_not_found_and_not_too_much_is_erased() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob) = (scene.join("Ann"), scene.join("Bob"));
    say(&mut scene, ann, "a slip");
    scene.scripted_journal.pause();
    say(&mut scene, ann, "/edit no slip");
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    scene.heard(bob);
    say(&mut scene, bob, "/history 5");
    // Questions are answered from what is stored.
    scene.scripted_journal.answer();
    scene.settle();
    let heard = scene.heard(bob);
    assert!(heard.contains("Ann: no slip (edited)\n") && !heard.contains("Ann: a slip"), "{heard}");
    for _ in 0..=UNSTORED_AMENDMENTS {
        say(&mut scene, ann, "/edit again");
    }
    let heard = scene.heard(ann);
    assert!(heard.contains("nothing can be erased or edited now"), "{heard}");
    scene.scripted_journal.resume();
    scene.settle();
    scene.heard(ann);
    say(&mut scene, ann, "/undo");
    assert!(scene.heard(ann).contains("Ann erased a message."));
}

#[test]
fn a_message_may_be_amended_so_long_and_no_longer() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    say(&mut scene, ann, "one");
    scene.wait(AMEND_WITHIN);
    scene.heard(ann);
    say(&mut scene, ann, "/edit two");
    assert!(scene.heard(ann).contains("Ann corrects: two\n"));
    scene.wait(std::time::Duration::from_millis(1));
    say(&mut scene, ann, "/undo");
    assert!(scene.heard(ann).contains("There is nothing to change"));
}

#[test]
fn they_count_as_messages() {
    let mut scene = Scene::new("--host-interval off");
    let ann = scene.join("Ann");
    say(&mut scene, ann, "one");
    for _ in 0..8 {
        say(&mut scene, ann, "/edit two");
    }
    assert!(!scene.peer(ann).closed);
    say(&mut scene, ann, "/undo");
    assert!(scene.peer(ann).closed, "the tenth is too much");
}

#[test]
fn the_terminal_client_shows_the_present_text_to_whoever_comes_back() {
    let mut desk = Desk::with(80, 24, &["Bob"]);
    desk.enter_room("garden", &["Bob"]);
    desk.news("said Bob seen");
    desk.news_in("garden", "said Bob fife");
    desk.news_in("garden", "said Bob slip");
    let amended = |kind: &str, room: &str, message: u64, text: &str| {
        format!(
            r#"{{"type":"{kind}","id":90,"time":"2026-11-20T19:30:00.000Z","room":"{room}","who":"Bob","is":"person",{text}"replayed":false,"message":{message}}}"#
        )
    };
    desk.hear(&amended("edited", "garden", 2, r#""text":"five","#));
    desk.hear(&amended("erased", "garden", 3, ""));
    desk.hear(&amended("edited", "lobby", 1, r#""text":"seen twice","#));
    let lobby = desk.picture();
    assert!(lobby.contains("Bob: seen\n") && lobby.contains("19:30 Bob corrects: seen twice"), "{lobby}");
    desk.keys("\u{1b}2");
    let garden = desk.picture();
    assert!(garden.contains("Bob: five (edited)\n") && garden.contains("── erased ──"), "{garden}");
    assert!(!garden.contains("fife") && !garden.contains("slip") && !garden.contains("erased a message"));
    desk.keys("\u{1b}1");
    assert!(desk.picture().contains("Bob: seen twice (edited)"), "{}", desk.picture());
}

#[test]
fn in_a_private_tab_nothing_of_a_room_is_erased() {
    let mut desk = Desk::with(80, 24, &["Bob"]);
    desk.hear(
        r#"{"type":"private","id":1,"time":"2026-11-20T19:30:00.000Z","from":"Bob","is":"person","to":"Ann","text":"psst","replayed":false}"#,
    );
    desk.keys("\u{1b}2/undo\r/edit other\r");
    assert!(desk.sent.is_empty(), "{}", desk.sent);
    assert!(desk.picture().contains("/undo is for rooms, and nothing was changed"), "{}", desk.picture());
    desk.keys("\u{1b}1/undo\r");
    assert!(desk.sent.contains(r#""room":"lobby","name":"undo""#), "{}", desk.sent);
}
