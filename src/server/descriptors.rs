//! How many connections the system lets this process have, and what a listener does when there are no descriptors left.

use std::fs::File;
use std::io;

use log::warn;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::limits::{RESERVED_DESCRIPTORS, SESSIONS};

/// Raises the limit of descriptors to what is allowed, or to what is needed if that is less. Returns how many connections
/// there is room for.
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
                warn!("the limit of descriptors stays at {current}: {why}");
                current
            }
        }
    };
    room.saturating_sub(RESERVED_DESCRIPTORS).min(SESSIONS as u64)
}

/// Whether an error is for want of a descriptor.
pub(super) fn is_fd_exhausted(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// Whether somebody waits at a listener, whose readiness is edge-triggered; and a descriptor that it keeps in reserve, to be
/// given up for the moment that it takes to accept somebody and refuse it.
#[derive(Debug)]
pub(super) struct AcceptReadiness {
    /// Somebody may wait: remembered until an accept would block.
    is_ready: bool,
    /// Somebody waits, and there was no descriptor for it.
    fd_exhausted: bool,
    reserve: Option<File>,
}

impl AcceptReadiness {
    /// Nobody was announced yet.
    pub(super) fn new() -> AcceptReadiness {
        AcceptReadiness { is_ready: false, fd_exhausted: false, reserve: reserve() }
    }

    /// Whether somebody may wait for whom there may be a descriptor.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// The poll announced somebody.
    pub(super) fn on_event(&mut self) {
        self.is_ready = true;
    }

    /// An accept would block.
    pub(super) fn on_empty(&mut self) {
        self.is_ready = false;
    }

    /// There is no descriptor for whoever waits, and the reserve did not help.
    pub(super) fn on_fd_exhausted(&mut self) {
        (self.is_ready, self.fd_exhausted) = (false, true);
    }

    /// A descriptor was freed: whoever waits for one may come in.
    pub(super) fn on_fd_freed(&mut self) {
        self.is_ready |= std::mem::take(&mut self.fd_exhausted);
        self.refill_reserve_fd();
    }

    /// Frees the descriptor in reserve. Whether there was one.
    pub(super) fn release_reserve_fd(&mut self) -> bool {
        self.reserve.take().is_some()
    }

    /// Has a descriptor in reserve again, if one can be had.
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
    fn whoever_found_no_descriptor_is_accepted_when_one_is_freed() {
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
