//! How a server begins: where it stands, and what it listens on.

use std::fmt::Write;
use std::io;
use std::iter;
use std::sync::Arc;
use std::time::Instant;

use log::{info, warn};
use mio::{Poll, Token, Waker};

use crate::base::limits::{BIND_ADDRESSES, READ_BYTES_PER_TURN};
use crate::bots::Character;
use crate::hub::{Config, Door, Hub};
use crate::journal::Journal;
use crate::journal::disk::{self, Disk};
use crate::journal::memory::Memory;
use crate::server::clock::Clock;
use crate::server::connections::Connections;
use crate::server::console::Console;
use crate::server::interfaces::{Interfaces, Opened};
use crate::server::listener::Listener;
use crate::server::read_share::ReadShare;
use crate::server::reload::Reloading;
use crate::server::signals::Signals;
use crate::server::{HELPERS, LISTENERS, Server};
use crate::weather::{Forecasts, Settings};

/// Where a server stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The addresses to listen on.
    pub interfaces: Interfaces,
    /// The port to listen on; 0: any that is free.
    pub port: u16,
    /// The port for ChatyChaty's clients.
    pub chaty_port: ChatyPort,
    /// Whether standard input and output are the operator's.
    pub console: bool,
    /// Where what is said is kept; none: nowhere, but for what is at hand.
    pub data: Option<disk::Settings>,
    /// How to ask for forecasts; none: nobody does.
    pub weather: Option<Settings>,
}

/// A port for ChatyChaty's clients, whose server speaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatyPort {
    /// None.
    Off,
    /// This one; 0: any that is free.
    At(u16),
    /// This one, or none if it cannot be had.
    AtBest(u16),
}

impl Server {
    /// Listens. Nobody is let in before [`run`](Server::run). An error is a sentence that says what to do.
    pub fn bind(place: Place, mut config: Config) -> Result<Server, String> {
        let poll = Poll::new().map_err(|why| format!("there is nothing to wait with: {why}"))?;
        let listen = |port, first: usize, option| {
            let tokens = (first..first + BIND_ADDRESSES).map(Token);
            place.interfaces.listen(port, tokens, option, poll.registry())
        };
        let Opened { port, listeners: opened, place: heard } = listen(place.port, LISTENERS, "--port")?;
        let of = |door: Door| move |(token, listener)| (token, door, listener);
        let mut listeners: Vec<_> = opened.into_iter().map(of(Door::Any)).collect();
        let mut ports = format!("Service is listening to incoming connections on port {port}.");
        if let Some(heard) = heard {
            info!("{heard}");
            let _ = write!(ports, "\n{heard}");
        }
        if let ChatyPort::At(wanted) | ChatyPort::AtBest(wanted) = place.chaty_port {
            match listen(wanted, LISTENERS + BIND_ADDRESSES, "--chaty-port") {
                Ok(Opened { port, listeners: opened, .. }) => {
                    listeners.extend(opened.into_iter().map(of(Door::Chaty)));
                    let _ = write!(ports, "\nClients of ChatyChaty come to port {port}.");
                }
                Err(why) if place.chaty_port == ChatyPort::At(wanted) => return Err(why),
                Err(why) => {
                    warn!("clients of ChatyChaty cannot come: {why}");
                    let _ = write!(ports, "\nClients of ChatyChaty cannot come: {why}");
                }
            }
        }
        let waker = Waker::new(poll.registry(), HELPERS).map(Arc::new);
        let waker = waker.map_err(|why| format!("the service cannot start: {why}"))?;
        let (journal, notes) = open_journal(&place, &mut config, waker.clone())?;
        let greeting = iter::once(ports).chain(notes).collect::<Vec<_>>().join("\n");
        Server::with(poll, waker, place, config, journal, listeners, (port, greeting))
            .map_err(|why| format!("the service cannot start: {why}"))
    }

    fn with(
        poll: Poll,
        waker: Arc<Waker>,
        place: Place,
        config: Config,
        journal: Box<dyn Journal>,
        listeners: Vec<(Token, Door, Listener)>,
        (port, greeting): (u16, String),
    ) -> io::Result<Server> {
        let mut weather = Forecasts::new(place.weather, {
            let waker = Arc::clone(&waker);
            move || drop(waker.wake())
        });
        if config.hosts.bots.contains(&Character::Weather) {
            weather.prepare();
        }
        let hub = Hub::new(config);
        Ok(Server {
            listeners,
            port,
            greeting: iter::once(greeting)
                .chain(hub.remembered().iter().cloned())
                .collect::<Vec<_>>()
                .join("\n"),
            clock: Clock::new(Instant::now()),
            connections: Connections::new(poll.registry().try_clone()?),
            reads: ReadShare::new(),
            hub,
            journal,
            console: if place.console { Some(Console::open(poll.registry())?) } else { None },
            signals: Signals::watch(poll.registry())?,
            reloading: Reloading::new(waker),
            hung_up: false,
            weather,
            timer_ready: false,
            buffer: vec![0; READ_BYTES_PER_TURN].into(),
            asked_to_stop: 0,
            control: None,
            poll,
        })
    }
}

/// Opens what earlier runs kept, so that the rooms go on with it. Returns what the operator is to know of it, too: sentences.
fn open_journal(
    place: &Place,
    config: &mut Config,
    waker: Arc<Waker>,
) -> Result<(Box<dyn Journal>, Vec<String>), String> {
    let Some(settings) = place.data.clone() else {
        let memory = Memory::new(config.history.messages, config.history.bytes);
        return Ok((Box::new(memory), Vec::new()));
    };
    let folder = settings.folder.display().to_string();
    let (disk, kept, notes) = Disk::open(settings, move || drop(waker.wake()))?;
    info!("what is said is kept in {folder}");
    for note in &notes {
        warn!("{note}");
    }
    config.kept = kept;
    Ok((Box::new(disk), notes))
}
