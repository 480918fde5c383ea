//! The command line: subcommands and options, and the configurations that they describe.

mod cluster;
mod cluster_dev;
mod help;
mod irc;
mod join;
mod join_config;
mod peers;
mod place;
mod values;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use bytesize::ByteSize;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use log::LevelFilter;

use crate::base::limits::{
    BENCH_MEMBERS, BENCH_MESSAGES, BENCH_RATE, BENCH_SIZE, BENCH_WINDOW, HISTORY_BYTES, HISTORY_MESSAGES,
    INITIATORS_BYTES, ROOM_LINGER,
};
use crate::base::text::sanitize;
use crate::bots::{Character, Guest, KeywordBot};
use crate::chat::HistoryLimits;
use crate::client;
use crate::client::bench::load::{Dialects, Plan};
use crate::client::bot_swarm::BotKind;
use crate::hosts::{Setup, initiators};
use crate::hub::{Config, ListenerKind, SpamLimit};
use crate::journal::RestoredState;
use crate::journal::disk;
use crate::manual;
use crate::proto::ReplayLimit;
use crate::server::{Interfaces, ListenerConfig};
use crate::weather::{self, Contact, Source};

use values::{
    bounded, default_data_folder, default_weather_cache, default_weather_contact, log_levels, parse_bots,
    parse_contact, parse_control, parse_data, parse_destination, parse_interval, parse_keep, parse_keep_logs,
    parse_keep_size, parse_lull, parse_on, parse_port, parse_port_number, parse_replay, parse_rooms,
    parse_spam_limit, parse_time, parse_weather_source, parse_web_host,
};

pub use cluster::{ClusterOptions, Servers};
pub use cluster_dev::{Cluster, ClusterCommand, Dev};
pub use help::help;
pub use irc::Irc;
pub use join_config::JoinConfig;
pub use peers::Peers;
pub use place::{Place, parse_place};
pub use values::{BotNames, RoomNames, Setting, rooms_file};

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

/// Salon: a chat server that one command starts and every client already on your machine can join.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, disable_help_subcommand = true, after_help = chapters())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server. Join it in a browser, or by netcat: nc localhost 2020
    Serve(Box<Serve>),
    /// Join a chat: a full client on a terminal, a filter in a pipeline
    Join(Join),
    /// Connect bots to a server from outside
    Bots(Bots),
    /// Operate a server that runs on this machine
    Ctl(Ctl),
    /// Measure a server: fill a room, send messages, and time every delivery
    Bench(Bench),
    /// Try rooms that several servers share
    Cluster(Cluster),
    /// Show a chapter of the manual
    Help {
        /// The chapter to show
        #[arg(value_name = "TOPIC")]
        topic: Option<String>,
    },
}

fn chapters() -> String {
    format!("Chapters of the manual, as in \"salon help join\":\n{}", manual::contents())
}

/// The client's options.
#[derive(Debug, Parser)]
pub struct Join {
    /// The server, and your name there, such as example.org, Ann@example.org or Ann@example.org:2020
    #[arg(value_name = "[NAME@]HOST[:PORT]", value_parser = parse_place, conflicts_with = "dest")]
    pub place: Option<Place>,

    /// The server's name or address [default: localhost]
    #[arg(short, long, alias = "Dest", value_name = "HOST", value_parser = parse_destination)]
    pub dest: Option<String>,

    /// The server's port
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// Your name in the chat [default: $USER]
    #[arg(short, long, alias = "Username", value_name = "NAME")]
    pub username: Option<String>,

    /// The room to join [default: where you were, or the server's first room]
    #[arg(short, long, value_name = "ROOM", default_value = "", hide_default_value = true)]
    pub room: String,

    /// How many messages of people to hear of what was said before [default: as the server says; in a pipeline 0]
    #[arg(long, value_name = "NUMBER")]
    pub history: Option<usize>,

    /// In a pipeline: lines that begin with a slash are commands, not messages
    #[arg(long)]
    pub commands: bool,
}

/// Options of bots that come from outside.
#[derive(Debug, Parser)]
pub struct Bots {
    /// The server's name or address
    #[arg(short, long, alias = "Dest", value_name = "HOST", default_value = "localhost", value_parser = parse_destination)]
    pub dest: String,

