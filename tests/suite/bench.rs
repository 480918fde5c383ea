//! `salon bench` against the real server, and against one that makes mistakes.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT, command, output, until_ended};

/// Runs a bench of the server on this port, by somebody who is not its operator: exit status, standard output, standard error.
fn bench(port: u16, words: &[&str]) -> (Option<i32>, String, String) {
    bench_in(Folder::new().path(), port, words)
}

/// The same, by the operator whose sockets are in this folder.
fn bench_in(folder: &Path, port: u16, words: &[&str]) -> (Option<i32>, String, String) {
    let port = port.to_string();
    let words = [&["bench", "-d", "127.0.0.1", "-p", &port], words].concat();
    let output = output(&mut command(folder, &words));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The report of a bench that must succeed.
fn report(salon: &Salon, words: &[&str]) -> Value {
    let (status, out, errors) = bench_in(salon.folder.path(), salon.port, &[words, &["--json"]].concat());
    let is_left = words.contains(&"-r");
    assert_eq!((status, errors.starts_with("The room keeps what")), (Some(0), is_left), "{out}{errors}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["ok"], true);
    report
}

/// A bench that is killed leaves its room. The next one closes it, and no other room.
#[test]
fn what_a_killed_bench_leaves_the_next_one_closes() {
    let mut salon = Salon::start(&["--spam-limit", "off"]);
    for room in ["bench_press", "bench_0001", "bench_ffff", "bench_12345"] {
        salon.type_line(&format!("open {room}=lobby"));
        salon.line(&format!("The room {room} is open."));
    }
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("/join bench_0001");
    bob.until("You are the first in bench_0001.");
    report(&salon, &["--members", "5", "--messages", "10"]);
    bob.say("/rooms");
    bob.say("done");
    let rooms = bob.until("Bob: done\n");
    for (room, is_open) in
        [("bench_press", true), ("bench_0001", true), ("bench_ffff", false), ("bench_12345", true)]
    {
        assert_eq!(rooms.contains(room), is_open, "{rooms}");
    }
}

#[test]
fn every_delivery_is_counted_in_every_dialect_and_room() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let load = ["--members", "20", "--speakers", "3", "--messages", "100"];
    for (words, own) in [
        // Of 100 messages in turn, 34, 33 and 33 are those of the three speakers.
        (vec!["--dialect", "line"], 0),
        (vec!["--dialect", "eom"], 100),
        (vec!["--dialect", "half", "--window", "5"], 33),
        (vec!["-r", "lobby", "--rate", "1000"], 0),
        (vec!["-r", "chaty", "--size", "4096"], 100),
    ] {
        let report = report(&salon, &[&load, &*words].concat());
        let deliveries = 20 * 100 - own;
        assert_eq!((&report["deliveries"], &report["expected"]), (&deliveries.into(), &deliveries.into()));
        let size = report["size"].as_u64().unwrap();
        assert!(report["bytes_said"].as_u64().unwrap() > 100 * size, "{words:?}: {report}");
        assert!(report["bytes_heard"].as_u64().unwrap() > deliveries * size, "{words:?}: {report}");
        let latency = |quantile: &str| report["latency_us"][quantile].as_f64().unwrap();
        let quantiles = ["p50", "p90", "p99", "p99.9", "max"].map(latency);
        assert!(quantiles[0] > 0.0 && quantiles.is_sorted(), "{words:?}: {report}");
        if words.contains(&"--rate") {
            assert!(report["seconds"].as_f64().unwrap() >= 0.099, "the last is due after 99 ms: {report}");
        }
    }
}

#[test]
fn all_may_speak_where_they_hear_themselves_and_a_taken_name_is_no_obstacle() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Bench3");
    let all = ["--members", "4", "--speakers", "4", "--messages", "8", "--anyway"];
    let found = report(&salon, &all);
    assert_eq!(found["deliveries"], 4 * 8);
    ann.until("User bench1 has joined the chat!\n");
    let (status, out, _) = bench(salon.port, &[&all[..], &["--dialect", "half"]].concat());
    assert_eq!(status, Some(0));
    assert!(out.ends_with("\nEvery member heard every message once, and all in the same order.\n"), "{out}");
    let (status, _, errors) = bench(salon.port, &[&all[..], &["--dialect", "eom"]].concat());
    assert_eq!(status, Some(2));
    assert!(errors.contains("more --members than --speakers"), "{errors}");
    let (status, _, errors) = bench(salon.port, &[&all[..], &["-r", "chaty"]].concat());
    assert_eq!(status, Some(1));
    assert!(errors.contains("no member hears everything"), "{errors}");
}

