//! Leaving the chat: first, what waits is sent, unless the user drops it.

use std::time::Instant;

use crate::base::text::plural;
use crate::client::app::App;
use crate::client::lines::Line;
use crate::client::link::End;
use crate::terminal::keys::Key;

impl App {
    /// Leaves as soon as everything is sent; at once on the second call.
    pub fn leave(&mut self, now: Instant) {
        if self.link.is_leaving() {
            return self.link.abort();
        }
        let waiting = self.link.waiting();
        self.link.leave(now);
        if self.link.waiting() > 0 && self.link.will_send() {
            let messages = plural(waiting, "message");
            let them = if waiting == 1 { "it" } else { "them" };
            self.lines.push(Line::notice(format!("Leaving. {messages} to send first; Ctrl-C drops {them}.")));
        }
    }

    /// How many messages were not sent before the end.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Handles a key while the client leaves: only Ctrl-C counts.
    pub(super) fn press_while_leaving(&mut self, key: &Key, now: Instant) {
        if *key == Key::Ctrl('c') {
            self.leave(now);
        }
    }

    /// Drops the messages that wait to be sent.
    pub(super) fn drop_waiting(&mut self) {
        let count = self.link.drop_waiting();
        let was = if count == 1 { "was" } else { "were" };
        self.lines.push(Line::notice(format!("{} {was} dropped.", plural(count, "message"))));
    }

    /// Handles the end. What waits is not sent any more.
    pub(super) fn end_with(&mut self, end: End) {
        self.dropped = self.link.waiting();
        if self.dropped > 0 {
            let was = if self.dropped == 1 { "was" } else { "were" };
            self.lines.push(Line::notice(format!("{} {was} not sent.", plural(self.dropped, "message"))));
        }
        self.end = Some(end);
    }
}