    /// The server's port
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The room to join [default: the server's first room]
    #[arg(short, long, value_name = "ROOM", default_value = "", hide_default_value = true)]
    pub room: String,

    /// How many of each
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub count: u16,

    /// How the bots know the weather.
    #[command(flatten)]
    pub weather: Weather,

    /// The bots to connect, all of one room. Lobby: simple, weather, sport, art; round: madelen, felix, marija, rateb;
    /// chaty: alice, bob, dora, chuck; thrones: any names [default: all bots of the room]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// An operator's options.
#[derive(Debug, Parser)]
pub struct Ctl {
    /// The server's socket [default: the one of this user's server on that port]
    #[arg(long, value_name = "PATH", conflicts_with = "port")]
    pub control: Option<PathBuf>,

    /// The server's port
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// Print each answer as one line of JSON: ok (whether it was done), text (for people), data (for programs)
    #[arg(long)]
    pub json: bool,

    /// The command, such as: kick Bob for the noise. Without one, commands are read from standard input
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
}

/// Options of a bench.
#[derive(Debug, Parser)]
#[command(after_help = BENCH_HELP)]
pub struct Bench {
    /// The server's name or address
    #[arg(short, long, alias = "Dest", value_name = "HOST", default_value = "localhost", value_parser = parse_destination)]
    pub dest: String,

    /// The server's port
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The room to fill [default: one that is opened for it, or if you are not the server's operator, its first room]
    #[arg(short, long, value_name = "ROOM")]
    pub room: Option<String>,

    /// Fill the room even if people are in it
    #[arg(long)]
    pub anyway: bool,

    /// How many members are in the room
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = bounded::<u16>(BENCH_MEMBERS))]
    pub members: u16,

    /// How many of them speak, in turn
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = bounded::<u16>(BENCH_MEMBERS))]
    pub speakers: u16,

    /// How many messages they send in all
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000, value_parser = bounded::<u32>(BENCH_MESSAGES))]
    pub messages: u32,

    /// The length of each message, without the name before it
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = bounded::<u16>(BENCH_SIZE))]
    pub size: u16,

    /// Messages a second, by all speakers together [default: as many as the window allows]
    #[arg(long, value_name = "NUMBER", value_parser = bounded::<u32>(BENCH_RATE))]
    pub rate: Option<u32>,

    /// How many messages may be in flight: sent, and not yet received by the last member
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = bounded::<u32>(BENCH_WINDOW))]
    pub window: u32,

    /// The dialect that the members speak
    #[arg(long, value_enum, default_value_t = Dialects::Line)]
    pub dialect: Dialects,

    /// Print the report as a line of JSON
    #[arg(long)]
    pub json: bool,
}

const BENCH_HELP: &str = "\
Start the server with --spam-limit off, unless the rate is low. With --bots none and --host-interval off it has no other work. \
A latency is that of one delivery, from the moment the message was due. The exit status is 0 if every member received every \
message once, all in the same order, else 1.";

/// How bots know the weather.
#[derive(Debug, Args)]
pub struct Weather {
    /// Where forecasts come from, in the format of MET Norway's locationforecast 2.0; or off [default: MET Norway]
    #[arg(long, value_name = "URL", value_parser = parse_weather_source)]
    pub weather_url: Option<Setting<Source>>,

    /// A contact for MET Norway, required by its terms: an email address or a web site [default: $EMAIL, or you at this machine]
    #[arg(long, value_name = "CONTACT", value_parser = parse_contact)]
    pub weather_contact: Option<Contact>,

    /// The folder in which forecasts are cached [default: this user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub weather_cache: Option<PathBuf>,
}

/// The server's options.
#[derive(Debug, Parser)]
pub struct Serve {
    /// The port to listen on; 0 takes any free one, and prints it
    #[arg(short, long, alias = "Port", default_value_t = 2020, value_parser = parse_port_number)]
    pub port: u16,

