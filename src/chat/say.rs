//! What is said, in two of its steps. Here it is validated and proposed; a log then puts it in order, and here it is applied.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::MESSAGE_BYTES;
use crate::chat::{Chat, Effect, Publication};
use crate::proto::{MemberId, Refusal, RoomEvent, RoomId};

/// Something that a member or a host wants said, and that may be said as far as is known. It has no place in the order of its
/// room yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Where.
    pub room: RoomId,
    /// The member that says it; none: the host, or a member that has left since.
    pub speaker: Option<MemberId>,
    /// What the speaker's program calls it.
    pub label: Option<Rc<str>>,
    /// What, and by whom, as it is known when this is proposed.
    pub event: RoomEvent,
}

impl Proposal {
    /// The bytes of its text.
    pub fn bytes(&self) -> usize {
        self.event.text().map_or(0, str::len)
    }
}

impl Chat {
    /// Validates what a member wants to say in a room that it is in, and proposes it.
    pub(super) fn say(&mut self, by: MemberId, room: RoomId, event: RoomEvent, time: SystemTime) {
        if event.text().is_some_and(|text| text.len() > MESSAGE_BYTES) {
            return self.refuse(by, Refusal::TooLong);
        }
        if let Some(refused) = self.unsaid(by, time) {
            return self.refuse(by, refused);
        }
        self.effects.push_back(Effect::Propose(Proposal { room, speaker: Some(by), label: None, event }));
    }

    /// A room's host says something.
    pub fn propose_host_message(&mut self, room: RoomId, text: &str) {
        let event = RoomEvent::HostSaid { text: text.into() };
        self.effects.push_back(Effect::Propose(Proposal { room, speaker: None, label: None, event }));
    }

    /// Applies the next proposal in the order, at this time: it has an id now, and the history of the room knows of it. None: its
    /// author was muted since it was proposed, and is told so if it is still there; or the room is not open. Who has left the
    /// room since has said it all the same.
    pub fn apply(&mut self, proposal: Proposal, time: SystemTime) -> Option<Publication> {
        let Proposal { room, speaker, event, .. } = proposal;
        match (speaker, &event) {
            (Some(by), _) => {
                if let Some(refused) = self.unsaid(by, time) {
                    self.refuse(by, refused);
                    return None;
                }
            }
            // It has left since, and only its name can be looked up.
            (None, RoomEvent::Said { who, .. } | RoomEvent::Acted { who, .. }) => {
                if self.mutes.verdict_on_name(&who.name, time).is_some() {
                    return None;
                }
            }
            (None, _) => {}
        }
        Some(self.room_mut(room)?.publish(speaker, event, time))
    }

    /// What a member is told that is muted, and so has not said something.
    fn unsaid(&self, by: MemberId, time: SystemTime) -> Option<Refusal> {
        self.muted(by, ", and that was not said", time)
    }
}
