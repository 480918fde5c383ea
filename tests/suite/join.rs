//! `salon join`, the real binary: as a filter, and on a terminal.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use salon::client::terminal::Guard;

use crate::support::old_lines::without_clock;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, TEST_TIMEOUT, command, output, until_ended};
use crate::support::terminal::Terminal;

const REMOVED: &str = "You have been removed from the chat by the host. The following reason was given: ";
const REFUSED: &str =
    "No program listens there. Start it there with \"salon serve\", or name its port: HOST:PORT.";
const OLD: &str = "------------[Start old messages]------------\n";
const NEW: &str = "------------[Start new messages]------------\n";

/// Runs the client as a filter of `input`.
fn filter(port: u16, words: &[&str], input: &str) -> Output {
    let folder = Folder::new();
    let port = port.to_string();
    let mut child = command(folder.path(), &[&["join", "-p", &port], words].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A removed client does not read all of it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    until_ended(child)
}

/// Exit status, standard output, standard error.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Starts the client on a terminal, and waits until it is in the room.
fn sit_down(salon: &Salon, name: &str, terminal: &mut Terminal) -> Killed {
    let port = salon.port.to_string();
    let words = ["join", "--Dest", "localhost", "--Port", &port, "--Username", name];
    let client = terminal.run(&mut command(salon.folder.path(), &words));
    terminal.shows_row_with(&format!("You have joined the chat with username {name}!"));
    client
}

#[test]
fn lines_in_lines_out() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("before");
    ann.until("Ann: before\n");
    let output = filter(salon.port, &["-u", "Script", "--commands"], "hi\n\n/me waves\r\n//usr\n/who\nlast");
    let expected = "You have joined the chat with username Script!\n\
                    Script: hi\n* Script waves\nScript: /usr\n2 in the lobby: Ann and Script.\nScript: last\n";
    assert_eq!(said(&output), (Some(0), expected.to_owned(), String::new()));
    ann.until("Script: last\n");
    ann.until("Host: User Script left the chat.\n");
}

#[test]
fn a_pipeline_hears_of_the_past_what_it_asks_for() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    for text in ["one", "two", "three"] {
        ann.say(text);
        ann.until(&format!("Ann: {text}\n"));
    }
    let (status, out, _) = said(&filter(salon.port, &["-u", "Script", "--history", "2"], ""));
    assert_eq!(status, Some(0));
    let lines: Vec<&str> = out.lines().map(without_clock).collect();
    let (old, new) = (OLD.trim_end(), NEW.trim_end());
    let joined = "You have joined the chat with username Script!";
    assert_eq!(lines, [joined, old, "(1 earlier: /history 3)", "Ann: two", "Ann: three", new]);
    assert!(out.contains("] Ann: two\n"), "with its time: {out}");
    // Who sits at a terminal hears what everybody hears.
    let mut terminal = Terminal::new(100, 20);
    let _client = sit_down(&salon, "Eve", &mut terminal);
    terminal.shows_row_with("Ann: one");
    terminal.shows_row_with("Ann: three");
    let mut terminal = Terminal::new(100, 20);
    let words = ["join", "-p", &salon.port.to_string(), "-u", "Kim", "--history", "1"];
    let _client = terminal.run(&mut command(salon.folder.path(), &words));
    terminal.shows_row_with("(2 earlier: /history 3)");
    terminal.shows_row_with("Ann: three");
}

#[test]
fn in_a_pipe_lines_are_words_and_the_status_tells_whether_all_was_heard() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let lines = "/usr/bin/ld: cannot find -lfoo\n/leave\n  indented\n/exit\r\nd\u{1b}[1m";
    let (status, _, err) = said(&filter(salon.port, &["-u", "Builder"], lines));
    assert_eq!((status, err.as_str()), (Some(0), ""));
    for line in ["/usr/bin/ld: cannot find -lfoo", "/leave", "  indented", "/exit", "d\u{fffd}[1m"] {
        ann.until(&format!("Builder: {line}\n"));
    }
    salon.type_line("mute Builder for 1h");
    salon.line("Builder is muted");
    let (status, _, err) = said(&filter(salon.port, &["-u", "Builder"], "one\ntwo\n"));
    assert_eq!(status, Some(1));
    assert!(err.starts_with("2 lines were not heard: You are muted"), "{err}");

    let to = format!("localhost:{}", salon.port);
    let (status, out, _) = said(&filter(1, &["-d", &to, "--commands"], "hi\n/history\n"));
    assert_eq!(status, Some(0));
    assert!(out.ends_with("  Chat_User: hi\n"), "{out}");
}

