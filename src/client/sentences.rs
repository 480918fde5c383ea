//! Parses what a person types, and holds the client's own sentences.

use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::base::limits::{MESSAGE_BYTES, MESSAGE_LINES};
use crate::base::text::{in_words, list, sanitize_lines};
use crate::client::Address;
use crate::client::link::End;
use crate::wire::json::ClientMessage;

/// Shown to a person that leaves.
pub(super) const LEAVING: &str = "You are disconnecting from the chat.";

/// Shown when the connection is lost.
pub(super) const STOPPED: &str = "The connection with the chat server has stopped.";

/// Printed when a bot lost its connection and reconnects after `pause`.
pub(super) fn lost(name: &str, pause: Duration) -> String {
    format!("{name} lost the connection, and tries again in {}.", in_words(pause))
}

/// Shown after the first join.
pub(super) fn joined(name: &str) -> String {
    format!("You have joined the chat with username {name}!")
}

/// Shown after it to somebody who comes to a server for the first time.
pub(super) const FIRST_STEPS: &str =
    "Just type to talk. /help shows commands and keys, /rooms the other rooms.";

/// Shown after it to somebody who was in these rooms before, beside the first one.
pub(super) fn back_in(rooms: &[String]) -> String {
    format!("You are back in {}, too, as last time. /leave ROOM leaves one.", list(rooms))
}

/// Shown after a move to another room.
pub(super) fn moved(room: &str) -> String {
    format!("You are in {room} now.")
}

/// A typed line, parsed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A blank line.
    Nothing,
    /// To leave.
    Leave,
    /// A message or command for the server.
    Send(ClientMessage),
    /// A message that is too long, with its length in bytes.
    TooLong(usize),
    /// A message of too many lines, with their number.
    TooManyLines(usize),
}

/// Parses a line: a slash begins a command, two slashes a message that begins with one.
pub(super) fn parse_line(line: &str) -> Typed {
    let line = sanitize_lines(line.trim_end().as_bytes());
    match line.strip_prefix('/') {
        Some(said) if said.starts_with('/') => parse_message(said),
        Some(command) => {
            let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            if ["exit", "quit"].iter().any(|exit| name.eq_ignore_ascii_case(exit)) {
                return Typed::Leave;
            }
            if rest.len() > MESSAGE_BYTES {
                return Typed::TooLong(rest.len());
            }
            Typed::Send(ClientMessage::Command { room: None, name: name.into(), rest: rest.trim().into() })
        }
        None => parse_message(&line),
    }
}

/// Whether a typed line is a command, and no path such as `/usr/bin`.
pub(super) fn is_command(line: &str) -> bool {
    let word = line.strip_prefix('/').map(|rest| rest.split_whitespace().next().unwrap_or_default());
    word.is_some_and(|word| !word.is_empty() && !word.contains('/'))
}

/// `text` as a message, whatever it begins with.
pub(super) fn parse_message(text: &str) -> Typed {
    let text = sanitize_lines(text.trim_end().as_bytes());
    match text.len() {
        _ if text.trim().is_empty() => Typed::Nothing,
        _ if text.lines().count() > MESSAGE_LINES => Typed::TooManyLines(text.lines().count()),
        0..=MESSAGE_BYTES => {
            Typed::Send(ClientMessage::Say { room: None, to: None, ongoing: false, text: text.into_owned() })
        }
        long => Typed::TooLong(long),
    }
}

/// Shown for a message that is too long to send.
pub(super) fn too_long(bytes: usize) -> String {
    format!("That is {bytes} bytes, and a message has at most {MESSAGE_BYTES}. Please cut it into parts.")
}

/// Shown for a message of too many lines.
pub(super) fn too_many_lines(lines: usize) -> String {
    format!("Those are {lines} lines, and a message has at most {MESSAGE_LINES}. Please cut it into parts.")
}

