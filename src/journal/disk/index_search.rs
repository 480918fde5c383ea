//! Runs a search over messages and their index. Each of its phases has a share of the time limit: first it scans the
//! messages that are not indexed yet, then it asks the index, and while the index is rebuilt it also scans as many of
//! the older messages as time allows.
//!
//! The index returns candidates; `journal/search.rs` compares their texts. Whole words come first, which is quick
//! however common they are. If there are too few hits, words with these beginnings follow. For these the index has to
//! merge all matching words before it returns the first; where that takes too long, the words are common enough for a
//! scan to find them.

use std::ops::RangeInclusive;

use rusqlite::{Row, Transaction, params};

use super::fault::Fault;
use super::pending_erasures::PendingErasures;
use super::query_timer::QueryTimer;
use super::rows;
use crate::journal::search::Match;
use crate::journal::search_hits::SearchHits;
use crate::journal::{QueryResult, Search, StreamId};

/// The end of the scan of messages that are not indexed, in hundredths of the time limit.
const UNINDEXED_UNTIL: u32 = 25;
/// The end of the search for whole words.
const STRICT_UNTIL: u32 = 60;
/// The end of the search for beginnings of words.
const LOOSE_UNTIL: u32 = 80;
/// The end of any scan after that.
const ALL: u32 = 100;

/// A running search.
pub(super) struct IndexSearch<'a> {
    transaction: &'a Transaction<'a>,
    timer: &'a QueryTimer,
    search: &'a Search,
    hits: SearchHits,
    pending: PendingErasures,
    is_partial: bool,
    is_indexing: bool,
}

/// How far a pass came.
enum Scanned {
    /// The result is full: older messages are not needed.
    Full,
    /// To the first message.
    Whole,
    /// The time is over: messages before this key were not examined.
    Until(i64),
}

impl<'a> IndexSearch<'a> {
    pub(super) fn new(
        transaction: &'a Transaction<'a>,
        timer: &'a QueryTimer,
        search: &'a Search,
        limit: usize,
    ) -> Result<IndexSearch<'a>, Fault> {
        let pending = PendingErasures::load(transaction)?;
        Ok(IndexSearch {
            transaction,
            timer,
            search,
            hits: SearchHits::new(limit),
            pending,
            is_partial: false,
            is_indexing: false,
        })
    }

    /// Searches a stream by scanning it.
    pub(super) fn without_index(mut self, stream: StreamId) -> Result<QueryResult, Fault> {
        let way = self.scan(rows::key_range(stream))?;
        self.is_partial = matches!(way, Scanned::Until(_));
        Ok(self.hits.result(self.is_partial))
    }

    /// Searches a stream with the index.
    pub(super) fn run(mut self, stream: StreamId) -> Result<QueryResult, Fault> {
        let keys = rows::key_range(stream);
        let (first, split) = indexed(self.transaction, stream)?;
        self.timer.set_end(UNINDEXED_UNTIL);
        match self.scan(split + 1..=*keys.end())? {
            Scanned::Full => return Ok(self.hits.result(false)),
            Scanned::Until(_) => self.is_partial = true,
            Scanned::Whole => {}
        }
        let indexed = first..=split;
        self.timer.set_end(STRICT_UNTIL);
        match self.look_up(indexed.clone(), false)? {
            Scanned::Until(before) => {
                self.timer.set_end(ALL);
                let rest = self.scan(*indexed.start()..=before - 1)?;
                self.is_partial |= matches!(rest, Scanned::Until(_));
            }
            Scanned::Whole if self.search.can_be_loose() && self.hits.has_room_for_loose() => {
                self.look_up_loosely(indexed)?;
            }
            Scanned::Full => return Ok(self.hits.result(self.is_partial)),
            Scanned::Whole => {}
        }
        if *keys.start() < first {
            self.timer.set_end(ALL);
            let older = self.scan(*keys.start()..=first - 1)?;
            self.is_indexing = matches!(older, Scanned::Until(_));
        }
        let is_partial = self.is_partial || self.is_indexing;
        Ok(QueryResult { is_indexing: self.is_indexing, ..self.hits.result(is_partial) })
    }

    /// Adds loose matches.
    fn look_up_loosely(&mut self, indexed: RangeInclusive<i64>) -> Result<(), Fault> {
        self.timer.set_end(LOOSE_UNTIL);
        if let Scanned::Until(before) = self.look_up(indexed.clone(), true)? {
            self.timer.set_end(ALL);
            let rest = self.scan_loosely(*indexed.start()..=before - 1)?;
            self.is_partial |= matches!(rest, Scanned::Until(_));
        }
        Ok(())
    }

    /// Scans messages, and adds those that match, however loosely.
    fn scan(&mut self, keys: RangeInclusive<i64>) -> Result<Scanned, Fault> {
        self.scan_with(keys, |search, hits, row| {
            let how = search.matches(&rows::raw_text(row, 4)?);
            Ok(how < Match::Loose || hits.add(rows::decode_message(row)?, how))
        })
    }

    /// Scans messages, and adds those that match loosely and no better.
    fn scan_loosely(&mut self, keys: RangeInclusive<i64>) -> Result<Scanned, Fault> {
        self.scan_with(keys, |search, hits, row| {
            let is_loose = search.matches(&rows::raw_text(row, 4)?) == Match::Loose;
            Ok(!is_loose || hits.add_loose(rows::decode_message(row)?))
        })
    }

    /// Scans messages. `add` returns whether more are wanted.
    fn scan_with(
        &mut self,
        keys: RangeInclusive<i64>,
        add: impl Fn(&Search, &mut SearchHits, &Row<'_>) -> Result<bool, Fault>,
    ) -> Result<Scanned, Fault> {
        let (search, hits) = (self.search, &mut self.hits);
        let walked = (self.transaction, self.timer, &mut self.pending);
        walk(walked, SCAN, params![keys.start(), keys.end()], *keys.end(), |row| add(search, hits, row))
    }

    /// Asks the index for strict matches, or for loose ones only.
    fn look_up(&mut self, keys: RangeInclusive<i64>, is_loose: bool) -> Result<Scanned, Fault> {
        let (search, hits) = (self.search, &mut self.hits);
        let values = params![search.query(is_loose), keys.start(), keys.end()];
        walk((self.transaction, self.timer, &mut self.pending), INDEX, values, *keys.end(), |row| {
            match (search.matches(&rows::raw_text(row, 4)?), is_loose) {
                (Match::Strict, false) => Ok(hits.add(rows::decode_message(row)?, Match::Strict)),
                (Match::Loose, true) => Ok(hits.add_loose(rows::decode_message(row)?)),
                _ => Ok(true),
            }
        })
    }
}

