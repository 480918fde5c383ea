//! The encoding of batches. All integers are little-endian.
//!
//! A batch: the version, the epoch (8 bytes), the number (8 bytes), the number of records (2 bytes), and the records. A record:
//! its kind, the length of its content (4 bytes), and the content. A kind of a later version is skipped if its highest bit is set;
//! if not, the reader must not go on. Texts from the log are sanitized again, as those from a socket.

use std::rc::Rc;
use std::time::Duration;

use crate::base::limits::{
    MESSAGE_BYTES, MESSAGE_LINES, NAME_CHARS, ROOMS, SHARED_BATCH_BYTES, SHARED_RECORDS_PER_BATCH,
};
use crate::base::name::Name;
use crate::base::text::{sanitize, sanitize_lines};
use crate::cluster::record::{Batch, Newcomer, Record, SanctionKind};
use crate::proto::{Kind, Removal};

/// The version of the format, and of the rules by which records are carried out.
pub const VERSION: u8 = 1;

/// Of a kind: readers that do not know it may skip it.
const SKIPPABLE: u8 = 0x80;

/// Why a batch cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of a later version: this node must not go on.
    TooNew,
    /// It is damaged, or no batch at all. It has no effect on any node.
    Malformed,
}

/// The kinds of records.
mod kind {
    pub(super) const NODE: u8 = 1;
    pub(super) const BEAT: u8 = 2;
    pub(super) const CAME: u8 = 3;
    pub(super) const LEFT: u8 = 4;
    pub(super) const JOINED: u8 = 5;
    pub(super) const PARTED: u8 = 6;
    pub(super) const RENAMED: u8 = 7;
    pub(super) const SAID: u8 = 8;
    pub(super) const HOST_SAID: u8 = 9;
    pub(super) const TOPIC: u8 = 10;
    pub(super) const KICK: u8 = 11;
    pub(super) const SANCTION: u8 = 12;
    pub(super) const HERE: u8 = 13;
    pub(super) const OWNS: u8 = 14;
    pub(super) const STOP: u8 = 15;
    pub(super) const ALIVE: u8 = 16;
    pub(super) const NOTHING: u8 = super::SKIPPABLE;
}

/// The size of a batch without records, in bytes.
pub(super) const HEAD_BYTES: usize = 19;

/// Encodes a batch.
pub fn encode(batch: &Batch) -> Vec<u8> {
    let mut out = head(batch.epoch, batch.number, batch.records.len());
    batch.records.iter().for_each(|record| encode_record(record, &mut out));
    out
}

