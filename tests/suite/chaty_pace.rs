//! ChatyChaty's wire in the hub: clients that take each read for a message, and read at any time.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use salon::base::limits::{
    CHATY_FRAME_SILENCE, CHATY_POLL_INTERVAL_MAX, CLOSE_LINGER, MESSAGES_PER_TURN, SEND_QUEUE_BYTES,
};
use salon::hub::{ListenerKind, SessionId};

use crate::support::scene::Scene;

const OPTIONS: &str = "--host-interval off --spam-limit off";

/// Longer than the server's interval between two checks of what was read.
const SOON: Duration = CHATY_POLL_INTERVAL_MAX.saturating_mul(2);

fn scene() -> Scene {
    let mut scene = Scene::new(OPTIONS);
    for bot in ["Alice", "Bob", "Dora", "Chuck"] {
        scene.operate(&format!("bot stop {bot}"));
    }
    scene
}

/// A client that is in the room and has read everything so far.
fn join(scene: &mut Scene, name: &str) -> SessionId {
    let id = scene.connect_at(ListenerKind::Chaty);
    scene.send(id, name.as_bytes());
    scene.wait(SOON);
    let heard = reads(scene, id);
    assert_eq!(heard, ["NICK", "NICK_OK", "Connection successful, welcome to ChatyChaty !"]);
    id
}

/// What it read since the last call, read by read. The last item is not read yet.
fn reads(scene: &mut Scene, id: SessionId) -> Vec<String> {
    let heard = scene.heard(id);
    heard.split_terminator('\0').map(str::to_owned).collect()
}

/// A late client reads once, and the server notices. Returns what it read.
fn read_once(scene: &mut Scene, id: SessionId) -> Option<String> {
    scene.reads(id);
    let read = reads(scene, id);
    assert!(read.len() <= 1, "{read:?}");
    scene.wait(SOON);
    read.into_iter().next()
}

fn say(scene: &mut Scene, who: SessionId, messages: &[String]) {
    for message in messages {
        scene.send(who, message.as_bytes());
    }
    scene.wait(CHATY_FRAME_SILENCE);
}

fn messages(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{name}: {n}")).collect()
}

