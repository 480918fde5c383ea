//! Tells people in a `chaty` room what to say: at the door, and when nobody answers them.

use std::collections::VecDeque;

/// What a person hears when it comes in.
pub(super) const AT_THE_DOOR: &str = "Say something with work, play, eat, cry, sleep or fight in it, or call a bot by its name, and see who answers. \
     For example: shall we play?";

/// What a person that asks for help hears after grave words, when nobody plays.
pub(super) const AFTER_GRAVE_WORDS: &str =
    "/help lists what you can type, and /rooms the other rooms. The bots here are quiet for a few minutes.";

/// The same if somebody may do harm to itself.
pub(super) const IN_A_CRISIS: &str = "/help lists what you can type, and /rooms the other rooms. The bots here are quiet for a few minutes. \
     If you need help yourself, talk to somebody you trust, or call your local emergency number.";

/// What a person is told after so many lines without an answer.
const HINTS: [(u32, &str); 2] = [
    (
        1,
        "The bots here know six words: work, play, eat, cry, sleep and fight. Use one of them, and somebody answers.",
    ),
    (4, "Still no answer? Say for example: shall we eat? Or call a bot by its name: Dora, are you there?"),
];

/// The number of people that are remembered: those that spoke last.
const PEOPLE: usize = 32;

/// Who was answered, and how often others were not.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// The lines of each person that nobody answered. `None`: it was answered, and knows what to say.
    unanswered: VecDeque<(String, Option<u32>)>,
}

impl Hints {
    /// A bot answered this person.
    pub(super) fn answered(&mut self, name: &str) {
        *self.person(name) = None;
    }

    /// Nobody answered a line of this person. Returns what it is told.
    pub(super) fn unanswered(&mut self, name: &str) -> Option<&'static str> {
        let count = self.person(name).as_mut()?;
        *count += 1;
        HINTS.iter().find(|(lines, _)| lines == count).map(|(_, hint)| *hint)
    }

    /// A person has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for (name, _) in self.unanswered.iter_mut().filter(|(name, _)| name == from) {
            to.clone_into(name);
        }
    }

    fn person(&mut self, name: &str) -> &mut Option<u32> {
        let known = self.unanswered.iter().position(|(person, _)| person == name);
        let entry =
            known.and_then(|at| self.unanswered.remove(at)).unwrap_or_else(|| (name.to_owned(), Some(0)));
        if self.unanswered.len() == PEOPLE {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(entry);
        let last = self.unanswered.len() - 1;
        &mut self.unanswered[last].1
    }
}
