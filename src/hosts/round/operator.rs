//! The operator's commands: stop and start rounds, begin one now, and stop or start bots of the cast.

use std::time::Instant;

use crate::bots::Guest;
use crate::hosts::round::{RoundHost, Stage, words};

impl RoundHost {
    /// Rounds begin by themselves again.
    pub(super) fn start(&mut self, now: Instant) -> Result<String, String> {
        if !self.is_stopped {
            return Err("Rounds are not stopped.".into());
        }
        self.is_stopped = false;
        if self.stage == Stage::Seating && self.seats.is_anybody_there() {
            self.say(words::GOES_ON);
            self.settle(now);
        }
        Ok("There are rounds again.".into())
    }

    /// No further round begins by itself. A running one goes on.
    pub(super) fn stop(&mut self, now: Instant) -> Result<String, String> {
        if self.is_stopped {
            return Err("Rounds are stopped already.".into());
        }
        self.is_stopped = true;
        if !matches!(self.stage, Stage::Seating | Stage::Resting) {
            return Ok("The current round ends normally; no other begins by itself.".into());
        }
        if self.stage == Stage::Seating && self.seats.is_anybody_there() && !self.is_ordered {
            self.say(words::STOPPED);
            self.settle(now);
        }
        Ok("No round begins by itself any more.".into())
    }

    /// The cast takes the free seats, and a round begins.
    pub(super) fn begin(&mut self, now: Instant) -> Result<String, String> {
        if !matches!(self.stage, Stage::Seating | Stage::Between | Stage::Resting) {
            return Err("A round is under way.".into());
        }
        if !self.seats.is_anybody_seated() {
            return Err("Nobody has a seat; a round needs at least one guest.".into());
        }
        if self.callable().len() < self.seats.free() {
            return Err("Too few bots of the cast may join. Start more of them first.".into());
        }
        if self.stage != Stage::Seating {
            self.start_over();
            self.change_seats();
        }
        self.is_ordered = true;
        self.settle(now);
        if self.stage == Stage::Seating && self.spawning.is_none() {
            self.call(now);
        }
        Ok("A round begins as soon as all seats are taken.".into())
    }

    /// This bot may be called.
    pub(super) fn start_bot(&mut self, guest: Guest, now: Instant) -> Result<String, String> {
        if !self.stopped_bots.contains(&guest) {
            return Err(format!("{} is started already.", guest.name()));
        }
        self.stopped_bots.retain(|stopped| *stopped != guest);
        if self.stage == Stage::Seating && self.seats.is_anybody_there() {
            self.settle(now);
        }
        Ok(format!("{} is started, and joins when a seat is free.", guest.name()))
    }

    /// This bot may not be called. It leaves if it is there.
    pub(super) fn stop_bot(&mut self, guest: Guest, now: Instant) -> Result<String, String> {
        if self.stopped_bots.contains(&guest) {
            return Err(format!("{} is stopped already.", guest.name()));
        }
        self.stopped_bots.push(guest);
        let Some(name) = self.seats.name_of(guest) else {
            return Ok(format!("{} is stopped.", guest.name()));
        };
        let was_done = self.seats.remove(&name).is_some_and(|seat| seat.is_done);
        self.dismiss(name.clone(), words::TAKEN_OUT);
        self.on_seat_freed(&name, was_done, now);
        Ok(format!("{name} leaves and is stopped."))
    }
}
