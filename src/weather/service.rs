//! The weather as the chat's thread sees it: a question is handed in, and some time later there is an answer.
//!
//! Nothing here waits. What does is in `desk`, on a thread of its own that owns no state of the chat.

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

/// The weather service. When it is dropped, its thread ends as soon as the request that it may be in has; nobody waits for
/// that, and nobody is woken any more.
#[derive(Debug)]
pub struct Service {
    asks: SyncSender<WorkerRequest>,
    answers: Receiver<WorkerReply>,
    /// Questions that have no answer yet, or one that was not fetched.
    open: usize,
    stopped: Arc<AtomicBool>,
}

impl Service {
    /// Starts the thread. It calls `wake` whenever an answer is ready.
    pub fn start(settings: Settings, wake: impl Fn() + Send + 'static) -> io::Result<Service> {
        let (asks, asked) = mpsc::sync_channel(WEATHER_QUESTIONS);
        let (answer, answers) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        thread::Builder::new().name("weather".to_owned()).spawn(move || {
            let reply = |answered| {
                // Whoever does not want the answer any more has dropped the other end.
                let _ = answer.send(answered);
                if !seen.load(Ordering::Acquire) {
                    wake();
                }
            };
            Worker::open(settings, &seen, reply).run(&asked);
        })?;
        Ok(Service { asks, answers, open: 0, stopped })
    }

    /// Asks, and never blocks. After an `Err` there will be no other answer to this question.
    pub fn ask(&mut self, ticket: Ticket, city: City, when: When) -> Result<(), WeatherError> {
        // Answers that are not fetched count too, so neither queue can grow beyond this.
        if self.open >= WEATHER_QUESTIONS {
            return Err(WeatherError::Busy);
        }
        let sent = self.asks.try_send(WorkerRequest { ticket, city, when });
        sent.map_err(|why| match why {
            mpsc::TrySendError::Full(_) => WeatherError::Busy,
            // The thread has ended, which it does only by a fault of its own.
            mpsc::TrySendError::Disconnected(_) => WeatherError::Unreachable,
        })?;
        self.open += 1;
        Ok(())
    }

    /// The next answer, if there is one. Each question that was taken gets exactly one.
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
