//! Detects request lines of HTTP and of protocols derived from it: `GET / HTTP/1.1`, `OPTIONS rtsp://host RTSP/1.0`.
//!
//! The set of methods is open, and a line may be longer than the bytes that are kept. So a word in capitals and the
//! beginning of a path or URL are sufficient.

use memchr::memchr;

use super::{Ends, UnsupportedProtocol};

/// Methods whose target need not look like a path or URL.
const METHODS: [&[u8]; 9] =
    [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"PATCH", b"CONNECT"];

/// Methods of RTSP (RFC 2326) that HTTP does not have.
const RTSP_METHODS: [&[u8]; 10] = [
    b"DESCRIBE",
    b"ANNOUNCE",
    b"SETUP",
    b"PLAY",
    b"PAUSE",
    b"TEARDOWN",
    b"RECORD",
    b"REDIRECT",
    b"GET_PARAMETER",
    b"SET_PARAMETER",
];

/// Whether a byte may occur in a token (RFC 9110, section 5.6.2): a method or the name of a header.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a byte separates words, for lenient servers too, as a browser's request may be meant for one.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

/// The protocol of the request line in `head`, and the number of bytes after which it is certain.
pub(super) fn find(head: &[u8], ends: Option<Ends>) -> Option<(usize, UnsupportedProtocol)> {
    let method = &head[..head.iter().position(|byte| is_blank(*byte))?];
    let start = method.len() + head[method.len()..].iter().take_while(|byte| is_blank(**byte)).count();
    let target = &head[start..];
    let is_method = method.iter().all(|byte| is_token(*byte) || !byte.is_ascii());
    let is_capital =
        is_method && method.iter().any(u8::is_ascii_uppercase) && !method.iter().any(u8::is_ascii_lowercase);
    if let Some((end, protocol)) = is_capital.then(|| of_target(method, target)).flatten() {
        return Some((start + end, protocol));
    }
    let ends = ends?;
    let known = method.to_ascii_uppercase();
    let is_known = METHODS.contains(&known.as_slice());
    let begins = of_target(&known, target).map(|(_, protocol)| protocol);
    // A person may type a word and a path. No old client sends them as a name.
    let is_request = is_known || (ends == Ends::Mark && !method.ends_with(b":"));
    let is_exact = METHODS.contains(&method) && !target.trim_ascii().is_empty();
    let is_path = target.starts_with(b"/") && is_request;
    let is_all = is_capital && target.starts_with(b"*");
    let protocol = of_version(target)
        .or(begins.filter(|_| is_request))
        .or((is_exact || is_all || is_path).then_some(UnsupportedProtocol::Http))?;
    // The end of the line comes after all bytes of the line.
    Some((head.len() + 1, protocol))
}

/// The protocol of a request with this target, and the number of bytes after which it is certain. `*` and `OPTIONS`
/// belong to several protocols.
fn of_target(method: &[u8], target: &[u8]) -> Option<(usize, UnsupportedProtocol)> {
    if target.starts_with(b"/") {
        let is_rtsp = RTSP_METHODS.contains(&method);
        return match method {
            b"OPTIONS" => None,
            _ => Some((1, if is_rtsp { UnsupportedProtocol::Rtsp } else { UnsupportedProtocol::Http })),
        };
    }
    let colon = target.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?;
    let (scheme, rest) = target.split_at(colon);
    match scheme.to_ascii_lowercase().as_slice() {
        _ if !rest.starts_with(b":") => None,
        b"rtsp" | b"rtsps" | b"rtspu" => Some((colon + 1, UnsupportedProtocol::Rtsp)),
        b"sip" | b"sips" | b"tel" => Some((colon + 1, UnsupportedProtocol::Sip)),
        [] => None,
        _ => rest.starts_with(b"://").then_some((colon + 3, UnsupportedProtocol::Http)),
    }
}

/// The protocol that the version at the end of a request line names.
fn of_version(target: &[u8]) -> Option<UnsupportedProtocol> {
    let target = target.trim_ascii_end();
    let is_between = |byte: &u8| is_blank(*byte) || !byte.is_ascii();
    let version = &target[target.iter().rposition(is_between).map_or(0, |at| at + 1)..];
    let slash = memchr(b'/', version).filter(|at| version.get(at + 1).is_some_and(u8::is_ascii_digit))?;
    match &version[..slash] {
        b"HTTP" => Some(UnsupportedProtocol::Http),
        b"RTSP" => Some(UnsupportedProtocol::Rtsp),
        b"SIP" => Some(UnsupportedProtocol::Sip),
        _ => None,
    }
}
