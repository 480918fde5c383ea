//! A snapshot is looked for: which there are, and then the pieces of the best one that is whole.

use std::collections::VecDeque;
use std::time::Instant;

use log::{info, warn};
use serde_json::json;

use super::{ASIDE, Dialogue, End, Outgoing, Output};
use crate::base::limits::{
    ENGINE_ASK_INTERVAL, ENGINE_FETCH_BYTES, ENGINE_FETCH_ENTRIES, ENGINE_FETCH_TIMEOUT,
    ENGINE_SNAPSHOT_PATIENCE,
};
use crate::cluster::log::{LogEvent, Published, beginnings};
use crate::cluster::pieces::Pieces;
use crate::engine::dialogue::Stage;
use crate::engine::incoming::Answer;
use crate::engine::log_settings::{NO_STREAM, State, StreamInfo, may_not_publish};
use crate::engine::sequence::Sequence;

#[derive(Debug)]
pub(super) struct Seeking {
    /// When to ask again.
    pub(super) due: Instant,
    pub(super) token: u64,
    /// When it is left at that.
    until: Instant,
    /// The entries that the log has.
    first: u64,
    last: u64,
    /// Snapshots that may be used, the best one first. `None`: it is asked which there are.
    found: Option<VecDeque<u64>>,
    /// What has come of the first one of these, and the last message that was in.
    pieces: Pieces,
    after: u64,
    has_advanced: bool,
}

impl Dialogue {
    /// Looks for a snapshot to go on from.
    pub(super) fn seek(&mut self, state: &State, now: Instant) {
        self.stage = Stage::Seeking(Seeking {
            due: now,
            token: 0,
            until: now + ENGINE_SNAPSHOT_PATIENCE,
            first: state.first_seq,
            last: state.last_seq,
            found: None,
            pieces: Pieces::default(),
            after: 0,
            has_advanced: false,
        });
        self.send_sought(now);
    }

    fn send_sought(&mut self, now: Instant) {
        let (token, created) = (self.token() | ASIDE, self.created.clone().unwrap_or_default());
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        seeking.token = token;
        let (subject, question, again) = match &seeking.found {
            None => {
                let question = json!({ "subjects_filter": self.log.piece_subject(&created, "*", "0") });
                (self.log.snapshots_info_subject(), question, ENGINE_ASK_INTERVAL)
            }
            Some(found) => {
                let entry = found.front().copied().unwrap_or_default().to_string();
                let pieces = self.log.piece_subject(&created, &entry, "*");
                let question = json!({
                    "seq": seeking.after + 1, "next_by_subj": pieces, "batch": ENGINE_FETCH_ENTRIES,
                    "max_bytes": ENGINE_FETCH_BYTES,
                });
                (self.log.snapshots_get_subject(), question, ENGINE_FETCH_TIMEOUT)
            }
        };
        seeking.due = now + again;
        let payload = question.to_string().into_bytes().into();
        self.outputs.push_back(Output::Send(Outgoing { subject, token, id: None, payload }));
    }

    /// The engine has refused something, with these words. If that is what is asked here, it is not asked again.
    pub(in crate::engine) fn on_refused(&mut self, words: &str, now: Instant) {
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        let asked = match seeking.found {
            None => self.log.snapshots_info_subject(),
            Some(_) => self.log.snapshots_get_subject(),
        };
        if words.contains(&format!("\"{asked}\"")) {
            warn!("{}", may_not_publish(&asked));
            seeking.until = now;
            self.seek_again(now);
        }
    }

    /// Nothing was answered in time.
    pub(super) fn seek_again(&mut self, now: Instant) {
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        if seeking.until > now {
            return self.send_sought(now);
        }
        if !self.from_first {
            return self.end(End::Lost("it does not say which snapshots there are".to_owned()));
        }
        warn!("the engine does not say which snapshots there are: the node begins without one");
        seeking.found = Some(VecDeque::new());
        self.try_next(now);
    }

