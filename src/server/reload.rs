//! What SIGHUP and an operator's `reload` have read again: the log file, the initiators of the lobbies' hosts, the password of the
//! server, operators' passwords and the message of the day. Reading waits for the disk, so a thread does it.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use log::{info, warn};
use mio::Waker;

use crate::base::secret::Secret;
use crate::base::text::plural;
use crate::hub::{Hub, OperatorEntry};

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
    /// Who may operate the server.
    pub operators: Result<Vec<OperatorEntry>, String>,
    /// The message of the day for IRC clients, in lines.
    pub motd: Result<Vec<String>, String>,
}

impl Reread {
    /// Gives the hub what was read. What could not be read stays as it is: returns clauses about that.
    pub fn give(self, hub: &mut Hub, now: Instant) -> Vec<String> {
        let mut troubles = Vec::new();
        let mut keep = |what: &str, why: String| troubles.push(format!("{what}: {why}"));
        match self.initiators {
            Ok(lines) => {
                info!("the hosts of lobbies choose from {} now", plural(lines.len(), "line"));
                hub.set_initiators(lines.into_iter().map(Into::into).collect());
            }
            Err(why) => keep("the initiators stay as they are", why),
        }
        match self.password {
            Ok(password) => hub.set_password(password),
            Err(why) => keep("the password stays as it is", why),
        }
        match self.operators {
            Ok(operators) => hub.set_operators(operators, now),
            Err(why) => keep("the operators stay as they are", why),
        }
        match self.motd {
            Ok(motd) => hub.set_motd(&motd),
            Err(why) => keep("the message of the day stays as it is", why),
        }
        for why in &troubles {
            warn!("{why}");
        }
        troubles
    }
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

    /// Begins a reload, as somebody wishes. When it is done, the waker fires and [`Reloading::poll`] has the result. An error is a
    /// clause.
    pub(super) fn start(&mut self, wish: &str) -> Result<(), String> {
        let Some(reload) = &self.reload else { return Err("there is nothing to read again".into()) };
        (reload.reopen_log)();
        info!("{wish}: the log is opened again, and the other files are read again");
        self.again = self.is_reading;
        if self.is_reading {
            return Ok(());
        }
        let (read, answers, waker) =
            (Arc::clone(&reload.read), self.answers.0.clone(), Arc::clone(&self.waker));
        let started = thread::Builder::new().name("reload".into()).spawn(move || {
            // The server may have ended.
            let _ = answers.send(read());
            let _ = waker.wake();
        });
        started.map_err(|why| format!("nothing is read again: {why}"))?;
        self.is_reading = true;
        Ok(())
    }

    /// Gives the hub what a reload has just read. Returns clauses about what could not be read. `None`: none is over, or another
    /// one follows at once.
    pub(super) fn poll(&mut self, hub: &mut Hub, now: Instant) -> Option<Vec<String>> {
        let read = self.answers.1.try_recv().ok()?;
        self.is_reading = false;
        let mut troubles = read.give(hub, now);
        if std::mem::take(&mut self.again) {
            match self.start("another wish") {
                Ok(()) => return None,
                Err(why) => troubles.push(why),
            }
        }
        Some(troubles)
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloading").field("is_reading", &self.is_reading).finish_non_exhaustive()
    }
}
