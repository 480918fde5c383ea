//! A node's own part in its cluster: it hears the log, takes an epoch, says that it lives, proposes what its members do, and
//! learns what became of that.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use log::{error, info, warn};

use crate::base::limits::{
    BEAT_INTERVAL, ROSTER_INTERVAL, SHARED_ENTRIES_PER_TURN, UNHEARD_HOSTS, UNHEARD_NOTICE, UNHEARD_REFUSAL,
};
use crate::cluster::codec;
use crate::cluster::log::{LogEvent, Published, ReplicatedLog};
use crate::cluster::nodes::{ATTEMPT_BITS, same_run};
use crate::cluster::outgoing::Outgoing;
use crate::cluster::record::{Batch, MemberKey, Newcomer, Record};
use crate::cluster::registry::{Outcome, Registry, What};

/// How many beats a node waits for the hash of another one, before it takes that for nothing which is gone from its log.
const BEATS_UNTIL_SETTLED: u32 = 4;

/// The configuration of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its name.
    pub name: String,
    /// The rooms that it shares, by their names.
    pub rooms: Vec<String>,
    /// A random number, which no other run has. Its lowest 16 bits do not count.
    pub nonce: u64,
}

/// Something that the hub learns. `L` is what a proposer wants to know again.
#[derive(Debug)]
pub enum NodeEvent<L> {
    /// This came of a record; and what its proposer wanted to know, if that was this node.
    Heard(Outcome, Option<L>),
    /// A record of this node was never heard, and never will be.
    Void(L),
    /// The node has an epoch: its members may come.
    Live,
    /// The node's epoch is over: its members are gone for the others. It tries to get another one.
    Down,
    /// The log stands still for this long, or no longer.
    Standing(Standing),
    /// The node stops sharing until it is started again. A sentence says why.
    Stopped(String),
}

/// How long the node has not heard itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not long.
    #[default]
    Well,
    /// Long enough to tell the members.
    Waiting,
    /// So long that shared rooms take nothing.
    Refusing,
}

/// The phase of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// It carries out what was in the log before it came.
    Folding,
    /// It asks for an epoch, or will, when nothing else is under way.
    Asking { is_sent: bool },
    /// It has this epoch.
    Live(u64),
    /// It shares nothing any more, for this reason: a sentence.
    Stopped(String),
}

/// A node. See the module.
#[derive(Debug)]
pub struct Node<L> {
    name: Rc<str>,
    rooms: Vec<Rc<str>>,
    registry: Registry,
    outgoing: Outgoing<L>,
    phase: Phase,
    nonce: u64,
    next_number: u32,
    /// Since when it waits for the log, if nothing is under way.
    waits_since: Instant,
    standing: Standing,
    /// Why the engine does not answer, as a part of a sentence.
    disconnected: Option<String>,
    beat_due: Instant,
    beats: u32,
    roster_due: Instant,
    /// It stops when what it said is heard.
    is_ending: bool,
    /// Whether each other node has heard the same, as far as it was compared.
    agrees: BTreeMap<Rc<str>, bool>,
    /// The own batch whose outcomes are being taken.
    heard: Option<(u64, u64)>,
    events: VecDeque<NodeEvent<L>>,
}

