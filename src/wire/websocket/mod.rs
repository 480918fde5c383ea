//! How the messages of `json` are framed for browsers: as in RFC 6455. Without extensions; a message is a text.
//!
//! What the server sends has no mask, so that all who hear it are sent the same bytes.

use std::str;

use bytes::{BufMut, Bytes, BytesMut};

use crate::base::limits::{JSON_FRAME_BYTES, WEBSOCKET_FRAGMENTS};
use crate::base::text::sanitize;
use crate::proto::Event;
use crate::wire::decoder::Frame;
use crate::wire::json;

/// Why a WebSocket ends, as its peer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// All is done.
    Normal = 1000,
    /// The service ends.
    GoingAway = 1001,
    /// The peer breaks the protocol.
    Protocol = 1002,
    /// It sends what is no text.
    NoText = 1003,
    /// It sends what is no UTF-8.
    NoUtf8 = 1007,
    /// It is removed.
    Policy = 1008,
    /// Its message is too long, or in too many pieces.
    TooBig = 1009,
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The first byte of a frame that is a whole message.
const LAST: u8 = 0x80;
const MASKED: u8 = 0x80;

/// The longest payload of what is no part of a message, and of what has its length in one byte.
const SHORT: usize = 125;

/// The receiving half of a WebSocket, whose handshake is over.
#[derive(Debug, Default)]
pub struct WebSocket {
    /// Bytes that are not decoded yet: those from `start` on.
    input: Vec<u8>,
    start: usize,
    /// The frame whose payload is under way.
    frame: Option<Header>,
    /// The payload so far of the message that is under way, if one is, and of how many frames it came.
    message: Vec<u8>,
    fragments: usize,
    /// The payload so far of the frame that is no part of a message.
    control: Vec<u8>,
    /// Pongs that the peer is owed.
    reply: BytesMut,
    end: Option<CloseCode>,
    is_goodbye_said: bool,
}

/// A frame.
#[derive(Clone, Copy, Debug)]
struct Header {
    kind: Kind,
    is_last: bool,
    mask: [u8; 4],
    /// How much of its payload is still to come.
    left: usize,
    /// How much has come.
    come: usize,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Close,
    Ping,
    Pong,
}

/// What a step of reading comes to.
#[derive(Debug)]
enum Step {
    /// The next step needs more bytes.
    NeedsBytes,
    /// Bytes were taken. They may be the end of a message.
    Taken(Option<Frame>),
}

