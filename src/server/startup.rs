//! The start of the server: opens the listeners and the journal, and restores the state that earlier runs stored.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use log::{info, warn};
use mio::{Poll, Token, Waker};

use crate::admin::{self, Admin, FirstScreen, Invitation};
use crate::base::limits::READ_BYTES_PER_TURN;
use crate::base::name::NameKey;
use crate::base::text::list;
use crate::bots::Character;
use crate::cluster::log::ReplicatedLog;
use crate::engine::{self, Engine};
use crate::hosts::{KINDS, RoomKind};
use crate::hub::{Config, Hub, ListenerKind, followed_up_to};
use crate::journal::Journal;
use crate::journal::disk::{self, Disk};
use crate::journal::memory::Memory;
use crate::server::addresses;
use crate::server::clock::Clock;
use crate::server::connections::Connections;
use crate::server::console::Console;
use crate::server::http::HttpConnections;
use crate::server::interfaces::{Interfaces, ListenOptions, Opened};
use crate::server::listener::Listener;
use crate::server::password_checks::PasswordChecks;
use crate::server::read_scheduler::ReadScheduler;
use crate::server::refusals::Refusals;
use crate::server::reload::Reloading;
use crate::server::signals::Signals;
use crate::server::{LISTENERS, Server, WAKER};
use crate::weather::{Forecasts, Settings};
use crate::web::{AllowedHosts, Site};

/// What a server needs beside the hub's configuration.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The listeners. Operators find the server by the port of the first.
    pub listeners: Vec<ListenerConfig>,
    /// Whether standard input and output are an operator's console.
    pub console: bool,
    /// The log's folder, to show to the operator.
    pub log: PathBuf,
    /// The data on disk; `None` keeps only recent history, in memory.
    pub data: Option<disk::Settings>,
    /// How to fetch forecasts; `None` turns them off.
    pub weather: Option<Settings>,
    /// The host names under which browsers may ask for the page, besides this machine's own name and addresses. `None`: there
    /// is no page.
    pub web: Option<Vec<String>>,
    /// The engine with the log of its cluster. `None`: it shares no rooms.
    pub engine: Option<engine::Settings>,
}

/// A port to listen on.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// The addresses to listen on.
    pub interfaces: Interfaces,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// Which clients it is for.
    pub kind: ListenerKind,
    /// The options that set it.
    pub options: ListenOptions,
    /// Whether the server also starts if the port is taken.
    pub is_optional: bool,
}

