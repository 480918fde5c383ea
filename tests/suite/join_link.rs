//! A client's link against the real hub, over a virtual network and clock.

use std::time::Duration;

use salon::base::limits::SERVER_LINE_BYTES;
use salon::client::link::{End, Identity, Link, Output, Reconnect, Stage};
use salon::hub::SessionId;
use salon::wire::json::{ClientMessage, ServerMessage};

use crate::support::scene::Scene;

/// A link and its connection.
struct Client {
    link: Link,
    session: Option<SessionId>,
    heard: Vec<String>,
    end: Option<End>,
}

impl Client {
    fn new(scene: &mut Scene, name: &str) -> Client {
        let identity = Identity { name: name.into(), bot: false, room: "lobby".into() };
        Client::of(Link::new(identity, Reconnect::AfterJoin, 7, scene.now), scene)
    }

    fn of(link: Link, scene: &mut Scene) -> Client {
        let mut client = Client { link, session: None, heard: Vec::new(), end: None };
        client.settle(scene);
        client
    }

    fn say(&mut self, scene: &mut Scene, text: &str) {
        self.link
            .send(ClientMessage::Say { room: None, to: None, ongoing: false, text: text.into() }, scene.now)
            .unwrap();
        self.settle(scene);
    }

    /// Lets time pass for both.
    fn wait(&mut self, scene: &mut Scene, time: Duration) {
        let end = scene.now + time;
        while let Some(due) = self.link.next_deadline().filter(|due| *due <= end) {
            scene.wait(due.saturating_duration_since(scene.now));
            self.link.handle_timeout(scene.now);
            self.settle(scene);
        }
        scene.wait(end.saturating_duration_since(scene.now));
        self.settle(scene);
    }

    /// Delivers everything in flight.
    fn settle(&mut self, scene: &mut Scene) {
        loop {
            let mut is_quiet = true;
            while let Some(output) = self.link.poll_output() {
                is_quiet = false;
                self.handle(output, scene);
            }
            if let Some(session) = self.session {
                let bytes = self.link.unsent().to_vec();
                if !bytes.is_empty() {
                    is_quiet = false;
                    self.link.sent(bytes.len());
                    scene.send(session, &bytes);
                }
                let heard = scene.heard(session);
                if !heard.is_empty() {
                    is_quiet = false;
                    self.link.received(heard.as_bytes(), scene.now);
                }
                if self.session.is_some() && scene.peer(session).closed {
                    is_quiet = false;
                    self.session = None;
                    self.link.lost(scene.now);
                }
            }
            if is_quiet {
                return;
            }
        }
    }

    fn handle(&mut self, output: Output, scene: &mut Scene) {
        match output {
            Output::Connect => {
                self.session = Some(scene.connect());
                self.link.connected(scene.now);
            }
            Output::Close => {
                if let Some(session) = self.session.take() {
                    scene.end(session);
                }
            }
            Output::Received(ServerMessage::Said { what }) => {
                self.heard.push(format!("{}: {}", what.who, what.text.unwrap_or_default()));
            }
            Output::Received(ServerMessage::Notice { text, .. } | ServerMessage::Refused { text, .. }) => {
                self.heard.push(text);
            }
            Output::Received(ServerMessage::Parted { room, text }) => {
                self.heard.push(format!("out of {room}: {text}"));
            }
            Output::Received(ServerMessage::Rooms { rooms }) => {
                let names: Vec<String> = rooms.into_iter().map(|room| room.name).collect();
                self.heard.push(format!("rooms: {}", names.join(", ")));
            }
            Output::LocalEcho(ClientMessage::Say { text, .. }) => self.heard.push(format!("(said) {text}")),
            Output::Received(_) | Output::LocalEcho(_) | Output::Reconnecting(_) | Output::NameRefused(_) => {
            }
            Output::Ended(end) => self.end = Some(end),
        }
    }

    /// The network fails without notice to either side.
    fn unplug(&mut self, scene: &mut Scene) {
        self.session = None;
        self.link.lost(scene.now);
        self.settle(scene);
    }
}

fn scene() -> Scene {
    Scene::new("--host-interval off")
}

#[test]
fn a_hundred_messages_at_the_servers_pace() {
    let mut scene = scene();
    let mut ann = Client::new(&mut scene, "Ann");
    let said: Vec<String> = (0..100).map(|n| format!("Ann: {n}")).collect();
    for n in 0..100 {
        ann.link
            .send(ClientMessage::Say { room: None, to: None, ongoing: false, text: n.to_string() }, scene.now)
            .unwrap();
    }
    assert!(
        ann.link
            .send(
                ClientMessage::Say { room: None, to: None, ongoing: false, text: "one too many".into() },
                scene.now
            )
            .is_err()
    );
    ann.settle(&mut scene);
    ann.wait(&mut scene, Duration::from_secs(90));
    assert_eq!(ann.heard, said, "in order, and without a warning");
    assert_eq!(ann.link.stage(), Stage::Live);
}

