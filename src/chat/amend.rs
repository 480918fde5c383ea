//! Erased and edited messages. An amendment is proposed and ordered as a message is, and applied to the history in that order;
//! which message the last one is, is known only then.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::MESSAGE_BYTES;
use crate::base::name::Name;
use crate::chat::{Chat, Effect, Proposal, Room};
use crate::proto::{Amendless, Amendment, MemberId, Refusal, RoomEvent, RoomId};

impl Chat {
    /// A member erases a message of its own in a room, or gives it another text. `id`: which one; `None`: the last one. An edit
    /// obeys the rules for what is said, but for slow mode; whoever is muted may still erase.
    pub(super) fn amend(
        &mut self,
        by: MemberId,
        room: RoomId,
        id: Option<u64>,
        text: Option<&str>,
        time: SystemTime,
    ) {
        if text.is_some_and(|text| text.len() > MESSAGE_BYTES) {
            return self.refuse(by, Refusal::TooLong);
        }
        if text.is_some()
            && let Some(refused) = self.mute_refusal(by, time).or_else(|| self.room_mute(by, room))
        {
            return self.refuse(by, refused);
        }
        let who = Some(self.who(by).clone());
        let amendment =
            Amendment { by: who, message: id, said_at: None, author: None, text: text.map(Rc::from) };
        let event = RoomEvent::Amended(amendment);
        self.effects.push_back(Effect::Propose(Proposal { room, speaker: Some(by), label: None, event }));
    }

    /// Whether the message with this id is known to be said at another time than this one. Its author knows the id, so it is in its
    /// place in the order.
    pub(super) fn is_said_otherwise(
        &self,
        by: MemberId,
        room: RoomId,
        id: u64,
        said_at: Option<SystemTime>,
    ) -> bool {
        let said =
            || self.members[by.0].own.said_at(room, id).or_else(|| self.room(room)?.history().time(id));
        said_at.is_some_and(|at| said().is_some_and(|said| said != at))
    }

    /// Whether what a member wrote last is private. It is told so once: the next time, its last message in the room is meant.
    pub(super) fn wrote_privately_last(&mut self, by: MemberId) -> bool {
        let is_private = self.members[by.0].own.take_private_last();
        if is_private {
            self.refuse(by, Refusal::NotAmended(Amendless::Private));
        }
        is_private
    }

    /// Finds the message of an amendment that is in its place in the order. An author that has left since owns nothing.
    pub(super) fn resolve(
        &mut self,
        by: Option<MemberId>,
        room: RoomId,
        amendment: &mut Amendment,
        time: SystemTime,
    ) -> Result<(), Option<Refusal>> {
        let by = by.ok_or(None)?;
        let own = &mut self.members[by.0].own;
        let Some(found) = own.find(room, amendment.message, time) else {
            let name = self.room(room).map(Room::room_name).unwrap_or_default();
            let why = amendment.message.map_or(Amendless::Nothing(name), Amendless::NotOwn);
            return Err(Some(Refusal::NotAmended(why)));
        };
        if amendment.text.is_none() {
            own.remove(room, found);
        }
        amendment.message = Some(found);
        Ok(())
    }

    /// An operator erases a message of a room. If it is in the history, the room hears of it. Returns its author, if it is there
    /// and not by the host.
    pub fn erase(&mut self, at: RoomId, id: u64, time: SystemTime) -> Option<Name> {
        // Its author cannot change it any more.
        for (_, member) in &mut self.members {
            member.own.remove(at, id);
        }
        let room = self.room_mut(at)?;
        if !room.history().has(id) {
            return None;
        }
        let author = room.history().author(id).map(|who| who.name.clone());
        let said_at = room.history().time(id);
        let amendment =
            Amendment { by: None, message: Some(id), said_at, author: author.clone(), text: None };
        let erased = room.amend_as_operator(amendment, time);
        self.effects.push_back(Effect::Publish(erased));
        author
    }
}
