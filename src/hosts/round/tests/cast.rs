//! Which bots of the cast join, and when: refused names, external bots, and operators' commands.

use crate::base::limits::{ROUND_ANSWER_TIMEOUT, ROUND_FILL_DELAY, ROUND_NAME_TRIES};
use crate::hosts::round::tests::room::{BOT, PERSON, Room, seconds, who};
use crate::hosts::round::{Stage, words};
use crate::hosts::{Host, HostAction, HostCommand};

#[test]
fn names_that_are_refused_are_replaced() {
    let mut room = Room::classic(5);
    room.come("Ann", PERSON);
    room.come("felix", PERSON);
    // Felix's name is taken, and so are the other three.
    room.grants = vec![false; 3];
    room.ready("Ann");
    room.wait(seconds(2));
    assert_eq!(room.hosted.len(), 2);
    assert!(room.hosted.iter().all(|name| name.ends_with("_2")), "{:?}", room.hosted);
    assert_ne!(room.hosted[0], room.hosted[1]);
    assert_eq!(room.host.stage, Stage::Welcoming);
}

#[test]
fn a_cast_that_cannot_come_is_announced_and_retried() {
    let mut room = Room::classic(6);
    room.come("Ann", PERSON);
    room.grants = vec![false; 4 * ROUND_NAME_TRIES];
    room.story.clear();
    room.ready("Ann");
    assert_eq!(room.told(&[]), ["0 Host: Nobody of the cast can come just now. Three are missing."]);
    assert!(room.grants.is_empty(), "each name was tried");
    room.wait(ROUND_ANSWER_TIMEOUT + seconds(3));
    assert_eq!(room.host.stage, Stage::Welcoming);
}

#[test]
fn a_late_cast_member_is_removed() {
    let mut room = Room::classic(11);
    let (ann, now) = (who("Ann", PERSON), room.now);
    room.host.on_join(&ann, now);
    assert!(room.host.on_slash_command(&ann, "ready", "", now));
    let called = std::iter::from_fn(|| room.host.poll()).last();
    let Some(HostAction::SpawnBot(name)) = called else { panic!("{called:?}") };
    room.host.on_leave(&ann, now);
    room.host.on_join(&who(&name, BOT), now);
    let go = HostAction::RemoveMember { who: name, text: words::NOT_NEEDED.into() };
    assert_eq!((room.host.poll(), room.host.poll(), room.host.deadline()), (Some(go), None, None));
}

#[test]
fn four_external_bots_begin_a_round() {
    let mut room = Room::classic(7);
    for name in ["Felix", "Rateb", "Marija"] {
        room.come(name, BOT);
        room.ready(name);
        assert!(room.story.last().unwrap().contains("when a person calls it"), "{:?}", room.story);
        room.wait(seconds(100));
    }
    assert_eq!((room.host.deadline(), room.hosted.len()), (None, 0));
    room.come("Madelen", BOT);
    assert_eq!(room.host.stage, Stage::Welcoming);
    room.wait(seconds(2));
    assert_eq!(room.suggestions, 1);
}

#[test]
fn a_hosted_guest_gives_way_and_the_cast_does_not_stay_without_people() {
    let mut room = Room::classic(8);
    room.come("Ann", PERSON);
    room.come("Cy", BOT);
    room.ready("Ann");
    room.wait(seconds(1));
    room.wait(seconds(1));
    let first = room.hosted[0].clone();
    assert_eq!((room.host.stage, room.hosted.len()), (Stage::Welcoming, 2));
    room.story.clear();
    room.come(&first, BOT);
    assert_eq!(
        room.told(&[first])[..2],
        ["2 Host: The seat of A is free again. One is missing.", "2 Host: A has taken the last seat."]
    );
    room.leave("Ann");
    assert_eq!(room.hosted.len(), 0, "nobody is left to play with");
    assert_eq!(room.present.len(), 2);
    assert_eq!(room.host.deadline(), None);
    assert!(
        room.story.iter().any(|line| line.ends_with("Host: The seat of Ann is free again. Two are missing."))
    );
}

#[test]
fn an_operator_stops_starts_and_orders() {
    let mut room = Room::classic(9);
    assert!(room.command(HostCommand::Now).is_err(), "nobody sits");
    room.command(HostCommand::Stop).unwrap();
    assert!(room.command(HostCommand::Stop).is_err());
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.wait(seconds(60));
    assert_eq!((room.hosted.len(), room.host.deadline()), (0, None));
    assert!(room.story.last().unwrap().ends_with(words::READY_STOPPED));

    room.command(HostCommand::Now).unwrap();
    room.wait(seconds(5));
    assert_eq!(room.suggestions, 1);
    assert!(room.command(HostCommand::Now).is_err(), "a round is under way");
    room.say("Ann", "All right.");
    room.wait(seconds(60));
    assert_eq!(room.present.len(), 0);

    room.come("Ann", PERSON);
    room.command(HostCommand::Start).unwrap();
    room.wait(ROUND_FILL_DELAY);
    assert_eq!(room.hosted.len(), 1);
    room.command(HostCommand::Stop).unwrap();
    assert_eq!(room.hosted.len(), 0);
}

#[test]
fn an_operator_starts_and_stops_guests() {
    let mut room = Room::classic(10);
    room.come("Ann", PERSON);
    room.wait(ROUND_FILL_DELAY + seconds(3));
    let first = room.hosted[0].clone();
    assert_eq!(
        room.command(HostCommand::StopBot(&first.to_lowercase())),
        Ok(format!("{first} leaves and is stopped."))
    );
    assert!(!room.hosted.contains(&first) && room.host.stage == Stage::Seating);
    assert_eq!(room.host.bots().iter().filter(|(_, may_come)| *may_come).count(), 3);
    assert!(room.command(HostCommand::StopBot(&first)).is_err());
    assert!(room.command(HostCommand::StopBot("Bob")).unwrap_err().contains("Madelen"));
    room.wait(ROUND_FILL_DELAY + seconds(3));
    assert_eq!((room.hosted.len(), room.suggestions), (3, 1), "the fourth of them came");

    let second = room.hosted[0].clone();
    room.command(HostCommand::StopBot(&second)).unwrap();
    assert_eq!(room.host.stage, Stage::Answering, "it goes on with two");
    room.say("Ann", "Yes.");
    room.wait(seconds(60));
    room.come("Ann", PERSON);
    room.story.clear();
    room.ready("Ann");
    assert_eq!(room.told_without_times(), [format!("(to Ann) {}", words::READY_TOO_FEW)]);
    room.command(HostCommand::StartBot(&second)).unwrap();
    room.wait(ROUND_FILL_DELAY + seconds(5));
    assert_eq!(room.suggestions, 2);
}
