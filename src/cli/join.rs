//! Where `salon join` goes, and under which name.

use crate::base::name::Name;
use crate::cli::Join;
use crate::cli::values::parse_destination;
use crate::client::Address;

/// The name of a user whose name is not known.
const UNKNOWN_USER: &str = "Chat_User";

/// A server, and the name to be known by there: `[NAME@]HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name, if it is said.
    pub name: Option<String>,
    /// The host, with its port if that is said.
    pub host: String,
}

/// Parses `[NAME@]HOST[:PORT]`.
pub fn parse_place(text: &str) -> Result<Place, String> {
    let (name, host) = match text.rsplit_once('@') {
        Some(("", _)) => return Err(format!("there is no name before the @ in {text}")),
        Some((name, host)) => (Some(name.to_owned()), host),
        None => (None, text),
    };
    Ok(Place { name, host: parse_destination(host)? })
}

impl Join {
    /// The server.
    pub fn address(&self) -> Address {
        let host = self.place.as_ref().map(|place| place.host.as_str());
        Address::new(host.or(self.dest.as_deref()).unwrap_or("localhost"), self.port)
    }

    /// The name to be known by: the one that is said, else the user's name on this machine.
    pub fn name(&self) -> String {
        let said = self.username.clone().or_else(|| self.place.as_ref()?.name.clone());
        said.unwrap_or_else(user)
    }
}

/// The user's name on this machine, if it can be a name in a chat.
fn user() -> String {
    let variables = ["USER", "LOGNAME"].into_iter().filter_map(|variable| std::env::var(variable).ok());
    variables.into_iter().find(|name| Name::parse(name).is_ok()).unwrap_or_else(|| UNKNOWN_USER.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_as_people_write_them() {
        for (text, name, host) in [
            ("example.org", None, "example.org"),
            ("Ann@example.org:99", Some("Ann"), "example.org:99"),
            ("Ann@[::1]:99", Some("Ann"), "[::1]:99"),
            ("a@b@c", Some("a@b"), "c"),
        ] {
            let place = Place { name: name.map(str::to_owned), host: host.to_owned() };
            assert_eq!(parse_place(text), Ok(place), "{text}");
        }
        for bad in ["@example.org", "Ann@", "Ann@host:0", ""] {
            assert!(parse_place(bad).is_err(), "{bad}");
        }
    }
}
