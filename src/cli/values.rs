//! Parses the values of options, and finds their defaults. Each parser's error says what is expected.

use std::error::Error;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use log::LevelFilter;

use crate::base::duration;
use crate::base::limits::{RETENTION_BYTES_MIN, RETENTION_MAX, RETENTION_MIN, ROOMS, SETTING_DURATION_MAX};
use crate::base::name::NameKey;
use crate::bots::Character;
use crate::hosts::{self, RoomKind};
use crate::hub::SpamLimit;
use crate::proto::ReplayLimit;
use crate::weather::{Contact, Source};

/// The bots of the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotNames(pub Vec<Character>);

/// Rooms: name and kind.
#[derive(Clone, Debug)]
pub struct RoomNames(pub Vec<(String, &'static RoomKind)>);

/// An option that can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// `off` (or `none`).
    Off,
    /// Any other value.
    On(T),
}

impl<T> Setting<T> {
    /// The value; `None` if it is turned off.
    pub fn value(self) -> Option<T> {
        match self {
            Setting::Off => None,
            Setting::On(value) => Some(value),
        }
    }
}

pub(super) fn parse_data(text: &str) -> Result<Setting<PathBuf>, String> {
    match text {
        "" => Err("it must be a folder, or none".into()),
        "none" => Ok(Setting::Off),
        path => Ok(Setting::On(path.into())),
    }
}

pub(super) fn parse_keep(text: &str) -> Result<Setting<Duration>, String> {
    if text == "off" {
        return Ok(Setting::Off);
    }
    let time = duration::parse_within(text, RETENTION_MIN, RETENTION_MAX);
    time.map(Setting::On).map_err(|why| format!("{why}; or off"))
}

pub(super) fn parse_keep_size(text: &str) -> Result<ByteSize, String> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!("{text} has no unit; write it as 500MB or 2GiB"));
    }
    let size: ByteSize = text.parse().map_err(|_| "write it as 500MB or 2GiB")?;
    if size.as_u64() < RETENTION_BYTES_MIN {
        return Err(format!("it must be at least {}", ByteSize(RETENTION_BYTES_MIN)));
    }
    Ok(size)
}

pub(super) fn parse_keep_logs(text: &str) -> Result<Setting<usize>, String> {
    if text == "off" {
        return Ok(Setting::Off);
    }
    match text.strip_suffix('d').unwrap_or(text).parse() {
        Ok(days @ 1..) => Ok(Setting::On(days)),
        _ => Err("write it as 30, for the files of 30 days; or off".into()),
    }
}

pub(super) fn parse_control(text: &str) -> Result<Setting<PathBuf>, String> {
    match text {
        "" => Err("it must be a path, or off".into()),
        "off" => Ok(Setting::Off),
        path => Ok(Setting::On(path.into())),
    }
}

pub(super) fn parse_port(text: &str) -> Result<Setting<u16>, String> {
    if text == "off" {
        return Ok(Setting::Off);
    }
    text.parse().map(Setting::On).map_err(|_| "a port is a number from 0 to 65535, or off".into())
}

pub(super) fn parse_replay(text: &str) -> Result<ReplayLimit, String> {
    ReplayLimit::parse(text).ok_or_else(|| "it must be a number of messages, all, or off".into())
}

pub(super) fn parse_on(text: &str) -> Result<Setting<()>, String> {
    match text {
        "on" => Ok(Setting::On(())),
        "off" => Ok(Setting::Off),
        _ => Err("it must be on or off".into()),
    }
}

/// Parses the name of a host, without a port.
pub(super) fn parse_web_host(text: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if text.is_empty() || !text.chars().all(is_part) {
        return Err("it must be the name of a host without a port, such as chat.example.org".into());
    }
    Ok(text.to_owned())
}

pub(super) fn parse_port_number(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number from 0 to 65535".into())
}

pub(super) fn parse_interval(text: &str) -> Result<Setting<Duration>, String> {
    if text == "off" {
        return Ok(Setting::Off);
    }
    parse_time(text).map(Setting::On).map_err(|why| format!("{why}; or off"))
}

/// Parses a time from a second to a day.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    duration::parse_within(text, Duration::from_secs(1), SETTING_DURATION_MAX)
}

/// 0: nothing is waited for.
pub(super) fn parse_lull(text: &str) -> Result<Duration, String> {
    duration::parse_within(text, Duration::ZERO, SETTING_DURATION_MAX)
}

pub(super) fn parse_weather_source(text: &str) -> Result<Setting<Source>, String> {
    if text == "off" {
        Ok(Setting::Off)
    } else {
        Source::parse(text).map(Setting::On).map_err(|why| why.to_string())
    }
}

pub(super) fn parse_contact(text: &str) -> Result<Contact, String> {
    Contact::parse(text).map_err(|why| why.to_string())
}

/// The default contact: `$EMAIL`, else `USER@HOSTNAME`.
pub(super) fn default_weather_contact() -> Option<Contact> {
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or("salon".into());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let email = std::env::var("EMAIL").ok().and_then(|email| Contact::parse(&email).ok());
    email.or_else(|| Contact::parse(&format!("{name}@{host}")).ok())
}

