//! The host of rounds. Four guests take seats. In a game they get three suggestions, talk about them, vote, and keep their
//! seats for the next game. In a classic round they get one suggestion, answer once each, say goodbye and leave.
//!
//! This file receives events and keeps the agenda. `seating` fills the seats, `asking` makes suggestions, `listening` has
//! what people say in a game, `voting` the vote, `ending` what follows, and `words` the sentences.

mod asking;
mod ending;
mod game;
mod kinds;
mod listening;
mod operator;
mod recent;
mod seating;
mod seats;
#[cfg(test)]
mod tests;
mod voting;
mod words;

use std::collections::VecDeque;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::base::limits::ROUND_RECENT_LINES;
use crate::bots::shuffle_bag::{PhraseBook, ShuffleBag};
use crate::bots::{Guest, Solemnity, Suggestion};
use crate::hosts::round::game::Game;
use crate::hosts::round::kinds::Variant;
use crate::hosts::round::recent::RecentLines;
use crate::hosts::round::seats::Seats;
use crate::hosts::{Host, HostAction, HostCommand, RoomMessage};
use crate::proto::MemberInfo;

pub(super) use kinds::{CLASSIC, KIND};

/// The host of rounds. A cast of four bots takes the seats that nobody else takes.
#[derive(Debug)]
pub struct RoundHost {
    variant: Variant,
    /// The room's name, to join it again.
    room: String,
    seats: Seats,
    stage: Stage,
    /// The planned steps and their times. Each kind of step occurs at most once.
    agenda: Vec<(Instant, Step)>,
    actions: VecDeque<HostAction>,
    /// The bot of the cast that was called and has neither joined nor been refused, and its name.
    spawning: Option<(Guest, String)>,
    /// Names refused since the last round.
    refused: Vec<String>,
    /// Bots of the cast that the operator has stopped.
    stopped_bots: Vec<Guest>,
    /// The operator has stopped rounds.
    is_stopped: bool,
    /// The operator asked for this round, so it begins even when rounds are stopped.
    is_ordered: bool,
    /// The names of the guests that have answered the latest suggestion, in order.
    answered: Vec<String>,
    /// The game, if one is played.
    game: Game,
    /// The latest suggestion.
    suggestion: Option<Suggestion>,
    /// The latest lines of the host and its cast.
    recent: RecentLines,
    /// The sentences in which the host has suggested nothing yet.
    frames: ShuffleBag,
    /// What the host says in a game.
    book: PhraseBook,
    /// What it says to somebody who is sad.
    common: PhraseBook,
    solemnity: Solemnity,
    rng: StdRng,
}

/// The stage of a round or game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No round: seats are free, or rounds are stopped.
    Seating,
    /// The guests are welcomed; the suggestion follows.
    Welcoming,
    /// The guests answer.
    Answering,
    /// The answers or votes of a game are in; the host goes on.
    Turning,
    /// The guests vote.
    Voting,
    /// The cast takes its leave; after a classic round, so do the others.
    Ending,
    /// A game is over; the next one begins soon.
    Between,
    /// Nobody plays. The next game begins when a person speaks or comes. The cast is not there.
    Resting,
}

/// A planned step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Call a bot of the cast.
    Call,
    /// Make the suggestion.
    Suggest,
    /// Let a bot of the cast answer, react or vote.
    Answer,
    /// Remind the guests that have not answered or voted.
    Nudge,
    /// Let what guests have talked count as their answers.
    AcceptTalk,
    /// Stop waiting for them.
    PassOver,
    /// Comment on the answers; then the next suggestion or the vote follows.
    GoOn,
    /// Count the votes.
    Count,
    /// Begin the next game.
    Next,
    /// Thank the guests.
    Thank,
    /// Let a bot of the cast say goodbye. After the last one, remove the guests of a classic round.
    Part,
}

