//! The engine's thread: connections, one after another, and the clock of the dialogue.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use log::{error, info, warn};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, sleep_until};

use super::Order;
use super::dialogue::{Dialogue, End, Output, Speaker};
use super::figures::Counters;
use super::link::{Fault, Link, LinkEvent};
use super::queue::EventSender;
use super::settings::Settings;
use crate::base::limits::{ENGINE_RECONNECT_PAUSE, ENGINE_SILENCE};
use crate::cluster::log::{LogEvent, Published};

/// What runs on the thread.
pub(super) struct Worker {
    settings: Settings,
    dialogue: Dialogue,
    orders: UnboundedReceiver<Order>,
    events: EventSender,
    counters: Arc<Counters>,
    /// Why there is no connection, as it was reported last; `None` while there is one.
    away: Option<String>,
}

/// Why the thread's work is interrupted.
enum Interruption {
    /// The handle was dropped.
    Stopped,
    /// The connection ends.
    End(End),
}

impl Worker {
    pub(super) fn new(
        settings: Settings,
        stored: u64,
        orders: UnboundedReceiver<Order>,
        events: EventSender,
        counters: Arc<Counters>,
    ) -> Worker {
        let nonce = format!("{:016x}", settings.nonce);
        let speaker = Speaker { node: settings.node.as_str().to_owned(), nonce };
        let dialogue = Dialogue::new(settings.log.clone(), speaker, stored, Arc::clone(&counters));
        Worker { settings, dialogue, orders, events, counters, away: None }
    }

    /// Runs until the handle is dropped, or until nothing can be done any more.
    pub(super) async fn run(mut self) {
        // Nodes begin with different servers, so that not all hang on one.
        let count = self.settings.servers.len();
        let mut index = usize::try_from(self.settings.nonce % count.max(1) as u64).unwrap_or(0);
        let mut too_old = vec![None; count];
        let mut tried = 0;
        loop {
            let Some(address) = self.settings.servers.get(index).cloned() else { return };
            let settings = self.settings.clone();
            let Some(opened) = self.meanwhile(Link::open(&settings, &address)).await else { return };
            tried += 1;
            match opened {
                Err(Fault::Unreachable(why)) => {
                    too_old[index] = None;
                    self.report_away(why);
                }
                Err(Fault::TooOld(why)) => {
                    self.report_away(format!("{address} is too old"));
                    too_old[index] = Some(why);
                    if let Some(Some(why)) = too_old.first().filter(|_| too_old.iter().all(Option::is_some)) {
                        return self.events.send(LogEvent::Unusable(why.clone()));
                    }
                }
                Ok(link) => match self.converse(link, index).await {
                    Interruption::Stopped => return,
                    Interruption::End(End::Unusable(sentence)) => {
                        error!("{}", sentence.escape_debug());
                        return self.events.send(LogEvent::Unusable(sentence));
                    }
                    Interruption::End(End::Lost(why)) => {
                        if self.away.is_none() {
                            tried = 0;
                        }
                        self.report_away(format!("{address}: {why}"));
                    }
                },
            }
            index = (index + 1) % count;
            if tried >= count {
                tried = 0;
                if self.meanwhile(sleep(ENGINE_RECONNECT_PAUSE)).await.is_none() {
                    return;
                }
            }
        }
    }

    /// Tells the hub, once for each reason, that there is no connection.
    fn report_away(&mut self, why: String) {
        if self.away.as_ref() != Some(&why) {
            warn!("the engine is away: {}", why.escape_debug());
            self.away = Some(why.clone());
            self.events.send(LogEvent::Disconnected(why));
        }
    }

