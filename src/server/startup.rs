//! How a server begins: what it listens on, and what it goes on with.

use std::sync::Arc;
use std::time::Instant;

use log::{info, warn};
use mio::{Poll, Token, Waker};

use crate::admin::{self, Admin};
use crate::base::limits::READ_BYTES_PER_TURN;
use crate::bots::Character;
use crate::hub::{Config, Hub, ListenerKind};
use crate::journal::Journal;
use crate::journal::disk::{self, Disk};
use crate::journal::memory::Memory;
use crate::server::clock::Clock;
use crate::server::connections::Connections;
use crate::server::console::Console;
use crate::server::interfaces::{Interfaces, Opened};
use crate::server::listener::Listener;
use crate::server::read_scheduler::ReadScheduler;
use crate::server::reload::Reloading;
use crate::server::signals::Signals;
use crate::server::visitors::Visitors;
use crate::server::{LISTENERS, Server, WAKER};
use crate::weather::{Forecasts, Settings};
use crate::web::{AllowedHosts, Site};

/// What a server has beside its hub.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What it listens on. The first names the server: by its port operators find it.
    pub listeners: Vec<ListenerConfig>,
    /// Whether standard input and output are the operator's.
    pub console: bool,
    /// Where what is said is kept; none: nowhere, but for what is at hand.
    pub data: Option<disk::Settings>,
    /// How to ask for forecasts; none: nobody does.
    pub weather: Option<Settings>,
    /// For browsers: the names of this machine that a request may name, beside its own and addresses. None: there is no page.
    pub web: Option<Vec<String>>,
}

/// A port to listen on.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// The addresses to listen on.
    pub interfaces: Interfaces,
    /// The port; 0: any that is free.
    pub port: u16,
    /// Which clients it is for.
    pub kind: ListenerKind,
    /// Whether the server starts without it if it cannot be had.
    pub is_optional: bool,
}

impl Server {
    /// Listens. Nobody is let in before [`run`](Server::run). An error is a sentence that says what to do.
    pub fn bind(server: ServerConfig, mut config: Config) -> Result<Server, String> {
        let failed = |why| format!("the service cannot start: {why}");
        let poll = Poll::new().map_err(|why| format!("there is nothing to wait with: {why}"))?;
        let (mut listeners, mut port, mut greeting) = (Vec::new(), None, Vec::new());
        for row in &server.listeners {
            greeting.push(listen(row, &mut listeners, &mut port)?);
        }
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), Token(LISTENERS + index)).map_err(failed)?;
        }
        let waker = Waker::new(poll.registry(), WAKER).map(Arc::new).map_err(failed)?;
        let (journal, notes) = open_journal(server.data, &mut config, waker.clone())?;
        let mut weather = Forecasts::new(server.weather, {
            let waker = Arc::clone(&waker);
            move || drop(waker.wake())
        });
        if config.hosts.bots.contains(&Character::Weather) {
            weather.prepare();
        }
        let hub = Hub::new(config);
        greeting.extend(notes);
        greeting.extend(admin::startup_notices(&hub));
        let registry = poll.registry();
        Ok(Server {
            listeners,
            port: port.unwrap_or_default(),
            greeting: greeting.join("\n"),
            clock: Clock::new(Instant::now()),
            connections: Connections::new(registry.try_clone().map_err(failed)?, server.web.is_some()),
            visitors: Visitors::new(registry.try_clone().map_err(failed)?, server.web.map(site)),
            reads: ReadScheduler::new(),
            hub,
            admin: Admin::default(),
            journal,
            console: if server.console { Some(Console::open(registry).map_err(failed)?) } else { None },
            signals: Signals::watch(registry).map_err(failed)?,
            reloading: Reloading::new(waker),
            got_hangup: false,
            weather,
            timer_ready: false,
            buffer: vec![0; READ_BYTES_PER_TURN].into(),
            asked_to_stop: 0,
            control: None,
            poll,
        })
    }
}

/// What there is for browsers that come by one of these names, or by this machine's own.
fn site(names: Vec<String>) -> Site {
    let own = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let short = own.split('.').next().unwrap_or_default().to_owned();
    Site::new(AllowedHosts::new(names.into_iter().chain([own, short])))
}

/// Listens on a port. Returns what the operator is to know of it, some lines. `first` is the port of the first.
fn listen(
    row: &ListenerConfig,
    listeners: &mut Vec<Listener>,
    first: &mut Option<u16>,
) -> Result<String, String> {
    let (clients, option) = match row.kind {
        ListenerKind::Any => ("Clients", "--port"),
        ListenerKind::Chaty => ("Clients of ChatyChaty", "--chaty-port"),
    };
    let Opened { port, listeners: opened, place } = match row.interfaces.listen(row.port, row.kind, option) {
        Err(why) if row.is_optional => {
            warn!("{clients} cannot come: {why}");
            return Ok(format!("{clients} cannot come: {why}"));
        }
        opened => opened?,
    };
    listeners.extend(opened);
    if first.is_some() {
        return Ok(format!("{clients} come to port {port}."));
    }
    *first = Some(port);
    let place =
        place.inspect(|place| info!("{place}")).map_or_else(String::new, |place| format!("\n{place}"));
    Ok(format!("Service is listening to incoming connections on port {port}.{place}"))
}

/// Opens what earlier runs kept, so that the rooms go on with it. Returns what the operator is to know of it, too: sentences.
fn open_journal(
    data: Option<disk::Settings>,
    config: &mut Config,
    waker: Arc<Waker>,
) -> Result<(Box<dyn Journal>, Vec<String>), String> {
    let Some(settings) = data else {
        let memory = Memory::new(config.history.messages, config.history.bytes);
        return Ok((Box::new(memory), Vec::new()));
    };
    let folder = settings.folder.display().to_string();
    let (disk, restored, notes) = Disk::open(settings, move || drop(waker.wake()))?;
    info!("what is said is kept in {folder}");
    for note in &notes {
        warn!("{note}");
    }
    config.restored = restored;
    Ok((Box::new(disk), notes))
}
