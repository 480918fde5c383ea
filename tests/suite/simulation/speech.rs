//! How people's programs send what they say, in each dialect.

use serde_json::json;

use crate::hour::hearing::Tongue;
use crate::simulation::part::Part;
use crate::simulation::truth::token;

/// How somebody gives its name.
pub fn hello(tongue: Tongue, name: &str) -> Vec<u8> {
    match tongue {
        Tongue::Json => {
            format!("{}\n", json!({ "type": "hello", "version": 1, "name": name, "lines": true }))
                .into_bytes()
        }
        Tongue::Eom => format!("{name}: {name}::EOMsg::").into_bytes(),
        Tongue::Line => format!("{name}\r\n").into_bytes(),
        Tongue::Irc => {
            let lines = if knows_lines(tongue, name) { " draft/multiline" } else { "" };
            let caps = "CAP REQ :away-notify batch draft/message-redaction draft/read-marker echo-message extended-monitor invite-notify labeled-response message-tags server-time";
            format!("{caps}{lines}\r\nNICK {name}\r\nUSER u 0 * :U\r\nCAP END\r\n").into_bytes()
        }
        Tongue::Chaty => name.as_bytes().to_vec(),
    }
}

/// Whether somebody of this name knows messages of several lines in IRC.
pub fn knows_lines(tongue: Tongue, name: &str) -> bool {
    tongue == Tongue::Irc && !name.len().is_multiple_of(3)
}

/// What somebody types, as its dialect sends it.
pub fn message(part: &Part, room: &str, text: &str) -> Vec<u8> {
    let command = text.strip_prefix('/').filter(|_| part.tongue == Tongue::Json);
    match part.tongue {
        Tongue::Line => format!("{text}\n"),
        Tongue::Eom => format!("{}: {text}::EOMsg::", part.spelled),
        Tongue::Chaty => format!("{}: {text}", part.spelled),
        // Some of it has a label.
        Tongue::Irc if text.len().is_multiple_of(3) => format!("@label=x {}", irc(room, text)),
        Tongue::Irc => irc(room, text),
        Tongue::Json => match command.map(|command| command.split_once(' ').unwrap_or((command, ""))) {
            Some(("join", room)) => format!("{}\n", json!({ "type": "join", "room": room })),
            Some(("nick", name)) => format!("{}\n", json!({ "type": "nick", "name": name })),
            Some(("undo", _)) => format!("{}\n", json!({ "type": "erase", "room": room })),
            Some(("edit", text)) => format!("{}\n", json!({ "type": "edit", "room": room, "text": text })),
            Some(("open", rest)) => {
                let (room, topic) = rest.split_once(' ').unwrap_or((rest, ""));
                format!("{}\n", json!({ "type": "open", "room": room, "topic": topic }))
            }
            Some(("leave", _)) => format!("{}\n", json!({ "type": "leave", "room": room })),
            Some(("msg", rest)) if rest.contains(" n") => {
                let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
                format!("{}\n", json!({ "type": "say", "to": to, "text": text }))
            }
            Some((name, rest)) => {
                format!("{}\n", json!({ "type": "command", "room": room, "name": name, "rest": rest }))
            }
            None => format!("{}\n", json!({ "type": "say", "room": room, "text": text })),
        },
    }
    .into_bytes()
}

/// Whether this is sent as a notice: some of what is said by clients that know notices, and half of what they write privately.
pub fn is_notice(tongue: Tongue, text: &str) -> bool {
    let every = match text.strip_prefix('/') {
        None => 4,
        Some(command) if command.starts_with("msg ") => 2,
        Some(_) => return false,
    };
    tongue == Tongue::Irc && token(text).is_some_and(|token| token.is_multiple_of(every))
}

/// The same of an IRC client.
fn irc(room: &str, text: &str) -> String {
    let Some(command) = text.strip_prefix('/') else {
        let command = if is_notice(Tongue::Irc, text) { "NOTICE" } else { "PRIVMSG" };
        return format!("{command} #{room} :{text}\r\n");
    };
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    match name {
        "me" => format!("PRIVMSG #{room} :\u{1}ACTION {rest}\u{1}\r\n"),
        "join" => format!("JOIN #{rest}\r\n"),
        // There is no topic in it.
        "open" => format!("JOIN #{}\r\n", rest.split(' ').next().unwrap_or_default()),
        "private" => format!("MODE #{room} {}i\r\n", if rest == "off" { '-' } else { '+' }),
        "op" => format!("MODE #{room} +o {rest}\r\n"),
        "deop" => format!("MODE #{room} -o {rest}\r\n"),
        "mute" => format!("MODE #{room} +q {rest}\r\n"),
        "unmute" => format!("MODE #{room} -q {rest}\r\n"),
        "invite" => format!("INVITE {rest} #{room}\r\n"),
        "topic" if !rest.is_empty() => format!("TOPIC #{room} :{rest}\r\n"),
        "rooms" => "LIST\r\nLUSERS\r\n".into(),
        "whois" => format!("WHOIS {rest}\r\n"),
        "who" if !rest.is_empty() => format!("NAMES #{rest}\r\nWHO #{rest}\r\nMODE #{rest}\r\n"),
        "leave" => format!("PART #{room}\r\n"),
        "nick" => format!("NICK {rest}\r\n"),
        "exit" | "quit" => "QUIT\r\n".into(),
        "away" => format!("AWAY :{rest}\r\n"),
        "back" => "AWAY\r\n".into(),
        "monitor" => format!("MONITOR {rest}\r\n"),
        "msg" => {
            let word = if is_notice(Tongue::Irc, text) { "NOTICE" } else { "PRIVMSG" };
            let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
            format!("{word} {to} :{text}\r\n")
        }
        "oper" => format!("OPER {rest}\r\n"),
        "wallops" => format!("WALLOPS :{rest}\r\n"),
        "ctl" if rest == "reload" => "REHASH\r\n".into(),
        "ctl" => match rest.strip_prefix("kick ").and_then(|rest| rest.split_once(' ')) {
            Some((nick, reason)) => format!("KILL {nick} :{reason}\r\n"),
            None => format!("CTL {rest}\r\n"),
        },
        _ => format!("{name} #{room} {rest}\r\n"),
    }
}
