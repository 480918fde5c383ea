//! The path of a message: *accept* (a member or a host proposes it), *order* (it gets its id, is broadcast, recorded, and the
//! host is notified), *release* (it is committed), *deliver* (a flush writes it).

use std::collections::BTreeSet;
use std::time::Instant;

use log::{debug, info};

use crate::base::limits::RESULT_BYTES_MAX;
use crate::base::name::Name;
use crate::chat::{Publication, Room};
use crate::fanout::{FlushOutcome, Flushed, SessionId, Sink};
use crate::hub::Hub;
use crate::hub::history_queries::{By, ReplyTo};
use crate::hub::journal_driver::{Driven, JournalDriver};
use crate::hub::room_runtime::Effect;
use crate::journal::Journal;
use crate::limits::inflight::InflightMessage;
use crate::limits::source::Source;
use crate::proto::{
    Event, HistoryQuery, MemberId, Misuse, Notice, PrivateQuery, ProgramEvent, Refusal, Removal, Reply,
    RoomId, Whois,
};

impl Hub {
    /// Carries out all effects of the chat and its hosts.
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
            Effect::Withdraw { by, bytes, why, label } => {
                self.metrics.refused += u64::from(why.is_some());
                self.for_session(by, |hub, id| {
                    hub.sessions[id].quota.inflight().withdraw(bytes);
                    hub.sessions.refuse_late(id, why, label.as_deref());
                });
            }
            Effect::Publish(publication) => self.publish(publication),
            Effect::Announce(rooms, except, event) => self.announce(&rooms, &except, &event),
            Effect::Share(step) => self.share(step, now),
            Effect::SayShared(proposal) => self.share_message(proposal, now),
            Effect::CallBot(room, name) => self.call_bot(room, &name, now),
            Effect::Open(by, request) => self.open_for(by, &request, now),
            Effect::RoomChanged(room) => match self.rooms.chat().room(room) {
                Some(room) if room.roles().is_some() => {
                    self.opened.changed(room.key().clone());
                }
                _ => self.operators.topic_changed(),
            },
            Effect::Rest(room) => self.rest(room, now),
            Effect::Subscribe(member, room) => self.for_session(member, |hub, id| {
                hub.sessions.fanout.subscribe(id, room);
                if let Some(trouble) = hub.journal.degraded_notice() {
                    hub.sessions.tell(id, &trouble);
                }
            }),
            Effect::Unsubscribe(member, room) => {
                self.for_session(member, |hub, id| hub.sessions.fanout.unsubscribe(id, room));
            }
            Effect::Replay(to, room, excerpt) => {
                if let Some((id, room)) = self.sessions.of_member(to).zip(self.rooms.chat().room(room)) {
                    self.sessions.replay(id, room, excerpt);
                }
            }
            Effect::Recall(member, room, query) => self.recall(member, room, query),
            Effect::RecallPrivate(member, query) => self.recall_private(member, query),
            Effect::Whois(by, other, whois) => {
                let connection = self.sessions.of_member(other);
                let wall = self.rooms.wall(now);
                let connection = connection.map(|id| self.sessions.facts(id, now, wall));
                let whois = Event::Reply(Reply::Whois(Whois { connection, ..whois }));
                self.for_session(by, |hub, id| hub.sessions.tell(id, &whois));
            }
            Effect::SanctionsChanged => self.operators.sanctions_changed(),
            Effect::Renamed(member, from, to) => {
                self.for_session(member, |hub, id| {
                    info!("{from} ({}) is now {to}", hub.sessions[id].peer);
                    hub.sessions[id].codec.on_renamed(&to);
                });
            }
            Effect::HostActed(leavers) => leavers.into_iter().for_each(|leaver| {
                self.for_session(leaver, |hub, id| {
                    hub.recheck_waiting(id, now);
                    hub.await_bots(id);
                });
            }),
            Effect::Dismiss(member, name) => self.dismiss(member, &name, now),
        }
    }

    /// A member leaves: its session, if it has one, is closed when its output is sent.
    pub(super) fn dismiss(&mut self, member: MemberId, name: &Name, now: Instant) {
        self.resume.forget(member);
        self.journal.drop_member(member);
        let session = self.sessions.release_member(member);
        if session.is_some() || self.sharing.is_none() {
            let place = session.map_or("here".to_owned(), |id| self.sessions[id].peer.to_string());
            info!("{name} ({place}) leaves");
        }
        if let Some(id) = session {
            self.sessions.begin_closing(id, now);
        }
    }

    /// Hands `journal` this turn's batch if it has to be sealed, and handles the journal's events.
    pub fn drive_journal(&mut self, journal: &mut dyn Journal, now: Instant) {
        // What is ordered by now belongs to this batch.
        self.rooms.apply_ordered();
        self.run_effects(now);
        self.record_decisions(now);
        let Driven { stalled_since, answer } = self.journal.drive(journal, &mut self.sessions.fanout, now);
        self.metrics.read_journal(journal);
        if let Some(since) = stalled_since {
            // Senders were not read meanwhile: their backlog is not a flood.
            self.sessions.stall.record(since, now);
        }
        let Some((member, text)) = answer else { return };
        let Some(id) = self.sessions.of_member(member) else { return };
        self.sessions[id].is_asking = false;
        match text {
            Some(text) => self.sessions.fanout.enqueue(id, |out| out.unsplit(text)),
            None => self.sessions.tell(id, &Event::Notice(Notice::RoomClosed)),
        }
        self.recheck_waiting(id, now);
    }

    /// Writes released output within the turn's budget; the others are first in the next
    /// turn. Closes connections that are too slow or broken.
    pub fn flush(&mut self, sink: &mut impl Sink, now: Instant) {
        self.sessions.end_turn();
        self.rooms.hosts_mut().end_turn();
        let Flushed { bytes, outcomes } = self.sessions.fanout.flush(sink, self.rooms.chat(), now);
        self.metrics.sent += bytes;
        for gone in self.resume.check(sink, now) {
            info!(
                "{} acknowledges nothing any more, so it is removed and its name is free",
                self.describe(gone)
            );
            self.lost(gone, &"a client at its address claimed its name, and it acknowledged nothing", now);
        }
        for (id, outcome) in outcomes {
            self.on_flush_outcome(id, outcome, now);
        }
        self.shed(now);
    }

    fn on_flush_outcome(&mut self, id: SessionId, outcome: FlushOutcome, now: Instant) {
        // An earlier outcome may have closed the session.
        if self.sessions.get(id).is_none_or(|session| session.is_closed) {
            return;
        }
        match outcome {
            FlushOutcome::Progress => self.recheck_waiting(id, now),
            FlushOutcome::Drained => self.sessions.drained(id, self.admission.is_stopping(), now),
            FlushOutcome::Blocked => self.sessions.note_write_stall(id, now),
            FlushOutcome::Paced => self.sessions.watch_wire(id, now),
            FlushOutcome::QueueFull if self.sessions[id].is_closing() => {}
            FlushOutcome::QueueFull => self.let_go(id, Removal::BacklogFull, now),
            FlushOutcome::Broken(why) => self.lost(id, &why, now),
        }
    }

    /// Whether messages are not ordered or not released yet.
    pub fn holds_back(&self) -> bool {
        self.rooms.has_proposals() || self.sessions.fanout.has_unreleased() || self.has_unheard()
    }

    /// Whether the other servers of the cluster should still hear something before this one ends.
    pub fn has_unheard(&self) -> bool {
        self.sharing.as_ref().is_some_and(|sharing| sharing.has_unheard())
    }

    /// Whether to stop reading sockets: this turn's broadcast budget is spent, or too much awaits its commit.
    pub fn must_pause_reads(&self) -> bool {
        self.sessions.fanout.must_pause_reads()
    }

    /// A member asks for messages of the history.
    fn recall(&mut self, member: MemberId, room: RoomId, query: HistoryQuery) {
        let Some(name) = self.rooms.chat().room(room).map(Room::room_name) else { return };
        self.ask(member, |journal, to| {
            let stream = journal.gate().stream(room);
            journal.recall(By { to, room, stream, name }, query)
        });
    }

    /// A member asks for its private messages with another one.
    fn recall_private(&mut self, member: MemberId, query: PrivateQuery) {
        self.ask(member, |journal, to| journal.recall_private(to, query));
    }

    /// A member asks a question, unless it has not read its earlier replies.
    fn ask(
        &mut self,
        member: MemberId,
        recall: impl FnOnce(&mut JournalDriver, ReplyTo) -> Result<(), String>,
    ) {
        let Some(id) = self.sessions.of_member(member) else { return };
        if self.sessions.fanout.backlog(id) > RESULT_BYTES_MAX {
            return self.rooms.refuse(member, Refusal::Command(Misuse::RepliesPending));
        }
        let session = &self.sessions[id];
        let (source, encoding) = (Source::of(session.peer.ip()), session.codec.encoding());
        let label = self.sessions.label(id);
        match recall(&mut self.journal, ReplyTo { member, source, encoding, label }) {
            Ok(()) => {
                self.sessions[id].is_asking = true;
                self.sessions.spend_label(id);
            }
            Err(why) => self.rooms.refuse(member, Refusal::Command(Misuse::Unsearchable(why))),
        }
    }

    /// Calls `act` with a member's session, if it has one.
    fn for_session(&mut self, member: MemberId, act: impl FnOnce(&mut Hub, SessionId)) {
        if let Some(id) = self.sessions.of_member(member) {
            act(self, id);
        }
    }

    /// Tells the members of rooms an event that has no place in their order.
    fn announce(&mut self, rooms: &[RoomId], except: &[MemberId], event: &Event) {
        let mut told: BTreeSet<SessionId> =
            except.iter().filter_map(|member| self.sessions.of_member(*member)).collect();
        let fanout = &mut self.sessions.fanout;
        for (number, room) in (1..).zip(rooms) {
            let deaf: Vec<SessionId> = if number == 1 {
                told.iter().copied().collect()
            } else {
                fanout.subscribers(*room).filter(|id| told.contains(id)).collect()
            };
            if number < rooms.len() {
                told.extend(fanout.subscribers(*room));
            }
            fanout.broadcast(*room, event, &deaf);
        }
    }

    /// Publishes an ordered entry in its room.
    fn publish(&mut self, Publication { room, speaker, label, except, is_in_several, entry }: Publication) {
        debug!("{:?}", entry.event);
        let session = speaker.and_then(|by| self.sessions.of_member(by));
        let mut deaf: Vec<SessionId> =
            except.iter().filter_map(|member| self.sessions.of_member(*member)).collect();
        let is_message = entry.event.text().is_some();
        // It hears its own message with the label of its request, or not at all: once it is released, in any case.
        let hears_otherwise = session.filter(|id| {
            let codec = &self.sessions[*id].codec;
            is_message && label.as_ref().is_some_and(|label| codec.collects_answers_to(label))
        });
        // Not all rooms echo.
        let is_deaf = session.is_some_and(|id| deaf.contains(&id));
        let is_echoed = |id: &SessionId| !is_deaf && !self.sessions[*id].codec.echoes_locally();
        let echo = hears_otherwise.filter(is_echoed).map(|_| Event::Live(entry.clone()));
        deaf.retain(|id| Some(*id) != hears_otherwise);
        deaf.extend(session.filter(|id| is_message && hears_otherwise.is_none() && !is_echoed(id)));

        if let Some(id) = session {
            let bytes = entry.event.text_bytes();
            self.sessions.note_in_flight(id, InflightMessage { room, id: entry.id, bytes });
        }
        self.sessions.tell_once(room, &entry, is_in_several, &mut deaf);
        self.metrics.messages += u64::from(is_message);
        self.traffic.note(&entry);
        self.journal.append(room, &entry);
        let said = session.zip(label).map(|(id, label)| (id, label, (entry.room.clone(), entry.id)));
        match hears_otherwise {
            Some(id) => self.sessions.fanout.broadcast_but_not_to(id, room, &Event::Live(entry), &deaf),
            None => self.sessions.fanout.broadcast(room, &Event::Live(entry), &deaf),
        }
        if let Some((id, label, said)) = said {
            let done = Event::Program(ProgramEvent::Done { said: Some(said) });
            self.sessions.tell_labelled(id, echo.as_ref().unwrap_or(&done), &label);
        }
    }
}
