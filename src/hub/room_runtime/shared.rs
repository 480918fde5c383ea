//! What happens in shared rooms, in the order of the log: members of all servers come, join, speak and leave. Whoever calls this
//! has the log's word that it happened.

use std::rc::Rc;
use std::time::Instant;

use log::{info, warn};

use crate::base::name::{Name, NameKey};
use crate::chat::{Belongings, PrivateBody, ReplayRequest, RoomLimit, Target};
use crate::cluster::registry::Place;
use crate::hosts::RoomKind;
use crate::hub::room_runtime::{Effect, RoomRuntime};
use crate::proto::{
    Event, LogEntry, MemberId, MemberInfo, Parting, Receipt, Refusal, Removal, ReplayLimit, RoomEvent, RoomId,
};
use crate::wire::sentences;

impl RoomRuntime {
    /// The rooms that are shared once they are opened, by key.
    pub(in crate::hub) fn set_shared(&mut self, rooms: Vec<NameKey>) {
        self.shared = rooms;
    }

    /// Whether shared rooms take nothing now.
    pub(in crate::hub) fn set_cut_off(&mut self, is_cut_off: bool) {
        self.chat.set_cut_off(is_cut_off);
    }

    /// A name in the log is taken: local bots that have it, or one that looks like it, give way.
    fn clear_name(&mut self, name: &Name, now: Instant) {
        loop {
            let others = self.chat.find_confusable(name.as_str());
            let bots: Vec<MemberId> =
                others.into_iter().filter(|other| !self.chat.is_known(*other)).collect();
            if bots.is_empty() {
                return;
            }
            for bot in bots {
                info!("the bot {} gives way to {name}", self.chat.who(bot).name);
                self.chat.leave(bot, self.wall(now));
            }
        }
    }

    /// A member of another server has come.
    pub(in crate::hub) fn mirror(
        &mut self,
        who: MemberInfo,
        node: &Rc<str>,
        now: Instant,
    ) -> Option<MemberId> {
        self.clear_name(&who.name, now);
        let name = who.name.clone();
        let registered = self.chat.register_of_node(who, node);
        registered.inspect_err(|_| warn!("{name} of the node {node} is not shown: the name is taken")).ok()
    }

    /// A member of this server may be registered under a name that the log gave it.
    pub(in crate::hub) fn make_way(&mut self, name: &Name, now: Instant) {
        self.clear_name(name, now);
    }

    /// A bot of this server, which its host called to a shared room, has its name.
    pub(in crate::hub) fn add_shared_bot(&mut self, who: MemberInfo, now: Instant) -> Option<MemberId> {
        self.clear_name(&who.name, now);
        info!("the bot {} joins", who.name);
        let bot = self.chat.register(who, RoomLimit::All, ReplayLimit::OFF, true).ok()?;
        self.chat.set_known(bot);
        self.hosts.add_bot(bot);
        Some(bot)
    }

    /// A bot of this server does not get its name.
    pub(in crate::hub) fn bot_refused(&mut self, room: RoomId, name: &str, why: &Refusal, now: Instant) {
        let why = sentences::refusal(why);
        warn!("the bot {name} cannot join: {why}");
        self.hosts.refused(room, name, why, now);
    }

    /// A member's name is known to all servers. It gets what it had in its earlier session.
    pub(in crate::hub) fn settle(&mut self, member: MemberId, belongings: Option<Belongings>) {
        self.chat.set_known(member);
        if let Some(belongings) = belongings {
            self.chat.give(member, belongings);
        }
    }

    /// A member of another server has resumed its session there: those who wrote with it privately go on.
    pub(in crate::hub) fn settle_elsewhere(&mut self, member: MemberId, belongings: Option<Belongings>) {
        if let Some(belongings) = belongings {
            self.chat.give_correspondence(member, belongings);
        }
    }

    /// A member of another server has written privately to one of this server.
    pub(in crate::hub) fn receive_private(
        &mut self,
        by: MemberId,
        to: MemberId,
        body: PrivateBody,
        now: Instant,
    ) -> Receipt {
        self.chat.receive_private(by, to, body, self.wall(now))
    }

    /// What became of a private message of a member of this server. See [`Chat::private_answered`](crate::chat::Chat).
    pub(in crate::hub) fn private_answered(
        &mut self,
        by: MemberId,
        reader: (Option<MemberId>, MemberInfo),
        body: PrivateBody,
        receipt: Receipt,
        now: Instant,
    ) {
        self.chat.private_answered(by, reader, body, receipt, self.wall(now));
    }

    /// A member has joined a room.
    pub(in crate::hub) fn joined_shared(
        &mut self,
        member: MemberId,
        room: RoomId,
        replay: ReplayRequest,
        at: Place,
    ) {
        self.chat.place(room, at.id);
        self.chat.enter_shared(member, room, replay, at.time);
    }

