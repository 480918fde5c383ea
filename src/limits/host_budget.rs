//! The budget for reading messages by hosts and bots: for each turn of the loop, and for each address over time.
//! Messages beyond it are delivered to everybody, and get no answer.
//!
//! The cost is in bytes of text, as the analysis takes time in proportion. There is no clock here.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::base::limits::{
    BOT_INPUT_BYTES_PER_ADDRESS, BOT_INPUT_BYTES_PER_TURN, BOT_INPUT_COST_MIN, BOT_INPUT_WINDOW,
    TRACKED_ADDRESSES,
};
use crate::base::source::Source;
use crate::limits::gcra::Gcra;

/// The rate limit of one address.
const RATE: Gcra = Gcra { points: BOT_INPUT_BYTES_PER_ADDRESS, within: BOT_INPUT_WINDOW };

/// What was spent.
#[derive(Debug, Default)]
pub struct HostBudget {
    /// What was read in this turn, in bytes.
    turn: usize,
    /// When the budget of each address is full again.
    spent: BTreeMap<Source, Instant>,
}

impl HostBudget {
    /// Ends a turn of the loop.
    pub fn end_turn(&mut self) {
        self.turn = 0;
    }

    /// Spends the cost of reading a text of this many bytes. Returns false if the budget is too small. A speaker
    /// without an address, such as the host, counts for the turn only.
    pub fn spend(&mut self, source: Option<Source>, bytes: usize, now: Instant) -> bool {
        let cost = bytes.max(BOT_INPUT_COST_MIN);
        if self.turn + cost > BOT_INPUT_BYTES_PER_TURN {
            return false;
        }
        if let Some(source) = source {
            if self.spent.len() >= TRACKED_ADDRESSES {
                self.spent.retain(|_, until| *until > now);
            }
            let known = self.spent.get(&source).copied();
            if known.is_none() && self.spent.len() >= TRACKED_ADDRESSES {
                return false;
            }
            let points = u32::try_from(cost).unwrap_or(u32::MAX);
            let Ok(until) = RATE.try_acquire(known.unwrap_or(now), points, now) else { return false };
            self.spent.insert(source, until);
        }
        self.turn += cost;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::base::limits::BOT_INPUT_BYTES;

    fn source(text: &str) -> Source {
        Source::of(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_turn_has_its_share_whoever_speaks() {
        let (mut hearing, now) = (HostBudget::default(), Instant::now());
        for n in 0..BOT_INPUT_BYTES_PER_TURN / BOT_INPUT_BYTES {
            assert!(hearing.spend(Some(source(&format!("192.0.2.{n}"))), BOT_INPUT_BYTES, now));
        }
        assert!(!hearing.spend(Some(source("192.0.2.200")), 1, now));
        assert!(!hearing.spend(None, 1, now), "nor is the host answered");
        hearing.end_turn();
        assert!(hearing.spend(Some(source("192.0.2.200")), 1, now));
    }

    #[test]
    fn an_address_has_its_share_and_others_theirs() {
        let (mut hearing, now) = (HostBudget::default(), Instant::now());
        let mut read = |from: &str, now| {
            hearing.end_turn();
            hearing.spend(Some(source(from)), BOT_INPUT_BYTES, now)
        };
        let limit = BOT_INPUT_BYTES_PER_ADDRESS as usize / BOT_INPUT_BYTES;
        assert_eq!((0..10 * limit).filter(|_| read("192.0.2.1", now)).count(), limit);
        assert!(read("192.0.2.2", now), "another has its own");
        assert_eq!(
            (0..10 * limit).filter(|_| read("192.0.2.1", now + BOT_INPUT_WINDOW / 2)).count(),
            limit / 2
        );
    }
}
