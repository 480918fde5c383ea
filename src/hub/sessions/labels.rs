//! Labels: ids that programs give their requests. Every reply to a labelled request carries its label, and exactly one reply is
//! the last.

use std::rc::Rc;

use bytes::BytesMut;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, ProgramEvent, Refusal};

/// The label of the current request.
#[derive(Debug)]
pub(in crate::hub) struct Label {
    text: Rc<str>,
    /// The last reply was sent, or will be sent by another part of the hub.
    is_spent: bool,
}

impl Label {
    pub(in crate::hub) fn new(text: Rc<str>) -> Label {
        Label { text, is_spent: false }
    }
}

impl Sessions {
    /// The label of a session's current request.
    pub(in crate::hub) fn label(&self, id: SessionId) -> Option<Rc<str>> {
        self[id].label.as_ref().map(|label| label.text.clone())
    }

    /// A request with this label is answered, which was carried out earlier. End that with [`Sessions::end_request`].
    pub(in crate::hub) fn begin_answer(&mut self, id: SessionId, label: Rc<str>) {
        self[id].label = Some(Label::new(label));
    }

    /// The last reply to a session's request will be sent later, by another part of the hub.
    pub(in crate::hub) fn spend_label(&mut self, id: SessionId) {
        if let Some(label) = &mut self[id].label {
            label.is_spent = true;
        }
    }

    /// A request was carried out or refused. Sends a last reply if there was none.
    pub(in crate::hub) fn end_request(&mut self, id: SessionId) {
        let session = &mut self[id];
        let is_closing = session.is_closing();
        if let Some(label) = session.label.take().filter(|label| !label.is_spent && !is_closing) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: None }), &label.text);
        }
    }

    /// Refuses what the session had asked for under this label, and what was proposed since.
    pub(in crate::hub) fn refuse_late(&mut self, id: SessionId, why: Option<Refusal>, label: Option<&str>) {
        let Some(refused) = why.map(Event::refused) else { return };
        let mut rendered = BytesMut::new();
        if self[id].codec.render_late(&refused, &mut rendered) {
            return self.fanout.enqueue(id, |out| out.unsplit(rendered));
        }
        match label {
            Some(label) => self.tell_labelled(id, &refused, label),
            None => self.fanout.unicast(id, &refused),
        }
    }

    /// Sends an event in reply to the session's current request; without a label, as any other event.
    pub(super) fn reply(&mut self, id: SessionId, event: &Event) {
        let mut rendered = BytesMut::new();
        if self[id].codec.render(event, &mut rendered) {
            return self.fanout.enqueue(id, |out| out.unsplit(rendered));
        }
        let Some(label) = self.label(id) else { return self.fanout.unicast(id, event) };
        if is_last(event) {
            self.spend_label(id);
        }
        self.tell_labelled(id, event, &label);
    }

    /// Sends an event in reply to the request with this label.
    pub(in crate::hub) fn tell_labelled(&mut self, id: SessionId, event: &Event, label: &str) {
        let encoding = self[id].codec.encoding();
        self.fanout.enqueue(id, |out| encoding.encode_labelled(event, label, out));
    }
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
