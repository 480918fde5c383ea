//! Collects the latest messages that match a query, in whatever order they are found, up to the number asked for and
//! [`RESULT_BYTES_MAX`].

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::search::Match;
use super::{Message, QueryResult};
use crate::base::limits::{RESULT_BYTES_MAX, SKIPPED_IN_A_ROW_MAX, SKIPPED_IN_ALL_MAX};

/// The latest matching messages. When there are too many, the oldest are dropped.
#[derive(Debug)]
pub(super) struct LatestMessages {
    messages: BTreeMap<u64, Message>,
    limit: usize,
    bytes: usize,
    max_bytes: usize,
    /// The latest id that was dropped.
    last_dropped: Option<u64>,
}

impl LatestMessages {
    pub(super) fn new(limit: usize) -> LatestMessages {
        LatestMessages {
            messages: BTreeMap::new(),
            limit,
            bytes: 0,
            max_bytes: RESULT_BYTES_MAX,
            last_dropped: None,
        }
    }

    /// Adds a message. Returns whether an older one would still fit.
    pub(super) fn add(&mut self, message: Message) -> bool {
        let id = message.id;
        if self.last_dropped.is_some_and(|last_dropped| id <= last_dropped) {
            return false;
        }
        self.bytes += message.cost();
        if let Some(twice) = self.messages.insert(id, message) {
            self.bytes -= twice.cost();
        }
        self.shrink();
        self.messages.contains_key(&id)
    }

    /// Drops a message that is erased, or has another text.
    fn remove(&mut self, id: u64) {
        if let Some(message) = self.messages.remove(&id) {
            self.bytes -= message.cost();
        }
    }

    /// Lowers the limits.
    fn limit(&mut self, limit: usize, max_bytes: usize) {
        (self.limit, self.max_bytes) = (limit, max_bytes);
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.messages.len() > self.limit || self.bytes > self.max_bytes {
            let Some((id, first)) = self.messages.pop_first() else { return };
            self.bytes -= first.cost();
            self.last_dropped = self.last_dropped.max(Some(id));
        }
    }

    /// The result.
    pub(super) fn result(self, is_partial: bool) -> QueryResult {
        let messages = self.messages.into_values().collect();
        QueryResult { messages, has_more: self.last_dropped.is_some(), is_partial, ..QueryResult::default() }
    }
}

/// The hits of a search: strict matches, and as many loose matches as fit beside them.
#[derive(Debug)]
pub(super) struct SearchHits {
    strict: LatestMessages,
    loose: LatestMessages,
}

impl SearchHits {
    pub(super) fn new(limit: usize) -> SearchHits {
        SearchHits { strict: LatestMessages::new(limit), loose: LatestMessages::new(limit) }
    }

    /// Adds a message by how well it matches. Returns whether an older strict match would still fit.
    pub(super) fn add(&mut self, message: Message, quality: Match) -> bool {
        match quality {
            Match::None => true,
            Match::Loose => {
                self.loose.add(message);
                true
            }
            Match::Strict => self.strict.add(message),
        }
    }

    /// Drops a message that is erased, or has another text.
    pub(super) fn remove(&mut self, id: u64) {
        self.strict.remove(id);
        self.loose.remove(id);
    }

    /// Call when all strict matches are found. Returns whether loose matches would still fit.
    pub(super) fn has_room_for_loose(&mut self) -> bool {
        let (room, bytes) = (
            self.strict.limit - self.strict.messages.len(),
            RESULT_BYTES_MAX.saturating_sub(self.strict.bytes),
        );
        if self.strict.last_dropped.is_some() || room == 0 {
            return false;
        }
        self.loose.limit(room, bytes);
        true
    }

    /// Adds a loose match. Returns whether an older one would still fit.
    pub(super) fn add_loose(&mut self, message: Message) -> bool {
        self.loose.add(message)
    }

    /// The result.
    pub(super) fn result(mut self, is_partial: bool) -> QueryResult {
        if self.has_room_for_loose() {
            self.strict.messages.append(&mut self.loose.messages);
            self.strict.last_dropped = self.loose.last_dropped;
        }
        self.strict.result(is_partial)
    }
}

/// Collects the latest messages of a stream since a time. The caller goes from the latest message to older ones.
#[derive(Debug)]
pub(super) struct LatestSince {
    earliest: Option<SystemTime>,
    newest: LatestMessages,
    in_a_row: usize,
    in_all: usize,
}

impl LatestSince {
    pub(super) fn new(limit: usize, since: Option<SystemTime>) -> LatestSince {
        LatestSince { earliest: since, newest: LatestMessages::new(limit), in_a_row: 0, in_all: 0 }
    }

    /// Whether a message with this time is recent enough.
    pub(super) fn is_recent(&mut self, time: SystemTime) -> bool {
        let is_older = self.earliest.is_some_and(|earliest| time < earliest);
        self.in_a_row = if is_older { self.in_a_row + 1 } else { 0 };
        self.in_all += usize::from(is_older);
        !is_older
    }

    /// Adds a message. Returns whether an older one would still fit.
    pub(super) fn add(&mut self, message: Message) -> bool {
        self.newest.add(message)
    }

    /// Whether so many messages were too old that the caller can stop: clocks jump, so one old message proves nothing.
    pub(super) fn is_over(&self) -> bool {
        self.in_a_row >= SKIPPED_IN_A_ROW_MAX || self.in_all >= SKIPPED_IN_ALL_MAX
    }

    /// The result.
    pub(super) fn result(self, is_partial: bool) -> QueryResult {
        let is_given_up = self.in_all >= SKIPPED_IN_ALL_MAX && self.in_a_row < SKIPPED_IN_A_ROW_MAX;
        self.newest.result(is_partial || is_given_up)
    }
}
