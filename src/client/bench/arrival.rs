//! The handshake of a bench's member, until it is in its room. It has no connection.

use crate::base::text::sanitize;

/// The line that ends the replay of the history.
const NEW_MESSAGES: &[u8] = b"------------[Start new messages]------------";

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
#[derive(Debug, Default)]
pub struct Arrival {
    /// The room to join; `None`: the server's first room.
    room: Option<String>,
    /// It is in the first room, and has sent `/join`.
    has_asked: bool,
    /// The last line of the server.
    last: String,
}

impl Arrival {
    /// Starts a handshake for `room`, or for the server's first room.
    pub fn new(room: Option<&str>) -> Arrival {
        Arrival { room: room.map(str::to_owned), ..Arrival::default() }
    }

    /// Handles a line of the server.
    pub fn heard(&mut self, sentence: &[u8]) -> Step {
        if sentence == NEW_MESSAGES {
            return match &self.room {
                Some(room) if !self.has_asked => {
                    self.has_asked = true;
                    Step::Say(format!("/join {room}"))
                }
                _ => Step::In,
            };
        }
        // These lines cannot be messages, which begin with a name.
        let starts = |start: &str| sentence.starts_with(start.as_bytes());
        let ends = |end: &str| sentence.ends_with(end.as_bytes());
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

    /// The last line of the server, if it closed the connection.
    pub fn last_words(&self) -> &str {
        &self.last
    }
}

/// The reason of a removal, if `sentence` is one.
pub fn removal(sentence: &[u8]) -> Option<String> {
    let line = b"You have been removed from the chat by the host. The following reason was given: ";
    let eom = b"Kicked by the host for ";
    let reason = sentence.strip_prefix(line).or_else(|| sentence.strip_prefix(eom))?;
    Some(sanitize(reason).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps after these lines.
    fn steps(room: Option<&str>, heard: &[&str]) -> Vec<Step> {
        let mut arrival = Arrival::new(room);
        heard.iter().map(|sentence| arrival.heard(sentence.as_bytes())).collect()
    }

    const MARK: &str = "------------[Start new messages]------------";

    #[test]
    fn into_the_first_room_and_on_into_another() {
        use Step::{In, Say, Wait};
        assert_eq!(steps(None, &["Welcome, bench1!", MARK]), [Wait, In]);
        let join = || Say("/join hall".into());
        let heard = [MARK, "You have left the lobby.", MARK];
        assert_eq!(steps(Some("hall"), &heard), [join(), Wait, In]);
        assert_eq!(steps(Some("hall"), &[MARK, "You are in hall already."]), [join(), In]);
        let no_room = "There is no room hall. There is one: lobby.";
        assert_eq!(steps(Some("hall"), &[MARK, no_room]), [join(), Step::Refused(no_room.into())]);
    }

    #[test]
    fn names_that_cannot_be_had() {
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
        assert_eq!(removal(line).as_deref(), Some("the noise"));
        assert_eq!(removal(b"bench1: Kicked by the host for the noise"), None);
    }
}
