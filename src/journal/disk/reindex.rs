//! Rebuilds the search index while the server runs: a few messages at a time, latest first, as these are searched
//! most. Its progress is in the file, and a later run continues from there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::index_budget::{IndexBudget, insert};
use super::{load, rows};
use crate::base::limits::MAINTENANCE_STEP;
use crate::journal::{StreamId, words};

/// Streams whose older messages are not indexed.
#[derive(Debug, Default)]
pub(super) struct Reindex {
    /// The first id of each that is indexed, or the id after the last.
    from: BTreeMap<StreamId, u64>,
    /// The streams by the time of their latest message that is not indexed.
    fronts: BTreeSet<(i64, StreamId)>,
    /// About how many messages of each are not indexed.
    left: BTreeMap<StreamId, u64>,
}

impl Reindex {
    /// Schedules all messages so far.
    pub(super) fn begin(transaction: &Transaction<'_>) -> Result<(), Fault> {
        let mut statement = transaction.prepare("SELECT number FROM threads")?;
        let streams: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for number in streams {
            let last = load::last_id(transaction, StreamId(number.unsigned_abs()))?;
            let last = i64::try_from(last).unwrap_or(i64::MAX);
            transaction
                .prepare_cached("UPDATE threads SET indexed = ?2 WHERE number = ?1")?
                .execute(params![number, last])?;
            if last > 0 {
                transaction
                    .prepare_cached("INSERT INTO words_from (thread, id) VALUES (?1, ?2)")?
                    .execute(params![number, last.saturating_add(1)])?;
            }
        }
        Ok(())
    }

    /// Loads the state from the file.
    pub(super) fn load(connection: &Connection) -> Result<Reindex, Fault> {
        let mut reindex = Reindex::default();
        let mut statement = connection.prepare("SELECT thread, id FROM words_from")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let stream = StreamId(row.get::<_, i64>(0)?.unsigned_abs());
            let from = row.get::<_, i64>(1)?.unsigned_abs();
            let (first, last) = ends(connection, stream, from)?;
            reindex.from.insert(stream, from);
            reindex.left.insert(stream, from.saturating_sub(first));
            reindex.fronts.insert((last, stream));
        }
        Ok(reindex)
    }

    /// Whether a message is not waiting to be indexed.
    pub(super) fn contains(&self, stream: StreamId, id: u64) -> bool {
        self.from.get(&stream).is_none_or(|from| id >= *from)
    }

    /// Whether everything is indexed.
    pub(super) fn is_done(&self) -> bool {
        self.from.is_empty()
    }

    /// About how many messages wait. Ids of erased messages count too.
    pub(super) fn left(&self) -> u64 {
        self.left.values().sum()
    }

    /// Indexes some messages.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Half of the time, as inserting the tokens takes about as long as splitting the texts.
        let mut budget = IndexBudget::until(Instant::now() + MAINTENANCE_STEP / 2);
        let (mut tokens, mut reached) = (Vec::new(), Vec::new());
        for front in self.fronts.iter().rev() {
            let from = self.from.get(&front.1).copied().unwrap_or_default();
            let until = tokenize_backwards(&transaction, front.1, from, &mut budget, &mut tokens)?;
            reached.push((*front, until));
            if budget.is_used_up() {
                break;
            }
        }
        tokens.sort_unstable();
        for (key, tokens) in &tokens {
            insert(&transaction, *key, tokens)?;
        }
        for ((_, stream), until) in &reached {
            let number = i64::try_from(stream.0).unwrap_or(i64::MAX);
            match until {
                Some((id, _)) => transaction
                    .prepare_cached("UPDATE words_from SET id = ?2 WHERE thread = ?1")?
                    .execute(params![number, i64::try_from(*id).unwrap_or(i64::MAX)])?,
                None => transaction
                    .prepare_cached("DELETE FROM words_from WHERE thread = ?1")?
                    .execute([number])?,
            };
        }
        transaction.commit()?;
        for (front, until) in reached {
            self.reached(front, until);
        }
        Ok(())
    }

    /// Records how far a stream is indexed: down to this id and time, or completely.
    fn reached(&mut self, front: (i64, StreamId), until: Option<(u64, i64)>) {
        let stream = front.1;
        self.fronts.remove(&front);
        let Some((id, time)) = until else {
            self.from.remove(&stream);
            self.left.remove(&stream);
            return;
        };
        let before = self.from.insert(stream, id).unwrap_or(id);
        let left = self.left.entry(stream).or_default();
        *left = left.saturating_sub(before.saturating_sub(id));
        self.fronts.insert((time, stream));
    }
}

/// Splits messages of a stream into tokens, from the one before `from` backwards, until the budget is spent. Returns
/// the id and time that it reached, or `None` at the first message.
fn tokenize_backwards(
    transaction: &Transaction<'_>,
    stream: StreamId,
    from: u64,
    budget: &mut IndexBudget,
    tokens: &mut Vec<(i64, String)>,
) -> Result<Option<(u64, i64)>, Fault> {
    let first = *rows::key_range(stream).start();
    let before = rows::encode_key(stream, from).unwrap_or(i64::MAX);
    let mut statement = transaction.prepare_cached(
        "SELECT place, time, text FROM messages WHERE place >= ?1 AND place < ?2 ORDER BY place DESC",
    )?;
    let mut rows = statement.query(params![first, before])?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let text = rows::raw_text(row, 2)?;
        tokens.push((key, words::tokens(&text)));
        if !budget.take(&text) {
            return Ok(Some((rows::decode_key(key).1, row.get(1)?)));
        }
    }
    Ok(None)
}

/// The id of a stream's first message, and the time of the last one before `from`.
fn ends(connection: &Connection, stream: StreamId, from: u64) -> Result<(u64, i64), Fault> {
    let first = *rows::key_range(stream).start();
    let before = rows::encode_key(stream, from).unwrap_or(i64::MAX);
    let mut one =
        connection.prepare_cached("SELECT min(place) FROM messages WHERE place >= ?1 AND place < ?2")?;
    let id: Option<i64> = one.query_row(params![first, before], |row| row.get(0))?;
    let mut last = connection.prepare_cached(
        "SELECT time FROM messages WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT 1",
    )?;
    let time = last.query_row(params![first, before], |row| row.get(0)).optional()?;
    Ok((id.map_or(from, |id| rows::decode_key(id).1), time.unwrap_or(i64::MIN)))
}