    /// The address or host name to listen on; 0.0.0.0 is all of IPv4, :: all of IPv6 [default: all of both]
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<String>,

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

impl Weather {
    /// How to fetch forecasts; `None` if turned off.
    pub fn settings(&self, seed: u64) -> Option<weather::Settings> {
        let source = match self.weather_url.clone().unwrap_or(Setting::On(Source::default())) {
            Setting::On(source) => source,
            Setting::Off => return None,
        };
        let contact = self.weather_contact.clone().or_else(default_weather_contact)?;
        let cache = self.weather_cache.clone().or_else(default_weather_cache);
        Some(weather::Settings::new(source, contact, cache, seed))
    }
}

impl Bots {
    /// The bots to connect. An error says what to do.
    pub fn bots(&self) -> Result<client::SwarmBots, String> {
        let mut names = self.names.clone();
        let defaults = BotKind::of_room(&self.room);
        if names.is_empty() && defaults.is_empty() {
            names.extend(Character::ALL.map(|character| character.word().to_owned()));
        }
        let cast: Result<Vec<Character>, String> = names.iter().map(|name| name.parse()).collect();
        match cast {
            _ if names.is_empty() => Ok(client::SwarmBots::Solo(defaults)),
            // Each once, however often it is named.
            Ok(mut cast) if defaults.is_empty() => {
                cast.sort_unstable();
                cast.dedup();
                Ok(client::SwarmBots::Cast(cast))
            }
            _ => {
                let is_known = |name: &str| {
                    name.parse::<Character>().is_ok() || BotKind::find(name, &self.room).is_some()
                };
                let unknown = || names.iter().find(|name| !is_known(name));
                let mut kinds = Vec::new();
                for name in &names {
                    let kind =
                        BotKind::find(name, &self.room).ok_or_else(|| no_bot(unknown().unwrap_or(name)))?;
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
                Ok(client::SwarmBots::Solo(kinds))
            }
        }
    }
}

impl Bench {
    /// The bench. `connections` is how many the limit of file descriptors allows. An error says what to do.
    pub fn bench(self, connections: u64) -> Result<client::bench::Bench, String> {
        let Bench {
            members,
            speakers,
            messages,
            size,
            rate,
            window,
            dialect: dialects,
            room,
            anyway,
            json,
            ..
        } = self;
        if speakers > members {
            return Err(format!(
                "{speakers} speakers are more than there are members: {members}. Raise --members, or lower --speakers."
            ));
        }
        if dialects == Dialects::Eom && speakers == members {
            return Err("in eom no speaker hears its own messages, so at least one member must only listen. Ask for more \
                        --members than --speakers."
                .into());
        }
        let plan = Plan { members, speakers, messages, size, rate, window, dialects };
        Ok(client::bench::Bench { plan, room, anyway, json, connections })
    }
}

fn no_bot(name: &str) -> String {
    let list = |names: &[&str]| names.join(", ");
    format!(
        "there is no bot \"{name}\" to connect. The lobby has {}, round has {}, and chaty has {}; name bots of one \
         room.",
        list(&Character::ALL.map(Character::word)),
        list(&Guest::ALL.map(Guest::name)),
        list(&KeywordBot::ALL.map(KeywordBot::name)),
    )
}

impl Serve {
    /// The listeners. ChatyChaty's clients have one if `--chaty-port` names a port; by default, if there is a `chaty` room and
    /// the port is free. An error is a sentence that says what to do.
    pub fn listeners(&self) -> Result<Vec<ListenerConfig>, String> {
        let interfaces = self.bind.as_deref().map_or(Ok(Interfaces::All), Interfaces::find)?;
        let has_room = self.rooms.0.iter().any(|(_, kind)| kind.traits.kind == "chaty");
        let listener = |kind, port, is_optional| ListenerConfig {
            interfaces: interfaces.clone(),
            port,
            kind,
            is_optional,
        };
        let chaty = match self.chaty_port {
            None if has_room => Some(listener(ListenerKind::Chaty, CHATY_PORT, true)),
            Some(Setting::On(port)) => Some(listener(ListenerKind::Chaty, port, false)),
            None | Some(Setting::Off) => None,
        };
        Ok([listener(ListenerKind::Any, self.port, false)].into_iter().chain(chaty).collect())
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
            irc: self.irc.server()?,
            start: (Instant::now(), SystemTime::now()),
        })
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

/// Ends the program with an error about the options of a `subcommand`, and its usage.
pub fn exit_with_usage_error(subcommand: &str, kind: ErrorKind, why: &str) -> ! {
    let mut command = Cli::command();
    // Makes the error show the usage of the subcommand.
    command.build();
    match command.find_subcommand_mut(subcommand) {
        Some(meant) => meant.error(kind, why).exit(),
        None => command.error(kind, why).exit(),
    }
}

/// The command line with all its settings, for the log: options as they were typed, and the defaults of the others.
pub fn command_line() -> String {
    let mut command = Cli::command();
    command.build();
    let Ok(matches) = command.try_get_matches_from_mut(std::env::args_os()) else { return String::new() };
    let Some((name, matches)) = matches.subcommand() else { return String::new() };
    let mut words = vec![format!("salon {name}")];
    let arguments = command.find_subcommand(name).into_iter().flat_map(clap::Command::get_arguments);
    for argument in arguments {
        let id = argument.get_id().as_str();
        let Some(option) = argument.get_long().filter(|_| matches!(matches.try_contains_id(id), Ok(true)))
        else {
            continue;
        };
        if argument.get_action().takes_values() {
            let values = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy());
            words.extend(values.map(|value| format!("--{option} {}", quoted(&sanitize(value.as_bytes())))));
        } else if matches.get_flag(id) {
            words.push(format!("--{option}"));
        }
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "'\"\\$`".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
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
