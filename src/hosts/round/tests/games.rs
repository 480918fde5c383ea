//! Games as they are lived through.

use crate::base::limits::{ROUND_ANSWER_TIMEOUT, ROUND_NEXT_DELAY, ROUND_TALK_WAIT, ROUND_VOTE_TIMEOUT};
use crate::hosts::round::tests::room::{BOT, PERSON, Room, seconds};
use crate::hosts::round::{Stage, Variant, words};
use crate::hosts::{Host, HostCommand};

fn game(seed: u64) -> Room {
    Room::of(Variant::Game, seed)
}

impl Room {
    /// Lets time pass until the host is at this stage.
    fn wait_for(&mut self, stage: Stage) {
        for _ in 0..1_000 {
            if self.host.stage == stage {
                return;
            }
            self.wait(std::time::Duration::from_millis(250));
        }
        panic!("not {stage:?}: {:?}", self.story);
    }

    /// The next suggestion is made, and these people answer it.
    fn answer(&mut self, answers: &[(&str, &str)]) {
        self.wait_for(Stage::Turning);
        self.wait_for(Stage::Answering);
        for (name, text) in answers {
            self.say(name, text);
        }
    }

    /// Ann and others answer three suggestions; then votes are awaited.
    fn answer_all(&mut self, names: &[&str]) {
        self.wait_for(Stage::Answering);
        for number in 1..=3 {
            if number > 1 {
                self.wait_for(Stage::Turning);
                self.wait_for(Stage::Answering);
            }
            for name in names {
                self.say(name, "Yes.");
            }
        }
        self.wait_for(Stage::Voting);
    }

    fn says(&self, part: &str) -> usize {
        self.story.iter().filter(|line| line.contains(part)).count()
    }
}

#[test]
fn three_suggestions_of_three_kinds_and_a_vote() {
    for seed in 0..20 {
        let mut room = game(seed);
        room.come("Ann", PERSON);
        room.ready("Ann");
        room.answer_all(&["Ann"]);
        let kinds: std::collections::HashSet<_> = room.host.game.suggestions.iter().map(|s| s.kind).collect();
        assert_eq!(kinds.len(), 3);
        for number in 1..=3 {
            assert_eq!(room.says(&format!(" Host: ({number}/3) ")), 1, "{:?}", room.story);
        }
        assert_eq!(room.says("Host: Vote by number or by name: (1) "), 1);
        room.say("Ann", "I don't know, let me think");
        room.say("Ann", "Hm");
        assert_eq!(room.says(words::WHICH_VOTE), 1, "she is told once");
        let words = room.host.game.ballot.options()[1].subject;
        room.say("Ann", &format!("well, {words}!"));
        assert_eq!(room.host.game.votes.iter().find(|(name, _)| name == "Ann").unwrap().1, 1);
        room.wait_for(Stage::Between);
        assert_eq!(room.host.game.votes.len(), 4, "the cast votes, too");
        let end = room.told_without_times();
        let end: Vec<&String> = end.iter().rev().take(3).rev().collect();
        assert!(end[0].contains("umber") && end[2].contains("Keep your seats"), "{end:?}");
        // The next game begins by itself, with one new face.
        let before = room.hosted.clone();
        room.wait(ROUND_NEXT_DELAY);
        room.wait_for(Stage::Answering);
        assert_eq!(room.says("Ann has taken"), 0, "she keeps her seat");
        let new: Vec<_> = room.hosted.iter().filter(|name| !before.contains(name)).collect();
        assert_eq!((room.hosted.len(), new.len()), (3, 1), "{:?}", room.story);
    }
}

