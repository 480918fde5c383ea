//! Detects whether a person approves of an order or a suggestion.

use std::sync::LazyLock;

use crate::bots::clauses;
use crate::bots::phrase_table::PhraseTable;

use Sense::{Approves, Negates, Nothing, Objects};

/// The meaning of a word or phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Approves,
    Objects,
    /// Inverts what follows in its clause. Without anything to invert, it objects.
    Negates,
    /// Looks like one of the others, but means nothing.
    Nothing,
}

/// Known phrases, separated by commas. The longest match wins.
const PHRASES: [(Sense, &str); 4] = [
    (
        Approves,
        "yes, aye, ayes, yea, yeah, yep, yup, ok, okay, sure, surely, certainly, absolutely, indeed, \
         amen, bravo, hurrah, hooray, hail, agree, agrees, agreed, approve, approves, approved, support, \
         obey, follow, good, great, fine, nice, excellent, splendid, wonderful, perfect, brilliant, wise, \
         right, correct, true, gladly, glad, happy, happily, pleased, delighted, willingly, love to, nod, nods, of \
         course, with pleasure, my pleasure, with all my heart, with joy, long live, well said, well \
         spoken, well done, hear hear, so be it, at once, at your service, as you command, as you wish, \
         as you say, as you please, as you order, my lord commands, your wish is my command, i am with \
         you, im with you, i like, i love, like it, love it, count me in, no problem, no question, no \
         better, never better, not say no, not agree more, couldnt agree more, do not mind, dont mind, not mind, wouldnt mind",
    ),
    (
        Objects,
        "nay, nope, object, objects, objection, objections, doubt, doubts, doubtful, disagree, disagrees, \
         disapprove, disapproves, refuse, refuses, protest, oppose, against, shame, shameful, bad, wrong, \
         mistake, terrible, horrible, awful, cruel, unjust, unfair, unwise, foolish, folly, fool, stupid, \
         mad, madness, insane, nonsense, treason, boo, hate, dislike, over my dead body, of course not, \
         certainly not, surely not, absolutely not, i beg to differ",
    ),
    (
        Negates,
        "no, not, never, nothing, neither, nor, nobody, none, without, hardly, cannot, cant, dont, \
         doesnt, didnt, wont, wouldnt, couldnt, shouldnt, mustnt, isnt, arent, aint",
    ),
    (
        Nothing,
        "good lord, good heavens, good gods, good grief, good morning, good evening, why not, never mind, \
         no matter, no idea, know nothing, good luck, not know, dont know, right now",
    ),
];

/// Whether a text approves of an order or a suggestion. `None`: it does not say so clearly, or says both.
pub(crate) fn consent(text: &str) -> Option<bool> {
    let (mut approves, mut objects, mut is_declined) = (false, false, false);
    // A question is not an answer: "Is that wise?"
    let stated = text.split_inclusive([',', ';', '.', '!', '?']).filter(|part| !part.ends_with('?'));
    let clauses: Vec<Vec<String>> = stated.flat_map(clauses).collect();
    for words in clauses.iter().flat_map(|words| words.split(|word| word == "but")) {
        let senses: Vec<Sense> = KNOWN.find(words).into_iter().map(|(_, sense)| sense).collect();
        let mut is_negated = false;
        for sense in &senses {
            match (sense, is_negated) {
                (Approves, false) | (Objects, true) => approves = true,
                (Objects, false) | (Approves, true) => objects = true,
                (Negates, _) => is_negated = true,
                (Nothing, _) => {}
            }
        }
        let is_bare = !senses.iter().any(|sense| matches!(sense, Approves | Objects));
        // "No, my Lord" objects; "Do not spare him" may follow an approval.
        // Said alone, it is a yes; "why not eat first" is not.
        approves |= words.ends_with(&["why".to_owned(), "not".to_owned()]);
        objects |= is_negated && is_bare && matches!(words.first().map(String::as_str), Some("no" | "never"));
        is_declined |= is_negated && is_bare;
    }
    match (approves, objects) {
        (true, true) => None,
        (false, false) => is_declined.then_some(false),
        (approves, _) => Some(approves),
    }
}

static KNOWN: LazyLock<PhraseTable<Sense>> = LazyLock::new(|| PhraseTable::new(&PHRASES));

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&KNOWN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_an_order() {
        for (approves, sentences) in [
            (
                Some(true),
                "Yes! | Aye, my Lord. | I approve | approves | AGREED | Good. | With pleasure! | Long live \
                 the Lord! | As you command, so it shall be. | As you wish. | A wise decision indeed | I \
                 have no doubt. | I cannot but agree | No objections | I do not object | I have nothing \
                 against eating. | Not bad! | Yes, do not spare him! | Yes, why not? | Eating? Gladly. | I \
                 couldn't agree more | I’m with you | No problem. | so be it | I have no money, but I would love to | \
                 I don't mind, why not. | I don't mind | I do not mind at all | Why not! | Well, why not | I don't see why not",
            ),
            (
                Some(false),
                "No. | No, my Lord! | Never! | I doubt it. | I object | Not him! | I refuse to ride. | \
                 Shame! | Shame on you, my Lord | I don't approve. | I do not think that this is good | \
                 That is wrong | I disagree. | Certainly not. | I'd rather not | I will not obey! | Over my \
                 dead body | I am against it | Madness! | I would never do that | I'm not sure.",
            ),
            (
                None,
                "Hm. | Let us eat, my Lord! | Is that wise? | Are you sure? | No? | Yes and no: I doubt it. \
                 | Good, but I doubt it | No, I agree. | Good Lord! | Why not? | I don't know | I know nothing. | Hang him! | \
                 2 | What is there to eat? | knot, noble, goods, yesterday",
            ),
        ] {
            for sentence in sentences.split('|') {
                assert_eq!(consent(sentence), approves, "{sentence}");
            }
        }
    }

    #[test]
    fn no_phrase_is_known_twice_and_all_are_as_they_are_heard() {
        let mut phrases: Vec<&str> = PHRASES.iter().flat_map(|(_, phrases)| phrases.split(", ")).collect();
        for phrase in &phrases {
            assert_eq!(clauses(phrase).concat().join(" "), *phrase);
        }
        let count = phrases.len();
        phrases.sort_unstable();
        phrases.dedup();
        assert_eq!(phrases.len(), count);
    }
}
