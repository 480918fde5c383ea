//! ChatyChaty's host: tells newcomers what to say, and keeps four bots in the room that answer people.
//!
//! This file decides which bots answer, when, and how often; `bots/chatterers.rs` decides what they say. Bots never
//! answer bots.

mod hints;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::{IteratorRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use crate::base::limits::{CHATY_BOT_REPLIES, CHATY_BOT_REPLIES_WINDOW, CHATY_BOT_RETURN_INTERVAL};
use crate::bots::analysis::{Concern, concern};
use crate::bots::shuffle_bag::{PhraseBook, fill};
use crate::bots::{Chatterer, Conversation, Responder, Solemnity};
use crate::chat::RoomTraits;
use crate::hosts::chaty::hints::{AT_THE_DOOR, Hints};
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage};
use crate::proto::{Announcement, Kind, MemberInfo};

/// How many bots answer a message that names none of them.
const ANSWERS: RangeInclusive<usize> = 1..=2;

/// The delay of an answer in milliseconds, as if a person read, thought and typed.
const PAUSE_MS: RangeInclusive<u64> = 600..=2_500;

/// The shortest time between two lines of a bot.
const LINE_INTERVAL: Duration = Duration::from_millis(500);

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
    host: |setup, _| Box::new(ChatyHost::new(setup.lull, setup.seed)),
};

/// The host of a ChatyChaty room. Its first [`Host::on_timer`] spawns the bots.
#[derive(Debug)]
pub struct ChatyHost {
    bots: Vec<Bot>,
    /// Answers that are not said yet.
    planned: Vec<Answer>,
    /// When the latest answers were said, or will be.
    answer_times: VecDeque<Instant>,
    /// An operator has stopped the answers.
    is_stopped: bool,
    /// The number of people in the room.
    people: usize,
    conversation: Conversation,
    hints: Hints,
    solemnity: Solemnity,
    /// What bots say to somebody who is sad.
    common: PhraseBook,
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
    is_enabled: bool,
    presence: Presence,
    /// When it may speak again.
    next_line_at: Option<Instant>,
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

impl ChatyHost {
    /// A host whose random choices follow from `seed`. A conversation of people is over after `lull`.
    pub fn new(lull: Duration, seed: u64) -> ChatyHost {
        let bot = |chatterer: Chatterer| Bot {
            chatterer,
            responder: chatterer.responder(),
            is_enabled: true,
            presence: Presence::Absent(None),
            next_line_at: None,
        };
        ChatyHost {
            bots: Chatterer::ALL.map(bot).into(),
            planned: Vec::new(),
            answer_times: VecDeque::new(),
            is_stopped: false,
            people: 0,
            conversation: Conversation::new(lull),
            hints: Hints::default(),
            solemnity: Solemnity::default(),
            common: PhraseBook::common(),
            actions: VecDeque::new(),
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The bots that may answer a message, in order; how many of them do; and whether they were named in it.
    fn choose(&mut self, message: &RoomMessage<'_>) -> (Vec<Chatterer>, usize, bool) {
        let here = self.bots.iter().filter(|bot| bot.presence == Presence::Present).map(|bot| bot.chatterer);
        let mut here: Vec<Chatterer> = here.collect();
        here.shuffle(&mut self.rng);
        let named = (message.mentions)();
        let is_named = |bot: &Chatterer| named.contains(&bot.name());
        if here.iter().any(is_named) {
            here.retain(is_named);
            let all = here.len();
            return (here, all, true);
        }
        (here, self.rng.random_range(ANSWERS), false)
    }

    /// Whether the room's rate limit allows another answer.
    fn may_answer(&mut self, now: Instant) -> bool {
        self.answer_times.retain(|at| *at + CHATY_BOT_REPLIES_WINDOW > now);
        self.answer_times.len() < CHATY_BOT_REPLIES
    }

    /// Plans a bot's answer to `text`, if it has one that was not said this evening.
    fn answer(&mut self, chatterer: Chatterer, to: &str, text: &str, is_named: bool, now: Instant) -> bool {
        let rng = &mut self.rng;
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.chatterer == chatterer) else { return false };
        let answer = bot.responder.answer(text, now, rng);
        let answer = answer.or_else(|| if is_named { bot.responder.called(now, rng) } else { None });
        let is_answered = answer.is_some();
        if let Some(text) = answer {
            self.plan(chatterer, to, text, now);
        }
        is_answered
    }

    /// Plans a bot's line, after a delay and after its other lines.
    fn plan(&mut self, chatterer: Chatterer, to: &str, text: String, now: Instant) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.chatterer == chatterer) else { return };
        let at = now + Duration::from_millis(self.rng.random_range(PAUSE_MS));
        let at = bot.next_line_at.map_or(at, |next| next.max(at));
        bot.next_line_at = Some(at + LINE_INTERVAL);
        self.answer_times.push_back(at);
        self.planned.push(Answer { at, by: chatterer, text, to: to.to_owned() });
    }

    /// Nobody answered a person: it is told what to say, unless people talk to one another.
    fn hint(&mut self, to: &str, now: Instant) {
        if !self.conversation.is_live(now)
            && let Some(text) = self.hints.unanswered(to)
        {
            self.actions.push_back(HostAction::Hint { to: to.to_owned(), text });
        }
    }

    /// After grave words nobody jokes for a while, and at most one bot says something kind.
    fn be_kind(&mut self, concern: Concern, to: &str, now: Instant) {
        self.planned.clear();
        if let Some(bag) = self.solemnity.begin(concern, self.conversation.is_live(now), now)
            && let Some(chatterer) = self.anyone()
        {
            let line = self.common.draw(bag, &mut self.rng);
            self.plan(chatterer, to, fill(line, &[("{name}", to)]), now);
        }
    }

