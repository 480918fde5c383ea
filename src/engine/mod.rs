//! The engine of the replicated log: NATS `JetStream`, and the thread that talks to it.
//!
//! [`Engine`] is the handle for the event loop; nothing there blocks. The thread (`worker`) runs the client of the engine and a
//! timer. What it says and what answers mean is decided in `dialogue`, which does no I/O. Nothing here knows the chat.

mod check;
mod dialogue;
mod figures;
mod incoming;
mod link;
pub mod local;
mod log_settings;
mod queue;
mod sequence;
mod settings;
mod snapshot_stream;
mod under_way;
mod version;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::cluster::log::{LogEvent, LogFigures, Packet, Published, ReplicatedLog};
use figures::Counters;
use queue::{EventReceiver, queue};
use worker::Worker;

pub use check::{LogState, ServerReport, ServerState, check};
pub use log_settings::{LogSettings, Replica};
pub use settings::{Credentials, NodeName, ServerAddress, Settings};
pub use version::{OLDEST, Version};

/// The connection to the engine. When it is dropped, its thread ends soon; the drop does not wait for it.
pub struct Engine {
    /// At most one batch is in it, few packets for each other node, as at most one is under way to each, and now and then a
    /// snapshot.
    orders: UnboundedSender<Order>,
    events: EventReceiver,
    counters: Arc<Counters>,
    /// The servers of the engine, as operators know them.
    servers: Vec<Arc<str>>,
    /// Nothing more is reported.
    is_over: bool,
}

/// What the thread is to do.
enum Order {
    Publish(Published),
    Send(Packet),
    /// Store a snapshot that was taken after this entry.
    Store(u64, Vec<u8>),
    /// Delete the entries up to this one.
    Trim(u64),
}

impl Engine {
    /// Starts the thread, which reports the entries of the log, and calls `wake` whenever there is something to poll. All up to the
    /// entry `stored` is known to be stored: where it begins, [`beginnings`](crate::cluster::log::beginnings) says. The connection is
    /// made in the background.
    ///
    /// An error is a sentence.
    pub fn start(
        settings: Settings,
        stored: u64,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Engine, String> {
        let (sender, orders) = unbounded_channel();
        let (events, receiver) = queue(wake);
        let counters = Arc::new(Counters::default());
        let servers = settings.servers.iter().map(|server| server.to_string().into()).collect();
        let worker = Worker::new(settings, stored, orders, events, Arc::clone(&counters));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| format!("The engine's thread cannot be prepared: {why}."))?;
        let started = thread::Builder::new().name("engine".to_owned()).spawn(move || {
            runtime.block_on(worker.run());
            // The client's tasks have nobody to talk to any more.
            runtime.shutdown_background();
        });
        started.map_err(|why| format!("The engine's thread cannot be started: {why}."))?;
        Ok(Engine { orders: sender, events: receiver, counters, servers, is_over: false })
    }
}

impl ReplicatedLog for Engine {
    fn publish(&mut self, batch: Published) {
        // Fails only if the thread has ended, which is reported.
        let _ = self.orders.send(Order::Publish(batch));
    }

    fn send(&mut self, packet: Packet) {
        let _ = self.orders.send(Order::Send(packet));
    }

    fn store(&mut self, seq: u64, snapshot: Vec<u8>) {
        let _ = self.orders.send(Order::Store(seq, snapshot));
    }

    fn trim(&mut self, up_to: u64) {
        let _ = self.orders.send(Order::Trim(up_to));
    }

    fn poll(&mut self) -> Option<LogEvent> {
        if self.is_over {
            return None;
        }
        let event = self.events.poll().or_else(|| {
            let has_crashed = self.orders.is_closed();
            // It may have reported something at last.
            self.events.poll().or_else(|| has_crashed.then(|| LogEvent::Unusable(CRASHED.to_owned())))
        });
        self.is_over = matches!(event, Some(LogEvent::Unusable(_)));
        event
    }

    fn figures(&self) -> LogFigures {
        self.counters.read(&self.servers)
    }
}

/// What is reported if the thread has ended without a report, which only a bug can cause.
const CRASHED: &str = "The thread that talks to the engine has stopped. Start this node again.";

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}
