//! The dialogue with the engine: what is asked, what its answers mean, and when to ask again. It does no I/O, and gets the time
//! as an argument.
//!
//! Each connection begins with a question about the log's stream, which is created if it does not exist. From then on entries
//! are heard as the engine repeats them (*live*). What is missing is *fetched* by its number, from whichever server has a copy:
//! after a gap, after an acknowledgement of what was not heard, and after a while of silence, as live messages may be lost. So
//! this needs neither a consumer in the engine nor the leader of its servers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use log::warn;
use serde_json::json;

use super::figures::Counters;
use super::incoming::{Acknowledgement, Answer, Entry, Incoming, NO_RESPONDERS};
use super::log_settings::{LogSettings, NO_STREAM, State, StreamInfo};
use super::sequence::Sequence;
use super::under_way::{Step, UnderWay};
use crate::base::limits::{
    ENGINE_ASK_INTERVAL, ENGINE_CREATE_TIMEOUT, ENGINE_ECHO_TIMEOUT, ENGINE_FETCH_AGAIN, ENGINE_FETCH_BYTES,
    ENGINE_FETCH_ENTRIES, ENGINE_FETCH_TIMEOUT, ENGINE_SHORT_LOG_PATIENCE, ENGINE_SILENCE,
};
use crate::cluster::log::{LogEvent, Published};

#[cfg(test)]
mod tests;

/// Who speaks to the engine.
#[derive(Clone, Debug)]
pub(super) struct Speaker {
    /// The node's name.
    pub(super) node: String,
    /// What tells this process from earlier ones of the node: it is part of the ids of its batches.
    pub(super) nonce: String,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Send this to the engine.
    Send(Outgoing),
    /// Tell the hub.
    Report(LogEvent),
    /// The connection is of no use any more.
    End(End),
}

/// A message to the engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) subject: String,
    /// The number of the request, which its answers carry.
    pub(super) token: u64,
    /// The id by which the engine knows that it has the batch already.
    pub(super) id: Option<String>,
    pub(super) payload: Bytes,
}

/// Why a connection ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Another one may do. A part of a sentence.
    Lost(String),
    /// No other one will do. A sentence that says what to change.
    Unusable(String),
}

/// The dialogue, over all connections, one after another.
#[derive(Debug)]
pub(super) struct Dialogue {
    log: LogSettings,
    speaker: Speaker,
    sequence: Sequence,
    /// The log is heard from its first entry on, whichever that is. Entries are deleted when they are old.
    from_first: bool,
    /// The batch that is under way, and its bytes as they are sent.
    under_way: Option<(UnderWay, Bytes)>,
    stage: Stage,
    /// The log is complete up to here when it is said that the node is caught up.
    target: Option<u64>,
    /// When the log was made.
    created: Option<String>,
    /// Since when it seems to be shorter than what was heard of it.
    short_since: Option<Instant>,
    /// Nothing is read, as the hub has not yet taken what was.
    is_paused: bool,
    last_token: u64,
    outputs: VecDeque<Output>,
    counters: Arc<Counters>,
}

#[derive(Debug)]
enum Stage {
    /// There is no connection, or it is of no use.
    Apart,
    /// The stream is asked about, or created.
    Asking(Asking),
    /// Entries are heard.
    Following(Fetch),
}

#[derive(Debug)]
struct Asking {
    is_creating: bool,
    /// When to ask, or to ask again.
    due: Instant,
    token: u64,
    /// When the engine answered last, whatever it was.
    answered_at: Instant,
    why_not: String,
    /// A fetch brought a later entry than the awaited one, so that one may be gone.
    has_hole: bool,
}

#[derive(Debug)]
enum Fetch {
    /// The next one is due at this time.
    Idle(Instant),
    /// It was asked for with this number. If nothing comes until then, it has failed.
    Asked { token: u64, from: u64, until: Instant, has_hole: bool },
}

impl Dialogue {
    /// A dialogue that reports entries from `next` on; if that is 1, from the first on that the log still has.
    pub(super) fn new(log: LogSettings, speaker: Speaker, next: u64, counters: Arc<Counters>) -> Dialogue {
        Dialogue {
            log,
            speaker,
            sequence: Sequence::starting_at(next),
            from_first: next <= 1,
            under_way: None,
            stage: Stage::Apart,
            target: None,
            created: None,
            short_since: None,
            is_paused: false,
            last_token: 0,
            outputs: VecDeque::new(),
            counters,
        }
    }

    /// What is to be done next.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A connection begins.
    pub(super) fn on_connected(&mut self, now: Instant) {
        if let Some((batch, _)) = &mut self.under_way {
            batch.on_connected(now);
        }
        self.ask(now, false);
        self.target = None;
    }

