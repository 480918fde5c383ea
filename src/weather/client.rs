//! The HTTP client for MET Norway: sends one request and returns the response.
//!
//! `rules` decides whether a request may be sent, and what follows from a response.

use std::io::Read;
use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822;
use log::warn;
use ureq::http::HeaderMap;
use ureq::{Agent, Proxy, ResponseExt};

use super::coordinates::Coordinates;
use super::settings::Settings;
use crate::base::limits::{WEATHER_BODY_BYTES, WEATHER_LAST_MODIFIED_BYTES, WEATHER_REDIRECTS};

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A complete response with any status.
    Answer(Answer),
    /// No complete response. Holds the reason for the log.
    Failed(String),
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status code, after redirects.
    pub(super) status: u16,
    /// The `Date` header: the server's clock.
    pub(super) date: Option<SystemTime>,
    /// The `Expires` header.
    pub(super) expires: Option<SystemTime>,
    /// The `Last-Modified` header, verbatim.
    pub(super) last_modified: Option<String>,
    /// The `Retry-After` header.
    pub(super) retry_after: Option<Duration>,
    /// The body. Empty unless the status is 200 or 203.
    pub(super) body: Vec<u8>,
}

/// The client.
pub(super) struct Client {
    agent: Agent,
    url: String,
    /// A redirect was logged.
    redirected: bool,
}

impl Client {
    pub(super) fn new(settings: &Settings) -> Client {
        let is_https = settings.source.is_https();
        let name = concat!("Salon/", env!("CARGO_PKG_VERSION"));
        let config = Agent::config_builder()
            .user_agent(format!("{name} {}", settings.contact.as_str()))
            .accept("application/json")
            // Applies to redirects too.
            .https_only(is_https)
            .proxy(Proxy::try_from_env().filter(|_| !settings.source.is_here()))
            .http_status_as_error(false)
            .max_redirects(WEATHER_REDIRECTS)
            .timeout_global(Some(settings.timeout))
            // Requests are minutes apart, so an idle connection would usually be dead.
            .max_idle_connections(0)
            .build();
        Client { agent: config.into(), url: settings.source.as_str().to_owned(), redirected: false }
    }

    /// Requests the forecast for `place`. `since`: the `Last-Modified` of the cached forecast. Blocks for at most
    /// `Settings::timeout`.
    pub(super) fn fetch(&mut self, place: Coordinates, since: Option<&str>) -> Reply {
        let (lat, lon) = place.decimals();
        let url = format!("{}?lat={lat}&lon={lon}", self.url);
        match self.request(&url, since) {
            Ok(answer) => Reply::Answer(answer),
            Err(why) => Reply::Failed(why),
        }
    }

    fn request(&mut self, url: &str, since: Option<&str>) -> Result<Answer, String> {
        let mut request = self.agent.get(url);
        if let Some(since) = since {
            request = request.header("If-Modified-Since", since);
        }
        let mut response = request.call().map_err(|why| why.to_string())?;
        if !self.redirected && *response.get_uri() != *url {
            self.redirected = true;
            warn!("the weather at {} has moved to {}", self.url, response.get_uri());
        }
        let mut answer = Answer::from_head(response.status().as_u16(), response.headers());
        if matches!(answer.status, 200 | 203) {
            // Limits the compressed and the decompressed size, as gzip can expand enormously.
            let limit = WEATHER_BODY_BYTES as u64;
            let reader = response.body_mut().with_config().limit(limit).reader();
            let read = reader.take(limit + 1).read_to_end(&mut answer.body);
            read.map_err(|why| format!("the response is incomplete: {why}"))?;
            if answer.body.len() > WEATHER_BODY_BYTES {
                return Err(format!("the response has more than {WEATHER_BODY_BYTES} bytes"));
            }
        }
        Ok(answer)
    }
}

impl Answer {
    fn from_head(status: u16, headers: &HeaderMap) -> Answer {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = text("Retry-After").and_then(|text| text.trim().parse().ok());
        Answer {
            status,
            date: text("Date").and_then(http_date),
            expires: text("Expires").and_then(http_date),
            last_modified: text("Last-Modified")
                .filter(|text| !text.is_empty() && text.len() <= WEATHER_LAST_MODIFIED_BYTES)
                .map(str::to_owned),
            retry_after: seconds.map(Duration::from_secs),
            body: Vec::new(),
        }
    }
}

/// Parses an HTTP date, `Fri, 20 Nov 2026 12:00:00 GMT`, whose format is a subset of RFC 2822.
fn http_date(text: &str) -> Option<SystemTime> {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use ureq::http::HeaderValue;

    use super::super::expiry::{fresh_until, throttled_until};
    use super::*;
    use crate::weather::{Contact, Source};

    /// Whatever a server may write after a header's name: a date now and then, as far away as dates go.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        let date = "(Mon|Fri|Sat), [0-9]{1,2} (Jan|Nov|Dec) (0000|0001|1969|2026|9999|[0-9]{1,5}) [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|[+-][0-9]{4})";
        prop_oneof![
            3 => date.prop_map(String::into_bytes),
            1 => Just(b"Fri, 31 Dec 9999 23:59:59 GMT".to_vec()),
            1 => Just(b"18446744073709551615".to_vec()),
            1 => vec(any::<u8>(), 0..200),
        ]
    }

    #[test]
    fn http_dates() {
        let noon: SystemTime = "2026-11-20T12:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
        assert_eq!(http_date("Fri, 20 Nov 2026 12:00:00 GMT"), Some(noon));
        for text in ["", "0", "-1", "tomorrow", "Fri, 99 Nov 2026 12:00:00 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_response_head_gives_a_valid_time(values in vec(value(), 4), chance in 0.0..=1.0) {
            let names = ["date", "expires", "last-modified", "retry-after"];
            let values = values.iter().map(|value| HeaderValue::from_bytes(value).ok());
            let headers: HeaderMap =
                names.into_iter().zip(values).filter_map(|(name, value)| Some((name.parse().ok()?, value?))).collect();
            let answer = Answer::from_head(200, &headers);
            prop_assert!(answer.last_modified.as_ref().is_none_or(|stamp| stamp.len() <= WEATHER_LAST_MODIFIED_BYTES));
            let settings = Settings::new(Source::default(), Contact::parse("a@b.c").unwrap(), None, 0);
            let now = SystemTime::now();
            prop_assert!(fresh_until(&settings, &answer, now, chance) > now);
            prop_assert!(throttled_until(&settings, &answer, now, chance) > now);
        }
    }
}
