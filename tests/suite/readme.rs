//! The programs that README shows, run as they stand there.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon};

/// The first block of code in README in this language, with a server's port in place of the usual one.
fn block(language: &str, port: u16) -> String {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.replace("2020", &port.to_string())
}

/// A program, and the programs that it started.
struct Group(Killed);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0.0), Signal::KILL);
    }
}

/// Runs a program with this text as its script, in a folder of its own.
fn run(program: &str, arguments: &[&str], script: &str) -> Option<(Group, Folder)> {
    let folder = Folder::new();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path());
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        eprintln!("not tested: this machine has no {program}");
        return None;
    };
    let mut child = Group(Killed(child));
    child.0.0.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Some((child, folder))
}

#[test]
fn the_bot_in_python() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("This is old, and is not answered.");
    ann.until("answered.\n");
    let Some(_bot) = run("python3", &["-"], &block("python", salon.port)) else { return };
    ann.until("User Echo_Bot has joined the chat!\n");
    ann.say("Hello \"bot\"!");
    let heard = ann.until("Echo_Bot: Ann said: Hello \"bot\"!\n");
    assert!(!heard.contains("old"), "{heard}");
    // What comes while it answers is not lost.
    ann.send(b"one\ntwo\nthree\n");
    for word in ["one", "two", "three"] {
        ann.until(&format!("Echo_Bot: Ann said: {word}\n"));
    }
}

#[test]
fn the_bot_in_shell() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let Some(_bot) = run("sh", &["-s"], &block("sh", salon.port)) else { return };
    ann.until("User Greeter_Bot has joined the chat!\n");
    let _bob = Peer::join(salon.port, "Bob");
    ann.until("Greeter_Bot: Hello Bob!\n");
}
