//! Rounds as they are lived through.

use std::time::Duration;

use crate::base::limits::{ROUND_ANSWER_TIMEOUT, ROUND_FILL_DELAY};
use crate::hosts::Host;
use crate::hosts::round::Stage;
use crate::hosts::round::tests::room::{BOT, PERSON, Room, seconds};

#[test]
fn alone_with_the_cast() {
    let mut room = Room::classic(1);
    room.come("Ann", PERSON);
    room.wait(seconds(13));
    let cast = room.hosted.clone();
    assert_eq!(
        room.told(&cast),
        [
            "0 Host: Ann has taken a seat. Three are missing.",
            "0 (to Ann) In 10 seconds the cast takes the seats that are free then. Type /ready to have it come at once.",
            "10 Host: A has taken a seat. Two are missing.",
            "11 Host: B has taken a seat. One is missing.",
            "12 Host: C has taken the last seat.",
            "12 Host welcomes all.",
        ]
    );
    room.say("Ann", "too early: nothing is suggested yet");
    room.wait(seconds(20));
    let told = room.told(&cast);
    assert_eq!(told[0], "14 Host suggests something.");
    let mut answers: Vec<&str> = told[1..].iter().map(|line| line.split_once(' ').unwrap().1).collect();
    answers.sort_unstable();
    assert_eq!(answers, ["A answers.", "B answers.", "C answers."]);
    assert_eq!(room.host.stage, Stage::Answering, "it waits for Ann");

    room.say("Ann", "Rather not!");
    room.wait(seconds(7));
    assert_eq!(
        room.told(&cast),
        [
            "34 Host thanks.",
            "35 A says goodbye.",
            "35 guest A goes: The round is over.",
            "36 B says goodbye.",
            "36 guest B goes: The round is over.",
            "37 C says goodbye.",
            "37 guest C goes: The round is over.",
            "38 member Ann goes: The round is over. Thank you for playing! Type /join round for another.",
        ]
    );
    assert_eq!((room.host.deadline(), room.present.len()), (None, 0));
}

#[test]
fn answers_of_the_cast_come_one_by_one() {
    for seed in 0..30 {
        let mut room = Room::classic(seed);
        room.come("Ann", PERSON);
        let mut times = Vec::new();
        while room.spoken.len() < 3 {
            let before = room.spoken.len();
            room.wait(Duration::from_millis(100));
            assert!(room.spoken.len() <= before + 1);
            if room.spoken.len() > before {
                times.push(room.now);
            }
        }
        for pair in times.windows(2) {
            let pause = pair[1] - pair[0];
            assert!(
                pause >= Duration::from_millis(1_400) && pause <= Duration::from_millis(4_100),
                "{pause:?}"
            );
        }
    }
}

#[test]
fn four_people_need_no_cast_and_a_fifth_waits() {
    let mut room = Room::classic(2);
    for (name, kind) in [("Ann", PERSON), ("Bob", PERSON), ("Cy", BOT), ("Dee", PERSON), ("Eve", PERSON)] {
        room.come(name, kind);
    }
    room.come("Flo", PERSON);
    room.story.drain(..7);
    room.wait(seconds(2));
    for name in ["Eve", "Ann", "Ann", "Bob", "Cy"] {
        room.say(name, "Hm.");
    }
    assert_eq!(room.host.stage, Stage::Answering, "Dee has not answered; Eve is not asked");
    room.say("Dee", "Yes.");
    room.wait(seconds(3));
    let bye = "The round is over. Thank you for playing! Type /join round for another.";
    assert_eq!(
        room.told_without_times(),
        [
            "(to Flo) A round is under way, so you watch. Stay, and you get a seat for a later round, after one who was \
             here before you.",
            "Host suggests something.",
            "Host thanks.",
            &format!("member Ann goes: {bye}"),
            &format!("member Bob goes: {bye}"),
            &format!("member Cy goes: {bye}"),
            &format!("member Dee goes: {bye}"),
            "Host: All seats are free again, and you have waited long enough.",
            "Host: Eve and Flo have taken seats. Two are missing.",
        ]
    );
    room.wait(ROUND_FILL_DELAY + seconds(2));
    assert_eq!(room.hosted.len(), 2, "the cast comes for them");
}

#[test]
fn a_leaving_guest_frees_its_seat_or_is_not_awaited() {
    let mut room = Room::classic(3);
    for name in ["Ann", "Bob", "Cid", "Dee"] {
        room.come(name, PERSON);
    }
    room.story.clear();
    room.wait(seconds(1));
    room.leave("Bob");
    room.wait(ROUND_FILL_DELAY + seconds(1));
    let guest = room.hosted[0].clone();
    room.wait(seconds(1));
    room.leave("Cid");
    room.say("Dee", "Yes");
    room.leave("Dee");
    let told = room.told(&[guest]);
    assert_eq!(
        told,
        [
            "1 Host: The seat of Bob is free again. One is missing.",
            "11 Host: A has taken the last seat.",
            "11 Host welcomes all.",
            "13 Host suggests something.",
            "13 Host: We go on without Cid.",
        ]
    );
    room.say("Ann", "No");
    room.wait(seconds(10));
    assert_eq!((room.present.len(), room.suggestions), (0, 1));
}

#[test]
fn silent_guests_are_reminded_and_then_skipped() {
    let mut room = Room::classic(4);
    for name in ["Ann", "Bob", "Cid", "Dee"] {
        room.come(name, PERSON);
    }
    room.wait(seconds(2));
    room.say("Ann", "Me first!");
    room.say("Dee", "Fine.");
    room.story.clear();
    room.wait(ROUND_ANSWER_TIMEOUT / 2);
    let nudge = "Everybody would like to hear from you, too. Say anything: it counts as your answer.";
    assert_eq!(room.told(&[]), [format!("32 (to Bob) {nudge}"), format!("32 (to Cid) {nudge}")]);
    room.wait(ROUND_ANSWER_TIMEOUT / 2);
    assert_eq!(room.told(&[]), ["62 Host: Bob and Cid are lost in thought, so we go on."]);
    room.wait(seconds(3));
    assert_eq!(room.present.len(), 0);
}

#[test]
fn two_rounds_have_different_lines() {
    let mut room = Room::classic(12);
    let mut last: Vec<String> = Vec::new();
    for _ in 0..50 {
        room.come("Ann", PERSON);
        room.ready("Ann");
        room.wait(seconds(20));
        room.say("Ann", "Hm.");
        room.wait(seconds(20));
        let lines = std::mem::take(&mut room.lines);
        assert_eq!(lines.len(), 6, "three answers and three goodbyes");
        assert!(lines.iter().all(|line| !last.contains(line)), "{last:?} and again {lines:?}");
        last = lines;
    }
}