#[test]
fn what_stands_in_the_way_is_said() {
    let salon = Salon::start(&[]);
    for dialect in ["line", "eom"] {
        let (status, out, errors) =
            bench_in(salon.folder.path(), salon.port, &["--members", "5", "--dialect", dialect]);
        let said = "salon: the server's spam limit removed a speaker. Start the server with --spam-limit off, or bench with \
                    a lower --rate or more --speakers.\n";
        assert_eq!((status, out.as_str(), errors.as_str()), (Some(1), "", said));
    }
    let (status, _, errors) = bench(salon.port, &["--members", "5", "-r", "nowhere"]);
    assert_eq!(status, Some(1));
    assert!(errors.contains("salon: the server does not let bench"), "{errors}");
    assert!(errors.contains(" in. It said: There is no room nowhere."), "{errors}");
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let (status, _, errors) = bench(nobody, &[]);
    assert_eq!(status, Some(1));
    assert!(errors.contains("no server answers at 127.0.0.1:"), "{errors}");
    for words in [["--members", "0"], ["--size", "31"], ["--window", "10001"], ["--speakers", "501"]] {
        assert_eq!(bench(nobody, &words).0, Some(2), "{words:?}");
    }
}

#[test]
fn a_room_in_which_people_are_is_not_filled() {
    let salon = Salon::start(&["--rooms", "lobby,den=lobby", "--spam-limit", "off"]);
    let load = ["--members", "3", "--messages", "5"];
    let refused = |words: &[&str], place: &str| {
        let (status, out, errors) = bench(salon.port, &[&load[..], words].concat());
        assert_eq!((status, out.as_str()), (Some(1), ""));
        assert!(
            errors.starts_with(&format!("salon: {place}, where the members of the bench would come.")),
            "{errors}"
        );
        assert!(errors.ends_with("add --anyway.\n"), "{errors}");
    };
    // Bots are no people.
    let (status, _, errors) = bench(salon.port, &load);
    assert_eq!(status, Some(0), "{errors}");
    assert!(errors.contains("type at the server's console: forget bench1, forget bench3"), "{errors}");
    let mut ann = Peer::join(salon.port, "Ann");
    refused(&[], "1 person is in lobby");
    let bob = Peer::join(salon.port, "Bob");
    refused(&["-r", "den"], "2 people are in lobby");
    ann.say("/join den");
    ann.until("You have left the lobby.");
    drop(bob);
    while ctl(&salon, "who lobby")["data"][0]["present"]
        .as_array()
        .unwrap()
        .iter()
        .any(|who| who["name"] == "Bob")
    {}
    refused(&["-r", "den"], "1 person is in den");
    assert_eq!(bench(salon.port, &load).0, Some(0), "nobody is in the lobby");
    assert_eq!(bench(salon.port, &[&load[..], &["-r", "den", "--anyway"]].concat()).0, Some(0));
    ann.until("bench1: ~");
}

