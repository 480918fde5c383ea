//! The replicated log of a cluster, in memory, with the faults of a real one: batches that take time, are lost and sent again, or
//! are in the log twice; nodes that are cut off; an engine that stands still; a replica that lies; and snapshots that are not
//! stored, or of which a piece is missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use salon::cluster::log::{LogEvent, LogFigures, Packet, Published, ReplicatedLog, beginnings};
use salon::cluster::pieces::{Pieces, split};

/// How long a log tries to publish a batch.
const GIVES_UP: Duration = Duration::from_secs(60);

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub time: SystemTime,
    pub node: String,
    pub bytes: Arc<[u8]>,
}

/// The log, and all who hear it.
#[derive(Debug)]
pub struct LogState {
    pub entries: Vec<Entry>,
    now: Instant,
    wall: SystemTime,
    /// How many entries are gone, but for tests.
    pub trimmed: usize,
    /// The pieces of snapshots, by their places.
    pub snapshots: BTreeMap<u64, Vec<Vec<u8>>>,
    /// Nodes have begun from so many snapshots, and gone on from so many when they were away for too long.
    pub begun: usize,
    pub gone_on: usize,
    /// No snapshot is stored.
    pub is_full: bool,
    /// The engine commits nothing.
    pub is_down: bool,
    /// How many packets are lost from now on.
    pub lost_packets: usize,
    /// Packets come twice.
    pub doubles_packets: bool,
    readers: Vec<Reader>,
}

/// The engine's side of one node.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
struct Reader {
    node: String,
    /// How many entries it has heard, or knows from a snapshot.
    heard: usize,
    /// Up to which entry it has stored all, before it hears any. `None`: it has begun.
    stored: Option<u64>,
    /// It reaches the engine.
    is_cut: bool,
    /// What it publishes, since when, and when that is committed.
    pending: Option<(Published, Instant, Instant)>,
    /// The next batches are in the log twice.
    doubles: bool,
    /// How long a batch takes.
    delay: Duration,
    told_caught_up: bool,
    caught_up_at: usize,
    events: VecDeque<LogEvent>,
    /// From here on it hears other bytes than all others.
    lies_from: Option<usize>,
    is_open: bool,
}

/// The log as one node has it.
#[derive(Clone, Debug)]
pub struct VirtualLog {
    state: Rc<RefCell<LogState>>,
    reader: usize,
}

/// A new log at this time.
pub fn new_log(now: Instant, wall: SystemTime) -> Rc<RefCell<LogState>> {
    Rc::new(RefCell::new(LogState {
        entries: Vec::new(),
        trimmed: 0,
        snapshots: BTreeMap::new(),
        begun: 0,
        gone_on: 0,
        is_full: false,
        now,
        wall,
        is_down: false,
        lost_packets: 0,
        doubles_packets: false,
        readers: Vec::new(),
    }))
}

/// Opens the log for a node, which has stored all up to an entry.
pub fn open(state: &Rc<RefCell<LogState>>, node: &str, stored: u64) -> VirtualLog {
    let mut log = state.borrow_mut();
    for reader in log.readers.iter_mut().filter(|reader| reader.node == node) {
        reader.is_open = false;
        // What an earlier run published may still arrive: `commit` decides.
    }
    let caught_up_at = log.entries.len();
    log.readers.push(Reader {
        node: node.to_owned(),
        heard: 0,
        stored: Some(stored),
        is_cut: false,
        pending: None,
        doubles: false,
        delay: Duration::ZERO,
        told_caught_up: false,
        caught_up_at,
        events: VecDeque::new(),
        lies_from: None,
        is_open: true,
    });
    VirtualLog { state: state.clone(), reader: log.readers.len() - 1 }
}

impl LogState {
    /// Moves the clock.
    pub fn set_time(&mut self, now: Instant) {
        self.wall += now - self.now;
        self.now = now;
    }

    /// Commits what is due.
    pub fn commit(&mut self) {
        let (now, wall, is_down) = (self.now, self.wall, self.is_down);
        for reader in &mut self.readers {
            let Some((batch, since, due)) = &reader.pending else { continue };
            if now >= *since + GIVES_UP {
                reader.events.push_back(LogEvent::GaveUp { epoch: batch.epoch, number: batch.number });
                reader.pending = None;
            } else if !is_down && !reader.is_cut && now >= *due {
                let bytes: Arc<[u8]> = batch.bytes.as_slice().into();
                let entry = Entry { time: wall, node: reader.node.clone(), bytes };
                let times = if std::mem::take(&mut reader.doubles) { 2 } else { 1 };
                self.entries.extend(std::iter::repeat_n(entry, times));
                reader.pending = None;
            }
        }
    }

    /// Whether all who are not cut off have heard all, and nothing is on its way.
    pub fn is_quiet(&self) -> bool {
        self.readers.iter().filter(|reader| reader.is_open && !reader.is_cut).all(|reader| {
            if reader.events.iter().any(|event| matches!(event, LogEvent::Packet(_))) {
                return false;
            }
            let waits = reader.pending.as_ref().is_some_and(|(.., due)| !self.is_down && self.now >= *due);
            reader.heard == self.entries.len() && !waits && reader.told_caught_up
        })
    }

    /// The last reader of a node.
    fn reader(&mut self, node: &str) -> &mut Reader {
        self.readers.iter_mut().rev().find(|reader| reader.node == node).unwrap()
    }

    /// Cuts a node off, or no more.
    pub fn cut(&mut self, node: &str, is_cut: bool) {
        let reader = self.reader(node);
        reader.is_cut = is_cut;
        let event =
            if is_cut { LogEvent::Disconnected("the network is cut".into()) } else { LogEvent::Connected };
        reader.events.push_back(event);
    }

