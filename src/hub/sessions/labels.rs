//! Labels: ids that programs give their requests. Every reply to a labelled request carries its label, and exactly one reply is
//! the last.

use std::rc::Rc;

use bytes::BytesMut;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, ProgramEvent, Refusal, Reply};
use crate::wire::{AnswerPart, Codec};

/// The label of the current request.
#[derive(Debug)]
pub(in crate::hub) struct Label {
    text: Rc<str>,
    /// The last reply was sent, or will be sent by another part of the hub.
    is_spent: bool,
    /// The message asks for several things: what answers one of them is not the last reply.
    is_of_many: bool,
    /// The replies, for a client that gets them all together.
    collected: Option<BytesMut>,
    /// Some of them were sent already, and the rest belongs to these.
    has_begun: bool,
}

impl Label {
    fn new(codec: &Codec, text: Rc<str>, is_of_many: bool) -> Label {
        let collected = codec.collects_answers_to(&text).then(BytesMut::new);
        Label { text, is_spent: false, is_of_many, collected, has_begun: false }
    }

    /// Whether this is the label of a message that asks for several things.
    pub(super) fn is_of_many(&self) -> bool {
        self.is_of_many
    }
}

impl Sessions {
    /// The label of a session's current request, for what comes later.
    pub(in crate::hub) fn label(&self, id: SessionId) -> Option<Rc<str>> {
        self[id].label.as_ref().map(|label| label.text.clone())
    }

    /// The same, if what happens meanwhile by the session's doing is part of the answer.
    pub(super) fn label_of_answer(&self, id: SessionId) -> Option<Rc<str>> {
        self.label(id).filter(|label| self.collects(id, label))
    }

    /// Whether this is the label of the current request, whose replies are collected.
    fn collects(&self, id: SessionId, label: &str) -> bool {
        self[id].label.as_ref().is_some_and(|current| *current.text == *label && current.collected.is_some())
    }

    /// Takes the label of the request that was read last.
    pub(super) fn take_label(&mut self, id: SessionId) {
        let session = &mut self[id];
        let Some(text) = session.codec.take_label() else {
            session.label = None;
            return;
        };
        // One message may ask for several things.
        if session.label.is_none() {
            let is_of_many = session.codec.is_going_on();
            session.label = Some(Box::new(Label::new(&session.codec, text, is_of_many)));
        }
    }

    /// A request with this label is answered, which was carried out earlier. End that with [`Sessions::end_request`].
    pub(in crate::hub) fn begin_answer(&mut self, id: SessionId, label: Rc<str>) {
        if self[id].label.as_ref().is_some_and(|current| current.is_of_many && current.text == label) {
            return;
        }
        self[id].label = Some(Box::new(Label::new(&self[id].codec, label, false)));
    }

    /// The last reply to a session's request will be sent later, by another part of the hub.
    pub(in crate::hub) fn spend_label(&mut self, id: SessionId) {
        if let Some(label) = &mut self[id].label {
            label.is_spent = true;
        }
    }

    /// The answer to a message that asks for several things is what was collected by now.
    pub(super) fn stop_awaiting_rest(&mut self, id: SessionId) {
        if let Some(label) = &mut self[id].label {
            label.is_of_many = false;
        }
    }

