//! What operators type, on the command line or later, and what is a name.

use std::time::{Duration, SystemTime};

use clap::Parser;
use salon::base::limits::{MESSAGE_BYTES, MODERATION_REASON_BYTES, NAME_CHARS};
use salon::base::name::{Name, NameKey};
use salon::base::text::sanitize;
use salon::chat::{Bans, Mutes, parse_ban, parse_mute};
use salon::cli::Cli;
use salon::hosts::initiators;

use super::{assert_harmless, parts};

/// A name, or what is none.
pub(super) fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = NameKey::of(&text);
    assert_eq!(NameKey::of(key.as_str()), key, "a key is its own key: {text:?}");
    let cleaned = sanitize(bytes);
    assert_harmless(&cleaned, false);
    assert!(cleaned.len() <= 3 * bytes.len());
    match Name::parse(&text) {
        Ok(name) => {
            assert_harmless(name.as_str(), false);
            assert!((1..=NAME_CHARS).contains(&name.as_str().chars().count()), "{name}");
            assert!(!name.as_str().contains(|c: char| c.is_whitespace() || "/:,".contains(c)), "{name}");
            assert_eq!(Name::parse(name.as_str()).as_ref(), Ok(&name), "a name is a name");
            assert!(name.is_spelled(name.as_str()) && name.is_spelled(&text));
            assert_eq!(name.key(), key, "{name}");
            for other in [name.as_str().to_uppercase(), name.as_str().to_lowercase()] {
                assert_eq!(NameKey::of(&other), key, "{other} is {name}");
            }
            assert!(key.as_str() != "host" && key.as_str() != "server", "{name}");
        }
        Err(why) => assert!(why.to_string().ends_with('.'), "{why}"),
    }
}

/// What follows `ban`, or `mute`, at a time near the end of time or before it.
pub(super) fn bans(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_201_200);
    let (mut bans, mut mutes) = (Bans::default(), Mutes::default());
    if let Ok(request) = parse_ban(&text) {
        assert!(request.reason.len() <= MODERATION_REASON_BYTES && !request.shown.is_empty());
        assert_harmless(&request.reason, false);
        assert_harmless(&request.shown, false);
        let whom = request.whom.clone();
        let ban = bans.ban(request, now).unwrap();
        assert!(ban.lasts(now).starts_with("for "));
        assert_eq!(bans.list(now).count(), 1);
        let shown = bans.list(now).next().unwrap().whom.clone();
        assert_eq!(
            parse_ban(&format!("{shown} for good")).unwrap().whom,
            whom,
            "it can be lifted as it is shown"
        );
    }
    if let Ok(request) = parse_mute(&text) {
        assert_harmless(&request.reason, false);
        assert!(mutes.mute(request, now).unwrap().lasts(now).starts_with("for "));
    }
}

/// A file of conversation initiators.
pub(super) fn initiators(bytes: &[u8]) {
    if let Ok(lines) = initiators::parse(bytes) {
        assert!(!lines.is_empty());
        for line in lines {
            assert!(!line.trim().is_empty() && line.len() <= MESSAGE_BYTES, "{line:?}");
            assert_harmless(&line, false);
        }
    }
}

/// Words of a command line.
pub(super) fn options(bytes: &[u8]) {
    let words = parts(bytes).map(|word| String::from_utf8_lossy(word).into_owned());
    match Cli::try_parse_from(std::iter::once("salon".to_owned()).chain(words)) {
        Ok(cli) => drop(format!("{cli:?}")),
        Err(why) => drop(why.to_string()),
    }
}
