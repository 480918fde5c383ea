//! `salon ctl` and the control socket.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use rustix::process::{Signal, geteuid};
use salon::base::limits::{
    CONSOLE_LINE_BYTES, CONTROL_CONNECTIONS, CONTROL_QUEUE_BYTES, CONTROL_REPLY_BYTES,
};
use salon::cli::Cli;
use serde_json::{Value, json};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT, command, output, until_ended};
use crate::support::terminal::Terminal;

/// The default path of a server's socket.
fn usual(salon: &Salon) -> PathBuf {
    salon.folder.path().join(format!("salon-{}.sock", salon.port))
}

/// What `salon ctl` with these words prints, and its exit status.
fn ctl(salon: &Salon, words: &[&str]) -> (String, Option<i32>) {
    let port = salon.port.to_string();
    let words = [&["ctl", "-p", &port], words].concat();
    let output = output(&mut command(salon.folder.path(), &words));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

/// The same with `--json`.
fn ctl_json(salon: &Salon, words: &[&str]) -> (Value, Option<i32>) {
    let (said, status) = ctl(salon, &[&["--json"], words].concat());
    assert_eq!(said.lines().count(), 1, "{said}");
    (serde_json::from_str(&said).unwrap(), status)
}

/// The same with this input.
fn ctl_with(salon: &Salon, words: &[&str], input: &str) -> Output {
    let port = salon.port.to_string();
    let words = [&["ctl", "-p", &port], words].concat();
    let mut command = command(salon.folder.path(), &words);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    until_ended(child)
}

/// Runs the binary with these words until it ends by itself: exit status, standard error, which is one line.
fn fails(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = output(&mut command(folder, words));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    (output.status.code(), said)
}

/// An operator's raw connection.
fn raw(path: &Path) -> Peer {
    Peer::over(OwnedFd::from(UnixStream::connect(path).unwrap()))
}

fn reply(peer: &mut Peer) -> Value {
    serde_json::from_str(&peer.until("\n")).unwrap()
}

#[test]
fn every_command_for_people() {
    let salon = Salon::start(&[]);
    assert_eq!(ctl(&salon, &["list"]), ("Nobody is connected.\n".into(), Some(0)));
    let mut ann = Peer::join(salon.port, "Ann");
    let _bob = Peer::join(salon.port, "Bob");
    let (listed, _) = ctl(&salon, &["listConnections"]);
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(listed.contains("Ann  127.0.0.1:"), "{listed}");
    let kicked = ctl(&salon, &["kick", "bob", "for", "the", "noise", "-v", "--json"]);
    assert_eq!(kicked, ("User Bob was removed!\n".into(), Some(0)));
    ann.until("Host: User Bob left the chat. (Removed by the host for: the noise -v --json)\n");
    let gone = ("There is no user \"bob\". Type list to see who is connected.\n".into(), Some(1));
    assert_eq!(ctl(&salon, &["kick", "bob"]), gone);
    assert_eq!(ctl(&salon, &["say", "--", "-h"]), ("Said in lobby.\n".into(), Some(0)));
    ann.until("Host: -- -h\n");
    assert_eq!(ctl(&salon, &["say", "Hello,  all!"]), ("Said in lobby.\n".into(), Some(0)));
    ann.until("Host: Hello,  all!\n");
    assert!(ctl(&salon, &["bots"]).0.starts_with("Simple_Chat_Bot  lobby     stopped\n"));
    assert_eq!(ctl(&salon, &["bot", "start", "art"]), ("Art_Bot is started.\n".into(), Some(0)));
    ann.until("User Art_Bot has joined the chat!\n");
    assert_eq!(ctl(&salon, &["bot", "start", "art"]).1, Some(1));
    assert_eq!(ctl(&salon, &["bot", "stop", "art"]), ("Art_Bot is stopped.\n".into(), Some(0)));
    assert!(ctl(&salon, &["help"]).0.starts_with("Commands:\n"));
    let (said, status) = ctl(&salon, &["dance"]);
    assert!(said.starts_with("There is no command \"dance\".") && status == Some(1), "{said}");
    assert_eq!(ctl(&salon, &[""]), (String::new(), Some(0)));
}

#[test]
fn every_command_for_programs() {
    let salon = Salon::start(&[]);
    let empty = json!({ "ok": true, "text": "Nobody is connected.", "data": [] });
    assert_eq!(ctl_json(&salon, &["list"]), (empty, Some(0)));
    let _ann = Peer::join(salon.port, "Ann");
    let mut nameless = Peer::connect(salon.port);
    nameless.until("What is your name?");
    let (listed, _) = ctl_json(&salon, &["list"]);
    assert_eq!((&listed["data"][0]["name"], &listed["data"][1]["name"]), (&json!("Ann"), &Value::Null));
    let address = listed["data"][0]["address"].as_str().unwrap();
    assert!(address.parse::<std::net::SocketAddr>().is_ok(), "{address}");
    let time = listed["data"][0]["last_received"].as_str().unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z') && time.len() == 24, "{time}");
    let (kicked, _) = ctl_json(&salon, &["kick", "ANN"]);
    assert_eq!(kicked, json!({ "ok": true, "text": "User Ann was removed!", "data": { "name": "Ann" } }));
    let (failed, status) = ctl_json(&salon, &["kick"]);
    assert_eq!(
        failed,
        json!({ "ok": false, "text": "Whom? Type: kick NAME|ADDRESS:PORT [REASON]", "data": null })
    );
    assert_eq!(status, Some(1));
    let (bots, _) = ctl_json(&salon, &["bots"]);
    assert!(bots["data"].as_array().unwrap().len() >= 12, "{bots}");
    assert_eq!(
        bots["data"][3],
        json!({ "name": "Art_Bot", "room": "lobby", "takes_part": false, "is_there": false })
    );
    for words in [&["host", "lobby", "stop"][..], &["bot", "start", "art"], &["help"], &[""]] {
        let (answer, status) = ctl_json(&salon, words);
        assert_eq!(
            (&answer["ok"], &answer["data"], status),
            (&json!(true), &Value::Null, Some(0)),
            "{words:?}"
        );
    }
    let (end, status) = ctl_json(&salon, &["exit"]);
    assert_eq!(end, json!({ "ok": true, "text": "The service is stopping.", "data": { "stopping": true } }));
    assert_eq!(status, Some(0));
}

/// Every command of the table with Ann in the first of two rooms: the beginning of its reply, and its data if that is constant.
fn rows() -> Vec<(&'static str, &'static str, Option<Value>)> {
    let room = |name, members| {
        json!({
            "name": name, "kind": "lobby", "members": members, "people": members, "owner": null, "private": false,
            "topic": null,
        })
    };
    let (lobby, hall) = (room("lobby", 1), room("hall", 0));
    let ann = json!([{ "name": "Ann", "bot": false }]);
    let sanction = |whom, reason| json!({ "whom": whom, "until": null, "reason": reason });
    vec![
        ("listConnections", "Username", None),
        (
            "rooms",
            "lobby  lobby      1 in it, 1 of them people\nhall   lobby      0 in it, 0 of them people\n",
            Some(json!([lobby, hall])),
        ),
        (
            "who",
            "1 in the lobby: Ann.\nNobody is in hall.\n",
            Some(json!([{ "room": "lobby", "present": ann }, { "room": "hall", "present": [] }])),
        ),
        ("who lobby", "1 in the lobby: Ann.\n", Some(json!([{ "room": "lobby", "present": ann }]))),
        ("ban Eve for good so loud", "Eve is banned for good.\n", Some(sanction("Eve", "so loud"))),
        ("ban 192.0.2.0/24 for 2h", "192.0.2.0/24 is banned for 2 hours, until 20", None),
        ("unban 192.0.2.0/24", "The ban on 192.0.2.0/24 is lifted.\n", None),
        ("mute Ann for good", "Ann is muted for good.\n", Some(sanction("Ann", ""))),
        (
            "bans",
            "Eve is banned for good: so loud\nAnn is muted for good.\n",
            Some(json!({ "bans": [sanction("Eve", "so loud")], "mutes": [sanction("Ann", "")] })),
        ),
        ("unban eve", "The ban on Eve is lifted.\n", Some(sanction("Eve", "so loud"))),
        ("unmute ann", "The mute on Ann is lifted.\n", Some(sanction("Ann", ""))),
        ("say Hello, all!", "Said in lobby.\n", Some(json!({ "room": "lobby" }))),
        ("say hall Hello, all!", "Said in hall, but nobody is there.\n", Some(json!({ "room": "hall" }))),
        (
            "topic hall tea at five",
            "The room hall has a new topic.\n",
            Some(json!({ "room": "hall", "topic": "tea at five" })),
        ),
        ("export lobby", r#"{"type":"said","id":"#, None),
        ("erase hall 1", "Message 1 of hall is erased.\n", Some(json!({ "room": "hall", "message": 1 }))),
        ("forget Ann", "No messages of Ann are stored.\n", Some(json!({ "name": "Ann", "messages": 0 }))),
        ("watch off", "You watch no room any more.\n", Some(json!({ "watch": null }))),
        ("host lobby now", "Said.\n", Some(Value::Null)),
        ("host lobby stop", "The host is silent.\n", Some(Value::Null)),
        ("host lobby start", "The host ", Some(Value::Null)),
        ("bots", "Simple_Chat_Bot  lobby     stopped\n", None),
        ("bot start art hall", "Art_Bot is started.\n", Some(Value::Null)),
        ("bot stop art hall", "Art_Bot is stopped.\n", Some(Value::Null)),
        ("open attic=round", "The room attic is open.\n", Some(json!({ "room": "attic", "kind": "round" }))),
        ("close attic", "The room attic is closed.\n", Some(json!({ "room": "attic" }))),
        ("retention", "Messages are kept forever (--keep off); ", None),
        ("nodes", "This server shares no rooms with others.", None),
        ("stats", "uptime", None),
        ("reload", "The files are read again.\n", Some(Value::Null)),
        ("qr", "", None),
        ("help kick", "kick NAME|ADDRESS:PORT [REASON]\n", Some(Value::Null)),
        ("help", "Commands:\n", Some(Value::Null)),
        ("kick ann", "User Ann was removed!\n", Some(json!({ "name": "Ann" }))),
        ("exit", "The service is stopping.\n", Some(json!({ "stopping": true }))),
    ]
}

#[test]
fn every_row_of_the_table() {
    let (people, programs) =
        (Salon::start(&["--rooms", "lobby,hall=lobby"]), Salon::start(&["--rooms", "lobby,hall=lobby"]));
    let _anns = [Peer::join(people.port, "Ann"), Peer::join(programs.port, "Ann")];
    let (help, _) = ctl(&people, &["help"]);
    let mut listed: Vec<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split([' ', ',']).next())
        .collect();
    let mut used: Vec<&str> = rows().iter().filter_map(|(line, ..)| line.split(' ').next()).collect();
    used.sort_unstable();
    used.dedup();
    listed.sort_unstable();
    assert_eq!(listed, used);
    for (line, begin, data) in rows() {
        let words: Vec<&str> = line.split(' ').collect();
        let (said, status) = ctl(&people, &words);
        assert!(said.trim_start().starts_with(begin), "{line}: {said}");
        assert_eq!(status, Some(0), "{line}");
        let (answer, status) = ctl_json(&programs, &words);
        let text = answer["text"].as_str().unwrap();
        assert!(format!("{}\n", text.trim_start()).starts_with(begin), "{line}: {answer}");
        assert_eq!((&answer["ok"], status), (&json!(true), Some(0)), "{line}");
        if let Some(data) = data {
            assert_eq!(answer["data"], data, "{line}");
        }
    }
}

#[test]
fn a_member_is_no_operator() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("/kick Ann");
    bob.until("/kick works in rooms that people opened, and the lobby is not one.");
    for name in ["ban", "close"] {
        bob.say(&format!("/{name} Ann"));
        bob.until(&format!("There is no command /{name}."));
    }
    bob.say("/exit Ann?");
    bob.until("/exit takes no arguments. Type /exit alone.\n");
    bob.say("/exit");
    bob.until_closed();
    let mut bob = Peer::join_eom(salon.port, "Bob");
    for line in ["kick Ann", "ban Ann", "exit"] {
        bob.send(format!("Bob: {line}::EOMsg::").as_bytes());
        ann.until(&format!("Bob: {line}\n"));
    }
    assert_eq!(ctl(&salon, &["bans"]).0, "Nobody is banned or muted.\n");
    assert_eq!(ctl(&salon, &["who", "lobby"]).0, "2 in the lobby: Ann and Bob.\n");
}

