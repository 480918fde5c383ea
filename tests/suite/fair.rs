//! Fairness: every turn has a budget, whatever clients ask for and however many do, and nobody starves.

use std::time::Duration;

use salon::base::limits::{
    MESSAGE_BYTES, MESSAGES_PER_TURN, NAME_CLAIMS_PER_TURN, NAME_TIMEOUT, PRIVATE_CHUNK_BYTES,
    READ_BYTES_PER_TURN, REPLAY_BACKLOG_BYTES, REPLAY_BYTES_PER_TURN, REPLAY_CHUNK_BYTES,
    REPLY_MESSAGES_PER_TURN, WRITE_COST_PER_TURN, WRITE_SYSCALL_COST,
};
use salon::hub::{ListenerKind, SessionId};

use crate::support::old_lines::without_clock;
use crate::support::scene::Scene;

const OPTIONS: &str =
    "--host-interval off --spam-limit off --command-limit off --rooms lobby,hall=lobby --replay all";

/// How many short writes a turn makes at most.
const WRITES: usize = WRITE_COST_PER_TURN / WRITE_SYSCALL_COST;

/// A lobby with a thousand messages of a hundred bytes, and their author Ann.
fn thread() -> (Scene, SessionId) {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    for number in 0..1_000 {
        scene.send(ann, format!("{number:099}\n").as_bytes());
    }
    scene.heard(ann);
    (scene, ann)
}

/// This many members, who have received everything so far.
fn crowd(scene: &mut Scene, count: usize) -> Vec<SessionId> {
    let ids: Vec<SessionId> = (0..count).map(|n| scene.join(&format!("p{n}"))).collect();
    for id in &ids {
        scene.heard(*id);
    }
    ids
}

fn bytes(scene: &mut Scene, ids: &[SessionId]) -> usize {
    ids.iter().map(|id| scene.peer(*id).heard.len()).sum()
}

#[test]
fn newcomers_share_what_a_turn_sends_of_the_history() {
    let (mut scene, _) = thread();
    let ids: Vec<SessionId> = (0..50).map(|_| scene.connect()).collect();
    for (n, id) in ids.iter().enumerate() {
        scene.hub.received(*id, format!("p{n}\n").as_bytes(), scene.now);
    }
    let mut turns = 0;
    while scene.hub.is_busy() {
        let before = bytes(&mut scene, &ids);
        scene.turn();
        turns += 1;
        let sent = bytes(&mut scene, &ids) - before;
        // They also get welcomes and each other's joins.
        assert!(
            sent <= REPLAY_BYTES_PER_TURN + REPLAY_CHUNK_BYTES + NAME_CLAIMS_PER_TURN * PRIVATE_CHUNK_BYTES,
            "{sent}"
        );
    }
    let all = bytes(&mut scene, &ids);
    assert!(turns <= all / REPLAY_BYTES_PER_TURN + ids.len(), "{turns} turns for {all} bytes");
    for id in ids {
        let heard = scene.heard(id);
        let replayed = heard.lines().filter_map(|line| without_clock(line).strip_prefix("Ann: "));
        let numbers: Vec<usize> = replayed.map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
        assert!(heard.contains("[Start new messages]"));
    }
}

#[test]
fn so_many_come_in_within_a_turn_and_in_the_order_in_which_they_came() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    scene.heard(ann);
    let ids: Vec<SessionId> = (0..100).map(|_| scene.connect()).collect();
    for (n, id) in ids.iter().enumerate() {
        scene.hub.received(*id, format!("p{n}\n").as_bytes(), scene.now);
    }
    let (mut came, mut turns) = (Vec::new(), 0);
    while scene.hub.is_busy() {
        scene.turn();
        turns += 1;
        let heard = scene.heard(ann);
        came.extend(heard.lines().map(str::to_owned));
        assert!(came.len() <= turns * NAME_CLAIMS_PER_TURN, "{} in {turns} turns", came.len());
    }
    let all: Vec<String> = (0..100).map(|n| format!("User p{n} has joined the chat!")).collect();
    assert_eq!(came, all);
}

#[test]
fn a_turn_tells_one_answer_and_everybody_gets_one() {
    let (mut scene, _) = thread();
    let ids = crowd(&mut scene, 20);
    for id in &ids {
        scene.hub.received(*id, b"/history 1000\n", scene.now);
    }
    let (mut answered, mut turns) = (0, 0);
    while scene.hub.is_busy() {
        scene.turn();
        turns += 1;
        let now = ids.iter().filter(|id| scene.peer(**id).heard.len() > 50_000).count();
        assert!(now <= answered + 1, "{now} after {answered}");
        answered = now;
    }
    assert_eq!(answered, ids.len());
    // Each reply has some hundred messages.
    assert!(turns >= ids.len() * 500 / REPLY_MESSAGES_PER_TURN, "{turns} turns");
}

