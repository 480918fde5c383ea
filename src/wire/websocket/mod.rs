//! WebSocket frames (RFC 6455) around the messages of `json`, for browsers, or around lines of IRC. No extensions.
//!
//! The server's frames are unmasked, so all clients in a room receive the same bytes.

use std::str;

use bytes::{BufMut, Bytes, BytesMut};

use crate::base::limits::{IRC_LINE_BYTES, JSON_FRAME_BYTES, WEBSOCKET_FRAGMENTS};
use crate::base::text::sanitize;
use crate::proto::Event;
use crate::web::Subprotocol;
use crate::wire::framing::{self, Frame};
use crate::wire::json::{self, Lines};

/// The code of a close frame (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// Normal end.
    Normal = 1000,
    /// The server stops.
    GoingAway = 1001,
    /// The peer violated the protocol.
    Protocol = 1002,
    /// The peer sent a binary message.
    NoText = 1003,
    /// The peer sent invalid UTF-8.
    NoUtf8 = 1007,
    /// The peer is removed.
    Policy = 1008,
    /// A message is too long, or has too many fragments.
    TooBig = 1009,
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The FIN bit of the first byte: the last fragment of a message.
const FIN: u8 = 0x80;
/// The mask bit of the second byte.
const MASKED: u8 = 0x80;

/// The longest payload of a control frame, and the longest whose length fits into the second byte.
const SHORT: usize = 125;

/// The receiving half of a WebSocket after its handshake.
#[derive(Debug, Default)]
pub struct WebSocket {
    subprotocol: Subprotocol,
    /// Received bytes. Those from `start` on are not decoded yet.
    input: Vec<u8>,
    start: usize,
    /// The frame whose payload is incomplete.
    frame: Option<Header>,
    /// The number of complete fragments of the incomplete message.
    fragments: u32,
    /// `None` between messages, so that an idle WebSocket takes no more memory than another connection.
    partial: Option<Box<Partial>>,
    end: Option<CloseCode>,
    is_close_sent: bool,
}

/// What was decoded of incomplete messages.
#[derive(Debug, Default)]
struct Partial {
    /// The payload of the incomplete message.
    message: Vec<u8>,
    /// The payload of the incomplete control frame.
    control: Vec<u8>,
    /// Pongs to send.
    reply: Vec<u8>,
}

/// The header of a frame, and how much of the payload has been read.
#[derive(Clone, Copy, Debug)]
struct Header {
    kind: Kind,
    is_last: bool,
    /// The mask, from the next byte of the payload on.
    mask: [u8; 4],
    /// Bytes of the payload that have not been read.
    remaining: usize,
}

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Close,
    Ping,
    Pong,
}

/// The outcome of a decoding step.
#[derive(Debug)]
enum Step {
    /// The next step needs more bytes.
    NeedsBytes,
    /// Bytes were consumed. They may have completed a message.
    Consumed(Option<Frame>),
}

impl WebSocket {
    /// One in which this is spoken.
    pub fn new(subprotocol: Subprotocol) -> WebSocket {
        WebSocket { subprotocol, ..WebSocket::default() }
    }

    /// What is spoken.
    pub fn subprotocol(&self) -> Subprotocol {
        self.subprotocol
    }

