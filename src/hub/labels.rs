//! The names that programs give their requests, and that stand in what they are told because of them: each labelled request has
//! one last answer, in the end.

use std::rc::Rc;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::proto::{Event, MemberId, ProgramEvent};

/// The name of the request that is being done.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) text: Rc<str>,
    /// It has had its last answer, or will have it elsewhere.
    pub(super) is_spent: bool,
}

impl Label {
    pub(super) fn new(text: Rc<str>) -> Label {
        Label { text, is_spent: false }
    }
}

impl Hub {
    /// The name of the request that a session's is being done; it will have its last answer elsewhere.
    pub(super) fn spend_label(&mut self, id: SessionId) -> Option<Rc<str>> {
        let label = self.sessions[id].label.as_mut()?;
        label.is_spent = true;
        Some(label.text.clone())
    }

    /// A request was done, or refused. If it had no last answer, this is it.
    pub(super) fn end_request(&mut self, id: SessionId) {
        let session = &mut self.sessions[id];
        let is_closing = session.is_closing();
        if let Some(label) = session.label.take().filter(|label| !label.is_spent && !is_closing) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: None }), &label.text);
        }
    }

    /// What a member said has its place in the room.
    pub(super) fn tell_said(
        &mut self,
        speaker: Option<MemberId>,
        label: Option<Rc<str>>,
        said: (Rc<str>, u64),
    ) {
        let id = speaker.and_then(|by| self.sessions.of_member(by));
        if let (Some(id), Some(label)) = (id, label) {
            self.tell_labelled(id, &Event::Program(ProgramEvent::Done { said: Some(said) }), &label);
        }
    }

    pub(super) fn tell_labelled(&mut self, id: SessionId, event: &Event, label: &str) {
        let encoding = self.sessions[id].codec.encoding();
        self.fanout.enqueue(id, |out| encoding.encode_labelled(event, label, out));
    }
}

/// Whether nothing follows this to the same request.
pub(super) fn is_last(event: &Event) -> bool {
    match event {
        Event::Refused { .. } | Event::NameAccepted { .. } | Event::Welcome { .. } | Event::Parted { .. } => {
            true
        }
        Event::Program(told) => !matches!(told, ProgramEvent::Gap { .. }),
        _ => false,
    }
}
