//! Random rooms, connections and sockets, compared with what each connection must receive: everything that its rooms
//! said while it was subscribed, whole, once and in order, and its private output in between.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::base::limits::GATHERED_COPY_BYTES;
use crate::wire::Dialect;
use std::io::{self, ErrorKind, IoSlice};

/// No history.
struct Nothing;

impl HistorySource for Nothing {
    fn entries(&self, _: RoomId, _: Excerpt) -> impl Iterator<Item = &crate::proto::LogEntry> {
        std::iter::empty()
    }

    fn evicted_below(&self, _: RoomId) -> u64 {
        0
    }

    fn unreleased_edit(&self, _: RoomId, _: &std::ops::Range<u64>, _: impl Fn(u64) -> bool) -> Option<u64> {
        None
    }
}

/// Sockets with limited space. One that is full can be read by its peer at any time, before anybody is told.
#[derive(Default)]
struct Sockets {
    taken: HashMap<SessionId, Vec<u8>>,
    space: HashMap<SessionId, usize>,
    /// The space that a full socket gets again.
    refill: HashMap<SessionId, usize>,
    /// How often each was written to.
    writes: HashMap<SessionId, usize>,
}

impl Sink for Sockets {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        *self.writes.entry(to).or_default() += 1;
        let space = self.space.entry(to).or_default();
        let taken = self.taken.entry(to).or_default();
        let before = taken.len();
        for slice in slices {
            let part = &slice[..slice.len().min(*space)];
            taken.extend_from_slice(part);
            *space -= part.len();
        }
        if taken.len() > before {
            return Ok(taken.len() - before);
        }
        *space = space.saturating_add(self.refill.get(&to).copied().unwrap_or_default());
        Err(ErrorKind::WouldBlock.into())
    }
}

#[derive(Clone, Debug)]
enum Step {
    Subscribe(usize, usize),
    Unsubscribe(usize, usize),
    Broadcast(usize, Option<usize>),
    Unicast(usize),
    Seal,
    Release,
    Flush,
    Space(usize, usize),
    Refill(usize, usize),
}

const CONNECTIONS: usize = 4;
/// The dialects. One dialect has a single connection, so its lane begins and ends in rooms.
const SPEAKS: [Dialect; CONNECTIONS] = [Dialect::Line, Dialect::Eom, Dialect::Line, Dialect::Line];
/// Further subscribers of the first room, so that writing to it takes more than a turn.
const LISTENERS: usize = 100;
/// A connection whose socket takes everything.
const FAST: usize = 3;
const ROOMS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let (connection, room) = (0..CONNECTIONS, 0..ROOMS);
    prop_oneof![
        2 => (connection.clone(), room.clone()).prop_map(|(id, room)| Step::Subscribe(id, room)),
        1 => (connection.clone(), room.clone()).prop_map(|(id, room)| Step::Unsubscribe(id, room)),
        5 => (room, prop::option::weighted(0.2, connection.clone()))
            .prop_map(|(room, except)| Step::Broadcast(room, except)),
        1 => connection.clone().prop_map(Step::Unicast),
        3 => Just(Step::Seal),
        2 => Just(Step::Release),
        4 => Just(Step::Flush),
        3 => (connection.clone(), 0_usize..40).prop_map(|(id, bytes)| Step::Space(id, bytes)),
        2 => (connection, 0_usize..12).prop_map(|(id, bytes)| Step::Refill(id, bytes)),
    ]
}

/// The fan-out, and what each connection must receive: by room, and its private output with how much was said before.
struct World {
    fanout: Fanout,
    sockets: Sockets,
    batch: u64,
    said: usize,
    expected: Vec<BTreeMap<usize, Vec<String>>>,
    alone: Vec<Vec<String>>,
}

