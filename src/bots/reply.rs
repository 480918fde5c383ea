//! How a bot reacts to a message: its interest, and the kind of line it answers with.

use std::sync::LazyLock;

use regex::Regex;

use crate::bots::Character;
use crate::bots::analysis::{Analysis, Concern, Subject, Tag};
use crate::bots::lines::Cue;

/// The least interest of a bot in a message about its own subject.
pub(super) const OWN: usize = 10;

/// The longest place or activity that bots repeat, in characters.
const REPEATED_CHARS: usize = 40;

/// Requests for silence.
static HUSH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(shut ?up|shut it|be quiet|be silent|stop (talking|chatting|spamming|bothering|answering)|silence,? please|quiet,? (please|now)|hush|shush|stfu|pipe down|leave (me|us) alone)\b",
    )
    .expect("a constant pattern, which every test compiles")
});

/// Question words that ask for more than an "I am here".
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\b(what|whats|who|whose|why|when|where|which|how|can|could|would|will|does|did)\b")
        .expect("a constant pattern, which every test compiles")
});

/// Requests for a joke.
static JOKE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(tell|say|make|give|know|have|got|hear|want|need|like|another|more) (\w+ ){0,4}?jokes?\b|^(a |another |one more )?jokes?,?( please)?[ .!?]*$",
    )
    .expect("a constant pattern, which every test compiles")
});

/// Words of somebody who is sad as one is on some days.
static A_BIT_SAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(am|im|i'm|feel|feeling|been|bin) (a bit|a little|a little bit|kinda|kind of|somewhat|quite|rather|pretty|just) (sad|lonely|unhappy|down|low)\b",
    )
    .expect("a constant pattern, which every test compiles")
});

/// Requests for a story.
static STORY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(tell|read) (me|us|everybody|everyone) (\w+ ){0,3}?(story|stories|tale)\b|\b(you|u|anybody|anyone|somebody) know (a|any|another|some) (\w+ )?(story|stories)\b|^(a |another |one more )?story,?( please)?[ .!?]*$",
    )
    .expect("a constant pattern, which every test compiles")
});

/// Questions that put two things to choose from.
static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\w,? or (\w+)").expect("a constant pattern, which every test compiles")
});

/// What is no second thing to choose: "shall we play or what?"
const NO_CHOICE: [&str; 9] = ["not", "what", "so", "something", "anything", "no", "two", "are", "is"];

/// What is left of a message that only calls a bot.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(there|here|awake|around|listening|ready|online|alive|asleep|busy|still|ok|okay|hear me|with us|a (question|moment|minute|word))\b",
    )
    .expect("a constant pattern, which every test compiles")
});

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    for pattern in [&HUSH, &WHICH, &JOKE, &A_BIT_SAD, &STORY, &CHOICE, &CALL] {
        LazyLock::force(pattern);
    }
}

/// A message with its analysis.
#[derive(Debug)]
pub(super) struct AnalysedMessage<'a> {
    pub(super) text: &'a str,
    pub(super) analysis: Analysis,
}

