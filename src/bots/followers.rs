//! Followers in the game of thrones: their verdict on an order, and their answers.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::base::limits::FOLLOWER_LINES;
use crate::bots::imperatives::ordered;
use crate::bots::orders::{Action, is_question, parse_order};
use crate::bots::shuffle_bag::{PhraseBook, fill};
use crate::bots::verbs::{Temper, Verb};

/// The names of hosted followers.
pub const FOLLOWER_NAMES: [&str; 36] = [
    "Arya",
    "Beric",
    "Bran",
    "Brienne",
    "Bronn",
    "Davos",
    "Edd",
    "Ellaria",
    "Gendry",
    "Gilly",
    "Grenn",
    "Hodor",
    "Jojen",
    "Jorah",
    "Loras",
    "Lyanna",
    "Margaery",
    "Meera",
    "Missandei",
    "Oberyn",
    "Olenna",
    "Osha",
    "Podrick",
    "Pypar",
    "Qyburn",
    "Samwell",
    "Sandor",
    "Sansa",
    "Shireen",
    "Theon",
    "Thoros",
    "Tormund",
    "Varys",
    "Yara",
    "Ygritte",
    "Yoren",
];

/// To a follower at the end of the game.
pub const NOBODY_FOLLOWED: &str = "You follow nobody now.";

/// The parts of the sentence that tells a follower whom it follows, around the Lord's name.
const FOLLOWED: (&str, &str) = ("You follow ", ", and hear nobody else until the game is over.");

/// The sentence that tells a follower whom it follows. External bots parse the Lord's name from it.
pub fn following(lord: &str) -> String {
    format!("{}{lord}{}", FOLLOWED.0, FOLLOWED.1)
}

/// The beginning of the sentence that explains an option's number.
const MEANT: &str = "The Lord means: ";

/// The sentence that explains which option the Lord chose by number. External bots answer it.
pub fn meaning(option: &str) -> String {
    format!("{MEANT}{option}.")
}

/// A follower's verdict on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it approves.
    pub approves: bool,
    /// The action that decided it. `None`: the order contains no action.
    pub about: Option<Action>,
}

impl Verdict {
    /// The verdict of a follower with this temper. `offered`: the options that the Lord had; `None`: unknown, and every
    /// action counts as offered.
    ///
    /// - An offered action pleases every follower, another one only those whose temper likes it.
    /// - A negated action ("do not hang him") displeases those who like it.
    /// - An order without an action pleases nobody.
    pub fn of(temper: Temper, actions: &[Action], offered: Option<&[&'static Verb]>) -> Verdict {
        let (negated, wanted): (Vec<Action>, Vec<Action>) =
            actions.iter().partition(|action| action.is_negated);
        let is_offered = |action: &&Action| offered.is_none_or(|offered| offered.contains(&action.verb));
        let is_liked = |action: &&Action| temper.likes(action.verb);
        let pleasing = wanted.iter().find(is_offered).or_else(|| wanted.iter().find(is_liked));
        let (approves, about) = match (pleasing, wanted.first(), negated.iter().find(is_liked)) {
            (Some(action), _, _) => (true, Some(action)),
            (None, Some(action), _) | (None, None, Some(action)) => (false, Some(action)),
            (None, None, None) => (!negated.is_empty(), negated.first()),
        };
        Verdict { approves, about: about.copied() }
    }

    /// The names of the bags for the first sentence and for the optional second one.
    fn bags(self) -> (&'static str, &'static str) {
        match (self.approves, self.about.map(|action| action.is_negated)) {
            (true, Some(true)) => ("approve-not", "content"),
            (true, _) => ("approve", "content"),
            (false, None) => ("object", "discontent"),
            (false, Some(false)) => ("object-action", "discontent"),
            (false, Some(true)) => ("object-not", "discontent"),
        }
    }
}

/// Generates the answers of followers, without repetition.
#[derive(Clone, Debug)]
pub struct AnswerGenerator {
    lines: PhraseBook,
    said: HashSet<String>,
    /// How the last line began.
    last_shape: &'static str,
}

impl AnswerGenerator {
    /// A generator with all answers unused.
    pub fn new() -> AnswerGenerator {
        AnswerGenerator {
            lines: PhraseBook::parse(include_str!("lines/followers.txt")),
            said: HashSet::new(),
            last_shape: "",
        }
    }