#[test]
fn pipes_of_all_kinds() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let long = format!("before\n{}\nafter\n", "x".repeat(5_000));
    let garbage = "\u{0}\u{7}\u{1b}]0;title\u{7}\u{9b}2J\u{202e}x\r\r\n";
    for (n, (input, heard, all)) in [
        ("", &[][..], true),
        ("\n\r\n\n", &[], true),
        ("no end", &["no end"], true),
        ("one\r\n\r\ntwo", &["one", "two"], true),
        (garbage, &["\u{fffd}\u{fffd}\u{fffd}]0;title"], true),
        (&long, &["before", "after"], false),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Pipe{n}");
        let (status, out, err) = said(&filter(salon.port, &["-u", &name], input));
        assert_eq!((status, err.is_empty()), (Some(i32::from(!all)), all), "{input:?}: {err}");
        for text in heard {
            assert!(out.contains(&format!("\n{name}: {text}")), "{out}");
            ann.until(&format!("{name}: {text}"));
        }
        let own = out.lines().filter(|line| line.starts_with(&format!("{name}: "))).count();
        assert_eq!(own, heard.len(), "{out}");
        assert!(!out.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{out:?}");
    }
}

/// The input of a filter is delivered whether or not anybody reads its output.
#[test]
fn nobody_has_to_read_what_a_pipe_prints() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let bin = env!("CARGO_BIN_EXE_salon");
    for (n, reader) in ["| head -1", ">&-", ">&- 2>&-", "| true"].iter().enumerate() {
        let script = format!(
            "(printf '1\n2\n3\n4\n5\n'; echo 6) | ({bin} join -p {} -u Pipe{n}; echo $? > status) {reader}",
            salon.port
        );
        let mut shell = Command::new("sh");
        assert!(shell.args(["-c", &script]).current_dir(salon.folder.path()).status().is_ok());
        ann.until(&format!("Pipe{n}: 6\n"));
        ann.until(&format!("User Pipe{n} left the chat.\n"));
        let status = salon.folder.path().join("status");
        let end = Instant::now() + TEST_TIMEOUT;
        while std::fs::read_to_string(&status).unwrap_or_default() != "0\n" {
            assert!(Instant::now() < end, "{reader}: {:?}", std::fs::read_to_string(&status));
            thread::yield_now();
        }
        std::fs::remove_file(&status).unwrap();
    }
}

