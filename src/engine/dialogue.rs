//! The dialogue with the engine: what is asked, what its answers mean, and when to ask again. It does no I/O, and gets the time
//! as an argument.
//!
//! Each connection begins with a question about the log's stream, which is created if it does not exist. From then on entries
//! are heard as the engine repeats them (*live*). What is missing is *fetched* by its number, from whichever server has a copy:
//! after a gap, after an acknowledgement of what was not heard, and after a while of silence, as live messages may be lost. So
//! this needs neither a consumer in the engine nor the leader of its servers. Who does not begin with the first entry, or misses some
//! that are gone, goes on from a snapshot. The parts are `asking`, `seeking` (snapshots), `fetching`, `publishing` and `errands`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use super::figures::Counters;
use super::incoming::Incoming;
use super::log_settings::LogSettings;
use super::sequence::Sequence;
use super::under_way::{Step, UnderWay};
use crate::base::limits::{ENGINE_ASK_INTERVAL, ENGINE_ECHO_TIMEOUT};
use crate::cluster::log::{LogEvent, Published};

mod asking;
mod errands;
mod fetching;
mod publishing;
mod seeking;
#[cfg(test)]
mod tests;

use errands::Errands;
use seeking::Seeking;

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
    /// Up to which entry everything is stored from an earlier run.
    stored: u64,
    /// Nothing is heard yet, so it may begin with whichever entry is the first. Entries are deleted when they are old.
    from_first: bool,
    /// The batch that is under way, and its bytes as they are sent.
    under_way: Option<(UnderWay, Bytes)>,
    stage: Stage,
    errands: Errands,
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

/// Is in the numbers of requests that concern snapshots.
const ASIDE: u64 = 1 << 63;

#[derive(Debug)]
enum Stage {
    /// There is no connection, or it is of no use.
    Apart,
    /// The stream is asked about, or created.
    Asking(Asking),
    /// A snapshot is looked for.
    Seeking(Seeking),
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
    /// A dialogue that reports all entries, or a snapshot and those after it. What is up to the entry `stored` need not be reported.
    pub(super) fn new(log: LogSettings, speaker: Speaker, stored: u64, counters: Arc<Counters>) -> Dialogue {
        Dialogue {
            log,
            speaker,
            sequence: Sequence::starting_at(1),
            stored,
            from_first: true,
            under_way: None,
            stage: Stage::Apart,
            errands: Errands::default(),
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
            Stage::Seeking(seeking) => Some(seeking.due),
            Stage::Following(_) if self.is_paused => None,
            Stage::Following(Fetch::Idle(due)) => Some(*due),
            Stage::Following(Fetch::Asked { until, .. }) => Some(*until),
        };
        let batch = self.under_way.as_ref().map(|(batch, _)| match (batch.step(now), &self.stage) {
            (Step::Wait(until), Stage::Following(_)) => until,
            (Step::GiveUp, _) => now.0,
            // It waits for the connection; and is given up at last.
            (_, Stage::Apart | Stage::Asking(_) | Stage::Seeking(_)) => now.0 + ENGINE_ASK_INTERVAL,
            (Step::Reconnect, _) if self.is_paused => now.0 + ENGINE_ASK_INTERVAL,
            (Step::Send | Step::Reconnect, Stage::Following(_)) => now.0,
        });
        let is_following = matches!(self.stage, Stage::Following(_));
        let errand = self.errands.deadline().filter(|_| is_following);
        own.into_iter().chain(batch).chain(errand).min()
    }

    /// Does what is due.
    pub(super) fn on_time(&mut self, now: (Instant, SystemTime)) {
        self.drive_batch(now);
        let now = now.0;
        self.run_errands(now);
        match &self.stage {
            Stage::Asking(asking) if asking.due <= now => {
                if now.saturating_duration_since(asking.answered_at) >= ENGINE_ECHO_TIMEOUT {
                    let why = asking.why_not.clone();
                    return self.end(End::Lost(why));
                }
                self.send_question(now);
            }
            Stage::Seeking(seeking) if seeking.due <= now => self.seek_again(now),
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
            // What it brings is no entry of the log.
            Incoming::Answer(token, answer) if token & ASIDE != 0 => match &self.stage {
                Stage::Seeking(seeking) if seeking.token == token => self.on_sought(answer, now),
                _ => self.on_errand_answer(token, &answer, now),
            },
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
}

impl Speaker {
    /// The id of a batch (`Nats-Msg-Id`).
    fn id(&self, epoch: u64, number: u64) -> String {
        format!("{}.{}.{epoch}.{number}", self.node, self.nonce)
    }
}
