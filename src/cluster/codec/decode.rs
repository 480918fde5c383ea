//! Bytes to batches.

use std::rc::Rc;
use std::time::Duration;

use crate::base::limits::{
    MESSAGE_BYTES, MESSAGE_LINES, NAME_CHARS, RELEASE_BYTES, ROOMS, SHARED_BATCH_BYTES,
    SHARED_RECORDS_PER_BATCH,
};
use crate::base::name::Name;
use crate::base::text::{sanitize, sanitize_lines};
use crate::cluster::codec::{SKIPPABLE, kind};
use crate::cluster::record::{Batch, Newcomer, Record, SanctionKind, TokenMark};
use crate::cluster::version::{FIRST_VERSION, Reads};
use crate::proto::{Kind, Manner, Removal};

/// Why a batch cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of a later version: this node must not go on.
    TooNew,
    /// It is damaged, or no batch at all. It has no effect on any node.
    Malformed,
}

/// The epoch and the number of a batch, if it may be one.
pub(in crate::cluster) fn peek(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader(bytes.get(1..)?);
    Some((reader.long()?, reader.long()?))
}

/// Decodes a batch, for a reader that knows the versions up to `known`.
pub fn decode(bytes: &[u8], known: u8) -> Result<Batch, Unreadable> {
    let mut reader = Reader(bytes);
    reader.version(known)?;
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
        records.push(decode_record(&mut reader)?);
    }
    if reader.0.is_empty() { Ok(Batch { epoch, number, records }) } else { Err(Unreadable::Malformed) }
}

/// Decodes a record, with its kind and its length.
pub(super) fn decode_record(reader: &mut Reader<'_>) -> Result<Record, Unreadable> {
    let kind = reader.byte().ok_or(Unreadable::Malformed)?;
    let length = reader.int().ok_or(Unreadable::Malformed)?;
    let content = usize::try_from(length).ok().and_then(|length| reader.take(length));
    record(kind, Reader(content.ok_or(Unreadable::Malformed)?))
}

/// Decodes the content of a record.
fn record(kind: u8, mut content: Reader<'_>) -> Result<Record, Unreadable> {
    let known = match kind {
        kind::NODE => content.long().and_then(|nonce| {
            let rooms = content.rooms(ROOMS)?;
            Some(Record::Node { nonce, rooms })
        }),
        kind::HEARTBEAT => (|| Some(Record::Heartbeat { applied: content.long()?, hash: content.long()? }))(),
        kind::CAME => content.newcomer().and_then(|newcomer| {
            let (is_some, number) = (content.flag()?, content.int()?);
            Some(Record::Came(newcomer, is_some.then_some(number), content.mark()?))
        }),
        kind::LEFT => content.int().and_then(|number| content.removal(number)),
        kind::JOINED => content.int().and_then(|number| Some(Record::Joined(number, content.room()?))),
        kind::PARTED => content.int().and_then(|number| Some(Record::Parted(number, content.room()?))),
        kind::RENAMED => content.int().and_then(|number| Some(Record::Renamed(number, content.name()?))),
        kind::SAID => content.manner().and_then(|manner| {
            let (number, room) = (content.int()?, content.room()?);
            Some(Record::Said { number, room, manner, text: content.message()? })
        }),
        kind::AMENDED => content.long().and_then(|message| {
            let (number, room) = (content.int()?, content.room()?);
            let message = (message != 0).then_some(message);
            let text =
                if content.0 == [0, 0] { content.short().map(|_| None)? } else { Some(content.message()?) };
            Some(Record::Amended { number, room, message, text })
        }),
        kind::ERASED => content.long().and_then(|message| Some(Record::Erased(content.room()?, message))),
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
        kind::FORGET => content.line(MESSAGE_BYTES).filter(|name| !name.is_empty()).map(Record::Forget),
        kind::OWNS => content.room().map(Record::Owns),
        kind::ALIVE => content.long().and_then(|nonce| {
            let rooms = content.rooms(ROOMS)?;
            Some(Record::Alive { nonce, rooms })
        }),
        kind::STOP => Some(Record::Stop),
        kind::SNAPSHOT => content.long().and_then(|began| {
            let (seq, hash) = (content.long()?, content.long()?);
            Some(Record::Snapshot { began, seq, hash, is_stored: content.flag()? })
        }),
        kind::TRIMMED => content.long().map(Record::Trimmed),
        kind::EDITED => content.long().and_then(|message| {
            let (room, author) = (content.room()?, content.line(NAME_CHARS * 4)?);
            Some(Record::Edited { room, message, author, text: content.message()? })
        }),
        kind::READS => content.reads().map(Record::Reads),
        kind if kind & SKIPPABLE != 0 => return Ok(Record::Nothing),
        _ => return Err(Unreadable::TooNew),
    };
    // What is not valid has no effect on any node.
    Ok(known.filter(|_| content.0.is_empty()).unwrap_or(Record::Nothing))
}

