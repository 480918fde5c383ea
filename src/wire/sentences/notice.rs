//! Sentences for notices and removals.

use crate::base::limits::{HALF_CLOSED_TIMEOUT, NAME_TRIES, REPLY_TIMEOUT};
use crate::base::text::{in_words, plural};
use crate::proto::{Notice, Removal, STOPPING};

const CAME_BACK: &str = "You have come back from elsewhere.";

/// A notice as sentences.
pub(super) fn notice(notice: &Notice) -> String {
    let text = match notice {
        Notice::Text(text) => text,
        Notice::Greeting => "Welcome to Salon! What is your name?",
        Notice::NameMissing => "What is your name?",
        Notice::NameFirst => "First a name, please: what is yours?",
        Notice::LastTry => {
            return format!("That was try {NAME_TRIES}, and the last. Connect again when you like.");
        }
        Notice::HandshakeTimeout(within) => {
            return format!("No name came within {}. Connect again when you like.", in_words(*within));
        }
        Notice::SlowDown { messages, within, most } => {
            let within = humantime::format_duration(*within);
            return format!(
                "Slow down, please: that was {messages} messages within {within}. At {most} you are removed."
            );
        }
        Notice::IdleWarning { since, left } => {
            let (since, left) = (in_words(*since), in_words(*left));
            return format!(
                "Nothing came from you for {since}. In {left} you are removed, unless you send something: an \
                 empty line will do."
            );
        }
        Notice::HistoryCut => {
            "Many came at once, so of what was said before you hear only the newest. Type /history for more."
        }
        Notice::RoomClosed => {
            "You asked in a room that is closed now, and what was said there is not told again."
        }
        Notice::QueryTimeout => {
            let within = in_words(REPLY_TIMEOUT);
            return format!(
                "Your question was not answered within {within}, and is given up. Try again later."
            );
        }
        Notice::InputEnded => {
            let within = in_words(HALF_CLOSED_TIMEOUT);
            return format!(
                "Your input ended {within} ago, and what else you asked for is not done any more."
            );
        }
        Notice::QueryAborted => "Your question is not answered any more: the service is stopping.",
        Notice::Resumed => CAME_BACK,
        Notice::NameClaimed(name) => {
            return format!(
                "Somebody at your address wants to be called {name}. You are, and nothing changes."
            );
        }
        Notice::Degraded(why) => {
            return format!("Nothing that is said is kept for now: {why}. The chat goes on.");
        }
        Notice::Recovered { lost: 0 } => "What is said is kept again, and so is what was said meanwhile.",
        Notice::Recovered { lost } => {
            let lost = plural(*lost, "message");
            return format!(
                "What is said is kept again. Of what was said meanwhile, {lost} will be missing."
            );
        }
        Notice::Unmuted => "You may speak again.",
    };
    text.to_owned()
}

/// The reason of a removal, as the end of "removed for". Old clients show some of these words.
pub fn removal(why: &Removal) -> String {
    let text = match why {
        Removal::Operator(reason) => reason,
        Removal::InvalidName => "not providing a valid username for identification.",
        Removal::Spam => "Sending too many messages in rapid succession!",
        Removal::Unsupported => "speaking another protocol.",
        Removal::Idle(time) => return format!("Sending nothing for {}.", in_words(*time)),
        Removal::WriteStalled(time) => return format!("Reading nothing for {}.", in_words(*time)),
        Removal::BacklogFull => "Reading too slowly: too much was waiting to be read.",
        Removal::LargestBacklog => {
            "Reading too slowly: too much was waiting for all who do not read, and most of it for you."
        }
        Removal::LargestPartialInput => {
            "Sending messages without their ends: too much of that was waiting, and most of it was yours."
        }
        Removal::Resumed => CAME_BACK,
        Removal::Stopping => STOPPING,
    };
    text.to_owned()
}
