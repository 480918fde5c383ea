//! Parses durations as people write them. Operators' commands, members' commands and command-line options share this
//! parser, so that a duration means the same everywhere.
//!
//! A duration is a sequence of numbers with units, largest unit first: `90s`, `30 min`, `2 hours`, `1 day 3h`,
//! `1h30m`, `1h30`, `2h,30m`, `1.5h`, `2,5h`, `an hour and a half`, `two weeks`, `half an hour`. Case is ignored, and
//! a bare number is not a duration. A month has 30 days, and a year 365. Ambiguous input is refused: `1:30`, `30M`.

use std::time::Duration;

use crate::base::limits::DURATION_WORDS;

/// Examples for error messages.
const EXAMPLES: &str = "30s, 30min, 2h, 1h30m, 1 day 3h or 2 weeks";

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 24 * 3600 * SECOND;

/// Unit names, and units in nanoseconds.
const UNITS: [(&[&str], u64); 9] = [
    (&["y", "yr", "yrs", "year", "years"], 365 * DAY),
    (&["mo", "mos", "mth", "mths", "month", "months"], 30 * DAY),
    (&["fortnight", "fortnights"], 14 * DAY),
    (&["w", "wk", "wks", "week", "weeks"], 7 * DAY),
    (&["d", "day", "days"], DAY),
    (&["h", "hr", "hrs", "hour", "hours"], HOUR),
    (&["m", "min", "mins", "minute", "minutes"], MINUTE),
    (&["s", "sec", "secs", "second", "seconds"], SECOND),
    (&["ms", "msec", "millisecond", "milliseconds"], SECOND / 1000),
];
const HOUR: u64 = 3600 * SECOND;
const MINUTE: u64 = 60 * SECOND;

/// Numbers as words.
const WORDS: [(&str, u64); 19] = [
    ("a", 1),
    ("an", 1),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("twelve", 12),
    ("fifteen", 15),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("sixty", 60),
    ("ninety", 90),
];

/// A token of the input.
#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    /// A number in billionths, its spelling, and whether it directly follows a word.
    Number(u128, &'a str, bool),
    Word(&'a str),
    /// A comma.
    Comma,
}

/// Parses `text`. An error says what is wrong and what to write instead, without a full stop.
pub fn parse(text: &str) -> Result<Duration, String> {
    let tokens = tokens(text)?;
    let mut parts = Parts { text, tokens: &tokens, last: u64::MAX, total: 0 };
    parts.first()?;
    while !parts.tokens.is_empty() {
        parts.next()?;
    }
    let nanoseconds = parts.total;
    let seconds = u64::try_from(nanoseconds / u128::from(SECOND)).map_err(|_| too_long(text))?;
    let rest = u32::try_from(nanoseconds % u128::from(SECOND)).unwrap_or_default();
    Ok(Duration::new(seconds, rest))
}

/// Parses `text`, and checks these bounds. Errors are as those of [`parse`].
pub fn parse_within(text: &str, min: Duration, max: Duration) -> Result<Duration, String> {
    let time = parse(text)?;
    if time < min {
        Err(format!("it must be at least {}", crate::base::text::in_words(min)))
    } else if time > max {
        Err(format!("it must be at most {}", crate::base::text::in_words(max)))
    } else {
        Ok(time)
    }
}

/// Splits `text` after the longest duration at its start. Without one, the error explains why the first words are not one.
pub fn split(text: &str) -> Result<(Duration, &str), String> {
    let ends = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at);
    let mut found = None;
    let mut end_of_word = 0;
    for end in ends.chain([text.len()]) {
        if text[end_of_word..end].trim().is_empty() {
            continue;
        }
        end_of_word = end;
        // A comma or colon may separate the rest.
        let words = text[..end].trim().trim_end_matches([',', ':', ';', '.', '!']);
        if let Ok(time) = parse(words) {
            found = Some((time, text[end..].trim_start()));
        }
        if words.split_whitespace().count() >= DURATION_WORDS {
            break;
        }
    }
    found.ok_or_else(|| {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let meant = match words.next() {
            Some(unit) if is_number(first) => format!("{first} {unit}"),
            _ => first.to_owned(),
        };
        parse(&meant).err().unwrap_or_else(|| no_time(first))
    })
}

