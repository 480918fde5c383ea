//! Deletes a replaced search index. Dropping it at once would hold up commits for seconds, as secure deletion
//! overwrites each page; so its tables (those of `FTS5`) are emptied a few rows at a time, and then dropped.

use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use crate::base::limits::{MAINTENANCE_STEP, OLD_INDEX_STEP_ROWS};

/// The name of such an index, without its number.
const NAME: &str = "words_old_";

/// Replaced indexes.
#[derive(Debug, Default)]
pub(super) struct OldIndex {
    tables: Vec<String>,
}

impl OldIndex {
    /// Finds them in the file.
    pub(super) fn load(connection: &Connection) -> Result<OldIndex, Fault> {
        let mut statement = connection.prepare(
            "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%' AND name GLOB ?1 || '[0-9]*'",
        )?;
        let tables = statement.query_map([NAME], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(OldIndex { tables })
    }

    /// Renames the current index, if there is one. That of a new file is empty, and simply dropped.
    pub(super) fn set_aside(transaction: &Transaction<'_>) -> Result<(), Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'words')";
        if !transaction.query_row(sql, [], |row| row.get(0))? {
            return Ok(());
        }
        // A damaged one may not tell.
        let is_empty =
            transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM words_idx)", [], |row| row.get(0));
        if is_empty.unwrap_or(false) {
            transaction.execute_batch("DROP TABLE words")?;
        } else {
            let others = OldIndex::load(transaction)?.tables;
            let name =
                (1..=others.len() + 1).map(|n| format!("{NAME}{n}")).find(|name| !others.contains(name));
            transaction
                .execute_batch(&format!("ALTER TABLE words RENAME TO {}", name.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Whether nothing is left.
    pub(super) fn is_gone(&self) -> bool {
        self.tables.is_empty()
    }

    /// Deletes some rows.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let end = Instant::now() + MAINTENANCE_STEP;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_empty = loop {
            if !delete(&transaction, table)? {
                break true;
            }
            if Instant::now() >= end {
                break false;
            }
        };
        if is_empty {
            transaction.execute_batch(&format!("DROP TABLE {table}"))?;
        }
        transaction.commit()?;
        if is_empty {
            self.tables.pop();
        }
        Ok(())
    }
}

/// Deletes some rows. Returns whether there were any.
fn delete(transaction: &Transaction<'_>, table: &str) -> Result<bool, Fault> {
    for (part, key) in [("data", "id"), ("idx", "segid, term")] {
        let sql = format!(
            "DELETE FROM {table}_{part} WHERE ({key}) IN (SELECT {key} FROM {table}_{part} LIMIT ?1)"
        );
        if transaction.prepare_cached(&sql)?.execute(params![OLD_INDEX_STEP_ROWS])? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
