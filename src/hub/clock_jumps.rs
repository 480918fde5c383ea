//! The clock on the wall may be set while the server runs. What is to end in two hours ends in two hours all the same: ends of
//! bans and mutes are moved with the clock, and kept anew.
//!
//! Between two runs, nobody can tell a clock that was set from time that passed. Then the clock is believed, but nothing lasts
//! longer than it had left, and what has ended is told.

use std::time::{Instant, SystemTime};

use log::warn;

use crate::base::limits::CLOCK_JUMP;
use crate::base::text::{in_words, list};
use crate::hub::Hub;
use crate::journal::{KeptMeasure, State};

impl Hub {
    /// What the clock on the wall says now. It may jump; if the hub's time stood still, [`Hub::on_clock_stall`] is told first.
    pub fn set_clock(&mut self, now: Instant, wall: SystemTime) {
        let expected = self.wall(now);
        self.clock = (now, wall);
        let (step, way) = match wall.duration_since(expected) {
            Ok(ahead) => (ahead, "ahead"),
            Err(behind) => (behind.duration(), "back"),
        };
        if step < CLOCK_JUMP {
            return;
        }
        warn!("the clock jumped {way} by {}", in_words(step));
        let are_moved = [self.chat.bans.move_ends(expected, wall), self.chat.mutes.move_ends(expected, wall)];
        if are_moved.contains(&true) {
            self.operators.measured();
        }
    }
}

/// The end of a measure that an earlier run kept: by the clock on the wall, which says `wall`, and no later than it had left.
pub(super) fn end(measure: &KeptMeasure, wall: SystemTime) -> Option<SystemTime> {
    let until = measure.until?;
    let latest = measure.left.and_then(|left| wall.checked_add(left));
    Some(latest.map_or(until, |latest| latest.min(until)))
}

/// What was to last and has ended, by the clock: a sentence, if there is any.
pub(super) fn ended(state: &State, wall: SystemTime) -> Option<String> {
    let ended = |measures: &[KeptMeasure], what: &str| {
        let ended = measures.iter().filter(|it| it.until.is_some_and(|until| until <= wall));
        ended.map(|it| format!("the {what} of {}", it.whom)).collect::<Vec<_>>()
    };
    let all = [ended(&state.bans, "ban"), ended(&state.mutes, "mute")].concat();
    (!all.is_empty()).then(|| {
        format!(
            "By the clock, these ended while the server was off: {}. If the clock is wrong, set it, and order them again.",
            list(&all)
        )
    })
}
