//! Bots that come from outside, without their sockets: what the loop that has the sockets needs of them.

use std::time::Instant;

use crate::client::link::{End, Link, Output};
use crate::weather::{Question, Report};

/// What is to be done, or to be known.
#[derive(Debug, PartialEq, Eq)]
pub enum SwarmEvent {
    /// The connection of this link is to do this.
    Link(usize, Output),
    /// A sentence for whoever watches; or nothing.
    Report(String),
    /// The one of this name is out, for good.
    Ended(String, End),
}

/// Many links, and the minds behind them.
pub trait Swarm {
    /// How many links there are.
    fn count(&self) -> usize;

    /// A link, for its socket.
    fn link(&mut self, index: usize) -> &mut Link;

    /// What is to be done next, in order.
    fn poll(&mut self, now: Instant) -> Option<SwarmEvent>;

    /// Does what is due.
    fn handle_timeout(&mut self, now: Instant);

    /// When something is due next.
    fn next_deadline(&self) -> Option<Instant>;

    /// All leave.
    fn leave(&mut self, now: Instant) {
        for index in 0..self.count() {
            self.link(index).leave(now);
        }
    }

    /// What they want to know of the weather.
    fn weather_questions(&mut self) -> Vec<Question> {
        Vec::new()
    }

    /// The answer to a question of theirs; none if it cannot be had.
    fn weather(&mut self, _ticket: u64, _report: Option<&Report>, _now: Instant) {}
}

/// The next output of any of `count` links, and whose it is. `turn` is where to go on looking, so that each has its turn, and
/// a crowd costs no more than its members.
pub(super) fn next_output(
    count: usize,
    turn: &mut usize,
    mut output: impl FnMut(usize) -> Option<Output>,
) -> Option<(usize, Output)> {
    for _ in 0..count {
        if let Some(output) = output(*turn) {
            return Some((*turn, output));
        }
        *turn = (*turn + 1) % count;
    }
    None
}