impl<L> Node<L> {
    /// A node that has heard nothing yet.
    pub fn new(settings: NodeSettings, now: Instant) -> Node<L> {
        Node {
            name: settings.name.into(),
            rooms: settings.rooms.into_iter().map(Rc::from).collect(),
            registry: Registry::default(),
            outgoing: Outgoing::default(),
            phase: Phase::Folding,
            nonce: settings.nonce >> ATTEMPT_BITS << ATTEMPT_BITS,
            next_number: 0,
            waits_since: now,
            standing: Standing::Well,
            disconnected: None,
            beat_due: now,
            beats: 0,
            roster_due: now + ROSTER_INTERVAL,
            is_ending: false,
            agrees: BTreeMap::new(),
            heard: None,
            events: VecDeque::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// The rooms that it shares, by key.
    pub fn rooms(&self) -> &[Rc<str>] {
        &self.rooms
    }

    /// What all nodes know.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Its epoch, while it has one.
    pub fn epoch(&self) -> Option<u64> {
        if let Phase::Live(epoch) = self.phase { Some(epoch) } else { None }
    }

    /// How long it has not heard itself.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Why it shares nothing any more: a sentence.
    pub fn stopped(&self) -> Option<&str> {
        if let Phase::Stopped(why) = &self.phase { Some(why) } else { None }
    }

    /// How many bytes of records wait to be written.
    pub fn queued_bytes(&self) -> usize {
        self.outgoing.queued_bytes()
    }

    /// Why nothing can be proposed now, as a sentence. `None`: it can.
    pub fn refusal(&self) -> Option<String> {
        if let Phase::Stopped(why) = &self.phase {
            return Some(format!("This server shares no rooms any more: {why}"));
        }
        if self.standing == Standing::Refusing {
            let why = self.disconnected.as_deref().unwrap_or("the other servers do not answer");
            return Some(format!(
                "Nothing can be shared with the other servers now: {why}. Try again later."
            ));
        }
        if self.outgoing.is_full() {
            return Some("Too much waits to be shared with the other servers. Try again later.".to_owned());
        }
        None
    }

    /// Whether the node runs the host of a room, and may go on with it.
    pub fn may_host(&self, room: &str, now: Instant) -> bool {
        let is_heard = self.outgoing.since().is_none_or(|since| now < since + UNHEARD_HOSTS);
        self.epoch().is_some() && is_heard && self.registry.owner(room) == Some(&self.name)
    }

    /// The key of a newcomer, to be proposed with [`Record::Came`]. `None`: the node has no epoch.
    pub fn next_key(&mut self) -> Option<MemberKey> {
        let epoch = self.epoch()?;
        self.next_number += 1;
        Some(MemberKey { epoch, number: self.next_number })
    }

    /// Proposes a record. Gives `local` back if that is refused: see [`Node::refusal`].
    pub fn propose(&mut self, record: &Record, local: L) -> Result<(), L> {
        if self.epoch().is_none() || self.refusal().is_some() {
            return Err(local);
        }
        self.outgoing.add(record, Some(local));
        Ok(())
    }

    /// Proposes that a member leaves, which is never refused: without an epoch, it is gone for the others anyway.
    pub fn propose_leave(&mut self, record: &Record) {
        if self.epoch().is_some() {
            self.outgoing.add(record, None);
        }
    }

    /// The server stops: the others are told, behind what was proposed before.
    pub fn end(&mut self) {
        if self.epoch().is_some() && !std::mem::replace(&mut self.is_ending, true) {
            self.outgoing.add(&Record::Stop, None);
        }
    }

    /// Whether something of this node is not heard yet that the others should hear before it ends.
    pub fn has_unheard(&self) -> bool {
        self.epoch().is_some()
            && self.standing == Standing::Well
            && (self.outgoing.since().is_some() || self.outgoing.queued_bytes() > 0)
    }

    /// The next thing that happened. Asks the log for one entry at most.
    pub fn poll(&mut self, log: &mut dyn ReplicatedLog, now: Instant) -> Option<NodeEvent<L>> {
        loop {
            if let Some(event) = self.next_event(now) {
                return Some(event);
            }
            if self.stopped().is_some() {
                // Nobody listens any more.
                (0..SHARED_ENTRIES_PER_TURN).find(|_| log.poll().is_none());
                return None;
            }
            match log.poll()? {
                LogEvent::Entry { seq, time, node, bytes } => {
                    if *node == *self.name {
                        self.heard = codec::peek(&bytes)
                            .filter(|(epoch, number)| self.outgoing.is_under_way(*epoch, *number));
                    }
                    self.registry.apply(seq, time, &node, &bytes);
                }
                LogEvent::CaughtUp { seq } => {
                    info!("node {}: all {seq} entries of the log are carried out", self.name);
                    self.registry.start_comparing();
                    if self.phase == Phase::Folding {
                        self.phase = Phase::Asking { is_sent: false };
                    }
                }
                LogEvent::Disconnected(why) => {
                    warn!("node {}: the engine does not answer: {why}", self.name);
                    self.disconnected = Some(why);
                }
                LogEvent::Connected => {
                    info!("node {}: the engine answers", self.name);
                    self.disconnected = None;
                }
                LogEvent::GaveUp { epoch, number } => {
                    if self.outgoing.give_up(epoch, number) {
                        warn!("node {}: batch {number} of epoch {epoch} is given up", self.name);
                        self.phase = Phase::Asking { is_sent: false };
                    }
                }
                LogEvent::Unusable(why) => self.stop(why),
            }
        }
    }

    /// The next event of what was heard.
    fn next_event(&mut self, now: Instant) -> Option<NodeEvent<L>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let Some(outcome) = self.registry.poll() else {
                if let Some((epoch, number)) = self.heard.take() {
                    self.outgoing.is_over(epoch, number);
                    self.waits_since = now;
                }
                return None;
            };
            let origin = outcome.origin;
            let local = origin.and_then(|it| self.outgoing.take(it.epoch, it.number, it.index));
            self.learn(&outcome.what, now);
            let event = NodeEvent::Heard(outcome, local);
            // What the node itself learns of it comes first.
            self.events.push_back(event);
        }
    }

