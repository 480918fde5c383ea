//! Loads what earlier runs stored, when the server starts.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::pending_erasures::PendingErasures;
use super::rows::{self, COLUMNS, LAST_STREAM, SHARED_KEYS_FROM};
use crate::base::limits::{NAME_CHARS, RESTORE_SCAN_FACTOR};
use crate::journal::{
    Message, RestoredState, RestoredStream, StoredDecisions, StoredOpenedRoom, StoredTopic, StreamId,
};
use crate::proto::Kind;

/// How much of each stream to load.
#[derive(Clone, Copy, Debug)]
pub(super) struct RestoreLimits {
    /// The most messages of people, and of all others.
    pub(super) messages: usize,
    /// The most bytes, as [`Message::cost`] counts them.
    pub(super) bytes: usize,
    /// The retention: older messages are skipped.
    pub(super) keep: Option<Duration>,
}

/// Loads the state.
pub(super) fn load(
    connection: &mut Connection,
    restore: RestoreLimits,
    now: SystemTime,
) -> Result<RestoredState, Fault> {
    let transaction = connection.transaction()?;
    let state = state(&transaction)?;
    let opened_by_people = opened_rooms(&transaction)?;
    let mut streams = Vec::new();
    let mut pending = PendingErasures::load(&transaction)?;
    {
        let mut statement = transaction
            .prepare("SELECT number, room, next_id FROM threads WHERE is_closed = 0 ORDER BY number")
            .map_err(Fault::of_schema)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = StreamId(row.get::<_, i64>(0)?.unsigned_abs());
            let room = rows::sanitized_text(row.get_ref(1)?, NAME_CHARS * 4);
            let reserved = row.get::<_, i64>(2)?.unsigned_abs();
            let last = last_id(&transaction, id)?;
            let next_id = reserved.max(last + 1).max(1);
            let (messages, incomplete_below) = last_messages(&transaction, id, restore, now, &mut pending)?;
            streams.push(RestoredStream { id, room, next_id, messages, incomplete_below });
        }
    }
    let next_stream = next_stream(&transaction)?;
    transaction.commit()?;
    Ok(RestoredState { decisions: state, opened_by_people, streams, next_stream })
}

/// Operators' decisions, with sanitized texts.
pub(super) fn state(connection: &Connection) -> Result<StoredDecisions, Fault> {
    let mut statement =
        connection.prepare("SELECT json FROM state WHERE number = 1").map_err(Fault::of_schema)?;
    let json: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    let Some(json) = json else { return Ok(StoredDecisions::default()) };
    let mut state: StoredDecisions = serde_json::from_str(&json).map_err(|_| Fault::Damaged)?;
    let names = state.opened.iter_mut().flat_map(|room| [&mut room.name, &mut room.kind]);
    let orders = state.orders.iter_mut().flat_map(|order| [Some(&mut order.room), order.bot.as_mut()]);
    let sanctions = state.bans.iter_mut().chain(&mut state.mutes);
    let sanctions = sanctions.flat_map(|sanction| [&mut sanction.whom, &mut sanction.reason]);
    let topics = state.topics.iter_mut().flat_map(topic_texts);
    let texts = names.chain(&mut state.closed).chain([&mut state.begun]).chain(orders.flatten());
    texts.chain(sanctions).chain(topics).for_each(sanitize);
    Ok(state)
}

/// The rooms that people opened, with sanitized texts.
pub(super) fn opened_rooms(connection: &Connection) -> Result<Vec<StoredOpenedRoom>, Fault> {
    // Older files do not have the table.
    let Ok(mut statement) = connection.prepare("SELECT json FROM opened_rooms ORDER BY key") else {
        return Ok(Vec::new());
    };
    let mut rooms = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let json: String = row.get(0)?;
        let mut room: StoredOpenedRoom = serde_json::from_str(&json).map_err(|_| Fault::Damaged)?;
        let others = room.operators.iter_mut().chain(&mut room.invited);
        let people = [&mut room.owner].into_iter().chain(others);
        let people = people.flat_map(|who| [&mut who.name, &mut who.origin]);
        let texts = people.chain(&mut room.muted).chain(room.topic.iter_mut().flat_map(topic_texts));
        texts.chain([&mut room.name]).for_each(sanitize);
        rooms.push(room);
    }
    Ok(rooms)
}

