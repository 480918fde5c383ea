//! What is told of a member in each of its rooms, and to some clients only once: a new name, or that it left the chat.
//!
//! IRC has one name and one list of channels for each member. A second NICK or QUIT, behind what was said in another room since,
//! would concern somebody else who has the name by then.

use std::collections::HashSet;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, LogEntry, RoomEvent, RoomId};

/// The sessions that were told of a change.
#[derive(Debug)]
pub(super) struct Told {
    /// Whose change it is, and when it happened.
    of: (Name, SystemTime),
    sessions: HashSet<SessionId>,
}

impl Sessions {
    /// Tells those members of a room to whose clients such a change is told once, unless they know it from another room. They are
    /// added to `deaf`, as they hear nothing of it in this room; whoever is `deaf` already is not told. `is_in_several`: the change
    /// is told in several rooms, one after the other.
    pub(in crate::hub) fn tell_once(
        &mut self,
        room: RoomId,
        entry: &LogEntry,
        is_in_several: bool,
        deaf: &mut Vec<SessionId>,
    ) {
        let whose = match &entry.event {
            RoomEvent::Renamed { from: name, .. } => name,
            RoomEvent::Left { who, is_gone: true, .. } => &who.name,
            _ => {
                self.told = None;
                return;
            }
        };
        if !is_in_several {
            return;
        }
        let of = (whose.clone(), entry.time);
        let mut told = self.told.take().filter(|told| told.of == of);
        let sessions = told.get_or_insert_with(|| Told { of, sessions: HashSet::new() });
        let here = self.fanout.subscribers(room).filter(|id| self[*id].profile().hears_once);
        let here: Vec<SessionId> = here.filter(|id| !deaf.contains(id)).collect();
        for id in &here {
            if sessions.sessions.insert(*id) {
                self.fanout.unicast(*id, &Event::Live(entry.clone()));
            }
        }
        self.told = told;
        deaf.extend(here);
    }
}
