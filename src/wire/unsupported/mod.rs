//! Detects unsupported protocols by their first bytes, and answers in that protocol.
//!
//! Such input is never treated as chat: a web page can make a browser send almost anything after a request line, and
//! proxies and scanners send anything. So this check comes before the search for a delimiter.

mod commands;
mod request_line;
mod signatures;

use memchr::memchr;

use crate::base::limits::DETECTION_BYTES;
use crate::wire::{editing, eom, line};

/// A protocol that the server does not speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedProtocol {
    /// A browser or another HTTP client (RFC 9112).
    Http,
    /// A client that starts TLS (RFC 8446, section 5.1: a record of type 22).
    Tls,
    /// SSH (RFC 4253, section 4.2).
    Ssh,
    /// A proxy that sends the PROXY protocol of `HAProxy`.
    Proxy,
    /// A media player (RFC 2326).
    Rtsp,
    /// A telephone (RFC 3261).
    Sip,
    /// A Redis client.
    Redis,
    /// A NATS client.
    Nats,
    /// A memcached client.
    Memcached,
    /// A mail server or a program that sends mail (RFC 5321).
    Smtp,
    /// An FTP or POP3 client.
    Ftp,
    /// A program that reads mail (RFC 9051).
    Imap,
    /// An IRC client (RFC 2812), of a server that does not speak IRC.
    Irc,
    /// An XMPP client (RFC 6120).
    Xmpp,
    /// Another protocol of text lines.
    Lines,
    /// Binary data.
    Binary,
}

impl UnsupportedProtocol {
    /// The answer that the server does not speak the protocol. It uses the protocol's own form if that is text, as a
    /// person may see it.
    pub fn answer(self) -> Vec<u8> {
        let why = format!(
            "This port speaks Salon, a chat in plain lines of text, and no {}. Join it with netcat: nc HOST PORT",
            self.name()
        );
        match self {
            UnsupportedProtocol::Http => refused_request("HTTP/1.1", &why),
            UnsupportedProtocol::Rtsp => refused_request("RTSP/1.0", &why),
            UnsupportedProtocol::Sip => refused_request("SIP/2.0", &why),
            UnsupportedProtocol::Redis => format!("-ERR {why}\r\n").into(),
            UnsupportedProtocol::Nats => format!("-ERR '{why}'\r\n").into(),
            UnsupportedProtocol::Memcached => format!("CLIENT_ERROR {why}\r\n").into(),
            UnsupportedProtocol::Smtp => format!("554 {why}\r\n").into(),
            UnsupportedProtocol::Ftp => format!("500 {why}\r\n").into(),
            UnsupportedProtocol::Imap => format!("* BYE {why}\r\n").into(),
            UnsupportedProtocol::Irc => {
                b"ERROR :IRC is not spoken here. Join with netcat, in plain lines: nc HOST PORT\r\n".to_vec()
            }
            UnsupportedProtocol::Xmpp => format!(
                "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text \
                 xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{why}</text></stream:error></stream:stream>"
            )
            .into(),
            UnsupportedProtocol::Ssh => format!("{why}\r\n").into(),
            UnsupportedProtocol::Tls
            | UnsupportedProtocol::Proxy
            | UnsupportedProtocol::Lines
            | UnsupportedProtocol::Binary => format!("{why}\n").into(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            UnsupportedProtocol::Http => "HTTP",
            UnsupportedProtocol::Tls => "TLS",
            UnsupportedProtocol::Ssh => "SSH",
            UnsupportedProtocol::Proxy => "PROXY protocol",
            UnsupportedProtocol::Rtsp => "RTSP",
            UnsupportedProtocol::Sip => "SIP",
            UnsupportedProtocol::Redis => "Redis",
            UnsupportedProtocol::Nats => "NATS",
            UnsupportedProtocol::Memcached => "memcached",
            UnsupportedProtocol::Smtp => "SMTP",
            UnsupportedProtocol::Ftp => "FTP or POP3",
            UnsupportedProtocol::Imap => "IMAP",
            UnsupportedProtocol::Irc => "IRC",
            UnsupportedProtocol::Xmpp => "XMPP",
            UnsupportedProtocol::Lines | UnsupportedProtocol::Binary => "other protocol",
        }
    }
}

/// An HTTP response, or the equivalent in protocols derived from HTTP: bad request, and the connection closes.
fn refused_request(version: &str, why: &str) -> Vec<u8> {
    format!(
        "{version} 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{why}\n",
        why.len() + 1
    )
    .into()
}

/// What ends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// A line end, or the end of input.
    Line,
    /// The delimiter of `eom`, which may occur within another protocol's line.
    Mark,
}

