//! The cost of a message to a room, without sockets: decoding, rules, encoding, and a write for each member.

use std::hint::black_box;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use salon::chat::HistoryLimits;
use salon::hosts::{KINDS, Setup, initiators};
use salon::hub::{Config, Hub, ListenerKind, PeerLimits, SessionId, Sink};
use salon::journal::RestoredState;
use salon::journal::memory::Memory;
use salon::proto::ReplayLimit;

/// Messages in a turn of the loop.
const MESSAGES: usize = 64;

/// A sink that takes everything.
struct Void;

impl Sink for Void {
    fn write(&mut self, _: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(black_box(slices).iter().map(|slice| slice.len()).sum())
    }
}

/// The dialect of a room's members. Programs are in so many rooms each, and messages are said in so many of them by turns.
#[derive(Clone, Copy)]
enum Room {
    Line,
    Eom,
    Half,
    Programs { rooms: usize, spoken: usize },
}

/// The rooms.
const NAMES: [&str; 5] = ["lobby", "one", "two", "three", "four"];

/// A room with this many members, of whom the first speaks.
fn room(members: usize, room: Room, now: Instant) -> (Hub, SessionId) {
    let mut hub = Hub::new(Config {
        people_open_rooms: false,
        room_linger: Duration::ZERO,
        rooms: NAMES.map(|name| (name.to_owned(), KINDS[0])).into(),
        hosts: Setup {
            initiators: initiators::built_in().into_iter().map(Into::into).collect(),
            interval: None,
            lull: Duration::ZERO,
            bots: Vec::new(),
            seed: 1,
        },
        spam_limit: None,
        limits: PeerLimits::default(),
        history: HistoryLimits { messages: 1_000, bytes: 4 << 20 },
        replay: ReplayLimit::All,
        restored: RestoredState::default(),
        outlives: false,
        memory: || None,
        tokens: None,
        cluster: None,
        password: None,
        operators: Vec::new(),
        irc: None,
        start: (Instant::now(), SystemTime::now()),
    });
    let ids: Vec<SessionId> = (0..members)
        .map(|n| {
            let peer = SocketAddr::from(([127, 0, 0, 1], 1));
            let permit = hub.admit(peer, ListenerKind::Any, now).expect("there is room");
            let id = hub.open(permit, now);
            if let Room::Programs { rooms, .. } = room {
                let hello = format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"p{n}\"}}\n");
                hub.received(id, hello.as_bytes(), now);
                for name in &NAMES[..rooms] {
                    let join = format!("{{\"type\":\"join\",\"room\":\"{name}\"}}\n");
                    hub.received(id, join.as_bytes(), now);
                    write(&mut hub, now);
                }
                return id;
            }
            let is_eom = matches!(room, Room::Eom) || matches!(room, Room::Half) && n % 2 == 1;
            let end = if is_eom { "::EOMsg::" } else { "\n" };
            hub.received(id, format!("p{n}{end}").as_bytes(), now);
            id
        })
        .collect();
    write(&mut hub, now);
    (hub, ids[0])
}

/// Writes all output, in as many turns as that takes.
fn write(hub: &mut Hub, now: Instant) {
    let mut is_first = true;
    while std::mem::take(&mut is_first) || hub.is_busy() {
        hub.resume(now);
        hub.drive_journal(&mut Memory::new(0, 0), now);
        hub.flush(&mut Void, now);
    }
}

fn benches(criterion: &mut Criterion) {
    let now = Instant::now();
    for (name, kind) in [
        ("line", Room::Line),
        ("eom", Room::Eom),
        ("half of each", Room::Half),
        ("programs in one room", Room::Programs { rooms: 1, spoken: 1 }),
        ("programs in five rooms", Room::Programs { rooms: NAMES.len(), spoken: 1 }),
        ("programs in five rooms, all spoken in", Room::Programs { rooms: NAMES.len(), spoken: NAMES.len() }),
    ] {
        let mut group = criterion.benchmark_group(format!("fan-out/{name}"));
        let text = "x".repeat(64);
        let message = |n: usize| match kind {
            Room::Eom => format!("{text}::EOMsg::"),
            Room::Line | Room::Half => format!("{text}\n"),
            Room::Programs { spoken, .. } => {
                format!("{{\"type\":\"say\",\"room\":\"{}\",\"text\":\"{text}\"}}\n", NAMES[n % spoken])
            }
        };
        let turn: String = (0..MESSAGES).map(message).collect();
        for members in [10, 100, 1_000, 10_000] {
            let (mut hub, speaker) = room(members, kind, now);
            group.throughput(Throughput::Elements((members * MESSAGES) as u64));
            group.bench_function(BenchmarkId::from_parameter(members), |b| {
                b.iter(|| {
                    hub.received(speaker, black_box(turn.as_bytes()), now);
                    write(&mut hub, now);
                });
            });
        }
        group.finish();
    }
}

criterion_group!(fan_out, benches);
criterion_main!(fan_out);
