//! The event loop. It owns the poll, the listeners and all sockets, and makes the system calls for the hub.
//!
//! A turn: wait; read the clock once; accept; read ready sockets; handle timeouts; run operators' commands; write each
//! connection once; close. Nothing is closed in the middle of a turn. The rules of the chat are elsewhere.

mod addresses;
mod clock;
mod connections;
mod console;
mod control;
mod descriptors;
mod http;
mod interfaces;
mod listener;
mod memory;
mod operators;
mod password_checks;
mod read_scheduler;
mod refusals;
mod reload;
mod shutdown;
mod signals;
mod startup;
mod tcp_info;
mod transport;

use std::io::{self, ErrorKind};
use std::mem;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use mio::event::Event;
use mio::{Events, Poll, Token};

use crate::admin::{Admin, FirstScreen};
use crate::base::limits::{CLOSES_PER_TURN, EVENTS_PER_POLL, TURN_INTERVAL};
use crate::base::terminal;
use crate::cluster::log::ReplicatedLog;
use crate::hub::{Close, Hub, ListenerKind, SessionId, Source};
use crate::journal::Journal;
use crate::weather::Forecasts;
use crate::web::{Response, Sniffed, Status};
use clock::Clock;
use connections::Connections;
use console::Console;
use control::Control;
use http::{HttpConnections, HttpSocket, Upgraded};
use listener::{Arrivals, Listener};
use password_checks::PasswordChecks;
use read_scheduler::{Class, ReadScheduler};
use refusals::Refusals;
use reload::Reloading;
use signals::Signals;

pub use descriptors::raise_fd_limit;
pub use interfaces::{Interfaces, ListenOptions};
pub use memory::memory;
pub use reload::{Reload, Reread};
pub use signals::ignore_harmless_signals;
pub use startup::{ListenerConfig, ServerConfig};

/// Tokens of the poll. A session's token is its id, which is smaller than all of these. `control` and `http` have some of their own.
///
/// Listeners have the tokens from this one on, by index.
const LISTENERS: usize = usize::MAX / 2;
const SIGNALS: Token = Token(usize::MAX - 1);
const CONSOLE_IN: Token = Token(usize::MAX - 2);
/// A helper thread has news: the weather's, or the journal's. The journal is polled in each turn anyway.
const WAKER: Token = Token(usize::MAX - 5);
/// The next deadline has passed. It comes from the poll's timeout, not from an event.
const TIMER: Token = Token(usize::MAX - 4);

/// The server: the hub, and all that it needs from the system.
#[derive(Debug)]
pub struct Server {
    poll: Poll,
    clock: Clock,
    /// Empty once the service stops.
    listeners: Vec<Listener>,
    /// What the operator sees first.
    first_screen: FirstScreen,
    connections: Connections,
    /// Connections that may have input: kept until a read would block.
    reads: ReadScheduler<Source, SessionId>,
    hub: Hub,
    /// Connections that speak HTTP.
    http: HttpConnections,
    /// Refused connections that are not told so yet.
    refusals: Refusals,
    /// Operators' commands that are not answered yet.
    admin: Admin,
    /// Where messages are stored.
    journal: Box<dyn Journal>,
    /// The log of its cluster.
    log: Option<Box<dyn ReplicatedLog>>,
    console: Option<Console>,
    signals: Signals,
    /// Reads files again after SIGHUP.
    reloading: Reloading,
    /// SIGHUP came. It may mean that the console's terminal is gone.
    got_hangup: bool,
    /// Checks operators' passwords, on a thread.
    password_checks: PasswordChecks,
    /// Forecasts, fetched by a thread.
    weather: Forecasts,
    /// The next deadline has passed.
    timer_ready: bool,
    /// One read buffer for all connections.
    buffer: Box<[u8]>,
    /// How often a signal or an operator asked the service to stop.
    asked_to_stop: usize,
    /// The control socket. The last field, so that its connections close when all else has ended.
    control: Option<Control>,
}

