//! A gate for readers, so that the write-ahead log can be restarted.
//!
//! `SQLite` restarts its log only while nobody reads it. With readers that follow each other without a pause that
//! never happens, and the log grows without end. So the gate closes from time to time: readers inside finish, which is
//! quick, and new ones wait for a moment.
//!
//! It only helps; `SQLite`'s own locks keep the data safe.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::base::limits::WAL_GATE_TIMEOUT;

/// The gate, shared by the readers and the writer.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// It opens at this time by itself, in case whoever closed it is held up.
    closed_until: Option<Instant>,
}

/// Being inside, until this is dropped.
#[derive(Debug)]
pub(super) struct GateGuard<'a>(&'a Gate);

impl Gate {
    /// Enters; waits while the gate is closed.
    pub(super) fn enter(&self) -> GateGuard<'_> {
        let mut state = self.lock();
        while let Some(until) = state.closed_until
            && Instant::now() < until
        {
            state = self.wait(state, until);
        }
        state.inside += 1;
        GateGuard(self)
    }

    /// Closes the gate, and waits until at most this many are inside. Returns false, with the gate open again, if that
    /// takes too long.
    pub(super) fn close(&self, limit: usize) -> bool {
        let end = Instant::now() + WAL_GATE_TIMEOUT;
        let mut state = self.lock();
        state.closed_until = Some(end);
        while state.inside > limit && Instant::now() < end {
            state = self.wait(state, end);
        }
        let is_left = state.inside <= limit;
        state.closed_until = is_left.then(|| Instant::now() + WAL_GATE_TIMEOUT);
        drop(state);
        self.changed.notify_all();
        is_left
    }

    /// Opens the gate.
    pub(super) fn open(&self) {
        self.lock().closed_until = None;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, until: Instant) -> MutexGuard<'a, State> {
        let within = until.saturating_duration_since(Instant::now());
        self.changed.wait_timeout(state, within).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for GateGuard<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn it_is_closed_when_who_is_inside_has_left_and_nobody_comes_in_meanwhile() {
        let gate = Arc::new(Gate::default());
        let inside = gate.enter();
        let own = gate.enter();
        let closing = thread::spawn({
            let gate = Arc::clone(&gate);
            move || gate.close(1)
        });
        while gate.lock().closed_until.is_none() {
            thread::yield_now();
        }
        drop(inside);
        assert!(closing.join().unwrap());
        drop(own);
        let began = Instant::now();
        let entering = thread::spawn({
            let gate = Arc::clone(&gate);
            move || drop(gate.enter())
        });
        thread::yield_now();
        assert!(gate.lock().inside == 0 || began.elapsed() >= WAL_GATE_TIMEOUT);
        gate.open();
        entering.join().unwrap();
        assert_eq!(gate.lock().inside, 0);
    }

    #[test]
    fn nobody_waits_for_ever() {
        let gate = Gate::default();
        let inside = gate.enter();
        assert!(!gate.close(0), "somebody is inside");
        drop(gate.enter());
        drop(inside);
        assert!(gate.close(0));
        drop(gate.enter());
    }
}
