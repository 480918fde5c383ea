//! What was said, in order, for those who come later. In memory, and bounded both in messages and in bytes.

use std::collections::VecDeque;
use std::ops::Range;

use crate::base::limits::HISTORY_ENTRY_BYTES;
use crate::proto::Event;

/// How much of what was said is kept.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLimits {
    /// Messages at most; 0 keeps none.
    pub messages: usize,
    /// Bytes at most: names, texts, and `HISTORY_ENTRY_BYTES` for each message.
    pub bytes: usize,
}

/// The thread of a room. Each message has a number that it keeps; the oldest are forgotten first.
#[derive(Debug)]
pub struct History {
    limits: HistoryLimits,
    said: VecDeque<Event>,
    /// The number of the oldest message that is kept.
    first: u64,
    bytes: usize,
}

impl History {
    /// An empty thread.
    pub fn new(limits: HistoryLimits) -> History {
        History {
            limits,
            said: VecDeque::new(),
            first: 0,
            bytes: 0,
        }
    }

    /// Keeps `event` if it is something that was said; joins, leaves and answers to one alone are not.
    pub fn record(&mut self, event: &Event) {
        let Some(size) = size(event) else { return };
        self.said.push_back(event.clone());
        self.bytes += size;
        while self.said.len() > self.limits.messages || self.bytes > self.limits.bytes {
            let Some(oldest) = self.said.pop_front() else {
                break;
            };
            self.bytes -= size_of_kept(&oldest);
            self.first += 1;
        }
    }

    /// The numbers of all that is kept.
    pub fn numbers(&self) -> Range<u64> {
        self.first..self.first + self.said.len() as u64
    }

    /// The oldest message numbered within `numbers` that is still kept, with its number.
    pub fn oldest(&self, numbers: Range<u64>) -> Option<(u64, &Event)> {
        let number = numbers.start.max(self.first);
        if number >= numbers.end {
            return None;
        }
        let index = usize::try_from(number - self.first).ok()?;
        Some((number, self.said.get(index)?))
    }
}

/// What an event costs in the thread, if it belongs there.
fn size(event: &Event) -> Option<usize> {
    match event {
        Event::Said { who, text } | Event::Acted { who, text } => {
            Some(HISTORY_ENTRY_BYTES + who.as_str().len() + text.len())
        }
        Event::HostSaid { text } => Some(HISTORY_ENTRY_BYTES + text.len()),
        _ => None,
    }
}

fn size_of_kept(event: &Event) -> usize {
    size(event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Event {
        Event::HostSaid { text: text.into() }
    }

    fn all(history: &History) -> Vec<Event> {
        let mut numbers = history.numbers();
        let mut events = Vec::new();
        while let Some((number, event)) = history.oldest(numbers.clone()) {
            events.push(event.clone());
            numbers.start = number + 1;
        }
        events
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut history = History::new(HistoryLimits {
            messages: 2,
            bytes: 1_000_000,
        });
        for text in ["a", "b", "c"] {
            history.record(&said(text));
        }
        assert_eq!(all(&history), [said("b"), said("c")]);
        assert_eq!(history.numbers(), 1..3);
        assert_eq!(
            history.oldest(0..3).map(|(n, _)| n),
            Some(1),
            "what was forgotten is passed over"
        );
        assert!(history.oldest(0..1).is_none());
    }

    #[test]
    fn bytes_bound_it_too() {
        let mut history = History::new(HistoryLimits {
            messages: 100,
            bytes: 3 * (HISTORY_ENTRY_BYTES + 10),
        });
        for n in 0..10 {
            history.record(&said(&n.to_string().repeat(10)));
        }
        assert_eq!(history.numbers(), 7..10);
        history.record(&said(&"x".repeat(1000)));
        assert!(
            history.numbers().is_empty(),
            "one that does not fit leaves nothing"
        );
    }

    #[test]
    fn only_what_was_said_is_kept() {
        let mut history = History::new(HistoryLimits {
            messages: 100,
            bytes: 1000,
        });
        history.record(&Event::NewMessages);
        history.record(&Event::notice("psst"));
        assert!(history.numbers().is_empty());
        let mut none = History::new(HistoryLimits {
            messages: 0,
            bytes: 1000,
        });
        none.record(&said("a"));
        assert!(none.numbers().is_empty());
    }
}
