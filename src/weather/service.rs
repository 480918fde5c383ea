//! The weather service as the event loop sees it: a question goes in, and the reply comes later.
//!
//! Nothing here blocks. `worker` does the blocking work on its own thread and owns no state of the chat.

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

/// The weather service. When it is dropped, its thread ends after its current request. Nobody waits for it, and it
/// calls `wake` no more.
#[derive(Debug)]
pub struct Service {
    asks: SyncSender<WorkerRequest>,
    answers: Receiver<WorkerReply>,
    /// Questions whose reply was not taken yet.
    open: usize,
    stopped: Arc<AtomicBool>,
}

impl Service {
    /// Starts the thread. It calls `wake` whenever a reply is ready.
    pub fn start(settings: Settings, wake: impl Fn() + Send + 'static) -> io::Result<Service> {
        let (asks, asked) = mpsc::sync_channel(WEATHER_QUESTIONS);
        let (answer, answers) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        thread::Builder::new().name("weather".to_owned()).spawn(move || {
            let reply = |answered| {
                // Fails only if the service was dropped.
                let _ = answer.send(answered);
                if !seen.load(Ordering::Acquire) {
                    wake();
                }
            };
            Worker::open(settings, &seen, reply).run(&asked);
        })?;
        Ok(Service { asks, answers, open: 0, stopped })
    }

    /// Sends a question. Never blocks. After an `Err` no reply follows.
    pub fn ask(&mut self, ticket: Ticket, city: City, when: When) -> Result<(), WeatherError> {
        // Replies that were not taken count too, so both queues are bounded.
        if self.open >= WEATHER_QUESTIONS {
            return Err(WeatherError::Busy);
        }
        let sent = self.asks.try_send(WorkerRequest { ticket, city, when });
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
        let answered = self.answers.try_recv().ok()?;
        self.open = self.open.saturating_sub(1);
        Some(answered)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
    }
}