/// A server that ends in the middle: the exit status and a count tell that lines were not delivered.
#[test]
fn a_server_that_goes_in_the_middle_of_a_pipe() {
    for signal in [Signal::TERM, Signal::KILL] {
        let salon = Salon::start(&[]);
        let mut ann = Peer::join(salon.port, "Ann");
        let port = salon.port.to_string();
        let mut client = command(salon.folder.path(), &["join", "-p", &port, "-u", "Builder"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines: Vec<String> = (0..1_000).map(|n| format!("line {n}.\n")).collect();
        client.stdin.take().unwrap().write_all(lines.concat().as_bytes()).unwrap();
        ann.until("Builder: line 3.\n");
        salon.signal(signal);
        let (status, _, err) = said(&until_ended(client));
        assert_eq!(status, Some(1));
        // Some lines were delivered, and the count is a lower bound.
        let (_, count) = err.split_once('\n').unwrap();
        let count = count.strip_prefix("At least ").unwrap_or(count);
        let count: usize = count.split_once(" lines were not heard").unwrap().0.parse().unwrap();
        assert!((1..=1_000).contains(&count), "{err}");
    }
}

#[test]
fn a_terminal_that_can_do_nothing_gets_lines() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    for (n, term) in ["dumb", "unknown", ""].into_iter().enumerate() {
        let (name, port) = (format!("Plain{n}"), salon.port.to_string());
        let mut terminal = Terminal::new(80, 10);
        let before = terminal.modes();
        let mut command = command(salon.folder.path(), &["join", "-p", &port, "-u", &name]);
        let mut client = terminal.run(command.env("TERM", term));
        terminal.shows(&format!("You have joined the chat with username {name}!"));
        assert_eq!(terminal.modes(), before);
        // Typed lines may be commands here, too.
        terminal.type_keys("Hello.\r/who\r");
        ann.until(&format!("{name}: Hello.\n"));
        terminal.shows(&format!("2 in the lobby: Ann and {name}."));
        if n == 0 {
            let mut other = Salon::start(&[]);
            let port = other.port.to_string();
            let mut terminal = Terminal::new(100, 10);
            let words = ["join", "-p", &port, "-u", &name];
            let mut client = terminal.run(self::command(other.folder.path(), &words).env("TERM", term));
            terminal.shows_row_with(&format!("You have joined the chat with username {name}!"));
            other.type_line("exit");
            terminal.shows("The service has ended. When it is back, start this program again to join it.");
            assert_eq!(terminal.until_ended(&mut client), Some(1));
        }
        terminal.type_keys("/exit\r");
        assert_eq!(terminal.until_ended(&mut client), Some(0));
        assert!(!terminal.written.contains(&0x1b), "{:?}", String::from_utf8_lossy(&terminal.written));
    }
}

/// Ctrl-Z restores the terminal for the shell, also if a script runs the client; `fg` resumes the client.
#[cfg(target_os = "linux")]
#[test]
fn it_is_suspended_and_comes_back() {
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let bin = env!("CARGO_BIN_EXE_salon");
    for (n, (before, after)) in [("", ""), ("sh -c '", "; true'")].into_iter().enumerate() {
        let mut terminal = Terminal::new(80, 20);
        let modes = terminal.modes();
        let join = format!("{before}{bin} join -p {} -u Ann{n}{after}", salon.port);
        let script = format!("set -m; {join}; echo 'it sleeps'; read x; fg > /dev/null; echo 'it is over'");
        let mut shell = terminal
            .run(Command::new("setsid").args(["--ctty", "--wait", "sh", "-c", &script]).env("TERM", "xterm"));
        terminal.shows_row_with(&format!("You have joined the chat with username Ann{n}!"));
        terminal.type_keys("half");
        terminal.shows("> half");
        let raw = terminal.modes();
        assert_ne!(raw, modes);
        terminal.type_keys("\x1a");
        terminal.shows("it sleeps");
        assert_eq!(terminal.modes(), modes);
        assert!(terminal.written.windows(8).any(|bytes| bytes == b"\x1b[?2004l"));
        bob.say("Where is she?");
        terminal.type_keys("\r");
        terminal.shows("> half");
        terminal.shows_row_with("Bob: Where is she?");
        assert_eq!(terminal.modes(), raw);
        terminal.type_keys(" a line\r");
        bob.until(&format!("Ann{n}: half a line\n"));
        terminal.type_keys("/exit\r");
        terminal.shows("it is over");
        assert_eq!(terminal.modes(), modes);
        terminal.until_ended(&mut shell);
    }
}

/// A signal stops it, and the shell changes the modes meanwhile.
#[test]
fn a_client_stopped_by_a_signal_redraws() {
    let salon = Salon::start(&[]);
    let mut terminal = Terminal::new(80, 10);
    let before = terminal.modes();
    let mut client = sit_down(&salon, "Ann", &mut terminal);
    terminal.type_keys("half");
    terminal.shows("> half");
    let (pid, raw) = (Pid::from_child(&client.0), terminal.modes());
    kill_process(pid, Signal::STOP).unwrap();
    terminal.set_usual_modes();
    assert_eq!(terminal.modes(), before);
    kill_process(pid, Signal::CONT).unwrap();
    terminal.until("raw modes", |terminal| terminal.modes() == raw);
    terminal.type_keys("\x15/exit\r");
    assert_eq!(terminal.until_ended(&mut client), Some(0));
    assert_eq!(terminal.modes(), before);
}

#[test]
fn exit_ends_a_filter_before_its_input_does() {
    let salon = Salon::start(&[]);
    let (status, out, _) = said(&filter(salon.port, &["--commands"], "one\n/exit\nnever said\n"));
    assert_eq!(status, Some(0));
    assert!(out.starts_with("You have joined the chat with username Chat_User!\n"), "{out}");
    assert!(out.ends_with("Chat_User: one\nYou are disconnecting from the chat.\n"), "{out}");
}

#[test]
fn a_filter_keeps_below_the_usual_spam_limit() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let (status, out, err) = said(&filter(salon.port, &["-u", "Script"], "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"));
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.ends_with("Script: 9\nScript: 10\n") && !out.contains("Slow down"), "{out}");
    ann.until("Script: 10\n");
}

