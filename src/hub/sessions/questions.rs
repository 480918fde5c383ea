//! Sessions with an open question to the history.

use bytes::BytesMut;

use crate::fanout::SessionId;
use crate::hub::history_queries::ReplyTo;
use crate::hub::sessions::Sessions;
use crate::limits::source::Source;
use crate::proto::{Event, MemberId, Notice};

impl Sessions {
    /// Where the answer to a question of a session's member goes. `None`: it has not read its earlier answers.
    pub(in crate::hub) fn reply_to(&self, id: SessionId, member: MemberId) -> Option<ReplyTo> {
        let session = &self[id];
        let (source, encoding) = (Source::of(session.peer.ip()), session.codec.encoding());
        let to = || ReplyTo { member, source, encoding, label: self.label(id) };
        (!self.has_much_to_read(id)).then(to)
    }

    /// A session's question is being looked up.
    pub(in crate::hub) fn begin_question(&mut self, id: SessionId) {
        self[id].is_asking = true;
        self.spend_label(id);
    }

    /// A session's question is answered. `None`: its room is closed.
    pub(in crate::hub) fn answer_question(&mut self, id: SessionId, answer: Option<BytesMut>) {
        self[id].is_asking = false;
        match answer {
            Some(text) => self.fanout.enqueue(id, |out| out.unsplit(text)),
            None => self.tell(id, &Event::Notice(Notice::RoomClosed)),
        }
    }

    /// A session's question was dropped, as its answer takes too long.
    pub(in crate::hub) fn drop_question(&mut self, id: SessionId) {
        self[id].is_asking = false;
        self.tell(id, &Event::Notice(Notice::QueryTimeout));
    }
}
