//! The options of bots that connect from outside.

use clap::Parser;

use crate::bots::{Character, Guest, KeywordBot};
use crate::cli::values::{parse_destination, parse_port_number};
use crate::cli::{PasswordOption, Weather};
use crate::client;
use crate::client::bot_swarm::BotKind;

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

    /// The password of the server.
    #[command(flatten)]
    pub password: PasswordOption,

    /// How the bots know the weather.
    #[command(flatten)]
    pub weather: Weather,

    /// The bots to connect, all of one room. Lobby: simple, weather, sport, art; round: madelen, felix, marija, rateb;
    /// chaty: alice, bob, dora, chuck; thrones: any names [default: all bots of the room]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
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
