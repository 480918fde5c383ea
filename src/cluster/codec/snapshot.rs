//! Snapshots to bytes, and back.
//!
//! A snapshot: the version in which all nodes wrote there, its place, its time, where its fold began, and the hash (8 bytes each);
//! and the nodes, the members, the owners of rooms, the decisions, and the snapshots before it, each with their number (4 bytes).
//! Times are in nanoseconds since 1970. There is one way to write a snapshot in a version, so nodes that know the same write the same
//! bytes.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::confusables::Confusable;
use crate::base::limits::{
    DECISIONS_KEPT, HEARTBEATS_UNTIL_DOWN, NODES, OWN_MESSAGES, ROOMS, SNAPSHOT_BYTES, SNAPSHOTS_KNOWN,
};
use crate::cluster::codec::Unreadable;
use crate::cluster::codec::decode::{Reader, decode_record};
use crate::cluster::codec::encode::{encode_record, put_newcomer, put_reads, put_rooms, put_text};
use crate::cluster::member::Member;
use crate::cluster::nodes::Node;
use crate::cluster::record::{MemberKey, Newcomer, Place};
use crate::cluster::snapshot::{Decisions, Known, Snapshot};
use crate::cluster::version::{Reads, WITH_READS};
use crate::proto::MemberInfo;

/// Encodes a snapshot.
pub(in crate::cluster) fn encode_snapshot(snapshot: &Snapshot) -> Vec<u8> {
    let Snapshot { version, seq, time, began, hash, nodes, members, owners, decisions, known } = snapshot;
    let mut out = vec![*version];
    put_longs([*seq, nanos(*time), *began, *hash], &mut out);
    put_count(nodes.len(), &mut out);
    for (name, node) in nodes {
        put_node(*version, name, node, &mut out);
    }
    put_count(members.len(), &mut out);
    for (key, member) in members {
        put_member(*key, member, &mut out);
    }
    put_count(owners.len(), &mut out);
    for (room, owner) in owners {
        put_text(room, &mut out);
        // No node has an empty name.
        put_text(owner.as_deref().unwrap_or_default(), &mut out);
    }
    put_count(decisions.0.len(), &mut out);
    for (place, record) in &decisions.0 {
        put_longs([place.id, nanos(place.time)], &mut out);
        encode_record(record, &mut out);
    }
    put_count(known.len(), &mut out);
    for Known { seq, time, hash, votes, is_sure, is_disputed, is_stored } in known {
        put_longs([*seq, nanos(*time), *hash], &mut out);
        let flags = u8::from(*is_sure) | u8::from(*is_disputed) << 1 | u8::from(*is_stored) << 2;
        out.extend([*votes, flags]);
    }
    out
}

fn put_longs<const N: usize>(numbers: [u64; N], out: &mut Vec<u8>) {
    for number in numbers {
        out.extend(number.to_le_bytes());
    }
}

