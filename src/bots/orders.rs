//! Parses a Lord's order: finds its verbs, in any form, and whether each is negated.

use crate::base::limits::BOT_INPUT_WORDS;
use crate::bots::verbs::Verb;

/// Words that negate the verbs after them in the same clause.
pub(super) const NEGATIONS: [&str; 26] = [
    "not", "no", "never", "without", "neither", "nor", "nobody", "none", "dont", "doesnt", "didnt", "wont",
    "wouldnt", "cant", "cannot", "couldnt", "shant", "shouldnt", "mustnt", "neednt", "isnt", "arent",
    "refuse", "forbid", "stop", "avoid",
];

/// Words that begin a new clause, and so end a negation.
const NEW_CLAUSES: [&str; 6] = ["but", "just", "then", "instead", "rather", "only"];

/// Words that cancel a negation before them: "do not hesitate to feed him".
const NEGATION_CANCELLERS: [&str; 4] = ["hesitate", "forget", "fail", "only"];

/// What may belong to a verb that stands before it.
const PARTICLES: [&str; 7] = ["away", "back", "down", "off", "out", "up", "for time"];

/// A verb in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The verb.
    pub verb: &'static Verb,
    /// What belongs to the verb behind it, as "out" in "throw out".
    pub particle: Option<&'static str>,
    /// The order forbids it: "do not hang him".
    pub is_negated: bool,
}

impl Action {
    /// The base form: `throw out`.
    pub fn base(&self) -> String {
        self.with_particle(self.verb.base())
    }

    /// The gerund: `throwing out`.
    pub fn gerund(&self) -> String {
        self.with_particle(&self.verb.gerund())
    }

    fn with_particle(&self, form: &str) -> String {
        self.particle.map_or_else(|| form.to_owned(), |particle| format!("{form} {particle}"))
    }
}

/// The verbs of `text`, in the order of the text.
pub fn parse_order(text: &str) -> Vec<Action> {
    let clauses = clauses(text);
    clauses.iter().flat_map(|words| actions_in_clause(words)).collect()
}

/// The number of the option that `text` names, 1 to 3, as in "2!" or "the second one". `None` if the text contains a
/// negation.
pub fn choice(text: &str) -> Option<usize> {
    choice_in(&clauses(text))
}

/// Whether a text contains a question. Then it is no order, whatever else it says: "Should we fight? It may cost us dearly."
pub fn is_question(text: &str) -> bool {
    text.split_whitespace().any(|word| word.trim_end_matches(['!', '.', '"', '”', ')']).ends_with('?'))
}

fn choice_in(clauses: &[Vec<String>]) -> Option<usize> {
    let words = || clauses.iter().flatten();
    if words().any(|word| NEGATIONS.contains(&word.as_str())) {
        return None;
    }
    words().find_map(|word| match word.as_str() {
        "1" | "1st" | "first" => Some(1),
        "2" | "2nd" | "second" => Some(2),
        "3" | "3rd" | "third" => Some(3),
        _ => None,
    })
}

pub(super) fn actions_in_clause(words: &[String]) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut is_negated = false;
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| &words[before]);
        let after = words.get(at + 1).map_or("", String::as_str);
        match word.as_str() {
            "instead" if after == "of" => is_negated = true,
            "rather" | "than" if before == "rather" || after == "than" => is_negated = true,
            word if is_negated && NEGATION_CANCELLERS.contains(&word) => is_negated = false,
            word if NEW_CLAUSES.contains(&word) => is_negated = false,
            // "Why not feed him?" is no negation.
            word if NEGATIONS.contains(&word) => is_negated = before != "why",
            // In "going to feed him", only "feed" counts.
            "going" if after == "to" && words.get(at + 2).is_some_and(|word| Verb::find(word).is_some()) => {}
            word => {
                let particle = particle(&words[at + 1..]);
                actions.extend(Verb::find(word).map(|verb| Action { verb, particle, is_negated }));
            }
        }
    }
    actions
}

/// The particle with which the words behind a verb begin.
fn particle(words: &[String]) -> Option<&'static str> {
    let begins = |particle: &&str| {
        let mut words = words.iter();
        particle.split(' ').all(|part| words.next().is_some_and(|word| word == part))
    };
    PARTICLES.into_iter().find(begins)
}

/// The words of each clause, in lower case and without apostrophes, at most [`BOT_INPUT_WORDS`] in total. Marks separate
/// clauses.
pub(crate) fn clauses(text: &str) -> Vec<Vec<String>> {
    let text = text.to_lowercase();
    let mut remaining = BOT_INPUT_WORDS;
    let words = |clause: &str| {
        let words: Vec<String> =
            clause.split(is_between_words).filter_map(plain_word).take(remaining).collect();
        remaining -= words.len();
        words
    };
    let clauses = text.split([',', ';', '.', '!', '?', ':', '(', ')', '–', '—']).map(words);
    clauses.filter(|words| !words.is_empty()).collect()
}

fn is_between_words(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '`'))
}

fn plain_word(word: &str) -> Option<String> {
    let word: String = word.chars().filter(|c| !matches!(c, '\'' | '’' | '`')).collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let actions = parse_order(text);
        let words: Vec<String> = actions
            .iter()
            .map(|action| format!("{}{}", if action.is_negated { "-" } else { "" }, action.base()))
            .collect();
        words.join(" ")
    }

    #[test]
    fn verbs_in_any_form_wherever_they_stand() {
        for (text, expected) in [
            ("Let him EAT to his death!", "eat"),
            ("let him go home", "go"),
            ("They shall be fed, then hanged.", "feed hang"),
            ("...Marrying?! Why,marrying!!", "marry marry"),
            ("I want him pardoned and sent to the Wall", "pardon send"),
            ("We are going to fight.", "fight"),
            ("We are going to the Wall.", "go"),
            ("None of those! I wish him no harm.", ""),
            ("eaten-eating", "eat eat"),
            ("Throw out the minstrel!", "throw out"),
            ("We are playing for time", "play for time"),
            ("play for the time being", "play"),
            ("apologize, and then apologising", "apologise apologise"),
            ("theatre, feathers, goat", ""),
            ("", ""),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn negated_verbs() {
        for (text, expected) in [
            ("Do not hang him!", "-hang"),
            ("don't hang or jail him", "-hang -jail"),
            ("Don’t ever hang anybody", "-hang"),
            ("Never. Feed him.", "feed"),
            ("No, hang him!", "hang"),
            ("no hanging today", "-hang"),
            ("do not hang him but feed him", "-hang feed"),
            ("feed him instead of hanging him", "feed -hang"),
            ("feed him rather than hanging him", "feed -hang"),
            ("don't hang him, instead feed him", "-hang feed"),
            ("Do not hesitate to ride", "ride"),
            ("Why not dance?", "dance"),
            ("ride without singing", "ride -sing"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn options_by_their_number() {
        for (text, chosen) in [
            ("2", Some(2)),
            ("(1)!", Some(1)),
            ("I take the third one", Some(3)),
            ("not the first", None),
            ("no one", None),
            ("12", None),
            ("4", None),
        ] {
            assert_eq!(choice(text), chosen, "{text}");
        }
        assert_eq!(choice("First, feed him!"), Some(1));
    }

    #[test]
    fn a_question_may_stand_anywhere() {
        for text in
            ["Edd?", "Should we fight, Edd? It costs much", "Fight?! Never!", "\"Fight?\" he said. Hm."]
        {
            assert!(is_question(text), "{text}");
        }
        for text in ["Fight!", "", "see http://example.org/?a=b for it"] {
            assert!(!is_question(text), "{text}");
        }
    }
}
