//! Batches into the file, and what has to be known to begin another file with.

use std::collections::{BTreeMap, VecDeque};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::forget::Forgetting;
use super::rows::{self, LAST_THREAD};
use crate::base::limits::{COMMIT_BYTES, COMMIT_RECORDS};
use crate::base::name::NameKey;
use crate::journal::{Batch, Kept, Message, Record, State, ThreadId};

/// Writes batches, all of them or none. What was written before is not written again: a commit of which nobody knows
/// whether it was made can be made again.
pub(super) fn append<'a>(
    connection: &mut Connection,
    batches: impl Iterator<Item = &'a Batch>,
) -> Result<Vec<Forgetting>, Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut forgettings = Vec::new();
    for record in batches.flat_map(|batch| &batch.records) {
        match record {
            Record::Said(message) => say(&transaction, message)?,
            Record::Opened { thread, room } => open(&transaction, *thread, room)?,
            Record::Closed(thread) => {
                let sql = "UPDATE threads SET is_closed = 1 WHERE number = ?1";
                transaction.prepare_cached(sql)?.execute([number(*thread)])?;
            }
            Record::Ids { thread, below } => {
                let sql = "UPDATE threads SET next_id = max(next_id, ?2) WHERE number = ?1";
                let below = i64::try_from(*below).unwrap_or(i64::MAX);
                transaction.prepare_cached(sql)?.execute(params![number(*thread), below])?;
            }
            Record::Forget { key, ticket } => {
                forgettings.push(Forgetting::order(&transaction, key, *ticket)?);
            }
            Record::State(state) => decide(&transaction, state)?,
            // It is answered when this is committed: see `chores.rs`.
            Record::Retention { .. } => {}
        }
    }
    transaction.commit()?;
    Ok(forgettings)
}

/// How many batches go into one commit: so few that the log stays short, and one at least.
pub(super) fn count_of_commit(waiting: &VecDeque<Batch>) -> usize {
    let (mut records, mut bytes) = (0, 0);
    let goes = |batch: &&Batch| {
        records += batch.records.len();
        bytes += batch.cost();
        records <= COMMIT_RECORDS && bytes <= COMMIT_BYTES
    };
    waiting.iter().take_while(goes).count().max(1).min(waiting.len())
}

fn say(transaction: &Transaction<'_>, message: &Message) -> Result<(), Fault> {
    let Some(place) = rows::place(message.thread, message.id) else {
        log::error!("A message cannot be kept: there is no place for it in its conversation.");
        return Ok(());
    };
    let name = message.by.as_ref().map(|by| &by.name);
    let mut statement = transaction.prepare_cached(
        "INSERT INTO messages (place, time, how, name, text) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![place, rows::micros(message.time), rows::how(message), name, message.text])?;
    Ok(())
}

fn open(transaction: &Transaction<'_>, thread: ThreadId, room: &str) -> Result<(), Fault> {
    if thread.0 == 0 || thread.0 > LAST_THREAD {
        log::error!("A conversation cannot be kept: there is no number for it.");
        return Ok(());
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO threads (number, room, key) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![number(thread), room, NameKey::of(room).as_str()])?;
    Ok(())
}

fn decide(transaction: &Transaction<'_>, state: &State) -> Result<(), Fault> {
    let json = serde_json::to_string(state).map_err(|error| Fault::Trouble(error.to_string()))?;
    let sql = "INSERT OR REPLACE INTO state (number, json) VALUES (1, ?1)";
    transaction.prepare_cached(sql)?.execute([json])?;
    Ok(())
}

fn number(thread: ThreadId) -> i64 {
    i64::try_from(thread.0).unwrap_or(i64::MAX)
}

/// What a file has to say even if it has nothing else: which threads are open, and what operators decided.
#[derive(Debug)]
pub(super) struct Ledger {
    threads: BTreeMap<ThreadId, (String, u64)>,
    state: Box<State>,
}

impl Ledger {
    /// As it is at the start.
    pub(super) fn new(kept: &Kept) -> Ledger {
        let threads = kept.threads.iter().map(|thread| (thread.id, (thread.room.clone(), thread.next_id)));
        Ledger { threads: threads.collect(), state: Box::new(kept.state.clone()) }
    }

    /// As it is after a batch.
    pub(super) fn note(&mut self, batch: &Batch) {
        for record in &batch.records {
            match record {
                Record::Opened { thread, room } => {
                    self.threads.entry(*thread).or_insert_with(|| (room.clone(), 1));
                }
                Record::Closed(thread) => {
                    self.threads.remove(thread);
                }
                Record::Ids { thread, below } => {
                    if let Some((_, next_id)) = self.threads.get_mut(thread) {
                        *next_id = (*next_id).max(*below);
                    }
                }
                Record::State(state) => self.state.clone_from(state),
                Record::Said(_) | Record::Forget { .. } | Record::Retention { .. } => {}
            }
        }
    }

    /// It as a batch, for a file that was begun.
    pub(super) fn batch(&self) -> Batch {
        let threads = self.threads.iter().flat_map(|(thread, (room, below))| {
            [
                Record::Opened { thread: *thread, room: room.clone() },
                Record::Ids { thread: *thread, below: *below },
            ]
        });
        let records = threads.chain([Record::State(self.state.clone())]).collect();
        Batch { number: 0, records }
    }
}
