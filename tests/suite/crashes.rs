//! Crashes of the busy real server: everything that any client received is in the history after the restart, once and in order.
//!
//! `SALON_KILLS=100` is the number of crashes.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::process::Signal;

use crate::support::keep::{Line, export};
use crate::support::old_lines::without_clock;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT};

/// The default number of crashes.
const KILLS: usize = 6;

/// The talkers, and their end marks.
const TALKERS: [(&str, &str); 3] = [("Ann", "\n"), ("Bob", "\n"), ("Eve", "::EOMsg::")];

/// A client that sends and receives until the connection breaks.
struct Talker {
    heard: JoinHandle<Vec<Line>>,
}

impl Talker {
    /// `progress` gets a signal for each received message.
    fn join(port: u16, name: &'static str, end: &'static str, life: usize, progress: Sender<()>) -> Talker {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let mut mouth = stream.try_clone().unwrap();
        mouth.write_all(format!("{name}{end}").as_bytes()).unwrap();
        thread::spawn(move || {
            let mut number = 0;
            while mouth.write_all(format!("{life} {name} {number}{end}").as_bytes()).is_ok() {
                number += 1;
            }
        });
        Talker { heard: thread::spawn(move || listen(stream, end, life, &progress)) }
    }
}

/// What was received from this run of the server, in order.
fn listen(stream: TcpStream, end: &str, life: usize, progress: &Sender<()>) -> Vec<Line> {
    let mut reader = BufReader::new(stream);
    let (mut bytes, mut buffer, mut heard) = (Vec::new(), [0; 16 * 1024], Vec::new());
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
        while let Some(at) = bytes.windows(end.len()).position(|window| window == end.as_bytes()) {
            let message: Vec<u8> = bytes.drain(..at + end.len()).collect();
            let message = String::from_utf8(message[..at].to_vec()).unwrap();
            if let Some((who, text)) = without_clock(&message).split_once(": ")
                && text.starts_with(&format!("{life} "))
            {
                heard.push((who.to_owned(), text.to_owned()));
                let _ = progress.send(());
            }
        }
    }
    heard
}

#[test]
fn what_was_heard_survives_the_servers_death() {
    let kills = std::env::var("SALON_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let data = Folder::new();
    let options = ["--data", data.path().to_str().unwrap(), "--spam-limit", "off", "--history", "10"];
    let mut rng = StdRng::seed_from_u64(kills as u64);
    let mut heard_by: Vec<Vec<Line>> = Vec::new();
    for life in 0..kills {
        let mut salon = Salon::start(&options);
        let (progress, events) = mpsc::channel();
        let talkers = TALKERS.map(|(name, end)| Talker::join(salon.port, name, end, life, progress.clone()));
        for _ in 0..rng.random_range(1..2_000) {
            events.recv_timeout(TEST_TIMEOUT).expect("somebody hears something");
        }
        salon.signal(Signal::KILL);
        salon.wait();
        heard_by.extend(talkers.map(|talker| talker.heard.join().unwrap()));
    }
    let kept = export(&Salon::start(&options));
    let mut places = HashMap::new();
    for (place, line) in kept.iter().enumerate() {
        assert_eq!(places.insert(line, place), None, "{line:?} is kept twice");
    }
    let mut count = 0;
    for heard in &heard_by {
        count += heard.len();
        let heard: Vec<usize> = heard
            .iter()
            .map(|line| *places.get(line).unwrap_or_else(|| panic!("{line:?} is lost")))
            .collect();
        assert!(heard.is_sorted(), "heard in another order than it is kept in");
    }
    eprintln!("{kills} deaths: {} messages kept, {count} heard", kept.len());
}
