//! Seating: members take seats as they join; the cast takes the free ones after a while, or when a person asks for
//! it.

use std::time::Instant;

use rand::seq::SliceRandom;

use crate::base::limits::{
    ROUND_ANSWER_TIMEOUT, ROUND_FILL_DELAY, ROUND_NAME_TRIES, ROUND_START_DELAY, ROUND_STEP_DELAY,
};
use crate::bots::Guest;
use crate::hosts::HostAction;
use crate::hosts::round::{RoundHost, Stage, Step, Variant, words};
use crate::proto::{Kind, MemberInfo};

impl RoundHost {
    /// A person or an external bot joined.
    pub(super) fn on_member_joined(&mut self, who: &MemberInfo, now: Instant) {
        if self.variant == Variant::Game && who.kind == Kind::Person {
            self.tell(who, words::HOW_TO_PLAY);
        }
        if self.stage == Stage::Resting {
            return self.on_joined_at_rest(who, now);
        }
        if self.stage != Stage::Seating || self.seats.free() == 0 {
            let before = self.seats.watch(who);
            return self.tell(who, words::watching(self.stage != Stage::Seating, before));
        }
        let is_first_person = who.kind == Kind::Person && !self.seats.is_a_person_there();
        self.seats.sit(who, None);
        self.announce(&[who.name.as_str()]);
        if who.kind == Kind::Person && self.is_stopped && !self.is_ordered {
            self.tell(who, words::SEATED_WHILE_STOPPED);
        } else if is_first_person && self.seats.free() > 0 {
            self.tell(who, words::seated_first());
        }
        self.settle(now);
    }

    /// A member joined while nobody plays. A person begins a game, unless grave words were said.
    fn on_joined_at_rest(&mut self, who: &MemberInfo, now: Instant) {
        self.seats.watch(who);
        if who.kind == Kind::Person && !self.solemnity.is_on(now) {
            self.play_again(now);
        } else {
            self.tell(who, words::RESTS);
        }
    }

    /// A bot of the cast joined. It is removed if its seat is no longer free.
    pub(super) fn on_guest_joined(&mut self, who: &MemberInfo, guest: Guest, now: Instant) {
        let is_welcome =
            self.stage == Stage::Seating && self.may_call() && !self.stopped_bots.contains(&guest);
        if !is_welcome || self.seats.free() == 0 {
            return self.dismiss(who.name.as_str().to_owned(), words::NOT_NEEDED);
        }
        self.seats.sit(who, Some(guest));
        self.announce(&[who.name.as_str()]);
        self.settle(now);
    }

    /// A seat is free before the suggestion is made. If the table was full, the wait for the cast starts again.
    pub(super) fn seat_freed(&mut self, name: &str, now: Instant) {
        if self.stage == Stage::Welcoming {
            self.stage = Stage::Seating;
            self.agenda.clear();
        }
        self.dismiss_cast_if_idle();
        self.say(words::freed(name, self.seats.free()));
        self.settle(now);
    }

    /// Watchers take free seats. Then a full table begins a round; otherwise the cast is planned or sent away.
    pub(super) fn settle(&mut self, now: Instant) {
        self.dismiss_cast_if_idle();
        let lucky = self.seats.seat_watchers();
        if !lucky.is_empty() {
            self.announce(&lucky.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if self.seats.free() == 0 {
            if !self.is_stopped || self.is_ordered {
                self.welcome(now);
            }
        } else if self.may_call() && !self.is_planned(Step::Call) {
            self.plan(Step::Call, now + ROUND_FILL_DELAY);
        }
    }

    /// Sends the cast away if it may not be called any more.
    fn dismiss_cast_if_idle(&mut self) {
        if self.may_call() {
            return;
        }
        self.cancel(Step::Call);
        for name in self.seats.remove_cast() {
            self.dismiss(name, words::NOT_NEEDED);
        }
    }

    /// `/ready`.
    pub(super) fn ready(&mut self, by: &MemberInfo, now: Instant) {
        if self.variant == Variant::Game {
            self.seats.wake(by.name.as_str());
        }
        let may_begin = by.kind == Kind::Person && !self.is_stopped;
        match self.stage {
            Stage::Resting if may_begin => return self.play_again(now),
            Stage::Between if may_begin && self.seats.of(by.name.as_str()).is_some() => {
                return self.play_again(now);
            }
            _ => {}
        }
        let why_not = match () {
            () if self.stage == Stage::Resting && self.is_stopped => words::READY_STOPPED,
            () if self.stage == Stage::Resting => words::READY_NO_PERSON,
            () if self.stage != Stage::Seating => words::READY_UNDER_WAY,
            () if self.seats.of(by.name.as_str()).is_none() => words::READY_NOT_SEATED,
            () if by.kind != Kind::Person => words::READY_NO_PERSON,
            () if !self.may_call() => words::READY_STOPPED,
            () if self.callable().len() < self.seats.free() => words::READY_TOO_FEW,
            () if self.spawning.is_some() => words::READY_COMING,
            () => return self.call(now),
        };
        self.tell(by, why_not);
    }

    /// Calls a bot of the cast. If it has not joined when the next one is called, it counts as refused.
    pub(super) fn call(&mut self, now: Instant) {
        self.refused.extend(self.spawning.take().map(|(_, name)| name));
        self.cancel(Step::Call);
        if self.stage != Stage::Seating || !self.may_call() || self.seats.free() == 0 {
            return;
        }
        if let Some((guest, name)) = self.candidate() {
            self.actions.push_back(HostAction::SpawnBot(name.clone()));
            self.spawning = Some((guest, name));
            self.plan(Step::Call, now + ROUND_STEP_DELAY);
            return;
        }
        self.say(words::nobody_comes(self.seats.free()));
        self.refused.clear();
        if !self.callable().is_empty() {
            self.plan(Step::Call, now + ROUND_ANSWER_TIMEOUT);
        }
    }

    /// The bots of the cast that may be called.
    pub(super) fn callable(&self) -> Vec<Guest> {
        let may_come =
            |guest: &Guest| !self.stopped_bots.contains(guest) && self.seats.name_of(*guest).is_none();
        Guest::ALL.into_iter().filter(may_come).collect()
    }

    /// Whether the cast may take free seats: a person is there, or the operator asked for a round.
    fn may_call(&self) -> bool {
        self.is_ordered || (!self.is_stopped && self.seats.is_a_person_there())
    }

    /// The next bot to call, and its name. Numbered names are tried after all plain ones.
    fn candidate(&mut self) -> Option<(Guest, String)> {
        let mut guests = self.callable();
        guests.shuffle(&mut self.rng);
        let names = (1..=ROUND_NAME_TRIES).flat_map(|n| {
            guests.iter().map(move |guest| match n {
                1 => (*guest, guest.name().to_owned()),
                _ => (*guest, format!("{}_{n}", guest.name())),
            })
        });
        names.into_iter().find(|(_, name)| !self.refused.contains(name) && !self.seats.knows(name))
    }

    fn announce(&mut self, names: &[&str]) {
        self.say(words::seated(names, self.seats.free()));
    }

    /// All seats are taken.
    fn welcome(&mut self, now: Instant) {
        self.start_over();
        self.stage = Stage::Welcoming;
        let names: Vec<String> = self.seats.names().into_iter().map(str::to_owned).collect();
        let text = self.fresh(|rng| words::welcome(&names, rng));
        self.say(text);
        self.plan(Step::Suggest, now + ROUND_START_DELAY);
    }
}
