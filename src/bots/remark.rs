//! What a person says to a suggestion, as guests and host understand it.

use crate::bots::consent::consent;
use crate::bots::suggestions::Suggestion;
use crate::bots::topics::{Topic, find_topic};

/// What a person says to a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The person.
    pub name: String,
    /// What it speaks of, and its word for it. A question may be without such a word.
    topic: Option<(Topic, Option<String>)>,
    /// Whether it likes the suggestion. `None`: it does not say so.
    pub approves: Option<bool>,
}

impl Remark {
    /// What `name` says with `text` about a suggestion.
    pub fn new(name: &str, text: &str, suggestion: &Suggestion) -> Remark {
        let topic = find_topic(text, &suggestion.phrase());
        Remark { name: name.to_owned(), topic, approves: consent(text) }
    }

    /// The word for what it speaks of.
    pub fn word(&self) -> Option<&str> {
        self.topic.as_ref()?.1.as_deref()
    }

    pub(super) fn topic(&self) -> Option<Topic> {
        self.topic.as_ref().map(|(topic, _)| *topic)
    }

    /// The cue of the lines about it: a word says more than yes or no, and those more than a question mark.
    pub(super) fn cue(&self) -> &'static str {
        match (&self.topic, self.approves) {
            (Some((topic, Some(_))), _) | (Some((topic, None)), None) => topic.cue(),
            (_, Some(true)) => "on yes",
            (_, Some(false)) => "on no",
            (None, None) => "on anything",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_more_than_yes_and_no() {
        let suggestion = Suggestion::find("drink coffee").unwrap();
        for (text, cue, word) in [
            ("Yes, with cake!", "on food", Some("cake")),
            ("I like coffee", "on yes", None),
            ("No way.", "on no", None),
            ("Yes, why not?", "on yes", None),
            ("Is that so?", "on a question", None),
            ("hm", "on anything", None),
        ] {
            let remark = Remark::new("Ann", text, &suggestion);
            assert_eq!((remark.cue(), remark.word()), (cue, word), "{text}");
        }
    }
}