    /// Appends received bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.end.is_none() {
            self.input.extend_from_slice(bytes);
        }
    }

    /// The next complete message. `None`: more bytes must come first, or the WebSocket [is over](WebSocket::is_over).
    pub fn next_frame(&mut self) -> Option<Frame> {
        let mut found = None;
        while self.end.is_none() && found.is_none() {
            match self.step() {
                Ok(Step::NeedsBytes) => break,
                Ok(Step::Consumed(frame)) => found = frame,
                Err(code) => self.end = Some(code),
            }
        }
        if self.end.is_some() {
            self.discard();
        } else if found.is_none() {
            // Keeps only a partial header. Otherwise the buffer would grow while each read ends within a header.
            self.input = self.input[self.start..].to_vec();
            self.start = 0;
            self.release_memory();
        }
        found
    }

    /// Frees the memory for incomplete messages if there are none.
    fn release_memory(&mut self) {
        let is_empty = |partial: &mut Box<Partial>| {
            partial.message.is_empty() && partial.control.is_empty() && partial.reply.is_empty()
        };
        self.partial.take_if(is_empty);
    }

    /// Consumes a header, or the available part of a payload.
    fn step(&mut self) -> Result<Step, CloseCode> {
        let Some(mut header) = self.frame else {
            let Some((header, length)) = self.header()? else { return Ok(Step::NeedsBytes) };
            self.start += length;
            self.frame = Some(header);
            return Ok(Step::Consumed(None));
        };
        let bytes = &self.input[self.start..];
        let taken = bytes.len().min(header.remaining);
        if taken == 0 && header.remaining > 0 {
            return Ok(Step::NeedsBytes);
        }
        let partial = self.partial.get_or_insert_default();
        let payload = if header.kind == Kind::Message { &mut partial.message } else { &mut partial.control };
        let mask = header.mask.iter().cycle();
        payload.extend(bytes[..taken].iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        self.start += taken;
        header.remaining -= taken;
        let shift = taken % header.mask.len();
        header.mask.rotate_left(shift);
        self.frame = Some(header);
        if header.remaining > 0 {
            return Ok(Step::NeedsBytes);
        }
        self.frame = None;
        self.finish(header).map(Step::Consumed)
    }

    /// The next header and its length in bytes. `None`: it is incomplete.
    fn header(&self) -> Result<Option<(Header, usize)>, CloseCode> {
        let bytes = &self.input[self.start..];
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (is_last, opcode) = (first & FIN != 0, first & 0x0f);
        let kind = match opcode {
            0 if self.fragments > 0 => Kind::Message,
            TEXT if self.fragments == 0 => Kind::Message,
            BINARY if self.fragments == 0 && self.subprotocol == Subprotocol::IrcBinary => Kind::Message,
            BINARY if self.fragments == 0 => return Err(CloseCode::NoText),
            CLOSE => Kind::Close,
            PING => Kind::Ping,
            PONG => Kind::Pong,
            _ => return Err(CloseCode::Protocol),
        };
        let is_extended = first & 0x70 != 0;
        let short = usize::from(second & !MASKED);
        let is_bad_control = kind != Kind::Message && (!is_last || short > SHORT);
        if is_extended || second & MASKED == 0 || is_bad_control {
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
        // The protocol demands the shortest form of a length.
        if (short == 126 && length <= SHORT as u64) || (short == 127 && u16::try_from(length).is_ok()) {
            return Err(CloseCode::Protocol);
        }
        let remaining = usize::try_from(length).unwrap_or(usize::MAX);
        let is_too_long = remaining
            > JSON_FRAME_BYTES
                .saturating_sub(self.partial.as_ref().map_or(0, |partial| partial.message.len()));
        if kind == Kind::Message && (is_too_long || self.fragments >= WEBSOCKET_FRAGMENTS) {
            return Err(CloseCode::TooBig);
        }
        let Some((mask, rest)) = rest.split_first_chunk() else { return Ok(None) };
        let header = Header { kind, is_last, mask: *mask, remaining };
        Ok(Some((header, bytes.len() - rest.len())))
    }

    /// Handles a frame whose payload is complete.
    fn finish(&mut self, header: Header) -> Result<Option<Frame>, CloseCode> {
        let partial = self.partial.get_or_insert_default();
        match header.kind {
            Kind::Message if header.is_last => {
                self.fragments = 0;
                let message = std::mem::take(&mut partial.message);
                if self.subprotocol == Subprotocol::IrcBinary {
                    return Ok(Some(irc_line(&message)));
                }
                let text = str::from_utf8(&message).map_err(|_| CloseCode::NoUtf8)?;
                if self.subprotocol == Subprotocol::IrcText {
                    return Ok(Some(irc_line(&message)));
                }
                return Ok(Some(Frame::Text(sanitize(text.as_bytes()).into_owned())));
            }
            Kind::Message => self.fragments += 1,
            Kind::Ping => put_frame(PONG, &partial.control, &mut partial.reply),
            Kind::Pong => {}
            Kind::Close => return Err(close_code(&partial.control)),
        }
        partial.control = Vec::new();
        Ok(None)
    }

    /// Pongs to send. Returned once.
    pub fn take_reply(&mut self) -> Option<Bytes> {
        let reply = std::mem::take(&mut self.partial.as_mut()?.reply);
        self.release_memory();
        (!reply.is_empty()).then(|| reply.into())
    }

    /// Whether the peer closed the WebSocket or violated the protocol. Further input is ignored.
    pub fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// The close frame. Returned once. Its code is `code`, unless the input ended with another one.
    pub fn close_frame(&mut self, code: CloseCode) -> Option<Bytes> {
        if std::mem::replace(&mut self.is_close_sent, true) {
            return None;
        }
        let mut frame = Vec::new();
        put_frame(CLOSE, &(self.end.unwrap_or(code) as u16).to_be_bytes(), &mut frame);
        Some(frame.into())
    }

    /// The allocated size of the buffers in bytes.
    pub fn memory(&self) -> usize {
        let partial = self.partial.as_ref().map_or(0, |partial| {
            size_of::<Partial>() + partial.message.capacity() + partial.control.capacity()
        });
        self.input.capacity() + partial
    }

    /// Discards all input that is not decoded yet.
    pub fn discard(&mut self) {
        (self.input, self.start, self.frame) = (Vec::new(), 0, None);
        self.fragments = 0;
        if let Some(partial) = &mut self.partial {
            (partial.message, partial.control) = (Vec::new(), Vec::new());
        }
        self.release_memory();
    }
}

/// The code that answers a close frame with this payload.
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

fn put_frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    // Control frames have a short payload.
    out.extend([FIN | opcode, u8::try_from(payload.len()).unwrap_or_default()]);
    out.extend_from_slice(payload);
}

