//! Slow readers, and that the others notice nothing of them.

use std::time::Duration;

use salon::base::limits::{CLOSE_LINGER, SEND_QUEUE_BYTES};
use salon::hub::SessionId;

use crate::support::old_lines::without_clock;
use crate::support::scene::Scene;

const OPTIONS: &str = "--host-interval off --spam-limit off --replay all";

/// A message of about a KiB, by number.
fn message(number: usize) -> String {
    format!("{number:06} {}", "x".repeat(1000))
}

/// Sends this many messages.
fn say(scene: &mut Scene, by: SessionId, messages: usize) {
    for number in 0..messages {
        scene.send(by, format!("{}\n", message(number)).as_bytes());
    }
}

#[test]
fn a_slow_reader_is_removed_with_a_reason_and_others_miss_nothing() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, eve) = (scene.join("Ann"), scene.join("Bob"), scene.join("Eve"));
    scene.heard(bob);
    scene.heard(eve);
    scene.peer(eve).room = Some(0);
    let count = SEND_QUEUE_BYTES / 1000 + 100;
    for number in 0..count {
        scene.send(ann, format!("{}\n", message(number)).as_bytes());
    }
    let heard = scene.heard(bob);
    let said: Vec<&str> = heard.lines().filter(|line| line.starts_with("Ann: ")).collect();
    assert_eq!(said, (0..count).map(|n| format!("Ann: {}", message(n))).collect::<Vec<_>>());
    assert_eq!(
        heard.matches("Host: User Eve left the chat. (Removed by the host for: Reading too slowly").count(),
        1
    );
    assert_eq!(scene.hub.sessions().count(), 3, "she is still waited for");

    // She reads at last, and is told why.
    scene.read_on(eve, 1_000_000);
    let heard = scene.heard(eve);
    assert!(heard.starts_with("You have been removed from the chat by the host."), "{heard}");
    assert!(scene.peer(eve).closed);
    assert_eq!(scene.hub.sessions().count(), 2);
}

#[test]
fn a_message_that_was_begun_is_finished_before_the_reader_is_told() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
    scene.heard(eve);
    scene.peer(eve).room = Some(10);
    for number in 0..SEND_QUEUE_BYTES / 1000 + 100 {
        scene.send(ann, format!("{}\n", message(number)).as_bytes());
    }
    scene.read_on(eve, 1_000_000);
    let heard = scene.heard(eve);
    let lines: Vec<&str> = heard.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], format!("Ann: {}", message(0)));
    assert!(lines[1].contains("Reading too slowly"), "{}", lines[1]);
}

#[test]
fn a_removed_reader_that_never_reads_is_dropped() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
    scene.peer(eve).room = Some(0);
    for number in 0..SEND_QUEUE_BYTES / 1000 + 100 {
        scene.send(ann, format!("{}\n", message(number)).as_bytes());
    }
    scene.wait(CLOSE_LINGER);
    assert!(scene.peer(eve).closed);
    assert_eq!(scene.hub.sessions().count(), 1);
    assert_eq!(scene.hub.sessions().unsent(&[ann, eve]), (0, 0));
}

#[test]
fn a_reader_that_is_slow_but_reads_misses_nothing() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
    scene.heard(eve);
    let mut heard = String::new();
    for number in 0..5_000 {
        scene.read_on(eve, 1_100 - number % 200);
        heard += &scene.heard(eve);
        scene.send(ann, format!("{}\n", message(number)).as_bytes());
    }
    scene.read_on(eve, usize::MAX);
    heard += &scene.heard(eve);
    let said: Vec<&str> = heard.lines().collect();
    assert_eq!(said, (0..5_000).map(|n| format!("Ann: {}", message(n))).collect::<Vec<_>>());
}

#[test]
fn a_long_history_does_not_overrun_a_slow_newcomer() {
    let mut scene = Scene::new(&format!("{OPTIONS} --history 20000 --history-bytes 100000000"));
    let ann = scene.join("Ann");
    let count = 8 * SEND_QUEUE_BYTES / 1000;
    for number in 0..count {
        scene.send(ann, format!("{}\n", message(number)).as_bytes());
    }
    let eve = scene.connect();
    scene.peer(eve).room = Some(0);
    scene.send(eve, b"Eve\n");
    scene.send(ann, b"Hello Eve!\n");
    scene.send(eve, b"I cannot hear you yet.\n");
    let mut heard = String::new();
    while !heard.ends_with("cannot hear you yet.\n") {
        let (unsent, _) = scene.hub.sessions().unsent(&[eve]);
        assert!(unsent < SEND_QUEUE_BYTES / 8, "{unsent} bytes wait");
        scene.read_on(eve, 5_000);
        heard += &scene.heard(eve);
    }
    let mut lines = heard.lines().skip(2).map(without_clock);
    for number in 0..count {
        assert_eq!(lines.next(), Some(format!("Ann: {}", message(number)).as_str()));
    }
    let rest: Vec<&str> = lines.collect();
    assert_eq!(
        rest,
        ["------------[Start new messages]------------", "Ann: Hello Eve!", "Eve: I cannot hear you yet."],
        "what was said during the replay follows it"
    );
}

