//! A reply to an operator, as text for people and as JSON for programs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::admin::qr;
use crate::base::limits::{CONSOLE_LINE_BYTES, CONTROL_CONNECTIONS, CONTROL_IDLE_TIMEOUT};
use crate::base::text::in_words;

/// A reply to a command. On the control socket, it is one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether the command succeeded.
    pub ok: bool,
    /// For people: one or more lines, without a line end at the end.
    pub text: String,
    /// For programs: what the command lists or changed. Null: no data.
    pub data: Value,
}

impl Reply {
    /// Success without data.
    pub(super) fn done(text: impl Into<String>) -> Reply {
        Reply::done_with(text, Value::Null)
    }

    /// Success with data for programs.
    pub(super) fn done_with(text: impl Into<String>, data: Value) -> Reply {
        Reply { ok: true, text: text.into(), data }
    }

    /// Failure, for this reason.
    pub(super) fn failed(text: impl Into<String>) -> Reply {
        Reply { ok: false, text: text.into(), data: Value::Null }
    }

    /// The reply to `exit`. The connection stays open until the server has stopped.
    pub fn stopping() -> Reply {
        Reply::done_with("The service is stopping.", json!({ "stopping": true }))
    }

    /// The reply to a line that is too long.
    pub fn too_long() -> Reply {
        Reply::failed(format!("That is longer than {CONSOLE_LINE_BYTES} bytes. Shorten it."))
    }

    /// The reply to a connection above the limit.
    pub fn crowded() -> Reply {
        let soon = in_words(CONTROL_IDLE_TIMEOUT);
        Reply::failed(format!("{CONTROL_CONNECTIONS} operators are connected already. Try again in {soon}."))
    }

    /// The last reply to an idle operator whose connection another one takes.
    pub fn displaced() -> Reply {
        Reply::failed(
            "You were idle, and another operator needed your connection. Connect again to continue.",
        )
    }

    /// Whether the server stops after this reply.
    pub fn is_last(&self) -> bool {
        self.data["stopping"] == true
    }

    /// Whether it answers no command, but tells of something that a room which is watched saw.
    pub fn is_event(&self) -> bool {
        self.data["event"].is_string()
    }

    /// Whether it is an empty page of messages.
    pub fn is_empty_page(&self) -> bool {
        self.data["messages"].as_array().is_some_and(Vec::is_empty)
    }

    /// The command that brings the next page, if there is one.
    pub fn next_page(&self) -> Option<&str> {
        self.data["next"].as_str()
    }

    /// A QR code that belongs to it, drawn for a terminal with colours.
    pub fn qr_code(&self) -> Option<String> {
        Some(qr::draw(self.data["qr"].as_str()?)?.rows.join("\n"))
    }

    /// The reply as a line of JSON, with its line end.
    pub fn line(&self) -> Vec<u8> {
        // Serializing text and JSON values cannot fail.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}
