//! The part of a history that a member hears when it joins.

use std::ops::Range;
use std::time::SystemTime;

use crate::chat::history::{History, is_by_person, size};
use crate::proto::{Excerpt, LogEntry, ReplayExtent, ReplayLimit};

impl History {
    /// The excerpt for a member that joins now: what a history of this many messages would hold.
    pub fn excerpt(&self, limit: ReplayLimit, joined: SystemTime) -> (Excerpt, ReplayExtent) {
        let ids = self.ids();
        let mut excerpt = Excerpt { others_from: ids.start, ids, gap_below: None, joined };
        let mut extent = ReplayExtent {
            replayed: self.entries.len(),
            earlier: 0,
            may_have_older: self.incomplete_below() > 0,
        };
        if let ReplayLimit::Last(most) = limit {
            (excerpt.ids.start, excerpt.others_from) = self.last(most);
            extent.replayed = self.entries(&excerpt).count();
            extent.earlier = self.entries.len() - extent.replayed;
        }
        (excerpt, extent)
    }

    /// The excerpt for a member that has heard all messages up to the id `after`: what is newer. If not all of that is in the
    /// history, it begins behind what is missing: the member can ask for what is between, and gets no message twice.
    pub fn rest(&self, after: u64, joined: SystemTime) -> (Excerpt, ReplayExtent) {
        let end = self.ids().end;
        let gap_below = Some(self.incomplete_below()).filter(|below| after + 1 < *below);
        let first = gap_below.unwrap_or(after + 1).min(end);
        let excerpt = Excerpt { ids: first..end, others_from: first, gap_below, joined };
        let extent = ReplayExtent { replayed: self.entries(&excerpt).count(), ..ReplayExtent::default() };
        (excerpt, extent)
    }

    /// The excerpt for a member that was here and heard all messages up to the id `heard`: of what is newer, as much as others
    /// hear.
    pub fn since(&self, heard: u64, limit: ReplayLimit, joined: SystemTime) -> (Excerpt, ReplayExtent) {
        let (mut excerpt, _) = self.excerpt(limit, joined);
        let first = (heard + 1).min(excerpt.ids.end);
        excerpt.ids.start = excerpt.ids.start.max(first);
        excerpt.others_from = excerpt.others_from.max(first);
        let newer = self.entries.len() - self.entries.partition_point(|entry| entry.id <= heard);
        let replayed = self.entries(&excerpt).count();
        let may_have_older = first < self.incomplete_below();
        (excerpt, ReplayExtent { replayed, earlier: newer - replayed, may_have_older })
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
                let entry = LogEntry { room: "lobby".into(), id, time, event, edited: None };
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
            history.record(&LogEntry { room: "lobby".into(), id, time: THEN, event, edited: None });
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

    #[test]
    fn whoever_was_here_hears_only_what_is_newer() {
        let who = MemberInfo { name: Name::parse("Ann").unwrap(), kind: Kind::Person };
        let mut history = History::new(HistoryLimits { messages: 5, bytes: 1_000_000 });
        for id in 1..=6 {
            let event = RoomEvent::Said { who: who.clone(), text: "a".into() };
            history.record(&LogEntry { room: "lobby".into(), id, time: THEN, event, edited: None });
        }
        let since = |heard, limit| {
            let (excerpt, extent) = history.since(heard, limit, THEN);
            assert_eq!(extent.replayed, history.entries(&excerpt).count());
            (ids(&history, &excerpt), extent.earlier, extent.may_have_older)
        };
        let (two, all) = (ReplayLimit::Last(2), ReplayLimit::All);
        assert_eq!(since(4, all), (vec![5, 6], 0, false));
        assert_eq!(since(5, two), (vec![6], 0, false), "of what is newer");
        assert_eq!(since(3, two), (vec![5, 6], 1, false), "no more than others hear");
        assert_eq!(since(3, ReplayLimit::OFF), (vec![], 3, false));
        assert_eq!((since(6, all), since(9, all)), ((vec![], 0, false), (vec![], 0, false)));
        assert_eq!(since(0, all), (vec![2, 3, 4, 5, 6], 0, true), "the first is forgotten");
        assert!(!since(1, all).2);
    }

    #[test]
    fn a_client_that_comes_back_gets_what_is_newer_or_learns_of_the_gap() {
        let said = |id, by_person| {
            let text = "a".into();
            let who = MemberInfo { name: Name::parse("Ann").unwrap(), kind: Kind::Person };
            let event = if by_person { RoomEvent::Said { who, text } } else { RoomEvent::HostSaid { text } };
            LogEntry { room: "lobby".into(), id, time: THEN, event, edited: None }
        };
        let filled = |messages, entries: &[(u64, bool)]| {
            let mut history = History::new(HistoryLimits { messages, bytes: 1_000_000 });
            for (id, by_person) in entries {
                history.record(&said(*id, *by_person));
            }
            history
        };
        let check = |history: &History, cases: &[(u64, Range<u64>, Option<u64>)]| {
            for (after, ids, gap_below) in cases {
                let (rest, extent) = history.rest(*after, THEN);
                assert_eq!((&rest.ids, rest.gap_below), (ids, *gap_below), "{after}");
                assert_eq!(extent.replayed, history.entries(&rest).count(), "{after}");
            }
        };
        let others = [0, 2, 4, 6, 8].map(|id| (id, false));
        let history = filled(3, &others);
        assert_eq!(ids(&history, &all(&history)), [4, 6, 8]);
        check(
            &history,
            &[
                (0, 3..9, Some(3)),
                (1, 3..9, Some(3)),
                (2, 3..9, None),
                (3, 4..9, None),
                (6, 7..9, None),
                (20, 9..9, None),
            ],
        );
        // What a host said between the words of people is evicted first, and after 0 the oldest that is left is the next one.
        let history = filled(2, &[1, 2, 3, 4, 5, 6].map(|id| (id, id == 1)));
        let (excerpt, extent) = history.excerpt(ReplayLimit::All, THEN);
        assert_eq!((ids(&history, &excerpt), excerpt.gap_below), (vec![1, 5, 6], None));
        assert!(extent.may_have_older);
        check(&history, &[0, 1, 2, 3].map(|after| (after, 5..7, Some(5))));
        check(&history, &[(4, 5..7, None)]);
        // Nothing was evicted, and what is before the oldest was no message.
        let fresh = filled(1, &[(9, false)]);
        check(&fresh, &[(3, 4..10, None)]);
        assert!(!fresh.excerpt(ReplayLimit::All, THEN).1.may_have_older);
        // Nothing is left.
        check(&filled(0, &others[..2]), &[(0, 3..3, Some(3))]);
        // Some were not restored.
        let mut restored = filled(3, &[(9, false)]);
        restored.set_incomplete_below(8);
        check(&restored, &[(3, 8..10, Some(8)), (7, 8..10, None)]);
        assert!(restored.excerpt(ReplayLimit::All, THEN).1.may_have_older);
    }
}
