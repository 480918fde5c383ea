//! What hosts want done is done, and what members ask is offered to their hosts first.

use std::rc::Rc;
use std::time::Instant;

use crate::hosts::{Act, Order};
use crate::hub::Hub;
use crate::proto::{Event, MemberId, Misuse, Parting, Request, RoomId};
use crate::weather::{Question, Report};

impl Hub {
    /// Has an operator's order done by a room's host. The answer is a sentence; so is an error.
    pub(super) fn order_host(
        &mut self,
        room: RoomId,
        order: Order<'_>,
        now: Instant,
    ) -> Result<String, String> {
        self.refusal = None;
        let answer = self.hosts.order(room, order, now)?;
        self.run_effects(now);
        match order {
            // Whatever else is ordered does not depend on one bot's name: its host tries another.
            Order::StartBot(_) => self.refusal.take().map_or(Ok(answer), Err),
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
        let Ok(room) = self.chat.room_meant(by, room.as_deref()) else { return false };
        if !self.hosts.has_host(room) {
            return false;
        }
        if let Some(refused) = self.chat.muted(by, ", and that was not done", self.wall(now)) {
            // What it would say is refused like all else that it says.
            let Request::Command { name, .. } = request else { return false };
            if self.chat.is_heard_by_others(room, name) {
                self.chat.refuse(by, refused);
                return true;
            }
        }
        if let Request::Command { name, rest, .. } = request
            && !rest.is_empty()
            && let Some(command) = self.chat.room(room).and_then(|room| room.style().bare_command(name))
        {
            self.chat.misused(by, Misuse::TakesNothing(command.to_owned()));
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

    fn do_act(&mut self, room: RoomId, act: Act, now: Instant) {
        let time = self.wall(now);
        match act {
            Act::Say(text) => self.chat.host_says(room, &text),
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
                    self.chat.part(member, room, Parting::Sent(text.into()), time);
                    self.send_bots_home(now);
                }
            }
            Act::Attend { voice, listeners } => {
                let listeners = listeners.iter().filter_map(|name| self.in_room(room, name)).collect();
                let voice = voice.and_then(|name| self.in_room(room, &name));
                self.chat.attend(room, listeners, voice);
            }
            Act::Ask(question) => self.hosts.ask(room, question),
        }
    }

    /// The member of this name, if it is in the room.
    pub(super) fn in_room(&self, room: RoomId, name: &str) -> Option<MemberId> {
        self.chat.find(name).filter(|member| self.chat.rooms_of(*member).contains(&room))
    }
}
