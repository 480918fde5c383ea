//! What an operator types after `ban` and `mute`: whom, for how long, and why.

use std::time::Duration;

use crate::base::limits::{MODERATION_REASON_BYTES, MODERATION_TIME_WORDS};
use crate::base::name::{Name, NameKey};
use crate::base::text::clean;
use crate::chat::moderation::network::Network;

/// Whom a ban is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whoever has this name.
    Name(NameKey),
    /// Whoever comes from there.
    Network(Network),
}

/// A ban or a mute that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order<K> {
    /// Whom.
    pub whom: K,
    /// The same for people, as it was spelled.
    pub shown: String,
    /// For how long; none: for good.
    pub time: Option<Duration>,
    /// Why; empty if it was not said.
    pub reason: String,
}

/// `NAME|ADDRESS [for DURATION] [REASON]`, as it stands after `ban`. An error is a sentence.
pub fn parse_ban(text: &str) -> Result<Order<Target>, String> {
    let (whom, rest) = first_word(text);
    if whom.is_empty() {
        return Err("Whom? Type: ban NAME|ADDRESS [for TIME] [REASON]".into());
    }
    let (whom, shown) = parse_target(whom)?;
    parse_rest(whom, shown, rest)
}

/// `NAME [for DURATION] [REASON]`, as it stands after `mute`. An error is a sentence.
pub fn parse_mute(text: &str) -> Result<Order<NameKey>, String> {
    let (whom, rest) = first_word(text);
    if whom.is_empty() {
        return Err("Whom? Type: mute NAME [for TIME] [REASON]".into());
    }
    let name = Name::parse(whom).map_err(|why| why.to_string())?;
    parse_rest(name.key(), name.to_string(), rest)
}

/// Whom a ban is for, and how that is shown: what can be read as an address is one. An error is a sentence.
pub fn parse_target(text: &str) -> Result<(Target, String), String> {
    match Network::parse(text) {
        Some(network) => network.map(|network| (Target::Network(network), network.to_string())),
        None if text.contains(['/', ':']) => Err(format!(
            "{text} is neither a name nor an address such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64."
        )),
        // Nobody is called so, and somebody was meant to be kept out.
        None if text.contains('.') && text.chars().all(|c| c.is_ascii_digit() || c == '.') => Err(format!(
            "{text} is not an address; one has four numbers up to 255, as in 192.0.2.7 or 192.0.2.0/24."
        )),
        None => {
            let name = Name::parse(text).map_err(|why| why.to_string())?;
            Ok((Target::Name(name.key()), name.to_string()))
        }
    }
}

fn parse_rest<K>(whom: K, shown: String, rest: &str) -> Result<Order<K>, String> {
    let (time, reason) = parse_time(rest);
    if time.is_none() {
        refuse_almost_times(reason)?;
    }
    if time.is_some_and(|time| time.is_zero()) {
        return Err("That is no time at all. Write it as 30m, 2h or 7d.".into());
    }
    let reason = clean(reason.as_bytes()).into_owned();
    if reason.len() > MODERATION_REASON_BYTES {
        return Err(format!("That reason is longer than {MODERATION_REASON_BYTES} bytes. Shorten it."));
    }
    Ok(Order { whom, shown, time, reason })
}

/// What was meant for a time, and is none, is not taken for the reason of something that never ends.
fn refuse_almost_times(reason: &str) -> Result<(), String> {
    let (first, rest) = first_word(reason);
    let (second, _) = first_word(rest);
    if first.eq_ignore_ascii_case("for") && second.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("{second} is no time. Write it as 30m, 2h, 1h30m or 7d."));
    }
    if humantime::parse_duration(first).is_ok() {
        return Err(format!("With a time, write \"for\" before it: for {first}"));
    }
    Ok(())
}

