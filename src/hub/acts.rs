//! Between rooms and their hosts: hosts hear what happens, and what they want done is done.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{HEARD_BYTES, NAMES_FOR_BOTS, NAMES_TOLD_TO_BOTS};
use crate::base::name::is_of_name;
use crate::base::text::head;
use crate::chat::takes_nothing;
use crate::fanout::SessionId;
use crate::hosts::{Act, Host, Order, Said};
use crate::hub::Hub;
use crate::hub::room::HubRoom;
use crate::limits::admission::Source;
use crate::proto::{Entry, Event, MemberId, News, Request, RoomId};
use crate::weather::{Question, Report};

/// A question is known by its host's ticket, and by its room in the lowest bits.
const ROOM_BITS: u32 = 16;

impl Hub {
    /// Has an operator's order done by a room's host. The answer is a sentence; so is an error.
    pub(super) fn order(&mut self, room: RoomId, order: Order<'_>, now: Instant) -> Result<String, String> {
        let Some(host) = &mut self.rooms[room.0].host else { return Err("That room has no host.".into()) };
        self.refusal = None;
        let answer = host.order(order, now)?;
        self.rooms[room.0].stirred = true;
        self.deliver(now);
        match order {
            // Whatever else is ordered does not depend on one bot's name: its host tries another.
            Order::StartBot(_) => self.refusal.take().map_or(Ok(answer), Err),
            _ => Ok(answer),
        }
    }

    /// The hosts of lobbies say these lines from now on; at least one.
    pub fn set_initiators(&mut self, lines: Vec<Rc<str>>) {
        self.setup.initiators = lines;
        for host in self.rooms.iter_mut().filter_map(|room| room.host.as_mut()) {
            host.reload(&self.setup);
        }
    }

    /// All bots of all hosts, by room, and whether they take part.
    pub fn bots(&self) -> impl Iterator<Item = (RoomId, String, bool)> {
        let rooms = (0..).map(RoomId).zip(&self.rooms);
        rooms.flat_map(|(id, room)| {
            let bots = room.host.iter().flat_map(|host| host.bots());
            bots.map(move |(name, takes_part)| (id, name, takes_part)).collect::<Vec<_>>()
        })
    }