fn topic_texts(topic: &mut StoredTopic) -> impl Iterator<Item = &mut String> {
    [&mut topic.room, &mut topic.text].into_iter().chain(&mut topic.by)
}

fn sanitize(text: &mut String) {
    *text = crate::base::text::sanitize(text.as_bytes()).into_owned();
}

/// The id of a stream's last message; 0 if it has none.
pub(super) fn last_id(connection: &Connection, stream: StreamId) -> rusqlite::Result<u64> {
    let keys = rows::key_range(stream);
    let mut statement =
        connection.prepare_cached("SELECT max(place) FROM messages WHERE place BETWEEN ?1 AND ?2")?;
    let last: Option<i64> = statement.query_row(params![keys.start(), keys.end()], |row| row.get(0))?;
    Ok(last.map_or(0, |key| rows::decode_key(key).1))
}

/// The id of a stream's first message; 0 if it has none.
pub(super) fn first_id(connection: &Connection, stream: StreamId) -> rusqlite::Result<u64> {
    let keys = rows::key_range(stream);
    let mut statement =
        connection.prepare_cached("SELECT min(place) FROM messages WHERE place BETWEEN ?1 AND ?2")?;
    let first: Option<i64> = statement.query_row(params![keys.start(), keys.end()], |row| row.get(0))?;
    Ok(first.map_or(0, |key| rows::decode_key(key).1))
}

/// The last messages of a stream, and the id below which some were left out.
fn last_messages(
    connection: &Connection,
    stream: StreamId,
    restore: RestoreLimits,
    now: SystemTime,
    pending: &mut PendingErasures,
) -> Result<(Vec<Message>, u64), Fault> {
    let keys = rows::key_range(stream);
    let since = restore.keep.and_then(|keep| now.checked_sub(keep)).map_or(i64::MIN, rows::encode_time);
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3"
        ))
        .map_err(Fault::of_schema)?;
    let scan = restore.messages.saturating_mul(RESTORE_SCAN_FACTOR).max(1);
    let limit = i64::try_from(scan).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![keys.start(), keys.end(), limit])?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    let (mut people, mut others) = (0, 0);
    let (mut scanned, mut incomplete_below) = (0, 0);
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        let place = rows::decode_key(key).1;
        scanned += 1;
        if scanned == limit {
            // There may be earlier ones.
            incomplete_below = incomplete_below.max(place);
        }
        if pending.hides(key, &rows::raw_text(row, 3)?) {
            continue;
        }
        let message = rows::decode_message(row)?;
        let is_by_person = message.by.as_ref().is_some_and(|by| by.kind == Kind::Person);
        if is_by_person && people == restore.messages {
            incomplete_below = incomplete_below.max(place + 1);
            break;
        }
        if !is_by_person && others == restore.messages {
            incomplete_below = incomplete_below.max(place + 1);
            continue;
        }
        *(if is_by_person { &mut people } else { &mut others }) += 1;
        bytes += message.cost();
        if bytes > restore.bytes {
            incomplete_below = incomplete_below.max(place + 1);
            break;
        }
        if rows::encode_time(message.time) >= since {
            messages.push(message);
        }
    }
    messages.reverse();
    Ok((messages, incomplete_below))
}

fn next_stream(connection: &Connection) -> Result<StreamId, Fault> {
    // All streams are numbered together, shared or not.
    let used: [Option<i64>; 3] = connection.query_row(
        "SELECT (SELECT max(number & ?1) FROM threads), (SELECT max(place) FROM messages WHERE place < ?2),
         (SELECT max(place) FROM messages)",
        params![i64::try_from(LAST_STREAM).unwrap_or(0), SHARED_KEYS_FROM],
        |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
    )?;
    let [opened, said, shared] = used.map(Option::unwrap_or_default);
    let said = [said, shared].map(|key| rows::decode_key(key).0.0 & LAST_STREAM);
    let next = opened.unsigned_abs().max(said[0]).max(said[1]) + 1;
    // A file without a free number was not written by this program.
    if next >= LAST_STREAM { Err(Fault::Damaged) } else { Ok(StreamId(next)) }
}
