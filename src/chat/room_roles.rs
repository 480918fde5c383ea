//! Who may do what in a room that people opened: its owner, its operators, who is invited, who may not speak, and how often.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::base::confusables::Confusable;
use crate::base::limits::{ROOM_INVITED, ROOM_MUTED, ROOM_OPERATORS, SLOW_SPEAKERS};
use crate::base::name::{Name, NameKey};
use crate::proto::Identity;

/// What is kept of such a room when the server restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSettings {
    /// Who opened it.
    pub owner: Identity,
    /// Its operators, [`ROOM_OPERATORS`] at most, without the owner.
    pub operators: Vec<Identity>,
    /// Who may enter it while it is private, [`ROOM_INVITED`] at most, beside the owner and the operators.
    pub invited: Vec<Identity>,
    /// Names that may not speak, [`ROOM_MUTED`] at most.
    pub muted: Vec<Name>,
    /// Only those who are invited may see and enter it.
    pub is_private: bool,
    /// How long each member waits between two messages. `None`: not at all.
    pub slow: Option<Duration>,
}

/// What somebody may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Operator,
    Owner,
}

/// The list is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The settings, and what follows from them.
#[derive(Debug)]
pub struct RoomRoles {
    settings: RoomSettings,
    /// The muted names, so that one that looks like them is muted too.
    muted: Vec<Confusable>,
    /// When each name spoke last, for slow mode.
    spoke: HashMap<NameKey, SystemTime>,
}

impl RoomSettings {
    /// Those of a new room.
    pub fn of(owner: Identity) -> RoomSettings {
        let (operators, invited, muted) = (Vec::new(), Vec::new(), Vec::new());
        RoomSettings { owner, operators, invited, muted, is_private: false, slow: None }
    }
}

impl RoomRoles {
    /// Of a room with these settings.
    pub fn new(settings: RoomSettings) -> RoomRoles {
        let muted = settings.muted.iter().map(|name| Confusable::of(name.as_str())).collect();
        RoomRoles { settings, muted, spoke: HashMap::new() }
    }

    /// What is kept of it.
    pub fn settings(&self) -> &RoomSettings {
        &self.settings
    }

    /// Who opened the room.
    pub fn owner(&self) -> &Identity {
        &self.settings.owner
    }

    /// Whether only those who are invited may see and enter it.
    pub fn is_private(&self) -> bool {
        self.settings.is_private
    }

    /// What somebody may do in the room. `None`: nothing that not everybody may.
    pub(super) fn role(&self, who: &Identity) -> Option<Role> {
        let RoomSettings { owner, operators, .. } = &self.settings;
        let is_operator = || operators.iter().any(|other| other.is(who)).then_some(Role::Operator);
        if owner.is(who) { Some(Role::Owner) } else { is_operator() }
    }

    /// Whether somebody may see and enter the room.
    pub(super) fn admits(&self, who: &Identity) -> bool {
        !self.settings.is_private
            || self.role(who).is_some()
            || self.settings.invited.iter().any(|other| other.is(who))
    }

    /// Makes somebody an operator of the room. Returns whether that changed anything.
    pub(super) fn add_operator(&mut self, who: Identity) -> Result<bool, Full> {
        add(&mut self.settings.operators, who, ROOM_OPERATORS)
    }

    /// Takes the role from the operators with this name. Returns the name of one, if there was one.
    pub(super) fn remove_operator(&mut self, key: &NameKey) -> Option<Name> {
        let operators = &mut self.settings.operators;
        let name = operators.iter().find(|it| it.name.key() == *key)?.name.clone();
        operators.retain(|it| it.name.key() != *key);
        Some(name)
    }

    /// Lets somebody enter the room while it is private. Returns whether that changed anything.
    pub(super) fn invite(&mut self, who: Identity) -> Result<bool, Full> {
        add(&mut self.settings.invited, who, ROOM_INVITED)
    }

    /// Takes an invitation back.
    pub(super) fn disinvite(&mut self, who: &Identity) {
        self.settings.invited.retain(|it| !it.is(who));
    }

    /// Makes the room private or not.
    pub(super) fn set_private(&mut self, is_private: bool) {
        self.settings.is_private = is_private;
    }

    /// Whether a name, or one that looks like it, may not speak.
    pub(super) fn is_muted(&self, name: &Confusable) -> bool {
        self.muted.iter().any(|muted| muted.is_confusable_with(name))
    }

