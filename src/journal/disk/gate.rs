//! The gate that readers pass: who reads is inside, and nobody is while the log is begun anew.
//!
//! `SQLite` begins its log (WAL) anew only while nobody reads of it. With readers that follow one another without a pause that
//! would be never, and the log would grow without end. So the gate is closed from time to time: who is inside ends its read,
//! which is short, and who comes waits for a moment.
//!
//! It is a courtesy: what may be overwritten is for `SQLite`'s own locks to say.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::base::limits::WAL_GATE_TIMEOUT;

/// Shared by all who read and by who empties the log.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// Until then, if nobody opens it before: who closed it may have other troubles.
    closed_until: Option<Instant>,
}

/// Somebody is inside, until this is dropped.
#[derive(Debug)]
pub(super) struct GateGuard<'a>(&'a Gate);

impl Gate {
    /// Comes in, as soon as it is open.
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

    /// Closes it, and waits until no more than so many are inside. If that takes too long it is open again: false.
    pub(super) fn close(&self, most: usize) -> bool {
        let end = Instant::now() + WAL_GATE_TIMEOUT;
        let mut state = self.lock();
        state.closed_until = Some(end);
        while state.inside > most && Instant::now() < end {
            state = self.wait(state, end);
        }
        let is_left = state.inside <= most;
        state.closed_until = is_left.then(|| Instant::now() + WAL_GATE_TIMEOUT);
        drop(state);
        self.changed.notify_all();
        is_left
    }

    /// Opens it.
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
