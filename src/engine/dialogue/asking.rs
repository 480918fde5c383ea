//! Each connection begins with a question about the log's stream: whether it is there, right, and holds what this node needs.

use std::time::Instant;

use log::warn;

use super::{Asking, Dialogue, End, Fetch, Outgoing, Output, Stage};
use crate::base::limits::{
    ENGINE_ASK_INTERVAL, ENGINE_CREATE_TIMEOUT, ENGINE_SHORT_LOG_PATIENCE, ENGINE_SILENCE,
};
use crate::cluster::log::LogEvent;
use crate::engine::incoming::{Answer, NO_RESPONDERS};
use crate::engine::log_settings::{NO_STREAM, State, StreamInfo};

impl Dialogue {
    /// Asks about the stream, or for it to be created.
    pub(super) fn ask(&mut self, now: Instant, has_hole: bool) {
        self.stage = Stage::Asking(Asking {
            is_creating: false,
            due: now,
            token: 0,
            answered_at: now,
            why_not: "it does not answer what it knows of the log".to_owned(),
            has_hole,
        });
        self.send_question(now);
    }

    pub(super) fn send_question(&mut self, now: Instant) {
        let token = self.token();
        let Stage::Asking(asking) = &mut self.stage else { return };
        asking.token = token;
        let (subject, payload, again) = if asking.is_creating {
            (self.log.create_subject(), self.log.creation(), ENGINE_CREATE_TIMEOUT)
        } else {
            (self.log.info_subject(), Vec::new(), ENGINE_ASK_INTERVAL)
        };
        asking.due = now + again;
        let question = Outgoing { subject, token, id: None, payload: payload.into() };
        self.outputs.push_back(Output::Send(question));
    }

    /// The engine has answered what it knows of the stream.
    pub(super) fn on_stream_answer(&mut self, answer: Answer, now: Instant) {
        let Stage::Asking(asking) = &mut self.stage else { return };
        let info = match answer {
            Answer::Json(json) => match serde_json::from_slice::<StreamInfo>(&json) {
                Ok(info) => info,
                Err(why) => {
                    return self.end(End::Lost(format!("what it says of the log is not understood ({why})")));
                }
            },
            Answer::Status(NO_RESPONDERS) => {
                "none of its servers has the log and can say so (is JetStream switched on, and do two of three servers run?)"
                    .clone_into(&mut asking.why_not);
                asking.due = now + ENGINE_ASK_INTERVAL;
                return;
            }
            Answer::Status(_) | Answer::Entry(_) => return,
        };
        asking.answered_at = now;
        let Some(error) = &info.error else { return self.on_stream_known(&info, now) };
        if error.err_code == NO_STREAM && !asking.is_creating {
            asking.is_creating = true;
            asking.due = now;
        } else if let Some(refusal) = self.log.refusal(error) {
            self.end(End::Unusable(refusal));
        } else {
            // Another node may have created it, or the servers have not found each other yet.
            let why_not = format!("it cannot give the log: {}", error.description);
            // Once, as it may stay so, such as for want of disk space.
            if asking.why_not != why_not {
                warn!("the engine: {} ({})", why_not.escape_debug(), error.err_code);
            }
            (asking.is_creating, asking.why_not) = (false, why_not);
            asking.due = now + ENGINE_ASK_INTERVAL;
        }
    }

    /// The stream exists.
    pub(super) fn on_stream_known(&mut self, info: &StreamInfo, now: Instant) {
        let Stage::Asking(Asking { has_hole, .. }) = self.stage else { return };
        if let Err(wrong) = self.log.check(info) {
            return self.end(End::Unusable(wrong));
        }
        let first = info.state.first_seq;
        self.counters.begins(first);
        let is_gone = first > self.sequence.next();
        if let Some(end) = self.unusable_range(info, has_hole && !is_gone, now) {
            return self.end(end);
        }
        if self.short_since.is_some() {
            if let Stage::Asking(asking) = &mut self.stage {
                asking.due = now + ENGINE_ASK_INTERVAL;
            }
            return;
        }
        self.created.get_or_insert_with(|| info.created.clone());
        if is_gone || self.from_first && (first > 1 || self.stored > 0) {
            return self.seek(&info.state, now);
        }
        self.follow(info.state.last_seq, now);
    }

    /// Hears the log, which has entries up to `last`.
    pub(super) fn follow(&mut self, last: u64, now: Instant) {
        self.sequence.note(last);
        self.stage = Stage::Following(Fetch::Idle(now + ENGINE_SILENCE));
        self.target = Some(last);
        self.outputs.push_back(Output::Report(LogEvent::Connected));
        if self.sequence.is_behind() {
            self.fetch(now);
        }
        self.deliver(now);
    }

    /// Why the entries that the log holds are not those that this node needs.
    pub(super) fn unusable_range(&mut self, info: &StreamInfo, has_hole: bool, now: Instant) -> Option<End> {
        let (next, name) = (self.sequence.next(), self.log.stream());
        let State { last_seq, num_deleted, .. } = info.state;
        if self.created.as_ref().is_some_and(|created| *created != info.created) {
            return Some(End::Unusable(format!(
                "The stream {name} of the engine was deleted and made anew, so it is another log. Start this node again."
            )));
        }
        if has_hole {
            let end = if num_deleted > 0 {
                End::Unusable(format!(
                    "Somebody deleted entries of the log {name} of the engine, {next} among them, which this node needs. Start it \
                     with an empty data folder (--data)."
                ))
            } else {
                End::Lost(format!("one of its servers does not have entry {next} of the log"))
            };
            return Some(end);
        }
        let known = if self.from_first { self.stored } else { next - 1 };
        if last_seq >= known {
            self.short_since = None;
            return None;
        }
        // A leader that was just elected may not know all of it yet.
        let since = *self.short_since.get_or_insert(now);
        let is_known = self.created.is_some();
        (now.saturating_duration_since(since) >= ENGINE_SHORT_LOG_PATIENCE).then(|| {
            if is_known {
                // It is the same log: this server is cut off from the others, and does not know it.
                self.short_since = None;
                return End::Lost(format!("it has the log only up to entry {last_seq}, and seems to be cut off"));
            }
            End::Unusable(format!(
                "The log {name} of the engine ends with entry {last_seq}, but this node has heard those up to {known}: it belongs to another \
                 log. Name that engine with --cluster, or start with an empty data folder (--data)."
            ))
        })
    }
}
