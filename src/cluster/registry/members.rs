//! The rules for names and members.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::{AMEND_WITHIN, OWN_MESSAGES};
use crate::base::name::Name;
use crate::cluster::record::{MemberKey, Newcomer, TokenMark};
use crate::cluster::registry::{Current, Member, Place, Registry, What};
use crate::proto::{MemberInfo, NameTaken, Removal};

impl Registry {
    pub(super) fn come(
        &mut self,
        at: &Current,
        newcomer: Newcomer,
        resumes: Option<u32>,
        shown: Option<TokenMark>,
    ) {
        let key = at.key(newcomer.number);
        if self.members.contains_key(&key) {
            return self.add(at.place, Some(at.origin), What::Void);
        }
        let Newcomer { name, kind, is_hosted, token, .. } = newcomer;
        let named = self.names.find(name.as_str());
        let ghost = named.filter(|ghost| {
            let has_shown =
                |member: &Member| member.token.is_some() && member.token == shown && member.who.kind == kind;
            resumes.map(|number| at.key(number)) == Some(*ghost)
                || self.members.get(ghost).is_some_and(has_shown)
        });
        // Whoever resumes its session may still erase what it said before.
        let own =
            ghost.and_then(|ghost| self.members.get_mut(&ghost)).map(|ghost| std::mem::take(&mut ghost.own));
        if let Some(left) = ghost.and_then(|ghost| self.leave(ghost, None, true)) {
            self.add(at.place, None, left);
        }
        let confusable = Confusable::of(name.as_str());
        match self.make_way(&name, &confusable, at.place) {
            Ok(()) => {
                let who = MemberInfo { name, kind };
                let member = Member {
                    who: who.clone(),
                    is_hosted,
                    rooms: Vec::new(),
                    token,
                    confusable,
                    own: own.unwrap_or_default(),
                };
                self.insert(key, member);
                self.add(at.place, Some(at.origin), What::Came(key, who, is_hosted));
            }
            Err(taken) => self.add(at.place, Some(at.origin), What::NameRefused(taken)),
        }
    }

    /// Whether a name is free, once hosted bots with everyday names have given way.
    pub(super) fn make_way(
        &mut self,
        name: &Name,
        confusable: &Confusable,
        place: Place,
    ) -> Result<(), NameTaken> {
        loop {
            let others = self.names.find_confusable(confusable);
            if others.is_empty() {
                return Ok(());
            }
            let stays = |key: &&MemberKey| {
                self.members.get(key).is_some_and(|it| !it.is_hosted || it.who.name.is_of_a_bot())
            };
            if let Some(other) = others.iter().find(stays).and_then(|key| self.members.get(key)) {
                let other = other.who.name.clone();
                return Err(if other.key() == name.key() {
                    NameTaken::Same { name: name.clone(), is_probed: false }
                } else {
                    NameTaken::Confusable(name.clone(), other)
                });
            }
            for bot in others {
                if let Some(left) = self.leave(bot, None, false) {
                    self.add(place, None, left);
                }
            }
        }
    }

    pub(super) fn rename(&mut self, at: &Current, key: MemberKey, name: Name) {
        let Some(before) = self.members.get(&key).map(|member| member.confusable.clone()) else {
            return self.add(at.place, Some(at.origin), What::Void);
        };
        // Its own name is in nobody's way.
        self.names.remove(&before, key);
        let after = Confusable::of(name.as_str());
        let made = self.make_way(&name, &after, at.place);
        let confusable = if made.is_ok() { after } else { before };
        self.names.add(&confusable, key);
        let what = match (made, self.members.get_mut(&key)) {
            (Ok(()), Some(member)) => {
                member.confusable = confusable;
                member.who.name = name.clone();
                What::Renamed(key, name)
            }
            (Err(taken), _) => What::NameRefused(taken),
            (Ok(()), None) => What::Void,
        };
        self.add(at.place, Some(at.origin), what);
    }

