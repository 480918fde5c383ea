//! A member takes another name: its token, its commands, what is stored, and what its terminal shows.

use std::time::Duration;

use salon::base::limits::RENAME_HOLD;
use salon::hub::SessionId;
use serde_json::{Value, json};

use crate::support::client_app::Desk;
use crate::support::keep;
use crate::support::peer::Peer;
use crate::support::process::Folder;
use crate::support::scene::Scene;

fn scene() -> Scene {
    Scene::new("--host-interval off --spam-limit off --command-limit off --bots none")
}

fn say(scene: &mut Scene, id: SessionId, line: &str) {
    scene.send(id, format!("{line}\n").as_bytes());
}

/// A program says hello with this name and token. Returns the answer.
fn hello(scene: &mut Scene, name: &str, token: &str) -> (SessionId, Value) {
    let id = scene.connect();
    say(scene, id, &json!({"type": "hello", "version": 1, "name": name, "token": token}).to_string());
    let answer = serde_json::from_str(scene.heard(id).lines().next().unwrap()).unwrap();
    (id, answer)
}

/// The same, and joins the lobby. Returns its token.
fn program(scene: &mut Scene, name: &str, token: &str) -> (SessionId, String) {
    let (id, answer) = hello(scene, name, token);
    assert_eq!((&answer["type"], &answer["name"]), (&json!("hello"), &json!(name)), "{answer}");
    say(scene, id, r#"{"type":"join"}"#);
    scene.heard(id);
    (id, answer["token"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_is_good_for_the_new_name_and_for_the_one_before_while_that_is_held() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let (ghost, token) = program(&mut scene, "Ann", "");
    say(&mut scene, ghost, r#"{"type":"say","to":"Zoe","text":"it is me"}"#);
    say(&mut scene, ghost, r#"{"type":"nick","name":"Anna"}"#);
    scene.heard(zoe);
    let (anna, token) = program(&mut scene, "Anna", &token);
    assert_eq!(scene.heard(zoe), "Host: User Anna left the chat.\nUser Anna has joined the chat!\n");
    say(&mut scene, zoe, "/reply is it?");
    assert!(scene.heard(anna).contains("is it?"));
    // It may have lost the connection before it heard that it has another name.
    say(&mut scene, anna, r#"{"type":"nick","name":"Annika"}"#);
    scene.heard(zoe);
    let (ann, answer) = hello(&mut scene, "Anna", "00000000000000000000000000000000");
    assert_eq!(answer["why"], "name_taken", "{answer}");
    scene.end(ann);
    let (anna, token) = program(&mut scene, "Anna", &token);
    let heard = scene.heard(zoe);
    assert_eq!(
        heard,
        "Annika is now Anna.\nHost: User Anna left the chat.\nUser Anna has joined the chat!\n"
    );
    say(&mut scene, zoe, "/reply still?");
    assert!(scene.heard(anna).contains("still?"), "its conversations follow");
    // Later the name is anybody's, and the token is not.
    say(&mut scene, anna, r#"{"type":"nick","name":"Ann"}"#);
    scene.wait(RENAME_HOLD);
    let (_, answer) = hello(&mut scene, "Anna", &token);
    assert_eq!(answer["type"], "hello");
    say(&mut scene, zoe, "/whois Ann");
    assert!(scene.heard(zoe).contains("Ann is a person"), "it is another member");
}

#[test]
fn renames_have_a_budget() {
    let mut scene = Scene::new("--host-interval off --bots none");
    let ann = scene.join("Ann");
    scene.heard(ann);
    let names = ["A1", "A2", "A3", "A4", "A5", "A6"];
    for name in names {
        say(&mut scene, ann, &format!("/nick {name}"));
        scene.wait(Duration::from_millis(500));
    }
    let heard = scene.heard(ann);
    assert_eq!(heard.matches("You are now").count(), 5, "{heard}");
    assert!(heard.contains("Too many commands at once: /nick was not done. Try again in"), "{heard}");
    scene.wait(Duration::from_secs(10));
    say(&mut scene, ann, "/nick A6");
    assert!(scene.heard(ann).starts_with("You are now A6."));
}

#[test]
fn how_far_one_has_read_follows_to_the_new_name() {
    let mut scene = scene();
    let ben = scene.join("Ben");
    let (ann, _) = program(&mut scene, "Ann", "");
    say(&mut scene, ben, "hello");
    let heard = scene.heard(ann);
    let said: Value = serde_json::from_str(heard.lines().last().unwrap()).unwrap();
    say(&mut scene, ann, &json!({"type": "read", "id": said["id"]}).to_string());
    say(&mut scene, ann, r#"{"type":"nick","name":"Anna"}"#);
    scene.end(ann);
    for (name, read) in [("Anna", &said["id"]), ("Ann", &Value::Null)] {
        let (id, _) = hello(&mut scene, name, "");
        say(&mut scene, id, r#"{"type":"join"}"#);
        let welcome: Value = serde_json::from_str(scene.heard(id).lines().next().unwrap()).unwrap();
        assert_eq!(&welcome["read"], read, "{name}");
    }
}

#[test]
fn who_is_typing_is_told_by_its_new_name() {
    let mut scene = scene();
    let ((ann, _), (ben, _)) = (program(&mut scene, "Ann", ""), program(&mut scene, "Ben", ""));
    say(&mut scene, ben, r#"{"type":"typing","watch":true}"#);
    say(&mut scene, ann, r#"{"type":"typing"}"#);
    say(&mut scene, ann, r#"{"type":"nick","name":"Anna"}"#);
    scene.wait(Duration::from_secs(1));
    let heard = scene.heard(ben);
    assert!(!heard.contains(r#""typing","room":"lobby","who":"Ann""#), "{heard}");
    assert!(heard.contains(r#""typing","room":"lobby","who":"Anna""#), "{heard}");
}

#[test]
fn a_mute_that_followed_outlives_the_server() {
    let data = Folder::new();
    let start =
        || keep::start(data.path(), &["--bots", "none", "--host-interval", "off", "--rooms", "lobby"]);
    let salon = start();
    let mut operator = keep::operator(&salon);
    let mut ann = Peer::join(salon.port, "Ann");
    keep::order(&mut operator, "mute Ann for 2h");
    ann.say("/nick Anna");
    ann.until("You are now Anna.");
    ann.say("hello");
    ann.until("and that was not said");
    // Whatever is ordered later is stored later.
    keep::order(&mut operator, "mute Bob for 2h");
    keep::kill(salon);
    let salon = start();
    let answer = keep::order(&mut keep::operator(&salon), "bans");
    assert!(answer["text"].as_str().unwrap().contains("Anna (before: Ann) is muted"), "{answer}");
    let mut ann = Peer::join(salon.port, "Anna");
    ann.say("hello");
    ann.until("and that was not said");
}

#[test]
fn the_terminal_goes_along() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    let private = |id: u64, from: &str, to: &str| {
        format!(
            r#"{{"type":"private","id":{id},"time":"2026-11-20T19:30:00.000Z","from":"{from}","is":"person","to":"{to}","text":"psst","replayed":false}}"#
        )
    };
    desk.hear(&private(1, "Bob", "Ann"));
    desk.hear(
        r#"{"type":"renamed","id":9,"time":"2026-11-20T19:30:00.000Z","room":"lobby","who":"Robert","is":"person","replayed":false,"was":"Bob"}"#,
    );
    let picture = desk.picture();
    assert!(picture.contains("Bob is now Robert.") && picture.contains("2 @Robert (1@)"), "{picture}");
    // Names are completed and written to as they are now.
    desk.keys("/msg Ro\t");
    assert!(desk.picture().contains("> /msg Robert"), "{}", desk.picture());
    desk.keys("\u{3}\u{1b}2hello\r");
    assert!(desk.sent.contains(r#""to":"Robert","ongoing":true,"text":"hello""#), "{}", desk.sent);
    desk.keys("\u{1b}1/nick Anna\r");
    assert!(desk.sent.contains(r#""name":"nick","rest":"Anna""#), "{}", desk.sent);
    desk.hear(r#"{"type":"nick","name":"Anna","was":"Ann"}"#);
    assert!(desk.picture().contains("You are now Anna, and not Ann any more."), "{}", desk.picture());
    // What is said by its new name is its own, and what is said to that name is to it.
    desk.hear(&private(2, "Anna", "Robert"));
    assert!(desk.picture().contains("[you to Robert] psst"), "{}", desk.picture());
    desk.rang = false;
    desk.now += Duration::from_secs(60);
    desk.hear(
        r#"{"type":"said","id":10,"time":"2026-11-20T19:31:00.000Z","room":"lobby","who":"Carl","is":"person","text":"Anna, are you there?","replayed":false}"#,
    );
    assert!(desk.rang);
    // Somebody in no common room.
    desk.hear(r#"{"type":"nick","name":"Rob","was":"Robert"}"#);
    assert!(desk.picture().contains("Robert is now Rob.") && desk.picture().contains("2 @Rob"));
    // After a loss it comes back as who it is now.
    desk.sent.clear();
    desk.app.link().lost(desk.now);
    desk.now += Duration::from_secs(60);
    desk.app.handle_timeout(desk.now);
    desk.app.link().connected(desk.now);
    assert!(String::from_utf8_lossy(desk.app.link().unsent()).contains(r#""name":"Anna""#));
}
