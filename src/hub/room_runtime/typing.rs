//! Who is typing, for members that watch it. It is told soon, never kept, and dropped when it is too much.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use crate::base::limits::{TYPING_DELAY, TYPING_INTERVAL, TYPING_TOLD_PER_TURN, TYPISTS};
use crate::chat::Chat;
use crate::proto::{Event, MemberId, ProgramEvent, RoomId};

/// Who watches, and who typed.
#[derive(Debug, Default)]
pub(super) struct Typing {
    watchers: BTreeSet<MemberId>,
    /// When each member typed last.
    typed: HashMap<MemberId, Instant>,
    /// Who types where, and is not told yet: at most [`TYPISTS`] in a room.
    typists: Vec<(RoomId, MemberId)>,
    /// When that is told.
    due: Option<Instant>,
}

impl Typing {
    /// A member hears from now on who is typing in its rooms.
    pub(super) fn watch(&mut self, member: MemberId) {
        self.watchers.insert(member);
    }

    /// A member is none any more.
    pub(super) fn remove(&mut self, member: MemberId) {
        self.watchers.remove(&member);
        self.typed.remove(&member);
        self.typists.retain(|(_, who)| *who != member);
    }

    /// A member is typing.
    pub(super) fn types(&mut self, who: MemberId, room: RoomId, now: Instant) {
        let is_early = |at: &Instant| now.saturating_duration_since(*at) < TYPING_INTERVAL;
        let others = self.typists.iter().filter(|(of, _)| *of == room).count();
        if self.watchers.is_empty() || others >= TYPISTS || self.typed.get(&who).is_some_and(is_early) {
            return;
        }
        self.typed.insert(who, now);
        self.typists.push((room, who));
        self.due.get_or_insert(now + TYPING_DELAY);
    }

    /// When somebody is to be told.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// What members are to be told, if that is due.
    pub(super) fn on_timer(&mut self, chat: &Chat, now: Instant) -> Vec<(MemberId, Event)> {
        if self.due.take_if(|at| *at <= now).is_none() {
            return Vec::new();
        }
        let mut told = Vec::new();
        for (id, typist) in self.typists.drain(..) {
            let Some(room) = chat.room(id).filter(|room| room.holds(typist)) else { continue };
            let event = ProgramEvent::Typing { room: room.room_name(), who: chat.who(typist).name.clone() };
            // Whoever hears one speaker only does not learn who else would speak.
            let hears = |member: &MemberId| {
                *member != typist
                    && self.watchers.contains(member)
                    && room.is_unfiltered(*member)
                    && !chat.ignores(*member, typist)
            };
            let left = TYPING_TOLD_PER_TURN - told.len();
            told.extend(
                room.present().filter(hears).take(left).map(|member| (member, Event::Program(event.clone()))),
            );
        }
        told
    }
}
