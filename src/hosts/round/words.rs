//! The sentences of a round's host, apart from the suggestions. Names stand between commas, "and" and a verb, never
//! side by side: so no sentence can be parsed as a suggestion, whatever the names are.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::base::limits::{ROUND_FILL_DELAY, ROUND_SEATS};
use crate::base::text::list;

/// To a bot of the cast that is not needed any more.
pub(super) const NOT_NEEDED: &str = "You are not needed any more. Thank you for coming.";

/// To a bot of the cast that the operator has stopped.
pub(super) const TAKEN_OUT: &str = "The operator has stopped you.";

/// To a bot of the cast at the end of the round.
pub(super) const OVER: &str = "The round is over.";

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
    use crate::bots::Suggestion;

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
            ];
            for line in lines.iter().map(String::as_str).chain(WELCOMES).chain(THANKS).chain([
                FREE_AGAIN,
                STOPPED,
                GOES_ON,
                SEATED_WHILE_STOPPED,
                READY_COMING,
                NUDGE,
                OVER,
            ]) {
                assert_eq!(Suggestion::find(line), None, "{line}");
            }
        }
    }
}
