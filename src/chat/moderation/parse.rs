//! Parses the arguments of `ban` and `mute`: target, duration and reason.
//!
//! A sanction is endless only if the operator says so: `for good`, `forever`, `permanently`. A mistyped duration is
//! an error, and never becomes the reason of an endless sanction.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::base::duration;
use crate::base::limits::{MODERATION_DURATION_MAX, MODERATION_DURATION_MIN, MODERATION_REASON_BYTES};
use crate::base::name::{Name, NameError, NameKey};
use crate::base::text::{in_words, sanitize};
use crate::chat::moderation::network::Network;

/// The target of a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A name.
    Name(NameKey),
    /// A network or a single address.
    Network(Network),
}

/// A ban or a mute that an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SanctionRequest<K> {
    /// The target.
    pub whom: K,
    /// The target as shown to people.
    pub shown: String,
    /// The duration. `None`: for good.
    pub time: Option<Duration>,
    /// The reason; may be empty.
    pub reason: String,
}

/// Parses the arguments of `ban`: `NAME|ADDRESS [for] TIME|for good [REASON]`. An error is a sentence.
pub fn parse_ban(text: &str) -> Result<SanctionRequest<Target>, String> {
    let (whom, rest) = first_word(text);
    if whom.is_empty() {
        return Err("Whom, and for how long? Type: ban NAME|ADDRESS for TIME|for good [REASON]".into());
    }
    let (whom, shown) = parse_target(whom)?;
    parse_rest("ban", whom, shown, rest)
}

/// Parses the arguments of `mute`: `NAME [for] TIME|for good [REASON]`. An error is a sentence.
pub fn parse_mute(text: &str) -> Result<SanctionRequest<NameKey>, String> {
    let (whom, rest) = first_word(text);
    if whom.is_empty() {
        return Err("Whom, and for how long? Type: mute NAME for TIME|for good [REASON]".into());
    }
    let (whom, shown) = parse_muted(whom)?;
    parse_rest("mute", whom, shown, rest)
}

/// Parses the target of a ban, and returns it with its display form. Anything that reads as an address is one, with
/// or without a port or brackets. An error is a sentence.
pub fn parse_target(text: &str) -> Result<(Target, String), String> {
    let target = |network: Network| (Target::Network(network), network.to_string());
    match Network::parse(text) {
        Some(network) => network.map(target),
        None => match (parse_address(text), Name::parse(text)) {
            (Some((address, _)), _) => Ok(target(Network::from(address))),
            (None, Ok(name)) => Ok((Target::Name(name.key()), name.to_string())),
            // Nobody can have such a name; the operator mistyped an address.
            (None, Err(NameError::Address)) => Err(format!(
                "{text} is not an address; one has four numbers up to 255, as in 192.0.2.7 or 192.0.2.0/24."
            )),
            (None, Err(_)) if text.contains(['/', ':']) => Err(format!(
                "{text} is neither a name nor an address such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64."
            )),
            (None, Err(why)) => Err(why.to_string()),
        },
    }
}

/// Parses the target of a mute, and returns it with its display form. An error is a sentence.
pub fn parse_muted(text: &str) -> Result<(NameKey, String), String> {
    match Name::parse(text) {
        Ok(name) => Ok((name.key(), name.to_string())),
        Err(_) if Network::parse(text).is_some() || parse_address(text).is_some() => Err(format!(
            "{text} is an address, and only names can be muted. To keep an address out, type: ban {text} for 1h"
        )),
        Err(why) => Err(why.to_string()),
    }
}

/// Parses an address with a port as the list of connections shows it, `192.0.2.7:53234` or `[2001:db8::1]:53234`, or
/// an address alone, also in brackets or with a zone.
pub fn parse_address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(peer) = text.parse::<SocketAddr>() {
        return Some((peer.ip().to_canonical(), Some(peer.port())));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    bare.parse().ok().map(|address: IpAddr| (address.to_canonical(), None))
}

/// Sanitizes a reason and drops a leading `for`, which the sentences add themselves. A duration stays as typed.
pub fn parse_reason(text: &str) -> String {
    let (first, after) = first_word(text);
    let is_said = first.eq_ignore_ascii_case("for") && parse_time(text).is_err();
    sanitize(if is_said { after } else { text.trim() }.as_bytes()).into_owned()
}

