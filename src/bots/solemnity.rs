//! The quiet after grave words: no jokes for a while, and one kind sentence at most.

use std::time::{Duration, Instant};

use crate::bots::analysis::Concern;

/// How long nobody jokes after grave words.
pub(super) const QUIET: Duration = Duration::from_secs(300);

/// The same where somebody who is alone is a bit sad: nobody else would talk to it.
pub(super) const QUIET_ALONE: Duration = Duration::from_secs(60);

/// Whether grave words were said a while ago.
#[derive(Debug, Default)]
pub struct Solemnity {
    /// The gravest of them, and until when nobody jokes.
    last: Option<(Concern, Instant)>,
    /// A bot has said something kind, and that the bots are quiet.
    is_told: bool,
}

impl Solemnity {
    /// Whether nobody jokes.
    pub fn is_on(&self, now: Instant) -> bool {
        self.last.is_some_and(|(_, until)| now < until)
    }

    /// Whether somebody may do harm to itself.
    pub fn is_crisis(&self, now: Instant) -> bool {
        self.is_on(now) && self.last.is_some_and(|(concern, _)| concern == Concern::Crisis)
    }

    /// Grave words were said; `is_private` if one person says them to another by name. Returns the bag of the common lines from
    /// which a bot says something kind and why the bots are quiet, once. Somebody who may do harm to itself is told where help is in any case.
    pub fn begin(&mut self, concern: Concern, is_private: bool, now: Instant) -> Option<&'static str> {
        self.begin_for(QUIET, concern, is_private, now)
    }

    /// The same, and nobody jokes for the time `quiet`.
    pub fn begin_for(
        &mut self,
        quiet: Duration,
        concern: Concern,
        is_private: bool,
        now: Instant,
    ) -> Option<&'static str> {
        let before = self.last.filter(|(_, until)| now < *until);
        let is_crisis = concern == Concern::Crisis;
        let concern = before.map_or(concern, |(before, _)| if is_crisis { concern } else { before });
        // Lesser words do not end the quiet after graver ones.
        let until = before.map_or(now + quiet, |(_, until)| until.max(now + quiet));
        self.last = Some((concern, until));
        self.is_told &= before.is_some();
        match before.map(|(concern, _)| concern) {
            None | Some(Concern::Grave) if is_crisis => {
                self.is_told = true;
                Some("crisis")
            }
            _ if !is_private && !self.is_told => {
                self.is_told = true;
                Some("sorry and quiet")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_sentence_and_help_for_who_needs_it() {
        let start = Instant::now();
        let mut solemnity = Solemnity::default();
        assert!(!solemnity.is_on(start));
        assert_eq!(solemnity.begin(Concern::Grave, false, start), Some("sorry and quiet"));
        assert_eq!(solemnity.begin(Concern::Grave, false, start + QUIET / 2), None, "one is enough");
        assert!(solemnity.is_on(start + QUIET), "but it counts from the last");
        assert_eq!(solemnity.begin(Concern::Crisis, true, start + QUIET), Some("crisis"));
        assert_eq!(solemnity.begin(Concern::Crisis, false, start + QUIET), None);
        assert!(solemnity.is_crisis(start + QUIET) && !solemnity.is_crisis(start + QUIET * 2));
        assert!(!solemnity.is_on(start + QUIET * 2));
        assert_eq!(
            solemnity.begin(Concern::Grave, true, start + QUIET * 2),
            None,
            "people comfort one another"
        );
        assert!(solemnity.is_on(start + QUIET * 2));
        let later = start + QUIET * 2;
        assert_eq!(
            solemnity.begin(Concern::Grave, false, later),
            Some("sorry and quiet"),
            "and then tell all"
        );
        assert_eq!(solemnity.begin(Concern::Grave, false, later), None);
    }

    #[test]
    fn lesser_words_do_not_shorten_the_quiet() {
        let start = Instant::now();
        let mut solemnity = Solemnity::default();
        solemnity.begin(Concern::Crisis, false, start);
        solemnity.begin_for(QUIET_ALONE, Concern::Grave, false, start);
        assert!(solemnity.is_crisis(start + QUIET_ALONE));
        let later = start + QUIET;
        solemnity.begin_for(QUIET_ALONE, Concern::Grave, false, later);
        assert!(!solemnity.is_on(later + QUIET_ALONE));
    }
}
