//! Hides messages that are being erased and are still in the file.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use super::fault::Fault;
use super::rows;
use crate::base::limits::ERASURE_STEP_MESSAGES;
use crate::base::name::NameKey;

/// The incomplete erasures, as a transaction sees them.
#[derive(Debug, Default)]
pub(super) struct PendingErasures {
    /// By the name's key: for each erasure, the last id that it covers, by stream.
    until: HashMap<String, Vec<BTreeMap<u64, u64>>>,
    /// Keys of names already seen: computing one is slower than looking it up.
    keys: HashMap<String, NameKey>,
}

impl PendingErasures {
    /// Loads them.
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

    /// Whether the message with this key, said by `name`, is hidden.
    pub(super) fn hides(&mut self, message_key: i64, name: &str) -> bool {
        if self.until.is_empty() || name.is_empty() {
            return false;
        }
        if !self.keys.contains_key(name) {
            if self.keys.len() >= ERASURE_STEP_MESSAGES {
                self.keys.clear();
            }
            self.keys.insert(name.to_owned(), NameKey::of(name));
        }
        let (stream, id) = rows::decode_key(message_key);
        let orders = self.keys.get(name).and_then(|key| self.until.get(key.as_str()));
        orders.into_iter().flatten().any(|until| until.get(&stream.0).is_some_and(|until| id <= *until))
    }
}
