//! Finds the place that a text is about.
//!
//! It has no list of cities, only of countries and area codes. It takes an unknown word for a place if it stands where
//! places stand: "in …", "weather …", "what about …?". Capitals count in texts in which some words begin with a small letter.

use std::ops::Range;

use super::Place;
use super::place_words::{
    is_area_code, is_asking, is_common, is_connector, is_country, is_head, is_no_place, is_often_said,
    is_origin, is_prefix, is_suffix, is_the_place, is_travel, leads_to_no_place,
};
use super::subjects::is_known;
use super::words::{Gap, Word};

/// How many words a place has before the search for its end stops. A "the" before it, and a word after a connector, add to
/// that.
const PLACE_WORDS: usize = 5;

/// The longest run of unknown words that is taken for one place, in words.
const UNKNOWN_WORDS: usize = 3;

/// The maximum number of further places in a text.
const OTHER_PLACES: usize = 2;

/// The words of a text, and facts about the text as a whole.
pub(super) struct Places<'a> {
    text: &'a str,
    pub(super) words: &'a [Word],
    /// Whether the text is about the weather. Unknown words are then more likely places.
    pub(super) weather: bool,
    /// Whether capitals are significant: some words begin with a small letter.
    capitals: bool,
}

/// The places of a text.
pub(super) struct Found {
    pub(super) place: Place,
    /// Places that the text compares with `place`, or also asks about.
    pub(super) others: Vec<Place>,
    /// Whether the text is nothing but a place and a word like "weather", which counts as a question.
    pub(super) is_asked_for: bool,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str, words: &'a [Word], weather: bool) -> Places<'a> {
        let small = |word: &Word| text[word.start..].starts_with(char::is_lowercase);
        Places { text, words, weather, capitals: words.iter().any(small) }
    }

    /// The place that the text is about. Of several, the first that does not begin with "the": "Bergen"
    /// rather than "the lake".
    pub(super) fn find(&self) -> Option<Found> {
        let mut led = (0..self.words.len()).filter_map(|at| self.range(self.lead(at)?));
        let first = led.next();
        let best = match first {
            Some(ref range) if self.key(range.start) == "the" => {
                led.find(|r| self.key(r.start) != "the").or(first)
            }
            _ => first,
        };
        let found =
            best.or_else(|| self.compared()).or_else(|| self.beside_weather()).or_else(|| self.asked_of());
        let range = found.or_else(|| self.asked_about())?;
        let (place, mut whole) = self.whole(range);
        let mut others = Vec::new();
        while others.len() < OTHER_PLACES
            && let Some(next) = self.next(whole.end)
        {
            let (other, end) = self.whole(next);
            others.push(other);
            whole.end = end.end;
        }
        Some(Found { place, others, is_asked_for: self.is_only_asking(&whole) })
    }

    /// The place at `range`, and the range extended by the words for its area.
    fn whole(&self, range: Range<usize>) -> (Place, Range<usize>) {
        let within = self.within(range.end);
        let whole = range.start..within.as_ref().map_or(range.end, |within| within.end);
        let mut place = self.place(range, within);
        let perhaps = self.perhaps_within(whole.end).filter(|_| place.within.is_none());
        place.perhaps_within = perhaps.map(|at| self.typed(at..at + 1));
        let end = perhaps.map_or(whole.end, |at| at + 1);
        (place, whole.start..end)
    }

