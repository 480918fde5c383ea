//! What SIGHUP reloads: the log file, and the initiators of the lobbies' hosts. Reading waits for the disk, so a thread does it.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use log::{info, warn};
use mio::Waker;

use crate::base::text::plural;

/// How to reload.
pub struct Reload {
    /// Opens the log file again. Does not block.
    pub reopen_log: Box<dyn Fn()>,
    /// Reads the initiators: at least one line. An error says what to do. May block.
    pub read_initiators: Arc<dyn Fn() -> Result<Vec<String>, String> + Send + Sync>,
}

type Read = Result<Vec<String>, String>;

/// Reloads on demand, one reload at a time.
pub(super) struct Reloading {
    reload: Option<Reload>,
    waker: Arc<Waker>,
    answers: (Sender<Read>, Receiver<Read>),
    is_reading: bool,
    /// Another reload was asked for meanwhile.
    again: bool,
}

impl Reloading {
    pub(super) fn new(waker: Arc<Waker>) -> Reloading {
        Reloading { reload: None, waker, answers: mpsc::channel(), is_reading: false, again: false }
    }

    pub(super) fn set(&mut self, reload: Reload) {
        self.reload = Some(reload);
    }

    /// Begins a reload. When it is done, the waker fires and [`Reloading::poll`] has the result.
    pub(super) fn start(&mut self) {
        let Some(reload) = &self.reload else { return };
        (reload.reopen_log)();
        info!("SIGHUP: the log is opened again, and the initiators are read again");
        self.again = self.is_reading;
        if self.is_reading {
            return;
        }
        let (read, answers, waker) =
            (Arc::clone(&reload.read_initiators), self.answers.0.clone(), Arc::clone(&self.waker));
        let started = thread::Builder::new().name("reload".into()).spawn(move || {
            // The server may have ended.
            let _ = answers.send(read());
            let _ = waker.wake();
        });
        match started {
            Ok(_) => self.is_reading = true,
            Err(why) => warn!("the initiators stay as they are: {why}"),
        }
    }

    /// The new initiators, if a reload has just succeeded.
    pub(super) fn poll(&mut self) -> Option<Vec<String>> {
        let read = self.answers.1.try_recv().ok()?;
        self.is_reading = false;
        if std::mem::take(&mut self.again) {
            self.start();
        }
        match read {
            Ok(lines) => {
                info!("the hosts of lobbies choose from {} now", plural(lines.len(), "line"));
                Some(lines)
            }
            Err(why) => {
                warn!("the initiators stay as they are: {why}");
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
