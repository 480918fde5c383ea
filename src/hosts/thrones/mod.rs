//! The host of the game of thrones: a Lord, four followers, events and orders. This file receives events and returns
//! actions; seats, game and commands have files of their own.

mod commands;
mod court;
mod ending;
mod events;
mod game;
mod hearing;
mod instructions;
mod loyalty;
mod operator;
mod order;
mod plots;
mod rules;
mod seats;
mod talk;

#[cfg(test)]
mod company;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod realm;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::base::limits::{THRONES_EVENTS, THRONES_FILL_DELAY, THRONES_NEXT_DELAY};
use crate::bots::AnswerGenerator;
use crate::chat::RoomTraits;
use crate::hosts::kind::{USUAL_JOINED, USUAL_LEFT};
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage};
use crate::proto::{Kind, MemberInfo};

use court::{Court, MemberKind, is_called};
use ending::Record;
use game::Game;

/// The speaker filter as last set: the Lord, and the followers that hear only the Lord. They are programs: an original
/// follower answers whatever it hears. People hear the whole game.
type SpeakerFilter = (Option<String>, Vec<String>);

/// A game: one Lord, four followers.
pub(super) static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "thrones",
        purpose: "a game: one Lord decides, four followers approve or doubt",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: true,
        has_host: true,
        quiet: &["/court"],
        commands: &[
            ("/lord", "take the Lord's seat, if it is free"),
            ("/follow", "take a follower's seat"),
            ("/watch", "give up your seat"),
            ("/begin", "as the Lord: fill the seats at once"),
            ("/court", "who sits where, and how the realm stands"),
            ("/vote NUMBER", "as a follower: the option that you wish for"),
            ("/plot", "as a follower: work for the Lord's fall, or stop it"),
            ("/dismiss NAME", "as the Lord: send a follower away"),
        ],
    },
    can_be_shared: false,
    host: |setup, room| Box::new(ThronesHost::new(room, setup.seed)),
};

/// The host of a game: fills five seats, tells events and counts loyalty.
#[derive(Debug)]
pub struct ThronesHost {
    room: String,
    court: Court,
    /// The running game. No seats are given away during it.
    game: Option<Game>,
    /// What followers say. It outlives a game, so that the next one hears other lines.
    answers: AnswerGenerator,
    /// The number of events in a game.
    events: usize,
    /// When the empty seats will be filled.
    fill_at: Option<Instant>,
    /// A plot has given the Lord its seat. The next game begins when it says so, or when nobody talks any more.
    is_resting: bool,
    /// The longest reign since the server started.
    record: Option<Record>,
    /// The empty seats are being filled, one after the other.
    is_filling: bool,
    /// The bot that was spawned and has not joined yet.
    spawning: Option<String>,
    /// Names that were refused.
    refused_names: Vec<&'static str>,
    /// Bots that the operator has stopped.
    stopped_bots: Vec<&'static str>,
    is_stopped: bool,
    filter: SpeakerFilter,
    actions: VecDeque<HostAction>,
    rng: StdRng,
}

