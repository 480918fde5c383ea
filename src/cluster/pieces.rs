//! The pieces in which the engine keeps a snapshot, as it takes no large entries.
//!
//! A piece: its number, and how many there are (4 bytes each), a hash of the whole (20 bytes), and its part. A snapshot of which a
//! piece is missing, damaged, or of another snapshot is none.

use sha1::{Digest as _, Sha1};

use crate::base::limits::{SNAPSHOT_BYTES, SNAPSHOT_PIECE_BYTES};

/// The size of a piece without its part, in bytes.
const HEAD_BYTES: usize = 28;

/// Cuts a snapshot into its pieces. There is at least one.
pub fn split(snapshot: &[u8]) -> Vec<Vec<u8>> {
    let size = SNAPSHOT_PIECE_BYTES - HEAD_BYTES;
    let hash = Sha1::digest(snapshot);
    let parts = if snapshot.is_empty() { vec![&[][..]] } else { snapshot.chunks(size).collect() };
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let piece = |(number, part): (u32, &[u8])| {
        let mut piece = Vec::with_capacity(HEAD_BYTES + part.len());
        piece.extend(number.to_le_bytes());
        piece.extend(count.to_le_bytes());
        piece.extend(hash);
        piece.extend(part);
        piece
    };
    (0..).zip(parts).map(piece).collect()
}

/// Puts pieces together, in whichever order they come.
#[derive(Debug, Default)]
pub struct Pieces {
    /// By their numbers.
    parts: Vec<Option<Vec<u8>>>,
    hash: [u8; 20],
}

impl Pieces {
    /// Takes a piece. One that does not belong to those before it is dropped.
    pub fn add(&mut self, piece: &[u8]) {
        let Some((head, part)) = piece.split_first_chunk::<HEAD_BYTES>() else { return };
        let Some((number, rest)) = head.split_first_chunk::<4>() else { return };
        let Some((count, hash)) = rest.split_first_chunk::<4>() else { return };
        let number = usize::try_from(u32::from_le_bytes(*number)).unwrap_or(usize::MAX);
        let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
        if count > SNAPSHOT_BYTES / (SNAPSHOT_PIECE_BYTES - HEAD_BYTES) + 1 {
            return;
        }
        if self.parts.is_empty() {
            self.parts.resize(count, None);
            self.hash.copy_from_slice(hash);
        }
        if self.parts.len() == count
            && self.hash == *hash
            && let Some(place) = self.parts.get_mut(number)
        {
            *place = Some(part.to_vec());
        }
    }

    /// Whether all have come.
    pub fn is_complete(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(Option::is_some)
    }

    /// The snapshot. `None`: something is missing, or damaged.
    pub fn whole(self) -> Option<Vec<u8>> {
        let parts: Vec<Vec<u8>> = self.parts.into_iter().collect::<Option<_>>()?;
        let whole = parts.concat();
        (self.hash == *Sha1::digest(&whole)).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined<'a>(pieces: impl IntoIterator<Item = &'a Vec<u8>>) -> Option<Vec<u8>> {
        let mut all = Pieces::default();
        pieces.into_iter().for_each(|piece| all.add(piece));
        all.whole()
    }

    fn snapshot() -> Vec<u8> {
        (0..SNAPSHOT_PIECE_BYTES * 5 / 2).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect()
    }

    #[test]
    fn what_is_cut_into_pieces_is_whole_again_in_whichever_order_they_come() {
        let pieces = split(&snapshot());
        assert_eq!(pieces.len(), 3);
        assert!(pieces.iter().all(|piece| piece.len() <= SNAPSHOT_PIECE_BYTES));
        assert_eq!(joined(&pieces), Some(snapshot()));
        assert_eq!(joined(pieces.iter().rev().chain(&pieces)), Some(snapshot()));
        assert_eq!(joined(&split(b"small")), Some(b"small".to_vec()));
        assert_eq!(joined(&split(b"")), Some(Vec::new()));
    }

    #[test]
    fn what_is_missing_or_damaged_is_noticed() {
        let pieces = split(&snapshot());
        for missing in 0..3 {
            assert_eq!(
                joined(pieces.iter().enumerate().filter(|(at, _)| *at != missing).map(|it| it.1)),
                None
            );
        }
        assert_eq!(joined(&[]), None);
        let mut damaged = pieces.clone();
        damaged[1].pop();
        assert_eq!(joined(&damaged), None);
        let other = split(&vec![7; SNAPSHOT_PIECE_BYTES * 2]);
        assert_eq!(joined([&pieces[0], &other[1], &pieces[2]]), None, "it is of another one");
        for at in 0..HEAD_BYTES {
            let mut lies = split(b"small");
            lies[0][at] ^= 0x85;
            assert_eq!(joined(&lies), None, "{at}");
        }
        assert_eq!(joined([&pieces[0][..HEAD_BYTES - 1].to_vec()]), None);
    }
}
