//! A message as the journal stores it, and its conversion from and to a room's entries.

use std::rc::Rc;
use std::time::SystemTime;

use super::StreamId;
use crate::base::name::Name;
use crate::proto::{Kind, LogEntry, Manner, MemberInfo, RoomEvent};

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its stream.
    pub stream: StreamId,
    /// Greater than the ids of all earlier messages of the stream.
    pub id: u64,
    /// When it was said, in whole milliseconds. Clocks jump, so it may be earlier than the time of the message before.
    pub time: SystemTime,
    /// Its author; `None`: the host.
    pub by: Option<Author>,
    /// Whether it is speech, an action (`/me waves`) or a notice.
    pub manner: Manner,
    /// Its text.
    pub text: String,
    /// Its author has given it another text than it had first.
    pub is_edited: bool,
}

/// The author of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name, as it was spelled.
    pub name: String,
    /// A person or a bot.
    pub kind: Kind,
}

impl Message {
    /// The message in a room's entry; `None` if the entry is not a message.
    pub fn of(stream: StreamId, entry: &LogEntry) -> Option<Message> {
        let text = entry.event.text()?.to_owned();
        let author = entry.event.author();
        let by = author.map(|(who, _)| Author { name: who.name.to_string(), kind: who.kind });
        let manner = author.map(|(_, manner)| manner).unwrap_or_default();
        let is_edited = entry.edited.is_some();
        Some(Message { stream, id: entry.id, time: entry.time, by, manner, text, is_edited })
    }

    /// The entry of a room of this name.
    pub fn into_entry(self, room: Rc<str>) -> LogEntry {
        let Message { id, time, by, manner, text, is_edited, .. } = self;
        let text = text.into();
        let event = match by {
            None => RoomEvent::HostSaid { text },
            Some(by) => {
                let who = MemberInfo { name: Name::from_stored(&by.name), kind: by.kind };
                RoomEvent::by_member(manner, who, text)
            }
        };
        LogEntry { room, id, time, event, edited: is_edited.then_some(0) }
    }

    /// About how many bytes it takes in memory.
    pub fn cost(&self) -> usize {
        let name = self.by.as_ref().map_or(0, |by| by.name.len());
        size_of::<Message>() + name + self.text.len()
    }
}
