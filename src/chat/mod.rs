//! The rules of the chat: who is in, what each may do, and who hears of it.
//!
//! Requests go in, events with their audience come out of [`Chat::poll_output`]. There are no dialects, bytes, sockets or
//! clocks here.

mod command;
mod history;
mod moderation;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;
use std::time::SystemTime;

use slab::Slab;

use crate::base::limits::{MESSAGE_BYTES, WELCOME_NAMES, WHO_NAMES};
use crate::base::name::{Name, NameKey};
use crate::base::text::{list, plural};
use crate::proto::{Audience, Entry, Event, Kind, MemberId, News, ROOM, Refusal, Request, Who};

pub use history::{History, HistoryLimits};
pub use moderation::{
    Ban, Bans, Full, Measure, Mute, Mutes, Network, Order, Target, parse_ban, parse_mute, parse_target,
};

/// What the rules come to. Take it after every call that may change something, until there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// These are to hear this.
    Tell(Audience, Event),
    /// This member hears the room from now on.
    Seat(MemberId),
    /// This member does not hear the room any more. Whatever it was told before still reaches it.
    Unseat(MemberId),
    /// This member is to hear what the history keeps of these ids, as fast as it takes it.
    Replay(MemberId, Range<u64>),
    /// This one, who had this name, is no member any more. Whatever it was told before still reaches it.
    Dismiss(MemberId, Name),
}

/// A name that somebody has. Displayed, it is a sentence for whoever else wanted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTaken(Name);

#[derive(Debug)]
struct Member {
    who: Who,
    /// It is in the room.
    is_present: bool,
}

/// A room, and who is known by name.
#[derive(Debug)]
pub struct Chat {
    members: Slab<Member>,
    by_name: HashMap<NameKey, MemberId>,
    /// How many are in the room.
    present: usize,
    /// How many of them are people.
    people: usize,
    history: History,
    /// The id of the next news.
    next_id: u64,
    outputs: VecDeque<Output>,
}

impl Chat {
    /// An empty room.
    pub fn new(limits: HistoryLimits) -> Chat {
        Chat {
            members: Slab::new(),
            by_name: HashMap::new(),
            present: 0,
            people: 0,
            history: History::new(limits),
            next_id: 1,
            outputs: VecDeque::new(),
        }
    }

    /// Makes somebody known by a name, which nobody else has then.
    pub fn introduce(&mut self, who: Who) -> Result<MemberId, NameTaken> {
        let key = who.name.key();
        if self.by_name.contains_key(&key) {
            return Err(NameTaken(who.name));
        }
        let name = who.name.clone();
        let id = MemberId(self.members.insert(Member { who, is_present: false }));
        self.by_name.insert(key, id);
        self.tell(id, Event::Known { name });
        Ok(id)
    }

    /// Does what a member asks at this time, or tells it why not.
    pub fn request(&mut self, by: MemberId, request: Request, time: SystemTime) {
        match request {
            Request::Join => self.join(by, time),
            Request::Leave => self.part(by, None, time),
            Request::Say(text) => {
                let news = News::Said { who: self.who(by).clone(), text: text.into() };
                self.say(by, news, time);
            }
            Request::Command { name, rest } => {
                command::run(self, &name, &command::Call { by, rest: &rest, time });
            }
            Request::SayTooLong => self.refuse_long(by),
            Request::Unclear(why) => self.tell(by, Event::refused(Refusal::Unclear, why)),
            Request::Hello { .. } => {
                self.tell(
                    by,
                    Event::refused(Refusal::Unclear, "You have a name already. Connect again for another."),
                );
            }
        }
    }

    /// A member goes for good.
    pub fn leave(&mut self, id: MemberId, time: SystemTime) {
        self.dismiss(id, None, time);
    }

    /// The host removes a member. It is told why, and so is the room.
    pub fn remove(&mut self, id: MemberId, reason: &str, time: SystemTime) {
        let reason: Rc<str> = reason.into();
        self.tell(id, Event::Removed { reason: reason.clone() });
        self.dismiss(id, Some(reason), time);
    }

    /// The host says something.
    pub fn host_says(&mut self, text: &str, time: SystemTime) {
        self.publish(Audience::Room { speaker: None }, News::HostSaid { text: text.into() }, time);
    }

    /// What is to be done next, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// How the others know a member.
    pub fn who(&self, id: MemberId) -> &Who {
        &self.members[id.0].who
    }

    /// The member whom `text` names, without regard to case.
    pub fn find(&self, text: &str) -> Option<MemberId> {
        self.by_name.get(&NameKey::of(text)).copied()
    }

