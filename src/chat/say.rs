//! The two steps of a message: here it is validated and proposed; then the sequencer orders it, and here it is
//! applied.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::MESSAGE_BYTES;
use crate::chat::{Chat, Effect, Publication};
use crate::proto::{Amendment, MemberId, Refusal, RoomEvent, RoomId};

/// A message that passed validation and is not ordered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The room.
    pub room: RoomId,
    /// The author. `None`: the host, or a member that has left since.
    pub speaker: Option<MemberId>,
    /// The label of the author's request.
    pub label: Option<Rc<str>>,
    /// The message, with its author as known when it was proposed.
    pub event: RoomEvent,
}

impl Proposal {
    /// The length of the text in bytes.
    pub fn bytes(&self) -> usize {
        self.event.text_bytes()
    }
}

impl Chat {
    /// Validates a message by a member of the room, and proposes it.
    pub(super) fn say(&mut self, by: MemberId, room: RoomId, event: RoomEvent, time: SystemTime) {
        if event.text().is_some_and(|text| text.len() > MESSAGE_BYTES) {
            return self.refuse(by, Refusal::TooLong);
        }
        if let Some(refused) = self.mute_refusal(by, time) {
            return self.refuse(by, refused);
        }
        if let Some(refused) = self.room_mute(by, room).or_else(|| self.slow_down(by, room, time)) {
            return self.refuse(by, refused);
        }
        self.effects.push_back(Effect::Propose(Proposal { room, speaker: Some(by), label: None, event }));
    }

    /// Proposes a message by the room's host.
    pub fn propose_host_message(&mut self, room: RoomId, text: &str) {
        let event = RoomEvent::HostSaid { text: text.into() };
        self.effects.push_back(Effect::Propose(Proposal { room, speaker: None, label: None, event }));
    }

    /// Applies the next proposal: gives it an id and adds it to the history, or amends that. An error: the room is closed, the
    /// author was muted meanwhile, or has no such message; with the refusal for the author, unless it has left. A message by a
    /// member that has left since is still published.
    pub fn apply(&mut self, proposal: Proposal, time: SystemTime) -> Result<Publication, Option<Refusal>> {
        let Proposal { room, speaker, label, mut event } = proposal;
        // It may have another name since.
        if let Some(by) = speaker {
            event.set_author(&self.who(by).name);
        }
        match (speaker, &event) {
            (_, RoomEvent::Amended(Amendment { text: None, .. })) => {}
            (Some(by), _) => {
                if let Some(refused) = self.mute_refusal(by, time).or_else(|| self.room_mute(by, room)) {
                    return Err(Some(refused));
                }
            }
            // The author has left, so only its name can be checked.
            (None, event) => {
                if event.author().is_some_and(|(who, _)| {
                    self.mutes.verdict_on_name(&who.name, time).is_some()
                        || self.is_muted_in(room, &Confusable::of(who.name.as_str()))
                }) {
                    return Err(None);
                }
            }
        }
        if let RoomEvent::Amended(amendment) = &mut event {
            self.resolve(speaker, room, amendment, time)?;
        }
        self.publish_message(room, speaker, label, event, time)
    }

    /// Gives a message or an amendment an id, and adds it to the history. An error: the room is closed.
    pub(super) fn publish_message(
        &mut self,
        room: RoomId,
        speaker: Option<MemberId>,
        label: Option<Rc<str>>,
        mut event: RoomEvent,
        time: SystemTime,
    ) -> Result<Publication, Option<Refusal>> {
        if let RoomEvent::Amended(amendment) = &mut event {
            let history = self.room(room).ok_or(None)?.history();
            amendment.said_at = amendment.message.and_then(|id| history.time(id));
        }
        let author = match &event {
            RoomEvent::Amended(Amendment { by, .. }) => by.as_ref(),
            event => event.author().map(|(who, _)| who),
        };
        let ignorers = author.map_or_else(Vec::new, |who| self.ignores.of(&who.name).to_vec());
        let mut publication = self.room_mut(room).ok_or(None)?.publish(speaker, event, time);
        publication.except.extend(ignorers);
        if let Some(by) = speaker.filter(|_| publication.entry.event.text().is_some()) {
            self.members[by.0].own.add(room, publication.entry.id, publication.entry.time);
        }
        Ok(Publication { label, ..publication })
    }

    /// The refusal for a message by a muted member.
    pub(super) fn mute_refusal(&self, by: MemberId, time: SystemTime) -> Option<Refusal> {
        self.muted(by, ", and that was not said", time)
    }
}