/// Whether `word` can start a duration: with a digit of any script, a sign, or a number word.
pub fn seems_meant(word: &str) -> bool {
    let unsigned = word.trim_start_matches(['+', '-', '−', '.', ',', '~', '(', '<', '>']);
    let plain = word.to_lowercase();
    unsigned.starts_with(char::is_numeric)
        || matches!(plain.as_str(), "half" | "quarter" | "couple")
        || WORDS.iter().any(|(name, _)| *name == plain)
}

fn is_number(word: &str) -> bool {
    word.trim_start_matches(['+', '-']).chars().all(|c| c.is_numeric() || matches!(c, '.' | ','))
        || WORDS.iter().any(|(name, _)| name.eq_ignore_ascii_case(word))
        || word.eq_ignore_ascii_case("half")
}

/// A sequence of tokens being parsed.
struct Parts<'t, 'a> {
    text: &'a str,
    /// The remaining tokens.
    tokens: &'t [Token<'a>],
    /// The unit of the last part.
    last: u64,
    total: u128,
}

impl Parts<'_, '_> {
    /// Parses the first part, which may be in words: `an hour`, `half an hour`.
    fn first(&mut self) -> Result<(), String> {
        let (number, written) = match self.tokens {
            [Token::Word("half"), Token::Word("a" | "an"), rest @ ..] | [Token::Word("half"), rest @ ..] => {
                self.tokens = rest;
                (NANO / 2, "half")
            }
            [Token::Word("a"), Token::Word("quarter"), Token::Word("of"), Token::Word("an"), rest @ ..] => {
                self.tokens = rest;
                (NANO / 4, "a quarter")
            }
            [Token::Word("a"), Token::Word("couple"), Token::Word("of"), rest @ ..] => {
                self.tokens = rest;
                (2 * NANO, "2")
            }
            [Token::Word(word), rest @ ..] => {
                let known = WORDS.iter().find(|(name, _)| name == word);
                let Some((name, number)) = known else { return Err(no_time(self.text)) };
                self.tokens = rest;
                (u128::from(*number) * NANO, *name)
            }
            [Token::Number(number, written, _), rest @ ..] => {
                self.tokens = rest;
                (*number, *written)
            }
            _ => return Err(no_time(self.text)),
        };
        self.part(number, written)
    }

    /// Parses a further part: `30m`, `, 30m`, `and 30m`, `30` directly after `1h`, `and a half`.
    fn next(&mut self) -> Result<(), String> {
        match self.tokens {
            [Token::Word("and"), Token::Word("a"), Token::Word("half"), rest @ ..] => {
                self.tokens = rest;
                self.add(NANO / 2, self.last)
            }
            [Token::Comma, Token::Word("and"), rest @ ..]
            | [Token::Word("and") | Token::Comma, rest @ ..]
                if !rest.is_empty() =>
            {
                self.tokens = rest;
                self.first()
            }
            // `1h30` is one hour and 30 minutes, `1m30` one minute and 30 seconds. Two digits, as on a clock.
            [Token::Number(number, written, true)]
                if written.len() == 2
                    && *number < 60 * NANO
                    && (self.last == HOUR || self.last == MINUTE) =>
            {
                self.tokens = &[];
                self.add(*number, self.last / 60)
            }
            [Token::Number(number, written, _), rest @ ..] => {
                self.tokens = rest;
                self.part(*number, written)
            }
            _ => Err(no_time(self.text)),
        }
    }

    /// Parses the unit of a number. It has to be smaller than the one before.
    fn part(&mut self, mut number: u128, written: &str) -> Result<(), String> {
        if let [Token::Word("and"), Token::Word("a"), Token::Word("half"), rest @ ..] = self.tokens {
            number += NANO / 2;
            self.tokens = rest;
        }
        let [Token::Word(word), rest @ ..] = self.tokens else {
            return Err(format!(
                "{written} what? Write a unit after it, as in {written}s, {written}min, {written}h or {written}d"
            ));
        };
        if *word == "M" {
            return Err(format!(
                "{written}M could be minutes or months. Write {written}min or {written} months"
            ));
        }
        let Some((_, unit)) = UNITS.iter().find(|(names, _)| names.contains(word)) else {
            return Err(format!("\"{word}\" is not a unit of time. Write a duration as {EXAMPLES}"));
        };
        if *unit >= self.last {
            return Err(format!(
                "The units in \"{}\" are repeated or out of order. Write the largest first, as {EXAMPLES}",
                self.text
            ));
        }
        self.tokens = rest;
        self.last = *unit;
        self.add(number, *unit)
    }

