//! The server's options, and what follows from them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use bytesize::ByteSize;
use clap::Parser;
use log::LevelFilter;

use crate::base::limits::{HISTORY_BYTES, HISTORY_MESSAGES, INITIATORS_BYTES, ROOM_LINGER};
use crate::chat::HistoryLimits;
use crate::cli::values::{
    default_data_folder, log_levels, parse_bots, parse_control, parse_data, parse_interval, parse_keep,
    parse_keep_logs, parse_keep_size, parse_listen, parse_lull, parse_on, parse_port, parse_port_number,
    parse_replay, parse_rooms, parse_spam_limit, parse_time, parse_web_host,
};
use crate::cli::{
    BotNames, ClusterOptions, Irc, Peers, RoomNames, Setting, Weather, read_motd, read_operators,
    read_password,
};
use crate::hosts::{Setup, initiators};
use crate::hub::{Config, ListenerKind, SpamLimit};
use crate::journal::RestoredState;
use crate::journal::disk;
use crate::proto::ReplayLimit;
use crate::server::{Interfaces, ListenOptions, ListenerConfig, Reread};

/// The port that ChatyChaty's clients were written for.
const CHATY_PORT: u16 = 55_556;

/// The default of `--keep-size`.
const KEEP_SIZE: &str = "1GiB";

/// The default of `--keep-logs`.
const KEEP_LOGS: &str = "30";

/// The name of the log's folder: in the working folder if there is one, else in the data folder.
const LOG_FOLDER: &str = "logs";

/// The default of `--initiators`, if it exists.
const INITIATORS_FILE: &str = "conversationInitiators.txt";

/// The server's options.
#[derive(Debug, Parser)]
pub struct Serve {
    /// The port to listen on; 0 takes any free one, and prints it
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The address or host name to listen on; 0.0.0.0 is all of IPv4, :: all of IPv6 [default: all of both]
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<String>,

    /// Another address and port to listen on, such as 127.0.0.1:7000 or localhost:7000; as often as there are any
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub listen: Vec<(String, u16)>,

    /// The rooms, separated by commas; everybody starts in the first. NAME=KIND adds a room of a kind, as in hall=lobby
    #[arg(long, value_name = "ROOMS", default_value = "lobby,round,chaty,thrones", value_parser = parse_rooms)]
    pub rooms: RoomNames,

    /// Whether people may open rooms of their own with /open: on, or off
    #[arg(long, value_name = "SETTING", default_value = "on", value_parser = parse_on)]
    pub open_rooms: Setting<()>,

    /// How long such a room stays open while nobody is there, such as 10m
    #[arg(long, value_name = "TIME", default_value = ROOM_LINGER, value_parser = parse_time)]
    pub room_linger: Duration,

    /// The port for ChatyChaty's clients; 0 takes any free one; or off [default: 55556, if it is free and a chaty room is open]
    #[arg(long, value_name = "PORT", value_parser = parse_port)]
    pub chaty_port: Option<Setting<u16>>,

    /// A file with what the host of a lobby says, a sentence a line [default: conversationInitiators.txt here, else a built-in list]
    #[arg(long, value_name = "FILE")]
    pub initiators: Option<PathBuf>,