#[test]
fn what_was_under_way_is_said_once() {
    let mut scene = scene();
    let bob = scene.join("Bob");
    let mut ann = Client::new(&mut scene, "Ann");
    ann.say(&mut scene, "heard before");
    // The first message arrives, but not its echo; the second does not arrive.
    let session = ann.session.unwrap();
    ann.link
        .send(
            ClientMessage::Say { room: None, to: None, ongoing: false, text: "it arrived".into() },
            scene.now,
        )
        .unwrap();
    let bytes = ann.link.unsent().to_vec();
    scene.send(session, &bytes);
    ann.link.sent(bytes.len());
    ann.link
        .send(
            ClientMessage::Say { room: None, to: None, ongoing: false, text: "it did not".into() },
            scene.now,
        )
        .unwrap();
    scene.vanish(session);
    ann.unplug(&mut scene);
    ann.say(&mut scene, "typed meanwhile");
    ann.wait(&mut scene, Duration::from_secs(2));
    let heard = scene.heard(bob);
    let said: Vec<&str> = heard.lines().filter(|line| line.starts_with("Ann: ")).collect();
    let expected = ["Ann: heard before", "Ann: it arrived", "Ann: it did not", "Ann: typed meanwhile"];
    assert_eq!(said, expected);
    assert_eq!(ann.heard, expected, "and oneself hears each once too");
}

#[test]
fn ones_own_ghost_gives_the_name_back_at_once() {
    let mut scene = scene();
    let mut ann = Client::new(&mut scene, "Ann");
    for _ in 0..3 {
        let ghost = ann.session.unwrap();
        ann.unplug(&mut scene);
        ann.wait(&mut scene, Duration::from_secs(1));
        assert_eq!((ann.link.stage(), ann.link.name()), (Stage::Live, "Ann"));
        assert!(scene.peer(ghost).closed);
    }
}

#[test]
fn a_name_that_somebody_else_took_meanwhile_is_asked_for_again() {
    let mut scene = scene();
    let mut ann = Client::new(&mut scene, "Ann");
    scene.vanish(ann.session.unwrap());
    ann.unplug(&mut scene);
    scene.join("ann");
    ann.wait(&mut scene, Duration::from_secs(1));
    assert_eq!(ann.link.stage(), Stage::NeedsName);
    ann.link.set_name("Anna".into(), scene.now);
    ann.settle(&mut scene);
    assert_eq!((ann.link.stage(), ann.link.name()), (Stage::Live, "Anna"));
}

#[test]
fn pauses_grow_and_differ() {
    let pauses = |seed| {
        let mut scene = scene();
        let identity = Identity { name: "Ann".into(), bot: true, room: "lobby".into() };
        let mut link = Link::new(identity, Reconnect::Always, seed, scene.now);
        let mut pauses = Vec::new();
        while pauses.len() < 9 {
            match link.poll_output() {
                Some(Output::Connect) => link.lost(scene.now),
                Some(Output::Reconnecting(pause)) => {
                    pauses.push(pause);
                    scene.now += pause;
                    link.handle_timeout(scene.now);
                }
                other => panic!("{other:?}"),
            }
        }
        pauses
    };
    let one = pauses(1);
    for (n, pause) in one.iter().enumerate() {
        let limit = Duration::from_secs(1 << n.min(5)).min(Duration::from_secs(30));
        assert!(*pause <= limit && *pause >= limit / 2, "{n}: {pause:?}");
    }
    assert_eq!(one, pauses(1));
    assert_ne!(one, pauses(2));
}

#[test]
fn a_removed_client_does_not_reconnect() {
    let mut scene = scene();
    let mut ann = Client::new(&mut scene, "Ann");
    scene.operate("kick Ann enough");
    ann.settle(&mut scene);
    assert_eq!(ann.end, Some(End::Removed("enough".into())));
    assert_eq!(ann.link.next_deadline(), None);
}

#[test]
fn leaving_waits_for_what_is_still_to_be_said() {
    let mut scene = scene();
    let mut ann = Client::new(&mut scene, "Ann");
    for n in 0..8 {
        ann.say(&mut scene, &n.to_string());
    }
    ann.link.leave(scene.now);
    ann.settle(&mut scene);
    assert_eq!(ann.end, None);
    ann.wait(&mut scene, Duration::from_secs(5));
    assert_eq!(ann.end, Some(End::Left));
    assert_eq!(ann.heard[7], "Ann: 7");
}

