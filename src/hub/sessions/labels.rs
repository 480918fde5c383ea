//! Labels: the names that programs give their requests. A label stands in all that its program is told because of the request,
//! and each labelled request has one last reply.

use std::rc::Rc;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, ProgramEvent};

/// The label of the request that is being carried out.
#[derive(Debug)]
pub(in crate::hub) struct Label {
    text: Rc<str>,
    /// The last reply was sent, or will be sent from elsewhere.
    is_spent: bool,
}

impl Label {
    pub(in crate::hub) fn new(text: Rc<str>) -> Label {
        Label { text, is_spent: false }
    }
}

impl Sessions {
    /// The label of the request that is being carried out for a session.
    pub(in crate::hub) fn label(&self, id: SessionId) -> Option<Rc<str>> {
        self[id].label.as_ref().map(|label| label.text.clone())
    }

    /// The last reply to a session's request will be sent from elsewhere.
    pub(in crate::hub) fn spend_label(&mut self, id: SessionId) {
        if let Some(label) = &mut self[id].label {
            label.is_spent = true;
        }
    }

    /// A request was carried out, or refused. If it had no last reply, this is it.
    pub(in crate::hub) fn end_request(&mut self, id: SessionId) {
        let session = &mut self[id];
        let is_closing = session.is_closing();
        if let Some(label) = session.label.take().filter(|label| !label.is_spent && !is_closing) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: None }), &label.text);
        }
    }

    /// Tells one connection something because of its request. What has no label is told to it like all else.
    pub(super) fn reply(&mut self, id: SessionId, event: &Event) {
        let Some(label) = self.label(id) else { return self.fanout.unicast(id, event) };
        if is_last(event) {
            self.spend_label(id);
        }
        self.tell_labelled(id, event, &label);
    }

    /// Tells one connection something because of the request with this label.
    pub(in crate::hub) fn tell_labelled(&mut self, id: SessionId, event: &Event, label: &str) {
        let encoding = self[id].codec.encoding();
        self.fanout.enqueue(id, |out| encoding.encode_labelled(event, label, out));
    }
}

/// Whether this is the last reply to a request.
fn is_last(event: &Event) -> bool {
    match event {
        Event::Refused { .. } | Event::NameAccepted { .. } | Event::Welcome { .. } | Event::Parted { .. } => {
            true
        }
        Event::Program(told) => !matches!(told, ProgramEvent::Gap { .. }),
        _ => false,
    }
}
