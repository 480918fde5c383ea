//! HTTP responses.

use std::time::Duration;

use bytes::Bytes;

/// A status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are RFC 9110's")]
pub enum Status {
    SwitchingProtocols,
    Ok,
    NotModified,
    BadRequest,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    UriTooLong,
    MisdirectedRequest,
    UpgradeRequired,
    TooManyRequests,
    FieldsTooLarge,
    NotImplemented,
    ServiceUnavailable,
    VersionNotSupported,
}

impl Status {
    /// The code and the reason phrase.
    pub fn line(self) -> &'static str {
        match self {
            Status::SwitchingProtocols => "101 Switching Protocols",
            Status::Ok => "200 OK",
            Status::NotModified => "304 Not Modified",
            Status::BadRequest => "400 Bad Request",
            Status::Forbidden => "403 Forbidden",
            Status::NotFound => "404 Not Found",
            Status::MethodNotAllowed => "405 Method Not Allowed",
            Status::RequestTimeout => "408 Request Timeout",
            Status::UriTooLong => "414 URI Too Long",
            Status::MisdirectedRequest => "421 Misdirected Request",
            Status::UpgradeRequired => "426 Upgrade Required",
            Status::TooManyRequests => "429 Too Many Requests",
            Status::FieldsTooLarge => "431 Request Header Fields Too Large",
            Status::NotImplemented => "501 Not Implemented",
            Status::ServiceUnavailable => "503 Service Unavailable",
            Status::VersionNotSupported => "505 HTTP Version Not Supported",
        }
    }
}

/// Security headers of every response. Pages load only this server's files; other sites can neither frame nor read them;
/// and scripts cannot turn text into markup.
const ALWAYS: &str = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     media-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n\
     X-Content-Type-Options: nosniff\r\n\
     Referrer-Policy: no-referrer\r\n\
     Cross-Origin-Resource-Policy: same-origin\r\n\
     X-Frame-Options: DENY\r\n";

/// A response. The body is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status line and the header fields, with the final empty line.
    pub head: Bytes,
    /// The body.
    pub body: Bytes,
    /// The connection closes after this response; further input is ignored.
    pub closes: bool,
}

impl Response {
    /// A response with these header fields, each a line with its line end. `closes`: see [`Response::closes`].
    pub fn new(status: Status, fields: &str, body: Bytes, closes: bool) -> Response {
        let connection = if closes { "Connection: close\r\n" } else { "" };
        // A 304 has no body and no length.
        let length = match status {
            Status::NotModified => String::new(),
            _ => format!("Content-Length: {}\r\n", body.len()),
        };
        let head = format!("HTTP/1.1 {}\r\n{ALWAYS}{fields}{length}{connection}\r\n", status.line());
        Response { head: head.into(), body, closes }
    }

    /// A response with a sentence as its body, and additional header fields.
    pub fn sentence(status: Status, sentence: &str, fields: &str, closes: bool) -> Response {
        let fields =
            format!("Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n{fields}");
        Response::new(status, &fields, format!("{sentence}\n").into(), closes)
    }

    /// A refusal after which the connection is closed.
    pub fn refusal(status: Status, sentence: &str) -> Response {
        Response::sentence(status, sentence, "", true)
    }

    /// A refusal with a `Retry-After` field. The connection is closed.
    pub fn later(status: Status, sentence: &str, wait: Duration) -> Response {
        Response::sentence(status, sentence, &format!("Retry-After: {}\r\n", wait.as_secs() + 1), true)
    }

    /// The response to a HEAD request.
    #[must_use]
    pub fn without_body(self) -> Response {
        Response { body: Bytes::new(), ..self }
    }
}