    /// The index at which a place may begin, if the word at index `at` introduces one.
    fn lead(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1).map_or("", |before| self.key(before));
        let leads = match self.key(at) {
            "in" | "at" => self.weather || !leads_to_no_place(before),
            // "in", in Russian, Arabic and Greek.
            "в" | "في" | "στην" | "στη" | "στο" => self.weather,
            "near" | "around" | "outside" | "visit" | "visiting" => true,
            "for" | "of" | "over" | "on" => is_head(before),
            "to" => is_travel(before),
            "from" => is_origin(before),
            _ => false,
        };
        (leads && self.goes_on(at)).then_some(at + 1)
    }

    /// The words of the place that begins at `first`, if any.
    pub(super) fn range(&self, first: usize) -> Option<Range<usize>> {
        let word = self.words.get(first)?;
        if word.key == "the" {
            let second = self.words.get(first + 1).filter(|_| self.goes_on(first))?;
            let is_place =
                is_the_place(&second.key) || (self.is_capital(first + 1) && !is_no_place(&second.key));
            return (is_place && !second.is_name).then(|| first..self.end(first + 2));
        }
        self.can_begin(first).then(|| first..self.end(first + 1))
    }

    /// Whether a place can begin with this word.
    pub(super) fn can_begin(&self, at: usize) -> bool {
        let word = &self.words[at];
        let key = word.key.as_str();
        if word.is_name || is_no_place(key) || key == "://" || key == "the" {
            return false;
        }
        if self.is_capital(at) {
            return true;
        }
        if is_common(key) {
            return is_prefix(key) && self.goes_on(at) && self.is_unknown(at + 1);
        }
        !is_known(key) && (self.weather || !key.ends_with("ing"))
    }

    /// Where a place ends. Its words before `end` are certain; those from `end` on may belong to it.
    fn end(&self, mut end: usize) -> usize {
        let first = end - 1;
        while end - first < PLACE_WORDS && self.goes_on(end - 1) {
            let key = self.key(end);
            if self.is_typed_code(end) {
                break;
            }
            let after_prefix = is_prefix(self.key(end - 1));
            let is_barred = is_no_place(key) && !is_suffix(key) && !after_prefix;
            let of_this = !self.words[end].is_name
                && !is_barred
                && (self.is_capital(end)
                    || is_suffix(key)
                    || (self.is_unknown(end) && (after_prefix || self.may_run_on(first, end))));
            if of_this {
                end += 1;
            } else if is_connector(key) && self.goes_on(end) && self.is_part(end + 1) {
                end += 2;
            } else {
                break;
            }
        }
        end
    }

    /// Whether an unknown word belongs to the place before it. Only in texts about the weather, and if the place
    /// does not begin with a capital.
    fn may_run_on(&self, first: usize, at: usize) -> bool {
        self.weather && !self.is_capital(first) && at - first < UNKNOWN_WORDS
    }

    /// Whether a word can follow a connector such as "de" or "of".
    fn is_part(&self, at: usize) -> bool {
        self.is_unknown(at) || (self.is_capital(at) && !is_no_place(self.key(at)))
    }

    /// A place beside the word "weather": "weather bergen", "what's the bergen weather", "Oslo's weather".
    fn beside_weather(&self) -> Option<Range<usize>> {
        // The word alone does not make a text about the weather: "fair-weather friend".
        if !self.weather {
            return None;
        }
        let head = (0..self.words.len()).find(|at| is_head(self.key(*at)) && !self.words[*at].is_name)?;
        let is_plain = head == 0 || !["the", "this", "good", "bad", "nice"].contains(&self.key(head - 1));
        let after = Some(head + 1)
            .filter(|at| is_plain && *at < self.words.len() && self.words[head].after < Gap::Stop)
            .and_then(|at| self.range(at))
            .filter(|range| self.is_last(range));
        after.or_else(|| self.before(head))
    }

    /// The unknown words right before `head`.
    pub(super) fn before(&self, head: usize) -> Option<Range<usize>> {
        let first = (head.saturating_sub(UNKNOWN_WORDS)..head)
            .rev()
            .take_while(|at| {
                self.goes_on(*at) && (self.is_unknown(*at) || is_prefix(self.key(*at)) && *at + 1 < head)
            })
            .last()?;
        // Skips words that cannot begin a place.
        let first = (first..head).find(|at| self.can_begin(*at))?;
        Some(first..head)
    }

    /// The place of "What about Oslo?" or "and Bergen?".
    fn asked_about(&self) -> Option<Range<usize>> {
        let at = match self.words {
            [first, ..] if first.key == "and" && self.words.last()?.after == Gap::Question => 1,
            words => {
                let about = words.iter().take(4).position(|word| word.key == "about")?;
                let asks = about > 0 && ["what", "how"].contains(&self.key(about - 1));
                asks.then_some(about + 1)?
            }
        };
        let is_own = self.words.get(at).is_some_and(|word| word.key != "the");
        let range = self.range(at).filter(|_| is_own)?;
        (self.is_last(&range) && range.len() <= UNKNOWN_WORDS).then_some(range)
    }

    /// The place at `range`, with its area. A country or area code at the end of the range is the area, as in "Paris France",
    /// unless the whole range is a country.
    fn place(&self, range: Range<usize>, within: Option<Range<usize>>) -> Place {
        let country = (range.start + 1..range.end)
            .find(|at| self.is_area(*at..range.end) && !is_prefix(self.key(*at - 1)));
        let (name, within) = match (within, country) {
            (None, Some(at)) if !is_country(&self.keys(range.clone())) => {
                (range.start..at, Some(at..range.end))
            }
            (within, _) => (range, within),
        };
        Place { name: self.typed(name), within: within.map(|range| self.typed(range)), perhaps_within: None }
    }

    /// The area after a place that ends at `end`: "…, Texas", "… in France".
    fn within(&self, end: usize) -> Option<Range<usize>> {
        if self.goes_on(end - 1) && self.key(end) == "in" && self.goes_on(end) {
            return self.range(end + 1);
        }
        if end == self.words.len() {
            return None;
        }
        match self.words[end - 1].after {
            // "Portland ME", "Portland, ME"
            Gap::None | Gap::Comma if self.is_typed_code(end) && !is_often_said(self.key(end)) => {
                return Some(end..end + 1);
            }
            Gap::Pause => return self.in_brackets(end),
            Gap::Comma => {}
            _ => return None,
        }
        let range = self.range(end)?;
        let keys = self.keys(range.clone());
        // "Oslo, Bergen and Rome" are three places.
        let is_named = self.is_capital(range.start)
            && self.is_last(&range)
            && !is_common(self.key(range.start))
            && self.next(range.end).is_none_or(|_| self.key(range.end) == "than");
        (is_country(keys.trim_start_matches("the ")) || is_named).then_some(range)
    }

    /// The words in brackets from index `first`, if they may be an area: "(Oder)", "(Texas)", not "(please)".
    fn in_brackets(&self, first: usize) -> Option<Range<usize>> {
        let between = &self.text[self.words[first - 1].end..self.words[first].start];
        if !between.contains('(') {
            return None;
        }
        let end =
            (first + 1..self.words.len()).take(PLACE_WORDS).find(|at| self.words[at - 1].after != Gap::None);
        let range = first..end.unwrap_or(self.words.len());
        let is_word =
            |at: usize| is_common(self.key(at)) || is_no_place(self.key(at)) || self.words[at].is_name;
        let is_said = !self.is_typed_code(first) && is_word(first) || range.len() > PLACE_WORDS;
        (!is_said).then_some(range)
    }

    /// The last word of a clause, after a place that ends at `end`, if it is an area code that may also be a plain word.
    fn perhaps_within(&self, end: usize) -> Option<usize> {
        let follows = self.words.get(end).is_some_and(|word| is_area_code(&word.key) && !word.is_name);
        let is_near = matches!(self.words[end - 1].after, Gap::None | Gap::Comma);
        let is_alone = follows && is_near && self.is_last(&(end..end + 1)) && self.after_link(end).is_none();
        is_alone.then_some(end)
    }

    /// Whether this word is an area code in capitals, in a text that is not all capitals: `ME`, not "me".
    fn is_typed_code(&self, at: usize) -> bool {
        self.capitals
            && self.words.get(at).is_some_and(|word| {
                is_area_code(&word.key) && !self.text[word.start..word.end].contains(char::is_lowercase)
            })
    }

    /// Whether these words name an area at the end of a place.
    fn is_area(&self, range: Range<usize>) -> bool {
        let keys = self.keys(range);
        is_country(&keys) || (is_area_code(&keys) && !is_common(&keys) && !is_no_place(&keys))
    }

    /// Whether `range` ends its clause, or a word like "please" or "today" follows it.
    pub(super) fn is_last(&self, range: &Range<usize>) -> bool {
        !self.goes_on(range.end - 1) || is_asking(self.key(range.end))
    }

    /// Whether the text apart from `range` only asks for the weather.
    fn is_only_asking(&self, range: &Range<usize>) -> bool {
        let has_head = self.words.iter().any(|word| is_head(&word.key) && !word.is_name);
        let others = (0..self.words.len()).filter(|at| !range.contains(at));
        let mut others = others.filter(|at| !self.words[*at].is_name);
        self.weather && has_head && others.all(|at| is_asking(self.key(at)))
    }

    /// Whether this word is in no table and belongs to no member's name.
    pub(super) fn is_unknown(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| {
            let key = word.key.as_str();
            !word.is_name && !is_common(key) && !is_no_place(key) && !is_known(key)
        })
    }

    /// Whether this word begins with a capital, and capitals are significant.
    pub(super) fn is_capital(&self, at: usize) -> bool {
        self.capitals && self.words.get(at).is_some_and(|word| word.capital)
    }

    /// Whether another word follows, and nothing separates the two.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        at + 1 < self.words.len() && self.words[at].after == Gap::None
    }

    /// The key of a word. Empty beyond the last.
    pub(super) fn key(&self, at: usize) -> &'a str {
        self.words.get(at).map_or("", |word| &word.key)
    }

    /// The keys of these words, separated by spaces.
    fn keys(&self, range: Range<usize>) -> String {
        let keys: Vec<&str> = self.words[range].iter().map(|word| word.key.as_str()).collect();
        keys.join(" ")
    }

    /// These words as typed.
    fn typed(&self, range: Range<usize>) -> String {
        let (start, end) = (self.words[range.start].start, self.words[range.end - 1].end);
        let is_saint = range.len() > 1 && ["st", "saint", "ste"].contains(&self.key(range.end - 2));
        let owner = ["'s", "’s", "'S", "’S"].iter().find(|owner| self.text[end..].starts_with(**owner));
        // "St. John's" is a city: its "'s" is not a possessive.
        let owner = owner.filter(|_| is_saint).map_or(0, |owner| owner.len());
        self.text[start..end + owner].to_owned()
    }
}
