//! A server and a name, as in `Ann@example.org:2020`.

use serde::Deserialize;

use crate::cli::values::parse_destination;

/// A server, and the name to be known by there: `[NAME@]HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
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

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Place, String> {
        parse_place(&text)
    }
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
