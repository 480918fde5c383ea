//! Sessions with an open question to the history.

use bytes::BytesMut;

use crate::base::source::Source;
use crate::fanout::SessionId;
use crate::hub::history_queries::ReplyTo;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, MemberId, Misuse, Notice};

impl Sessions {
    /// A member asks a question, unless it has not read its earlier answers. `ask` is told where the answer goes, and may say why
    /// the question is refused.
    pub(in crate::hub) fn ask(
        &mut self,
        member: MemberId,
        ask: impl FnOnce(ReplyTo) -> Result<(), String>,
    ) -> Result<(), Misuse> {
        let Some(id) = self.of_member(member) else { return Ok(()) };
        if self.has_much_to_read(id) {
            return Err(Misuse::RepliesPending);
        }
        let session = &self[id];
        let (source, encoding) = (Source::of(session.peer.ip()), session.codec.encoding());
        ask(ReplyTo { member, source, encoding, label: self.label(id) }).map_err(Misuse::Unsearchable)?;
        self[id].is_asking = true;
        self.spend_label(id);
        Ok(())
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
