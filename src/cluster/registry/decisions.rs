//! What nodes must know that come, or come back, when it is gone from the log: decisions, and what was edited or erased. It is
//! remembered, and made known to the node that begins from a snapshot.

use crate::cluster::record::Record;
use crate::cluster::registry::{Place, Registry, What};
use crate::cluster::version::WITH_EDITS;

impl Registry {
    /// Remembers what nodes must know that come later, if it has an effect.
    pub(super) fn remember(&mut self, place: Place, decision: Option<Record>, what: Option<&What>) {
        match (decision, what) {
            (Some(decision), Some(_)) => self.decisions.add(place, decision),
            (None, Some(What::Amended { room, message, text: None, .. })) => {
                self.decisions.add(place, Record::Erased(room.clone(), *message));
            }
            (None, Some(What::Amended { key, room, message, text: Some(text) })) => {
                let Some(author) = self.members.get(key) else { return };
                let (room, message, text) = (room.clone(), *message, text.clone());
                let author = author.who.name.key().as_str().into();
                // Snapshots of earlier versions have none, so none may be remembered that came before.
                if self.version >= WITH_EDITS {
                    self.decisions.add(place, Record::Edited { room, message, author, text });
                }
            }
            _ => {}
        }
    }

    /// Makes known what a snapshot says: members and rooms, and decisions from the id `since` on.
    pub(super) fn introduce(&mut self, place: Place, since: u64, own: &str) {
        for (at, decision) in self.decisions.0.clone() {
            let what = match decision {
                _ if at.id < since => continue,
                Record::Topic(room, text) => What::Topic(room, text),
                Record::Sanction(kind, text) => What::Sanction(kind, text),
                Record::Erased(room, message) => What::Erased(room, message),
                Record::Forget(name) => What::Forgotten(name),
                Record::Edited { room, message, text, .. } => What::Edited { room, message, text },
                _ => continue,
            };
            self.add_known(at, None, what);
        }
        for (room, owner) in self.owners.clone() {
            self.add_known(place, None, What::Owner(room, owner));
        }
        let own = self.nodes.get(own).map(|node| node.epoch);
        for (key, member) in self.members.clone() {
            if Some(key.epoch) == own {
                continue;
            }
            self.add_known(place, None, What::Known(key, member.who, member.is_hosted));
            for room in member.rooms {
                self.add_known(place, None, What::Joined(key, room));
            }
        }
    }
}
