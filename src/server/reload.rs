//! What SIGHUP has read again: the log's file, and what the hosts of lobbies say. Reading waits for the disk, so a thread does
//! it.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use log::{info, warn};
use mio::Waker;

use crate::base::text::plural;

/// How things are read again.
pub struct Reload {
    /// Opens the log's file again. Does not wait.
    pub reopen_log: Box<dyn Fn()>,
    /// Reads what the hosts of lobbies say: at least one line. An error is a sentence that says what to do. May wait.
    pub read_initiators: Arc<dyn Fn() -> Result<Vec<String>, String> + Send + Sync>,
}

type Read = Result<Vec<String>, String>;

/// Reads again when it is told to, one time after the other.
pub(super) struct Reloading {
    reload: Option<Reload>,
    waker: Arc<Waker>,
    answers: (Sender<Read>, Receiver<Read>),
    is_reading: bool,
    /// It was told to while it read.
    again: bool,
}

impl Reloading {
    pub(super) fn new(waker: Arc<Waker>) -> Reloading {
        Reloading { reload: None, waker, answers: mpsc::channel(), is_reading: false, again: false }
    }

    pub(super) fn set(&mut self, reload: Reload) {
        self.reload = Some(reload);
    }

    /// Reads everything again. What comes of it is told by [`Reloading::poll`], behind a wake.
    pub(super) fn start(&mut self) {
        let Some(reload) = &self.reload else { return };
        (reload.reopen_log)();
        info!("SIGHUP: the log is opened again, and what the hosts of lobbies say is read again");
        self.again = self.is_reading;
        if self.is_reading {
            return;
        }
        let (read, answers, waker) =
            (Arc::clone(&reload.read_initiators), self.answers.0.clone(), Arc::clone(&self.waker));
        let started = thread::Builder::new().name("reload".into()).spawn(move || {
            // Who is gone need not be told.
            let _ = answers.send(read());
            let _ = waker.wake();
        });
        match started {
            Ok(_) => self.is_reading = true,
            Err(why) => warn!("what the hosts say stays as it is: {why}"),
        }
    }

    /// What the hosts of lobbies say from now on, if that was read.
    pub(super) fn poll(&mut self) -> Option<Vec<String>> {
        let read = self.answers.1.try_recv().ok()?;
        self.is_reading = false;
        if std::mem::take(&mut self.again) {
            self.start();
        }
        match read {
            Ok(lines) => {
                info!("the hosts of lobbies say one of {}", plural(lines.len(), "line"));
                Some(lines)
            }
            Err(why) => {
                warn!("what the hosts of lobbies say stays as it is: {why}");
                None
            }
        }
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloading").field("is_reading", &self.is_reading).finish_non_exhaustive()
    }
}
