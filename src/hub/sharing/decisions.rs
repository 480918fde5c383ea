//! Operators' decisions that concern all servers: bans, mutes, removals, topics, and what hosts are made to say. Here they act at
//! once; the others act when they hear of them.

use std::rc::Rc;
use std::time::Instant;

use log::info;

use crate::chat::{SanctionRequest, parse_ban, parse_mute, parse_muted, parse_target};
use crate::cluster::record::{Record, SanctionKind};
use crate::cluster::registry::Place;
use crate::hub::Hub;
use crate::proto::RoomId;

impl Hub {
    /// Proposes an operator's decision, as soon as the node has an epoch.
    pub(in crate::hub) fn decide(&mut self, record: Record) {
        let Some(sharing) = &mut self.sharing else { return };
        if sharing.node.epoch().is_some() {
            sharing.node.propose_leave(&record);
        } else if sharing.node.stopped().is_none() {
            sharing.decisions.push(record);
        }
    }

    /// Proposes a ban or a mute.
    pub(in crate::hub) fn share_sanction<K>(&mut self, kind: SanctionKind, request: &SanctionRequest<K>) {
        if self.sharing.is_none() {
            return;
        }
        let time =
            request.time.map_or("for good".to_owned(), |time| format!("for {}s", time.as_secs().max(1)));
        let text = format!("{} {time} {}", request.shown, request.reason);
        self.decide(Record::Sanction(kind, text.trim_end().into()));
    }

    /// Proposes to lift a ban or a mute.
    pub(in crate::hub) fn share_lifting(&mut self, kind: SanctionKind, whom: &str) {
        if self.sharing.is_some() {
            self.decide(Record::Sanction(kind, whom.into()));
        }
    }

    /// An operator erases a message: the room hears of it from the log. Returns false if the room is not shared.
    pub(in crate::hub) fn share_erasure(&mut self, room: RoomId, id: u64) -> bool {
        let Some(key) = self.sharing.as_ref().and_then(|sharing| sharing.key_of_room(room)) else {
            return false;
        };
        self.decide(Record::Erased(key, id));
        true
    }

    /// The node that runs the host of a shared room, if it is not this one.
    pub(in crate::hub) fn host_elsewhere(&self, room: RoomId) -> Option<Rc<str>> {
        let sharing = self.sharing.as_ref()?;
        let owner = sharing.node.registry().owner(&sharing.key_of_room(room)?)?;
        (owner != sharing.node.name()).then(|| owner.clone())
    }

    /// Another server's operator has banned, muted, or lifted that.
    pub(super) fn heard_sanction(&mut self, kind: SanctionKind, text: &str, at: Place, now: Instant) {
        info!("an operator of another server: {kind:?} {text}");
        match kind {
            SanctionKind::Ban => {
                if let Some(request) = parse_ban(text).ok().and_then(|it| self.remaining(it, at, now)) {
                    let _ = self.ban_here(request, now);
                }
            }
            SanctionKind::Mute => {
                if let Some(request) = parse_mute(text).ok().and_then(|it| self.remaining(it, at, now)) {
                    let _ = self.mute_here(request, now);
                }
            }
            SanctionKind::Unban => {
                if let Ok((target, shown)) = parse_target(text) {
                    let _ = self.unban_here(&target, &shown, now);
                }
            }
            SanctionKind::Unmute => {
                if let Ok((_, shown)) = parse_muted(text) {
                    let _ = self.unmute_here(&shown, now);
                }
            }
        }
    }

    /// A request with the time that is left of it. `None`: it is over.
    fn remaining<K>(
        &self,
        request: SanctionRequest<K>,
        at: Place,
        now: Instant,
    ) -> Option<SanctionRequest<K>> {
        let passed = self.time(now).duration_since(at.time).unwrap_or_default();
        let time = match request.time {
            Some(time) => Some(time.checked_sub(passed).filter(|left| !left.is_zero())?),
            None => None,
        };
        Some(SanctionRequest { time, ..request })
    }
}
