//! Telnet's negotiation (RFC 854), skipped: a telnet client on the port is a person with a line to type, and what its
//! program offers is not taken up.

use memchr::memchr;

use crate::base::limits::TELNET_BYTES;

const IAC: u8 = 255;
const WILL_WONT_DO_DONT: std::ops::RangeInclusive<u8> = 251..=254;
const SUBNEGOTIATION: u8 = 250;
const SUBNEGOTIATION_END: u8 = 240;
const COMMANDS: std::ops::RangeInclusive<u8> = 240..=249;

/// Where in the negotiation a connection's bytes stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Telnet {
    /// Not in one.
    #[default]
    Text,
    /// After IAC.
    Command,
    /// After WILL, WON'T, DO or DON'T: the option is to come.
    Option,
    /// Within a subnegotiation, after so many bytes.
    Sub(usize),
    /// Within a subnegotiation, after IAC.
    SubCommand(usize),
}

impl Telnet {
    /// Appends to `out` what of `input` is text.
    pub(super) fn filter(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let mut rest = input;
        while !rest.is_empty() {
            if matches!(self, Telnet::Text) {
                let text = memchr(IAC, rest).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..text]);
                rest = &rest[text..];
            }
            if let Some((&byte, after)) = rest.split_first() {
                *self = self.step(byte, out);
                rest = after;
            }
        }
    }

    fn step(self, byte: u8, out: &mut Vec<u8>) -> Telnet {
        match self {
            Telnet::Text if byte == IAC => Telnet::Command,
            Telnet::Text => {
                out.push(byte);
                Telnet::Text
            }
            Telnet::Command => match byte {
                IAC => {
                    out.push(IAC);
                    Telnet::Text
                }
                SUBNEGOTIATION => Telnet::Sub(0),
                b if WILL_WONT_DO_DONT.contains(&b) => Telnet::Option,
                b if COMMANDS.contains(&b) => Telnet::Text,
                // Not telnet: a byte of some other character set, and text after it.
                other => {
                    out.extend_from_slice(&[IAC, other]);
                    Telnet::Text
                }
            },
            Telnet::Option => Telnet::Text,
            Telnet::Sub(n) | Telnet::SubCommand(n) if n >= TELNET_BYTES => Telnet::Text,
            Telnet::Sub(n) if byte == IAC => Telnet::SubCommand(n + 1),
            Telnet::SubCommand(_) if byte == SUBNEGOTIATION_END => Telnet::Text,
            Telnet::Sub(n) | Telnet::SubCommand(n) => Telnet::Sub(n + 1),
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
        assert_eq!(text(b"a\xff\xffb"), b"a\xffb", "a literal 255");
        assert_eq!(text(b"a\xffb"), b"a\xffb", "not telnet");
    }

    #[test]
    fn a_subnegotiation_without_end_does_not_swallow_everything() {
        let input = [b"\xff\xfa".as_slice(), &[b'x'; 200], b"\nhi\n"].concat();
        assert!(text(&input).ends_with(b"\nhi\n"));
    }
}
