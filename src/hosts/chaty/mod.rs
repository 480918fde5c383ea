//! ChatyChaty's host: tells newcomers what to say, and keeps four bots in the room that answer people.
//!
//! This file decides which bots answer, when, and how often; `bots/keyword_bots.rs` decides what they say. Bots never
//! answer bots.

mod hints;
mod roster;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::{IteratorRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use crate::base::limits::{CHATY_BOT_REPLIES, CHATY_BOT_REPLIES_WINDOW};
use crate::bots::analysis::{Concern, concern};
use crate::bots::shuffle_bag::{PhraseBook, fill};
use crate::bots::{Conversation, KeywordBot, Solemnity};
use crate::chat::RoomTraits;
use crate::hosts::chaty::hints::{AFTER_GRAVE_WORDS, AT_THE_DOOR, Hints, IN_A_CRISIS};
use crate::hosts::chaty::roster::Roster;
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
        has_host: true,
        quiet: &[],
        commands: &[],
    },
    can_be_shared: false,
    host: |setup, _| Box::new(ChatyHost::new(setup.lull, setup.seed)),
};

/// The host of a ChatyChaty room. Its first [`Host::on_timer`] spawns the bots.
#[derive(Debug)]
pub struct ChatyHost {
    bots: Roster,
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
    by: KeywordBot,
    text: String,
    to: String,
}

