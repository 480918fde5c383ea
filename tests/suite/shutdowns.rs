//! Shutdowns of the busy real server, with data on disk.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::Signal;

use crate::support::keep;
use crate::support::met::{Answer, Met};
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT};

/// The maximum time of a shutdown: for clients to read their last lines, and for the disk.
const SOON: Duration = Duration::from_secs(4);

const TALKERS: usize = 6;

#[test]
fn a_signal_under_load_loses_nothing() {
    let data = Folder::new();
    let mut salon = keep::start(data.path(), &[]);
    let (progress, events) = mpsc::channel();
    let talkers: Vec<_> = (0..TALKERS)
        .map(|number| {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, salon.port)).unwrap();
            let mut mouth = stream.try_clone().unwrap();
            thread::spawn(move || {
                let _ = writeln!(mouth, "T{number}");
                for n in 0.. {
                    if writeln!(mouth, "{n} {}.", "x".repeat(n % 300)).is_err() {
                        break;
                    }
                }
            });
            let progress = progress.clone();
            thread::spawn(move || {
                let mut heard = Vec::new();
                let (mut reader, mut line) = (BufReader::new(stream), String::new());
                // A line without its end was not received.
                while reader.read_line(&mut line).is_ok() && line.ends_with('\n') {
                    let said = line.trim_end().split_once(": ").filter(|(who, _)| who.starts_with('T'));
                    heard.extend(said.map(|(who, text)| (who.to_owned(), text.to_owned())));
                    let _ = progress.send(());
                    line.clear();
                }
                heard
            })
        })
        .collect();
    for _ in 0..20_000 {
        events.recv_timeout(TEST_TIMEOUT).expect("somebody hears something");
    }
    let asked = Instant::now();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let took = asked.elapsed();
    assert!(took < SOON, "{took:?}");
    let said = salon.rest();
    assert!(!said.iter().any(|line| line.contains("Not all")), "{said:?}");
    let kept = keep::export(&keep::start(data.path(), &[]));
    let mut places = HashMap::new();
    for (place, line) in kept.iter().enumerate() {
        assert_eq!(places.insert(line, place), None, "{line:?} is kept twice");
    }
    for talker in talkers {
        let heard = talker.join().unwrap();
        let heard: Vec<usize> = heard
            .iter()
            .map(|line| *places.get(line).unwrap_or_else(|| panic!("{line:?} is lost of {}", heard.len())))
            .collect();
        assert!(heard.is_sorted(), "heard in another order than it is kept in");
    }
    eprintln!("ended in {took:?}: {} messages kept", kept.len());
}

