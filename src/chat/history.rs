//! The recent messages of one room, in memory, for clients that join later. Bounded in messages and in bytes.

use std::collections::VecDeque;
use std::ops::Range;

use crate::base::limits::HISTORY_ENTRY_OVERHEAD_BYTES;
use crate::base::name::NameKey;
use crate::proto::{LogEntry, RoomEvent};

/// The size of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLimits {
    /// Largest number of messages. 0 disables the history.
    pub messages: usize,
    /// Largest number of bytes: names, texts, and `HISTORY_ENTRY_OVERHEAD_BYTES` for each message.
    pub bytes: usize,
}

/// The messages in the order of their ids. The oldest are evicted first.
#[derive(Debug)]
pub struct History {
    limits: HistoryLimits,
    entries: VecDeque<LogEntry>,
    bytes: usize,
    evicted_below: u64,
}

impl History {
    /// An empty history.
    pub fn new(limits: HistoryLimits) -> History {
        History { limits, entries: VecDeque::new(), bytes: 0, evicted_below: 0 }
    }

    /// Appends `entry` if it is a message. Joins and leaves are not stored.
    pub fn record(&mut self, entry: &LogEntry) {
        let Some(bytes) = size(&entry.event) else { return };
        self.entries.push_back(entry.clone());
        self.bytes += bytes;
        while self.entries.len() > self.limits.messages || self.bytes > self.limits.bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= size(&oldest.event).unwrap_or_default();
            self.evicted_below = oldest.id + 1;
        }
    }

    /// The id after the newest evicted message. 0: nothing was evicted.
    pub fn evicted_below(&self) -> u64 {
        self.evicted_below
    }

    /// Removes all messages by the author with this name.
    pub fn forget(&mut self, key: &NameKey) {
        self.entries.retain(|entry| match &entry.event {
            RoomEvent::Said { who, .. } | RoomEvent::Acted { who, .. } => who.name.key() != *key,
            RoomEvent::HostSaid { .. } | RoomEvent::Joined { .. } | RoomEvent::Left { .. } => true,
        });
        self.bytes = self.entries.iter().filter_map(|entry| size(&entry.event)).sum();
    }

    /// The range of ids that covers all messages.
    pub fn ids(&self) -> Range<u64> {
        match (self.entries.front(), self.entries.back()) {
            (Some(first), Some(last)) => first.id..last.id + 1,
            // A replay of nothing begins after the evicted messages.
            _ => self.evicted_below..self.evicted_below,
        }
    }

    /// The size in bytes, as [`HistoryLimits`] counts them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first id of the fewest newest messages that have at least `target` bytes together, and their size in bytes. All
    /// messages, if they have less.
    pub fn newest(&self, target: usize) -> (u64, usize) {
        if self.bytes <= target {
            return (self.ids().start, self.bytes);
        }
        let (mut first, mut bytes) = (self.ids().end, 0);
        for entry in self.entries.iter().rev() {
            if bytes >= target {
                break;
            }
            bytes += size(&entry.event).unwrap_or_default();
            first = entry.id;
        }
        (first, bytes)
    }

    /// The messages with these ids, oldest first.
    pub fn entries(&self, ids: Range<u64>) -> impl Iterator<Item = &LogEntry> {
        let first = self.entries.partition_point(|entry| entry.id < ids.start);
        self.entries.range(first..).take_while(move |entry| entry.id < ids.end)
    }
}

/// The size of a message in bytes. `None`: the event is not stored.
fn size(event: &RoomEvent) -> Option<usize> {
    let name = match event {
        RoomEvent::Said { who, .. } | RoomEvent::Acted { who, .. } => who.name.as_str().len(),
        RoomEvent::HostSaid { .. } | RoomEvent::Joined { .. } | RoomEvent::Left { .. } => 0,
    };
    event.text().map(|text| HISTORY_ENTRY_OVERHEAD_BYTES + name + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    /// A history of these texts, with ids 0, 2, 4 …
    fn stream(limits: HistoryLimits, texts: &[&str]) -> History {
        let mut history = History::new(limits);
        for (id, text) in (0..).step_by(2).zip(texts) {
            let event = RoomEvent::HostSaid { text: (*text).into() };
            history.record(&LogEntry { room: "lobby".into(), id, time: SystemTime::UNIX_EPOCH, event });
        }
        history
    }

    fn kept(history: &History, ids: Range<u64>) -> Vec<u64> {
        history.entries(ids).map(|entry| entry.id).collect()
    }

    #[test]
    fn the_oldest_are_evicted_first() {
        let history = stream(HistoryLimits { messages: 2, bytes: 1_000_000 }, &["a", "b", "c"]);
        assert_eq!(history.ids(), 2..5);
        assert_eq!(history.evicted_below(), 1);
        assert_eq!(kept(&history, 0..9), [2, 4], "what was forgotten is passed over");
        assert_eq!(kept(&history, 3..9), [4]);
        assert_eq!(kept(&history, 0..4), [2]);
        assert_eq!(kept(&history, 0..1), [0_u64; 0]);
    }

    #[test]
    fn bytes_are_bounded() {
        let limits = HistoryLimits { messages: 100, bytes: 3 * (HISTORY_ENTRY_OVERHEAD_BYTES + 10) };
        let ten = "x".repeat(10);
        assert_eq!(kept(&stream(limits, &[&ten, &ten, &ten, &ten, &ten]), 0..99), [4, 6, 8]);
        assert!(
            stream(limits, &[&ten, &"x".repeat(1000)]).ids().is_empty(),
            "one that does not fit leaves nothing"
        );
        let of_four = stream(HistoryLimits { messages: 4, bytes: 1_000_000 }, &[&ten, &ten, &ten, &ten]);
        let one = HISTORY_ENTRY_OVERHEAD_BYTES + 10;
        assert_eq!(of_four.newest(4 * one), (0, 4 * one), "all");
        assert_eq!(of_four.newest(2 * one), (4, 2 * one));
        assert_eq!(of_four.newest(one + 1), (4, 2 * one));
        assert_eq!(of_four.newest(0), (7, 0));
        assert!(stream(HistoryLimits { messages: 0, bytes: 1000 }, &["a"]).ids().is_empty());
    }
}
