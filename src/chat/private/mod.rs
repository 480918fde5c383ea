//! Private messages: who may write to whom, and the questions for what two members wrote to each other.

mod across;
mod conversations;
mod recipients;

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::{MESSAGE_BYTES, PRIVATE_RECIPIENTS_PER_ADDRESS, PRIVATE_RECIPIENTS_PER_MINUTE};
use crate::base::name::{Name, NameKey, is_too_long};
use crate::base::nearest::nearest;
use crate::base::time::whole_milliseconds;
use crate::chat::{Chat, Effect, Member, Room, RoomLimit};
use crate::proto::{
    Event, HistoryQuery, MemberId, Misuse, PrivateMessage, PrivateQuery, PrivateText, Refusal, SeenMessage,
    UnknownMember,
};

pub(super) use conversations::Conversations;
use recipients::Recipients;
pub(super) use recipients::RecipientsOfSources;

/// With whom a member exchanged private messages.
#[derive(Debug, Default)]
pub(super) struct Correspondence {
    /// The number of the member, which no other one gets. Whoever resumes its session keeps it.
    serial: u64,
    /// `None`: there was none. Most members write none.
    last: Option<Box<Partners>>,
}

/// The last private messages of a member.
#[derive(Debug, Default)]
struct Partners {
    recipients: Recipients,
    /// Who wrote to it last, and to whom it wrote last.
    heard_from: Option<Correspondent>,
    wrote_to: Option<Correspondent>,
}

/// What a member writes to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateBody {
    /// The text.
    pub text: PrivateText,
    /// It is a notice, which no program answers by itself.
    pub is_notice: bool,
}

impl<T: Into<PrivateText>> From<T> for PrivateBody {
    fn from(text: T) -> PrivateBody {
        PrivateBody { text: text.into(), is_notice: false }
    }
}

/// A member that may have left since.
#[derive(Clone, Debug)]
struct Correspondent {
    name: Name,
    serial: u64,
}

impl Correspondence {
    /// That of a new member.
    pub(in crate::chat) fn new(serial: u64) -> Correspondence {
        Correspondence { serial, last: None }
    }

    fn last(&mut self) -> &mut Partners {
        self.last.get_or_insert_default()
    }

    /// Another member has another name from now on.
    pub(in crate::chat) fn rename(&mut self, from: &Name, to: &Name) {
        let Some(last) = &mut self.last else { return };
        last.recipients.rename(&from.key(), &to.key());
        for known in [&mut last.heard_from, &mut last.wrote_to].into_iter().flatten() {
            if known.name.key() == from.key() {
                known.name = to.clone();
            }
        }
    }
}

impl Chat {
    /// Sends a private message, or refuses it.
    pub(super) fn write_privately(&mut self, by: MemberId, to: &str, body: PrivateBody, time: SystemTime) {
        match self.may_write(by, to, &body.text, time) {
            Ok(to) if self.node_of(to).is_some() => self.write_across(by, to, body),
            Ok(to) => self.deliver(by, to, body, time),
            Err(why) => self.refuse(by, why),
        }
    }

    /// Sends a private message to somebody with whom the member has a conversation, or refuses it.
    pub(super) fn write_on_privately(&mut self, by: MemberId, to: &str, body: PrivateBody, time: SystemTime) {
        if let Ok(other) = self.named_member(by, to)
            && other != by
            && !self.conversations.has(by, other)
        {
            let name = self.who(other).name.clone();
            return self.refuse_command(by, Misuse::NotOngoing(name));
        }
        self.write_privately(by, to, body, time);
    }

    /// Tells those with whom a member has conversations that it leaves: its name may be another's next.
    pub(super) fn tell_partners_of_leaving(&mut self, id: MemberId) {
        for partner in self.conversations.partners(id).to_vec() {
            if !self.ignores(partner, id) {
                let is_seen = self.rooms_of(partner).iter().any(|room| self.rooms_of(id).contains(room));
                self.tell(partner, Event::PartnerLeft { name: self.who(id).name.clone(), is_seen });
            }
        }
    }