    /// Whether a member is in the room.
    pub fn is_present(&self, id: MemberId) -> bool {
        self.members[id.0].is_present
    }

    /// How many are in the room.
    pub fn count(&self) -> usize {
        self.present
    }

    /// How many people are in the room.
    pub fn people(&self) -> usize {
        self.people
    }

    /// Who is in the room, in no order.
    pub fn present(&self) -> impl Iterator<Item = &Who> {
        self.members.iter().filter(|(_, member)| member.is_present).map(|(_, member)| &member.who)
    }

    /// What was said so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Lets a member into the room, announces it to the others, and has the thread so far replayed to it.
    fn join(&mut self, id: MemberId, time: SystemTime) {
        if self.members[id.0].is_present {
            return self
                .tell(id, Event::refused(Refusal::Command, format!("You are in the {ROOM} already.")));
        }
        let who = self.who(id).clone();
        let (text, present) =
            (self.welcome(&who.name).into(), self.present().take(WHO_NAMES).cloned().collect());
        self.members[id.0].is_present = true;
        self.present += 1;
        self.people += usize::from(who.kind == Kind::Person);
        self.publish(Audience::Others(id), News::Joined { who }, time);
        self.outputs.push_back(Output::Seat(id));
        self.tell(id, Event::Welcome { text, present, count: self.present });
        self.tell(id, Event::OldMessages);
        self.outputs.push_back(Output::Replay(id, self.history.ids()));
        self.tell(id, Event::NewMessages);
    }

    /// Takes a member out of the room, if it is there.
    fn part(&mut self, id: MemberId, removed_for: Option<Rc<str>>, time: SystemTime) {
        if !std::mem::take(&mut self.members[id.0].is_present) {
            return;
        }
        let who = self.who(id).clone();
        self.present -= 1;
        self.people -= usize::from(who.kind == Kind::Person);
        self.outputs.push_back(Output::Unseat(id));
        self.publish(Audience::Room { speaker: None }, News::Left { who, removed_for }, time);
    }

    fn dismiss(&mut self, id: MemberId, removed_for: Option<Rc<str>>, time: SystemTime) {
        self.part(id, removed_for, time);
        let Who { name, .. } = self.members.remove(id.0).who;
        self.by_name.remove(&name.key());
        self.outputs.push_back(Output::Dismiss(id, name));
    }

    /// Has a member heard by the room, if it is there.
    fn say(&mut self, by: MemberId, news: News, time: SystemTime) {
        if news.text().is_some_and(|text| text.len() > MESSAGE_BYTES) {
            self.refuse_long(by);
        } else if self.members[by.0].is_present {
            self.publish(Audience::Room { speaker: Some(by) }, news, time);
        } else {
            self.tell(by, Event::refused(Refusal::NotJoined, "You are in no room. Join one first."));
        }
    }

    fn refuse_long(&mut self, by: MemberId) {
        let text = format!(
            "Your message was longer than {MESSAGE_BYTES} bytes and was not said. Please cut it into parts."
        );
        self.tell(by, Event::refused(Refusal::TooLong, text));
    }

    fn tell(&mut self, id: MemberId, event: Event) {
        self.outputs.push_back(Output::Tell(Audience::One(id), event));
    }

    fn publish(&mut self, to: Audience, news: News, time: SystemTime) {
        let entry = Entry { id: self.next_id, time, news };
        self.next_id += 1;
        self.history.record(&entry);
        self.outputs.push_back(Output::Tell(to, Event::New(entry)));
    }

    fn welcome(&self, name: &Name) -> String {
        let mut names: Vec<&str> = self.present().take(WELCOME_NAMES).map(|who| who.name.as_str()).collect();
        let more = (self.present > names.len()).then(|| plural(self.present - names.len(), "other"));
        names.extend(more.as_deref());
        let company = match names.as_slice() {
            [] => format!("You are the first in the {ROOM}."),
            names => format!("You are in the {ROOM} with {}.", list(names)),
        };
        format!("Welcome, {name}! {company} Type /help to see what you can do.")
    }
}

impl Who {
    /// Its name, and what it is if it is no person.
    pub fn described(&self) -> String {
        match self.kind {
            Kind::Person => self.name.to_string(),
            Kind::Bot => format!("{} (bot)", self.name),
        }
    }
}

impl std::fmt::Display for NameTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "The name {} is taken.", self.0)
    }
}

impl std::error::Error for NameTaken {}
