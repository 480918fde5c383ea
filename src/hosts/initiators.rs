//! Conversation initiators, one on a line. Blank lines and lines that begin with `#` are skipped. Built in, or from
//! an operator's file.

use crate::base::limits::MESSAGE_BYTES;
use crate::base::text::sanitize;

/// Why a file of initiators is rejected. Displayed, it continues a sentence that begins with the file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitiatorsError {
    /// It is not UTF-8.
    NotUtf8,
    /// The line with this number, counted from 1, is longer than a message.
    TooLong(usize),
    /// It contains no initiator.
    Empty,
}

/// The initiators to use without a file.
pub fn built_in() -> Vec<String> {
    lines(include_str!("initiators.txt")).map(|(_, line)| line.into()).collect()
}

/// Parses the content of a file.
pub fn parse(content: &[u8]) -> Result<Vec<String>, InitiatorsError> {
    let text = std::str::from_utf8(content).map_err(|_| InitiatorsError::NotUtf8)?;
    let initiators: Vec<String> = lines(text)
        .map(|(number, line)| match sanitize(line.as_bytes()) {
            line if line.len() <= MESSAGE_BYTES => Ok(line.into_owned()),
            _ => Err(InitiatorsError::TooLong(number)),
        })
        .collect::<Result<_, _>>()?;
    if initiators.is_empty() { Err(InitiatorsError::Empty) } else { Ok(initiators) }
}

/// White space, or a byte-order mark: one stands at the start of a file, and of each file that was appended.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1..).zip(text.lines().map(|line| line.trim_matches(is_blank)));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

impl std::fmt::Display for InitiatorsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InitiatorsError::NotUtf8 => write!(f, "is not UTF-8 text. Save it as UTF-8"),
            InitiatorsError::TooLong(line) => {
                write!(f, "has a line {line} of more than {MESSAGE_BYTES} bytes. Shorten it")
            }
            InitiatorsError::Empty => {
                write!(f, "holds no conversation initiator. Write at least one, each on a line of its own")
            }
        }
    }
}

impl std::error::Error for InitiatorsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_many_and_no_two_the_same() {
        let mut ours = built_in();
        let count = ours.len();
        ours.sort_unstable();
        ours.dedup();
        assert_eq!(ours.len(), count);
        assert!(count >= 40, "{count}");
    }

    #[test]
    fn the_bots_answer_what_we_ask() {
        let answered: Vec<&str> = include_str!("../bots/lines/host.txt")
            .lines()
            .filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'))
            .collect();
        let ours = built_in();
        for question in &answered {
            assert!(ours.iter().any(|line| line == question), "nobody asks {question}");
        }
        let unanswered: Vec<&String> =
            ours.iter().filter(|line| !answered.contains(&line.as_str())).collect();
        assert_eq!(unanswered.len(), 3, "the forecast answers these: {unanswered:?}");
    }

    #[test]
    fn files_of_operators() {
        let parsed = |content: &[u8]| parse(content);
        assert_eq!(
            parsed(b"\xef\xbb\xbf# mine\r\n\r\n  Tea? \r\nOr coffee?"),
            Ok(vec!["Tea?".into(), "Or coffee?".into()])
        );
        let two = "\u{feff}# mine\nTea?\n\u{feff}# yours\nCake?\n\u{feff}\n";
        assert_eq!(parsed(two.as_bytes()), Ok(vec!["Tea?".into(), "Cake?".into()]), "one behind the other");
        assert_eq!(parsed(b"bell\x07"), Ok(vec!["bell\u{fffd}".into()]), "harmless");
        assert_eq!(parsed(b"\xff"), Err(InitiatorsError::NotUtf8));
        assert_eq!(parsed(b"# nothing\n\n"), Err(InitiatorsError::Empty));
        let long = [b"a\n", "x".repeat(5000).as_bytes()].concat();
        assert_eq!(parsed(&long), Err(InitiatorsError::TooLong(2)));
    }
}