    /// One of the bots that are here.
    fn anyone(&mut self) -> Option<Chatterer> {
        let here = self.bots.iter().filter(|bot| bot.presence == Presence::Present);
        here.map(|bot| bot.chatterer).choose(&mut self.rng)
    }

    /// Spawns the bots that are due.
    fn spawn_due(&mut self, now: Instant) {
        for bot in &mut self.bots {
            if bot.is_enabled && matches!(bot.presence, Presence::Absent(at) if at.is_none_or(|at| at <= now))
            {
                bot.presence = Presence::Joining;
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
        if bot.presence == Presence::Present && bot.is_enabled {
            return Err(format!("{name} is running already."));
        }
        bot.is_enabled = true;
        if let Presence::Absent(_) = bot.presence {
            bot.presence = Presence::Absent(None);
        }
        self.spawn_due(now);
        Ok(format!("{name} is started."))
    }

    fn stop_bot(&mut self, name: &str) -> Result<String, String> {
        let chatterer: Chatterer = name.parse()?;
        let name = chatterer.name();
        let Some(bot) = self.bot(name) else { return Err(format!("There is no {name}.")) };
        if !bot.is_enabled {
            return Err(format!("{name} is stopped already."));
        }
        bot.is_enabled = false;
        // A bot that has not joined yet is removed when it does.
        if bot.presence == Presence::Present {
            self.actions.push_back(removal(name));
        }
        self.planned.retain(|answer| answer.by != chatterer);
        Ok(format!("{name} is stopped."))
    }
}

/// Removes a bot.
fn removal(name: &str) -> HostAction {
    HostAction::RemoveMember { who: name.to_owned(), text: "The operator has stopped you.".to_owned() }
}

impl Host for ChatyHost {
    fn on_join(&mut self, who: &MemberInfo, _now: Instant) {
        if who.kind == Kind::Person {
            self.people += 1;
            self.actions.push_back(HostAction::Hint { to: who.name.to_string(), text: AT_THE_DOOR });
        }
        let Some(bot) = self.bot(who.name.as_str()) else { return };
        if who.kind == Kind::Bot && bot.presence == Presence::Joining {
            bot.presence = Presence::Present;
            if !bot.is_enabled {
                self.actions.push_back(removal(who.name.as_str()));
            }
        }
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        self.people -= usize::from(who.kind == Kind::Person && self.people > 0);
        if self.people < 2 {
            self.conversation.end();
        }
        let Some(bot) = self.bot(who.name.as_str()).filter(|bot| bot.presence == Presence::Present) else {
            return;
        };
        bot.presence = Presence::Absent(Some(now + CHATY_BOT_RETURN_INTERVAL));
        let gone = bot.chatterer;
        self.planned.retain(|answer| answer.by != gone);
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        let Some(by) = message.by.filter(|by| !self.is_stopped && by.kind != Kind::Bot) else { return };
        let name = by.name.as_str();
        self.conversation.said(name, now);
        let Some(text) = (message.read)() else { return };
        if let Some(grave @ (Concern::Crisis | Concern::Grave)) = concern(text) {
            return self.be_kind(grave, name, now);
        }
        if self.solemnity.is_on(now) {
            return;
        }
        let (bots, wanted, is_named) = self.choose(message);
        // Without bots of its own, others may answer.
        let (mut answers, mut is_limited) = (0, bots.is_empty());
        for chatterer in bots {
            is_limited = !self.may_answer(now);
            if answers == wanted || is_limited {
                break;
            }
            answers += usize::from(self.answer(chatterer, name, text, is_named, now));
        }
        match answers {
            0 if !is_limited => self.hint(name, now),
            0 => {}
            _ => self.hints.answered(name),
        }
    }

    fn on_timer(&mut self, now: Instant) {
        self.spawn_due(now);
        self.planned.sort_by_key(|answer| answer.at);
        let due = self.planned.partition_point(|answer| answer.at <= now);
        for Answer { by, text, .. } in self.planned.drain(..due) {
            self.actions.push_back(HostAction::SayAs { bot: by.name().to_owned(), text });
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let returns = self.bots.iter().filter(|bot| bot.is_enabled).filter_map(|bot| match bot.presence {
            Presence::Absent(at) => at,
            Presence::Joining | Presence::Present => None,
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
        if let Some(bot) = self.bot(name).filter(|bot| bot.presence == Presence::Joining) {
            bot.presence = Presence::Absent(Some(now + CHATY_BOT_RETURN_INTERVAL));
        }
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        match command {
            HostCommand::Start if self.is_stopped => {
                self.is_stopped = false;
                Ok("The bots answer again.".into())
            }
            HostCommand::Start => Err("The bots are not silent.".into()),
            HostCommand::Stop if self.is_stopped => Err("The bots are silent already.".into()),
            HostCommand::Stop => {
                self.is_stopped = true;
                self.planned.clear();
                Ok("The bots stay in the room and are silent.".into())
            }
            HostCommand::Now => Err("The host of this room says nothing on its own.".into()),
            HostCommand::StartBot(name) => self.start_bot(name, now),
            HostCommand::StopBot(name) => self.stop_bot(name),
        }
    }

    fn bots(&self) -> Vec<(String, bool)> {
        self.bots.iter().map(|bot| (bot.chatterer.name().to_owned(), bot.is_enabled)).collect()
    }
}

#[cfg(test)]
mod tests;
