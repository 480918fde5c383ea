//! Games in company: a Lord who chats, friends who come late, plots, and what is left when a game is over.

use std::time::Duration;

use crate::base::limits::{
    THRONES_ANSWER_TIMEOUT, THRONES_EVENT_DELAY, THRONES_FILL_DELAY, THRONES_LOST_SEATS, THRONES_NEXT_DELAY,
};
use crate::hosts::HostCommand;
use crate::hosts::thrones::game::Phase;
use crate::hosts::thrones::realm::Realm;
use crate::hosts::thrones::tests::bob_and_a_bot_under_ann;
use crate::proto::Kind;

#[test]
fn a_lord_that_gives_no_order_is_asked_for_one_and_loses_nothing() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let asked = |realm: &Realm| {
        realm.told.iter().filter(|(_, text)| text.starts_with("No order heard: (1) ")).count()
    };
    let (before, points) = (realm.told.len(), realm.points("Bob"));
    for text in ["hahaha", "let me think", "ok", "brb", "Bob, nice hat", "hm, what now?"] {
        realm.speak("Ann", text);
    }
    assert_eq!((asked(&realm), &*realm.told[before].0), (1, "Ann"), "once");
    realm.speak("Ann", "I waited for the soup.");
    assert_eq!(asked(&realm), 2, "and again if that may have been meant as an order");
    assert!(matches!(realm.game().phase, Phase::Asked(_)) && realm.points("Bob") == points);
    let options = realm.event().options.clone();
    realm.speak("Ann", "3");
    assert!(matches!(realm.game().phase, Phase::Answers(_)), "the number still counts");
    realm.speak("a_bot", "Aye.");
    realm.wait(THRONES_ANSWER_TIMEOUT + THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 2);
    realm.speak("Ann", &format!("{}!", options[0]));
    assert!(matches!(realm.game().phase, Phase::Asked(_)), "an order on the last event is too late");
    assert_eq!(asked(&realm), 3);
}

#[test]
fn bots_make_way_for_people_who_come_late() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let [first, second] = &realm.hosted()[..] else { panic!() };
    let (first, second) = (first.clone(), second.clone());
    for (name, bot) in [("Nora", &second), ("Rico", &first)] {
        realm.come(name, Kind::Person);
        assert!(realm.last_told(name).contains("a follower's seat with /follow"));
        realm.speak(name, "/follow");
        assert!(realm.last_told(name).starts_with(&format!("{bot} makes way for you. You follow Ann ")));
        assert_eq!(realm.heard(&format!("{bot} makes way for {name}.")), 1);
        assert_eq!(realm.heard(&format!("{name} has entered the realm. (5/5)")), 1);
        assert!(realm.find(bot).is_none() && (5..=7).contains(&realm.points(name)));
    }
    assert_eq!((realm.followers().len(), realm.hosted().len()), (4, 0));
    assert_eq!(realm.filter, (Some("Ann".to_owned()), vec!["a_bot".to_owned()]), "people hear all");
    realm.come("Tom", Kind::Person);
    realm.speak("Tom", "/follow");
    assert!(realm.last_told("Tom").contains("closed"), "people and bots from outside make no way");
    realm.speak("Ann", "1");
    realm.speak("Nora", "Aye!");
    for name in ["Rico", "Bob", "a_bot"] {
        realm.speak(name, "Hm.");
    }
    realm.wait(THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 2, "they are awaited as others are");
    realm.leave("Rico");
    realm.speak("Tom", "/follow");
    assert!(realm.last_told("Tom").starts_with("You follow Ann "), "a seat is empty");
    realm.speak("Ann", "--dismiss Nora");
    realm.speak("Nora", "/follow");
    assert!(realm.last_told("Nora").contains("closed"), "who lost a seat gets no other one in this game");
}

#[test]
fn seats_wait_for_people_who_come() {
    let mut realm = Realm::new(4);
    realm.come("Ann", Kind::Person);
    realm.speak("Ann", "/lord");
    let moment = THRONES_FILL_DELAY.mul_f32(0.9);
    realm.wait(moment);
    realm.come("Nora", Kind::Person);
    realm.wait(moment);
    realm.speak("Nora", "What do I do here?");
    realm.wait(moment);
    assert!(realm.hosted().is_empty(), "she is there, and has asked");
    realm.speak("Ann", "Wait.");
    realm.wait(THRONES_FILL_DELAY.mul_f32(0.2));
    assert_eq!(realm.hosted().len(), 4, "but not for ever");
}

