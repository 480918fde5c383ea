//! Sentences for notices and removals.

use crate::base::limits::{HALF_CLOSED_TIMEOUT, NAME_TRIES, REPLY_TIMEOUT};
use crate::base::text::{in_words, plural};
use crate::proto::{Notice, Removal, STOPPING};

const RESUMED: &str = "You have resumed on another connection.";

/// A notice as sentences.
pub(super) fn notice(notice: &Notice) -> String {
    let text = match notice {
        Notice::Text(text) | Notice::FromHost { text, .. } | Notice::Hint { text, .. } => text,
        Notice::Greeting => "Welcome to Salon! What is your name?",
        Notice::PasswordGreeting => "Welcome to Salon! What is the password? (It is shown as you type.)",
        Notice::NameMissing => "What is your name?",
        Notice::NameFirst => "Please give your name first. What is it?",
        Notice::LastTry => {
            return format!("That was attempt {NAME_TRIES}, and the last one. Connect again to retry.");
        }
        Notice::TooMuchBeforeName => "Too much came before a name. Connect again to retry.",
        Notice::HandshakeTimeout(within) => {
            return format!("No name came within {}. Connect again to retry.", in_words(*within));
        }
        Notice::SlowDown { messages, within, limit } => {
            let within = humantime::format_duration(*within);
            return format!(
                "Slow down, please: that was {messages} messages within {within}. At {limit} you are removed."
            );
        }
        Notice::IdleWarning { since, remaining } => {
            let (since, remaining) = (in_words(*since), in_words(*remaining));
            return format!(
                "You have sent nothing for {since}. In {remaining} you are removed, unless you send something: an \
                 empty line is enough."
            );
        }
        Notice::HistoryCut => {
            "Many clients joined at once, so only the newest messages are replayed. Type /history for more."
        }
        Notice::RoomClosed => "Your query is dropped: its room was closed.",
        Notice::QueryTimeout => {
            let within = in_words(REPLY_TIMEOUT);
            return format!("Your query was not answered within {within} and is dropped. Try again later.");
        }
        Notice::InputEnded => {
            let within = in_words(HALF_CLOSED_TIMEOUT);
            return format!("Your input ended {within} ago, so your remaining commands are dropped.");
        }
        Notice::QueryAborted => "Your query is dropped: the service is stopping.",
        Notice::Resumed => RESUMED,
        Notice::NameClaimed(name) => {
            return format!("Another client at your address asked for your name, {name}. You keep it.");
        }
        Notice::Degraded(why) => {
            return format!("Messages are not stored for now: {why}. The chat goes on.");
        }
        Notice::Recovered { lost: 0 } => "Messages are stored again, including those said meanwhile.",
        Notice::Recovered { lost } => {
            let lost = plural(*lost, "message");
            return format!("Messages are stored again. {lost} said meanwhile will be missing.");
        }
        Notice::Unmuted => "You may speak again.",
        Notice::NoOperator => "You are no operator of the server any more.",
        Notice::Wallops { by, text } => return format!("{by} to all operators: {text}"),
        Notice::Invited { by, room } => {
            return format!("{by} invites you to the room {room}. To go there, type: /join {room}");
        }
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
        Removal::BacklogFull => "Reading too slowly: your send queue was full.",
        Removal::LargestBacklog => {
            "Reading too slowly: the send queues of all clients were full, and yours was the largest."
        }
        Removal::LargestPartialInput => {
            "Sending incomplete messages: the server held too many, and yours was the largest."
        }
        Removal::Resumed => RESUMED,
        Removal::Stopping => STOPPING,
        Removal::Kicked { by, reason } if reason.is_empty() => return format!("by {by}"),
        Removal::Kicked { by, reason } => return format!("{reason} (by {by})"),
    };
    text.to_owned()
}