    /// What an outcome means for the node itself.
    fn learn(&mut self, what: &What, now: Instant) {
        match what {
            What::NodeUp { node, epoch, nonce } => {
                info!("node {node} is there, with epoch {epoch}");
                if *node != self.name || self.phase == Phase::Folding {
                    return;
                }
                if !same_run(*nonce, self.nonce) {
                    return self.stop(format!(
                        "another server runs under the node name {node}. Give each server a name of its own (--node)."
                    ));
                }
                self.phase = Phase::Live(*epoch);
                (self.next_number, self.beat_due, self.beats) = (0, now, 0);
                // What was given up is void by now.
                let void = self.outgoing.void();
                self.events.extend(void.into_iter().map(NodeEvent::Void));
                self.hears_itself();
                self.events.push_back(NodeEvent::Live);
            }
            What::NodeDown { node, epoch } => {
                info!("node {node} is down, with epoch {epoch}");
                self.agrees.remove(node);
                let is_own = *node == self.name && self.phase != Phase::Folding;
                if is_own && self.is_ending {
                    self.phase = Phase::Stopped("it is stopping.".to_owned());
                    return;
                }
                if is_own && !matches!(self.phase, Phase::Stopped(_)) {
                    let void = self.outgoing.void();
                    self.events.extend(void.into_iter().map(NodeEvent::Void));
                    self.events.push_back(NodeEvent::Down);
                    if matches!(self.phase, Phase::Live(_)) {
                        self.phase = Phase::Asking { is_sent: false };
                    }
                }
            }
            What::Compared { node, is_same } => self.compare(node, *is_same),
            What::TooNew(node) => self.stop(format!(
                "the node {node} runs a later version of Salon. Start this server with that version."
            )),
            _ => {}
        }
    }

    /// The log answers.
    fn hears_itself(&mut self) {
        if std::mem::take(&mut self.standing) != Standing::Well {
            self.events.push_back(NodeEvent::Standing(Standing::Well));
        }
    }

    /// If this node is not in the majority of those that heard the same, it must not go on.
    fn compare(&mut self, node: &Rc<str>, is_same: bool) {
        let before = self.agrees.insert(node.clone(), is_same);
        if is_same {
            return;
        }
        let differing = self.agrees.values().filter(|agrees| !**agrees).count();
        let all = self.registry.nodes().iter().count();
        if 2 * differing >= all {
            self.stop(format!(
                "its log is not that of {differing} of the {} other nodes. Stop the engine beside it, delete the folder of \
                 its stream, so that it is copied anew, and start both again.",
                all.saturating_sub(1)
            ));
        } else if before != Some(false) {
            error!("node {}: the log of the node {node} is not that of the others", self.name);
        }
    }

    fn stop(&mut self, why: String) {
        error!("node {}: shared rooms are closed: {why}", self.name);
        let void = self.outgoing.void();
        self.events.extend(void.into_iter().map(NodeEvent::Void));
        self.events.push_back(NodeEvent::Stopped(why.clone()));
        self.phase = Phase::Stopped(why);
    }

