//! Removes telnet negotiation (RFC 854) from the input. The server accepts no option. Telnet's two editing commands
//! become the equivalent keys.

use memchr::memchr;

use crate::base::limits::TELNET_SUBNEGOTIATION_BYTES;
use crate::wire::editing;

pub(super) const IAC: u8 = 255;
const WILL_WONT_DO_DONT: std::ops::RangeInclusive<u8> = 251..=254;
const SUBNEGOTIATION: u8 = 250;
const SUBNEGOTIATION_END: u8 = 240;
const ERASE_CHARACTER: u8 = 247;
const ERASE_LINE: u8 = 248;
const COMMANDS: std::ops::RangeInclusive<u8> = 240..=249;

const DO: u8 = 253;
const TIMING_MARK: u8 = 6;

/// Refuses a timing mark (RFC 860), the only request that gets an answer: after Ctrl-C, telnet displays nothing until
/// it has one.
pub(super) const NO_TIMING_MARK: &[u8] = &[IAC, 252, TIMING_MARK];

/// The state of a connection's negotiation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Telnet {
    state: State,
    /// A timing mark was requested and is not refused yet.
    pub(super) timing_mark_due: bool,
    /// The peer has negotiated.
    pub(super) is_spoken: bool,
}

/// The position within a negotiation.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Outside of one.
    #[default]
    Text,
    /// After IAC.
    Command,
    /// After this byte, WILL, WON'T, DO or DON'T; the option follows.
    Option(u8),
    /// Within a subnegotiation, after this many bytes.
    Sub(u32),
    /// Within a subnegotiation, after IAC.
    SubCommand(u32),
}

impl Telnet {
    /// Appends the text in `input` to `out`.
    pub(super) fn filter(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let mut rest = input;
        while !rest.is_empty() {
            if matches!(self.state, State::Text) {
                let text = memchr(IAC, rest).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..text]);
                rest = &rest[text..];
            }
            if let Some((&byte, after)) = rest.split_first() {
                self.timing_mark_due |= matches!(self.state, State::Option(DO)) && byte == TIMING_MARK;
                self.state = self.state.step(byte, out);
                self.is_spoken |= matches!(self.state, State::Option(_) | State::Sub(_));
                rest = after;
            }
        }
    }
}

impl State {
    fn step(self, byte: u8, out: &mut Vec<u8>) -> State {
        match self {
            State::Text if byte == IAC => State::Command,
            State::Text => {
                out.push(byte);
                State::Text
            }
            State::Command => match byte {
                IAC => {
                    out.push(IAC);
                    State::Text
                }
                SUBNEGOTIATION => State::Sub(0),
                b if WILL_WONT_DO_DONT.contains(&b) => State::Option(b),
                ERASE_CHARACTER => {
                    out.push(editing::ERASE);
                    State::Text
                }
                ERASE_LINE => {
                    out.push(editing::ERASE_LINE);
                    State::Text
                }
                b if COMMANDS.contains(&b) => State::Text,
                // Not telnet: a byte of another character set, followed by text.
                other => {
                    out.extend_from_slice(&[IAC, other]);
                    State::Text
                }
            },
            State::Option(_) => State::Text,
            State::Sub(n) | State::SubCommand(n) if n >= TELNET_SUBNEGOTIATION_BYTES => State::Text,
            State::Sub(n) if byte == IAC => State::SubCommand(n + 1),
            State::SubCommand(_) if byte == SUBNEGOTIATION_END => State::Text,
            State::Sub(n) | State::SubCommand(n) => State::Sub(n + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Telnet::default().filter(input, &mut out);
        out
    }

    #[test]
    fn negotiation_is_skipped() {
        assert_eq!(text(b"plain"), b"plain");
        assert_eq!(text(b"\xff\xfb\x1f\xff\xfd\x03hi"), b"hi", "WILL, DO");
        assert_eq!(text(b"\xff\xfa\x1f\0\x50\0\x18\xff\xf0hi"), b"hi", "window size");
        assert_eq!(text(b"a\xff\xf1b"), b"ab", "NOP");
        assert_eq!(text(b"a\xff\xf7b\xff\xf8"), b"a\x7fb\x15", "EC, EL");
        assert_eq!(text(b"a\xff\xffb"), b"a\xffb", "a literal 255");
        assert_eq!(text(b"a\xffb"), b"a\xffb", "not telnet");
    }

    #[test]
    fn who_negotiates_speaks_telnet_and_who_sends_the_byte_255_may_not() {
        for (input, is_spoken) in [
            (&b"plain"[..], false),
            (b"\xff", false),
            (b"\xff\xffb", false),
            (b"a\xffb", false),
            (b"\xff\xfb", true),
            (b"\xff\xfb\x1fhi", true),
            (b"\xff\xfa\x1f\0\x50\0\x18\xff\xf0hi", true),
        ] {
            let mut telnet = Telnet::default();
            telnet.filter(input, &mut Vec::new());
            assert_eq!(telnet.is_spoken, is_spoken, "{}", input.escape_ascii());
        }
    }

    #[test]
    fn a_subnegotiation_without_end_does_not_swallow_everything() {
        let input = [b"\xff\xfa".as_slice(), &[b'x'; 200], b"\nhi\n"].concat();
        assert!(text(&input).ends_with(b"\nhi\n"));
    }
}
