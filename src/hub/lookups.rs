//! What is being looked up in the journal, and for whom. Of a member's questions one is under way at a time.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use bytes::BytesMut;
use serde_json::{Value, json};

use crate::base::limits::{FOUND_BYTES, FOUND_MESSAGES, FOUND_TOLD_PER_TURN};
use crate::chat::Wanted;
use crate::hub::threads::entry;
use crate::hub::{Answer, Hub};
use crate::journal::{Found, Message, Question, ThreadId, Ticket};
use crate::proto::{Event, MemberId, Refusal, RoomId};
use crate::wire::Dialect;

/// What somebody is told who asked in a room that is no more.
const CLOSED: &str = "You asked in a room that is closed now, and what was said there is not told again.";

/// Questions, and who waits for their answers.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    last: u64,
    /// Questions to be handed over.
    questions: VecDeque<(Ticket, Question)>,
    asked: HashMap<Ticket, Asked>,
    of_member: HashMap<MemberId, Ticket>,
    /// What was found, and is not told yet.
    found: VecDeque<(Ticket, Result<Found, String>)>,
    telling: Option<Telling>,
    /// Answers to operators.
    answers: VecDeque<(Ticket, Answer)>,
}

/// What somebody waits for.
#[derive(Debug)]
enum Asked {
    /// A member, in a room and its thread.
    Member { member: MemberId, room: RoomId, thread: ThreadId, wanted: Wanted },
    /// An operator: a page of a room's messages.
    Page { room: String },
    /// An operator: that somebody's messages are erased.
    Erased { name: String },
}

/// An answer that is being written, part by part, and told as a whole.
#[derive(Debug)]
struct Telling {
    member: MemberId,
    name: Rc<str>,
    messages: std::vec::IntoIter<Message>,
    text: BytesMut,
}

impl Lookups {
    fn ticket(&mut self, asked: Asked) -> Ticket {
        let ticket = self.operators_ticket();
        self.asked.insert(ticket, asked);
        ticket
    }

    /// A ticket under which an operator is answered later.
    pub(super) fn operators_ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// Answers an operator.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Answer) {
        self.answers.push_back((ticket, answer));
    }

    /// The next question to be handed over.
    pub(super) fn poll_question(&mut self) -> Option<(Ticket, Question)> {
        self.questions.pop_front()
    }

    /// Whether there are questions to be handed over, or answers to be told.
    pub(super) fn is_busy(&self) -> bool {
        !(self.questions.is_empty() && self.found.is_empty() && self.telling.is_none())
    }

    /// The answer to a question has come.
    pub(super) fn found(&mut self, ticket: Ticket, found: Result<Found, String>) {
        self.found.push_back((ticket, found));
    }

    /// Whoever this was waits no longer. Returns whether it did.
    pub(super) fn drop_member(&mut self, member: MemberId) -> bool {
        let ticket = self.of_member.remove(&member);
        if let Some(ticket) = ticket {
            self.asked.remove(&ticket);
        }
        self.telling.take_if(|telling| telling.member == member);
        ticket.is_some()
    }

    /// Whether this member's question is not answered yet.
    pub(super) fn is_asked_by(&self, member: MemberId) -> bool {
        self.of_member.contains_key(&member)
    }

    /// Operators who wait for answers are told that the service ends before there are any.
    pub(super) fn stop(&mut self) {
        let is_operators = |_: &Ticket, asked: &mut Asked| !matches!(asked, Asked::Member { .. });
        for (ticket, asked) in self.asked.extract_if(is_operators) {
            self.answers.push_back((ticket, Answer::failed(asked.unanswered())));
        }
    }

    /// An operator waits for a page of a room's messages that come `after` one.
    pub(super) fn page(&mut self, room: &str, after: Option<(ThreadId, u64)>) -> Ticket {
        let ticket = self.ticket(Asked::Page { room: room.to_owned() });
        let room = room.to_owned();
        self.questions.push_back((ticket, Question::Page { room, after, most: FOUND_MESSAGES }));
        ticket
    }

    /// An operator waits until somebody's messages are erased.
    pub(super) fn erasure(&mut self, name: &str) -> Ticket {
        self.ticket(Asked::Erased { name: name.to_owned() })
    }
}

impl Asked {
    /// What an operator is told whose answer the end of the service is before.
    fn unanswered(&self) -> String {
        match self {
            Asked::Page { room } => {
                format!("The service is stopping. Export {room} again when it is back.")
            }
            Asked::Erased { name } => format!(
                "The service is stopping. What {name} said may not be erased yet: order it again when it is back."
            ),
            Asked::Member { .. } => String::new(),
        }
    }
}

impl Hub {
    /// An answer that an operator waits for since [`Answer::Later`].
    pub fn poll_answer(&mut self) -> Option<(Ticket, Answer)> {
        self.lookups.answers.pop_front()
    }

