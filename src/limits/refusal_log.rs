//! Limits log lines about refusals, so that a flood of connections does not flood the log: at most one line a minute
//! for each address, with a count.
//!
//! At most [`REFUSAL_LOG_ADDRESSES`] addresses have lines of their own in a minute; the others are counted together.

use std::collections::BTreeMap;

use crate::base::limits::REFUSAL_LOG_ADDRESSES;
use crate::base::source::Source;

/// The refusals of this minute.
#[derive(Debug, Default)]
pub struct RefusalLog {
    /// How many refusals of each address are not logged yet.
    unlogged: BTreeMap<Source, u64>,
    others: u64,
}

impl RefusalLog {
    /// Counts a refusal. Returns whether to log it at once.
    pub fn count(&mut self, source: Source) -> bool {
        if let Some(unlogged) = self.unlogged.get_mut(&source) {
            *unlogged += 1;
            return false;
        }
        let has_room = self.unlogged.len() < REFUSAL_LOG_ADDRESSES;
        if has_room {
            self.unlogged.insert(source, 0);
        } else {
            self.others += 1;
        }
        has_room
    }

    /// Ends the minute. Returns the lines to log, and drops addresses that were quiet.
    pub fn end_minute(&mut self) -> Vec<String> {
        self.unlogged.retain(|_, unlogged| *unlogged > 0);
        let times = |count: u64| if count == 1 { "once".into() } else { format!("{count} times") };
        let told = self.unlogged.iter_mut().map(|(source, unlogged)| {
            let count = times(std::mem::take(unlogged));
            format!("{source} was refused {count} more within a minute")
        });
        let mut lines: Vec<String> = told.collect();
        if self.others > 0 {
            let count = times(std::mem::take(&mut self.others));
            lines.push(format!("newcomers from other addresses were refused {count} within a minute"));
        }
        lines
    }

    /// Whether nothing is left to log.
    pub fn is_empty(&self) -> bool {
        self.unlogged.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn source(n: u32) -> Source {
        Source::V4(Ipv4Addr::from_bits(n))
    }

    #[test]
    fn a_line_at_once_and_then_one_a_minute_with_a_count() {
        let mut tally = RefusalLog::default();
        assert!(tally.count(source(1)));
        assert!(tally.count(source(2)));
        assert!((0..1000).all(|_| !tally.count(source(1))));
        assert_eq!(tally.end_minute(), ["0.0.0.1 was refused 1000 times more within a minute"]);
        assert!(!tally.count(source(1)), "it was told of in this minute");
        assert!(tally.count(source(2)), "this one was not");
        assert_eq!(tally.end_minute(), ["0.0.0.1 was refused once more within a minute"]);
        assert!(tally.end_minute().is_empty());
        assert!(tally.is_empty());
    }

    #[test]
    fn many_addresses_are_a_number() {
        let mut tally = RefusalLog::default();
        let told = (0..10_000).filter(|n| tally.count(source(*n))).count();
        assert_eq!(told, REFUSAL_LOG_ADDRESSES);
        let others = 10_000 - REFUSAL_LOG_ADDRESSES;
        let line = format!("newcomers from other addresses were refused {others} times within a minute");
        assert_eq!(tally.end_minute(), [line]);
        assert!(tally.is_empty());
    }
}
