//! Operators in the chat, with the real binary: their file, their passwords, and what becomes of what they type.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use salon::base::limits::OPERATORS;
use salon::cli::read_operators;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT, command, output, until_ended};
use crate::support::terminal::Terminal;

/// A hash of `sesame` that costs little to check.
const CHEAP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$2/OCR5YJ4lKyzJ9uxZe7DA$kVebRrklDKw8rnQ6dWSFm5bBlZV30nJIx3Vc/BoyhI4";

/// What `salon hash-password` does with this input.
fn hash_password(input: &str) -> Output {
    let folder = Folder::new();
    let mut command = command(folder.path(), &["hash-password"]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    until_ended(child)
}

/// A server with a file that says this, and the folder of that file.
fn with_opers(content: &str, options: &[&str]) -> (Salon, Folder, PathBuf) {
    let folder = Folder::new();
    let path = folder.path().join("opers");
    fs::write(&path, content).unwrap();
    let salon = Salon::start(&[&["--opers", path.to_str().unwrap()], options].concat());
    (salon, folder, path)
}

/// A client of IRC with this nick.
fn irc(salon: &Salon, nick: &str) -> Peer {
    let mut peer = Peer::connect(salon.port);
    peer.send(format!("NICK {nick}\r\nUSER u 0 * :u\r\n").as_bytes());
    peer.until(":There is no message of the day\r\n");
    peer
}

/// What `salon ctl` with these words prints, and whether it was done.
fn ctl(salon: &Salon, words: &[&str]) -> (String, bool) {
    let port = salon.port.to_string();
    let words = [&["ctl", "-p", &port], words].concat();
    let output = output(&mut command(salon.folder.path(), &words));
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

/// All that a server has stored, and its log.
fn stored(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            bytes.extend(stored(&entry));
        } else if entry.is_file() {
            bytes.extend(fs::read(entry).unwrap());
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

#[test]
fn a_password_that_was_hashed_makes_an_operator_and_is_written_nowhere() {
    let Output { stdout, status, .. } = hash_password("open sesame\n");
    assert!(status.success());
    let hash = String::from_utf8(stdout).unwrap();
    let (salon, _folder, _) = with_opers(&format!("root {hash}"), &["--log-level", "trace"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut iris = irc(&salon, "Iris");
    iris.send(b"JOIN #lobby\r\nOPER mistyped-name open-sesame\r\n");
    iris.until(" 464 Iris :");
    iris.send(b"OPER root :open sesame\r\nKILL Bob :too loud\r\n");
    iris.until(" 381 Iris :");
    iris.until(":User Bob was removed!");
    bob.until("too loud");
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("/oper another-name another-word");
    ann.until("not the name and the password");
    ann.say("said");
    ann.until("Ann: said\n");
    let end = Instant::now() + TEST_TIMEOUT;
    let who = "the operator root, Iris (127.0.0.1:";
    while !salon.log().contains("types: kick Bob too loud") {
        assert!(Instant::now() < end, "{}", salon.log());
        std::thread::yield_now();
    }
    let log = salon.log();
    assert!(log.lines().any(|line| line.contains(who) && line.contains("types: kick Bob")), "{log}");
    assert!(log.contains("gave a wrong name or password of an operator"), "{log}");
    let all = stored(salon.folder.path());
    assert!(holds(&all, "said"));
    for secret in ["open sesame", "open-sesame", "mistyped-name", "another-name", "another-word"] {
        assert!(!holds(&all, secret), "{secret}");
    }
}

#[test]
fn a_terminal_does_not_show_the_password() {
    let folder = Folder::new();
    let mut terminal = Terminal::new(120, 20);
    let mut program = terminal.run(&mut command(folder.path(), &["hash-password"]));
    terminal.shows("Password:");
    terminal.type_keys("sesame\r");
    terminal.shows("Again:");
    terminal.type_keys("sesame\r");
    assert_eq!(terminal.until_ended(&mut program), Some(0));
    terminal.shows_row_with("$argon2id$v=19$m=19456,t=2,p=1$");
    let mut program = terminal.run(&mut command(folder.path(), &["hash-password"]));
    terminal
        .until("another question", |it| it.screen().iter().filter(|row| *row == "Password:").count() == 2);
    terminal.type_keys("sesame\r");
    terminal.until("another one", |it| it.screen().iter().filter(|row| *row == "Again:").count() == 2);
    terminal.type_keys("Sesame\r");
    assert_eq!(terminal.until_ended(&mut program), Some(1));
    terminal.shows_row_with("these are two different passwords");
    let written = String::from_utf8_lossy(&terminal.written).into_owned();
    assert!(!written.contains("esame"), "{written}");
    let Output { stderr, status, .. } = hash_password("\n");
    assert!(!status.success() && String::from_utf8_lossy(&stderr).contains("1 to 256 bytes"));
}

#[test]
fn a_server_does_not_start_with_a_wrong_line() {
    let folder = Folder::new();
    let path = folder.path().join("opers");
    let hash = "$2b$12$abcdefghijklmnopqrstuv";
    for (content, why) in [
        (format!("# who\nroot {CHEAP}\nann {hash}\n"), "opers, line 3: the second word is no good: "),
        ("root\n".to_owned(), "opers, line 1: it must be two words. Write a name, a space, and what salon"),
        ("# nobody\n".to_owned(), "opers names no operator. "),
    ] {
        fs::write(&path, content).unwrap();
        let words = ["serve", "--port", "0", "--data", "none", "--opers", path.to_str().unwrap()];
        let output = output(&mut command(folder.path(), &words));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(why), "{said}");
        assert!(said.lines().count() == 1 && !said.contains(hash), "{said}");
    }
}

#[test]
fn a_file_is_only_so_long() {
    let folder = Folder::new();
    let path = folder.path().join("opers");
    let lines = |count: usize| -> Vec<String> { (0..count).map(|at| format!("ann{at} {CHEAP}")).collect() };
    let read = |lines: &[String]| {
        fs::write(&path, lines.join("\n")).unwrap();
        read_operators(&path).map(|operators| operators.len())
    };
    assert_eq!(read(&lines(OPERATORS)), Ok(OPERATORS));
    let said = read(&lines(OPERATORS + 1)).unwrap_err();
    assert!(said.contains("opers names more than 100 operators. Shorten it."), "{said}");
    let said = read(&["#".repeat(70_000)]).unwrap_err();
    assert!(said.contains("opers is longer than 65536 bytes. Shorten it."), "{said}");
}

#[test]
fn the_file_is_read_again_and_a_wrong_one_changes_nothing() {
    let folder = Folder::new();
    let motd = folder.path().join("motd");
    fs::write(&motd, "Old news\n").unwrap();
    let content = format!("root {CHEAP}\nann {CHEAP}\n");
    let (salon, _folder, path) = with_opers(&content, &["--motd", motd.to_str().unwrap()]);
    let operator = |nick: &str, name: &str| {
        let mut peer = Peer::connect(salon.port);
        peer.send(format!("NICK {nick}\r\nUSER u 0 * :u\r\nOPER {name} sesame\r\n").as_bytes());
        peer.until(" 381 ");
        peer
    };
    let (mut root, mut ann) = (operator("Root", "root"), operator("Anna", "ann"));
    fs::write(&path, "root sesame\n").unwrap();
    fs::write(&motd, "New news\n").unwrap();
    let (said, is_done) = ctl(&salon, &["reload"]);
    assert!(!is_done && said.contains("Not all is read again: the operators stay as they are: "), "{said}");
    assert!(
        said.contains("opers, line 1: the second word is no good: it is no hash of a password."),
        "{said}"
    );
    root.send(b"MOTD\r\nREHASH\r\n");
    root.until("- New news");
    root.until(" 382 Root ");
    root.until(":Not all is read again: ");
    fs::write(&path, format!("ann {CHEAP}\n")).unwrap();
    ann.send(b"REHASH\r\n");
    ann.until(":The files are read again.");
    root.until(" MODE Root -o");
    root.until(":You are no operator of the server any more.");
    root.send(b"REHASH\r\nMODE Root\r\n");
    root.until(" 481 Root :");
    root.until(" 221 Root +");
    assert_eq!(root.until("\r\n"), "i\r\n");
    assert_eq!(ctl(&salon, &["reload"]), ("The files are read again.\n".to_owned(), true));
    ann.send(b"CTL rooms\r\nSTATS o\r\n");
    ann.until(":lobby");
    let named = ann.until(" 219 Anna o ");
    assert!(named.contains(" 243 Anna O * * ann\r\n") && !named.contains("root"), "{named}");
}

#[test]
fn die_ends_the_service_for_an_operator_and_for_nobody_else() {
    let (mut salon, _folder, _) = with_opers(&format!("root {CHEAP}\n"), &[]);
    let mut iris = irc(&salon, "Iris");
    iris.send(b"DIE\r\n");
    iris.until(" 481 Iris :");
    iris.send(b"OPER root sesame\r\nDIE\r\n");
    iris.until(":The service is stopping.");
    assert!(salon.wait().success());
}

/// Checks take long, and nobody waits for them.
#[test]
fn many_guesses_slow_nobody_down() {
    let Output { stdout, .. } = hash_password("sesame\n");
    let hash = String::from_utf8(stdout).unwrap();
    let (salon, _folder, _) = with_opers(&format!("root {hash}"), &[]);
    let mut ann = Peer::connect(salon.port);
    ann.say(r#"{"type":"hello","version":1,"name":"Ann"}"#);
    ann.until(r#""type":"hello""#);
    let mut guessers: Vec<Peer> = (0..20).map(|number| irc(&salon, &format!("Guest{number}"))).collect();
    for guesser in &mut guessers {
        guesser.send(b"OPER root wrong\r\n");
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let asked = Instant::now();
        ann.say(r#"{"type":"ping"}"#);
        ann.until(r#"{"type":"pong"}"#);
        slowest = slowest.max(asked.elapsed());
    }
    println!("slowest ping {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    // Each is checked, or told that others are.
    for guesser in &mut guessers {
        let told = guesser.until("\r\n");
        assert!(told.contains(" 464 ") || told.contains(" 263 "), "{told}");
    }
}
