//! Clients that stay from the beginning to the end, and clients that join and leave.

use std::time::{Duration, Instant};

use super::stage::{Phase, Record, Stage};
use super::voice::{Heard, Token, Tongue, Voice, token, words};
use crate::support::process::TEST_TIMEOUT;

/// The name of the witness; see `witness.rs`.
pub const WITNESS: &str = "Witness";

/// The pause between two messages: far below the spam limit, as a busy machine may read several at once.
const EVERY: Duration = Duration::from_secs(1);

/// Stays until the witness's last message, and speaks until shortly before. `count` is the number of words in each message; `None`:
/// it only listens.
pub fn stays(stage: &Stage, name: &str, tongue: Tongue, count: Option<u64>) {
    let mut voice = Voice::connect(stage.port_for(tongue), tongue);
    voice.introduce(name);
    let (mut heard, mut number, mut next) = (Vec::new(), 0, Instant::now());
    let mut silent_since = None;
    loop {
        let now = Instant::now();
        if stage.phase() == Phase::Silent {
            assert!(
                silent_since.get_or_insert(now).elapsed() < TEST_TIMEOUT,
                "{name} does not hear the last word"
            );
        } else if let Some(count) = count
            && now >= next
        {
            assert!(voice.say(name, &words(name, number, count)), "{name} was let go");
            stage.count("messages with a number");
            number += 1;
            // No catching up after a pause of the whole machine.
            next = now + EVERY;
        }
        match voice.next(next.saturating_duration_since(now).clamp(Duration::from_millis(1), EVERY)) {
            Heard::Message(message) => heard.extend(token(&message)),
            Heard::Nothing => {}
            Heard::Closed => panic!("{name} was let go"),
        }
        if heard.last().is_some_and(|(who, _)| who == WITNESS) {
            break;
        }
    }
    stage.records.lock().unwrap().push(Record { name: name.to_owned(), tongue, heard });
}

/// Reads until its own message comes back.
fn until_token(voice: &mut Voice, wanted: &Token) -> Vec<Token> {
    let (mut heard, end) = (Vec::new(), Instant::now() + TEST_TIMEOUT);
    while heard.last() != Some(wanted) {
        match voice.next(end.saturating_duration_since(Instant::now())) {
            Heard::Message(message) => heard.extend(token(&message)),
            Heard::Nothing => panic!("{wanted:?} is not heard in time"),
            Heard::Closed => panic!("{} was let go", wanted.0),
        }
    }
    heard
}

/// Joins, says something, receives it, and leaves, properly or not.
pub fn come_and_go(stage: &Stage, first: &str) {
    for life in 0.. {
        let name = format!("{first}_{life}");
        let tongue = [Tongue::Line, Tongue::Json][life % 2];
        let mut voice = Voice::connect(stage.port, tongue);
        voice.introduce(&name);
        voice.say(&name, &words(&name, 0, 9));
        let heard = until_token(&mut voice, &(name.clone(), 0));
        stage.records.lock().unwrap().push(Record { name, tongue, heard });
        stage.count("comings and goings");
        match life % 4 {
            0 => {
                voice.send(b"/exit\n");
                assert!(voice.until_closed().is_some());
            }
            1 => voice.reset(),
            2 => {
                voice.shut_down();
                assert!(voice.until_closed().is_some());
            }
            _ => drop(voice),
        }
        if !stage.pause(Duration::from_millis(300)) {
            return;
        }
    }
}

/// Joins, does not read for a while, and then reads everything.
pub fn stall(stage: &Stage) {
    for life in 0.. {
        let name = format!("Sal_{life}");
        let mut voice = Voice::connect_narrow(stage.port, Tongue::Line);
        voice.introduce(&name);
        let goes_on = stage.pause(Duration::from_secs(5));
        voice.say(&name, &words(&name, 0, 9));
        let heard = until_token(&mut voice, &(name.clone(), 0));
        stage.count("readers that stalled, and read everything later");
        stage.records.lock().unwrap().push(Record { name, tongue: Tongue::Line, heard });
        if !goes_on {
            return;
        }
    }
}

/// Asks for the history again and again, as often as the limit allows.
pub fn look_up(stage: &Stage) {
    let mut voice = Voice::connect(stage.port, Tongue::Line);
    voice.introduce("Hal");
    loop {
        for question in ["/history 20", "/search Ann w7"] {
            let asked = Instant::now();
            voice.send(format!("{question}\n").as_bytes());
            loop {
                match voice.next(TEST_TIMEOUT) {
                    // The heading of a reply, also of an empty one.
                    Heard::Message(it) if it.contains("message") && it.contains("in the lobby") => break,
                    Heard::Message(_) if asked.elapsed() < TEST_TIMEOUT => {}
                    other => panic!("no answer to {question}, and then {other:?}"),
                }
            }
            stage.took("answers to /history and /search", asked);
        }
        // They cost thirteen points, and one is refilled each second.
        if !stage.pause(Duration::from_secs(14)) {
            return;
        }
    }
}

/// Says something that is to be erased.
pub fn confide(stage: &Stage) {
    let mut voice = Voice::connect(stage.port, Tongue::Eom);
    voice.introduce("Vera");
    while stage.pause(Duration::from_secs(1)) {
        assert!(voice.say("Vera", "my secret is w1 w2 w3"), "Vera was let go");
        while matches!(voice.next(Duration::from_millis(1)), Heard::Message(_)) {}
    }
}

/// Joins a room that operators open and close.
pub fn wander(stage: &Stage) {
    let mut voice = Voice::connect(stage.port, Tongue::Line);
    voice.introduce("Ivy");
    while stage.pause(Duration::from_millis(900)) {
        voice.send(b"/join hall\nso this is the hall\n");
        while matches!(voice.next(Duration::from_millis(1)), Heard::Message(_)) {}
        stage.pause(Duration::from_millis(900));
        voice.send(b"/join lobby\n");
    }
}

/// Connects whenever it can, and is banned again and again.
pub fn come_back(stage: &Stage) {
    while stage.pause(Duration::from_millis(500)) {
        let mut voice = Voice::connect(stage.port, Tongue::Line);
        voice.introduce("Bea");
        while stage.phase() == Phase::Busy {
            match voice.next(Duration::from_millis(200)) {
                Heard::Message(message) if message.contains("banned") => {
                    stage.count("times that Bea heard of her ban");
                    break;
                }
                Heard::Message(_) | Heard::Nothing => {}
                Heard::Closed => break,
            }
        }
    }
}