/// What the server answers its operator.
fn ctl(salon: &Salon, order: &str) -> Value {
    let port = salon.port.to_string();
    let words = [&["ctl", "--json", "-p", &port], &order.split(' ').collect::<Vec<_>>()[..]].concat();
    let output = output(&mut command(salon.folder.path(), &words));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How many messages are stored.
fn stored(data: &Folder) -> i64 {
    let file = rusqlite::Connection::open(data.path().join("salon.db")).unwrap();
    file.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap()
}

#[test]
fn nothing_is_left_of_a_bench() {
    let data = Folder::new();
    let options = ["--data", data.path().to_str().unwrap(), "--spam-limit", "off", "--bots", "none"];
    let salon = Salon::start(&[&options[..], &["--host-interval", "off", "--rooms", "lobby"]].concat());
    let rooms = ctl(&salon, "rooms")["data"].clone();
    let load = ["--members", "4", "--speakers", "2", "--messages", "20"];
    let (status, _, errors) = bench_in(salon.folder.path(), salon.port, &load);
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    assert_eq!((ctl(&salon, "rooms")["data"].clone(), stored(&data)), (rooms.clone(), 0));
    // A bench that is stopped clears up, too.
    let port = salon.port.to_string();
    let words =
        ["bench", "-d", "127.0.0.1", "-p", &port, "--members", "4", "--rate", "10", "--messages", "10000"];
    let mut run = command(salon.folder.path(), &words);
    let run = run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let bench = run.spawn().unwrap();
    let end = Instant::now() + TEST_TIMEOUT;
    while stored(&data) < 3 {
        assert!(Instant::now() < end, "the bench sends");
    }
    kill_process(Pid::from_child(&bench), Signal::INT).unwrap();
    let output = until_ended(bench);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "salon: the bench was stopped, so nothing is measured.\n"
    );
    assert_eq!((output.status.code(), output.stdout), (Some(1), Vec::new()));
    assert_eq!((ctl(&salon, "rooms")["data"].clone(), stored(&data)), (rooms, 0));
}

#[test]
fn what_a_server_does_wrong_is_found() {
    let load = ["--members", "2", "--messages", "10"];
    let mut held = String::new();
    for (change, sentence) in [
        (Box::new(|_, line| line) as Change, "Every member heard every message once"),
        (Box::new(|n, line| if n == 4 { String::new() } else { line }), "did not hear message 4 of bench1."),
        (
            Box::new(|n, line| if n == 10 { line.repeat(2) } else { line }),
            "heard more than once message 10 of bench1.",
        ),
        (
            Box::new(move |n, line| {
                if n == 4 {
                    held = line;
                    return String::new();
                }
                line + &std::mem::take(&mut held)
            }),
            "before its turn.",
        ),
    ] {
        let (status, out, errors) = bench(faulty(change), &load);
        let is_well = sentence.starts_with("Every");
        assert_eq!(status, Some(i32::from(!is_well)), "{out}{errors}");
        assert!(out.lines().last().unwrap().contains(sentence), "{out}");
    }
}

/// Changes the n-th line. The first line is not a message yet.
type Change = Box<dyn FnMut(usize, String) -> String + Send>;

/// A server for two members; the second receives changed lines.
fn faulty(mut change: Change) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (sender, said) = mpsc::channel();
        let mut streams = Vec::new();
        // The first connection only checks that the server answers.
        for stream in listener.incoming().skip(1).take(2) {
            let mut stream = stream.unwrap();
            stream
                .write_all(b"Welcome, you!\nWhen you join a room, you hear no earlier messages.\n")
                .unwrap();
            let (hears, sender) = (stream.try_clone().unwrap(), sender.clone());
            thread::spawn(move || listen(stream, &sender));
            streams.push(hears);
        }
        for (count, line) in said.iter().enumerate() {
            // They disconnect after a fault.
            let _ = streams[0].write_all(line.as_bytes());
            let _ = streams[1].write_all(change(count, line).as_bytes());
        }
    });
    port
}

/// Passes on the lines after the name.
fn listen(stream: TcpStream, sender: &Sender<String>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let name = lines.next().unwrap();
    let said = lines.filter(|line| line != "/replay off");
    said.for_each(|line| drop(sender.send(format!("{name}: {line}\n"))));
}
