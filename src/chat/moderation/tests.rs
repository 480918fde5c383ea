//! Bans and mutes under a clock that the test moves.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::base::text::in_words;

const START: u64 = 1_795_201_200;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START + seconds)
}

fn key(name: &str) -> NameKey {
    NameKey::of(name)
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn ban(bans: &mut Bans, text: &str, seconds: u64) {
    bans.ban(parse_ban(text).unwrap(), at(seconds)).unwrap();
}

fn listed(bans: &Bans, seconds: u64) -> Vec<&str> {
    bans.list(at(seconds)).map(|ban| ban.whom.as_str()).collect()
}

#[test]
fn a_ban_by_name_ends_when_it_is_to() {
    let mut bans = Bans::default();
    ban(&mut bans, "Bob for 1h being loud", 0);
    ban(&mut bans, "Eve for good", 0);
    let verdict = bans.verdict_on_name(&name("BOB"), at(3599)).unwrap();
    assert_eq!((verdict.whom.as_str(), verdict.reason.as_str()), ("Bob", "being loud"));
    assert_eq!(verdict.until, Some(at(3600)));
    assert_eq!(bans.verdict_on_name(&name("Bob"), at(3600)), None);
    assert_eq!(bans.verdict_on_name(&name("Bobo"), at(0)), None);
    assert!(bans.verdict_on_name(&name("eve"), at(1_000_000_000)).is_some());
    assert_eq!(listed(&bans, 3599), ["Bob", "Eve"]);
    assert_eq!(listed(&bans, 3600), ["Eve"]);
    assert_eq!(bans.unban(&Target::Name(key("bob")), "bob", at(3600)), Err(vec![]), "it is over");
    assert_eq!(bans.unban(&Target::Name(key("EVE")), "EVE", at(3600)).unwrap().whom, "Eve");
    assert_eq!(bans.verdict_on_name(&name("eve"), at(3600)), None);
}

#[test]
fn a_ban_by_address_covers_what_it_says() {
    let mut bans = Bans::default();
    ban(&mut bans, "192.0.2.0/24 for 1h", 0);
    ban(&mut bans, "192.0.2.7 for 2h", 0);
    ban(&mut bans, "2001:db8::1 for good", 0);
    let whom = |text, seconds| bans.verdict_on_address(ip(text), at(seconds)).map(|ban| ban.whom.as_str());
    assert_eq!(whom("192.0.2.1", 0), Some("192.0.2.0/24"));
    assert_eq!(whom("192.0.2.7", 0), Some("192.0.2.7"), "the one that lasts longer");
    assert_eq!(whom("::ffff:192.0.2.7", 3600), Some("192.0.2.7"));
    assert_eq!(whom("192.0.2.1", 3600), None);
    assert_eq!(whom("2001:db8::1", 0), Some("2001:db8::1"));
    assert_eq!(whom("2001:db8::2", 0), None, "its neighbours did nothing");
    assert_eq!(bans.verdict_on_name(&name("Bob"), at(0)), None);
    // A ban on a network is lifted only by that network.
    let (neighbour, _) = parse_target("192.0.2.8").unwrap();
    assert_eq!(bans.unban(&neighbour, "192.0.2.8", at(0)), Err(vec!["192.0.2.0/24".into()]));
    let (network, _) = parse_target("192.0.2.99/24").unwrap();
    assert!(bans.unban(&network, "192.0.2.0/24", at(0)).is_ok());
}

#[test]
fn a_permanent_ban_outlasts_all_others() {
    let mut bans = Bans::default();
    ban(&mut bans, "192.0.2.7 for good", 0);
    ban(&mut bans, "192.0.2.0/24 for 1h", 0);
    assert_eq!(bans.verdict_on_address(ip("192.0.2.7"), at(0)).unwrap().until, None);
    // Longer than there will be years: that is not for good.
    let request = SanctionRequest { time: Some(Duration::MAX), ..parse_ban("Bob for 1h").unwrap() };
    bans.ban(request, at(0)).unwrap();
    assert_eq!(bans.verdict_on_name(&name("Bob"), at(0)), None);
}

#[test]
fn a_second_ban_takes_the_place_of_the_first() {
    let mut bans = Bans::default();
    ban(&mut bans, "Bob for 1h first", 0);
    ban(&mut bans, "Eve for good", 0);
    ban(&mut bans, "bob for 2h second", 0);
    assert_eq!(listed(&bans, 0), ["Eve", "bob"]);
    assert_eq!(bans.verdict_on_name(&name("Bob"), at(5000)).unwrap().reason, "second");
}

#[test]
fn the_list_is_bounded() {
    let mut bans = Bans::default();
    for n in 0..BANS {
        ban(&mut bans, &format!("p{n} for {}s", n + 10), 0);
    }
    let full = bans.ban(parse_ban("Bob for good").unwrap(), at(9)).unwrap_err();
    assert!(full.to_string().contains("1000"), "{full}");
    // One that is there already may change.
    ban(&mut bans, "P5 for 1h", 9);
    // Those that are over make room.
    ban(&mut bans, "Bob for good", 10);
    assert_eq!(bans.list(at(10)).count(), BANS);
}

#[test]
fn mutes() {
    let mut mutes = Mutes::default();
    let mute = mutes.mute(parse_mute("Bob for 10m caps lock").unwrap(), at(0)).unwrap();
    assert!(mute.lasts(at(0)).starts_with("for 10 minutes, until 20"));
    assert_eq!(mutes.verdict_on_name(&name("bOB"), at(599)).unwrap().reason, "caps lock");
    assert_eq!(mutes.verdict_on_name(&name("bOB"), at(600)), None);
    mutes.mute(parse_mute("Eve for good").unwrap(), at(0)).unwrap();
    assert_eq!(mutes.list(at(0)).count(), 2);
    assert_eq!(mutes.list(at(600)).count(), 1);
    assert!(mutes.unmute("eve", at(600)).is_ok());
    assert_eq!(mutes.unmute("eve", at(600)), Err(vec![]));
}

#[test]
fn durations_in_words() {
    let shown = |milliseconds| in_words(Duration::from_millis(milliseconds));
    for (milliseconds, words) in [
        (0, "no time"),
        (1, "1 second"),
        (59_000, "59 seconds"),
        (59_001, "1 minute"),
        (61_000, "1 minute and 1 second"),
        (3_600_000, "1 hour"),
        (3_600_001, "1 hour and 1 second"),
        (7_500_000, "2 hours and 5 minutes"),
        (86_399_500, "1 day"),
        (86_400_000 + 300_000, "1 day and 5 minutes"),
        (2 * 86_400_000 + 3_660_000, "2 days and 1 hour"),
    ] {
        assert_eq!(shown(milliseconds), words, "{milliseconds}");
    }
}

#[test]
fn a_sanction_covers_confusable_names() {
    let mut bans = Bans::default();
    ban(&mut bans, "Bob for 1h", 0);
    ban(&mut bans, "ali for good", 0);
    for (text, banned) in [
        ("Bоb", true),
        ("ВОВ", true),
        ("B0b", true),
        ("ALІ", true),
        ("Bobo", false),
        ("All", false),
        ("AIi", true),
    ] {
        assert_eq!(bans.verdict_on_name(&name(text), at(0)).is_some(), banned, "{text}");
    }
    assert_eq!(bans.verdict_on_name(&name("Bоb"), at(3600)), None, "it ends for all of them");
    let mut mutes = Mutes::default();
    mutes.mute(parse_mute("Bob for good").unwrap(), at(0)).unwrap();
    assert!(mutes.verdict_on_name(&name("Воb"), at(0)).is_some());
    let mute = mutes.verdict_on_name(&name("Воb"), at(0)).unwrap();
    let sentence = mute.describe_to(&name("Воb"), "muted", "", at(0));
    assert_eq!(sentence, "Your name, Воb, looks like Bob, which is muted for good.");
    // Any name that it covers lifts it.
    assert_eq!(mutes.unmute("Bobo", at(0)), Err(vec![]));
    assert_eq!(mutes.unmute("Воb", at(0)).unwrap().whom, "Bob");
    assert_eq!(mutes.verdict_on_name(&name("Bob"), at(0)), None);
}

#[test]
fn a_sanction_does_not_cover_similar_everyday_names() {
    let mut mutes = Mutes::default();
    mutes.mute(parse_mute("Dorn for good").unwrap(), at(0)).unwrap();
    assert_eq!(mutes.verdict_on_name(&name("Dom"), at(0)), None);
    assert_eq!(mutes.unmute("Dom", at(0)), Err(vec![]));
    mutes.mute(parse_mute("Dom for 1h").unwrap(), at(0)).unwrap();
    // Two mutes apply, so the request is ambiguous.
    assert!(mutes.verdict_on_name(&name("Dоm"), at(0)).unwrap().until.is_none());
    assert_eq!(mutes.unmute("Dоm", at(0)), Err(vec!["Dorn".into(), "Dom".into()]));
    assert_eq!(mutes.unmute("Dom", at(0)).unwrap().whom, "Dom");
}

/// The result of a scan without an index: of the sanctions in force that fit, the one that lasts longest.
fn longest<'a>(
    sanctions: impl Iterator<Item = &'a Sanction>,
    fits: impl Fn(&str) -> bool,
) -> Option<&'a Sanction> {
    sanctions.filter(|it| fits(&it.whom)).max_by_key(|it| (it.until.is_none(), it.until))
}

