//! Bytes into lines, of which none is longer than what the console takes.

use crate::base::limits::CONSOLE_LINE_BYTES;

/// What somebody sent as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// This. What is not UTF-8 became U+FFFD.
    Whole(String),
    /// More than is taken.
    TooLong,
}

/// What was sent, and not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// The line whose end is awaited is too long, and its beginning was dropped.
    is_too_long: bool,
}

impl Lines {
    /// More of it.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > CONSOLE_LINE_BYTES && !self.has_line() {
            self.bytes.clear();
            self.is_too_long = true;
        }
    }

    /// Nothing more comes: what has no end is a line too.
    pub(super) fn end(&mut self) {
        if !self.bytes.is_empty() || self.is_too_long {
            self.bytes.push(b'\n');
        }
    }

    pub(super) fn has_line(&self) -> bool {
        memchr::memchr(b'\n', &self.bytes).is_some()
    }

    /// The next line, without its end.
    pub(super) fn next(&mut self) -> Option<Line> {
        let end = memchr::memchr(b'\n', &self.bytes)?;
        let line: Vec<u8> = self.bytes.drain(..=end).collect();
        if std::mem::take(&mut self.is_too_long) || end > CONSOLE_LINE_BYTES {
            return Some(Line::TooLong);
        }
        Some(Line::Whole(String::from_utf8_lossy(&line[..end]).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn all(lines: &mut Lines) -> Vec<Line> {
        std::iter::from_fn(|| lines.next()).collect()
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.into())
    }

    #[test]
    fn lines_however_they_come() {
        let mut lines = Lines::default();
        lines.take(b"li");
        assert_eq!(all(&mut lines), []);
        lines.take(b"st\n\nbots\r\ncaf\xe9\nex");
        assert_eq!(all(&mut lines), [whole("list"), whole(""), whole("bots\r"), whole("caf\u{fffd}")]);
        lines.end();
        assert_eq!(all(&mut lines), [whole("ex")]);
        lines.end();
        assert_eq!(all(&mut lines), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_and_costs_no_memory() {
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            lines.take(&[b'x'; 4096]);
            assert!(lines.bytes.len() <= CONSOLE_LINE_BYTES);
        }
        lines.take(b"x\nlist\n");
        assert_eq!(all(&mut lines), [Line::TooLong, whole("list")]);

        let most = "x".repeat(CONSOLE_LINE_BYTES);
        lines.take(format!("{most}\n{most}x\n").as_bytes());
        assert_eq!(all(&mut lines), [whole(&most), Line::TooLong]);

        lines.take(&[b'x'; CONSOLE_LINE_BYTES + 1]);
        lines.end();
        assert_eq!(all(&mut lines), [Line::TooLong]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_are_the_same_however_they_are_cut(
            parts in vec(prop_oneof![vec(any::<u8>(), 0..9), Just(b"\n".to_vec()), Just(vec![b'x'; CONSOLE_LINE_BYTES / 2])], 0..9),
            most in 1..5_000_usize,
        ) {
            let bytes = parts.concat();
            let heard = |pieces: &[&[u8]]| {
                let (mut lines, mut heard) = (Lines::default(), Vec::new());
                for piece in pieces {
                    lines.take(piece);
                    heard.extend(all(&mut lines));
                    assert!(lines.bytes.len() <= CONSOLE_LINE_BYTES + piece.len());
                }
                lines.end();
                heard.extend(all(&mut lines));
                heard
            };
            let whole = heard(&[&bytes]);
            prop_assert_eq!(heard(&bytes.chunks(most).collect::<Vec<_>>()), whole);
        }
    }
}