impl World {
    fn new() -> World {
        let mut fanout = Fanout::new(1 << 20);
        (0..ROOMS).for_each(|room| fanout.open_room(RoomId::first(room), 1));
        for (id, dialect) in SPEAKS.into_iter().enumerate() {
            fanout.open(SessionId(id), dialect.encoding());
        }
        let mut sockets = Sockets::default();
        for id in CONNECTIONS..CONNECTIONS + LISTENERS {
            fanout.open(SessionId(id), Dialect::Line.encoding());
            fanout.subscribe(SessionId(id), RoomId::first(0));
            sockets.space.insert(SessionId(id), usize::MAX);
        }
        sockets.space.insert(SessionId(FAST), usize::MAX);
        World {
            fanout,
            sockets,
            batch: 0,
            said: 0,
            expected: vec![BTreeMap::new(); CONNECTIONS],
            alone: vec![Vec::new(); CONNECTIONS],
        }
    }

    fn is_in(&self, id: usize, room: usize) -> bool {
        self.fanout.subscriptions(SessionId(id)).any(|it| it == RoomId::first(room))
    }

    fn flush(&mut self) {
        self.fanout.flush(&mut self.sockets, &Nothing, Instant::now());
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Subscribe(id, room) if !self.is_in(id, room) => {
                self.fanout.subscribe(SessionId(id), RoomId::first(room));
            }
            Step::Unsubscribe(id, room) if self.is_in(id, room) => {
                self.fanout.unsubscribe(SessionId(id), RoomId::first(room));
            }
            Step::Subscribe(..) | Step::Unsubscribe(..) => {}
            Step::Broadcast(room, except) => {
                self.said += 1;
                let line = format!("{room}.{}", self.said);
                for id in 0..CONNECTIONS {
                    if !self.is_in(id, room) || Some(id) == except {
                        continue;
                    }
                    self.expected[id].entry(room).or_default().push(line.clone());
                }
                let except: Vec<SessionId> = except.map(SessionId).into_iter().collect();
                self.fanout.broadcast(RoomId::first(room), &Event::notice(line), &except);
            }
            Step::Unicast(id) => {
                self.said += 1;
                let line = format!("alone.{}", self.said);
                self.alone[id].push(line.clone());
                self.fanout.unicast(SessionId(id), &Event::notice(line));
            }
            Step::Seal => {
                self.batch += 1;
                self.fanout.seal(self.batch);
            }
            Step::Release => self.fanout.release(self.batch),
            Step::Flush => self.flush(),
            Step::Space(id, bytes) => {
                let space = self.sockets.space.entry(SessionId(id)).or_default();
                *space = space.saturating_add(bytes);
                self.fanout.writable(SessionId(id));
            }
            Step::Refill(id, bytes) => _ = self.sockets.refill.insert(SessionId(id), bytes),
        }
    }

    /// Releases and writes everything.
    fn settle(&mut self) {
        self.take(&Step::Seal);
        self.take(&Step::Release);
        self.write();
        assert_eq!(self.fanout.backlog(SessionId(FAST)), 0, "nothing is forgotten in a queue");
        (0..CONNECTIONS).for_each(|id| self.take(&Step::Space(id, 1 << 20)));
        self.write();
    }

    fn write(&mut self) {
        while self.fanout.has_work() {
            self.flush();
        }
    }

    fn heard(&self, id: usize) -> Vec<String> {
        let bytes = self.sockets.taken.get(&SessionId(id)).cloned().unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap().replace("::EOMsg::", "\n");
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        text.lines().map(str::to_owned).collect()
    }
}

proptest! {
    #[test]
    fn each_connection_hears_all_of_its_rooms_whole_once_and_in_order(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.settle();
        for id in 0..CONNECTIONS {
            let heard = world.heard(id);
            for room in 0..ROOMS {
                let prefix = format!("{room}.");
                let of_room: Vec<&String> = heard.iter().filter(|line| line.starts_with(&prefix)).collect();
                let expected: Vec<&String> = world.expected[id].get(&room).into_iter().flatten().collect();
                prop_assert_eq!(of_room, expected, "room {} for {}", room, id);
            }
            // Private output comes after all that its rooms said before.
            let number = |line: &str| line.rsplit('.').next().and_then(|n| n.parse::<usize>().ok());
            for (at, line) in heard.iter().enumerate().filter(|(_, line)| line.starts_with("alone.")) {
                let later = heard[at..].iter().filter(|other| number(other) < number(line)).count();
                prop_assert_eq!(later, 0, "{:?}", heard);
            }
            prop_assert_eq!(heard.iter().filter(|line| line.starts_with("alone.")).count(), world.alone[id].len());
        }
        prop_assert_eq!(world.fanout.queued_bytes(), 0, "an idle connection keeps no memory");
        prop_assert!(!world.fanout.has_unreleased() && !world.fanout.must_pause_reads());
    }
}

