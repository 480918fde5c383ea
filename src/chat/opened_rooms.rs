//! Rooms that people open: opening, topics, and what owners and operators of a room do there.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::duration::parse_within;
use crate::base::limits::{OPENED_ROOMS, ROOMS_OF_ORIGIN, ROOMS_OF_OWNER, SLOW_MAX, SLOW_MIN, TOPIC_BYTES};
use crate::base::name::{Name, NameKey};
use crate::base::source::Source;
use crate::chat::replay::ReplayRequest;
use crate::chat::room_roles::{Full, Role};
use crate::chat::{Chat, Effect, Room, RoomRoles};
use crate::proto::{
    Changed, Event, Identity, MemberId, Notice, OpenRequest, Parting, ProgramEvent, Refusal, Removal, Reply,
    RoomChange, RoomCommand, RoomId, RoomRefusal, RoomReply, Topic,
};

/// The commands of rooms that people opened: usage and help.
pub const ROOM_COMMANDS: &[(&str, &str)] = &[
    ("/kick NAME [REASON]", "remove somebody from this room"),
    ("/mute NAME", "let somebody listen here but not speak"),
    ("/unmute NAME", "let somebody speak here again"),
    ("/op NAME", "make somebody an operator of this room, too"),
    ("/deop NAME", "somebody is an operator of this room no longer"),
    ("/invite NAME", "ask somebody in, also while the room is private"),
    ("/private [on|off]", "only those who are invited see and enter this room"),
    ("/slow 10s|off", "everybody speaks once in that time at most"),
];

/// Why a command for a room is refused.
type Refused<T> = Result<T, Refusal>;

impl Chat {
    /// Records where a member comes from. Without it no room recognizes the member.
    pub fn set_source(&mut self, id: MemberId, source: Source) {
        let member = &mut self.members[id.0];
        (member.source, member.origin) = (Some(source), Some(source));
    }

    /// Where a member is connected from. `None`: it lives in the server, or has left.
    pub fn source(&self, id: MemberId) -> Option<Source> {
        self.members.get(id.0)?.source
    }

    /// A member as rooms recognize it. `None`: it lives in the server.
    pub fn identity(&self, id: MemberId) -> Option<Identity> {
        let origin = self.members[id.0].origin?;
        Some(Identity { name: self.who(id).name.clone(), origin: origin.to_string().into() })
    }

    /// Whether people may open rooms.
    pub fn set_people_open_rooms(&mut self, may: bool) {
        self.people_open_rooms = may;
    }

    /// Whether a member may know of a room. Whoever may is also let in.
    pub(super) fn may_see(&self, by: MemberId, room: &Room) -> bool {
        let Some(roles) = room.roles().filter(|roles| roles.is_private()) else { return true };
        room.holds(by) || self.identity(by).is_some_and(|who| roles.admits(&who))
    }

    /// Has the hub open a room for a member, or refuses it. `leaves`: whoever opens it leaves this room for it.
    pub(super) fn ask_to_open(
        &mut self,
        by: MemberId,
        (name, topic): (&str, &str),
        leaves: Option<RoomId>,
        time: SystemTime,
    ) {
        match self.may_open(by, name, topic, leaves, time) {
            Ok(name) => {
                let request = OpenRequest { name, topic: topic.into(), leaves };
                self.effects.push_back(Effect::Open(by, request));
            }
            Err(why) => self.refuse(by, why),
        }
    }

    fn may_open(
        &self,
        by: MemberId,
        name: &str,
        topic: &str,
        leaves: Option<RoomId>,
        time: SystemTime,
    ) -> Refused<Name> {
        if !self.people_open_rooms {
            return Err(Refusal::Room(RoomRefusal::OpeningIsOff));
        }
        let who = self.identity(by).ok_or(Refusal::Room(RoomRefusal::NoOrigin))?;
        if name.is_empty() {
            return Err(Refusal::Room(RoomRefusal::OpenNeedsName));
        }
        // Others read the name and the topic.
        if let Some(refused) = self.muted(by, ", and that was not done", time) {
            return Err(refused);
        }
        let name = self.free_room_name(by, name).map_err(Refusal::Room)?;
        if topic.len() > TOPIC_BYTES {
            return Err(Refusal::Room(RoomRefusal::TopicTooLong));
        }
        self.has_place_for_room_of(&who).map_err(Refusal::Room)?;
        let stays_in = self.rooms_of(by).len() - usize::from(leaves.is_some());
        if self.is_in_too_many(by, stays_in) {
            return Err(Refusal::TooManyRooms);
        }
        Ok(name)
    }

