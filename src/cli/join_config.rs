//! The configuration file of `salon join`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;

use crate::base::limits::JOIN_CONFIG_BYTES;
use crate::base::text::sanitize;
use crate::cli::place::Place;
use crate::cli::values::config_folder;
use crate::client::alert::Notifications;
use crate::client::palette::Palette;
use crate::client::preferences::Preferences;

/// The entry of `servers` for a user that names no server.
const DEFAULT_SERVER: &str = "default";

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JoinConfig {
    name: Option<String>,
    servers: BTreeMap<String, Place>,
    colours: Option<Palette>,
    notifications: Notifications,
    ignores: Vec<String>,
}

impl JoinConfig {
    /// Reads this user's file. Without a file, nothing is configured. An error says what to do.
    pub fn load() -> Result<JoinConfig, String> {
        let Some(path) = config_folder().map(|folder| folder.join("join.toml")) else {
            return Ok(JoinConfig::default());
        };
        match read(&path) {
            Ok(text) => JoinConfig::parse(&text).map_err(|why| format!("{}, {why}", path.display())),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(JoinConfig::default()),
            Err(why) => Err(format!("{} cannot be read: {why}", path.display())),
        }
    }

    /// Parses the text of a file. An error names the line.
    pub fn parse(text: &str) -> Result<JoinConfig, String> {
        toml::from_str(text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            format!("line {line}: {}", sanitize(in_english(why.message()).as_bytes()))
        })
    }

    /// The name to be known by.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The server with this name in the file, or the default one.
    pub(super) fn server(&self, name: Option<&str>) -> Option<&Place> {
        self.servers.get(name.unwrap_or(DEFAULT_SERVER))
    }

    /// The preferences.
    pub fn preferences(self) -> Preferences {
        Preferences { palette: self.colours, notifications: self.notifications, ignores: self.ignores }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(JOIN_CONFIG_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// The parser's message as a sentence of ours, where users meet it often.
fn in_english(message: &str) -> String {
    let unknown = [("unknown field `", "key"), ("unknown variant `", "value")];
    let found = unknown.into_iter().find_map(|(start, what)| {
        let (name, known) = message.strip_prefix(start)?.split_once("`, expected ")?;
        Some(format!(
            "there is no {what} {name}. Known: {}.",
            known.trim_start_matches("one of ").replace('`', "")
        ))
    });
    found.unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys() {
        let text = "name = 'Ann'\ncolours = '16'\nnotifications = 'bell'\nignores = ['Bob']\n\
                    [servers]\ndefault = 'example.org'\nwork = 'Anna@chat.example.org:99'\n";
        let config = JoinConfig::parse(text).unwrap();
        assert_eq!(config.name(), Some("Ann"));
        assert_eq!(config.server(None).unwrap().host, "example.org");
        let work = config.server(Some("work")).unwrap();
        assert_eq!((work.name.as_deref(), work.host.as_str()), (Some("Anna"), "chat.example.org:99"));
        assert_eq!(config.server(Some("other")), None);
        let Preferences { palette, notifications, ignores } = config.preferences();
        assert_eq!((palette, notifications), (Some(Palette::Colours), Notifications::Bell));
        assert_eq!(ignores, ["Bob"]);
        assert!(JoinConfig::parse("").unwrap().name().is_none());
    }

    #[test]
    fn an_error_names_the_line_and_what_exists() {
        for (text, why) in [
            (
                "name = 'Ann'\n\ncolour = 'none'\n",
                "line 3: there is no key colour. Known: name, servers, colours, notifications, ignores.",
            ),
            ("\nnotifications = 'loud'", "line 2: there is no value loud. Known: both, bell, desktop, off."),
            ("name = 'Ann'\ncolours = 'pink'", "line 2: there is no value pink. Known: 256, 16, none."),
            ("ignores = 'Bob'", "line 1: invalid type: string \"Bob\", expected a sequence"),
            (
                "[servers]\nwork = 'host:0'",
                "line 2: the port behind the host is a number from 1 to 65535, as in host:2020",
            ),
        ] {
            assert_eq!(JoinConfig::parse(text).unwrap_err(), why, "{text}");
        }
        assert!(JoinConfig::parse("name = 'Ann'\nname").unwrap_err().starts_with("line 2: "));
    }
}
