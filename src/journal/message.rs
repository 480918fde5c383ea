//! A message as it is kept, and as a room knows it.

use std::rc::Rc;
use std::time::SystemTime;

use super::StreamId;
use crate::base::name::Name;
use crate::proto::{Kind, LogEntry, RoomEvent, Who};

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// In which stream.
    pub stream: StreamId,
    /// Greater than that of all messages of the stream before it.
    pub id: u64,
    /// When. Clocks jump: it may be earlier than that of the message before it.
    pub time: SystemTime,
    /// By whom; none: by the host.
    pub by: Option<Author>,
    /// It was done rather than said: `/me waves`.
    pub is_act: bool,
    /// What.
    pub text: String,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name, as it was spelled.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

impl Message {
    /// What a room's entry is in its thread; none if nothing was said.
    pub fn of(stream: StreamId, entry: &Entry) -> Option<Message> {
        let author = |who: &Who| Some(Author { name: who.name.to_string(), kind: who.kind });
        let (by, is_act) = match &entry.event {
            RoomEvent::Said { who, .. } => (author(who), false),
            RoomEvent::Acted { who, .. } => (author(who), true),
            RoomEvent::HostSaid { .. } | RoomEvent::Joined { .. } | RoomEvent::Left { .. } => (None, false),
        };
        let text = entry.news.text()?.to_owned();
        Some(Message { stream, id: entry.id, time: entry.time, by, is_act, text })
    }

    /// What a room of this name knows of it.
    pub fn into_entry(self, room: Rc<str>) -> LogEntry {
        let Message { id, time, by, is_act, text, .. } = self;
        let text = text.into();
        let event = match by {
            None => RoomEvent::HostSaid { text },
            Some(by) => {
                let who = Who { name: Name::of_old(&by.name), kind: by.kind };
                if is_act { RoomEvent::Acted { who, text } } else { RoomEvent::Said { who, text } }
            }
        };
        LogEntry { room, id, time, event }
    }

    /// What it takes to hold it in memory or to hand it over, in bytes, about.
    pub fn cost(&self) -> usize {
        let name = self.by.as_ref().map_or(0, |by| by.name.len());
        size_of::<Message>() + name + self.text.len()
    }
}
