//! Tells orders from talk: a clear verb, the number of an option, or its words. A Lord chats, too, and an order that is
//! not heard costs a second, while talk that is taken for one costs a realm. So in doubt it is talk.

use crate::bots::orders::{Action, NEGATIONS, actions_in_clause, clauses};
use crate::bots::verbs::Verb;

/// Words before an order that mean nothing.
const OPENERS: [&str; 43] = [
    "ok",
    "okay",
    "k",
    "well",
    "so",
    "then",
    "now",
    "please",
    "just",
    "er",
    "ah",
    "oh",
    "yes",
    "yeah",
    "yep",
    "aye",
    "no",
    "right",
    "fine",
    "alright",
    "and",
    "but",
    "or",
    "good",
    "sure",
    "very",
    "my",
    "lord",
    "friends",
    "all",
    "everybody",
    "everyone",
    "folks",
    "guys",
    "lol",
    "lmao",
    "therefore",
    "instead",
    "rather",
    "finally",
    "anyway",
    "today",
    "quickly",
];

/// Words beside the number of an option.
const BESIDE_NUMBERS: [&str; 44] = [
    "the",
    "one",
    "option",
    "number",
    "nr",
    "choice",
    "i",
    "we",
    "take",
    "choose",
    "pick",
    "say",
    "go",
    "with",
    "for",
    "lets",
    "let",
    "us",
    "it",
    "is",
    "be",
    "do",
    "like",
    "think",
    "prefer",
    "try",
    "of",
    "course",
    "obviously",
    "definitely",
    "order",
    "command",
    "want",
    "vote",
    "answer",
    "decision",
    "sounds",
    "looks",
    "seems",
    "best",
    "better",
    "wise",
    "me",
    "as",
];

/// Words that tell no option from another.
const COMMON_WORDS: [&str; 27] = [
    "the", "and", "for", "with", "from", "that", "this", "them", "him", "her", "into", "what", "can", "our",
    "own", "there", "while", "until", "first", "all", "who", "its", "their", "his", "one", "some", "then",
];

/// Verbs of everyday talk. They are orders if something is to be done to somebody: "help them", but not "help!".
const CHATTY: [&str; 26] = [
    "ask", "close", "count", "feast", "free", "give", "go", "help", "ignore", "keep", "laugh", "listen",
    "open", "play", "save", "share", "sing", "sleep", "speak", "storm", "talk", "teach", "train", "travel",
    "welcome", "write",
];

/// Verbs that are orders only with "let" or "shall".
const IDLE: [&str; 2] = ["thank", "wait"];

/// What chatty verbs do something to.
const OBJECTS: [&str; 11] =
    ["him", "her", "them", "his", "their", "the", "those", "these", "our", "it", "home"];

/// Words of a first person that decides.
const DECIDES: [&str; 19] = [
    "say", "order", "command", "decree", "want", "wish", "choose", "decide", "prefer", "vote", "will",
    "shall", "would", "rule", "forbid", "refuse", "suggest", "ill", "id",
];

/// The most words between "let" or "shall" and its verb.
const REACH: usize = 6;

/// What a text orders: the actions of the clauses that are orders. `None`: it is talk. It may order what is no known
/// action: "Let them be gnomes!"
pub fn ordered(text: &str) -> Option<Vec<Action>> {
    let clauses = clauses(text);
    let mut orders = clauses.iter().filter(|words| is_order(words)).peekable();
    orders.peek()?;
    Some(orders.flat_map(|words| actions_in_clause(words)).collect())
}

/// The number of the option that a text chooses, 1 to 3: "2!", "ok, the second one then", "let's go with 2". Not: "in 2
/// minutes", "one second".
pub fn numbered(text: &str) -> Option<usize> {
    // ":3" and "<3" are smiles.
    let text: Vec<&str> =
        text.split_whitespace().filter(|word| !word.starts_with([':', '<', '=']) || word.len() > 2).collect();
    let clauses = clauses(&text.join(" ").replace(':', " "));
    let last = clauses.len().checked_sub(1)?;
    let numbers = || clauses.iter().flatten().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let mut chosen = clauses.iter().enumerate().filter_map(|(at, words)| number_in(words, at == last));
    let number = chosen.next()?;
    (chosen.next().is_none() && numbers().count() <= 1).then_some(number)
}

/// The index of the option whose words a text says: "the furniture", "I think burning the furniture is best".
pub fn named(text: &str, options: &[String]) -> Option<usize> {
    let clauses = clauses(text);
    if clauses.iter().flatten().any(|word| NEGATIONS.contains(&word.as_str())) {
        return None;
    }
    let options: Vec<Vec<String>> = options.iter().map(|option| self::clauses(option).concat()).collect();
    let said = |word: &String| clauses.iter().flatten().any(|other| is_same(word, other));
    let telling = |words: &Vec<String>| words.iter().filter(|word| is_telling(word) && said(word)).count();
    // The whole of it, or a clause of nothing else.
    let is_alone = |option: &Vec<String>| {
        let is_of_option = |word: &String| option.iter().any(|other| is_same(word, other));
        let is_part = |word: &String| is_filler(word) || is_of_option(word);
        let tells = |word: &String| is_telling(word) && !is_chatty(word) && is_of_option(word);
        option.iter().all(said)
            || clauses.iter().any(|words| words.iter().all(is_part) && words.iter().any(tells))
    };
    let score = |option: &Vec<String>| match telling(option) {
        1 if !is_alone(option) => 0,
        score => score,
    };
    let scores: Vec<usize> = options.iter().map(score).collect();
    let best = scores.iter().copied().max().filter(|best| *best > 0)?;
    let mut winners = scores.iter().enumerate().filter(|(_, score)| **score == best);
    let (at, _) = winners.next()?;
    winners.next().is_none().then_some(at)
}