    /// A request was carried out or refused. Sends a last reply if there was none.
    pub(in crate::hub) fn end_request(&mut self, id: SessionId) {
        if self[id].codec.is_going_on() || self[id].awaits_rest() {
            return;
        }
        self.send_collected(id, true);
        let session = &mut self[id];
        if session.waiting.is_none() && !session.awaits_log() {
            session.codec.is_answered();
        }
        let is_closing = session.is_closing();
        if let Some(label) = session.label.take().filter(|label| !label.is_spent && !is_closing) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: None }), &label.text);
        }
    }

    /// Sends the replies that were collected, or that there are none. `ends`: these are all.
    fn send_collected(&mut self, id: SessionId, ends: bool) {
        let session = &mut self[id];
        let is_closing = session.is_closing();
        let Some(label) = session.label.as_deref_mut() else { return };
        let Label { text, is_spent, is_of_many, collected: Some(collected), has_begun } = label else {
            return;
        };
        let is_spent = std::mem::replace(is_spent, true) && !*is_of_many;
        let is_due = ends && (*has_begun || !(is_spent || is_closing));
        if collected.is_empty() && !is_due {
            return;
        }
        let part = AnswerPart { begins: !std::mem::replace(has_begun, true), ends };
        let mut out = BytesMut::new();
        session.codec.put_answer_to(text, &std::mem::take(collected), part, &mut out);
        self.send_lines(id, &out);
    }

    /// Sends the replies that were collected, before something that must not wait. Those that follow have no label, unless the
    /// request asks for more.
    fn send_in_between(&mut self, id: SessionId) {
        let is_of_many = self[id].label.as_ref().is_some_and(|label| label.is_of_many);
        self.send_collected(id, !is_of_many);
        if let Some(label) = self[id].label.as_mut().filter(|_| !is_of_many) {
            label.collected = None;
        }
    }

    /// Refuses what the session had asked for under this label, and what was proposed since.
    pub(in crate::hub) fn refuse_late(&mut self, id: SessionId, why: Option<Refusal>, label: Option<&str>) {
        let Some(refused) = why.map(Event::refused) else { return };
        let mut rendered = BytesMut::new();
        match label {
            Some(label) => self.tell_labelled(id, &refused, label),
            // The request may still be the current one.
            None if self[id].waiting.is_none()
                && !self[id].awaits_log()
                && self[id].codec.render(&refused, &mut rendered) =>
            {
                self.send_lines(id, &rendered);
            }
            None if self[id].codec.render_late(&refused, &mut rendered) => {
                self.send_lines(id, &rendered);
            }
            None => self.fanout.unicast(id, &refused),
        }
    }

    /// Sends lines in reply to the session's current request.
    pub(super) fn answer_with(&mut self, id: SessionId, lines: &[u8]) {
        match self[id].label.as_deref_mut() {
            Some(Label { collected: Some(collected), .. }) => collected.extend_from_slice(lines),
            _ => self.send_lines(id, lines),
        }
    }

    /// Sends lines that its codec made for it.
    fn send_lines(&mut self, id: SessionId, lines: &[u8]) {
        let codec = &self.slots[id.0].codec;
        self.fanout.enqueue(id, |out| codec.put_lines(lines, out));
    }

    /// Sends an event in reply to the session's current request; without a label, as any other event.
    pub(super) fn reply(&mut self, id: SessionId, event: &Event) {
        let mut rendered = BytesMut::new();
        if self[id].codec.render(event, &mut rendered) {
            if is_between(event) && !rendered.is_empty() {
                self.send_in_between(id);
            } else if let Some(Label { collected: Some(collected), .. }) = self[id].label.as_deref_mut() {
                return collected.unsplit(rendered);
            }
            return self.send_lines(id, &rendered);
        }
        let Some(label) = self.label(id) else { return self.fanout.unicast(id, event) };
        if is_last(event) {
            self.spend_label(id);
        }
        self.tell_labelled(id, event, &label);
    }

    /// Sends an event in reply to the request with this label.
    pub(in crate::hub) fn tell_labelled(&mut self, id: SessionId, event: &Event, label: &str) {
        let mut rendered = BytesMut::new();
        if self.collects(id, label) && self[id].codec.render(event, &mut rendered) {
            self.answer_with(id, &rendered);
            if let Some(current) = &mut self[id].label {
                current.is_spent = false;
            }
            if matches!(event, Event::Live(entry) if entry.event.text().is_some()) {
                // Others may answer the message at once.
                self.send_in_between(id);
            }
            return;
        }
        if self[id].codec.render_labelled(event, label, &mut rendered) {
            return self.send_lines(id, &rendered);
        }
        let encoding = self[id].codec.encoding();
        self.fanout.enqueue(id, |out| encoding.encode_labelled(event, label, out));
    }
}

/// Whether an event belongs to what is sent without being collected: the history behind a join, or the end.
fn is_between(event: &Event) -> bool {
    matches!(
        event,
        Event::ReplayStart { .. }
            | Event::ReplayEnd { .. }
            | Event::Removed(_)
            | Event::Reply(Reply::Goodbye)
    )
}

/// Whether this is the last reply to a request.
fn is_last(event: &Event) -> bool {
    match event {
        Event::Refused { .. }
        | Event::NameAccepted { .. }
        | Event::Renamed { is_own: true, .. }
        | Event::Welcome { .. }
        | Event::Parted { .. } => true,
        Event::Program(told) => !matches!(told, ProgramEvent::Gap { .. }),
        _ => false,
    }
}