impl WebSocket {
    /// Bytes came.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.end.is_none() {
            self.input.extend_from_slice(bytes);
        }
    }

    /// The next message, if it is whole. None also when the WebSocket [is over](WebSocket::is_over).
    pub fn next_frame(&mut self) -> Option<Frame> {
        let mut found = None;
        while self.end.is_none() && found.is_none() {
            match self.step() {
                Ok(Step::NeedsBytes) => break,
                Ok(Step::Taken(frame)) => found = frame,
                Err(code) => self.end = Some(code),
            }
        }
        if self.end.is_some() {
            self.discard();
        } else if found.is_none() {
            // What is left is a part of a header. Without this, reads that each end in one would keep all that came before.
            self.input = self.input[self.start..].to_vec();
            self.start = 0;
        }
        found
    }

    /// Takes a header, or what there is of a payload.
    fn step(&mut self) -> Result<Step, CloseCode> {
        let Some(mut header) = self.frame else {
            let Some((header, length)) = self.header()? else { return Ok(Step::NeedsBytes) };
            self.start += length;
            self.frame = Some(header);
            return Ok(Step::Taken(None));
        };
        let bytes = &self.input[self.start..];
        let taken = bytes.len().min(header.left);
        if taken == 0 && header.left > 0 {
            return Ok(Step::NeedsBytes);
        }
        let payload = if header.kind == Kind::Message { &mut self.message } else { &mut self.control };
        let mask = header.mask.iter().cycle().skip(header.come % header.mask.len());
        payload.extend(bytes[..taken].iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        self.start += taken;
        header.left -= taken;
        header.come += taken;
        self.frame = Some(header);
        if header.left > 0 {
            return Ok(Step::NeedsBytes);
        }
        self.frame = None;
        self.finish(header).map(Step::Taken)
    }

    /// The header that comes next, and its length; none while it is not whole.
    fn header(&self) -> Result<Option<(Header, usize)>, CloseCode> {
        let bytes = &self.input[self.start..];
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (is_last, opcode) = (first & LAST != 0, first & 0x0f);
        let kind = match opcode {
            0 if self.fragments > 0 => Kind::Message,
            TEXT if self.fragments == 0 => Kind::Message,
            2 if self.fragments == 0 => return Err(CloseCode::NoText),
            CLOSE => Kind::Close,
            PING => Kind::Ping,
            PONG => Kind::Pong,
            _ => return Err(CloseCode::Protocol),
        };
        let is_extended = first & 0x70 != 0;
        let short = usize::from(second & !MASKED);
        let is_cut = kind != Kind::Message && (!is_last || short > SHORT);
        if is_extended || second & MASKED == 0 || is_cut {
            return Err(CloseCode::Protocol);
        }
        let (length, rest) = match short {
            126 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from_be_bytes(*length), rest)
            }
            _ => (short as u64, rest),
        };
        // A length is written as short as it can be.
        if (short == 126 && length <= SHORT as u64) || (short == 127 && u16::try_from(length).is_ok()) {
            return Err(CloseCode::Protocol);
        }
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        let is_too_long = left > JSON_FRAME_BYTES.saturating_sub(self.message.len());
        if kind == Kind::Message && (is_too_long || self.fragments >= WEBSOCKET_FRAGMENTS) {
            return Err(CloseCode::TooBig);
        }
        let Some((mask, rest)) = rest.split_first_chunk() else { return Ok(None) };
        let header = Header { kind, is_last, mask: *mask, left, come: 0 };
        Ok(Some((header, bytes.len() - rest.len())))
    }

    /// The payload of a frame is whole.
    fn finish(&mut self, header: Header) -> Result<Option<Frame>, CloseCode> {
        match header.kind {
            Kind::Message if header.is_last => {
                self.fragments = 0;
                let message = std::mem::take(&mut self.message);
                let text = str::from_utf8(&message).map_err(|_| CloseCode::NoUtf8)?;
                return Ok(Some(Frame::Text(sanitize(text.as_bytes()).into_owned())));
            }
            Kind::Message => self.fragments += 1,
            Kind::Ping => put_frame(PONG, &self.control, &mut self.reply),
            Kind::Pong => {}
            Kind::Close => return Err(close_code(&self.control)),
        }
        self.control = Vec::new();
        Ok(None)
    }

    /// Bytes that the peer is to be sent by the protocol alone, once.
    pub fn take_reply(&mut self) -> Option<Bytes> {
        (!self.reply.is_empty()).then(|| self.reply.split().freeze())
    }

    /// Whether the peer has ended it, or broke its rules: nothing more comes of what it sends.
    pub fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// The frame that ends it, once. `code` is why, unless the peer gave a reason.
    pub fn goodbye(&mut self, code: CloseCode) -> Option<Bytes> {
        if std::mem::replace(&mut self.is_goodbye_said, true) {
            return None;
        }
        let mut frame = BytesMut::new();
        put_frame(CLOSE, &(self.end.unwrap_or(code) as u16).to_be_bytes(), &mut frame);
        Some(frame.freeze())
    }

    /// What it keeps of what is unfinished, in bytes.
    pub fn memory(&self) -> usize {
        self.input.capacity() + self.message.capacity() + self.control.capacity()
    }

    /// Drops what is not decoded yet.
    pub fn discard(&mut self) {
        (self.input, self.start, self.frame) = (Vec::new(), 0, None);
        (self.message, self.fragments, self.control) = (Vec::new(), 0, Vec::new());
    }
}

/// What the peer that closes with this payload is answered.
fn close_code(payload: &[u8]) -> CloseCode {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { CloseCode::Normal } else { CloseCode::Protocol };
    };
    match u16::from_be_bytes(*code) {
        _ if str::from_utf8(reason).is_err() => CloseCode::NoUtf8,
        1000..=1003 | 1007..=1014 | 3000..=4999 => CloseCode::Normal,
        _ => CloseCode::Protocol,
    }
}

fn put_frame(opcode: u8, payload: &[u8], out: &mut BytesMut) {
    out.put_u8(LAST | opcode);
    // What is answered or said here is short.
    out.put_u8(u8::try_from(payload.len()).unwrap_or_default());
    out.extend_from_slice(payload);
}

/// Appends `event` to `out`, as a frame.
pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    framed(out, |out| json::encode(event, out));
}

/// The same of an answer to what its reader calls `label`.
pub(super) fn encode_labelled(event: &Event, label: &str, out: &mut BytesMut) {
    framed(out, |out| json::encode_labelled(event, label, out));
}

/// Appends the line that `write` appends as a frame; nothing, if it appends nothing.
fn framed(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    // Nearly all take a header of this length; what is shorter or longer is moved.
    const HEADER: usize = 4;
    let start = out.len();
    out.put_bytes(0, HEADER);
    write(out);
    if out.len() == start + HEADER {
        return out.truncate(start);
    }
    // The end of a line, which a frame does not need.
    out.truncate(out.len() - 1);
    let length = out.len() - start - HEADER;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if length <= SHORT => {
            out.copy_within(start + HEADER.., start + 2);
            out.truncate(out.len() - 2);
            out[start..start + 2].copy_from_slice(&[LAST | TEXT, short]);
        }
        (_, Ok(middle)) => {
            let [high, low] = middle.to_be_bytes();
            out[start..start + HEADER].copy_from_slice(&[LAST | TEXT, 126, high, low]);
        }
        _ => {
            out.put_bytes(0, 6);
            let end = out.len() - 6;
            out.copy_within(start + HEADER..end, start + HEADER + 6);
            out[start..start + 2].copy_from_slice(&[LAST | TEXT, 127]);
            out[start + 2..start + 10].copy_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