    /// The connection has ended. What is to be reported still is.
    pub(super) fn on_disconnected(&mut self) {
        self.stage = Stage::Apart;
        self.outputs.retain(|output| matches!(output, Output::Report(_)));
    }

    /// A batch is to be published. There is none under way.
    pub(super) fn publish(&mut self, mut batch: Published, now: (Instant, SystemTime)) {
        let bytes = Bytes::from(std::mem::take(&mut batch.bytes));
        self.under_way = Some((UnderWay::new(batch, now), bytes));
        self.on_time(now);
    }

    /// Whether a batch is under way.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Nothing is read any more until [`Dialogue::resume`].
    pub(super) fn pause(&mut self) {
        self.is_paused = true;
    }

    /// It is read again.
    pub(super) fn resume(&mut self, now: Instant) {
        if std::mem::take(&mut self.is_paused)
            && let Some((batch, _)) = &mut self.under_way
        {
            batch.on_resumed(now);
        }
    }

    /// When [`Dialogue::on_time`] has something to do.
    pub(super) fn deadline(&self, now: (Instant, SystemTime)) -> Option<Instant> {
        let own = match &self.stage {
            Stage::Apart => None,
            Stage::Asking(asking) => Some(asking.due),
            Stage::Following(_) if self.is_paused => None,
            Stage::Following(Fetch::Idle(due)) => Some(*due),
            Stage::Following(Fetch::Asked { until, .. }) => Some(*until),
        };
        let batch = self.under_way.as_ref().map(|(batch, _)| match (batch.step(now), &self.stage) {
            (Step::Wait(until), Stage::Following(_)) => until,
            (Step::GiveUp, _) => now.0,
            // It waits for the connection; and is given up at last.
            (_, Stage::Apart | Stage::Asking(_)) => now.0 + ENGINE_ASK_INTERVAL,
            (Step::Reconnect, _) if self.is_paused => now.0 + ENGINE_ASK_INTERVAL,
            (Step::Send | Step::Reconnect, Stage::Following(_)) => now.0,
        });
        own.into_iter().chain(batch).min()
    }

    /// Does what is due.
    pub(super) fn on_time(&mut self, now: (Instant, SystemTime)) {
        self.drive_batch(now);
        let now = now.0;
        match &self.stage {
            Stage::Asking(asking) if asking.due <= now => {
                if now.saturating_duration_since(asking.answered_at) >= ENGINE_ECHO_TIMEOUT {
                    let why = asking.why_not.clone();
                    return self.end(End::Lost(why));
                }
                self.send_question(now);
            }
            Stage::Following(_) if self.is_paused => {}
            Stage::Following(Fetch::Idle(due)) if *due <= now => self.fetch(now),
            Stage::Following(Fetch::Asked { until, .. }) if *until <= now => self.fetch(now),
            _ => {}
        }
    }

    /// Takes a message of the engine.
    pub(super) fn on_message(&mut self, message: Incoming, now: Instant) {
        match message {
            Incoming::Live(entry) => self.hear(entry, now),
            Incoming::Answer(token, answer) => match &self.stage {
                Stage::Asking(asking) if asking.token == token => self.on_stream_answer(answer, now),
                _ if self.under_way.as_ref().is_some_and(|(batch, _)| batch.is_sent_as(token)) => {
                    self.on_publication_answer(answer, now);
                }
                _ => self.on_fetched(token, answer, now),
            },
        }
    }

    fn token(&mut self) -> u64 {
        self.last_token += 1;
        self.last_token
    }

    fn end(&mut self, end: End) {
        self.stage = Stage::Apart;
        self.outputs.push_back(Output::End(end));
    }

