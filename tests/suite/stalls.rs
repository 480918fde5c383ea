//! Stalls: a stopped process or a slow disk must not make anybody look like a flooder.

use std::time::Duration;

use rustix::process::Signal;
use salon::base::limits::{INFLIGHT_BYTES, MESSAGE_BYTES, STALL_CREDIT_WINDOW, UNCOMMITTED_BYTES_MAX};

use crate::support::peer::Peer;
use crate::support::process::Salon;
use crate::support::scene::Scene;

const S: Duration = Duration::from_secs(1);

/// This many lines.
fn lines(count: usize) -> Vec<u8> {
    "A word.\n".repeat(count).into_bytes()
}

#[test]
fn input_backlogged_by_a_stall_is_no_flood() {
    let mut scene = Scene::new("--host-interval off");
    let (ann, bob) = (scene.join("Ann"), scene.join("Bob"));
    scene.send(ann, &lines(9));
    scene.heard(ann);
    scene.hub.on_clock_stall(11 * S, scene.now);
    // Nine for each window of four seconds: Ann used one of three before the stall, Bob none.
    scene.send(ann, &lines(18));
    scene.send(bob, &lines(27));
    assert_eq!(scene.heard(ann), "Ann: A word.\n".repeat(18) + &"Bob: A word.\n".repeat(27));
    assert!(!scene.peer(ann).closed && !scene.peer(bob).closed);
    // A client that says more is removed in any case.
    scene.send(bob, &lines(1));
    assert!(scene.heard(bob).contains("Sending too many messages"));
    assert!(scene.peer(bob).closed);
}

#[test]
fn stall_credit_is_capped() {
    let mut scene = Scene::new("--host-interval off");
    let (ann, bob) = (scene.join("Ann"), scene.join("Bob"));
    for _ in 0..100 {
        scene.hub.on_clock_stall(24 * 3600 * S, scene.now);
    }
    scene.send(bob, &lines(1_000));
    assert!(scene.peer(bob).closed, "so much cannot have been waiting");
    scene.wait(STALL_CREDIT_WINDOW);
    scene.send(ann, &lines(10));
    assert!(scene.peer(ann).closed);
}

#[test]
fn the_spam_window_survives_a_short_stall() {
    let mut scene = Scene::new("--host-interval off");
    let ann = scene.join("Ann");
    scene.hub.on_clock_stall(S, scene.now);
    scene.wait(4 * S);
    // Nine may count as sent during the stall, and nine since. All still count in the spam window.
    for _ in 0..4 {
        if !scene.peer(ann).closed {
            scene.send(ann, &lines(9));
        }
        scene.wait(STALL_CREDIT_WINDOW / 1_000);
    }
    assert!(scene.peer(ann).closed);
}

#[test]
fn a_client_that_comes_after_a_stall_gets_no_credit() {
    let mut scene = Scene::new("--host-interval off");
    scene.join("Ann");
    scene.hub.on_clock_stall(60 * S, scene.now);
    scene.wait(S);
    let bob = scene.join("Bob");
    scene.send(bob, &lines(10));
    assert!(scene.peer(bob).closed);
}

#[test]
fn input_backlogged_by_a_slow_disk_is_no_flood() {
    let mut scene = Scene::new("--host-interval off");
    let ann = scene.join("Ann");
    let crowd: Vec<_> =
        (0..=UNCOMMITTED_BYTES_MAX / INFLIGHT_BYTES).map(|n| scene.join(&format!("P{n}"))).collect();
    scene.scripted_journal.pause();
    scene.send(ann, &lines(1));
    for other in crowd {
        scene.send(other, format!("{}\n", "x".repeat(MESSAGE_BYTES)).repeat(4).as_bytes());
    }
    scene.wait(4 * S);
    assert!(scene.hub.sessions().must_pause_reads(), "nobody is listened to until some of that is kept");
    scene.heard(ann);
    scene.scripted_journal.resume();
    scene.settle();
    scene.send(ann, &lines(14));
    assert_eq!(scene.heard(ann).matches("Ann: A word.\n").count(), 15);
    assert!(!scene.peer(ann).closed);
}

/// Three messages within a fifth of a second are a flood; spread over a longer stall they are not.
const LIMIT: [&str; 2] = ["--spam-limit", "3/200ms"];

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_was_stopped_removes_nobody() {
    let salon = Salon::start(&LIMIT);
    let mut ann = Peer::join(salon.port, "Ann");
    salon.signal(Signal::STOP);
    salon.is_stopped();
    ann.send(&lines(3));
    assert!(ann.hears_nothing_for(Duration::from_millis(900)));
    salon.signal(Signal::CONT);
    for _ in 0..3 {
        ann.until("Ann: A word.\n");
    }
    ann.say("/who");
    ann.until("Ann");
}

#[test]
fn a_server_that_has_nothing_to_do_is_not_stopped() {
    let salon = Salon::start(&LIMIT);
    let mut ann = Peer::join(salon.port, "Ann");
    assert!(ann.hears_nothing_for(Duration::from_millis(900)));
    ann.send(&lines(3));
    assert!(ann.until_closed().contains("Sending too many messages"));
}

/// The CPU time of the loop's thread, which is the first of the process (`proc_pid_schedstat(5)`).
#[cfg(target_os = "linux")]
fn loop_time(salon: &Salon) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{0}/task/{0}/schedstat", salon.id())).unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn the_first_messages_do_not_build_lookup_tables() {
    const MOST: Duration = Duration::from_millis(60);
    let salon = Salon::start(&["--bots", "simple,weather", "--weather-url", "off"]);
    let is_at_work = || {
        let threads = std::fs::read_dir(format!("/proc/{}/task", salon.id())).unwrap();
        threads.flatten().any(|thread| {
            std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.trim() == "tables")
        })
    };
    let mut ann = Peer::join(salon.port, "Ann");
    let begun = std::time::Instant::now();
    while is_at_work() {
        assert!(begun.elapsed() < 60 * S, "tables are made some time");
        std::thread::yield_now();
    }
    let before = loop_time(&salon);
    for message in ["hello", "weather in Oslo"] {
        ann.say(message);
        ann.until(&format!("Ann: {message}\n"));
    }
    // When this is answered, the bots have read everything before it.
    ann.say("/history 1");
    ann.until("The last");
    let took = loop_time(&salon).saturating_sub(before);
    assert!(took < MOST, "{took:?}");
}
