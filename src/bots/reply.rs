//! What a message calls for: how much a bot has to say to it, and which kind of line.

use std::sync::LazyLock;

use regex::Regex;

use crate::bots::Character;
use crate::bots::analysis::{Analysis, Tag};
use crate::bots::lines::Cue;

/// What a bot has to say of its own subject is worth so much.
pub(super) const OWN: usize = 10;

/// Names of places and activities that are longer, in characters, are not repeated.
const REPEATED_CHARS: usize = 40;

/// What asks bots to be silent.
static HUSH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(shut up|be quiet|be silent|stop talking|silence,? please|quiet,? (please|now)|hush)\b",
    )
    .expect("a constant pattern, which every test compiles")
});

/// What is no matter for jokes.
static SAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(died|dead|death|funeral|cancer|hospital|divorced?|lost my|i am sick|i'?m sick|i am ill|i'?m ill|depressed|suicide|heartbroken|got fired|was fired|burgled|accident|crying|lonely|so sad|i am sad|i'?m sad)\b",
    )
    .expect("a constant pattern, which every test compiles")
});

/// What asks for more than an "I am here".
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\b(what|whats|who|whose|why|when|where|which|how|can|could|would|will|does|did)\b")
        .expect("a constant pattern, which every test compiles")
});

/// Makes the tables that are made on first use, so that no message waits for that.
pub(super) fn prepare() {
    for pattern in [&HUSH, &SAD, &WHICH] {
        LazyLock::force(pattern);
    }
}

/// A message, as bots take it.
#[derive(Debug)]
pub(super) struct Heard<'a> {
    pub(super) text: &'a str,
    pub(super) analysis: Analysis,
}

impl Heard<'_> {
    /// Whether it asks bots to be silent: one that is spoken to, or "bots".
    pub(super) fn is_hush(&self) -> bool {
        let means_bots = !self.analysis.addressed.is_empty() || self.text.to_lowercase().contains("bot");
        HUSH.is_match(self.text) && (means_bots || self.text.split_whitespace().count() <= 3)
    }

    /// Whether it is no matter for jokes.
    pub(super) fn is_sad(&self) -> bool {
        SAD.is_match(self.text)
    }

    /// How much a bot has to say to it.
    pub(super) fn interest(&self, character: Character) -> usize {
        let kinds = [Tag::Question, Tag::Opinion, Tag::Suggestion];
        let kind = kinds.iter().filter(|tag| self.is(**tag)).count();
        if self.is_own(character) { OWN + kind } else { 1 }
    }

    /// What calls for a line of this bot's.
    pub(super) fn cue(&self, character: Character) -> Cue {
        let (is_question, has_subject) = (self.is(Tag::Question), !self.analysis.subjects.is_empty());
        let social = match () {
            () if self.is_sad() => Some(Cue::Sorry),
            () if is_question => None,
            () if self.is(Tag::Thanks) => Some(Cue::Thanks),
            () if self.is(Tag::Farewell) => Some(Cue::Bye),
            () if self.is(Tag::Greeting) => Some(Cue::Hello),
            () => None,
        };
        if let Some(cue) = social {
            return cue;
        }
        if self.is_own(character) {
            return match () {
                () if self.is(Tag::Suggestion) => Cue::Suggestion,
                () if self.is(Tag::Opinion) => Cue::Opinion,
                () if is_question => Cue::OwnQuestion,
                () => Cue::Own,
            };
        }
        match () {
            () if self.is(Tag::TooComplicated) => Cue::Complicated,
            () if self.is(Tag::Suggestion) => Cue::OtherSuggestion,
            () if has_subject && is_question => Cue::OtherQuestion,
            () if has_subject => Cue::Other,
            () if self.is_call() => Cue::Addressed,
            () if is_question => Cue::PlainQuestion,
            () => Cue::Plain,
        }
    }

    /// What one does, if it can be repeated.
    pub(super) fn activity(&self) -> Option<&str> {
        self.analysis.activity.as_deref().filter(|activity| is_repeatable(activity))
    }

    pub(super) fn is(&self, tag: Tag) -> bool {
        self.analysis.tags.contains(tag)
    }

    fn is_own(&self, character: Character) -> bool {
        character.subjects().iter().any(|subject| self.analysis.subjects.contains(*subject))
    }

    /// Spoken to, about nothing, as in "bot, are you there?"
    fn is_call(&self) -> bool {
        let is_plain = !self.is(Tag::Opinion) && !WHICH.is_match(self.text);
        !self.analysis.addressed.is_empty() && is_plain && self.text.split_whitespace().count() <= 7
    }
}

/// Whether `text` is short enough to be said again.
pub(super) fn is_repeatable(text: &str) -> bool {
    text.chars().nth(REPEATED_CHARS).is_none()
}
