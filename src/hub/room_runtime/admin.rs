//! Operators' view of rooms and bots, and their bans and mutes.

use std::rc::Rc;
use std::time::Instant;

use log::info;

use crate::base::confusables::Confusable;
use crate::base::name::{Name, NameKey};
use crate::chat::{self, Ban, Full, Mute, Room, RoomRoles, Target};
use crate::hub::room_runtime::{Effect, RoomRuntime};
use crate::proto::{Event, MemberId, MemberInfo, Notice, Refusal, RoomId, Topic};

/// An open room.
#[derive(Clone, Debug)]
pub struct RoomInfo {
    /// Its id, until it is closed.
    pub id: RoomId,
    /// Its name.
    pub name: Rc<str>,
    /// Its kind.
    pub kind: &'static str,
    /// Its members.
    pub present: Vec<PresentInfo>,
    /// How many members are people.
    pub people: usize,
    /// What it is about.
    pub topic: Option<Topic>,
    /// Who opened it. `None`: it is the server's.
    pub owner: Option<Name>,
    /// Only those who are invited may see and enter it.
    pub is_private: bool,
}

/// A member of a room.
#[derive(Clone, Debug)]
pub struct PresentInfo {
    /// Its name and kind.
    pub who: MemberInfo,
    /// The server that it is on. `None`: this one.
    pub node: Option<Rc<str>>,
}

/// A hosted bot.
#[derive(Clone, Debug)]
pub struct BotInfo {
    /// Its name.
    pub name: String,
    /// The name of its room.
    pub room: String,
    /// Operators have not stopped it.
    pub takes_part: bool,
    /// It is in the room now.
    pub is_there: bool,
}

/// Why a ban is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBanned {
    /// The name is that of a hosted bot.
    HostedBot,
    /// There are too many bans.
    Full(Full),
}

/// Why a room cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// It is open already.
    IsOpen,
    /// There are too many rooms.
    Full,
}

impl RoomRuntime {
    /// All open rooms. The first is the default.
    pub fn room_infos(&self) -> Vec<RoomInfo> {
        let present = |member| {
            let (who, node) = (self.chat.who(member).clone(), self.chat.node_of(member).cloned());
            PresentInfo { who, node }
        };
        let info = |(id, room): (RoomId, &Room)| RoomInfo {
            id,
            name: room.room_name(),
            kind: room.traits().kind,
            present: room.present().map(present).collect(),
            people: room.people(),
            topic: room.topic().cloned(),
            owner: room.roles().map(|roles| roles.owner().name.clone()),
            is_private: room.roles().is_some_and(RoomRoles::is_private),
        };
        self.chat.rooms().map(info).collect()
    }

    /// The first room, to which everybody comes.
    pub fn first_room(&self) -> Option<RoomId> {
        self.chat.first_room()
    }

    /// All hosted bots, whether or not they take part.
    pub fn bot_infos(&self) -> Vec<BotInfo> {
        let info = |(room, name, takes_part): (RoomId, String, bool)| BotInfo {
            is_there: self.in_room(room, &name).is_some(),
            room: self.chat.room(room).map_or("", Room::name).to_owned(),
            name,
            takes_part,
        };
        self.hosts.bots().map(info).collect()
    }

    /// The room of the first bot with this name or first word, ignoring case.
    pub fn room_of_bot(&self, name: &str) -> Option<RoomId> {
        // A host that can call many bots lists only those that it did call.
        let hosted = || self.chat.find(name).filter(|bot| self.hosts.is_bot(*bot));
        let of_listed = self.hosts.find_bot(None, name).map(|(room, ..)| room);
        of_listed.or_else(|| hosted().and_then(|bot| self.chat.rooms_of(bot).first().copied()))
    }

    /// Bans in force, the oldest first.
    pub fn bans_in_force(&self, now: Instant) -> Vec<Ban> {
        self.chat.bans.list(self.wall(now)).cloned().collect()
    }

    /// Mutes in force, the oldest first.
    pub fn mutes_in_force(&self, now: Instant) -> Vec<Mute> {
        self.chat.mutes.list(self.wall(now)).cloned().collect()
    }

    /// The member with this name or a confusable one, or that had it until a moment ago.
    pub(in crate::hub) fn meant_by(&self, name: &str, now: Instant) -> Option<MemberId> {
        let member = self.chat.find_confusable(name).first().copied();
        member.or_else(|| self.owner(name, now).map(|(owner, _)| owner))
    }

