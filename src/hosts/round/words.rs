//! The sentences of a round's host, apart from the suggestions. Names stand between commas, "and" and a verb, never
//! side by side: so no sentence can be parsed as a suggestion, whatever the names are.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::base::limits::{ROUND_FILL_DELAY, ROUND_NEXT_DELAY, ROUND_SEATS, ROUND_SUGGESTIONS};
use crate::base::text::list;
use crate::bots::shuffle_bag::fill_within;
use crate::hosts::round::game::Count;

/// To a bot of the cast that is not needed any more.
pub(super) const NOT_NEEDED: &str = "You are not needed any more. Thank you for coming.";

/// To a bot of the cast that the operator has stopped.
pub(super) const TAKEN_OUT: &str = "The operator has stopped you.";

/// To a bot of the cast at the end of the round.
pub(super) const OVER: &str = "The round is over.";

/// To a person that comes to a game.
pub(super) const HOW_TO_PLAY: &str = "The host makes three suggestions. Say what you think of each, in your own words; then all vote, by number.";

/// To a bot of the cast that gives its seat to somebody else.
pub(super) const MADE_WAY: &str = "Somebody else takes your seat now. Thank you for coming.";

/// Of guests that lose their seats as they said nothing: of one, and of several.
pub(super) const SLEEPS: (&str, &str) = ("sleeps on beside the table.", "sleep on beside the table.");

/// Of guests that give their seats to others who have waited: of one, and of several.
pub(super) const MAKES_WAY: (&str, &str) =
    ("makes way for those who have waited.", "make way for those who have waited.");

/// To a guest that gives its seat to somebody who has waited.
pub(super) const MADE_WAY_AND_WATCHES: &str =
    "Others have waited for a seat, so you watch this round. You get a seat for the next one.";

/// To a guest that lost its seat as it said nothing.
pub(super) const ASLEEP: &str =
    "You said nothing, so you watch now. Say anything, and you get a seat for the next round.";

/// To the room, when nobody plays any more.
pub(super) const DOZED: &str =
    "I hear nothing but breathing, so we stop here. Say something when you want another round.";

/// To who comes while nobody plays.
pub(super) const RESTS: &str = "No round is under way. One begins when a person here types /ready.";

/// To people at the table, after grave words.
pub(super) const RESTS_FOR_A_WHILE: &str =
    "The round is off for now. When you want another one, type /ready.";

/// Reminds a guest to vote.
pub(super) const VOTE_NUDGE: &str = "Your vote is missing: type 1, 2 or 3.";

/// To a guest whose words name none of the suggestions, or several.
pub(super) const WHICH_VOTE: &str = "Which one do you vote for? Type 1, 2 or 3, or a word of it.";

/// To a guest that votes at another time.
pub(super) const VOTE_LATER: &str = "Nothing is voted on just now. The vote comes after three suggestions.";

/// To a watcher that votes.
pub(super) const VOTE_NOT_SEATED: &str =
    "Only guests with a seat vote. Stay, and you get one for the next round.";

/// To the room, when watchers may take seats.
pub(super) const FREE_AGAIN: &str = "All seats are free again, and you have waited long enough.";

/// To the room, when the operator stops the rounds and when they go on.
pub(super) const STOPPED: &str = "No further round begins for now. Keep your seats if you like to wait.";
/// See [`STOPPED`].
pub(super) const GOES_ON: &str = "There are rounds again.";

/// To a guest that takes a seat while rounds are stopped.
pub(super) const SEATED_WHILE_STOPPED: &str =
    "You have a seat. No round begins before the operator allows it.";

/// Answers to `/ready`.
pub(super) const READY_NOT_SEATED: &str = "Only a guest with a seat can call the cast.";
/// See [`READY_NOT_SEATED`].
pub(super) const READY_UNDER_WAY: &str = "A round is under way already.";
/// See [`READY_NOT_SEATED`].
pub(super) const READY_NO_PERSON: &str = "The cast comes when a person calls it.";
/// See [`READY_NOT_SEATED`].
pub(super) const READY_STOPPED: &str = "No round begins before the operator allows it.";
/// See [`READY_NOT_SEATED`].
pub(super) const READY_TOO_FEW: &str =
    "The operator has stopped some bots of the cast, so too few can come. The free seats wait for people.";
/// See [`READY_NOT_SEATED`].
pub(super) const READY_COMING: &str = "The cast is on its way already.";

/// Reminds a guest to answer.
pub(super) const NUDGE: &str =
    "Everybody would like to hear from you, too. Say anything: it counts as your answer.";

const WELCOMES: [&str; 4] = [
    "Welcome, {names}! Make yourselves comfortable while I think of something.",
    "There we are: {names}. Welcome! One moment, I only have to find my notes.",
    "A full table: {names}. How nice to have you here! Let me think.",
    "Now we are complete: {names}. Welcome, and lend me your ears.",
];

const THANKS: [&str; 4] = [
    "Thank you, all of you. I have learnt a lot, mostly about you.",
    "That makes a round. Thank you for every word of it!",
    "Thank you! I decide nothing, but I enjoyed each answer.",
    "Well said, all around. Thank you, and until the next time!",
];

