//! The command line: subcommands and options, and the configurations that they describe.

mod bench;
mod bots;
mod cluster;
mod cluster_check;
mod cluster_dev;
mod help;
mod irc;
mod join;
mod join_config;
mod operators;
mod passwords;
mod peers;
mod place;
mod serve;
mod usage;
mod values;
mod weather;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::manual;
use values::{parse_destination, parse_port_number};

pub use bench::Bench;
pub use bots::Bots;
pub use cluster::{ClusterOptions, EngineOptions, Servers};
pub use cluster_check::report;
pub use cluster_dev::{Cluster, ClusterCommand, Dev};
pub use help::help;
pub use irc::{Irc, read_motd};
pub use join_config::JoinConfig;
pub use operators::{hash_password, read_operators};
pub use passwords::{PasswordOption, read_password};
pub use peers::Peers;
pub use place::{Place, parse_place};
pub use serve::{Serve, read_initiators};
pub use usage::{command_line, exit_with_usage_error};
pub use values::{BotNames, RoomNames, Setting, rooms_file};
pub use weather::Weather;

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
    /// Print the hash of a password, for the file of serve --opers
    HashPassword,
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

    /// The password of the server.
    #[command(flatten)]
    pub password: PasswordOption,

    /// In a pipeline: lines that begin with a slash are commands, not messages
    #[arg(long)]
    pub commands: bool,
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