#[test]
fn a_large_room_is_written_to_in_parts_and_a_small_one_does_not_wait_for_it() {
    let mut scene = Scene::new(OPTIONS);
    let ids = crowd(&mut scene, 5 * WRITES);
    let [bob, eve] = ["Bob", "Eve"].map(|name| {
        let id = scene.join(name);
        scene.send(id, b"/join hall\n");
        scene.heard(id);
        id
    });
    for id in &ids {
        scene.heard(*id);
    }
    let mut heard = 0;
    scene.hub.received(ids[0], b"to many\n", scene.now);
    for turn in 0..5 {
        scene.hub.received(bob, format!("{turn}\n").as_bytes(), scene.now);
        scene.turn();
        let now = ids.iter().filter(|id| !scene.peer(**id).heard.is_empty()).count();
        assert!(now <= heard + WRITES, "{now} after {heard}");
        heard = now;
        // The room that spent the budget comes last in the following turns.
        let small = scene.heard(eve);
        assert!(turn < 2 || small.ends_with(&format!("Bob: {turn}\n")), "{turn}: {small}");
    }
    scene.settle();
    for id in ids {
        assert_eq!(scene.heard(id), "p0: to many\n");
    }
}

#[test]
fn leaving_during_a_flush_loses_no_message() {
    for start in [0, 1, 7] {
        let mut scene = Scene::new(OPTIONS);
        let mut ids = crowd(&mut scene, 4 * WRITES);
        let speaker = ids.pop().unwrap();
        for number in 0..4 {
            scene.hub.received(speaker, format!("{number}\n").as_bytes(), scene.now);
            scene.turn();
            // Some of them were written to, and some not.
            let mut gone = 0;
            ids.retain(|id| {
                gone += 1;
                if (gone + start + number) % 9 != 0 {
                    return true;
                }
                scene.hub.lost(*id, &"gone", scene.now);
                false
            });
        }
        scene.settle();
        for id in ids {
            let heard = scene.heard(id);
            let said: Vec<&str> = heard.lines().filter(|line| !line.starts_with("Host: User")).collect();
            let name = format!("p{}", 4 * WRITES - 1);
            assert_eq!(said, (0..4).map(|n| format!("{name}: {n}")).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_flood_is_published_in_parts_with_others_between_them() {
    let mut scene = Scene::new(OPTIONS);
    let ids = crowd(&mut scene, 3 * WRITES);
    let (flooder, bob, eve) = (ids[0], ids[1], ids[2]);
    let flood = "f\n".repeat(READ_BYTES_PER_TURN / 2);
    let mut said = 0;
    for _ in 0..100 {
        // As the loop does: only sessions that accept input are read.
        scene.hub.resume(scene.now);
        if scene.hub.sessions().accepts_input(flooder) {
            scene.hub.received(flooder, flood.as_bytes(), scene.now);
        }
        if scene.hub.sessions().accepts_input(bob) {
            scene.hub.received(bob, format!("{said}\n").as_bytes(), scene.now);
            said += 1;
        }
        scene.turn();
    }
    let heard = scene.heard(eve);
    let mut between = 0;
    for line in heard.lines() {
        between = if line.starts_with("p1: ") { 0 } else { between + 1 };
        assert!(between <= 1_024, "so many in a row");
    }
    assert!(heard.lines().filter(|line| line.starts_with("p1: ")).count() >= 100 / 8, "Bob is heard often");
}

/// A question to a bot, and a text that takes long to analyse.
const CALL: &str = "@Art_Bot what do you think?\n";
const LONG: &str =
    "Art_Bot, what do you think of a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a";

#[test]
fn bots_answer_as_much_as_they_may_read_and_people_are_heard_all_the_same() {
    let mut scene = Scene::new("--host-interval off --spam-limit off --bots art");
    let from = |scene: &mut Scene, address: &str, name: &str| {
        let id = scene.try_from(address.parse().unwrap(), ListenerKind::Any).unwrap();
        scene.send(id, format!("{name}\n").as_bytes());
        id
    };
    let flooders: Vec<SessionId> = (0..4).map(|n| from(&mut scene, "192.0.2.1", &format!("p{n}"))).collect();
    let ann = from(&mut scene, "192.0.2.2", "Ann");
    scene.wait(Duration::from_secs(30));
    scene.heard(ann);
    let long = format!("{}\n", LONG.repeat(MESSAGE_BYTES / LONG.len()));
    let mut said = 0;
    for _ in 0..40 {
        for id in &flooders {
            scene.send(*id, long.as_bytes());
            said += 1;
        }
    }
    let heard = scene.heard(ann);
    assert_eq!(heard.lines().filter(|line| line.contains(": Art_Bot, what")).count(), said, "all is said");
    // The budget counts per address: Ann has her own share, once the others are answered.
    scene.wait(Duration::from_secs(8));
    scene.heard(ann);
    scene.send(ann, CALL.as_bytes());
    scene.wait(Duration::from_secs(5));
    let heard = scene.heard(ann);
    assert!(heard.contains("Art_Bot: "), "{heard}");
}

#[test]
fn a_release_reopens_the_senders_window_at_once() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    scene.scripted_journal.pause();
    scene.hub.received(ann, b"one\n", scene.now);
    scene.turn();
    assert!(scene.hub.sessions().accepts_input(ann), "it is not much");
    scene.hub.received(ann, "more\n".repeat(MESSAGES_PER_TURN).as_bytes(), scene.now);
    scene.turn();
    assert!(!scene.hub.sessions().accepts_input(ann), "nobody hears any of it yet");
    scene.scripted_journal.resume();
    scene.settle();
    assert!(scene.hub.sessions().accepts_input(ann));
}

#[test]
fn unreleased_messages_of_a_closed_room_do_not_block_their_sender() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    scene.send(ann, b"/join hall\n");
    scene.send(ann, "much\n".repeat(2 * MESSAGES_PER_TURN).as_bytes());
    scene.operate("close hall");
    scene.operate("open den=lobby");
    assert!(scene.hub.sessions().accepts_input(ann), "what it said before is of another thread");
}

#[test]
fn a_name_that_came_is_given_however_long_others_take() {
    let mut scene = Scene::new(OPTIONS);
    let (eve, bob) = (scene.connect(), scene.connect());
    // Both have unread input.
    scene.hub.set_unread(eve, true);
    scene.hub.set_unread(bob, true);
    scene.wait(2 * NAME_TIMEOUT);
    assert_eq!(scene.heard(eve), "", "nobody is asked for what may have come");
    scene.hub.set_unread(eve, false);
    scene.send(eve, b"Eve\n");
    assert!(scene.heard(eve).contains("Welcome, Eve!"));
    // An incomplete name does not count, even if more input may have come.
    scene.send(bob, b"B");
    scene.wait(NAME_TIMEOUT);
    assert!(scene.heard(bob).contains("No name came within"));
}

#[test]
fn all_are_welcomed_before_the_past_is_replayed_to_any() {
    let (mut scene, _) = thread();
    let ids: Vec<SessionId> = (0..200).map(|_| scene.connect()).collect();
    for (n, id) in ids.iter().enumerate() {
        scene.hub.received(*id, format!("p{n}\n").as_bytes(), scene.now);
    }
    for _ in 0..ids.len() / NAME_CLAIMS_PER_TURN + 4 {
        scene.turn();
    }
    assert!(ids.iter().all(|id| scene.hub.sessions().is_in(*id)), "each has its name");
    assert!(scene.hub.is_busy(), "much is still to be replayed");
}

#[test]
fn newcomers_in_a_rush_get_the_end_of_a_long_history_and_a_notice() {
    let mut scene =
        Scene::new(&format!("{OPTIONS} --history 1000000 --history-bytes {REPLAY_BACKLOG_BYTES}"));
    let ann = scene.join("Ann");
    let said = format!("{}\n", "x".repeat(4_000)).repeat(4);
    for _ in 0..REPLAY_BACKLOG_BYTES / 2 / said.len() {
        scene.send(ann, said.as_bytes());
        scene.peer(ann).heard.clear();
    }
    let ids = ["Bob", "Eve", "Kim"].map(|name| {
        let id = scene.connect();
        scene.peer(id).room = Some(1_000);
        scene.send(id, format!("{name}\n").as_bytes());
        id
    });
    let told = ids.map(|id| {
        scene.peer(id).room = None;
        scene.read_on(id, usize::MAX);
        scene.heard(id).contains("only the newest messages are replayed")
    });
    assert_eq!(told, [false, true, true]);
}
