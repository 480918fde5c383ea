//! Members that watch the rooms: they are told which rooms are open and how many members each has. Changes are sent at intervals,
//! not one by one.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::ROOM_WATCH_INTERVAL;
use crate::proto::{Event, MemberId, ProgramEvent, RoomInfo};

/// The watchers, and the state that they know.
#[derive(Debug, Default)]
pub(super) struct RoomWatch {
    watchers: BTreeSet<MemberId>,
    known: Vec<(Rc<str>, usize)>,
    /// When to send changes.
    due: Option<Instant>,
}

impl RoomWatch {
    /// Adds a watcher, and tells it of all open `rooms`.
    pub(super) fn add(&mut self, member: MemberId, rooms: impl FnOnce() -> Vec<RoomInfo>) {
        if self.watchers.is_empty() {
            self.changes(rooms());
        }
        self.watchers.insert(member);
    }

    /// Removes a watcher, if the member is one.
    pub(super) fn remove(&mut self, member: MemberId) {
        self.watchers.remove(&member);
    }

    /// A room was opened or closed, or a member joined or left.
    pub(super) fn changed(&mut self, now: Instant) {
        if !self.watchers.is_empty() {
            self.due.get_or_insert(now + ROOM_WATCH_INTERVAL);
        }
    }

    /// When to send changes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// The changes for the watchers, if they are due. `rooms`: all open ones.
    pub(super) fn on_timer(
        &mut self,
        rooms: impl FnOnce() -> Vec<RoomInfo>,
        now: Instant,
    ) -> Vec<(MemberId, Event)> {
        if self.due.take_if(|at| *at <= now).is_none() {
            return Vec::new();
        }
        let changes = self.changes(rooms());
        let to = |member: &MemberId| {
            let member = *member;
            changes.iter().map(move |change| (member, change.clone()))
        };
        self.watchers.iter().flat_map(to).collect()
    }

    /// The changes since the last call.
    fn changes(&mut self, rooms: Vec<RoomInfo>) -> Vec<Event> {
        let known = std::mem::take(&mut self.known);
        self.known = rooms.iter().map(|room| (room.name.clone(), room.count)).collect();
        let is_gone = |name: &Rc<str>| !rooms.iter().any(|room| room.name == *name);
        let gone: Vec<Rc<str>> = known.iter().map(|(name, _)| name.clone()).filter(is_gone).collect();
        let is_new = |room: &RoomInfo| !known.contains(&(room.name.clone(), room.count));
        let gone = gone.into_iter().map(ProgramEvent::RoomClosed);
        gone.chain(rooms.into_iter().filter(is_new).map(ProgramEvent::Room)).map(Event::Program).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str, count: usize) -> RoomInfo {
        RoomInfo { name: name.into(), kind: "chat", purpose: "", commands: &[], count, is_own: false }
    }

    #[test]
    fn watchers_are_told_once_of_what_changed_and_only_while_they_watch() {
        let (now, mut watch) = (Instant::now(), RoomWatch::default());
        watch.changed(now);
        assert_eq!(watch.deadline(), None, "nobody watches");
        for member in [MemberId(1), MemberId(2)] {
            watch.add(member, || vec![room("lobby", 1), room("quiet", 1)]);
        }
        watch.remove(MemberId(1));
        watch.changed(now);
        watch.changed(now + ROOM_WATCH_INTERVAL / 2);
        let due = now + ROOM_WATCH_INTERVAL;
        assert_eq!(watch.deadline(), Some(due), "a later change puts nothing off");
        let rooms = || vec![room("lobby", 1), room("new", 2)];
        assert_eq!(watch.on_timer(rooms, now), [], "too early");
        let told = watch.on_timer(rooms, due);
        let closed = Event::Program(ProgramEvent::RoomClosed("quiet".into()));
        let opened = Event::Program(ProgramEvent::Room(room("new", 2)));
        assert_eq!(told, [(MemberId(2), closed), (MemberId(2), opened)]);
        assert_eq!((watch.deadline(), watch.on_timer(rooms, due)), (None, Vec::new()));
    }
}
