//! Detects HTTP by the first bytes of a connection.

/// The methods of HTTP requests, each with the space after it.
const METHODS: [&[u8]; 10] = [
    b"GET ",
    b"HEAD ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"OPTIONS ",
    b"PATCH ",
    b"CONNECT ",
    b"TRACE ",
    b"PRI ",
];

/// The largest number of bytes that may be [uncertain](Sniffed::Uncertain): the longest method and its space.
pub const UNCERTAIN_BYTES: usize = 8;

/// The result of [`sniff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// An HTTP request.
    Request,
    /// Another protocol.
    Other,
    /// Either. Returned for at most [`UNCERTAIN_BYTES`] bytes.
    Uncertain,
}

/// Detects the protocol of a connection from its first bytes. The result does not depend on how they are split. NATS, SIP and
/// RTSP share two methods with HTTP; they are [`Sniffed::Other`], and `wire` answers them.
pub fn sniff(first: &[u8]) -> Sniffed {
    for method in METHODS {
        if let Some(target) = first.strip_prefix(method) {
            return match (method, target.first()) {
                (_, None) => Sniffed::Uncertain,
                (b"CONNECT ", Some(b'{')) | (b"OPTIONS ", Some(b'r' | b's')) => Sniffed::Other,
                _ => Sniffed::Request,
            };
        }
        if method.starts_with(first) {
            return Sniffed::Uncertain;
        }
    }
    Sniffed::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_and_a_space_are_a_request() {
        for (first, sniffed) in [
            (&b"GET / HTTP/1.1\r\n"[..], Sniffed::Request),
            (b"GET x", Sniffed::Request),
            (b"POST /::EOMsg:: HTTP/1.1\r\n", Sniffed::Request),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Sniffed::Request),
            (b"CONNECT example.org:443 HTTP/1.1\r\n", Sniffed::Request),
            (b"OPTIONS * HTTP/1.1\r\n", Sniffed::Request),
            (b"CONNECT {\"verbose\":false}\r\n", Sniffed::Other),
            (b"OPTIONS sip:ann@x SIP/2.0\r\n", Sniffed::Other),
            (b"OPTIONS rtsp://x/y RTSP/1.0\r\n", Sniffed::Other),
            (b"Ann\n", Sniffed::Other),
            (b"GETTING started\n", Sniffed::Other),
            (b"get /\n", Sniffed::Other),
            (b"{\"type\":\"hello\"}", Sniffed::Other),
        ] {
            assert_eq!(sniff(first), sniffed, "{}", first.escape_ascii());
            let sooner: Vec<Sniffed> = (0..first.len()).map(|end| sniff(&first[..end])).collect();
            let known = sooner.iter().position(|sooner| *sooner != Sniffed::Uncertain).unwrap_or(first.len());
            assert!(known <= UNCERTAIN_BYTES + 1, "{}", first.escape_ascii());
            assert!(sooner[known..].iter().all(|sooner| *sooner == sniffed), "{}", first.escape_ascii());
        }
    }
}
