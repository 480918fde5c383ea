//! What is being forgotten and is not erased yet: nobody is shown it any more.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use super::fault::Fault;
use super::rows;
use crate::base::limits::ERASURE_STEP_MESSAGES;
use crate::base::name::NameKey;

/// Orders to forget that are not carried out yet, as a transaction sees them.
#[derive(Debug, Default)]
pub(super) struct PendingErasures {
    /// The last message that is meant, of each stream, by whose messages are.
    until: HashMap<String, Vec<BTreeMap<u64, u64>>>,
    /// Keys of names, as that takes longer than to look them up.
    keys: HashMap<String, NameKey>,
}

impl PendingErasures {
    /// As they are.
    pub(super) fn load(connection: &Connection) -> Result<PendingErasures, Fault> {
        let mut pending = PendingErasures::default();
        let mut statement =
            connection.prepare_cached("SELECT key, until FROM forgets").map_err(Fault::of_schema)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let until = serde_json::from_str(&row.get::<_, String>(1)?).map_err(|_| Fault::Damaged)?;
            pending.until.entry(row.get(0)?).or_default().push(until);
        }
        Ok(pending)
    }

    /// Whether nobody is to be shown what stands at `place` and was said by `name`.
    pub(super) fn hides(&mut self, place: i64, name: &str) -> bool {
        if self.until.is_empty() || name.is_empty() {
            return false;
        }
        if !self.keys.contains_key(name) {
            if self.keys.len() >= ERASURE_STEP_MESSAGES {
                self.keys.clear();
            }
            self.keys.insert(name.to_owned(), NameKey::of(name));
        }
        let (stream, id) = rows::at(place);
        let orders = self.keys.get(name).and_then(|key| self.until.get(key.as_str()));
        orders.into_iter().flatten().any(|until| until.get(&stream.0).is_some_and(|until| id <= *until))
    }
}