/// Welcomes all guests.
pub(super) fn welcome(names: &[impl AsRef<str>], rng: &mut StdRng) -> String {
    WELCOMES.choose(rng).unwrap_or(&WELCOMES[0]).replace("{names}", &list(names))
}

/// Thanks for all answers.
pub(super) fn thanks(rng: &mut StdRng) -> &'static str {
    THANKS.choose(rng).unwrap_or(&THANKS[0])
}

/// Announces the guests that took seats, and how many seats are free.
pub(super) fn seated(names: &[&str], missing: usize) -> String {
    let (has, seat) = if names.len() == 1 { ("has", "seat") } else { ("have", "seats") };
    match (missing, names.len()) {
        (0, _) => format!("{} {has} taken the last {seat}.", list(names)),
        (_, 1) => format!("{} has taken a seat. {}", list(names), are_missing(missing)),
        _ => format!("{} have taken seats. {}", list(names), are_missing(missing)),
    }
}

/// Announces that a seat is free again.
pub(super) fn freed(name: &str, missing: usize) -> String {
    format!("The seat of {name} is free again. {}", are_missing(missing))
}

/// Announces that no bot of the cast can take the free seats.
pub(super) fn nobody_comes(missing: usize) -> String {
    format!("Nobody of the cast can come just now. {}", are_missing(missing))
}

/// Announces that a guest left before it answered.
pub(super) fn without(name: &str) -> String {
    format!("We go on without {name}.")
}

/// Announces the guests that did not answer in time.
pub(super) fn passed_over(names: &[&str]) -> String {
    let is = if names.len() == 1 { "is" } else { "are" };
    format!("{} {is} lost in thought, so we go on.", list(names))
}

/// Announces the guests that did not vote in time.
pub(super) fn did_not_vote(names: &[&str]) -> String {
    let (keeps, their) = if names.len() == 1 { ("keeps", "the vote") } else { ("keep", "their votes") };
    format!("{} {keeps} {their} secret, even from me.", list(names))
}

/// Tells something of guests, in words for one and for several.
pub(super) fn about(names: &[&str], (of_one, of_several): (&str, &str)) -> String {
    format!("{} {}", list(names), if names.len() == 1 { of_one } else { of_several })
}

/// The suggestion with this number, from 1.
pub(super) fn numbered(number: usize, suggestion: &str) -> String {
    format!("({number}/{ROUND_SUGGESTIONS}) {suggestion}")
}

/// Confirms a vote.
pub(super) fn voted(number: usize) -> String {
    format!("You vote for number {number}.")
}

/// Announces the next game.
pub(super) fn next_round() -> String {
    let pause = ROUND_NEXT_DELAY.as_secs();
    format!("Keep your seats: the next round begins in {pause} seconds, or at once with /ready.")
}

/// Comments on answers with this line: of `names` and `others`, and of a `word` of `name`.
pub(super) fn comment(line: &str, names: &[&str], others: &[&str], name: &str, word: &str) -> String {
    let (names, others) = (list(names), list(others));
    fill_within(line, &[("{word}", word), ("{names}", &names), ("{others}", &others), ("{name}", name)])
}

/// Tells the result of a vote with this line, when `all` votes were given.
pub(super) fn result(line: &str, count: &Count, all: usize) -> String {
    const WORDS: [&str; ROUND_SEATS + 1] = ["none", "one", "two", "three", "four"];
    let word = |count: usize| WORDS.get(count).copied().unwrap_or("many");
    let votes = if count.votes == 1 { "one vote".to_owned() } else { format!("{} votes", word(count.votes)) };
    let tied: Vec<String> = count.best.iter().map(|at| (at + 1).to_string()).collect();
    let (number, tied) = ((count.chosen + 1).to_string(), list(&tied));
    fill_within(line, &[("{number}", &number), ("{votes}", &votes), ("{all}", word(all)), ("{tied}", &tied)])
}

/// Tells with this line what came of the suggestion with this subject. `one` and `other` are guests.
pub(super) fn epilogue(line: &str, subject: &str, one: &str, other: &str) -> String {
    let filled = fill_within(line, &[("{subject}", subject)]);
    let mut chars = filled.chars();
    let filled = match chars.next() {
        Some(first) if first != '{' => first.to_uppercase().chain(chars).collect(),
        _ => filled,
    };
    fill_within(&filled, &[("{one}", one), ("{other}", other)])
}

/// To the first person that takes a seat.
pub(super) fn seated_first() -> String {
    let wait = ROUND_FILL_DELAY.as_secs();
    format!(
        "In {wait} seconds the cast takes the seats that are free then. Type /ready to have it come at once."
    )
}

/// To a watcher, when `before` others wait already.
pub(super) fn watching(is_under_way: bool, before: usize) -> String {
    let why = if is_under_way { "A round is under way" } else { "All seats are taken" };
    let turn = match before {
        0 => "you get the first seat that is free for the next round".to_owned(),
        1 => "you get a seat for a later round, after one who was here before you".to_owned(),
        _ => format!("you get a seat for a later round, after {before} who were here before you"),
    };
    format!("{why}, so you watch. Stay, and {turn}.")
}