#[test]
fn a_late_reader_gets_one_message_at_a_time_and_others_do_not_wait() {
    let mut scene = scene();
    let (ann, bob, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Bob"), join(&mut scene, "Eve"));
    reads(&mut scene, bob);
    scene.peer(eve).late = true;
    let said = messages("Ann", 30);
    say(&mut scene, ann, &said);
    // A client that reads at once waits at most a millisecond per message.
    scene.wait(Duration::from_millis(30));
    assert_eq!(reads(&mut scene, bob), said);
    assert_eq!(reads(&mut scene, ann), ["Bob just connected", "Eve just connected"]);
    scene.wait(Duration::from_secs(100));
    let heard: Vec<_> = std::iter::from_fn(|| read_once(&mut scene, eve)).collect();
    assert_eq!(heard, said);
}

#[test]
fn the_end_of_more_than_a_turn_takes_is_not_forgotten() {
    let mut scene = scene();
    let (ann, bob) = (join(&mut scene, "Ann"), join(&mut scene, "Bob"));
    let said = messages("Ann", MESSAGES_PER_TURN + 10);
    scene.send(ann, said.concat().as_bytes());
    scene.wait(Duration::from_secs(1));
    assert_eq!(reads(&mut scene, bob), said);
}

#[test]
fn a_message_that_its_socket_takes_in_parts_is_still_alone() {
    let mut scene = scene();
    let (ann, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Eve"));
    scene.peer(eve).late = true;
    scene.peer(eve).room = Some(3);
    say(&mut scene, ann, &messages("Ann", 2));
    assert_eq!(scene.peer(eve).heard, b"Ann");
    scene.read_on(eve, 1);
    scene.read_on(eve, 1_000);
    scene.wait(SOON);
    assert_eq!(read_once(&mut scene, eve).as_deref(), Some("Ann: 0"));
    assert_eq!(read_once(&mut scene, eve).as_deref(), Some("Ann: 1"));
    assert_eq!(read_once(&mut scene, eve), None);
}

#[test]
fn input_at_the_time_of_the_next_message_does_not_lose_it() {
    let mut scene = scene();
    let (ann, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Eve"));
    scene.peer(eve).late = true;
    say(&mut scene, ann, &messages("Ann", 2));
    scene.reads(eve);
    assert_eq!(reads(&mut scene, eve), ["Ann: 0"]);
    scene.now = scene.hub.next_deadline().unwrap();
    // A blank line, which is not a message.
    scene.send(eve, b"\n");
    scene.reads(eve);
    scene.wait(SOON);
    assert_eq!(reads(&mut scene, eve), ["Ann: 1"]);
}

#[test]
fn a_chaty_client_that_never_reads_is_removed_and_others_miss_nothing() {
    let mut scene = scene();
    let (ann, bob, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Bob"), join(&mut scene, "Eve"));
    reads(&mut scene, bob);
    scene.peer(eve).late = true;
    let said: Vec<String> =
        (0..SEND_QUEUE_BYTES / 900).map(|n| format!("Ann: {n:06} {}", "x".repeat(900))).collect();
    for part in said.chunks(100) {
        say(&mut scene, ann, part);
    }
    scene.wait(Duration::from_secs(5));
    let heard = reads(&mut scene, bob);
    assert_eq!(
        heard.iter().filter(|read| read.starts_with("Ann: ")).collect::<Vec<_>>(),
        said.iter().collect::<Vec<_>>()
    );
    assert_eq!(heard.iter().filter(|read| *read == "Eve left the chat ").count(), 1);
    assert_eq!(heard.len(), said.len() + 1);
    assert!(scene.peer(eve).closed);
    assert_eq!(scene.hub.sessions().count(), 2);
    assert_eq!(scene.hub.sessions().unsent(&[ann, bob]), (0, 0));
}

#[test]
fn a_removed_chaty_client_that_reads_at_last_is_told_in_its_own_message() {
    let mut scene = scene();
    let (ann, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Eve"));
    scene.peer(eve).late = true;
    let long = "x".repeat(900);
    let mut n = 0;
    while !scene.heard(ann).contains("Eve left") {
        n += 1;
        say(&mut scene, ann, &[format!("Ann: {n} {long}")]);
    }
    assert_eq!(read_once(&mut scene, eve), Some(format!("Ann: 1 {long}")));
    assert_eq!(read_once(&mut scene, eve).as_deref(), Some("KICK"));
    assert!(scene.peer(eve).closed);
}

#[test]
fn the_end_of_the_service_comes_last_and_alone() {
    let mut scene = scene();
    let (ann, bob, eve) = (join(&mut scene, "Ann"), join(&mut scene, "Bob"), join(&mut scene, "Eve"));
    reads(&mut scene, bob);
    scene.peer(eve).late = true;
    let said = messages("Ann", 5);
    say(&mut scene, ann, &said);
    scene.operate("exit");
    scene.wait(Duration::from_millis(10));
    let all: Vec<String> = said.into_iter().chain(["KICK".to_owned()]).collect();
    assert_eq!(reads(&mut scene, bob), all);
    assert!(scene.peer(bob).closed);
    let heard: Vec<_> = std::iter::from_fn(|| read_once(&mut scene, eve)).collect();
    assert_eq!(heard, all);
    assert!(scene.peer(eve).closed);
    scene.wait(CLOSE_LINGER);
    assert_eq!(scene.hub.sessions().count(), 0);
}

/// A step of the test.
#[derive(Clone, Debug)]
enum Step {
    /// A client sends this many messages at once.
    Say(usize, usize),
    /// A client reads late, or at once, from now on.
    Late(usize, bool),
    /// A late client reads once.
    Read(usize),
    /// A client's socket takes this many more bytes.
    Room(usize, usize),
    Wait(u64),
}

const CLIENTS: usize = 4;

/// A client reads everything that was sent.
fn take_the_rest(scene: &mut Scene, id: SessionId) {
    scene.read_on(id, usize::MAX);
    scene.reads(id);
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..CLIENTS;
    prop_oneof![
        3 => (who.clone(), 1_usize..6).prop_map(|(who, count)| Step::Say(who, count)),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, late)| Step::Late(who, late)),
        3 => who.clone().prop_map(Step::Read),
        1 => (who, 0_usize..20).prop_map(|(who, room)| Step::Room(who, room)),
        2 => (0_u64..60).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_read_is_one_message_however_they_read(steps in vec(step(), 1..60)) {
        let mut scene = scene();
        let names: Vec<String> = (0..CLIENTS).map(|n| format!("c{n}")).collect();
        let ids: Vec<SessionId> = names.iter().map(|name| join(&mut scene, name)).collect();
        for id in &ids {
            reads(&mut scene, *id);
        }
        let (mut said, mut heard) = (Vec::new(), vec![String::new(); CLIENTS]);
        for step in steps {
            match step {
                Step::Say(who, count) => {
                    let more: Vec<String> = (0..count).map(|n| format!("{}: {}", names[who], said.len() + n)).collect();
                    scene.send(ids[who], more.concat().as_bytes());
                    scene.wait(CHATY_FRAME_SILENCE);
                    said.extend(more);
                }
                Step::Late(who, late) => {
                    scene.peer(ids[who]).late = late;
                    if !late {
                        take_the_rest(&mut scene, ids[who]);
                    }
                }
                Step::Read(who) => take_the_rest(&mut scene, ids[who]),
                Step::Room(who, room) => {
                    scene.peer(ids[who]).late = true;
                    scene.read_on(ids[who], room);
                }
                Step::Wait(ms) => scene.wait(Duration::from_millis(ms)),
            }
            for (heard, id) in heard.iter_mut().zip(&ids) {
                heard.push_str(&scene.heard(*id));
            }
        }
        for id in &ids {
            take_the_rest(&mut scene, *id);
            scene.peer(*id).late = false;
        }
        scene.wait(Duration::from_secs(10));
        for ((name, id), mut heard) in names.iter().zip(&ids).zip(heard) {
            heard.push_str(&scene.heard(*id));
            let own = format!("{name}: ");
            let wanted: Vec<&String> = said.iter().filter(|text| !text.starts_with(&own)).collect();
            prop_assert_eq!(heard.split_terminator('\0').collect::<Vec<_>>(), wanted);
        }
    }
}
