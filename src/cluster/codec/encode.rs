//! Batches to bytes.

use std::rc::Rc;

use crate::cluster::codec::kind;
use crate::cluster::record::{Batch, Newcomer, Record, SanctionKind, TokenMark};
use crate::cluster::version::{FIRST_VERSION, Reads};
use crate::proto::{Kind, Manner, Removal};

/// Encodes a batch, in the version that every node reads.
pub fn encode(batch: &Batch) -> Vec<u8> {
    let mut out = head(FIRST_VERSION, batch.epoch, batch.number, batch.records.len());
    batch.records.iter().for_each(|record| encode_record(record, &mut out));
    out
}

/// The beginning of a batch of this version, with this many records.
pub(in crate::cluster) fn head(version: u8, epoch: u64, number: u64, records: usize) -> Vec<u8> {
    let mut out = vec![version];
    out.extend(epoch.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(u16::try_from(records).unwrap_or(u16::MAX).to_le_bytes());
    out
}

/// Encodes a record.
pub(in crate::cluster) fn encode_record(record: &Record, out: &mut Vec<u8>) {
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
        Record::Heartbeat { applied, hash } => {
            out.extend(applied.to_le_bytes());
            out.extend(hash.to_le_bytes());
            kind::HEARTBEAT
        }
        Record::Came(newcomer, resumes, shown) => {
            put_newcomer(newcomer, out);
            out.push(u8::from(resumes.is_some()));
            out.extend(resumes.unwrap_or_default().to_le_bytes());
            put_mark(*shown, out);
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
        Record::Said { number, room, manner, text } => {
            out.push(match manner {
                Manner::Speech => 0,
                Manner::Act => 1,
                Manner::Notice => 2,
            });
            put_in_room(*number, room, kind::SAID, out);
            put_text(text, out);
            kind::SAID
        }
        Record::Amended { number, room, message, text } => {
            // No message has the id 0.
            out.extend(message.unwrap_or_default().to_le_bytes());
            put_in_room(*number, room, kind::AMENDED, out);
            // Nor has one an empty text.
            put_text(text.as_deref().unwrap_or_default(), out);
            kind::AMENDED
        }
        Record::Erased(room, message) => {
            out.extend(message.to_le_bytes());
            put_text(room, out);
            kind::ERASED
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
        Record::Forget(name) => {
            put_text(name, out);
            kind::FORGET
        }
        Record::Owns(room) => {
            put_text(room, out);
            kind::OWNS
        }
        Record::Stop => kind::STOP,
        Record::Snapshot { began, seq, hash, is_stored } => {
            for number in [began, seq, hash] {
                out.extend(number.to_le_bytes());
            }
            out.push(u8::from(*is_stored));
            kind::SNAPSHOT
        }
        Record::Trimmed(first) => {
            out.extend(first.to_le_bytes());
            kind::TRIMMED
        }
        Record::Edited { room, message, author, text } => {
            out.extend(message.to_le_bytes());
            put_text(room, out);
            put_text(author, out);
            put_text(text, out);
            kind::EDITED
        }
        Record::Reads(reads) => {
            put_reads(reads, out);
            kind::READS
        }
        Record::Nothing => kind::NOTHING,
    }
}

fn put_node(nonce: u64, rooms: &[Rc<str>], kind: u8, out: &mut Vec<u8>) -> u8 {
    out.extend(nonce.to_le_bytes());
    put_rooms(rooms, out);
    kind
}

pub(super) fn put_reads(Reads { version, release }: &Reads, out: &mut Vec<u8>) {
    out.push(*version);
    put_text(release, out);
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

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    // No text of the chat is longer: a message has 4,096 bytes.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend(length.to_le_bytes());
    out.extend(&text.as_bytes()[..length.into()]);
}

pub(super) fn put_rooms(rooms: &[Rc<str>], out: &mut Vec<u8>) {
    out.push(u8::try_from(rooms.len()).unwrap_or(u8::MAX));
    rooms.iter().take(u8::MAX.into()).for_each(|room| put_text(room, out));
}

/// A mark of zeros is none.
fn put_mark(mark: Option<TokenMark>, out: &mut Vec<u8>) {
    out.extend(mark.map_or([0; 16], |mark| mark.0));
}

pub(super) fn put_newcomer(Newcomer { number, name, kind, is_hosted, token }: &Newcomer, out: &mut Vec<u8>) {
    out.extend(number.to_le_bytes());
    out.push(u8::from(*kind == Kind::Bot) | u8::from(*is_hosted) << 1);
    put_text(name.as_str(), out);
    put_mark(*token, out);
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
