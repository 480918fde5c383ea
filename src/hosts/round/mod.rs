//! The host of a round: four take seats, are made one suggestion, answer once each, say goodbye and leave.
//!
//! Here it hears what happened and keeps its agenda. How seats are taken stands in `gathering`, what happens at a full
//! table in `playing`, what is said in `words`.

mod gathering;
mod orders;
mod playing;
mod seats;
#[cfg(test)]
mod tests;
mod words;

use std::collections::VecDeque;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::base::limits::ROUND_RECENT_LINES;
use crate::bots::{Guest, Suggestion};
use crate::chat::RoomTraits;
use crate::hosts::kind::{USUAL_JOINED, USUAL_LEFT};
use crate::hosts::round::seats::Seats;
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage};
use crate::proto::Who;

/// Socket Bots.
pub(super) static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "round",
        purpose: "four guests, one suggestion, one answer each, and everybody leaves",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: false,
        quiet: &[],
        commands: &[("/ready", "have the cast take the free seats at once")],
    },
    host: |setup, room| Box::new(RoundHost::new(room, setup.seed)),
};

/// Has four guests at a time. Seats that nobody takes go to a cast of four.
#[derive(Debug)]
pub struct RoundHost {
    /// The room's name, as one types it to come back.
    room: String,
    seats: Seats,
    stage: Stage,
    /// What is to be done, and when: few things, and each kind of them once.
    agenda: Vec<(Instant, Step)>,
    actions: VecDeque<HostAction>,
    /// Which of the cast was asked to come, under which name, and neither came nor was refused yet.
    coming: Option<(Guest, String)>,
    /// Names that were refused since the last round.
    refused: Vec<String>,
    /// Those of the cast that the operator does not want.
    barred: Vec<Guest>,
    /// The operator wants no further round.
    is_stopped: bool,
    /// The operator wants this round, whatever else holds.
    is_ordered: bool,
    /// The names of those who answered, in order.
    answered: Vec<String>,
    /// What was suggested last.
    suggestion: Option<Suggestion>,
    /// What was said last by the host and its cast, the latest last.
    lines: VecDeque<String>,
    rng: StdRng,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is none yet: seats are free, or the operator wants no round.
    Gathering,
    /// Everybody is welcomed, and nothing suggested yet.
    Welcoming,
    /// Answers are awaited.
    Answering,
    /// All have answered, and take their leave.
    Ending,
}

/// What is done when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// One of the cast is called.
    Call,
    /// The suggestion is made.
    Suggest,
    /// One of the cast answers.
    Answer,
    /// Those who are waited for are told so.
    Nudge,
    /// They are waited for no longer.
    PassOver,
    /// The host thanks.
    Thank,
    /// One of the cast says goodbye, or, when none is left, the others leave.
    Part,
}

impl RoundHost {
    /// A host for the room of this name, that chooses from `seed`.
    pub fn new(room: &str, seed: u64) -> RoundHost {
        RoundHost {
            room: room.to_owned(),
            seats: Seats::default(),
            stage: Stage::Gathering,
            agenda: Vec::new(),
            actions: VecDeque::new(),
            coming: None,
            refused: Vec::new(),
            barred: Vec::new(),
            is_stopped: false,
            is_ordered: false,
            answered: Vec::new(),
            suggestion: None,
            lines: VecDeque::new(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    fn say(&mut self, text: impl Into<String>) {
        self.actions.push_back(HostAction::Say(text.into()));
    }

    fn tell(&mut self, who: &Who, text: impl Into<String>) {
        self.actions.push_back(HostAction::Tell { to: who.name.as_str().to_owned(), text: text.into() });
    }

    fn dismiss(&mut self, name: String, text: &str) {
        self.actions.push_back(HostAction::RemoveMember { who: name, text: text.to_owned() });
    }

    /// A line chosen by `choose`, and not one of the last if that can be helped.
    fn fresh(&mut self, choose: impl Fn(&mut StdRng) -> String) -> String {
        let mut line = choose(&mut self.rng);
        for _ in 0..ROUND_RECENT_LINES {
            if !self.lines.contains(&line) {
                break;
            }
            line = choose(&mut self.rng);
        }
        if self.lines.len() == ROUND_RECENT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.clone());
        line
    }

    /// Plans a step, instead of one of the same kind.
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

    /// The step that is due longest, which is on the agenda no more.
    fn next_step(&mut self, now: Instant) -> Option<Step> {
        let due = self.agenda.iter().enumerate().filter(|(_, (at, _))| *at <= now);
        let (index, _) = due.min_by_key(|(_, (at, _))| *at)?;
        Some(self.agenda.swap_remove(index).1)
    }

    /// Nobody is there but the cast, which leaves without a word.
    fn give_up(&mut self) {
        for name in self.seats.remove_cast() {
            self.dismiss(name, words::NOT_NEEDED);
        }
        self.start_over();
    }

    /// All is as it was before anybody came.
    fn start_over(&mut self) {
        self.stage = Stage::Gathering;
        self.agenda.clear();
        self.refused.clear();
        self.answered.clear();
        self.is_ordered = false;
    }

    /// Somebody's seat is free.
    fn seat_left(&mut self, name: &str, was_done: bool, now: Instant) {
        match self.stage {
            _ if !self.seats.is_anybody_there() => self.give_up(),
            Stage::Gathering | Stage::Welcoming => self.seat_freed(name, now),
            Stage::Answering => {
                if !was_done {
                    self.say(words::without(name));
                }
                self.end_if_all_are_done(now);
            }
            Stage::Ending => {}
        }
    }
}

impl Host for RoundHost {
    fn on_join(&mut self, who: &Who, now: Instant) {
        let name = who.name.as_str();
        match self.coming.take_if(|(_, coming)| coming == name) {
            Some((guest, _)) => self.guest_came(who, guest, now),
            None if self.seats.knows(name) => {}
            None => self.member_came(who, now),
        }
    }

    fn on_leave(&mut self, who: &Who, now: Instant) {
        match self.seats.remove(who.name.as_str()) {
            Some(seat) => self.seat_left(seat.who.name.as_str(), seat.is_done, now),
            None if !self.seats.is_anybody_there() => self.give_up(),
            None => {}
        }
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        if let Some(by) = message.by {
            self.heard(by.name.as_str(), now);
        }
    }

    fn on_timer(&mut self, now: Instant) {
        while let Some(step) = self.next_step(now) {
            match step {
                Step::Call => self.call(now),
                Step::Suggest => self.suggest(now),
                Step::Answer => self.have_one_answer(now),
                Step::Nudge => self.nudge(),
                Step::PassOver => self.pass_over(now),
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

    fn on_slash_command(&mut self, by: &Who, name: &str, _rest: &str, now: Instant) -> bool {
        let is_ours = name.eq_ignore_ascii_case("ready");
        if is_ours {
            self.ready(by, now);
        }
        is_ours
    }

    fn on_bot_refused(&mut self, name: &str, now: Instant) {
        if self.coming.as_ref().is_some_and(|(_, coming)| coming == name) {
            // The call that was planned for the next one is for this one again, and at once.
            self.call(now);
        }
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        match command {
            HostCommand::Start => self.start(now),
            HostCommand::Stop => self.stop(now),
            HostCommand::Now => self.begin(now),
            HostCommand::StartBot(name) => self.admit(name.parse()?, now),
            HostCommand::StopBot(name) => self.bar(name.parse()?, now),
        }
    }

    fn bots(&self) -> Vec<(String, bool)> {
        Guest::ALL.map(|guest| (guest.name().to_owned(), !self.barred.contains(&guest))).to_vec()
    }
}
