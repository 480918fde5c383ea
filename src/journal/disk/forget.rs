//! Forgets what somebody said: step by step, so that no commit has to wait for long, and to its end, even if that comes in a
//! later run.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::index::{self, Index};
use super::{reader, rows};
use crate::base::limits::{FORGET_ERASED, FORGET_MESSAGES};
use crate::base::name::NameKey;
use crate::journal::{ThreadId, Ticket};

/// An order to forget, on its way through all messages.
#[derive(Debug)]
pub(super) struct Forgetting {
    /// Its row in `forgets`.
    number: i64,
    key: String,
    /// Until where it has come.
    place: i64,
    /// The last message that is meant, of each thread.
    until: BTreeMap<u64, u64>,
    /// What has been found of names.
    seen: HashMap<String, bool>,
    /// Who is to be told; none: that was in an earlier run.
    pub(super) ticket: Option<Ticket>,
    /// How many messages were erased.
    pub(super) erased: u64,
}

impl Forgetting {
    /// Writes the order down.
    pub(super) fn order(
        transaction: &Transaction<'_>,
        key: &NameKey,
        ticket: Ticket,
    ) -> Result<Forgetting, Fault> {
        let mut until = BTreeMap::new();
        for thread in threads(transaction)? {
            until.insert(thread.0, super::load::last_id(transaction, thread)?);
        }
        let json = serde_json::to_string(&until).map_err(|error| Fault::Trouble(error.to_string()))?;
        transaction
            .execute("INSERT INTO forgets (key, until) VALUES (?1, ?2)", params![key.as_str(), json])?;
        let number = transaction.last_insert_rowid();
        Ok(Forgetting::new(number, key.as_str().to_owned(), -1, until, Some(ticket)))
    }

    /// The first order that an earlier run left.
    pub(super) fn left(connection: &Connection) -> Result<Option<Forgetting>, Fault> {
        let row = connection
            .query_row("SELECT number, key, place, until FROM forgets ORDER BY number LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })
            .optional()
            .map_err(Fault::of_schema)?;
        let Some((number, key, place, until)) = row else { return Ok(None) };
        let until = serde_json::from_str(&until).map_err(|_| Fault::Damaged)?;
        Ok(Some(Forgetting::new(number, key, place, until, None)))
    }

    fn new(
        number: i64,
        key: String,
        place: i64,
        until: BTreeMap<u64, u64>,
        ticket: Option<Ticket>,
    ) -> Forgetting {
        Forgetting { number, key, place, until, seen: HashMap::new(), ticket, erased: 0 }
    }

    /// Looks at some messages more. Whether that was all.
    pub(super) fn step(&mut self, connection: &mut Connection, index: &Index) -> Result<bool, Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut place, mut looked, mut erased) = (self.place, 0, Vec::new());
        {
            let mut statement = transaction.prepare_cached(
                "SELECT place, name FROM messages WHERE place > ?1 ORDER BY place LIMIT ?2",
            )?;
            let most = i64::try_from(FORGET_MESSAGES).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![self.place, most])?;
            while let Some(row) = rows.next()? {
                looked += 1;
                place = row.get(0)?;
                let (thread, id) = rows::at(place);
                if self.until.get(&thread.0).is_none_or(|until| id > *until) {
                    // What was said since, and there is no end to it.
                    place = *rows::places(thread).end();
                    break;
                }
                if self.is_meant(&rows::raw(row, 1)?) {
                    erased.push(place);
                }
                if erased.len() == FORGET_ERASED {
                    break;
                }
            }
        }
        for place in &erased {
            index::delete(&transaction, index, *place)?;
        }
        if looked == 0 {
            transaction.execute("DELETE FROM forgets WHERE number = ?1", [self.number])?;
        } else if !erased.is_empty() {
            transaction
                .prepare_cached("UPDATE forgets SET place = ?2 WHERE number = ?1")?
                .execute([self.number, place])?;
        }
        transaction.commit()?;
        self.place = place;
        self.erased += erased.len() as u64;
        Ok(looked == 0)
    }

    fn is_meant(&mut self, name: &str) -> bool {
        if let Some(is_meant) = self.seen.get(name) {
            return *is_meant;
        }
        if self.seen.len() >= FORGET_MESSAGES {
            self.seen.clear();
        }
        let is_meant = !name.is_empty() && NameKey::of(name).as_str() == self.key;
        self.seen.insert(name.to_owned(), is_meant);
        is_meant
    }
}

/// Carries out what an earlier run left, before anybody sees what it read.
pub(super) fn finish(connection: &mut Connection) -> Result<(), Fault> {
    let mut index = Index::load(connection)?;
    while let Some(mut forgetting) = Forgetting::left(connection)? {
        loop {
            match forgetting.step(connection, &index) {
                Err(Fault::Index) => index = Index::begin_anew(connection)?,
                Ok(true) => break,
                other => _ = other?,
            }
        }
        reader::copy_log(connection, "TRUNCATE")?;
    }
    Ok(())
}

/// The threads that have messages.
pub(super) fn threads(connection: &Connection) -> Result<Vec<ThreadId>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT place FROM messages WHERE place >= ?1 ORDER BY place LIMIT 1")
        .map_err(Fault::of_schema)?;
    let mut threads = Vec::new();
    let mut from = 0;
    while let Some(place) = statement.query_row([from], |row| row.get::<_, i64>(0)).optional()? {
        let thread = rows::at(place).0;
        threads.push(thread);
        let Some(next) = rows::places(thread).end().checked_add(1) else { break };
        from = next;
    }
    Ok(threads)
}
