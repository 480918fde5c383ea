//! Operators that watch rooms.

use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, command};
use crate::support::terminal::Terminal;

/// An operator over the socket.
struct Operator(Peer);

impl Operator {
    fn connect(salon: &Salon) -> Operator {
        let path = salon.folder.path().join(format!("salon-{}.sock", salon.port));
        Operator(Peer::over(OwnedFd::from(UnixStream::connect(path).unwrap())))
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.0.until("\n")).unwrap()
    }

    fn order(&mut self, command: &str) -> Value {
        self.0.say(command);
        self.next()
    }

    /// The next event: what, who, where, and why.
    fn event(&mut self) -> (Value, Value, Value, Value) {
        let data = self.next()["data"].take();
        let field = |name: &str| data[name].clone();
        (field("event"), field("name"), field("room"), field("reason"))
    }
}

#[test]
fn an_operator_that_watches_a_room_is_told_who_comes_and_goes() {
    let salon = Salon::start(&["--rooms", "lobby,den=lobby"]);
    let mut watcher = Operator::connect(&salon);
    assert_eq!(watcher.order("watch")["text"], "Which room? Type: watch ROOM, or: watch off");
    assert_eq!(watcher.order("watch attic")["text"], "There is no room \"attic\". Type rooms to see all.");
    let reply = watcher.order("watch LOBBY");
    assert_eq!(reply["text"], "You see who joins lobby and who leaves it. To stop that, type: watch off");
    let mut other = Operator::connect(&salon);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("/join den");
    ann.until("in den");
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("/exit");
    bob.until_closed();
    let cid = Peer::join(salon.port, "Cid");
    assert_eq!(other.order("kick Cid the noise")["ok"], true);
    drop(cid);
    let happened =
        |event: &str, name: &str, reason: Value| (json!(event), json!(name), json!("lobby"), reason);
    for expected in [
        happened("joined", "Ann", Value::Null),
        happened("left", "Ann", Value::Null),
        happened("joined", "Bob", Value::Null),
        happened("left", "Bob", Value::Null),
        happened("joined", "Cid", Value::Null),
        happened("removed", "Cid", json!("the noise")),
    ] {
        assert_eq!(watcher.event(), expected);
    }
    assert_eq!(watcher.order("watch off")["data"], json!({ "watch": null }));
    let _dan = Peer::join(salon.port, "Dan");
    assert!(watcher.0.hears_nothing_for(Duration::from_millis(50)));
    assert_eq!(watcher.order("say lobby hi")["text"], "Said in lobby.", "and what it types is answered");
}

#[test]
fn ctl_stays_open_for_what_it_watches() {
    let mut salon = Salon::start(&[]);
    let port = salon.port.to_string();
    let mut run = command(salon.folder.path(), &["ctl", "-p", &port, "watch", "lobby"]);
    let run = run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut ctl = Killed(run.spawn().unwrap());
    let mut lines = BufReader::new(ctl.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("You see who joins lobby"));
    let _ann = Peer::join(salon.port, "Ann");
    let joined = lines.next().unwrap();
    assert!(joined.ends_with("  Ann joins lobby"), "{joined}");
    salon.type_line("exit");
    assert!(salon.wait().success());
    assert_eq!(ctl.0.wait().unwrap().code(), Some(1));
    assert!(lines.all(|line| line.contains("Ann")), "nothing else was to be seen");
}

/// The port of the server whose socket is in this folder.
fn port_in(folder: &Path) -> u16 {
    let names =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let ports = names.filter_map(|name| name.strip_prefix("salon-")?.strip_suffix(".sock")?.parse().ok());
    ports.last().unwrap()
}

#[test]
fn what_is_watched_stands_above_what_is_typed() {
    let salon = Salon::start(&[]);
    let port = salon.port.to_string();
    let folder = Folder::new();
    for words in [&["ctl", "-p", &port][..], &["serve", "--port", "0", "--bots", "none"]] {
        let mut terminal = Terminal::new(80, 40);
        let home = if words[0] == "ctl" { salon.folder.path() } else { folder.path() };
        let mut program = terminal.run(&mut command(home, words));
        terminal.shows("Host $>");
        let port = if words[0] == "ctl" { salon.port } else { port_in(home) };
        terminal.type_keys("watch lobby\r");
        terminal.shows_row_with("You see who joins lobby and who leaves it.");
        terminal.type_keys("say lobby hel");
        let last = |row: &'static str| move |terminal: &Terminal| terminal.screen().last().unwrap() == row;
        terminal.until("what was typed", last("Host $> say lobby hel"));
        let mut ann = Peer::join(port, "Ann");
        terminal.shows_row_with("  Ann joins lobby");
        terminal.until("what was typed, below", last("Host $> say lobby hel"));
        terminal.type_keys("lo\r");
        ann.until("Host: hello\n");
        terminal.shows("Said in lobby.");
        ann.say("/exit");
        terminal.shows_row_with("  Ann leaves lobby");
        terminal.type_keys(if words[0] == "ctl" { "\x04" } else { "exit\r" });
        assert_eq!(terminal.until_ended(&mut program), Some(0));
    }
}
