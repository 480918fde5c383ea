//! The password of the server, asked of real clients over real sockets.

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT, command, output, until_ended};
use crate::support::terminal::Terminal;

const MISSING: &str = "This server asks for a password.";
const WRONG: &str = "This server asks for a password, and that is not it.";

/// A server with the password `sesame`, and the folder with its file.
fn guarded() -> (Salon, Folder) {
    let folder = Folder::new();
    let path = folder.path().join("password");
    fs::write(&path, "sesame\n").unwrap();
    (Salon::start(&["--password-file", path.to_str().unwrap()]), folder)
}

/// Comes in with a password.
fn enter(salon: &Salon, password: &str, name: &str) -> Peer {
    let mut peer = Peer::connect(salon.port);
    peer.say(password);
    peer.until("What is your name?\n");
    peer.say(name);
    peer.until("Type /help to see what you can do.\n");
    peer
}

/// Runs the client as a filter, with this variable in its environment.
fn filter(salon: &Salon, words: &[&str], variable: Option<&str>) -> Output {
    let port = salon.port.to_string();
    let mut command = command(salon.folder.path(), &[&["join", "-p", &port, "-u", "Script"], words].concat());
    command.env_remove("SALON_PASSWORD").envs(variable.map(|password| ("SALON_PASSWORD", password)));
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // One that is refused does not read it.
    let _ = child.stdin.take().unwrap().write_all(b"hi\n");
    until_ended(child)
}

#[test]
fn the_password_is_read_again_and_whoever_is_in_stays() {
    let (salon, folder) = guarded();
    let mut ann = enter(&salon, "sesame", "Ann");
    let path = folder.path().join("password");
    fs::write(&path, "two\nlines\n").unwrap();
    salon.signal(Signal::HUP);
    let end = Instant::now() + TEST_TIMEOUT;
    while !salon.log().contains("the password stays as it is: ") {
        assert!(Instant::now() < end, "{}", salon.log());
    }
    ann.say("/who");
    ann.until("1 in the lobby: Ann.\n");
    let _bob = enter(&salon, "sesame", "Bob");
    fs::write(&path, "open\n").unwrap();
    salon.signal(Signal::HUP);
    let mut cyd = Peer::connect(salon.port);
    // It is asked until the new one is in force.
    loop {
        cyd.say("open");
        if cyd.until("?\n").ends_with("name?\n") {
            break;
        }
    }
    ann.say("still here");
    ann.until("Ann: still here\n");
    assert!(!salon.log().contains("sesame"), "no log has it");
}

#[test]
fn a_server_does_not_start_with_a_file_that_is_none() {
    let folder = Folder::new();
    let path = folder.path().join("password");
    for (content, why) in [("", "is no file with a password"), ("{x\n", "cannot be given with netcat")] {
        fs::write(&path, content).unwrap();
        let words = ["serve", "--port", "0", "--data", "none", "--password-file", path.to_str().unwrap()];
        let output = output(&mut command(folder.path(), &words));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(why), "{said}");
    }
}

#[test]
fn the_client_gives_it_from_a_file_or_the_environment() {
    let (salon, folder) = guarded();
    let mut ann = enter(&salon, "sesame", "Ann");
    let path = folder.path().join("password");
    for (words, variable) in [(&["--password-file", path.to_str().unwrap()][..], None), (&[], Some("sesame"))]
    {
        let output = filter(&salon, words, variable);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        ann.until("Script: hi\n");
    }
    for (variable, why) in [(None, MISSING), (Some("open"), WRONG)] {
        let output = filter(&salon, &[], variable);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(said, format!("{why} Name a file with it with --password-file, or set SALON_PASSWORD.\n"));
    }
}

#[test]
fn the_client_asks_on_the_terminal_and_does_not_show_it() {
    let (salon, _folder) = guarded();
    let mut terminal = Terminal::new(100, 20);
    let words = ["join", "-p", &salon.port.to_string(), "-u", "Kim"];
    let mut client = terminal.run(&mut command(salon.folder.path(), &words));
    terminal.shows("Password:");
    terminal.type_keys("opem\x7fn\r");
    terminal.until(WRONG, |terminal| terminal.screen().iter().filter(|row| *row == "Password:").count() == 2);
    terminal.type_keys("sesame\r");
    terminal.shows_row_with("You have joined the chat with username Kim!");
    let written = String::from_utf8_lossy(&terminal.written).into_owned();
    assert!(!written.contains("sesame") && !written.contains("ope"), "{written}");
    terminal.type_keys("/exit\r");
    assert_eq!(terminal.until_ended(&mut client), Some(0));
}

#[test]
fn a_thousand_wrong_passwords_at_once_slow_nobody_down() {
    let (salon, _folder) = guarded();
    let mut ann = Peer::connect(salon.port);
    ann.say(r#"{"type":"hello","version":1,"name":"Ann","password":"sesame"}"#);
    ann.until(r#""type":"hello""#);
    let (memory, time) = (salon.memory(), salon.processor_time());
    let mut slowest = Duration::ZERO;
    let mut attackers = Vec::new();
    for number in 0..1_000 {
        let mut attacker = Peer::connect(salon.port);
        attacker.send(format!("PASS {number}\r\nNICK Ann\r\nUSER a 0 * :a\r\n").as_bytes());
        attackers.push(attacker);
        if number % 50 == 0 {
            let asked = Instant::now();
            ann.say(r#"{"type":"ping"}"#);
            ann.until(r#"{"type":"pong"}"#);
            slowest = slowest.max(asked.elapsed());
        }
    }
    let checked = attackers.into_iter().map(|mut attacker| attacker.until_closed());
    let checked =
        checked.inspect(|heard| assert!(heard.contains(" 464 * :") && heard.contains("ERROR :"), "{heard}"));
    let checked = checked.filter(|heard| heard.contains(WRONG)).count();
    let (grown, spent) = (salon.memory().saturating_sub(memory), salon.processor_time().saturating_sub(time));
    println!("slowest ping {slowest:?}, {} KiB, {spent:?}, {checked} checked", grown / 1024);
    assert!((20..60).contains(&checked), "{checked}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert!(grown < 8 * 1024 * 1024, "{grown}");
}