#[test]
fn the_cast_reacts_to_what_people_say() {
    let mut room = game(3);
    room.come("Ann", PERSON);
    room.come("Bob", PERSON);
    room.ready("Ann");
    room.wait_for(Stage::Answering);
    let cast = room.hosted.clone();
    room.say("Ann", "Only if there is pizza.");
    room.say("Bob", &format!("{}, what do you think?", cast[1]));
    room.wait_for(Stage::Turning);
    let by_cast: Vec<&String> = room
        .story
        .iter()
        .filter(|line| cast.iter().any(|name| line.contains(&format!(" {name}: "))))
        .collect();
    assert_eq!(by_cast.len(), 4, "each answers once and reacts once: {:?}", room.story);
    assert!(by_cast.iter().any(|line| line.contains("Ann") || line.contains("pizza")), "{by_cast:?}");
    let to_bob = by_cast.iter().find(|line| line.contains("Bob") && !line.contains("Ann")).unwrap();
    assert!(to_bob.contains(&cast[1]), "who is called reacts: {to_bob}");
    room.answer(&[("Ann", "no"), ("Bob", "Yes!"), ("Ann", "no, no"), ("Ann", "never")]);
    room.wait_for(Stage::Turning);
    room.wait(seconds(2));
    let comment = room.story.iter().rfind(|line| line.contains(" Host: ")).unwrap();
    assert!(comment.contains("Ann") && comment.contains("Bob"), "{comment}");
}

#[test]
fn who_comes_in_the_middle_watches_and_is_seated_next() {
    let mut room = game(5);
    for name in ["Ann", "Bob", "Cid", "Dee"] {
        room.come(name, PERSON);
    }
    room.wait_for(Stage::Answering);
    room.come("Eve", PERSON);
    assert_eq!(room.says("(to Eve) A round is under way, so you watch."), 1);
    room.vote("Eve", "1");
    assert_eq!(room.says(words::VOTE_NOT_SEATED), 1);
    room.vote("Ann", "1");
    assert_eq!(room.says(words::VOTE_LATER), 1);
    room.answer_all(&["Ann", "Bob", "Cid", "Dee", "Eve"]);
    for (name, vote) in [("Ann", "1"), ("Bob", "2"), ("Cid", "3"), ("Eve", "3")] {
        room.say(name, vote);
    }
    room.vote("Dee", "the first");
    assert_eq!(room.says("(to Dee) You vote for number 1."), 1);
    room.story.clear();
    room.wait_for(Stage::Between);
    assert!(
        room.says("number 1") + room.says("Number 1") > 0 && room.says("two votes of four") == 1,
        "{:?}",
        room.story
    );
    room.ready("Bob");
    assert_eq!(room.host.stage, Stage::Welcoming, "at once");
    assert_eq!(room.host.seats.names(), ["Bob", "Cid", "Dee", "Eve"]);
    assert_eq!(room.says(&format!("(to Ann) {}", words::MADE_WAY_AND_WATCHES)), 1);
    assert_eq!(room.says("Host: Ann makes way for those who have waited."), 1);
}

#[test]
fn who_is_silent_does_not_stop_the_game() {
    let mut room = game(6);
    for name in ["Ann", "Bob"] {
        room.come(name, PERSON);
    }
    room.ready("Ann");
    room.wait_for(Stage::Answering);
    room.say("Ann", "Yes");
    room.wait(ROUND_ANSWER_TIMEOUT);
    assert_eq!(room.says("Bob is lost in thought, so we go on."), 1);
    let start = room.now;
    room.answer(&[("Ann", "Yes")]);
    room.answer(&[("Ann", "Yes")]);
    room.wait_for(Stage::Voting);
    room.say("Ann", "2");
    room.wait_for(Stage::Between);
    assert!(room.now - start < seconds(100), "Bob is not waited for again");
    room.wait(ROUND_NEXT_DELAY);
    assert_eq!(room.says("Host: Bob sleeps on beside the table."), 1);
    assert!(room.host.seats.of("Bob").is_none());
    room.say("Bob", "Oh! Sorry.");
    room.answer_all(&["Ann"]);
    room.wait(ROUND_VOTE_TIMEOUT / 2);
    assert_eq!(room.says(&format!("(to Ann) {}", words::VOTE_NUDGE)), 1);
    room.say("Ann", "3");
    room.wait_for(Stage::Between);
    room.wait(ROUND_NEXT_DELAY);
    assert!(room.host.seats.of("Bob").is_some(), "he is awake: {:?}", room.story);
}

