//! ChatyChaty's host: says nothing itself, and keeps four bots in the room that answer people.
//!
//! This file decides which bots answer, when, and how often; `bots/chatterers.rs` decides what they say. Bots never
//! answer bots.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{CHATY_BOT_REPLIES, CHATY_BOT_REPLIES_WINDOW, CHATY_BOT_RETURN_INTERVAL};
use crate::bots::{Chatterer, Responder};
use crate::chat::RoomTraits;
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage};
use crate::proto::{Announcement, Kind, MemberInfo};

/// How many bots answer a message that names none of them.
const ANSWERS: RangeInclusive<usize> = 1..=2;

/// The delay of an answer in milliseconds, as if a person read, thought and typed.
const PAUSE_MS: RangeInclusive<u64> = 600..=2_500;

/// The shortest time between two lines of a bot.
const BREATH: Duration = Duration::from_millis(500);

/// ChatyChaty: four bots answer keywords.
pub(super) static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "chaty",
        purpose: "say work, play, eat, cry, sleep or fight, and see who answers; nobody hears an echo",
        joined: Announcement("", " just connected"),
        left: Announcement("", " left the chat "),
        echoes: false,
        replays: true,
        quiet: &[],
        commands: &[],
    },
    host: |setup, _| Box::new(ChatyHost::new(setup.seed)),
};

/// The host of a ChatyChaty room. Its first [`Host::on_timer`] spawns the bots.
#[derive(Debug)]
pub struct ChatyHost {
    bots: Vec<Bot>,
    /// Answers that are not said yet.
    planned: Vec<Answer>,
    /// When the latest answers were said, or will be.
    answers: VecDeque<Instant>,
    /// An operator has stopped the answers.
    stopped: bool,
    actions: VecDeque<HostAction>,
    rng: StdRng,
}

/// A planned line: the bot, the time, and the name of the person to whom it replies.
#[derive(Debug)]
struct Answer {
    at: Instant,
    by: Chatterer,
    text: String,
    to: String,
}

#[derive(Debug)]
struct Bot {
    chatterer: Chatterer,
    responder: Responder,
    /// The operator lets it take part.
    wanted: bool,
    place: Place,
    /// When it may speak again.
    free: Option<Instant>,
}

/// Whether a bot is in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Not in the room. When to spawn it again; `None`: at the next opportunity.
    Away(Option<Instant>),
    /// Spawned, and not in the room yet.
    Coming,
    /// In the room.
    Here,
}

