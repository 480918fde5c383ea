//! A follower's loyalty: a number, and the words for it.

use std::cmp::Ordering;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::base::limits::{THRONES_LOYALTY_INITIAL, THRONES_LOYALTY_MAX};

/// From 0, at which a follower leaves, to [`THRONES_LOYALTY_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loyalty(u8);

/// The level of loyalty that players see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    Gone,
    Wavering,
    Doubting,
    Steady,
    Loyal,
    Devoted,
}

impl Loyalty {
    /// A random start value.
    pub(super) fn at_first(rng: &mut StdRng) -> Loyalty {
        Loyalty(rng.random_range(THRONES_LOYALTY_INITIAL))
    }

    pub(super) fn points(self) -> usize {
        self.0.into()
    }

    /// The points as a signed number.
    pub(super) fn signed(self) -> i8 {
        // It is at most THRONES_LOYALTY_MAX.
        self.0.cast_signed()
    }

    /// Moves up or down. Returns the key of the phrases that announce the new mood, if that change is announced; at 0 always
    /// `gone`.
    pub(super) fn shift(&mut self, by: i8) -> Option<&'static str> {
        let before = self.mood();
        self.0 = self.0.saturating_add_signed(by).min(THRONES_LOYALTY_MAX);
        let mood = self.mood();
        match (mood.cmp(&before), mood) {
            (_, Mood::Gone) => Some("gone"),
            (Ordering::Greater, Mood::Steady) => Some("rise.steady"),
            (Ordering::Greater, Mood::Loyal) => Some("rise.loyal"),
            (Ordering::Greater, Mood::Devoted) => Some("rise.devoted"),
            (Ordering::Less, Mood::Steady) => Some("sink.steady"),
            (Ordering::Less, Mood::Doubting) => Some("sink.doubting"),
            (Ordering::Less, Mood::Wavering) => Some("sink.wavering"),
            _ => None,
        }
    }

    pub(super) fn mood(self) -> Mood {
        match self.0 {
            0 => Mood::Gone,
            1..=2 => Mood::Wavering,
            3..=4 => Mood::Doubting,
            5..=7 => Mood::Steady,
            8..THRONES_LOYALTY_MAX => Mood::Loyal,
            _ => Mood::Devoted,
        }
    }
}

impl Mood {
    /// The end of a sentence that begins with the follower's name.
    pub(super) fn words(self) -> &'static str {
        match self {
            Mood::Gone => "is as good as gone",
            Mood::Wavering => "stands with one foot outside",
            Mood::Doubting => "has doubts",
            Mood::Steady => "is with you, for now",
            Mood::Loyal => "is loyal",
            Mood::Devoted => "would go through fire for you",
        }
    }

    /// The key of the phrases in which a follower tells how it feels.
    pub(super) fn feelings(self) -> &'static str {
        match self {
            Mood::Gone | Mood::Wavering => "feel.wavering",
            Mood::Doubting => "feel.doubting",
            Mood::Steady => "feel.steady",
            Mood::Loyal => "feel.loyal",
            Mood::Devoted => "feel.devoted",
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::bots::shuffle_bag::PhraseBook;

    #[test]
    fn every_mood_has_lines() {
        let tale = PhraseBook::parse(include_str!("phrases/tale.txt"));
        let moods = [
            "rise.steady",
            "rise.loyal",
            "rise.devoted",
            "sink.steady",
            "sink.doubting",
            "sink.wavering",
            "gone",
        ];
        for bag in moods {
            assert!(tale.count(bag) >= 8, "{bag}");
        }
        for mood in [Mood::Wavering, Mood::Doubting, Mood::Steady, Mood::Loyal, Mood::Devoted] {
            assert!(tale.count(mood.feelings()) >= 8, "{mood:?}");
        }
        for (bag, lines) in tale.bags() {
            assert!(lines.len() >= 3, "{bag}");
            for line in lines.lines() {
                assert_eq!(
                    line.contains("{name}"),
                    moods.contains(&bag) || matches!(bag, "overthrown" | "lamp"),
                    "{line}"
                );
                assert_eq!(line.contains("{option}"), matches!(bag, "advise" | "shrug"), "{line}");
                let rest = ["{name}", "{lord}", "{followers}", "{option}"]
                    .iter()
                    .fold(line.to_string(), |c, slot| c.replace(slot, ""));
                assert!(!rest.contains(['{', '}']), "{line}");
                assert!(!line.contains(". {lord}"), "no capital: {line}");
            }
        }
    }

    #[test]
    fn changes_of_mood_have_phrases() {
        let mut loyalty = Loyalty(5);
        let told: Vec<_> = (0..7).map(|_| loyalty.shift(1)).collect();
        assert_eq!(told, [None, None, Some("rise.loyal"), None, Some("rise.devoted"), None, None]);
        assert_eq!(loyalty.points(), 10);
        let told: Vec<_> = (0..11).filter_map(|_| loyalty.shift(-1)).collect();
        assert_eq!(told, ["sink.steady", "sink.doubting", "sink.wavering", "gone", "gone"]);
        assert_eq!((loyalty.points(), loyalty.mood()), (0, Mood::Gone));
        for seed in 0..50 {
            let first = Loyalty::at_first(&mut StdRng::seed_from_u64(seed)).points();
            assert!((5..=7).contains(&first), "{first}");
        }
    }
}
