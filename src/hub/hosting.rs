//! Rooms and who drives them: how rooms are opened and closed, how what members ask is offered to their hosts first, and how what
//! hosts want done is done, such as that a bot comes, speaks or goes. Such a bot lives in the server: a member without a session.

use std::rc::Rc;
use std::time::Instant;

use log::{debug, info, warn};

use crate::base::limits::ROOMS;
use crate::base::name::Name;
use crate::chat::{Room, RoomLimit};
use crate::hosts::{HostAction, HostCommand, RoomKind};
use crate::hub::{Due, Hub, NotOpened};
use crate::proto::{Event, Kind, MemberId, Misuse, Parting, Refusal, Request, RoomId, Who};
use crate::weather::{Question, Report};
use crate::wire::sentences;

impl Hub {
    /// Opens a room.
    pub(super) fn open_room(
        &mut self,
        name: &str,
        kind: &'static RoomKind,
        now: Instant,
    ) -> Result<(), NotOpened> {
        if self.chat.find_room(name).is_some() {
            return Err(NotOpened::IsOpen);
        }
        if self.chat.rooms().count() >= ROOMS {
            return Err(NotOpened::Full);
        }
        // A room that was closed in this turn still has its last words to say.
        let mut id = RoomId(0);
        while self.chat.room(id).is_some() || !self.fanout.is_idle(id) {
            id.0 += 1;
        }
        let stream = self.gate.open_room(id, name);
        self.fanout.open_room(id, stream.next_id);
        self.chat.open(id, name, &kind.traits, stream.next_id);
        let shared: Rc<str> = name.into();
        for message in stream.messages {
            self.chat.remember(id, &message.into_entry(shared.clone()));
        }
        self.hosts.open(id, kind, name);
        info!("the room {name} is open, of the kind {}", kind.traits.kind);
        self.host_due(id, now);
        self.rooms_changed(now);
        Ok(())
    }

    /// Closes a room. Whoever is in it is told.
    pub(super) fn close_room(&mut self, id: RoomId, now: Instant) {
        self.fanout.close_room(id);
        self.set_host_timer(id, None);
        self.hosts.close(id);
        let name = self.chat.room(id).map(Room::room_name);
        self.chat.close(id);
        for (by, bytes) in self.proposals.room_closed(id) {
            self.withdraw(Some(by), bytes);
            self.chat.refuse(by, Refusal::NotJoined(name.clone()));
        }
        self.rooms_changed(now);
        self.send_bots_home(now);
        self.run_effects(now);
        self.host_went_on(id, now);
        self.gate.close_room(id);
    }

    /// Sets the deadline of a room's host to what it wants.
    pub(super) fn set_host_timer(&mut self, id: RoomId, wanted: Option<Instant>) {
        self.timers.change(Due::Host(id), wanted);
    }

    /// Has an operator's order done by a room's host. The answer is a sentence; so is an error.
    pub(super) fn order_host(
        &mut self,
        room: RoomId,
        order: HostCommand<'_>,
        now: Instant,
    ) -> Result<String, String> {
        let answer = self.hosts.order(room, order, now)?;
        self.run_effects(now);
        match order {
            // Whatever else is ordered does not depend on one bot's name: its host tries another.
            HostCommand::StartBot(_) => self.hosts.take_refusal().map_or(Ok(answer), Err),
            _ => Ok(answer),
        }
    }

    /// The hosts of lobbies say these lines from now on; at least one.
    pub fn set_initiators(&mut self, lines: Vec<Rc<str>>) {
        self.hosts.set_initiators(lines);
    }

    /// What hosts want to know of the weather.
    pub fn weather_questions(&mut self) -> Vec<Question> {
        self.hosts.take_questions()
    }