#[test]
fn a_reader_that_stopped_does_not_hold_up_its_own_leaving() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
    scene.peer(eve).room = Some(0);
    scene.send(ann, b"Are you there?\n");
    scene.end(eve);
    assert!(scene.heard(ann).ends_with("Host: User Eve left the chat.\n"));
    scene.wait(CLOSE_LINGER + Duration::from_millis(1));
    assert_eq!(scene.hub.sessions().count(), 1);
}

#[test]
fn that_a_connection_broke_as_it_was_written_to_is_told_at_once() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
    scene.heard(ann);
    scene.forget(eve);
    scene.send(ann, b"Are you there?\n");
    assert_eq!(scene.heard(ann), "Ann: Are you there?\nHost: User Eve left the chat.\n");
}

#[test]
fn no_turn_is_too_much_for_who_reads() {
    // Many senders at once, each within the spam limit; a reader takes a socket buffer between two turns.
    const SOCKET: usize = 400_000;
    let mut scene = Scene::new("--history 0 --host-interval off");
    let reader = scene.join("Reader");
    let talkers: Vec<_> = (0..120).map(|n| scene.join(&format!("t{n}"))).collect();
    scene.heard(reader);
    scene.peer(reader).room = Some(SOCKET);
    let said = format!("{}\n", "m".repeat(4_000)).repeat(4);
    for talker in &talkers {
        scene.hub.received(*talker, said.as_bytes(), scene.now);
    }
    let mut heard = String::new();
    while scene.hub.is_busy() {
        scene.turn();
        scene.peer(reader).room = Some(SOCKET);
        scene.hub.writable(reader);
        heard += &scene.heard(reader);
    }
    assert!(!heard.contains("You have been removed"));
    assert_eq!(heard.matches(": mmmm").count(), 4 * talkers.len());
    for n in 0..talkers.len() {
        assert_eq!(heard.matches(&format!("t{n}: ")).count(), 4, "nobody is passed over");
    }
}

#[test]
fn a_newcomer_that_takes_all_it_is_given_is_not_slow() {
    let mut scene = Scene::new(&format!("{OPTIONS} --history 100000 --history-bytes 100000000"));
    let ann = scene.join("Ann");
    let said = format!("{}\n", "m".repeat(4_000));
    for _ in 0..3_000 {
        scene.send(ann, said.as_bytes());
    }
    let eve = scene.connect();
    scene.hub.received(eve, b"Eve\n", scene.now);
    for _ in 0..200 {
        scene.hub.received(ann, said.repeat(4).as_bytes(), scene.now);
        scene.turn();
    }
    scene.settle();
    let heard = scene.heard(eve);
    assert!(!heard.contains("You have been removed"));
    assert_eq!(heard.matches("Ann: ").count(), 3_000 + 800);
}

#[test]
fn a_removal_during_a_replay_is_told() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    for number in 0..1_000 {
        scene.send(ann, format!("{}\n", message(number).repeat(4)).as_bytes());
    }
    let eve = scene.connect();
    scene.peer(eve).room = Some(100_000);
    scene.send(eve, b"Eve\n");
    scene.operate("kick eve for the demonstration");
    scene.read_on(eve, 100_000);
    let heard = scene.heard(eve);
    assert!(heard.ends_with("The following reason was given: the demonstration\n"), "{}", heard.len());
    assert!(
        heard.lines().all(|line| line.len() > 4_000 || !without_clock(line).starts_with("Ann")),
        "whole messages"
    );
}

