//! Checks that each client received what it had to in each of its stays, and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use salon::base::limits::OPENED_HISTORY_MESSAGES;
use salon::base::time::local_clock;
use salon::wire::json::SenderKind;

use crate::hour::audible::{Attention, hides_own, is_heard_as};
use crate::hour::ears::{Ears, Item, Stay};
use crate::hour::hearing::{Line, Tongue};
use crate::hour::record::{Deed, News, Record};
use crate::hour::words::OPENED;

/// Messages that a room's history keeps.
const KEPT: usize = 1_000;

/// The day of the hour, in UTC, from the beginning of time.
const DAY: Duration = Duration::from_secs(20_777 * 86_400);

/// How many of them may be evicted between a join and the beginning of its replay.
const FORGOTTEN: usize = 20;

/// One connection, to be checked.
pub struct Part<'a> {
    pub ears: &'a Ears,
    /// When it came, in milliseconds of the day.
    pub since: u64,
    /// It read everything that it was sent.
    pub is_whole: bool,
    /// It read everything at once.
    pub is_prompt: bool,
}

/// Checks all stays of all connections.
pub fn judge(parts: &[Part<'_>], record: &Record, is_classic: bool) -> Result<(), String> {
    for room in record.rooms() {
        let thread = record.thread(room);
        let mut owners: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (id, news) in thread.iter().filter(|(_, news)| news.deed == Deed::Joined) {
            let mut known =
                parts.iter().enumerate().filter(|(_, part)| part.ears.is_known && is_of(news, part.ears));
            // The last client with this name before the event.
            if let Some((owner, _)) = known.rfind(|(_, part)| part.since <= news.at) {
                owners.entry(owner).or_default().push(*id);
            }
        }
        for (place, part) in parts.iter().enumerate() {
            let stays: Vec<&Stay> = part.ears.stays.iter().filter(|stay| stay.room == *room).collect();
            let mut joins = owners.remove(&place).unwrap_or_default();
            if is_listener(part.ears) {
                joins = stays.iter().map(|stay| ids(stay).next().map_or(u64::MAX - 1, |id| id - 1)).collect();
            }
            let fault = |why: String| format!("{} ({:?}) in {room}: {why}", part.ears.name, part.ears.tongue);
            if stays.len() > joins.len() || (part.is_whole && stays.len() < joins.len()) {
                return Err(fault(format!("{} stays, and came {} times", stays.len(), joins.len())));
            }
            for (nth, (stay, join)) in stays.iter().zip(&joins).enumerate() {
                let is_last = nth + 1 == stays.len();
                let replays = !(is_classic && room == "round");
                // Whoever is in one room at a time is not told again what it has heard there.
                let before = nth.checked_sub(1).filter(|_| part.ears.tongue != Tongue::Json);
                let heard = before.and_then(|before| end_of(thread, joins[before], part.ears));
                judge_old(part, stay, thread, (heard.unwrap_or_default(), *join), replays)
                    .and_then(|()| judge_stay(part, stay, thread, *join, is_last))
                    .map_err(|why| fault(format!("stay from {join}: {why}")))?;
            }
        }
    }
    Ok(())
}

/// When somebody who came with the event `join` left.
fn end_of(thread: &BTreeMap<u64, News>, join: u64, ears: &Ears) -> Option<u64> {
    let left = |(_, news): &(&u64, &News)| is_of(news, ears) && news.is_leave();
    thread.range(join + 1..).find(left).map(|(id, _)| *id)
}

fn judge_stay(
    part: &Part<'_>,
    stay: &Stay,
    thread: &BTreeMap<u64, News>,
    join: u64,
    is_last: bool,
) -> Result<(), String> {
    let ears = part.ears;
    let is_whole = part.is_whole || (stay.is_over && !ears.is_removed);
    let end = end_of(thread, join, ears);
    let heard = ids(stay).next_back().filter(|_| stay.is_over && is_listener(ears)).map(|id| id + 1);
    let end = heard.or(end);
    if stay.is_over && end.is_none() && !is_last {
        return Err("nobody heard of its end".into());
    }
    let mut expected = thread.range(join + 1..end.unwrap_or(u64::MAX)).peekable();
    let mut attention = if part.is_prompt { Attention::default() } else { Attention::late() };
    for item in &stay.items {
        let line = match item {
            Item::Notice(text, at) => {
                if stay.room == "thrones" {
                    attention.notice(text, *at);
                }
                continue;
            }
            Item::News(line) => line,
        };
        loop {
            // When a room is closed, programs may leave it before others do.
            if expected.peek().is_none() && stay.room.starts_with("hall") && is_coming_or_going(line) {
                break;
            }
            let Some((id, news)) = expected.peek().copied() else {
                return Err(format!("heard {line:?}, which it should not"));
            };
            let is_it = is_heard_as(line, *id, news, ears.tongue, &stay.room);
            if attention.hides(news, &ears.name, is_it)
                || hides_own(news, &ears.name, ears.tongue, &stay.room)
            {
                if is_it {
                    return Err(format!("heard {line:?}, which was not for it"));
                }
                expected.next();
            } else if is_it {
                expected.next();
                break;
            } else {
                return Err(format!("heard {line:?} instead of {id} {news:?}"));
            }
        }
    }
    let mut missed = expected.filter(|(_, news)| {
        !attention.hides(news, &ears.name, false) && !hides_own(news, &ears.name, ears.tongue, &stay.room)
    });
    match missed.next() {
        Some((id, news)) if is_whole => Err(format!("did not hear {id} {news:?}")),
        _ => Ok(()),
    }
}

/// Whether an event is of this client, and not of a hosted bot that had the name before.
fn is_of(news: &News, ears: &Ears) -> bool {
    news.who == ears.name && (news.is == SenderKind::Bot) == ears.name.ends_with("_Bot")
}

/// The ids of live events that a program received.
fn ids(stay: &Stay) -> impl DoubleEndedIterator<Item = u64> {
    stay.items.iter().filter_map(|item| match item {
        Item::News(Line::Id(id)) => Some(*id),
        Item::News(Line::Text(_)) | Item::Notice(..) => None,
    })
}

/// Whether this is the listener of a room: perhaps nobody receives its own join and leave.
fn is_listener(ears: &Ears) -> bool {
    ears.name.starts_with("Ear_of_")
}

/// The last `most` of these messages of people, and the last `most` of others behind the person's before.
fn last<'a>(mut said: Vec<(&'a u64, &'a News)>, most: usize) -> Vec<(&'a u64, &'a News)> {
    let people = said.iter().filter(|(_, news)| is_by_person(news)).count();
    if let Some(evicted) = people.checked_sub(most + 1) {
        let last = said.iter().enumerate().filter(|(_, (_, news))| is_by_person(news)).nth(evicted);
        said.drain(..=last.map_or(0, |(at, _)| at));
    }
    let others = said.iter().filter(|(_, news)| !is_by_person(news)).count();
    without_first(&said, 0, others.saturating_sub(most)).collect()
}

