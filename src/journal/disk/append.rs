//! Writes batches to the file, and keeps a snapshot of the metadata that a new file has to begin with.

use std::collections::{BTreeMap, HashMap, VecDeque};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::amend::Appended;
use super::erasure::ErasureJob;
use super::fault::Fault;
use super::index::Index;
use super::rows;
use super::schema;
use crate::base::limits::{COMMIT_BYTES, COMMIT_RECORDS};
use crate::base::name::NameKey;
use crate::journal::{Batch, Message, Record, RestoredState, StoredDecisions, StoredOpenedRoom, StreamId};

/// Writes batches in one transaction. Idempotent: if it is unknown whether a commit succeeded, the same batches can be
/// written again.
pub(super) fn append<'a>(
    connection: &mut Connection,
    index: &Index,
    batches: impl Iterator<Item = &'a Batch>,
) -> Result<Appended, Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut appended = Appended::default();
    for record in batches.flat_map(|batch| &batch.records) {
        match record {
            Record::Message(message) => {
                insert_message(&transaction, message)?;
                appended.stored(message);
            }
            Record::StreamOpened { stream, room } => insert_stream(&transaction, *stream, room)?,
            Record::StreamClosed(stream) => {
                let sql = "UPDATE threads SET is_closed = 1 WHERE number = ?1";
                transaction.prepare_cached(sql)?.execute([number(*stream)])?;
            }
            Record::ReserveIds { stream, below } => {
                let sql = "UPDATE threads SET next_id = max(next_id, ?2) WHERE number = ?1";
                let below = i64::try_from(*below).unwrap_or(i64::MAX);
                transaction.prepare_cached(sql)?.execute(params![number(*stream), below])?;
            }
            Record::Amend(amended) => appended.amend(&transaction, index, amended)?,
            Record::Erase { key, ticket } => {
                appended.erasures.push(ErasureJob::order(&transaction, key, *ticket)?);
            }
            Record::Decisions(state) => store_decisions(&transaction, state)?,
            Record::OpenedRoom { key, room } => store_opened_room(&transaction, key, room.as_deref())?,
            // Answered after the commit: see `maintenance.rs`.
            Record::ReportRetention { .. } => {}
        }
    }
    transaction.commit()?;
    Ok(appended)
}

/// How many of the waiting batches go into one commit: at least one, and few enough to keep the write-ahead log short.
pub(super) fn count_of_commit(waiting: &VecDeque<Batch>) -> usize {
    let (mut records, mut bytes) = (0, 0);
    let goes = |batch: &&Batch| {
        records += batch.records.len();
        bytes += batch.cost();
        records <= COMMIT_RECORDS && bytes <= COMMIT_BYTES
    };
    waiting.iter().take_while(goes).count().max(1).min(waiting.len())
}

fn insert_message(transaction: &Transaction<'_>, message: &Message) -> Result<(), Fault> {
    let Some(key) = rows::encode_key(message.stream, message.id) else {
        log::error!(
            "a message was not stored: its room has no message ids left; close the room and open it again"
        );
        return Ok(());
    };
    let name = message.by.as_ref().map(|by| &by.name);
    let mut statement = transaction.prepare_cached(
        "INSERT INTO messages (place, time, how, name, text) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![
        key,
        rows::encode_time(message.time),
        rows::encode_flags(message),
        name,
        message.text
    ])?;
    Ok(())
}

fn insert_stream(transaction: &Transaction<'_>, stream: StreamId, room: &str) -> Result<(), Fault> {
    if stream.0 == 0 || rows::encode_key(stream, 0).is_none() {
        log::error!(
            "the messages of a room are not stored: the data folder has no room numbers left; start with a new folder (--data)"
        );
        return Ok(());
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO threads (number, room, key) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![number(stream), room, NameKey::of(room).as_str()])?;
    Ok(())
}

fn store_decisions(transaction: &Transaction<'_>, state: &StoredDecisions) -> Result<(), Fault> {
    let json = serde_json::to_string(state).map_err(|error| Fault::Other(error.to_string()))?;
    let sql = "INSERT OR REPLACE INTO state (number, json) VALUES (1, ?1)";
    transaction.prepare_cached(sql)?.execute([json])?;
    Ok(())
}

/// Stores a room that somebody opened, or removes it.
pub(super) fn store_opened_room(
    transaction: &Transaction<'_>,
    key: &NameKey,
    room: Option<&StoredOpenedRoom>,
) -> Result<(), Fault> {
    transaction.execute_batch(schema::OPENED_ROOMS)?;
    if let Some(room) = room {
        let json = serde_json::to_string(room).map_err(|error| Fault::Other(error.to_string()))?;
        let sql = "INSERT OR REPLACE INTO opened_rooms (key, json) VALUES (?1, ?2)";
        transaction.prepare_cached(sql)?.execute([key.as_str(), &json])?;
    } else {
        transaction.prepare_cached("DELETE FROM opened_rooms WHERE key = ?1")?.execute([key.as_str()])?;
    }
    Ok(())
}

fn number(stream: StreamId) -> i64 {
    i64::try_from(stream.0).unwrap_or(i64::MAX)
}

/// The metadata that every file must have: open streams, operators' decisions, and rooms that people opened.
#[derive(Debug)]
pub(super) struct MetadataSnapshot {
    streams: BTreeMap<StreamId, (String, u64)>,
    state: Box<StoredDecisions>,
    opened_rooms: HashMap<NameKey, Box<StoredOpenedRoom>>,
}

impl MetadataSnapshot {
    /// The metadata at the start.
    pub(super) fn new(restored: &RestoredState) -> MetadataSnapshot {
        let streams =
            restored.streams.iter().map(|stream| (stream.id, (stream.room.clone(), stream.next_id)));
        let rooms = restored.opened_by_people.iter();
        MetadataSnapshot {
            streams: streams.collect(),
            state: Box::new(restored.decisions.clone()),
            opened_rooms: rooms.map(|room| (NameKey::of(&room.name), Box::new(room.clone()))).collect(),
        }
    }

    /// Applies a committed batch.
    pub(super) fn apply(&mut self, batch: &Batch) {
        for record in &batch.records {
            match record {
                Record::StreamOpened { stream, room } => {
                    self.streams.entry(*stream).or_insert_with(|| (room.clone(), 1));
                }
                Record::StreamClosed(stream) => {
                    self.streams.remove(stream);
                }
                Record::ReserveIds { stream, below } => {
                    if let Some((_, next_id)) = self.streams.get_mut(stream) {
                        *next_id = (*next_id).max(*below);
                    }
                }
                Record::Decisions(state) => self.state.clone_from(state),
                Record::OpenedRoom { key, room: Some(room) } => {
                    self.opened_rooms.insert(key.clone(), room.clone());
                }
                Record::OpenedRoom { key, room: None } => drop(self.opened_rooms.remove(key)),
                Record::Message(_)
                | Record::Amend(_)
                | Record::Erase { .. }
                | Record::ReportRetention { .. } => {}
            }
        }
    }

    /// The snapshot as a batch, for a new file.
    pub(super) fn batch(&self) -> Batch {
        let streams = self.streams.iter().flat_map(|(stream, (room, below))| {
            [
                Record::StreamOpened { stream: *stream, room: room.clone() },
                Record::ReserveIds { stream: *stream, below: *below },
            ]
        });
        let rooms = self.opened_rooms.iter();
        let rooms =
            rooms.map(|(key, room)| Record::OpenedRoom { key: key.clone(), room: Some(room.clone()) });
        let records = streams.chain([Record::Decisions(self.state.clone())]).chain(rooms).collect();
        Batch { number: 0, records }
    }
}
