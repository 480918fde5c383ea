//! What one bot from outside does that thinks for itself: as a guest of a round, a chatterer, or a follower of a Lord.
//!
//! It hears what its link hears, and says what it wants said, and when.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{
    PLAYER_ANSWER_DELAY_MAX, PLAYER_ANSWER_DELAY_MIN, PLAYER_COOLDOWN, PLAYER_QUEUED_MESSAGES, ROUND_SEATS,
};
use crate::bots::{Chatterer, FOLLOWER_NAMES, Follower, Guest, Responder, Suggestion};
use crate::wire::json::{EventFields, SenderKind, ServerMessage};

/// The shortest pause before a goodbye.
const GOODBYE: Duration = Duration::from_millis(200);

/// Who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotKind {
    /// One of those who are at home in rounds.
    Guest(Guest),
    /// One of those who wait for a word.
    Chatterer(Chatterer),
    /// A follower of this name.
    Follower(String),
}

/// One bot, without its connection.
#[derive(Debug)]
pub(super) struct BotLogic {
    part: BotKind,
    role: Role,
    /// What it is about to say, and when.
    planned: Vec<(Instant, String)>,
    /// Until when it says nothing new.
    breath: Option<Instant>,
    rng: StdRng,
}

#[derive(Debug)]
enum Role {
    /// Those who have spoken since the suggestion; none: there was none.
    Guest(Guest, Option<Vec<String>>),
    Chatterer(Responder),
    Follower(Box<Follower>),
}