/// The last sentence, and whether it ended as wished.
pub(super) fn farewell(end: &End, address: &Address) -> (String, bool) {
    let Address { destination, port } = address;
    match end {
        End::Left => (LEAVING.into(), true),
        End::ConnectionLost => (STOPPED.into(), false),
        End::Removed(reason) => (
            format!(
                "You have been removed from the chat by the host. The following reason was given: {reason}"
            ),
            false,
        ),
        End::Unreachable => (
            format!("Unable to connect to the chat server on destination {destination} and port {port}."),
            false,
        ),
        End::Refused(why) => (why.clone(), false),
        End::NoPassword(why) => {
            (format!("{why} Name a file with it with --password-file, or set SALON_PASSWORD."), false)
        }
        End::UnknownServer(words) => {
            (format!("What answers on {destination} port {port} does not let you in: {words}"), false)
        }
    }
}

/// Why a server cannot be reached, printed after [`farewell`]; `None` for other ends.
pub(super) fn unreachable(end: &End, why: Option<&io::Error>) -> Option<String> {
    const SILENT: &str = "It does not answer. Is that the right address, and is that machine on? Ask whoever runs it whether a \
                          firewall lets you through.";
    if *end != End::Unreachable {
        return None;
    }
    let Some(why) = why else { return Some(SILENT.into()) };
    Some(match why.kind() {
        ErrorKind::ConnectionRefused => {
            "No program listens there. Start it there with \"salon serve\", or name its port: HOST:PORT."
                .into()
        }
        ErrorKind::TimedOut => SILENT.into(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            "This machine knows no way there. Is it connected to that network?".into()
        }
        _ => format!("The reason: {why}."),
    })
}

/// What to do when a name is refused and nobody can type another.
pub(super) fn choose_other_name(why: &str) -> String {
    format!("{} Choose another with -u NAME.", whole(why))
}

/// What to do when a name is refused.
pub(super) fn type_other_name(why: &str) -> String {
    format!("{} Type another name here, or start with -u NAME.", whole(why))
}

/// `text` with a mark at its end. An operator's reason often has none.
fn whole(text: &str) -> String {
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pause_is_told_as_none() {
        for (millis, told) in [(1, "1 second"), (500, "1 second"), (1_700, "2 seconds"), (60_000, "1 minute")]
        {
            let said = lost("Art_Bot", Duration::from_millis(millis));
            assert_eq!(said, format!("Art_Bot lost the connection, and tries again in {told}."));
        }
    }

    #[test]
    fn a_reason_ends_before_the_next_sentence() {
        let told = type_other_name("You are banned from this server: too loud");
        assert!(told.starts_with("You are banned from this server: too loud. Type another name"), "{told}");
        assert!(type_other_name("The name Ann is taken.").starts_with("The name Ann is taken. Type"));
    }

    #[test]
    fn lines_as_typed() {
        let say = |text: &str| {
            Typed::Send(ClientMessage::Say { room: None, to: None, ongoing: false, text: text.into() })
        };
        let command = |name: &str, rest: &str| {
            Typed::Send(ClientMessage::Command { room: None, name: name.into(), rest: rest.into() })
        };
        for (line, means) in [
            ("hi", say("hi")),
            ("  hi \u{1b} ", say("  hi \u{fffd}")),
            ("   ", Typed::Nothing),
            ("/exit", Typed::Leave),
            ("/EXIT now", Typed::Leave),
            ("/quit", Typed::Leave),
            ("/me waves  twice ", command("me", "waves  twice")),
            ("/who", command("who", "")),
            ("//usr", say("/usr")),
            ("/", command("", "")),
        ] {
            assert_eq!(parse_line(line), means, "{line}");
        }
        for (line, is_one) in [
            ("/lord", true),
            ("/join thrones ", true),
            ("/usr/bin", false),
            ("//x", false),
            ("/", false),
            (" /who", false),
            ("hi", false),
        ] {
            assert_eq!(is_command(line), is_one, "{line}");
        }
        assert_eq!(parse_line(&"x".repeat(4_096)), say(&"x".repeat(4_096)));
        assert_eq!(parse_line(&"x".repeat(4_097)), Typed::TooLong(4_097));
        assert_eq!(parse_message("/etc/hosts"), say("/etc/hosts"));
    }
}
