//! Clients with libraries for IRC, as programs use them: Python's `irc` and `pydle`, and JavaScript's `irc-framework`. The programs
//! are in `tests/clients`; they tell what they hear in the same words.
//!
//! Tests of libraries that this machine lacks are skipped; if `CI` is set, they fail.

use std::process::Command;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};
use crate::support::program::Program;

/// Starts the program for somebody called Lib, who joins the lobby. `probe` tells whether this machine has the library.
fn start(port: u16, probe: &[&str], script: &str) -> Option<Program> {
    let output = Command::new(probe[0]).args(&probe[1..]).output();
    if !output.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "{probe:?} fails");
        eprintln!("not tested: {probe:?} fails on this machine");
        return None;
    }
    let script = format!("{}/tests/clients/{script}", env!("CARGO_MANIFEST_DIR"));
    Program::start(&[probe[0], &script, &port.to_string(), "Lib", "#lobby"])
}

fn talks_and_comes_back(probe: &[&str], script: &str) {
    let data = Folder::new();
    let folder = data.path().display().to_string();
    let options = ["--rooms", "lobby=plain", "--data", &folder];
    let salon = Salon::start(&options);
    let mut bob = Peer::join(salon.port, "Bob");
    let Some(mut lib) = start(salon.port, probe, script) else { return };
    bob.until("User Lib has joined the chat!\n");
    lib.shows("join Lib #lobby");
    lib.shows("names #lobby Bob Lib");

    bob.say("Hello, Lib!");
    lib.shows("said #lobby Bob Hello, Lib!");
    bob.say("/me nods");
    lib.shows("act #lobby Bob nods");
    lib.types("PRIVMSG #lobby :Hello, Bob!");
    bob.until("Lib: Hello, Bob!\n");
    lib.types("PRIVMSG Bob :psst");
    bob.until("[Lib to you] psst\n");
    bob.say("/reply I hear you");
    lib.shows("told Bob I hear you");
    lib.types("WHOIS Bob");
    lib.shows("whois Bob #lobby");

    bob.say("/nick Rob");
    lib.shows("nick Bob Rob");
    lib.types("NICK Libby");
    lib.shows("nick Lib Libby");
    bob.say("/whois Libby");
    bob.until("Libby is ");

    bob.say("/open tea Tea and talk");
    lib.shows("part Rob #lobby");
    bob.until("The topic: Tea and talk");
    lib.types("JOIN #tea");
    bob.until("User Libby has joined the chat!\n");
    lib.shows("topic #tea Tea and talk");
    lib.shows("names #tea Libby Rob");
    bob.say("/topic Coffee");
    lib.shows("topic #tea Coffee");
    lib.types("PART #tea");
    bob.until("Host: User Libby left the chat.\n");
    lib.shows("part Libby #tea");
    bob.say("/join lobby");
    lib.shows("join Rob #lobby");
    bob.say("Before the restart");
    lib.shows("said #lobby Rob Before the restart");

    let port = salon.port.to_string();
    drop((salon, bob));
    lib.shows("disconnected");
    let salon = Salon::start(&[&options[..], &["--port", &port]].concat());
    lib.shows("join Lib #lobby");
    lib.shows_like("said #lobby Rob ", "Before the restart");
    let mut bob = Peer::join(salon.port, "Bob");
    lib.shows("join Bob #lobby");
    bob.say("Welcome back");
    lib.shows("said #lobby Bob Welcome back");
    let mut eve = Peer::join(salon.port, "Eve");
    lib.shows("join Eve #lobby");
    eve.say("/exit");
    lib.shows("quit Eve");
    bob.until("Host: User Eve left the chat.\n");
    lib.types("QUIT :bye");
    bob.until("Host: User Lib left the chat.\n");
}

#[test]
fn python_irc() {
    talks_and_comes_back(&["python3", "-c", "import irc.bot"], "irc_bot.py");
}

#[test]
fn python_pydle() {
    talks_and_comes_back(&["python3", "-c", "import pydle"], "irc_pydle.py");
}

#[test]
fn javascript_irc_framework() {
    talks_and_comes_back(&["node", "-e", "require('irc-framework')"], "irc_framework.js");
}