    /// Waits for something while there is no connection. `None`: the handle was dropped.
    async fn meanwhile<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            let deadline = self.deadline();
            tokio::select! {
                result = &mut future => return Some(result),
                order = self.orders.recv() => match order? {
                    Order::Publish(batch) => self.take(batch),
                    // Whoever sends it sends it again.
                    Order::Send(_) => {}
                    Order::Store(seq, snapshot) => self.dialogue.store(seq, &snapshot, Instant::now()),
                    Order::Trim(up_to) => self.dialogue.trim(up_to, Instant::now()),
                },
                () = sleep_until(deadline) => self.dialogue.on_time(now()),
            }
            self.flush_reports();
        }
    }

    /// Tells the hub what is left to tell. Without a connection nothing is sent.
    fn flush_reports(&mut self) {
        while let Some(output) = self.dialogue.poll() {
            if let Output::Report(event) = output {
                self.report(event);
            }
        }
    }

    fn report(&mut self, event: LogEvent) {
        if event == LogEvent::Connected {
            self.away = None;
            info!("the engine has the log");
        }
        self.events.send(event);
    }

    /// Talks to the server with this index until the connection ends.
    async fn converse(&mut self, mut link: Link, index: usize) -> Interruption {
        self.counters.connected(index);
        self.dialogue.on_connected(Instant::now());
        let mut refused = None;
        let end = loop {
            match self.carry_out(&link).await {
                Ok(()) => {}
                Err(End::Lost(why)) => break Interruption::End(End::Lost(with_words(why, refused))),
                Err(end) => break Interruption::End(end),
            }
            let is_full = self.events.is_full();
            if is_full {
                self.dialogue.pause();
            }
            let deadline = self.deadline();
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Publish(batch)) => self.take(batch),
                    Some(Order::Send(packet)) => {
                        if let Err(why) = link.send_packet(packet).await {
                            break Interruption::End(End::Lost(with_words(why, refused)));
                        }
                    }
                    Some(Order::Store(seq, snapshot)) => self.dialogue.store(seq, &snapshot, Instant::now()),
                    Some(Order::Trim(up_to)) => self.dialogue.trim(up_to, Instant::now()),
                    None => break Interruption::Stopped,
                },
                event = link.next(), if !is_full => match event {
                    LinkEvent::Message(message) => self.dialogue.on_message(message, Instant::now()),
                    LinkEvent::Packet(packet) => self.events.send(LogEvent::Packet(packet)),
                    LinkEvent::Refused(words) => {
                        warn!("the engine says: {}", words.escape_debug());
                        self.dialogue.on_refused(&words, Instant::now());
                        refused = Some(words);
                    }
                    LinkEvent::Lost(why) => break Interruption::End(End::Lost(with_words(why, refused))),
                },
                () = self.events.room(), if is_full => self.dialogue.resume(Instant::now()),
                () = sleep_until(deadline) => self.dialogue.on_time(now()),
            }
        };
        self.counters.disconnected();
        self.dialogue.on_disconnected();
        self.flush_reports();
        end
    }

    /// When the dialogue wants to know the time. It is asked now and then although nothing is due, as the machine may have slept.
    fn deadline(&self) -> tokio::time::Instant {
        let latest = Instant::now() + 4 * ENGINE_SILENCE;
        self.dialogue.deadline(now()).map_or(latest, |due| due.min(latest)).into()
    }

    /// Takes a batch to publish.
    fn take(&mut self, batch: Published) {
        if self.dialogue.is_under_way() {
            // Only a bug can cause this; whoever waits for the batch learns of it.
            error!("a batch was published while another one was under way");
            let Published { epoch, number, .. } = batch;
            return self.events.send(LogEvent::GaveUp { epoch, number });
        }
        self.dialogue.publish(batch, now());
    }

    /// Does what the dialogue wants.
    async fn carry_out(&mut self, link: &Link) -> Result<(), End> {
        while let Some(output) = self.dialogue.poll() {
            match output {
                Output::Send(message) => link.send(message).await.map_err(End::Lost)?,
                Output::Report(event) => self.report(event),
                Output::End(end) => return Err(end),
            }
        }
        Ok(())
    }
}

fn now() -> (Instant, SystemTime) {
    (Instant::now(), SystemTime::now())
}

/// A reason, with what the server said last.
fn with_words(why: String, refused: Option<String>) -> String {
    match refused {
        Some(words) => format!("{why} (it says: {words})"),
        None => why,
    }
}