/// Appends `event` to `out`, as a frame.
pub(super) fn encode(event: &Event, label: Option<&str>, lines: Lines, out: &mut BytesMut) {
    framed(TEXT, out, |out| json::encode(event, label, lines, out));
}

/// A line of IRC. Its client need not send the end of the line.
fn irc_line(message: &[u8]) -> Frame {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    if end > IRC_LINE_BYTES { Frame::TooLong } else { framing::irc_line(&message[..end]) }
}

/// Appends lines of IRC, each as a message without its end; as they are, if they come in no WebSocket.
pub(super) fn put_lines(subprotocol: Subprotocol, lines: &[u8], out: &mut BytesMut) {
    let opcode = match subprotocol {
        Subprotocol::Json => return out.extend_from_slice(lines),
        Subprotocol::IrcText => TEXT,
        Subprotocol::IrcBinary => BINARY,
    };
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        // What ends the line is removed with it.
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        framed(opcode, out, |out| {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\n");
        });
    }
}

/// Appends a frame with the line that `write` appends. Appends nothing if `write` appends nothing.
fn framed(opcode: u8, out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    // Most frames have a header of this length. For other lengths, the payload is moved.
    const HEADER: usize = 4;
    let start = out.len();
    out.put_bytes(0, HEADER);
    write(out);
    if out.len() == start + HEADER {
        return out.truncate(start);
    }
    // Removes the line end.
    out.truncate(out.len() - 1);
    let length = out.len() - start - HEADER;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if length <= SHORT => {
            out.copy_within(start + HEADER.., start + 2);
            out.truncate(out.len() - 2);
            out[start..start + 2].copy_from_slice(&[FIN | opcode, short]);
        }
        (_, Ok(middle)) => {
            let [high, low] = middle.to_be_bytes();
            out[start..start + HEADER].copy_from_slice(&[FIN | opcode, 126, high, low]);
        }
        _ => {
            out.put_bytes(0, 6);
            let end = out.len() - 6;
            out.copy_within(start + HEADER..end, start + HEADER + 6);
            out[start..start + 2].copy_from_slice(&[FIN | opcode, 127]);
            out[start + 2..start + 10].copy_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
