//! People who come while the engine is away: they use the rooms of their server, and the others learn of them later.

use std::time::Duration;

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off --bots none";

/// After this time shared rooms refuse what is said there.
const LONG: Duration = Duration::from_secs(16);

/// A stage whose engine has been away for long.
fn away(nodes: usize) -> Stage {
    let mut stage = Stage::new(nodes, QUIET);
    stage.log.borrow_mut().is_down = true;
    stage.wait(LONG);
    stage
}

fn comes_back(stage: &mut Stage) {
    stage.log.borrow_mut().is_down = false;
    stage.wait(Duration::from_secs(3));
}

#[test]
fn a_newcomer_uses_the_rooms_of_its_server_and_comes_to_the_shared_room_later() {
    let mut stage = away(2);
    let bob = stage.join(0, "Bob");
    let cid = stage.join(0, "Cid");
    let heard = stage.heard(0, bob);
    assert!(heard.contains("Nothing can be shared with the other servers now"), "{heard}");
    assert!(heard.contains("You come there when they answer. Until then you may be in a room"), "{heard}");
    for who in [bob, cid] {
        stage.send(0, who, "/join garden\n");
        stage.heard(0, who);
    }
    stage.send(0, bob, "Nice flowers.\n");
    assert_eq!(stage.heard(0, cid), "Bob: Nice flowers.\n");
    stage.send(0, bob, "/join lobby\n");
    assert!(stage.heard(0, bob).contains("Nothing can be shared"));
    stage.send(0, bob, "I am still here.\n");
    assert_eq!(stage.heard(0, cid), "Bob: I am still here.\n");
    // Who is nowhere comes to the lobby by itself; whoever is somewhere stays there.
    let dan = stage.join(0, "Dan");
    stage.heard(0, dan);
    comes_back(&mut stage);
    assert!(stage.heard(0, dan).contains("in the lobby"));
    let eve = stage.join(1, "Eve");
    let heard = stage.heard(1, eve);
    assert!(heard.contains("You are in the lobby with Dan."), "{heard}");
    stage.send(1, eve, "Hello, Dan!\n");
    assert!(stage.heard(0, dan).ends_with("Eve: Hello, Dan!\n"));
    assert!(!stage.heard(0, bob).contains("lobby"));
    stage.send(0, bob, "/join lobby\n");
    assert!(stage.heard(1, eve).contains("User Bob has joined the chat!"));
    // The name is known everywhere.
    let other = stage.join(1, "Cid");
    assert!(stage.heard(1, other).contains("The name Cid is taken."));
    stage.assert_same();
}

#[test]
fn who_came_just_before_the_engine_was_away_gets_in_too() {
    let mut stage = Stage::new(2, QUIET);
    stage.log.borrow_mut().is_down = true;
    let [bob, cid] = ["Bob", "Cid"].map(|name| stage.join(0, name));
    assert!(!stage.heard(0, bob).contains("Nothing can be shared"), "it waits");
    stage.wait(LONG);
    assert!(stage.heard(0, bob).contains("Nothing can be shared"));
    stage.send(0, cid, "/join garden\n");
    assert!(stage.heard(0, cid).contains("You are the first in garden"));
    comes_back(&mut stage);
    assert!(stage.heard(0, bob).contains("in the lobby"));
    let other = stage.join(1, "Bob");
    assert!(stage.heard(1, other).contains("The name Bob is taken."));
    stage.assert_same();
}

#[test]
fn of_two_newcomers_with_one_name_the_first_in_the_log_keeps_it() {
    let mut stage = away(2);
    let [here, there] = [0, 1].map(|node| stage.join(node, "Bob"));
    comes_back(&mut stage);
    let heard = [stage.heard(0, here), stage.heard(1, there)];
    let lost = heard.each_ref().map(|heard| heard.contains("somebody else has your name since"));
    assert!(lost[0] != lost[1], "{heard:?}");
    let (winner, at, loser) = if lost[0] { (there, 1, 0) } else { (here, 0, 1) };
    // Those on the other server hear the one who has the name.
    let eve = stage.join(loser, "Eve");
    stage.heard(loser, eve);
    stage.send(at, winner, "It is mine.\n");
    assert_eq!(stage.heard(loser, eve), "Bob: It is mine.\n");
    stage.assert_same();
}

#[test]
fn who_has_left_again_before_the_engine_is_back_was_never_there_for_the_others() {
    let mut stage = away(2);
    let bob = stage.join(0, "Bob");
    stage.send(0, bob, "/exit\n");
    let again = stage.join(0, "Bob");
    stage.send(0, again, "/join garden\n");
    assert!(stage.heard(0, again).contains("You are the first in garden"), "the name is free at once");
    stage.send(0, again, "/exit\n");
    comes_back(&mut stage);
    let other = stage.join(1, "Bob");
    assert!(stage.heard(1, other).contains("in the lobby"));
    stage.assert_same();
}

#[test]
fn who_comes_to_a_server_that_has_never_reached_the_engine_gets_in() {
    let mut stage = Stage::new(1, QUIET);
    stage.log.borrow_mut().is_down = true;
    stage.add(1);
    let bob = stage.join(1, "Bob");
    stage.wait(LONG);
    stage.send(1, bob, "/join garden\n");
    assert!(stage.heard(1, bob).contains("You are the first in garden"));
    comes_back(&mut stage);
    stage.send(1, bob, "/join lobby\n");
    assert!(stage.heard(1, bob).contains("in the lobby"));
    stage.assert_same();
}

#[test]
fn who_is_banned_while_its_claim_waits_for_the_engine_does_not_get_in() {
    let mut stage = Stage::new(2, QUIET);
    stage.log.borrow_mut().is_down = true;
    let bob = stage.join(0, "Bob");
    stage[0].operate("ban Bob for 5m the noise");
    stage.wait(LONG);
    let heard = stage.heard(0, bob);
    assert!(heard.contains("The name Bob is banned") && heard.contains("the noise"), "{heard}");
    comes_back(&mut stage);
    assert!(!stage.heard(0, bob).contains("lobby"));
    stage[1].operate("unban Bob");
    stage.settle();
    let other = stage.join(1, "Bob");
    assert!(stage.heard(1, other).contains("in the lobby"), "the name is free");
    stage.assert_same();
}
