//! The configuration file of `salon join`.

use std::collections::BTreeMap;
use std::fs::{self, File};
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
        let config = match fs::metadata(&path) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(JoinConfig::default()),
            Err(why) => Err(format!(" cannot be read: {why}. Make it readable, or remove it.")),
            // A pipe would keep its reader waiting.
            Ok(it) if !it.is_file() => {
                Err(" is not a file. Remove it, or put your configuration there.".into())
            }
            Ok(_) => read(&path).and_then(|text| JoinConfig::parse(&text).map_err(|why| format!(", {why}"))),
        };
        config.map_err(|why| format!("{}{why}", sanitize(path.to_string_lossy().as_bytes())))
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
        let JoinConfig { colours: palette, notifications, ignores, .. } = self;
        Preferences { palette, notifications, ignores, history: None }
    }
}

/// The text of the file. An error goes on after its name.
fn read(path: &Path) -> Result<String, String> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(JOIN_CONFIG_BYTES + 1).read_to_end(&mut text))
        .map_err(|why| format!(" cannot be read: {why}. Make it readable, or remove it."))?;
    if text.len() as u64 > JOIN_CONFIG_BYTES {
        return Err(format!(" is longer than {JOIN_CONFIG_BYTES} bytes. Shorten it."));
    }
    String::from_utf8(text).map_err(|_| " is not UTF-8 text. Save it as UTF-8.".into())
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
        let Preferences { palette, notifications, ignores, .. } = config.preferences();
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
