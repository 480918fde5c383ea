//! The handle of the weather thread for the event loop: sends questions and receives replies.
//!
//! Nothing here blocks. `worker` does the blocking work on its own thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::City;
use super::report::{Report, When};
use super::request::{Ticket, WeatherError, WorkerReply, WorkerRequest};
use super::settings::Settings;
use super::worker::Worker;
use crate::base::limits::WEATHER_QUESTIONS;

/// The weather service. When it is dropped, its thread ends after its current request, without a call of `wake`. The drop
/// does not wait for it.
#[derive(Debug)]
pub struct Service {
    requests: SyncSender<WorkerRequest>,
    replies: Receiver<WorkerReply>,
    /// Questions whose reply was not taken yet.
    open: usize,
    stopped: Arc<AtomicBool>,
}

impl Service {
    /// Starts the thread. It calls `wake` whenever a reply is ready.
    pub fn start(settings: Settings, wake: impl Fn() + Send + 'static) -> io::Result<Service> {
        let (requests, receiver) = mpsc::sync_channel(WEATHER_QUESTIONS);
        let (sender, replies) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        thread::Builder::new().name("weather".to_owned()).spawn(move || {
            let send = |reply| {
                // Fails only if the service was dropped.
                let _ = sender.send(reply);
                if !seen.load(Ordering::Acquire) {
                    wake();
                }
            };
            Worker::open(settings, &seen, send).run(&receiver);
        })?;
        Ok(Service { requests, replies, open: 0, stopped })
    }

    /// Sends a question. Never blocks. After an `Err` no reply follows.
    pub fn ask(&mut self, ticket: Ticket, city: City, when: When) -> Result<(), WeatherError> {
        // Replies that were not taken count too, so both queues are bounded.
        if self.open >= WEATHER_QUESTIONS {
            return Err(WeatherError::Busy);
        }
        let sent = self.requests.try_send(WorkerRequest { ticket, city, when });
        sent.map_err(|why| match why {
            mpsc::TrySendError::Full(_) => WeatherError::Busy,
            // The thread has ended, which only a bug can cause.
            mpsc::TrySendError::Disconnected(_) => WeatherError::Unreachable,
        })?;
        self.open += 1;
        Ok(())
    }

    /// The next reply, if any. Each accepted question gets exactly one.
    pub fn poll_answer(&mut self) -> Option<(Ticket, Result<Report, WeatherError>)> {
        let reply = self.replies.try_recv().ok()?;
        self.open = self.open.saturating_sub(1);
        Some(reply)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
    }
}