    /// A name may not speak any more.
    pub(super) fn mute(&mut self, name: Name) -> Result<(), Full> {
        if self.muted.len() >= ROOM_MUTED {
            return Err(Full);
        }
        self.muted.push(Confusable::of(name.as_str()));
        self.settings.muted.push(name);
        Ok(())
    }

    /// A name may speak again, and so may those that look like it. Returns the name that was muted.
    pub(super) fn unmute(&mut self, name: &str) -> Option<Name> {
        let name = Confusable::of(name);
        let at = self.muted.iter().position(|muted| muted.is_confusable_with(&name))?;
        self.muted.remove(at);
        Some(self.settings.muted.remove(at))
    }

    /// Somebody has another name from now on: its roles, invitation and mute follow, and so does the time of its last message.
    /// Returns whether the settings changed.
    pub(super) fn rename(&mut self, before: &Identity, to: &Name) -> bool {
        if let Some(time) = self.spoke.remove(&before.name.key()) {
            self.spoke.insert(to.key(), time);
        }
        let RoomSettings { owner, operators, invited, .. } = &mut self.settings;
        let mut changed = false;
        for it in operators.iter_mut().chain(invited).chain([owner]).filter(|it| it.is(before)) {
            it.name = to.clone();
            changed = true;
        }
        self.mute_follows(&before.name, to) || changed
    }

    /// A mute covers the new name, too; if no more names can be muted, only the new one.
    fn mute_follows(&mut self, from: &Name, to: &Name) -> bool {
        let (from, new) = (Confusable::of(from.as_str()), Confusable::of(to.as_str()));
        let Some(at) = self.muted.iter().position(|muted| muted.is_confusable_with(&from)) else {
            return false;
        };
        if self.is_muted(&new) {
            return false;
        }
        if self.mute(to.clone()).is_err() {
            self.muted[at] = new;
            self.settings.muted[at] = to.clone();
        }
        true
    }

    /// Sets how long each member waits between two messages.
    pub(super) fn set_slow(&mut self, slow: Option<Duration>) {
        self.settings.slow = slow;
        self.spoke.clear();
    }

    /// A name is about to speak. An error: how long each waits in this room, and how long this one still has to.
    pub(super) fn speak(&mut self, name: &NameKey, time: SystemTime) -> Result<(), (Duration, Duration)> {
        let Some(every) = self.settings.slow else { return Ok(()) };
        // A clock that was set back must not silence anybody for longer.
        let since = |last: &SystemTime| time.duration_since(*last).unwrap_or(every);
        let wait = self.spoke.get(name).and_then(|last| every.checked_sub(since(last)));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err((every, wait));
        }
        if self.spoke.len() >= SLOW_SPEAKERS {
            self.spoke.retain(|_, last| since(last) < every);
        }
        if self.spoke.len() < SLOW_SPEAKERS {
            self.spoke.insert(name.clone(), time);
        }
        Ok(())
    }
}

