//! The event loop of a swarm: one poll for any number of bots.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use crate::base::limits::EVENTS_PER_POLL;
use crate::base::secret::Secret;
use crate::base::signal_pipe::SignalPipe;
use crate::base::stderr::print_error;
use crate::bots::Character;
use crate::client::bot_swarm::bot_logic::BotKind;
use crate::client::bot_swarm::lobby::LobbySwarm;
use crate::client::bot_swarm::solo::SoloSwarm;
use crate::client::bot_swarm::swarm::{Swarm, SwarmEvent};
use crate::client::link::End;
use crate::client::sentences::{farewell, unreachable};
use crate::client::socket::Socket;
use crate::client::{Address, END_SIGNALS};
use crate::weather::{Forecasts, Settings};

const SIGNALS: Token = Token(usize::MAX);
const WEATHER: Token = Token(usize::MAX - 2);

/// Which bots take part in which room.
#[derive(Debug)]
pub struct SwarmConfig {
    /// The bots.
    pub bots: SwarmBots,
    /// How many of each.
    pub count: usize,
    /// The room to join; empty: the server's first room.
    pub room: String,
    /// The password of the server.
    pub password: Option<Secret>,
    /// How they fetch forecasts; `None` turns that off.
    pub weather: Option<Settings>,
}

/// The bots of a swarm.
#[derive(Debug)]
pub enum SwarmBots {
    /// The cast of a lobby, which answers together.
    Cast(Vec<Character>),
    /// Bots of other rooms; each decides for itself.
    Solo(Vec<BotKind>),
}

/// Connects bots, and runs them until all have ended. Returns true if all left by themselves; other ends are printed.
pub fn run_bots(config: SwarmConfig, address: &Address) -> io::Result<bool> {
    let mut poll = Poll::new()?;
    let mut signals = SignalPipe::watch(poll.registry(), SIGNALS, &END_SIGNALS)?;
    let waker = Waker::new(poll.registry(), WEATHER)?;
    let mut weather = Forecasts::new(config.weather, move || drop(waker.wake()));
    let mut now = Instant::now();
    let (count, room, seed) = (config.count, &config.room, rand::random());
    let mut swarm: Box<dyn Swarm> = match &config.bots {
        SwarmBots::Cast(characters) => {
            if characters.contains(&Character::Weather) {
                weather.prepare();
            }
            Box::new(LobbySwarm::new(characters, count, room, seed, now))
        }
        SwarmBots::Solo(kinds) => Box::new(SoloSwarm::new(kinds, count, room, seed, now)),
    };
    for index in 0..swarm.count() {
        swarm.link(index).set_password(config.password.clone());
    }
    let addresses = match address.find() {
        Ok(addresses) => addresses,
        Err(sentence) => {
            print_error(&sentence);
            return Ok(false);
        }
    };
    let mut sockets = Vec::new();
    for token in 0..swarm.count() {
        sockets.push(Socket::new(poll.registry().try_clone()?, Token(token), addresses.clone()));
    }
    let mut events = Events::with_capacity(EVENTS_PER_POLL);
    let (mut out, mut all_left) = (0, true);
    loop {
        while let Some(event) = swarm.poll(now) {
            match event {
                SwarmEvent::Link(index, output) => sockets[index].handle(&output, swarm.link(index), now),
                SwarmEvent::Report(sentence) => report(&sentence),
                SwarmEvent::Ended(name, end) => {
                    out += 1;
                    all_left &= end == End::Left;
                    report(&format!("{name}: {}", farewell(&end, address).0));
                    // All sockets try the same addresses, so any error will do.
                    if let Some(why) = unreachable(&end, sockets.iter().find_map(Socket::connect_error)) {
                        report(&why);
                    }
                }
            }
        }
        if out == swarm.count() {
            return Ok(all_left);
        }
        for (index, socket) in sockets.iter_mut().enumerate() {
            socket.write(swarm.link(index), now);
        }
        let busy = sockets.iter().any(Socket::is_busy);
        let deadline = swarm.next_deadline().map(|at| at.saturating_duration_since(now));
        match poll.poll(&mut events, if busy { Some(Duration::ZERO) } else { deadline }) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => other?,
        }
        now = Instant::now();
        for event in &events {
            match event.token() {
                SIGNALS if signals.take() > 0 => swarm.leave(now),
                SIGNALS => {}
                WEATHER => weather.on_wake(),
                Token(index) => sockets[index].ready(swarm.link(index), now),
            }
        }
        for (index, socket) in sockets.iter_mut().enumerate() {
            socket.read(swarm.link(index), now);
        }
        swarm.handle_timeout(now);
        for (ticket, report) in weather.exchange(swarm.weather_questions()) {
            swarm.weather(ticket, report.as_ref(), now);
        }
    }
}

/// Prints a sentence. It does not matter whether anybody reads it.
fn report(sentence: &str) {
    if !sentence.is_empty() {
        let _ = writeln!(io::stdout(), "{sentence}");
    }
}