/// The protocol whose signature is at the start of `head`. `head` is a message without its delimiter, or, if `ends`
/// is `None`, the part of it that has arrived.
///
/// The result does not depend on how the bytes are split: a signature found in a part is found in the whole, and
/// means the same protocol.
pub(super) fn recognise(head: &[u8], ends: Option<Ends>) -> Option<UnsupportedProtocol> {
    // A long message is not awaited; either delimiter may end it.
    let ends = if head.len() >= DETECTION_BYTES { Some(Ends::Mark) } else { ends };
    let head = &head[..head.len().min(DETECTION_BYTES)];
    // What may be a delimiter counts when it turns out to be none.
    let head = if ends.is_none() { eom::without_begun_end(head) } else { head };
    let head = &head[blank(head)..];
    if let Some(protocol) = find(head, ends) {
        return Some(protocol);
    }
    // Editing keys can be applied only when the line is complete.
    let edited = ends.map(|_| editing::edited(head)).filter(|edited| **edited != *head)?;
    find(&edited[blank(&edited)..], ends)
}

/// The signature at the start of `head`, without applying editing keys.
fn find(head: &[u8], ends: Option<Ends>) -> Option<UnsupportedProtocol> {
    let is_whole = ends.is_some();
    let found = signatures::find(head, is_whole)
        .chain(request_line::find(head, ends))
        .chain(tagged(head, is_whole))
        .chain(binary(head, is_whole))
        .chain(header(head).filter(|_| ends == Some(Ends::Line)));
    // The signature that is complete first wins, as if the bytes came one by one.
    found.min_by_key(|(end, _)| *end).map(|(_, protocol)| protocol)
}

/// Like `recognise`, for the line after a possible name. Signatures that are ordinary words or contain a colon do not
/// count, and any bytes are allowed.
pub(super) fn recognise_behind_a_name(head: &[u8], ends: Option<Ends>) -> Option<UnsupportedProtocol> {
    let head = &head[..head.len().min(DETECTION_BYTES)];
    let found = signatures::find_written(head, ends.is_some()).chain(request_line::find(head, ends));
    found.map(|(_, protocol)| protocol).find(|protocol| *protocol != UnsupportedProtocol::Memcached)
}

/// Whether a word is a command of another protocol, in the case in which its programs write it.
pub fn is_command(word: &str) -> bool {
    commands::is_command(word)
}

/// The number of leading bytes without content, here and for servers of other protocols.
fn blank(head: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let more = line::blank(&head[at..]);
        let more = more + usize::from(matches!(head.get(at + more), Some(0x0b)));
        if more == 0 {
            return at;
        }
        at += more;
    }
}

/// A header line, `Name: value`. The first message of an old client looks similar, but has the same name on both
/// sides.
fn header(head: &[u8]) -> Option<(usize, UnsupportedProtocol)> {
    let at = memchr(b':', head)?;
    let (name, value) = (&head[..at], &head[at + 1..]);
    let is_header = !name.is_empty() && name.iter().copied().all(request_line::is_token);
    let is_apart = value.first().is_some_and(|byte| b" \t".contains(byte));
    let value = value.trim_ascii();
    (is_header && is_apart && !value.is_empty() && value != name)
        .then_some((head.len() + 1, UnsupportedProtocol::Lines))
}

/// A line of IRC behind tags (`ircv3.net/specs/extensions/message-tags`), which may be longer than what is looked at, or behind
/// whom it is from.
fn tagged(head: &[u8], is_whole: bool) -> Option<(usize, UnsupportedProtocol)> {
    let is_tagged = head.first() == Some(&b'@');
    if is_tagged && head.len() == DETECTION_BYTES && memchr(b' ', head).is_none() {
        return Some((head.len(), UnsupportedProtocol::Irc));
    }
    let mut begin = if is_tagged { behind_word(head, 0)? } else { 0 };
    if head.get(begin) == Some(&b':') {
        begin = behind_word(head, begin)?;
    }
    if begin == 0 {
        return None;
    }
    let found = signatures::find(&head[begin..], is_whole);
    found.map(|(end, protocol)| (begin + end, protocol)).find(|(_, it)| *it == UnsupportedProtocol::Irc)
}