#[test]
fn a_filter_that_is_removed_says_so() {
    let salon = Salon::start(&["--spam-limit", "3/1m"]);
    let output = filter(salon.port, &["-u", "Script"], "1\n2\n3\n4\n5\n");
    let (status, _, err) = said(&output);
    assert_eq!(status, Some(1));
    assert!(err.starts_with(&format!("{REMOVED}Sending too many messages in rapid succession!\n")), "{err}");
    assert!(err.contains("not heard: "), "{err}");
}

#[test]
fn a_filter_says_what_it_cannot_say() {
    let salon = Salon::start(&[]);
    let (status, out, err) = said(&filter(salon.port, &[], &format!("{}\nshort\n", "x".repeat(5_000))));
    assert_eq!(status, Some(1));
    assert!(err.contains("That is 5000 bytes, and a message has at most 4096."), "{err}");
    assert!(out.ends_with("Chat_User: short\n"), "{out}");
}

#[test]
fn no_server_no_name_no_room() {
    let salon = Salon::start(&[]);
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let nobody = filter(free, &[], "hi\n");
    let sentence = format!(
        "Unable to connect to the chat server on destination localhost and port {free}.\n{REFUSED}\n"
    );
    assert_eq!(said(&nobody), (Some(1), String::new(), sentence));

    let _ann = Peer::join(salon.port, "Ann");
    for (words, why) in [
        (["-u", "ann"], "The name ann is taken. Choose another with -u NAME.\n"),
        (["-u", "A nn"], "A name is one word, without spaces. Choose another with -u NAME.\n"),
        (
            ["-r", "attic"],
            "There is no room attic. There are lobby, round, chaty and thrones. /open attic opens it. Choose another with -r ROOM.\n",
        ),
        (["-d", "fe80::1%nosuch0"], "There is no network interface called nosuch0. Is it spelled right?\n"),
        (["-d", "no.such.invalid"], "There is no host called no.such.invalid. Is it spelled right?\n"),
    ] {
        let (status, out, err) = said(&filter(salon.port, &words, "hi\n"));
        assert_eq!((status, out.as_str()), (Some(1), ""), "{words:?}");
        assert!(err.starts_with(why), "{err}");
    }
}

