//! The four bots of a `chaty` room: which of them are there, and which the operator has stopped.

use std::time::Instant;

use crate::base::limits::CHATY_BOT_RETURN_INTERVAL;
use crate::bots::{KeywordBot, Responder};
use crate::hosts::HostAction;
use crate::proto::{Kind, MemberInfo};

/// The bots of a room.
#[derive(Debug)]
pub(super) struct Roster(Vec<Bot>);

#[derive(Debug)]
pub(super) struct Bot {
    /// Which of the four it is.
    which: KeywordBot,
    /// What it says.
    pub(super) responder: Responder,
    /// The operator lets it take part.
    is_enabled: bool,
    presence: Presence,
    /// When it may speak again.
    pub(super) next_line_at: Option<Instant>,
}

/// Whether a bot is in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// Not in the room. When to spawn it again; `None`: at the next opportunity.
    Absent(Option<Instant>),
    /// Spawned, and not in the room yet.
    Joining,
    /// In the room.
    Present,
}

impl Roster {
    /// All four, not in the room yet.
    pub(super) fn new() -> Roster {
        let bot = |keyword_bot: KeywordBot| Bot {
            which: keyword_bot,
            responder: keyword_bot.responder(),
            is_enabled: true,
            presence: Presence::Absent(None),
            next_line_at: None,
        };
        Roster(KeywordBot::ALL.map(bot).into())
    }

    pub(super) fn get(&mut self, keyword_bot: KeywordBot) -> Option<&mut Bot> {
        self.0.iter_mut().find(|bot| bot.which == keyword_bot)
    }

    fn named(&mut self, name: &str) -> Option<&mut Bot> {
        self.0.iter_mut().find(|bot| bot.which.name() == name)
    }

    /// The bots that are in the room.
    pub(super) fn present(&self) -> impl Iterator<Item = KeywordBot> {
        self.0.iter().filter(|bot| bot.presence == Presence::Present).map(|bot| bot.which)
    }

    /// All names, and whether the operator lets the bots take part.
    pub(super) fn list(&self) -> Vec<(String, bool)> {
        self.0.iter().map(|bot| (bot.which.name().to_owned(), bot.is_enabled)).collect()
    }

    /// When the next absent bot comes back.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let returns = self.0.iter().filter(|bot| bot.is_enabled).filter_map(|bot| match bot.presence {
            Presence::Absent(at) => at,
            Presence::Joining | Presence::Present => None,
        });
        returns.min()
    }

    /// Spawns the bots that are due.
    pub(super) fn spawn_due(&mut self, now: Instant) -> impl Iterator<Item = HostAction> {
        let is_due = move |bot: &&mut Bot| {
            bot.is_enabled && matches!(bot.presence, Presence::Absent(at) if at.is_none_or(|at| at <= now))
        };
        self.0.iter_mut().filter(is_due).map(|bot| {
            bot.presence = Presence::Joining;
            HostAction::SpawnBot(bot.which.name().to_owned())
        })
    }

    /// A member joined. A bot that was stopped meanwhile is removed.
    pub(super) fn joined(&mut self, who: &MemberInfo) -> Option<HostAction> {
        let bot = self.named(who.name.as_str())?;
        if who.kind != Kind::Bot || bot.presence != Presence::Joining {
            return None;
        }
        bot.presence = Presence::Present;
        (!bot.is_enabled).then(|| removal(who.name.as_str()))
    }

    /// A member left. Returns the bot that it was.
    pub(super) fn left(&mut self, name: &str, now: Instant) -> Option<KeywordBot> {
        let bot = self.named(name).filter(|bot| bot.presence == Presence::Present)?;
        bot.presence = Presence::Absent(Some(now + CHATY_BOT_RETURN_INTERVAL));
        Some(bot.which)
    }

    /// A bot did not get its name. It tries again later.
    pub(super) fn refused(&mut self, name: &str, now: Instant) {
        if let Some(bot) = self.named(name).filter(|bot| bot.presence == Presence::Joining) {
            bot.presence = Presence::Absent(Some(now + CHATY_BOT_RETURN_INTERVAL));
        }
    }

    /// The operator lets a bot take part again. An error says why it cannot.
    pub(super) fn start(&mut self, keyword_bot: KeywordBot) -> Result<(), String> {
        let name = keyword_bot.name();
        let Some(bot) = self.get(keyword_bot) else { return Err(format!("There is no {name}.")) };
        if bot.presence == Presence::Present && bot.is_enabled {
            return Err(format!("{name} is running already."));
        }
        bot.is_enabled = true;
        if let Presence::Absent(_) = bot.presence {
            bot.presence = Presence::Absent(None);
        }
        Ok(())
    }

    /// The operator stops a bot; one that has not joined yet is removed when it does. An error says why it cannot.
    pub(super) fn stop(&mut self, keyword_bot: KeywordBot) -> Result<Option<HostAction>, String> {
        let name = keyword_bot.name();
        let Some(bot) = self.get(keyword_bot) else { return Err(format!("There is no {name}.")) };
        if !bot.is_enabled {
            return Err(format!("{name} is stopped already."));
        }
        bot.is_enabled = false;
        Ok((bot.presence == Presence::Present).then(|| removal(name)))
    }
}

/// Removes a bot.
fn removal(name: &str) -> HostAction {
    HostAction::RemoveMember { who: name.to_owned(), text: "The operator has stopped you.".to_owned() }
}