/// The default folder for cached forecasts, by the XDG Base Directory Specification.
pub(super) fn default_weather_cache() -> Option<PathBuf> {
    let cache =
        absolute_path("XDG_CACHE_HOME").or_else(|| absolute_path("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("salon").join("weather"))
}

/// The default data folder: `$STATE_DIRECTORY` if systemd sets it; else this user's state folder, by the XDG Base Directory
/// Specification or Apple's File System Programming Guide.
pub(super) fn default_data_folder() -> Option<PathBuf> {
    absolute_path("STATE_DIRECTORY").or_else(state_folder)
}

/// The file in which the terminal client remembers rooms.
pub fn rooms_file() -> Option<PathBuf> {
    Some(state_folder()?.join("join.json"))
}

/// The folder of this user's configuration, by the XDG Base Directory Specification.
pub(super) fn config_folder() -> Option<PathBuf> {
    let config = absolute_path("XDG_CONFIG_HOME")
        .or_else(|| absolute_path("HOME").map(|home| home.join(".config")))?;
    Some(config.join("salon"))
}

fn absolute_path(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn state_folder() -> Option<PathBuf> {
    let home = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
    let state =
        absolute_path("XDG_STATE_HOME").or_else(|| absolute_path("HOME").map(|folder| folder.join(home)))?;
    Some(state.join("salon"))
}

pub(super) fn parse_bots(text: &str) -> Result<BotNames, String> {
    if text == "none" {
        return Ok(BotNames(Vec::new()));
    }
    text.split(',').map(|word| word.trim().parse()).collect::<Result<_, _>>().map(BotNames)
}

pub(super) fn parse_rooms(text: &str) -> Result<RoomNames, String> {
    let mut rooms: Vec<(String, &'static RoomKind)> = Vec::new();
    for word in text.split(',').map(str::trim) {
        let (name, kind) = hosts::parse_room(word)?;
        if rooms.iter().any(|(other, _)| NameKey::of(other) == NameKey::of(&name)) {
            return Err(format!("the room {name} is named twice"));
        }
        rooms.push((name, kind));
    }
    if rooms.len() > ROOMS {
        return Err(format!("there can be {ROOMS} rooms at most"));
    }
    Ok(RoomNames(rooms))
}

pub(super) fn parse_spam_limit(text: &str) -> Result<Setting<SpamLimit>, String> {
    if text == "off" { Ok(Setting::Off) } else { text.parse().map(Setting::On) }
}

/// Checks `HOST` or `HOST:PORT`. A wrong port is an error here: otherwise it would count as part of the name.
pub(super) fn parse_destination(text: &str) -> Result<String, String> {
    let wrong = match text.rsplit_once(':') {
        _ if text.trim().is_empty() => Some("it must be a host's name or address, such as localhost".into()),
        Some(("" | "[]", _)) => Some(format!("there is no host before the port in {text}")),
        Some((host, port)) if !host.contains(':') || (host.starts_with('[') && host.ends_with(']')) => {
            let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
            (!is_port)
                .then(|| format!("the port after the host is a number from 1 to 65535, as in {host}:2020"))
        }
        _ => None,
    };
    wrong.map_or_else(|| Ok(text.to_owned()), Err)
}

/// Parses `ADDRESS:PORT`, where an address of IPv6 stands in brackets.
pub(super) fn parse_listen(text: &str) -> Result<(String, u16), String> {
    let wrong = || "write it as 127.0.0.1:7000, [::1]:7000 or localhost:7000".to_owned();
    let (address, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let is_whole = !address.contains(':') || (address.starts_with('[') && address.ends_with(']'));
    if address.is_empty() || address == "[]" || !is_whole {
        return Err(wrong());
    }
    Ok((address.to_owned(), parse_port_number(port)?))
}

/// Parses a log level.
pub(super) fn log_levels() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug", "trace"])
        .try_map(|level| level.parse::<LevelFilter>())
}

/// Parses a number within these bounds.
pub(super) fn bounded<T>(bounds: RangeInclusive<u64>) -> RangedU64ValueParser<T>
where
    T: TryFrom<u64> + Clone + Send + Sync + 'static,
    <T as TryFrom<u64>>::Error: Error + Send + Sync + 'static,
{
    RangedU64ValueParser::new().range(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listened_on_has_an_address_and_a_port() {
        for (text, address, port) in [
            ("127.0.0.1:7000", "127.0.0.1", 7000),
            ("[::1]:0", "[::1]", 0),
            ("[fe80::1%eth0]:7000", "[fe80::1%eth0]", 7000),
            ("localhost:65535", "localhost", 65535),
        ] {
            assert_eq!(parse_listen(text), Ok((address.to_owned(), port)), "{text}");
        }
        for text in ["", "7000", "localhost", ":7000", "[]:7000", "::1:7000", "[::1]", "a:70000", "a:"] {
            assert!(parse_listen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_with_a_port_and_without() {
        for good in [
            "localhost",
            "localhost:2020",
            "192.0.2.7:1",
            "::1",
            "[::1]",
            "[::1]:65535",
            "fe80::1%eth0",
            "::",
        ] {
            assert_eq!(parse_destination(good).as_deref(), Ok(good));
        }
        for (bad, why) in [
            ("", "it must be a host's name or address"),
            ("  ", "it must be a host's name or address"),
            (":2020", "there is no host before the port in :2020"),
            ("[]:2020", "there is no host before"),
            ("[::1]:x", "the port after the host is a number from 1 to 65535, as in [::1]:2020"),
            ("[::1]:", "the port after the host"),
            ("localhost:99999", "the port after the host is a number from 1 to 65535, as in localhost:2020"),
            ("localhost:0", "the port after the host"),
            ("localhost:", "the port after the host"),
        ] {
            let said = parse_destination(bad).unwrap_err();
            assert!(said.starts_with(why), "{bad}: {said}");
        }
    }
}
