//! What is tried with any bytes: one function a target, which panics if something that must always hold does not.
//!
//! The tests run them on the stored corpus and on mutations of it, and `.fuzz` under a fuzzer that looks for new ways through
//! the code. They know neither.

mod bots;
mod client;
mod hub;
mod irc;
mod log;
mod orders;
mod weather;
mod wire;

/// A target: its name, which is that of its folder in `tests/corpus`, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 20] = [
    ("analysis", bots::analysis),
    ("asks", wire::asks),
    ("bans", orders::bans),
    ("bots", bots::cast),
    ("decoder", wire::decoder),
    ("encoders", wire::encoders),
    ("forecasts", weather::forecasts),
    ("frames", wire::frames),
    ("hub", hub::hub),
    ("initiators", orders::initiators),
    ("irc", irc::lines),
    ("keys", client::keys),
    ("lines", client::lines),
    ("log", log::log),
    ("names", orders::names),
    ("options", orders::options),
    ("outside", bots::outside),
    ("requests", wire::requests),
    ("splitter", wire::framer),
    ("tells", client::tells),
];

/// What stands between the parts of an input that has several: ASCII's record separator.
const BETWEEN: u8 = 0x1e;

/// The parts of an input that has several.
fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == BETWEEN)
}

/// As many pieces as something is cut into, at most.
const PIECES: usize = 64;

/// `bytes` in pieces whose lengths follow from `seed`: short ones for an odd seed, mostly long ones for an even one. What is left
/// after many is the last.
fn pieces(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let limit = if seed % 2 == 1 { 9 } else { 5_000 };
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let length = usize::try_from(state >> 33).unwrap() % limit;
        let length = if pieces.len() + 1 < PIECES { length.min(rest.len()) } else { rest.len() };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// A terminal that shows `text` does nothing but show it. A tab is no harm, and a line's end is none where there are lines.
#[track_caller]
fn assert_harmless(text: &str, has_lines: bool) {
    let is_unsafe = |c: char| match c {
        '\t' => false,
        '\n' => !has_lines,
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    if let Some(harmful) = text.chars().find(|c| is_unsafe(*c)) {
        panic!("{harmful:?} is not harmless, in {text:?}");
    }
}