/// Reads integers and texts from bytes. `None`: they are not there, or not valid.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// The version at the beginning, if it is one of those up to `known`.
    pub(super) fn version(&mut self, known: u8) -> Result<u8, Unreadable> {
        match self.byte() {
            Some(version) if version > known => Err(Unreadable::TooNew),
            Some(version) if version >= FIRST_VERSION => Ok(version),
            _ => Err(Unreadable::Malformed),
        }
    }

    /// Which version a node reads.
    pub(super) fn reads(&mut self) -> Option<Reads> {
        let version = self.byte().filter(|version| *version >= FIRST_VERSION)?;
        Some(Reads { version, release: self.line(RELEASE_BYTES)? })
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn int(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.byte().filter(|flag| *flag < 2).map(|flag| flag == 1)
    }

    fn manner(&mut self) -> Option<Manner> {
        match self.byte()? {
            0 => Some(Manner::Speech),
            1 => Some(Manner::Act),
            2 => Some(Manner::Notice),
            _ => None,
        }
    }

    fn text(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let length = self.short()?;
        self.take(length.into()).filter(|text| text.len() <= bytes)
    }

    /// The name of a node, which the engine has given. It may be empty.
    pub(super) fn node_name(&mut self) -> Option<Rc<str>> {
        std::str::from_utf8(self.text(usize::MAX)?).ok().map(Into::into)
    }

    /// A text of one line.
    pub(super) fn line(&mut self, bytes: usize) -> Option<Rc<str>> {
        self.text(bytes).map(|text| sanitize(text).as_ref().into())
    }

    /// What is said: one line or several.
    pub(super) fn message(&mut self) -> Option<Rc<str>> {
        let text = sanitize_lines(self.text(MESSAGE_BYTES)?);
        let is_valid =
            !text.is_empty() && text.len() <= MESSAGE_BYTES && text.lines().count() <= MESSAGE_LINES;
        is_valid.then(|| text.as_ref().into())
    }

    fn name(&mut self) -> Option<Name> {
        Name::parse(std::str::from_utf8(self.text(NAME_CHARS * 4)?).ok()?).ok()
    }

    /// The key of a room.
    pub(super) fn room(&mut self) -> Option<Rc<str>> {
        self.line(NAME_CHARS * 4).filter(|room| !room.is_empty())
    }

    pub(super) fn rooms(&mut self, most: usize) -> Option<Vec<Rc<str>>> {
        let count = usize::from(self.byte()?);
        (count <= most).then(|| (0..count).map(|_| self.room()).collect()).flatten()
    }

    pub(super) fn newcomer(&mut self) -> Option<Newcomer> {
        let (number, flags) = (self.int()?, self.byte().filter(|flags| *flags < 4)?);
        let kind = if flags & 1 != 0 { Kind::Bot } else { Kind::Person };
        let (name, is_hosted) = (self.name()?, flags & 2 != 0);
        Some(Newcomer { number, name, kind, is_hosted, token: self.mark()? })
    }

    #[expect(clippy::option_option, reason = "it may be there, and say that there is none")]
    fn mark(&mut self) -> Option<Option<TokenMark>> {
        self.array().map(|mark| (mark != [0; 16]).then_some(TokenMark(mark)))
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
