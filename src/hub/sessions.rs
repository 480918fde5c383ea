//! All sessions: which there are, which is whose, which have input left over, and which are to be closed.

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};
use std::time::Instant;

use slab::Slab;

use crate::base::limits::NEWCOMERS_PER_TURN;
use crate::base::name::Name;
use crate::fanout::{SessionId, Total};
use crate::hub::ids::{Close, Permit};
use crate::hub::session::{Session, Stage};
use crate::proto::MemberId;
use crate::wire::Codec;

/// The sessions, by their ids. Whoever indexes it knows that the session is there.
#[derive(Debug, Default)]
pub(super) struct SessionTable {
    slots: Slab<Session>,
    /// How many connections are no sessions any more, and may become some again.
    pub(super) released: usize,
    /// By member id.
    of_member: Vec<Option<SessionId>>,
    /// Those that sent more than a turn takes, in order.
    runnable: Vec<SessionId>,
    /// How many took a name in this turn.
    names_taken: usize,
    closes: VecDeque<Close>,
    /// What all keep of messages that are not finished yet.
    unfinished: Total,
}

impl SessionTable {
    /// Opens a session for a connection that was admitted.
    pub(super) fn open(&mut self, permit: Permit, codec: Codec) -> SessionId {
        SessionId(self.slots.insert(Session::new(permit, codec, &self.unfinished)))
    }

    /// A session that never was a member's is none any more. Its connection goes on.
    pub(super) fn release(&mut self, id: SessionId) -> Session {
        self.released += 1;
        self.slots.remove(id.0)
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.slots.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.slots.get_mut(id.0)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.slots.iter().map(|(slot, session)| (SessionId(slot), session))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.slots.iter_mut().map(|(_, session)| session)
    }

    /// What all keep of messages that are not finished yet, in bytes.
    pub(super) fn unfinished_bytes(&self) -> usize {
        self.unfinished.bytes()
    }

    /// A session's handshake is over: it is this member's.
    pub(super) fn become_member(&mut self, id: SessionId, member: MemberId, name: &Name) {
        self.names_taken += 1;
        self[id].stage = Stage::Member { id: member };
        self[id].codec.named(name);
        if self.of_member.len() <= member.0 {
            self.of_member.resize(member.0 + 1, None);
        }
        self.of_member[member.0] = Some(id);
    }

    /// The session of a member; none if it lives in the server.
    pub(super) fn of_member(&self, member: MemberId) -> Option<SessionId> {
        self.of_member.get(member.0).copied().flatten()
    }

    /// A member is none any more. Returns the session that it had.
    pub(super) fn release_member(&mut self, member: MemberId) -> Option<SessionId> {
        self.of_member.get_mut(member.0).and_then(Option::take)
    }

    /// Whether a session without a name has to wait for others who came before: for their names, and not for what they hear.
    pub(super) fn must_wait_for_name(&self, id: SessionId) -> bool {
        self.names_taken >= NEWCOMERS_PER_TURN && self[id].is_nameless()
    }

    /// A turn is over: as many may take a name in the next.
    pub(super) fn end_turn(&mut self) {
        self.names_taken = 0;
    }

    /// A session has input left over, or may go on: the next turn comes to it.
    pub(super) fn mark_runnable(&mut self, id: SessionId) {
        if !std::mem::replace(&mut self[id].is_runnable, true) {
            self.runnable.push(id);
        }
    }

    pub(super) fn runnable(&self) -> impl Iterator<Item = SessionId> {
        self.runnable.iter().copied()
    }

    /// Takes the list of those that have input left over.
    pub(super) fn take_runnable(&mut self) -> Vec<SessionId> {
        std::mem::take(&mut self.runnable)
    }

    /// Puts some of that list back, before those that were marked since.
    pub(super) fn requeue_runnable(&mut self, mut first: Vec<SessionId>) {
        first.append(&mut self.runnable);
        self.runnable = first;
    }

    /// Nothing that a session sends counts any more. It is closed by `until` at the latest.
    pub(super) fn begin_closing(&mut self, id: SessionId, until: Instant) {
        let session = &mut self[id];
        session.stage = Stage::Closing { until };
        session.waiting = None;
        session.quota.forget_window();
        session.codec.forget();
        session.unfinished.set(0);
        if std::mem::take(&mut session.is_runnable) {
            self.runnable.retain(|other| *other != id);
        }
    }

