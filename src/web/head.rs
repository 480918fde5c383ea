//! Parses the head of a request: the request line and the header fields that matter here.

use std::str;

use httparse::Error;

use crate::base::limits::{HTTP_FIELDS, HTTP_HEAD_BYTES, HTTP_TARGET_BYTES};
use crate::web::allowed_hosts::host_of;
use crate::web::response::{Response, Status};

/// A supported method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
}

/// The head of a valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path, from its slash, without the query.
    pub path: String,
    /// The `Host` field.
    pub host: String,
    /// The `Origin` field.
    pub origin: Option<String>,
    /// Whether another request may follow on this connection.
    pub keeps_alive: bool,
    /// Whether the client accepts gzip.
    pub accepts_gzip: bool,
    /// The `If-None-Match` field.
    pub if_none_match: Option<String>,
    /// The upgrade that the client asks for.
    pub upgrade: Option<Upgrade>,
}

/// The fields of a WebSocket handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct Upgrade {
    pub is_websocket: bool,
    pub key: String,
    pub version: String,
    pub protocols: Vec<String>,
}

/// The result of parsing.
#[derive(Debug)]
pub(super) enum Parsed {
    /// The head is incomplete.
    Partial,
    /// A head and its length in bytes.
    Complete(Box<Head>, usize),
    /// The request is invalid or not supported. Send this response and close the connection.
    Refused(Response),
}

/// Parses the head at the beginning of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
    if line.len() > HTTP_TARGET_BYTES {
        return refused(Status::UriTooLong, "The request target is too long.");
    }
    let head = &bytes[..bytes.len().min(HTTP_HEAD_BYTES)];
    let mut fields = [httparse::EMPTY_HEADER; HTTP_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Complete(length)) => match read(&request) {
            Ok(head) => Parsed::Complete(Box::new(head), length),
            Err(response) => Parsed::Refused(response),
        },
        Ok(httparse::Status::Partial) if bytes.len() < HTTP_HEAD_BYTES => Parsed::Partial,
        Ok(httparse::Status::Partial) | Err(Error::TooManyHeaders) => {
            refused(Status::FieldsTooLarge, "The request headers are too large.")
        }
        Err(Error::Version) => only_this_version(),
        Err(_) => refused(Status::BadRequest, "This is not a valid HTTP/1.1 request."),
    }
}

fn refused(status: Status, sentence: &str) -> Parsed {
    Parsed::Refused(Response::refusal(status, sentence))
}

fn only_this_version() -> Parsed {
    refused(Status::VersionNotSupported, "This server speaks HTTP/1.1.")
}

fn read(request: &httparse::Request<'_, '_>) -> Result<Head, Response> {
    let bad = |sentence: &str| Err(Response::refusal(Status::BadRequest, sentence));
    let method = match request.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        Some("POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH" | "CONNECT" | "TRACE") => {
            let sentence = "Only GET and HEAD are supported. To chat, open a WebSocket at /ws.";
            let fields = "Allow: GET, HEAD\r\n";
            return Err(Response::sentence(Status::MethodNotAllowed, sentence, fields, true));
        }
        _ => return Err(Response::refusal(Status::NotImplemented, "This method is not supported.")),
    };
    let Some(target) = request.path.filter(|target| target.starts_with('/')) else {
        return bad("The request target must begin with a slash.");
    };
    if !target.is_ascii() {
        return bad("The request target must be ASCII.");
    }
    let one = |name: &str| -> Result<Option<&str>, Response> {
        let mut values = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let value = values.next().map(|field| str::from_utf8(field.value));
        match (value, values.next()) {
            (None, _) => Ok(None),
            (Some(Ok(value)), None) => Ok(Some(value.trim())),
            _ => {
                Err(Response::refusal(Status::BadRequest, "A header field is repeated or is not valid text."))
            }
        }
    };
    if one("transfer-encoding")?.is_some() || one("content-length")?.is_some_and(|length| length != "0") {
        return bad("Request bodies are not supported.");
    }
    let is_older = request.version == Some(0);
    let host = match one("host")? {
        Some(host) if host_of(host).is_some() => host.to_owned(),
        Some(_) => return bad("The Host header is not a host with an optional port."),
        None => return bad("The Host header is missing."),
    };
    let connection = list(request, "connection").map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let has = |option: &str| connection.iter().any(|word| word == option);
    let upgrade = match one("upgrade")? {
        Some(upgrade) if has("upgrade") && !is_older => Some(Upgrade {
            is_websocket: upgrade.eq_ignore_ascii_case("websocket"),
            key: one("sec-websocket-key")?.unwrap_or_default().to_owned(),
            version: one("sec-websocket-version")?.unwrap_or_default().to_owned(),
            protocols: list(request, "sec-websocket-protocol").map(str::to_owned).collect(),
        }),
        _ => None,
    };
    Ok(Head {
        method,
        path: target.split(['?', '#']).next().unwrap_or_default().to_owned(),
        host,
        origin: one("origin")?.map(str::to_owned),
        keeps_alive: if is_older { has("keep-alive") } else { !has("close") },
        accepts_gzip: list(request, "accept-encoding").any(accepts_gzip),
        if_none_match: one("if-none-match")?.map(str::to_owned),
        upgrade,
    })
}