/// Where the word behind the one at this place begins.
fn behind_word(head: &[u8], at: usize) -> Option<usize> {
    let end = at + memchr(b' ', &head[at..])?;
    Some(end + head[end..].iter().take_while(|byte| **byte == b' ').count())
}

/// The first byte that occurs neither in text nor as an editing key, and where it ends. A single 0x16 may still
/// become TLS.
fn binary(head: &[u8], is_whole: bool) -> Option<(usize, UnsupportedProtocol)> {
    if head == [TLS_HELLO] && !is_whole {
        return None;
    }
    let at = head.iter().position(|byte| is_binary(*byte))?;
    Some((at + 1, UnsupportedProtocol::Binary)).filter(|_| !head.starts_with(&[TLS_HELLO, 3]))
}

/// The first byte of a TLS record with a handshake.
const TLS_HELLO: u8 = 0x16;

/// Whether a byte is a control character that nobody types into a line: any but tab, line ends, escape, and the keys
/// that erase, interrupt, end the input or ring.
fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=2 | 5 | 6 | 0x0e..=0x14 | 0x16 | 0x18 | 0x19 | 0x1c..=0x1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of each protocol. Also used by the fuzz tests, see `tests/corpus/decoder`.
    const FIRST: &[(UnsupportedProtocol, &[&[u8]])] = &[
        (
            UnsupportedProtocol::Http,
            &[
                b"GET / HTTP/1.1\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"GET /::EOMsg::From-an-img::EOMsg:: HTTP/1.1\r\n",
                b"GET /x",
                b"GET x\n",
                b"POST /a?b=c HTTP/1.0\n",
                b"CONNECT example.org:443 HTTP/1.1\r\n",
                b"OPTIONS * HTTP/1.1\r\n",
                b"OPTIONS /::EOMsg::",
                b"PROPFIND /dav HTTP/1.1\n",
                b"VERSION-CONTROL /dav HTTP/1.1\n",
                b"M-SEARCH * HTTP/1.1\r\n",
                b"FROBNICATE http://example.org/ HTTP/1.1\n",
                b"frobnicate /x HTTP/1.1\n",
                b"foo /::EOMsg::x::EOMsg:: HTTP/1.1\r\n",
                b"Post /::EOMsg::",
                b"fetch http://x/::EOMsg::",
                b"foo /a bc::EOMsg::",
                b"Get /x\n",
                "GÉT /".as_bytes(),
                "gét /::EOMsg::".as_bytes(),
                b"X*Y /a",
                b"GET\t/ HTTP/1.1\r\n",
                b"GET\x0b/",
                b"GET \x0c /",
                b"\x0bGET /",
                b"foo\t/\tHTTP/1.1\n",
                "foo /\u{a0}HTTP/1.1\n".as_bytes(),
                b"xx\x08\x08GET / HTTP/1.1\n",
                b"abc\x15GET /x\n",
                b"abc def\x17\x17POST /::EOMsg::",
                b"\r\nGET / HTTP/1.1\n",
                b"HTTP/1.1 200 OK\n",
                b"User-Agent: x\n",
                b"content-length: 5\r\n",
            ],
        ),
        (UnsupportedProtocol::Tls, &[b"\x16\x03\x01\x02\0", b"\x16\x03\n"]),
        (UnsupportedProtocol::Ssh, &[b"SSH-2.0-libssh2_1.10.0\r\n", b"SSH-1.99-x"]),
        (UnsupportedProtocol::Proxy, &[b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", b"PROXY UNKNOWN\r\n"]),
        (
            UnsupportedProtocol::Rtsp,
            &[b"OPTIONS rtsp://x/y RTSP/1.0\r\n", b"OPTIONS * RTSP/1.0\r\n", b"DESCRIBE /x"],
        ),
        (
            UnsupportedProtocol::Sip,
            &[b"OPTIONS sip:ann@x SIP/2.0\r\n", b"REGISTER sip:x SIP/2.0", b"INVITE tel:+1"],
        ),
        (UnsupportedProtocol::Redis, &[b"*1\r\n$4\r\nPING\r\n", b"*3\r\n", b"SET k v\r\n", b"HELLO 3\r\n"]),
        (
            UnsupportedProtocol::Nats,
            &[b"CONNECT {\"verbose\":false}\r\n", b"SUB x 1\r\n", b"PUB x 5\r\nhello\r\n"],
        ),
        (
            UnsupportedProtocol::Memcached,
            &[b"get x\r\n", b"set k 0 0 1\r\nx\r\n", b"cas k 0 0 1 1\r\n", b"stats items\n"],
        ),
        (UnsupportedProtocol::Smtp, &[b"EHLO x\r\n", b"helo x\n", b"MAIL FROM:<a@b>\n", b"mail from: a"]),
        (UnsupportedProtocol::Ftp, &[b"USER anonymous\r\n", b"AUTH TLS\r\n"]),
        (UnsupportedProtocol::Imap, &[b"a1 CAPABILITY\r\n", b". LOGIN a b\n", b"a NOOP\n"]),
        (
            UnsupportedProtocol::Irc,
            &[
                b"NICK x\r\n",
                b"USER a b c :d\r\n",
                b"CAP LS 302\r\n",
                b"PASS x\n",
                b"user a b c :d\n",
                b"@a=1;b  CAP LS\r\n",
                b"PASS\r\n",
                b"PASS \r\n",
                b"pass x\r\n",
                b"nick x\r\n",
                b":x NICK y\r\n",
                b"@a :x  nick y\r\n",
            ],
        ),
        (UnsupportedProtocol::Xmpp, &[b"<?xml version='1.0'?>", b"<stream:stream "]),
        (
            UnsupportedProtocol::Lines,
            &[
                b"Host: x\r\n",
                b"Cookie: y\n",
                b"X-Y:\tz\n",
                b"Action: Login\r\n",
                b"accept-version:1.2\n",
                b"login:u\n",
                b"passcode:p\n",
                b"password x\n",
                b"USERNAME x\n",
                b"BEGIN AUTH REQUEST\n",
                b"AUTHINFO USER x\n",
                b"RFB 003.008\n",
                b"@RSYNCD: 31.0\n",
                b"<34>Oct 11 su: x\n",
                b"<policy-file-request/>\0",
            ],
        ),
        (
            UnsupportedProtocol::Binary,
            &[
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
                b"\x80\x2e\x01\x03\x01\0",
                b"\0\0\0\x85\xffSMBr",
                b"\0\0\0\x24\xfeSMB@",
                b"\x03\0\0\x13\x0e\xe0",
                b"\x4a\0\0\x01\x0a5.7",
                b"\x80\x0b\0\0",
                b"\x10\x0c\0\x04MQTT",
                b"\0\0\0\x08\x04\xd2\x16\x2f",
                b"\x3a\0\0\0\xa7",
                b"0\x0c\x02\x01\x01`",
                b"\0\x1d\xab\xcd\x01\0",
                b"l\0\x0b\0",
                b"\x13BitTorrent protocol",
                b"AMQP\0\0\x09\x01",
                b"\x05\x01\0",
                b"0032git-upload-pack /x\0host=y\0",
                b"\0\x03\0\x08\x21\x12\xa4\x42",
            ],
        ),
    ];

    /// Where the first message of `bytes` ends, as the decoder sees it.
    fn head(bytes: &[u8]) -> (&[u8], Option<Ends>) {
        let from = line::blank(bytes);
        let line = line::find_end(&bytes[from..]).map(|(end, _)| (end, Ends::Line));
        let eom = eom::find_end(&bytes[from..]).map(|(end, _)| (end, Ends::Mark));
        let end = line.into_iter().chain(eom).min_by_key(|(end, _)| *end);
        (&bytes[from..][..end.map_or(bytes.len() - from, |(end, _)| end)], end.map(|(_, ends)| ends))
    }

    #[test]
    fn each_protocol_is_recognised_wherever_it_is_cut() {
        for (protocol, all) in FIRST {
            for bytes in *all {
                let cuts = (0..=bytes.len()).map(|cut| {
                    let (head, ends) = head(&bytes[..cut]);
                    recognise(head, ends)
                });
                let found: Vec<_> = cuts.skip_while(Option::is_none).collect();
                assert!(!found.is_empty(), "{}", bytes.escape_ascii());
                assert!(found.iter().all(|it| *it == Some(*protocol)), "{}: {found:?}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn a_delimiter_that_arrives_in_pieces_is_no_part_of_a_signature() {
        for name in ["ma ", "QUIT ", "get ", "Ann"] {
            let message = format!("{name}::EOMsg::");
            let (whole, ends) = head(message.as_bytes());
            let wanted = recognise(whole, ends);
            for cut in 0..message.len() {
                let (head, ends) = head(&message.as_bytes()[..cut]);
                assert!(recognise(head, ends).is_none_or(|it| Some(it) == wanted), "{name}, cut at {cut}");
            }
        }
        assert_eq!(recognise(b"ma :k", None), Some(UnsupportedProtocol::Memcached));
    }

    #[test]
    fn a_long_request_is_recognised_long_before_its_end() {
        for begin in ["GET /", "POST http://x/", "CONNECT ", "OPTIONS *", "OPTIONS /", "foo /", "Post /"] {
            let long = format!("{begin}{}", "x".repeat(DETECTION_BYTES));
            assert_eq!(recognise(long.as_bytes(), None), Some(UnsupportedProtocol::Http), "{begin}");
        }
    }

    #[test]
    fn names_and_first_lines_of_people_are_not_foreign() {
        for said in [
            "get",
            "GET",
            "GET ",
            "Quit",
            "PING",
            "Nick",
            "stats",
            "Set",
            "POST",
            "CONNECT",
            "SSH",
            "SSH-Ann",
            "HTTP",
            "http",
            "PROXY",
            "AMQP",
            "RFB",
            "USER",
            "version",
            "PRI",
            "EHLO",
            "OPTIONS",
            "Ann",
            "I am Ann",
            "get:get",
            "GET: GET",
            "Host: Host",
            "Cookie: Cookie",
            "Nick Cave",
            "nick",
            "nick ",
            "pass",
            ":) nicely done",
            ":nick x",
            "hello /help",
            "/help",
            "My name is Get",
            "A/B",
            "*",
            "<3",
            "I AM: HERE",
            "Jörg",
            "what? http://x",
        ] {
            assert_eq!(recognise(said.as_bytes(), Some(Ends::Line)), None, "{said}");
        }
        for key in [0x03, 0x04, 0x07, 0x08, 0x0b, 0x0c, 0x15, 0x17, 0x1a, 0x1b, 0x7f] {
            assert_eq!(recognise(&[b'A', key, b'n'], Some(Ends::Line)), None, "{key}");
        }
    }

    #[test]
    fn lines_after_a_name_are_chat_if_ambiguous() {
        for (line, protocol) in [
            ("AUTH secret", Some(UnsupportedProtocol::Ftp)),
            ("PASS secret", Some(UnsupportedProtocol::Irc)),
            ("PASS", None),
            ("nick is late", None),
            ("login:u", Some(UnsupportedProtocol::Lines)),
            ("GET / HTTP/1.1", Some(UnsupportedProtocol::Http)),
            ("get well soon", None),
            ("add me 2 the list", None),
            ("pass the salt", None),
            ("password please", None),
            ("Ann: hello", None),
            ("Note: the door is open", None),
            ("hello /help", None),
            ("a\u{1}b", None),
        ] {
            assert_eq!(recognise_behind_a_name(line.as_bytes(), Some(Ends::Line)), protocol, "{line}");
        }
    }

    #[test]
    fn tags_may_be_longer_than_what_is_looked_at() {
        for (length, found) in [
            (DETECTION_BYTES - 2, None),
            (DETECTION_BYTES - 1, Some(UnsupportedProtocol::Irc)),
            (5_000, Some(UnsupportedProtocol::Irc)),
        ] {
            let head = format!("@{}", "x".repeat(length));
            assert_eq!(recognise(head.as_bytes(), None), found, "{length}");
        }
        assert_eq!(recognise(b"@Ann hello", Some(Ends::Line)), None);
        assert_eq!(recognise(b"@x GET", Some(Ends::Line)), None);
    }

    #[test]
    fn answers_are_in_the_peers_own_words() {
        for (protocol, begin) in [
            (UnsupportedProtocol::Http, &b"HTTP/1.1 400 "[..]),
            (UnsupportedProtocol::Rtsp, b"RTSP/1.0 400 "),
            (UnsupportedProtocol::Sip, b"SIP/2.0 400 "),
            (UnsupportedProtocol::Redis, b"-ERR "),
            (UnsupportedProtocol::Nats, b"-ERR '"),
            (UnsupportedProtocol::Smtp, b"554 "),
            (UnsupportedProtocol::Irc, b"ERROR :IRC is not spoken here"),
            (UnsupportedProtocol::Tls, b"This port speaks Salon, a chat in plain lines of text, and no TLS."),
            (UnsupportedProtocol::Xmpp, b"<stream:error>"),
        ] {
            assert!(protocol.answer().starts_with(begin), "{protocol:?}");
        }
    }
}