    /// Adds a ban of a name or a network. Returns whom it covers, too, and whom a second ban covers that follows a member to its
    /// new name. [`Effect::KeepOut`] removes them.
    pub(in crate::hub) fn ban(
        &mut self,
        request: chat::SanctionRequest<Target>,
        now: Instant,
    ) -> Result<(Ban, Vec<(Ban, Target)>), NotBanned> {
        if self.chat.find(&request.shown).is_some_and(|member| self.hosts.is_bot(member)) {
            return Err(NotBanned::HostedBot);
        }
        let (wall, target) = (self.wall(now), request.whom.clone());
        let ban = self.chat.bans.ban(request, wall).map_err(NotBanned::Full)?.clone();
        self.effects.push_back(Effect::SanctionsChanged);
        info!("{}", ban.sentence(&format!("{} is banned", ban.whom), wall));
        let reason = ban.sentence("being banned", wall).into();
        let mut targets = vec![(ban.clone(), target)];
        targets.extend(self.ban_former_owner(&ban, now));
        self.effects.push_back(Effect::KeepOut(targets.clone(), reason));
        Ok((ban, targets))
    }

    /// Whether a ban of this name covers a member.
    pub(in crate::hub) fn is_covered(&self, member: MemberId, name: &NameKey, ban: &Ban) -> bool {
        let held = &self.chat.who(member).name;
        held.key() == *name || Confusable::of(held.as_str()).is_confusable_with(&Confusable::of(&ban.whom))
    }

    /// Lifts a ban. An error: the targets of other bans that cover it.
    pub(in crate::hub) fn unban(
        &mut self,
        target: &Target,
        shown: &str,
        now: Instant,
    ) -> Result<Ban, Vec<String>> {
        let wall = self.wall(now);
        self.effects.push_back(Effect::SanctionsChanged);
        let ban = self.chat.bans.unban(target, shown, wall)?;
        self.chat.bans.lift_relatives(&ban);
        Ok(ban)
    }

    /// Adds a mute. Returns the names of the members that it covers, which are told.
    pub(in crate::hub) fn mute(
        &mut self,
        request: chat::SanctionRequest<NameKey>,
        now: Instant,
    ) -> Result<(Mute, Vec<Name>), Full> {
        let wall = self.wall(now);
        let mute = self.chat.mutes.mute(request, wall)?.clone();
        self.effects.push_back(Effect::SanctionsChanged);
        info!("{}", mute.sentence(&format!("{} is muted", mute.whom), wall));
        let told = |name: &Name| Event::refused(Refusal::Muted(mute.describe_to(name, "muted", "", wall)));
        let mut present = self.tell_alike(&mute.whom, told);
        // Whoever had the name until a moment ago is meant, too.
        if let Some(name) = self.former_owner(&mute.whom, now) {
            let (from, after) = (Confusable::of(&mute.whom), Confusable::of(name.as_str()));
            if let Some(followed) = self.chat.mutes.follow(&from, &after, &name, wall)?.cloned() {
                let told = Event::refused(Refusal::Muted(followed.describe_to(&name, "muted", "", wall)));
                present.extend(self.tell_alike(name.as_str(), |_| told.clone()));
            }
        }
        Ok((mute, present))
    }

    /// Adds a ban of the name of the member that had a banned name until a moment ago. Returns the ban and its target.
    fn ban_former_owner(&mut self, ban: &Ban, now: Instant) -> Option<(Ban, Target)> {
        let name = self.former_owner(&ban.whom, now)?;
        let banned = Name::parse(&ban.whom).ok()?;
        let wall = self.wall(now);
        let followed = self.chat.bans.follow(&banned, &name, wall).ok()??.clone();
        info!("{}", followed.sentence(&format!("{} is banned", followed.target()), wall));
        Some((followed, Target::Name(name.key())))
    }

    /// The present name of the member for which a name is held.
    fn former_owner(&self, name: &str, now: Instant) -> Option<Name> {
        let held = self.held_names.find(name, now)?;
        Some(self.chat.who(held.owner).name.clone())
    }

    /// Lifts a mute, and tells the members that it covered. An error: the targets of other mutes that cover it.
    pub(in crate::hub) fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>> {
        let wall = self.wall(now);
        self.effects.push_back(Effect::SanctionsChanged);
        let mute = self.chat.mutes.unmute(name, wall)?;
        let relatives = self.chat.mutes.lift_relatives(&mute);
        for lifted in relatives.iter().chain([&mute]) {
            self.tell_alike(&lifted.whom, |_| Event::Notice(Notice::Unmuted));
        }
        Ok(mute)
    }

    /// Sends an event to all members with this name or a confusable one. Returns their names.
    fn tell_alike(&mut self, name: &str, event: impl Fn(&Name) -> Event) -> Vec<Name> {
        let alike = self.chat.find_confusable(name).into_iter();
        let alike: Vec<_> = alike.map(|member| (member, self.chat.who(member).name.clone())).collect();
        for (member, name) in &alike {
            self.chat.tell(*member, event(name));
        }
        alike.into_iter().map(|(_, name)| name).collect()
    }
}
