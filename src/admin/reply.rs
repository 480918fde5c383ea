//! An answer to an operator: for people, for programs, and as a line of JSON on the control socket.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base::limits::{CONSOLE_LINE_BYTES, CONTROL_CONNECTIONS, CONTROL_IDLE_TIMEOUT};
use crate::base::text::in_words;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it was done.
    pub ok: bool,
    /// For people: lines, without an end.
    pub text: String,
    /// For programs: what a command lists, or did something to; null if there is nothing to know.
    pub data: Value,
}

impl Reply {
    /// It was done.
    pub(super) fn done(text: impl Into<String>) -> Reply {
        Reply::done_with(text, Value::Null)
    }

    /// It was done, and programs may want to know this of it.
    pub(super) fn done_with(text: impl Into<String>, data: Value) -> Reply {
        Reply { ok: true, text: text.into(), data }
    }

    /// It was not done, for this reason.
    pub(super) fn failed(text: impl Into<String>) -> Reply {
        Reply { ok: false, text: text.into(), data: Value::Null }
    }

    /// The service is to end. The connection stays until it has.
    pub fn stopping() -> Reply {
        Reply::done_with("The service is stopping.", json!({ "stopping": true }))
    }

    /// A line was longer than any command may be.
    pub fn too_long() -> Reply {
        Reply::failed(format!("That is longer than {CONSOLE_LINE_BYTES} bytes. Send it in parts."))
    }

    /// There are as many operators as may be.
    pub fn crowded() -> Reply {
        let soon = in_words(CONTROL_IDLE_TIMEOUT);
        Reply::failed(format!("{CONTROL_CONNECTIONS} operators are connected already. Try again in {soon}."))
    }

    /// An operator was silent for long, and another takes its place.
    pub fn displaced() -> Reply {
        Reply::failed(
            "You were idle, and another operator needed your connection. Connect again when you like.",
        )
    }

    /// Whether the service ends now.
    pub fn is_last(&self) -> bool {
        self.data["stopping"] == true
    }

    /// Whether it is a page of messages, without any.
    pub fn is_empty_page(&self) -> bool {
        self.data["messages"].as_array().is_some_and(Vec::is_empty)
    }

    /// The command that brings the next page, if there is one.
    pub fn next_page(&self) -> Option<&str> {
        self.data["next"].as_str()
    }

    /// The line, with its end.
    pub fn line(&self) -> Vec<u8> {
        // Text and values can always be written as JSON.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}
