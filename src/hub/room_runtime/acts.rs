//! What hosts do in their rooms: they handle requests of members, and their actions are carried out, such as a hosted bot that
//! joins, speaks or leaves. A hosted bot lives in the server: it is a member without a session.

use std::time::Instant;

use log::{debug, info, warn};

use crate::base::name::Name;
use crate::chat::{Room, RoomLimit};
use crate::hosts::HostAction;
use crate::hub::room_runtime::RoomRuntime;
use crate::proto::{
    Event, Kind, MemberId, MemberInfo, Misuse, Notice, Parting, Refusal, ReplayLimit, Reply, Request, RoomId,
    SeenMessage,
};
use crate::wire::sentences;

impl RoomRuntime {
    /// Whether a host still owes this member a reply.
    pub(in crate::hub) fn owes_reply(&self, member: MemberId) -> bool {
        self.answering_room(member).is_some()
    }

    /// The first room whose host still owes this member a reply.
    fn answering_room(&self, member: MemberId) -> Option<RoomId> {
        let name = self.chat.who(member).name.as_str();
        self.chat.rooms_of(member).iter().copied().find(|room| self.hosts.owes_reply(*room, name))
    }

    /// Has a member wait to leave until bots have answered it: [`Effect::HostActed`] tells when to check again.
    ///
    /// [`Effect::HostActed`]: super::Effect::HostActed
    pub(in crate::hub) fn await_answer(&mut self, member: MemberId) {
        if let Some(room) = self.answering_room(member) {
            self.hosts.add_leaver(room, member);
        }
    }

    /// Offers a member's request to the host of its room. Returns whether the host has handled it.
    pub(super) fn host_takes(&mut self, by: MemberId, request: &Request, now: Instant) -> bool {
        let (Request::Say { room, .. } | Request::Command { room, .. }) = request else { return false };
        let Ok(room) = self.chat.joined_room(by, room.as_deref()) else { return false };
        if !self.hosts.has_host(room) {
            return false;
        }
        if let Some(refused) = self.chat.muted(by, ", and that was not done", self.wall(now)) {
            // A message in no room: the chat refuses it.
            let Request::Command { name, .. } = request else { return false };
            if self.chat.affects_others(room, name) {
                self.chat.refuse(by, refused);
                return true;
            }
        }
        if let Request::Command { name, rest, .. } = request
            && !rest.is_empty()
            && let Some(command) = self.chat.room(room).and_then(|room| room.traits().bare_command(name))
        {
            self.chat.refuse_command(by, Misuse::TakesNothing(command.to_owned()));
            return true;
        }
        self.hosts.intercept(room, self.chat.who(by), request, now)
    }

    pub(super) fn do_act(&mut self, room: RoomId, act: HostAction, now: Instant) {
        let time = self.wall(now);
        match act {
            HostAction::Say(text) => self.chat.propose_host_message(room, &text),
            HostAction::Tell { to, text } => {
                if let Some(member) = self.in_room(room, &to)
                    && let Some(room) = self.chat.room(room).map(Room::room_name)
                {
                    self.chat.tell(member, Event::Notice(Notice::FromHost { room, text: text.into() }));
                }
            }
            HostAction::Hint { to, text } => {
                if let Some(member) = self.in_room(room, &to)
                    && let Some(room) = self.chat.room(room).map(Room::room_name)
                {
                    self.chat.tell(member, Event::Notice(Notice::Hint { room, text: text.into() }));
                }
            }
            HostAction::SpawnBot(name) => self.bring(room, &name, now),
            HostAction::SayAs { bot, text } => {
                if let Some(bot) = self.in_room(room, &bot).filter(|bot| self.hosts.is_bot(*bot)) {
                    let room = self.chat.room(room).map(|room| room.name().to_owned());
                    self.chat.request(bot, Request::Say { room, text }, time);
                }
            }
            HostAction::TellAs { bot, to, text } => {
                if let Some(bot) = self.in_room(room, &bot).filter(|bot| self.hosts.is_bot(*bot)) {
                    // Whoever has left hears nothing any more, and the bot needs not know. It only answers.
                    if self.chat.find(&to).is_some() {
                        let told =
                            Request::Tell { to, text: text.into(), is_ongoing: true, is_notice: false };
                        self.chat.request(bot, told, time);
                    }
                }
            }
            HostAction::RemoveMember { who, text } => {
                if let Some(member) = self.in_room(room, &who) {
                    self.chat.part(member, room, Parting::ByHost(text.into()), time);
                    self.send_bots_home(now);
                }
            }
            HostAction::SetSpeakerFilter { speaker, listeners } => {
                let listeners = listeners.iter().filter_map(|name| self.in_room(room, name)).collect();
                let speaker = speaker.and_then(|name| self.in_room(room, &name));
                self.chat.set_speaker_filter(room, listeners, speaker);
            }
            HostAction::AskWeather(question) => self.hosts.ask(room, question),
        }
    }