impl Server {
    /// What the operator sees first, made for standard output: a terminal with or without colours, or a log.
    pub fn greeting(&self) -> String {
        match terminal::size() {
            Some((columns, rows)) if terminal::has_colours() => {
                self.first_screen.for_terminal(columns.into(), rows.into())
            }
            Some(_) => self.first_screen.for_terminal(0, 0),
            None => self.first_screen.for_log(),
        }
    }

    /// The port of the first listener.
    pub fn port(&self) -> u16 {
        self.first_screen.invitation.port
    }

    /// Opens the control socket at `path`, for this user only. An error says what to do.
    pub fn open_control(&mut self, path: &Path) -> Result<(), String> {
        self.control = Some(Control::open(path, self.poll.registry())?);
        Ok(())
    }

    /// Sets what SIGHUP reloads. Without this call it reloads nothing.
    pub fn set_reload(&mut self, reload: Reload) {
        self.reloading.set(reload);
    }

    /// Serves until an operator or a signal stops it. Returns when everybody was told.
    pub fn run(&mut self) -> io::Result<()> {
        let greeting = self.greeting();
        if let Some(console) = &mut self.console {
            console.answer(&greeting);
        }
        let mut events = Events::with_capacity(EVENTS_PER_POLL);
        let mut now = self.clock.tick(Instant::now()).0;
        while self.asked_to_stop == 0 {
            now = self.turn(&mut events, now, None)?;
        }
        self.shut_down(&mut events, now)
    }

    /// One turn of the loop. `last` is the time of the turn before; `until` ends the wait early. Returns this turn's time.
    fn turn(&mut self, events: &mut Events, last: Instant, until: Option<Instant>) -> io::Result<Instant> {
        let deadline = [
            self.hub.next_deadline(),
            until,
            self.reads.fragments_due(last),
            self.http.next_deadline(),
            self.refusals.next_deadline(),
        ];
        let deadline = deadline.into_iter().flatten().min();
        let busy = self.hub.is_busy()
            || (!self.hub.sessions().must_pause_reads()
                && self.reads.any_prompt(|id| self.hub.sessions().accepts_input(id)))
            || self.console.as_ref().is_some_and(Console::is_busy)
            || self.control.as_ref().is_some_and(Control::is_busy)
            || self.http.is_busy()
            || self.is_accepting();
        let wait = deadline.map_or(TURN_INTERVAL, |at| at.saturating_duration_since(last).min(TURN_INTERVAL));
        let now = self.wait(events, if busy { Duration::ZERO } else { wait })?;
        self.hub.resume(now);
        self.dispatch_events(events);
        if deadline.is_some_and(|at| at <= now) {
            self.dispatch_event(TIMER, None);
        }
        self.accept(now);
        self.read(now);
        self.serve_http(now);
        if mem::take(&mut self.timer_ready) {
            self.hub.handle_timeout(now);
        }
        self.run_commands(now);
        self.exchange_weather(now);
        self.check_passwords(now);
        self.finish_reload(now);
        self.flush_outputs(now);
        Ok(now)
    }

    /// Waits until something is ready, at most `timeout`. Returns the time.
    fn wait(&mut self, events: &mut Events, timeout: Duration) -> io::Result<Instant> {
        match self.poll.poll(events, Some(timeout)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => other?,
        }
        let (now, still) = self.clock.tick(Instant::now());
        if !still.is_zero() {
            self.hub.on_clock_stall(still, now);
        }
        self.hub.set_clock(now, SystemTime::now());
        Ok(now)
    }

    /// The second half of a turn: drives the journal, writes released output, closes connections.
    fn flush_outputs(&mut self, now: Instant) {
        if let Some(log) = &mut self.log {
            self.hub.drive_log(log.as_mut(), now);
        }
        self.drive_journal(now);
        self.tell_watchers();
        self.hub.flush(&mut self.connections, now);
        self.close();
        if let Some(control) = &mut self.control {
            control.flush();
        }
    }

    fn dispatch_events(&mut self, events: &Events) {
        for event in events {
            self.dispatch_event(event.token(), Some(event));
        }
    }