    /// What hosts want to know of the weather.
    pub fn weather_questions(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.questions)
    }

    /// The answer to a question of theirs; none if it cannot be had.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let room = usize::try_from(ticket & ((1 << ROOM_BITS) - 1)).unwrap_or_default();
        if let Some(host) = self.rooms.get_mut(room).and_then(|room| room.host.as_mut()) {
            host.forecast(ticket >> ROOM_BITS, report, now);
            self.rooms[room].stirred = true;
            self.deliver(now);
        }
    }

    /// The time of a host's deadline has come.
    pub(super) fn host_due(&mut self, room: RoomId, now: Instant) {
        if let Some(host) = &mut self.rooms[room.0].host {
            host.due(now);
            self.rooms[room.0].stirred = true;
            self.deliver(now);
        }
    }

    /// Offers what a member asks to the hosts of its rooms. Returns whether one of them took it.
    pub(super) fn host_takes(&mut self, by: MemberId, request: &Request, now: Instant) -> bool {
        let (Request::Say { room, .. } | Request::Command { room, .. }) = request else { return false };
        let Ok(room) = self.chat.room_meant(by, room.as_deref()) else { return false };
        if self.rooms[room.0].host.is_none() {
            return false;
        }
        if let Some(refused) = self.chat.muted(by, ", and that was not done", self.wall(now)) {
            // What it would say is refused like all else that it says.
            let Request::Command { name, .. } = request else { return false };
            if !self.chat.is_heard_by_others(room, name) {
                return self.host_obeys(by, room, request, now);
            }
            self.chat.tell(by, refused);
            return true;
        }
        self.host_obeys(by, room, request, now)
    }

    fn host_obeys(&mut self, by: MemberId, room: RoomId, request: &Request, now: Instant) -> bool {
        let Some(host) = &mut self.rooms[room.0].host else { return false };
        if let Request::Command { name, rest, .. } = request
            && !rest.is_empty()
            && let Some(command) = self.chat.room(room).and_then(|room| room.style().bare_command(name))
        {
            self.chat.tell(by, takes_nothing(command));
            return true;
        }
        let who = self.chat.who(by);
        let takes = match request {
            Request::Say { text, .. } => host.takes(who, text, now),
            Request::Command { name, rest, .. } => host.command(who, name, rest, now),
            _ => false,
        };
        self.rooms[room.0].stirred |= takes;
        takes
    }

    /// A room's host hears what the room hears, as it happens; of what is said, as much as there is a budget for.
    pub(super) fn let_host_hear(
        &mut self,
        room: RoomId,
        speaker: Option<SessionId>,
        entry: &Entry,
        now: Instant,
    ) {
        let HubRoom { host: Some(host), stirred, .. } = &mut self.rooms[room.0] else { return };
        if self.stopping {
            return;
        }
        *stirred = true;
        let (chat, hearing) = (&self.chat, RefCell::new(&mut self.host_budget));
        let source = speaker.map(|id| Source::of(self.sessions[id.0].peer.ip()));
        let said = |host: &mut Box<dyn Host>, by, text: &str, is_act| {
            let text = head(text, HEARD_BYTES);
            let read = || hearing.borrow_mut().spend(source, text.len(), now).then_some(text);
            let named = || {
                // Whoever is named in it, of however many are there.
                let words = text.split(|c: char| !is_of_name(c));
                let words = words.filter(|word| !word.is_empty()).take(NAMES_FOR_BOTS);
                let mut names: Vec<&str> = Vec::new();
                for member in words.filter_map(|word| chat.find(word.trim_end_matches('.'))) {
                    let name = chat.who(member).name.as_str();
                    if names.len() < NAMES_TOLD_TO_BOTS && !names.contains(&name) {
                        names.push(name);
                    }
                }
                names
            };
            host.said(&Said { by, read: &read, is_act, named: &named }, now);
        };
        match &entry.news {
            News::Joined { who, .. } => host.came(who, now),
            News::Left { who, .. } => host.left(who, now),
            News::Said { who, text } => said(host, Some(who), text, false),
            News::Acted { who, text } => said(host, Some(who), text, true),
            News::HostSaid { text } => said(host, None, text, false),
        }
    }

    /// Does what hosts want done, if something happened in their rooms. Returns whether there was anything.
    pub(super) fn act(&mut self, now: Instant) -> bool {
        let mut acted = false;
        for room in (0..self.rooms.len()).map(RoomId) {
            if !std::mem::take(&mut self.rooms[room.0].stirred) {
                continue;
            }
            while let Some(act) = self.rooms[room.0].host.as_mut().and_then(|host| host.poll()) {
                acted = true;
                self.do_act(room, act, now);
                // At once, as who has left makes place for who comes.
                self.carry_out_all(now);
            }
            let deadline = self.rooms[room.0].host.as_ref().and_then(|host| host.deadline());
            self.set_host_timer(room, deadline);
            self.host_went_on(room, now);
        }
        acted
    }

    fn do_act(&mut self, room: RoomId, act: Act, now: Instant) {
        let time = self.wall(now);
        match act {
            Act::Say(text) => self.chat.host_says(room, &text, time),
            Act::Tell { to, text } => {
                if let Some(member) = self.in_room(room, &to) {
                    self.chat.tell(member, Event::notice(text));
                }
            }
            Act::Come(name) => self.bring(room, &name, now),
            Act::SayAs { bot, text } => {
                if let Some(bot) = self.in_room(room, &bot).filter(|bot| self.is_hosted(*bot)) {
                    let room = self.chat.room(room).map(|room| room.name().to_owned());
                    self.chat.request(bot, Request::Say { room, text }, time);
                }
            }
            Act::Go { who, text } => {
                if let Some(member) = self.in_room(room, &who) {
                    self.chat.part(member, room, &text, time);
                    self.send_bots_home(now);
                }
            }
            Act::Attend { voice, listeners } => {
                let listeners = listeners.iter().filter_map(|name| self.in_room(room, name)).collect();
                let voice = voice.and_then(|name| self.in_room(room, &name));
                self.chat.attend(room, listeners, voice);
            }
            Act::Ask(question) => {
                let ticket = question.ticket << ROOM_BITS | room.0 as u64;
                self.questions.push(Question { ticket, ..question });
            }
        }
    }

    /// The member of this name, if it is in the room.
    pub(super) fn in_room(&self, room: RoomId, name: &str) -> Option<MemberId> {
        self.chat.find(name).filter(|member| self.chat.rooms_of(*member).contains(&room))
    }
}
