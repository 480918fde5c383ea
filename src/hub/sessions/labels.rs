//! Labels: ids that programs give their requests. Every reply to a labelled request carries its label, and exactly one reply is
//! the last.

use std::rc::Rc;

use bytes::BytesMut;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, ProgramEvent, Refusal, Reply};
use crate::wire::Codec;

/// The label of the current request.
#[derive(Debug)]
pub(in crate::hub) struct Label {
    text: Rc<str>,
    /// The last reply was sent, or will be sent by another part of the hub.
    is_spent: bool,
    /// The message asks for several things, so what comes later has no label.
    is_of_many: bool,
    /// The replies, for a client that gets them all together.
    collected: Option<BytesMut>,
}

impl Label {
    fn new(codec: &Codec, text: Rc<str>, is_of_many: bool) -> Label {
        let collected = codec.collects_answers_to(&text).then(BytesMut::new);
        Label { text, is_spent: false, is_of_many, collected }
    }
}

impl Sessions {
    /// The label of a session's current request, for what comes later.
    pub(in crate::hub) fn label(&self, id: SessionId) -> Option<Rc<str>> {
        self[id].label.as_ref().filter(|label| !label.is_of_many).map(|label| label.text.clone())
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
        self[id].label = Some(Box::new(Label::new(&self[id].codec, label, false)));
    }

    /// The last reply to a session's request will be sent later, by another part of the hub.
    pub(in crate::hub) fn spend_label(&mut self, id: SessionId) {
        if let Some(label) = &mut self[id].label {
            label.is_spent = true;
        }
    }

    /// A request was carried out or refused. Sends a last reply if there was none.
    pub(in crate::hub) fn end_request(&mut self, id: SessionId) {
        if self[id].codec.is_going_on() {
            return;
        }
        self.send_collected(id);
        let session = &mut self[id];
        if session.waiting.is_none() && !session.awaits_log() {
            session.codec.is_answered();
        }
        let is_closing = session.is_closing();
        if let Some(label) = session.label.take().filter(|label| !label.is_spent && !is_closing) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: None }), &label.text);
        }
    }

    /// Sends the replies that were collected, or that there are none.
    fn send_collected(&mut self, id: SessionId) {
        let session = &mut self[id];
        let Some(Label { text, is_spent, collected: Some(collected), .. }) = session.label.as_deref_mut()
        else {
            return;
        };
        let (text, is_spent, collected) =
            (text.clone(), std::mem::replace(is_spent, true), std::mem::take(collected));
        if collected.is_empty() && (is_spent || session.is_closing()) {
            return;
        }
        let mut out = BytesMut::new();
        session.codec.put_answer_to(&text, &collected, &mut out);
        self.send_lines(id, &out);
    }

    /// Refuses what the session had asked for under this label, and what was proposed since.
    pub(in crate::hub) fn refuse_late(&mut self, id: SessionId, why: Option<Refusal>, label: Option<&str>) {
        let Some(refused) = why.map(Event::refused) else { return };
        let mut rendered = BytesMut::new();
        match label {
            Some(label) => self.tell_labelled(id, &refused, label),
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
                self.send_collected(id);
                if let Some(label) = &mut self[id].label {
                    label.collected = None;
                }
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
