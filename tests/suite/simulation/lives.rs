//! When people open rooms, and when these are closed, as an operator sees it.

use std::collections::BTreeMap;

use salon::hub::AdminApi;
use salon::journal::StreamId;
use salon::proto::RoomId;

use crate::simulation::server::Server;
use crate::simulation::vocabulary::OPENED;

/// What became of a room that people open, as an operator sees it.
#[derive(Debug)]
pub enum Life {
    Opened(&'static str, Opener),
    Closed(&'static str),
}

/// Whoever opened a room, and on which stream.
#[derive(Clone, Debug)]
pub struct Opener {
    pub part: usize,
    pub name: String,
    pub is_bot: bool,
    pub stream: StreamId,
}

impl Server {
    /// The rooms of people that are open.
    pub fn opened(&self) -> Vec<&'static str> {
        self.open.keys().copied().collect()
    }

    pub fn find_opened(&self) -> BTreeMap<&'static str, RoomId> {
        if !self.opens {
            return BTreeMap::new();
        }
        let rooms = self.hub.view().rooms.room_infos();
        let known = |name: &str| OPENED.into_iter().find(|room| *room == name);
        rooms.into_iter().filter_map(|room| Some((known(&room.name)?, room.id))).collect()
    }

    /// Looks for rooms that people opened just now, and for those that are closed. Into a new one its listener goes at once.
    pub fn look_for_opened(&mut self) {
        let open = self.find_opened();
        if open == self.open {
            return;
        }
        let before = std::mem::replace(&mut self.open, open.clone());
        for room in OPENED {
            if before.get(room) == open.get(room) {
                continue;
            }
            if before.contains_key(room) {
                self.lives.push(Life::Closed(room));
            }
            if let Some(opener) = open.get(room).and_then(|id| self.opener(room, *id)) {
                self.lives.push(Life::Opened(room, opener));
                self.join_listener(room);
            }
        }
    }

    /// Whoever is alone in a room that was just opened.
    fn opener(&self, room: &str, id: RoomId) -> Option<Opener> {
        let view = self.hub.view();
        let stream = view.journal.gate().stream(id);
        let by = view.connections().into_iter().find(|by| by.rooms.iter().any(|other| other == room))?;
        let part = self.network.sockets.get(&by.id)?.part;
        Some(Opener { part, name: by.name?.to_string(), is_bot: by.is_bot, stream })
    }
}
