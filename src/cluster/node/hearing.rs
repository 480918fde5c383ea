//! What a node hears, and what that means for the node itself.

use std::rc::Rc;
use std::time::Instant;

use log::{error, info, warn};

use crate::base::limits::SHARED_ENTRIES_PER_TURN;
use crate::cluster::codec;
use crate::cluster::log::{LogEvent, ReplicatedLog};
use crate::cluster::node::keeping::wrong_snapshot;
use crate::cluster::node::{Node, NodeEvent, Phase, Standing};
use crate::cluster::nodes::same_run;
use crate::cluster::registry::What;

impl<L> Node<L> {
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
            if self.check_private(now) {
                continue;
            }
            match log.poll()? {
                LogEvent::Entry { seq, time, node, bytes } => {
                    if *node == *self.name {
                        self.heard = codec::peek(&bytes)
                            .filter(|(epoch, number)| self.outgoing.is_under_way(*epoch, *number));
                    }
                    self.registry.apply(seq, time, &node, &bytes);
                }
                LogEvent::Snapshot { seq, bytes } => self.go_on_from(seq, &bytes),
                LogEvent::Stored { seq } => self.is_stored(seq),
                LogEvent::Trimmed { first } => self.is_trimmed(first),
                LogEvent::CaughtUp { seq } => {
                    info!("node {}: all entries of the log up to {seq} are carried out", self.name);
                    if let Some(seq) = self.registry.refuted() {
                        self.stop(wrong_snapshot(seq));
                        continue;
                    }
                    self.registry.start_comparing();
                    if self.phase == Phase::Folding {
                        self.phase = Phase::Asking { is_sent: false };
                    }
                }
                LogEvent::Packet(packet) => self.receive(&packet),
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
                        // Nothing more is said in this epoch, and answers to it are not heard.
                        let unanswered = self.private.clear();
                        self.answered(unanswered);
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
                if self.has_reached() {
                    continue;
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
                (self.next_number, self.heartbeat_due, self.heartbeats) = (0, now, 0);
                // What was given up is void by now.
                self.void();
                self.hears_itself();
                self.events.push_back(NodeEvent::Live);
            }
            What::NodeDown { node, epoch } => {
                info!("node {node} is down, with epoch {epoch}");
                self.agrees.remove(node);
                let answered = self.private.end(*epoch);
                self.answered(answered);
                let is_own = *node == self.name && self.phase != Phase::Folding;
                if is_own && self.is_ending {
                    self.phase = Phase::Stopped("it is stopping.".to_owned());
                    return;
                }
                if is_own && !matches!(self.phase, Phase::Stopped(_)) {
                    self.void();
                    self.events.push_back(NodeEvent::Down);
                    if matches!(self.phase, Phase::Live(_)) {
                        self.phase = Phase::Asking { is_sent: false };
                    }
                }
            }
            What::Compared { node, is_same } => self.compare(node, *is_same),
            What::Apart(seq) if self.registry.unconfirmed() == Some(*seq) => self.stop(wrong_snapshot(*seq)),
            What::Apart(seq) => self.stop(format!(
                "what it knew at entry {seq} of the log is not what the others knew. Start it again: it begins from their snapshot."
            )),
            What::TooNew(node) => self.stop(self.too_new(node)),
            _ => {}
        }
    }

    /// What to do if this node cannot read what another one writes.
    fn too_new(&self, node: &str) -> String {
        let (other, own) = (self.registry.nodes().get(node).map(|node| &node.reads), &self.reads);
        let release = other.filter(|other| other.version > own.version).map_or(String::new(), |other| {
            format!(
                " ({}, with version {} of the log; this is {}, with version {})",
                other.release, other.version, own.release, own.version
            )
        });
        format!(
            "the node {node} runs a later version of Salon{release}. Install that version here, and start this server again."
        )
    }

    /// Nothing that was not heard or answered will ever be.
    fn void(&mut self) {
        let void = self.outgoing.void();
        self.events.extend(void.into_iter().map(NodeEvent::Void));
        let unanswered = self.private.clear();
        self.answered(unanswered);
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
            if let Some(seq) = self.registry.unconfirmed() {
                return self.stop(wrong_snapshot(seq));
            }
            self.stop(format!(
                "its log is not that of {differing} of the {} other nodes. Stop the engine beside it, delete the folder of \
                 its stream, so that it is copied anew, and start both again.",
                all.saturating_sub(1)
            ));
        } else if before != Some(false) {
            error!("node {}: the log of the node {node} is not that of the others", self.name);
        }
    }

    pub(super) fn stop(&mut self, why: String) {
        error!("node {}: shared rooms are closed: {why}", self.name);
        self.void();
        self.events.push_back(NodeEvent::Stopped(why.clone()));
        self.phase = Phase::Stopped(why);
    }
}
