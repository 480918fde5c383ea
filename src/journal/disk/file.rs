//! The open database file, and its repair when it is damaged or removed.

use std::time::{Instant, SystemTime};

use rusqlite::Connection;

use super::fault::Fault;
use super::folder::{Folder, Identity};
use super::open::{self, OpenOptions, Opened};
use crate::base::limits::FILE_CHECK_INTERVAL;

/// The file, and the folder it belongs to.
#[derive(Debug)]
pub(super) struct File {
    folder: Folder,
    options: OpenOptions,
    state: State,
    /// The identities of the file and its log when they were opened.
    identities: (Option<Identity>, Option<Identity>),
    checked_at: Instant,
}

#[derive(Debug)]
enum State {
    Open(Connection),
    /// Corrupt, or not created yet.
    Damaged,
    /// No longer in its place. The open connection still has all of it.
    Removed(Connection),
}

impl File {
    /// An open file; without a connection, a damaged one.
    pub(super) fn new(folder: Folder, options: OpenOptions, connection: Option<Connection>) -> File {
        let identities = folder.identities();
        let state = connection.map_or(State::Damaged, State::Open);
        File { folder, options, state, identities, checked_at: Instant::now() }
    }

    /// The connection, if the file can be written to.
    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Open(connection) => Some(connection),
            _ => None,
        }
    }

    /// Checks from time to time that the file is still in its place.
    pub(super) fn check_in_place(&mut self, now: Instant) -> Result<(), Fault> {
        if now.saturating_duration_since(self.checked_at) < FILE_CHECK_INTERVAL {
            return Ok(());
        }
        self.checked_at = now;
        let is_there = !matches!(self.state, State::Open(_)) || self.folder.identities() == self.identities;
        if is_there { Ok(()) } else { Err(Fault::Removed) }
    }

    /// Records a fault. Returns whether it can be repaired at once.
    pub(super) fn record_fault(&mut self, fault: &Fault) -> bool {
        let state = std::mem::replace(&mut self.state, State::Damaged);
        self.state = match (fault, state) {
            (Fault::Damaged, _) => return true,
            (Fault::Removed, State::Open(connection)) => {
                self.state = State::Removed(connection);
                return true;
            }
            (_, state) => state,
        };
        false
    }

    /// Replaces a damaged or removed file by a new one with everything that can be read. Returns sentences for the
    /// operator.
    pub(super) fn repair(&mut self, now: SystemTime) -> Result<Vec<String>, Fault> {
        let opened = match &self.state {
            State::Open(_) => return Ok(Vec::new()),
            State::Damaged => open::replace_damaged(&self.folder, self.options, now),
            State::Removed(lost) => {
                self.folder.renew().map_err(Fault::Other)?;
                open::restore_removed(lost, &self.folder, self.options, now)
            }
        };
        let Opened { connection, notes, .. } = opened?;
        let Some(connection) = connection else { return Err(Fault::Damaged) };
        self.state = State::Open(connection);
        self.identities = self.folder.identities();
        self.checked_at = Instant::now();
        Ok(notes)
    }
}
