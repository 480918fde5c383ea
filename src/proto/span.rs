//! Messages of a history that are asked for by marks: ids of messages, or times. What a mark means is the same for the journals and
//! for private messages, which each know where a time is among their messages ([`Timeline`]).

use std::convert::Infallible;
use std::time::SystemTime;

/// A place in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The message with this id that was said at this time. If there is none, as it is erased, or as a room that was opened again
    /// counts anew: its place among the times.
    Message(u64, SystemTime),
    /// What was said at this time. Messages of this time are on neither side of it.
    Time(SystemTime),
}

/// Which messages are asked for. A mark itself is left out, but for [`Span::Around`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The newest, after this mark if there is one.
    Latest(Option<Mark>),
    /// The newest before a mark.
    Before(Mark),
    /// The oldest after a mark.
    After(Mark),
    /// As many before a mark as from it on.
    Around(Mark),
    /// Those between two marks, beginning at the first one, which may be the later one.
    Between(Mark, Mark),
}

/// Messages of a span that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Only ids above this one.
    pub after: Option<u64>,
    /// Only ids below this one.
    pub before: Option<u64>,
    /// The largest number of messages.
    pub limit: usize,
    /// If there are more, the oldest are meant, and else the newest.
    pub is_forward: bool,
}

/// Ids of messages are smaller.
const IDS: u64 = 1 << 48;

/// Messages in the order of their ids. Their times follow that order, but for a clock that was set back.
pub trait Timeline {
    /// Why it cannot be read.
    type Fault;

    /// The last message with an id from one to another, and when it was said.
    fn last(&self, from: u64, to: u64) -> Result<Option<(u64, SystemTime)>, Self::Fault>;

    /// The first id from which on no message was said at a time that is `early`, by bisection: a few dozen look-ups.
    fn first_not(&self, early: impl Fn(SystemTime) -> bool) -> Result<u64, Self::Fault> {
        // All messages below `low` are early; none from `high` on is.
        let (mut low, mut high) = (0, IDS);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.last(low, middle)? {
                Some((id, said)) if !early(said) => high = id,
                // Nothing between the last early one and here is late.
                _ => low = middle + 1,
            }
        }
        Ok(high)
    }
}

/// Where a mark is among the ids.
struct Place {
    /// The first id that is not before it.
    start: u64,
    /// The last id that is not after it.
    end: u64,
}

impl Mark {
    fn place<T: Timeline>(self, timeline: &T) -> Result<Place, T::Fault> {
        let time = match self {
            Mark::Message(id, time) if timeline.last(id, id)? == Some((id, time)) => {
                return Ok(Place { start: id, end: id });
            }
            Mark::Message(_, time) | Mark::Time(time) => time,
        };
        let start = timeline.first_not(|said| said < time)?;
        let behind = timeline.first_not(|said| said <= time)?.max(start);
        Ok(match self {
            Mark::Message(id, _) => Place {
                start: id.clamp(start, behind),
                end: id.clamp(start.saturating_sub(1), behind.saturating_sub(1)),
            },
            Mark::Time(_) => Place { start, end: behind.saturating_sub(1) },
        })
    }
}

impl Span {
    /// Its parts, of `limit` messages in all.
    pub fn parts<T: Timeline>(self, limit: usize, timeline: &T) -> Result<Vec<Part>, T::Fault> {
        let place = |mark: Mark| mark.place(timeline);
        let oldest = |after, before| Part { after, before, limit, is_forward: true };
        let newest = |after, before| Part { after, before, limit, is_forward: false };
        Ok(match self {
            Span::Latest(None) => vec![newest(None, None)],
            Span::Latest(Some(mark)) => vec![newest(Some(place(mark)?.end), None)],
            Span::Before(mark) => vec![newest(None, Some(place(mark)?.start))],
            Span::After(mark) => vec![oldest(Some(place(mark)?.end), None)],
            Span::Around(mark) => {
                let start = place(mark)?.start;
                let half = limit / 2;
                let before = Part { limit: half, ..newest(None, Some(start)) };
                vec![before, Part { limit: limit - half, ..oldest(start.checked_sub(1), None) }]
            }
            Span::Between(first, second) => {
                let (first, second) = (place(first)?, place(second)?);
                if first.start <= second.start {
                    vec![oldest(Some(first.end), Some(second.start))]
                } else {
                    vec![newest(Some(second.end), Some(first.start))]
                }
            }
        })
    }
}