fn add(list: &mut Vec<Identity>, who: Identity, most: usize) -> Result<bool, Full> {
    if list.iter().any(|other| other.is(&who)) {
        return Ok(false);
    }
    if list.len() >= most {
        return Err(Full);
    }
    list.push(who);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str, origin: &str) -> Identity {
        Identity { name: Name::parse(name).unwrap(), origin: origin.into() }
    }

    fn ann() -> Identity {
        identity("Ann", "192.0.2.1")
    }

    #[test]
    fn a_name_alone_gives_nothing() {
        let mut roles = RoomRoles::new(RoomSettings::of(ann()));
        roles.set_private(true);
        let (bob, carl) = (identity("Bob", "192.0.2.2"), identity("Carl", "192.0.2.3"));
        assert_eq!((roles.add_operator(bob.clone()), roles.invite(carl.clone())), (Ok(true), Ok(true)));
        for (who, role) in [(ann(), Some(Role::Owner)), (bob, Some(Role::Operator)), (carl, None)] {
            assert_eq!((roles.role(&who), roles.admits(&who)), (role, true), "{who:?}");
            let lower = identity(&who.name.as_str().to_lowercase(), &who.origin);
            assert_eq!((roles.role(&lower), roles.admits(&lower)), (role, true), "{lower:?}");
            for thief in [identity(who.name.as_str(), "198.51.100.9"), identity("Dora", &who.origin)] {
                assert_eq!((roles.role(&thief), roles.admits(&thief)), (None, false), "{thief:?}");
            }
        }
    }

    #[test]
    fn everything_follows_a_new_name() {
        let mut roles = RoomRoles::new(RoomSettings::of(ann()));
        let (bob, carl) = (identity("Bob", "192.0.2.2"), identity("Carl", "192.0.2.3"));
        roles.add_operator(bob.clone()).unwrap();
        roles.invite(carl.clone()).unwrap();
        roles.mute(carl.name.clone()).unwrap();
        roles.set_private(true);
        roles.set_slow(Some(Duration::from_secs(10)));
        let time = SystemTime::UNIX_EPOCH;
        roles.speak(&bob.name.key(), time).unwrap();
        for (before, to) in [(ann(), "Anna"), (bob, "Robert"), (carl, "Karl")] {
            let after = Identity { name: Name::parse(to).unwrap(), origin: before.origin.clone() };
            let role = roles.role(&before);
            assert!(roles.rename(&before, &after.name));
            assert_eq!((roles.role(&after), roles.admits(&after)), (role, true), "{to}");
            assert_eq!((roles.role(&before), roles.admits(&before)), (None, false), "{to}");
        }
        for name in ["Carl", "Karl"] {
            assert!(roles.is_muted(&Confusable::of(name)), "{name}");
        }
        assert!(roles.speak(&NameKey::of("Robert"), time).is_err());
        let dora = identity("Dora", "192.0.2.4");
        assert!(!roles.rename(&dora, &Name::parse("Theodora").unwrap()), "it has nothing here");
    }

    #[test]
    fn invitations_and_roles_can_be_taken_back() {
        let mut roles = RoomRoles::new(RoomSettings::of(ann()));
        let bob = identity("Bob", "192.0.2.2");
        assert_eq!((roles.invite(bob.clone()), roles.invite(bob.clone())), (Ok(true), Ok(false)));
        roles.set_private(true);
        roles.disinvite(&bob);
        assert!(!roles.admits(&bob) && roles.admits(&ann()));
        roles.add_operator(bob.clone()).unwrap();
        assert!(roles.admits(&bob));
        assert_eq!(roles.remove_operator(&NameKey::of("BOB")), Some(bob.name.clone()));
        assert_eq!((roles.remove_operator(&NameKey::of("Bob")), roles.admits(&bob)), (None, false));
    }

    #[test]
    fn who_looks_like_a_muted_name_is_muted_too() {
        let mut roles = RoomRoles::new(RoomSettings::of(ann()));
        roles.mute(Name::parse("Bob").unwrap()).unwrap();
        let is_muted = |roles: &RoomRoles, name| roles.is_muted(&Confusable::of(name));
        assert!(is_muted(&roles, "bob") && is_muted(&roles, "B0b") && !is_muted(&roles, "Rob"));
        let roles_again = RoomRoles::new(roles.settings().clone());
        assert!(is_muted(&roles_again, "Bob"), "after a restart");
        assert_eq!((roles.unmute("BOB"), roles.unmute("Bob")), (Some(Name::parse("Bob").unwrap()), None));
        assert!(!is_muted(&roles, "Bob"));
        while roles.mute(Name::parse("Bob").unwrap()).is_ok() {}
        assert_eq!(roles.settings().muted.len(), ROOM_MUTED);
    }

    #[test]
    fn slow_mode_lets_each_name_speak_once_in_a_while() {
        let mut roles = RoomRoles::new(RoomSettings::of(ann()));
        let (begin, every) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_000), Duration::from_secs(10));
        let at = |seconds| begin + Duration::from_secs(seconds);
        let (ann, bob) = (NameKey::of("Ann"), NameKey::of("Bob"));
        assert_eq!((roles.speak(&ann, begin), roles.speak(&ann, begin)), (Ok(()), Ok(())), "it is off");
        roles.set_slow(Some(every));
        assert_eq!((roles.speak(&ann, begin), roles.speak(&bob, at(3))), (Ok(()), Ok(())));
        assert_eq!(roles.speak(&ann, at(4)), Err((every, Duration::from_secs(6))));
        assert_eq!(
            (roles.speak(&ann, at(10)), roles.speak(&bob, at(12))),
            (Ok(()), Err((every, Duration::from_secs(1))))
        );
        assert_eq!(roles.speak(&ann, at(0)), Ok(()), "the clock was set back");
        roles.set_slow(None);
        assert_eq!((roles.speak(&ann, at(1)), roles.speak(&ann, at(1))), (Ok(()), Ok(())));
    }
}