impl AnalysedMessage<'_> {
    /// Whether it asks bots and host to be silent: it is short, addresses one, or mentions a bot or the host.
    pub(super) fn is_hush(&self) -> bool {
        let text = self.text.to_lowercase();
        let is_meant = !self.analysis.addressed.is_empty() || text.contains("bot") || text.contains("host");
        HUSH.is_match(self.text) && (is_meant || self.text.split_whitespace().count() <= 4)
    }

    /// Whether it is about a matter that bots do not joke about.
    pub(super) fn is_grave(&self) -> bool {
        matches!(self.analysis.concern, Some(Concern::Crisis | Concern::Grave))
    }

    /// Whether somebody is sad, and not because of a disaster.
    pub(super) fn is_a_bit_sad(&self) -> bool {
        A_BIT_SAD.is_match(self.text)
    }

    /// Whether it speaks to the bots: "what do you think, bots?"
    pub(super) fn is_to_bots(&self) -> bool {
        let tags = [Tag::Question, Tag::Suggestion, Tag::Greeting, Tag::Farewell, Tag::Thanks];
        let is_named =
            self.text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word == "bots");
        is_named && tags.into_iter().any(|tag| self.is(tag))
    }

    /// Whether it asks for the weather, and not for an opinion about it.
    pub(super) fn asks_for_weather(&self) -> bool {
        self.analysis.subjects.contains(Subject::Weather) && self.is(Tag::Question) && !self.is(Tag::Opinion)
    }

    /// How much the message interests a bot: 1, or at least [`OWN`] if it is about the bot's own subject.
    pub(super) fn interest(&self, character: Character) -> usize {
        let kinds = [Tag::Question, Tag::Opinion, Tag::Suggestion];
        let kind = kinds.iter().filter(|tag| self.is(**tag)).count();
        let is_teller = character == Character::Simple && (self.asks_for_joke() || self.asks_for_story());
        if self.is_own(character) || is_teller { OWN + kind } else { 1 }
    }

    /// The cue for this bot's answer.
    pub(super) fn cue(&self, character: Character) -> Cue {
        if self.asks_for_joke() {
            return Cue::Joke;
        }
        if self.asks_for_story() {
            return Cue::Story;
        }
        let (is_question, has_subject) = (self.is(Tag::Question), !self.analysis.subjects.is_empty());
        let is_open = is_question && self.analysis.is_open;
        let social = match () {
            () if is_question => None,
            () if self.is(Tag::Thanks) => Some(Cue::Thanks),
            () if self.is(Tag::Farewell) => Some(Cue::Bye),
            () if self.is(Tag::Greeting) => Some(Cue::Hello),
            () => None,
        };
        if let Some(cue) = social {
            return cue;
        }
        if self.is(Tag::Opinion) && !has_subject && !self.analysis.mentioned.is_empty() {
            return Cue::Somebody;
        }
        if is_question && self.is_choice() {
            return Cue::Choice;
        }
        if self.is_own(character) {
            return match () {
                () if self.is(Tag::Suggestion) && !is_open => Cue::Suggestion,
                () if self.is(Tag::Opinion) => Cue::Opinion,
                () if is_open => Cue::OwnWhich,
                () if is_question => Cue::OwnQuestion,
                () => Cue::Own,
            };
        }
        match () {
            () if self.is(Tag::TooComplicated) => Cue::Complicated,
            () if is_open => Cue::Which,
            () if self.is(Tag::Suggestion) => Cue::OtherSuggestion,
            () if has_subject && is_question => Cue::OtherQuestion,
            () if has_subject => Cue::Other,
            () if self.is_call() => Cue::Addressed,
            () if is_question => Cue::PlainQuestion,
            () => Cue::Plain,
        }
    }

    /// The activity, if it is short enough to repeat.
    pub(super) fn activity(&self) -> Option<&str> {
        self.analysis.activity.as_deref().filter(|activity| is_repeatable(activity))
    }

    pub(super) fn is(&self, tag: Tag) -> bool {
        self.analysis.tags.contains(tag)
    }

    /// Whether it asks for a joke.
    pub(super) fn asks_for_joke(&self) -> bool {
        JOKE.is_match(self.text)
    }

    /// Whether it asks for a story.
    pub(super) fn asks_for_story(&self) -> bool {
        STORY.is_match(self.text)
    }

    /// Whether it asks which of two things. Yes and no are no answers.
    fn is_choice(&self) -> bool {
        CHOICE.captures_iter(self.text).any(|found| !NO_CHOICE.contains(&&*found[1].to_lowercase()))
    }

    /// Whether it is about this bot's own subject.
    fn is_own(&self, character: Character) -> bool {
        character.subjects().iter().any(|subject| self.analysis.subjects.contains(*subject))
    }

    /// Whether it only calls a bot: "bot, are you there?"
    fn is_call(&self) -> bool {
        let is_plain = !self.is(Tag::Opinion) && !WHICH.is_match(self.text);
        let words = self.text.split_whitespace().count();
        let is_short = words <= 2 || words <= 7 && CALL.is_match(self.text);
        !self.analysis.addressed.is_empty() && is_plain && is_short
    }
}

/// Whether `text` is short enough to repeat.
pub(super) fn is_repeatable(text: &str) -> bool {
    text.chars().nth(REPEATED_CHARS).is_none()
}
