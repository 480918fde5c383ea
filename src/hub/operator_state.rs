//! What operators decided and is to hold after the next start, whatever the command line says: rooms that they opened and
//! closed, hosts and bots that they started and stopped, bans and mutes.

use std::time::Instant;

use log::{info, warn};

use crate::base::name::NameKey;
use crate::base::text::list;
use crate::chat::{Measure, parse_muted, parse_target};
use crate::hosts::{self, Order, RoomKind};
use crate::hub::{Hub, clock_jumps};
use crate::journal::{KeptMeasure, KeptOrder, KeptRoom, Record, State};

/// A room by its name, and of which kind it is.
type Named = (String, &'static RoomKind);

/// What they decided.
#[derive(Debug)]
pub(super) struct OperatorState {
    /// Bans and mutes are the chat's; they are put in as this is kept.
    state: State,
    /// The rooms that the command line names.
    configured: Vec<Named>,
    has_changed: bool,
    /// Some of what was kept has ended, and is not to be told again.
    has_ended: bool,
}

impl OperatorState {
    /// What was decided in earlier runs, on this command line.
    pub(super) fn new(state: State, configured: Vec<Named>) -> OperatorState {
        OperatorState { state, configured, has_changed: false, has_ended: false }
    }

    /// The rooms to open at the start: those of the command line that were not closed, and those that were opened.
    fn rooms(&self) -> Vec<Named> {
        let opened = |name: &str| self.state.opened.iter().find(|room| is_same(&room.name, name));
        let is_closed = |name: &str| self.state.closed.iter().any(|closed| is_same(closed, name));
        let mut rooms: Vec<Named> = Vec::new();
        for (name, kind) in &self.configured {
            let kind = opened(name).and_then(|room| hosts::find_kind(&room.kind)).unwrap_or(kind);
            if !is_closed(name) {
                rooms.push((name.clone(), kind));
            }
        }
        for KeptRoom { name, kind } in &self.state.opened {
            let is_new = !self.configured.iter().any(|(configured, _)| is_same(configured, name));
            match hosts::find_kind(kind) {
                Some(kind) if is_new => rooms.push((name.clone(), kind)),
                Some(_) => {}
                None => warn!("the room {name} is not opened again: there is no kind {kind} any more"),
            }
        }
        rooms
    }

    /// A room was opened.
    pub(super) fn opened(&mut self, name: &str, kind: &'static RoomKind) {
        self.has_changed = true;
        self.state.closed.retain(|closed| !is_same(closed, name));
        let is_of_kind = |other: &RoomKind| other.style.kind == kind.style.kind;
        if !self.configured.iter().any(|(other, of)| is_same(other, name) && is_of_kind(of)) {
            self.state.opened.push(KeptRoom { name: name.to_owned(), kind: kind.style.kind.to_owned() });
        }
    }

    /// A room was closed.
    pub(super) fn closed(&mut self, name: &str) {
        self.has_changed = true;
        self.state.opened.retain(|room| !is_same(&room.name, name));
        self.state.orders.retain(|order| !is_same(&order.room, name));
        if self.configured.iter().any(|(configured, _)| is_same(configured, name)) {
            self.state.closed.push(name.to_owned());
        }
    }

    /// A host was ordered something, or one of its bots.
    pub(super) fn ordered(&mut self, room: &str, order: Order<'_>) {
        let (bot, runs) = match order {
            Order::Now => return,
            Order::Start => (None, true),
            Order::Stop => (None, false),
            Order::StartBot(bot) => (Some(bot.to_owned()), true),
            Order::StopBot(bot) => (Some(bot.to_owned()), false),
        };
        self.has_changed = true;
        let is_of_bot = |other: &Option<String>| match (other, &bot) {
            (Some(other), Some(bot)) => is_same(other, bot),
            (other, bot) => other == bot,
        };
        self.state.orders.retain(|order| !(is_same(&order.room, room) && is_of_bot(&order.bot)));
        self.state.orders.push(KeptOrder { room: room.to_owned(), bot, runs });
    }

    /// Bans or mutes changed.
    pub(super) fn measured(&mut self) {
        self.has_changed = true;
    }
}

impl Hub {
    /// Opens all rooms, and does again what operators decided. To be called once, at the start. Returns what is otherwise
    /// than the command line says: sentences.
    pub(super) fn begin(&mut self, now: Instant) -> Vec<String> {
        for (name, kind) in self.operators.rooms() {
            if let Err(why) = self.open_room(&name, kind, now) {
                warn!("the room {name} cannot be opened: {why:?}");
            }
        }
        let State { bans, mutes, orders, .. } = self.operators.state.clone();
        for order in &orders {
            self.order_again(order, now);
        }
        let wall = self.wall(now);
        let ended = clock_jumps::ended(&self.operators.state, wall);
        self.operators.has_ended = ended.is_some();
        for kept in bans {
            let (until, KeptMeasure { whom, reason, .. }) = (clock_jumps::end(&kept, wall), kept);
            match parse_target(&whom) {
                Ok((target, whom)) => self.chat.bans.restore(target, Measure { whom, until, reason }, wall),
                Err(why) => warn!("a ban is not kept: {why}"),
            }
        }
        for kept in mutes {
            let (until, KeptMeasure { whom, reason, .. }) = (clock_jumps::end(&kept, wall), kept);
            match parse_muted(&whom) {
                Ok((name, whom)) => self.chat.mutes.restore(name, Measure { whom, until, reason }, wall),
                Err(why) => warn!("a mute is not kept: {why}"),
            }
        }
        self.standing_orders().chain(ended).collect()
    }

    /// What operators decided that somebody who wrote the command line might wonder about, as far as it is so: sentences.
    fn standing_orders(&self) -> impl Iterator<Item = String> {
        let OperatorState { state, configured, .. } = &self.operators;
        let closed = configured.iter().filter(|(name, _)| self.chat.find_room(name).is_none());
        let closed: Vec<_> =
            closed.map(|(name, kind)| (name.clone(), format!("open {name}={}", kind.style.kind))).collect();
        let (mut hosts, mut bots) = (Vec::new(), Vec::new());
        for KeptOrder { room, bot, .. } in state.orders.iter().filter(|order| !order.runs) {
            let Some(id) = self.chat.find_room(room) else { continue };
            match bot.as_ref().map(|bot| self.hosts.find_bot(Some(id), bot)) {
                None => hosts.push((room.clone(), format!("host {room} start"))),
                Some(Some((_, bot, false))) => bots.push((bot.clone(), format!("bot start {bot} {room}"))),
                Some(_) => {}
            }
        }
        bots.dedup();
        let sentences = [
            remembered("there is no room", &closed, "To have it again"),
            remembered("nothing is begun by the host of", &hosts, "To have it go on"),
            remembered("there is no bot", &bots, "To have it take part again"),
        ];
        sentences.into_iter().flatten()
    }

    fn order_again(&mut self, KeptOrder { room, bot, runs }: &KeptOrder, now: Instant) {
        let Some(room) = self.chat.find_room(room) else { return };
        let order = match (bot, runs) {
            (None, true) => Order::Start,
            (None, false) => Order::Stop,
            (Some(bot), true) => Order::StartBot(bot),
            (Some(bot), false) => Order::StopBot(bot),
        };
        // What is so already needs no order.
        if let Err(why) = self.order_host(room, order, now) {
            info!("an earlier order is not carried out again: {why}");
        }
    }

    /// Keeps what operators decided, if that has changed.
    pub(super) fn keep_decisions(&mut self, now: Instant) {
        let has_ended = std::mem::take(&mut self.operators.has_ended);
        if !std::mem::take(&mut self.operators.has_changed) && !has_ended {
            return;
        }
        let wall = self.wall(now);
        let kept = |measure: &Measure| KeptMeasure {
            whom: measure.whom.clone(),
            until: measure.until,
            left: measure.until.and_then(|until| until.duration_since(wall).ok()),
            reason: measure.reason.clone(),
        };
        let state = &mut self.operators.state;
        state.bans = self.chat.bans.list(wall).map(kept).collect();
        state.mutes = self.chat.mutes.list(wall).map(kept).collect();
        self.gate.record(Record::State(Box::new(state.clone())));
    }

    /// Whether something was decided that is not handed over yet.
    pub(super) fn has_decided(&self) -> bool {
        self.operators.has_changed
    }
}

fn is_same(a: &str, b: &str) -> bool {
    NameKey::of(a) == NameKey::of(b)
}

/// That operators ordered something of each of these, and what to type to undo it; none, if of none.
fn remembered(what: &str, ordered: &[(String, String)], purpose: &str) -> Option<String> {
    let (names, commands): (Vec<&str>, Vec<&str>) =
        ordered.iter().map(|(name, command)| (name.as_str(), command.as_str())).unzip();
    let sentence = || {
        format!(
            "As an operator ordered, {what} {}. {purpose}, type: {}",
            list(&names),
            commands.join(", or: ")
        )
    };
    (!names.is_empty()).then(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(rooms: &str) -> Vec<Named> {
        rooms.split(',').map(|room| hosts::parse_room(room).unwrap()).collect()
    }

    fn names(decisions: &OperatorState) -> String {
        let rooms = decisions.rooms();
        let names: Vec<String> =
            rooms.iter().map(|(name, kind)| format!("{name}={}", kind.style.kind)).collect();
        names.join(" ")
    }

    #[test]
    fn what_is_opened_and_closed_holds_on_the_same_command_line() {
        let mut decisions = OperatorState::new(State::default(), named("lobby,round"));
        decisions.opened("hall", hosts::find_kind("lobby").unwrap());
        decisions.closed("Round");
        assert_eq!(names(&decisions), "lobby=lobby hall=lobby");
        decisions.opened("round", hosts::find_kind("chaty").unwrap());
        decisions.closed("hall");
        assert_eq!(names(&decisions), "lobby=lobby round=chaty", "its last kind counts");
        decisions.closed("round");
        decisions.opened("round", hosts::find_kind("round").unwrap());
        assert_eq!(names(&decisions), "lobby=lobby round=round");
        assert_eq!(decisions.state, State::default(), "all is as the command line says");
    }

    #[test]
    fn another_command_line_has_other_rooms() {
        let mut decisions = OperatorState::new(State::default(), named("lobby,round"));
        decisions.opened("hall", hosts::find_kind("lobby").unwrap());
        decisions.closed("lobby");
        let decisions = OperatorState::new(decisions.state, named("den=lobby,hall=round"));
        assert_eq!(names(&decisions), "den=lobby hall=lobby");
    }

    #[test]
    fn the_last_order_counts() {
        let mut decisions = OperatorState::new(State::default(), named("lobby"));
        for order in
            [Order::Stop, Order::StopBot("Art"), Order::Now, Order::StartBot("art"), Order::StopBot("sport")]
        {
            decisions.ordered("lobby", order);
        }
        let orders: Vec<_> =
            decisions.state.orders.iter().map(|order| (order.bot.as_deref(), order.runs)).collect();
        assert_eq!(orders, [(None, false), (Some("art"), true), (Some("sport"), false)]);
        decisions.closed("lobby");
        assert!(decisions.state.orders.is_empty());
    }
}
