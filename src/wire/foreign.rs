//! Protocols that this port does not speak, recognised by their first bytes, and what they are told.

/// A protocol of another kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A browser, or a program that takes this for a web server (RFC 9112).
    Http,
    /// A client that wants to encrypt (RFC 8446, section 5.1: a record of type 22).
    Tls,
}

/// The first two bytes of a TLS hello.
pub(super) const TLS_HELLO: [u8; 2] = [0x16, 0x03];

impl Foreign {
    /// One line that says what this port speaks, in the peer's own protocol where that has lines.
    pub fn answer(self) -> String {
        let what = match self {
            Foreign::Http => "HTTP",
            Foreign::Tls => "TLS",
        };
        let line = format!(
            "This port speaks Salon, a chat in plain lines of text, and no {what}. Join it with netcat: nc HOST PORT\n"
        );
        match self {
            Foreign::Tls => line,
            Foreign::Http => format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{line}",
                line.len()
            ),
        }
    }
}

/// Whether `line` is the first of an HTTP request: `GET / HTTP/1.1`.
pub(super) fn is_http(line: &[u8]) -> bool {
    let mut words = line.split(|b| *b == b' ');
    let method = words.next().unwrap_or_default();
    let version = words.next_back().unwrap_or_default();
    !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) && version.starts_with(b"HTTP/")
}

#[cfg(test)]
mod tests {
    use super::is_http;

    #[test]
    fn requests_of_browsers() {
        assert!(is_http(b"GET / HTTP/1.1"));
        assert!(is_http(b"POST /a?b=c HTTP/1.0"));
        assert!(is_http(b"PRI * HTTP/2.0"));
        assert!(!is_http(b"GET"));
        assert!(!is_http(b"Bob"));
        assert!(!is_http(b"HTTP/1.1"));
    }
}