    /// Answers whoever wrote to the member last; if nobody did, it goes on to the one that it wrote to last.
    pub(super) fn reply_privately(&mut self, by: MemberId, text: PrivateText, time: SystemTime) {
        let last = self.members[by.0].private.last.as_ref();
        let Some(to) = last.and_then(|last| last.heard_from.as_ref().or(last.wrote_to.as_ref())).cloned()
        else {
            return self.refuse_command(by, Misuse::NobodyToReplyTo);
        };
        // Somebody else may have the name now, who knows nothing of the conversation.
        let is_it = |(_, member): &(usize, &Member)| member.private.serial == to.serial;
        match self.members.iter().find(is_it).map(|(_, member)| member.who.name.clone()) {
            Some(name) => self.write_privately(by, name.as_str(), text.into(), time),
            None => self.refuse_command(by, Misuse::ReplyPartnerLeft(to.name)),
        }
    }

    /// Starts a query for the messages between a member and another one, or refuses it.
    pub(super) fn query_private(&mut self, by: MemberId, with: &str, query: Result<HistoryQuery, Misuse>) {
        let found = self.named_member(by, with).and_then(|other| {
            if other == by {
                return Err(Refusal::Command(Misuse::ToOneself));
            }
            Ok((other, query.map_err(Refusal::Command)?))
        });
        match found {
            Ok((other, query)) => {
                let (with, messages) = (self.who(other).name.clone(), self.conversations.read(by, other));
                self.effects.push_back(Effect::QueryPrivate(by, PrivateQuery { with, query, messages }));
            }
            Err(why) => self.refuse(by, why),
        }
    }

    /// The member that is meant by a typed name, with or without an `@` in front.
    pub(super) fn named_member(&self, by: MemberId, typed: &str) -> Result<MemberId, Refusal> {
        let name = typed.strip_prefix('@').unwrap_or(typed);
        if is_too_long(name) {
            let unknown = UnknownMember::Named { name: None, nearest: Vec::new() };
            return Err(Refusal::UnknownMember(unknown));
        }
        if NameKey::of(name).as_str() == "host" {
            return Err(Refusal::UnknownMember(UnknownMember::Host));
        }
        self.find(name).ok_or_else(|| {
            let nearest = self.nearest_members(by, name);
            Refusal::UnknownMember(UnknownMember::Named { name: Some(name.to_owned()), nearest })
        })
    }

    /// The members with the most similar names, those in the member's own rooms first.
    fn nearest_members(&self, by: MemberId, name: &str) -> Vec<Name> {
        let rooms = self.rooms_of(by).iter().filter_map(|room| self.room(*room));
        let here = rooms.flat_map(Room::present).map(|id| self.who(id));
        let names = here.chain(self.members.iter().map(|(_, member)| &member.who));
        let names = names.map(|who| who.name.as_str());
        let found = nearest(name, names).into_iter().filter_map(|name| self.find(name));
        found.map(|id| self.who(id).name.clone()).collect()
    }

    fn may_write(
        &mut self,
        by: MemberId,
        to: &str,
        text: &PrivateText,
        time: SystemTime,
    ) -> Result<MemberId, Refusal> {
        if text.as_str().len() > MESSAGE_BYTES {
            return Err(Refusal::TooLong);
        }
        if let Some(refused) = self.mute_refusal(by, time) {
            return Err(refused);
        }
        let to = self.named_member(by, to)?;
        if to == by {
            return Err(Refusal::Command(Misuse::ToOneself));
        }
        if self.members[to.0].is_leaving() {
            let (name, nearest) = (Some(self.who(to).name.to_string()), Vec::new());
            return Err(Refusal::UnknownMember(UnknownMember::Named { name, nearest }));
        }
        let Member { who, takes_private, .. } = &self.members[to.0];
        // Of a member of another server, that one knows it.
        if !takes_private && self.node_of(to).is_none() {
            return Err(Refusal::NotPrivate(who.name.clone()));
        }
        let key = who.name.key();
        self.charge_recipient(by, &key, time)?;
        Ok(to)
    }

