//! Checks passwords of operators on a thread of its own, as each takes a good part of a second. The thread starts with the first
//! check, and ends with the server.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::{io, thread};

use log::warn;
use mio::Waker;

use crate::base::limits::OPERATOR_CHECKS;
use crate::base::password_hash::HashMemory;
use crate::hub::PasswordCheck;

/// The result of a check: its ticket, and whether the password is right. `None`: it cannot be checked.
pub(super) type Checked = (u64, Option<bool>);

/// The thread, and the results that are not taken yet.
#[derive(Debug)]
pub(super) struct PasswordChecks {
    waker: Arc<Waker>,
    thread: Option<(SyncSender<PasswordCheck>, Receiver<Checked>)>,
}

impl PasswordChecks {
    /// Without a thread yet.
    pub(super) fn new(waker: Arc<Waker>) -> PasswordChecks {
        PasswordChecks { waker, thread: None }
    }

    /// Passes checks to the thread, and returns its results. Never blocks. When there are results, the waker fires.
    pub(super) fn exchange(&mut self, checks: Vec<PasswordCheck>) -> Vec<Checked> {
        let mut results = Vec::new();
        for check in checks {
            let ticket = check.ticket;
            if let Err(why) = self.send(check) {
                warn!("the password of an operator cannot be checked: {why}");
                results.push((ticket, None));
            }
        }
        if let Some((_, checked)) = &self.thread {
            results.extend(checked.try_iter());
        }
        results
    }

    fn send(&mut self, check: PasswordCheck) -> io::Result<()> {
        if self.thread.is_none() {
            self.thread = Some(start(Arc::clone(&self.waker))?);
        }
        if let Some((checks, _)) = &self.thread {
            checks.try_send(check).map_err(|why| io::Error::other(why.to_string()))?;
        }
        Ok(())
    }
}

fn start(waker: Arc<Waker>) -> io::Result<(SyncSender<PasswordCheck>, Receiver<Checked>)> {
    let (sender, checks) = mpsc::sync_channel::<PasswordCheck>(OPERATOR_CHECKS);
    let (results, receiver) = mpsc::channel();
    thread::Builder::new().name("passwords".into()).spawn(move || {
        let mut memory = HashMemory::default();
        for PasswordCheck { ticket, password, hash } in checks {
            let is_right = hash.is_of(&password, &mut memory);
            // The server may have ended.
            if results.send((ticket, Some(is_right))).is_err() || waker.wake().is_err() {
                return;
            }
        }
    })?;
    Ok((sender, receiver))
}