#[test]
fn what_answers_may_be_something_else() {
    let mut scene = scene();
    let identity = Identity { name: "Ann".into(), bot: false, room: "lobby".into() };
    let mut link = Link::new(identity, Reconnect::AfterJoin, 0, scene.now);
    assert_eq!(link.poll_output(), Some(Output::Connect));
    link.connected(scene.now);
    link.received(b"HTTP/1.1 400 Bad Request\r\n\r\n", scene.now);
    assert_eq!(link.poll_output(), Some(Output::Close));
    let words = "HTTP/1.1 400 Bad Request".into();
    assert_eq!(link.poll_output(), Some(Output::Ended(End::UnknownServer(words))));
    // Later input has no effect.
    link.received(b"{\"type\":\"live\",\"room\":\"lobby\"}\n", scene.now);
    assert_eq!(link.poll_output(), None);
    scene.now += Duration::from_secs(1);
}

#[test]
fn a_line_without_an_end_is_of_something_else() {
    for cut in [SERVER_LINE_BYTES, 1000] {
        let mut scene = scene();
        let identity = Identity { name: "Ann".into(), bot: false, room: "lobby".into() };
        let mut link = Link::new(identity, Reconnect::Never, 0, scene.now);
        assert_eq!(link.poll_output(), Some(Output::Connect));
        link.connected(scene.now);
        for part in vec![b'{'; SERVER_LINE_BYTES].chunks(cut) {
            link.received(part, scene.now);
        }
        assert_eq!(link.poll_output(), None, "it may still end");
        link.received(b"{\n", scene.now);
        assert_eq!(link.poll_output(), Some(Output::Close));
        let words = "a line without an end".into();
        assert_eq!(link.poll_output(), Some(Output::Ended(End::UnknownServer(words))));
        scene.now += Duration::from_secs(1);
    }
}

#[test]
fn another_room_and_back_after_a_loss() {
    let mut scene = Scene::new("--rooms lobby,measurement=lobby,chaty --host-interval off");
    let mut ann = Client::new(&mut scene, "Ann");
    let mut bob = Client::new(&mut scene, "Bob");
    ann.say(&mut scene, "in the lobby");
    let command =
        |name: &str, rest: &str| ClientMessage::Command { room: None, name: name.into(), rest: rest.into() };
    ann.link.send(command("join", "measurement"), scene.now).unwrap();
    ann.settle(&mut scene);
    assert_eq!(ann.link.room(), "measurement");
    ann.say(&mut scene, "in the measurement");
    bob.settle(&mut scene);
    assert_eq!(bob.heard, ["Ann: in the lobby"]);
    assert_eq!(ann.heard.last().unwrap(), "Ann: in the measurement");
    scene.vanish(ann.session.unwrap());
    ann.unplug(&mut scene);
    ann.wait(&mut scene, Duration::from_secs(5));
    assert_eq!((ann.link.stage(), ann.link.room()), (Stage::Live, "measurement"), "where it was");
    assert_eq!(
        ann.heard.iter().filter(|line| *line == "Ann: in the measurement").count(),
        1,
        "and nothing twice"
    );
}

#[test]
fn several_rooms_and_all_of_them_again_after_a_loss() {
    let mut scene = Scene::new("--rooms lobby,garden=lobby,chaty --bots none --host-interval off");
    let mut bob = Client::new(&mut scene, "Bob");
    let identity = Identity { name: "Ann".into(), bot: false, room: String::new() };
    let rooms = ["nowhere", "garden", "Lobby", "chaty"].map(str::to_owned).to_vec();
    let link = Link::new(identity, Reconnect::AfterJoin, 7, scene.now).with_rooms(rooms);
    let mut ann = Client::of(link, &mut scene);
    assert_eq!(ann.link.stage(), Stage::Live, "one room that is gone keeps nobody out: {:?}", ann.heard);
    assert!(
        ann.heard.iter().any(|line| line.starts_with("out of nowhere: There is no room")),
        "{:?}",
        ann.heard
    );
    assert!(ann.heard.contains(&"rooms: lobby, garden, chaty".to_owned()), "{:?}", ann.heard);
    ann.heard.clear();
    let say = |room: &str, text: &str| ClientMessage::Say {
        room: Some(room.into()),
        to: None,
        ongoing: false,
        text: text.into(),
    };
    for (room, text) in [("lobby", "one"), ("chaty", "two"), ("garden", "three")] {
        ann.link.send(say(room, text), scene.now).unwrap();
    }
    ann.settle(&mut scene);
    bob.settle(&mut scene);
    // The host of chaty tells newcomers what to say.
    let is_hint = |line: &String| {
        line.starts_with("The bots here know six words:") || line.starts_with("Say something with work,")
    };
    ann.heard.retain(|line| !is_hint(line));
    assert_eq!(ann.heard, ["(said) two", "Ann: one", "Ann: three"], "only chaty does not echo");
    assert_eq!(bob.heard, ["Ann: one"], "each where it belongs");

    // What was said during the loss is said once, and where it belongs.
    scene.vanish(ann.session.unwrap());
    bob.say(&mut scene, "where is Ann?");
    ann.unplug(&mut scene);
    for room in ["garden", "lobby"] {
        ann.link.send(say(room, "I am back"), scene.now).unwrap();
    }
    ann.heard.clear();
    ann.wait(&mut scene, Duration::from_secs(5));
    assert_eq!(ann.link.stage(), Stage::Live);
    // Rooms without an echo replay one's own messages.
    ann.heard.retain(|line| line != "Ann: two" && !is_hint(line));
    assert_eq!(
        ann.heard,
        ["Bob: where is Ann?", "rooms: lobby, garden, chaty", "Ann: I am back", "Ann: I am back"],
        "nothing twice"
    );
    bob.settle(&mut scene);
    assert_eq!(bob.heard.last().unwrap(), "Ann: I am back");
}

