//! Requests of HTTP and of what was made after it: `GET / HTTP/1.1`, `OPTIONS rtsp://host RTSP/1.0`.
//!
//! Methods are without number, and a line may be longer than what is kept of it. So a word in capitals and the beginning of a
//! path or of a URL are enough.

use memchr::memchr;

use super::Foreign;

/// Methods whose target need not look like a path or a URL.
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

/// Which protocol's request `head` is, if it is one, and where that is certain.
pub(super) fn find(head: &[u8], is_whole: bool) -> Option<(usize, Foreign)> {
    let space = memchr(b' ', head)?;
    let (method, target) = (&head[..space], &head[space + 1..]);
    if !method.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)) {
        return None;
    }
    let is_capital =
        method.first().is_some_and(u8::is_ascii_uppercase) && !method.iter().any(u8::is_ascii_lowercase);
    let early = is_capital.then(|| of_target(method, target)).flatten();
    if let Some((end, foreign)) = early {
        return Some((space + 1 + end, foreign));
    }
    if !is_whole {
        return None;
    }
    let is_known = METHODS.contains(&method) && !target.trim_ascii().is_empty();
    let is_all = is_capital && target.starts_with(b"*");
    let foreign = of_version(target).or((is_known || is_all).then_some(Foreign::Http))?;
    // Its end comes after all of its bytes.
    Some((head.len() + 1, foreign))
}

/// What a target begins with, and where that is certain. `*` and `OPTIONS` are of several protocols.
fn of_target(method: &[u8], target: &[u8]) -> Option<(usize, Foreign)> {
    if target.starts_with(b"/") {
        let is_rtsp = RTSP_METHODS.contains(&method);
        return match method {
            b"OPTIONS" => None,
            _ => Some((1, if is_rtsp { Foreign::Rtsp } else { Foreign::Http })),
        };
    }
    let colon = target.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?;
    let (scheme, rest) = target.split_at(colon);
    match scheme.to_ascii_lowercase().as_slice() {
        _ if !rest.starts_with(b":") => None,
        b"rtsp" | b"rtsps" | b"rtspu" => Some((colon + 1, Foreign::Rtsp)),
        b"sip" | b"sips" | b"tel" => Some((colon + 1, Foreign::Sip)),
        [] => None,
        _ => rest.starts_with(b"://").then_some((colon + 3, Foreign::Http)),
    }
}

/// Which protocol a whole request names at its end.
fn of_version(target: &[u8]) -> Option<Foreign> {
    let target = target.trim_ascii_end();
    let at = memchr::memrchr(b' ', target)?;
    let version = &target[at + 1..];
    let slash = memchr(b'/', version).filter(|at| version.get(at + 1).is_some_and(u8::is_ascii_digit))?;
    match &version[..slash] {
        b"HTTP" => Some(Foreign::Http),
        b"RTSP" => Some(Foreign::Rtsp),
        b"SIP" => Some(Foreign::Sip),
        _ => None,
    }
}
