//! What has time: to store a snapshot, and to trim the log. Each is asked for until it is answered, or left.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use log::{info, warn};
use serde::Deserialize;
use serde_json::json;

use super::{ASIDE, Dialogue, Outgoing, Output};
use crate::base::limits::{ENGINE_ACK_TIMEOUT, ENGINE_SNAPSHOT_PATIENCE};
use crate::cluster::log::LogEvent;
use crate::cluster::pieces::split;
use crate::engine::dialogue::Stage;
use crate::engine::incoming::{Acknowledgement, Answer, ApiError, NO_RESPONDERS};

/// What is to be done, one of each at most.
#[derive(Debug, Default)]
pub(super) struct Errands {
    store: Option<(Asked, Storing)>,
    trim: Option<(Asked, Trimming)>,
}

/// When something was asked, and when it is asked again or left.
#[derive(Debug)]
struct Asked {
    token: u64,
    due: Instant,
    until: Instant,
}

#[derive(Debug)]
struct Storing {
    seq: u64,
    /// The pieces that are not stored, and the number of the first of them.
    pieces: VecDeque<Bytes>,
    number: usize,
    /// The stream does not exist.
    is_creating: bool,
}

#[derive(Debug)]
struct Trimming {
    up_to: u64,
    /// There is the snapshot that comes instead.
    has_snapshot: bool,
}

/// What the engine says of a purge.
#[derive(Debug, Deserialize)]
struct Purged {
    error: Option<ApiError>,
    #[serde(default)]
    success: bool,
}

impl Asked {
    fn new(now: Instant) -> Asked {
        Asked { token: 0, due: now, until: now + ENGINE_SNAPSHOT_PATIENCE }
    }
}

impl Errands {
    /// When something is to be asked.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let store = self.store.as_ref().map(|(asked, _)| asked.due);
        store.into_iter().chain(self.trim.as_ref().map(|(asked, _)| asked.due)).min()
    }
}

impl Dialogue {
    /// A snapshot is to be stored that was taken after this entry. An earlier one that is not stored by now is left.
    pub(in crate::engine) fn store(&mut self, seq: u64, snapshot: &[u8], now: Instant) {
        let pieces = split(snapshot).into_iter().map(Bytes::from).collect();
        let storing = Storing { seq, pieces, number: 0, is_creating: false };
        self.errands.store = Some((Asked::new(now), storing));
        self.run_errands(now);
    }

    /// The entries up to this one are to be deleted.
    pub(in crate::engine) fn trim(&mut self, up_to: u64, now: Instant) {
        self.errands.trim = Some((Asked::new(now), Trimming { up_to, has_snapshot: false }));
        self.run_errands(now);
    }

    /// Asks what is due.
    pub(super) fn run_errands(&mut self, now: Instant) {
        let is_over = |asked: &Asked| asked.due <= now && asked.until <= now;
        if let Some((_, Storing { seq, .. })) = self.errands.store.take_if(|(asked, _)| is_over(asked)) {
            warn!(
                "the engine does not take the snapshot of entry {seq}. May this node store it? See salon help cluster"
            );
        }
        if let Some((_, Trimming { up_to, .. })) = self.errands.trim.take_if(|(asked, _)| is_over(asked)) {
            warn!(
                "the engine does not trim the log up to entry {up_to}. May this node do that? See salon help cluster"
            );
        }
        if !matches!(self.stage, Stage::Following(_)) {
            return;
        }
        let created = self.created.clone().unwrap_or_default();
        if let Some((asked, storing)) = self.errands.store.as_mut().filter(|(asked, _)| asked.due <= now) {
            self.last_token += 1;
            let token = self.last_token | ASIDE;
            (asked.token, asked.due) = (token, now + ENGINE_ACK_TIMEOUT);
            let (subject, payload) = if storing.is_creating {
                (self.log.snapshots_create_subject(), self.log.snapshots_creation().into())
            } else {
                let (entry, piece) = (storing.seq.to_string(), storing.number.to_string());
                let payload = storing.pieces.front().cloned().unwrap_or_default();
                (self.log.piece_subject(&created, &entry, &piece), payload)
            };
            self.outputs.push_back(Output::Send(Outgoing { subject, token, id: None, payload }));
        }
        if let Some((asked, trimming)) = self.errands.trim.as_mut().filter(|(asked, _)| asked.due <= now) {
            self.last_token += 1;
            let token = self.last_token | ASIDE;
            (asked.token, asked.due) = (token, now + ENGINE_ACK_TIMEOUT);
            let (subject, question) = if trimming.has_snapshot {
                // All before this one go.
                (self.log.purge_subject(), json!({ "seq": trimming.up_to + 1 }))
            } else {
                let head = self.log.piece_subject(&created, &trimming.up_to.to_string(), "0");
                (self.log.snapshots_get_subject(), json!({ "last_by_subj": head }))
            };
            let payload = question.to_string().into_bytes().into();
            self.outputs.push_back(Output::Send(Outgoing { subject, token, id: None, payload }));
        }
    }