#[test]
fn nobody_plays_for_those_who_sleep() {
    let mut room = game(7);
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.answer_all(&["Ann"]);
    room.wait(ROUND_VOTE_TIMEOUT);
    room.wait_for(Stage::Ending);
    assert_eq!(room.says("Ann keeps the vote secret, even from me."), 1);
    room.wait_for(Stage::Resting);
    assert_eq!((room.hosted.len(), room.host.deadline()), (0, None));
    room.come("Cy", BOT);
    assert_eq!(room.says(&format!("(to Cy) {}", words::RESTS)), 1);
    room.say("Cy", "Hello.");
    assert_eq!(room.host.stage, Stage::Resting, "bots wake nobody");
    room.say("Ann", "I am back");
    room.answer_all(&["Ann", "Cy"]);
    assert!(room.host.seats.of("Cy").is_some());
    // Who leaves ends it for the cast, and a watcher would take over.
    room.come("Zoe", PERSON);
    room.leave("Cy");
    room.leave("Ann");
    assert!(room.host.seats.of("Zoe").is_some() && room.host.stage != Stage::Voting);
    room.wait_for(Stage::Answering);
    room.leave("Zoe");
    assert_eq!((room.present.len(), room.host.deadline()), (0, None));
}

#[test]
fn a_table_of_sleepers_does_not_wait_for_itself() {
    let mut room = game(11);
    for name in ["Ann", "Bob", "Cid", "Dee"] {
        room.come(name, PERSON);
    }
    room.wait(ROUND_ANSWER_TIMEOUT);
    room.command(HostCommand::Stop).unwrap();
    room.come("Eve", PERSON);
    room.wait_for(Stage::Seating);
    assert_eq!(room.host.seats.names(), ["Eve"], "{:?}", room.story);
    room.command(HostCommand::Start).unwrap();
    room.answer_all(&["Eve"]);
}

#[test]
fn an_operator_stops_games_and_orders_one() {
    let mut room = game(10);
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.answer_all(&["Ann"]);
    room.command(HostCommand::Stop).unwrap();
    room.say("Ann", "1");
    room.wait_for(Stage::Seating);
    assert_eq!((room.says(words::STOPPED), room.hosted.len(), room.host.deadline()), (1, 0, None));
    assert!(room.host.seats.of("Ann").is_some());
    room.say("Ann", "my uncle died");
    assert_eq!(room.host.stage, Stage::Resting);
    room.come("Bob", PERSON);
    assert_eq!(room.says(&format!("(to Bob) {}", words::RESTS)), 1);
    room.ready("Bob");
    assert_eq!(room.says(&format!("(to Bob) {}", words::READY_STOPPED)), 1);
    room.command(HostCommand::Now).unwrap();
    room.answer_all(&["Ann", "Bob"]);
    assert!(room.command(HostCommand::Now).is_err());
    room.command(HostCommand::Start).unwrap();
    room.say("Ann", "1");
    room.say("Bob", "1");
    room.wait_for(Stage::Between);
    room.command(HostCommand::Now).unwrap();
    room.wait_for(Stage::Answering);
}

#[test]
fn nobody_jokes_after_grave_words() {
    let mut room = game(8);
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.wait_for(Stage::Answering);
    room.story.clear();
    room.say("Ann", "my father died yesterday");
    assert_eq!((room.host.stage, room.hosted.len(), room.host.deadline()), (Stage::Resting, 0, None));
    assert!(room.story[0].contains("sorry") && room.says(" Host: ") == 1, "{:?}", room.story);
    assert_eq!(room.says(words::RESTS_FOR_A_WHILE), 1);
    room.say("Ann", "thank you");
    room.come("Bob", PERSON);
    room.say("Bob", "I am here for you");
    assert_eq!(room.host.stage, Stage::Resting);
    room.ready("Bob");
    room.wait_for(Stage::Answering);
    assert!(room.host.seats.of("Ann").is_some() && room.host.seats.of("Bob").is_some());
    room.say("Ann", "my uncle died, too");
    room.wait(seconds(301));
    room.say("Ann", "Another one?");
    room.wait_for(Stage::Answering);
}