/// These messages, but for the first of people and the first of others.
fn without_first<'a>(
    said: &[(&'a u64, &'a News)],
    mut people: usize,
    mut others: usize,
) -> impl Iterator<Item = (&'a u64, &'a News)> {
    said.iter().copied().filter(move |(_, news)| {
        let left = if is_by_person(news) { &mut people } else { &mut others };
        let is_left_out = *left > 0;
        *left -= usize::from(is_left_out);
        !is_left_out
    })
}

fn is_by_person(news: &News) -> bool {
    news.is == SenderKind::Person
}

/// Checks the replayed messages of a stay that began with the event `join`. The member has heard the room up to the event `heard`.
fn judge_old(
    part: &Part<'_>,
    stay: &Stay,
    thread: &BTreeMap<u64, News>,
    (heard, join): (u64, u64),
    replays: bool,
) -> Result<(), String> {
    let ears = part.ears;
    if ears.tongue == Tongue::Chaty || !replays {
        return if stay.old.is_empty() { Ok(()) } else { Err("heard old messages".into()) };
    }
    let said: Vec<_> = thread.range(..join).filter(|(_, news)| news.text().is_some()).collect();
    let most = if OPENED.contains(&stay.room.as_str()) { OPENED_HISTORY_MESSAGES } else { KEPT };
    let kept = last(said, most);
    let is_unheard = |(id, _): &(&u64, &News)| **id > heard;
    let (all, limit) = (kept.iter().filter(|said| is_unheard(said)).count(), stay.limit.unwrap_or(most));
    let said: Vec<_> = last(kept, limit).into_iter().filter(is_unheard).collect();
    judge_promise(part, stay, &said, all)?;
    let count = |by_person| said.iter().filter(|(_, news)| is_by_person(news) == by_person).count();
    let is_full = count(true).max(count(false)) > most - FORGOTTEN;
    let is_it =
        |line: &Line, (id, news): (&u64, &News)| is_heard_as(line, *id, news, ears.tongue, &stay.room);
    if is_full && !part.is_prompt {
        // While it read slowly, any of them may have been evicted before it heard them.
        let mut said = said.into_iter();
        let unknown = stay.old.iter().find(|line| !said.any(|old| is_it(line, old)));
        return unknown.map_or(Ok(()), |line| Err(format!("heard the old {line:?}, which was not next")));
    }
    let Some(missing) = said.len().checked_sub(stay.old.len()) else {
        return Err(format!("heard {} old messages of {}", stay.old.len(), said.len()));
    };
    // Messages that are published during the replay evict the oldest ones: of people, of others, or of both.
    let evicted = if is_full { missing.min(FORGOTTEN) } else { 0 };
    let is_heard = |people: usize, others: usize| {
        let mut old = without_first(&said, people, others);
        stay.old.iter().all(|line| old.next().is_some_and(|old| is_it(line, old)))
            && (old.next().is_none() || !stay.is_live)
    };
    if (0..=evicted).any(|people| (0..=evicted - people).any(|others| is_heard(people, others))) {
        return Ok(());
    }
    Err(format!("heard {} old messages of {}, or others: {:?}", stay.old.len(), said.len(), stay.old.first()))
}

/// Checks what it was told about the replay, and the times in it.
fn judge_promise(part: &Part<'_>, stay: &Stay, said: &[(&u64, &News)], all: usize) -> Result<(), String> {
    let is_told = stay.promised.is_some() || part.ears.tongue == Tongue::Line && stay.is_live;
    if is_told && stay.earlier != all - said.len() {
        return Err(format!("was told of {} earlier messages, not of {}", stay.earlier, all - said.len()));
    }
    if stay.promised.is_some_and(|promised| promised != said.len()) {
        return Err(format!("was promised {:?} old messages, and there are {}", stay.promised, said.len()));
    }
    // Some may have been evicted meanwhile.
    let timed = stay.clocks.iter().zip(said).filter(|_| stay.clocks.len() == said.len());
    for (clock, (id, news)) in timed {
        let time = local_clock(UNIX_EPOCH + DAY + Duration::from_millis(news.at));
        if *clock != time {
            return Err(format!("heard {id} with the time {clock}, not {time}"));
        }
    }
    Ok(())
}

fn is_coming_or_going(line: &Line) -> bool {
    let Line::Text(text) = line else { return false };
    text.ends_with(" has joined the chat!")
        || text.contains(" left the chat")
        || text.ends_with(" just connected")
}
