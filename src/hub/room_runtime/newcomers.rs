//! Members that come: they get a claimed name, with all that their kind of client is used to, or take their name back from a ghost.

use std::time::Instant;

use crate::base::source::Source;
use crate::chat::{Habits, RoomLimit};
use crate::hub::room_runtime::RoomRuntime;
use crate::proto::{Kind, MemberId, MemberInfo, Refusal, ReplayLimit};
use crate::wire::{Profile, UsualReplay};

impl RoomRuntime {
    /// Claims a name for a newcomer. `has_shown`: whether it has shown the token of this member. Returns what the newcomer is
    /// called, and the member that owns the name and whose token it has shown.
    pub(in crate::hub) fn claim_anew(
        &mut self,
        name: &str,
        kind: Kind,
        has_shown: impl FnOnce(MemberId) -> bool,
        now: Instant,
    ) -> Result<(MemberInfo, Option<MemberId>), Refusal> {
        // Its own ghost may have taken another name since.
        let owner = self.owner(name, now).map(|(owner, _)| owner).filter(|owner| has_shown(*owner));
        let name = self.claim(name, owner, now)?;
        let kind = if name.is_of_a_bot() { Kind::Bot } else { kind };
        Ok((MemberInfo { name, kind }, owner))
    }

    /// Registers a member with a claimed name, unless the name was banned since it was claimed. `profile` is that of its client,
    /// `source` its address.
    pub(in crate::hub) fn introduce(
        &mut self,
        who: MemberInfo,
        profile: &Profile,
        source: Source,
        now: Instant,
    ) -> Result<MemberId, Refusal> {
        self.check_ban(&who.name, now)?;
        let rooms = if profile.has_one_room { RoomLimit::One } else { RoomLimit::Several };
        let replay = match profile.replay {
            UsualReplay::AsSet => self.replay,
            UsualReplay::All => ReplayLimit::All,
        };
        let takes_private = who.kind == Kind::Person || profile.bots_take_private;
        let registered = self.chat.register(who, rooms, replay, takes_private);
        let member = registered.map_err(Refusal::NameTaken)?;
        self.chat.set_source(member, source);
        let habits = Habits { wants_roster: profile.wants_roster, has_many_rooms: profile.is_paced };
        self.chat.set_habits(member, habits);
        Ok(member)
    }

    /// The ghost from which a newcomer takes its name back, if it has shown the ghost's token. A person stays a person, and a bot a
    /// bot. A ghost that has taken another name since has its old one again.
    pub(in crate::hub) fn ghost(
        &mut self,
        who: &MemberInfo,
        has_shown: impl FnOnce(MemberId) -> bool,
        now: Instant,
    ) -> Option<MemberId> {
        let (ghost, own) = self.owner(who.name.as_str(), now)?;
        // Another spelling might be confusable with another name.
        let is_it = own == who.name && self.chat.who(ghost).kind == who.kind;
        if !is_it || !has_shown(ghost) {
            return None;
        }
        if self.chat.who(ghost).name != who.name {
            // Whatever is known by its later name follows.
            self.rename(ghost, who.name.as_str(), now);
        }
        Some(ghost)
    }
}
