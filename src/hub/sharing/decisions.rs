//! Operators' decisions that concern all servers: bans, mutes, removals, topics, and what hosts are made to say. Here they act at
//! once; the others act when they hear of them.

use std::rc::Rc;
use std::time::Duration;

use log::info;

use crate::base::name::NameKey;
use crate::chat::{SanctionRequest, parse_ban, parse_mute, parse_muted, parse_target};
use crate::cluster::record::{MemberKey, Record, SanctionKind};
use crate::cluster::registry::Place;
use crate::hub::sharing::{Effect, Here, Sharing};
use crate::proto::RoomId;

impl Sharing {
    /// Proposes an operator's decision, as soon as the node has an epoch.
    pub(super) fn decide(&mut self, record: Record) {
        if self.node.epoch().is_some() {
            self.node.propose_leave(&record);
        } else if self.node.stopped().is_none() {
            self.decisions.push(record);
        }
    }

    /// Proposes that a member of this server leaves which the log has named, but whose session has ended.
    pub(in crate::hub) fn leave(&mut self, key: MemberKey) {
        self.node.propose_leave(&Record::Left(key.number, None));
    }

    /// Proposes to erase all that was said under a name.
    pub(in crate::hub) fn share_forget(&mut self, key: &NameKey) {
        self.decide(Record::Forget(key.as_str().into()));
    }

    /// An operator of some server erased all that was said under a name; this one too, as more may have been said here meanwhile.
    /// `None`: an earlier run has done that.
    pub(super) fn heard_forget(&self, name: &str, at: Place) -> Option<Effect> {
        let is_new = self.rooms.iter().all(|room| at.id >= room.known_below);
        is_new.then(|| Effect::Forget(NameKey::of(name), at.id))
    }

    /// Proposes a ban or a mute.
    pub(in crate::hub) fn share_sanction<K>(&mut self, kind: SanctionKind, request: &SanctionRequest<K>) {
        let time =
            request.time.map_or("for good".to_owned(), |time| format!("for {}s", time.as_secs().max(1)));
        let text = format!("{} {time} {}", request.shown, request.reason);
        self.decide(Record::Sanction(kind, text.trim_end().into()));
    }

    /// Proposes to lift a ban or a mute.
    pub(in crate::hub) fn share_lifting(&mut self, kind: SanctionKind, whom: &str) {
        self.decide(Record::Sanction(kind, whom.into()));
    }

    /// The node that runs the host of a shared room, if it is not this one.
    pub(in crate::hub) fn host_elsewhere(&self, room: RoomId) -> Option<Rc<str>> {
        let owner = self.node.registry().owner(&self.key_of_room(room)?)?;
        (owner != self.node.name()).then(|| owner.clone())
    }

    /// Another server's operator has banned, muted, or lifted that, and so does this server. `None`: it is over, or cannot be read.
    pub(super) fn heard_sanction(
        kind: SanctionKind,
        text: &str,
        at: Place,
        here: &mut Here<'_>,
    ) -> Option<()> {
        info!("an operator of another server: {kind:?} {text}");
        let (rooms, now) = (&mut *here.rooms, here.now);
        let passed = rooms.wall(now).duration_since(at.time).unwrap_or_default();
        // Nobody waits for the results.
        match kind {
            SanctionKind::Ban => drop(rooms.ban(remaining(parse_ban(text).ok()?, passed)?, now)),
            SanctionKind::Mute => drop(rooms.mute(remaining(parse_mute(text).ok()?, passed)?, now)),
            SanctionKind::Unban => {
                let (target, shown) = parse_target(text).ok()?;
                drop(rooms.unban(&target, &shown, now));
            }
            SanctionKind::Unmute => drop(rooms.unmute(&parse_muted(text).ok()?.1, now)),
        }
        Some(())
    }
}

/// A request with the time that is left of it. `None`: it is over.
fn remaining<K>(request: SanctionRequest<K>, passed: Duration) -> Option<SanctionRequest<K>> {
    let time = match request.time {
        Some(time) => Some(time.checked_sub(passed).filter(|left| !left.is_zero())?),
        None => None,
    };
    Some(SanctionRequest { time, ..request })
}