    /// Charges a recipient to the member and to its address, or refuses it.
    fn charge_recipient(&mut self, by: MemberId, to: &NameKey, time: SystemTime) -> Result<(), Refusal> {
        let Member { room_limit, private, source, .. } = &mut self.members[by.0];
        // The server's own bots only answer.
        if *room_limit == RoomLimit::All {
            return Ok(());
        }
        let own = &mut private.last().recipients;
        if let Some(wait) = own.wait(to, PRIVATE_RECIPIENTS_PER_MINUTE, time) {
            return Err(Refusal::TooManyRecipients { of_address: false, wait });
        }
        // Behind a proxy on this machine are many.
        if let Some(source) = source.filter(|source| !source.is_this_machine()) {
            let all = self.recipients_of_sources.at(source, time);
            if let Some(wait) = all.wait(to, PRIVATE_RECIPIENTS_PER_ADDRESS, time) {
                return Err(Refusal::TooManyRecipients { of_address: true, wait });
            }
            all.add(to.clone(), time);
        }
        own.add(to.clone(), time);
        Ok(())
    }

    fn correspondent(&self, id: MemberId) -> Correspondent {
        let Member { who, private, .. } = &self.members[id.0];
        Correspondent { name: who.name.clone(), serial: private.serial }
    }

    fn deliver(&mut self, by: MemberId, to: MemberId, body: PrivateBody, time: SystemTime) {
        let (is_ignored, is_notice) = (self.ignores(to, by), body.is_notice);
        let message = self.keep_private(by, to, body, is_ignored, time);
        self.tell_author(by, to, message.clone());
        if !is_ignored {
            self.tell_reader(by, to, message);
        }
        let away = self.away_told(by, to, is_notice, time);
        self.tell_author_away(by, self.who(to).clone(), away);
    }

    /// Adds a message to the conversation of two members. `is_ignored`: only its author may read it.
    fn keep_private(
        &mut self,
        by: MemberId,
        to: MemberId,
        body: PrivateBody,
        is_ignored: bool,
        time: SystemTime,
    ) -> PrivateMessage {
        let (from, reader, time) = (self.who(by).clone(), self.who(to).clone(), whole_milliseconds(time));
        let id = self.conversations.next_id(by, to, time);
        let PrivateBody { text, is_notice } = body;
        let message = PrivateMessage { from, to: reader, text, is_notice, id, time };
        let payer = self.members[by.0].origin;
        self.conversations.add(by, to, payer, message.clone(), is_ignored);
        message
    }

    fn tell_author(&mut self, by: MemberId, to: MemberId, message: PrivateMessage) {
        self.members[by.0].private.last().wrote_to = Some(self.correspondent(to));
        self.members[by.0].own.wrote_privately();
        self.tell(by, Event::Private(SeenMessage { message, is_own: true }));
    }

    fn tell_reader(&mut self, by: MemberId, to: MemberId, message: PrivateMessage) {
        self.members[to.0].private.last().heard_from = Some(self.correspondent(by));
        self.tell(to, Event::Private(SeenMessage { message, is_own: false }));
    }

    /// What the reader of a message said when it went away, if its author is to be told that now. No answer comes to a notice by
    /// itself.
    fn away_told(
        &mut self,
        by: MemberId,
        to: MemberId,
        is_notice: bool,
        time: SystemTime,
    ) -> Option<Rc<str>> {
        let text = self.away_text(to, time).filter(|_| !is_notice)?;
        self.conversations.tell_away(by, to).then_some(text)
    }
}
