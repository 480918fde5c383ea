//! Decisions that survive a restart and override the command line: rooms that operators opened and closed, hosts and bots
//! that they started and stopped, bans, mutes and topics.

use std::rc::Rc;
use std::time::{Instant, SystemTime};

use log::warn;

use crate::base::name::NameKey;
use crate::base::time::utc;
use crate::chat::{Chat, Sanction, parse_muted, parse_target};
use crate::hosts::{self, HostCommand, RoomKind};
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::stored_rooms;
use crate::journal::{Record, StoredDecisions, StoredOrder, StoredRoom, StoredSanction, StoredTopic};
use crate::proto::RoomId;

/// The name and the kind of a room.
type Named = (String, &'static RoomKind);

/// What differs from the command line at the start because of earlier decisions.
#[derive(Clone, Debug, Default)]
pub struct StartupNotices {
    /// Rooms of the command line that are not open, and their kinds.
    pub closed: Vec<(String, &'static str)>,
    /// Rooms whose hosts are paused.
    pub paused: Vec<String>,
    /// Stopped bots, and their rooms.
    pub stopped: Vec<(String, String)>,
    /// Targets of bans that ended while the server was off, by the wall clock.
    pub ended_bans: Vec<String>,
    /// Targets of mutes that ended likewise.
    pub ended_mutes: Vec<String>,
}

/// The decisions.
#[derive(Debug)]
pub struct OperatorState {
    /// Without bans, mutes and topics, which the chat owns: they are added when this is stored.
    state: StoredDecisions,
    /// The rooms of the command line.
    configured: Vec<Named>,
    has_changed: bool,
    /// Stored bans or mutes have ended: store the state again without them.
    has_ended: bool,
    notices: StartupNotices,
    is_persistent: bool,
}

impl OperatorState {
    /// Starts with the decisions of earlier runs. `is_persistent`: whether decisions outlive this run.
    pub(super) fn new(state: StoredDecisions, configured: Vec<Named>, is_persistent: bool) -> OperatorState {
        let (has_changed, has_ended, notices) = (false, false, StartupNotices::default());
        OperatorState { state, configured, has_changed, has_ended, notices, is_persistent }
    }

    /// Identifies the journal, which programs compare after a restart. A new journal is begun at `now`.
    pub(super) fn journal_id(&mut self, is_new: bool, now: SystemTime) -> Rc<str> {
        if is_new && self.state.begun.is_empty() {
            self.state.begun = utc(now);
            self.has_changed = true;
        }
        if self.state.begun.is_empty() { "kept".into() } else { self.state.begun.as_str().into() }
    }

    /// Whether decisions outlive this run.
    pub fn is_persistent(&self) -> bool {
        self.is_persistent
    }

    /// What differs from the command line.
    pub fn notices(&self) -> &StartupNotices {
        &self.notices
    }

    /// The rooms to open at the start: those of the command line that operators did not close, and those that they opened.
    pub(super) fn rooms(&self) -> Vec<Named> {
        let opened = |name: &str| self.state.opened.iter().find(|room| is_same(&room.name, name));
        let is_closed = |name: &str| self.state.closed.iter().any(|closed| is_same(closed, name));
        let mut rooms: Vec<Named> = Vec::new();
        for (name, kind) in &self.configured {
            let kind = opened(name).and_then(|room| hosts::find_kind(&room.kind)).unwrap_or(kind);
            if !is_closed(name) {
                rooms.push((name.clone(), kind));
            }
        }
        for StoredRoom { name, kind } in &self.state.opened {
            let is_new = !self.configured.iter().any(|(configured, _)| is_same(configured, name));
            match hosts::find_kind(kind) {
                Some(kind) if is_new => rooms.push((name.clone(), kind)),
                Some(_) => {}
                None => warn!("the room {name} is not opened again: there is no kind {kind} any more"),
            }
        }
        rooms
    }

    /// The topics that operators set in earlier runs.
    pub(super) fn topics(&self) -> &[StoredTopic] {
        &self.state.topics
    }

    /// The commands for hosts and bots to repeat at the start.
    pub(super) fn orders(&self) -> Vec<StoredOrder> {
        self.state.orders.clone()
    }

    /// Restores bans and mutes, once the rooms are open and the commands are repeated.
    pub(super) fn begin(&mut self, rooms: &mut RoomRuntime, now: Instant) {
        let wall = rooms.wall(now);
        for stored in &self.state.bans {
            match parse_target(&stored.whom) {
                Ok((target, whom)) => rooms.bans().restore(target, restored(stored, whom, wall), wall),
                Err(why) => warn!("a stored ban is not in force: {why}"),
            }
        }
        for stored in &self.state.mutes {
            match parse_muted(&stored.whom) {
                Ok((name, whom)) => rooms.mutes().restore(name, restored(stored, whom, wall), wall),
                Err(why) => warn!("a stored mute is not in force: {why}"),
            }
        }
        self.notices = self.startup_notices(rooms, wall);
        self.has_ended = !(self.notices.ended_bans.is_empty() && self.notices.ended_mutes.is_empty());
    }

    /// Compares the present state with the command line.
    fn startup_notices(&self, rooms: &RoomRuntime, wall: SystemTime) -> StartupNotices {
        let (chat, hosts) = (rooms.chat(), rooms.hosts());
        let closed = self.configured.iter().filter(|(name, _)| chat.find_room(name).is_none());
        let (mut paused, mut stopped) = (Vec::new(), Vec::new());
        for StoredOrder { room, bot, .. } in self.state.orders.iter().filter(|order| !order.runs) {
            let Some(id) = chat.find_room(room) else { continue };
            match bot.as_ref().map(|bot| hosts.find_bot(Some(id), bot)) {
                None => paused.push(room.clone()),
                Some(Some((_, bot, false))) => stopped.push((bot, room.clone())),
                Some(_) => {}
            }
        }
        stopped.dedup();
        let ended = |sanctions: &[StoredSanction]| {
            let ended = sanctions.iter().filter(|it| it.until.is_some_and(|until| until <= wall));
            ended.map(|it| it.whom.clone()).collect()
        };
        StartupNotices {
            closed: closed.map(|(name, kind)| (name.clone(), kind.traits.kind)).collect(),
            paused,
            stopped,
            ended_bans: ended(&self.state.bans),
            ended_mutes: ended(&self.state.mutes),
        }
    }

    /// Records that a room was opened.
    pub(super) fn opened(&mut self, name: &str, kind: &'static RoomKind) {
        self.has_changed = true;
        self.state.closed.retain(|closed| !is_same(closed, name));
        let is_of_kind = |other: &RoomKind| other.traits.kind == kind.traits.kind;
        if !self.configured.iter().any(|(other, of)| is_same(other, name) && is_of_kind(of)) {
            self.state.opened.push(StoredRoom { name: name.to_owned(), kind: kind.traits.kind.to_owned() });
        }
    }

    /// Records that a room was closed.
    pub(super) fn closed(&mut self, name: &str) {
        self.has_changed = true;
        self.state.opened.retain(|room| !is_same(&room.name, name));
        self.state.orders.retain(|order| !is_same(&order.room, name));
        if self.configured.iter().any(|(configured, _)| is_same(configured, name)) {
            self.state.closed.push(name.to_owned());
        }
    }

    /// Records a command for a room's host or one of its bots.
    pub(super) fn ordered(&mut self, rooms: &RoomRuntime, room: RoomId, order: HostCommand<'_>) {
        // A command for a bot replaces an earlier one, whatever the spelling.
        let bot = |name| rooms.hosts().find_bot(Some(room), name).map(|(_, bot, _)| bot);
        let bot = match order {
            HostCommand::StartBot(name) | HostCommand::StopBot(name) => bot(name),
            HostCommand::Now | HostCommand::Start | HostCommand::Stop => None,
        };
        if let Some(room) = rooms.chat().room(room) {
            self.keep_order(room.name(), order, bot.as_deref());
        }
    }

    /// Records a command. `bot` is the name of its bot, as the host spells it.
    fn keep_order(&mut self, room: &str, order: HostCommand<'_>, bot: Option<&str>) {
        let bot = |name: &str| Some(bot.unwrap_or(name).to_owned());
        let (bot, runs) = match order {
            HostCommand::Now => return,
            HostCommand::Start => (None, true),
            HostCommand::Stop => (None, false),
            HostCommand::StartBot(name) => (bot(name), true),
            HostCommand::StopBot(name) => (bot(name), false),
        };
        self.has_changed = true;
        let is_of_bot = |other: &Option<String>| match (other, &bot) {
            (Some(other), Some(bot)) => is_same(other, bot),
            (other, bot) => other == bot,
        };
        self.state.orders.retain(|order| !(is_same(&order.room, room) && is_of_bot(&order.bot)));
        self.state.orders.push(StoredOrder { room: room.to_owned(), bot, runs });
    }

    /// Records that bans or mutes changed.
    pub(super) fn sanctions_changed(&mut self) {
        self.has_changed = true;
    }

    /// Records that the topic of a room of the server changed.
    pub(super) fn topic_changed(&mut self) {
        self.has_changed = true;
    }

    /// The wall clock jumped from `before` to `now`. Moves the ends of bans and mutes with it, so that they last as long as
    /// ordered.
    pub(super) fn move_ends(&mut self, rooms: &mut RoomRuntime, before: SystemTime, now: SystemTime) {
        let are_moved = [rooms.bans().move_ends(before, now), rooms.mutes().move_ends(before, now)];
        self.has_changed |= are_moved.contains(&true);
    }

    /// Whether there are changes to store.
    pub(super) fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Takes the record of the decisions, if they have changed.
    pub(super) fn take_record(&mut self, chat: &Chat, wall: SystemTime) -> Option<Record> {
        let has_ended = std::mem::take(&mut self.has_ended);
        if !std::mem::take(&mut self.has_changed) && !has_ended {
            return None;
        }
        let stored = |sanction: &Sanction| StoredSanction {
            whom: sanction.whom.clone(),
            until: sanction.until,
            left: sanction.until.and_then(|until| until.duration_since(wall).ok()),
            reason: sanction.reason.clone(),
            was: sanction.was.clone(),
        };
        self.state.bans = chat.bans.list(wall).map(stored).collect();
        self.state.mutes = chat.mutes.list(wall).map(stored).collect();
        let servers = chat.rooms().filter(|(_, room)| room.roles().is_none());
        self.state.topics = servers.filter_map(|(_, room)| stored_rooms::stored_topic(room)).collect();
        Some(Record::Decisions(Box::new(self.state.clone())))
    }
}

/// The command for a host or a bot that repeats a stored one.
pub(super) fn order(StoredOrder { bot, runs, .. }: &StoredOrder) -> HostCommand<'_> {
    match (bot, runs) {
        (None, true) => HostCommand::Start,
        (None, false) => HostCommand::Stop,
        (Some(bot), true) => HostCommand::StartBot(bot),
        (Some(bot), false) => HostCommand::StopBot(bot),
    }
}

/// Restores a sanction of an earlier run. While the server was off, a clock that was set cannot be told from time that passed, so
/// the clock is trusted; but no sanction lasts longer than it had left.
fn restored(stored: &StoredSanction, whom: String, wall: SystemTime) -> Sanction {
    let latest = stored.left.and_then(|left| wall.checked_add(left));
    let until = stored.until.map(|until| latest.map_or(until, |latest| latest.min(until)));
    Sanction { whom, until, reason: stored.reason.clone(), was: stored.was.clone() }
}

fn is_same(a: &str, b: &str) -> bool {
    NameKey::of(a) == NameKey::of(b)
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
            rooms.iter().map(|(name, kind)| format!("{name}={}", kind.traits.kind)).collect();
        names.join(" ")
    }

    #[test]
    fn what_is_opened_and_closed_holds_on_the_same_command_line() {
        let mut decisions = OperatorState::new(StoredDecisions::default(), named("lobby,round"), true);
        decisions.opened("hall", hosts::find_kind("lobby").unwrap());
        decisions.closed("Round");
        assert_eq!(names(&decisions), "lobby=lobby hall=lobby");
        decisions.opened("round", hosts::find_kind("chaty").unwrap());
        decisions.closed("hall");
        assert_eq!(names(&decisions), "lobby=lobby round=chaty", "its last kind counts");
        decisions.closed("round");
        decisions.opened("round", hosts::find_kind("round").unwrap());
        assert_eq!(names(&decisions), "lobby=lobby round=round");
        assert_eq!(decisions.state, StoredDecisions::default(), "all is as the command line says");
    }

    #[test]
    fn another_command_line_has_other_rooms() {
        let mut decisions = OperatorState::new(StoredDecisions::default(), named("lobby,round"), true);
        decisions.opened("hall", hosts::find_kind("lobby").unwrap());
        decisions.closed("lobby");
        let decisions = OperatorState::new(decisions.state, named("den=lobby,hall=round"), true);
        assert_eq!(names(&decisions), "den=lobby hall=lobby");
    }

    #[test]
    fn the_last_order_counts() {
        let mut decisions = OperatorState::new(StoredDecisions::default(), named("lobby"), true);
        for order in [
            HostCommand::Stop,
            HostCommand::StopBot("Art"),
            HostCommand::Now,
            HostCommand::StartBot("art"),
            HostCommand::StopBot("sport"),
        ] {
            decisions.keep_order("lobby", order, None);
        }
        let orders: Vec<_> =
            decisions.state.orders.iter().map(|order| (order.bot.as_deref(), order.runs)).collect();
        assert_eq!(orders, [(None, false), (Some("art"), true), (Some("sport"), false)]);
        decisions.closed("lobby");
        assert!(decisions.state.orders.is_empty());
    }
}