impl BotKind {
    /// Those who are at home in a room of this name.
    pub fn of_room(room: &str) -> Vec<BotKind> {
        match room {
            "round" => Guest::ALL.map(BotKind::Guest).to_vec(),
            "chaty" => Chatterer::ALL.map(BotKind::Chatterer).to_vec(),
            "thrones" => {
                FOLLOWER_NAMES.iter().take(4).map(|name| BotKind::Follower((*name).into())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Who is called so, in a room of this name; none if there is no such bot.
    pub fn find(name: &str, room: &str) -> Option<BotKind> {
        let guest = || name.parse().map(BotKind::Guest).ok();
        let chatterer = || name.parse().map(BotKind::Chatterer).ok();
        match room {
            "" | "lobby" => None,
            "round" => guest(),
            "chaty" => chatterer(),
            "thrones" => Some(BotKind::Follower(name.to_owned())),
            // What kind of room that is, its server knows.
            _ => guest().or_else(chatterer),
        }
    }

    /// The name that it likes best.
    pub fn name(&self) -> &str {
        match self {
            BotKind::Guest(guest) => guest.name(),
            BotKind::Chatterer(chatterer) => chatterer.name(),
            BotKind::Follower(name) => name,
        }
    }

    /// Others that it may be if its name is taken: a guest is as good as another.
    pub(super) fn others(&self) -> Vec<BotKind> {
        match self {
            BotKind::Guest(guest) => {
                Guest::ALL.into_iter().filter(|other| other != guest).map(BotKind::Guest).collect()
            }
            BotKind::Chatterer(_) | BotKind::Follower(_) => Vec::new(),
        }
    }
}

impl BotLogic {
    pub(super) fn new(part: BotKind, seed: u64) -> BotLogic {
        let role = match &part {
            BotKind::Guest(guest) => Role::Guest(*guest, None),
            BotKind::Chatterer(chatterer) => Role::Chatterer(chatterer.responder()),
            BotKind::Follower(name) => Role::Follower(Box::new(Follower::new(name, seed))),
        };
        BotLogic { part, role, planned: Vec::new(), breath: None, rng: StdRng::seed_from_u64(seed) }
    }

    pub(super) fn part(&self) -> &BotKind {
        &self.part
    }

    /// It hears something as a member called `own`.
    pub(super) fn hear(&mut self, tell: &ServerMessage, own: &str, now: Instant) {
        match tell {
            ServerMessage::Said { what } if !what.replayed && what.who != own => {
                self.hear_said(what, own, now);
            }
            ServerMessage::Notice { text } => {
                if let Role::Follower(follower) = &mut self.role
                    && let Some(answer) = follower.on_notice(text, &mut self.rng)
                {
                    self.plan(answer, PLAYER_ANSWER_DELAY_MIN..=PLAYER_ANSWER_DELAY_MAX, now);
                }
            }
            _ => {}
        }
    }

    fn hear_said(&mut self, what: &EventFields, own: &str, now: Instant) {
        let text = what.text.as_deref().unwrap_or_default();
        let mut pause = PLAYER_ANSWER_DELAY_MIN..=PLAYER_ANSWER_DELAY_MAX;
        let answer = match &mut self.role {
            Role::Guest(guest, spoken) => match (what.is, spoken) {
                (SenderKind::Host, spoken) => Suggestion::find(text).map(|suggestion| {
                    *spoken = Some(Vec::new());
                    guest.answer(&suggestion, &[] as &[&str], &mut self.rng)
                }),
                (_, Some(spoken)) if spoken.len() < ROUND_SEATS && !spoken.contains(&what.who) => {
                    spoken.push(what.who.clone());
                    // All the others have: what is left is to say goodbye, before the host sends everybody off.
                    pause = GOODBYE..=GOODBYE * 5;
                    (spoken.len() + 1 == ROUND_SEATS).then(|| guest.goodbye(&mut self.rng).to_owned())
                }
                _ => None,
            },
            Role::Chatterer(responder)
                if what.is == SenderKind::Person && self.breath.is_none_or(|until| until <= now) =>
            {
                let is_called = || text.to_lowercase().contains(&own.to_lowercase());
                let answer = responder.answer(text, &mut self.rng);
                answer.or_else(|| if is_called() { responder.called(&mut self.rng) } else { None })
            }
            Role::Follower(follower) if follower.follows(&what.who) => follower.answer(text, &mut self.rng),
            Role::Chatterer(_) | Role::Follower(_) => None,
        };
        if let Some(answer) = answer {
            self.plan(answer, pause, now);
        }
    }

    /// When it wants to say something next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.planned.first().map(|(at, _)| *at)
    }

    /// What it says now.
    pub(super) fn poll(&mut self, now: Instant) -> Option<String> {
        self.deadline().filter(|at| *at <= now)?;
        Some(self.planned.remove(0).1)
    }

    /// It forgets what it was about to say: what comes late need not be said.
    pub(super) fn forget(&mut self) {
        self.planned.clear();
    }

    /// Has `text` said after a pause, and not before what is said already; not at all, if that is too much.
    fn plan(&mut self, text: String, pause: RangeInclusive<Duration>, now: Instant) {
        if self.planned.len() >= PLAYER_QUEUED_MESSAGES {
            return;
        }
        let begin = self.planned.last().map_or(now, |(at, _)| *at);
        let at = begin + self.rng.random_range(pause);
        self.breath = Some(at + PLAYER_COOLDOWN);
        self.planned.push((at, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(who: &str, is: &str, text: &str) -> ServerMessage {
        let line = format!(
            r#"{{"type":"said","id":1,"time":"","room":"round","who":"{who}","is":"{is}","text":"{text}","replayed":false}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    /// All that it says until it is silent for a minute.
    fn says(player: &mut BotLogic, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| player.poll(now + Duration::from_secs(60))).collect()
    }

    #[test]
    fn a_guest_answers_once_and_says_goodbye_when_all_have() {
        let now = Instant::now();
        let mut felix = BotLogic::new(BotKind::Guest(Guest::Felix), 1);
        let mut hear = |who, is, text| {
            felix.hear(&said(who, is, text), "Felix", now);
            says(&mut felix, now).len()
        };
        assert_eq!(hear("Host", "host", "Ann has taken a seat. Three are missing."), 0);
        assert_eq!(hear("Ann", "person", "Do you guys want to travel to Oslo?"), 0, "she is no host");
        assert_eq!(hear("Host", "host", "Do you guys want to travel to Oslo?"), 1);
        assert_eq!(hear("Ann", "person", "Yes!"), 0);
        assert_eq!(hear("Ann", "person", "Really!"), 0);
        assert_eq!(hear("Marija", "bot", "No."), 0);
        assert_eq!(hear("Rateb", "bot", "With pleasure."), 1, "goodbye");
        assert_eq!(hear("Zoe", "person", "And I?"), 0);
    }

    #[test]
    fn a_chatterer_answers_people_and_takes_a_breath() {
        let now = Instant::now();
        let mut alice = BotLogic::new(BotKind::Chatterer(Chatterer::Alice), 1);
        let mut hear = |who, is, text, after: u64| {
            let now = now + Duration::from_secs(after);
            alice.hear(&said(who, is, text), "Alice", now);
            says(&mut alice, now).len()
        };
        assert_eq!(hear("Bob", "bot", "Let us play!", 0), 0);
        assert_eq!(hear("Ann", "person", "Let us play!", 0), 1);
        assert_eq!(hear("Ann", "person", "Let us eat!", 0), 0, "it has just answered");
        assert_eq!(hear("Ann", "person", "Let us eat!", 30), 1);
        assert_eq!(hear("Ann", "person", "Nice weather.", 60), 0);
        assert_eq!(hear("Ann", "person", "What does alice think?", 60), 1);
    }

    #[test]
    fn a_follower_answers_whom_it_follows() {
        let now = Instant::now();
        let mut brienne = BotLogic::new(BotKind::Follower("Brienne".into()), 1);
        brienne.hear(&said("Ann", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0], "nobody rules yet");
        let text = crate::bots::following("Ann");
        brienne.hear(&ServerMessage::Notice { text }, "Brienne", now);
        brienne.hear(&said("Zoe", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0]);
        brienne.hear(&said("Ann", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now).len(), 1);
        brienne.hear(&said("Ann", "person", "2"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0], "what is that?");
        let text = crate::bots::meaning("climb over the pass");
        brienne.hear(&ServerMessage::Notice { text }, "Brienne", now);
        let answers = says(&mut brienne, now);
        assert!(answers.len() == 1 && answers[0].to_lowercase().contains("climb"), "{answers:?}");
    }

    #[test]
    fn a_server_that_says_too_much_fills_no_memory() {
        let now = Instant::now();
        let mut felix = BotLogic::new(BotKind::Guest(Guest::Felix), 1);
        let mut spoken = 0;
        for n in 0..100 {
            felix.hear(&said("Host", "host", "Do you guys want to travel to Oslo?"), "Felix", now);
            for m in 0..100 {
                felix.hear(&said(&format!("P{n}_{m}"), "person", "Yes!"), "Felix", now);
            }
            let Role::Guest(_, Some(all)) = &felix.role else { panic!("it was suggested") };
            spoken = spoken.max(all.len());
        }
        assert_eq!((felix.planned.len(), spoken), (PLAYER_QUEUED_MESSAGES, ROUND_SEATS));
    }
}
