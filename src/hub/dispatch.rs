//! The way of what is said, in its stages: *accept* (a member or a host proposes something), *order* (it has its place in the
//! room, is broadcast, recorded and told to the host), *release* (it is committed, `commit.rs`), *deliver* (`output.rs`).

use std::time::Instant;

use log::{debug, info};

use crate::base::limits::RESULT_BYTES_MAX;
use crate::chat::{Publication, Room};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::history_queries::By;
use crate::hub::room_runtime::Effect;
use crate::limits::inflight::InflightMessage;
use crate::limits::source::Source;
use crate::proto::{Event, HistoryQuery, MemberId, Misuse, ProgramEvent, Refusal, RoomId};

impl Hub {
    /// Carries out all that follows from what the chat and its hosts were told.
    pub(super) fn run_effects(&mut self, now: Instant) {
        while let Some(effect) = self.rooms.poll_effect(now) {
            self.apply(effect, now);
        }
    }

    fn apply(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Tell(to, event) => {
                self.metrics.refused += u64::from(matches!(event, Event::Refused { .. }));
                self.for_session(to, |hub, id| hub.sessions.tell(id, &event));
            }
            Effect::Propose(by, bytes) => {
                self.for_session(by, |hub, id| {
                    hub.sessions[id].quota.inflight().propose(bytes);
                    hub.sessions.spend_label(id);
                });
            }
            Effect::Withdraw(by, bytes) => {
                self.for_session(by, |hub, id| hub.sessions[id].quota.inflight().withdraw(bytes));
            }
            Effect::Publish(publication) => self.publish(publication),
            Effect::Subscribe(member, room) => self.for_session(member, |hub, id| {
                hub.sessions.fanout.subscribe(id, room);
                if let Some(trouble) = hub.degraded_notice() {
                    hub.sessions.tell(id, &trouble);
                }
            }),
            Effect::Unsubscribe(member, room) => {
                self.for_session(member, |hub, id| hub.sessions.fanout.unsubscribe(id, room));
            }
            Effect::Replay(to, room, ids) => self.for_session(to, |hub, id| hub.replay(id, room, ids)),
            Effect::Recall(member, room, query) => self.recall(member, room, query),
            Effect::HostActed(leavers) => self.host_went_on(leavers, now),
            Effect::Dismiss(member, name) => {
                self.resume.forget(member);
                self.queries.drop_member(member);
                let session = self.sessions.release_member(member);
                let place = session.map_or("here".to_owned(), |id| self.sessions[id].peer.to_string());
                info!("{name} ({place}) leaves");
                if let Some(id) = session {
                    self.sessions.begin_closing(id, now);
                }
            }
        }
    }

    /// A member wants to be told again of what was said.
    fn recall(&mut self, member: MemberId, room: RoomId, query: HistoryQuery) {
        let Some(id) = self.sessions.of_member(member) else { return };
        let Some(name) = self.rooms.chat().room(room).map(Room::room_name) else { return };
        if self.sessions.fanout.backlog(id) > RESULT_BYTES_MAX {
            return self.rooms.refuse(member, Refusal::Command(Misuse::RepliesPending));
        }
        let session = &self.sessions[id];
        let (source, encoding) = (Source::of(session.peer.ip()), session.codec.encoding());
        let stream = self.gate.stream(room);
        let label = self.sessions.label(id);
        let by = By { member, source, encoding, label, room, stream, name };
        let batch = self.gate.batch_of(stream);
        match self.queries.recall(by, query, batch) {
            Ok(()) => {
                self.sessions.spend_label(id);
                self.advance_queries();
            }
            Err(why) => self.rooms.refuse(member, Refusal::Command(Misuse::Unsearchable(why))),
        }
    }

    /// Does something with a member's session, if it has one.
    fn for_session(&mut self, member: MemberId, act: impl FnOnce(&mut Hub, SessionId)) {
        if let Some(id) = self.sessions.of_member(member) {
            act(self, id);
        }
    }

    /// A room is to hear something at its place in the order.
    fn publish(&mut self, Publication { room, speaker, label, except, entry }: Publication) {
        debug!("{:?}", entry.event);
        let session = speaker.and_then(|by| self.sessions.of_member(by));
        let mut deaf: Vec<SessionId> =
            except.iter().filter_map(|member| self.sessions.of_member(*member)).collect();
        deaf.extend(session.filter(|id| self.sessions[*id].profile().echoes_locally));

        if let Some(id) = session {
            let (stream, bytes) = (self.gate.stream(room), entry.event.text().map_or(0, str::len));
            let message = InflightMessage { room, stream, id: entry.id, bytes };
            self.sessions.note_in_flight(id, message, |room| self.gate.stream(room));
        }
        self.metrics.messages += u64::from(entry.event.text().is_some());
        self.gate.append(room, &entry);
        let said = session.zip(label).map(|(id, label)| (id, label, (entry.room.clone(), entry.id)));
        self.sessions.fanout.broadcast(room, &Event::Live(entry), &deaf);
        if let Some((id, label, said)) = said {
            let done = Event::Program(ProgramEvent::Done { said: Some(said) });
            self.sessions.tell_labelled(id, &done, &label);
        }
    }
}