    /// How often the host of a lobby speaks while people answer, such as 30s or 5m; or off
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_interval)]
    pub host_interval: Setting<Duration>,

    /// How long people who talk to one another must be silent before the host of a lobby speaks, such as 30s; or 0s
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_lull)]
    pub host_lull: Duration,

    /// The bots of the lobby, separated by commas: simple, weather, sport, art; or none
    #[arg(long, value_name = "NAMES", default_value = "simple,weather,sport,art", value_parser = parse_bots)]
    pub bots: BotNames,

    /// How the bots know the weather.
    #[command(flatten)]
    pub weather: Weather,

    /// Whether browsers are served: on, or off
    #[arg(long, value_name = "SETTING", default_value = "on", value_parser = parse_on)]
    pub web: Setting<()>,

    /// A name that browsers may know this server by, beside this machine's own, addresses, localhost and names that end with
    /// .local; as often as there are names
    #[arg(long, value_name = "NAME", value_parser = parse_web_host)]
    pub web_host: Vec<String>,

    /// A file with a password that everybody has to give: one line [default: none is asked for]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// A file with those who may operate the server from the chat: a name and a hash of a password a line [default: nobody may]
    #[arg(long, value_name = "FILE")]
    pub opers: Option<PathBuf>,

    /// What IRC clients are told.
    #[command(flatten)]
    pub irc: Irc,

    /// What peers may do.
    #[command(flatten)]
    pub peers: Peers,

    /// Disconnect a member that sends this many messages within this time; or off
    #[arg(long, value_name = "MESSAGES/TIME", default_value = "10/4s", value_parser = parse_spam_limit)]
    pub spam_limit: Setting<SpamLimit>,

    /// The folder for messages, bans, mutes and opened rooms; or none [default: this user's state folder]
    #[arg(long, value_name = "FOLDER", value_parser = parse_data)]
    pub data: Option<Setting<PathBuf>>,

    /// Deliver a message only when it is synced to disk, so that a power cut loses nothing that was heard
    #[arg(long)]
    pub durable: bool,

    /// How long messages are kept, such as 30d; off keeps them for ever
    #[arg(long, value_name = "TIME", default_value = "off", value_parser = parse_keep)]
    pub keep: Setting<Duration>,

    /// How much disk space they may use; beyond that, the oldest are deleted
    #[arg(long, value_name = "SIZE", default_value = KEEP_SIZE, value_parser = parse_keep_size)]
    pub keep_size: ByteSize,

    /// How many messages of people a newcomer to a room hears, with as many of hosts and bots at most; or all, or off
    #[arg(long, value_name = "MESSAGES", default_value = "50", value_parser = parse_replay)]
    pub replay: ReplayLimit,

    /// How many messages of people are in memory for newcomers, for each room; those of hosts and bots do not count, but are as many
    /// at most
    #[arg(long, value_name = "MESSAGES", default_value_t = HISTORY_MESSAGES)]
    pub history: usize,

    /// How many bytes these messages may have
    #[arg(long, value_name = "BYTES", default_value_t = HISTORY_BYTES)]
    pub history_bytes: usize,

    /// What makes it a node of a cluster.
    #[command(flatten)]
    pub sharing: ClusterOptions,

    /// The Unix socket for salon ctl; or off [default: one for this user and port]
    #[arg(long, value_name = "PATH", value_parser = parse_control)]
    pub control: Option<Setting<PathBuf>>,

    /// Read no commands from standard input; a signal or salon ctl stops the server
    #[arg(long)]
    pub no_console: bool,

    /// The folder for the log, a file a day [default: logs here, if there is one, else logs in this user's state folder]
    #[arg(long, value_name = "FOLDER")]
    pub log_dir: Option<PathBuf>,

    /// How many days of log files are kept; off keeps all
    #[arg(long, value_name = "DAYS", default_value = KEEP_LOGS, value_parser = parse_keep_logs)]
    pub keep_logs: Setting<usize>,

    /// How much is logged: off, error, warn, info, debug (includes messages) or trace
    #[arg(long, value_name = "LEVEL", default_value = "info", hide_possible_values = true, ignore_case = true,
        value_parser = log_levels())]
    pub log_level: LevelFilter,
}

impl Serve {
    /// The listeners: of `--port`, and those of `--listen`. ChatyChaty's clients have one if `--chaty-port` names a port; by default, if there is a `chaty` room and
    /// the port is free. An error is a sentence that says what to do.
    pub fn listeners(&self) -> Result<Vec<ListenerConfig>, String> {
        let find = |name: &str| Interfaces::find(name, ListenOptions::MAIN);
        let interfaces = self.bind.as_deref().map_or(Ok(Interfaces::All), find)?;
        let has_room = self.rooms.0.iter().any(|(_, kind)| kind.traits.kind == "chaty");
        let main = ListenerConfig {
            interfaces,
            port: self.port,
            kind: ListenerKind::Any,
            options: ListenOptions::MAIN,
            is_optional: false,
        };
        let more = self.listen.iter().map(|(address, port)| {
            let interfaces = Interfaces::find(address, ListenOptions::MORE)?;
            Ok(ListenerConfig { interfaces, port: *port, options: ListenOptions::MORE, ..main.clone() })
        });
        let more = more.collect::<Result<Vec<_>, String>>()?;
        let on_chaty_port = |port, is_optional| ListenerConfig {
            port,
            kind: ListenerKind::Chaty,
            options: ListenOptions::CHATY,
            is_optional,
            ..main.clone()
        };
        let chaty = match self.chaty_port {
            None if has_room => Some(on_chaty_port(CHATY_PORT, true)),
            Some(Setting::On(port)) => Some(on_chaty_port(port, false)),
            None | Some(Setting::Off) => None,
        };
        Ok([main].into_iter().chain(more).chain(chaty).collect())
    }

