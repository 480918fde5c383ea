//! Claims of names: by newcomers, and by members that take another name.

use std::time::Instant;

use crate::base::confusables::Confusable;
use crate::base::name::{Name, NameError};
use crate::chat::Step;
use crate::hub::room_runtime::{Effect, RoomRuntime};
use crate::proto::{InvalidName, MemberId, NameTaken, Refusal};
use crate::wire::IrcServer;

impl RoomRuntime {
    /// Parses and claims a name, if it is free. A hosted bot that has it gives way. `by`: the member that claims it; `None`: a
    /// newcomer.
    pub(in crate::hub) fn claim(
        &mut self,
        text: &str,
        by: Option<MemberId>,
        now: Instant,
    ) -> Result<Name, Refusal> {
        let name = Name::parse(text).map_err(|why| Refusal::InvalidName(InvalidName::Error(why)))?;
        if self.is_reserved(&name) {
            let why = NameError::Protected(name.to_string());
            return Err(Refusal::InvalidName(InvalidName::Error(why)));
        }
        self.check_ban(&name, now)?;
        if let Some(mixture) = name.mixture() {
            let others = self.chat.find_confusable(name.as_str());
            let other = others.into_iter().find(|other| Some(*other) != by);
            return Err(match other.map(|other| self.chat.who(other).name.clone()) {
                Some(other) => Refusal::NameTaken(NameTaken::Confusable(name, other)),
                None => Refusal::InvalidName(InvalidName::Mixed(mixture)),
            });
        }
        self.check_held(&name, by, now).map_err(Refusal::NameTaken)?;
        self.give_way(&name, by, now);
        Ok(name)
    }

    /// Nobody may have the names from which lines of the server itself come for IRC clients, nor one that looks like them.
    pub(in crate::hub) fn reserve(&mut self, irc: Option<&IrcServer>) {
        let names = irc.map(IrcServer::own_names).into_iter().flatten();
        self.reserved = names.map(Confusable::of).collect();
    }

    fn is_reserved(&self, name: &Name) -> bool {
        let confusable = Confusable::of(name.as_str());
        self.reserved.iter().any(|reserved| reserved.is_confusable_with(&confusable))
    }

    /// Whether a name is banned.
    pub(super) fn check_ban(&self, name: &Name, now: Instant) -> Result<(), Refusal> {
        self.chat.bans.why_not_as(name, self.wall(now)).map_or(Ok(()), |why| Err(Refusal::Banned(why)))
    }

    /// Whether a name is held for another member than this one.
    pub(super) fn check_held(
        &self,
        name: &Name,
        by: Option<MemberId>,
        now: Instant,
    ) -> Result<(), NameTaken> {
        match self.held_names.find(name.as_str(), now).filter(|held| Some(held.owner) != by) {
            Some(held) => Err(NameTaken::Held {
                name: name.clone(),
                owner: self.chat.who(held.owner).name.clone(),
                wait: held.wait(now),
            }),
            None => Ok(()),
        }
    }

    /// The member that has this name, or for which it is held, and the name as that member spells it.
    pub(in crate::hub) fn owner(&self, name: &str, now: Instant) -> Option<(MemberId, Name)> {
        if let Some(member) = self.chat.find(name) {
            return Some((member, self.chat.who(member).name.clone()));
        }
        self.held_names.find(name, now).map(|held| (held.owner, held.name.clone()))
    }

    /// Gives a member another name, or tells it why not.
    pub(in crate::hub) fn rename(&mut self, by: MemberId, text: &str, now: Instant) {
        let claimed = self.claim(text, Some(by), now);
        if self.chat.is_known(by) {
            let time = self.wall(now);
            let checked = claimed.and_then(|name| {
                self.chat.check_rename(by, &name, time)?;
                Ok(name)
            });
            return match checked {
                Ok(name) => self.effects.push_back(Effect::Share(Step::Rename(by, name))),
                Err(why) => self.chat.refuse_name(by, why),
            };
        }
        if let Err(why) = claimed.and_then(|name| self.chat.rename(by, name, self.wall(now))) {
            self.chat.refuse_name(by, why);
        }
    }
}