    /// The first entries are gone, as they are old.
    pub fn trim(&mut self, entries: usize) {
        self.trimmed = self.trimmed.max(entries);
    }

    /// The snapshots that are whole.
    pub fn whole_snapshots(&self) -> BTreeMap<u64, Vec<u8>> {
        let whole = |pieces: &Vec<Vec<u8>>| {
            let mut all = Pieces::default();
            for piece in pieces {
                all.add(piece);
            }
            all.whole()
        };
        self.snapshots.iter().filter_map(|(seq, pieces)| Some((*seq, whole(pieces)?))).collect()
    }

    /// A reader begins, or has to go on where the log still has something.
    fn begin(&mut self, reader: usize, stored: u64) {
        let snapshots = self.whole_snapshots();
        let known = snapshots.keys().copied();
        let best = beginnings(stored, self.trimmed as u64 + 1, known).first().copied();
        let reader = &mut self.readers[reader];
        if let Some(seq) = best {
            *(if reader.stored.is_some() { &mut self.begun } else { &mut self.gone_on }) += 1;
            if reader.stored.is_none()
                && let Some((Published { epoch, number, .. }, ..)) = reader.pending.take()
            {
                reader.events.push_back(LogEvent::GaveUp { epoch, number });
            }
            reader.heard = usize::try_from(seq).unwrap();
            let bytes = snapshots[&seq].as_slice().into();
            reader.events.push_back(LogEvent::Snapshot { seq, bytes });
        } else if reader.stored.is_some() {
            reader.heard = self.trimmed;
        } else {
            reader.events.push_back(LogEvent::Unusable("the next entry is gone".into()));
            reader.heard = self.trimmed;
        }
        reader.stored = None;
    }

    /// From now on a node's batches take this long.
    pub fn delay(&mut self, node: &str, delay: Duration) {
        self.reader(node).delay = delay;
    }

    /// The next batch of a node is in the log twice.
    pub fn double(&mut self, node: &str) {
        self.reader(node).doubles = true;
    }

    /// From now on the replica that a node hears differs from the others.
    pub fn lie(&mut self, node: &str) {
        let from = self.entries.len();
        self.reader(node).lies_from = Some(from);
    }
}

impl ReplicatedLog for VirtualLog {
    fn figures(&self) -> LogFigures {
        let state = self.state.borrow();
        let (last, is_cut) = (state.entries.len() as u64, state.readers[self.reader].is_cut);
        let server = (!is_cut).then(|| "the virtual one".into());
        LogFigures { server, first: state.trimmed as u64 + 1, last, connections: 1, ..LogFigures::default() }
    }

    fn store(&mut self, seq: u64, snapshot: Vec<u8>) {
        let mut state = self.state.borrow_mut();
        if state.is_down || state.is_full || state.readers[self.reader].is_cut {
            return;
        }
        state.snapshots.insert(seq, split(&snapshot));
        state.readers[self.reader].events.push_back(LogEvent::Stored { seq });
    }

    fn trim(&mut self, up_to: u64) {
        let mut state = self.state.borrow_mut();
        if state.is_down || state.readers[self.reader].is_cut || !state.snapshots.contains_key(&up_to) {
            return;
        }
        state.trim(usize::try_from(up_to).unwrap());
        state.readers[self.reader].events.push_back(LogEvent::Trimmed { first: up_to + 1 });
    }

    fn publish(&mut self, batch: Published) {
        let mut state = self.state.borrow_mut();
        let now = state.now;
        let reader = &mut state.readers[self.reader];
        assert!(reader.pending.is_none(), "{} has a batch under way", reader.node);
        assert!(batch.bytes.len() <= salon::base::limits::SHARED_BATCH_BYTES);
        reader.pending = Some((batch, now, now + reader.delay));
    }

    fn send(&mut self, packet: Packet) {
        let mut state = self.state.borrow_mut();
        let from = &state.readers[self.reader];
        let (node, is_lost) = (from.node.clone(), from.is_cut || state.is_down || state.lost_packets > 0);
        if is_lost {
            state.lost_packets = state.lost_packets.saturating_sub(1);
            return;
        }
        let times = if state.doubles_packets { 2 } else { 1 };
        let to = state.readers.iter_mut().rev().find(|to| to.node == packet.node && to.is_open && !to.is_cut);
        let came = LogEvent::Packet(Packet { node, bytes: packet.bytes });
        if let Some(to) = to {
            to.events.extend(std::iter::repeat_n(came, times));
        }
    }

    fn poll(&mut self) -> Option<LogEvent> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let reader = &state.readers[self.reader];
        if !reader.is_cut && reader.events.is_empty() {
            let is_behind = reader.heard < state.trimmed;
            let stored = reader.stored.or_else(|| is_behind.then_some(reader.heard as u64));
            if let Some(stored) = stored {
                state.begin(self.reader, stored);
            }
        }
        let reader = &mut state.readers[self.reader];
        if let Some(event) = reader.events.pop_front() {
            return Some(event);
        }
        if reader.is_cut {
            return None;
        }
        if reader.heard >= reader.caught_up_at && !reader.told_caught_up {
            reader.told_caught_up = true;
            return Some(LogEvent::CaughtUp { seq: reader.heard as u64 });
        }
        let Entry { time, node, bytes } = state.entries.get(reader.heard)?.clone();
        reader.heard += 1;
        let bytes = match reader.lies_from {
            // A letter of a text, or a number: whatever is last.
            Some(from) if reader.heard > from && node != reader.node => {
                let mut other = bytes.to_vec();
                if let Some(last) = other.last_mut() {
                    *last ^= 1;
                }
                other.into()
            }
            _ => bytes,
        };
        Some(LogEvent::Entry { seq: reader.heard as u64, time, node, bytes })
    }
}
