//! The settings of the weather service: source, contact, timeouts and rate limits.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::base::limits;

/// The URL of MET Norway's forecasts.
const MET: &str = "https://api.met.no/weatherapi/locationforecast/2.0/compact";

/// The source of forecasts: MET Norway or a substitute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(String);

/// How MET can reach the operator, as its terms require: an e-mail address or a web site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// Why a setting is rejected. Displayed, it is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// Not an `https://` URL.
    Url(String),
    /// MET Norway without encryption.
    MetWithoutTls,
    /// Neither an e-mail address nor a web site.
    Contact(String),
}

/// All settings of the service. All except source, contact and cache have defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The source.
    pub source: Source,
    /// The contact.
    pub contact: Contact,
    /// The cache folder, which survives restarts.
    pub cache: Option<PathBuf>,
    /// The timeout of a request, from the name lookup to the last byte.
    pub timeout: Duration,
    /// The rate limit: the mean time between two requests, and the burst after a pause.
    pub request_interval: Duration,
    /// See `request_interval`.
    pub burst: u32,
    /// How long a question may wait for its request.
    pub queue_timeout: Duration,
    /// How long after each full hour no request is sent. The jitter at most doubles it.
    pub hour_delay: Duration,
    /// The shortest time for which a response is fresh, and the default without `Expires`.
    pub ttl_min: Duration,
    /// See `ttl_min`.
    pub ttl_default: Duration,
    /// How long a place without a forecast is cached.
    pub negative_ttl: Duration,
    /// The largest jitter that is added to the freshness, so that requests spread.
    pub ttl_jitter: Duration,
    /// The backoff after the first failure. It doubles with each failure.
    pub backoff_min: Duration,
    /// The longest backoff.
    pub backoff_max: Duration,
    /// The pause after "too many requests".
    pub rate_limited_pause: Duration,
    /// Seeds the jitter.
    pub seed: u64,
}

impl Source {
    /// Parses a URL. The coordinates are appended as its query.
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

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is on this machine, where no proxy must be used.
    pub(super) fn is_here(&self) -> bool {
        let host = self.0.split_once("://").map(|(_, rest)| host(rest)).unwrap_or_default();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether unencrypted requests and redirects are forbidden.
    pub(super) fn is_https(&self) -> bool {
        self.0.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"))
    }
}

/// The host at the beginning of `rest`, which follows `//`, in lower case.
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
    /// Parses a contact. It becomes part of a header, so it must be one word, with a dot and a `@` or `/`.
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

    /// The contact as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Settings {
    /// Settings with defaults for this source, contact and cache folder.
    pub fn new(source: Source, contact: Contact, cache: Option<PathBuf>, seed: u64) -> Settings {
        Settings {
            source,
            contact,
            cache,
            timeout: limits::WEATHER_TIMEOUT,
            request_interval: limits::WEATHER_REQUEST_INTERVAL,
            burst: limits::WEATHER_BURST,
            queue_timeout: limits::WEATHER_QUEUE_TIMEOUT,
            hour_delay: limits::WEATHER_HOUR_DELAY,
            ttl_min: limits::WEATHER_TTL_MIN,
            ttl_default: limits::WEATHER_TTL_DEFAULT,
            negative_ttl: limits::WEATHER_NEGATIVE_TTL,
            ttl_jitter: limits::WEATHER_TTL_JITTER,
            backoff_min: limits::WEATHER_BACKOFF_MIN,
            backoff_max: limits::WEATHER_BACKOFF_MAX,
            rate_limited_pause: limits::WEATHER_RATE_LIMITED_PAUSE,
            seed,
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsError::Url(url) => write!(
                f,
                "\"{url}\" is not a valid forecast URL. Give one that begins with https:// and has no query."
            ),
            SettingsError::MetWithoutTls => {
                write!(f, "MET Norway requires HTTPS. Begin its URL with https://.")
            }
            SettingsError::Contact(text) => write!(
                f,
                "\"{text}\" is not an e-mail address or a web site. MET Norway requires a contact of each user."
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
