//! The encoding of batches. All integers are little-endian.
//!
//! A batch: the [version](super::version), the epoch (8 bytes), the number (8 bytes), the number of records (2 bytes), and the
//! records. A record: its kind, the length of its content (4 bytes), and the content. A kind of a later version is skipped if its
//! highest bit is set; if not, the reader must not go on. Texts from the log are sanitized again, as those from a socket.

mod decode;
mod encode;
mod private_packet;
mod snapshot;

pub(super) use decode::peek;
pub use decode::{Unreadable, decode};
pub use encode::encode;
pub(super) use encode::{encode_record, head};
pub(super) use private_packet::{decode_packet, encode_packet};
pub(super) use snapshot::{decode_snapshot, encode_snapshot};

/// Of a kind: readers that do not know it may skip it.
const SKIPPABLE: u8 = 0x80;

/// The kinds of records.
mod kind {
    pub(super) const NODE: u8 = 1;
    pub(super) const HEARTBEAT: u8 = 2;
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
    pub(super) const AMENDED: u8 = 17;
    pub(super) const ERASED: u8 = 18;
    pub(super) const FORGET: u8 = 19;
    pub(super) const NOTHING: u8 = super::SKIPPABLE;
    pub(super) const SNAPSHOT: u8 = super::SKIPPABLE | 1;
    pub(super) const TRIMMED: u8 = super::SKIPPABLE | 2;
    pub(super) const READS: u8 = super::SKIPPABLE | 3;
    pub(super) const EDITED: u8 = super::SKIPPABLE | 4;
}

/// The size of a batch without records, in bytes.
pub(super) const HEAD_BYTES: usize = 19;
