//! The progress of maintenance, shared between threads. Reading it never blocks.

use std::sync::{Mutex, PoisonError, TryLockError};

use crate::journal::MaintenanceProgress;

/// The shared value.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<MaintenanceProgress>);

impl Progress {
    /// Publishes it.
    pub(super) fn set(&self, work: MaintenanceProgress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = work;
    }

    /// Reads it; `None`: it is being written at this moment.
    pub(super) fn get(&self) -> Option<MaintenanceProgress> {
        match self.0.try_lock() {
            Ok(work) => Some(work.clone()),
            Err(TryLockError::Poisoned(work)) => Some(work.into_inner().clone()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