impl Server {
    /// Opens the listeners and the journal. No connection is accepted before [`run`](Server::run). An error is a sentence that
    /// says what to do.
    pub fn bind(server: ServerConfig, mut config: Config) -> Result<Server, String> {
        let failed = |why| format!("the service cannot start: {why}");
        check_shared(&config)?;
        let poll = Poll::new()
            .map_err(|why| format!("the service cannot start: the system gives it no event queue: {why}"))?;
        let Listening { mut listeners, first, sentences, unavailable } = Listening::open(&server.listeners)?;
        let mut sentences = sentences;
        let (port, bound) = first.unwrap_or_default();
        let invitation = Invitation {
            port,
            web: server.web.is_some(),
            here: addresses::here(&bound),
            elsewhere: addresses::elsewhere(&bound),
        };
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), Token(LISTENERS + index)).map_err(failed)?;
        }
        let waker = Waker::new(poll.registry(), WAKER).map(Arc::new).map_err(failed)?;
        let data = server.data.as_ref().map(|data| data.folder.clone());
        let (journal, mut notices) = open_journal(server.data, &mut config, waker.clone())?;
        let mut weather = Forecasts::new(server.weather, {
            let waker = Arc::clone(&waker);
            move || drop(waker.wake())
        });
        if config.hosts.bots.contains(&Character::Weather) {
            weather.prepare();
        }
        let stored = followed_up_to(&config);
        let log = server.engine.map(|settings| {
            let waker = Arc::clone(&waker);
            Engine::start(settings, stored, move || drop(waker.wake()))
        });
        let log = log.transpose()?.map(|engine| Box::new(engine) as Box<dyn ReplicatedLog>);
        let speaks_irc = config.irc.is_some();
        let hub = Hub::new(config);
        notices.extend(admin::startup_notices(&hub));
        let registry = poll.registry();
        // Log these last, so that a failed start logs only its cause.
        for notice in &unavailable {
            warn!("{notice}");
        }
        sentences.extend(unavailable);
        Ok(Server {
            listeners,
            first_screen: FirstScreen {
                invitation: invitation.clone(),
                listeners: sentences,
                data,
                log: server.log,
                notices,
                console: server.console,
            },
            clock: Clock::new(Instant::now()),
            connections: Connections::new(registry.try_clone().map_err(failed)?, server.web.is_some()),
            http: HttpConnections::new(
                registry.try_clone().map_err(failed)?,
                server.web.map(|names| site(names, speaks_irc)),
            ),
            refusals: Refusals::default(),
            reads: ReadScheduler::new(),
            hub,
            admin: Admin::new(invitation),
            journal,
            log,
            console: if server.console { Some(Console::open(registry).map_err(failed)?) } else { None },
            signals: Signals::watch(registry).map_err(failed)?,
            reloading: Reloading::new(Arc::clone(&waker)),
            password_checks: PasswordChecks::new(waker),
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

/// Whether all rooms that are to be shared can be. An error is a sentence that says what to do.
fn check_shared(config: &Config) -> Result<(), String> {
    let shared = config.cluster.iter().flat_map(|node| &node.rooms);
    for name in shared {
        let is_it = |room: &&(String, &'static RoomKind)| NameKey::of(&room.0) == NameKey::of(name);
        let Some((_, kind)) = config.rooms.iter().find(is_it) else {
            return Err(format!("--share names the room {name}, which is none of --rooms. Add it there."));
        };
        if !kind.can_be_shared {
            let kinds: Vec<&str> =
                KINDS.iter().filter(|kind| kind.can_be_shared).map(|kind| kind.traits.kind).collect();
            return Err(format!(
                "the room {name} is of the kind {}, which runs on one server only. Share rooms of these kinds: {}",
                kind.traits.kind,
                list(&kinds)
            ));
        }
    }
    Ok(())
}

/// The site, for browsers that ask for one of these host names or this machine's own.
fn site(names: Vec<String>, speaks_irc: bool) -> Site {
    let own = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let short = own.split('.').next().unwrap_or_default().to_owned();
    let mut site = Site::new(AllowedHosts::new(names.into_iter().chain([own, short])));
    if !speaks_irc {
        site.refuse_irc();
    }
    site
}

/// What is listened on.
#[derive(Default)]
struct Listening {
    listeners: Vec<Listener>,
    /// The port that was opened first, and the addresses that it is bound to.
    first: Option<(u16, Vec<SocketAddr>)>,
    /// Sentences for the operator.
    sentences: Vec<String>,
    /// Sentences about optional ports that cannot be opened.
    unavailable: Vec<String>,
}

impl Listening {
    /// Opens the listeners of all configured ports.
    fn open(rows: &[ListenerConfig]) -> Result<Listening, String> {
        let mut listening = Listening::default();
        let mut ports = Vec::new();
        for row in rows {
            let is_own = ports.contains(&row.port);
            match row.interfaces.listen(row.port, row.kind, row.options, is_own) {
                Ok(opened) => {
                    ports.push(opened.port);
                    listening.add(row, opened);
                }
                Err(why) if row.is_optional => {
                    listening.unavailable.push(format!("{} cannot connect: {why}", clients(row.kind)));
                }
                Err(why) => return Err(why),
            }
        }
        Ok(listening)
    }

    fn add(&mut self, row: &ListenerConfig, Opened { port, listeners, bound, place }: Opened) {
        self.listeners.extend(listeners);
        if self.first.is_none() {
            self.sentences.extend(place.inspect(|place| info!("{place}")));
            self.first = Some((port, bound));
            return;
        }
        let clients = clients(row.kind);
        self.sentences.push(match row.kind {
            ListenerKind::Chaty => format!("{clients} connect to port {port}."),
            ListenerKind::Any => {
                let places: Vec<String> =
                    bound.iter().map(|at| SocketAddr::new(at.ip(), port).to_string()).collect();
                let sentence = format!("{clients} may also connect to {}.", list(&places));
                info!("{sentence}");
                sentence
            }
        });
    }
}

fn clients(kind: ListenerKind) -> &'static str {
    match kind {
        ListenerKind::Any => "Clients",
        ListenerKind::Chaty => "Clients of ChatyChaty",
    }
}

/// Opens the journal, and puts the restored state into `config`. Also returns sentences for the operator.
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
    info!("messages are stored in {folder}");
    for note in &notes {
        warn!("{note}");
    }
    config.restored = restored;
    Ok((Box::new(disk), notes))
}