/// The beginning of a batch with this many records.
pub(super) fn head(epoch: u64, number: u64, records: usize) -> Vec<u8> {
    let mut out = vec![VERSION];
    out.extend(epoch.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(u16::try_from(records).unwrap_or(u16::MAX).to_le_bytes());
    out
}

/// Encodes a record.
pub(super) fn encode_record(record: &Record, out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend([0; 5]);
    let kind = put_content(record, out);
    let length = u32::try_from(out.len() - begin - 5).unwrap_or(u32::MAX);
    out[begin] = kind;
    out[begin + 1..begin + 5].copy_from_slice(&length.to_le_bytes());
}

/// Appends the content of a record. Returns its kind.
fn put_content(record: &Record, out: &mut Vec<u8>) -> u8 {
    match record {
        Record::Node { nonce, rooms } => put_node(*nonce, rooms, kind::NODE, out),
        Record::Alive { nonce, rooms } => put_node(*nonce, rooms, kind::ALIVE, out),
        Record::Beat { applied, hash } => {
            out.extend(applied.to_le_bytes());
            out.extend(hash.to_le_bytes());
            kind::BEAT
        }
        Record::Came(newcomer, resumes) => {
            put_newcomer(newcomer, out);
            out.push(u8::from(resumes.is_some()));
            out.extend(resumes.unwrap_or_default().to_le_bytes());
            kind::CAME
        }
        Record::Left(number, why) => {
            out.extend(number.to_le_bytes());
            put_removal(why.as_ref(), out);
            kind::LEFT
        }
        Record::Joined(number, room) => put_in_room(*number, room, kind::JOINED, out),
        Record::Parted(number, room) => put_in_room(*number, room, kind::PARTED, out),
        Record::Renamed(number, name) => put_in_room(*number, name.as_str(), kind::RENAMED, out),
        Record::Said { number, room, is_act, text } => {
            out.push(u8::from(*is_act));
            put_in_room(*number, room, kind::SAID, out);
            put_text(text, out);
            kind::SAID
        }
        Record::HostSaid { room, by_operator, text } => {
            out.push(u8::from(*by_operator));
            put_text(room, out);
            put_text(text, out);
            kind::HOST_SAID
        }
        Record::Topic(room, text) => put_two(room, text, kind::TOPIC, out),
        Record::Kick(name, reason) => put_two(name.as_str(), reason, kind::KICK, out),
        Record::Sanction(what, text) => {
            out.push(match what {
                SanctionKind::Ban => 0,
                SanctionKind::Unban => 1,
                SanctionKind::Mute => 2,
                SanctionKind::Unmute => 3,
            });
            put_text(text, out);
            kind::SANCTION
        }
        Record::Here(newcomer, rooms) => {
            put_newcomer(newcomer, out);
            put_rooms(rooms, out);
            kind::HERE
        }
        Record::Owns(room) => {
            put_text(room, out);
            kind::OWNS
        }
        Record::Stop => kind::STOP,
        Record::Nothing => kind::NOTHING,
    }
}

fn put_node(nonce: u64, rooms: &[Rc<str>], kind: u8, out: &mut Vec<u8>) -> u8 {
    out.extend(nonce.to_le_bytes());
    put_rooms(rooms, out);
    kind
}

fn put_in_room(number: u32, text: &str, kind: u8, out: &mut Vec<u8>) -> u8 {
    out.extend(number.to_le_bytes());
    put_text(text, out);
    kind
}

fn put_two(one: &str, other: &str, kind: u8, out: &mut Vec<u8>) -> u8 {
    put_text(one, out);
    put_text(other, out);
    kind
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    // No text of the chat is longer: a message has 4,096 bytes.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend(length.to_le_bytes());
    out.extend(&text.as_bytes()[..length.into()]);
}

fn put_rooms(rooms: &[Rc<str>], out: &mut Vec<u8>) {
    out.push(u8::try_from(rooms.len()).unwrap_or(u8::MAX));
    rooms.iter().take(u8::MAX.into()).for_each(|room| put_text(room, out));
}

fn put_newcomer(Newcomer { number, name, kind, is_hosted }: &Newcomer, out: &mut Vec<u8>) {
    out.extend(number.to_le_bytes());
    out.push(u8::from(*kind == Kind::Bot) | u8::from(*is_hosted) << 1);
    put_text(name.as_str(), out);
}

fn put_removal(why: Option<&Removal>, out: &mut Vec<u8>) {
    let (code, time, text) = match why {
        None => (0, None, ""),
        Some(Removal::Operator(reason)) => (1, None, &**reason),
        Some(Removal::InvalidName) => (2, None, ""),
        Some(Removal::Spam) => (3, None, ""),
        Some(Removal::Unsupported) => (4, None, ""),
        Some(Removal::Idle(time)) => (5, Some(*time), ""),
        Some(Removal::WriteStalled(time)) => (6, Some(*time), ""),
        Some(Removal::BacklogFull) => (7, None, ""),
        Some(Removal::LargestBacklog) => (8, None, ""),
        Some(Removal::LargestPartialInput) => (9, None, ""),
        Some(Removal::Resumed) => (10, None, ""),
        // From a room only: a record of its own kind would say that.
        Some(Removal::Stopping | Removal::Kicked { .. }) => (11, None, ""),
    };
    out.push(code);
    out.extend(time.unwrap_or_default().as_secs().to_le_bytes());
    put_text(text, out);
}

/// The epoch and the number of a batch, if it may be one.
pub(super) fn peek(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader(bytes.get(1..)?);
    Some((reader.long()?, reader.long()?))
}

/// Decodes a batch.
pub fn decode(bytes: &[u8]) -> Result<Batch, Unreadable> {
    let mut reader = Reader(bytes);
    match reader.byte() {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Unreadable::TooNew),
        _ => return Err(Unreadable::Malformed),
    }
    if bytes.len() > SHARED_BATCH_BYTES {
        return Err(Unreadable::Malformed);
    }
    let head = (|| Some((reader.long()?, reader.long()?, reader.short()?)))();
    let (epoch, number, count) = head.ok_or(Unreadable::Malformed)?;
    if usize::from(count) > SHARED_RECORDS_PER_BATCH {
        return Err(Unreadable::Malformed);
    }
    let mut records = Vec::with_capacity(count.into());
    for _ in 0..count {
        let kind = reader.byte().ok_or(Unreadable::Malformed)?;
        let length = reader.int().ok_or(Unreadable::Malformed)?;
        let content = usize::try_from(length).ok().and_then(|length| reader.take(length));
        records.push(record(kind, Reader(content.ok_or(Unreadable::Malformed)?))?);
    }
    if reader.0.is_empty() { Ok(Batch { epoch, number, records }) } else { Err(Unreadable::Malformed) }
}