#[test]
fn an_end_waits_for_a_disk_that_is_slow() {
    let data = Folder::new();
    let mut salon = keep::start(data.path(), &[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("heard");
    ann.until("Ann: heard\n");
    // Another program has locked the file: nothing can be written until it is released.
    let other = Connection::open(data.path().join("salon.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    ann.say("said");
    let mut operator = keep::operator(&salon);
    // This reply comes after Ann's messages were handled.
    while !keep::order(&mut operator, "list").to_string().contains("Ann") {}
    assert!(ann.hears_nothing_for(Duration::from_millis(50)));
    salon.type_line("exit");
    salon.line("Service is shutting down.");
    other.execute_batch("COMMIT").unwrap();
    let stored = salon.line("     Storing the last ");
    assert!(stored.contains("batch"), "{stored}");
    assert!(salon.wait().success());
    ann.until_closed();
    assert_eq!(keep::texts(&keep::start(data.path(), &[])), ["heard", "said"]);
}

#[test]
fn what_is_heard_at_the_end_is_kept_or_said_not_to_be() {
    let data = Folder::new();
    let mut salon = keep::start(data.path(), &[]);
    let (mut ann, mut bob) = (Peer::join(salon.port, "Ann"), Peer::join(salon.port, "Bob"));
    ann.until("Bob has joined the chat!\n");
    let other = Connection::open(data.path().join("salon.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    ann.say("said");
    let mut operator = keep::operator(&salon);
    while !keep::order(&mut operator, "list").to_string().contains("Ann") {}
    // The failure of the commit is not known yet.
    salon.type_line("exit");
    let heard = bob.until_closed();
    let not_kept = "Messages are not stored for now: another program has locked the journal's file.";
    let parts = ["Ann: said\n", not_kept, "The server is stopping."];
    let places = parts.map(|part| heard.find(part));
    assert!(places.is_sorted() && places[0].is_some(), "{heard}");
    other.execute_batch("COMMIT").unwrap();
    assert!(salon.wait().success());
}

#[test]
fn a_half_closed_client_is_answered() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("pizza");
    ann.until("Ann: pizza\n");
    for (n, words) in
        ["/search pizza\n", "/history\n/exit\n", "/history\n/search pizza\n/history\n"].iter().enumerate()
    {
        for m in 0..5 {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, salon.port)).unwrap();
            write!(stream, "Ned{n}{m}\n{words}").unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut heard = String::new();
            std::io::Read::read_to_string(&mut stream, &mut heard).unwrap();
            let (_, answers) = heard.split_once("[Start new messages]").unwrap();
            let asked = words.matches("/history").count() + words.matches("/search").count();
            assert_eq!(answers.matches("  Ann: pizza\n").count(), asked, "{heard}");
        }
    }
}

#[test]
fn a_program_that_ends_its_input_is_answered() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("pizza");
    ann.until("Ann: pizza\n");
    let search = r#"{"type":"command","name":"search","rest":"pizza","room":"lobby"}"#;
    for (n, asked) in
        [search.to_owned(), format!("{search}\n{search}\n{{\"type\":\"leave\"}}")].iter().enumerate()
    {
        let mut ned = Peer::connect(salon.port);
        let hello = format!(r#"{{"type":"hello","version":1,"name":"Ned{n}"}}"#);
        ned.send(format!("{hello}\n{{\"type\":\"join\",\"room\":\"lobby\"}}\n{asked}\n").as_bytes());
        ned.shut_down();
        let heard = ned.until_closed();
        let found = heard.lines().filter(|line| line.contains("\"found\"") && line.contains("pizza"));
        assert_eq!(found.count(), asked.matches("search").count(), "{heard}");
    }
}

#[test]
fn a_half_closed_client_gets_its_forecast() {
    let met = Met::start([Answer::forecast()]);
    let contact = ["--weather-url", &met.url(), "--weather-contact", "ops@salon.example"];
    let salon = Salon::start(&[&contact[..], &["--bots", "weather"]].concat());
    let mut ned = Peer::connect(salon.port);
    ned.send(b"Ned\nweather in Oslo\n");
    ned.shut_down();
    let heard = ned.until_closed();
    assert!(heard.contains("Weather_Bot: Oslo") && heard.contains("MET Norway"), "{heard}");
}

#[test]
fn an_operator_who_ends_its_input_is_answered() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("pizza");
    ann.until("Ann: pizza\n");
    let mut operator = keep::operator(&salon);
    // Some of these are answered at once, and some after a commit.
    operator.send(b"list\nexport lobby\nban Eve for good\nforget Ann\nretention\nexport lobby");
    operator.shut_down();
    let heard = operator.until_closed();
    let expected = ["Ann", "pizza", "Eve is banned for good.", "One message of Ann is erased.", "", ""];
    let answers: Vec<&str> = heard.lines().collect();
    assert_eq!(answers.len(), expected.len(), "{heard}");
    for (answer, part) in answers.iter().zip(expected) {
        assert!(answer.contains(part), "{answer}");
    }
}

/// Many clients ask and are reset before the reply: nothing is left of them, and others are answered.
#[test]
fn a_reset_client_with_an_open_question_leaves_nothing() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &["--bots", "weather", "--weather-url", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    for n in 0..200 {
        let mut peer = Peer::connect(salon.port);
        let words = ["/search pizza", "/history\n/exit", "weather in Oslo\n/exit", "/join lobby"][n % 4];
        peer.send(format!("Ned{n}\n{words}\n").as_bytes());
        if n % 3 == 0 {
            peer.shut_down();
        }
        peer.reset();
    }
    ann.say("/search pizza");
    ann.until("has the words: pizza");
    let mut operator = keep::operator(&salon);
    let end = Instant::now() + TEST_TIMEOUT;
    while keep::order(&mut operator, "stats")["data"]["connections"] != 1 {
        assert!(Instant::now() < end, "{}", keep::order(&mut operator, "stats"));
    }
}
