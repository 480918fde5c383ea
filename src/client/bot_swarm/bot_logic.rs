//! The logic of one independent bot from outside: a guest of a round, a keyword bot, or a follower in thrones.
//!
//! Messages of its link go in; texts to say come out, each at its time.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{
    ROUND_SEATS, SOLO_ANSWER_DELAY_MAX, SOLO_ANSWER_DELAY_MIN, SOLO_COOLDOWN, SOLO_QUEUED_MESSAGES,
};
use crate::bots::{Ballot, FOLLOWER_NAMES, Follower, Guest, KeywordBot, Responder, Suggestion};
use crate::wire::json::{EventFields, SenderKind, ServerMessage};

/// The minimum delay of a goodbye. The maximum is five times as long.
const GOODBYE: Duration = Duration::from_millis(200);

/// Which bot it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotKind {
    /// A guest of `round`.
    Guest(Guest),
    /// A keyword bot of `chaty`.
    KeywordBot(KeywordBot),
    /// A follower in `thrones`, with its name.
    Follower(String),
}

/// One bot, without its connection.
#[derive(Debug)]
pub(super) struct BotLogic {
    kind: BotKind,
    role: Role,
    /// Texts to say, each with its time, in order.
    planned: Vec<(Instant, String)>,
    /// It plans no new answer before this time.
    silent_until: Option<Instant>,
    rng: StdRng,
}

#[derive(Debug)]
enum Role {
    /// The guest, and who has spoken since the host's suggestion; `None` before it, and in a game, where nobody says goodbye.
    Guest(Guest, Option<Vec<String>>),
    KeywordBot(Responder),
    Follower(Box<Follower>),
}

