//! Several places in one text: "is Oslo colder than Rome", "Oslo, Bergen or Rome", "Oslo vs Bergen weather".

use std::ops::Range;

use super::places::Places;
use super::words::Gap;

/// Words that link a second place to a first.
const LINKS: [&str; 9] = ["and", "or", "than", "vs", "versus", "nor", "compared", "as", "against"];

/// Words that may stand between a link and the second place: "than it is in Rome", "compared to Rome".
const FILLERS: [&str; 13] =
    ["in", "at", "to", "with", "it", "is", "does", "was", "the", "weather", "what", "about", "near"];

/// The number of links that are tried in a text.
const LINKS_TRIED: usize = 8;

/// The number of fillers that are skipped after a link.
const FILLER_WORDS: usize = 6;

/// The maximum number of words between the first place of a comparison and its "than".
const BEFORE_THAN: usize = 8;

/// Words that may precede the first place of a comparison.
const BEFORE_FIRST: [&str; 17] = [
    "is", "isnt", "are", "was", "does", "do", "will", "would", "that", "think", "if", "whether", "compare",
    "and", "so", "but", "says",
];

impl Places<'_> {
    /// The first of two compared places, if no "in" introduces it.
    pub(super) fn compared(&self) -> Option<Range<usize>> {
        if !self.weather {
            return None;
        }
        // Bounds the time for a text of nothing but links.
        let links = (1..self.words.len()).filter(|at| LINKS.contains(&self.key(*at)));
        links.take(LINKS_TRIED).find_map(|at| match self.key(at) {
            "than" => self.before_than(at),
            link @ ("or" | "vs" | "versus" | "and") => {
                let first = self.before(at).filter(|_| self.words[at - 1].after <= Gap::Comma)?;
                let second = self.next(first.end)?;
                // "It rains cats and dogs" mentions no places.
                let are_places =
                    link != "and" || self.is_capital(first.start) || self.key(second.end) == "weather";
                are_places.then_some(first)
            }
            _ => None,
        })
    }

    /// The subject of a question: "Bergen" of "is Bergen rainy", "does Bergen get much snow".
    pub(super) fn asked_of(&self) -> Option<Range<usize>> {
        let first = self.words.iter().take(BEFORE_THAN).position(|word| !word.is_name && !word.is_light)?;
        let is_asked = self.weather && ["is", "isnt", "does", "was", "will"].contains(&self.key(first));
        let range = self.range(first + 1).filter(|_| is_asked && self.goes_on(first))?;
        (self.key(range.start) != "the" && self.goes_on(range.end - 1)).then_some(range)
    }

    /// The place before a "than" at index `than`: "Oslo" of "is Oslo much colder than Rome".
    fn before_than(&self, than: usize) -> Option<Range<usize>> {
        self.after_link(than)?;
        let from = than.saturating_sub(BEFORE_THAN);
        (from..than).find_map(|at| {
            let begins = at == 0 || self.words[at - 1].after != Gap::None;
            let may = begins || BEFORE_FIRST.contains(&self.key(at - 1));
            let is_own = !BEFORE_FIRST.contains(&self.key(at));
            self.range(at).filter(|range| may && is_own && range.end < than)
        })
    }

    /// The place that is linked to the one that ends at `end`.
    pub(super) fn next(&self, end: usize) -> Option<Range<usize>> {
        match self.words.get(end.checked_sub(1)?)?.after {
            // "Oslo, Bergen or Rome" is a list; "Oslo, please" is not.
            Gap::Comma if !LINKS.contains(&self.key(end)) => {
                let range = self.range(end).filter(|_| self.weather)?;
                let is_listed = self.next_link(range.end) || self.is_capital(range.start);
                (is_listed && self.can_stand_alone(&range)).then_some(range)
            }
            Gap::None | Gap::Comma => (end..self.words.len())
                .take_while(|at| *at == end || self.goes_on(*at - 1))
                .take(BEFORE_THAN)
                // "in Oslo colder than in Rome", "is it in Oslo as cold as in Rome"
                .find(|at| {
                    LINKS.contains(&self.key(*at))
                        && (*at == end || matches!(self.key(*at), "than" | "as" | "compared"))
                })
                .and_then(|at| self.after_link(at)),
            Gap::Pause | Gap::Stop | Gap::Question => None,
        }
    }

    /// Whether a link or another item of a list follows the words that end at `end`.
    pub(super) fn next_link(&self, end: usize) -> bool {
        let is_listed = self.words[end - 1].after == Gap::Comma && self.range(end).is_some();
        is_listed || (self.goes_on(end - 1) && LINKS.contains(&self.key(end)))
    }

    /// The place after the word at index `link`, if that word is a link.
    pub(super) fn after_link(&self, link: usize) -> Option<Range<usize>> {
        if !self.weather || !LINKS.contains(&self.key(link)) || !self.goes_on(link) {
            return None;
        }
        let first =
            (link + 1..self.words.len()).take(FILLER_WORDS).take_while(|at| self.goes_on(*at - 1)).find(
                |at| !FILLERS.contains(&self.key(*at)) || self.key(*at) == "the" && self.range(*at).is_some(),
            )?;
        let range = self.range(first).filter(|_| self.goes_on(first - 1))?;
        self.can_stand_alone(&range).then_some(range)
    }

    /// Whether the words at `range` can be a place without an "in" before them. A verb or an "I" after them shows that they
    /// are not one.
    fn can_stand_alone(&self, range: &Range<usize>) -> bool {
        let is_led = range.start > 0 && matches!(self.key(range.start - 1), "in" | "at" | "near");
        is_led
            || self.is_capital(range.start)
            || self.is_last(range)
            || LINKS.contains(&self.key(range.end))
            || matches!(self.key(range.end), "weather" | "is" | "in")
    }
}
