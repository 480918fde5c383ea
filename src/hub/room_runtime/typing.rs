//! Who is typing, for members that watch it. It is told soon, never kept, and dropped when it is too much.

use std::collections::{BTreeSet, HashMap};
use std::time::{Instant, SystemTime};

use crate::base::limits::{TYPING_DELAY, TYPING_INTERVAL, TYPING_TOLD_PER_TURN, TYPISTS};
use crate::chat::{Chat, TypingPlace};
use crate::proto::{Event, MemberId, ProgramEvent, TypingState, TypingTo};

/// Who watches, and who typed.
#[derive(Debug, Default)]
pub(super) struct Typing {
    watchers: BTreeSet<MemberId>,
    /// When each member began to type last, and whether it still did when it told that last.
    typed: HashMap<MemberId, (Instant, TypingState)>,
    /// Who types where, and is not told yet: at most [`TYPISTS`] in a place.
    typists: Vec<(TypingPlace, MemberId, TypingState)>,
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
        self.typists.retain(|(place, who, _)| *who != member && *place != TypingPlace::With(member));
    }

    /// A member is typing, pauses, or is done: that it ends is told once for each time that it begins.
    pub(super) fn types(&mut self, who: MemberId, place: TypingPlace, state: TypingState, now: Instant) {
        let last = self.typed.get(&who).copied();
        let begin = match (state, last) {
            (TypingState::Active, Some((at, _))) if now.saturating_duration_since(at) < TYPING_INTERVAL => {
                return;
            }
            (TypingState::Active, _) => now,
            (_, Some((at, before))) if before < state => at,
            _ => return,
        };
        let of_who = self.typists.iter_mut().find(|(at, typist, _)| *at == place && *typist == who);
        if let Some((.., untold)) = of_who {
            *untold = state;
        } else {
            let others = self.typists.iter().filter(|(at, ..)| *at == place).count();
            if self.watchers.is_empty() || others >= TYPISTS {
                return;
            }
            self.typists.push((place, who, state));
        }
        self.typed.insert(who, (begin, state));
        self.due.get_or_insert(now + TYPING_DELAY);
    }

    /// When somebody is to be told.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// What members are to be told, if that is due. `time`: that of the wall clock.
    pub(super) fn on_timer(&mut self, chat: &Chat, now: Instant, time: SystemTime) -> Vec<(MemberId, Event)> {
        if self.due.take_if(|at| *at <= now).is_none() {
            return Vec::new();
        }
        let mut told = Vec::new();
        for (place, typist, state) in self.typists.drain(..) {
            let (who, is_heard) = (chat.who(typist).name.clone(), |member: &MemberId| {
                self.watchers.contains(member) && !chat.ignores(*member, typist)
            });
            let event = |member, to| {
                let (who, is_own) = (who.clone(), member == typist);
                (member, Event::Program(ProgramEvent::Typing { to, who, state, time, is_own }))
            };
            let left = TYPING_TOLD_PER_TURN - told.len();
            match place {
                TypingPlace::Room(id) => {
                    let Some(room) = chat.room(id).filter(|room| room.holds(typist)) else { continue };
                    // Whoever hears one speaker only does not learn who else would speak.
                    let hears = |member: &MemberId| {
                        is_heard(member) && (*member == typist || room.is_unfiltered(*member))
                    };
                    let to = || TypingTo::Room(room.room_name());
                    told.extend(room.present().filter(hears).take(left).map(|member| event(member, to())));
                }
                TypingPlace::With(partner) => {
                    let to = || TypingTo::Member(chat.who(partner).name.clone());
                    let both = [typist, partner].into_iter().filter(is_heard);
                    told.extend(both.take(left).map(|member| event(member, to())));
                }
            }
        }
        told
    }
}