const NAMES: &str = "Ann|Аnn|ann|ANN|Bob|B0b|Bоb|BobI|Bobl|Bob1|Ila|ila|іla|lla|Tom|Torn|Tоrn|Simple_Bot|SimpIe_Bot|Rnary|Mary";
const NETWORKS: &str =
    "192.0.2.0/24|192.0.2.7|192.0.0.0/16|0.0.0.0/0|::/0|2001:db8::/32|2001:db8::7|2001:db8::/64";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_equals_a_scan(
        steps in proptest::collection::vec((0_usize..40, 0_u64..4, 0_u64..90), 0..60),
    ) {
        let (mut bans, mut mutes) = (Bans::default(), Mutes::default());
        let all: Vec<&str> = NAMES.split('|').chain(NETWORKS.split('|')).collect();
        for (which, what, seconds) in steps {
            let whom = all[which % all.len()];
            let text = if what == 0 { format!("{whom} for good") } else { format!("{whom} for {}m", what * 7) };
            match (what, parse_target(whom).unwrap()) {
                (3, (target, shown)) => {
                    let _ = (bans.unban(&target, &shown, at(seconds)), mutes.unmute(whom, at(seconds)));
                }
                (_, (target, _)) => {
                    ban(&mut bans, &text, seconds);
                    if matches!(target, Target::Name(_)) {
                        mutes.mute(parse_mute(&text).unwrap(), at(seconds)).unwrap();
                    }
                }
            }
        }
        let later = at(9 * 60);
        for text in NAMES.split('|') {
            let confusable = Confusable::of(text);
            let fits = |whom: &str| Network::parse(whom).is_none() && Confusable::of(whom).is_confusable_with(&confusable);
            prop_assert_eq!(bans.verdict_on_name(&name(text), later), longest(bans.list(later), fits));
            prop_assert_eq!(mutes.verdict(&confusable, later), longest(mutes.list(later), fits));
        }
        for text in ["192.0.2.7", "::ffff:192.0.2.8", "192.0.3.1", "10.0.0.1", "2001:db8::7", "2001:db8:1::", "::1"] {
            let fits = |whom: &str| Network::parse(whom).is_some_and(|it| it.unwrap().contains(ip(text)));
            prop_assert_eq!(bans.verdict_on_address(ip(text), later), longest(bans.list(later), fits));
        }
    }
}

