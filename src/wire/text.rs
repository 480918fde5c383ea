//! Parses messages of the text dialects: slash commands and escaped slashes.

use crate::base::limits::MESSAGE_BYTES;
use crate::base::name::Name;
use crate::proto::Request;

/// Parses a message of the client named `own`. `None`: it is blank. The prefix `NAME: ` of old programs is dropped if
/// it is the client's own name; another name is text.
pub(super) fn request(message: &str, own: &Name) -> Option<Request> {
    let text = match message.split_once(": ") {
        Some((name, text)) if own.is_spelled(name) => text,
        _ => message,
    };
    let text = text.trim_end();
    if text.trim_start().is_empty() {
        return None;
    }
    if text.len() > MESSAGE_BYTES {
        return Some(Request::SayTooLong);
    }
    Some(match text.strip_prefix('/') {
        Some(said) if said.starts_with('/') => Request::Say { room: None, text: said.to_owned() },
        // `/usr/bin/ld: cannot find -lfoo` is text: a path contains another slash, and no command does.
        Some(path) if path.split(char::is_whitespace).next().is_some_and(|word| word.contains('/')) => {
            Request::Say { room: None, text: text.to_owned() }
        }
        Some(command) => {
            let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            Request::command(None, name.to_owned(), rest)
        }
        None => Request::Say { room: None, text: text.to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_in_later_messages() {
        let own = Name::parse("Bob").unwrap();
        let say = |text: &str| Some(Request::Say { room: None, text: text.to_owned() });
        let command = |name: &str, rest: &str| {
            Some(Request::Command { room: None, name: name.into(), rest: rest.into() })
        };
        for (message, asked) in [
            ("hi", say("hi")),
            ("  hi  ", say("  hi")),
            ("Bob: hi", say("hi")),
            ("Bob: Bob: hi", say("Bob: hi")),
            ("Ann: hi", say("Ann: hi")),
            ("Bob:hi", say("Bob:hi")),
            ("Bob: ", None),
            ("Bob: a: b", say("a: b")),
            (" \t ", None),
            ("/who", command("who", "")),
            ("Bob: /me  waves twice ", command("me", "waves twice")),
            ("//usr", say("/usr")),
            ("/usr/bin/ld: cannot find -lfoo", say("/usr/bin/ld: cannot find -lfoo")),
            ("/usr/", say("/usr/")),
            ("Bob: /usr/lib is full", say("/usr/lib is full")),
            ("//usr/lib", say("/usr/lib")),
            ("///usr", say("//usr")),
            ("/me opens /usr/lib", command("me", "opens /usr/lib")),
            ("/me\t/usr/lib", command("me", "/usr/lib")),
            ("/ /usr", command("", "/usr")),
            ("/", command("", "")),
        ] {
            assert_eq!(request(message, &own), asked, "{message}");
        }
        assert_eq!(request(&"x".repeat(4097), &own), Some(Request::SayTooLong));
        assert_eq!(request(&format!("Bob: {}", "x".repeat(4096)), &own), say(&"x".repeat(4096)));
    }
}
