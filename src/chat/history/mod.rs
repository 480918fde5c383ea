//! The recent messages of one room, in memory, for clients that join later. Bounded in messages and in bytes.
//!
//! What people said is kept longest: however much a host and bots say, newcomers hear the last words of people.

mod excerpt;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::SystemTime;

use crate::base::limits::HISTORY_ENTRY_OVERHEAD_BYTES;
use crate::base::name::NameKey;
use crate::proto::{Amendment, Kind, LogEntry, MemberInfo, RoomEvent};

/// The size of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLimits {
    /// Largest number of messages of people, and of all others. 0 disables the history.
    pub messages: usize,
    /// Largest number of bytes: names, texts, and `HISTORY_ENTRY_OVERHEAD_BYTES` for each message.
    pub bytes: usize,
}

/// The messages in the order of their ids. The oldest are evicted first, those of hosts and bots before those of people.
#[derive(Debug)]
pub struct History {
    limits: HistoryLimits,
    entries: VecDeque<LogEntry>,
    bytes: usize,
    /// How many messages are by people.
    people: usize,
    evicted_below: u64,
    incomplete_below: u64,
    /// The id of the last event that gave a message another text. 0: none did.
    last_edit: u64,
}

impl History {
    /// An empty history.
    pub fn new(limits: HistoryLimits) -> History {
        History {
            limits,
            entries: VecDeque::new(),
            bytes: 0,
            people: 0,
            evicted_below: 0,
            incomplete_below: 0,
            last_edit: 0,
        }
    }

    /// Appends `entry` if it is a message, and carries it out if it is an amendment. Joins and leaves are not stored.
    pub fn record(&mut self, entry: &LogEntry) {
        if let RoomEvent::Amended(amendment) = &entry.event {
            return self.amend(amendment, entry.id);
        }
        let Some(bytes) = size(&entry.event) else { return };
        self.entries.push_back(entry.clone());
        self.bytes += bytes;
        self.people += usize::from(is_by_person(&entry.event));
        self.shrink();
    }

    /// Erases a message, or gives it another text, as the event with the id `edit` says.
    fn amend(&mut self, Amendment { message, text, .. }: &Amendment, edit: u64) {
        let Some(at) = message.and_then(|id| self.place(id)) else { return };
        let bytes = |entry: &LogEntry| size(&entry.event).unwrap_or_default();
        let Some(new) = text else {
            if let Some(erased) = self.entries.remove(at) {
                self.bytes -= bytes(&erased);
                self.people -= usize::from(is_by_person(&erased.event));
            }
            return;
        };
        let entry = &mut self.entries[at];
        self.bytes -= bytes(entry);
        if let RoomEvent::Said { text, .. }
        | RoomEvent::Acted { text, .. }
        | RoomEvent::Noticed { text, .. } = &mut entry.event
        {
            text.clone_from(new);
        }
        entry.edited = Some(edit);
        self.bytes += bytes(entry);
        self.last_edit = edit;
        self.shrink();
    }

    /// The place of the message with this id.
    fn place(&self, id: u64) -> Option<usize> {
        let at = self.entries.partition_point(|entry| entry.id < id);
        self.entries.get(at).filter(|entry| entry.id == id).map(|_| at)
    }

    /// Whether the message with this id is here.
    pub fn has(&self, id: u64) -> bool {
        self.place(id).is_some()
    }

    /// The last message that was said at a time or before, as far as it is here.
    pub fn last_at(&self, time: SystemTime) -> Option<u64> {
        self.entries.iter().rfind(|entry| entry.time <= time).map(|entry| entry.id)
    }

    /// When the last message up to this id was said, as far as it is here.
    pub fn time_up_to(&self, id: u64) -> Option<SystemTime> {
        let end = self.entries.partition_point(|entry| entry.id <= id);
        Some(self.entries.get(end.checked_sub(1)?)?.time)
    }

    /// When the message with this id was said, if it is here.
    pub fn time(&self, id: u64) -> Option<SystemTime> {
        Some(self.entries[self.place(id)?].time)
    }

    /// The author of the message with this id; `None` if it is not here, or by the host.
    pub fn author(&self, id: u64) -> Option<&MemberInfo> {
        self.entries[self.place(id)?].event.author().map(|(who, _)| who)
    }

    /// The first message with one of these ids whose present text came with an event that is not released.
    pub fn unreleased_edit(&self, ids: &Range<u64>, is_released: impl Fn(u64) -> bool) -> Option<u64> {
        if is_released(self.last_edit) {
            return None;
        }
        let first = self.entries.partition_point(|entry| entry.id < ids.start);
        let mut entries = self.entries.range(first..).take_while(|entry| entry.id < ids.end);
        entries.find(|entry| entry.edited.is_some_and(|edit| !is_released(edit))).map(|entry| entry.id)
    }

    /// Evicts what is too much.
    fn shrink(&mut self) {
        while self.people > self.limits.messages {
            self.evict(0);
        }
        while self.entries.len() - self.people > self.limits.messages || self.bytes > self.limits.bytes {
            self.evict(self.entries.iter().position(|entry| !is_by_person(&entry.event)).unwrap_or(0));
        }
    }

