//! Whatever a peer, operator or file sends, no control character reaches a terminal or the log.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};
use unicode_normalization::char::is_combining_mark;

use crate::support::peer::Peer;
use crate::support::process::Salon;

/// Texts that attack a terminal, a log or a reader.
const NASTY: [&str; 20] = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1bc",
    "\x1b(0\x0e\x0f",
    "\x1bP+q\x1b\\",
    "\u{9b}31m\u{9d}x\u{9c}",
    "\u{90}q\u{85}",
    "bell\x07\x07",
    "back\x08\x08\x08\x7f",
    "form\x0c\x0b\x11\x13",
    "over\rHost: forged",
    "nul\0\0nul",
    "line\u{2028}line\u{2029}line",
    "\u{202e}nfd.exe\u{202c}",
    "\u{202a}\u{202b}\u{202d}",
    "\u{2066}a\u{2067}b\u{2068}c\u{2069}",
    "\u{206a}\u{206e}12\u{206f}",
    "\u{fff9}seen\u{fffa}hidden\u{fffb}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{feff}\u{feff}",
];

/// Invalid UTF-8.
const NO_TEXT: [&[u8]; 3] = [b"\xff\xfe\xc0\x80", b"caf\xe9 \xed\xa0\x80", b"\x9b2J\xf4\x90\x80\x80"];

/// The first character of `text` that is harmful in a terminal.
fn harm(text: &str) -> Option<String> {
    let mut marks = 0;
    text.chars().find_map(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        let is_bad = (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
            || marks > 8;
        is_bad.then(|| format!("{c:?}"))
    })
}

fn assert_harmless(what: &str, text: &str) {
    for line in text.lines() {
        assert_eq!(harm(line), None, "{what}: {line:?}");
    }
    assert!(!text.contains('\r'), "{what}");
}

/// All texts within a value.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// Checks lines of JSON, raw and parsed.
fn assert_json_harmless(what: &str, lines: &str) {
    assert_harmless(what, lines);
    for line in lines.lines() {
        // Lines from before the dialect was detected are not JSON.
        let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
        for text in strings(&value) {
            assert_harmless(what, text);
        }
    }
}

/// Sends each text as a command, a name and a message, in a dialect with this end mark.
fn attack_in_text(port: u16, end: &str) -> String {
    let mut heard = String::new();
    let texts = NASTY.iter().map(|text| text.as_bytes()).chain(NO_TEXT);
    for (n, text) in texts.enumerate() {
        let mut peer = Peer::connect(port);
        let mut send = |parts: &[&[u8]]| peer.send(&[&parts.concat(), end.as_bytes()].concat());
        if end == "\n" {
            // As a name: an old program has one try.
            send(&[text]);
        }
        let name = format!("Mal{n}");
        send(&[name.as_bytes()]);
        for before in ["", "say ", "/me ", "/join ", "/leave ", "/who ", "/", "//", "/x", "Host: "] {
            send(&[before.as_bytes(), text, b" end"]);
        }
        send(&[b"/exit"]);
        heard += &peer.until_closed();
    }
    for text in NASTY {
        let mut peer = Peer::connect(port);
        peer.send(format!("{text}{end}/exit{end}").as_bytes());
        peer.shut_down();
        heard += &peer.until_closed();
    }
    heard
}

fn attack_in_json(port: u16) -> String {
    let mut heard = String::new();
    for (n, text) in NASTY.iter().enumerate() {
        let mut peer = Peer::connect(port);
        let mut send = |object: Value| peer.say(&object.to_string());
        send(json!({ "type": "hello", "version": 1, "name": text }));
        send(json!({ "type": text }));
        send(json!({ "type": "hello", "version": 1, "name": format!("Json{n}"), text.to_owned(): text }));
        send(json!({ "type": "join", "room": text }));
        send(json!({ "type": "join" }));
        send(json!({ "type": text, "text": text }));
        send(json!({ "type": "say", "text": text }));
        send(json!({ "type": "say", "room": text, "text": text }));
        send(json!({ "type": "leave", "room": text }));
        for name in ["me", "join", "who", text] {
            send(json!({ "type": "command", "name": name, "rest": text }));
            send(json!({ "type": "command", "name": name, "room": text }));
        }
        peer.say(&format!("{{\"type\":\"say\",\"text\":\"{text}\"}}"));
        peer.say(text);
        peer.say("{\"type\":\"command\",\"name\":\"exit\"}");
        heard += &peer.until_closed();
    }
    heard
}