    /// Parses a name, and checks that no room has it or one that looks like it.
    fn free_room_name(&self, by: MemberId, text: &str) -> Result<Name, RoomRefusal> {
        let name = Name::parse(text).map_err(RoomRefusal::InvalidName)?;
        if let Some(mixture) = name.mixture() {
            return Err(RoomRefusal::Mixed(mixture));
        }
        let confusable = Confusable::of(name.as_str());
        let Some(other) = self.rooms.iter().find(|room| room.confusable().is_confusable_with(&confusable))
        else {
            return Ok(name);
        };
        Err(match other.room_name() {
            _ if !self.may_see(by, other) => RoomRefusal::NotFree(name),
            other_name if other.key() == confusable.key() => RoomRefusal::IsOpen(other_name),
            other_name => RoomRefusal::LooksLike(name, other_name),
        })
    }

    fn has_place_for_room_of(&self, who: &Identity) -> Result<(), RoomRefusal> {
        let owners = || self.rooms.iter().filter_map(Room::roles).map(RoomRoles::owner);
        if owners().filter(|owner| owner.is(who)).count() >= ROOMS_OF_OWNER {
            return Err(RoomRefusal::TooManyOfOne);
        }
        if owners().filter(|owner| owner.origin == who.origin).count() >= ROOMS_OF_ORIGIN {
            return Err(RoomRefusal::TooManyOfOrigin);
        }
        if owners().count() >= OPENED_ROOMS { Err(RoomRefusal::Full) } else { Ok(()) }
    }

    /// Brings the member that opened a room into it. `goes_on`: the room had been open before.
    pub fn enter_opened(
        &mut self,
        by: MemberId,
        room: RoomId,
        request: &OpenRequest,
        goes_on: bool,
        time: SystemTime,
    ) {
        let Some((name, is_private)) =
            self.room(room).map(|room| (room.room_name(), room.roles().is_some_and(RoomRoles::is_private)))
        else {
            return;
        };
        self.tell(by, Event::Reply(Reply::Room(RoomReply::Opened { room: name, goes_on, is_private })));
        if !request.topic.is_empty() {
            let by = self.who(by).name.clone();
            self.restore_topic(room, Some(Topic { text: request.topic.clone(), by: Some(by), time }));
        }
        if let Some(from) = request.leaves
            && self.rooms_of(by).contains(&from)
        {
            self.leave_room(by, from, time);
        }
        self.join(by, room, ReplayRequest::Usual, time);
    }

