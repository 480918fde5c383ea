//! The handshake of a bench's member, until it is in its room. It has no connection.

use crate::base::text::sanitize;
use crate::proto::{STOPPING, STOPPING_PLAIN};
use crate::wire::Dialect;

/// Ends the replay of the history, in the dialect `eom`.
const NEW_MESSAGES: &[u8] = b"------------[Start new messages]------------";

/// In the dialect `line` nothing ends an empty replay. So members ask for none, and the answer tells that they are in the room.
const NO_REPLAY: &str = "/replay off";
const NO_REPLAY_HEARD: &[u8] = b"When you join a room, you hear no earlier messages.";

/// The next step after a line of the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for more.
    Wait,
    /// Send this.
    Say(String),
    /// The member is in the room.
    In,
    /// The name is taken.
    NameTaken,
    /// The server refuses the member, with these words.
    Refused(String),
}

/// The state of the handshake.
#[derive(Debug)]
pub struct Arrival {
    dialect: Dialect,
    /// The room to join; `None`: the server's first room.
    room: Option<String>,
    /// It is in the first room, and has sent `/join`.
    has_asked: bool,
    /// The last line of the server.
    last: String,
}

impl Arrival {
    /// Starts a handshake for `room`, or for the server's first room.
    pub fn new(room: Option<&str>, dialect: Dialect) -> Arrival {
        Arrival { dialect, room: room.map(str::to_owned), has_asked: false, last: String::new() }
    }

    /// Handles a line of the server.
    pub fn heard(&mut self, sentence: &[u8]) -> Step {
        // These lines cannot be messages, which begin with a name.
        let starts = |start: &str| sentence.starts_with(start.as_bytes());
        let ends = |end: &str| sentence.ends_with(end.as_bytes());
        match self.dialect {
            Dialect::Line if starts("Welcome, ") && self.has_asked => return Step::In,
            Dialect::Line if starts("Welcome, ") => return Step::Say(NO_REPLAY.to_owned()),
            Dialect::Line if sentence == NO_REPLAY_HEARD => return self.join(),
            Dialect::Line => {}
            _ if sentence == NEW_MESSAGES => return self.join(),
            _ => {}
        }
        if self.has_asked && starts("You are in ") && ends(" already.") {
            return Step::In;
        }
        if starts("The name ") && (ends(" is taken.") || ends(" is taken. Please choose another.")) {
            return Step::NameTaken;
        }
        let refused = (self.has_asked && starts("There is no room ")) || ends(" Please choose another.");
        if !starts("Kicked by the host for ") {
            self.last = sanitize(sentence).into_owned();
        }
        if refused || starts("Kicked by the host for ") {
            return Step::Refused(self.last.clone());
        }
        Step::Wait
    }

    /// It is in the first room, or in the one that it asked for.
    fn join(&mut self) -> Step {
        match &self.room {
            Some(room) if !self.has_asked => {
                self.has_asked = true;
                Step::Say(format!("/join {room}"))
            }
            _ => Step::In,
        }
    }

    /// The last line of the server, if it closed the connection.
    pub fn last_words(&self) -> &str {
        &self.last
    }
}

/// The reason of a removal, if `sentence` is one.
pub fn removal(sentence: &[u8]) -> Option<String> {
    let line = b"You have been removed from the chat by the host. The following reason was given: ";
    let eom = b"Kicked by the host for ";
    if sentence == STOPPING_PLAIN.as_bytes() {
        return Some(STOPPING.to_owned());
    }
    let reason = sentence.strip_prefix(line).or_else(|| sentence.strip_prefix(eom))?;
    Some(sanitize(reason).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps after these lines.
    fn steps(room: Option<&str>, dialect: Dialect, heard: &[&str]) -> Vec<Step> {
        let mut arrival = Arrival::new(room, dialect);
        heard.iter().map(|sentence| arrival.heard(sentence.as_bytes())).collect()
    }

    const MARK: &str = "------------[Start new messages]------------";

    #[test]
    fn into_the_first_room_and_on_into_another() {
        use Step::{In, Say, Wait};
        let steps = |room, heard: &[&str]| steps(room, Dialect::Eom, heard);
        assert_eq!(steps(None, &["Ann: hi", MARK]), [Wait, In]);
        let join = || Say("/join hall".into());
        let heard = [MARK, "You have left the lobby.", MARK];
        assert_eq!(steps(Some("hall"), &heard), [join(), Wait, In]);
        assert_eq!(steps(Some("hall"), &[MARK, "You are in hall already."]), [join(), In]);
        let no_room = "There is no room hall. There is one: lobby.";
        assert_eq!(steps(Some("hall"), &[MARK, no_room]), [join(), Step::Refused(no_room.into())]);
    }

    #[test]
    fn lines_have_no_mark_that_is_sure_to_come() {
        use Step::{In, Say, Wait};
        let (off, join) = (|| Say("/replay off".into()), || Say("/join hall".into()));
        let (welcome, none) = ("Welcome, bench1!", "When you join a room, you hear no earlier messages.");
        let steps = |room, heard: &[&str]| steps(room, Dialect::Line, heard);
        assert_eq!(steps(None, &[welcome, none]), [off(), In]);
        assert_eq!(steps(None, &[welcome, "[19:00] Ann: hi", MARK, none]), [off(), Wait, Wait, In]);
        assert_eq!(steps(Some("hall"), &[welcome, none, welcome]), [off(), join(), In]);
        assert_eq!(steps(Some("hall"), &[welcome, none, "You are in hall already."]), [off(), join(), In]);
    }

    #[test]
    fn names_that_cannot_be_had() {
        let steps = |room, heard: &[&str]| steps(room, Dialect::Line, heard);
        for taken in ["The name bench1 is taken.", "The name bench1 is taken. Please choose another."] {
            assert_eq!(steps(None, &[taken]), [Step::NameTaken]);
        }
        let banned = "The name bench1 is banned.";
        let kicked = "Kicked by the host for not providing a valid username for identification.";
        assert_eq!(steps(None, &[banned, kicked]), [Step::Wait, Step::Refused(banned.into())]);
        let asked_again = format!("{banned} Please choose another.");
        assert_eq!(steps(None, &[&asked_again]), [Step::Refused(asked_again.clone())]);
    }

    #[test]
    fn why_somebody_is_removed() {
        assert_eq!(removal(b"Kicked by the host for the noise").as_deref(), Some("the noise"));
        let line =
            b"You have been removed from the chat by the host. The following reason was given: the noise";
        assert_eq!(removal(b"The server is stopping."), Some(STOPPING.to_owned()));
        assert_eq!(removal(line).as_deref(), Some("the noise"));
        assert_eq!(removal(b"bench1: Kicked by the host for the noise"), None);
    }
}