    /// A member says something in a room, if it is there.
    pub(super) fn says(&mut self, key: MemberKey, room: &Rc<str>, place: Place) -> bool {
        let Some(member) = self.members.get_mut(&key).filter(|member| member.rooms.contains(room)) else {
            return false;
        };
        member.own.retain(|(.., time)| is_new(*time, place.time));
        if member.own.len() >= OWN_MESSAGES {
            member.own.pop_front();
        }
        member.own.push_back((room.clone(), place.id, place.time));
        true
    }

    /// Whether a member may erase or edit the message with this id, as far as the log is heard.
    pub fn owns(&self, key: MemberKey, room: &str, message: u64) -> bool {
        let is_meant = |own: &(Rc<str>, u64, SystemTime)| *own.0 == *room && own.1 == message;
        self.members.get(&key).is_some_and(|member| member.own.iter().any(is_meant))
    }

    /// A member erases or edits a message of its own: the one with this id, or its last one in the room.
    pub(super) fn amend(
        &mut self,
        key: MemberKey,
        room: Rc<str>,
        message: Option<u64>,
        text: Option<Rc<str>>,
        place: Place,
    ) -> Option<What> {
        let member = self.members.get_mut(&key).filter(|member| member.rooms.contains(&room))?;
        let is_meant = |own: &(Rc<str>, u64, SystemTime)| {
            own.0 == room && message.is_none_or(|id| own.1 == id) && is_new(own.2, place.time)
        };
        let at = member.own.iter().rposition(is_meant)?;
        let message = member.own[at].1;
        if text.is_none() {
            member.own.remove(at);
        }
        Some(What::Amended { key, room, message, text })
    }

    /// What was said under a name is erased: whoever has the name can edit nothing of it.
    pub(super) fn forget(&mut self, name: Rc<str>) -> What {
        for member in self.members.values_mut().filter(|member| member.who.name.key().as_str() == &*name) {
            member.own.clear();
        }
        What::Forgotten(name)
    }

    pub(super) fn leave(&mut self, key: MemberKey, why: Option<Removal>, resumes: bool) -> Option<What> {
        self.remove(key).then_some(What::Left { key, why, resumes })
    }

    pub(super) fn join(&mut self, key: MemberKey, room: Rc<str>) -> Option<What> {
        let member = self.members.get_mut(&key)?;
        if member.rooms.contains(&room) || !self.owners.contains_key(&room) {
            return None;
        }
        member.rooms.push(room.clone());
        Some(What::Joined(key, room))
    }

    pub(super) fn part(&mut self, key: MemberKey, room: &Rc<str>) -> Option<What> {
        let member = self.members.get_mut(&key)?;
        let at = member.rooms.iter().position(|other| other == room)?;
        member.rooms.remove(at);
        Some(What::Parted(key, room.clone()))
    }

    /// A node repeats that it has a member. Only a node whose log began later learns something.
    pub(super) fn know(&mut self, at: &Current, newcomer: Newcomer, rooms: Vec<Rc<str>>) {
        let key = at.key(newcomer.number);
        let confusable = Confusable::of(newcomer.name.as_str());
        let is_free = self.names.find_confusable(&confusable).is_empty();
        if self.members.contains_key(&key) || !is_free {
            return self.add_known(at.place, Some(at.origin), What::Void);
        }
        let Newcomer { name, kind, is_hosted, token, .. } = newcomer;
        let who = MemberInfo { name, kind };
        let member = Member {
            who: who.clone(),
            is_hosted,
            rooms: Vec::new(),
            token,
            confusable,
            own: VecDeque::new(),
        };
        self.insert(key, member);
        self.add_known(at.place, Some(at.origin), What::Known(key, who, is_hosted));
        for room in rooms {
            if let Some(joined) = self.join(key, room) {
                self.add_known(at.place, None, joined);
            }
        }
    }

    pub(super) fn insert(&mut self, key: MemberKey, member: Member) {
        self.names.add(&member.confusable, key);
        self.members.insert(key, member);
    }

    pub(super) fn remove(&mut self, key: MemberKey) -> bool {
        let Some(member) = self.members.remove(&key) else { return false };
        self.names.remove(&member.confusable, key);
        true
    }
}

/// Whether a message that was said at `time` may still be erased or edited.
fn is_new(time: SystemTime, now: SystemTime) -> bool {
    now.duration_since(time).unwrap_or_default() <= AMEND_WITHIN
}
