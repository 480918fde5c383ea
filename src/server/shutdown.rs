//! How the service ends: what was said is let out, everybody is told and leaves, and the journal keeps the rest.

use std::io;
use std::time::{Duration, Instant};

use log::{info, warn};
use mio::Events;

use crate::base::limits::{FINAL_COMMIT_TIMEOUT, SHUTDOWN_TIMEOUT};
use crate::base::text::plural;
use crate::journal::memory::Memory;
use crate::server::Server;

/// How often it is looked whether what was gathered is to be handed over.
const POLL_EVERY: Duration = Duration::from_millis(10);

impl Server {
    /// Ends the service: nobody new, everybody told, and as little waiting as that takes.
    pub(super) fn shut_down(&mut self, events: &mut Events, now: Instant) -> io::Result<()> {
        self.report("Service is shutting down.");
        info!("the service is stopping");
        self.listeners.clear();
        self.asked_to_stop = 0;
        let now = self.release_output(events, now)?;
        let (start, mut now) = (now, now);
        let told = self.hub.stop(now);
        // Whoever asks again does not want to wait.
        while self.hub.count() > 0 && now < start + SHUTDOWN_TIMEOUT && self.asked_to_stop == 0 {
            now = self.turn(events, now, Some(start + SHUTDOWN_TIMEOUT))?;
        }
        let clients = told.len();
        let (bytes, cut_off) = self.hub.unsent(&told);
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
        let waited = now.duration_since(start).as_millis();
        self.report(&format!("     No thread serves clients. Their last messages took {waited} ms to send."));
        self.finish_journal(now);
        self.report("Service stopped successfully!");
        info!("the service has stopped");
        if let Some(console) = &mut self.console {
            console.finish();
        }
        Ok(())
    }

    /// Lets out what was said, before anybody leaves: as soon as it is kept, or the rooms were told that it is not. Nobody is
    /// listened to any more.
    fn release_output(&mut self, events: &mut Events, mut now: Instant) -> io::Result<Instant> {
        loop {
            self.flush_outputs(now);
            // Whoever asks again does not want to wait.
            if !self.hub.holds_back() || self.asked_to_stop > 0 {
                return Ok(now);
            }
            let wait = if self.hub.is_busy() { Duration::ZERO } else { POLL_EVERY };
            now = self.wait(events, wait)?;
            self.dispatch_events(events);
        }
    }

    /// Has the journal keep the rest.
    fn finish_journal(&mut self, now: Instant) {
        self.drive_journal(now);
        if let Some(control) = &mut self.control {
            // Whoever still waited for an answer was told that there is none.
            control.flush();
        }
        let journal = std::mem::replace(&mut self.journal, Box::new(Memory::new(0, 0)));
        if let Err(why) = journal.finish(FINAL_COMMIT_TIMEOUT) {
            warn!("not all that was said is kept: {why}");
            self.report(&format!("     Not all that was said is kept: {why}."));
        }
    }
}
