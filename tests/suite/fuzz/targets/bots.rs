//! What bots make of what anybody may say.

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use salon::base::limits::MESSAGE_BYTES;
use salon::base::text::sanitize;
use salon::bots::analysis::analyse;
use salon::bots::{
    Ballot, Cast, CastAction, Character, Follower, Guest, KeywordBot, Remark, Speaker, Suggestion, choice,
    following, meaning, parse_order,
};
use salon::client::bot_swarm::BotKind;
use salon::client::bot_swarm::LobbySwarm;
use salon::client::bot_swarm::SoloSwarm;
use salon::client::bot_swarm::{Swarm, SwarmEvent};
use salon::client::link::Output;
use salon::weather::cities;

use super::{assert_harmless, pieces};

const PRESENT: [&str; 4] = ["Ann", "Art_Bot", "Jörg", "李雷"];

/// A message, taken apart.
pub(super) fn analysis(bytes: &[u8]) {
    let text = message(bytes);
    let found = analyse(&text, &PRESENT);
    let named = found.addressed.iter().chain(&found.mentioned);
    assert!(named.clone().all(|name| PRESENT.contains(&name.as_str())), "{named:?}");
    assert!(found.place.as_ref().is_none_or(|place| place.name.len() <= text.len()), "{found:?}");
    if let Some(place) = found.place {
        let _ = cities::find(&place.name, place.within.as_deref());
    }
    let _ = (cities::parse(&text), choice(&text), parse_order(&text));
    let mut rng = StdRng::seed_from_u64(1);
    let suggestion = Suggestion::find(&text).or_else(|| Suggestion::choose(&[], &mut rng)).unwrap();
    let ballot = Ballot::find(&text).unwrap_or_else(|| Ballot::new(&[suggestion]));
    assert!(ballot.choice(&text).is_none_or(|at| at < ballot.options().len()));
    let remark = Remark::new("Jörg", &text, &suggestion);
    for guest in Guest::ALL {
        judge(&guest.answer(&suggestion, &["Jörg"], &mut rng));
        judge(&guest.react(&remark, false, &mut rng));
        guest.vote(&ballot, &[], &mut rng).iter().for_each(|at| {
            judge(&guest.vote_line(&ballot, *at, &[], &mut StdRng::seed_from_u64(1)));
        });
    }
    for mut responder in KeywordBot::ALL.map(KeywordBot::responder) {
        responder.answer(&text, Instant::now(), &mut rng).iter().for_each(|answer| judge(answer));
    }
    let mut follower = Follower::new("Brienne", 1);
    let told = [text.clone(), following("Ann"), meaning(&text), following(&text)];
    for text in told {
        follower.on_notice(&text, &mut rng).iter().for_each(|answer| judge(answer));
    }
    follower.answer(&text, &mut rng).iter().for_each(|answer| judge(answer));
}

/// A message, heard by a cast: from a person, and from the host.
pub(super) fn cast(bytes: &[u8]) {
    let text = message(bytes);
    let now = Instant::now();
    let mut cast = Cast::new(1);
    for character in Character::ALL {
        cast.start(character, character.name());
    }
    cast.joined("Ann", now);
    for (n, by) in [Speaker::Person("Ann"), Speaker::Host, Speaker::Person("Ann")].into_iter().enumerate() {
        let now = now + Duration::from_secs(20) * u32::try_from(n).unwrap();
        cast.said(by, &text, &["Ann", "Art_Bot"], 1, now);
        cast.told(Character::ALL[n], "Eve", &text, 1, now);
        let mut said = 0;
        while let Some(want) = cast.poll(now + Duration::from_secs(10)) {
            said += 1;
            match want {
                CastAction::Say(_, text) => judge(&text),
                CastAction::Tell { to, text, .. } => {
                    assert_eq!(to, "Eve");
                    judge(&text);
                }
                CastAction::Weather { ticket, .. } => cast.weather(ticket, None, now),
            }
        }
        assert!(said < 20, "{said} answers to {text:?}");
    }
}

/// One byte that says how to cut, and what a server that means no good sends to bots that came to it.
pub(super) fn outside(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let now = Instant::now();
    let parts = [
        BotKind::Guest(Guest::Felix),
        BotKind::KeywordBot(KeywordBot::Bob),
        BotKind::Follower("Brienne".into()),
    ];
    let mut ensembles: [Box<dyn Swarm>; 2] = [
        Box::new(LobbySwarm::new(&Character::ALL, 1, "lobby", 1, now)),
        Box::new(SoloSwarm::new(&parts, 1, "round", 1, now)),
    ];
    for bots in &mut ensembles {
        let mut now = now;
        exchange(bots.as_mut(), now);
        for piece in pieces(bytes, seed) {
            now += Duration::from_secs(1);
            for index in 0..bots.count() {
                bots.link(index).received(piece, now);
            }
            bots.handle_timeout(now);
            for question in bots.weather_questions() {
                bots.weather(question.ticket, None, now);
            }
            exchange(bots.as_mut(), now);
        }
    }
}

/// All that they want done is done, and what they send goes nowhere.
fn exchange(bots: &mut dyn Swarm, now: Instant) {
    while let Some(event) = bots.poll(now) {
        match event {
            SwarmEvent::Link(index, Output::Connect) => bots.link(index).connected(now),
            SwarmEvent::Report(sentence) => assert_harmless(&sentence, true),
            SwarmEvent::Link(..) | SwarmEvent::Ended(..) => {}
        }
    }
    for index in 0..bots.count() {
        let bytes = bots.link(index).unsent().len();
        bots.link(index).sent(bytes);
    }
}

/// Text as it reaches bots.
fn message(bytes: &[u8]) -> String {
    let text = sanitize(bytes).into_owned();
    let end = (0..=text.len().min(MESSAGE_BYTES)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
    text[..end].to_owned()
}

#[track_caller]
fn judge(answer: &str) {
    assert!(!answer.trim().is_empty() && answer.len() <= MESSAGE_BYTES, "{answer:?}");
    assert_harmless(answer, false);
}
