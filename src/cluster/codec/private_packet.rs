//! Packets from node to node to bytes, and back.
//!
//! A packet: the version, its kind, the epochs of its sender and of its reader, its number (8 bytes each), and the content.
//! Messages: the sender's place in the log (8 bytes), how many there are (2 bytes), and each: author and reader (4 bytes each),
//! whether it is a notice, and the text. Receipts: how many there are (2 bytes), and each: its kind, and the text of whoever is
//! away.

use std::rc::Rc;

use crate::base::limits::{AWAY_BYTES, PRIVATE_MESSAGES_PER_PACKET, SHARED_BATCH_BYTES};
use crate::cluster::codec::decode::Reader;
use crate::cluster::codec::encode::put_text;
use crate::cluster::private_packet::{Content, Envelope, PrivatePacket};
use crate::cluster::record::MemberKey;
use crate::proto::Receipt;

/// The version of packets. Those of another one are not answered.
const VERSION: u8 = 1;

const MESSAGES: u8 = 0;
const RECEIPTS: u8 = 1;

/// Receipts: what is not here has `IGNORED` added, or `AWAY`, or both.
const GONE: u8 = 0;
const NOT_PRIVATE: u8 = 1;
const DELIVERED: u8 = 4;
const IGNORED: u8 = 1;
const AWAY: u8 = 2;

/// Encodes a packet.
pub(in crate::cluster) fn encode_packet(packet: &PrivatePacket) -> Vec<u8> {
    let mut out = vec![VERSION];
    out.push(if matches!(packet.content, Content::Messages { .. }) { MESSAGES } else { RECEIPTS });
    for number in [packet.from, packet.to, packet.number] {
        out.extend(number.to_le_bytes());
    }
    match &packet.content {
        Content::Messages { heard, messages } => {
            out.extend(heard.to_le_bytes());
            put_count(messages.len(), &mut out);
            for Envelope { from, to, text, is_notice } in messages {
                out.extend(from.number.to_le_bytes());
                out.extend(to.number.to_le_bytes());
                out.push(u8::from(*is_notice));
                put_text(text.as_str(), &mut out);
            }
        }
        Content::Receipts(receipts) => {
            put_count(receipts.len(), &mut out);
            for receipt in receipts {
                put_receipt(receipt, &mut out);
            }
        }
    }
    out
}

fn put_count(count: usize, out: &mut Vec<u8>) {
    out.extend(u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
}

fn put_receipt(receipt: &Receipt, out: &mut Vec<u8>) {
    match receipt {
        Receipt::Gone => out.push(GONE),
        Receipt::NotPrivate => out.push(NOT_PRIVATE),
        Receipt::Delivered { is_ignored, away } => {
            let ignored = if *is_ignored { IGNORED } else { 0 };
            out.push(DELIVERED | ignored | away.as_ref().map_or(0, |_| AWAY));
            if let Some(text) = away {
                put_text(text, out);
            }
        }
    }
}

/// Decodes a packet. `None`: it is none, or of another version.
pub(in crate::cluster) fn decode_packet(bytes: &[u8]) -> Option<PrivatePacket> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION || bytes.len() > SHARED_BATCH_BYTES {
        return None;
    }
    let kind = reader.byte()?;
    let (from, to, number) = (reader.long()?, reader.long()?, reader.long()?);
    let content = match kind {
        MESSAGES => {
            let heard = reader.long()?;
            let count = count(&mut reader)?;
            let messages = (0..count).map(|_| message(&mut reader, from, to)).collect::<Option<_>>()?;
            Content::Messages { heard, messages }
        }
        RECEIPTS => {
            let count = count(&mut reader)?;
            Content::Receipts((0..count).map(|_| receipt(&mut reader)).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    reader.is_empty().then_some(PrivatePacket { from, to, number, content })
}

fn count(reader: &mut Reader<'_>) -> Option<usize> {
    reader.short().map(usize::from).filter(|count| *count <= PRIVATE_MESSAGES_PER_PACKET)
}

fn message(reader: &mut Reader<'_>, from: u64, to: u64) -> Option<Envelope> {
    let from = MemberKey { epoch: from, number: reader.int()? };
    let to = MemberKey { epoch: to, number: reader.int()? };
    let is_notice = reader.flag()?;
    Some(Envelope { from, to, text: reader.message()?.into(), is_notice })
}

fn receipt(reader: &mut Reader<'_>) -> Option<Receipt> {
    match reader.byte()? {
        GONE => Some(Receipt::Gone),
        NOT_PRIVATE => Some(Receipt::NotPrivate),
        kind if kind & !(IGNORED | AWAY) == DELIVERED => {
            let away: Option<Rc<str>> = if kind & AWAY != 0 { Some(reader.line(AWAY_BYTES)?) } else { None };
            Some(Receipt::Delivered { is_ignored: kind & IGNORED != 0, away })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets() -> [PrivatePacket; 2] {
        let message = |number, text: &str, is_notice| Envelope {
            from: MemberKey { epoch: 3, number },
            to: MemberKey { epoch: 4, number: number + 1 },
            text: text.into(),
            is_notice,
        };
        let messages = vec![message(1, "psst", false), message(7, "two\nlines", true)];
        let delivered =
            |is_ignored, away: Option<&str>| Receipt::Delivered { is_ignored, away: away.map(Into::into) };
        let receipts = vec![
            Receipt::Gone,
            Receipt::NotPrivate,
            delivered(false, None),
            delivered(true, Some("")),
            delivered(false, Some("at lunch")),
        ];
        [Content::Messages { heard: 99, messages }, Content::Receipts(receipts)]
            .map(|content| PrivatePacket { from: 3, to: 4, number: 5, content })
    }

    #[test]
    fn packets_are_read_as_they_were_written() {
        for packet in packets() {
            assert_eq!(decode_packet(&encode_packet(&packet)), Some(packet));
        }
    }

    #[test]
    fn nothing_that_another_node_sends_does_harm() {
        for packet in packets() {
            let bytes = encode_packet(&packet);
            for at in 0..bytes.len() {
                assert_eq!(decode_packet(&bytes[..at]), None);
                let mut other = bytes.clone();
                other[at] ^= 0x95;
                // It is read as another one, or not at all.
                let _ = decode_packet(&other);
            }
            assert_eq!(decode_packet(&[&bytes[..], &[0]].concat()), None);
        }
    }
}
