//! The event loop of the client on a terminal: keys, the connection, signals and timeouts.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use mio::{Events, Poll, Token};
use ratatui::layout::Position;
use signal_hook::consts::{SIGCONT, SIGWINCH};

use crate::base::secret::Secret;
use crate::base::signal_pipe::SignalPipe;
use crate::base::stderr::print_error;
use crate::client::app::App;
use crate::client::canvas::Canvas;
use crate::client::input::{Input, ReadResult};
use crate::client::link::{End, Identity};
use crate::client::palette::Palette;
use crate::client::preferences::Preferences;
use crate::client::remembered::{Places, Remembered};
use crate::client::sentences::{farewell, is_command, unreachable};
use crate::client::socket::Socket;
use crate::client::terminal::{self, Guard};
use crate::client::{Address, END_SIGNALS};
use crate::terminal::burst::Burst;
use crate::terminal::keys::{Key, Keys};

const SOCKET: Token = Token(0);
const INPUT: Token = Token(1);
const ENDS: Token = Token(2);
const SIZES: Token = Token(3);
const CONTINUES: Token = Token(4);

/// Runs until the user leaves or the connection ends for good. Returns false after an error, which is printed; `None` if the server
/// asks for a password, or another one: what it said is printed.
pub(super) fn run(
    identity: Identity,
    address: &Address,
    addresses: Vec<std::net::SocketAddr>,
    remembered: Remembered,
    preferences: &Preferences,
    password: Option<Secret>,
) -> io::Result<Option<bool>> {
    let guard = Guard::enter()?;
    let mut interactive = Interactive::new(identity, addresses, remembered, preferences, Instant::now())?;
    interactive.app.link().set_password(password);
    let end = interactive.run();
    drop(guard);
    let end = end?;
    if let End::NoPassword(why) = &end {
        print_error(why);
        return Ok(None);
    }
    let (mut sentence, succeeded) = farewell(&end, address);
    if let Some(why) = unreachable(&end, interactive.socket.connect_error()) {
        sentence = format!("{sentence}\n{why}");
    }
    let has_dropped = interactive.app.dropped() > 0;
    if succeeded {
        // It does not matter whether anybody reads it.
        let _ = writeln!(io::stdout(), "{sentence}");
    } else {
        print_error(&sentence);
    }
    Ok(Some(succeeded && !has_dropped))
}

/// The state of the loop.
struct Interactive {
    poll: Poll,
    app: App,
    remembered: Remembered,
    canvas: Canvas,
    socket: Socket,
    input: Input,
    keys: Keys,
    burst: Burst,
    /// Signals that end the client.
    ends: SignalPipe,
    /// SIGWINCH: the terminal was resized.
    sizes: SignalPipe,
    /// SIGCONT: the client was stopped, and goes on.
    continues: SignalPipe,
}

impl Interactive {
    fn new(
        identity: Identity,
        addresses: Vec<std::net::SocketAddr>,
        remembered: Remembered,
        preferences: &Preferences,
        now: Instant,
    ) -> io::Result<Interactive> {
        let (poll, palette) = (Poll::new()?, preferences.palette.unwrap_or_else(Palette::of_environment));
        let mut app = App::new(identity, TimeZone::system(), rand::random(), now)
            .ignoring(&preferences.ignores)
            .hearing(preferences.history);
        app = match remembered.load() {
            Ok(places) => app.with_places(places, palette.hues()),
            Err(why) => app.with_places(Places::default(), palette.hues()).with_notice(why),
        };
        let registry = poll.registry();
        Ok(Interactive {
            app,
            remembered,
            socket: Socket::new(registry.try_clone()?, SOCKET, addresses),
            input: Input::watch(registry, INPUT)?,
            keys: Keys::default(),
            burst: Burst::new(is_command),
            ends: SignalPipe::watch(registry, ENDS, &END_SIGNALS)?,
            sizes: SignalPipe::watch(registry, SIZES, &[SIGWINCH])?,
            continues: SignalPipe::watch(registry, CONTINUES, &[SIGCONT])?,
            canvas: Canvas::new(palette, preferences.notifications, now)?,
            poll,
        })
    }

    fn run(&mut self) -> io::Result<End> {
        let mut events = Events::with_capacity(8);
        let mut now = Instant::now();
        loop {
            self.exchange(now);
            if let Some(places) = self.app.take_places() {
                self.remembered.save(places);
            }
            self.canvas.paint(&mut self.app, now)?;
            // Wait for a pending reply of the terminal: otherwise the shell would read it.
            if let (Some(end), None) = (self.app.end(), self.canvas.next_deadline()) {
                let end = end.clone();
                self.canvas.leave()?;
                return Ok(end);
            }
            let timeout = self.timeout(now);
            match self.poll.poll(&mut events, timeout) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                other => other?,
            }
            now = Instant::now();
            for event in &events {
                match event.token() {
                    SOCKET => self.socket.ready(self.app.link(), now),
                    INPUT => self.input.on_event(),
                    ENDS => (0..self.ends.take()).for_each(|_| self.app.leave(now)),
                    CONTINUES if self.continues.take() > 0 => {
                        // It was stopped by a signal, not by Ctrl-Z.
                        terminal::resume()?;
                        self.canvas.resume(now)?;
                    }
                    SIZES if self.sizes.take() > 0 => self.canvas.resized(now)?,
                    _ => {}
                }
            }
            self.read_keys(now)?;
            self.socket.read(self.app.link(), now);
            self.app.handle_timeout(now);
            self.canvas.handle_timeout(now)?;
        }
    }

    /// Sends the link's bytes, and passes its outputs to the socket and the application.
    fn exchange(&mut self, now: Instant) {
        self.socket.write(self.app.link(), now);
        while let Some(output) = self.app.link().poll_output() {
            self.socket.handle(&output, self.app.link(), now);
            self.app.handle(output, now);
        }
    }

    /// How long the poll may wait; `None`: until an event.
    fn timeout(&mut self, now: Instant) -> Option<Duration> {
        if self.socket.is_busy() || self.input.is_ready() {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.app.next_deadline(now),
            self.keys.next_deadline(),
            self.burst.next_deadline(),
            self.canvas.next_deadline(),
        ];
        deadlines.into_iter().flatten().min().map(|at| at.saturating_duration_since(now))
    }

    fn read_keys(&mut self, now: Instant) -> io::Result<()> {
        let mut bytes = [0; 4096];
        match self.input.read(&mut bytes) {
            ReadResult::Bytes(read) => self.keys.feed(&bytes[..read], now),
            ReadResult::Nothing => {}
            // The terminal is gone.
            ReadResult::End => self.app.link().abort(),
        }
        let mut keys = self.burst.handle_timeout(now);
        while let Some(key) = self.keys.next_key() {
            keys.extend(self.burst.take(key, now));
        }
        if let Some(key) = self.keys.handle_timeout(now) {
            keys.extend(self.burst.take(key, now));
        }
        keys.into_iter().try_for_each(|key| self.press(key, now))
    }

    fn press(&mut self, key: Key, now: Instant) -> io::Result<()> {
        if let Key::CursorAt { x, y } = key {
            return self.canvas.cursor_at(Position { x, y });
        }
        if key == Key::Ctrl('z') {
            self.canvas.leave()?;
            terminal::suspend()?;
            self.continues.take();
            return self.canvas.resume(now);
        }
        self.app.press(key, now);
        Ok(())
    }
}