    /// Records an event; it is handled at its place in the turn.
    fn dispatch_event(&mut self, token: Token, event: Option<&Event>) {
        match token {
            TIMER => self.timer_ready = true,
            WAKER => self.weather.on_wake(),
            SIGNALS => self.handle_signals(),
            CONSOLE_IN => {
                if let Some(console) = &mut self.console {
                    console.on_readable();
                }
            }
            token if Control::owns(token) => {
                if let (Some(control), Some(event)) = (&mut self.control, event) {
                    control.on_event(event);
                }
            }
            token if HttpConnections::owns(token) => self.http.note(token),
            Token(number) if number >= LISTENERS => {
                if let Some(listener) = self.listeners.get_mut(number - LISTENERS) {
                    listener.readiness.on_event();
                }
            }
            Token(id) => {
                let id = SessionId(id);
                if event.is_some_and(|e| e.is_readable() || e.is_read_closed() || e.is_error()) {
                    self.mark_readable(id);
                }
                if event.is_some_and(Event::is_writable) {
                    self.hub.writable(id);
                }
            }
        }
    }

    fn mark_readable(&mut self, id: SessionId) {
        let usual = if self.hub.sessions().is_in(id) { Class::Member } else { Class::Newcomer };
        if let Some((class, source)) = self.connections.wait(id, usual) {
            self.reads.push(class, source, id);
            self.hub.set_unread(id, true);
        }
    }

    /// Exchanges batches, queries and results with the journal, and delivers late answers to operators.
    fn drive_journal(&mut self, now: Instant) {
        self.hub.drive_journal(self.journal.as_mut(), now);
        while let Some((ticket, reply)) = self.admin.poll_answer(&mut self.hub, now) {
            self.answer_later(ticket, &reply, now);
        }
    }

    /// Passes the bots' questions to the weather thread, and its answers to the bots.
    fn exchange_weather(&mut self, now: Instant) {
        for (ticket, report) in self.weather.exchange(self.hub.weather_questions()) {
            self.hub.weather(ticket, report.as_ref(), now);
        }
    }

    fn is_accepting(&self) -> bool {
        self.listeners.iter().any(|listener| listener.readiness.is_ready())
    }

    /// Accepts connections, as many as a turn allows.
    fn accept(&mut self, now: Instant) {
        for listener in &mut self.listeners {
            let kind = listener.kind;
            let Arrivals { newcomers, refused } = listener.accept();
            let may_be_http = kind == ListenerKind::Any && self.http.is_open();
            for (transport, peer) in newcomers {
                let permit = match self.hub.admit(peer, kind, now) {
                    Ok(permit) => permit,
                    Err(why) if may_be_http => {
                        self.refusals.add(transport, refusals::response(why), now);
                        continue;
                    }
                    Err(why) => {
                        listener::refuse(transport, &why.words(kind));
                        continue;
                    }
                };
                if may_be_http && let Some(why) = self.hub.turn_away_banned(&permit, now) {
                    self.refusals.add(transport, Response::refusal(Status::Forbidden, &why), now);
                    continue;
                }
                let id = self.hub.open(permit, now);
                let source = Source::of(peer.ip());
                if let Err(why) = self.connections.add(id, kind, transport, source) {
                    self.hub.lost(id, &why, now);
                }
            }
            for (peer, why) in refused {
                self.hub.entry().refuse(peer, "entry", &why, now);
            }
        }
        if self.refusals.serve(now) {
            self.on_fd_freed();
        }
    }

    /// Reads ready connections, each within its budget, until the hub pauses reads. Each class has a budget of connections;
    /// within a class, source addresses take turns.
    fn read(&mut self, now: Instant) {
        let mut must_pause_reads = self.hub.sessions().must_pause_reads();
        for class in Class::ALL {
            let mut remaining = self.reads.take_budget(class, now);
            for _ in 0..self.reads.len(class) {
                if remaining == 0 || must_pause_reads {
                    break;
                }
                let Some(id) = self.reads.pop(class) else { break };
                self.connections.stop_waiting(id);
                let accepts = self.hub.sessions().accepts_input(id);
                remaining -= usize::from(accepts);
                self.hub.set_unread(id, false);
                if self.read_one(id, now) {
                    self.mark_readable(id);
                }
                must_pause_reads = accepts && self.hub.sessions().must_pause_reads();
            }
        }
    }