    /// The engine has answered.
    pub(super) fn on_errand_answer(&mut self, token: u64, answer: &Answer, now: Instant) {
        if self.errands.store.as_ref().is_some_and(|(asked, _)| asked.token == token) {
            self.on_store_answer(answer, now);
        } else if self.errands.trim.as_ref().is_some_and(|(asked, _)| asked.token == token) {
            self.on_trim_answer(answer, now);
        }
        self.run_errands(now);
    }

    fn on_store_answer(&mut self, answer: &Answer, now: Instant) {
        let Some((asked, storing)) = &mut self.errands.store else { return };
        let was_creating = std::mem::take(&mut storing.is_creating);
        let acknowledged = match answer {
            Answer::Status(NO_RESPONDERS) if !was_creating => {
                (storing.is_creating, asked.due) = (true, now);
                return;
            }
            Answer::Json(json) => serde_json::from_slice::<Acknowledgement>(json).ok(),
            Answer::Status(_) | Answer::Entry(_) => None,
        };
        let seq = storing.seq;
        match acknowledged {
            Some(Acknowledgement { error: None, .. }) if was_creating => asked.due = now,
            Some(Acknowledgement { error: None, .. }) => {
                storing.pieces.pop_front();
                storing.number += 1;
                *asked = Asked::new(now);
                if storing.pieces.is_empty() {
                    self.errands.store = None;
                    info!("the snapshot of entry {seq} is stored");
                    self.outputs.push_back(Output::Report(LogEvent::Stored { seq }));
                }
            }
            Some(Acknowledgement { error: Some(error), .. }) => {
                warn!("the engine refuses the snapshot of entry {seq}: {}", error.description.escape_debug());
                self.errands.store = None;
            }
            // It is asked again.
            None => {}
        }
    }

    fn on_trim_answer(&mut self, answer: &Answer, now: Instant) {
        let Some((asked, trimming)) = &mut self.errands.trim else { return };
        let (up_to, first) = (trimming.up_to, trimming.up_to + 1);
        match answer {
            Answer::Entry(_) => (trimming.has_snapshot, asked.due) = (true, now),
            // Nobody answers: it is asked again.
            Answer::Status(NO_RESPONDERS) => {}
            Answer::Status(_) => {
                warn!("the log is not trimmed up to entry {up_to}: the engine does not have the snapshot");
                self.errands.trim = None;
            }
            Answer::Json(json) => {
                self.errands.trim = None;
                match serde_json::from_slice::<Purged>(json) {
                    Ok(Purged { error: None, success: true }) => {
                        info!("the log begins with entry {first} now");
                        self.counters.begins(first);
                        self.outputs.push_back(Output::Report(LogEvent::Trimmed { first }));
                    }
                    Ok(Purged { error: Some(error), .. }) => {
                        warn!("the engine refuses to trim the log: {}", error.description.escape_debug());
                    }
                    Ok(_) | Err(_) => warn!("what the engine says of the trimming is not understood"),
                }
            }
        }
    }
}