    /// The answer of a follower with this name and verdict.
    pub fn answer(&mut self, name: &str, verdict: Verdict, rng: &mut StdRng) -> String {
        if self.said.len() >= FOLLOWER_LINES {
            self.said.clear();
        }
        let (first, then) = verdict.bags();
        // So many draws have tried each line of both bags.
        let tries = self.lines.count(first) + self.lines.count(then);
        let mut drawn = self.line(name, verdict, rng);
        for _ in 0..tries {
            if !self.said.contains(&drawn.1) && drawn.0 != self.last_shape {
                break;
            }
            drawn = self.line(name, verdict, rng);
        }
        let (shape, line) = drawn;
        self.last_shape = shape;
        self.said.insert(line.clone());
        line
    }

    /// One sentence, and perhaps another; before them the shape: the first word of the pattern.
    fn line(&mut self, name: &str, verdict: Verdict, rng: &mut StdRng) -> (&'static str, String) {
        let (first, then) = verdict.bags();
        let gerund = verdict.about.map_or_else(String::new, |action| action.gerund());
        let base = verdict.about.map_or_else(String::new, |action| action.base());
        let slots = [("{name}", name), ("{action}", gerund.as_str()), ("{act}", base.as_str())];
        let pattern = self.lines.draw(first, rng);
        let shape = pattern.split(' ').next().unwrap_or_default();
        let sentence = fill(pattern, &slots);
        if rng.random_bool(0.4) && !self.said.contains(&sentence) {
            return (shape, sentence);
        }
        (shape, format!("{sentence} {}", fill(self.lines.draw(then, rng), &slots)))
    }
}

impl Default for AnswerGenerator {
    fn default() -> AnswerGenerator {
        AnswerGenerator::new()
    }
}

/// An external follower, which answers orders.
#[derive(Clone, Debug)]
pub struct Follower {
    name: String,
    temper: Temper,
    answers: AnswerGenerator,
    lord: Option<String>,
}

impl Follower {
    /// A follower with this name, whose temper follows from `seed`.
    pub fn new(name: &str, seed: u64) -> Follower {
        let mut rng = StdRng::seed_from_u64(seed);
        let temper = Temper::ALL.choose(&mut rng).copied().unwrap_or(Temper::Dutiful);
        Follower { name: name.to_owned(), temper, answers: AnswerGenerator::new(), lord: None }
    }

    /// A notice by the host arrived: whom it follows, or the meaning of a number, which it answers.
    pub fn on_notice(&mut self, text: &str, rng: &mut StdRng) -> Option<String> {
        if text == NOBODY_FOLLOWED {
            self.lord = None;
        } else if let Some(rest) = text.strip_prefix(FOLLOWED.0) {
            self.lord = rest.split_once(FOLLOWED.1).map(|(lord, _)| lord.to_owned());
        }
        let meant = text.strip_prefix(MEANT).filter(|_| self.lord.is_some())?;
        let verdict = Verdict::of(self.temper, &parse_order(meant), None);
        Some(self.answers.answer(&self.name, verdict, rng))
    }

    /// Whether it follows this Lord.
    pub fn follows(&self, name: &str) -> bool {
        self.lord.as_deref() == Some(name)
    }

