//! The options of the server that concern IRC clients.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::limits::{IRC_NETWORK_CHARS, IRC_SERVER_NAME_CHARS, MOTD_BYTES, MOTD_LINES};
use crate::base::text::sanitize;
use crate::cli::Setting;
use crate::cli::values::parse_on;
use crate::wire::IrcServer;

/// What IRC clients are told.
#[derive(Debug, Args)]
pub struct Irc {
    /// Whether IRC clients are served: on, or off
    #[arg(long, value_name = "SETTING", default_value = "on", value_parser = parse_on)]
    pub irc: Setting<()>,

    /// The name of the server for IRC clients, such as chat.example.org [default: the name of this machine]
    #[arg(long, value_name = "NAME", value_parser = parse_server_name)]
    pub server_name: Option<String>,

    /// The name of the network for IRC clients
    #[arg(long, value_name = "NAME", default_value = "Salon", value_parser = parse_network)]
    pub network: String,

    /// Whether IRC clients join the first room as they come: on, or off
    #[arg(long, value_name = "SETTING", default_value = "off", value_parser = parse_on)]
    pub irc_join: Setting<()>,

    /// A file with a message of the day for IRC clients
    #[arg(long, value_name = "FILE")]
    pub motd: Option<PathBuf>,
}

impl Irc {
    /// What IRC clients are told; `None`: they are not served. An error is a sentence that says what to do.
    pub fn server(&self) -> Result<Option<IrcServer>, String> {
        if self.irc == Setting::Off {
            return Ok(None);
        }
        Ok(Some(IrcServer {
            name: self.server_name.clone().unwrap_or_else(machine),
            network: self.network.clone(),
            motd: read_motd(self.motd.as_deref())?,
            joins_first: self.irc_join != Setting::Off,
        }))
    }
}

/// The name of this machine, as far as IRC can express it.
fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    parse_server_name(&name).unwrap_or_else(|_| "salon".into())
}

fn parse_server_name(text: &str) -> Result<String, String> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if text.is_empty() || text.len() > IRC_SERVER_NAME_CHARS || !text.chars().all(is_valid) {
        return Err(format!(
            "it must be 1 to {IRC_SERVER_NAME_CHARS} letters of the English alphabet, digits, dots and hyphens"
        ));
    }
    Ok(text.into())
}

fn parse_network(text: &str) -> Result<String, String> {
    let is_valid = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.chars().count() > IRC_NETWORK_CHARS || !text.chars().all(is_valid) {
        return Err(format!("it must be 1 to {IRC_NETWORK_CHARS} letters, digits, dots and hyphens"));
    }
    Ok(text.into())
}

/// Reads the message of the day, in lines. An error is a sentence that says what to do.
pub fn read_motd(path: Option<&Path>) -> Result<Vec<String>, String> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let shown = path.display();
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOTD_BYTES + 1).read_to_end(&mut content))
        .map_err(|why| format!("{shown} cannot be read: {why}. Name another file with --motd."))?;
    let lines: Vec<String> = content
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .map(|line| sanitize(line).into_owned())
        .collect();
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |at| at + 1);
    if content.len() as u64 > MOTD_BYTES || end > MOTD_LINES {
        return Err(format!("{shown} is longer than {MOTD_LINES} lines or {MOTD_BYTES} bytes. Shorten it."));
    }
    Ok(lines[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_a_line_of_irc() {
        for (name, is_valid) in [
            ("chat.example.org", true),
            ("a-1", true),
            ("", false),
            ("a b", false),
            (":a", false),
            ("ä", false),
        ] {
            assert_eq!(parse_server_name(name).is_ok(), is_valid, "{name}");
        }
        assert!(parse_server_name(&"x".repeat(64)).is_err());
        assert!(parse_network("Café").is_ok() && parse_network("a b").is_err());
    }
}
