//! What a member says about itself and is told about others: away, whois, and whom it ignores.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::AWAY_BYTES;
use crate::chat::{Chat, Effect, Member, Room};
use crate::proto::{
    Event, InvalidName, Kind, MemberId, Misuse, Presence, ProgramEvent, Refusal, Reply, RoomId, Whois,
};

impl Chat {
    /// A member in a list of members.
    pub fn presence(&self, id: MemberId, time: SystemTime) -> Presence {
        Presence { who: self.who(id).clone(), away: self.away_text(id, time) }
    }

    /// What others read of a member that is away; nothing of its text while it is muted. `None`: it is here.
    pub(super) fn away_text(&self, id: MemberId, time: SystemTime) -> Option<Rc<str>> {
        let text = self.members[id.0].away()?.clone();
        Some(if self.muted(id, "", time).is_some() { "".into() } else { text })
    }

    /// What a member calls itself beside its name; nothing while it is muted.
    pub(super) fn real_name(&self, id: MemberId, time: SystemTime) -> Option<Rc<str>> {
        let text = self.members[id.0].real_name()?.clone();
        self.muted(id, "", time).is_none().then_some(text)
    }

    /// A member calls itself something beside its name.
    pub(super) fn take_real_name(&mut self, by: MemberId, text: &str, time: SystemTime) {
        if let Some(refused) = self.muted(by, ", and that was not done", time) {
            return self.refuse(by, refused);
        }
        let text: Rc<str> = text.into();
        self.members[by.0].uncommon().real_name = Some(text.clone());
        let event = ProgramEvent::RealName { who: self.who(by).name.clone(), text };
        self.tell_of_change(by, event.clone());
        self.tell(by, Event::Program(event));
    }

    /// Whether a member ignores another one.
    pub fn ignores(&self, member: MemberId, other: MemberId) -> bool {
        self.ignores.of(&self.who(other).name).contains(&member)
    }

    /// A member goes away. `text` may be empty.
    pub(super) fn go_away(&mut self, by: MemberId, text: &str, time: SystemTime) {
        if text.len() > AWAY_BYTES {
            return self.refuse_command(by, Misuse::AwayTooLong);
        }
        // Others read the text.
        if !text.is_empty()
            && let Some(refused) = self.muted(by, ", and that was not done", time)
        {
            return self.refuse(by, refused);
        }
        let text: Rc<str> = text.into();
        self.members[by.0].uncommon().away = Some(text.clone());
        self.conversations.goes_away(by);
        self.tell_of_away(by, Some(text.clone()));
        self.tell(by, Event::Reply(Reply::Away(text)));
    }

    /// A member is back.
    pub(super) fn come_back(&mut self, by: MemberId) {
        let was_away = self.members[by.0].take_away().is_some();
        if was_away {
            self.tell_of_away(by, None);
        }
        self.tell(by, Event::Reply(Reply::Back { was_away }));
    }

    fn tell_of_away(&mut self, id: MemberId, text: Option<Rc<str>>) {
        let who = self.who(id).name.clone();
        self.tell_of_change(id, ProgramEvent::Away { who, text });
    }

    /// Tells its rooms, and who else watches it.
    fn tell_of_change(&mut self, id: MemberId, event: ProgramEvent) {
        let rooms = self.rooms_of(id).to_vec();
        for watcher in self.monitors.of(&self.who(id).name.key()) {
            let is_told = watcher == id || self.rooms_of(watcher).iter().any(|room| rooms.contains(room));
            if !is_told && !self.ignores(watcher, id) {
                self.tell(watcher, Event::Program(event.clone()));
            }
        }
        self.announce_change(id, rooms, event);
    }

    pub(super) fn announce_away(&mut self, id: MemberId, rooms: Vec<RoomId>, text: Option<Rc<str>>) {
        let who = self.who(id).name.clone();
        self.announce_change(id, rooms, ProgramEvent::Away { who, text });
    }

    fn announce_change(&mut self, id: MemberId, rooms: Vec<RoomId>, event: ProgramEvent) {
        let except = [&[id], self.ignores.of(&self.who(id).name)].concat();
        self.effects.push_back(Effect::Announce(rooms, except, Event::Program(event)));
    }

    /// Says that a member is a person or a bot, before others have seen it in a room.
    pub(super) fn become_kind(&mut self, by: MemberId, kind: Kind) {
        let Member { who, rooms, .. } = &mut self.members[by.0];
        if who.kind == kind {
            return self.tell(by, Event::Program(ProgramEvent::Became(kind)));
        }
        if who.name.is_of_a_bot() {
            let name = who.name.clone();
            return self.refuse(by, Refusal::InvalidName(InvalidName::OfABot(name)));
        }
        if !rooms.is_empty() || self.is_known(by) {
            return self.refuse_command(by, Misuse::KindIsKnown);
        }
        self.members[by.0].who.kind = kind;
        self.tell(by, Event::Program(ProgramEvent::Became(kind)));
    }

    /// Tells a member who another one is.
    pub(super) fn tell_whois(&mut self, by: MemberId, name: &str, time: SystemTime) {
        match self.named_member(by, name) {
            Ok(other) => {
                let Presence { who, away } = self.presence(other, time);
                let rooms = self
                    .rooms_of(other)
                    .iter()
                    .filter_map(|room| self.room(*room))
                    .filter(|room| self.may_see(by, room));
                let rooms = rooms.map(Room::room_name).collect();
                let node = self.node_of(other).cloned();
                let real_name = self.real_name(other, time);
                let operates_server = self.operator(other).is_some();
                let whois = Whois { who, real_name, rooms, away, operates_server, connection: None, node };
                self.effects.push_back(Effect::Whois(by, other, whois));
            }
            Err(why) => self.refuse(by, why),
        }
    }

    /// A member ignores another one.
    pub(super) fn ignore(&mut self, by: MemberId, name: &str) {
        let refused = match self.named_member(by, name) {
            Ok(other) if other == by => Refusal::Command(Misuse::IgnoresItself),
            Ok(other) => {
                let name = self.who(other).name.clone();
                if self.ignores.add(by, name.clone()) {
                    return self.tell(by, Event::Reply(Reply::Ignoring(name)));
                }
                Refusal::Command(Misuse::IgnoresTooMany)
            }
            Err(why) => why,
        };
        self.refuse(by, refused);
    }

    /// A member no longer ignores a name.
    pub(super) fn unignore(&mut self, by: MemberId, name: &str) {
        let typed = name.strip_prefix('@').unwrap_or(name);
        match self.ignores.remove(by, typed) {
            Some(name) => self.tell(by, Event::Reply(Reply::NotIgnoring(name))),
            None => self.refuse_command(by, Misuse::NotIgnored(typed.to_owned())),
        }
    }

    /// Tells a member whom it ignores.
    pub(super) fn tell_ignored(&mut self, by: MemberId) {
        let names = self.ignores.list(by).iter().map(|ignored| ignored.name().clone()).collect();
        self.tell(by, Event::Reply(Reply::Ignored(names)));
    }
}
