//! The engine's thread with one real server, and with peers that are no good ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use salon::base::limits::{ENGINE_EVENTS_BYTES, SHARED_BATCH_BYTES};
use salon::cluster::log::{LogEvent, Published, ReplicatedLog};
use salon::engine::ServerAddress;

use crate::support::engine::{Node, Servers, is_entry, settings};
use crate::support::process::{Folder, TEST_TIMEOUT, command, output};

fn address(port: u16) -> ServerAddress {
    ServerAddress { tls: false, host: "127.0.0.1".to_owned(), port }
}

fn unusable(node: &mut Node) -> String {
    match node.until(TEST_TIMEOUT, |event| matches!(event, LogEvent::Unusable(_))) {
        LogEvent::Unusable(sentence) => sentence,
        _ => String::new(),
    }
}

#[test]
fn a_node_hears_itself_others_and_what_was_said_before() {
    let Some(servers) = Servers::one() else { return };
    let [mut ann, mut bob] = servers.nodes(["a", "b"]);
    for number in 0..300 {
        ann.say(&format!("ann {number}"));
    }
    bob.until(TEST_TIMEOUT, |event| is_entry(event, "ann 299"));
    bob.say("bob");
    ann.until(TEST_TIMEOUT, |event| is_entry(event, "bob"));
    assert_eq!(ann.heard(), bob.heard());
    assert_eq!(ann.heard().last().unwrap(), &(301, "b".to_owned(), "bob".to_owned()));

    let mut late = Node::start(servers.settings("c", "LOG"), 0);
    assert_eq!(late.until_caught_up(), 301);
    assert_eq!(late.heard(), ann.heard());
    let fetches = late.engine.figures().fetches;
    assert!(fetches < 10, "many entries at a time: {fetches} fetches");
    // There is no snapshot from which it could go on where it was.
    let mut later = Node::start(servers.settings("c", "LOG"), 300);
    assert_eq!(later.until_caught_up(), 301);
    assert_eq!(later.heard(), ann.heard());
}

#[test]
fn a_node_that_starts_anew_is_not_taken_for_its_former_self() {
    let Some(servers) = Servers::one() else { return };
    for _ in 0..2 {
        let mut node = Node::start(servers.settings("a", "LOG"), 0);
        // The same epoch and number.
        node.epoch = 0;
        node.until_caught_up();
        node.say("hello");
    }
    let mut other = Node::start(servers.settings("b", "LOG"), 0);
    assert_eq!(other.until_caught_up(), 2);
}

#[test]
fn a_loop_that_takes_nothing_bounds_what_waits_and_misses_nothing() {
    let Some(servers) = Servers::one() else { return };
    let [mut slow, mut ann] = servers.nodes(["b", "a"]);
    let long = "x".repeat(SHARED_BATCH_BYTES);
    let count = 3 * ENGINE_EVENTS_BYTES / SHARED_BATCH_BYTES;
    for _ in 0..count {
        ann.say(&long);
    }
    ann.say("the end");
    slow.until(TEST_TIMEOUT, |event| is_entry(event, "the end"));
    assert_eq!(slow.heard().len(), count + 1);
}

#[test]
fn the_log_has_as_many_copies_as_wanted_or_none() {
    let Some(servers) = Servers::one() else { return };
    let mut node = Node::start(settings("a", "LOG", servers.engines.addresses(), 3), 0);
    let sentence = unusable(&mut node);
    assert!(sentence.contains("--cluster-replicas 1"), "{sentence}");
    Node::start(servers.settings("a", "LOG"), 0).until_caught_up();
    let mut node = Node::start(settings("a", "LOG", servers.engines.addresses(), 3), 0);
    let sentence = unusable(&mut node);
    assert!(sentence.contains("is kept on 1 server, not on 3"), "{sentence}");
    let mut node = Node::start(servers.settings("a", "LOG"), 100);
    let sentence = unusable(&mut node);
    assert!(sentence.contains("ends with entry 0"), "{sentence}");
}