impl BotKind {
    /// The default bots of the room with this name.
    pub fn of_room(room: &str) -> Vec<BotKind> {
        match room {
            "round" | "classic" => Guest::ALL.map(BotKind::Guest).to_vec(),
            "chaty" => KeywordBot::ALL.map(BotKind::KeywordBot).to_vec(),
            "thrones" => {
                FOLLOWER_NAMES.iter().take(4).map(|name| BotKind::Follower((*name).into())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The bot called `name` in the room with this name; `None` if there is no such bot.
    pub fn find(name: &str, room: &str) -> Option<BotKind> {
        let guest = || name.parse().map(BotKind::Guest).ok();
        let keyword_bot = || name.parse().map(BotKind::KeywordBot).ok();
        match room {
            "" | "lobby" => None,
            "round" | "classic" => guest(),
            "chaty" => keyword_bot(),
            "thrones" => Some(BotKind::Follower(name.to_owned())),
            // A room of unknown kind: any bot may fit.
            _ => guest().or_else(keyword_bot),
        }
    }

    /// Its preferred name.
    pub fn name(&self) -> &str {
        match self {
            BotKind::Guest(guest) => guest.name(),
            BotKind::KeywordBot(keyword_bot) => keyword_bot.name(),
            BotKind::Follower(name) => name,
        }
    }

    /// The bots that can replace it if its name is taken: any guest can replace another.
    pub(super) fn others(&self) -> Vec<BotKind> {
        match self {
            BotKind::Guest(guest) => {
                Guest::ALL.into_iter().filter(|other| other != guest).map(BotKind::Guest).collect()
            }
            BotKind::KeywordBot(_) | BotKind::Follower(_) => Vec::new(),
        }
    }
}

impl BotLogic {
    pub(super) fn new(kind: BotKind, seed: u64) -> BotLogic {
        let role = match &kind {
            BotKind::Guest(guest) => Role::Guest(*guest, None),
            BotKind::KeywordBot(keyword_bot) => Role::KeywordBot(keyword_bot.responder()),
            BotKind::Follower(name) => Role::Follower(Box::new(Follower::new(name, seed))),
        };
        BotLogic { kind, role, planned: Vec::new(), silent_until: None, rng: StdRng::seed_from_u64(seed) }
    }

    pub(super) fn kind(&self) -> &BotKind {
        &self.kind
    }

    /// Handles a message of the server. `own` is the bot's name in the room.
    pub(super) fn hear(&mut self, message: &ServerMessage, own: &str, now: Instant) {
        match message {
            ServerMessage::Said { what } if !what.replayed && !what.notice && what.who != own => {
                self.hear_said(what, own, now);
            }
            ServerMessage::Notice { text, .. } => {
                if let Role::Follower(follower) = &mut self.role
                    && let Some(answer) = follower.on_notice(text, &mut self.rng)
                {
                    self.plan(answer, SOLO_ANSWER_DELAY_MIN..=SOLO_ANSWER_DELAY_MAX, now);
                }
            }
            _ => {}
        }
    }

    fn hear_said(&mut self, what: &EventFields, own: &str, now: Instant) {
        let text = what.text.as_deref().unwrap_or_default();
        let mut pause = SOLO_ANSWER_DELAY_MIN..=SOLO_ANSWER_DELAY_MAX;
        let answer = match &mut self.role {
            Role::Guest(guest, spoken) => match (what.is, spoken) {
                (SenderKind::Host, spoken) => {
                    let rng = &mut self.rng;
                    if let Some(ballot) = Ballot::find(text) {
                        guest.vote(&ballot, &[], rng).map(|at| guest.vote_line(&ballot, at, &[], rng))
                    } else if let Some(suggestion) = Suggestion::find(text) {
                        // Only those of a game are numbered.
                        *spoken = (!text.starts_with('(')).then(Vec::new);
                        Some(guest.answer(&suggestion, &[] as &[&str], rng))
                    } else {
                        None
                    }
                }
                (_, Some(spoken)) if spoken.len() < ROUND_SEATS && !spoken.contains(&what.who) => {
                    spoken.push(what.who.clone());
                    // All others have spoken: say goodbye before the host ends the round.
                    pause = GOODBYE..=GOODBYE * 5;
                    (spoken.len() + 1 == ROUND_SEATS).then(|| guest.goodbye(&mut self.rng).to_owned())
                }
                _ => None,
            },
            Role::KeywordBot(responder)
                if what.is == SenderKind::Person && self.silent_until.is_none_or(|until| until <= now) =>
            {
                let is_called = || text.to_lowercase().contains(&own.to_lowercase());
                let answer = responder.answer(text, now, &mut self.rng);
                answer.or_else(|| if is_called() { responder.called(now, &mut self.rng) } else { None })
            }
            Role::Follower(follower) if follower.follows(&what.who) => follower.answer(text, &mut self.rng),
            Role::KeywordBot(_) | Role::Follower(_) => None,
        };
        if let Some(answer) = answer {
            self.plan(answer, pause, now);
        }
    }

    /// When it says something next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.planned.first().map(|(at, _)| *at)
    }

    /// The next text that is due.
    pub(super) fn poll(&mut self, now: Instant) -> Option<String> {
        self.deadline().filter(|at| *at <= now)?;
        Some(self.planned.remove(0).1)
    }

    /// Drops planned texts, as after a lost connection: a late answer is worse than none.
    pub(super) fn clear(&mut self) {
        self.planned.clear();
    }

    /// Plans a text: after a random pause, behind all others. Drops it if too many are planned.
    fn plan(&mut self, text: String, pause: RangeInclusive<Duration>, now: Instant) {
        if self.planned.len() >= SOLO_QUEUED_MESSAGES {
            return;
        }
        let begin = self.planned.last().map_or(now, |(at, _)| *at);
        let at = begin + self.rng.random_range(pause);
        self.silent_until = Some(at + SOLO_COOLDOWN);
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

    /// Everything that it says within the next minute.
    fn says(logic: &mut BotLogic, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| logic.poll(now + Duration::from_secs(60))).collect()
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
    fn a_guest_of_a_game_answers_each_suggestion_and_votes() {
        let now = Instant::now();
        let mut felix = BotLogic::new(BotKind::Guest(Guest::Felix), 1);
        let mut hear = |who, is, text| {
            felix.hear(&said(who, is, text), "Felix", now);
            says(&mut felix, now)
        };
        assert_eq!(hear("Host", "host", "(1/3) Shall we drink tea with Ann?").len(), 0, "it is in no table");
        assert_eq!(hear("Host", "host", "(1/3) Shall we drink coffee, all of us together?").len(), 1);
        for name in ["Ann", "Marija", "Rateb"] {
            assert_eq!(hear(name, "bot", "Yes.").len(), 0, "no goodbye");
        }
        assert_eq!(hear("Host", "host", "(2/3) Shall we write a book, all of us together?").len(), 1);
        let ballot =
            "Vote by number or by name: (1) drink coffee, (2) write a book, (3) climb the water tower.";
        assert_eq!(hear("Ann", "person", ballot).len(), 0, "she is no host");
        let votes = hear("Host", "host", ballot);
        assert!(votes.len() == 1 && votes[0].contains('2'), "{votes:?}");
        assert_eq!(hear("Host", "host", "Number 2 wins, with three votes of four.").len(), 0);
    }

    #[test]
    fn a_keyword_bot_answers_people_and_takes_a_breath() {
        let now = Instant::now();
        let mut alice = BotLogic::new(BotKind::KeywordBot(KeywordBot::Alice), 1);
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
    fn nobody_answers_a_notice() {
        let now = Instant::now();
        let mut alice = BotLogic::new(BotKind::KeywordBot(KeywordBot::Alice), 1);
        let mut heard = said("Ann", "person", "Let us play!");
        if let ServerMessage::Said { what } = &mut heard {
            what.notice = true;
        }
        alice.hear(&heard, "Alice", now);
        assert_eq!(says(&mut alice, now), [""; 0]);
    }

    #[test]
    fn a_follower_answers_whom_it_follows() {
        let now = Instant::now();
        let mut brienne = BotLogic::new(BotKind::Follower("Brienne".into()), 1);
        brienne.hear(&said("Ann", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0], "nobody rules yet");
        let text = crate::bots::following("Ann");
        brienne.hear(&ServerMessage::Notice { room: None, text }, "Brienne", now);
        brienne.hear(&said("Zoe", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0]);
        brienne.hear(&said("Ann", "person", "Let him eat!"), "Brienne", now);
        assert_eq!(says(&mut brienne, now).len(), 1);
        brienne.hear(&said("Ann", "person", "2"), "Brienne", now);
        assert_eq!(says(&mut brienne, now), [""; 0], "what is that?");
        let text = crate::bots::meaning("climb over the pass");
        brienne.hear(&ServerMessage::Notice { room: None, text }, "Brienne", now);
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
        assert_eq!((felix.planned.len(), spoken), (SOLO_QUEUED_MESSAGES, ROUND_SEATS));
    }
}
