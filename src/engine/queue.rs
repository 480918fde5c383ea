//! From the engine's thread to the event loop: events, and a bound on those that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use tokio::sync::Notify;

use crate::base::limits::{ENGINE_EVENT_BYTES, ENGINE_EVENTS_BYTES};
use crate::cluster::log::LogEvent;

/// What both ends share.
struct Shared {
    /// What waits, in bytes, with [`ENGINE_EVENT_BYTES`] for each event.
    waiting: AtomicUsize,
    /// The loop was woken, and has not yet emptied the queue.
    is_awake: AtomicBool,
    /// There is room again.
    room: Notify,
}

/// The thread's end.
pub(super) struct EventSender {
    events: Sender<LogEvent>,
    shared: Arc<Shared>,
    wake: Box<dyn Fn() + Send>,
}

/// The loop's end.
pub(super) struct EventReceiver {
    events: Receiver<LogEvent>,
    shared: Arc<Shared>,
}

/// A queue. `wake` is called when there is something in it that the loop may not know of.
pub(super) fn queue(wake: impl Fn() + Send + 'static) -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::channel();
    let shared = Arc::new(Shared {
        waiting: AtomicUsize::new(0),
        is_awake: AtomicBool::new(false),
        room: Notify::new(),
    });
    let sending = EventSender { events: sender, shared: Arc::clone(&shared), wake: Box::new(wake) };
    (sending, EventReceiver { events: receiver, shared })
}

fn cost(event: &LogEvent) -> usize {
    let bytes = match event {
        LogEvent::Entry { bytes, .. } | LogEvent::Snapshot { bytes, .. } => bytes.len(),
        LogEvent::Packet(packet) => packet.bytes.len(),
        _ => 0,
    };
    bytes + ENGINE_EVENT_BYTES
}

impl EventSender {
    /// Queues an event, even if there is no room.
    pub(super) fn send(&self, event: LogEvent) {
        self.shared.waiting.fetch_add(cost(&event), Ordering::AcqRel);
        // Fails only if the loop has dropped its end; then nobody is to be woken.
        if self.events.send(event).is_ok() && !self.shared.is_awake.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// Whether so much waits that nothing more should be read.
    pub(super) fn is_full(&self) -> bool {
        self.shared.waiting.load(Ordering::Acquire) >= ENGINE_EVENTS_BYTES
    }

    /// Waits until the loop has taken what was too much.
    pub(super) async fn room(&self) {
        while self.is_full() {
            self.shared.room.notified().await;
        }
    }
}

impl EventReceiver {
    /// The next event, if any.
    pub(super) fn poll(&self) -> Option<LogEvent> {
        let event = self.events.try_recv().ok().or_else(|| {
            // From now on the loop is woken; what came before that is taken here.
            self.shared.is_awake.store(false, Ordering::Release);
            self.events.try_recv().ok()
        })?;
        let before = self.shared.waiting.fetch_sub(cost(&event), Ordering::AcqRel);
        if before >= ENGINE_EVENTS_BYTES && before - cost(&event) < ENGINE_EVENTS_BYTES {
            self.shared.room.notify_one();
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn entry(seq: u64, size: usize) -> LogEvent {
        LogEvent::Entry {
            seq,
            time: SystemTime::UNIX_EPOCH,
            node: "a".to_owned(),
            bytes: vec![0; size].into(),
        }
    }

    #[test]
    fn the_loop_is_woken_once_until_it_has_taken_everything() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let (sender, receiver) = queue(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        sender.send(LogEvent::Connected);
        sender.send(entry(1, 10));
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(receiver.poll(), Some(LogEvent::Connected));
        sender.send(entry(2, 10));
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(receiver.poll(), Some(entry(1, 10)));
        assert_eq!(receiver.poll(), Some(entry(2, 10)));
        assert_eq!(receiver.poll(), None);
        sender.send(LogEvent::Connected);
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn it_is_full_until_the_loop_takes_something() {
        let (sender, receiver) = queue(|| {});
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        sender.send(entry(1, ENGINE_EVENTS_BYTES / 2));
        assert!(!sender.is_full());
        sender.send(entry(2, ENGINE_EVENTS_BYTES / 2));
        assert!(sender.is_full());
        let taker = std::thread::spawn(move || receiver.poll());
        runtime.block_on(sender.room());
        assert!(!sender.is_full());
        assert_eq!(taker.join().unwrap(), Some(entry(1, ENGINE_EVENTS_BYTES / 2)));
    }
}
