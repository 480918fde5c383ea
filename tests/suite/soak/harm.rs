//! Hostile, broken and mistaken clients.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::stage::Stage;
use super::voice::{Heard, Tongue, Voice};
use super::{GREETING_DELAY, NAME_TIMEOUT};
use crate::support::process::TEST_TIMEOUT;

/// Floods, is removed, and connects again.
pub fn flood(stage: &Stage) {
    loop {
        let mut voice = Voice::connect(stage.port, Tongue::Line);
        voice.introduce("Flo");
        voice.send("spam\n".repeat(50).as_bytes());
        let heard = voice.until_closed().expect("who floods is let go");
        let why = "Sending too many messages in rapid succession!";
        // With unread input, the reset may overtake the last line.
        if heard.iter().any(|message| message.contains(why)) {
            stage.count("flooders who were told why they are removed");
        }
        stage.count("flooders who were removed");
        if !stage.pause(Duration::from_secs(3)) {
            return;
        }
    }
}

/// Asks for output, and never reads.
pub fn never_read(stage: &Stage) {
    for life in 0.. {
        let mut voice = Voice::connect_narrow(stage.port, Tongue::Line);
        voice.introduce(&format!("Nel_{life}"));
        let came = Instant::now();
        while voice.say("", "/history 1000") {
            if !stage.pause(Duration::from_millis(1_100)) {
                return;
            }
        }
        stage.took("until who never reads is let go", came);
    }
}

/// Sends nothing; must be greeted, and disconnected in time.
pub fn keep_silent(stage: &Stage) {
    loop {
        let came = Instant::now();
        let mut voice = Voice::connect(stage.port, Tongue::Line);
        let Heard::Message(greeting) = voice.next(TEST_TIMEOUT) else { panic!("no greeting") };
        let greeted = came.elapsed();
        assert!(greeting.contains("What is your name?"), "after {greeted:?}: {greeting}");
        assert!(greeted >= GREETING_DELAY, "greeted after {greeted:?}");
        stage.took_time("until a silent newcomer is greeted", greeted);
        let heard = voice.until_closed().expect("who gives no name is let go");
        assert!(heard[0].starts_with("No name came within"), "{heard:?}");
        assert!(came.elapsed() >= NAME_TIMEOUT);
        stage.took("until who gives no name is let go", came);
        if !stage.pause(Duration::ZERO) {
            return;
        }
    }
}

/// Sends garbage, and disconnects.
pub fn send_garbage(stage: &Stage) {
    let mut rng = StdRng::seed_from_u64(1);
    while stage.pause(Duration::from_millis(250)) {
        let mut bytes = vec![0; rng.random_range(1..4_000)];
        rng.fill(&mut bytes[..]);
        let ports = [stage.port, stage.port, stage.chaty_port];
        let mut voice = Voice::connect(ports[rng.random_range(0..3)], Tongue::Chaty);
        voice.send(&bytes);
        voice.shut_down();
        // With unread input, the end is a reset.
        drop(voice);
        stage.count("heaps of garbage");
    }
}

/// Clients of other protocols.
pub fn mistake_port(stage: &Stage) {
    let http = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nUser-Agent: probe\r\n\r\n";
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    while stage.pause(Duration::from_millis(600)) {
        for bytes in [&http[..], tls] {
            let mut voice = Voice::connect(stage.port, Tongue::Line);
            voice.send(bytes);
            assert!(voice.until_closed().is_some(), "who speaks something else is let go");
            stage.count("programs that mistook the port");
        }
    }
}

/// A telnet client that negotiates before and within lines.
pub fn negotiate(stage: &Stage) {
    for life in 0.. {
        let mut voice = Voice::connect(stage.port, Tongue::Line);
        voice.send(b"\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0");
        voice.send(format!("Tel_{life}\r\n").as_bytes());
        voice.send(b"he\xff\xf1llo\r\n");
        let said = format!("Tel_{life}: hello");
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            match voice.next(end.saturating_duration_since(Instant::now())) {
                Heard::Message(message) if message == said => break,
                Heard::Message(_) => {}
                _ => panic!("{said} is not heard"),
            }
        }
        voice.send(b"\xff\xf4/exit\r\n");
        assert!(voice.until_closed().is_some());
        stage.count("telnets that negotiated");
        if !stage.pause(Duration::from_secs(1)) {
            return;
        }
    }
}

/// Half-closed connections: some with a name, some without, some that never end.
pub fn half_open(stage: &Stage) {
    let mut left = Vec::new();
    for life in 0.. {
        let mut voice = Voice::connect(stage.port, Tongue::Eom);
        match life % 3 {
            0 => voice.introduce(&format!("Hew_{life}")),
            1 => voice.send(b"half a na"),
            _ => {}
        }
        voice.shut_down();
        left.push(voice);
        if left.len() > 5 {
            left.remove(0).reset();
        }
        stage.count("half-open connections");
        if !stage.pause(Duration::from_millis(400)) {
            return;
        }
    }
}
