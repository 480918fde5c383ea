//! Messages as rows, and rows as messages.
//!
//! What comes from a file is not trusted: somebody may have written to it. So texts are made harmless, and cut where no text
//! of ours would go on; a number that makes no sense is taken for the nearest that does.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::base::limits::{MESSAGE_BYTES, NAME_CHARS};
use crate::base::text::clean;
use crate::journal::{Author, Message, StreamId};
use crate::proto::Kind;

/// A message's key is its stream's number, and in the lower bits its id: the messages of a stream stand together in the
/// file, in order, and one tree of pages is all that a commit touches.
const ID_BITS: u32 = 40;
/// The greatest id: at a thousand messages a second, of the year 2060.
const LAST_ID: u64 = (1 << ID_BITS) - 1;
/// The greatest number of a stream.
pub(super) const LAST_STREAM: u64 = (1 << 22) - 1;

/// What is read of a message, in this order.
pub(super) const COLUMNS: &str = "place, time, how, name, text";

/// Bits of `how`.
const BY_BOT: i64 = 1;
const ACT: i64 = 2;

/// Where a message stands; none: there is no such message.
pub(super) fn place(stream: StreamId, id: u64) -> Option<i64> {
    if stream.0 > LAST_STREAM || id > LAST_ID {
        return None;
    }
    i64::try_from((stream.0 << ID_BITS) | id).ok()
}

/// Where the messages of a stream stand; nowhere, if there is no such stream.
#[allow(clippy::reversed_empty_ranges, reason = "a range that nothing is in")]
pub(super) fn places(stream: StreamId) -> RangeInclusive<i64> {
    match (place(stream, 0), place(stream, LAST_ID)) {
        (Some(first), Some(last)) => first..=last,
        _ => 1..=0,
    }
}

/// Which message stands there.
pub(super) fn at(place: i64) -> (StreamId, u64) {
    let place = place.unsigned_abs();
    (StreamId(place >> ID_BITS), place & LAST_ID)
}

/// Microseconds since 1970.
pub(super) fn micros(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |before| -before),
    }
}

pub(super) fn time(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let time = if micros < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

/// When the message in a row of [`COLUMNS`] was said.
pub(super) fn time_of(row: &Row<'_>) -> rusqlite::Result<SystemTime> {
    Ok(time(row.get(1)?))
}

/// The column `how` of a message.
pub(super) fn how(message: &Message) -> i64 {
    let by_bot = message.by.as_ref().is_some_and(|by| by.kind == Kind::Bot);
    i64::from(by_bot) * BY_BOT + i64::from(message.is_act) * ACT
}

/// The message in a row of [`COLUMNS`].
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let (stream, id) = at(row.get(0)?);
    let how: i64 = row.get(2)?;
    let name = match row.get_ref(3)? {
        ValueRef::Null => None,
        name => Some(harmless(name, NAME_CHARS * 4)),
    };
    let kind = if how & BY_BOT == 0 { Kind::Person } else { Kind::Bot };
    Ok(Message {
        stream,
        id,
        time: time(row.get(1)?),
        by: name.map(|name| Author { name, kind }),
        is_act: how & ACT != 0,
        text: harmless(row.get_ref(4)?, MESSAGE_BYTES),
    })
}

/// The text in a column, harmless, and no longer than `most` bytes.
pub(super) fn harmless(value: ValueRef<'_>, most: usize) -> String {
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    };
    let mut text = clean(&bytes[..bytes.len().min(most)]).into_owned();
    // What replaces a byte may be longer than it.
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

/// The text in a column as it was when its words were indexed.
pub(super) fn raw<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Cow<'a, str>> {
    let value = row.get_ref(column)?;
    Ok(match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    })
}