fn put_count(count: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_node(version: u8, name: &str, node: &Node, out: &mut Vec<u8>) {
    let Node { epoch, nonce, reads, rooms, applied, last_batch, heartbeats, vouched } = node;
    put_text(name, out);
    put_longs([*epoch, *nonce, *applied, *last_batch, *vouched], out);
    put_rooms(rooms, out);
    put_count(heartbeats.len(), out);
    for (other, count) in heartbeats {
        put_text(other, out);
        out.extend(count.to_le_bytes());
    }
    if version >= WITH_READS {
        put_reads(reads, out);
    }
}

fn put_member(key: MemberKey, member: &Member, out: &mut Vec<u8>) {
    let MemberInfo { name, kind } = member.who.clone();
    let (is_hosted, token) = (member.is_hosted, member.token);
    put_longs([key.epoch], out);
    put_newcomer(&Newcomer { number: key.number, name, kind, is_hosted, token }, out);
    put_rooms(&member.rooms, out);
    put_count(member.own.len(), out);
    for (room, id, time) in &member.own {
        put_text(room, out);
        put_longs([*id, nanos(*time)], out);
    }
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Decodes a snapshot, for a reader that knows the versions up to `known`.
pub(in crate::cluster) fn decode_snapshot(bytes: &[u8], known: u8) -> Result<Snapshot, Unreadable> {
    let mut reader = Reader::new(bytes);
    let version = reader.version(known)?;
    if bytes.len() > SNAPSHOT_BYTES {
        return Err(Unreadable::Malformed);
    }
    let snapshot = content(version, &mut reader).ok_or(Unreadable::Malformed)?;
    // What can be written in one way only is what a node wrote.
    let is_it = reader.is_empty() && encode_snapshot(&snapshot) == bytes;
    if is_it { Ok(snapshot) } else { Err(Unreadable::Malformed) }
}

fn content(version: u8, reader: &mut Reader<'_>) -> Option<Snapshot> {
    Some(Snapshot {
        version,
        seq: reader.long()?,
        time: time(reader)?,
        began: reader.long()?,
        hash: reader.long()?,
        nodes: list(reader, NODES, |reader| Some((reader.node_name()?, node(version, reader)?)))?,
        // A member takes more than one byte.
        members: list(reader, SNAPSHOT_BYTES, member)?,
        owners: list(reader, ROOMS, |reader| {
            let room = reader.room()?;
            let owner = reader.node_name()?;
            Some((room, (!owner.is_empty()).then_some(owner)))
        })?,
        decisions: Decisions(VecDeque::from(list(reader, 5 * DECISIONS_KEPT, |reader| {
            let place = Place { id: reader.long()?, time: time(reader)? };
            let record = decode_record(reader).ok().filter(Decisions::has_kind_of)?;
            Some((place, record))
        })?)),
        known: list(reader, SNAPSHOTS_KNOWN, known)?,
    })
}

fn list<T>(
    reader: &mut Reader<'_>,
    most: usize,
    mut item: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = usize::try_from(reader.int()?).ok().filter(|count| *count <= most)?;
    // The number may lie, so it reserves nothing.
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(item(reader)?);
    }
    Some(all)
}

fn time(reader: &mut Reader<'_>) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_nanos(reader.long()?))
}

fn node(version: u8, reader: &mut Reader<'_>) -> Option<Node> {
    let [epoch, nonce, applied, last_batch, vouched] =
        [reader.long()?, reader.long()?, reader.long()?, reader.long()?, reader.long()?];
    let rooms = reader.rooms(ROOMS)?;
    let heartbeats = list(reader, NODES, |reader| {
        let (other, count) = (reader.node_name()?, reader.int()?);
        (count < HEARTBEATS_UNTIL_DOWN).then_some((other, count))
    })?;
    let heartbeats = BTreeMap::from_iter(heartbeats);
    let reads = if version >= WITH_READS { reader.reads()? } else { Reads::default() };
    Some(Node { epoch, nonce, reads, rooms, applied, last_batch, heartbeats, vouched })
}

fn member(reader: &mut Reader<'_>) -> Option<(MemberKey, Member)> {
    let epoch = reader.long()?;
    let Newcomer { number, name, kind, is_hosted, token } = reader.newcomer()?;
    let rooms = reader.rooms(ROOMS)?;
    let own = list(reader, OWN_MESSAGES, |reader| Some((reader.room()?, reader.long()?, time(reader)?)))?;
    let confusable = Confusable::of(name.as_str());
    let who = MemberInfo { name, kind };
    let member = Member { who, is_hosted, rooms, token, confusable, own: own.into() };
    Some((MemberKey { epoch, number }, member))
}

fn known(reader: &mut Reader<'_>) -> Option<Known> {
    let (seq, time, hash) = (reader.long()?, time(reader)?, reader.long()?);
    let (votes, flags) = (reader.byte()?, reader.byte()?);
    let [is_sure, is_disputed, is_stored] = [1, 2, 4].map(|flag| flags & flag != 0);
    Some(Known { seq, time, hash, votes, is_sure, is_disputed, is_stored })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::base::name::Name;
    use crate::cluster::record::{Record, SanctionKind, TokenMark};
    use crate::cluster::version::{FIRST_VERSION, VERSION};
    use crate::proto::Kind;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::new(1_795_201_200 + seconds, 7)
    }

    fn full(version: u8) -> Snapshot {
        let (a, b): (Rc<str>, Rc<str>) = ("a".into(), "b".into());
        let node = |epoch, heartbeats: &[(&Rc<str>, u32)]| Node {
            epoch,
            nonce: epoch << 20,
            reads: if version >= WITH_READS { Reads::own() } else { Reads::default() },
            rooms: vec!["hall".into(), "lobby".into()],
            applied: 90,
            last_batch: 7,
            heartbeats: heartbeats.iter().map(|(name, count)| ((*name).clone(), *count)).collect(),
            vouched: 64,
        };
        let member = |name: &str, kind, token| Member {
            who: MemberInfo { name: Name::parse(name).unwrap(), kind },
            is_hosted: kind == Kind::Bot,
            rooms: vec!["lobby".into()],
            token,
            confusable: Confusable::of(name),
            own: [("lobby".into(), 1 << 41, at(3))].into(),
        };
        let mut decisions = Decisions::default();
        for (id, record) in (1..).zip([
            Record::Topic("lobby".into(), "tea".into()),
            Record::Sanction(SanctionKind::Mute, "Ann for 20s".into()),
            Record::Erased("lobby".into(), 7),
            Record::Forget("dan".into()),
            Record::Edited {
                room: "lobby".into(),
                message: 8,
                author: "ann".into(),
                text: "two\nlines".into(),
            },
        ]) {
            decisions.add(Place { id, time: at(id) }, record);
        }
        Snapshot {
            version,
            seq: 96,
            time: at(9),
            began: 1,
            hash: 0x1234,
            nodes: vec![(a.clone(), node(3, &[(&b, 2)])), (b.clone(), node(9, &[]))],
            members: vec![
                (MemberKey { epoch: 3, number: 1 }, member("Ann", Kind::Person, Some(TokenMark([7; 16])))),
                (MemberKey { epoch: 9, number: 4 }, member("Zoë", Kind::Bot, None)),
            ],
            owners: vec![("hall".into(), None), ("lobby".into(), Some(a))],
            decisions,
            known: vec![Known {
                seq: 64,
                time: at(8),
                hash: 5,
                votes: 2,
                is_sure: true,
                is_disputed: false,
                is_stored: true,
            }],
        }
    }

    #[test]
    fn snapshots_are_read_as_they_were_written() {
        for version in FIRST_VERSION..=VERSION {
            let bytes = encode_snapshot(&full(version));
            assert_eq!(decode_snapshot(&bytes, VERSION), Ok(full(version)));
        }
    }

    #[test]
    fn a_snapshot_that_is_cut_or_that_nobody_would_write_so_is_none() {
        let bytes = encode_snapshot(&full(VERSION));
        for at in 0..bytes.len() {
            assert!(decode_snapshot(&bytes[..at], VERSION).is_err(), "{at}");
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                // It is another one, or none.
                if let Ok(snapshot) = decode_snapshot(&other, VERSION) {
                    assert_ne!(snapshot, full(VERSION), "{at}");
                }
            }
        }
        assert_eq!(decode_snapshot(&[&bytes[..], &[0]].concat(), VERSION), Err(Unreadable::Malformed));
        let later = [&[VERSION + 1], &bytes[1..]].concat();
        assert_eq!(decode_snapshot(&later, VERSION), Err(Unreadable::TooNew));
        assert_eq!(decode_snapshot(&bytes, VERSION - 1), Err(Unreadable::TooNew));
        // Numbers that lie about what follows take no memory.
        let mut long = bytes;
        let place = 33;
        long[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decode_snapshot(&long, VERSION), Err(Unreadable::Malformed));
    }
}
