//! Whom we ask about the weather, who we say we are, and how patient we are.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::base::limits;

/// Where MET Norway's forecasts are.
const MET: &str = "https://api.met.no/weatherapi/locationforecast/2.0/compact";

/// Whom to ask: MET Norway, or whoever stands in for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(String);

/// How MET reaches whoever runs this server, as its terms demand: an e-mail address or a web site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// Why something cannot be set. Displayed, it is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// No `https://` address.
    Url(String),
    /// MET Norway without encryption.
    MetWithoutTls,
    /// Neither an e-mail address nor a web site.
    Contact(String),
}

/// All that the weather service is told when it starts. Everything but whom, who and where has a good value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whom to ask.
    pub source: Source,
    /// Who asks.
    pub contact: Contact,
    /// The folder in which answers are kept over restarts.
    pub cache: Option<PathBuf>,
    /// How long one request may take, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// How much time lies between two requests on average, and how many may come at once after a pause.
    pub pace: Duration,
    /// See `pace`.
    pub burst: u32,
    /// How long a request may be put off before the one who waits for it is told to ask later.
    pub patience: Duration,
    /// How much of each hour's beginning passes without a request, and up to how much more.
    pub stroke: Duration,
    /// How long an answer is good at least, and how long if nothing is said.
    pub fresh_at_least: Duration,
    /// See `fresh_at_least`.
    pub fresh_unsaid: Duration,
    /// How long it is remembered that a place has no forecast.
    pub nothing_for: Duration,
    /// By how much at most an answer is kept longer than it has to be, at random, so that requests spread.
    pub spread: Duration,
    /// The first pause after a failure; it doubles with each failure.
    pub pause: Duration,
    /// The longest pause after failures.
    pub longest_pause: Duration,
    /// How long nobody is asked after "too many requests".
    pub throttled: Duration,
    /// For whatever is left to chance.
    pub seed: u64,
}

impl Source {
    /// The source at this address, to which the coordinates are added as a query.
    pub fn parse(url: &str) -> Result<Source, SettingsError> {
        let bad = || SettingsError::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
        let host = host(rest);
        let host = host.trim_end_matches('.');
        let is_plain = url.bytes().all(|b| b.is_ascii_graphic()) && !url.contains(['?', '#', '@']);
        if host.is_empty() || !is_plain {
            return Err(bad());
        }
        match scheme.to_ascii_lowercase().as_str() {
            "http" if host == "met.no" || host.ends_with(".met.no") => Err(SettingsError::MetWithoutTls),
            "https" | "http" => Ok(Source(url.to_owned())),
            _ => Err(bad()),
        }
    }

    /// Its address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is on this machine, where no proxy has anything to do.
    pub(super) fn is_here(&self) -> bool {
        let host = self.0.split_once("://").map(|(_, rest)| host(rest)).unwrap_or_default();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether nothing may be asked there, nor wherever it sends us, without encryption.
    pub(super) fn is_https(&self) -> bool {
        self.0.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"))
    }
}

/// The host in what follows the `//`, in lower case.
fn host(rest: &str) -> String {
    let end = if rest.starts_with('[') { "]" } else { ":/?#" };
    let host = rest.split(|c| end.contains(c)).next().unwrap_or_default();
    host.trim_start_matches('[').to_ascii_lowercase()
}

impl Default for Source {
    fn default() -> Source {
        Source(MET.to_owned())
    }
}

impl Contact {
    /// The contact in `text`, which becomes part of a header: one word, with a dot, and a `@` or a `/` if there is no more.
    pub fn parse(text: &str) -> Result<Contact, SettingsError> {
        let text = text.trim();
        let is_word =
            text.bytes().all(|b| b.is_ascii_graphic()) && text.len() <= limits::WEATHER_CONTACT_BYTES;
        let is_address =
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        let is_site = text.trim_matches('.').contains('.');
        if is_word && (is_address || is_site) {
            Ok(Contact(text.to_owned()))
        } else {
            Err(SettingsError::Contact(text.to_owned()))
        }
    }

    /// It, as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Settings {
    /// To ask `source` as `contact`, and keep what it says in `cache`.
    pub fn new(source: Source, contact: Contact, cache: Option<PathBuf>, seed: u64) -> Settings {
        Settings {
            source,
            contact,
            cache,
            timeout: limits::WEATHER_TIMEOUT,
            pace: limits::WEATHER_REQUEST_INTERVAL,
            burst: limits::WEATHER_BURST,
            patience: limits::WEATHER_QUEUE_TIMEOUT,
            stroke: limits::WEATHER_HOUR_DELAY,
            fresh_at_least: limits::WEATHER_TTL_MIN,
            fresh_unsaid: limits::WEATHER_TTL_DEFAULT,
            nothing_for: limits::WEATHER_NEGATIVE_TTL,
            spread: limits::WEATHER_TTL_JITTER,
            pause: limits::WEATHER_BACKOFF_MIN,
            longest_pause: limits::WEATHER_BACKOFF_MAX,
            throttled: limits::WEATHER_RATE_LIMITED_PAUSE,
            seed,
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsError::Url(url) => write!(
                f,
                "\"{url}\" is no address of a forecast. Give one that begins with https:// and has no query."
            ),
            SettingsError::MetWithoutTls => {
                write!(f, "MET Norway answers over HTTPS only. Begin its address with https://.")
            }
            SettingsError::Contact(text) => write!(
                f,
                "\"{text}\" is no e-mail address or web site. MET Norway wants to be able to reach whoever asks it."
            ),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        assert!(Source::parse(MET).is_ok_and(|source| source.is_https() && source == Source::default()));
        for url in [
            "https://example.org",
            "HTTPS://example.org/a",
            "http://127.0.0.1:8080/compact",
            "http://notmet.no/",
        ] {
            assert!(Source::parse(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "met.no",
            "ftp://met.no",
            "https://",
            "https:///x",
            "https://a b",
            "https://a/?x",
            "https://a/\r\nX:",
            "https://u@a",
        ] {
            assert_eq!(Source::parse(url), Err(SettingsError::Url(url.into())));
        }
        for (url, here) in [
            ("http://127.0.0.1:8080/x", true),
            ("https://[::1]:1/x", true),
            ("http://localhost", true),
            ("https://127.example.org", false),
            ("https://[2001:db8::1]/", false),
        ] {
            assert_eq!(Source::parse(url).map(|source| source.is_here()), Ok(here), "{url}");
        }
        for url in ["http://api.met.no/weatherapi", "http://MET.NO", "http://api.met.no.:80/"] {
            assert_eq!(Source::parse(url), Err(SettingsError::MetWithoutTls), "{url}");
        }
    }

    #[test]
    fn contacts() {
        for text in ["ops@example.org", "https://example.org/salon", "example.org", "root@localhost"] {
            assert!(Contact::parse(text).is_ok(), "{text}");
        }
        for text in ["", "nobody", ".", "@", "a b@c.d", "a@b\r\nX-Evil: 1", "ann@é.fr"] {
            assert!(Contact::parse(text).is_err(), "{text}");
        }
    }
}
