//! Which place a text is about.
//!
//! It knows no map: a place is what stands where places stand ("in …", "weather …", "what about …?") and is no other word.
//! Capitals help where people use them; most do not.

use std::ops::Range;

use super::Place;
use super::place_words::{
    is_common, is_connector, is_country, is_no_place, is_prefix, is_suffix, is_the_place,
};
use super::subjects::is_known;
use super::words::{Gap, Word};

/// The longest place, in words.
const PLACE_WORDS: usize = 5;

/// The longest run of words that nobody knows and that is still one place, in words.
const UNKNOWN_WORDS: usize = 3;

/// The words whose place may stand right beside them: "weather Bergen", "oslo forecast".
const HEADS: [&str; 5] = ["weather", "forecast", "temperature", "temp", "temperatures"];

/// After these, "in" and "at" lead to what is done, not to where.
const NOT_BEFORE_A_PLACE: [&str; 43] = [
    "believe",
    "believes",
    "believed",
    "interested",
    "good",
    "bad",
    "great",
    "terrible",
    "better",
    "best",
    "look",
    "looks",
    "looking",
    "looked",
    "laugh",
    "laughing",
    "shout",
    "smile",
    "point",
    "result",
    "results",
    "succeed",
    "involved",
    "invest",
    "log",
    "logged",
    "fill",
    "join",
    "bring",
    "give",
    "check",
    "plug",
    "kick",
    "trust",
    "stare",
    "staring",
    "angry",
    "mad",
    "participate",
    "specialise",
    "specialize",
    "engage",
    "yell",
];

/// Words of a clause that asks for nothing but the weather of a place.
const ASKING: &str = "please pls now today tonight tomorrow tmrw the current for and so hi hello hey ok forecast weather \
    temperature temp report what about how right morning evening this";

/// The words of one text, and what is known about all of them.
pub(super) struct Places<'a> {
    text: &'a str,
    words: &'a [Word],
    /// The text is about the weather, where every unknown word is more likely a place.
    weather: bool,
    /// Some words have capitals and some have none, so a capital means something.
    capitals: bool,
}

/// What was found.
pub(super) struct Found {
    pub(super) place: Place,
    /// The text is nothing but the place and a word like "weather": a question without saying so.
    pub(super) is_asked_for: bool,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str, words: &'a [Word], weather: bool) -> Places<'a> {
        let small = |word: &Word| text[word.start..].starts_with(char::is_lowercase);
        Places { text, words, weather, capitals: words.iter().any(small) }
    }

    /// The place that the text is about: of several, the first with a name of its own, "Bergen" rather than "the lake".
    pub(super) fn find(&self) -> Option<Found> {
        let mut led = (0..self.words.len()).filter_map(|at| self.range(self.lead(at)?));
        let first = led.next();
        let best = match first {
            Some(ref range) if self.key(range.start) == "the" => {
                led.find(|r| self.key(r.start) != "the").or(first)
            }
            _ => first,
        };
        if let Some(range) = best {
            return Some(Found { is_asked_for: self.is_only_asking(&range), place: self.place(range) });
        }
        let range = self.beside_weather().or_else(|| self.asked_about())?;
        Some(Found { is_asked_for: self.is_only_asking(&range), place: self.place(range) })
    }

