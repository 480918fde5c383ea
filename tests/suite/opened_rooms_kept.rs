//! Rooms that people opened survive the server, and stay theirs.

use std::net::{Ipv6Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::keep;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, TEST_TIMEOUT};

fn start(data: &Path, options: &[&str]) -> Salon {
    let usual = ["--bots", "none", "--host-interval", "off", "--command-limit", "off"];
    keep::start(data, &[&usual, options].concat())
}

/// Somebody else, who comes from another address. `None`: this machine has no second one.
fn from_elsewhere(port: u16, name: &str) -> Option<Peer> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("not tested: this machine has no IPv6");
        return None;
    }
    let mut peer = Peer::connect_to((Ipv6Addr::LOCALHOST, port).into());
    enter(&mut peer, name, "the lobby");
    Some(peer)
}

/// Goes to a room with this command, and returns what is heard there first.
fn enter(peer: &mut Peer, command: &str, room: &str) -> String {
    peer.say(command);
    peer.say("/who");
    peer.until(&format!("1 in {room}: "))
}

/// Asks for the rooms until `is_so` is true of the answer.
fn wait_for_rooms(salon: &Salon, is_so: impl Fn(&str) -> bool) {
    let (mut operator, end) = (keep::operator(salon), Instant::now() + TEST_TIMEOUT);
    loop {
        let answer: Value = keep::order(&mut operator, "rooms");
        if is_so(answer["text"].as_str().unwrap()) {
            return;
        }
        assert!(Instant::now() < end, "{answer}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_room_is_its_owners_after_the_server_was_killed() {
    let data = Folder::new();
    let rooms = ["--rooms", "lobby"];
    let salon = start(data.path(), &rooms);
    let mut ann = Peer::join(salon.port, "Ann");
    enter(&mut ann, "/open den tea at five", "den");
    ann.say("The key is under the mat.");
    ann.until("under the mat.\n");
    ann.say("/private on");
    ann.until("made this room private");
    let answer = keep::order(&mut keep::operator(&salon), "topic lobby welcome");
    assert_eq!(answer["ok"], true, "{answer}");
    keep::kill(salon);

    let salon = start(data.path(), &rooms);
    if let Some(mut eve) = from_elsewhere(salon.port, "Ann") {
        eve.say("/topic");
        eve.until("The topic of the lobby: welcome (the server's operator, ");
        eve.say("/join den");
        eve.until("There is no room den.");
        eve.say("/open den");
        eve.until("No room can be called den now.");
        eve.say("/exit");
        eve.until_closed();
    }
    let mut ann = Peer::join(salon.port, "Ann");
    let heard = enter(&mut ann, "/join den", "den");
    assert!(heard.contains("The topic: tea at five (Ann, "), "{heard}");
    assert!(heard.contains("Ann: The key is under the mat.\n"), "{heard}");
    ann.say("/topic tea at six");
    ann.until("Ann set the topic: tea at six\n");
    keep::kill(salon);

    // The operator has a room of that name now. Nothing of hers is in it.
    let salon = start(data.path(), &["--rooms", "lobby,den=lobby"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let heard = enter(&mut ann, "/join den", "den");
    assert!(!heard.contains("tea at six") && !heard.contains("under the mat"), "{heard}");
    ann.say("/history");
    ann.until("Nothing was said in den yet.\n");
}

#[test]
fn a_room_that_rests_goes_on_for_its_owner_only() {
    let data = Folder::new();
    let options = ["--rooms", "lobby", "--room-linger", "1s"];
    let salon = start(data.path(), &options);
    let mut ann = Peer::join(salon.port, "Ann");
    for room in ["den", "attic"] {
        enter(&mut ann, &format!("/open {room} the plan"), room);
        ann.say(&format!("Said in the {room}."));
        ann.until(&format!("Ann: Said in the {room}.\n"));
    }
    enter(&mut ann, "/join lobby", "the lobby");
    wait_for_rooms(&salon, |rooms| !rooms.contains("den") && !rooms.contains("attic"));
    keep::kill(salon);

    let salon = start(data.path(), &options);
    wait_for_rooms(&salon, |rooms| !rooms.contains("den") && !rooms.contains("attic"));
    if let Some(mut eve) = from_elsewhere(salon.port, "Ann") {
        let heard = enter(&mut eve, "/open attic", "attic");
        assert!(heard.contains("The room attic is open, and yours."), "{heard}");
        assert!(!heard.contains("the plan") && !heard.contains("Said in"), "{heard}");
        eve.say("/history");
        eve.until("Nothing was said in attic yet.\n");
        eve.say("/exit");
        eve.until_closed();
    }
    let mut ann = Peer::join(salon.port, "Ann");
    let heard = enter(&mut ann, "/open den", "den");
    assert!(heard.contains("The room den is open again, as you left it."), "{heard}");
    assert!(
        heard.contains("The topic: the plan (Ann, ") && heard.contains("Ann: Said in the den.\n"),
        "{heard}"
    );
    ann.say("/history");
    ann.until("Ann: Said in the den.\n");
}