impl Part {
    /// Whether a message with this id is in it, if there is room for it.
    pub fn has(&self, id: u64) -> bool {
        self.after.is_none_or(|after| id > after) && self.before.is_none_or(|before| id < before)
    }
}

/// Ids and times, in the order of the ids.
impl Timeline for Vec<(u64, SystemTime)> {
    type Fault = Infallible;

    fn last(&self, from: u64, to: u64) -> Result<Option<(u64, SystemTime)>, Infallible> {
        let end = self.partition_point(|(id, _)| *id <= to);
        Ok(self[..end].last().filter(|(id, _)| *id >= from).copied())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The ids of the messages 2, 4 … 20, said at these seconds, that a span gives.
    fn found(span: Span, limit: usize) -> Vec<u64> {
        let all: Vec<(u64, SystemTime)> = (1..=10).map(|n| (2 * n, at(2 * n))).collect();
        let Ok(parts) = span.parts(limit, &all);
        let of_part = |part: Part| {
            let mut ids: Vec<u64> = all.iter().map(|(id, _)| *id).filter(|id| part.has(*id)).collect();
            let more = ids.len().saturating_sub(part.limit);
            if part.is_forward {
                ids.truncate(part.limit);
                ids
            } else {
                ids.split_off(more)
            }
        };
        parts.into_iter().flat_map(of_part).collect()
    }

    #[test]
    fn spans_begin_and_end_at_their_marks() {
        let time = |seconds| Mark::Time(at(seconds));
        let id = |id| Mark::Message(id, at(id));
        for (span, limit, wanted) in [
            (Span::Latest(None), 2, &[18, 20][..]),
            (Span::Latest(Some(time(16))), 9, &[18, 20]),
            (Span::Latest(Some(id(16))), 9, &[18, 20]),
            (Span::Latest(Some(time(99))), 9, &[]),
            (Span::Before(time(6)), 9, &[2, 4]),
            (Span::Before(time(7)), 2, &[4, 6]),
            (Span::Before(id(6)), 1, &[4]),
            (Span::Before(time(0)), 9, &[]),
            (Span::After(time(6)), 2, &[8, 10]),
            (Span::After(id(6)), 1, &[8]),
            (Span::After(time(20)), 9, &[]),
            (Span::Around(time(8)), 4, &[4, 6, 8, 10]),
            (Span::Around(id(8)), 4, &[4, 6, 8, 10]),
            (Span::Around(id(8)), 1, &[8]),
            (Span::Around(time(7)), 3, &[6, 8, 10]),
            (Span::Around(time(99)), 4, &[18, 20]),
            (Span::Around(time(0)), 4, &[2, 4]),
            (Span::Between(id(4), id(10)), 1, &[6]),
            (Span::Between(id(10), id(4)), 1, &[8]),
            (Span::Between(id(4), time(10)), 1, &[6]),
            (Span::Between(time(10), id(4)), 1, &[8]),
            (Span::Between(id(10), time(4)), 1, &[8]),
            (Span::Between(time(4), id(10)), 1, &[6]),
            (Span::Between(time(3), time(9)), 9, &[4, 6, 8]),
            (Span::Between(time(9), time(3)), 2, &[6, 8]),
            (Span::Between(id(4), time(4)), 9, &[]),
            (Span::Between(time(99), id(16)), 9, &[18, 20]),
        ] {
            assert_eq!(found(span, limit), wanted, "{span:?}");
        }
    }

    #[test]
    fn a_message_that_is_not_there_is_where_its_time_is() {
        let message = |id, seconds| Mark::Message(id, at(seconds));
        for (mark, before, after) in [
            // It is erased.
            (message(7, 7), 6, 8),
            (message(7, 8), 6, 8),
            (message(7, 6), 6, 8),
            // The room was opened again since.
            (message(19, 3), 2, 4),
            (message(900, 8), 8, 10),
            (message(2, 8), 6, 8),
            (message(1, 15), 14, 16),
        ] {
            let both = (found(Span::Before(mark), 1), found(Span::After(mark), 1));
            assert_eq!(both, (vec![before], vec![after]), "{mark:?}");
        }
        assert_eq!(found(Span::After(message(900, 0)), 1), [2]);
        assert_eq!(found(Span::Before(message(0, 99)), 1), [20]);
    }
}
