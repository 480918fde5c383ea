//! The rules of the chat: who is in, what each may do, and who hears of it.
//!
//! Requests go in, events with their audience come out of [`Chat::poll_output`]. There are no dialects, bytes, sockets or
//! clocks here.

mod command;
mod history;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use slab::Slab;

use crate::base::limits::{MESSAGE_BYTES, WELCOME_NAMES};
use crate::base::name::{Name, NameKey};
use crate::base::text::{list, plural};
use crate::proto::{Audience, Event, MemberId, Request};

pub use history::{History, HistoryLimits};

/// The room that everybody is in.
pub const ROOM: &str = "lobby";

/// What the rules come to. Take it after every call that may change something, until there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// These are to hear this.
    Tell(Audience, Event),
    /// This member is to hear the messages of the history that have these numbers, as fast as it takes them.
    Replay(MemberId, Range<u64>),
    /// This one, who had this name, is no member any more. Whatever it was told before still reaches it.
    Dismiss(MemberId, Name),
}

/// A name that somebody present has. Displayed, it is a sentence for whoever else wanted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTaken(Name);

/// A room and its members.
#[derive(Debug)]
pub struct Chat {
    members: Slab<Name>,
    by_name: HashMap<NameKey, MemberId>,
    history: History,
    outputs: VecDeque<Output>,
}

impl Chat {
    /// An empty room.
    pub fn new(limits: HistoryLimits) -> Chat {
        Chat {
            members: Slab::new(),
            by_name: HashMap::new(),
            history: History::new(limits),
            outputs: VecDeque::new(),
        }
    }

    /// Lets somebody in, announces them to the others, and has the thread so far replayed to them.
    pub fn enter(&mut self, name: Name) -> Result<MemberId, NameTaken> {
        let key = name.key();
        if self.by_name.contains_key(&key) {
            return Err(NameTaken(name));
        }
        let text = self.welcome(&name).into();
        let id = MemberId(self.members.insert(name.clone()));
        self.by_name.insert(key, id);
        self.publish(Audience::Others(id), Event::Joined { who: name });
        let to = Audience::One(id);
        self.outputs.extend([
            Output::Tell(to, Event::Welcome { text }),
            Output::Tell(to, Event::OldMessages),
            Output::Replay(id, self.history.numbers()),
            Output::Tell(to, Event::NewMessages),
        ]);
        Ok(id)
    }

    /// Does what a member asks, or tells it why not.
    pub fn request(&mut self, by: MemberId, request: Request) {
        match request {
            Request::Say(text) => {
                let event = Event::Said { who: self.name(by).clone(), text: text.into() };
                self.publish(Audience::Room { speaker: Some(by) }, event);
            }
            Request::Command { name, rest } => command::run(self, by, &name, &rest),
            Request::SayTooLong => self.tell(
                by,
                format!("Your message was longer than {MESSAGE_BYTES} bytes and was not said. Please cut it into parts."),
            ),
        }
    }

    /// A member goes.
    pub fn leave(&mut self, id: MemberId) {
        self.depart(id, None);
    }

    /// The host removes a member. It is told why, and so is the room.
    pub fn remove(&mut self, id: MemberId, reason: &str) {
        let reason: Rc<str> = reason.into();
        self.outputs.push_back(Output::Tell(
            Audience::One(id),
            Event::Removed {
                reason: reason.clone(),
            },
        ));
        self.depart(id, Some(reason));
    }

    /// The host says something.
    pub fn host_says(&mut self, text: &str) {
        self.publish(
            Audience::Room { speaker: None },
            Event::HostSaid { text: text.into() },
        );
    }

    /// Tells one member something.
    pub fn tell(&mut self, id: MemberId, text: String) {
        self.outputs
            .push_back(Output::Tell(Audience::One(id), Event::notice(text)));
    }

    /// What is to be done next, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The name of a member.
    pub fn name(&self, id: MemberId) -> &Name {
        &self.members[id.0]
    }

    /// The member whom `text` names, without regard to case.
    pub fn find(&self, text: &str) -> Option<MemberId> {
        self.by_name.get(&NameKey::of(text)).copied()
    }

    /// How many are in.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// What was said so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(_, name)| name.as_str())
    }

    fn publish(&mut self, to: Audience, event: Event) {
        self.history.record(&event);
        self.outputs.push_back(Output::Tell(to, event));
    }

    fn depart(&mut self, id: MemberId, removed_for: Option<Rc<str>>) {
        let who = self.members.remove(id.0);
        self.by_name.remove(&who.key());
        self.outputs.push_back(Output::Dismiss(id, who.clone()));
        self.publish(Audience::Room { speaker: None }, Event::Left { who, removed_for });
    }

    fn welcome(&self, name: &Name) -> String {
        let mut names: Vec<&str> = self.names().take(WELCOME_NAMES).collect();
        let more = (self.count() > names.len()).then(|| plural(self.count() - names.len(), "other"));
        names.extend(more.as_deref());
        let company = match names.as_slice() {
            [] => format!("You are the first in the {ROOM}."),
            names => format!("You are in the {ROOM} with {}.", list(names)),
        };
        format!("Welcome, {name}! {company} Type /help to see what you can do.")
    }
}

impl std::fmt::Display for NameTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "The name {} is taken.", self.0)
    }
}

impl std::error::Error for NameTaken {}
