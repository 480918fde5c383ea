//! The file that is written to, while it is there; and, when it is not, what is done to have one again.

use std::time::{Instant, SystemTime};

use rusqlite::Connection;

use super::fault::Fault;
use super::folder::{Folder, Identity};
use super::open::{self, OpenOptions, Opened};
use crate::base::limits::FILE_CHECK_INTERVAL;

/// The file, and where it belongs.
#[derive(Debug)]
pub(super) struct File {
    folder: Folder,
    how: OpenOptions,
    state: State,
    /// What it and its log were when they were opened.
    identities: (Option<Identity>, Option<Identity>),
    looked: Instant,
}

#[derive(Debug)]
enum State {
    Open(Connection),
    /// Damaged, or not even begun.
    Damaged,
    /// Not where it was; but who has it open has all of it.
    Removed(Connection),
}

impl File {
    /// A file that was opened; without a connection, one that is damaged.
    pub(super) fn new(folder: Folder, how: OpenOptions, connection: Option<Connection>) -> File {
        let identities = folder.identities();
        let state = connection.map_or(State::Damaged, State::Open);
        File { folder, how, state, identities, looked: Instant::now() }
    }

    /// It, if it can be written to.
    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Open(connection) => Some(connection),
            _ => None,
        }
    }

    /// Looks from time to time whether it is still where it was.
    pub(super) fn look(&mut self, now: Instant) -> Result<(), Fault> {
        if now.saturating_duration_since(self.looked) < FILE_CHECK_INTERVAL {
            return Ok(());
        }
        self.looked = now;
        let is_there = !matches!(self.state, State::Open(_)) || self.folder.identities() == self.identities;
        if is_there { Ok(()) } else { Err(Fault::Removed) }
    }

    /// Takes note of what is wrong. Whether it can be mended at once.
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

    /// Has a file again, with all that is known of the other.
    pub(super) fn repair(&mut self, now: SystemTime) -> Result<Vec<String>, Fault> {
        let opened = match &self.state {
            State::Open(_) => return Ok(Vec::new()),
            State::Damaged => open::begin_anew(&self.folder, self.how, now),
            State::Removed(lost) => {
                self.folder.renew().map_err(Fault::Trouble)?;
                open::restore(lost, &self.folder, self.how, now)
            }
        };
        let Opened { connection, notes, .. } = opened?;
        let Some(connection) = connection else { return Err(Fault::Damaged) };
        self.state = State::Open(connection);
        self.identities = self.folder.identities();
        self.looked = Instant::now();
        Ok(notes)
    }
}
