//! The options of the server that limit peers.

use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use crate::base::limits::{SEND_QUEUE_BYTES, SEND_QUEUE_BYTES_RANGE, SESSIONS};
use crate::cli::Setting;
use crate::cli::values::{bounded, parse_interval, parse_time};
use crate::hub::{CommandLimit, PeerLimits};

/// The range of options that count connections.
const CONNECTIONS: RangeInclusive<u64> = 1..=SESSIONS as u64;

/// Limits against hostile or broken clients.
#[derive(Debug, Args)]
pub struct Peers {
    /// The most connections at once
    #[arg(long, value_name = "NUMBER", default_value_t = SESSIONS, value_parser = bounded::<usize>(CONNECTIONS))]
    pub max_connections: usize,

    /// The most connections from one address, or IPv6 /64 network; or off. This machine's own do not count
    #[arg(long, value_name = "NUMBER", default_value = "128", value_parser = parse_number)]
    pub max_per_address: Setting<u32>,

    /// The most new connections from one address in a minute, or at once; or off
    #[arg(long, value_name = "NUMBER", default_value = "256", value_parser = parse_number)]
    pub new_per_minute: Setting<u32>,

    /// How long a new connection may take to give a name
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_time)]
    pub name_within: Duration,

    /// Disconnect a member that sends nothing for this long; it is warned a minute before [default: off]
    #[arg(long, value_name = "TIME", default_value = "off", hide_default_value = true, value_parser = parse_interval)]
    pub idle: Setting<Duration>,

    /// How many points a member may spend on commands within this time (salon help limits); or off
    #[arg(long, value_name = "POINTS/TIME", default_value = "50/50s", value_parser = parse_command_limit)]
    pub command_limit: Setting<CommandLimit>,

    /// How many bytes may be queued for a client before it is disconnected
    #[arg(long, value_name = "BYTES", default_value_t = SEND_QUEUE_BYTES, value_parser = bounded::<usize>(SEND_QUEUE_BYTES_RANGE))]
    pub send_queue: usize,

    /// Disconnect a client that reads nothing for this long while data is queued for it; or off
    #[arg(long, value_name = "TIME", default_value = "3m", value_parser = parse_interval)]
    pub send_age: Setting<Duration>,
}

impl Peers {
    /// The limits for the hub.
    pub fn limits(&self) -> PeerLimits {
        PeerLimits {
            connections: self.max_connections,
            per_address: self.max_per_address.value().map(|limit| limit as usize),
            new_per_minute: self.new_per_minute.value(),
            name_timeout: self.name_within,
            idle: self.idle.value(),
            commands: self.command_limit.value(),
            send_queue: self.send_queue,
            write_stall_timeout: self.send_age.value(),
            ..PeerLimits::default()
        }
    }
}

fn parse_number(text: &str) -> Result<Setting<u32>, String> {
    if text == "off" {
        return Ok(Setting::Off);
    }
    let number = text.parse().ok().filter(|number| CONNECTIONS.contains(&u64::from(*number)));
    number.map(Setting::On).ok_or_else(|| format!("it must be a number from 1 to {SESSIONS}, or off"))
}

fn parse_command_limit(text: &str) -> Result<Setting<CommandLimit>, String> {
    if text == "off" { Ok(Setting::Off) } else { text.parse().map(Setting::On) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn limits(options: &str) -> Result<PeerLimits, String> {
        let words = ["salon", "serve"].into_iter().chain(options.split_whitespace());
        match Cli::try_parse_from(words).map_err(|why| why.to_string())?.command {
            Command::Serve(serve) => Ok(serve.peers.limits()),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn without_options_the_limits_are_those_of_the_table() {
        assert_eq!(limits(""), Ok(PeerLimits::default()));
    }

    #[test]
    fn limits_as_written() {
        let open =
            limits("--max-per-address off --new-per-minute off --command-limit off --send-age off").unwrap();
        assert_eq!(
            (open.per_address, open.new_per_minute, open.commands, open.write_stall_timeout),
            (None, None, None, None)
        );
        let close = limits("--max-connections 9 --max-per-address 2 --idle 30m --name-within 10s").unwrap();
        assert_eq!((close.connections, close.per_address), (9, Some(2)));
        assert_eq!(
            (close.idle, close.name_timeout),
            (Some(Duration::from_secs(1800)), Duration::from_secs(10))
        );
        for wrong in [
            "--max-connections 0",
            "--max-connections 99999",
            "--max-connections off",
            "--max-per-address 0",
            "--new-per-minute -1",
            "--name-within off",
            "--name-within 0s",
            "--idle soon",
            "--idle 2days",
            "--send-queue 1000",
            "--send-age 1ms",
            "--idle 30",
            "--idle 30M",
            "--idle 1:30",
            "--command-limit 10",
            "--command-limit 0/1s",
        ] {
            assert!(limits(wrong).is_err(), "{wrong}");
        }
    }
}
