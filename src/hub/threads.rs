//! Threads: what is said in a room from when it is opened until it is closed, over however many runs of the server.

use std::rc::Rc;

use crate::base::name::{Name, NameKey};
use crate::chat::Style;
use crate::hub::Hub;
use crate::journal::{Message, Record, Thread, ThreadId};
use crate::proto::{Entry, News, RoomId, Who};

/// Threads of earlier runs whose rooms are not open, and the next of all.
#[derive(Debug)]
pub(super) struct Threads {
    pub(super) idle: Vec<Thread>,
    pub(super) next: ThreadId,
}

impl Hub {
    /// Opens a room in the chat: on the thread that an earlier run left under its name, or on a new one.
    pub(super) fn open_thread(&mut self, id: RoomId, name: &str, style: &'static Style) {
        let key = NameKey::of(name);
        let idle = &mut self.threads.idle;
        let known = idle.iter().position(|thread| NameKey::of(&thread.room) == key);
        let mut new = || {
            let thread = self.threads.next;
            self.threads.next = ThreadId(thread.0 + 1);
            self.gate.record(Record::Opened { thread, room: name.to_owned() });
            Thread { id: thread, room: name.to_owned(), next_id: 1, messages: Vec::new() }
        };
        let thread = match known {
            Some(at) => idle.swap_remove(at),
            None => new(),
        };
        let Thread { id: thread, next_id, messages, .. } = thread;
        self.chat.open(id, name, style, next_id);
        let room: Rc<str> = name.into();
        for message in messages {
            self.chat.remember(id, &entry(message, room.clone()));
        }
        self.fanout.open_room(id, next_id);
        let room = &mut self.rooms[id.0];
        room.thread = thread;
        // What was set aside by an earlier run was for that run.
        room.next_ids = next_id;
    }
}

/// What a room of this name knows of a message that was kept.
pub(super) fn entry(message: Message, room: Rc<str>) -> Entry {
    let Message { id, time, by, is_act, text, .. } = message;
    let text = text.into();
    let news = match by {
        None => News::HostSaid { text },
        Some(by) => {
            let who = Who { name: Name::of_old(&by.name), kind: by.kind };
            if is_act { News::Acted { who, text } } else { News::Said { who, text } }
        }
    };
    Entry { room, id, time, news }
}