    /// The hub's configuration, with the initiators read from their file. An error is a sentence that says what to do.
    pub fn config(&self, seed: u64) -> Result<Config, String> {
        Ok(Config {
            rooms: self.rooms.0.clone(),
            people_open_rooms: self.open_rooms != Setting::Off,
            room_linger: self.room_linger,
            hosts: Setup {
                initiators: read_initiators(self.initiators.as_deref())?.into_iter().map(Rc::from).collect(),
                interval: self.host_interval.value(),
                lull: self.host_lull,
                bots: self.bots.0.clone(),
                seed,
            },
            spam_limit: self.spam_limit.value(),
            limits: self.peers.limits(),
            history: HistoryLimits { messages: self.history, bytes: self.history_bytes },
            replay: self.replay,
            restored: RestoredState::default(),
            outlives: self.data != Some(Setting::Off),
            memory: crate::server::memory,
            tokens: None,
            cluster: None,
            password: self.password_file.as_deref().map(read_password).transpose()?,
            operators: self.opers.as_deref().map_or(Ok(Vec::new()), read_operators)?,
            irc: self.irc.server()?,
            start: (Instant::now(), SystemTime::now()),
        })
    }

    /// Reads again, as often as it is called, the files that may change while the server runs. It may block.
    pub fn reread(&self) -> impl Fn() -> Reread + Send + Sync + use<> {
        let (initiators, password) = (self.initiators.clone(), self.password_file.clone());
        let (operators, motd) = (self.opers.clone(), self.irc.motd.clone());
        move || Reread {
            initiators: read_initiators(initiators.as_deref()),
            password: password.as_deref().map(read_password).transpose(),
            operators: operators.as_deref().map_or(Ok(Vec::new()), read_operators),
            motd: read_motd(motd.as_deref()),
        }
    }

    /// The folder for the log.
    pub fn log_folder(&self) -> PathBuf {
        let here = PathBuf::from(LOG_FOLDER);
        let usual = || default_data_folder().filter(|_| !here.is_dir()).map(|folder| folder.join(LOG_FOLDER));
        self.log_dir.clone().or_else(usual).unwrap_or(here)
    }

    /// The names by which browsers may address the server; `None`: browsers are not served.
    pub fn web(&self) -> Option<Vec<String>> {
        self.web.value().map(|()| self.web_host.clone())
    }

    /// The data on disk; `None` with `--data none`. An error says what to do.
    pub fn data(&self) -> Result<Option<disk::Settings>, String> {
        let folder = match &self.data {
            Some(Setting::Off) => return Ok(None),
            Some(Setting::On(folder)) => folder.clone(),
            None => default_data_folder()
                .ok_or("no data folder is known, as $HOME is not set. Name one with --data, or keep nothing with --data none.")?,
        };
        Ok(Some(disk::Settings {
            folder,
            durable: self.durable,
            keep: self.keep.value(),
            keep_bytes: self.keep_size.as_u64(),
            restored_messages: self.history,
            restored_bytes: self.history_bytes,
        }))
    }
}

/// Reads the sentences of a lobby's host: from the `named` file, else from `INITIATORS_FILE` if it exists, else the built-in
/// list. An error is a sentence that says what to do.
pub fn read_initiators(named: Option<&Path>) -> Result<Vec<String>, String> {
    let path = match named {
        Some(path) => path,
        None if Path::new(INITIATORS_FILE).exists() => Path::new(INITIATORS_FILE),
        None => return Ok(initiators::built_in()),
    };
    let shown = path.display();
    // A pipe that nobody named would keep the service waiting.
    if named.is_none() && !path.is_file() {
        return Err(format!("{shown} is not a file. Rename it, or name a file with --initiators."));
    }
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(INITIATORS_BYTES + 1).read_to_end(&mut content))
        .map_err(|why| format!("{shown} cannot be read: {why}. Name another file with --initiators."))?;
    if content.len() as u64 > INITIATORS_BYTES {
        return Err(format!(
            "{shown} is longer than {INITIATORS_BYTES} bytes. Shorten it, or name another file."
        ));
    }
    initiators::parse(&content)
        .map_err(|why| format!("{shown} {why}, or name another file with --initiators."))
}