/// The option that a clause chooses by number.
fn number_in(words: &[String], is_last: bool) -> Option<usize> {
    let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| is_filler(word)).collect();
    let is_beside = |word: &&str| is_filler(word) || BESIDE_NUMBERS.contains(word);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |at| words[at]);
        let is_named = matches!(before, "option" | "number" | "nr" | "choice");
        let is_alone = words.len() == 1;
        let is_ordinal = before == "the" || (at == 0 && is_last && words.len() <= 2);
        let number = match *word {
            "1" => 1,
            "2" | "two" => 2,
            "3" | "three" => 3,
            "one" if is_named || is_alone => 1,
            "1st" | "first" if is_ordinal => 1,
            "2nd" | "second" if is_ordinal => 2,
            "3rd" | "third" if is_ordinal => 3,
            word if is_beside(&word) => continue,
            _ => return None,
        };
        if found.replace(number).is_some() {
            return None;
        }
    }
    found
}

/// Whether a clause is an order: by one of its verbs, or by its form alone, as in "let him VERB" and "I order ...".
fn is_order(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| is_filler(word)).collect();
    let is_ordered = |(at, word): (usize, &&str)| {
        Verb::find(word).is_some_and(|verb| is_ordered(&words[..at], word, verb, &words[at + 1..]))
    };
    matches!(words[..], ["let", "him" | "her" | "them", _, ..] | ["i", "order" | "command" | "decree", _, ..])
        || words.iter().enumerate().any(is_ordered)
}

/// Whether a clause with this verb between these words orders that.
fn is_ordered(before: &[&str], word: &str, verb: &Verb, after: &[&str]) -> bool {
    let form = Form::of(word, verb);
    let has = |options: &[&str]| before.iter().any(|word| options.contains(word));
    let begins = before.first().copied().unwrap_or_default();
    let is_first_person = matches!(begins, "i" | "ill" | "id");
    let is_near = before.len() <= REACH;
    if matches!(begins, "let" | "have" | "get") && !matches!(before.get(1), None | Some(&"me" | &"us")) {
        return is_near && (form == Form::Past || (form == Form::Base && begins == "let"));
    }
    if has(&["shall", "must"]) && !is_first_person && begins != "we" {
        return is_near && (form == Form::Base || (form == Form::Past && has(&["be"])));
    }
    let has_object = after.iter().take(2).any(|word| OBJECTS.contains(word));
    let is_clear = match () {
        () if IDLE.contains(&verb.base()) => false,
        () if CHATTY.contains(&verb.base()) => has_object,
        () => !matches!((verb.base(), after.first()), ("hang", Some(&"on")) | ("run", Some(&"out"))),
    };
    if is_first_person {
        let is_passive = form == Form::Past && has(&["him", "her", "them", "be"]);
        let is_active = form != Form::Past && (has_object || has(&["you", "him", "her", "them"]));
        return has(&DECIDES) && is_near && is_clear && (is_passive || is_active);
    }
    let is_led = before.iter().all(|word| is_lead(word));
    match form {
        Form::Base => is_led && is_clear,
        Form::Gerund => {
            let rest = after.iter().all(|word| is_filler(word) || OBJECTS.contains(word));
            is_led && !is_chatty(verb.base()) && (after.is_empty() || (has_object && rest))
        }
        Form::Past | Form::Third => false,
    }
}

/// A word that may stand before an imperative: "let us", "we should", "do not".
fn is_lead(word: &str) -> bool {
    const LEADS: [&str; 16] = [
        "do", "dont", "not", "never", "lets", "let", "us", "we", "should", "must", "shall", "will", "always",
        "to", "nobody", "first",
    ];
    is_filler(word) || LEADS.contains(&word)
}

/// The form of a verb.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Base,
    Third,
    Gerund,
    /// The past or the past participle.
    Past,
}

impl Form {
    fn of(word: &str, verb: &Verb) -> Form {
        match () {
            () if word == verb.base() || word.ends_with("ize") => Form::Base,
            () if word.ends_with("ing") => Form::Gerund,
            () if word.ends_with('s') => Form::Third,
            () => Form::Past,
        }
    }
}

/// Whether a word means nothing in an order: an opener, a hum or a laugh.
fn is_filler(word: &str) -> bool {
    let is_of = |letters: &str| word.chars().all(|c| letters.contains(c));
    OPENERS.contains(&word) || is_of("hmu") || is_of("hae")
}

fn is_chatty(word: &str) -> bool {
    CHATTY.contains(&word) || IDLE.contains(&word)
}

/// Whether a word of an option tells it from others.
fn is_telling(word: &str) -> bool {
    word.len() > 2 && !COMMON_WORDS.contains(&word)
}

/// Whether two words are the same, or forms of one verb.
fn is_same(one: &str, other: &str) -> bool {
    one == other || Verb::find(one).is_some_and(|verb| Verb::find(other) == Some(verb))
}
