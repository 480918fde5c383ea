//! The path of a message: *accept* (a member or a host proposes it), *order* (it gets its id, is broadcast, recorded, and the
//! host is notified), *release* (it is committed), *deliver* (a flush writes it).

use std::time::Instant;

use log::{debug, info};

use crate::base::name::Name;
use crate::chat::{Publication, Room};
use crate::fanout::{FlushOutcome, Flushed, Sink};
use crate::hub::journal_driver::Driven;
use crate::hub::room_runtime::Effect;
use crate::hub::{AdminApi, Hub};
use crate::journal::Journal;
use crate::proto::{MemberId, Removal};

impl Hub {
    /// Carries out all effects of the chat and its hosts.
    pub(super) fn run_effects(&mut self, now: Instant) {
        while let Some(effect) = self.rooms.poll_effect(now) {
            self.apply(effect, now);
        }
    }

    fn apply(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Member(member, effect) => {
                self.metrics.refused += u64::from(effect.is_refusal());
                self.sessions.carry_out(member, effect, self.rooms.chat(), now);
            }
            Effect::Publish(publication) => self.publish(publication),
            Effect::Announce(rooms, except, event) => self.sessions.announce(&rooms, &except, &event),
            Effect::Share(step) => self.share(|sharing, here| sharing.share(step, here), now),
            Effect::SayShared(said) => self.share(|sharing, here| sharing.share_message(said, here), now),
            Effect::CallBot(room, bot) => self.share(|sharing, here| sharing.call_bot(room, &bot, here), now),
            Effect::Open(by, request) => self.on_rooms(|opened, on| opened.open_for(by, &request, on), now),
            Effect::Operate(by, line) => {
                self.on_members(|operators, on| operators.operate(by, line, on), now);
            }
            Effect::Wallops(by) => self.on_members(|_, on| on.log_wallops(by), now),
            Effect::RoomChanged(room) => {
                if !self.opened.has_room_changed(self.rooms.chat().room(room)) {
                    self.operators.topic_changed();
                }
            }
            Effect::Rest(room) => self.on_rooms(|opened, on| opened.let_rest(room, on), now),
            Effect::Subscribe(member, room) => {
                self.sessions.subscribe(member, room, self.journal.degraded_notice());
            }
            Effect::Recall(member, room, query) => {
                let Some(name) = self.rooms.chat().room(room).map(Room::room_name) else { return };
                let asked = self.sessions.ask(member, |to| self.journal.recall(to, room, name, query));
                self.rooms.refuse_question(member, asked);
            }
            Effect::RecallPrivate(member, query) => {
                let asked = self.sessions.ask(member, |to| self.journal.recall_private(to, query));
                self.rooms.refuse_question(member, asked);
            }
            Effect::SanctionsChanged => self.operators.sanctions_changed(),
            Effect::KeepOut(targets, why) => {
                for (id, _) in self.view().covered_by(&targets) {
                    self.remove(id, &Removal::Operator(why.clone()), now);
                }
            }
            Effect::HostActed(leavers) => {
                for id in self.sessions.of_members(leavers) {
                    self.recheck_waiting(id, now);
                    self.await_bots(id);
                }
            }
            Effect::Dismiss(member, name) => self.dismiss(member, &name, now),
        }
    }

    /// A member leaves: its session, if it has one, is closed when its output is sent.
    pub(super) fn dismiss(&mut self, member: MemberId, name: &Name, now: Instant) {
        self.resume.forget(member);
        self.journal.drop_member(member);
        self.chat_operators.drop_member(member);
        // Those of other nodes leave where they are.
        self.sessions.dismiss(member, name, self.sharing.is_none(), now);
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
        self.sessions.answer_question(id, text);
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
                self.sessions[gone].describe(self.rooms.chat())
            );
            self.lost(gone, &"a client at its address claimed its name, and it acknowledged nothing", now);
        }
        for (id, outcome) in outcomes {
            match self.sessions.on_flush_outcome(id, outcome, self.entry.is_stopping(), now) {
                Some(FlushOutcome::Progress) => self.recheck_waiting(id, now),
                Some(FlushOutcome::QueueFull) => self.let_go(id, &Removal::BacklogFull, now),
                Some(FlushOutcome::Broken(why)) => self.lost(id, &why, now),
                _ => {}
            }
        }
        self.shed(now);
    }

    /// Whether messages are not ordered or not released yet.
    pub fn holds_back(&self) -> bool {
        let has_unheard = self.node().is_some_and(|node| node.has_unheard());
        self.rooms.has_proposals() || self.sessions.fanout.has_unreleased() || has_unheard
    }

    /// Publishes an ordered entry in its room.
    fn publish(&mut self, publication: Publication) {
        let entry = &publication.entry;
        debug!("{:?}", entry.event);
        self.metrics.messages += u64::from(entry.event.text().is_some());
        self.traffic.note(entry);
        self.journal.append(publication.room, entry);
        self.sessions.publish(publication, self.rooms.chat());
    }
}