/// Decodes the content of a record.
fn record(kind: u8, mut content: Reader<'_>) -> Result<Record, Unreadable> {
    let known = match kind {
        kind::NODE => content.long().and_then(|nonce| {
            let rooms = content.rooms(ROOMS)?;
            Some(Record::Node { nonce, rooms })
        }),
        kind::BEAT => (|| Some(Record::Beat { applied: content.long()?, hash: content.long()? }))(),
        kind::CAME => content.newcomer().and_then(|newcomer| {
            let (is_some, number) = (content.flag()?, content.int()?);
            Some(Record::Came(newcomer, is_some.then_some(number)))
        }),
        kind::LEFT => content.int().and_then(|number| content.removal(number)),
        kind::JOINED => content.int().and_then(|number| Some(Record::Joined(number, content.room()?))),
        kind::PARTED => content.int().and_then(|number| Some(Record::Parted(number, content.room()?))),
        kind::RENAMED => content.int().and_then(|number| Some(Record::Renamed(number, content.name()?))),
        kind::SAID => content.flag().and_then(|is_act| {
            let (number, room) = (content.int()?, content.room()?);
            Some(Record::Said { number, room, is_act, text: content.message()? })
        }),
        kind::HOST_SAID => content.flag().and_then(|by_operator| {
            Some(Record::HostSaid { room: content.room()?, by_operator, text: content.message()? })
        }),
        kind::TOPIC => {
            content.room().and_then(|room| Some(Record::Topic(room, content.line(MESSAGE_BYTES)?)))
        }
        kind::KICK => content.name().and_then(|name| {
            let reason = content.line(MESSAGE_BYTES)?;
            Some(Record::Kick(name, reason))
        }),
        kind::SANCTION => content.sanction(),
        kind::HERE => content.newcomer().and_then(|newcomer| {
            let rooms = content.rooms(ROOMS)?;
            Some(Record::Here(newcomer, rooms))
        }),
        kind::OWNS => content.room().map(Record::Owns),
        kind::ALIVE => content.long().and_then(|nonce| {
            let rooms = content.rooms(ROOMS)?;
            Some(Record::Alive { nonce, rooms })
        }),
        kind::STOP => Some(Record::Stop),
        kind if kind & SKIPPABLE != 0 => return Ok(Record::Nothing),
        _ => return Err(Unreadable::TooNew),
    };
    // What is not valid has no effect on any node.
    Ok(known.filter(|_| content.0.is_empty()).unwrap_or(Record::Nothing))
}

/// Reads integers and texts from bytes. `None`: they are not there, or not valid.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn int(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        self.byte().filter(|flag| *flag < 2).map(|flag| flag == 1)
    }

    fn text(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let length = self.short()?;
        self.take(length.into()).filter(|text| text.len() <= bytes)
    }

    /// A text of one line.
    fn line(&mut self, bytes: usize) -> Option<Rc<str>> {
        self.text(bytes).map(|text| sanitize(text).as_ref().into())
    }

    /// What is said: one line or several.
    fn message(&mut self) -> Option<Rc<str>> {
        let text = sanitize_lines(self.text(MESSAGE_BYTES)?);
        let is_valid =
            !text.is_empty() && text.len() <= MESSAGE_BYTES && text.lines().count() <= MESSAGE_LINES;
        is_valid.then(|| text.as_ref().into())
    }

    fn name(&mut self) -> Option<Name> {
        Name::parse(std::str::from_utf8(self.text(NAME_CHARS * 4)?).ok()?).ok()
    }

    /// The key of a room.
    fn room(&mut self) -> Option<Rc<str>> {
        self.line(NAME_CHARS * 4).filter(|room| !room.is_empty())
    }

    fn rooms(&mut self, most: usize) -> Option<Vec<Rc<str>>> {
        let count = usize::from(self.byte()?);
        (count <= most).then(|| (0..count).map(|_| self.room()).collect()).flatten()
    }

    fn newcomer(&mut self) -> Option<Newcomer> {
        let (number, flags) = (self.int()?, self.byte().filter(|flags| *flags < 4)?);
        let kind = if flags & 1 != 0 { Kind::Bot } else { Kind::Person };
        Some(Newcomer { number, name: self.name()?, kind, is_hosted: flags & 2 != 0 })
    }

    fn sanction(&mut self) -> Option<Record> {
        let what = match self.byte()? {
            0 => SanctionKind::Ban,
            1 => SanctionKind::Unban,
            2 => SanctionKind::Mute,
            3 => SanctionKind::Unmute,
            _ => return None,
        };
        Some(Record::Sanction(what, self.line(MESSAGE_BYTES)?))
    }

    /// The rest of [`Record::Left`].
    fn removal(&mut self, number: u32) -> Option<Record> {
        let (code, seconds) = (self.byte()?, self.long()?);
        let (time, text) = (Duration::from_secs(seconds), self.line(MESSAGE_BYTES)?);
        let why = match code {
            0 => return Some(Record::Left(number, None)),
            1 => Removal::Operator(text),
            2 => Removal::InvalidName,
            3 => Removal::Spam,
            4 => Removal::Unsupported,
            5 => Removal::Idle(time),
            6 => Removal::WriteStalled(time),
            7 => Removal::BacklogFull,
            8 => Removal::LargestBacklog,
            9 => Removal::LargestPartialInput,
            10 => Removal::Resumed,
            11 => Removal::Stopping,
            _ => return None,
        };
        Some(Record::Left(number, Some(why)))
    }
}