    /// A member wants to be told again of what was said.
    pub(super) fn recall(&mut self, member: MemberId, room: RoomId, wanted: Wanted) {
        let session = self.session_of[member.0].and_then(|id| self.sessions.get(id.0));
        if session.is_some_and(|session| session.queue.cost() > FOUND_BYTES) {
            let text = "You have not read all that you are owed yet. Ask again when you have.";
            return self.chat.tell(member, Event::refused(Refusal::Command, text));
        }
        let thread = self.rooms[room.0].thread;
        let question = match wanted.clone() {
            Wanted::Last { most, since } => Question::Last { thread, most, since },
            Wanted::Search { words, most } => Question::Search { thread, words, most },
        };
        let ticket = self.lookups.ticket(Asked::Member { member, room, thread, wanted });
        self.lookups.of_member.insert(member, ticket);
        self.lookups.questions.push_back((ticket, question));
    }

    /// Goes on with telling what was found, one answer after the other: so many messages of it in a turn, however many ask
    /// for much.
    pub(super) fn answer_on(&mut self, now: Instant) {
        if self.lookups.telling.is_none()
            && let Some((ticket, found)) = self.lookups.found.pop_front()
        {
            self.answer(ticket, found, now);
        }
        let Some(telling) = &mut self.lookups.telling else { return };
        let Some(id) = self.session_of[telling.member.0] else { return };
        let dialect = self.sessions[id.0].dialect();
        for _ in 0..FOUND_TOLD_PER_TURN {
            let Some(message) = telling.messages.next() else { break };
            let (entry, more) = (entry(message, telling.name.clone()), telling.messages.len());
            dialect.encode(&Event::Found { entry, more }, &mut telling.text);
        }
        if telling.messages.len() > 0 {
            return;
        }
        if let Some(Telling { member, text, .. }) = self.lookups.telling.take() {
            self.lookups.of_member.remove(&member);
            self.owe(id, |out| out.unsplit(text));
            self.wait_no_longer(id, now);
        }
    }

    fn answer(&mut self, ticket: Ticket, found: Result<Found, String>, now: Instant) {
        match self.lookups.asked.remove(&ticket) {
            Some(Asked::Member { member, room, thread, wanted }) => {
                let session = self.session_of[member.0];
                let is_same = self.rooms[room.0].thread == thread;
                let Some(id) = session else { return };
                let Some(open) = self.chat.room(room).filter(|_| is_same) else {
                    self.lookups.of_member.remove(&member);
                    self.tell(id, &Event::notice(CLOSED));
                    return self.wait_no_longer(id, now);
                };
                let counts = found.as_ref().map(|found| (found.messages.len(), found.is_cut));
                let heading = self.chat.heading(room, &wanted, counts.map_err(String::as_str));
                let (name, mut text) = (open.room_name(), BytesMut::new());
                self.sessions[id.0].dialect().encode(&heading, &mut text);
                let messages = found.unwrap_or_default().messages.into_iter();
                self.lookups.telling = Some(Telling { member, name, messages, text });
            }
            Some(Asked::Page { room }) => {
                let answer = page(&room, found, self.chat.find_room(&room).is_some());
                self.lookups.answers.push_back((ticket, answer));
            }
            Some(Asked::Erased { .. }) | None => {}
        }
    }

    /// What somebody said is erased: so many messages.
    pub(super) fn erased(&mut self, ticket: Ticket, messages: u64) {
        if let Some(Asked::Erased { name }) = self.lookups.asked.remove(&ticket) {
            let text = match messages {
                0 => format!("{name} said nothing that is kept."),
                1 => format!("One message of {name} is erased."),
                _ => format!("{messages} messages of {name} are erased."),
            };
            let answer = Answer::done_with(text, json!({ "name": name, "messages": messages }));
            self.lookups.answers.push_back((ticket, answer));
        }
    }
}

/// A page of a room's messages, each as the dialect of programs has it, and the command that brings the next.
fn page(room: &str, found: Result<Found, String>, is_open: bool) -> Answer {
    let Found { messages, is_cut } = match found {
        Ok(found) => found,
        Err(why) => return Answer::failed(format!("What was said in {room} cannot be read: {why}.")),
    };
    let next = messages.last().filter(|_| is_cut);
    let next = next.map(|last| format!("export {room} after {}.{}", last.thread.0, last.id));
    let name: Rc<str> = room.into();
    let mut text = BytesMut::new();
    for message in messages {
        Dialect::Json.encode(&Event::Old(entry(message, name.clone())), &mut text);
    }
    let text = String::from_utf8_lossy(&text);
    let objects: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let shown = match text.trim_end() {
        "" if !is_open => {
            let why = "Type rooms for those there are.";
            return Answer::failed(format!(
                "Nothing is kept of a room \"{room}\", and there is none now. {why}"
            ));
        }
        "" => format!("Nothing that was said in {room} is kept."),
        lines => lines.to_owned(),
    };
    Answer::done_with(shown, json!({ "room": room, "messages": objects, "next": next }))
}
