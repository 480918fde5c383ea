//! What the messages of the server change, and how they are shown.

use crate::base::limits::{BELL_INTERVAL, IGNORED_NAMES};
use crate::base::name::NameKey;
use crate::base::time::day_and_minute;
use crate::client::app::App;
use crate::client::key_help;
use crate::client::lines::Line;
use crate::client::plain::{amended, found, renamed, topic_set};
use crate::client::presence_digest::PresenceChange;
use crate::client::room::NEW_MESSAGES;
use crate::client::sentences::LEAVING;
use crate::proto::{ReplayExtent, STOPPING_PLAIN};
use crate::wire::json::{EventFields, SenderKind, ServerMessage, TopicFields};
use crate::wire::marked;
use crate::wire::sentences::earlier as earlier_than;
use std::time::Instant;

impl App {
    pub(super) fn hear(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Hello { .. } => {}
            // The link passes on only this reason: it will connect again.
            ServerMessage::Removed { .. } => self.lose_rooms(STOPPING_PLAIN),
            ServerMessage::Welcome { room, count, present, topic, replayed, earlier, older, .. } => {
                let extent = ReplayExtent { replayed, earlier, may_have_older: older };
                self.enter_room(&room, count, present, earlier_than(extent));
                if let Some((at, topic)) = self.rooms.find(&room).zip(topic) {
                    let TopicFields { text, who, .. } = topic;
                    self.put(at, Line::notice(format!("The topic: {text} (by {who})")));
                }
                if let Some(draft) = self.draft.take() {
                    self.editor.set(draft);
                }
            }
            ServerMessage::Live { room } => {
                let Some(at) = self.rooms.find(&room) else { return };
                if self.rooms.at_mut(at).is_some_and(|room| std::mem::take(&mut room.has_old)) {
                    self.put(at, Line::faint("", NEW_MESSAGES));
                }
            }
            ServerMessage::Gap { room, .. } => self.mark_gap(&room),
            ServerMessage::Parted { room, text } => self.leave_room(&room, text),
            ServerMessage::Said { what }
            | ServerMessage::Acted { what }
            | ServerMessage::Edited { what, .. }
            | ServerMessage::Found { what, .. }
                if self.is_ignored(&what.who) => {}
            ServerMessage::Said { what } => self.hear_said(&what, false, now),
            ServerMessage::Acted { what } => self.hear_said(&what, true, now),
            ServerMessage::Erased { what, message } | ServerMessage::Edited { what, message } => {
                self.hear_amended(&what, message);
            }
            ServerMessage::Found { what, acted, .. } => {
                self.put_here(Line::notice(found(&what, acted, &self.zone)));
            }
            ServerMessage::Private { from, .. } if self.is_ignored(&from) => {}
            ServerMessage::Private { .. } => self.hear_private(message, now),
            ServerMessage::Joined { what } => self.on_presence(&what, true, None, now),
            ServerMessage::Left { what, by } => self.on_presence(&what, false, by.as_deref(), now),
            ServerMessage::Topic { what } => self.hear_change(&what, topic_set(&what)),
            ServerMessage::Changed { what, .. } => {
                let text = what.text.clone().unwrap_or_default();
                self.hear_change(&what, text);
            }
            ServerMessage::Nick { name, was } if name == self.link.name() => {
                self.put_here(Line::notice(format!("You are now {name}, and not {was} any more.")));
            }
            ServerMessage::Nick { name, was } => {
                self.rename(&was, &name);
                self.put_here(Line::notice(renamed(&was, &name)));
            }
            ServerMessage::Gone { name } => self.hear_gone(&name),
            ServerMessage::Renamed { what, was } => self.on_renamed(&what, &was),
            ServerMessage::Rooms { rooms } => self.known.replace(rooms),
            ServerMessage::Room { room } => self.known.update(room),
            ServerMessage::Notice { text, .. } if text == LEAVING => {}
            ServerMessage::Notice { room, text } => {
                let at = room.and_then(|room| self.rooms.find(&room)).unwrap_or(self.rooms.place());
                let pointer = std::mem::take(&mut self.points_to_keys).then_some(key_help::POINTER);
                for line in text.split('\n').chain(pointer) {
                    self.put(at, Line::notice(line));
                }
            }
            ServerMessage::Refused { text, .. } => {
                self.wanted = None;
                self.put_here(Line::notice(text));
            }
        }
    }

    pub(super) fn hear_said(&mut self, what: &EventFields, acted: bool, now: Instant) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        let Some(room) = self.rooms.at_mut(at) else { return };
        let line = Line::said(time, what, acted, self.link.name(), room.roster.hue(&what.who));
        room.has_old |= what.replayed;
        let is_unread = !what.replayed || room.is_back;
        let is_held_back = room.presence.mentions(&what.who, what.text.as_deref().unwrap_or_default());
        if is_held_back {
            self.flush_presence(at);
        }
        // Bots and hosts talk without end, and nobody has to read that.
        if is_unread && what.is == SenderKind::Person {
            self.rooms.count_unread(at, line.is_mention());
        }
        if line.is_mention() && !what.replayed {
            self.ring(line.text(), now);
        }
        self.put(at, line);
    }

    /// Alerts the user to a message, unless it was alerted just before.
    pub(in crate::client) fn ring(&mut self, text: String, now: Instant) {
        if self.rang_at.is_none_or(|at| now >= at + BELL_INTERVAL) {
            (self.alert, self.rang_at) = (Some(text), Some(now));
        }
    }

    /// A room's topic or something else of it has changed.
    pub(super) fn hear_change(&mut self, what: &EventFields, text: String) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        self.flush_presence(at);
        self.put(at, Line::faint(time, text));
    }

    /// A message is erased, or has another text. What the terminal shows already cannot be changed, so the user is told.
    pub(super) fn hear_amended(&mut self, what: &EventFields, message: u64) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let text = what.text.as_deref().map(marked);
        if self.rooms.at_mut(at).is_some_and(|room| room.amend(message, text.as_deref()))
            && !self.is_ignored(&what.who)
        {
            self.hear_change(what, amended(what));
        }
    }

    /// A member joined, left, or was removed by somebody.
    pub(super) fn on_presence(&mut self, what: &EventFields, came: bool, by: Option<&str>, now: Instant) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        let Some(room) = self.rooms.at_mut(at) else { return };
        if came {
            room.roster.joined(&what.who, what.is);
        } else {
            room.roster.left(&what.who);
        }
        match &what.text {
            // A removal is never summarized.
            Some(reason) => {
                self.flush_presence(at);
                let text = match by {
                    Some(by) if reason.is_empty() => format!("{} was removed by {by}", what.who),
                    Some(by) => format!("{} was removed by {by}: {reason}", what.who),
                    None => format!("{} was removed by the host for: {reason}", what.who),
                };
                self.put(at, Line::faint(time, text));
            }
            None => room.presence.add(PresenceChange { name: what.who.clone(), came, time }, now),
        }
    }

    /// A member of a room has another name.
    pub(super) fn on_renamed(&mut self, what: &EventFields, was: &str) {
        self.rename(was, &what.who);
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        self.flush_presence(at);
        if let Some(room) = self.rooms.at_mut(at) {
            room.roster.rename(was, &what.who);
        }
        self.put(at, Line::faint(time, renamed(was, &what.who)));
    }

    /// Whatever is known of a member by its name follows to another name: its private messages, and whether it is ignored.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.rooms.rename_tab(from, to);
        if self.is_ignored(from) && !self.is_ignored(to) {
            if self.ignored_since.len() == IGNORED_NAMES {
                self.ignored_since.pop_front();
            }
            self.ignored_since.push_back(NameKey::of(to));
        }
    }

    /// Formats the time of an event. Adds a line with the date to the room if it has changed.
    pub(in crate::client) fn time(&mut self, at: usize, what: &EventFields) -> String {
        let Some((day, minute)) = day_and_minute(&what.time, &self.zone) else { return String::new() };
        let last = self.rooms.at_mut(at).and_then(|room| room.day.replace(day.clone()));
        if last.is_some_and(|last| last != day) {
            self.flush_presence(at);
            self.put(at, Line::faint("", format!("── {day} ──")));
        }
        minute
    }
}
