//! Answers that are told to members, one after the other and each as a whole, however many ask for much.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::{QUEUED_REPLIES_MAX, REPLY_MESSAGES_PER_TURN};
use crate::fanout::Charge;
use crate::journal::{Message, QueryResult, Ticket};
use crate::proto::{Event, HistoryOutcome, HistoryQuery, MemberId, Reply};
use crate::wire::Encoding;

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
    member: MemberId,
    encoding: Encoding,
    room: Rc<str>,
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
    pub(super) fn begin(
        &mut self,
        member: MemberId,
        encoding: Encoding,
        room: Rc<str>,
        query: HistoryQuery,
        (_, found, charge): Result,
    ) {
        let mut text = BytesMut::new();
        let outcome = found.as_ref().map(outcome).map_err(String::clone);
        encoding
            .encode(&Event::Reply(Reply::HistoryHeading { room: room.clone(), query, outcome }), &mut text);
        let messages = found.unwrap_or_default().messages.into_iter();
        self.telling = Some(Telling { member, encoding, room, messages, text, _charge: charge });
    }

    /// Writes a turn's share. Returns what a member is sent, once all of it is written.
    pub(super) fn write(&mut self) -> Option<(MemberId, BytesMut)> {
        let Telling { encoding, room, messages, text, .. } = self.telling.as_mut()?;
        for _ in 0..REPLY_MESSAGES_PER_TURN {
            let Some(message) = messages.next() else { break };
            let (entry, more) = (message.into_entry(room.clone()), messages.len());
            encoding.encode(&Event::HistoryResult { entry, more }, text);
        }
        let told = self.telling.take_if(|telling| telling.messages.len() == 0)?;
        Some((told.member, told.text))
    }

    /// A member is gone, or a question is given up.
    pub(super) fn remove(&mut self, member: MemberId, ticket: Option<Ticket>) {
        self.waiting.retain(|(found, ..)| Some(*found) != ticket);
        self.telling.take_if(|telling| telling.member == member);
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
