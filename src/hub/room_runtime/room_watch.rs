//! Members that watch the rooms: they are told which rooms are open and how many members each has. Changes are sent at intervals,
//! not one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{ROOM_CHANGES_INTERVAL, ROOM_CHANGES_PER_TURN, ROOM_WATCH_INTERVAL};
use crate::proto::{Event, MemberId, ProgramEvent, RoomInfo, Topic};

/// The watchers, and the state that they know.
#[derive(Debug, Default)]
pub(super) struct RoomWatch {
    watchers: BTreeSet<MemberId>,
    /// By name.
    known: BTreeMap<Rc<str>, Known>,
    /// When to send changes, or the rest of them.
    due: Option<Instant>,
    /// Changes that not all watchers are told of yet.
    round: Option<Round>,
    /// Something changed after the round began.
    has_changed: bool,
}

/// What watchers know of a room, as far as it changes.
type Known = (usize, Option<Topic>);

/// Changes on their way to all watchers, by their ids.
#[derive(Debug)]
struct Round {
    changes: Vec<Event>,
    /// The last watcher that was told.
    last: Option<MemberId>,
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
            self.has_changed = true;
            self.due.get_or_insert(now + ROOM_WATCH_INTERVAL);
        }
    }

    /// When to send changes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// The changes for the watchers, if they are due: for as many as a turn allows. `rooms`: all open ones.
    pub(super) fn on_timer(
        &mut self,
        rooms: impl FnOnce() -> Vec<RoomInfo>,
        now: Instant,
    ) -> Vec<(MemberId, Event)> {
        if self.due.take_if(|at| *at <= now).is_none() {
            return Vec::new();
        }
        let mut round = self.round.take().unwrap_or_else(|| {
            self.has_changed = false;
            Round { changes: self.changes(rooms()), last: None }
        });
        let most = ROOM_CHANGES_PER_TURN.checked_div(round.changes.len()).unwrap_or(usize::MAX).max(1);
        let after = round.last.map_or(Bound::Unbounded, Bound::Excluded);
        let next: Vec<MemberId> =
            self.watchers.range((after, Bound::Unbounded)).take(most).copied().collect();
        let to = |member: &MemberId| {
            let member = *member;
            round.changes.iter().map(move |change| (member, change.clone()))
        };
        let told = next.iter().flat_map(to).collect();
        if next.len() == most {
            round.last = next.last().copied();
            self.round = Some(round);
            self.due = Some(now + ROOM_CHANGES_INTERVAL);
        } else if self.has_changed {
            self.due = Some(now + ROOM_WATCH_INTERVAL);
        }
        told
    }

    /// The changes since the last call.
    fn changes(&mut self, rooms: Vec<RoomInfo>) -> Vec<Event> {
        let now_known = rooms.iter().map(|room| (room.name.clone(), (room.count, room.topic.clone())));
        let known = std::mem::replace(&mut self.known, now_known.collect());
        let gone: Vec<Rc<str>> =
            known.keys().filter(|name| !self.known.contains_key(*name)).cloned().collect();
        let is_new = |room: &RoomInfo| known.get(&room.name) != self.known.get(&room.name);
        let gone = gone.into_iter().map(ProgramEvent::RoomClosed);
        gone.chain(rooms.into_iter().filter(is_new).map(ProgramEvent::Room)).map(Event::Program).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str, count: usize) -> RoomInfo {
        RoomInfo {
            name: name.into(),
            kind: "chat",
            purpose: "",
            commands: &[],
            count,
            is_own: false,
            topic: None,
            owner: None,
            is_private: false,
        }
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

    #[test]
    fn a_turn_tells_a_part_of_many_watchers_and_each_is_told_everything_once() {
        let (mut now, mut watch) = (Instant::now(), RoomWatch::default());
        let all = 2 * ROOM_CHANGES_PER_TURN + 3;
        for member in 0..all {
            watch.add(MemberId(member), Vec::new);
        }
        watch.changed(now);
        let mut told: Vec<MemberId> = Vec::new();
        let mut turns = 0;
        while let Some(due) = watch.deadline() {
            now = due;
            let events = watch.on_timer(|| vec![room("lobby", 1), room("den", 1)], now);
            assert!(events.len() <= ROOM_CHANGES_PER_TURN);
            told.extend(events.into_iter().map(|(member, _)| member));
            turns += 1;
            if turns == 1 {
                // What changes meanwhile is told in a round of its own.
                watch.changed(now);
            }
        }
        assert!(told.is_sorted_by(|one, other| one <= other), "the second round has nothing to tell");
        assert_eq!((told.len(), turns), (2 * all, 5 + 1));
        watch.changed(now);
        assert_eq!(watch.deadline(), Some(now + ROOM_WATCH_INTERVAL));
    }
}