    /// Asks about the stream, or for it to be created.
    fn ask(&mut self, now: Instant, has_hole: bool) {
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

    fn send_question(&mut self, now: Instant) {
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
    fn on_stream_answer(&mut self, answer: Answer, now: Instant) {
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
    fn on_stream_known(&mut self, info: &StreamInfo, now: Instant) {
        let Stage::Asking(Asking { has_hole, .. }) = self.stage else { return };
        if let Err(wrong) = self.log.check(info) {
            return self.end(End::Unusable(wrong));
        }
        let first = info.state.first_seq;
        let mut has_hole = has_hole;
        if self.from_first && first > self.sequence.next() {
            self.sequence = Sequence::starting_at(first);
            has_hole = false;
        }
        if let Some(end) = self.unusable_range(info, has_hole, now) {
            return self.end(end);
        }
        if self.short_since.is_some() {
            if let Stage::Asking(asking) = &mut self.stage {
                asking.due = now + ENGINE_ASK_INTERVAL;
            }
            return;
        }
        self.created.get_or_insert_with(|| info.created.clone());
        self.sequence.note(info.state.last_seq);
        self.stage = Stage::Following(Fetch::Idle(now + ENGINE_SILENCE));
        self.target = Some(info.state.last_seq);
        self.outputs.push_back(Output::Report(LogEvent::Connected));
        if self.sequence.is_behind() {
            self.fetch(now);
        }
        self.deliver(now);
    }

    /// Why the entries that the log holds are not those that this node needs.
    fn unusable_range(&mut self, info: &StreamInfo, has_hole: bool, now: Instant) -> Option<End> {
        let (next, name) = (self.sequence.next(), &self.log.stream);
        let State { first_seq, last_seq, num_deleted, .. } = info.state;
        if self.created.as_ref().is_some_and(|created| *created != info.created) {
            return Some(End::Unusable(format!(
                "The stream {name} of the engine was deleted and made anew, so it is another log. Start this node again."
            )));
        }
        if first_seq > next {
            return Some(End::Unusable(format!(
                "The log {name} of the engine begins with entry {first_seq}, but this node needs those from {next} on: it was away \
                 for too long, or somebody deleted them. Start it with an empty data folder (--data)."
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
        if last_seq + 1 >= next {
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
                "The log {name} of the engine ends with entry {last_seq}, but this node has heard those up to {}: it belongs to another \
                 log. Name that engine with --cluster, or start with an empty data folder (--data).",
                next - 1
            ))
        })
    }

    /// Sends the batch that is under way, if it is time to.
    fn drive_batch(&mut self, now: (Instant, SystemTime)) {
        let Some((batch, bytes)) = &mut self.under_way else { return };
        let is_following = matches!(self.stage, Stage::Following(_));
        match batch.step(now) {
            Step::GiveUp => {
                let Published { epoch, number, .. } = batch.batch;
                warn!("batch {number} of epoch {epoch} is given up: the engine did not confirm it in time");
                self.under_way = None;
                self.counters.given_up();
                self.outputs.push_back(Output::Report(LogEvent::GaveUp { epoch, number }));
            }
            Step::Send if is_following => {
                self.last_token += 1;
                let token = self.last_token;
                self.counters.sent(batch.sent > 0);
                batch.on_sent(token, now.0);
                let Published { epoch, number, .. } = batch.batch;
                let subject = self.log.subject(&self.speaker.node, epoch);
                let id = Some(self.speaker.id(epoch, number));
                let outgoing = Outgoing { subject, token, id, payload: bytes.clone() };
                self.outputs.push_back(Output::Send(outgoing));
            }
            Step::Reconnect if is_following && !self.is_paused => {
                let seconds = ENGINE_ECHO_TIMEOUT.as_secs();
                let why = format!("what this node sends has not come back from it for {seconds} seconds");
                self.end(End::Lost(why));
            }
            Step::Send | Step::Reconnect | Step::Wait(_) => {}
        }
    }

    /// The engine has answered what was published.
    fn on_publication_answer(&mut self, answer: Answer, now: Instant) {
        let Some((batch, _)) = &mut self.under_way else { return };
        let json = match answer {
            Answer::Status(NO_RESPONDERS) => return batch.on_no_responders(now),
            Answer::Json(json) => json,
            Answer::Status(_) | Answer::Entry(_) => return,
        };
        match serde_json::from_slice::<Acknowledgement>(&json) {
            Ok(Acknowledgement { seq, duplicate, error: None }) if seq > 0 => {
                batch.on_acknowledged();
                self.counters.acknowledged(batch.age(now), duplicate);
                self.sequence.note(seq);
                self.counters.knows(seq);
                if self.sequence.is_behind() {
                    self.fetch_soon(now);
                }
            }
            Ok(Acknowledgement { error: Some(error), .. }) => {
                warn!("the engine refuses a batch: {} ({})", error.description, error.err_code);
                batch.on_refused(now);
            }
            Ok(_) | Err(_) => {
                warn!("the engine's answer to a batch is not understood");
                batch.on_refused(now);
            }
        }
    }

    /// Takes an entry that was heard or fetched.
    fn hear(&mut self, entry: Entry, now: Instant) {
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
    fn deliver(&mut self, now: Instant) {
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
    fn fetch_soon(&mut self, now: Instant) {
        if let Stage::Following(Fetch::Idle(due)) = &mut self.stage {
            *due = (*due).min(now + ENGINE_FETCH_AGAIN);
        }
    }

    /// Asks for the awaited entry and those after it.
    fn fetch(&mut self, now: Instant) {
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
    fn on_fetched(&mut self, answered: u64, answer: Answer, now: Instant) {
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

impl Speaker {
    /// The id of a batch (`Nats-Msg-Id`).
    fn id(&self, epoch: u64, number: u64) -> String {
        format!("{}.{}.{epoch}.{number}", self.node, self.nonce)
    }
}
