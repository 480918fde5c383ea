//! Inputs that are a little different from those there are, without end, from a seed.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

/// The longest input.
const MOST_BYTES: usize = 32 * 1024;

/// What means something to somebody.
const WORDS: [&[u8]; 25] = [
    b"\n",
    b"\r\n",
    b"\r\0",
    b"::EOMsg::",
    b"::EOMsg",
    b": ",
    b"{\"type\":\"",
    b"\\u001b[2J",
    b"\\u202e",
    b"\x1b[",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\xff\xfd\x06",
    b"\xff\xfa",
    b"\xff",
    b"\x16\x03",
    b"GET / HTTP/1.1\r\n",
    b"\x1e",
    b"Ann",
    b"/join thrones\n",
    b"99999999999",
    b"\xf0\x9f\x98\x80",
    b"\xcc\x81",
    b"\xe2\x80\xae",
    b"\xc2\x9b",
];

/// See the head of this file.
pub struct Mutations<'a> {
    corpus: &'a [Vec<u8>],
    rng: StdRng,
}

impl<'a> Mutations<'a> {
    pub fn new(corpus: &'a [Vec<u8>], seed: u64) -> Mutations<'a> {
        Mutations { corpus, rng: StdRng::seed_from_u64(seed) }
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.rng.random_range(0..=input.len());
        let end = input.len().min(at + self.rng.random_range(0..40));
        match self.rng.random_range(0..8) {
            0 if at < input.len() => input[at] ^= 1 << self.rng.random_range(0..8),
            1 if at < input.len() => input[at] = self.rng.random(),
            2 => drop(input.drain(at..end)),
            3 => drop(input.splice(at..at, input[at..end].repeat(self.rng.random_range(2..30)))),
            4 => input.truncate(at),
            5 => {
                let other = self.one();
                let from = self.rng.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let word = WORDS.choose(&mut self.rng).copied().unwrap_or_default();
                input.splice(at..at, word.iter().copied());
            }
        }
    }

    fn one(&mut self) -> &'a [u8] {
        self.corpus.choose(&mut self.rng).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.one().to_vec();
        for _ in 0..self.rng.random_range(1..6) {
            self.change(&mut input);
        }
        input.truncate(MOST_BYTES);
        Some(input)
    }
}