    /// Where a place may begin that word `at` leads to.
    fn lead(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1).map_or("", |before| self.key(before));
        let leads = match self.key(at) {
            "in" | "at" => !NOT_BEFORE_A_PLACE.contains(&before) || self.is_weather_word(before),
            "near" | "around" | "outside" => true,
            "for" | "of" | "over" | "on" => HEADS.contains(&before),
            "to" => [
                "go",
                "going",
                "went",
                "travel",
                "travelling",
                "traveling",
                "trip",
                "fly",
                "flying",
                "move",
                "moving",
                "moved",
                "drive",
                "driving",
                "been",
            ]
            .contains(&before),
            "from" => ["im", "am", "are", "come", "comes", "greetings", "hello", "hi"].contains(&before),
            "visit" | "visiting" => true,
            _ => false,
        };
        (leads && self.goes_on(at)).then_some(at + 1)
    }

    /// The words of the place that begins at `first`, if one does.
    fn range(&self, first: usize) -> Option<Range<usize>> {
        let word = self.words.get(first)?;
        if word.key == "the" {
            let second = self.words.get(first + 1).filter(|_| self.goes_on(first))?;
            let is_place =
                is_the_place(&second.key) || (self.is_capital(first + 1) && !is_no_place(&second.key));
            return (is_place && !second.is_name).then(|| first..self.end(first + 2));
        }
        self.can_begin(first).then(|| first..self.end(first + 1))
    }

    fn can_begin(&self, at: usize) -> bool {
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

    /// Where the place ends whose words up to `end` are certain.
    fn end(&self, mut end: usize) -> usize {
        let first = end - 1;
        while end - first < PLACE_WORDS && end < self.words.len() && self.goes_on(end - 1) {
            let key = self.key(end);
            let after_prefix = is_prefix(self.key(end - 1));
            let of_this = !self.words[end].is_name
                && !is_no_place(key)
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

    /// Whether a word that nobody knows belongs to the place before it: in talk of the weather, without capitals.
    fn may_run_on(&self, first: usize, at: usize) -> bool {
        self.weather && !self.is_capital(first) && at - first < UNKNOWN_WORDS
    }

    /// Whether a word can follow "de" or "of" in a place.
    fn is_part(&self, at: usize) -> bool {
        self.is_unknown(at) || (self.is_capital(at) && !is_no_place(self.key(at)))
    }

    /// Bare places beside the word "weather": "weather bergen", "what's the bergen weather", "Oslo's weather".
    fn beside_weather(&self) -> Option<Range<usize>> {
        let head =
            (0..self.words.len()).find(|at| HEADS.contains(&self.key(*at)) && !self.words[*at].is_name)?;
        let is_plain = head == 0 || !["the", "this", "good", "bad", "nice"].contains(&self.key(head - 1));
        let after = Some(head + 1)
            .filter(|at| is_plain && *at < self.words.len() && self.words[head].after < Gap::Stop)
            .and_then(|at| self.range(at))
            .filter(|range| self.is_last(range));
        after.or_else(|| self.before(head))
    }

    /// The unknown words right before `head`.
    fn before(&self, head: usize) -> Option<Range<usize>> {
        let first = (head.saturating_sub(UNKNOWN_WORDS)..head)
            .rev()
            .take_while(|at| {
                self.goes_on(*at) && (self.is_unknown(*at) || is_prefix(self.key(*at)) && *at + 1 < head)
            })
            .last()?;
        // "the" and "new" may begin a place, and nothing but a place.
        let first = (first..head).find(|at| self.can_begin(*at))?;
        Some(first..head)
    }

    /// "What about Oslo?", "and Bergen?"
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

    /// The place at `range`, with what is said about where that is.
    fn place(&self, range: Range<usize>) -> Place {
        let within = self.within(range.end);
        if within.is_none() {
            // "Paris France": a country at the end is not part of the name, unless it is all of it.
            let keys = |range: Range<usize>| {
                self.words[range].iter().map(|w| w.key.as_str()).collect::<Vec<_>>().join(" ")
            };
            let whole = is_country(&keys(range.clone()));
            let split = (range.start + 1..range.end).find(|at| is_country(&keys(*at..range.end)));
            if let Some(at) = split.filter(|at| !whole && !is_prefix(self.key(at - 1))) {
                return Place { name: self.typed(range.start..at), within: Some(self.typed(at..range.end)) };
            }
        }
        Place { name: self.typed(range), within: within.map(|range| self.typed(range)) }
    }

    /// The country or the like after a place that ends at `end`: "…, Texas", "… in France".
    fn within(&self, end: usize) -> Option<Range<usize>> {
        let in_something =
            end < self.words.len() && self.goes_on(end - 1) && self.key(end) == "in" && self.goes_on(end);
        if in_something {
            return self.range(end + 1);
        }
        if self.words[end - 1].after != Gap::Comma || end == self.words.len() {
            return None;
        }
        let range = self.range(end)?;
        let keys: Vec<&str> = self.words[range.clone()].iter().map(|w| w.key.as_str()).collect();
        let keys = keys.join(" ");
        let is_named =
            self.is_capital(range.start) && self.is_last(&range) && !is_common(self.key(range.start));
        (is_country(keys.trim_start_matches("the ")) || is_named).then_some(range)
    }

    /// Whether nothing of weight follows: the end of a clause, or a day.
    fn is_last(&self, range: &Range<usize>) -> bool {
        !self.goes_on(range.end - 1) || range.end == self.words.len() || self.is_asking_word(range.end)
    }

    /// Whether the clause around `range` holds nothing but a place and the weather.
    fn is_only_asking(&self, range: &Range<usize>) -> bool {
        let has_head = self.words.iter().any(|word| HEADS.contains(&word.key.as_str()) && !word.is_name);
        let others = (0..self.words.len()).filter(|at| !range.contains(at));
        let mut others = others.filter(|at| !self.words[*at].is_name);
        has_head && others.all(|at| self.is_asking_word(at) || ["in", "at"].contains(&self.key(at)))
    }

    fn is_asking_word(&self, at: usize) -> bool {
        ASKING.split_ascii_whitespace().any(|word| word == self.key(at))
    }

    fn is_weather_word(&self, key: &str) -> bool {
        self.weather && HEADS.contains(&key)
    }

    /// Whether this word is none that is known: not common, no subject's, nobody's name.
    fn is_unknown(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| {
            let key = word.key.as_str();
            !word.is_name && !is_common(key) && !is_no_place(key) && !is_known(key)
        })
    }

    fn is_capital(&self, at: usize) -> bool {
        self.capitals && self.words[at].capital
    }

    /// Whether nothing separates this word from the next.
    fn goes_on(&self, at: usize) -> bool {
        self.words[at].after == Gap::None
    }

    fn key(&self, at: usize) -> &'a str {
        &self.words[at].key
    }

    fn typed(&self, range: Range<usize>) -> String {
        self.text[self.words[range.start].start..self.words[range.end - 1].end].to_owned()
    }
}