/// The items of a comma-separated field, from all lines with this name.
fn list<'a>(request: &'a httparse::Request<'_, '_>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = request.headers.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    let words = lines.filter_map(|field| str::from_utf8(field.value).ok()).flat_map(|value| value.split(','));
    words.map(str::trim).filter(|word| !word.is_empty())
}

/// Whether an item of `Accept-Encoding` accepts gzip: `gzip` and `gzip;q=0.8` do, `gzip;q=0` does not.
fn accepts_gzip(word: &str) -> bool {
    let (name, weight) = word.split_once(';').unwrap_or((word, ""));
    let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
    name.trim().eq_ignore_ascii_case("gzip") && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(text: &str) -> Head {
        match parse(text.as_bytes()) {
            Parsed::Complete(head, length) if length == text.len() => *head,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn status(text: &str) -> String {
        match parse(text.as_bytes()) {
            Parsed::Refused(response) => {
                assert!(response.closes, "{text:?}");
                String::from_utf8(response.head[9..12].to_vec()).unwrap()
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn requests_of_browsers() {
        let head = complete(
            "GET /v/1/style.css?x HTTP/1.1\r\nHost: hall:2020\r\nConnection: keep-alive\r\n\
             Accept-Encoding: br, gzip;q=0.5\r\nIf-None-Match: \"1\"\r\n\r\n",
        );
        assert_eq!(
            (head.method, head.path.as_str(), head.host.as_str()),
            (Method::Get, "/v/1/style.css", "hall:2020")
        );
        assert!(head.keeps_alive && head.accepts_gzip && head.upgrade.is_none());
        assert_eq!(head.if_none_match.as_deref(), Some("\"1\""));
        assert!(!complete("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keeps_alive);
        assert!(!complete("HEAD / HTTP/1.0\r\nHost: x\r\n\r\n").keeps_alive);
        assert!(!complete("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0\r\n\r\n").accepts_gzip);
        let head = complete(
            "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
             Sec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, salon.v1\r\n\r\n",
        );
        let upgrade = head.upgrade.unwrap();
        assert!(upgrade.is_websocket);
        assert_eq!((upgrade.key.as_str(), upgrade.version.as_str()), ("a", "13"));
        assert_eq!(upgrade.protocols, ["a", "salon.v1"]);
    }

    #[test]
    fn invalid_requests_have_a_status() {
        let get = |fields: &str| format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        let many = "A: b\r\n".repeat(HTTP_FIELDS);
        let long = format!("A: {}\r\n", "x".repeat(HTTP_HEAD_BYTES));
        let target = format!("GET /{} HTTP/1.1\r\n", "x".repeat(HTTP_TARGET_BYTES));
        for (text, expected) in [
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nhi\r\n", "405"),
            ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
            ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
            ("PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n", "501"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
            ("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
            ("GET /::EOMsg::Eve::EOMsg::hi::EOMsg::\n", "400"),
            ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x:65536\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"),
            (&get("Content-Length: 1\r\n"), "400"),
            (&get("Content-Length: 0\r\nContent-Length: 5\r\n"), "400"),
            (&get("Transfer-Encoding: chunked\r\n"), "400"),
            (&get("A : b\r\n"), "400"),
            (&get(" folded\r\n"), "400"),
            (&get("\0: b\r\n"), "400"),
            (&get(&many), "431"),
            (&get(&long), "431"),
            (&target, "414"),
        ] {
            assert_eq!(status(text), expected, "{text:.60}");
        }
        // An oversized request line is refused before its end.
        assert_eq!(status(&target[..target.len() - 2]), "414");
        assert!(matches!(parse(b"GET / HTTP/1.1\r\nHost: x\r\n"), Parsed::Partial));
        assert!(matches!(parse(b"GE"), Parsed::Partial));
    }
}