    /// The answer to a question of theirs; none if it cannot be had.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        self.hosts.on_forecast(ticket, report, now);
        self.run_effects(now);
    }

    /// The time of a host's deadline has come.
    pub(super) fn host_due(&mut self, room: RoomId, now: Instant) {
        self.hosts.on_timer(room, now);
        self.run_effects(now);
    }

    /// Offers what a member asks to the host of its room. Returns whether that is all that is done with it.
    pub(super) fn host_takes(&mut self, by: MemberId, request: &Request, now: Instant) -> bool {
        let (Request::Say { room, .. } | Request::Command { room, .. }) = request else { return false };
        let Ok(room) = self.chat.joined_room(by, room.as_deref()) else { return false };
        if !self.hosts.has_host(room) {
            return false;
        }
        if let Some(refused) = self.chat.muted(by, ", and that was not done", self.wall(now)) {
            // What it would say is refused like all else that it says.
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

    /// Does what hosts want done, if something happened in their rooms. Returns whether there was anything.
    pub(super) fn act(&mut self, now: Instant) -> bool {
        let (mut acted, mut from) = (false, RoomId(0));
        while let Some(room) = self.hosts.next_to_poll(from) {
            from = RoomId(room.0 + 1);
            while let Some(act) = self.hosts.poll(room) {
                acted = true;
                self.do_act(room, act, now);
                // At once, as who has left makes place for who comes.
                self.apply_effects(now);
            }
            self.set_host_timer(room, self.hosts.deadline(room));
            self.host_went_on(room, now);
        }
        acted
    }

    fn do_act(&mut self, room: RoomId, act: HostAction, now: Instant) {
        let time = self.wall(now);
        match act {
            HostAction::Say(text) => self.chat.propose_host_message(room, &text),
            HostAction::Tell { to, text } => {
                if let Some(member) = self.in_room(room, &to) {
                    self.chat.tell(member, Event::notice(text));
                }
            }
            HostAction::SpawnBot(name) => self.bring(room, &name, now),
            HostAction::SayAs { bot, text } => {
                if let Some(bot) = self.in_room(room, &bot).filter(|bot| self.hosts.is_bot(*bot)) {
                    let room = self.chat.room(room).map(|room| room.name().to_owned());
                    self.chat.request(bot, Request::Say { room, text }, time);
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

    /// The member of this name, if it is in the room.
    pub(super) fn in_room(&self, room: RoomId, name: &str) -> Option<MemberId> {
        self.chat.find(name).filter(|member| self.chat.rooms_of(*member).contains(&room))
    }

    /// Has a bot come into a room.
    pub(super) fn bring(&mut self, room: RoomId, name: &str, now: Instant) {
        let member = match self.chat.find(name) {
            Some(member) if self.hosts.is_bot(member) && self.in_room(room, name).is_none() => Ok(member),
            _ => self.introduce_bot(name),
        };
        match (member, self.chat.room(room).map(|room| room.name().to_owned())) {
            (Ok(member), name) => {
                self.chat.request(member, Request::Join { room: name }, self.wall(now));
            }
            (Err(why), _) => {
                warn!("{name} takes no part: {why}");
                self.hosts.refused(room, name, why, now);
            }
        }
    }

    fn introduce_bot(&mut self, name: &str) -> Result<MemberId, String> {
        let name = Name::parse(name).map_err(|why| why.to_string())?;
        info!("{name} takes part");
        let member = self
            .chat
            .register(Who { name, kind: Kind::Bot }, RoomLimit::All)
            .map_err(|why| sentences::refusal(&Refusal::NameTaken(why)))?;
        self.hosts.add_bot(member);
        Ok(member)
    }

    /// Bots that are in no room any more are no members any more.
    pub(super) fn send_bots_home(&mut self, now: Instant) {
        let chat = &self.chat;
        let idle: Vec<MemberId> =
            self.hosts.bot_members().filter(|bot| chat.rooms_of(*bot).is_empty()).collect();
        for bot in idle {
            self.chat.leave(bot, self.wall(now));
        }
    }

    /// A hosted bot whose name is an everyday one gives way to whoever comes by that name, or one that looks like it: two
    /// bots, if the name looks like both. If it is also that of somebody who does not, they stay.
    pub(super) fn give_way(&mut self, name: &Name, now: Instant) {
        let others = self.chat.find_alike(name.as_str());
        let gives_way =
            |other: &MemberId| self.hosts.is_bot(*other) && !self.chat.who(*other).name.is_of_a_bot();
        if others.is_empty() || !others.iter().all(gives_way) {
            return;
        }
        for bot in others {
            debug!("the bot {} gives way", self.chat.who(bot).name);
            self.chat.leave(bot, self.wall(now));
        }
        self.run_effects(now);
    }
}