#[test]
fn a_filter_whose_server_goes() {
    let mut salon = Salon::start(&[]);
    for (signal, sentence) in [
        (Signal::TERM, format!("{REMOVED}The service is stopping!\n")),
        (Signal::KILL, "The connection with the chat server has stopped.\n".into()),
    ] {
        let mut ann = Peer::join(salon.port, "Ann");
        let port = salon.port.to_string();
        let mut client = command(salon.folder.path(), &["join", "-p", &port, "-u", "Script"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        ann.until("User Script has joined the chat!\n");
        // Its input has not ended.
        let _input = client.stdin.take();
        salon.signal(signal);
        let (status, _, err) = said(&until_ended(client));
        assert_eq!((status, err), (Some(1), sentence));
        salon = Salon::start(&[]);
    }
}

#[test]
fn a_long_sentence_while_others_talk() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut terminal = Terminal::new(200, 20);
    let mut client = sit_down(&salon, "Ann", &mut terminal);
    let sentence = "Nothing that anybody says, however fast, costs me a letter: 日本語, ünïcödé, 👍 and all.";
    let mut typed = String::new();
    for (n, letter) in sentence.chars().enumerate() {
        // One typed letter between two messages; this runs much faster than 50 messages a second.
        for m in 0..2 {
            bob.say(&format!("message {n}.{m}"));
        }
        terminal.type_keys(&letter.to_string());
        typed.push(letter);
        let (input, last) = (format!("> {}", typed.trim_end()), format!("Bob: message {n}.1"));
        terminal.until(&format!("{input} below {last}"), |terminal| {
            let screen = terminal.screen();
            screen.iter().any(|row| row.ends_with(&last)) && screen.contains(&input)
        });
    }
    terminal.type_keys("\r");
    bob.until(&format!("Ann: {sentence}\n"));
    terminal.until("an empty input line", |terminal| terminal.screen().iter().any(|row| row == ">"));
    terminal.type_keys("/exit\r");
    assert_eq!(terminal.until_ended(&mut client), Some(0));
    assert_eq!(terminal.screen().last().unwrap(), "You are disconnecting from the chat.");
}

#[test]
fn a_paste_is_one_message_after_a_question() {
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut terminal = Terminal::new(100, 10);
    let _client = sit_down(&salon, "Ann", &mut terminal);
    terminal.type_keys("Look: ");
    terminal.type_keys("\x1b[200~fn main() {\r\tprintln!();\r}\x1b[201~");
    terminal.shows("Send the 3 pasted lines as one message? y: send, e: edit, n: drop");
    terminal.type_keys("y");
    bob.until("Ann: Look: fn main() {\n  |     println!();\n  | }\n");
}

#[test]
fn the_terminal_is_as_it_was() {
    let salon = Salon::start(&[]);
    for way in ["\x04", "/exit\r"] {
        let mut terminal = Terminal::new(80, 10);
        let before = terminal.modes();
        let mut client = sit_down(&salon, "Ann", &mut terminal);
        assert_ne!(terminal.modes(), before);
        terminal.type_keys(way);
        assert_eq!(terminal.until_ended(&mut client), Some(0));
        assert_eq!(terminal.modes(), before);
    }
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut terminal = Terminal::new(80, 10);
        let before = terminal.modes();
        let mut client = sit_down(&salon, "Ann", &mut terminal);
        kill_process(Pid::from_child(&client.0), signal).unwrap();
        assert_eq!(terminal.until_ended(&mut client), Some(0), "{signal:?}");
        assert_eq!(terminal.modes(), before);
        assert!(terminal.written.ends_with(b"You are disconnecting from the chat.\r\n"));
        let written = String::from_utf8_lossy(&terminal.written);
        assert_eq!(written.matches("\x1b[?2004h").count(), written.matches("\x1b[?2004l").count().min(1));
    }
}

#[test]
fn a_terminal_that_does_not_say_where_its_cursor_is() {
    let salon = Salon::start(&[]);
    let mut terminal = Terminal::new(80, 10);
    terminal.answers = false;
    let mut client = sit_down(&salon, "Ann", &mut terminal);
    terminal.type_keys("\x04");
    assert_eq!(terminal.until_ended(&mut client), Some(0));
}

#[test]
fn on_a_terminal_without_a_server() {
    let folder = Folder::new();
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut terminal = Terminal::new(100, 10);
    let before = terminal.modes();
    let mut client = terminal.run(&mut command(folder.path(), &["join", "-p", &free.to_string()]));
    assert_eq!(terminal.until_ended(&mut client), Some(1));
    let sentence = format!("Unable to connect to the chat server on destination localhost and port {free}.");
    assert_eq!(terminal.screen(), [sentence.as_str(), REFUSED]);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn on_a_terminal_a_name_is_asked_for_again() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut terminal = Terminal::new(100, 10);
    let port = salon.port.to_string();
    let _client = terminal.run(&mut command(salon.folder.path(), &["join", "-p", &port, "-u", "ann"]));
    terminal.shows_row_with("The name ann is taken. Type another name here, or start with -u NAME.");
    terminal.shows_row_with("Name:");
    terminal.type_keys("Anna\r");
    ann.until("User Anna has joined the chat!\n");
    terminal.shows_row_with("2 here: Anna (you), Ann");
}

