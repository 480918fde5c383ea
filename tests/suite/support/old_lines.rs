//! Replayed messages, as lines have them: `[19:04] Ann: hi`.

/// The line without the time of a replayed message, if it is one.
pub fn without_clock(line: &str) -> &str {
    let is_clock = |clock: &str| clock.len() == 5 && clock.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let parts = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    parts.filter(|(clock, _)| is_clock(clock)).map_or(line, |(_, message)| message)
}