impl RoundHost {
    /// A host for the room with this name, whose random choices follow from `seed`.
    fn new(variant: Variant, room: &str, seed: u64) -> RoundHost {
        RoundHost {
            variant,
            room: room.to_owned(),
            seats: Seats::default(),
            stage: Stage::Seating,
            agenda: Vec::new(),
            actions: VecDeque::new(),
            spawning: None,
            refused: Vec::new(),
            stopped_bots: Vec::new(),
            is_stopped: false,
            is_ordered: false,
            answered: Vec::new(),
            game: Game::default(),
            suggestion: None,
            recent: RecentLines::new(ROUND_RECENT_LINES),
            frames: Suggestion::frames(),
            book: PhraseBook::parse(include_str!("phrases/host.txt")),
            common: PhraseBook::common(),
            solemnity: Solemnity::default(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    fn say(&mut self, text: impl Into<String>) {
        self.actions.push_back(HostAction::Say(text.into()));
    }

    fn tell(&mut self, who: &MemberInfo, text: impl Into<String>) {
        self.actions.push_back(HostAction::Tell { to: who.name.as_str().to_owned(), text: text.into() });
    }

    fn dismiss(&mut self, name: String, text: &str) {
        self.actions.push_back(HostAction::RemoveMember { who: name, text: text.to_owned() });
    }

    /// A line from `draw`, not a recent one if possible. It may name guests and the suggestion.
    fn fresh(&mut self, draw: impl Fn(&mut StdRng) -> String) -> String {
        let mut words: Vec<String> = self.seats.names().into_iter().map(str::to_owned).collect();
        if let Some(suggestion) = &self.suggestion {
            words.splice(0..0, [suggestion.phrase(), suggestion.subject.to_owned()]);
        }
        self.recent.fresh(&words, &mut self.rng, draw)
    }

    /// Plans a step. It replaces a planned step of the same kind.
    fn plan(&mut self, step: Step, at: Instant) {
        self.cancel(step);
        self.agenda.push((at, step));
    }

    fn cancel(&mut self, step: Step) {
        self.agenda.retain(|(_, planned)| *planned != step);
    }

    fn is_planned(&self, step: Step) -> bool {
        self.agenda.iter().any(|(_, planned)| *planned == step)
    }

    /// Takes the step that has been due longest off the agenda.
    fn next_step(&mut self, now: Instant) -> Option<Step> {
        let due = self.agenda.iter().enumerate().filter(|(_, (at, _))| *at <= now);
        let (index, _) = due.min_by_key(|(_, (at, _))| *at)?;
        Some(self.agenda.swap_remove(index).1)
    }

    /// Only the cast is left: it leaves without a word.
    fn give_up(&mut self) {
        for name in self.seats.remove_cast() {
            self.dismiss(name, words::NOT_NEEDED);
        }
        self.start_over();
    }

    /// A seat has become free.
    fn on_seat_freed(&mut self, name: &str, was_done: bool, now: Instant) {
        match self.stage {
            _ if !self.seats.is_anybody_there() => self.give_up(),
            Stage::Seating | Stage::Welcoming => self.seat_freed(name, now),
            // Only the cast is left at the table, and somebody watches.
            Stage::Answering | Stage::Turning | Stage::Voting | Stage::Between
                if self.variant == Variant::Game && !self.seats.is_a_member_seated() =>
            {
                self.play_again(now);
            }
            Stage::Answering => {
                if !was_done {
                    self.say(words::without(name));
                }
                self.end_if_all_are_done(now);
            }
            Stage::Voting => {
                self.game.votes.retain(|(voter, _)| voter != name);
                self.end_if_all_are_done(now);
            }
            Stage::Turning => self.game.votes.retain(|(voter, _)| voter != name),
            Stage::Ending | Stage::Between | Stage::Resting => {}
        }
    }
}

impl Host for RoundHost {
    fn on_join(&mut self, who: &MemberInfo, now: Instant) {
        let name = who.name.as_str();
        match self.spawning.take_if(|(_, spawning)| spawning == name) {
            Some((guest, _)) => self.on_guest_joined(who, guest, now),
            None if self.seats.knows(name) => {}
            None => self.on_member_joined(who, now),
        }
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        match self.seats.remove(who.name.as_str()) {
            Some(seat) => self.on_seat_freed(seat.who.name.as_str(), seat.is_done, now),
            None if !self.seats.is_anybody_there() => self.give_up(),
            None => {}
        }
    }

    fn on_renamed(&mut self, from: &str, to: &MemberInfo, _: Instant) {
        self.seats.rename(from, to);
        self.game.rename(from, to.name.as_str());
        for name in self.answered.iter_mut().filter(|name| *name == from) {
            to.name.as_str().clone_into(name);
        }
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        let Some(by) = message.by else { return };
        let name = by.name.as_str();
        match self.variant {
            // The first message after the suggestion is the answer.
            Variant::Classic if self.stage == Stage::Answering => self.has_answered(name, now),
            Variant::Game if self.seats.of(name).is_none_or(|seat| seat.guest.is_none()) => {
                self.listen(by, message, now);
            }
            Variant::Classic | Variant::Game => {}
        }
    }

    fn on_timer(&mut self, now: Instant) {
        while let Some(step) = self.next_step(now) {
            match step {
                Step::Call => self.call(now),
                Step::Suggest => self.suggest(now),
                Step::Answer if self.stage == Stage::Voting => self.have_one_vote(now),
                Step::Answer => self.have_one_answer(now),
                Step::Nudge => self.nudge(),
                Step::AcceptTalk => self.accept_talk(now),
                Step::PassOver => self.pass_over(now),
                Step::GoOn => self.go_on(now),
                Step::Count => self.count(now),
                Step::Next => self.play_again(now),
                Step::Thank => self.thank(now),
                Step::Part => self.part(now),
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.agenda.iter().map(|(at, _)| *at).min()
    }

    fn poll(&mut self) -> Option<HostAction> {
        self.actions.pop_front()
    }

    fn on_slash_command(&mut self, by: &MemberInfo, name: &str, rest: &str, now: Instant) -> bool {
        let is = |command: &str| name.eq_ignore_ascii_case(command);
        match () {
            () if is("ready") => self.ready(by, now),
            () if is("vote") && self.variant == Variant::Game => self.vote(by, rest, now),
            () => return false,
        }
        true
    }

    fn on_bot_refused(&mut self, name: &str, now: Instant) {
        if self.spawning.as_ref().is_some_and(|(_, spawning)| spawning == name) {
            // The next planned call is made now, for this seat.
            self.call(now);
        }
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        match command {
            HostCommand::Start => self.start(now),
            HostCommand::Stop => self.stop(now),
            HostCommand::Now => self.begin(now),
            HostCommand::StartBot(name) => self.start_bot(name.parse()?, now),
            HostCommand::StopBot(name) => self.stop_bot(name.parse()?, now),
        }
    }

    fn bots(&self) -> Vec<(String, bool)> {
        Guest::ALL.map(|guest| (guest.name().to_owned(), !self.stopped_bots.contains(&guest))).to_vec()
    }
}
