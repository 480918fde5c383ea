//! The way of what is said, in its stages: *accept* (a member or a host proposes something), *order* (it has its place in the
//! room, is broadcast, recorded and told to the host), *release* (it is committed, `commit.rs`), *deliver* (`output.rs`).

use std::time::Instant;

use log::{debug, info};

use crate::base::limits::RESULT_BYTES_MAX;
use crate::chat::{Effect, Proposal, Publication, Room};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::history_queries::By;
use crate::limits::admission::Source;
use crate::limits::inflight::InflightMessage;
use crate::proto::{Event, HistoryQuery, LogEntry, MemberId, Misuse, RoomId};

impl Hub {
    /// Carries out all that the chat has decided, and what hosts want done because of it.
    pub(super) fn run_effects(&mut self, now: Instant) {
        loop {
            self.apply_effects(now);
            if !self.act(now) {
                return;
            }
        }
    }

    pub(super) fn apply_effects(&mut self, now: Instant) {
        while let Some(effect) = self.chat.poll_effect() {
            self.apply(effect, now);
        }
    }

    fn apply(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Tell(to, event) => {
                self.metrics.refused += u64::from(matches!(event, Event::Refused { .. }));
                self.for_session(to, |hub, id| hub.tell(id, &event));
            }
            Effect::Propose(proposal) => {
                self.propose(proposal);
                // A server that is alone has it in order at once.
                self.apply_ordered(now);
            }
            Effect::Publish(publication) => self.publish(publication, now),
            Effect::Subscribe(member, room) => self.for_session(member, |hub, id| {
                hub.fanout.subscribe(id, room);
                if let Some(trouble) = hub.degraded_notice() {
                    hub.tell(id, &trouble);
                }
            }),
            Effect::Unsubscribe(member, room) => {
                self.for_session(member, |hub, id| hub.fanout.unsubscribe(id, room));
            }
            Effect::Replay(to, room, ids) => self.for_session(to, |hub, id| hub.replay(id, room, ids)),
            Effect::QueryHistory(member, room, query) => self.recall(member, room, query),
            Effect::Unregistered(member, name) => {
                self.resume.forget(member);
                self.queries.drop_member(member);
                self.proposals.member_left(member);
                let session = self.sessions.release_member(member);
                let place = session.map_or("here".to_owned(), |id| self.sessions[id].peer.to_string());
                info!("{name} ({place}) leaves");
                match session {
                    Some(id) => self.begin_leaving(id, now),
                    None => self.hosts.remove_bot(member),
                }
            }
        }
    }

    /// A member wants to be told again of what was said.
    fn recall(&mut self, member: MemberId, room: RoomId, query: HistoryQuery) {
        let Some(id) = self.sessions.of_member(member) else { return };
        let Some(name) = self.chat.room(room).map(Room::room_name) else { return };
        if self.fanout.backlog(id) > RESULT_BYTES_MAX {
            return self.chat.refuse_command(member, Misuse::RepliesPending);
        }
        let session = &self.sessions[id];
        let (source, encoding) = (Source::of(session.peer.ip()), session.codec.encoding());
        let stream = self.gate.stream(room);
        let label = session.label.as_ref().map(|label| label.text.clone());
        let by = By { member, source, encoding, label, room, stream, name };
        let batch = self.gate.batch_of(stream);
        match self.queries.recall(by, query, batch) {
            Ok(()) => {
                self.spend_label(id);
                self.advance_queries();
            }
            Err(why) => self.chat.refuse_command(member, Misuse::Unsearchable(why)),
        }
    }

    /// Does something with a member's session, if it has one.
    fn for_session(&mut self, member: MemberId, act: impl FnOnce(&mut Hub, SessionId)) {
        if let Some(id) = self.sessions.of_member(member) {
            act(self, id);
        }
    }

    /// *Accept*, the end of it: what the chat has validated is handed to the sequencer.
    fn propose(&mut self, mut proposal: Proposal) {
        let bytes = proposal.bytes();
        if let Some(by) = proposal.speaker {
            self.for_session(by, |hub, id| {
                hub.sessions[id].quota.inflight().propose(bytes);
                proposal.label = hub.spend_label(id);
            });
        }
        self.proposals.propose(proposal);
    }

    /// *Order*: applies what the sequencer has put in order.
    pub(super) fn apply_ordered(&mut self, now: Instant) {
        while let Some(proposal) = self.proposals.poll() {
            let (speaker, bytes, label) = (proposal.speaker, proposal.bytes(), proposal.label.clone());
            match self.chat.apply(proposal, self.wall(now)) {
                Some(publication) => {
                    let said = (publication.entry.room.clone(), publication.entry.id);
                    self.publish(publication, now);
                    self.tell_said(speaker, label, said);
                }
                None => self.withdraw(speaker, bytes),
            }
        }
    }

    /// What a member proposed, with so many bytes of text, is not said.
    pub(super) fn withdraw(&mut self, speaker: Option<MemberId>, bytes: usize) {
        if let Some(by) = speaker {
            self.for_session(by, |hub, id| hub.sessions[id].quota.inflight().withdraw(bytes));
        }
    }

    /// A room is to hear something at its place in the order.
    fn publish(&mut self, Publication { room, speaker, except, entry }: Publication, now: Instant) {
        debug!("{:?}", entry.event);
        let session = speaker.and_then(|by| self.sessions.of_member(by));
        let source = session.map(|id| Source::of(self.sessions[id].peer.ip()));
        let mut deaf: Vec<SessionId> =
            except.iter().filter_map(|member| self.sessions.of_member(*member)).collect();
        deaf.extend(session.filter(|id| self.sessions[*id].profile().echoes_locally));

        if entry.event.text().is_none() {
            self.rooms_changed(now);
        }
        if let Some(id) = session {
            self.note_in_flight(id, room, &entry);
        }
        self.metrics.messages += u64::from(entry.event.text().is_some());
        self.gate.append(room, &entry);
        if !self.stopping {
            self.hosts.notify(room, &entry, source, &self.chat, now);
        }
        self.fanout.broadcast(room, &Event::Live(entry), &deaf);
    }

    /// What a session said has an id, and counts as in flight until that is released.
    fn note_in_flight(&mut self, id: SessionId, room: RoomId, entry: &LogEntry) {
        let (stream, bytes) = (self.gate.stream(room), entry.event.text().map_or(0, str::len));
        let message = InflightMessage { room, stream, id: entry.id, bytes };
        let mut quota = std::mem::take(&mut self.sessions[id].quota);
        quota.inflight().ordered(message, |message| self.is_released(message));
        self.sessions[id].quota = quota;
    }
}