/// Parses duration and reason. `command` is used in the error's example.
fn parse_rest<K>(command: &str, whom: K, shown: String, rest: &str) -> Result<SanctionRequest<K>, String> {
    let (time, reason) = parse_time(rest).map_err(|why| {
        let reason = Some(rest).filter(|rest| !rest.is_empty() && rest.len() <= SHOWN_BYTES && why.is_none());
        let example = |time: &str| [command, &shown, time, reason.unwrap_or_default()].join(" ");
        let forms = format!(
            "Type, for example: {}, or without an end: {}",
            example("for 2h").trim_end(),
            example("for good").trim_end()
        );
        format!("{} {forms}", why.unwrap_or_else(|| "For how long?".into()))
    })?;
    let reason = parse_reason(reason);
    if reason.len() > MODERATION_REASON_BYTES {
        return Err(format!("That reason is longer than {MODERATION_REASON_BYTES} bytes. Shorten it."));
    }
    Ok(SanctionRequest { whom, shown, time, reason })
}

/// Longest reason that an example repeats, in bytes.
const SHOWN_BYTES: usize = 64;

/// Parses a duration (`None`: for good), and returns it with the reason. Rejects a second, different duration. The
/// error is a sentence if `text` seems to contain a duration.
fn parse_time(text: &str) -> Result<(Option<Duration>, &str), Option<String>> {
    let (time, reason) = split_time(text)?;
    let is_for = first_word(reason).0.eq_ignore_ascii_case("for");
    let is_meant =
        |other: Option<Duration>| is_for || other.is_none() || reason.starts_with(char::is_numeric);
    let shown =
        |time: Option<Duration>| time.map_or("for good".to_owned(), |time| format!("for {}", in_words(time)));
    match split_time(reason) {
        Ok((other, _)) if !reason.is_empty() && other != time && is_meant(other) => Err(Some(format!(
            "Is that {}, or {}? Give one of them, and begin the reason with another word.",
            shown(time),
            shown(other)
        ))),
        _ => Ok((time, reason)),
    }
}

/// Parses a duration (`None`: for good), and returns it with the rest. The error is a sentence if the first word
/// seems to be meant as a duration.
fn split_time(text: &str) -> Result<(Option<Duration>, &str), Option<String>> {
    let (first, after) = first_word(text);
    let has_for = first.eq_ignore_ascii_case("for");
    let body = if has_for { after } else { text };
    let (word, reason) = first_word(body);
    let plain = word.trim_end_matches([',', ':', ';', '.', '!']).to_ascii_lowercase();
    match plain.as_str() {
        "good" | "ever" if has_for => return Ok((None, reason)),
        "forever" | "permanently" | "permanent" | "indefinitely" => return Ok((None, reason)),
        "until" | "till" | "til" if !has_for => {
            return Err(Some("Give a duration, not an end time.".into()));
        }
        _ => {}
    }
    let (time, reason) = match duration::split(body) {
        Ok(found) => found,
        Err(why) if duration::seems_meant(word) => return Err(Some(format!("{why}."))),
        Err(_) => return Err(None),
    };
    if time < MODERATION_DURATION_MIN {
        return Err(Some("That duration is too short.".into()));
    }
    if time > MODERATION_DURATION_MAX {
        let years = MODERATION_DURATION_MAX.as_secs() / (365 * 24 * 3600);
        return Err(Some(format!(
            "That duration is too long; the longest is {years} years ({}).",
            in_words(MODERATION_DURATION_MAX)
        )));
    }
    // A duration that is parsed only in part must not become a shorter one.
    let (next, _) = first_word(reason);
    let (behind_and, _) = if next == "and" { first_word(&reason[3..]) } else { (next, "") };
    if behind_and.trim_start_matches(['+', '-', '.', ',', '(']).starts_with(char::is_numeric) {
        let before = body[..body.len() - reason.len()].trim();
        return Err(Some(format!(
            "Does \"{behind_and}\" belong to the duration, {before}? Begin the reason with a word."
        )));
    }
    Ok((Some(time), reason))
}

