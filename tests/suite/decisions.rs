//! Operators' decisions survive a crash right after the reply.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use salon::admin::{Answer, Reply};
use salon::base::limits::OPERATOR_REPLY_TIMEOUT;
use serde_json::Value;

use crate::support::keep;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};
use crate::support::scene::Scene;

/// A command, a question after the restart, and what its reply must contain.
const ORDERS: [(&str, &str, &str); 7] = [
    ("ban Eve for good the noise", "bans", "Eve is banned"),
    ("mute Bob for 2h", "bans", "Bob is muted"),
    ("open hall=lobby", "rooms", "hall"),
    ("close round", "rooms", "lobby"),
    ("bot stop simple", "bots", "Simple_Chat_Bot  lobby     stopped"),
    ("unban Eve", "bans", "Bob is muted"),
    ("bot start simple", "bots", "Simple_Chat_Bot  lobby     "),
];

fn start(data: &Path) -> Salon {
    keep::start(data, &["--bots", "simple", "--host-interval", "1h", "--rooms", "lobby,round"])
}

fn text(answer: &Value) -> &str {
    answer["text"].as_str().unwrap()
}

#[test]
fn what_was_ordered_holds_after_a_death_at_once() {
    let data = Folder::new();
    for (order, question, part) in ORDERS {
        let salon = start(data.path());
        let mut operator = keep::operator(&salon);
        let answer = keep::order(&mut operator, order);
        assert!(answer["ok"] == true, "{order}: {answer}");
        keep::kill(salon);
        let salon = start(data.path());
        let answer = keep::order(&mut keep::operator(&salon), question);
        assert!(text(&answer).contains(part), "{order}, and then {question}: {answer}");
        let closed = order == "close round" && text(&answer).contains("round");
        let unbanned = order == "unban Eve" && text(&answer).contains("Eve");
        let stopped =
            order == "bot start simple" && text(&answer).contains("Simple_Chat_Bot  lobby     stopped");
        assert!(!closed && !unbanned && !stopped, "{order}, and then {question}: {answer}");
    }
}

#[test]
fn a_host_that_was_stopped_is_silent_after_a_death_at_once() {
    let data = Folder::new();
    let salon = start(data.path());
    let mut operator = keep::operator(&salon);
    assert_eq!(text(&keep::order(&mut operator, "host lobby stop")), "The host is silent.");
    keep::kill(salon);
    start(data.path()).line("An operator paused the host of lobby. To undo that, type: host lobby start");
}

#[test]
fn the_start_tells_what_is_otherwise_than_the_command_line_says() {
    let data = Folder::new();
    let rooms = ["--bots", "weather,sport,art", "--rooms", "lobby,chaty,den=lobby,Hall=round"];
    let salon = keep::start(data.path(), &rooms);
    let mut operator = keep::operator(&salon);
    // All spellings of a bot's name mean one bot, and the last command counts.
    for order in [
        "bot stop alice chaty",
        "bot start Alice chaty",
        "bot stop weather",
        "bot start WEATHER_BOT lobby",
        "bot stop SPORT_bot",
        "bot stop bob Chaty",
        "host DEN stop",
        "close hall",
        "open cellar=lobby",
        "close Cellar",
    ] {
        let answer = keep::order(&mut operator, order);
        assert!(answer["ok"] == true, "{order}: {answer}");
    }
    keep::kill(salon);
    let salon = keep::start(data.path(), &rooms);
    for told in [
        "An operator closed Hall. To undo that, type: open Hall=round",
        "An operator paused the host of den. To undo that, type: host den start",
        "An operator stopped Sport_Bot and Bob. To undo that, type: bot start Sport_Bot lobby, or: bot start Bob \
         chaty",
    ] {
        assert_eq!(salon.line(told), told);
    }
}

#[test]
fn an_operator_is_told_nothing_before_it_is_kept() {
    let data = Folder::new();
    let salon = start(data.path());
    // Another program has locked the file: nothing can be written for a moment.
    let other = Connection::open(data.path().join("salon.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut operator = keep::operator(&salon);
    operator.say("ban Eve for good");
    assert!(operator.hears_nothing_for(Duration::from_millis(200)), "she is not banned for good yet");
    other.execute_batch("COMMIT").unwrap();
    assert!(operator.until("\n").contains("Eve is banned"));
    keep::kill(salon);
    let salon = start(data.path());
    let mut eve = Peer::connect(salon.port);
    eve.say("Eve");
    eve.until("banned");
}

/// The late reply to an operator, if there is one.
fn told(scene: &mut Scene) -> Option<String> {
    let (_, Reply { ok, text, .. }) = scene.poll_answer()?;
    assert!(!ok, "{text}");
    Some(text)
}

#[test]
fn an_operator_waits_for_the_disk_for_so_long_and_not_for_ever() {
    for (order, fails, answer) in [
        (
            "forget Ann",
            true,
            "Nothing can be written now: the disk is full. Whoever joins now does not see the messages of Ann",
        ),
        (
            "forget Ann",
            false,
            "Nothing can be written now: the disk does not answer. Whoever joins now does not see the messages of Ann",
        ),
        ("export lobby", true, "The disk does not answer: the messages of lobby cannot be read now."),
        ("retention", true, "Nothing can be written now: the disk is full. Try again later."),
        (
            "retention confirm",
            true,
            "Nothing can be written now: the disk is full. Your confirmation takes effect when the disk works again.",
        ),
    ] {
        let mut scene = Scene::seeded("--host-interval off --data /nowhere", 1);
        let ann = scene.join("Ann");
        scene.send(ann, b"hi\n");
        scene.scripted_journal.pause();
        assert!(matches!(scene.order(order), Answer::Pending(_)), "{order}");
        scene.wait(Duration::ZERO);
        if fails {
            scene.scripted_journal.fail("the disk is full");
        }
        scene.wait(OPERATOR_REPLY_TIMEOUT.saturating_sub(Duration::from_millis(1)));
        assert_eq!(told(&mut scene), None, "{order}");
        scene.wait(Duration::from_millis(1));
        let text = told(&mut scene).unwrap();
        assert!(text.starts_with(answer), "{order}: {text}");
        scene.scripted_journal.resume();
        scene.wait(Duration::from_secs(60));
        assert_eq!(told(&mut scene), None, "{order}: it was told");
    }
}
