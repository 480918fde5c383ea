//! Replies to members' questions: sent one after the other, each as a whole, at most so much in a turn.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::{QUEUED_REPLIES_MAX, REPLY_MESSAGES_PER_TURN};
use crate::fanout::Charge;
use crate::journal::{Message, QueryResult, StreamId, Ticket};
use crate::limits::source::Source;
use crate::proto::{Event, HistoryOutcome, HistoryQuery, MemberId, Reply, RoomId};
use crate::wire::Encoding;

/// A member that asks a question in a room.
#[derive(Clone, Debug)]
pub(in crate::hub) struct By {
    /// The member.
    pub(in crate::hub) member: MemberId,
    /// Its address, which the question counts against.
    pub(in crate::hub) source: Source,
    /// The encoding of the reply.
    pub(in crate::hub) encoding: Encoding,
    /// The label of the request.
    pub(in crate::hub) label: Option<Rc<str>>,
    /// The room, its stream, and its name.
    pub(in crate::hub) room: RoomId,
    pub(in crate::hub) stream: StreamId,
    pub(in crate::hub) name: Rc<str>,
}

/// The result for a ticket, or the reason why there is none; and the memory that it takes.
pub(super) type Result = (Ticket, std::result::Result<QueryResult, String>, Charge);

/// Results that are not sent yet.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: VecDeque<Result>,
    telling: Option<Telling>,
}

/// A reply that is being encoded, part by part. It is sent as a whole.
#[derive(Debug)]
struct Telling {
    by: By,
    messages: std::vec::IntoIter<Message>,
    text: BytesMut,
    /// The memory of the result, until it is sent.
    _charge: Charge,
}

impl Answers {
    /// Adds a result.
    pub(super) fn push(&mut self, result: Result) {
        self.waiting.push_back(result);
    }

    /// Whether the backlog is full: the journal must not be asked for more.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.len() + usize::from(self.telling.is_some()) >= QUEUED_REPLIES_MAX
    }

    /// Whether nothing is to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.telling.is_none()
    }

    /// The next result, once all before it are sent.
    pub(super) fn next(&mut self) -> Option<Result> {
        if self.telling.is_some() { None } else { self.waiting.pop_front() }
    }

    /// Begins a reply.
    pub(super) fn begin(&mut self, by: By, query: HistoryQuery, (_, found, charge): Result) {
        let outcome = found.as_ref().map(outcome).map_err(String::clone);
        let room = by.name.clone();
        let messages = found.unwrap_or_default().messages.into_iter();
        let mut telling = Telling { by, messages, text: BytesMut::new(), _charge: charge };
        telling.put(&Event::Reply(Reply::HistoryHeading { room, query, outcome }));
        self.telling = Some(telling);
    }

    /// Encodes a turn's share. Returns the member and its whole reply, once that is complete.
    pub(super) fn write(&mut self) -> Option<(MemberId, BytesMut)> {
        let telling = self.telling.as_mut()?;
        for _ in 0..REPLY_MESSAGES_PER_TURN {
            let Some(message) = telling.messages.next() else { break };
            let (entry, more) = (message.into_entry(telling.by.name.clone()), telling.messages.len());
            telling.put(&Event::HistoryResult { entry, more });
        }
        let told = self.telling.take_if(|telling| telling.messages.len() == 0)?;
        Some((told.by.member, told.text))
    }

    /// Drops the replies to a member that is gone, or to a question that is given up.
    pub(super) fn remove(&mut self, member: MemberId, ticket: Option<Ticket>) {
        self.waiting.retain(|(found, ..)| Some(*found) != ticket);
        self.telling.take_if(|telling| telling.by.member == member);
    }
}

impl Telling {
    fn put(&mut self, event: &Event) {
        let By { encoding, label, .. } = &self.by;
        match label {
            Some(label) => encoding.encode_labelled(event, label, &mut self.text),
            None => encoding.encode(event, &mut self.text),
        }
    }
}

fn outcome(found: &QueryResult) -> HistoryOutcome {
    HistoryOutcome {
        messages: found.messages.len(),
        has_more: found.has_more,
        is_partial: found.is_partial,
        is_indexing: found.is_indexing,
    }
}
