//! A queue of connections that holds each at most once.

use std::collections::VecDeque;

use crate::fanout::sink::SessionId;

/// Connections that wait for something, first come, first served.
///
/// A closed connection may stay in the queue. Whoever pops it finds that it is gone, or finds another connection with
/// its id that has nothing to do. So closing costs nothing here.
#[derive(Debug, Default)]
pub(super) struct RunQueue {
    queue: VecDeque<SessionId>,
    /// By id: whether it is in the queue.
    queued: Vec<bool>,
}

impl RunQueue {
    /// Appends a connection, unless it is in the queue.
    pub(super) fn push(&mut self, id: SessionId) {
        if self.queued.len() <= id.0 {
            self.queued.resize(id.0 + 1, false);
        }
        if !std::mem::replace(&mut self.queued[id.0], true) {
            self.queue.push_back(id);
        }
    }

    /// Pops the first connection.
    pub(super) fn pop(&mut self) -> Option<SessionId> {
        let id = self.queue.pop_front()?;
        self.queued[id.0] = false;
        Some(id)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = SessionId> {
        self.queue.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_stands_in_it_once_and_in_order() {
        let mut queue = RunQueue::default();
        for id in [3, 1, 3, 2, 1] {
            queue.push(SessionId(id));
        }
        assert_eq!(queue.pop(), Some(SessionId(3)));
        queue.push(SessionId(3));
        assert_eq!(queue.iter().collect::<Vec<_>>(), [1, 2, 3].map(SessionId));
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), 3);
        assert!(queue.is_empty());
    }
}
