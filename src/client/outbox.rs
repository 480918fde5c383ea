//! A client's unsent and unacknowledged messages. They are sent in order, paced below the default spam limit, and kept until
//! they are acknowledged: until the server echoes or answers them.

use std::collections::VecDeque;
use std::time::Instant;

use crate::base::limits::{CLIENT_RATE_MESSAGES, CLIENT_RATE_WINDOW, OUTBOX_MESSAGES};
use crate::wire::json::{ClientMessage, EventFields, ServerMessage};

/// The outbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

#[derive(Debug)]
struct Message {
    request: ClientMessage,
    /// Sent on this connection, and not acknowledged yet.
    sent: bool,
}

/// Messages that are not acknowledged yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    messages: VecDeque<Message>,
    /// When the last messages were sent; never more than [`CLIENT_RATE_MESSAGES`].
    times: VecDeque<Instant>,
}

impl Outbox {
    /// Appends a message. An error: the outbox is full.
    pub(super) fn push(&mut self, request: ClientMessage) -> Result<(), Full> {
        if self.messages.len() >= OUTBOX_MESSAGES {
            return Err(Full);
        }
        self.messages.push_back(Message { request, sent: false });
        Ok(())
    }

    /// How many are unsent.
    pub(super) fn waiting(&self) -> usize {
        self.messages.iter().filter(|message| !message.sent).count()
    }

    /// Drops the unsent ones. Returns how many.
    pub(super) fn drop_waiting(&mut self) -> usize {
        let before = self.messages.len();
        self.messages.retain(|message| message.sent);
        before - self.messages.len()
    }

    /// Whether it takes no more.
    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= OUTBOX_MESSAGES
    }

    /// How many messages (not commands) are unacknowledged.
    pub(super) fn unacknowledged(&self) -> usize {
        self.messages.iter().filter(|message| is_speech(&message.request)).count()
    }

    /// The next message, if the pace allows it now. Marks it as sent.
    pub(super) fn next_message(&mut self, now: Instant) -> Option<&ClientMessage> {
        let message = self.messages.iter_mut().find(|message| !message.sent)?;
        if !pass(&mut self.times, now) {
            return None;
        }
        message.sent = true;
        Some(&message.request)
    }

    /// Takes the last sent message, if it is speech: the room does not echo it, so nothing will acknowledge it.
    pub(super) fn take_unechoed(&mut self) -> Option<ClientMessage> {
        let last = self.messages.iter().rposition(|message| message.sent)?;
        let is_speech = is_speech(&self.messages[last].request);
        is_speech.then(|| self.messages.remove(last).map(|message| message.request)).flatten()
    }

    /// When the next message may be sent, if there is one.
    pub(super) fn next_send_at(&self) -> Option<Instant> {
        if self.waiting() == 0 {
            return None;
        }
        match self.times.front() {
            Some(first) if self.times.len() >= CLIENT_RATE_MESSAGES => Some(*first + CLIENT_RATE_WINDOW),
            _ => self.times.back().copied(),
        }
    }

    /// Drops the message that `event` acknowledges. `own` is the client's name.
    pub(super) fn acknowledge(&mut self, event: &ServerMessage, own: &str) {
        let answered = |message: &Message| message.sent && answers(event, own, &message.request);
        if let Some(at) = self.messages.iter().position(answered) {
            self.messages.remove(at);
        }
    }

    /// Marks unacknowledged messages as unsent, after a reconnect. Drops commands: their replies are outdated.
    pub(super) fn resend(&mut self) {
        self.messages.retain(|message| !message.sent || is_speech(&message.request));
        for message in &mut self.messages {
            message.sent = false;
        }
    }

    /// Restarts the pace on a new connection, on which only the join was sent. It counts.
    pub(super) fn reconnected(&mut self, now: Instant) {
        self.times.clear();
        self.times.push_back(now);
    }
}

/// Whether the pace allows one more message now; if so, it is counted.
fn pass(times: &mut VecDeque<Instant>, now: Instant) -> bool {
    while times.front().is_some_and(|time| now.saturating_duration_since(*time) >= CLIENT_RATE_WINDOW) {
        times.pop_front();
    }
    let passes = times.len() < CLIENT_RATE_MESSAGES;
    if passes {
        times.push_back(now);
    }
    passes
}

