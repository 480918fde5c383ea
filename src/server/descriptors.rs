//! File descriptors: how many the system allows, and what a listener does when none is left.

use std::fs::File;
use std::io;

use log::warn;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::limits::{RESERVED_DESCRIPTORS, SESSIONS};

/// Raises the limit of file descriptors to what the server needs, or to the hard limit if that is lower. Returns how many
/// connections fit.
pub fn raise_fd_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = SESSIONS as u64 + RESERVED_DESCRIPTORS;
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let current = limit.current.unwrap_or(u64::MAX);
    let room = if current >= allowed {
        current
    } else {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum: limit.maximum }) {
            Ok(()) => allowed,
            Err(why) => {
                warn!("the limit of file descriptors stays at {current}: {why}");
                current
            }
        }
    };
    room.saturating_sub(RESERVED_DESCRIPTORS).min(SESSIONS as u64)
}

/// Whether an error means that no descriptor is left.
pub(super) fn is_fd_exhausted(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// Whether a connection waits at a listener, whose readiness is edge-triggered; and a descriptor in reserve. When no other is
/// left, the listener frees the reserve, accepts the connection with it, tells it that the server is full, and closes it.
#[derive(Debug)]
pub(super) struct AcceptReadiness {
    /// A connection may wait: set until an accept would block.
    is_ready: bool,
    /// A connection waits for a descriptor.
    fd_exhausted: bool,
    reserve: Option<File>,
}

impl AcceptReadiness {
    /// Not ready, with a reserve.
    pub(super) fn new() -> AcceptReadiness {
        AcceptReadiness { is_ready: false, fd_exhausted: false, reserve: reserve() }
    }

    /// Whether to try to accept.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// The poll reported a connection.
    pub(super) fn on_event(&mut self) {
        self.is_ready = true;
    }

    /// An accept would block.
    pub(super) fn on_empty(&mut self) {
        self.is_ready = false;
    }

    /// No descriptor is left, and the reserve did not help. Waits for [`on_fd_freed`](AcceptReadiness::on_fd_freed).
    pub(super) fn on_fd_exhausted(&mut self) {
        (self.is_ready, self.fd_exhausted) = (false, true);
    }

    /// A descriptor was freed: try again if a connection waits for one.
    pub(super) fn on_fd_freed(&mut self) {
        self.is_ready |= std::mem::take(&mut self.fd_exhausted);
        self.refill_reserve_fd();
    }

    /// Frees the reserve. Returns whether there was one.
    pub(super) fn release_reserve_fd(&mut self) -> bool {
        self.reserve.take().is_some()
    }

    /// Opens the reserve again, if possible.
    pub(super) fn refill_reserve_fd(&mut self) {
        self.reserve = self.reserve.take().or_else(reserve);
    }
}

fn reserve() -> Option<File> {
    File::open("/dev/null").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_without_a_descriptor_is_accepted_when_one_is_freed() {
        let mut readiness = AcceptReadiness::new();
        readiness.on_event();
        assert!(readiness.release_reserve_fd() && !readiness.release_reserve_fd(), "there is one");
        readiness.on_fd_exhausted();
        assert!(!readiness.is_ready(), "an accept would fail again");
        readiness.on_fd_freed();
        assert!(readiness.is_ready() && readiness.release_reserve_fd());
        readiness.on_empty();
        readiness.on_fd_freed();
        assert!(!readiness.is_ready(), "nobody waits");
    }
}