    /// The engine has answered.
    pub(super) fn on_sought(&mut self, answer: Answer, now: Instant) {
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        match (answer, &mut seeking.found) {
            (Answer::Json(json), None) => self.on_list(&json, now),
            (Answer::Entry(piece), Some(_)) => {
                seeking.pieces.add(&piece.bytes);
                (seeking.after, seeking.has_advanced) = (piece.seq, true);
                seeking.due = now + ENGINE_FETCH_TIMEOUT;
            }
            (Answer::Status(_), Some(_)) if seeking.pieces.is_complete() => {
                match std::mem::take(&mut seeking.pieces).whole() {
                    Some(snapshot) => self.go_on_from(&snapshot, now),
                    None => self.pass_over(now),
                }
            }
            (Answer::Status(_), Some(_)) if std::mem::take(&mut seeking.has_advanced) => {
                self.send_sought(now);
            }
            (Answer::Status(_), Some(_)) => self.pass_over(now),
            // It is asked again.
            (Answer::Status(_) | Answer::Entry(_), None) | (Answer::Json(_), Some(_)) => {}
        }
    }

    /// The engine says which snapshots there are.
    fn on_list(&mut self, json: &[u8], now: Instant) {
        let (created, next) = (self.created.clone().unwrap_or_default(), self.sequence.next());
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        let Ok(info) = serde_json::from_slice::<StreamInfo>(json) else { return };
        if info.error.as_ref().is_some_and(|error| error.err_code != NO_STREAM) {
            return;
        }
        let stored = if self.from_first { self.stored } else { next - 1 };
        let there = info.state.subjects.keys().filter_map(|subject| self.log.snapshot_of(&created, subject));
        let there = there.filter(|entry| *entry <= seeking.last);
        seeking.found = Some(beginnings(stored, seeking.first, there).into());
        self.try_next(now);
    }

    /// The best snapshot is not whole.
    fn pass_over(&mut self, now: Instant) {
        let Stage::Seeking(Seeking { found: Some(found), .. }) = &mut self.stage else { return };
        if let Some(entry) = found.pop_front() {
            warn!("the snapshot of entry {entry} is not whole");
        }
        self.try_next(now);
    }

    /// Asks for the best snapshot, or goes on without one.
    fn try_next(&mut self, now: Instant) {
        let Stage::Seeking(seeking) = &mut self.stage else { return };
        (seeking.pieces, seeking.after, seeking.has_advanced) = (Pieces::default(), 0, false);
        seeking.until = now + ENGINE_SNAPSHOT_PATIENCE;
        let (first, last) = (seeking.first, seeking.last);
        if seeking.found.as_ref().is_some_and(|found| !found.is_empty()) {
            return self.send_sought(now);
        }
        if self.from_first {
            if first > self.sequence.next() {
                info!("there is no snapshot to begin from: the log is heard from entry {first} on");
                self.sequence = Sequence::starting_at(first);
            }
            return self.follow(last, now);
        }
        self.end(End::Unusable(format!(
            "The log {} of the engine begins with entry {first}, but this node needs those from {} on: it was away for too long, or \
             somebody deleted them, and there is no snapshot. Start it again.",
            self.log.stream(),
            self.sequence.next()
        )));
    }

    /// A snapshot is whole.
    fn go_on_from(&mut self, snapshot: &[u8], now: Instant) {
        let Stage::Seeking(Seeking { found: Some(found), last, .. }) = &self.stage else { return };
        let (seq, last) = (found.front().copied().unwrap_or_default(), *last);
        // It may be among the entries that are not heard.
        if let Some((batch, _)) = self.under_way.take() {
            let Published { epoch, number, .. } = batch.batch;
            self.counters.given_up();
            self.outputs.push_back(Output::Report(LogEvent::GaveUp { epoch, number }));
        }
        self.sequence = Sequence::starting_at(seq + 1);
        self.from_first = false;
        self.outputs.push_back(Output::Report(LogEvent::Snapshot { seq, bytes: snapshot.into() }));
        self.follow(last, now);
    }
}