/// All queues together have a limit, too. Shared bytes count once.
#[test]
fn when_all_hold_too_much_the_largest_debtor_goes_first_and_is_told() {
    let options = format!("{OPTIONS} --rooms lobby,hall=lobby,yard=lobby");
    let bound = SEND_QUEUE_BYTES + SEND_QUEUE_BYTES / 2;
    let mut scene = Scene::limited(&options, 1, |limits| limits.total_send_queue = bound);
    let names = ["Ann", "Eve", "Joe", "Bob", "Kim", "Una", "Zoe"];
    let [ann, eve, joe, bob, kim, una, zoe] = names.map(|name| scene.join(name));
    for id in [bob, kim] {
        scene.send(id, b"/join hall\n");
    }
    for id in [una, zoe] {
        scene.send(id, b"/join yard\n");
    }
    for id in [eve, joe, kim, zoe] {
        scene.heard(id);
        scene.peer(id).room = Some(0);
    }
    // Eve and Joe have the same bytes queued, which count once.
    say(&mut scene, ann, 800);
    say(&mut scene, una, 450);
    assert_eq!(scene.hub.sessions().count(), 7);
    scene.heard(ann);
    // That exceeds the limit.
    say(&mut scene, bob, 200);
    let left = |heard: &str, who: &str| heard.contains(&format!("User {who} left the chat. (Removed"));
    assert!(left(&scene.heard(una), "Zoe"), "what only Zoe is owed is most");
    assert!(!left(&scene.heard(ann), "Eve") && !left(&scene.heard(bob), "Kim"));

    // The others miss nothing, and the removed one is told why.
    for (id, from, count) in [(eve, "Ann", 800), (joe, "Ann", 800), (kim, "Bob", 200)] {
        scene.read_on(id, usize::MAX);
        let heard = scene.heard(id);
        let said: Vec<&str> = heard.lines().filter(|line| line.starts_with(from)).collect();
        assert_eq!(said, (0..count).map(|n| format!("{from}: {}", message(n))).collect::<Vec<_>>());
    }
    scene.read_on(zoe, usize::MAX);
    let heard = scene.heard(zoe);
    assert!(heard.contains("the send queues of all clients were full, and yours was the largest"), "{heard}");
    assert!(scene.peer(zoe).closed);

    // That freed enough memory.
    let pat = scene.join("Pat");
    scene.peer(pat).room = Some(0);
    say(&mut scene, ann, 800);
    assert!(!left(&scene.heard(ann), "Pat"));
}

#[test]
fn when_too_much_is_unfinished_whoever_has_most_of_it_goes_first_and_is_told() {
    let mut scene = Scene::limited(OPTIONS, 1, |limits| limits.total_partial_frames = 128 * 1024);
    let program = |scene: &mut Scene, name: &str, bytes: usize| {
        let id = scene.connect();
        let hello = format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n");
        scene.send(id, hello.as_bytes());
        scene.send(id, format!("{{\"type\":\"say\",\"text\":\"{}", "x".repeat(bytes)).as_bytes());
        id
    };
    let few: Vec<_> = (0..5).map(|n| program(&mut scene, &format!("p{n}"), 8_000)).collect();
    let largest = program(&mut scene, "Eve", 20_000);
    assert_eq!(scene.hub.sessions().count(), 6);
    let (mut others, mut heard) = (few, String::new());
    while !heard.contains("Sending incomplete messages") {
        assert!(others.len() < 20, "{heard}");
        let name = format!("q{}", others.len());
        others.push(program(&mut scene, &name, 8_000));
        heard = scene.heard(largest);
    }
    for id in others {
        scene.heard(id);
        // The incomplete message can be completed.
        scene.send(id, b"\"}\n");
        assert!(!scene.heard(id).is_empty());
        assert!(!scene.peer(id).closed);
    }
}

#[test]
fn a_replay_slower_than_eviction_tells_its_gap() {
    const LEFT_OUT: &str = "Some messages are no longer in memory and are left out here.";
    for (hello, mark) in [
        ("Eve\n", "Ann: "),
        (
            "{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n{\"type\":\"join\",\"room\":\"lobby\"}\n",
            "\"text\":\"",
        ),
    ] {
        let mut scene = Scene::new(&format!("{OPTIONS} --history 300"));
        let ann = scene.join("Ann");
        say(&mut scene, ann, 300);
        scene.heard(ann);
        let eve = scene.connect();
        scene.peer(eve).room = Some(20_000);
        scene.send(eve, hello.as_bytes());
        for number in 300..500 {
            scene.send(ann, format!("{}\n", message(number)).as_bytes());
        }
        scene.read_on(eve, 10_000_000);
        let heard = scene.heard(eve);
        let numbers: Vec<usize> =
            heard.lines().filter_map(|line| line.split_once(mark)?.1.get(..6)?.parse().ok()).collect();
        let gaps: Vec<&[usize]> = numbers.windows(2).filter(|pair| pair[0] + 1 != pair[1]).collect();
        let &[&[before, after]] = gaps.as_slice() else { panic!("one gap: {gaps:?}") };
        let place = |number| heard.find(&message(number)[..6]).unwrap();
        let told: Vec<usize> = heard.match_indices(LEFT_OUT).map(|(at, _)| at).collect();
        assert!(matches!(told[..], [at] if place(before) < at && at < place(after)), "{told:?}");
        assert_eq!((numbers[0], numbers.last()), (0, Some(&499)));
    }
}