    /// A member has left a room.
    pub(in crate::hub) fn parted_shared(
        &mut self,
        member: MemberId,
        room: RoomId,
        why: Option<Parting>,
        at: Place,
        now: Instant,
    ) {
        self.chat.place(room, at.id);
        self.chat.part_shared(member, room, why, at.time);
        self.send_bots_home(now);
    }

    /// A member has left the chat.
    pub(in crate::hub) fn left_shared(&mut self, member: MemberId, why: Option<&Removal>, at: Place) {
        self.chat.place_member(member, at.id);
        self.chat.leave_shared(member, why, at.time);
    }

    /// A member has left the chat, and resumes its session as another one.
    pub(in crate::hub) fn resumed_shared(&mut self, member: MemberId, at: Place) -> Belongings {
        self.chat.place_member(member, at.id);
        self.chat.resume_shared(member, at.time)
    }

    /// A member has another name. It is removed if that was banned since it was claimed.
    pub(in crate::hub) fn renamed_shared(&mut self, member: MemberId, name: Name, at: Place, now: Instant) {
        self.clear_name(&name, now);
        self.chat.place_member(member, at.id);
        let (wall, target) = (self.wall(now), Target::Name(name.key()));
        let banned = self.chat.bans.verdict_on_name(&name, wall).cloned();
        self.chat.rename_shared(member, name, at.time);
        if let Some(ban) = banned {
            let why = ban.sentence("being banned", wall).into();
            self.effects.push_back(Effect::KeepOut(vec![(ban, target)], why));
        }
    }

    /// A member, or the host, has said something.
    pub(in crate::hub) fn said_shared(
        &mut self,
        room: RoomId,
        speaker: Option<MemberId>,
        label: Option<Rc<str>>,
        event: RoomEvent,
        at: Place,
        now: Instant,
    ) {
        self.chat.place(room, at.id);
        if let Some(publication) = self.chat.say_shared(room, speaker, label, event, at.time) {
            let effect = self.publish(publication, now);
            self.effects.push_back(effect);
        }
    }

    /// An operator erased a message of a room.
    pub(in crate::hub) fn erase_shared(&mut self, room: RoomId, id: u64, at: Place) {
        self.chat.place(room, at.id);
        self.chat.erase(room, id, at.time);
    }

    /// A member edited a message while this server did not hear it.
    pub(in crate::hub) fn edited_meanwhile(
        &mut self,
        room: RoomId,
        id: u64,
        text: Rc<str>,
        at: Place,
        now: Instant,
    ) {
        self.chat.place(room, at.id);
        if let Some(publication) = self.chat.edited_meanwhile(room, id, text, at.time) {
            let effect = self.publish(publication, now);
            self.effects.push_back(effect);
        }
    }

    /// A room has another topic.
    pub(in crate::hub) fn topic_shared(&mut self, room: RoomId, text: &str, at: Place) {
        self.chat.place(room, at.id);
        self.chat.set_topic(None, room, text, at.time);
    }

    /// Tells a member something.
    pub(in crate::hub) fn tell(&mut self, member: MemberId, event: Event) {
        self.chat.tell(member, event);
    }

    /// Tells a member that it does not get another name.
    pub(in crate::hub) fn refuse_name(&mut self, member: MemberId, why: Refusal) {
        self.chat.refuse_name(member, why);
    }

    /// This server runs the host of a shared room from now on. The host begins anew, with those who are there.
    pub(in crate::hub) fn start_host(&mut self, room: RoomId, kind: &'static RoomKind, now: Instant) {
        let Some(shared) = self.chat.room(room) else { return };
        info!("this server runs the host of {}", shared.name());
        let (name, said) = (shared.room_name(), shared.traits().joined);
        let present: Vec<MemberInfo> = shared.present().map(|member| self.chat.who(member).clone()).collect();
        self.hosts.open(room, kind, &name);
        for who in present {
            let event = RoomEvent::Joined { who, real_name: None, said };
            let entry = LogEntry { room: name.clone(), id: 0, time: self.wall(now), event, edited: None };
            self.hosts.notify(room, &entry, None, &self.chat, now);
        }
        self.hosts.on_timer(room, now);
    }

    /// This server runs the host of a shared room no more.
    pub(in crate::hub) fn stop_host(&mut self, room: RoomId) {
        self.timers.stop(room);
        self.hosts.close(room);
    }

    /// Has a bot come to a shared room.
    pub(super) fn call_bot(&mut self, room: RoomId, name: &str, now: Instant) {
        match self.chat.find(name) {
            Some(bot) if self.hosts.is_bot(bot) && self.chat.is_known(bot) => {
                let room = self.chat.room(room).map(|room| room.name().to_owned());
                let join = crate::proto::Request::Join { room, replay: None };
                return self.chat.request(bot, join, self.wall(now));
            }
            Some(bot) if self.hosts.is_bot(bot) => self.chat.leave(bot, self.wall(now)),
            _ => {}
        }
        self.effects.push_back(Effect::CallBot(room, name.to_owned()));
    }
}
