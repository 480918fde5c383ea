//! The streams of rooms, and the reservation of their ids.

use crate::base::limits::ID_RESERVATION;
use crate::base::name::NameKey;
use crate::journal::{Message, Record, RestoredStream, StreamId};
use crate::proto::RoomId;

/// The streams of all rooms.
#[derive(Debug)]
pub(super) struct Streams {
    /// By room id.
    rooms: Vec<Stream>,
    /// Streams of earlier runs whose rooms are not open.
    idle: Vec<RestoredStream>,
    next: StreamId,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    id: StreamId,
    /// Ids below this one are reserved: no later run gives them.
    reserved: u64,
    /// Its ids come from a log that several servers share.
    is_shared: bool,
    /// In the open batch there are messages of it; only if it is shared.
    has_new: bool,
}

impl Streams {
    /// Starts with streams of earlier runs. New ones are numbered from `next`.
    pub(super) fn new(idle: Vec<RestoredStream>, next: StreamId) -> Streams {
        Streams { rooms: Vec::new(), idle, next }
    }

    /// Opens a room: on the stream of an earlier run with its name, or on a new one. Returns the records of that. If several
    /// servers share the room and did not before, its stream ends, and a new one begins with the messages in memory.
    pub(super) fn open(
        &mut self,
        room: RoomId,
        name: &str,
        is_shared: bool,
    ) -> (RestoredStream, Vec<Record>) {
        let key = NameKey::of(name);
        let idle = self.idle.iter().position(|idle| NameKey::of(&idle.room) == key);
        let idle = idle.map(|at| self.idle.swap_remove(at));
        let (stream, records) = match idle {
            Some(idle) if idle.id.is_shared() || !is_shared => (idle, Vec::new()),
            ended => {
                let number = self.next.0;
                self.next = StreamId(number + 1);
                let id = if is_shared { StreamId::shared(number) } else { StreamId(number) };
                let closed = ended.iter().map(|ended| Record::StreamClosed(ended.id));
                let opened = Record::StreamOpened { stream: id, room: name.to_owned() };
                let records = closed.chain([opened]).collect();
                let (next_id, messages) = ended.map_or((1, Vec::new()), |it| (it.next_id, it.messages));
                (
                    RestoredStream { id, room: name.to_owned(), next_id, messages, incomplete_below: 0 },
                    records,
                )
            }
        };
        // The reservation of an earlier run ended with that run.
        let open = Stream { id: stream.id, reserved: stream.next_id, is_shared, has_new: false };
        if self.rooms.len() <= room.index() {
            self.rooms.resize(room.index() + 1, open);
        }
        self.rooms[room.index()] = open;
        (stream, records)
    }

    /// A room closes for a while: its stream goes on when the room is opened again. `stream` is what is known of it.
    pub(super) fn rest(&mut self, stream: RestoredStream) {
        self.idle.push(stream);
    }

    /// Ends the stream that would go on when a room of this name is opened. Returns the record of that.
    pub(super) fn end_idle(&mut self, name: &str) -> Option<Record> {
        let key = NameKey::of(name);
        let at = self.idle.iter().position(|idle| NameKey::of(&idle.room) == key)?;
        Some(Record::StreamClosed(self.idle.swap_remove(at).id))
    }

    /// Keeps only the newest messages of the stream that would go on when a room of this name is opened.
    pub(super) fn trim_idle(&mut self, name: &str, messages: usize) {
        let key = NameKey::of(name);
        let Some(idle) = self.idle.iter_mut().find(|idle| NameKey::of(&idle.room) == key) else { return };
        let surplus = idle.messages.len().saturating_sub(messages);
        if let Some(last) = idle.messages.drain(..surplus).next_back() {
            idle.incomplete_below = idle.incomplete_below.max(last.id + 1);
        }
    }

    /// Drops all messages of this name that wait for their rooms to be opened.
    pub(super) fn forget(&mut self, key: &NameKey) {
        let is_by = |message: &Message| message.by.as_ref().is_some_and(|by| NameKey::of(&by.name) == *key);
        self.idle.iter_mut().for_each(|idle| idle.messages.retain(|message| !is_by(message)));
    }

