//! A member takes another name without leaving. Whatever the chat knows by a member's name follows.

use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::name::Name;
use crate::chat::{Chat, Effect, Member};
use crate::proto::{
    Event, Identity, InvalidName, Kind, MemberId, MemberInfo, Misuse, NameTaken, NextStep, Refusal,
};

impl Chat {
    /// A member asks for another name: whoever runs this effect checks it, and calls [`Chat::rename`] or
    /// [`Chat::refuse_name`].
    pub(super) fn ask_for_name(&mut self, by: MemberId, name: &str) {
        self.effects.push_back(Effect::ClaimName(by, name.to_owned()));
    }

    /// Tells a member why it does not get another name.
    pub fn refuse_name(&mut self, by: MemberId, why: Refusal) {
        let next = if matches!(why, Refusal::Command(_)) { NextStep::Nothing } else { NextStep::KeepName };
        self.tell(by, Event::Refused { why, next });
    }

    /// Gives a member another name, and tells its rooms. Refused if another member has this name or one that is confusable
    /// with it.
    pub fn rename(&mut self, id: MemberId, name: Name, time: SystemTime) -> Result<(), Refusal> {
        let Member { who, confusable: before, .. } = &self.members[id.0];
        if who.name == name {
            return Err(Refusal::Command(Misuse::HasName(name)));
        }
        if who.kind == Kind::Person && name.is_of_a_bot() {
            return Err(Refusal::InvalidName(InvalidName::OfABot(name)));
        }
        let (from, before) = (who.name.clone(), before.clone());
        let after = Confusable::of(name.as_str());
        // Its own name is in nobody's way.
        self.names.remove(&before, id);
        if let Some(other) = self.names.find_confusable(&after).first().copied() {
            self.names.add(&before, id);
            return Err(Refusal::NameTaken(self.taken_by(other, name)));
        }
        let followed = self.mutes.follow(&before, &after, &name, time).map(Option::<&_>::cloned);
        let Ok(followed) = followed else {
            self.names.add(&before, id);
            let muted = self.muted(id, ", and you cannot take another name", time);
            return Err(muted.unwrap_or(Refusal::Command(Misuse::HasName(from))));
        };
        self.effects.extend(followed.map(Effect::MuteFollowed));
        self.take_name(id, name, after, time);
        Ok(())
    }

    /// A member without a name in the index gets this one. Tells its rooms.
    pub(super) fn take_name(&mut self, id: MemberId, name: Name, confusable: Confusable, time: SystemTime) {
        self.names.add(&confusable, id);
        let member = &mut self.members[id.0];
        member.confusable = confusable;
        let from = std::mem::replace(&mut member.who.name, name);
        let to = self.who(id).name.clone();
        if from.key() != to.key() {
            self.tell_of_going(&from);
            self.tell_of_coming(&to);
            self.gone.add(MemberInfo { name: from.clone(), kind: self.who(id).kind }, time);
        }
        self.follow(id, &from);
        self.tell_of_name(id, &from, time);
    }

    /// Why a member cannot have this name: another one has it, or one that is confusable with it.
    pub(super) fn taken_by(&self, other: MemberId, name: Name) -> NameTaken {
        let other = self.who(other).name.clone();
        if other.key() == name.key() {
            return NameTaken::Same { name, is_probed: false };
        }
        NameTaken::Confusable(name, other)
    }

    /// Moves what is known by the member's earlier name to its new one.
    fn follow(&mut self, id: MemberId, from: &Name) {
        let to = self.who(id).name.clone();
        let rooms: Vec<_> = self.rooms().map(|(room, _)| room).collect();
        self.read.rename(&from.key(), &to.key(), &rooms);
        self.ignores.rename(from, &to);
        for partner in self.conversations.partners(id).to_vec() {
            self.members[partner.0].private.rename(from, &to);
        }
        let Some(after) = self.identity(id) else { return };
        let before = Identity { name: from.clone(), ..after };
        for room in self.rooms.iter_mut() {
            if room.roles_mut().is_some_and(|roles| roles.rename(&before, &to)) {
                self.effects.push_back(Effect::RoomChanged(room.id()));
            }
        }
    }

    /// Tells the member and its rooms.
    fn tell_of_name(&mut self, id: MemberId, from: &Name, time: SystemTime) {
        let to = self.who(id).clone();
        self.effects.push_back(Effect::Renamed(id, from.clone(), to.name.clone()));
        let renamed = |is_own| Event::Renamed { from: from.clone(), to: to.name.clone(), is_own };
        self.tell(id, renamed(true));
        for partner in self.conversations.partners(id).to_vec() {
            let is_told = self.rooms_of(partner).iter().any(|room| self.rooms_of(id).contains(room));
            if !is_told && !self.ignores(partner, id) {
                self.tell(partner, renamed(false));
            }
        }
        let rooms = self.rooms_of(id).to_vec();
        for room in &rooms {
            if let Some(room) = self.room_mut(*room) {
                let mut renamed = room.rename(id, from.clone(), to.clone(), time);
                renamed.is_in_several = rooms.len() > 1;
                self.effects.push_back(Effect::Publish(renamed));
            }
        }
    }
}