#[test]
fn exit_returns_when_the_service_is_over() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let path = usual(&salon);
    assert!(path.exists());
    let mut other = raw(&path);
    assert_eq!(ctl(&salon, &["exit"]), ("The service is stopping.\n".into(), Some(0)));
    assert!(!path.exists(), "the socket is removed");
    assert!(ann.until_closed().ends_with("The server is stopping.\n"));
    assert_eq!(other.until_closed(), "");
    assert!(salon.wait().success());
}

#[test]
fn what_is_sent_with_exit_comes_too_late() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut operator = raw(&usual(&salon));
    operator.send(b"exit\nsay too late\nexit\n");
    operator.shut_down();
    assert_eq!(reply(&mut operator)["text"], "The service is stopping.");
    // The service waits a moment for Ann to close her side.
    assert_eq!(operator.until_closed(), "");
    assert!(!usual(&salon).exists(), "the connection lasts as long as the service");
    let heard = ann.until_closed();
    assert!(heard.ends_with("The server is stopping.\n") && !heard.contains("too late"), "{heard}");
    assert!(salon.rest().contains(&"     1 client: all told.".to_owned()));
    assert!(salon.wait().success());
}

#[test]
fn many_operators_at_once() {
    let salon = Salon::start(&[]);
    let mut operators: Vec<Peer> = (0..CONTROL_CONNECTIONS).map(|_| raw(&usual(&salon))).collect();
    for operator in &mut operators {
        operator.send(b"say one\nsa");
    }
    for operator in &mut operators {
        assert_eq!(reply(operator)["text"], "Said in lobby, but nobody is there.");
        operator.send(b"y two\n");
    }
    for operator in &mut operators {
        assert_eq!(reply(operator)["ok"], true);
    }
    let (refused, status) = ctl(&salon, &["list"]);
    assert!(refused.starts_with("16 operators are connected already."), "{refused}");
    assert_eq!(status, Some(1));
    // One disconnects, and another may connect.
    let mut first = operators.remove(0);
    first.shut_down();
    first.until_closed();
    assert_eq!(ctl(&salon, &["list"]).1, Some(0));
}

