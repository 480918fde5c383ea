//! What a client has asked, so that the answer can be told in the form of that command.

use std::time::SystemTime;

use crate::base::limits::IRC_TARGETS;

/// The command whose answer is awaited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The command, in capitals.
    pub(super) command: String,
    /// What it is about, as typed: a channel or a nick.
    pub(super) target: String,
    /// How the answer is told.
    pub(super) form: Form,
}

/// How an answer is told, where the command alone does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// As the command says.
    #[default]
    Usual,
    /// The list of names in a channel.
    Names,
    /// WHO; with the fields and the token of WHOX.
    Who(Option<Fields>),
    /// The modes of a channel.
    Modes,
    /// ISON or USERHOST.
    Present,
    /// How long the server is up.
    Uptime,
    /// LIST with these filters.
    List(Filter),
    /// This subcommand of CHATHISTORY.
    History(String),
    /// REDACT of the message with this id.
    Redact(String),
    /// CHATHISTORY TARGETS.
    Targets(Period),
}

/// The fields that a WHOX asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// The letters.
    pub(super) letters: String,
    /// The number that the client chose.
    pub(super) token: String,
}

/// Which channels a LIST shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Those with more members than this.
    pub(super) above: Option<usize>,
    /// Those with fewer members than this.
    pub(super) below: Option<usize>,
    /// Those that one of these masks covers; all, if there are none.
    pub(super) masks: Vec<String>,
    /// Not those that one of these covers.
    pub(super) hidden: Vec<String>,
}

/// Between which times something must have been said in a channel, so that CHATHISTORY TARGETS names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: SystemTime,
    pub(super) to: SystemTime,
    /// How many are named at most.
    pub(super) limit: usize,
}

impl Asked {
    /// About this target.
    pub(super) fn about(command: &str, target: &str) -> Asked {
        Asked { command: command.into(), target: target.into(), form: Form::Usual }
    }

    /// The same with this form.
    pub(super) fn told(self, form: Form) -> Asked {
        Asked { form, ..self }
    }
}

impl Fields {
    /// Parses `%tcn,42`.
    pub(super) fn parse(text: &str) -> Option<Fields> {
        let (letters, token) = text.strip_prefix('%')?.split_once(',').unwrap_or((text.get(1..)?, "0"));
        let token: String = token.chars().filter(char::is_ascii_digit).take(3).collect();
        Some(Fields { letters: letters.to_ascii_lowercase(), token })
    }
}

impl Filter {
    /// Parses the conditions of a LIST: `>3`, `<10`, channels and masks, `!#dull*`; as many as a command may have targets, as each is compared
    /// with each room.
    pub(super) fn parse(text: &str) -> Filter {
        let mut filter = Filter::default();
        for part in text.split(',').filter(|part| !part.is_empty()).take(IRC_TARGETS) {
            match part.split_at_checked(1) {
                Some((">", number)) => filter.above = number.parse().ok(),
                Some(("<", number)) => filter.below = number.parse().ok(),
                Some(("!", mask)) => filter.hidden.push(mask.trim_start_matches('#').to_lowercase()),
                _ => filter.masks.push(part.trim_start_matches('#').to_lowercase()),
            }
        }
        filter
    }

    /// Whether a channel is shown.
    pub(super) fn shows(&self, room: &str, count: usize) -> bool {
        let name = room.to_lowercase();
        self.above.is_none_or(|above| count > above)
            && self.below.is_none_or(|below| count < below)
            && (self.masks.is_empty() || self.masks.iter().any(|mask| covers(mask, &name)))
            && !self.hidden.iter().any(|mask| covers(mask, &name))
    }
}

/// Whether a mask, in which `*` stands for any text and `?` for a character, covers a text. Each character of the text is looked at
/// once for each part of the mask at most.
fn covers(mask: &str, text: &str) -> bool {
    let (mask, text): (Vec<char>, Vec<char>) = (mask.chars().collect(), text.chars().collect());
    let (mut m, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match mask.get(m) {
            Some('*') => {
                star = Some((m, t));
                m += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (m, t) = (m + 1, t + 1),
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    (m, t) = (*at + 1, *from);
                }
                None => return false,
            },
        }
    }
    mask[m..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_cover_what_they_say() {
        for (mask, text, is_covered) in [
            ("tea", "tea", true),
            ("tea", "teas", false),
            ("t*", "tea", true),
            ("*e*", "tea", true),
            ("t?a", "tea", true),
            ("t?", "tea", false),
            ("*a*b*", "xaxxb", true),
            ("*a*b", "xabx", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(covers(mask, text), is_covered, "{mask} {text}");
        }
    }

    #[test]
    fn lists_are_filtered_by_number_and_name() {
        let filter = Filter::parse(">2,<5,#Te*,!#ten*");
        for (room, count, is_shown) in [
            ("tea", 3, true),
            ("Tearoom", 4, true),
            ("tea", 2, false),
            ("tea", 5, false),
            ("hall", 3, false),
            ("tent", 3, false),
        ] {
            assert_eq!(filter.shows(room, count), is_shown, "{room} {count}");
        }
        assert!(Filter::parse("").shows("hall", 0));
        assert_eq!(Filter::parse(&"t?a,".repeat(2 * IRC_TARGETS)).masks.len(), IRC_TARGETS);
    }

    #[test]
    fn whox_has_letters_and_a_token() {
        let fields = |text| Fields::parse(text).map(|it| (it.letters, it.token));
        assert_eq!(fields("%tcuhnfdar,743"), Some(("tcuhnfdar".into(), "743".into())));
        assert_eq!(fields("%n"), Some(("n".into(), "0".into())));
        assert_eq!(fields("o"), None);
    }
}