    fn add(&mut self, number: u128, unit: u64) -> Result<(), String> {
        let time = number.checked_mul(u128::from(unit)).map(|time| time / NANO);
        let total = time.and_then(|time| self.total.checked_add(time));
        self.total = total.ok_or_else(|| too_long(self.text))?;
        Ok(())
    }
}

/// One, in billionths.
const NANO: u128 = 1_000_000_000;

fn no_time(text: &str) -> String {
    format!("\"{text}\" is not a duration. Write one as {EXAMPLES}")
}

fn too_long(text: &str) -> String {
    format!("{text} is too long")
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let is_behind_word =
            matches!(tokens.last(), Some(Token::Word(_))) && !text_before_is_space(text, rest);
        let len = match c {
            '0'..='9' | '.' => {
                let len = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | ',')).unwrap_or(rest.len());
                let written = rest[..len].trim_end_matches([',', '.']);
                let after = &rest[written.len()..];
                if after.starts_with(':') {
                    return Err(clock(text));
                }
                tokens.push(Token::Number(number(written, text)?, written, is_behind_word));
                written.len().max(1)
            }
            c if c.is_alphabetic() => {
                let len = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                tokens.push(Token::Word(known(&rest[..len])));
                len
            }
            ',' | '&' => {
                tokens.push(if c == ',' { Token::Comma } else { Token::Word("and") });
                1
            }
            // A hyphen is fine in "a 2-hour ban"; a negative duration is not.
            '-' if matches!(tokens.last(), Some(Token::Number(..) | Token::Word(_))) => 1,
            '-' | '−' | '+' => {
                return Err(format!("{text} has a sign. Write the duration without one, as {EXAMPLES}"));
            }
            c if c.is_whitespace() => c.len_utf8(),
            ':' => return Err(clock(text)),
            c if c.is_numeric() => {
                return Err(format!("Write the numbers in \"{text}\" with the digits 0 to 9, as {EXAMPLES}"));
            }
            _ => return Err(no_time(text)),
        };
        rest = &rest[len..];
        if tokens.len() > 4 * DURATION_WORDS {
            return Err(no_time(text));
        }
    }
    Ok(tokens)
}

fn text_before_is_space(text: &str, rest: &str) -> bool {
    let before = &text[..text.trim_end().len() - rest.len()];
    before.ends_with(char::is_whitespace)
}

fn clock(text: &str) -> String {
    format!("{text} could be hours or minutes, or a time of day. Write a duration as {EXAMPLES}")
}

/// A number in billionths.
fn number(written: &str, text: &str) -> Result<u128, String> {
    let (whole, part) = written.split_once(['.', ',']).unwrap_or((written, ""));
    let is_plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if !is_plain(whole) || !is_plain(part) || (whole.is_empty() && part.is_empty()) {
        return Err(no_time(text));
    }
    if written.contains(',') && part.len() == 3 {
        return Err(format!("The comma in {written} is ambiguous. Write the number without it"));
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| too_long(text))? };
    let part = &part[..part.len().min(9)];
    let part: u128 = format!("{part:0<9}").parse().unwrap_or_default();
    whole.checked_mul(NANO).and_then(|whole| whole.checked_add(part)).ok_or_else(|| too_long(text))
}

