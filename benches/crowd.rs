//! The cost of a crowd, without sockets: members that join one by one, each announced to all; a room in which some do not
//! read; and many small rooms that people opened, against one room with as many members.

use std::hint::black_box;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use salon::chat::HistoryLimits;
use salon::hosts::{KINDS, Setup, initiators};
use salon::hub::{Config, Hub, ListenerKind, PeerLimits, SessionId, Sink};
use salon::journal::RestoredState;
use salon::journal::memory::Memory;
use salon::proto::ReplayLimit;

/// Messages in a turn of the loop.
const MESSAGES: usize = 64;

/// Rooms that people opened: how many, how many of them each owner opens, and in how many each member is.
const ROOMS: usize = 1_000;
const OWN: usize = 10;
const JOINED: usize = 16;
/// The members, and the memberships of all together.
const MEMBERS: usize = 625;
const MEMBERSHIPS: usize = MEMBERS * JOINED;

/// A sink that takes everything, except from every tenth connection, which does not read.
struct Tenth {
    reads: bool,
}

impl Sink for Tenth {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.reads && to.0.is_multiple_of(10) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(black_box(slices).iter().map(|slice| slice.len()).sum())
    }
}

fn hub(now: Instant) -> Hub {
    Hub::new(Config {
        people_open_rooms: true,
        room_linger: Duration::from_secs(3_600),
        rooms: vec![("lobby".into(), KINDS[0])],
        hosts: Setup {
            initiators: initiators::built_in().into_iter().map(Into::into).collect(),
            interval: None,
            lull: Duration::ZERO,
            bots: Vec::new(),
            seed: 1,
        },
        spam_limit: None,
        limits: PeerLimits { commands: None, ..PeerLimits::default() },
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
        start: (now, SystemTime::now()),
    })
}

/// Adds a member, in a turn of the loop of its own.
fn join(hub: &mut Hub, number: usize, sink: &mut Tenth, now: Instant) -> SessionId {
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    let permit = hub.admit(peer, ListenerKind::Any, now).expect("there is room");
    let id = hub.open(permit, now);
    hub.received(id, format!("p{number}\n").as_bytes(), now);
    write(hub, sink, now);
    id
}

/// Writes all output, in as many turns as that takes.
fn write(hub: &mut Hub, sink: &mut Tenth, now: Instant) {
    let mut is_first = true;
    while std::mem::take(&mut is_first) || hub.is_busy() {
        hub.resume(now);
        hub.drive_journal(&mut Memory::new(0, 0), now);
        hub.flush(sink, now);
    }
}

fn room(members: usize, now: Instant) -> (Hub, SessionId) {
    let (mut hub, mut sink) = (hub(now), Tenth { reads: true });
    let ids: Vec<SessionId> = (0..members).map(|number| join(&mut hub, number, &mut sink, now)).collect();
    (hub, ids[1])
}

/// All join one by one, and each is announced to those before it.
fn joins(criterion: &mut Criterion) {
    let now = Instant::now();
    let mut group = criterion.benchmark_group("join storm");
    group.sample_size(10);
    for members in [100, 1_000] {
        group.throughput(Throughput::Elements((members * (members - 1) / 2) as u64));
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter(|| black_box(room(members, now)));
        });
    }
    group.finish();
}

/// A turn's messages to a room in which one in ten does not read.
fn stalled(criterion: &mut Criterion) {
    let now = Instant::now();
    let mut group = criterion.benchmark_group("one in ten does not read");
    let turn = format!("{}\n", "x".repeat(64)).repeat(MESSAGES);
    for members in [100, 1_000] {
        group.throughput(Throughput::Elements((members * MESSAGES) as u64));
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter_batched(
                || room(members, now),
                |(mut hub, speaker)| {
                    hub.received(speaker, black_box(turn.as_bytes()), now);
                    write(&mut hub, &mut Tenth { reads: false }, now);
                    hub
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// A hub with members, and who says what: a message for each membership.
type Filled = (Hub, Vec<(SessionId, String)>);

/// A program comes.
fn come(hub: &mut Hub, number: usize, now: Instant) -> SessionId {
    // People at one address open few rooms.
    let address = Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(number).expect("there are few"));
    let peer = SocketAddr::from((address, 1));
    let permit = hub.admit(peer, ListenerKind::Any, now).expect("there is room");
    let id = hub.open(permit, now);
    let hello = format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"p{number}\"}}\n");
    hub.received(id, hello.as_bytes(), now);
    id
}

/// A thousand rooms with ten members each; and who speaks in which.
fn many_rooms(now: Instant) -> Filled {
    let (mut hub, mut sink) = (hub(now), Tenth { reads: true });
    let ids: Vec<SessionId> = (0..MEMBERS).map(|number| come(&mut hub, number, now)).collect();
    write(&mut hub, &mut sink, now);
    for opens in [true, false] {
        for (number, id) in ids.iter().enumerate() {
            let is_owner = number < ROOMS / OWN;
            let first = if is_owner { number * OWN } else { number * JOINED };
            let rooms = match (opens, is_owner) {
                (true, true) => 0..OWN,
                (true, false) => 0..0,
                // Owners are in their own rooms.
                (false, true) => OWN..JOINED,
                (false, false) => 0..JOINED,
            };
            for nth in rooms {
                let (what, room) = (if opens { "open" } else { "join" }, (first + nth) % ROOMS);
                let line = format!("{{\"type\":\"{what}\",\"room\":\"r{room}\"}}\n");
                hub.received(*id, line.as_bytes(), now);
            }
            write(&mut hub, &mut sink, now);
        }
    }
    let line = |room| format!("{{\"type\":\"say\",\"room\":\"r{room}\",\"text\":\"hi\"}}\n");
    (hub, (0..ROOMS).map(|room| (ids[room / OWN], line(room))).collect())
}

/// One room with as many members; and who speaks there.
fn one_room(now: Instant) -> Filled {
    let (mut hub, mut sink) = (hub(now), Tenth { reads: true });
    let ids: Vec<SessionId> = (0..MEMBERSHIPS).map(|number| come(&mut hub, number, now)).collect();
    write(&mut hub, &mut sink, now);
    for some in ids.chunks(JOINED) {
        for id in some {
            hub.received(*id, b"{\"type\":\"join\",\"room\":\"lobby\"}\n", now);
        }
        write(&mut hub, &mut sink, now);
    }
    let line = "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"hi\"}\n".to_owned();
    (hub, vec![(ids[0], line)])
}

/// Rooms that people opened, against one room with as many memberships: everybody comes, a message for each membership, and a
/// turn in which nothing happens.
fn opened(criterion: &mut Criterion) {
    let now = Instant::now();
    let mut group = criterion.benchmark_group("ten thousand memberships");
    group.sample_size(10);
    for (name, fill) in [("1000 rooms", many_rooms as fn(Instant) -> Filled), ("one room", one_room)] {
        group.throughput(Throughput::Elements(MEMBERSHIPS as u64));
        group.bench_function(format!("joining/{name}"), |b| b.iter(|| black_box(fill(now))));
        let (mut hub, lines) = fill(now);
        group.bench_function(format!("a message for each/{name}"), |b| {
            b.iter(|| {
                for (speaker, line) in &lines {
                    hub.received(*speaker, black_box(line.as_bytes()), now);
                }
                write(&mut hub, &mut Tenth { reads: true }, now);
            });
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("an idle turn/{name}"), |b| {
            b.iter(|| write(&mut hub, &mut Tenth { reads: true }, now));
        });
    }
    group.finish();
}

criterion_group!(crowd, joins, stalled, opened);
criterion_main!(crowd);