#[test]
fn an_operator_can_check_the_engine_before_a_node_runs() {
    let Some(servers) = Servers::one() else { return };
    let folder = Folder::new();
    let check = |servers: &str, replicas: &str| {
        let words = ["cluster", "check", "--cluster", servers, "--node", "a", "--cluster-replicas", replicas];
        let output = output(&mut command(folder.path(), &words));
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let address = servers.engines.addresses()[0].to_string();
    // Another log: the server answers by then.
    Node::start(servers.settings("first", "OTHER"), 0).until_caught_up();
    let (is_well, text) = check(&address, "1");
    assert!(is_well && text.contains(": version 2.") && text.contains("There is no log yet"), "{text}");
    let mut node = Node::start(servers.settings("a", "SALON"), 0);
    node.until_caught_up();
    node.say("hello");
    let (is_well, text) = check(&address, "1");
    assert!(is_well && text.contains("The log has the entries 1 to 1, "), "{text}");
    let (is_well, text) = check(&address, "3");
    assert!(!is_well && text.contains("start with --cluster-replicas 1"), "{text}");
    // Nothing listens on port 1.
    let (is_well, text) = check(&format!("{address},nats://127.0.0.1:1"), "1");
    assert!(!is_well && text.contains("Is it running") && text.contains("1 to 1"), "{text}");
}

#[test]
fn an_engine_that_is_too_old_is_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || old_server(stream));
        }
    });
    let mut node = Node::start(settings("a", "LOG", vec![address(port)], 1), 0);
    let sentence = unusable(&mut node);
    assert!(sentence.contains("has version 2.9.10") && sentence.contains("2.15.0 or newer"), "{sentence}");
}

/// What Debian's server says first.
fn old_server(mut stream: TcpStream) {
    let info = r#"{"server_id":"X","server_name":"X","version":"2.9.10","proto":1,"host":"127.0.0.1","port":1,"headers":true,"max_payload":1048576}"#;
    let _ = stream.write_all(format!("INFO {info}\r\n").as_bytes());
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if line == "PING" {
            let _ = stream.write_all(b"PONG\r\n");
        }
    }
}

#[test]
fn an_engine_that_does_not_answer_is_waited_for() {
    let Some(mut servers) = Servers::one() else { return };
    let [mut node] = servers.nodes(["a"]);
    servers.engines.servers[0].kill();
    let away = node.until(TEST_TIMEOUT, |event| matches!(event, LogEvent::Disconnected(_)));
    assert!(matches!(&away, LogEvent::Disconnected(why) if why.contains("connection")), "{away:?}");
    // What is published meanwhile is heard as soon as it is back.
    node.publish("meanwhile");
    servers.engines.servers[0].restart().unwrap();
    node.until(TEST_TIMEOUT, |event| *event == LogEvent::Connected);
    node.until(TEST_TIMEOUT, |event| is_entry(event, "meanwhile"));
}

/// A way to the server that can be cut: from the next batch on, nothing comes back any more.
struct Proxy {
    port: u16,
    cuts: Arc<AtomicBool>,
}

impl Proxy {
    fn start(to: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let cuts = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cuts);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The server may not have started yet; the node tries again.
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else { continue };
                let is_cut = Arc::new(AtomicBool::new(false));
                let (back, forth) = (Arc::clone(&is_cut), Arc::clone(&flag));
                let (from, into) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || copy(from, into, |_| !back.load(Ordering::Acquire)));
                thread::spawn(move || {
                    copy(client, server, |bytes| {
                        // A batch: the server gets it, and its answers go nowhere.
                        if bytes.windows(5).any(|word| word == b"HPUB ")
                            && forth.swap(false, Ordering::AcqRel)
                        {
                            is_cut.store(true, Ordering::Release);
                        }
                        true
                    });
                });
            }
        });
        Proxy { port, cuts }
    }
}

/// Copies until the end. What `passes` refuses is swallowed.
fn copy(mut from: TcpStream, mut into: TcpStream, mut passes: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if passes(&buffer[..count]) && into.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = into.shutdown(Shutdown::Both);
}

#[test]
fn a_batch_whose_acknowledgement_is_lost_is_in_the_log_once() {
    let Some(servers) = Servers::one() else { return };
    let proxy = Proxy::start(servers.engines.addresses()[0].port);
    let mut node = Node::start(settings("a", "LOG", vec![address(proxy.port)], 1), 0);
    node.until_caught_up();
    for number in 0..3 {
        node.say(&format!("before {number}"));
        proxy.cuts.store(true, Ordering::Release);
        node.say(&format!("cut {number}"));
    }
    node.say("the end");
    assert_eq!(node.heard().len(), 7, "{:?}", node.heard());
    let figures = node.engine.figures();
    assert!(figures.connections > 3 && figures.sent_again + figures.connections > 6, "{figures:?}");
    assert_eq!(figures.server, Some(address(proxy.port).to_string().into()), "{figures:?}");
    assert!(figures.last >= 7, "{figures:?}");
    let [other] = servers.nodes(["b"]);
    assert_eq!(other.heard(), node.heard());
}

#[test]
fn a_second_batch_while_one_is_under_way_is_given_up_at_once() {
    // Nobody listens there.
    let mut node = Node::start(settings("a", "LOG", vec![address(1)], 1), 0);
    node.publish("first");
    node.engine.publish(Published { epoch: 9, number: 9, bytes: Vec::new() });
    node.until(Duration::from_secs(20), |event| *event == LogEvent::GaveUp { epoch: 9, number: 9 });
    assert_eq!(node.engine.figures().server, None);
}
