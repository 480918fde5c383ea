//! Detects whether a person approves of an order or a suggestion.

use std::sync::LazyLock;

use crate::bots::clauses;
use crate::bots::phrase_table::PhraseTable;

use Sense::{Approves, Lacks, Negates, Nothing, Objects};

/// The meaning of a word or phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Approves,
    Objects,
    /// Inverts what follows in its clause. Without anything to invert, it objects.
    Negates,
    /// Inverts what follows, but without anything to invert it means nothing: "a roll without butter".
    Lacks,
    /// Looks like one of the others, but means nothing.
    Nothing,
}

/// Known phrases, separated by commas. The longest match wins.
const PHRASES: [(Sense, &str); 5] = [
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
        "no, not, never, nothing, neither, nor, nobody, none, hardly, cannot, cant, dont, \
         doesnt, didnt, wont, wouldnt, couldnt, shouldnt, mustnt, isnt, arent, aint",
    ),
    (Lacks, "without"),
    (
        Nothing,
        "good lord, good heavens, good gods, good grief, good morning, good evening, why not, never mind, \
         no matter, no idea, know nothing, good luck, not know, dont know, right now",
    ),
];

/// What the words between two marks, or two "but", say.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    approves: bool,
    objects: bool,
    /// It denies something that is neither good nor bad, as in "I would never do that".
    declines: bool,
}

/// Whether a text approves of an order or a suggestion. `None`: it does not say so clearly, or says both.
pub(crate) fn consent(text: &str) -> Option<bool> {
    let mut all = Said::default();
    // A question is not an answer: "Is that wise?"
    let stated = text.split_inclusive([',', ';', '.', '!', '?']).filter(|part| !part.ends_with('?'));
    let clauses: Vec<Vec<String>> = stated.flat_map(clauses).collect();
    for clause in &clauses {
        for (at, words) in clause.split(|word| word == "but").enumerate() {
            let said = said(words);
            // "Nice, but my back hurts" is no yes. "But ok" is one.
            all.approves &= at == 0 || words.is_empty() || said.approves || said.objects;
            all.approves |= said.approves;
            all.objects |= said.objects;
            all.declines |= said.declines;
        }
    }
    match (all.approves, all.objects) {
        (true, true) => None,
        (false, false) => all.declines.then_some(false),
        (approves, _) => Some(approves),
    }
}

fn said(words: &[String]) -> Said {
    let senses: Vec<Sense> = KNOWN.find(words).into_iter().map(|(_, sense)| sense).collect();
    let mut said = Said::default();
    let (mut is_negated, mut is_denied) = (false, false);
    for sense in &senses {
        match (sense, is_negated) {
            (Approves, false) | (Objects, true) => said.approves = true,
            (Objects, false) | (Approves, true) => said.objects = true,
            (Negates | Lacks, _) => is_negated = true,
            (Nothing, _) => {}
        }
        is_denied |= *sense == Negates;
    }
    let is_bare = !senses.iter().any(|sense| matches!(sense, Approves | Objects));
    // Said alone, it is a yes; "why not eat first" is not.
    said.approves |= words.ends_with(&["why".to_owned(), "not".to_owned()]);
    // "No, my Lord" objects; "Do not spare him" may follow an approval.
    said.objects |= is_denied && is_bare && matches!(words.first().map(String::as_str), Some("no" | "never"));
    said.declines = is_denied && is_bare;
    said
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
                 I don't mind, why not. | I don't mind | I do not mind at all | Why not! | Well, why not | I don't see why not | \
                 I never repaired a test, I am a nurse. but ok | without doubt",
            ),
            (
                Some(false),
                "No. | No, my Lord! | Never! | I doubt it. | I object | Not him! | I refuse to ride. | \
                 Shame! | Shame on you, my Lord | I don't approve. | I do not think that this is good | \
                 That is wrong | I disagree. | Certainly not. | I'd rather not | I will not obey! | Over my \
                 dead body | I am against it | Madness! | I would never do that | I'm not sure. | \
                 I would love to, but I can't.",
            ),
            (
                None,
                "Hm. | Let us eat, my Lord! | Is that wise? | Are you sure? | No? | Yes and no: I doubt it. \
                 | Good, but I doubt it | sounds nice but my back hurts | Great, but later | No, I agree. \
                 | I skip the middle. beginnings and ends, like a sandwich without filling | one more | Good Lord! | Why not? | I don't know | I know nothing. | Hang him! | \
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