impl ChatyHost {
    /// A host whose random choices follow from `seed`. A conversation of people is over after `lull`.
    pub fn new(lull: Duration, seed: u64) -> ChatyHost {
        ChatyHost {
            bots: Roster::new(),
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
    fn choose(&mut self, message: &RoomMessage<'_>) -> (Vec<KeywordBot>, usize, bool) {
        let mut here: Vec<KeywordBot> = self.bots.present().collect();
        here.shuffle(&mut self.rng);
        let named = (message.mentions)();
        let is_named = |bot: &KeywordBot| named.contains(&bot.name());
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
    fn answer(
        &mut self,
        keyword_bot: KeywordBot,
        to: &str,
        text: &str,
        is_named: bool,
        now: Instant,
    ) -> bool {
        let rng = &mut self.rng;
        let Some(bot) = self.bots.get(keyword_bot) else { return false };
        let answer = bot.responder.answer(text, now, rng);
        let answer = answer.or_else(|| if is_named { bot.responder.called(now, rng) } else { None });
        let is_answered = answer.is_some();
        if let Some(text) = answer {
            self.plan(keyword_bot, to, text, now);
        }
        is_answered
    }

    /// Plans a bot's line, after a delay and after its other lines.
    fn plan(&mut self, keyword_bot: KeywordBot, to: &str, text: String, now: Instant) {
        let Some(bot) = self.bots.get(keyword_bot) else { return };
        let at = now + Duration::from_millis(self.rng.random_range(PAUSE_MS));
        let at = bot.next_line_at.map_or(at, |next| next.max(at));
        bot.next_line_at = Some(at + LINE_INTERVAL);
        self.answer_times.push_back(at);
        self.planned.push(Answer { at, by: keyword_bot, text, to: to.to_owned() });
    }

    /// Nobody answered a person: it is told what to say, unless people talk to one another.
    fn hint(&mut self, to: &str, now: Instant) {
        if !self.conversation.is_live(now)
            && let Some(text) = self.hints.unanswered(to)
        {
            self.tell(to, text);
        }
    }

    /// Tells one member alone.
    fn tell(&mut self, to: &str, text: &'static str) {
        self.actions.push_back(HostAction::Hint { to: to.to_owned(), text });
    }

    /// After grave words nobody jokes for a while, and one bot says something kind, once.
    fn be_kind(&mut self, concern: Concern, to: &str, now: Instant) {
        self.planned.clear();
        if let Some(bag) = self.solemnity.begin(concern, false, now)
            && let Some(keyword_bot) = self.bots.present().choose(&mut self.rng)
        {
            let line = self.common.draw(bag, &mut self.rng);
            self.plan(keyword_bot, to, fill(line, &[("{name}", to)]), now);
        }
    }

    fn start_bot(&mut self, keyword_bot: KeywordBot, now: Instant) -> Result<String, String> {
        self.bots.start(keyword_bot)?;
        self.actions.extend(self.bots.spawn_due(now));
        Ok(format!("{} is started.", keyword_bot.name()))
    }

    fn stop_bot(&mut self, keyword_bot: KeywordBot) -> Result<String, String> {
        let removal = self.bots.stop(keyword_bot)?;
        self.actions.extend(removal);
        self.planned.retain(|answer| answer.by != keyword_bot);
        Ok(format!("{} is stopped.", keyword_bot.name()))
    }
}

impl Host for ChatyHost {
    fn on_join(&mut self, who: &MemberInfo, _now: Instant) {
        if who.kind == Kind::Person {
            self.people += 1;
            self.tell(who.name.as_str(), AT_THE_DOOR);
        }
        self.actions.extend(self.bots.joined(who));
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        self.people -= usize::from(who.kind == Kind::Person && self.people > 0);
        if self.people < 2 {
            self.conversation.end();
        }
        if let Some(gone) = self.bots.left(who.name.as_str(), now) {
            self.planned.retain(|answer| answer.by != gone);
        }
    }

    fn on_renamed(&mut self, from: &str, to: &MemberInfo, _: Instant) {
        let to = to.name.as_str();
        self.conversation.rename(from, to);
        self.hints.rename(from, to);
        for answer in self.planned.iter_mut().filter(|answer| answer.to == from) {
            to.clone_into(&mut answer.to);
        }
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        let Some(by) = message.by.filter(|by| !self.is_stopped && by.kind != Kind::Bot) else { return };
        let name = by.name.as_str();
        self.conversation.said(name, now);
        let Some(text) = (message.read)() else { return };
        let concern = concern(text);
        if let Some(grave @ (Concern::Crisis | Concern::Grave)) = concern {
            return self.be_kind(grave, name, now);
        }
        let is_named = !(message.mentions)().is_empty();
        if concern == Some(Concern::Help) && !is_named && !self.conversation.is_live(now) {
            return self.tell(
                name,
                match self.solemnity.is_on(now) {
                    true if self.solemnity.is_crisis(now) => IN_A_CRISIS,
                    true => AFTER_GRAVE_WORDS,
                    false => AT_THE_DOOR,
                },
            );
        }
        if self.solemnity.is_on(now) {
            let names = (message.mentions)();
            if self.bots.present().any(|bot| names.contains(&bot.name())) {
                let is_crisis = self.solemnity.is_crisis(now);
                self.tell(name, if is_crisis { IN_A_CRISIS } else { AFTER_GRAVE_WORDS });
            }
            return;
        }
        let (bots, wanted, is_named) = self.choose(message);
        // Without bots of its own, others may answer.
        let (mut answers, mut is_limited) = (0, bots.is_empty());
        for keyword_bot in bots {
            is_limited = !self.may_answer(now);
            if answers == wanted || is_limited {
                break;
            }
            answers += usize::from(self.answer(keyword_bot, name, text, is_named, now));
        }
        match answers {
            0 if !is_limited => self.hint(name, now),
            0 => {}
            _ => self.hints.answered(name),
        }
    }

    fn on_timer(&mut self, now: Instant) {
        self.actions.extend(self.bots.spawn_due(now));
        self.planned.sort_by_key(|answer| answer.at);
        let due = self.planned.partition_point(|answer| answer.at <= now);
        for Answer { by, text, .. } in self.planned.drain(..due) {
            self.actions.push_back(HostAction::SayAs { bot: by.name().to_owned(), text });
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.planned.iter().map(|answer| answer.at).chain(self.bots.deadline()).min()
    }

    fn owes_reply(&self, who: &str) -> bool {
        self.planned.iter().any(|answer| answer.to == who)
    }

    fn poll(&mut self) -> Option<HostAction> {
        self.actions.pop_front()
    }

    fn on_bot_refused(&mut self, name: &str, now: Instant) {
        self.bots.refused(name, now);
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
            HostCommand::StartBot(name) => self.start_bot(name.parse()?, now),
            HostCommand::StopBot(name) => self.stop_bot(name.parse()?),
        }
    }

    fn bots(&self) -> Vec<(String, bool)> {
        self.bots.list()
    }
}

#[cfg(test)]
mod tests;