fn follow(mutes: &mut Mutes, from: &str, to: &str, now: SystemTime) -> Result<Option<String>, Full> {
    let name = Name::parse(to).unwrap();
    let followed = mutes.follow(&Confusable::of(from), &Confusable::of(to), &name, now)?;
    Ok(followed.map(Sanction::target))
}

#[test]
fn a_mute_follows_its_member_to_one_name_after_the_other() {
    let (mut mutes, now) = (Mutes::default(), SystemTime::UNIX_EPOCH);
    let is_muted = |mutes: &Mutes, name: &str| mutes.verdict(&Confusable::of(name), now).is_some();
    let (two_hours, one_hour) = (Duration::from_secs(7_200), Duration::from_secs(3_600));
    mutes.mute(parse_mute("Ann for 2h noise").unwrap(), now).unwrap();
    assert_eq!(follow(&mut mutes, "Bob", "Rob", now), Ok(None), "who is not muted");
    assert_eq!(follow(&mut mutes, "Ann", "ANN", now), Ok(None), "it is covered");
    assert_eq!(follow(&mut mutes, "ann", "Eva", now), Ok(Some("Eva (before: Ann)".into())));
    let eva = mutes.verdict(&Confusable::of("Eva"), now).unwrap();
    assert_eq!((eva.until, eva.reason.as_str()), (Some(now + two_hours), "noise"));
    // It moves on, and the first one stays.
    assert_eq!(follow(&mut mutes, "Eva", "Cleo", now), Ok(Some("Cleo (before: Ann)".into())));
    assert!(is_muted(&mutes, "Ann") && !is_muted(&mutes, "Eva") && is_muted(&mutes, "Cleo"));
    // One that ends earlier is no cover.
    mutes.mute(parse_mute("Dirk for 1h").unwrap(), now).unwrap();
    assert_eq!(follow(&mut mutes, "Cleo", "Dirk", now), Ok(Some("Dirk (before: Ann)".into())));
    assert!(mutes.verdict(&Confusable::of("Dirk"), now + one_hour).is_some());
    // Any of its names lifts all.
    let lifted = mutes.unmute("Dirk", now).unwrap();
    let relatives = mutes.lift_relatives(&lifted).into_iter().map(|mute| mute.whom);
    assert_eq!(relatives.collect::<Vec<_>>(), ["Ann"]);
    assert_eq!(mutes.list(now).count(), 0);
}

#[test]
fn a_full_list_is_an_error_and_nobody_fills_it_by_renames() {
    let (mut mutes, now) = (Mutes::default(), SystemTime::UNIX_EPOCH);
    for number in 0..MUTES - 1 {
        mutes.mute(parse_mute(&format!("m{number}m for good")).unwrap(), now).unwrap();
    }
    assert_eq!(follow(&mut mutes, "m7m", "Ann", now), Ok(Some("Ann (before: m7m)".into())));
    for (from, to) in [("Ann", "Bob"), ("Bob", "Cleo"), ("Cleo", "Dirk")] {
        assert!(matches!(follow(&mut mutes, from, to, now), Ok(Some(_))), "{from}");
    }
    assert_eq!(mutes.list(now).count(), MUTES);
    assert_eq!(follow(&mut mutes, "m8m", "Eva", now), Err(Full(MUTES)));
}