#[test]
fn a_link_that_comes_back_misses_nothing_and_asks_for_the_past_as_it_was_told() {
    let mut scene = Scene::new("--rooms lobby --bots none --host-interval off --spam-limit off");
    let bob = scene.join("Bob");
    for n in 0..10 {
        scene.send(bob, format!("before {n}\n").as_bytes());
    }
    let identity = Identity { name: "Ann".into(), bot: false, room: "lobby".into() };
    let link = Link::new(identity, Reconnect::AfterJoin, 7, scene.now).with_replay(Some(3));
    let mut ann = Client::of(link, &mut scene);
    assert_eq!(ann.heard, ["Bob: before 7", "Bob: before 8", "Bob: before 9"]);
    scene.vanish(ann.session.unwrap());
    // More than anybody hears who comes anew.
    for n in 0..200 {
        scene.send(bob, format!("meanwhile {n}\n").as_bytes());
    }
    ann.unplug(&mut scene);
    ann.heard.clear();
    ann.wait(&mut scene, Duration::from_secs(5));
    assert_eq!(ann.link.stage(), Stage::Live);
    let missed: Vec<String> = (0..200).map(|n| format!("Bob: meanwhile {n}")).collect();
    assert_eq!(ann.heard, missed);
}

#[test]
fn a_link_whose_rooms_are_all_gone_comes_to_the_first_unless_it_was_to_be_another() {
    let mut scene = Scene::new("--rooms lobby --bots none --host-interval off");
    let mut link = |name: &str, room: &str| {
        let identity = Identity { name: name.into(), bot: false, room: room.into() };
        let rooms = ["here", "there"].map(str::to_owned).to_vec();
        let link = Link::new(identity, Reconnect::AfterJoin, 7, scene.now).with_rooms(rooms);
        Client::of(link, &mut scene)
    };
    let ann = link("Ann", "");
    assert_eq!((ann.link.stage(), ann.link.room()), (Stage::Live, "lobby"));
    for room in ["out of here: There is no room here. ", "out of there: There is no room there. "] {
        assert!(ann.heard.iter().any(|line| line.starts_with(room)), "{:?}", ann.heard);
    }
    let bob = link("Bob", "there");
    assert!(matches!(&bob.end, Some(End::Refused(why)) if why.contains("there")), "{:?}", bob.end);
}

#[test]
fn what_is_said_without_an_echo_is_shown_at_once_and_only_where_it_is_said() {
    let mut scene = Scene::new("--rooms lobby,chaty --host-interval off");
    let mut ann = Client::new(&mut scene, "Ann");
    let command =
        |name: &str, rest: &str| ClientMessage::Command { room: None, name: name.into(), rest: rest.into() };
    ann.link.send(command("join", "chaty"), scene.now).unwrap();
    ann.settle(&mut scene);
    ann.heard.clear();
    ann.say(&mut scene, "hello");
    // The host of the room tells who is not answered what to say.
    assert_eq!(ann.heard.len(), 2, "{:?}", ann.heard);
    assert_eq!(ann.heard[0], "(said) hello");
    assert!(ann.heard[1].starts_with("The bots here know six words:"), "{:?}", ann.heard);
    ann.link.send(command("leave", ""), scene.now).unwrap();
    ann.settle(&mut scene);
    ann.heard.clear();
    ann.say(&mut scene, "does anybody hear me?");
    assert!(ann.heard[0].starts_with("You are in no room."), "{:?}", ann.heard);
    assert_eq!(ann.heard.len(), 1, "{:?}", ann.heard);
}
