//! Replies to members' questions: sent one after the other, each as a whole, at most so much in a turn.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::{QUEUED_REPLIES_MAX, REPLY_MESSAGES_PER_TURN};
use crate::base::source::Source;
use crate::fanout::Charge;
use crate::hub::history_queries::amendments::PendingAmendment;
use crate::journal::{QueryResult, StreamId, Ticket};
use crate::proto::{Event, HistoryOutcome, HistoryQuery, MemberId, Reply, RoomId, SeenMessage};
use crate::wire::Encoding;

/// A member that asks a question.
#[derive(Clone, Debug)]
pub(in crate::hub) struct ReplyTo {
    /// The member.
    pub(in crate::hub) member: MemberId,
    /// Its address, which the question counts against.
    pub(in crate::hub) source: Source,
    /// The encoding of the reply.
    pub(in crate::hub) encoding: Encoding,
    /// The label of the request.
    pub(in crate::hub) label: Option<Rc<str>>,
}

/// A member that asks a question in a room.
#[derive(Clone, Debug)]
pub(in crate::hub) struct By {
    /// The member.
    pub(in crate::hub) to: ReplyTo,
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
    waiting: VecDeque<Waiting>,
    telling: Option<Telling>,
}

/// A result that is not sent yet.
#[derive(Debug)]
enum Waiting {
    /// Of the journal.
    Found(Result),
    /// Of private messages: only its heading is encoded.
    Private(Telling),
}

/// A reply that is being encoded, part by part. It is sent as a whole.
#[derive(Debug)]
pub(super) struct Telling {
    to: ReplyTo,
    rest: Rest,
    text: BytesMut,
    /// The memory of the result, until it is sent.
    _charge: Charge,
}

/// What is told, and how much of it is encoded.
#[derive(Debug)]
pub(super) enum Rest {
    /// Messages of a room.
    Room(FoundInRoom),
    /// Of the member and another one.
    Private(std::vec::IntoIter<SeenMessage>),
}

/// The result of a query in a room.
#[derive(Debug)]
pub(super) struct FoundInRoom {
    room: Rc<str>,
    query: HistoryQuery,
    found: std::result::Result<QueryResult, String>,
    /// How many messages are encoded.
    encoded: usize,
}

impl Answers {
    /// A message is erased, or has another text: so it is in all results. One that is told already in part is told from the
    /// beginning.
    pub(super) fn amend(&mut self, amendment: &PendingAmendment) {
        for waiting in &mut self.waiting {
            if let Waiting::Found((_, Ok(found), _)) = waiting {
                amendment.carry_out(&mut found.messages);
            }
        }
        if let Some(Telling { rest: Rest::Room(FoundInRoom { found: Ok(found), .. }), .. }) =
            &mut self.telling
            && amendment.carry_out(&mut found.messages)
            && let Some(telling) = &mut self.telling
        {
            telling.begin_anew();
        }
    }

    /// Adds a result of the journal.
    pub(super) fn push(&mut self, result: Result) {
        self.waiting.push_back(Waiting::Found(result));
    }

    /// Adds the reply to a query for private messages.
    pub(super) fn push_private(&mut self, reply: Telling) {
        self.waiting.push_back(Waiting::Private(reply));
    }

    /// Whether the backlog is full: the journal must not be asked for more.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.len() + usize::from(self.telling.is_some()) >= QUEUED_REPLIES_MAX
    }

    /// Whether nothing is to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.telling.is_none()
    }

    /// The next result of the journal, once all before it are sent.
    pub(super) fn next(&mut self) -> Option<Result> {
        if self.telling.is_some() {
            return None;
        }
        match self.waiting.pop_front()? {
            Waiting::Found(result) => Some(result),
            Waiting::Private(reply) => {
                self.telling = Some(reply);
                None
            }
        }
    }

    /// Begins a reply to a question in a room.
    pub(super) fn begin(&mut self, by: By, query: HistoryQuery, (_, found, charge): Result) {
        let found = FoundInRoom { room: by.name, query, found, encoded: 0 };
        self.telling = Some(Telling::new(by.to, &found.heading(), Rest::Room(found), charge));
    }

    /// Encodes a turn's share. Returns the member and its whole reply, once that is complete.
    pub(super) fn write(&mut self) -> Option<(MemberId, BytesMut)> {
        let telling = self.telling.as_mut()?;
        for _ in 0..REPLY_MESSAGES_PER_TURN {
            let Some(event) = telling.rest.next() else { break };
            telling.put(&event);
        }
        let told = self.telling.take_if(|telling| telling.rest.is_empty())?;
        Some((told.member(), told.text))
    }

    /// Drops the replies to a member that is gone, or to a question that is given up.
    pub(super) fn remove(&mut self, member: MemberId, ticket: Option<Ticket>) {
        self.waiting.retain(|waiting| match waiting {
            Waiting::Found((found, ..)) => Some(*found) != ticket,
            Waiting::Private(reply) => reply.member() != member,
        });
        self.telling.take_if(|telling| telling.member() == member);
    }
}

impl Telling {
    /// A reply with its heading. `charge`: the memory of the messages.
    pub(super) fn new(to: ReplyTo, heading: &Event, rest: Rest, charge: Charge) -> Telling {
        let mut telling = Telling { to, rest, text: BytesMut::new(), _charge: charge };
        telling.put(heading);
        telling
    }

    /// The member that it is for.
    pub(super) fn member(&self) -> MemberId {
        self.to.member
    }

    /// Encodes a result in a room from its heading on.
    fn begin_anew(&mut self) {
        if let Rest::Room(found) = &mut self.rest {
            found.encoded = 0;
            let heading = found.heading();
            self.text.clear();
            self.put(&heading);
        }
    }

    fn put(&mut self, event: &Event) {
        let ReplyTo { encoding, label, .. } = &self.to;
        match label {
            Some(label) => encoding.encode_labelled(event, label, &mut self.text),
            None => encoding.encode(event, &mut self.text),
        }
    }
}

impl Rest {
    fn is_empty(&self) -> bool {
        match self {
            Rest::Room(found) => found.left() == 0,
            Rest::Private(messages) => messages.len() == 0,
        }
    }

    fn next(&mut self) -> Option<Event> {
        Some(match self {
            Rest::Room(found) => found.next()?,
            Rest::Private(messages) => {
                let seen = messages.next()?;
                Event::PrivateResult { seen, more: messages.len() }
            }
        })
    }
}

impl FoundInRoom {
    fn heading(&self) -> Event {
        let outcome = self.found.as_ref().map(outcome).map_err(String::clone);
        let (room, query) = (self.room.clone(), self.query.clone());
        Event::Reply(Reply::HistoryHeading { room, query, outcome })
    }

    /// How many messages are not encoded yet.
    fn left(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.messages.len() - self.encoded)
    }

    fn next(&mut self) -> Option<Event> {
        let message = self.found.as_ref().ok()?.messages.get(self.encoded)?;
        let entry = message.clone().into_entry(self.room.clone());
        self.encoded += 1;
        Some(Event::HistoryResult { entry, more: self.left() })
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