    /// The answer to a message of the Lord. `None` for talk, and for an option's number or words, as their meaning follows.
    pub fn answer(&mut self, lords_text: &str, rng: &mut StdRng) -> Option<String> {
        let actions = ordered(lords_text).filter(|_| !is_question(lords_text))?;
        let verdict = Verdict::of(self.temper, &actions, None);
        Some(self.answers.answer(&self.name, verdict, rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::name::Name;

    fn verdict(temper: Temper, order: &str, offered: &[&str]) -> (bool, Option<&'static str>) {
        let offered: Vec<&'static Verb> = offered.iter().filter_map(|word| Verb::find(word)).collect();
        let verdict = Verdict::of(temper, &parse_order(order), Some(&offered));
        (verdict.approves, verdict.about.map(|action| action.verb.base()))
    }

    #[test]
    fn verdicts() {
        use Temper::{Bold, Gentle};
        for (temper, order, expected) in [
            (Gentle, "Hang him!", (true, Some("hang"))),
            (Bold, "Hang him!", (true, Some("hang"))),
            (Bold, "Ride!", (true, Some("ride"))),
            (Gentle, "Ride!", (false, Some("ride"))),
            (Gentle, "Ride, and hug him!", (true, Some("hug"))),
            (Gentle, "Ride, and hang him!", (true, Some("hang"))),
            (Bold, "Do not hang him!", (false, Some("hang"))),
            (Gentle, "Do not hang him!", (true, Some("hang"))),
            (Gentle, "Whatever you think.", (false, None)),
        ] {
            assert_eq!(verdict(temper, order, &["hang", "jail"]), expected, "{temper:?}: {order}");
        }
    }

    #[test]
    fn an_external_follower_names_the_action_of_an_order() {
        let mut rng = StdRng::seed_from_u64(1);
        for seed in 0..20 {
            let mut follower = Follower::new("Pypar", seed);
            let answer = follower.answer("Let him eat to his death!", &mut rng).unwrap().to_lowercase();
            assert!(answer.contains("eat"), "{answer}");
            for talk in ["I wish him no harm.", "hahaha", "thanks, good point", "one moment please"] {
                assert_eq!(follower.answer(talk, &mut rng), None, "{talk}");
            }
        }
    }

    #[test]
    fn an_external_follower_answers_the_meaning_of_a_number() {
        let mut rng = StdRng::seed_from_u64(1);
        for seed in 0..20 {
            let mut follower = Follower::new("Pypar", seed);
            assert_eq!(
                follower.on_notice(&meaning("climb over the pass"), &mut rng),
                None,
                "whom does it follow?"
            );
            assert_eq!(follower.on_notice(&following("Ann"), &mut rng), None);
            assert_eq!(follower.answer("2", &mut rng), None);
            assert_eq!(follower.answer("The second one!", &mut rng), None);
            let answer = follower.on_notice(&meaning("climb over the pass"), &mut rng).unwrap();
            assert!(answer.to_lowercase().contains("climb"), "{answer}");
        }
    }

    #[test]
    fn an_external_follower_knows_its_lord() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut follower = Follower::new("Pypar", 1);
        assert!(!follower.follows("Ann"));
        for text in ["Welcome.", &following("Ann"), "A hint."] {
            assert_eq!(follower.on_notice(text, &mut rng), None);
        }
        assert!(follower.follows("Ann") && !follower.follows("Bob"));
        assert_eq!(follower.on_notice(NOBODY_FOLLOWED, &mut rng), None);
        assert!(!follower.follows("Ann"));
    }

    #[test]
    fn answers_do_not_repeat() {
        for order in ["Eat!", "Do not eat!", "Do not kill!", "Hm."] {
            for seed in 0..30 {
                let mut rng = StdRng::seed_from_u64(seed);
                let (mut answers, mut said) = (AnswerGenerator::new(), HashSet::new());
                let mut shapes = Vec::new();
                for n in 0..80 {
                    let temper = Temper::ALL[n % 4];
                    let verdict = Verdict::of(temper, &parse_order(order), None);
                    let line = answers.answer(["Edd", "Osha", "Yara", "Bran"][n % 4], verdict, &mut rng);
                    assert!(!line.contains(['{', '}']), "{line}");
                    assert!(said.insert(line.clone()), "{order}, seed {seed}: {line}");
                    assert!(shapes.last() != Some(&answers.last_shape), "{order}, seed {seed}: {line}");
                    shapes.push(answers.last_shape);
                }
            }
        }
    }

    #[test]
    fn lines_are_many_and_name_the_action_where_there_is_one() {
        let book = AnswerGenerator::new().lines;
        let mut all = Vec::new();
        for (bag, lines) in book.bags() {
            assert!(lines.len() >= 20, "[{bag}] has {}", lines.len());
            let is_about = matches!(bag, "approve" | "approve-not" | "object-action" | "object-not");
            for line in lines.lines() {
                assert_eq!(line.contains("{act"), is_about, "[{bag}] {line}");
                let rest = line.replace("{action}", "").replace("{act}", "").replace("{name}", "");
                assert!(!rest.contains(['{', '}']), "{line}");
            }
            all.extend(lines.lines().iter().copied());
        }
        let count = all.len();
        assert!(count >= 200, "{count}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two lines are the same");
    }

    #[test]
    fn follower_names_are_valid_and_distinct() {
        let mut keys = HashSet::new();
        for name in FOLLOWER_NAMES {
            let name = Name::parse(name).unwrap();
            assert!(!name.is_of_a_bot() && keys.insert(name.key()), "{name}");
        }
    }
}
