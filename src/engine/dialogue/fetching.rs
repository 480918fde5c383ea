//! Entries are heard live, and fetched where some are missing; they are reported in sequence.

use std::time::Instant;

use bytes::Bytes;
use serde_json::json;

use super::{Dialogue, Fetch, Outgoing, Output, Stage};
use crate::base::limits::{
    ENGINE_FETCH_AGAIN, ENGINE_FETCH_BYTES, ENGINE_FETCH_ENTRIES, ENGINE_FETCH_TIMEOUT, ENGINE_SILENCE,
};
use crate::cluster::log::LogEvent;
use crate::engine::incoming::{Answer, Entry};

impl Dialogue {
    /// Takes an entry that was heard or fetched.
    pub(super) fn hear(&mut self, entry: Entry, now: Instant) {
        // Before the stream is checked, nothing of it counts.
        if !matches!(self.stage, Stage::Following(_)) {
            return;
        }
        self.sequence.offer(entry);
        self.deliver(now);
        if self.sequence.is_behind() {
            self.fetch_soon(now);
        } else if let Stage::Following(Fetch::Idle(due)) = &mut self.stage {
            *due = now + ENGINE_SILENCE;
        }
    }

    /// Reports what is in sequence.
    pub(super) fn deliver(&mut self, now: Instant) {
        self.counters.knows(self.sequence.last_known());
        while let Some(Entry { seq, time, node, id, bytes }) = self.sequence.take() {
            self.from_first = false;
            if let Some((batch, _)) = &self.under_way
                && id == self.speaker.id(batch.batch.epoch, batch.batch.number)
            {
                self.counters.echoed(batch.age(now));
                self.under_way = None;
            }
            self.outputs.push_back(Output::Report(LogEvent::Entry { seq, time, node, bytes }));
        }
        if let Some(seq) = self.target
            && self.sequence.next() > seq
        {
            self.target = None;
            self.outputs.push_back(Output::Report(LogEvent::CaughtUp { seq }));
        }
    }

    /// Lets the next fetch be soon, as an entry is missing.
    pub(super) fn fetch_soon(&mut self, now: Instant) {
        if let Stage::Following(Fetch::Idle(due)) = &mut self.stage {
            *due = (*due).min(now + ENGINE_FETCH_AGAIN);
        }
    }

    /// Asks for the awaited entry and those after it.
    pub(super) fn fetch(&mut self, now: Instant) {
        let (token, from) = (self.token(), self.sequence.next());
        let question = json!({ "seq": from, "batch": ENGINE_FETCH_ENTRIES, "max_bytes": ENGINE_FETCH_BYTES });
        let payload = Bytes::from(question.to_string().into_bytes());
        let until = now + ENGINE_FETCH_TIMEOUT;
        self.stage = Stage::Following(Fetch::Asked { token, from, until, has_hole: false });
        self.counters.fetched();
        let subject = self.log.get_subject();
        self.outputs.push_back(Output::Send(Outgoing { subject, token, id: None, payload }));
    }

    /// An answer to a fetch.
    pub(super) fn on_fetched(&mut self, answered: u64, answer: Answer, now: Instant) {
        let Stage::Following(Fetch::Asked { token, from, until, has_hole }) = &mut self.stage else {
            // An earlier one: its entries are as good as others.
            if let Answer::Entry(entry) = answer {
                self.hear(entry, now);
            }
            return;
        };
        let is_current = answered == *token;
        match answer {
            Answer::Entry(entry) => {
                if is_current {
                    *until = now + ENGINE_FETCH_TIMEOUT;
                    *has_hole |= entry.seq > self.sequence.next();
                }
                self.hear(entry, now);
            }
            Answer::Status(_) | Answer::Json(_) if is_current => {
                let (has_advanced, has_hole) = (self.sequence.next() > *from, *has_hole);
                if has_hole && !has_advanced {
                    return self.ask(now, true);
                }
                let pause = if !self.sequence.is_behind() {
                    ENGINE_SILENCE
                } else if has_advanced {
                    return self.fetch(now);
                } else {
                    // The server that answered is behind itself.
                    ENGINE_FETCH_AGAIN
                };
                self.stage = Stage::Following(Fetch::Idle(now + pause));
            }
            Answer::Status(_) | Answer::Json(_) => {}
        }
    }
}