impl ThronesHost {
    /// The host of this room, whose random choices follow from `seed`.
    pub fn new(room: &str, seed: u64) -> ThronesHost {
        ThronesHost {
            room: room.to_owned(),
            court: Court::default(),
            game: None,
            answers: AnswerGenerator::new(),
            events: THRONES_EVENTS,
            fill_at: None,
            is_resting: false,
            record: None,
            is_filling: false,
            spawning: None,
            refused_names: Vec::new(),
            stopped_bots: Vec::new(),
            is_stopped: false,
            filter: (None, Vec::new()),
            actions: VecDeque::new(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    fn say(&mut self, text: impl Into<String>) {
        self.actions.push_back(HostAction::Say(text.into()));
    }

    fn tell(&mut self, to: &str, text: impl Into<String>) {
        self.actions.push_back(HostAction::Tell { to: to.to_owned(), text: text.into() });
    }

    fn tell_lord(&mut self, text: impl Into<String>) {
        if let Some(lord) = self.court.lord().map(ToOwned::to_owned) {
            self.tell(&lord, text);
        }
    }

    /// Removes a member from the room.
    fn remove_member(&mut self, who: &str, text: &str) {
        self.court.set_leaving(who);
        self.actions.push_back(HostAction::RemoveMember { who: who.to_owned(), text: text.to_owned() });
    }

    /// Somebody came, or has something to say before a game: the empty seats wait for it.
    fn delay_filling(&mut self, now: Instant) {
        let delay = if self.is_resting { THRONES_NEXT_DELAY } else { THRONES_FILL_DELAY };
        if let Some(at) = &mut self.fill_at {
            *at = now + delay;
        }
    }

    /// Updates the game, the seats and the speaker filter after any event.
    fn review(&mut self, now: Instant) {
        self.review_game(now);
        self.review_seats(now);
        let filter = match (&self.game, self.court.lord()) {
            (Some(_), Some(lord)) => (Some(lord.to_owned()), self.court.programs()),
            _ => (None, Vec::new()),
        };
        self.set_speaker_filter(filter);
    }

    fn set_speaker_filter(&mut self, filter: SpeakerFilter) {
        if self.filter != filter {
            let (speaker, listeners) = filter.clone();
            self.actions.push_back(HostAction::SetSpeakerFilter { speaker, listeners });
            self.filter = filter;
        }
    }

    /// Whether an action still applies: the members concerned may have left since it was queued.
    fn is_applicable(&self, action: &HostAction) -> bool {
        match action {
            HostAction::Say(_) => self.court.has_audience(),
            HostAction::Tell { to, .. } => self.court.member(to).is_some(),
            HostAction::SayAs { bot, .. } => self.court.has_audience() && self.court.member(bot).is_some(),
            HostAction::RemoveMember { who, .. } => self.court.member(who).is_some(),
            HostAction::SpawnBot(name) => self.spawning.as_ref() == Some(name),
            HostAction::SetSpeakerFilter { .. }
            | HostAction::AskWeather(_)
            | HostAction::TellAs { .. }
            | HostAction::Hint { .. } => true,
        }
    }
}

impl Host for ThronesHost {
    fn on_join(&mut self, who: &MemberInfo, now: Instant) {
        let name = who.name.as_str();
        // While the action is still queued, a bot with this name is another one.
        let is_asked = !self.actions.iter().any(|action| matches!(action, HostAction::SpawnBot(_)));
        let is_hosted = who.kind == Kind::Bot
            && self.spawning.take_if(|spawning| is_asked && is_called(spawning, name)).is_some();
        let kind = match who.kind {
            _ if is_hosted => MemberKind::Hosted,
            Kind::Bot => MemberKind::External,
            Kind::Person => MemberKind::Person,
        };
        if self.court.enter(name, kind) {
            self.admit_member(name, kind);
            if kind == MemberKind::Person {
                self.delay_filling(now);
            }
        }
        self.review(now);
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        let name = who.name.as_str();
        self.court.leave(name);
        if self.court.is_lord(name) {
            self.abdicate();
        } else if self.court.vacate(name) {
            self.tell_of_empty_seat(name);
        }
        self.review(now);
    }

    fn on_renamed(&mut self, from: &str, to: &MemberInfo, _: Instant) {
        let to = to.name.as_str();
        self.court.rename(from, to);
        if let Some(game) = &mut self.game {
            game.rename(from, to);
        }
        // The filter itself knows members, and stays.
        let (speaker, listeners) = &mut self.filter;
        for name in listeners.iter_mut().chain(speaker).filter(|name| *name == from) {
            to.clone_into(name);
        }
        self.tell_of_lords_name(to);
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        if let Some(by) = message.by {
            let name = by.name.as_str();
            if by.kind == Kind::Person && (self.is_resting || !self.court.is_seated(name)) {
                self.delay_filling(now);
            }
            self.on_game_message(name, message.read, now);
            self.review(now);
        }
    }

    fn on_timer(&mut self, now: Instant) {
        if self.fill_at.is_some_and(|at| at <= now) {
            self.fill(now);
        }
        self.advance(now);
        self.review(now);
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.game {
            Some(game) if self.is_stopped && game.is_between_events() => game.next_talk(),
            Some(game) => Some(game.deadline()),
            None => self.fill_at,
        }
    }

    fn poll(&mut self) -> Option<HostAction> {
        loop {
            let action = self.actions.pop_front()?;
            if self.is_applicable(&action) {
                return Some(action);
            }
        }
    }

    fn intercept(&mut self, by: &MemberInfo, text: &str, now: Instant) -> bool {
        let Some(command) = text.trim_start().strip_prefix("--") else { return false };
        self.run_lord_command(by.name.as_str(), command.trim_end());
        self.review(now);
        true
    }

    fn on_slash_command(&mut self, by: &MemberInfo, name: &str, rest: &str, now: Instant) -> bool {
        let is_ours = self.run_slash_command(by.name.as_str(), name, rest, now);
        if is_ours {
            self.review(now);
        }
        is_ours
    }

    fn on_bot_refused(&mut self, name: &str, now: Instant) {
        self.on_spawn_refused(name, now);
        self.review(now);
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        let answer = self.run_operator_command(command, now);
        self.review(now);
        answer
    }

    fn bots(&self) -> Vec<(String, bool)> {
        self.hosted_and_barred()
    }
}
