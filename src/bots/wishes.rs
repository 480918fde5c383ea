//! What an order wishes done, and what not: the verbs in it, in any form, wherever they stand. Who likes that is not its
//! affair.

use crate::base::limits::BOT_INPUT_WORDS;
use crate::bots::verbs::Verb;

/// Words that turn what follows them in their clause into what is not to be done.
const NEGATIONS: [&str; 26] = [
    "not", "no", "never", "without", "neither", "nor", "nobody", "none", "dont", "doesnt", "didnt", "wont",
    "wouldnt", "cant", "cannot", "couldnt", "shant", "shouldnt", "mustnt", "neednt", "isnt", "arent",
    "refuse", "forbid", "stop", "avoid",
];

/// Words that begin a clause of its own.
const NEW_CLAUSES: [&str; 6] = ["but", "just", "then", "instead", "rather", "only"];

/// After a negation these say the opposite of it: "do not hesitate to feed him".
const DOUBLED: [&str; 4] = ["hesitate", "forget", "fail", "only"];

/// Something that an order speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub verb: &'static Verb,
    /// It is not to be done.
    pub is_refused: bool,
}

/// What `text` speaks of, in order.
pub fn wishes(text: &str) -> Vec<Wish> {
    let clauses = clauses(text);
    clauses.iter().flat_map(|words| wishes_of_clause(words)).collect()
}

/// The number of an offered option that `text` names, as in "2!" or "the second one". Where a negation is, none is named.
pub fn choice(text: &str) -> Option<usize> {
    choice_in(&clauses(text))
}

/// The number of the option that an order names, if it speaks of nothing else.
pub fn bare_choice(text: &str) -> Option<usize> {
    let clauses = clauses(text);
    choice_in(&clauses).filter(|_| clauses.iter().all(|words| wishes_of_clause(words).is_empty()))
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

fn wishes_of_clause(words: &[String]) -> Vec<Wish> {
    let mut wishes = Vec::new();
    let mut is_refused = false;
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| &words[before]);
        let after = words.get(at + 1).map_or("", String::as_str);
        match word.as_str() {
            "instead" if after == "of" => is_refused = true,
            "rather" | "than" if before == "rather" || after == "than" => is_refused = true,
            word if is_refused && DOUBLED.contains(&word) => is_refused = false,
            word if NEW_CLAUSES.contains(&word) => is_refused = false,
            // "Why not feed him?" is a wish.
            word if NEGATIONS.contains(&word) => is_refused = before != "why",
            // "Going to feed him" is no journey.
            "going" if after == "to" && words.get(at + 2).is_some_and(|word| Verb::find(word).is_some()) => {}
            word => wishes.extend(Verb::find(word).map(|verb| Wish { verb, is_refused })),
        }
    }
    wishes
}

/// The words between marks, in lower case, without apostrophes: [`BOT_INPUT_WORDS`] at most.
pub(crate) fn clauses(text: &str) -> Vec<Vec<String>> {
    let text = text.to_lowercase();
    let mut left = BOT_INPUT_WORDS;
    let words = |clause: &str| {
        let words: Vec<String> = clause.split(is_between_words).filter_map(plain_word).take(left).collect();
        left -= words.len();
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
        let wishes = wishes(text);
        let words: Vec<String> = wishes
            .iter()
            .map(|wish| format!("{}{}", if wish.is_refused { "-" } else { "" }, wish.verb.base()))
            .collect();
        words.join(" ")
    }

    #[test]
    fn verbs_in_any_form_wherever_they_stand() {
        for (text, wished) in [
            ("Let him EAT to his death!", "eat"),
            ("let him go home", "go"),
            ("They shall be fed, then hanged.", "feed hang"),
            ("...Marrying?! Why,marrying!!", "marry marry"),
            ("I want him pardoned and sent to the Wall", "pardon send"),
            ("We are going to fight.", "fight"),
            ("We are going to the Wall.", "go"),
            ("None of those! I wish him no harm.", ""),
            ("eaten-eating", "eat eat"),
            ("theatre, feathers, goat", ""),
            ("", ""),
        ] {
            assert_eq!(found(text), wished, "{text}");
        }
    }

    #[test]
    fn what_is_not_to_be_done() {
        for (text, wished) in [
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
            assert_eq!(found(text), wished, "{text}");
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
            assert_eq!(bare_choice(text), chosen, "{text}");
        }
        assert_eq!((choice("First, feed him!"), bare_choice("First, feed him!")), (Some(1), None));
    }
}
