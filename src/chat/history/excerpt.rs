//! The part of a history that a member hears when it joins.

use std::ops::Range;
use std::time::SystemTime;

use crate::chat::history::{History, is_by_person, size};
use crate::proto::{Excerpt, LogEntry, ReplayExtent, ReplayLimit};

impl History {
    /// The excerpt for a member that joins now: what a history of this many messages would hold.
    pub fn excerpt(&self, limit: ReplayLimit, joined: SystemTime) -> (Excerpt, ReplayExtent) {
        let ids = self.ids();
        let mut excerpt = Excerpt { others_from: ids.start, ids, is_resumed: false, joined };
        let mut extent =
            ReplayExtent { replayed: self.entries.len(), earlier: 0, may_have_older: self.may_miss_some() };
        if let ReplayLimit::Last(most) = limit {
            (excerpt.ids.start, excerpt.others_from) = self.last(most);
            extent.replayed = self.entries(&excerpt).count();
            extent.earlier = self.entries.len() - extent.replayed;
        }
        (excerpt, extent)
    }

    /// The excerpt for a member that has heard all messages up to the id `after`.
    pub fn rest(&self, after: u64, joined: SystemTime) -> (Excerpt, ReplayExtent) {
        let kept = self.ids();
        let first = (after + 1).min(kept.end);
        let excerpt = Excerpt { ids: first..kept.end, others_from: first, is_resumed: true, joined };
        let extent = ReplayExtent { replayed: self.entries(&excerpt).count(), ..ReplayExtent::default() };
        (excerpt, extent)
    }

    /// Where the last `most` messages of people begin, and the last `most` of others that stand behind the earlier people's.
    fn last(&self, most: usize) -> (u64, u64) {
        let end = self.ids().end;
        let (mut first, mut others_from, mut people, mut others) = (end, end, 0, 0);
        for entry in self.entries.iter().rev() {
            if is_by_person(&entry.event) {
                people += 1;
                if people > most {
                    break;
                }
                first = entry.id;
            } else if others < most {
                others += 1;
                others_from = entry.id;
            } else if self.people <= most && people == self.people {
                break;
            }
        }
        (first.min(others_from), others_from)
    }

    /// Whether the journal may hold older messages.
    fn may_miss_some(&self) -> bool {
        let most = self.limits.messages;
        self.incomplete_below > 0 || self.people >= most || self.entries.len() - self.people >= most
    }

    /// The first id of the fewest newest messages of an excerpt that have at least `target` bytes together, and their size in
    /// bytes. All of the excerpt, if it has less.
    pub fn newest(&self, excerpt: &Excerpt, target: usize) -> (u64, usize) {
        let start = self.ids().start;
        let is_all = excerpt.ids.start <= start && excerpt.others_from <= start;
        if is_all && self.bytes <= target {
            return (excerpt.ids.start, self.bytes);
        }
        let (mut first, mut bytes) = (excerpt.ids.end, 0);
        for entry in self.entries(excerpt).rev() {
            if bytes >= target {
                return (first, bytes);
            }
            bytes += size(&entry.event).unwrap_or_default();
            first = entry.id;
        }
        (excerpt.ids.start, bytes)
    }

    /// The messages of an excerpt, oldest first.
    pub fn entries<'a>(
        &'a self,
        excerpt: &Excerpt,
    ) -> impl DoubleEndedIterator<Item = &'a LogEntry> + use<'a> {
        let Excerpt { ids: Range { start, end }, others_from, .. } = *excerpt;
        let place = |id| self.entries.partition_point(|entry| entry.id < id);
        let (first, behind) = (place(start), place(end));
        let all = self.entries.range(first..behind.max(first));
        all.filter(move |entry| entry.id >= others_from || is_by_person(&entry.event))
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::base::limits::HISTORY_ENTRY_OVERHEAD_BYTES;
    use crate::base::name::Name;
    use crate::chat::HistoryLimits;
    use crate::proto::{Kind, MemberInfo, RoomEvent};

    const THEN: SystemTime = SystemTime::UNIX_EPOCH;

    fn ids(history: &History, excerpt: &Excerpt) -> Vec<u64> {
        history.entries(excerpt).map(|entry| entry.id).collect()
    }

    fn all(history: &History) -> Excerpt {
        history.excerpt(ReplayLimit::All, THEN).0
    }

    #[test]
    fn an_excerpt_is_what_a_smaller_history_would_hold() {
        let who = |name, kind| MemberInfo { name: Name::parse(name).unwrap(), kind };
        let said = |name, kind| RoomEvent::Said { who: who(name, kind), text: "a".into() };
        let events =
            [said("Ann", Kind::Person), said("Art_Bot", Kind::Bot), RoomEvent::HostSaid { text: "a".into() }];
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..300 {
            let most = rng.random_range(0..12);
            let limits = |messages| HistoryLimits { messages, bytes: 1_000_000 };
            let (mut whole, mut smaller) = (History::new(limits(20)), History::new(limits(most)));
            let share = rng.random_range(0.0..1.0);
            for id in 1..rng.random_range(2..80) {
                let which = if rng.random_bool(share) { 0 } else { rng.random_range(1..3) };
                let (time, event) = (THEN, events[which].clone());
                let entry = LogEntry { room: "lobby".into(), id, time, event };
                whole.record(&entry);
                smaller.record(&entry);
            }
            let (excerpt, extent) = whole.excerpt(ReplayLimit::Last(most), THEN);
            let heard = ids(&whole, &excerpt);
            assert_eq!(heard, ids(&smaller, &all(&smaller)));
            assert_eq!(extent.replayed, heard.len());
            assert_eq!(extent.to_the_first(), ids(&whole, &all(&whole)).len());
            assert_eq!(heard.first().copied().unwrap_or(excerpt.ids.end), excerpt.ids.start);
        }
    }

    #[test]
    fn the_end_of_an_excerpt() {
        let mut history = History::new(HistoryLimits { messages: 4, bytes: 1_000_000 });
        for id in [0, 2, 4, 6] {
            let event = RoomEvent::HostSaid { text: "x".repeat(10).into() };
            history.record(&LogEntry { room: "lobby".into(), id, time: THEN, event });
        }
        let one = HISTORY_ENTRY_OVERHEAD_BYTES + 10;
        let all = all(&history);
        let newest = |target| history.newest(&all, target);
        assert_eq!(newest(4 * one), (0, 4 * one), "all");
        assert_eq!(newest(2 * one), (4, 2 * one));
        assert_eq!(newest(one + 1), (4, 2 * one));
        assert_eq!(newest(0), (7, 0));
        let (last, _) = history.excerpt(ReplayLimit::Last(2), THEN);
        assert_eq!(history.newest(&last, usize::MAX), (4, 2 * one));
        let (rest, extent) = history.rest(2, THEN);
        assert_eq!((ids(&history, &rest), extent.replayed, extent.earlier), (vec![4, 6], 2, 0));
        assert_eq!(ids(&history, &history.rest(9, THEN).0), [0_u64; 0]);
    }
}