    /// A room's stream; if the room is closed, its last one.
    pub(super) fn of(&self, room: RoomId) -> StreamId {
        self.rooms[room.index()].id
    }

    /// Whether the ids of a room come from a log that several servers share.
    pub(super) fn is_shared(&self, room: RoomId) -> bool {
        self.rooms[room.index()].is_shared
    }

    /// A message of a shared room is in the open batch.
    pub(super) fn stored(&mut self, room: RoomId, id: u64) {
        let stream = &mut self.rooms[room.index()];
        (stream.reserved, stream.has_new) = (stream.reserved.max(id + 1), true);
    }

    /// The records that say up to where shared rooms are stored with the batch that is sealed now.
    pub(super) fn take_stored(&mut self) -> impl Iterator<Item = Record> {
        self.rooms.iter_mut().filter_map(|stream| {
            let has_new = std::mem::take(&mut stream.has_new);
            has_new.then_some(Record::ReserveIds { stream: stream.id, below: stream.reserved })
        })
    }

    /// A room has given this id. Returns the record of a new reservation if it was not reserved.
    pub(super) fn reserve(&mut self, room: RoomId, id: u64) -> Option<Record> {
        let Stream { id: stream, reserved, .. } = &mut self.rooms[room.index()];
        (id >= *reserved).then(|| {
            *reserved = id + ID_RESERVATION;
            Record::ReserveIds { stream: *stream, below: *reserved }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_goes_on_with_its_stream_and_no_id_is_used_before_it_is_reserved() {
        let idle = RestoredStream {
            id: StreamId(4),
            room: "Hall".into(),
            next_id: 900,
            messages: Vec::new(),
            incomplete_below: 0,
        };
        let mut streams = Streams::new(vec![idle], StreamId(7));
        let (new, record) = streams.open(RoomId::first(1), "lobby", false);
        assert_eq!((new.id, new.next_id), (StreamId(7), 1));
        assert_eq!(record, [Record::StreamOpened { stream: StreamId(7), room: "lobby".into() }]);
        let (known, record) = streams.open(RoomId::first(0), "hall", false);
        assert_eq!((known.id, known.next_id, record), (StreamId(4), 900, Vec::new()));
        let ids = |below| Some(Record::ReserveIds { stream: StreamId(4), below });
        assert_eq!(
            streams.reserve(RoomId::first(0), 900),
            ids(900 + ID_RESERVATION),
            "what was reserved before is lost"
        );
        assert_eq!(streams.reserve(RoomId::first(0), 899 + ID_RESERVATION), None);
        assert_eq!(streams.reserve(RoomId::first(0), 900 + ID_RESERVATION), ids(900 + 2 * ID_RESERVATION));
        assert_eq!(streams.open(RoomId::first(0), "hall", false).0.id, StreamId(8), "it was closed");
        assert_eq!(streams.of(RoomId::first(0)), StreamId(8));
    }

    #[test]
    fn a_room_that_is_shared_has_another_stream_than_before_and_keeps_that() {
        let idle = RestoredStream {
            id: StreamId(4),
            room: "Hall".into(),
            next_id: 900,
            messages: Vec::new(),
            incomplete_below: 7,
        };
        let mut streams = Streams::new(vec![idle], StreamId(7));
        let (first, records) = streams.open(RoomId::first(0), "hall", true);
        assert_eq!((first.id, first.next_id, first.incomplete_below), (StreamId::shared(7), 900, 0));
        let opened = Record::StreamOpened { stream: StreamId::shared(7), room: "hall".into() };
        assert_eq!(records, [Record::StreamClosed(StreamId(4)), opened]);
        assert!(streams.is_shared(RoomId::first(0)));
        let mut streams = Streams::new(vec![first], StreamId(8));
        for is_shared in [true, false] {
            let (again, records) = streams.open(RoomId::first(0), "hall", is_shared);
            assert_eq!((again.id, records), (StreamId::shared(7), Vec::new()));
            assert_eq!(streams.is_shared(RoomId::first(0)), is_shared, "one server alone reserves ids");
            streams.rest(again);
        }
        assert_eq!(streams.open(RoomId::first(1), "lobby", true).0.id, StreamId::shared(8));
    }
}