/// Whether somebody hears it: a message or `/me`.
fn is_speech(request: &ClientMessage) -> bool {
    match request {
        ClientMessage::Say { .. } => true,
        ClientMessage::Command { name, .. } => is_me(name),
        _ => false,
    }
}

fn is_me(command: &str) -> bool {
    command.eq_ignore_ascii_case("me")
}

/// Whether `event` acknowledges `request` of the client called `own`.
fn answers(event: &ServerMessage, own: &str, request: &ClientMessage) -> bool {
    let is_own = |what: &EventFields, said: &str| {
        let is_there = request.room().is_none_or(|room| room == what.room);
        is_there && what.who == own && what.text.as_deref() == Some(said)
    };
    match (event, request) {
        (ServerMessage::Said { what }, ClientMessage::Say { to: None, text, .. }) => is_own(what, text),
        (
            ServerMessage::Private { from, text, .. },
            ClientMessage::Say { to: Some(_), text: own_text, .. },
        ) => from == own && text == own_text,
        (ServerMessage::Private { from, .. }, ClientMessage::Command { name, .. }) => {
            from == own && ["msg", "reply"].iter().any(|command| name.eq_ignore_ascii_case(command))
        }
        (ServerMessage::Acted { what }, ClientMessage::Command { name, rest, .. }) => {
            is_me(name) && is_own(what, rest)
        }
        (
            ServerMessage::Erased { what, .. } | ServerMessage::Edited { what, .. },
            ClientMessage::Command { name, .. },
        ) => {
            let command = if what.text.is_some() { "edit" } else { "undo" };
            what.who == own && name.eq_ignore_ascii_case(command)
        }
        (
            ServerMessage::Notice { .. } | ServerMessage::Welcome { .. } | ServerMessage::Nick { .. },
            ClientMessage::Command { name, .. },
        ) => !is_me(name),
        (ServerMessage::Welcome { .. }, ClientMessage::Join { .. }) | (ServerMessage::Refused { .. }, _) => {
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> ClientMessage {
        ClientMessage::Say { room: None, to: None, ongoing: false, text: text.into() }
    }

    #[test]
    fn six_at_once_and_then_as_the_pace_allows() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        for n in 0..8 {
            outbox.push(say(&n.to_string())).unwrap();
        }
        for n in 0..6 {
            assert_eq!(outbox.next_message(start), Some(&say(&n.to_string())));
        }
        assert_eq!(outbox.next_message(start), None);
        let next = outbox.next_send_at().unwrap();
        assert_eq!(next, start + CLIENT_RATE_WINDOW);
        assert_eq!(outbox.next_message(start + CLIENT_RATE_WINDOW / 2), None);
        assert_eq!(outbox.next_message(next), Some(&say("6")));
    }

    #[test]
    fn what_did_not_come_back_is_said_again() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        for text in ["one", "two", "three"] {
            outbox.push(say(text)).unwrap();
        }
        outbox.push(ClientMessage::Command { room: None, name: "who".into(), rest: String::new() }).unwrap();
        while outbox.next_message(now).is_some() {}
        let line = r#"{"type":"said","id":1,"time":"","room":"lobby","who":"Ann","is":"person","text":"two","replayed":true}"#;
        let event: ServerMessage = serde_json::from_str(line).unwrap();
        outbox.acknowledge(&event, "Bob");
        outbox.acknowledge(&event, "Ann");
        outbox.resend();
        assert_eq!(outbox.next_message(now), Some(&say("one")));
        assert_eq!(outbox.next_message(now), Some(&say("three")));
        assert_eq!(outbox.next_message(now), None);
    }

    #[test]
    fn there_is_an_end_to_what_it_takes() {
        let mut outbox = Outbox::default();
        for _ in 0..OUTBOX_MESSAGES {
            outbox.push(say("again")).unwrap();
        }
        assert_eq!(outbox.push(say("one too many")), Err(Full));
    }
}
