//! What delimits a message in each dialect, how long it may be, and how its bytes become text.

use crate::base::limits::{FRAME_BYTES, IRC_LINE_BYTES, JSON_FRAME_BYTES};
use crate::base::text::sanitize;
use crate::wire::unsupported::UnsupportedProtocol;
use crate::wire::{Dialect, editing, eom, irc, line};

/// A framed input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The sanitized text of a message of bounded size.
    Text(String),
    /// The same of a line of IRC that is not UTF-8, with U+FFFD where it is not.
    NotUtf8(String),
    /// An oversized message, discarded.
    TooLong,
    /// The peer speaks an unsupported protocol. The rest of its input is ignored.
    Unsupported(UnsupportedProtocol),
}

/// The end of the first message in `bytes`: where it ends, and where the next begins.
pub(super) fn find_end(dialect: Dialect, bytes: &[u8]) -> Option<(usize, usize)> {
    match dialect {
        Dialect::Eom => eom::find_end(bytes),
        Dialect::Line | Dialect::Json | Dialect::Chaty | Dialect::Irc => line::find_end(bytes),
    }
}

/// Takes the last bytes of the input, which have no end, as a message. Returns where it ends, and where the next would begin. A
/// `\r` after it is half a line end, and dropped.
pub(super) fn rest(dialect: Dialect, bytes: &[u8]) -> (usize, usize) {
    let half = usize::from(dialect != Dialect::Eom && bytes.ends_with(b"\r"));
    (bytes.len() - half, bytes.len())
}

/// The longest delimiter, in bytes.
pub(super) fn end_bytes(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Eom => eom::END.len(),
        Dialect::Line | Dialect::Json | Dialect::Chaty | Dialect::Irc => line::END_BYTES,
    }
}

/// The longest message, in bytes.
pub(super) fn frame_bytes(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Eom | Dialect::Line | Dialect::Chaty => FRAME_BYTES,
        Dialect::Json => JSON_FRAME_BYTES,
        Dialect::Irc => IRC_LINE_BYTES,
    }
}

/// A message with its text sanitized.
pub(super) fn frame(dialect: Dialect, bytes: &[u8]) -> Frame {
    let is_newline = |b: &u8| matches!(b, b'\n' | b'\r');
    match dialect {
        Dialect::Eom if bytes.iter().any(is_newline) => {
            let joined: Vec<u8> = bytes.iter().copied().filter(|b| !is_newline(b)).collect();
            Frame::Text(sanitize(&joined).into_owned())
        }
        // Editing keys come from a person at a terminal. In a program's message they are sanitized and displayed.
        Dialect::Line => Frame::Text(sanitize(&editing::edited(bytes)).into_owned()),
        Dialect::Eom | Dialect::Json | Dialect::Chaty => Frame::Text(sanitize(bytes).into_owned()),
        Dialect::Irc => irc_line(bytes),
    }
}

/// A line of IRC.
pub(super) fn irc_line(bytes: &[u8]) -> Frame {
    let text = irc::clean(bytes);
    if str::from_utf8(bytes).is_ok() { Frame::Text(text) } else { Frame::NotUtf8(text) }
}
