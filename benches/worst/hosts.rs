//! Rooms whose hosts wait for what people say, and so read all of it. The host of classic rounds is not one of them: it
//! counts who speaks, and reads nothing.

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use salon::base::limits::BOT_INPUT_BYTES;
use salon::base::name::Name;
use salon::base::text::head;
use salon::bots::Character;
use salon::hosts::{Host, HostAction, HostCommand, KINDS, RoomMessage, Setup, initiators};
use salon::proto::{Kind, MemberInfo};

use super::{Read, Reader, own_time};

/// The pause between two messages, so that nobody is warned of the spam limit, and no timeout is pending.
pub(crate) const PAUSE: Duration = Duration::from_secs(90);

/// One for each kind of room whose host reads, and for each speaker that it reads.
pub(crate) fn readers() -> Vec<Reader> {
    vec![
        ("lobby", talk("lobby")),
        ("chaty", talk("chaty")),
        (
            "round, an answer",
            Box::new(|text| Room::round(0).said("Ann", text).expect("an answer is awaited")),
        ),
        ("round, a vote", Box::new(|text| Room::round(3).said("Ann", text).expect("a vote is awaited"))),
        ("thrones, an order", order()),
        ("thrones, an answer", answer()),
    ]
}

/// Talk in a room with all its bots.
fn talk(kind: &str) -> Read {
    let mut room = Room::new(kind);
    Box::new(move |text| {
        room.now += PAUSE;
        room.said("Ann", text).expect("it reads")
    })
}

/// A Lord's answer to an event.
fn order() -> Read {
    let mut room = Room::thrones();
    Box::new(move |text| {
        let time = room.said("Ann", text).expect("an order is awaited");
        // What comes next comes at once, until the game is over.
        if room.host.on_operator_command(HostCommand::Now, room.now).is_err() || room.is_over() {
            room = Room::thrones();
        }
        time
    })
}

/// A follower's answer to an order while the host waits for others.
fn answer() -> Read {
    let mut room = Room::thrones();
    room.said("Ann", "Feed him!").expect("an order is awaited");
    Box::new(move |text| room.said("Bob", text).expect("answers are awaited"))
}

struct Room {
    host: Box<dyn Host>,
    now: Instant,
    /// How many orders were given.
    events: usize,
}

impl Room {
    /// A room with its bots and five people.
    fn new(kind: &str) -> Room {
        let setup = Setup {
            initiators: initiators::built_in().into_iter().map(Into::into).collect(),
            interval: None,
            lull: Duration::ZERO,
            bots: Character::ALL.to_vec(),
            seed: 1,
        };
        let kind = KINDS.into_iter().find(|known| known.traits.kind == kind).expect("a kind of room");
        let mut room = Room { host: (kind.host)(&setup, kind.traits.kind), now: Instant::now(), events: 0 };
        room.go_on();
        for name in ["Ann", "Bob", "Carl", "Dan", "Eve"] {
            room.host.on_join(&who(name, Kind::Person), room.now);
            room.go_on();
        }
        room
    }

    /// A round in which so many suggestions are answered. It waits for answers to the next one, or for votes.
    fn round(answered: usize) -> Room {
        let mut room = Room::new("round");
        for suggestion in 0..=answered {
            if suggestion > 0 {
                for name in ["Ann", "Bob", "Carl", "Dan"] {
                    let _ = room.said(name, "Yes.");
                }
            }
            // Until the host has said what comes next: it comments, and asks.
            for _ in 0..2 {
                room.now += Duration::from_secs(3);
                room.go_on();
            }
        }
        room
    }

    /// A game with five people, which waits for the Lord's order.
    fn thrones() -> Room {
        let mut room = Room::new("thrones");
        for (name, command) in
            [("Ann", "lord"), ("Bob", "follow"), ("Carl", "follow"), ("Dan", "follow"), ("Eve", "follow")]
        {
            room.host.on_slash_command(&who(name, Kind::Person), command, "", room.now);
        }
        let _ = room.host.on_operator_command(HostCommand::Now, room.now);
        room.go_on();
        room
    }

    /// Somebody says this. Returns how long reading it took, if it was read.
    fn said(&mut self, by: &str, text: &str) -> Option<Duration> {
        let (by, is_read, named) = (who(by, Kind::Person), Cell::new(false), Vec::new);
        let read = || {
            is_read.set(true);
            Some(head(text, BOT_INPUT_BYTES))
        };
        let start = own_time();
        self.host.on_message(
            &RoomMessage { by: Some(&by), read: &read, is_act: false, mentions: &named },
            self.now,
        );
        self.go_on();
        is_read.get().then(|| own_time().saturating_sub(start))
    }

    /// Whether the next order might be the last, since orders cost peace.
    fn is_over(&mut self) -> bool {
        self.events += 1;
        self.events == 2
    }

    /// Carries out the host's actions and timers: bots that it sends for join.
    fn go_on(&mut self) {
        self.host.on_timer(self.now);
        while let Some(act) = self.host.poll() {
            if let HostAction::SpawnBot(name) = &act {
                self.host.on_join(&who(name, Kind::Bot), self.now);
            }
            black_box(act);
        }
    }
}

fn who(name: &str, kind: Kind) -> MemberInfo {
    MemberInfo { name: Name::parse(name).expect("a name"), kind }
}
