//! Encodes messages as rows and back.
//!
//! Rows are not trusted, as anybody can write to the file: texts are sanitized and cut at this program's limits, and
//! invalid numbers become the nearest valid ones.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::base::limits::{MESSAGE_BYTES, NAME_CHARS};
use crate::base::text::{sanitize, sanitize_lines};
use crate::base::time::whole_milliseconds;
use crate::journal::{Author, Message, StreamId};
use crate::proto::{Kind, Manner};

/// A message's key has its stream's number in the upper bits and its id in the lower ones. So a stream's messages are
/// adjacent and in order, and a commit touches a single tree.
///
/// Ids in rooms that several servers share are greater, so keys of their streams have more bits for them, and
/// [`SHARED_KEYS_FROM`] tells them from others.
const ID_BITS: u32 = 40;
/// The greatest id: enough for a thousand messages a second until 2060.
const LAST_ID: u64 = (1 << ID_BITS) - 1;
/// The greatest stream number.
pub(super) const LAST_STREAM: u64 = StreamId::SHARED - 1;
/// The same, for streams of rooms that several servers share: enough for a thousand batches a second for eight years.
const SHARED_ID_BITS: u32 = 48;
const LAST_SHARED_ID: u64 = (1 << SHARED_ID_BITS) - 1;
/// The greatest number of such a stream, without [`StreamId::SHARED`]; so that no key is the greatest that there is.
const LAST_SHARED_STREAM: u64 = (1 << 14) - 2;
/// The first key of the streams of rooms that several servers share.
pub(super) const SHARED_KEYS_FROM: i64 = 1 << 62;

/// The columns of a message, in the order that [`decode_message`] expects.
pub(super) const COLUMNS: &str = "place, time, how, name, text";

/// Bits of the column `how`.
const BY_BOT: i64 = 1;
const ACT: i64 = 2;
/// Its author has given it another text. Earlier versions do not know it, and read the message as any other.
pub(super) const EDITED: i64 = 4;
/// Earlier versions do not know it, either.
const NOTICE: i64 = 8;

/// The key of a message; `None` if a number is too large.
pub(super) fn encode_key(stream: StreamId, id: u64) -> Option<i64> {
    if stream.is_shared() {
        let number = stream.0 & !StreamId::SHARED;
        let fits = number <= LAST_SHARED_STREAM && id <= LAST_SHARED_ID;
        let key = i64::try_from((number << SHARED_ID_BITS) | id).ok().filter(|_| fits)?;
        return Some(SHARED_KEYS_FROM | key);
    }
    if stream.0 > LAST_STREAM || id > LAST_ID {
        return None;
    }
    i64::try_from((stream.0 << ID_BITS) | id).ok()
}

/// The keys of a stream's messages; empty if its number is too large.
#[allow(clippy::reversed_empty_ranges, reason = "a range that nothing is in")]
pub(super) fn key_range(stream: StreamId) -> RangeInclusive<i64> {
    let last = if stream.is_shared() { LAST_SHARED_ID } else { LAST_ID };
    match (encode_key(stream, 0), encode_key(stream, last)) {
        (Some(first), Some(last)) => first..=last,
        _ => 1..=0,
    }
}

/// The stream and id of a key.
pub(super) fn decode_key(key: i64) -> (StreamId, u64) {
    if key >= SHARED_KEYS_FROM {
        let key = (key - SHARED_KEYS_FROM).unsigned_abs();
        return (StreamId::shared(key >> SHARED_ID_BITS), key & LAST_SHARED_ID);
    }
    let key = key.unsigned_abs();
    (StreamId(key >> ID_BITS), key & LAST_ID)
}

/// A time in microseconds since 1970.
pub(super) fn encode_time(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |before| -before),
    }
}

pub(super) fn decode_time(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let time = if micros < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

/// The time of a row of [`COLUMNS`]. Earlier versions stored finer times than clients are told.
pub(super) fn time(row: &Row<'_>) -> rusqlite::Result<SystemTime> {
    Ok(whole_milliseconds(decode_time(row.get(1)?)))
}

/// The column `how` of a message.
pub(super) fn encode_flags(message: &Message) -> i64 {
    let by_bot = message.by.as_ref().is_some_and(|by| by.kind == Kind::Bot);
    let manner = match message.manner {
        Manner::Speech => 0,
        Manner::Act => ACT,
        Manner::Notice => NOTICE,
    };
    i64::from(by_bot) * BY_BOT + manner + i64::from(message.is_edited) * EDITED
}

/// The message in a row of [`COLUMNS`].
pub(super) fn decode_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let (stream, id) = decode_key(row.get(0)?);
    let flags: i64 = row.get(2)?;
    let name = match row.get_ref(3)? {
        ValueRef::Null => None,
        name => Some(sanitized_text(name, NAME_CHARS * 4)),
    };
    let kind = if flags & BY_BOT == 0 { Kind::Person } else { Kind::Bot };
    Ok(Message {
        stream,
        id,
        time: time(row)?,
        by: name.map(|name| Author { name, kind }),
        manner: match flags & (ACT | NOTICE) {
            0 => Manner::Speech,
            NOTICE => Manner::Notice,
            _ => Manner::Act,
        },
        is_edited: flags & EDITED != 0,
        text: sanitized_by(sanitize_lines, row.get_ref(4)?, MESSAGE_BYTES),
    })
}

/// A column's text, sanitized, and at most `limit` bytes long.
pub(super) fn sanitized_text(value: ValueRef<'_>, limit: usize) -> String {
    sanitized_by(sanitize, value, limit)
}

fn sanitized_by(sanitize: fn(&[u8]) -> Cow<'_, str>, value: ValueRef<'_>, limit: usize) -> String {
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    };
    let mut text = sanitize(&bytes[..bytes.len().min(limit)]).into_owned();
    // Replacement characters may have made it longer.
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

/// A column's text exactly as it was indexed.
pub(super) fn raw_text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Cow<'a, str>> {
    let value = row.get_ref(column)?;
    Ok(match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{SHARED_IDS_FROM, SHARED_INDEX_BITS};

    #[test]
    fn a_key_is_its_stream_and_its_id_in_their_order() {
        // A node that has written a hundred batches a second for eighty years.
        let late = SHARED_IDS_FROM + (250_000_000_000_u64 << SHARED_INDEX_BITS);
        let places = [
            (StreamId(1), 0),
            (StreamId(1), LAST_ID),
            (StreamId(2), 7),
            (StreamId(LAST_STREAM), LAST_ID),
            (StreamId::shared(1), 900),
            (StreamId::shared(1), SHARED_IDS_FROM),
            (StreamId::shared(1), late),
            (StreamId::shared(2), 0),
            (StreamId::shared(LAST_SHARED_STREAM), LAST_SHARED_ID),
        ];
        let keys = places.map(|(stream, id)| encode_key(stream, id).unwrap());
        assert!(keys.is_sorted());
        assert_eq!(keys.map(decode_key), places);
        for ((stream, _), key) in places.iter().zip(&keys) {
            assert!(key_range(*stream).contains(key) && *key < i64::MAX);
        }
        let too_large = [
            (StreamId(1), SHARED_IDS_FROM),
            (StreamId::shared(LAST_SHARED_STREAM + 1), 1),
            (StreamId::shared(1), 1 << 48),
        ];
        assert_eq!(too_large.map(|(stream, id)| encode_key(stream, id)), [None; 3]);
    }
}
