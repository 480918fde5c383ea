//! The shutdown: releases pending messages, tells everybody, closes connections, and finishes the journal.

use std::io;
use std::time::{Duration, Instant};

use log::{info, warn};
use mio::Events;

use crate::base::limits::{FINAL_COMMIT_TIMEOUT, SHUTDOWN_TIMEOUT};
use crate::base::text::plural;
use crate::journal::memory::Memory;
use crate::server::Server;

/// How often the journal is polled while the last messages are committed.
const POLL_EVERY: Duration = Duration::from_millis(10);

impl Server {
    /// Stops accepting, tells everybody, and waits at most [`SHUTDOWN_TIMEOUT`] for the last bytes to be sent.
    pub(super) fn shut_down(&mut self, events: &mut Events, now: Instant) -> io::Result<()> {
        self.report("Service is shutting down.");
        info!("the service is stopping");
        self.listeners.clear();
        self.refusals.finish();
        self.asked_to_stop = 0;
        let now = self.release_output(events, now)?;
        let (start, mut now) = (now, now);
        let told = self.hub.stop(now);
        // A second request to stop means: do not wait.
        while self.hub.sessions().count() > 0 && now < start + SHUTDOWN_TIMEOUT && self.asked_to_stop == 0 {
            now = self.turn(events, now, Some(start + SHUTDOWN_TIMEOUT))?;
        }
        let clients = told.len();
        let (bytes, cut_off) = self.hub.sessions().unsent(&told);
        if cut_off > 0 {
            warn!("{cut_off} of {clients} clients did not read {bytes} bytes at the end");
        }
        self.report("[OK] Removing active connections.");
        self.report(&match (clients, cut_off) {
            (0, _) => "     There were none.".to_owned(),
            (_, 0) => format!("     {}: all told.", plural(clients, "client")),
            _ => format!(
                "     {} of {clients} told; the others did not read {bytes} bytes.",
                clients - cut_off
            ),
        });
        self.report("[OK] Waiting for threads to finish.");
        let sending = now.duration_since(start).as_millis();
        let storing = self.finish_journal(now).as_millis();
        self.report(&format!("     Sending the last messages took {sending} ms, storing them {storing} ms."));
        self.report("Service stopped successfully!");
        info!("the service has stopped");
        if let Some(console) = &mut self.console {
            console.finish();
        }
        Ok(())
    }

    /// Waits until all pending messages are committed, or the rooms were told that they are not, and sends them. Reads no
    /// input.
    fn release_output(&mut self, events: &mut Events, mut now: Instant) -> io::Result<Instant> {
        loop {
            self.flush_outputs(now);
            // A second request to stop means: do not wait.
            if !self.hub.holds_back() || self.asked_to_stop > 0 {
                return Ok(now);
            }
            let wait = if self.hub.is_busy() { Duration::ZERO } else { POLL_EVERY };
            now = self.wait(events, wait)?;
            self.dispatch_events(events);
        }
    }

    /// Hands the journal the rest, and waits for it. Returns how long that took.
    fn finish_journal(&mut self, now: Instant) -> Duration {
        let start = Instant::now();
        self.drive_journal(now);
        if let Some(control) = &mut self.control {
            // Operators that still waited for an answer were told that none comes.
            control.flush();
        }
        let journal = std::mem::replace(&mut self.journal, Box::new(Memory::new(0, 0)));
        if let Err(why) = journal.finish(FINAL_COMMIT_TIMEOUT) {
            warn!("not all messages are stored: {why}");
            self.report(&format!("     Not all messages are stored: {why}."));
        }
        start.elapsed()
    }
}