/// The time after `for`, of as many words as make one, and what follows it. Without one it is all a reason.
fn parse_time(text: &str) -> (Option<Duration>, &str) {
    let (word, after) = first_word(text);
    if !word.eq_ignore_ascii_case("for") {
        return (None, text);
    }
    let (mut rest, mut found) = (after, (None, text));
    for _ in 0..MODERATION_TIME_WORDS {
        let (word, next) = first_word(rest);
        if word.is_empty() {
            break;
        }
        rest = next;
        let words = after[..after.len() - rest.len()].trim_end();
        if let Ok(time) = humantime::parse_duration(words) {
            found = (Some(time), rest);
        }
    }
    found
}

/// The first word, and what follows it.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;

    #[test]
    fn whom_for_how_long_and_why() {
        for (text, shown, seconds, reason) in [
            ("Bob", "Bob", None, ""),
            ("Bob spam", "Bob", None, "spam"),
            ("  Bob   for 2h  ", "Bob", Some(2 * HOUR), ""),
            ("Bob for 1h30m", "Bob", Some(90 * MINUTE), ""),
            ("Bob for 1h 30m flooding", "Bob", Some(90 * MINUTE), "flooding"),
            ("Bob for 2 hours being rude", "Bob", Some(2 * HOUR), "being rude"),
            ("Bob FOR 5 minutes", "Bob", Some(5 * MINUTE), ""),
            ("Bob for spamming", "Bob", None, "for spamming"),
            ("Bob for", "Bob", None, "for"),
            ("Bob for 2h for spamming", "Bob", Some(2 * HOUR), "for spamming"),
            ("Bob spam for 2h", "Bob", None, "spam for 2h"),
            ("Bob two  words", "Bob", None, "two  words"),
            ("Bob \x1b[2J", "Bob", None, "\u{fffd}[2J"),
            ("192.0.2.9/24 for 7d", "192.0.2.0/24", Some(7 * 24 * HOUR), ""),
            ("::1 no", "::1", None, "no"),
            ("Łukasz für 2h", "Łukasz", None, "für 2h"),
        ] {
            let order = parse_ban(text).unwrap();
            let time = seconds.map(Duration::from_secs);
            assert_eq!(
                (order.shown.as_str(), order.time, order.reason.as_str()),
                (shown, time, reason),
                "{text}"
            );
        }
        let order = parse_mute("BOB for 10s quiet, please").unwrap();
        assert_eq!((order.whom, order.shown.as_str()), (NameKey::of("bob"), "BOB"));
        assert_eq!((order.time, order.reason.as_str()), (Some(Duration::from_secs(10)), "quiet, please"));
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (text, why) in [
            ("Bob for 2", "2 is no time. Write it"),
            ("Bob for 3x", "3x is no time. Write it"),
            ("Bob for 2h,30m", "2h,30m is no time. Write it"),
            ("Bob 2h", "With a time, write \"for\" before it: for 2h"),
            ("10.0.0.256", "10.0.0.256 is not an address"),
            ("10.0.0", "10.0.0 is not an address"),
            ("", "Whom? Type: ban"),
            ("  ", "Whom? Type: ban"),
            ("192.0.2.0/33", "192.0.2.0/33 is no network"),
            ("2001:db8:", "2001:db8: is neither a name nor an address"),
            ("Bob/24", "Bob/24 is neither"),
            ("Host", "The name Host looks like"),
            ("\"Bob\"", "A name is made of"),
            ("Bob for 0s", "That is no time"),
        ] {
            let said = parse_ban(text).unwrap_err();
            assert!(said.starts_with(why), "{text}: {said}");
        }
        assert!(parse_mute("").unwrap_err().starts_with("Whom? Type: mute"));
        // To a mute, an address is a name like any other, or none.
        assert!(parse_mute("2001:db8::1").unwrap_err().starts_with("A name is made of"));
        assert!(parse_mute(&format!("Bob {}", "x".repeat(512))).is_ok());
        assert!(parse_mute(&format!("Bob {}", "x".repeat(513))).unwrap_err().contains("512 bytes"));
    }
}
