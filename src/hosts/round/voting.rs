//! The vote that ends a game: the ballot, the votes of people and of the cast, and what comes of it.

use std::time::Instant;

use rand::seq::{IndexedRandom, SliceRandom};

use crate::base::limits::ROUND_VOTE_TIMEOUT;
use crate::bots::{Ballot, Guest};
use crate::hosts::HostAction;
use crate::hosts::round::game::Count;
use crate::hosts::round::{RoundHost, Stage, Step, words};
use crate::proto::{Kind, MemberInfo};

impl RoundHost {
    /// Reads out the ballot.
    pub(super) fn open_vote(&mut self, now: Instant) {
        self.game.ballot = Ballot::new(&self.game.suggestions);
        self.stage = Stage::Voting;
        self.seats.ask();
        let introduction = self.book.draw("vote", &mut self.rng);
        self.say(introduction);
        self.say(self.game.ballot.worded());
        self.plan_answer(now);
        self.plan(Step::Nudge, now + ROUND_VOTE_TIMEOUT / 2);
        self.plan(Step::PassOver, now + ROUND_VOTE_TIMEOUT);
    }

    /// A member said something while votes are awaited. A guest that votes for nothing is told once how to vote.
    pub(super) fn hear_vote(&mut self, by: &MemberInfo, text: &str, now: Instant) {
        let name = by.name.as_str();
        if self.seats.of(name).is_none() {
            return;
        }
        if let Some(option) = self.game.ballot.choice(text) {
            return self.take_vote(name, option, now);
        }
        let is_told = self.game.told.iter().any(|told| told == name);
        if by.kind == Kind::Person && self.is_awaited(name) && !is_told {
            self.game.told.push(name.to_owned());
            self.tell(by, words::WHICH_VOTE);
        }
    }

    /// `/vote`.
    pub(super) fn vote(&mut self, by: &MemberInfo, text: &str, now: Instant) {
        let name = by.name.as_str();
        self.seats.wake(name);
        match self.game.ballot.choice(text) {
            _ if self.seats.of(name).is_none() => self.tell(by, words::VOTE_NOT_SEATED),
            _ if self.stage != Stage::Voting => self.tell(by, words::VOTE_LATER),
            None => self.tell(by, words::WHICH_VOTE),
            Some(option) => {
                self.tell(by, words::voted(option + 1));
                self.take_vote(name, option, now);
            }
        }
    }

    fn take_vote(&mut self, name: &str, option: usize, now: Instant) {
        self.game.vote(name, option);
        self.seats.done(name);
        self.end_if_all_are_done(now);
    }

    /// Lets a bot of the cast vote. Who votes as others do waits for the others.
    pub(super) fn have_one_vote(&mut self, now: Instant) {
        let mut guests = self.seats.cast();
        guests.retain(|(name, _)| self.is_awaited(name));
        guests.shuffle(&mut self.rng);
        let Some((name, guest)) =
            guests.iter().find(|(_, guest)| *guest != Guest::Rateb).or(guests.first()).cloned()
        else {
            return;
        };
        self.plan_answer(now);
        let is_by_person =
            |voter: &str| self.seats.of(voter).is_some_and(|seat| seat.who.kind == Kind::Person);
        let mut before = self.game.votes.clone();
        if before.iter().any(|(voter, _)| is_by_person(voter)) {
            before.retain(|(voter, _)| is_by_person(voter));
        } else if guest == Guest::Rateb && !self.seats.awaited().is_empty() {
            return;
        }
        let Some(option) = guest.vote(&self.game.ballot, &before, &mut self.rng) else { return };
        let ballot = self.game.ballot.clone();
        let text = self.fresh(|rng| guest.vote_line(&ballot, option, &before, rng));
        self.actions.push_back(HostAction::SayAs { bot: name.clone(), text });
        self.take_vote(&name, option, now);
    }

    /// Counts the votes, and tells the result and what came of it.
    pub(super) fn count(&mut self, now: Instant) {
        if let Some(count) = self.game.count(&mut self.rng) {
            let result = self.result(&count);
            let epilogue = self.epilogue(count.chosen);
            self.say(result);
            self.say(epilogue);
        }
        self.conclude(now);
    }

    fn result(&mut self, count: &Count) -> String {
        let all = self.game.votes.len();
        let bag = match (count.votes, count.best.len()) {
            (0, _) => "nobody",
            (_, 2..) => "tie",
            (1, _) if all == 1 => "alone",
            (votes, _) if votes == all => "unanimous",
            _ => "won",
        };
        words::result(self.book.draw(bag, &mut self.rng), count, all)
    }

    /// What came of the suggestion that was chosen.
    fn epilogue(&mut self, chosen: usize) -> String {
        let Some(suggestion) = self.game.ballot.options().get(chosen).copied() else { return String::new() };
        let mut names: Vec<String> = self.seats.names().into_iter().map(str::to_owned).collect();
        names.shuffle(&mut self.rng);
        let one = names.first().map_or("nobody", String::as_str);
        // Whoever is alone does both.
        let other = names.get(1).map_or(one, String::as_str);
        words::epilogue(self.book.draw(suggestion.action, &mut self.rng), suggestion.subject, one, other)
    }

    /// The host's words after the answers to a suggestion.
    pub(super) fn comment(&mut self) -> String {
        let (yes, no) = (self.game.who(true), self.game.who(false));
        let with_word: Vec<_> = self.game.remarks.iter().filter(|remark| remark.word().is_some()).collect();
        let (bag, names, others) = match (yes.is_empty(), no.is_empty()) {
            (false, true) => ("all for", yes, no),
            (true, false) => ("all against", no, yes),
            (false, false) => ("split", yes, no),
            (true, true) if with_word.is_empty() => ("plain", yes, no),
            (true, true) => ("word", yes, no),
        };
        let remark = with_word.choose(&mut self.rng);
        let word = remark.and_then(|remark| remark.word()).unwrap_or_default();
        let name = remark.map_or("", |remark| remark.name.as_str());
        words::comment(self.book.draw(bag, &mut self.rng), &names, &others, name, word)
    }
}
