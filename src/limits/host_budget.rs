//! What hosts and bots read of what people say: so much in a turn of the loop, and so much from one address with time. What
//! is said beyond that is heard by everybody, and goes unanswered.
//!
//! What reading costs is counted in bytes of text: the analysis takes as long as its text is. There is no clock here.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::base::limits::{
    BOT_INPUT_BYTES_PER_ADDRESS, BOT_INPUT_BYTES_PER_TURN, BOT_INPUT_COST_MIN, BOT_INPUT_WINDOW,
    TRACKED_ADDRESSES,
};
use crate::limits::gcra::Gcra;
use crate::limits::source::Source;

/// What an address may have read.
const RATE: Gcra = Gcra { points: BOT_INPUT_BYTES_PER_ADDRESS, within: BOT_INPUT_WINDOW };

/// What is left of both.
#[derive(Debug, Default)]
pub struct HostBudget {
    /// What was read in this turn, in bytes.
    turn: usize,
    /// When all that an address spent is back.
    spent: BTreeMap<Source, Instant>,
}

impl HostBudget {
    /// Another turn begins.
    pub fn end_turn(&mut self) {
        self.turn = 0;
    }

    /// Spends what it costs to read a text of so many bytes, if there is enough for it. Who has no address, as the host, has
    /// no bucket, and counts for the turn.
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
            let Ok(until) = RATE.spend(known.unwrap_or(now), points, now) else { return false };
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
        let most = BOT_INPUT_BYTES_PER_ADDRESS as usize / BOT_INPUT_BYTES;
        assert_eq!((0..10 * most).filter(|_| read("192.0.2.1", now)).count(), most);
        assert!(read("192.0.2.2", now), "another has its own");
        assert_eq!(
            (0..10 * most).filter(|_| read("192.0.2.1", now + BOT_INPUT_WINDOW / 2)).count(),
            most / 2
        );
    }
}