/// Nothing is delivered before its release, and subscribers of several rooms are on the fast path.
#[test]
fn what_is_not_released_is_not_heard() {
    let mut world = World::new();
    for (id, room) in [(0, 0), (0, 1), (1, 0)] {
        world.take(&Step::Subscribe(id, room));
    }
    world.settle();
    let paths = |world: &World| {
        let all = world.fanout.rooms.iter().flat_map(|room| &room.subscriptions);
        let ours = all.filter(|subscription| subscription.session.0 < CONNECTIONS);
        ours.map(|subscription| subscription.path).collect::<Vec<_>>()
    };
    let all_fast = [Path::Gather, Path::Direct, Path::Gather];
    assert_eq!(paths(&world), all_fast);
    world.take(&Step::Broadcast(0, None));
    world.take(&Step::Seal);
    world.write();
    assert_eq!(world.heard(0), [""; 0]);
    world.take(&Step::Release);
    world.write();
    assert_eq!((world.heard(0), world.heard(1)), (vec!["0.1".to_owned()], vec!["0.1".to_owned()]));
    // A socket that takes a part leaves the fast path in all rooms, and returns when it has everything.
    world.sockets.space.insert(SessionId(0), 2);
    world.take(&Step::Broadcast(0, None));
    world.take(&Step::Broadcast(1, None));
    world.take(&Step::Seal);
    world.take(&Step::Release);
    world.write();
    assert_eq!(paths(&world), [Path::Queue, Path::Direct, Path::Queue]);
    world.settle();
    assert_eq!((world.heard(0).len(), paths(&world)), (3, all_fast.to_vec()));
}

#[test]
fn what_several_rooms_say_in_a_turn_is_one_write() {
    let mut world = World::new();
    for (id, room) in [(FAST, 0), (FAST, 1), (FAST, 2), (0, 0)] {
        world.take(&Step::Subscribe(id, room));
    }
    world.settle();
    // So few that they are copied together, and so many that they are not.
    for count in [1, GATHERED_COPY_BYTES / 8] {
        world.sockets.writes.clear();
        world.expected[FAST].clear();
        for room in 0..ROOMS {
            (0..count).for_each(|_| world.take(&Step::Broadcast(room, None)));
        }
        world.settle();
        assert_eq!(world.sockets.writes[&SessionId(FAST)], 1);
        let expected: Vec<String> = world.expected[FAST].values().flatten().cloned().collect();
        assert_eq!(world.heard(FAST), expected);
        world.sockets.taken.clear();
    }
}

#[test]
fn nothing_of_its_rooms_follows_when_a_queue_is_cut() {
    let mut world = World::new();
    for room in 0..ROOMS {
        world.take(&Step::Subscribe(0, room));
    }
    world.settle();
    // One is released, one is sealed, and one is neither.
    world.take(&Step::Broadcast(0, None));
    world.take(&Step::Seal);
    world.take(&Step::Release);
    world.take(&Step::Broadcast(1, None));
    world.take(&Step::Seal);
    world.take(&Step::Broadcast(2, None));
    world.fanout.cut(SessionId(0));
    world.take(&Step::Unicast(0));
    world.settle();
    assert_eq!(world.heard(0), world.alone[0]);
    world.take(&Step::Broadcast(1, None));
    world.settle();
    assert_eq!(world.heard(0).len(), 2, "what is said later is heard");
}