#[test]
fn the_question_for_another_name_can_be_answered_with_exit() {
    let salon = Salon::start(&[]);
    let _ann = Peer::join(salon.port, "Ann");
    let mut terminal = Terminal::new(100, 10);
    let port = salon.port.to_string();
    let mut client = terminal.run(&mut command(salon.folder.path(), &["join", "-p", &port, "-u", "ann"]));
    terminal.shows_row_with("Name:");
    terminal.type_keys("/exit\r");
    assert_eq!(terminal.until_ended(&mut client), Some(0));
}

#[test]
fn a_removed_client_says_why_and_does_not_reconnect() {
    let mut salon = Salon::start(&[]);
    let mut terminal = Terminal::new(120, 10);
    let mut client = sit_down(&salon, "Ann", &mut terminal);
    salon.type_line("kick Ann for the demonstration");
    assert_eq!(terminal.until_ended(&mut client), Some(1));
    assert_eq!(*terminal.screen().last().unwrap(), format!("{REMOVED}the demonstration"));
}

#[test]
fn a_server_that_goes_and_comes_back() {
    let salon = Salon::start(&[]);
    let port = salon.port.to_string();
    let mut terminal = Terminal::new(120, 20);
    let folder = Folder::new();
    let _client = terminal.run(&mut command(folder.path(), &["join", "-p", &port, "-u", "Ann"]));
    terminal.shows_row_with("You have joined the chat with username Ann!");
    terminal.type_keys("before\r");
    terminal.shows_row_with("Ann: before");
    salon.signal(Signal::KILL);
    terminal.shows_row_with("The connection with the chat server has stopped.");
    terminal.shows_row_with("no connection, trying again in");
    terminal.type_keys("meanwhile\r");
    terminal.shows_row_with("1 message to send");
    terminal.type_keys("half a sen");
    drop(salon);
    let again = Salon::with(&[], |serve| {
        *serve =
            command(folder.path(), &["serve", "--port", &port, "--host-interval", "off", "--bots", "none"]);
        serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    terminal.shows_row_with("Ann: meanwhile");
    terminal.shows("> half a sen");
    terminal.type_keys("tence\r");
    terminal.shows_row_with("Ann: half a sentence");
    assert_eq!(again.port.to_string(), port);
}

#[test]
fn a_window_of_another_size() {
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut terminal = Terminal::new(80, 10);
    let client = sit_down(&salon, "Ann", &mut terminal);
    terminal.type_keys("half a sen");
    terminal.shows("> half a sen");
    for (columns, rows) in [(40, 10), (100, 24), (30, 5), (80, 2), (80, 1), (80, 10)] {
        terminal.resize(&client, columns, rows);
        bob.say(&format!("{columns}x{rows}"));
        terminal.until("the same input line once", |terminal| {
            let screen = terminal.screen();
            let said = rows < 3 || screen.iter().any(|row| row.ends_with(&format!("Bob: {columns}x{rows}")));
            said && screen.iter().filter(|row| *row == "> half a sen").count() == 1
        });
    }
    terminal.type_keys("tence\r");
    bob.until("Ann: half a sentence\n");
}

#[test]
fn a_panic_leaves_the_terminal_as_it_was() {
    let mut terminal = Terminal::new(80, 10);
    let before = terminal.modes();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "join::panics", "--nocapture"]).env(ON_PURPOSE, "1");
    let mut program = terminal.run(&mut command);
    assert_eq!(terminal.until_ended(&mut program), Some(101));
    assert_eq!(terminal.modes(), before);
    let written = String::from_utf8_lossy(&terminal.written);
    let (raw, report) = (written.find("\x1b[?2004h"), written.find("as it should"));
    assert!(raw.is_some() && raw < report, "{written}");
    assert!(written.find("\x1b[?2004l") < report, "restored before it is told of: {written}");
}