#[test]
fn grave_words_of_somebody_who_does_not_play_end_no_game() {
    let mut room = game(8);
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.wait_for(Stage::Answering);
    room.come("Bob", PERSON);
    assert!(room.host.seats.of("Bob").is_none());
    room.story.clear();
    room.say("Bob", "my father died yesterday");
    assert_eq!(room.host.stage, Stage::Answering);
    assert!(room.story.iter().any(|line| line.contains("sorry")), "{:?}", room.story);
    room.say("Bob", "my mother died, too");
    assert_eq!((room.host.stage, room.says(" Host: ")), (Stage::Answering, 1), "{:?}", room.story);
    room.say("Ann", "oh dear, my uncle died as well");
    assert_eq!(room.host.stage, Stage::Resting);
}

#[test]
fn bots_from_outside_play_once_by_themselves() {
    let mut room = game(9);
    for name in ["Felix", "Rateb", "Marija", "Madelen"] {
        room.come(name, BOT);
    }
    room.answer_all(&["Felix", "Rateb", "Marija", "Madelen"]);
    for name in ["Felix", "Rateb", "Marija", "Madelen"] {
        room.say(name, "2");
    }
    room.wait_for(Stage::Resting);
    assert_eq!((room.host.deadline(), room.present.len()), (None, 4));
    room.come("Ann", PERSON);
    room.wait_for(Stage::Answering);
    assert!(room.host.seats.of("Ann").is_some(), "a person comes before them");
    assert_eq!(room.hosted.len(), 0);
}

#[test]
fn table_talk_uses_up_no_answer() {
    let remark =
        |room: &Room| room.host.game.remarks.iter().find(|remark| remark.name == "Ann").map(|r| r.approves);
    for (talk, answer, approves) in [
        ("one more", "oh yes, why not", Some(true)),
        ("CAST you are sweet", "no, I had enough of work today", Some(false)),
        ("Bob, is that you?", "Sounds nice, but my back hurts.", None),
    ] {
        let mut room = game(3);
        for name in ["Ann", "Bob"] {
            room.come(name, PERSON);
        }
        room.ready("Ann");
        room.wait_for(Stage::Answering);
        room.say("Bob", "yes");
        room.say("Ann", &talk.replace("CAST", &room.hosted[0].clone()));
        room.wait(ROUND_TALK_WAIT.mul_f32(0.9));
        assert_eq!((room.host.stage, remark(&room)), (Stage::Answering, None), "{talk}");
        room.say("Ann", answer);
        assert_eq!(remark(&room), Some(approves), "{answer}");
        room.wait(seconds(8));
        assert_ne!(room.host.game.suggestions.len(), 1, "nobody else is awaited: {:?}", room.story);
    }
}

#[test]
fn talk_is_an_answer_if_no_other_follows() {
    let mut room = game(3);
    room.come("Ann", PERSON);
    room.ready("Ann");
    room.wait_for(Stage::Answering);
    room.say("Ann", "one more");
    room.wait(ROUND_TALK_WAIT + seconds(8));
    assert_eq!(room.host.game.suggestions.len(), 2, "{:?}", room.story);
    assert_eq!(room.says("lost in thought"), 0);
    room.wait(seconds(4));
    room.say("Ann", "hm");
    assert_eq!(room.host.game.remarks.len(), 1, "she has read it, and speaks to nobody");
    room.say("Ann", "no, I would rather not");
    assert_eq!(room.host.game.remarks[0].approves, Some(false), "an opinion counts more than none");
}