    /// Publishes what was gathered, unless a batch is under way. Call it at the end of each turn.
    pub fn publish(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        match self.phase {
            Phase::Asking { is_sent: false } if self.outgoing.since().is_none() => self.ask(log, now),
            Phase::Live(epoch) if self.outgoing.since().is_none() => {
                self.add_due(now);
                if let Some(batch) = self.outgoing.next_batch(epoch, now) {
                    log.publish(batch);
                }
            }
            _ => {}
        }
    }

    /// Asks for an epoch.
    fn ask(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        self.nonce = self.nonce.wrapping_add(1);
        let (epoch, number) = (self.nonce, 1);
        let records = vec![Record::Node { nonce: self.nonce, rooms: self.rooms.clone() }];
        let bytes = codec::encode(&Batch { epoch, number, records });
        self.outgoing.begins(epoch, number, now);
        self.phase = Phase::Asking { is_sent: true };
        log.publish(Published { epoch, number, bytes });
    }

    /// Gathers the records that are due by time.
    fn add_due(&mut self, now: Instant) {
        if now >= self.beat_due {
            self.beat_due = now + BEAT_INTERVAL;
            self.beats += 1;
            if self.beats == BEATS_UNTIL_SETTLED {
                self.registry.settle_hash();
            }
            // No entry has the number 0: that compares with nothing.
            let (applied, hash) = self.registry.hash().unwrap_or_default();
            self.outgoing.add(&Record::Beat { applied, hash }, None);
        }
        if now >= self.roster_due {
            self.roster_due = now + ROSTER_INTERVAL;
            self.repeat_roster();
        }
    }

    fn repeat_roster(&mut self) {
        let Some(epoch) = self.epoch() else { return };
        let here: Vec<Record> = self
            .registry
            .members_of(epoch)
            .map(|(key, member)| {
                let (name, kind) = (member.who.name.clone(), member.who.kind);
                Record::Here(
                    Newcomer { number: key.number, name, kind, is_hosted: member.is_hosted },
                    member.rooms.clone(),
                )
            })
            .collect();
        let owned = self.rooms.iter().filter(|room| self.registry.owner(room) == Some(&self.name));
        let owned: Vec<Record> = owned.cloned().map(Record::Owns).collect();
        let alive = Record::Alive { nonce: self.nonce, rooms: self.rooms.clone() };
        for record in [&alive].into_iter().chain(&owned).chain(&here) {
            self.outgoing.add(record, None);
        }
    }

    /// Notices how long the log has stood still. Call it in each turn, when all that the log has was polled.
    pub fn check(&mut self, now: Instant) -> Option<NodeEvent<L>> {
        let age = now.saturating_duration_since(self.unheard_since()?);
        let standing = match age {
            age if age >= UNHEARD_REFUSAL => Standing::Refusing,
            age if age >= UNHEARD_NOTICE => Standing::Waiting,
            _ => Standing::Well,
        };
        let changed = std::mem::replace(&mut self.standing, standing) != standing;
        changed.then_some(NodeEvent::Standing(standing))
    }

    /// Since when the node has not heard itself.
    fn unheard_since(&self) -> Option<Instant> {
        match self.phase {
            Phase::Stopped(_) => None,
            Phase::Folding | Phase::Asking { .. } => Some(self.waits_since),
            Phase::Live(_) => Some(self.outgoing.since().unwrap_or(self.beat_due)),
        }
    }

    /// When to call it again, at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let unheard = self.unheard_since()?;
        let next = match self.standing {
            Standing::Well => Some(unheard + UNHEARD_NOTICE),
            Standing::Waiting => Some(unheard + UNHEARD_REFUSAL),
            Standing::Refusing => None,
        };
        let beat = (self.epoch().is_some() && self.outgoing.since().is_none()).then_some(self.beat_due);
        next.into_iter().chain(beat).min()
    }

    /// How long the node has waited for the log, if longer than usual.
    pub fn unheard(&self, now: Instant) -> Option<Duration> {
        let since = self.unheard_since().filter(|_| self.standing > Standing::Well)?;
        Some(now.saturating_duration_since(since))
    }
}
