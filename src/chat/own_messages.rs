//! The last messages of a member, which it may still erase or edit. They belong to the member and not to its name: who has the
//! name later owns none of them, and who takes another name or resumes its session keeps them.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::base::limits::{AMEND_WITHIN, OWN_MESSAGES};
use crate::proto::RoomId;

/// A message that its author may still erase or edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnMessage {
    room: RoomId,
    id: u64,
    said: SystemTime,
}

/// The last messages of one member in all rooms. `None`: it wrote none, as most members.
#[derive(Debug, Default)]
pub(super) struct OwnMessages(Option<Box<Last>>);

#[derive(Debug, Default)]
struct Last {
    /// Oldest first: at most [`OWN_MESSAGES`].
    messages: VecDeque<OwnMessage>,
    /// What it wrote last was a private message.
    is_private: bool,
}

impl OwnMessages {
    /// The member said something in a room.
    pub(super) fn add(&mut self, room: RoomId, id: u64, said: SystemTime) {
        let last = self.0.get_or_insert_default();
        while let Some(oldest) = last.messages.front()
            && (last.messages.len() >= OWN_MESSAGES || !is_new(oldest, said))
        {
            last.messages.pop_front();
        }
        last.messages.push_back(OwnMessage { room, id, said });
        last.is_private = false;
    }

    /// The member wrote a private message.
    pub(super) fn wrote_privately(&mut self) {
        self.0.get_or_insert_default().is_private = true;
    }

    /// Whether it wrote a private message last. The next call says that it did not.
    pub(super) fn take_private_last(&mut self) -> bool {
        self.0.as_mut().is_some_and(|last| std::mem::take(&mut last.is_private))
    }

    /// The id of a message that may still be amended: the one with this id, or the last one in the room.
    pub(super) fn find(&self, room: RoomId, id: Option<u64>, now: SystemTime) -> Option<u64> {
        let is_meant = |own: &&OwnMessage| own.room == room && id.is_none_or(|id| own.id == id);
        let found = self.0.as_ref()?.messages.iter().rev().find(is_meant)?;
        is_new(found, now).then_some(found.id)
    }

    /// When the message with this id was said, if it may still be amended.
    pub(super) fn said_at(&self, room: RoomId, id: u64) -> Option<SystemTime> {
        let mut messages = self.0.as_ref()?.messages.iter();
        messages.find(|own| own.room == room && own.id == id).map(|own| own.said)
    }

    /// A message is erased.
    pub(super) fn remove(&mut self, room: RoomId, id: u64) {
        if let Some(last) = &mut self.0 {
            last.messages.retain(|own| own.room != room || own.id != id);
        }
    }
}

/// Whether a message is new enough. If the clock was set back, it is.
fn is_new(own: &OwnMessage, now: SystemTime) -> bool {
    now.duration_since(own.said).unwrap_or_default() <= AMEND_WITHIN
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const THEN: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn the_last_one_of_the_room_for_a_while() {
        let (here, there) = (RoomId::first(0), RoomId::first(1));
        let mut own = OwnMessages::default();
        assert_eq!(own.find(here, None, THEN), None);
        own.add(here, 3, THEN);
        own.add(there, 9, THEN);
        own.add(here, 5, THEN + Duration::from_secs(1));
        assert_eq!(own.find(here, None, THEN), Some(5));
        assert_eq!(own.find(there, None, THEN), Some(9));
        assert_eq!(own.find(here, Some(3), THEN + AMEND_WITHIN), Some(3));
        assert_eq!(own.find(here, Some(3), THEN + AMEND_WITHIN + Duration::from_millis(1)), None);
        assert_eq!(own.find(here, Some(9), THEN), None, "it is in the other room");
        own.remove(here, 5);
        assert_eq!(own.find(here, None, THEN), Some(3));
        own.remove(here, 9);
        assert_eq!(own.find(there, None, THEN), Some(9));
    }

    #[test]
    fn it_forgets_what_is_too_much_and_what_is_too_old() {
        let room = RoomId::first(0);
        let mut own = OwnMessages::default();
        for id in 0..=(OWN_MESSAGES as u64) {
            own.add(room, id, THEN);
        }
        assert_eq!((own.find(room, Some(0), THEN), own.find(room, Some(1), THEN)), (None, Some(1)));
        own.add(room, 99, THEN + 2 * AMEND_WITHIN);
        assert_eq!(own.0.unwrap().messages.len(), 1);
    }
}
