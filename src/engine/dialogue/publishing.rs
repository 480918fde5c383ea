//! The batch that is under way: it is sent, and sent again, until it is heard or given up.

use std::time::{Instant, SystemTime};

use log::warn;

use super::{Dialogue, End, Outgoing, Output, Stage};
use crate::base::limits::ENGINE_ECHO_TIMEOUT;
use crate::cluster::log::{LogEvent, Published};
use crate::engine::incoming::{Acknowledgement, Answer, NO_RESPONDERS};
use crate::engine::under_way::Step;

impl Dialogue {
    /// Sends the batch that is under way, if it is time to.
    pub(super) fn drive_batch(&mut self, now: (Instant, SystemTime)) {
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
    pub(super) fn on_publication_answer(&mut self, answer: Answer, now: Instant) {
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
}
