//! The cost of a crowd, without sockets: members that join one by one, each announced to all; and a room in which some
//! do not read.

use std::hint::black_box;
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
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
        people_open_rooms: false,
        room_linger: Duration::ZERO,
        rooms: vec![("lobby".into(), KINDS[0])],
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

criterion_group!(crowd, joins, stalled);
criterion_main!(crowd);