/// To a guest at the end.
pub(super) fn parting(room: &str) -> String {
    format!("The round is over. Thank you for playing! Type /join {room} for another.")
}

/// Whether a text is one of the welcomes or thanks.
#[cfg(test)]
pub(super) fn is_welcome_or_thanks(text: &str, names: &[&str]) -> bool {
    WELCOMES.iter().any(|welcome| welcome.replace("{names}", &list(names)) == text) || THANKS.contains(&text)
}

fn are_missing(missing: usize) -> String {
    const WORDS: [&str; ROUND_SEATS + 1] = ["None is", "One is", "Two are", "Three are", "Four are"];
    format!("{} missing.", WORDS.get(missing).unwrap_or(&"Some are"))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::bots::shuffle_bag::PhraseBook;
    use crate::bots::{Ballot, Suggestion};

    const BOOK: &str = include_str!("phrases/host.txt");

    #[test]
    fn each_action_has_an_epilogue_and_each_bag_is_used() {
        let book = PhraseBook::parse(BOOK);
        let actions: std::collections::HashSet<&str> = Suggestion::all().map(|s| s.action).collect();
        let others = [
            "all for",
            "all against",
            "split",
            "word",
            "plain",
            "vote",
            "won",
            "unanimous",
            "alone",
            "tie",
            "nobody",
        ];
        for (bag, lines) in book.bags() {
            assert!(actions.contains(bag) || others.contains(&bag), "[{bag}]");
            assert!(lines.len() >= 2, "[{bag}]");
        }
        assert_eq!(book.bags().count(), actions.len() + others.len());
    }

    #[test]
    fn no_line_of_the_book_is_taken_for_a_suggestion_or_a_ballot() {
        let count = |best: &[usize]| Count { chosen: 1, best: best.to_vec(), votes: 2 };
        for suggestion in Suggestion::all() {
            for (bag, lines) in PhraseBook::parse(BOOK).bags() {
                for line in lines.lines() {
                    let filled = [
                        epilogue(line, suggestion.subject, "play", "bob"),
                        comment(line, &["climb", "Ann"], &["bob"], "drink", "coffee"),
                        result(line, &count(&[1]), 3),
                        result(line, &count(&[0, 1]), 4),
                    ];
                    for text in &filled {
                        assert_eq!(Suggestion::find(text), None, "{text}");
                        assert_eq!(Ballot::find(text), None, "{text}");
                    }
                    assert!(line.ends_with(['.', '?', '!']), "{line}");
                    if suggestion.action == bag {
                        assert!(!filled[0].contains(['{', '}']), "{}", filled[0]);
                        assert!(
                            !filled[0].starts_with(char::is_lowercase) || line.starts_with("{one}"),
                            "{}",
                            filled[0]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn seats_are_counted_in_words() {
        assert_eq!(seated(&["Ann"], 3), "Ann has taken a seat. Three are missing.");
        assert_eq!(seated(&["Ann", "Bob"], 1), "Ann and Bob have taken seats. One is missing.");
        assert_eq!(seated(&["Ann"], 0), "Ann has taken the last seat.");
        assert_eq!(seated(&["Ann", "Bob"], 0), "Ann and Bob have taken the last seats.");
        assert_eq!(freed("Ann", 2), "The seat of Ann is free again. Two are missing.");
        assert_eq!(passed_over(&["Ann", "Bob"]), "Ann and Bob are lost in thought, so we go on.");
    }

    #[test]
    fn nothing_is_taken_for_a_suggestion_whatever_the_guests_are_called() {
        let rng = &mut StdRng::seed_from_u64(0);
        let words: Vec<&'static str> =
            Suggestion::all().flat_map(|s| s.action.split(' ').chain(s.subject.split(' '))).collect();
        for pair in words.windows(2).chain(words.chunks(3)) {
            let [first, last] = [pair[0], pair[pair.len() - 1]];
            let lines = [
                seated(&[first], 1),
                seated(pair, 0),
                seated(pair, 2),
                freed(first, 1),
                nobody_comes(2),
                without(first),
                passed_over(pair),
                seated_first(),
                watching(true, 0),
                watching(false, 7),
                parting(last),
                welcome(pair, rng),
                thanks(rng).to_owned(),
                did_not_vote(pair),
                about(pair, SLEEPS),
                about(&[first], MAKES_WAY),
                voted(2),
                next_round(),
            ];
            for line in lines.iter().map(String::as_str).chain(WELCOMES).chain(THANKS).chain([
                FREE_AGAIN,
                STOPPED,
                GOES_ON,
                SEATED_WHILE_STOPPED,
                READY_COMING,
                NUDGE,
                OVER,
                HOW_TO_PLAY,
                MADE_WAY_AND_WATCHES,
                ASLEEP,
                DOZED,
                RESTS,
                RESTS_FOR_A_WHILE,
                VOTE_NUDGE,
                WHICH_VOTE,
                VOTE_LATER,
                VOTE_NOT_SEATED,
            ]) {
                assert_eq!(Suggestion::find(line), None, "{line}");
            }
        }
    }
}
