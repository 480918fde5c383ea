//! How far long work has come, for all to read: the thread that does it never makes who asks wait.

use std::sync::{Mutex, PoisonError, TryLockError};

use crate::journal::MaintenanceProgress;

/// It.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<MaintenanceProgress>);

impl Progress {
    /// It has come so far.
    pub(super) fn set(&self, work: MaintenanceProgress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = work;
    }

    /// How far it has come; none: that is being written down just now.
    pub(super) fn get(&self) -> Option<MaintenanceProgress> {
        match self.0.try_lock() {
            Ok(work) => Some(work.clone()),
            Err(TryLockError::Poisoned(work)) => Some(work.into_inner().clone()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