    fn evict(&mut self, at: usize) {
        let Some(entry) = self.entries.remove(at) else { return };
        self.bytes -= size(&entry.event).unwrap_or_default();
        self.people -= usize::from(is_by_person(&entry.event));
        self.set_incomplete_below(entry.id + 1);
        if at == 0 {
            self.evicted_below = entry.id + 1;
        }
    }

    /// Messages below this id are missing: they were evicted, or not restored.
    pub(super) fn set_incomplete_below(&mut self, id: u64) {
        self.incomplete_below = self.incomplete_below.max(id);
    }

    /// All messages with this id or a higher one are here, but for those that were erased. The last one below it is missing. 0: none
    /// is.
    pub fn incomplete_below(&self) -> u64 {
        self.incomplete_below
    }

    /// The id below which everything was evicted. 0: nothing was.
    pub fn evicted_below(&self) -> u64 {
        self.evicted_below
    }

    /// Removes all messages by the author with this name.
    pub fn forget(&mut self, key: &NameKey) {
        self.entries.retain(|entry| entry.event.author().is_none_or(|(who, _)| who.name.key() != *key));
        self.bytes = self.entries.iter().filter_map(|entry| size(&entry.event)).sum();
        self.people = self.entries.iter().filter(|entry| is_by_person(&entry.event)).count();
    }

    /// All messages, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter()
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
}

fn is_by_person(event: &RoomEvent) -> bool {
    event.author().is_some_and(|(who, _)| who.kind == Kind::Person)
}

/// The size of a message in bytes. `None`: the event is not stored.
fn size(event: &RoomEvent) -> Option<usize> {
    let name = event.author().map_or(0, |(who, _)| who.name.as_str().len());
    event.text().map(|text| HISTORY_ENTRY_OVERHEAD_BYTES + name + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::name::Name;
    use crate::proto::{Excerpt, ReplayLimit};

    /// A history of these texts, with ids 0, 2, 4 …
    fn stream(limits: HistoryLimits, texts: &[&str]) -> History {
        let mut history = History::new(limits);
        for (id, text) in (0..).step_by(2).zip(texts) {
            let event = RoomEvent::HostSaid { text: (*text).into() };
            history.record(&LogEntry {
                room: "lobby".into(),
                id,
                time: SystemTime::UNIX_EPOCH,
                event,
                edited: None,
            });
        }
        history
    }

    #[test]
    fn what_people_said_outlasts_hosts_and_bots() {
        let who = |name, kind| MemberInfo { name: Name::parse(name).unwrap(), kind };
        let (ann, bot) = (who("Ann", Kind::Person), who("Art_Bot", Kind::Bot));
        let said = |who: &MemberInfo| RoomEvent::Said { who: who.clone(), text: "a".into() };
        let host = RoomEvent::HostSaid { text: "a".into() };
        let mut history = History::new(HistoryLimits { messages: 2, bytes: 1_000_000 });
        let mut record = |id, event: &RoomEvent| {
            let (room, time) = ("lobby".into(), SystemTime::UNIX_EPOCH);
            history.record(&LogEntry { room, id, time, event: event.clone(), edited: None });
            (kept(&history, 0..99), history.evicted_below(), history.incomplete_below())
        };
        record(1, &said(&ann));
        record(2, &host);
        assert_eq!(record(3, &said(&bot)), (vec![1, 2, 3], 0, 0));
        assert_eq!(record(4, &host), (vec![1, 3, 4], 0, 3), "the oldest that no person said");
        for id in 5..50 {
            assert_eq!(record(id, &host).0[0], 1);
        }
        assert_eq!(record(50, &said(&ann)), (vec![1, 48, 49, 50], 0, 48));
        assert_eq!(record(51, &said(&ann)), (vec![48, 49, 50, 51], 2, 48));
        assert_eq!(
            record(52, &said(&ann)),
            (vec![51, 52], 51, 51),
            "what stands before its words goes with it"
        );
        history.forget(&NameKey::of("Ann"));
        assert_eq!(history.people, 0);
    }

    #[test]
    fn bytes_are_taken_from_hosts_and_bots_first() {
        let who = MemberInfo { name: Name::parse("Ann").unwrap(), kind: Kind::Person };
        let one = HISTORY_ENTRY_OVERHEAD_BYTES + 10;
        let mut history = History::new(HistoryLimits { messages: 100, bytes: 3 * one });
        let text: std::rc::Rc<str> = "x".repeat(7).into();
        let events = [RoomEvent::Said { who, text: text.clone() }, RoomEvent::HostSaid { text }];
        for id in 0..9 {
            let event = events[usize::from(id > 0)].clone();
            history.record(&LogEntry {
                room: "lobby".into(),
                id,
                time: SystemTime::UNIX_EPOCH,
                event,
                edited: None,
            });
        }
        assert_eq!(kept(&history, 0..99), [0, 7, 8]);
    }

    fn kept(history: &History, ids: Range<u64>) -> Vec<u64> {
        let all = history.excerpt(ReplayLimit::All, SystemTime::UNIX_EPOCH).0;
        history.entries(&Excerpt { ids, others_from: 0, ..all }).map(|entry| entry.id).collect()
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
        assert!(stream(HistoryLimits { messages: 0, bytes: 1000 }, &["a"]).ids().is_empty());
    }
}