/// Messages, latest first.
const SCAN: &str =
    "SELECT place, time, how, name, text FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC";
/// Messages that the index returns, latest first.
const INDEX: &str = "SELECT m.place, m.time, m.how, m.name, m.text
     FROM words CROSS JOIN messages m ON m.place = words.rowid
     WHERE words MATCH ?1 AND words.rowid BETWEEN ?2 AND ?3 ORDER BY words.rowid DESC";

/// Calls `see` with each row that is not being erased, down from the key `last`, until it returns false or the time is
/// over.
fn walk(
    (transaction, timer, pending): (&Transaction<'_>, &QueryTimer, &mut PendingErasures),
    sql: &str,
    values: impl rusqlite::Params,
    last: i64,
    mut see: impl FnMut(&Row<'_>) -> Result<bool, Fault>,
) -> Result<Scanned, Fault> {
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut before = last.saturating_add(1);
    loop {
        if timer.is_expired() {
            return Ok(Scanned::Until(before));
        }
        match timer.in_time(rows.next().map_err(Fault::from))? {
            None => return Ok(Scanned::Until(before)),
            Some(None) => return Ok(Scanned::Whole),
            Some(Some(row)) => {
                let key = row.get(0)?;
                if !pending.hides(key, &rows::raw_text(row, 3)?) && !see(row)? {
                    return Ok(Scanned::Full);
                }
                before = key;
            }
        }
    }
}

/// The keys of the first and the last message of a stream that are indexed. All between them are.
fn indexed(transaction: &Transaction<'_>, stream: StreamId) -> Result<(i64, i64), Fault> {
    let number = i64::try_from(stream.0).unwrap_or(i64::MAX);
    let (first, last): (i64, i64) = transaction
        .prepare_cached(
            "SELECT ifnull((SELECT id FROM words_from WHERE thread = ?1), 0),
                    ifnull((SELECT indexed FROM threads WHERE number = ?1), 0)",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let start = *rows::key_range(stream).start();
    let key = |id: i64| rows::encode_key(stream, id.unsigned_abs()).unwrap_or(0);
    Ok((key(first).max(start), key(last).max(start - 1)))
}
