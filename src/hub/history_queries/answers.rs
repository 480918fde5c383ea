//! Answers that are told to members, one after the other and each as a whole, however many ask for much.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::{QUEUED_REPLIES_MAX, REPLY_MESSAGES_PER_TURN};
use crate::fanout::Charge;
use crate::journal::{Message, QueryResult, StreamId, Ticket};
use crate::limits::source::Source;
use crate::proto::{Event, HistoryOutcome, HistoryQuery, MemberId, Reply, RoomId};
use crate::wire::Encoding;

/// A member that asks in a room.
#[derive(Clone, Debug)]
pub(in crate::hub) struct By {
    /// Who asks.
    pub(in crate::hub) member: MemberId,
    /// On whose account.
    pub(in crate::hub) source: Source,
    /// In what it is answered.
    pub(in crate::hub) encoding: Encoding,
    /// What it calls its question.
    pub(in crate::hub) label: Option<Rc<str>>,
    /// The room, its stream, and its name.
    pub(in crate::hub) room: RoomId,
    pub(in crate::hub) stream: StreamId,
    pub(in crate::hub) name: Rc<str>,
}

/// What was found for a ticket, or why it was not. It occupies so much.
pub(super) type Result = (Ticket, std::result::Result<QueryResult, String>, Charge);

/// What was found, and is not told yet.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: VecDeque<Result>,
    telling: Option<Telling>,
}

/// An answer that is being written, part by part, and told as a whole.
#[derive(Debug)]
struct Telling {
    by: By,
    messages: std::vec::IntoIter<Message>,
    text: BytesMut,
    /// What was found occupies so much, until it is told.
    _charge: Charge,
}

impl Answers {
    /// Something was found.
    pub(super) fn push(&mut self, result: Result) {
        self.waiting.push_back(result);
    }

    /// Whether as much waits as may: nothing more is to be looked up.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.len() + usize::from(self.telling.is_some()) >= QUEUED_REPLIES_MAX
    }

    /// Whether there is nothing to be told.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.telling.is_none()
    }

    /// What was found next, once all before it is told.
    pub(super) fn next(&mut self) -> Option<Result> {
        if self.telling.is_some() { None } else { self.waiting.pop_front() }
    }

    /// Begins to tell a member what it wanted to hear of a room.
    pub(super) fn begin(&mut self, by: By, query: HistoryQuery, (_, found, charge): Result) {
        let outcome = found.as_ref().map(outcome).map_err(String::clone);
        let room = by.name.clone();
        let messages = found.unwrap_or_default().messages.into_iter();
        let mut telling = Telling { by, messages, text: BytesMut::new(), _charge: charge };
        telling.put(&Event::Reply(Reply::HistoryHeading { room, query, outcome }));
        self.telling = Some(telling);
    }

    /// Writes a turn's share. Returns what a member is sent, once all of it is written.
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

    /// A member is gone, or a question is given up.
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
        is_cut: found.is_cut,
        is_partial: found.is_partial,
        is_indexing: found.is_indexing,
    }
}
