//! Jumps of the wall clock: nothing is lost, and no sanction ends because of them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use salon::admin::{Answer, Reply};
use serde_json::Value;

use crate::support::keep;
use crate::support::process::{Folder, TEST_TIMEOUT};
use crate::support::scene::Scene;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A scene with a wall clock that can be set.
struct Wall {
    scene: Scene,
    start: (Instant, SystemTime),
}

impl Wall {
    fn new() -> Wall {
        let scene = Scene::new("--host-interval off");
        let start = (scene.now, UNIX_EPOCH + Duration::from_secs(1_795_201_200));
        Wall { scene, start }
    }

    /// Lets time pass, with the wall clock `ahead` of it.
    fn wait(&mut self, time: Duration, ahead: Duration) {
        self.scene.wait(time);
        let now = self.scene.now;
        self.scene.hub.set_clock(now, self.start.1 + (now - self.start.0) + ahead);
    }

    fn order(&mut self, line: &str) -> String {
        let Answer::Done(Reply { text, .. }) = self.scene.operate(line) else { panic!("{line} is answered") };
        text
    }
}

#[test]
fn bans_and_mutes_last_as_long_as_they_were_ordered_for() {
    for ahead in [DAY * 400, HOUR * 3] {
        let mut wall = Wall::new();
        wall.order("ban Zed for 2h");
        wall.order("mute Eve for 3h");
        wall.wait(MINUTE, ahead);
        let bans = wall.order("bans");
        assert!(
            bans.contains("Zed is banned for 1 hour") && bans.contains("Eve is muted for 2 hours"),
            "{bans}"
        );
        let bob = wall.scene.connect();
        wall.scene.send(bob, b"Zed\n");
        assert!(wall.scene.heard(bob).contains("banned"));
        // And back again.
        wall.wait(MINUTE * 100, Duration::ZERO);
        let bans = wall.order("bans");
        assert!(bans.contains("Zed is banned for 19 minutes"), "{bans}");
        wall.wait(MINUTE * 20, Duration::ZERO);
        let bans = wall.order("bans");
        assert!(!bans.contains("Zed") && bans.contains("Eve is muted for 59 minutes"), "{bans}");
    }
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_last_longer() {
    let mut wall = Wall::new();
    wall.wait(MINUTE, HOUR * 5);
    wall.order("ban Zed for 2h");
    wall.wait(MINUTE, Duration::ZERO);
    wall.wait(HOUR, Duration::ZERO);
    assert!(wall.order("bans").contains("Zed is banned for 59 minutes"));
    wall.wait(HOUR, Duration::ZERO);
    assert_eq!(wall.order("bans"), "Nobody is banned or muted.");
}

#[test]
fn time_in_which_nobody_was_listened_to_counts() {
    let mut wall = Wall::new();
    wall.order("ban Zed for 2h");
    let now = wall.scene.now;
    wall.scene.hub.on_clock_stall(HOUR * 3, now);
    wall.wait(Duration::ZERO, HOUR * 3);
    assert_eq!(wall.order("bans"), "Nobody is banned or muted.");
}

#[test]
fn what_ended_while_the_server_was_off_is_told() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    let mut operator = keep::operator(&salon);
    assert_eq!(keep::order(&mut operator, "ban Zed for 2s")["ok"], true);
    assert_eq!(keep::order(&mut operator, "ban Eve for 5h")["ok"], true);
    keep::kill(salon);
    let file = Connection::open(data.path().join("salon.db")).unwrap();
    let json: String = file.query_row("SELECT json FROM state", [], |row| row.get(0)).unwrap();
    let mut state: Value = serde_json::from_str(&json).unwrap();
    let seconds = &mut state["bans"][0]["until"]["secs_since_epoch"];
    *seconds = (seconds.as_u64().unwrap() - 3_600).into();
    // The clock was ahead when this was stored.
    let seconds = &mut state["bans"][1]["until"]["secs_since_epoch"];
    *seconds = (seconds.as_u64().unwrap() + 400 * 24 * 3_600).into();
    file.execute("UPDATE state SET json = ?1", [state.to_string()]).unwrap();
    drop(file);
    let salon = keep::start(data.path(), &[]);
    let line = salon.line("By the clock, these ended while the server was off:");
    assert!(line.contains("the ban of Zed. If the clock is wrong"), "{line}");
    let mut operator = keep::operator(&salon);
    while keep::order(&mut operator, "stats")["data"]["unkept_turns"] != 0 {}
    let bans = keep::order(&mut operator, "bans").to_string();
    assert!(
        bans.contains("Eve is banned for 5 hours") || bans.contains("Eve is banned for 4 hours"),
        "{bans}"
    );
}

#[test]
fn a_server_that_was_off_for_long_asks_before_it_deletes() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &["--keep", "30d"]);
    let mut operator = keep::operator(&salon);
    for text in ["one", "two"] {
        assert_eq!(keep::order(&mut operator, &format!("say {text}"))["ok"], true);
    }
    assert_eq!(keep::order(&mut operator, "retention confirm")["data"]["waits"], false);
    assert_eq!(keep::order(&mut operator, "retention all")["ok"], false);
    keep::kill(salon);
    // It was off for 400 days.
    let file = Connection::open(data.path().join("salon.db")).unwrap();
    let days = 400 * 24 * 3_600 * 1_000_000_i64;
    file.execute("UPDATE messages SET time = time - ?1", [days]).unwrap();
    assert_eq!(file.execute("UPDATE age_clock SET time = time - ?1", [days]).unwrap(), 1);
    drop(file);
    let salon = keep::start(data.path(), &["--keep", "30d"]);
    let line = salon.line("The clock is ");
    assert!(line.contains("ahead") && line.contains("type: retention confirm"), "{line}");
    let mut operator = keep::operator(&salon);
    let answer = keep::order(&mut operator, "retention");
    assert_eq!(
        (&answer["data"]["waits"], &answer["data"]["messages"]),
        (&true.into(), &2.into()),
        "{answer}"
    );
    assert_eq!(keep::texts(&salon), ["one", "two"]);
    let answer = keep::order(&mut operator, "retention confirm");
    assert!(answer["text"].as_str().unwrap().contains("are being deleted: about 2 messages"), "{answer}");
    let end = Instant::now() + TEST_TIMEOUT;
    while !keep::texts(&salon).is_empty() {
        assert!(Instant::now() < end, "it is deleted");
    }
    let answer = keep::order(&mut operator, "retention");
    assert_eq!(
        (&answer["data"]["waits"], &answer["data"]["messages"]),
        (&false.into(), &0.into()),
        "{answer}"
    );
}