fn attack_in_chaty(port: u16) -> String {
    let mut heard = String::new();
    for text in NASTY {
        let mut peer = Peer::connect(port);
        peer.until("NICK");
        peer.send(text.as_bytes());
        peer.shut_down();
        heard += &peer.until_closed();
        let mut peer = Peer::connect(port);
        peer.until("NICK");
        peer.send(b"Mal");
        peer.until("welcome to ChatyChaty !");
        peer.send(format!("Mal: {text}\nMal: /me {text}\nMal: /join {text}\nMal: /{text}").as_bytes());
        peer.shut_down();
        heard += &peer.until_closed();
    }
    heard
}

/// Operators' commands that contain `text`.
fn orders(text: &str) -> Vec<String> {
    let before = [
        "",
        "kick ",
        "ban ",
        "unban ",
        "mute ",
        "unmute ",
        "who ",
        "say ",
        "host ",
        "bot start ",
        "bot stop ",
        "open ",
        "close ",
        "ban Nobody for 1h ",
        "mute Nobody for 1h ",
        "kick Vic ",
        "help ",
        "list ",
    ];
    before.iter().map(|before| format!("{before}{text}").replace('\n', " ")).collect()
}

#[test]
fn whatever_comes_in_nothing_harmful_comes_out() {
    let off = ["--spam-limit", "off", "--command-limit", "off", "--log-level", "debug", "--chaty-port", "0"];
    let mut salon = Salon::start(&off);
    let chaty = salon.line("Clients of ChatyChaty connect to port ");
    let chaty: u16 = chaty.rsplit(' ').next().unwrap().trim_end_matches('.').parse().unwrap();
    let mut ann = Peer::join(salon.port, "Ann");
    let mut old = Peer::join_eom(salon.port, "Old");
    let mut program = Peer::connect(salon.port);
    program.say("{\"type\":\"hello\",\"version\":1,\"name\":\"Program\"}\n{\"type\":\"join\"}");
    program.until("\"live\"");
    let mut alice = Peer::connect(chaty);
    alice.until("NICK");
    alice.send(b"Carla");
    let welcome = alice.until("welcome to ChatyChaty !");
    assert_harmless("chaty", &welcome);

    assert_harmless("attackers in line", &attack_in_text(salon.port, "\n"));
    assert_harmless("attackers in eom", &attack_in_text(salon.port, "::EOMsg::"));
    assert_json_harmless("attackers in json", &attack_in_json(salon.port));
    assert_harmless("attackers in chaty", &attack_in_chaty(chaty));
    let control = salon.folder.path().join(format!("salon-{}.sock", salon.port));
    let mut control = Peer::over(OwnedFd::from(UnixStream::connect(control).unwrap()));
    for text in NASTY {
        for order in orders(text) {
            salon.type_line(&order);
            if !order.trim().is_empty() {
                control.say(&order);
                assert_json_harmless("control", &control.until("\n"));
            }
        }
        Peer::join(salon.port, "Vic").reset();
    }
    // The observers have received all of it.
    control.say("say lobby That was all.");
    control.until("\n");
    control.say("say chaty That was all.");
    control.until("\n");
    let heard = ann.until("That was all.\n");
    assert!(
        heard.contains("Mal0: ") && heard.contains("Json0: ") && heard.contains("\u{fffd}[2J"),
        "{heard}"
    );
    assert_harmless("line", &heard);
    assert_harmless("eom", &old.until("That was all."));
    assert_json_harmless("json", &program.until("That was all."));
    assert_harmless("chaty", &alice.until("That was all."));
    // A newcomer gets the same from the history.
    let mut late = Peer::connect(salon.port);
    late.say("Late");
    assert_harmless("history", &late.until("That was all.\n"));
    salon.type_line("exit");
    assert_harmless("console", &salon.rest().join("\n"));
    let log = salon.log();
    assert!(log.contains("is refused a name") && log.contains("Mal0"), "{log}");
    assert_harmless("log", &log);
    assert!(log.lines().all(|line| line.starts_with("20")), "a line of the log is forged");
}

#[test]
fn a_flood_of_refusals_is_a_line_in_the_log() {
    let mut salon = Salon::start(&["--max-connections", "2"]);
    let _ann = Peer::join(salon.port, "Ann");
    let mut eve = Peer::connect(salon.port);
    for _ in 0..9 {
        eve.say("Ann");
        eve.until("Please choose another.\n");
    }
    for _ in 0..50 {
        assert_eq!(
            Peer::connect(salon.port).until_closed(),
            "This server is full. Please try again later.\n"
        );
    }
    salon.type_line("exit");
    assert!(salon.wait().success());
    let log = salon.log();
    assert_eq!(log.matches("refused").count(), 1, "{log}");
}
