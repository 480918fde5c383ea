//! Signatures of the first messages of other protocols, as a table.
//!
//! Those of IRC are here, too: a server may be told not to speak it (`Decoder::refuse_irc`).
//!
//! A single word can be a name: somebody may be called `Get` or `PING`. So each signature has several words, or a
//! character that no name contains.

use super::UnsupportedProtocol;

/// In a signature, `~` matches a word (its first byte is sufficient if nothing follows), `9` matches a digit, and `$`
/// matches the end of the message. Other characters match themselves.
type Signatures = &'static [(UnsupportedProtocol, &'static [&'static str])];

/// Matched in this case.
const EXACT: Signatures = &[
    (UnsupportedProtocol::Http, &["HTTP/9", "PRI * HTTP/2"]),
    (UnsupportedProtocol::Tls, &["\x16\x03"]),
    (UnsupportedProtocol::Ssh, &["SSH-9."]),
    (UnsupportedProtocol::Proxy, &["PROXY TCP", "PROXY UDP", "PROXY UNIX", "PROXY UNKNOWN"]),
    (UnsupportedProtocol::Xmpp, &["<?xml", "<stream:"]),
    (
        UnsupportedProtocol::Redis,
        &["*9", "SET ~ ~", "HELLO 9", "SELECT 9", "CONFIG ~ ~", "EVAL ~", "SLAVEOF ~ ~", "REPLICAOF ~ ~"],
    ),
    (UnsupportedProtocol::Redis, &["PUBLISH ~ ~", "LPUSH ~ ~", "RPUSH ~ ~", "FLUSHALL ~", "MODULE LOAD"]),
    (UnsupportedProtocol::Nats, &["CONNECT {", "INFO {", "PUB ~ ", "HPUB ~ ", "SUB ~ "]),
    (
        UnsupportedProtocol::Memcached,
        &["get ~", "gets ~", "gat 9", "gats 9", "delete ~", "stats ~", "mg ~", "md ~", "me ~"],
    ),
    (
        UnsupportedProtocol::Memcached,
        &["set ~ 9", "add ~ 9", "replace ~ 9", "append ~ 9", "prepend ~ 9", "cas ~ 9"],
    ),
    (UnsupportedProtocol::Memcached, &["incr ~ 9", "decr ~ 9", "touch ~ 9", "ms ~ 9", "ms ~ S9", "ma ~"]),
    (UnsupportedProtocol::Memcached, &["flush_all 9", "verbosity 9", "slabs ~", "lru ~", "watch ~"]),
    (
        UnsupportedProtocol::Irc,
        &["NICK ~", "USER ~ ~", "PASS ~", "JOIN ~", "PING ~", "QUIT :", "PRIVMSG ~", "NOTICE ~"],
    ),
    (UnsupportedProtocol::Irc, &["MODE ~", "AUTHENTICATE ~", "OPER ~", "WEBIRC ~", "SERVER ~ ", "PONG ~"]),
    (
        UnsupportedProtocol::Ftp,
        &["USER ~$", "AUTH ~", "APOP ~ ~", "RETR ~", "STOR ~", "LIST ~", "CWD ~", "OPTS ~"],
    ),
    (
        UnsupportedProtocol::Imap,
        &["~ CAPABILITY", "~ LOGIN ~", "~ STARTTLS", "~ AUTHENTICATE ~", "~ LOGOUT$", "~ NOOP$"],
    ),
    (
        UnsupportedProtocol::Lines,
        &["BEGIN AUTH", "BEGIN VERIFICATION", "BEGIN GSSAPI", "AUTHINFO ~", "USERNAME ~", "PASSWORD ~"],
    ),
    (UnsupportedProtocol::Lines, &["accept-version:", "heart-beat:", "login:", "passcode:"]),
    (
        UnsupportedProtocol::Lines,
        &["RFB 9", "@RSYNCD: 9", "<policy-file-request", "<9>", "<99>", "<999>", "put 9", "JDWP-Handshake\0"],
    ),
];

/// Matched in this case. Nobody sends these as a name, but people may say them to others. A client whose user leaves the field for
/// the password empty may send `PASS` alone.
const WRITTEN_BEFORE_A_NAME: Signatures = &[(UnsupportedProtocol::Irc, &["nick ~", "pass ~", "PASS$"])];

/// Matched in any case. Nobody sends these as a name, but people may say them to others.
const BEFORE_A_NAME: Signatures = &[
    (UnsupportedProtocol::Ftp, &["auth ~", "pass ~"]),
    (UnsupportedProtocol::Lines, &["password ~", "passwd ~", "username ~"]),
];

/// Matched in any case.
const ANY_CASE: Signatures = &[
    (UnsupportedProtocol::Smtp, &["ehlo ~", "helo ~", "lhlo ~", "mail from:", "rcpt to:"]),
    (UnsupportedProtocol::Irc, &["cap ls", "cap req", "cap end", "cap list", "user ~ ~ ~ ~"]),
    // Headers after a request line that was not detected.
    (UnsupportedProtocol::Http, &["user-agent: ", "content-type: ", "content-length: ", "accept-encoding: "]),
    (
        UnsupportedProtocol::Http,
        &["accept-language: ", "transfer-encoding: ", "sec-fetch-", "upgrade-insecure-"],
    ),
];

/// All signatures that match `head`, and after how many bytes.
pub(super) fn find(head: &[u8], is_whole: bool) -> impl Iterator<Item = (usize, UnsupportedProtocol)> {
    find_written(head, is_whole).chain(find_in(WRITTEN_BEFORE_A_NAME, false, head, is_whole)).chain(find_in(
        BEFORE_A_NAME,
        true,
        head,
        is_whole,
    ))
}

/// Like `find`, without the signatures that are ordinary words.
pub(super) fn find_written(
    head: &[u8],
    is_whole: bool,
) -> impl Iterator<Item = (usize, UnsupportedProtocol)> {
    find_in(EXACT, false, head, is_whole).chain(find_in(ANY_CASE, true, head, is_whole))
}

fn find_in(
    rows: Signatures,
    any_case: bool,
    head: &[u8],
    is_whole: bool,
) -> impl Iterator<Item = (usize, UnsupportedProtocol)> {
    rows.iter().flat_map(move |(protocol, signatures)| {
        let ends = signatures.iter().filter_map(move |it| end_of(it, head, is_whole, any_case));
        ends.map(|end| (end, *protocol))
    })
}

/// After how many bytes `signature` matches the beginning of `head`. `None`: it does not match.
fn end_of(signature: &str, head: &[u8], is_whole: bool, any_case: bool) -> Option<usize> {
    let mut at = 0;
    for (index, wanted) in signature.bytes().enumerate() {
        let rest = &head[at..];
        at += match wanted {
            b'~' => {
                let word = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
                let is_last = index + 1 == signature.len();
                if is_last { word.min(1) } else { word }
            }
            b'9' => rest.first().map_or(0, |byte| usize::from(byte.is_ascii_digit())),
            b'$' => return (is_whole && rest.trim_ascii().is_empty()).then_some(head.len() + 1),
            _ => {
                let byte = *rest.first()?;
                usize::from(wanted == if any_case { byte.to_ascii_lowercase() } else { byte })
            }
        };
        if at == head.len() - rest.len() {
            return None;
        }
    }
    Some(at)
}
