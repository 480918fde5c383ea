//! A swarm of bots as the event loop sees it, without sockets.

use std::time::Instant;

use crate::client::link::{End, Link, Output};
use crate::weather::{Question, Report};

/// What a swarm wants done, or reports.
#[derive(Debug, PartialEq, Eq)]
pub enum SwarmEvent {
    /// An output of the link with this index, for its socket.
    Link(usize, Output),
    /// A sentence to print; may be empty.
    Report(String),
    /// The bot of this name has ended.
    Ended(String, End),
}

/// Many links, and the bots behind them.
pub trait Swarm {
    /// How many links there are.
    fn count(&self) -> usize;

    /// A link, for its socket.
    fn link(&mut self, index: usize) -> &mut Link;

    /// The next event, in order.
    fn poll(&mut self, now: Instant) -> Option<SwarmEvent>;

    /// Handles deadlines that have passed.
    fn handle_timeout(&mut self, now: Instant);

    /// The next deadline.
    fn next_deadline(&self) -> Option<Instant>;

    /// Has all bots leave.
    fn leave(&mut self, now: Instant) {
        for index in 0..self.count() {
            self.link(index).leave(now);
        }
    }

    /// Takes new questions about the weather.
    fn weather_questions(&mut self) -> Vec<Question> {
        Vec::new()
    }

    /// Answers a question; `None` if no forecast is available.
    fn weather(&mut self, _ticket: u64, _report: Option<&Report>, _now: Instant) {}
}

/// The next output of any of `count` links, and the link's index. Links are served round robin; `turn` is the index to start
/// at.
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