#[test]
fn what_is_no_command_harms_nobody() {
    let mut salon = Salon::start(&[]);
    let mut operator = raw(&usual(&salon));
    operator.send(b"\xff\xfe\x00{}\n");
    assert_eq!(reply(&mut operator)["ok"], false);
    operator.send(&vec![b'x'; 3 * CONSOLE_LINE_BYTES]);
    operator.send(b"\nlist\n");
    let refused = reply(&mut operator);
    assert!(refused["ok"] == false && refused["text"].as_str().unwrap().contains("8192 bytes"), "{refused}");
    assert_eq!(reply(&mut operator)["text"], "Nobody is connected.");
    // The last line needs no end.
    operator.send(b"\r\nbots");
    operator.shut_down();
    let rest = operator.until_closed();
    assert_eq!(rest.lines().count(), 2, "{rest}");
    assert!(rest.contains("Simple_Chat_Bot"), "{rest}");
    // Operators that disconnect within a line, or before the reply.
    drop(raw(&usual(&salon)));
    raw(&usual(&salon)).send(b"say half");
    raw(&usual(&salon)).send(b"help\nhelp\nhelp\n");
    salon.type_line("say still here");
    salon.line("Said in lobby, but nobody");
}

#[test]
fn an_operator_that_does_not_read_is_disconnected() {
    let salon = Salon::start(&[]);
    let mut stream = UnixStream::connect(usual(&salon)).unwrap();
    stream.set_write_timeout(Some(TEST_TIMEOUT)).unwrap();
    let asked = (0..100_000).take_while(|_| stream.write_all(b"help\n").is_ok()).count();
    assert!(asked < 100_000, "it was never let go");
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    // What was in flight, and not the rest of the queue.
    assert!(heard.len() < 2 * CONTROL_QUEUE_BYTES, "{}", heard.len());
    assert_eq!(ctl(&salon, &["list"]).1, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_quiet_operator_costs_nothing() {
    let salon = Salon::start(&[]);
    let mut operator = raw(&usual(&salon));
    operator.say("list");
    reply(&mut operator);
    let half = raw(&usual(&salon));
    // The start may not be over yet; a server that spins never rests.
    let end = Instant::now() + TEST_TIMEOUT;
    loop {
        let before = salon.processor_time();
        assert!(operator.hears_nothing_for(Duration::from_millis(300)));
        if salon.processor_time() < before + Duration::from_millis(50) {
            break;
        }
        assert!(Instant::now() < end, "it spins");
    }
    drop(half);
}

#[test]
fn the_socket_is_its_owners_alone() {
    let salon = Salon::start(&[]);
    let file = fs::symlink_metadata(usual(&salon)).unwrap();
    assert!(file.file_type().is_socket());
    assert_eq!(file.mode() & 0o7777, 0o600);

    if !geteuid().is_root() {
        eprintln!("not tested: that another user is refused, as this one is not root");
        return;
    }
    let folder = Folder::new();
    let binary = folder.path().join("salon");
    // Copied by another process: a file that this process has open for writing cannot be executed.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_salon")).arg(&binary).status().unwrap().success());
    for path in [folder.path(), &binary, salon.folder.path()] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    let mut other = Command::new(&binary);
    other.uid(65534).gid(65534).current_dir("/").arg("ctl").arg("--control").arg(usual(&salon)).arg("exit");
    let output = output(&mut other);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("You may not use /") && said.contains("the user who runs the server"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(ctl(&salon, &["list"]).1, Some(0), "it goes on");
}

#[test]
fn what_is_at_the_path_already() {
    let folder = Folder::new();
    let path = folder.path().join("control");
    let shown = path.to_str().unwrap();
    let serve = ["serve", "--port", "0", "--bots", "none", "--control", shown];

    fs::write(&path, "precious").unwrap();
    let (status, said) = fails(folder.path(), &serve);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with(&format!("salon: {shown} exists and is not a socket.")), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();

    // The socket of a killed server.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let mut salon = Salon::start(&["--control", shown]);
    let (status, said) = fails(folder.path(), &serve);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(&format!("a server runs at {shown} already. Stop it with: salon ctl")), "{said}");

    let output = output(&mut command(folder.path(), &["ctl", "--control", shown, "list"]));
    assert_eq!(output.stdout, b"Nobody is connected.\n", "it still is the first one's");
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    assert!(!path.exists());

    let missing = folder.path().join("missing").join("control");
    let (status, said) =
        fails(folder.path(), &["serve", "--port", "0", "--control", missing.to_str().unwrap()]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("cannot be made") && said.contains("Name another path with --control"), "{said}");
}

#[test]
fn without_the_usual_socket_the_service_goes_on() {
    let folder = Folder::new();
    // A path that is too long for a socket.
    let deep = folder.path().join("x".repeat(120));
    fs::create_dir(&deep).unwrap();
    let mut salon = Salon::with(&[], |command| {
        command.env("XDG_RUNTIME_DIR", &deep);
    });
    Peer::join(salon.port, "Ann");
    salon.type_line("exit");
    assert!(salon.wait().success());
    let said = salon.errors();
    assert!(
        said.starts_with("salon: salon ctl cannot be used: ") && said.ends_with("The service goes on.\n"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(salon.log().contains("salon ctl cannot be used"));
}

#[test]
fn without_a_folder_for_sockets_there_is_one_of_our_own() {
    let mut salon = Salon::with(&[], |command| {
        command.env_remove("XDG_RUNTIME_DIR");
    });
    let folder = PathBuf::from(format!("/tmp/salon-{}", geteuid().as_raw()));
    let file = fs::symlink_metadata(&folder).unwrap();
    assert!(file.is_dir() && file.mode() & 0o777 == 0o700);
    let path = folder.join(format!("{}.sock", salon.port));
    assert!(path.exists());
    // It is still found after the folder for sockets was created.
    assert_eq!(ctl(&salon, &["list"]), ("Nobody is connected.\n".into(), Some(0)));
    assert_eq!(ctl(&salon, &["exit"]).1, Some(0));
    assert!(salon.wait().success());
    assert!(!path.exists());
}

#[test]
fn without_a_server_it_says_what_to_do() {
    let folder = Folder::new();
    let path = folder.path().join("control");
    drop(UnixListener::bind(&path).unwrap());
    for (path, why) in [
        (
            "nothing",
            "There is no server at nothing. Start one with salon serve, or name its port with -p or its socket with --control.",
        ),
        ("control", "There is no server at control."),
        (".", "There is no server at .."),
    ] {
        for words in [&["list"][..], &[]] {
            let (status, said) = fails(folder.path(), &[&["ctl", "--control", path], words].concat());
            assert_eq!(status, Some(1), "{said}");
            assert!(said.starts_with(why), "{said}");
        }
    }
    let (status, said) = fails(folder.path(), &["ctl", "-p", "1", "list"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("salon-1.sock"), "{said}");
    let (status, said) = fails(folder.path(), &["ctl", "say", "two\nlines"]);
    assert_eq!((status, said.as_str()), (Some(1), "A command is one line.\n"));

    // A server that ends without a reply.
    fs::remove_file(&path).unwrap();
    let listener = UnixListener::bind(&path).unwrap();
    let child =
        command(folder.path(), &["ctl", "--control", "control", "list"]).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    drop(listener.accept().unwrap());
    let output = until_ended(child);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("The service has ended"));
}

#[test]
fn an_answer_without_end_is_none() {
    let folder = Folder::new();
    let listener = UnixListener::bind(folder.path().join("control")).unwrap();
    let child = command(folder.path(), &["ctl", "--control", "control", "list"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = listener.accept().unwrap().0;
    let mut sent = 0;
    while let Ok(bytes) = server.write(&vec![b'x'; 64 * 1024]) {
        sent += bytes;
        assert!((sent as u64) < 2 * CONTROL_REPLY_BYTES, "it takes all that comes");
    }
    let output = until_ended(child);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("The service has ended"));
}

/// The socket may belong to anybody: no control characters from it reach the terminal.
#[test]
fn what_a_socket_says_is_made_harmless() {
    let folder = Folder::new();
    let path = folder.path().join("control");
    let listener = UnixListener::bind(&path).unwrap();
    // Escaped in JSON, raw, and as an invalid byte.
    let escaped =
        r#"{"ok":true,"text":"a\u001b]0;t\u0007\u001b[2J\r\u009b31m\u202eb\u2028c\nd\u007f","data":null}"#;
    let bare = "{\"ok\":true,\"text\":\"a\u{7f}\u{9b}31m\u{202e}b\u{2028}c\",\"data\":\"\u{9b}\u{202e}\"}";
    let broken = "{\"ok\":true,\"text\":\"a\u{1b}[2J\"}";
    for (answer, is_read) in [(escaped, true), (bare, true), (broken, false)] {
        for words in [&["list"][..], &["--json", "list"], &[]] {
            let mut child = command(folder.path(), &[&["ctl", "--control", "control"], words].concat())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // It may have its command from there.
            let _ = child.stdin.take().unwrap().write_all(b"list\n");
            let mut server = listener.accept().unwrap().0;
            BufReader::new(&server).read_line(&mut String::new()).unwrap();
            server.write_all(format!("{answer}\n").as_bytes()).unwrap();
            drop(server);
            let output = until_ended(child);
            assert_eq!(output.status.success(), is_read, "{words:?}: {output:?}");
            for said in [output.stdout, output.stderr] {
                let said = String::from_utf8(said).unwrap();
                let is_unsafe = |c: char| {
                    (c.is_control() && c != '\n')
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
                };
                assert!(!said.contains(is_unsafe), "{words:?}: {said:?}");
                if words.contains(&"--json") && said.starts_with('{') {
                    // With --json they are escaped.
                    assert_eq!(
                        serde_json::from_str::<Value>(&said).unwrap(),
                        serde_json::from_str::<Value>(answer).unwrap()
                    );
                }
            }
        }
    }
}

#[test]
fn commands_from_a_pipe() {
    let mut salon = Salon::start(&[]);
    let output = ctl_with(&salon, &[], "list\n\nsay hi\nhelp");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("Nobody is connected.\nSaid in lobby, but nobody is there.\nCommands:\n"),
        "{said}"
    );
    assert!(!said.contains("$>"), "{said}");
    assert_eq!(output.status.code(), Some(0));

    let output = ctl_with(&salon, &["--json"], "list\n\ndance\nbots\n");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        answers.iter().map(|answer| answer["ok"] == true).collect::<Vec<_>>(),
        [true, true, false, true]
    );
    assert_eq!(output.status.code(), Some(1), "not all was done");

    let output = ctl_with(&salon, &[], "exit\nlist\n");
    assert_eq!(output.stdout, b"The service is stopping.\n");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert!(salon.wait().success());
}

#[test]
fn a_prompt_on_a_terminal() {
    let salon = Salon::start(&[]);
    let _bob = Peer::join(salon.port, "Bob");
    let mut terminal = Terminal::new(80, 24);
    let usual = terminal.modes();
    let mut operator =
        terminal.run(&mut command(salon.folder.path(), &["ctl", "-p", &salon.port.to_string()]));
    terminal.shows("Host $>");
    terminal.type_keys("dnace\x1b[D\x1b[D\x1b[D\x1b[D\x1b[3~\x1b[Cn\r");
    terminal.shows("There is no command \"dance\". Type help to see all.");
    terminal.type_keys("\x1b[A");
    terminal.until("the line before", |terminal| terminal.screen().last().unwrap() == "Host $> dance");
    terminal.type_keys("\x15mu\tb\tfor good\r");
    terminal.shows("Bob is muted for good.");
    terminal.until("another prompt", |terminal| terminal.screen().last().unwrap() == "Host $>");
    terminal.type_keys("\x04");
    assert_eq!(terminal.until_ended(&mut operator), Some(0));
    assert_eq!(terminal.modes(), usual);

    // A terminal on which no row can be drawn.
    let mut terminal = Terminal::new(80, 24);
    let mut plain = command(salon.folder.path(), &["ctl", "-p", &salon.port.to_string()]);
    let mut operator = terminal.run(plain.env("TERM", "dumb"));
    terminal.shows("Host $>");
    terminal.type_keys("unmute Bob\r");
    terminal.shows("The mute on Bob is lifted.");
    terminal.type_keys("\x04");
    assert_eq!(terminal.until_ended(&mut operator), Some(0));
}

#[test]
fn without_a_console_only_a_signal_or_ctl_ends_it() {
    let mut salon = Salon::start(&["--no-console"]);
    salon.type_line("exit");
    let mut ann = Peer::join(salon.port, "Ann");
    assert_eq!(ctl(&salon, &["say", "hello"]), ("Said in lobby.\n".into(), Some(0)));
    ann.until("Host: hello\n");
    let start = Instant::now();
    salon.signal(Signal::TERM);
    assert!(ann.until_closed().ends_with("The server is stopping.\n"));
    salon.line("Log: ");
    assert_eq!(salon.rest(), [""; 0], "its first lines were all it said");
    assert!(salon.wait().success());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(salon.errors(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn an_operator_comes_in_where_there_is_no_descriptor_left() {
    let salon = Salon::with(&[], |command| {
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
        let folder = command.get_current_dir().unwrap().to_owned();
        *command = Command::new("sh");
        let script = "ulimit -n 40; XDG_RUNTIME_DIR=$PWD XDG_STATE_HOME=$PWD exec \"$0\" \"$@\"";
        command.args(["-c", script, env!("CARGO_BIN_EXE_salon")]).args(words).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    let mut inside = Vec::new();
    loop {
        let mut peer = Peer::connect(salon.port);
        peer.say(&format!("p{}", inside.len()));
        if peer.until("\n").contains("full") {
            break;
        }
        inside.push(peer);
        assert!(inside.len() < 60, "the limit does nothing");
    }
    for _ in 0..3 {
        assert_eq!(ctl(&salon, &["say", "It is crowded."]), ("Said in lobby.\n".into(), Some(0)));
    }
    assert_eq!(ctl(&salon, &["kick", "p0"]).1, Some(0));
    assert!(inside[0].until_closed().contains("You have been removed"));
}

#[test]
fn the_unit_in_the_manual() {
    let manual = include_str!("../../src/manual/serve.md");
    let unit = manual.split_once("```ini\n").unwrap().1.split_once("```").unwrap().0;
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words: Vec<&str> = start.split_whitespace().collect();
    Cli::try_parse_from(&words).unwrap();

    let folder = Folder::new();
    let path = folder.path().join("salon.service");
    fs::write(&path, unit.replace(words[0], env!("CARGO_BIN_EXE_salon"))).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&path).output();
    let Ok(verified) = verified else {
        eprintln!("not tested: this machine has no systemd-analyze");
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(!said.contains("salon.service"), "{said}");
}
