//! What SIGHUP reloads: the log file, the initiators of the lobbies' hosts, and the password of the server. Reading waits for the disk, so a thread does it.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use log::{info, warn};
use mio::Waker;

use crate::base::secret::Secret;
use crate::base::text::plural;
use crate::hub::Hub;

/// How to reload.
pub struct Reload {
    /// Opens the log file again. Does not block.
    pub reopen_log: Box<dyn Fn()>,
    /// Reads the files. May block.
    pub read: Arc<dyn Fn() -> Reread + Send + Sync>,
}

/// What the files say now. Errors say what to do.
#[derive(Debug)]
pub struct Reread {
    /// The initiators: at least one line.
    pub initiators: Result<Vec<String>, String>,
    /// The password of the server. `None`: it asks for none.
    pub password: Result<Option<Secret>, String>,
}

/// Reloads on demand, one reload at a time.
pub(super) struct Reloading {
    reload: Option<Reload>,
    waker: Arc<Waker>,
    answers: (Sender<Reread>, Receiver<Reread>),
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
        info!("SIGHUP: the log is opened again, and the other files are read again");
        self.again = self.is_reading;
        if self.is_reading {
            return;
        }
        let (read, answers, waker) =
            (Arc::clone(&reload.read), self.answers.0.clone(), Arc::clone(&self.waker));
        let started = thread::Builder::new().name("reload".into()).spawn(move || {
            // The server may have ended.
            let _ = answers.send(read());
            let _ = waker.wake();
        });
        match started {
            Ok(_) => self.is_reading = true,
            Err(why) => warn!("nothing is read again: {why}"),
        }
    }

    /// Gives the hub what a reload has just read. What could not be read stays as it is.
    pub(super) fn poll(&mut self, hub: &mut Hub) {
        let Ok(read) = self.answers.1.try_recv() else { return };
        self.is_reading = false;
        if std::mem::take(&mut self.again) {
            self.start();
        }
        match read.initiators {
            Ok(lines) => {
                info!("the hosts of lobbies choose from {} now", plural(lines.len(), "line"));
                hub.set_initiators(lines.into_iter().map(Into::into).collect());
            }
            Err(why) => warn!("the initiators stay as they are: {why}"),
        }
        match read.password {
            Ok(password) => hub.set_password(password),
            Err(why) => warn!("the password stays as it is: {why}"),
        }
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloading").field("is_reading", &self.is_reading).finish_non_exhaustive()
    }
}