    /// Reads one connection within its budget. Returns whether there may be more.
    fn read_one(&mut self, id: SessionId, now: Instant) -> bool {
        if self.hub.sessions().waits_after_end(id)
            && let Some(why) = self.connections.broken(id)
        {
            // A connection that was reset can get no answers, so it need not wait for them.
            self.hub.lost(id, &why, now);
            return false;
        }
        let mut remaining = self.buffer.len();
        while remaining > 0 && self.hub.sessions().accepts_input(id) {
            match self.connections.read(id, &mut self.buffer[..remaining]) {
                Ok(0) => {
                    self.receive_held(id, now);
                    self.hub.ended(id, now);
                    return false;
                }
                Ok(bytes) => {
                    match self.connections.sniff(id, &self.buffer[..bytes]) {
                        Sniffed::Uncertain => {
                            self.hub.may_speak_http(id);
                            self.connections.note_read(id, false);
                            return true;
                        }
                        Sniffed::Request if self.hand_to_http(id, bytes, now) => return false,
                        Sniffed::Other | Sniffed::Request => {}
                    }
                    self.receive_held(id, now);
                    let something = self.hub.received(id, &self.buffer[..bytes], now);
                    self.connections.note_read(id, something);
                    remaining -= bytes;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.hub.lost(id, &e, now);
                    return false;
                }
            }
        }
        self.hub.sessions().may_send_more(id)
    }

    /// Passes the held-back first bytes of a connection to the hub: it does not speak HTTP.
    fn receive_held(&mut self, id: SessionId, now: Instant) {
        if let Some(first) = self.connections.take_first(id).filter(|first| !first.held().is_empty()) {
            self.hub.received(id, first.held(), now);
        }
    }

    /// Moves a connection that speaks HTTP from the hub to [`HttpConnections`]. `bytes` is how many of its first bytes are in the
    /// buffer. Returns false if the hub has greeted it already: then the hub answers it.
    fn hand_to_http(&mut self, id: SessionId, bytes: usize, now: Instant) -> bool {
        let Some(permit) = self.hub.hand_back_http(id, now) else { return false };
        let first = self.connections.take_first(id).unwrap_or_default();
        if let Some((transport, source)) = self.connections.move_out(id) {
            let socket = HttpSocket { permit, transport, source };
            self.http.add(&mut self.hub, socket, &[first.held(), &self.buffer[..bytes]], now);
        }
        true
    }

    /// Serves HTTP connections, and opens sessions for those that upgrade to a WebSocket.
    fn serve_http(&mut self, now: Instant) {
        for Upgraded { socket: HttpSocket { permit, transport, source }, begin, rest } in
            self.http.serve(&mut self.hub, &mut self.buffer, now)
        {
            let id = self.hub.open_websocket(permit, &begin, now);
            if let Err(why) = self.connections.move_in(id, transport, source) {
                self.hub.lost(id, &why, now);
            } else if !rest.is_empty() {
                self.hub.received(id, &rest, now);
            }
        }
        if self.http.take_freed_fd() {
            self.on_fd_freed();
        }
    }

    /// A descriptor was freed: listeners that wait for one accept again.
    fn on_fd_freed(&mut self) {
        for listener in &mut self.listeners {
            listener.readiness.on_fd_freed();
        }
        if let Some(control) = &mut self.control {
            control.on_fd_freed();
        }
    }

    /// Closes connections, as many as a turn allows.
    fn close(&mut self) {
        for _ in 0..CLOSES_PER_TURN {
            let Some(close) = self.hub.poll_close() else { return };
            match close {
                Close::Half(id) => self.connections.half_close(id),
                Close::Full(id) => {
                    if let Some((class, source)) = self.connections.close(id) {
                        self.reads.remove(class, source, id);
                    }
                    self.on_fd_freed();
                }
            }
        }
    }
}