/// Makes the test below panic.
const ON_PURPOSE: &str = "SALON_TEST_PANICS_ON_PURPOSE";

/// For the test above, on a terminal of its own.
#[test]
fn panics() {
    if std::env::var_os(ON_PURPOSE).is_none() {
        return;
    }
    let _guard = Guard::enter().unwrap();
    panic!("as it should");
}

/// A terminal that knows no bracketed paste sends lines as keys, but faster than anybody types.
#[test]
fn a_paste_as_keys_is_a_question_too() {
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut terminal = Terminal::new(100, 10);
    let _client = sit_down(&salon, "Ann", &mut terminal);
    terminal.type_keys("fn main() {\rprintln!();\r}\r");
    terminal.shows("Send the 3 pasted lines as one message? y: send, e: edit, n: drop");
    terminal.type_keys("y");
    bob.until("Ann: fn main() {\n  | println!();\n  | }\n");
}

#[test]
fn a_configuration_says_where_to_go_and_who_one_is() {
    let mut salon = Salon::start(&[]);
    let file = salon.folder.path().join("salon").join("join.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, format!("name = 'Anna'\n[servers]\nhome = 'localhost:{}'\n", salon.port)).unwrap();
    let run = |words: &[&str]| {
        let mut join = command(salon.folder.path(), &[&["join"], words].concat());
        said(&output(&mut join))
    };
    let (status, out, _) = run(&["home"]);
    assert_eq!(status, Some(0));
    assert!(out.starts_with("You have joined the chat with username Anna!\n"), "{out}");
    std::fs::write(&file, "name = 'Anna'\ncolour = 'none'\n").unwrap();
    let (status, out, err) = run(&["home"]);
    let why = "line 2: there is no key colour. Known: name, servers, colours, notifications, ignores.";
    assert_eq!((status, out.as_str(), err), (Some(1), "", format!("salon: {}, {why}\n", file.display())));
    std::fs::write(&file, format!("name = 'Anna'\n{}", "#".repeat(64 * 1024))).unwrap();
    let (status, _, err) = run(&["home"]);
    let told = |why: &str| format!("salon: {}{why}\n", file.display());
    assert_eq!((status, err), (Some(1), told(" is longer than 65536 bytes. Shorten it.")));
    std::fs::write(&file, b"name = '\xff'").unwrap();
    assert_eq!(run(&["home"]).2, told(" is not UTF-8 text. Save it as UTF-8."));
    // It does not wait for a writer.
    std::fs::remove_file(&file).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &file, mode).unwrap();
    assert_eq!(run(&["home"]).2, told(" is not a file. Remove it, or put your configuration there."));
    salon.type_line("exit");
}

/// In a pipeline, several lines are marked as netcat's are, and those that the user ignores are not printed.
#[test]
fn a_pipeline_marks_further_lines_and_ignores_whom_the_user_ignores() {
    let mut salon = Salon::start(&[]);
    let file = salon.folder.path().join("salon").join("join.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "ignores = ['bob']").unwrap();
    let mut page = crate::websocket::Page::join(salon.port, "Page");
    page.send(&serde_json::json!({"type": "say", "text": "one\ntwo"}));
    page.until("said");
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("psst");
    bob.until("Bob: psst\n");
    bob.say("/me waves");
    bob.until("* Bob waves\n");
    let port = salon.port.to_string();
    let words = ["join", "-d", "localhost", "-p", &port, "-u", "Ann", "--history", "10"];
    let mut join = command(salon.folder.path(), &words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bob.until("User Ann has joined the chat!\n");
    bob.say("/msg Ann secret");
    bob.until("[you to Ann] secret\n");
    page.send(&serde_json::json!({"type": "say", "text": "three"}));
    bob.until("Page: three\n");
    drop(join.stdin.take());
    let (status, out, err) = said(&until_ended(join));
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.contains("] Page: one\n  | two\n") && out.contains("\nPage: three\n"), "{out}");
    assert!(!out.contains("psst") && !out.contains("waves") && !out.contains("secret"), "{out}");
    salon.type_line("exit");
}