impl ChatyHost {
    /// A host whose random choices follow from `seed`.
    pub fn new(seed: u64) -> ChatyHost {
        let bot = |chatterer: Chatterer| Bot {
            chatterer,
            responder: chatterer.responder(),
            wanted: true,
            place: Place::Away(None),
            free: None,
        };
        ChatyHost {
            bots: Chatterer::ALL.map(bot).into(),
            planned: Vec::new(),
            answers: VecDeque::new(),
            stopped: false,
            actions: VecDeque::new(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The bots that answer a message, and whether each was named in it.
    fn choose(&mut self, message: &RoomMessage<'_>) -> Vec<(Chatterer, bool)> {
        let here = self.bots.iter().filter(|bot| bot.place == Place::Here).map(|bot| bot.chatterer);
        let mut here: Vec<Chatterer> = here.collect();
        here.shuffle(&mut self.rng);
        let named = (message.mentions)();
        let is_named = |bot: &Chatterer| named.contains(&bot.name());
        if here.iter().any(is_named) {
            return here.into_iter().filter(is_named).map(|bot| (bot, true)).collect();
        }
        here.truncate(self.rng.random_range(ANSWERS));
        here.into_iter().map(|bot| (bot, false)).collect()
    }

    /// Whether the room's rate limit allows another answer.
    fn may_answer(&mut self, now: Instant) -> bool {
        self.answers.retain(|at| *at + CHATY_BOT_REPLIES_WINDOW > now);
        self.answers.len() < CHATY_BOT_REPLIES
    }

    /// Plans a bot's answer to `text`, after a delay and after its other lines.
    fn answer(&mut self, chatterer: Chatterer, to: &str, text: &str, is_named: bool, now: Instant) {
        let rng = &mut self.rng;
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.chatterer == chatterer) else { return };
        let answer = bot.responder.answer(text, rng);
        let Some(text) = answer.or_else(|| if is_named { bot.responder.called(rng) } else { None }) else {
            return;
        };
        let at = now + Duration::from_millis(rng.random_range(PAUSE_MS));
        let at = bot.free.map_or(at, |free| free.max(at));
        bot.free = Some(at + BREATH);
        self.answers.push_back(at);
        self.planned.push(Answer { at, by: chatterer, text, to: to.to_owned() });
    }

    /// Spawns the bots that are due.
    fn fetch(&mut self, now: Instant) {
        for bot in &mut self.bots {
            if bot.wanted && matches!(bot.place, Place::Away(at) if at.is_none_or(|at| at <= now)) {
                bot.place = Place::Coming;
                self.actions.push_back(HostAction::SpawnBot(bot.chatterer.name().to_owned()));
            }
        }
    }

    fn bot(&mut self, name: &str) -> Option<&mut Bot> {
        self.bots.iter_mut().find(|bot| bot.chatterer.name() == name)
    }

    fn start_bot(&mut self, name: &str, now: Instant) -> Result<String, String> {
        let chatterer: Chatterer = name.parse()?;
        let name = chatterer.name();
        let Some(bot) = self.bot(name) else { return Err(format!("There is no {name}.")) };
        if bot.place == Place::Here && bot.wanted {
            return Err(format!("{name} is running already."));
        }
        bot.wanted = true;
        if let Place::Away(_) = bot.place {
            bot.place = Place::Away(None);
        }
        self.fetch(now);
        Ok(format!("{name} is started."))
    }

    fn stop_bot(&mut self, name: &str) -> Result<String, String> {
        let chatterer: Chatterer = name.parse()?;
        let name = chatterer.name();
        let Some(bot) = self.bot(name) else { return Err(format!("There is no {name}.")) };
        if !bot.wanted {
            return Err(format!("{name} is stopped already."));
        }
        bot.wanted = false;
        // A bot that has not joined yet is removed when it does.
        if bot.place == Place::Here {
            self.actions.push_back(go(name));
        }
        self.planned.retain(|answer| answer.by != chatterer);
        Ok(format!("{name} is stopped."))
    }
}

/// Removes a bot.
fn go(name: &str) -> HostAction {
    HostAction::RemoveMember { who: name.to_owned(), text: "The operator has stopped you.".to_owned() }
}

impl Host for ChatyHost {
    fn on_join(&mut self, who: &MemberInfo, _now: Instant) {
        let Some(bot) = self.bot(who.name.as_str()) else { return };
        if who.kind == Kind::Bot && bot.place == Place::Coming {
            bot.place = Place::Here;
            if !bot.wanted {
                self.actions.push_back(go(who.name.as_str()));
            }
        }
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        let Some(bot) = self.bot(who.name.as_str()).filter(|bot| bot.place == Place::Here) else { return };
        bot.place = Place::Away(Some(now + CHATY_BOT_RETURN_INTERVAL));
        let gone = bot.chatterer;
        self.planned.retain(|answer| answer.by != gone);
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        let Some(by) = message.by.filter(|by| !self.stopped && by.kind != Kind::Bot) else { return };
        let Some(text) = (message.read)() else { return };
        for (chatterer, is_named) in self.choose(message) {
            if self.may_answer(now) {
                self.answer(chatterer, by.name.as_str(), text, is_named, now);
            }
        }
    }

    fn on_timer(&mut self, now: Instant) {
        self.fetch(now);
        self.planned.sort_by_key(|answer| answer.at);
        let due = self.planned.partition_point(|answer| answer.at <= now);
        for Answer { by, text, .. } in self.planned.drain(..due) {
            self.actions.push_back(HostAction::SayAs { bot: by.name().to_owned(), text });
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let returns = self.bots.iter().filter(|bot| bot.wanted).filter_map(|bot| match bot.place {
            Place::Away(at) => at,
            Place::Coming | Place::Here => None,
        });
        self.planned.iter().map(|answer| answer.at).chain(returns).min()
    }

    fn owes_reply(&self, who: &str) -> bool {
        self.planned.iter().any(|answer| answer.to == who)
    }

    fn poll(&mut self) -> Option<HostAction> {
        self.actions.pop_front()
    }

    fn on_bot_refused(&mut self, name: &str, now: Instant) {
        if let Some(bot) = self.bot(name).filter(|bot| bot.place == Place::Coming) {
            bot.place = Place::Away(Some(now + CHATY_BOT_RETURN_INTERVAL));
        }
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        match command {
            HostCommand::Start if self.stopped => {
                self.stopped = false;
                Ok("The bots answer again.".into())
            }
            HostCommand::Start => Err("The bots are not silent.".into()),
            HostCommand::Stop if self.stopped => Err("The bots are silent already.".into()),
            HostCommand::Stop => {
                self.stopped = true;
                self.planned.clear();
                Ok("The bots stay in the room and are silent.".into())
            }
            HostCommand::Now => Err("The host of this room says nothing on its own.".into()),
            HostCommand::StartBot(name) => self.start_bot(name, now),
            HostCommand::StopBot(name) => self.stop_bot(name),
        }
    }

    fn bots(&self) -> Vec<(String, bool)> {
        self.bots.iter().map(|bot| (bot.chatterer.name().to_owned(), bot.wanted)).collect()
    }
}

#[cfg(test)]
mod tests;
