//! ChatyChaty's wire against the real binary: clients that take each read for a message, all talking at once.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;

use crate::support::process::{Salon, TEST_TIMEOUT};
use crate::support::program::Program;

/// The size of its clients' reads, in bytes.
const READ: usize = 1_024;

const CLIENTS: usize = 20;

/// Messages of each client: together a thousand.
const MESSAGES: usize = 50;

const WELCOME: &str = "Connection successful, welcome to ChatyChaty !";

/// One of its programs.
struct Client {
    stream: TcpStream,
    /// It pauses after each read.
    is_slow: bool,
}

impl Client {
    /// Connects, and joins the room before this returns.
    fn join(port: u16, name: &str) -> Client {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        let mut client = Client { stream, is_slow: false };
        assert_eq!(client.read(), "NICK");
        client.send(name);
        assert_eq!(client.read(), "NICK_OK");
        while client.read() != WELCOME {}
        client
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Reads once. Empty if the connection is closed.
    fn read(&mut self) -> String {
        let mut bytes = [0; READ];
        let read = self.stream.read(&mut bytes).unwrap();
        if self.is_slow {
            black_box((0..20_000).filter(|n| n % (read + 2) == 1).count());
        }
        String::from_utf8(bytes[..read].to_vec()).unwrap()
    }
}

/// A server without limits, and the port for ChatyChaty's clients.
fn salon(options: &[&str]) -> (Salon, u16) {
    let salon = Salon::start(&[&["--chaty-port", "0", "--spam-limit", "off"], options].concat());
    let line = salon.line("Clients of ChatyChaty connect to port ");
    let port = line.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches('.');
    let port = port.parse().unwrap_or_else(|_| panic!("{line}"));
    (salon, port)
}

fn names() -> impl Iterator<Item = String> {
    (0..CLIENTS).map(|n| format!("c{n:02}"))
}

fn message(name: &str, number: usize) -> String {
    format!("{name}: {number} of many")
}

/// Compares what each client read after its welcome with what a silent listener read.
fn check(listener: Vec<String>, heard: impl Iterator<Item = (String, Vec<String>)>) {
    let all = said(listener);
    assert_eq!(all.len(), CLIENTS * MESSAGES);
    for name in names() {
        let own: Vec<&String> = all.iter().filter(|text| text.starts_with(&name)).collect();
        assert!(own.into_iter().eq(&(0..MESSAGES).map(|n| message(&name, n)).collect::<Vec<_>>()), "{name}");
    }
    for (name, heard) in heard {
        let others: Vec<&String> = all.iter().filter(|text| !text.starts_with(&name)).collect();
        assert_eq!(said(heard).iter().collect::<Vec<_>>(), others, "{name}");
    }
}

/// The messages, without joins and the last message, a removal.
fn said(mut heard: Vec<String>) -> Vec<String> {
    assert_eq!(heard.pop().as_deref(), Some("KICK"));
    heard.retain(|text| !names().any(|name| *text == format!("{name} just connected")));
    heard
}

#[test]
fn a_thousand_messages_at_once_and_each_read_is_one_of_them() {
    let (mut salon, port) = salon(&[]);
    let mut listener = Client::join(port, "listener");
    let clients: Vec<_> = names().map(|name| (Client::join(port, &name), name)).collect();
    let all_said = Arc::new(Barrier::new(CLIENTS / 5 + 1));
    let talks = clients.into_iter().enumerate().map(|(n, (client, name))| {
        // One in five is late, and one is slow.
        let (is_late, is_slow) = (n % 5 == 0, n % 5 == 1);
        let all_said = is_late.then(|| Arc::clone(&all_said));
        thread::spawn(move || talk(client, name, is_slow, all_said.as_deref()))
    });
    let talks: Vec<_> = talks.collect();
    let mut all = until_heard(&mut listener, CLIENTS * MESSAGES);
    all_said.wait();
    let mut talked: Vec<_> = talks.into_iter().map(|talk| talk.join().unwrap()).collect();
    salon.type_line("exit");
    all.extend(until_closed(&mut listener));
    for (_, client, heard) in &mut talked {
        heard.extend(until_closed(client));
    }
    check(all, talked.into_iter().map(|(name, _, heard)| (name, heard)));
}

/// Sends everything at once, and reads: at once, or only after `all_said`.
fn talk(
    mut client: Client,
    name: String,
    is_slow: bool,
    all_said: Option<&Barrier>,
) -> (String, Client, Vec<String>) {
    for number in 0..MESSAGES {
        client.send(&message(&name, number));
    }
    if let Some(all_said) = all_said {
        all_said.wait();
    }
    client.is_slow = is_slow;
    let heard = until_heard(&mut client, (CLIENTS - 1) * MESSAGES);
    (name, client, heard)
}

/// Reads until it has this many messages.
fn until_heard(client: &mut Client, mut messages: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while messages > 0 {
        let text = client.read();
        assert!(!text.is_empty(), "closed after {heard:#?}");
        messages -= usize::from(text.ends_with(" of many"));
        heard.push(text);
    }
    heard
}

fn until_closed(client: &mut Client) -> Vec<String> {
    std::iter::from_fn(|| Some(client.read()).filter(|text| !text.is_empty())).collect()
}

#[test]
fn a_thousand_messages_among_programs_and_each_line_is_one_of_them() {
    let (mut salon, port) = salon(&[]);
    let mut listener = Client::join(port, "listener");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/chaty_client.py");
    let port = port.to_string();
    let start = |name: &String| Program::start(&["python3", script, "127.0.0.1", &port, "user", name]);
    let names: Vec<String> = names().collect();
    let Some(mut programs) = names.iter().map(start).collect::<Option<Vec<Program>>>() else {
        return;
    };
    for program in &mut programs {
        program.shows(WELCOME);
    }
    for program in &mut programs {
        let lines: Vec<String> = (0..MESSAGES).map(|n| format!("{n} of many")).collect();
        program.types(&lines.join("\n"));
    }
    let mut all = until_heard(&mut listener, CLIENTS * MESSAGES);
    salon.type_line("exit");
    all.extend(until_closed(&mut listener));
    check(all, names.into_iter().zip(programs.iter_mut().map(Program::rest)));
}

#[test]
fn at_the_end_of_the_service_who_has_not_read_all_still_reads_message_by_message() {
    const UNREAD: usize = 10;
    let (mut salon, port) = salon(&[]);
    let (mut ann, mut eve) = (Client::join(port, "Ann"), Client::join(port, "Eve"));
    assert_eq!(ann.read(), "Eve just connected");
    let mut carl = Client::join(port, "Carl");
    for number in 0..UNREAD {
        carl.send(&message("Carl", number));
    }
    let said: Vec<String> = (0..UNREAD).map(|number| message("Carl", number)).collect();
    assert_eq!(ann.read(), "Carl just connected");
    assert_eq!(until_heard(&mut ann, UNREAD), said);
    salon.type_line("exit");
    assert_eq!(until_closed(&mut ann), ["KICK"]);
    // She has read nothing so far.
    let all = [&["Carl just connected".to_owned()], said.as_slice(), &["KICK".to_owned()]].concat();
    assert_eq!(until_closed(&mut eve), all);
    assert!(salon.wait().success());
}