#[test]
fn followers_keep_their_seats_and_the_next_reign_waits_until_the_talk_is_over() {
    let mut realm = bob_and_a_bot_under_ann(4);
    realm.come("Nora", Kind::Person);
    realm.speak("Nora", "/follow");
    for name in ["Bob", "Nora"] {
        realm.speak(name, "/plot");
    }
    for subject in &mut realm.host.game.as_mut().unwrap().state.subjects {
        subject.loyalty.shift(3 - subject.loyalty.signed());
    }
    let before = realm.said.len();
    realm.speak("Ann", "1");
    realm.wait(THRONES_ANSWER_TIMEOUT);
    assert_eq!(realm.host.court.lord(), Some("Bob"));
    let lamp = realm.said[before..]
        .iter()
        .find(|(by, text)| by.is_empty() && text.contains("Nora") && !text.contains("Bob"));
    assert!(
        lamp.is_some_and(|(_, text)| !text.starts_with("Gold")),
        "her part is told: {:?}",
        &realm.said[before..]
    );
    assert_eq!(realm.followers(), ["a_bot", "Nora"], "they keep their seats");
    assert!(realm.told.iter().any(|(to, text)| to == "Nora" && text.contains("keep your seat")));
    assert!(realm.last_told("Bob").contains("/begin"));
    for (name, text) in
        [("Nora", "I pushed you off the chair"), ("Ann", "You approved everything!"), ("Bob", "politics")]
    {
        realm.wait(THRONES_NEXT_DELAY.mul_f32(0.9));
        realm.speak(name, text);
    }
    realm.speak("Ann", "/follow");
    realm.come("Tom", Kind::Person);
    realm.speak("Tom", "/follow");
    assert!(realm.host.game.is_none(), "a full table waits as well");
    realm.wait(THRONES_NEXT_DELAY.mul_f32(0.9));
    assert!(realm.host.game.is_none());
    realm.wait(THRONES_NEXT_DELAY.mul_f32(0.2));
    assert!(realm.host.game.is_some() && realm.hosted().is_empty());
    realm.speak("Bob", "/watch");
    realm.speak("Bob", "/lord");
    assert!(realm.host.game.is_some(), "all of them are still there");
}

#[test]
fn the_longest_reign_of_the_room_is_told() {
    let mut realm = Realm::new(4);
    for name in ["Ann", "Bob"] {
        realm.come(name, Kind::Person);
    }
    let scores: Vec<String> = [("Ann", 2), ("Bob", 1), ("Bob", 2), ("Bob", 3), ("Ann", 1)]
        .into_iter()
        .map(|(lord, events)| {
            realm.speak(lord, "/lord");
            realm.speak(lord, "/begin");
            (0..events).for_each(|_| drop(realm.command(HostCommand::Now)));
            realm.speak(lord, "/watch");
            let score = realm.said.iter().rfind(|(_, text)| text.contains("the score after")).unwrap();
            score.1.split_once(" events.").unwrap().1.trim().to_owned()
        })
        .collect();
    let anns = "The longest reign of this room: 2 events, Ann.";
    let expected = [
        "",
        anns,
        anns,
        "That is the longest reign of this room.",
        "The longest reign of this room: 3 events, Bob.",
    ];
    assert_eq!(scores, expected);
}

#[test]
fn people_vote_and_plot() {
    let mut realm = bob_and_a_bot_under_ann(4);
    realm.speak("Ann", "/vote 1");
    assert!(realm.last_told("Ann").contains("followers' seats"));
    realm.speak("Bob", "/vote 7");
    assert!(realm.last_told("Bob").contains("(2)"), "the choice is told again");
    realm.speak("Bob", "/vote 2");
    assert!(realm.last_told("Ann").starts_with("Bob wishes for (2), to "));
    let before = realm.points("Bob");
    realm.speak("Ann", "1");
    realm.speak("a_bot", "Hm.");
    realm.wait(Duration::from_secs(12) + THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 1, "Bob is waited for");
    realm.wait(THRONES_ANSWER_TIMEOUT);
    assert_eq!((realm.points("Bob"), realm.heard("[New Event]")), (before, 2), "a vote is no verdict");
    realm.speak("Bob", "/vote 3");
    realm.speak("Ann", "1");
    realm.speak("a_bot", "Hm.");
    realm.wait(Duration::from_secs(12) + THRONES_EVENT_DELAY);
    realm.speak("Bob", "I doubt it. That was my chair.");
    realm.wait(THRONES_EVENT_DELAY);
    assert_eq!(realm.points("Bob"), before - 1, "but words are");
    realm.speak("Bob", "/plot");
    assert!(realm.last_told("Bob").starts_with("You plot."));
    realm.speak("Bob", "/plot");
    assert!(realm.game().state.plotters.is_empty());
    realm.speak("Bob", "/plot");
    for subject in &mut realm.host.game.as_mut().unwrap().state.subjects {
        subject.loyalty.shift(3 - subject.loyalty.signed());
    }
    realm.speak("Ann", "Let them be.");
    realm.wait(THRONES_ANSWER_TIMEOUT);
    assert_eq!(realm.host.court.lord(), Some("Bob"), "{:?}", realm.said.last());
}

#[test]
fn so_many_lose_their_seats_in_a_game_and_then_the_doors_stay_closed() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let mut guests = 0;
    loop {
        let name = format!("Guest{guests}");
        realm.come(&name, Kind::Person);
        realm.speak(&name, "/follow");
        if realm.last_told(&name).contains("closed") {
            break;
        }
        realm.speak("Ann", &format!("--dismiss {name}"));
        realm.leave(&name);
        guests += 1;
    }
    assert_eq!((guests, realm.game().lost.len()), (THRONES_LOST_SEATS, THRONES_LOST_SEATS));
}