/// `word` in the tables' lower case. A single `M` keeps its case, as it could mean minutes or months.
fn known(word: &str) -> &str {
    if word == "M" {
        return word;
    }
    let units = UNITS.iter().flat_map(|(names, _)| names.iter().copied());
    let words = WORDS.iter().map(|(name, _)| *name);
    let mut all = units.chain(words).chain(["half", "quarter", "of", "couple", "and"]);
    all.find(|name| name.eq_ignore_ascii_case(word)).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let (minute, hour, day) = (60, 3600, 24 * 3600);
        for (text, seconds) in [
            ("90s", 90),
            ("90 seconds", 90),
            ("30 min", 30 * minute),
            ("30MIN", 30 * minute),
            ("30 Minutes", 30 * minute),
            ("5m", 5 * minute),
            ("2h", 2 * hour),
            ("2H", 2 * hour),
            ("2 hours", 2 * hour),
            ("2 hrs", 2 * hour),
            ("2-hour", 2 * hour),
            ("two hours", 2 * hour),
            ("an hour", hour),
            ("An Hour", hour),
            ("half an hour", 30 * minute),
            ("half hour", 30 * minute),
            ("a quarter of an hour", 15 * minute),
            ("an hour and a half", 90 * minute),
            ("one and a half hours", 90 * minute),
            ("2 and a half days", 60 * hour),
            ("a couple of hours", 2 * hour),
            ("1h30m", 90 * minute),
            ("1h30", 90 * minute),
            ("1h05", 65 * minute),
            ("1m30", 90),
            ("1h 30m", 90 * minute),
            ("2h,30m", 150 * minute),
            ("2h, 30m", 150 * minute),
            ("2h and 30 min", 150 * minute),
            ("1 day, 3 hours and 5 minutes", day + 3 * hour + 5 * minute),
            ("1 day 3h", day + 3 * hour),
            ("1d3h", day + 3 * hour),
            ("1.5h", 90 * minute),
            ("2,5h", 150 * minute),
            (".5h", 30 * minute),
            ("0s", 0),
            ("a week", 7 * day),
            ("2 weeks", 14 * day),
            ("a fortnight", 14 * day),
            ("1 month", 30 * day),
            ("3mo", 90 * day),
            ("1y", 365 * day),
            ("2 years", 730 * day),
            ("100 years", 36_500 * day),
            ("  7d ", 7 * day),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse("0.0000000001s"), Ok(Duration::ZERO), "less than can be counted");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, why) in [
            ("", "\"\" is not a duration. Write one as 30s"),
            ("60", "60 what? Write a unit after it, as in 60s, 60min"),
            ("2h 30", "30 what?"),
            ("1d12", "12 what?"),
            ("1h75", "75 what?"),
            ("1h5", "5 what?"),
            ("3x", "\"x\" is not a unit of time"),
            ("2 hors", "\"hors\" is not a unit"),
            ("hours", "\"hours\" is not a duration"),
            ("30M", "30M could be minutes or months. Write 30min or 30 months"),
            ("1:30", "1:30 could be hours or minutes"),
            ("18:00", "18:00 could be"),
            ("-5m", "-5m has a sign. Write the duration without one"),
            ("+5m", "+5m has a sign"),
            ("−5m", "−5m has a sign"),
            ("٢h", "Write the numbers in \"٢h\" with the digits 0 to 9"),
            ("½h", "Write the numbers"),
            ("1,000s", "The comma in 1,000 is ambiguous"),
            ("1.2.3h", "\"1.2.3h\" is not a duration"),
            (".h", "\".h\" is not a duration"),
            ("30m 2h", "The units in \"30m 2h\" are repeated or out of order"),
            ("1h 1h", "The units in \"1h 1h\" are"),
            ("2h 1 day", "The units in \"2h 1 day\""),
            ("2h,", "\"2h,\" is not a duration"),
            ("2h and", "\"2h and\" is not a duration"),
            ("99999999999999999999y", "99999999999999999999y is too long"),
            ("99999999999999999999999999999999999999999y", "99999"),
            ("soon", "\"soon\" is not a duration"),
            ("off", "\"off\" is not a duration"),
            ("1h/2", "\"1h/2\" is not a duration"),
            ("😀", "\"😀\" is not a duration"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.starts_with(why), "{text}: {said}");
        }
    }

    #[test]
    fn a_time_and_what_follows_it() {
        for (text, seconds, rest) in [
            ("2h", 7200, ""),
            ("2h spam", 7200, "spam"),
            ("2 hours being rude", 7200, "being rude"),
            ("1 day 3h: spam", 97_200, "spam"),
            ("an hour and a half he was rude", 5400, "he was rude"),
            ("2 hours a day after the other", 7200, "a day after the other"),
            ("1h a second warning", 3600, "a second warning"),
            ("2h and more", 7200, "and more"),
            ("2h 30 people", 7200, "30 people"),
        ] {
            assert_eq!(split(text), Ok((Duration::from_secs(seconds), rest)), "{text}");
        }
        assert!(split("60").unwrap_err().starts_with("60 what?"));
        assert!(split("60 spam").unwrap_err().starts_with("\"spam\" is not a unit"));
        assert!(split("").is_err() && split("spam").is_err());
    }

    #[test]
    fn words_that_seem_to_be_durations() {
        for word in ["2", "2h", "-5m", "٢", "½h", "two", "An", "half", ".5h", "(2h)", "~2h"] {
            assert!(seems_meant(word), "{word}");
        }
        for word in ["", "spam", "h2", "-", "forty-two", "andy"] {
            assert!(!seems_meant(word), "{word}");
        }
    }
}
