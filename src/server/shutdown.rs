//! The shutdown: releases pending messages, tells everybody, closes connections, and finishes the journal.

use std::io;
use std::time::{Duration, Instant};

use log::{info, warn};
use mio::Events;

use crate::base::limits::{FINAL_COMMIT_TIMEOUT, SHUTDOWN_TIMEOUT};
use crate::base::text::plural;
use crate::hub::AdminApi;
use crate::journal::memory::Memory;
use crate::server::Server;

/// How often the journal is polled while the last messages are committed.
const POLL_EVERY: Duration = Duration::from_millis(10);

impl Server {
    /// Stops accepting, tells everybody, and waits at most [`SHUTDOWN_TIMEOUT`] for the last bytes to be sent.
    pub(super) fn shut_down(&mut self, events: &mut Events, now: Instant) -> io::Result<()> {
        // Counted before it is said: the disk may go on at any time.
        let in_flight = self.in_flight();
        self.report("Service is shutting down.");
        info!("the service is stopping");
        self.listeners.clear();
        self.refusals.finish();
        self.asked_to_stop = 0;
        let began = now;
        let (now, committed) = self.release_output(events, now, in_flight)?;
        let committing = now.duration_since(began);
        let (start, mut now) = (now, now);
        let told = self.hub.stop(now);
        let (last_bytes, _) = self.hub.sessions().unsent(&told);
        // A second request to stop means: do not wait.
        while (self.hub.sessions().count() > 0 || self.hub.node().is_some_and(|node| node.has_unheard()))
            && now < start + SHUTDOWN_TIMEOUT
            && self.asked_to_stop == 0
        {
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
        self.report(&match clients {
            0 => "     There was nothing left to send.".to_owned(),
            _ => format!("     Sending the last {} took {sending} ms.", plural(last_bytes, "byte")),
        });
        let (finished, finishing) = self.finish_journal(now);
        let storing = (committing + finishing).as_millis();
        self.report(&match committed + finished {
            0 => format!("     There was nothing left to store; closing the journal took {storing} ms."),
            1 => format!("     Storing the last batch took {storing} ms."),
            batches => format!("     Storing the last {batches} batches took {storing} ms."),
        });
        self.report("Service stopped successfully!");
        info!("the service has stopped");
        if let Some(console) = &mut self.console {
            console.finish();
        }
        Ok(())
    }

    /// Waits until all pending messages are committed, or the rooms were told that they are not, and sends them. Reads no
    /// input. `batches`: how many are not committed yet. Returns the time, and for how many batches it waited.
    fn release_output(
        &mut self,
        events: &mut Events,
        mut now: Instant,
        mut batches: usize,
    ) -> io::Result<(Instant, usize)> {
        loop {
            self.flush_outputs(now);
            batches = batches.max(self.in_flight());
            // A second request to stop means: do not wait.
            if !self.hub.holds_back() || self.asked_to_stop > 0 {
                return Ok((now, batches));
            }
            let wait = if self.hub.is_busy() { Duration::ZERO } else { POLL_EVERY };
            now = self.wait(events, wait)?;
            self.dispatch_events(events);
        }
    }

    /// How many batches the journal has not committed yet.
    fn in_flight(&self) -> usize {
        self.hub.view().journal.gate().in_flight()
    }

    /// Hands the journal the rest, and waits for it. Returns how many batches that were, and how long it took.
    fn finish_journal(&mut self, now: Instant) -> (usize, Duration) {
        let start = Instant::now();
        self.drive_journal(now);
        let batches = self.in_flight();
        if let Some(control) = &mut self.control {
            // Operators that still waited for an answer were told that none comes.
            control.flush();
        }
        let journal = std::mem::replace(&mut self.journal, Box::new(Memory::new(0, 0)));
        if let Err(why) = journal.finish(FINAL_COMMIT_TIMEOUT) {
            warn!("not all messages are stored: {why}");
            self.report(&format!("     Not all messages are stored: {why}."));
        }
        (batches, start.elapsed())
    }
}