    /// A private message was written to a member. If it is a hosted bot, its host is notified, or the author is told that the bot
    /// does not answer.
    pub(super) fn notify_bot(&mut self, to: MemberId, seen: &SeenMessage, now: Instant) {
        if !self.hosts.is_bot(to) || seen.message.is_notice {
            return;
        }
        let (room, by) =
            (self.chat.rooms_of(to).first().copied(), self.chat.find(seen.message.from.name.as_str()));
        let source = by.and_then(|by| self.chat.source(by));
        let is_answered = room.is_some_and(|room| self.hosts.on_private(room, &seen.message, source, now));
        if let Some(by) = by.filter(|_| !is_answered) {
            self.chat.tell(by, Event::Reply(Reply::BotIsMute(seen.message.to.name.clone())));
        }
    }

    /// The member with this name, if it is in the room.
    pub(in crate::hub) fn in_room(&self, room: RoomId, name: &str) -> Option<MemberId> {
        self.chat.find(name).filter(|member| self.chat.rooms_of(*member).contains(&room))
    }

    /// Has a hosted bot join a room.
    fn bring(&mut self, room: RoomId, name: &str, now: Instant) {
        if self.chat.is_shared(room) {
            return self.call_bot(room, name, now);
        }
        let member = match self.chat.find(name) {
            Some(member) if self.hosts.is_bot(member) && self.in_room(room, name).is_none() => Ok(member),
            _ => self.introduce_bot(name, now),
        };
        match (member, self.chat.room(room).map(|room| room.name().to_owned())) {
            (Ok(member), name) => {
                self.chat.request(member, Request::Join { room: name, replay: None }, self.wall(now));
            }
            (Err(why), _) => {
                warn!("the bot {name} cannot join: {why}");
                self.hosts.refused(room, name, why, now);
            }
        }
    }

    fn introduce_bot(&mut self, name: &str, now: Instant) -> Result<MemberId, String> {
        let name = Name::parse(name).map_err(|why| why.to_string())?;
        let taken = |why| sentences::refusal(&Refusal::NameTaken(why));
        self.check_held(&name, None, now).map_err(taken)?;
        info!("the bot {name} joins");
        let bot = MemberInfo { name, kind: Kind::Bot };
        let member = self.chat.register(bot, RoomLimit::All, ReplayLimit::OFF, true).map_err(taken)?;
        self.hosts.add_bot(member);
        Ok(member)
    }

    /// Removes hosted bots that are in no room any more.
    pub(super) fn send_bots_home(&mut self, now: Instant) {
        let chat = &self.chat;
        // One that is called to a shared room is on its way there.
        let is_idle =
            |bot: &MemberId| chat.rooms_of(*bot).is_empty() && !(chat.is_known(*bot) && chat.is_new(*bot));
        let idle: Vec<MemberId> = self.hosts.bot_members().filter(is_idle).collect();
        for bot in idle {
            self.chat.leave(bot, self.wall(now));
        }
    }

    /// Hosted bots with everyday names give way to a client, which may be the member `by`, that claims their name or a confusable one. A name may be confusable
    /// with two bots. They stay if the name is also confusable with that of a member that does not give way.
    pub(super) fn give_way(&mut self, name: &Name, by: Option<MemberId>, now: Instant) {
        let mut others = self.chat.find_confusable(name.as_str());
        others.retain(|other| Some(*other) != by);
        let gives_way = |other: &MemberId| {
            // One that all servers know gives way when all hear of the claim.
            self.hosts.is_bot(*other)
                && !self.chat.is_known(*other)
                && !self.chat.who(*other).name.is_of_a_bot()
        };
        if others.is_empty() || !others.iter().all(gives_way) {
            return;
        }
        for bot in others {
            debug!("the bot {} gives way", self.chat.who(bot).name);
            self.chat.leave(bot, self.wall(now));
        }
    }
}
