//! What people say in a game: answers, to which the cast reacts, votes, and grave words, after which nobody jokes.

use std::time::Instant;

use rand::seq::IndexedRandom;

use crate::base::limits::{ROUND_READING_TIME, ROUND_TALK_WAIT};
use crate::bots::analysis::{Concern, concern};
use crate::bots::shuffle_bag::fill_within;
use crate::bots::{Guest, Remark};
use crate::hosts::round::{RoundHost, Stage, Step, words};
use crate::hosts::{HostAction, RoomMessage};
use crate::proto::{Kind, MemberInfo};

impl RoundHost {
    /// A member that is not of the cast said something during a game, or between two.
    pub(super) fn listen(&mut self, by: &MemberInfo, message: &RoomMessage<'_>, now: Instant) {
        let name = by.name.as_str();
        self.seats.wake(name);
        // What nobody may read any more still counts as an answer.
        let text = (message.read)().unwrap_or_default();
        if by.kind == Kind::Person
            && let Some(grave @ (Concern::Crisis | Concern::Grave)) = concern(text)
        {
            return self.be_kind(grave, name, now);
        }
        match self.stage {
            Stage::Resting if by.kind == Kind::Person && !self.solemnity.is_on(now) => {
                self.play_again(now);
            }
            Stage::Answering if self.seats.of(name).is_some() => {
                let is_person = by.kind == Kind::Person;
                let is_talk = is_person && self.note(name, text, &(message.mentions)(), now);
                if !is_talk {
                    self.has_answered(name, now);
                }
            }
            Stage::Voting => self.hear_vote(by, text, now),
            _ => {}
        }
    }

    /// Remembers what a person says, if it is its answer or calls a bot of the cast, so that one reacts to it. Returns whether
    /// it is only talk, and the answer may still come.
    fn note(&mut self, name: &str, text: &str, mentions: &[&str], now: Instant) -> bool {
        let Some(suggestion) = self.suggestion else { return false };
        let called = self.seats.cast().into_iter().find(|(cast, _)| mentions.contains(&cast.as_str()));
        let called = called.map(|(_, guest)| guest).filter(|guest| !self.game.reacted.contains(guest));
        let remark = Remark::new(name, text, &suggestion);
        let is_to_somebody = mentions.iter().any(|mentioned| *mentioned != name);
        let is_talk = self.is_awaited(name) && self.is_talk(&remark, is_to_somebody, now);
        let is_answer = self.is_awaited(name) && !is_talk;
        self.game.talkers.retain(|talker| talker != name);
        if is_talk {
            self.game.talkers.push(name.to_owned());
            self.plan(Step::AcceptTalk, now + ROUND_TALK_WAIT);
        } else {
            self.game.add_remark(remark.clone());
        }
        if !is_answer && called.is_none() {
            return is_talk;
        }
        self.game.unheard.push_back((remark, called));
        if self.reaction().is_none() {
            self.game.unheard.pop_back();
        } else if !self.is_planned(Step::Answer) {
            self.plan_answer(now);
        }
        is_talk
    }

    /// Whether words are no answer: they say neither yes nor no nor anything to the point, and are meant for somebody, or were
    /// typed before the suggestion was read. Once guests are reminded, all words count.
    fn is_talk(&self, remark: &Remark, is_to_somebody: bool, now: Instant) -> bool {
        let is_early = self.game.asked_at.is_some_and(|at| now < at + ROUND_READING_TIME);
        let is_to_the_point = remark.approves.is_some() || remark.word().is_some();
        self.is_planned(Step::Nudge) && !is_to_the_point && (is_to_somebody || is_early)
    }

    /// The bots of the cast that can react to what was said first; if it calls one of them, that one, else those that have given
    /// their own answers, if any. `None`: nothing was said, or all of them have reacted.
    pub(super) fn reaction(&self) -> Option<Vec<(String, Guest)>> {
        let (_, called) = self.game.unheard.front()?;
        let mut able = self.seats.cast();
        able.retain(|(_, guest)| !self.game.reacted.contains(guest));
        if let Some(called) = able.iter().find(|(_, guest)| Some(*guest) == *called) {
            return Some(vec![called.clone()]);
        }
        let has_answered = |(name, _): &(String, Guest)| !self.is_awaited(name);
        if able.iter().any(has_answered) {
            able.retain(has_answered);
        }
        (!able.is_empty()).then_some(able)
    }

    /// Lets a bot of the cast react to a person. Returns whether one did.
    pub(super) fn react(&mut self) -> bool {
        let able = self.reaction();
        let Some((bot, guest)) = able.as_deref().and_then(|able| able.choose(&mut self.rng)).cloned() else {
            return false;
        };
        let Some((remark, called)) = self.game.unheard.pop_front() else { return false };
        self.game.reacted.push(guest);
        let text = self.fresh(|rng| guest.react(&remark, called == Some(guest), rng));
        self.actions.push_back(HostAction::SayAs { bot, text });
        true
    }

    /// After grave words the host says something kind at most, the game is over, and nobody jokes for a while. Whoever does not
    /// play ends no game.
    fn be_kind(&mut self, concern: Concern, name: &str, now: Instant) {
        if let Some(bag) = self.solemnity.begin(concern, false, now) {
            let line = self.common.draw(bag, &mut self.rng);
            self.say(fill_within(line, &[("{name}", name)]));
        }
        let was_game = self.stage != Stage::Resting;
        if was_game && self.seats.of(name).is_none() {
            return;
        }
        self.rest();
        if was_game {
            let people: Vec<MemberInfo> = self
                .seats
                .iter()
                .map(|seat| &seat.who)
                .filter(|who| who.kind == Kind::Person)
                .cloned()
                .collect();
            for who in people {
                self.tell(&who, words::RESTS_FOR_A_WHILE);
            }
        }
    }
}