    /// Has the peer told that nothing more comes. Returns whether that is news.
    pub(super) fn half_close(&mut self, id: SessionId) -> bool {
        let is_first = !std::mem::replace(&mut self[id].half_closed, true);
        if is_first {
            self.closes.push_back(Close::Half(id));
        }
        is_first
    }

    /// Has a session's connection closed, after which it is forgotten. Returns whether that is news.
    pub(super) fn close(&mut self, id: SessionId) -> bool {
        let is_first = !std::mem::replace(&mut self[id].is_closed, true);
        if is_first {
            self.closes.push_back(Close::Full(id));
        }
        is_first
    }

    /// Whether there are connections to be closed.
    pub(super) fn has_closes(&self) -> bool {
        !self.closes.is_empty()
    }

    /// What is to be done with a connection next; and the session, if that is its end.
    pub(super) fn poll_close(&mut self) -> Option<(Close, Option<Session>)> {
        let close = self.closes.pop_front()?;
        let session = match close {
            Close::Half(_) => None,
            Close::Full(id) => Some(self.slots.remove(id.0)),
        };
        Some((close, session))
    }
}

impl Index<SessionId> for SessionTable {
    type Output = Session;

    fn index(&self, id: SessionId) -> &Session {
        &self.slots[id.0]
    }
}

impl IndexMut<SessionId> for SessionTable {
    fn index_mut(&mut self, id: SessionId) -> &mut Session {
        &mut self.slots[id.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::ids::ListenerKind;

    fn table(sessions: usize) -> (SessionTable, Vec<SessionId>) {
        let mut table = SessionTable::default();
        let since = Instant::now();
        let permit = || Permit { peer: ([192, 0, 2, 1], 1).into(), kind: ListenerKind::Any, since };
        let ids = (0..sessions).map(|_| table.open(permit(), Codec::detecting())).collect();
        (table, ids)
    }

    fn name() -> Name {
        Name::parse("Ann").unwrap()
    }

    #[test]
    fn each_with_input_left_over_stands_in_the_queue_once_and_not_if_it_is_closing() {
        let (mut table, ids) = table(4);
        for at in [2, 0, 2, 1] {
            table.mark_runnable(ids[at]);
        }
        table.begin_closing(ids[0], Instant::now());
        assert_eq!(table.take_runnable(), [ids[2], ids[1]]);
        table.mark_runnable(ids[3]);
        table.requeue_runnable(vec![ids[2]]);
        assert_eq!(table.runnable().collect::<Vec<_>>(), [ids[2], ids[3]]);
    }

    #[test]
    fn a_member_has_a_session_until_it_is_none() {
        let (mut table, ids) = table(1);
        assert_eq!(table.of_member(MemberId(7)), None, "a bot of this server has none");
        table.become_member(ids[0], MemberId(7), &name());
        assert_eq!((table.of_member(MemberId(7)), table[ids[0]].member()), (Some(ids[0]), Some(MemberId(7))));
        assert_eq!(table.release_member(MemberId(7)), Some(ids[0]));
        assert_eq!((table.of_member(MemberId(7)), table.release_member(MemberId(8))), (None, None));
    }

    #[test]
    fn names_wait_for_the_next_turn_when_a_turns_worth_was_taken() {
        let (mut table, ids) = table(NEWCOMERS_PER_TURN + 1);
        let last = ids[NEWCOMERS_PER_TURN];
        for (number, id) in ids[..NEWCOMERS_PER_TURN].iter().enumerate() {
            assert!(!table.must_wait_for_name(last), "{number}");
            table.become_member(*id, MemberId(number), &name());
        }
        assert!(
            table.must_wait_for_name(last) && !table.must_wait_for_name(ids[0]),
            "who has one does not wait"
        );
        table.end_turn();
        assert!(!table.must_wait_for_name(last));
    }

    #[test]
    fn a_connection_is_closed_gently_and_once() {
        let (mut table, ids) = table(1);
        assert!(table.half_close(ids[0]) && !table.half_close(ids[0]));
        assert!(table.close(ids[0]) && !table.close(ids[0]));
        assert!(matches!(table.poll_close(), Some((Close::Half(id), None)) if id == ids[0]));
        assert!(matches!(table.poll_close(), Some((Close::Full(id), Some(_))) if id == ids[0]));
        assert!(table.poll_close().is_none() && table.get(ids[0]).is_none());
    }
}