/// Splits off the first word.
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
    fn target_duration_and_reason() {
        for (text, shown, seconds, reason) in [
            ("Bob for good", "Bob", None, ""),
            ("Bob for good spam", "Bob", None, "spam"),
            ("Bob FOR GOOD: spam", "Bob", None, "spam"),
            ("Bob for ever", "Bob", None, ""),
            ("Bob forever spam", "Bob", None, "spam"),
            ("Bob permanently", "Bob", None, ""),
            ("  Bob   for 2h  ", "Bob", Some(2 * HOUR), ""),
            ("Bob 2h", "Bob", Some(2 * HOUR), ""),
            ("Bob 2 hours", "Bob", Some(2 * HOUR), ""),
            ("Bob 2 hours spam", "Bob", Some(2 * HOUR), "spam"),
            ("Bob for an hour", "Bob", Some(HOUR), ""),
            ("Bob half an hour", "Bob", Some(30 * MINUTE), ""),
            ("Bob for 1h30m", "Bob", Some(90 * MINUTE), ""),
            ("Bob for 1h30 late", "Bob", Some(90 * MINUTE), "late"),
            ("Bob for 1h 30m flooding", "Bob", Some(90 * MINUTE), "flooding"),
            ("Bob for 2 hours being rude", "Bob", Some(2 * HOUR), "being rude"),
            ("Bob for 2 hours, being rude", "Bob", Some(2 * HOUR), "being rude"),
            ("Bob FOR 5 minutes", "Bob", Some(5 * MINUTE), ""),
            ("Bob for 2h for spamming", "Bob", Some(2 * HOUR), "spamming"),
            ("Bob for good FOR  the noise", "Bob", None, "the noise"),
            ("Bob 2h forgery", "Bob", Some(2 * HOUR), "forgery"),
            ("Bob 1d two  words", "Bob", Some(24 * HOUR), "two  words"),
            ("Bob 1d \x1b[2J", "Bob", Some(24 * HOUR), "\u{fffd}[2J"),
            ("192.0.2.9/24 for 7d", "192.0.2.0/24", Some(7 * 24 * HOUR), ""),
            ("192.0.2.9:53234 for 1h", "192.0.2.9", Some(HOUR), ""),
            ("[2001:db8::1]:5000 for 1h", "2001:db8::1", Some(HOUR), ""),
            ("[2001:db8::1] for 1h", "2001:db8::1", Some(HOUR), ""),
            ("[::ffff:192.0.2.9]:5000 for 1h", "192.0.2.9", Some(HOUR), ""),
            ("::1 for good no", "::1", None, "no"),
            ("... for 1h", "...", Some(HOUR), ""),
        ] {
            let request = parse_ban(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            let time = seconds.map(Duration::from_secs);
            assert_eq!(
                (request.shown.as_str(), request.time, request.reason.as_str()),
                (shown, time, reason),
                "{text}"
            );
        }
        // A duration as displayed can be typed again.
        for seconds in [1, 61, 90 * MINUTE, HOUR, 25 * HOUR + 59, 400 * 24 * HOUR] {
            let time = Duration::from_secs(seconds);
            let request = parse_ban(&format!("Bob for {}", in_words(time))).unwrap();
            assert_eq!((request.reason.as_str(), request.time.map(in_words)), ("", Some(in_words(time))));
        }
        let request = parse_mute("BOB for 10s quiet, please").unwrap();
        assert_eq!((request.whom, request.shown.as_str()), (NameKey::of("bob"), "BOB"));
        assert_eq!((request.time, request.reason.as_str()), (Some(Duration::from_secs(10)), "quiet, please"));
    }

    #[test]
    fn a_reason_drops_its_for() {
        for (typed, told) in [
            ("for the noise", "the noise"),
            ("  For   the noise ", "the noise"),
            ("FOR spam", "spam"),
            ("for", ""),
            ("forgery", "forgery"),
            ("fortune for all", "fortune for all"),
            ("what for", "what for"),
            ("for good", "for good"),
            ("for 2h", "for 2h"),
            ("for an hour, at least", "for an hour, at least"),
            ("", ""),
        ] {
            assert_eq!(parse_reason(typed), told, "{typed}");
        }
    }

    #[test]
    fn two_durations_are_refused() {
        for (rest, one, other) in [
            ("for good 2h", "for good", "for 2 hours"),
            ("for 2h for good", "for 2 hours", "for good"),
            ("2h forever", "for 2 hours", "for good"),
            ("forever for 2 hours spam", "for good", "for 2 hours"),
            ("permanently, 2h", "for good", "for 2 hours"),
            ("for 2h for 3h", "for 2 hours", "for 3 hours"),
        ] {
            let asked = format!("Is that {one}, or {other}? ");
            let why = parse_mute(&format!("Rob {rest}")).unwrap_err();
            assert!(why.starts_with(&asked), "{rest}: {why}");
            assert!(parse_ban(&format!("Rob {rest}")).unwrap_err().starts_with(&asked), "{rest}");
        }
        for (rest, reason) in [
            ("for good 2 many words", "2 many words"),
            ("for 2h a day off", "a day off"),
            ("for good a minute ago", "a minute ago"),
        ] {
            assert_eq!(parse_mute(&format!("Rob {rest}")).unwrap().reason, reason);
        }
    }

    #[test]
    fn only_explicit_words_mean_for_good() {
        for text in [
            "Bob",
            "Bob spam",
            "Bob for spamming",
            "Bob for",
            "Bob good",
            "Bob spam for 2h",
            "Bob für 2h",
            "Bob 60",
            "Bob for 60",
            "Bob two",
            "Bob a hour ago",
            "Bob until tomorrow",
            "Bob til 18:00",
            "Bob for 18:00",
            "Bob 30M",
            "Bob for a while",
            "Bob for the day",
            "Bob for ٢h",
            "Bob for -5m",
            "Bob for 0.1s",
            "Bob for 10000y",
            "Bob for 99999999999999999999999y",
        ] {
            let request = parse_ban(text);
            assert!(
                request.as_ref().is_err() || request.as_ref().unwrap().time.is_some(),
                "{text}: {request:?}"
            );
            if let Err(why) = request {
                assert!(why.contains("ban Bob for 2h") && why.contains("ban Bob for good"), "{why}");
            }
        }
        let why = parse_mute("Bob spam").unwrap_err();
        assert_eq!(
            why,
            "For how long? Type, for example: mute Bob for 2h spam, or without an end: mute Bob for good spam"
        );
    }

    #[test]
    fn errors_name_the_problem() {
        for (text, why) in [
            ("Bob for 2", "2 what? Write a unit"),
            ("Bob 60 spam", "\"spam\" is not a unit of time"),
            ("Bob for 3x", "\"x\" is not a unit of time"),
            ("Bob for 1:30", "1:30 could be hours or minutes"),
            ("Bob for 2h 30", "Does \"30\" belong to the duration, 2h?"),
            ("Bob for 2h and 5 mn", "Does \"5\" belong to the duration, 2h?"),
            ("Bob for 30m 2h", "Does \"2h\" belong"),
            ("Bob until tomorrow", "Give a duration"),
            ("Bob for 101y", "That duration is too long; the longest is 100 years"),
            ("10.0.0.256", "10.0.0.256 is not an address"),
            ("10.0.0", "10.0.0 is not an address"),
            ("10.0.0.1:99999", "10.0.0.1:99999 is neither"),
            ("", "Whom, and for how long? Type: ban"),
            ("  ", "Whom, and for how long? Type: ban"),
            ("192.0.2.0/33", "192.0.2.0/33 is not a network"),
            ("2001:db8:", "2001:db8: is neither a name nor an address"),
            ("Bob/24", "Bob/24 is neither"),
            ("Host", "The name Host looks like"),
            ("\"Bob\"", "A name consists of"),
            ("Bob for 0s", "That duration is too short"),
        ] {
            let said = parse_ban(text).unwrap_err();
            assert!(said.starts_with(why), "{text}: {said}");
        }
        assert!(parse_mute("").unwrap_err().starts_with("Whom, and for how long? Type: mute"));
        // An address is not a name.
        assert!(parse_mute("2001:db8::1 for 1h").unwrap_err().starts_with("2001:db8::1 is an address"));
        assert!(parse_mute("192.0.2.7 for 1h").unwrap_err().starts_with("192.0.2.7 is an address"));
        assert!(parse_mute(&format!("Bob 1h {}", "x".repeat(512))).is_ok());
        assert!(parse_mute(&format!("Bob 1h {}", "x".repeat(513))).unwrap_err().contains("512 bytes"));
    }
}
