//! The operator's commands.

use std::time::Instant;

use crate::bots::FOLLOWER_NAMES;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::{Nature, is_called};
use crate::hosts::{HostAction, HostCommand};

impl ThronesHost {
    /// Runs a command. The answer is a sentence.
    pub(super) fn run_operator_command(
        &mut self,
        command: HostCommand<'_>,
        now: Instant,
    ) -> Result<String, String> {
        match command {
            HostCommand::Start => Ok(self.start()),
            HostCommand::Stop => Ok(self.stop()),
            HostCommand::Now => self.at_once(now),
            HostCommand::StartBot(name) => self.admit(name),
            HostCommand::StopBot(name) => self.bar(name),
        }
    }

    fn start(&mut self) -> String {
        let room = &self.room;
        if std::mem::replace(&mut self.is_stopped, false) {
            format!("The game in {room} goes on.")
        } else {
            format!("The game in {room} is not stopped.")
        }
    }

    fn stop(&mut self) -> String {
        let room = &self.room;
        if std::mem::replace(&mut self.is_stopped, true) {
            format!("The game in {room} is stopped already.")
        } else {
            format!("The game in {room} is stopped: no event or game begins until it is started again.")
        }
    }

    fn at_once(&mut self, now: Instant) -> Result<String, String> {
        let room = self.room.clone();
        match () {
            () if self.is_stopped => Err(format!("The game in {room} is stopped. Start it first.")),
            () if self.court.lord().is_none() => Err(format!("There is no Lord in {room}.")),
            () if self.game.is_some() => {
                self.hasten(now);
                Ok(match self.game {
                    Some(_) => format!("The next event is told in {room}."),
                    None => format!("The game in {room} is over."),
                })
            }
            () => {
                self.fill(now);
                Ok(format!("The empty seats in {room} are being filled."))
            }
        }
    }

    fn admit(&mut self, name: &str) -> Result<String, String> {
        let name = known(name)?;
        let before = self.barred.len();
        self.barred.retain(|barred| *barred != name);
        if self.barred.len() < before {
            Ok(format!("{name} is started, and joins when a seat is empty."))
        } else {
            Ok(format!("{name} is started already, and joins when a seat is empty."))
        }
    }

    fn bar(&mut self, name: &str) -> Result<String, String> {
        let name = known(name)?;
        if self.barred.contains(&name) {
            return Err(format!("{name} is stopped already."));
        }
        self.barred.push(name);
        self.called
            .take_if(|called| called == name && self.actions.iter().any(|action| is_call(action, name)));
        let is_here = self.court.member(name).is_some_and(|m| m.nature == Nature::Hosted && !m.is_going);
        if !is_here {
            return Ok(format!("{name} is stopped."));
        }
        if self.court.vacate(name) {
            self.tell_of_empty_seat(name);
        }
        self.send_away(name, "The operator has called you back.");
        Ok(format!("{name} leaves and is stopped."))
    }

    /// The hosted bots in the room, and those that are stopped.
    pub(super) fn hosted_and_barred(&self) -> Vec<(String, bool)> {
        let members = self.court.members().filter(|m| m.nature == Nature::Hosted && !m.is_going);
        let here = members.map(|member| (member.name.clone(), true));
        let mut bots: Vec<_> =
            here.chain(self.barred.iter().map(|name| ((*name).to_owned(), false))).collect();
        bots.sort_unstable();
        bots
    }
}

fn is_call(action: &HostAction, name: &str) -> bool {
    matches!(action, HostAction::SpawnBot(called) if called == name)
}

/// The follower's name as in the table. `name` may be in any case.
fn known(name: &str) -> Result<&'static str, String> {
    let found = FOLLOWER_NAMES.into_iter().find(|known| is_called(known, name));
    found.ok_or_else(|| format!("There is no follower {name}. There are {}.", FOLLOWER_NAMES.join(", ")))
}
