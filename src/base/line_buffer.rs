//! Splits bytes into lines of limited length.

use std::borrow::Cow;
use std::collections::VecDeque;

/// A line without its terminator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, at most as many as the limit.
    pub bytes: Vec<u8>,
    /// The line was longer; the rest is dropped.
    pub is_truncated: bool,
}

impl Line {
    /// The line as text. Invalid UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// A buffer of complete lines and the beginning of the next.
#[derive(Debug)]
pub struct LineBuffer {
    /// The longest line, in bytes.
    max_bytes: usize,
    lines: VecDeque<Line>,
    /// The line whose terminator has not arrived.
    partial: Line,
}

impl LineBuffer {
    /// An empty buffer for lines of up to `max_bytes` bytes.
    pub fn new(max_bytes: usize) -> LineBuffer {
        LineBuffer {
            max_bytes,
            lines: VecDeque::new(),
            partial: Line { bytes: Vec::new(), is_truncated: false },
        }
    }

    /// Adds received bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let Line { bytes, is_truncated } = &mut self.partial;
            let room = self.max_bytes - bytes.len();
            bytes.extend_from_slice(&text[..text.len().min(room)]);
            *is_truncated |= text.len() > room;
            if text.len() < part.len() {
                self.finish_line();
            }
        }
    }

    /// Ends the input: an incomplete line counts as a line, unless it is empty.
    pub fn end(&mut self) {
        if !self.partial.bytes.is_empty() {
            self.finish_line();
        }
    }

    /// Whether a complete line is buffered.
    pub fn has_line(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Takes the next complete line.
    pub fn next_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// Whether the incomplete line is already too long.
    pub fn is_truncated(&self) -> bool {
        self.partial.is_truncated
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        *self = LineBuffer::new(self.max_bytes);
    }

    fn finish_line(&mut self) {
        let bytes = std::mem::take(&mut self.partial.bytes);
        let is_truncated = std::mem::take(&mut self.partial.is_truncated);
        self.lines.push_back(Line { bytes, is_truncated });
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const MAX_BYTES: usize = 100;

    fn all(lines: &mut LineBuffer) -> Vec<(String, bool)> {
        std::iter::from_fn(|| lines.next_line())
            .map(|line| (line.text().into_owned(), line.is_truncated))
            .collect()
    }

    fn whole(text: &str) -> (String, bool) {
        (text.into(), false)
    }

    #[test]
    fn lines_however_they_come() {
        let mut lines = LineBuffer::new(MAX_BYTES);
        lines.feed(b"li");
        assert_eq!(all(&mut lines), []);
        lines.feed(b"st\n\nbots\r\ncaf\xe9\nex");
        assert_eq!(all(&mut lines), [whole("list"), whole(""), whole("bots\r"), whole("caf\u{fffd}")]);
        lines.end();
        assert_eq!(all(&mut lines), [whole("ex")]);
        lines.end();
        assert_eq!(all(&mut lines), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_truncated_and_its_memory_is_bounded() {
        let mut lines = LineBuffer::new(MAX_BYTES);
        for _ in 0..1_000 {
            lines.feed(&[b'x'; 4096]);
            assert!(lines.partial.bytes.len() == MAX_BYTES && lines.is_truncated());
        }
        lines.feed(b"x\nlist\n");
        let longest = "x".repeat(MAX_BYTES);
        assert_eq!(all(&mut lines), [(longest.clone(), true), whole("list")]);

        lines.feed(format!("{longest}\n{longest}x\n").as_bytes());
        assert_eq!(all(&mut lines), [whole(&longest), (longest.clone(), true)]);

        lines.feed(&[b'x'; MAX_BYTES + 1]);
        lines.end();
        assert_eq!(all(&mut lines), [(longest, true)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_are_the_same_however_they_are_cut(
            parts in vec(prop_oneof![vec(any::<u8>(), 0..9), Just(b"\n".to_vec()), Just(vec![b'x'; MAX_BYTES / 2])], 0..9),
            size in 1..300_usize,
        ) {
            let bytes = parts.concat();
            let decoded = |pieces: &[&[u8]]| {
                let (mut lines, mut decoded) = (LineBuffer::new(MAX_BYTES), Vec::new());
                for piece in pieces {
                    lines.feed(piece);
                    decoded.extend(all(&mut lines));
                    assert!(lines.partial.bytes.len() <= MAX_BYTES);
                }
                lines.end();
                decoded.extend(all(&mut lines));
                decoded
            };
            let whole = decoded(&[&bytes]);
            prop_assert_eq!(decoded(&bytes.chunks(size).collect::<Vec<_>>()), whole);
        }
    }
}