    /// Sets a room's topic without telling anybody.
    pub fn restore_topic(&mut self, room: RoomId, topic: Option<Topic>) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.set_topic(topic);
        }
    }

    /// Sets a room's topic. An empty text removes it. `by`: `None` is an operator of the server.
    pub fn set_topic(&mut self, by: Option<MemberId>, room: RoomId, text: &str, time: SystemTime) {
        let text: Rc<str> = text.into();
        let name = by.map(|by| self.who(by).name.clone());
        let topic = (!text.is_empty()).then(|| Topic { text: text.clone(), by: name, time });
        self.restore_topic(room, topic);
        self.announce(by, room, Changed::Topic(text), time);
    }

    /// `/topic [TEXT]`.
    pub(super) fn topic_command(&mut self, by: MemberId, room: RoomId, text: &str, time: SystemTime) {
        let Some(at) = self.room(room) else { return };
        if text.is_empty() {
            let reply = RoomReply::Topic { room: at.room_name(), topic: at.topic().cloned(), now: time };
            return self.tell(by, Event::Reply(Reply::Room(reply)));
        }
        match self.may_set_topic(by, at, text, time) {
            Ok(()) => self.set_topic(Some(by), room, if text == "-" { "" } else { text }, time),
            Err(why) => self.refuse(by, why),
        }
    }

    fn may_set_topic(&self, by: MemberId, room: &Room, text: &str, time: SystemTime) -> Refused<()> {
        if room.roles().is_none() {
            return Err(Refusal::Room(RoomRefusal::TopicIsOperators(room.room_name())));
        }
        self.role_for(by, room, RoomCommand::Topic).map_err(Refusal::Room)?;
        if let Some(refused) = self.muted(by, ", and that was not done", time) {
            return Err(refused);
        }
        if text.len() > TOPIC_BYTES { Err(Refusal::Room(RoomRefusal::TopicTooLong)) } else { Ok(()) }
    }

    /// Runs a command for a room that people opened, or refuses it.
    pub(super) fn room_command(
        &mut self,
        by: MemberId,
        room: RoomId,
        command: RoomCommand,
        rest: &str,
        time: SystemTime,
    ) {
        if let Err(why) = self.try_room_command(by, room, command, rest, time) {
            self.refuse(by, why);
        }
    }

    fn try_room_command(
        &mut self,
        by: MemberId,
        room: RoomId,
        command: RoomCommand,
        rest: &str,
        time: SystemTime,
    ) -> Refused<()> {
        let at = self.room(room).ok_or(Refusal::NotJoined(None))?;
        let role = self.role_for(by, at, command).map_err(Refusal::Room)?;
        let (name, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let needs_name = !matches!(command, RoomCommand::Topic | RoomCommand::Private | RoomCommand::Slow);
        if needs_name && name.is_empty() {
            return Err(Refusal::Room(RoomRefusal::WhomFor(command)));
        }
        match command {
            RoomCommand::Topic => self.topic_command(by, room, rest, time),
            RoomCommand::Kick => return self.kick(by, role, room, name, reason.trim(), time),
            RoomCommand::Mute => return self.mute_in_room(by, role, room, name, time),
            RoomCommand::Unmute => {
                let unmuted = self.roles_mut(room)?.unmute(plain(name));
                let name = unmuted.ok_or_else(|| Refusal::Room(RoomRefusal::NotMuted(plain(name).into())))?;
                self.announce(Some(by), room, Changed::Muted(name, false), time);
            }
            RoomCommand::Op => return self.add_operator(by, room, name, time),
            RoomCommand::Deop => {
                let removed = self.roles_mut(room)?.remove_operator(&NameKey::of(plain(name)));
                let name =
                    removed.ok_or_else(|| Refusal::Room(RoomRefusal::NoOperator(plain(name).into())))?;
                self.announce(Some(by), room, Changed::Operator(name, false), time);
            }
            RoomCommand::Invite => return self.invite(by, room, name),
            RoomCommand::Private => return self.set_private(by, room, rest, time),
            RoomCommand::Slow => {
                let slow = match rest {
                    _ if rest.eq_ignore_ascii_case("off") => None,
                    _ => Some(
                        parse_within(rest, SLOW_MIN, SLOW_MAX)
                            .map_err(|_| Refusal::Room(RoomRefusal::SlowUnclear))?,
                    ),
                };
                self.roles_mut(room)?.set_slow(slow);
                self.announce(Some(by), room, Changed::Slow(slow), time);
            }
        }
        Ok(())
    }

    /// What a member may do in a room, if it may give this command.
    fn role_for(&self, by: MemberId, room: &Room, command: RoomCommand) -> Result<Role, RoomRefusal> {
        let name = room.room_name();
        let Some(roles) = room.roles() else { return Err(RoomRefusal::NotOpenedByPeople(command, name)) };
        let role = self.identity(by).and_then(|who| roles.role(&who));
        let owner = roles.owner().name.clone();
        let is_owners = matches!(command, RoomCommand::Op | RoomCommand::Deop | RoomCommand::Private);
        match role {
            Some(Role::Owner) => Ok(Role::Owner),
            _ if is_owners => Err(RoomRefusal::OnlyOwner(command, name, owner)),
            Some(role) => Ok(role),
            None => Err(RoomRefusal::OnlyOperators(command, name, owner)),
        }
    }

    /// The member of a room against which a command is directed: neither whoever gives it, nor the owner; and an operator of the
    /// room only if the owner gives it.
    fn target(&self, by: MemberId, role: Role, room: RoomId, name: &str) -> Refused<MemberId> {
        let other = self.named_member(by, name)?;
        let who = self.who(other).name.clone();
        let at = self.room(room).ok_or(Refusal::NotJoined(None))?;
        let rank = self.identity(other).and_then(|who| at.roles()?.role(&who));
        Err(Refusal::Room(match rank {
            _ if other == by => RoomRefusal::Oneself,
            _ if !at.holds(other) => RoomRefusal::NotHere(who, at.room_name()),
            Some(Role::Owner) => RoomRefusal::IsOwner(who, at.room_name()),
            Some(Role::Operator) if role < Role::Owner => RoomRefusal::IsOperator(who, at.room_name()),
            _ => return Ok(other),
        }))
    }

    fn kick(
        &mut self,
        by: MemberId,
        role: Role,
        room: RoomId,
        name: &str,
        reason: &str,
        time: SystemTime,
    ) -> Refused<()> {
        let other = self.target(by, role, room, name)?;
        if let Some(who) = self.identity(other) {
            // It must not come back into a private room.
            self.roles_mut(room)?.disinvite(&who);
        }
        let (by, reason): (Name, Rc<str>) = (self.who(by).name.clone(), reason.into());
        let Some(name) = self.room(room).map(Room::room_name) else { return Ok(()) };
        let why = Removal::Kicked { by: by.clone(), reason: reason.clone() };
        if self.exit(other, room, Some(why), time) {
            self.tell(other, Event::Parted { room: name, why: Parting::Kicked { by, reason } });
        }
        self.effects.push_back(Effect::RoomChanged(room));
        Ok(())
    }

    fn mute_in_room(
        &mut self,
        by: MemberId,
        role: Role,
        room: RoomId,
        name: &str,
        time: SystemTime,
    ) -> Refused<()> {
        let other = self.target(by, role, room, name)?;
        let who = self.who(other).name.clone();
        let confusable = self.members[other.0].confusable.clone();
        let roles = self.roles_mut(room)?;
        if roles.is_muted(&confusable) {
            return Err(Refusal::Room(RoomRefusal::IsMutedAlready(who)));
        }
        roles.mute(who.clone()).map_err(full)?;
        self.announce(Some(by), room, Changed::Muted(who, true), time);
        Ok(())
    }

    fn add_operator(&mut self, by: MemberId, room: RoomId, name: &str, time: SystemTime) -> Refused<()> {
        let other = self.named_member(by, name)?;
        let at = self.room(room).ok_or(Refusal::NotJoined(None))?;
        let who = self.who(other).name.clone();
        if other == by {
            return Err(Refusal::Room(RoomRefusal::Oneself));
        }
        if !at.holds(other) {
            return Err(Refusal::Room(RoomRefusal::NotHere(who, at.room_name())));
        }
        let identity = self.identity(other).ok_or(Refusal::Room(RoomRefusal::IsOfServer(who.clone())))?;
        if !self.roles_mut(room)?.add_operator(identity).map_err(full)? {
            return Err(Refusal::Room(RoomRefusal::IsOperatorAlready(who)));
        }
        self.announce(Some(by), room, Changed::Operator(who, true), time);
        Ok(())
    }

    fn invite(&mut self, by: MemberId, room: RoomId, name: &str) -> Refused<()> {
        let other = self.named_member(by, name)?;
        let at = self.room(room).ok_or(Refusal::NotJoined(None))?;
        let (who, place) = (self.who(other).name.clone(), at.room_name());
        if other == by {
            return Err(Refusal::Room(RoomRefusal::Oneself));
        }
        if at.holds(other) {
            return Err(Refusal::Room(RoomRefusal::IsInvitedAlready(who)));
        }
        if self.node_of(other).is_some() {
            return Err(Refusal::Room(RoomRefusal::IsElsewhere(who)));
        }
        let identity = self.identity(other).ok_or(Refusal::Room(RoomRefusal::IsOfServer(who.clone())))?;
        self.roles_mut(room)?.invite(identity).map_err(full)?;
        self.effects.push_back(Effect::RoomChanged(room));
        if !self.ignores(other, by) {
            let by = self.who(by).name.clone();
            self.tell(other, Event::Notice(Notice::Invited { by, room: place.clone() }));
        }
        let invited =
            ProgramEvent::Invited { by: self.who(by).name.clone(), who: who.clone(), room: place.clone() };
        self.effects.push_back(Effect::Announce(vec![room], vec![by], Event::Program(invited)));
        self.tell(by, Event::Reply(Reply::Room(RoomReply::Invited { who, room: place })));
        Ok(())
    }

    /// Makes a room private or not. Those who are in it when it becomes private may come back.
    fn set_private(&mut self, by: MemberId, room: RoomId, rest: &str, time: SystemTime) -> Refused<()> {
        let at = self.room(room).ok_or(Refusal::NotJoined(None))?;
        let is_private = match rest.to_ascii_lowercase().as_str() {
            "" => !at.roles().is_some_and(RoomRoles::is_private),
            "on" => true,
            "off" => false,
            _ => return Err(Refusal::Room(RoomRefusal::PrivateUnclear)),
        };
        let present: Vec<Identity> = at.present().filter_map(|id| self.identity(id)).collect();
        let roles = self.roles_mut(room)?;
        if is_private && !roles.is_private() {
            for who in present {
                if roles.role(&who).is_none() && roles.invite(who).is_err() {
                    // Those beyond the limit stay for now.
                    break;
                }
            }
        }
        roles.set_private(is_private);
        self.announce(Some(by), room, Changed::Private(is_private), time);
        Ok(())
    }

    /// Tells a room of a change, and has it stored.
    fn announce(&mut self, by: Option<MemberId>, room: RoomId, what: Changed, time: SystemTime) {
        let by = by.map(|by| self.who(by).clone());
        if let Some(at) = self.rooms.get_mut(room) {
            let change = at.change(RoomChange { by, what }, time);
            self.effects.extend([Effect::Publish(change), Effect::RoomChanged(room)]);
        }
    }

    fn roles_mut(&mut self, room: RoomId) -> Refused<&mut RoomRoles> {
        self.rooms.get_mut(room).and_then(Room::roles_mut).ok_or(Refusal::NotJoined(None))
    }

    /// The refusal for a message in a room that has muted the member.
    pub(super) fn room_mute(&self, by: MemberId, room: RoomId) -> Option<Refusal> {
        let (at, name) = (self.room(room)?, &self.members[by.0].confusable);
        self.is_muted_in(room, name).then(|| Refusal::Room(RoomRefusal::Muted(at.room_name())))
    }

    /// Whether a room has muted this name.
    pub(super) fn is_muted_in(&self, room: RoomId, name: &Confusable) -> bool {
        self.room(room).and_then(Room::roles).is_some_and(|roles| roles.is_muted(name))
    }

    /// The refusal for a message in a room in slow mode, in which the member spoke a short time ago. Owner and operators of the
    /// room speak freely.
    pub(super) fn slow_down(&mut self, by: MemberId, room: RoomId, time: SystemTime) -> Option<Refusal> {
        self.room(room)?.roles()?.settings().slow?;
        let (who, name) = (self.identity(by), self.who(by).name.key());
        let at = self.rooms.get_mut(room)?;
        let place = at.room_name();
        let roles = at.roles_mut()?;
        if who.and_then(|who| roles.role(&who)).is_some() {
            return None;
        }
        let (every, wait) = roles.speak(&name, time).err()?;
        Some(Refusal::Room(RoomRefusal::Slow { room: place, every, wait }))
    }
}

/// A typed name without the `@` in front.
fn plain(name: &str) -> &str {
    name.strip_prefix('@').unwrap_or(name)
}

fn full(_: Full) -> Refusal {
    Refusal::Room(RoomRefusal::TooManyNames)
}
