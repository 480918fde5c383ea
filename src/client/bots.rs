//! The loop of bots from outside: one poll for any number of them.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use crate::base::complaint::complain;
use crate::base::limits::EVENTS_PER_POLL;
use crate::base::signal_pipe::SignalPipe;
use crate::bots::Character;
use crate::client::ensemble::{Ensemble, Event};
use crate::client::link::End;
use crate::client::player::Part;
use crate::client::players::Players;
use crate::client::socket::Socket;
use crate::client::troupe::Troupe;
use crate::client::words::{farewell, unreachable};
use crate::client::{Address, END_SIGNALS};
use crate::weather::{Forecasts, Settings};

const SIGNALS: Token = Token(usize::MAX);
const WEATHER: Token = Token(usize::MAX - 2);

/// Which bots take part in which room.
#[derive(Debug)]
pub struct Visit {
    /// These.
    pub bots: Bots,
    /// So many of each.
    pub count: usize,
    /// There.
    pub room: String,
    /// How they know the weather; none: they do not.
    pub weather: Option<Settings>,
}

/// Who they are.
#[derive(Debug)]
pub enum Bots {
    /// The cast of a lobby, which answers together.
    Cast(Vec<Character>),
    /// Bots of other rooms, each of which thinks for itself.
    Players(Vec<Part>),
}

/// Has bots take part in a chat from outside, until all have left, or are out. Returns whether all left by themselves; if
/// not, it was said why.
pub fn visit(visit: Visit, address: &Address) -> io::Result<bool> {
    let mut poll = Poll::new()?;
    let mut signals = SignalPipe::watch(poll.registry(), SIGNALS, &END_SIGNALS)?;
    let waker = Waker::new(poll.registry(), WEATHER)?;
    let mut weather = Forecasts::new(visit.weather, move || drop(waker.wake()));
    let mut now = Instant::now();
    let (count, room, seed) = (visit.count, &visit.room, rand::random());
    let mut troupe: Box<dyn Ensemble> = match &visit.bots {
        Bots::Cast(characters) => {
            if characters.contains(&Character::Weather) {
                weather.prepare();
            }
            Box::new(Troupe::new(characters, count, room, seed, now))
        }
        Bots::Players(parts) => Box::new(Players::new(parts, count, room, seed, now)),
    };
    let addresses = match address.find() {
        Ok(addresses) => addresses,
        Err(sentence) => {
            complain(&sentence);
            return Ok(false);
        }
    };
    let mut sockets = Vec::new();
    for token in 0..troupe.count() {
        sockets.push(Socket::new(poll.registry().try_clone()?, Token(token), addresses.clone()));
    }
    let mut events = Events::with_capacity(EVENTS_PER_POLL);
    let (mut out, mut all_left) = (0, true);
    loop {
        while let Some(event) = troupe.poll(now) {
            match event {
                Event::Link(index, output) => sockets[index].obey(&output, troupe.link(index), now),
                Event::News(sentence) => report(&sentence),
                Event::Out(name, end) => {
                    out += 1;
                    all_left &= end == End::Left;
                    report(&format!("{name}: {}", farewell(&end, address).0));
                    // All of them go to the same addresses.
                    if let Some(why) = unreachable(&end, sockets.iter().find_map(Socket::refusal)) {
                        report(&why);
                    }
                }
            }
        }
        if out == troupe.count() {
            return Ok(all_left);
        }
        for (index, socket) in sockets.iter_mut().enumerate() {
            socket.write(troupe.link(index), now);
        }
        let busy = sockets.iter().any(Socket::is_busy);
        let deadline = troupe.next_deadline().map(|at| at.saturating_duration_since(now));
        match poll.poll(&mut events, if busy { Some(Duration::ZERO) } else { deadline }) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => other?,
        }
        now = Instant::now();
        for event in &events {
            match event.token() {
                SIGNALS if signals.take() > 0 => troupe.leave(now),
                SIGNALS => {}
                WEATHER => weather.answered(),
                Token(index) => sockets[index].ready(troupe.link(index), now),
            }
        }
        for (index, socket) in sockets.iter_mut().enumerate() {
            socket.read(troupe.link(index), now);
        }
        troupe.handle_timeout(now);
        for (ticket, report) in weather.exchange(troupe.weather_questions()) {
            troupe.weather(ticket, report.as_ref(), now);
        }
    }
}

/// Says a sentence to whoever watches; nobody has to.
fn report(sentence: &str) {
    if !sentence.is_empty() {
        let _ = writeln!(io::stdout(), "{sentence}");
    }
}
