//! Parses times in the past as people write them, in local time: `2h ago`, `yesterday 9:00`, `monday`, `2026-11-20
//! 09:15`.
//!
//! A local time that a clock change skips stands for the moment of the change. One that occurs twice stands for the
//! first, so that nothing since then is left out.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

use crate::base::duration;

/// Why a text is not a time in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastTimeError {
    /// It is not a time.
    Invalid,
    /// It is in the future.
    Future,
}

const WEEKDAYS: [(&[&str], Weekday); 7] = [
    (&["monday", "mon"], Weekday::Monday),
    (&["tuesday", "tue", "tues"], Weekday::Tuesday),
    (&["wednesday", "wed"], Weekday::Wednesday),
    (&["thursday", "thu", "thur", "thurs"], Weekday::Thursday),
    (&["friday", "fri"], Weekday::Friday),
    (&["saturday", "sat"], Weekday::Saturday),
    (&["sunday", "sun"], Weekday::Sunday),
];

/// Parses `text` as a time before `now`, in the system's time zone.
pub fn parse(text: &str, now: SystemTime) -> Result<SystemTime, PastTimeError> {
    parse_in(text, now, &TimeZone::system())
}

fn parse_in(text: &str, now: SystemTime, zone: &TimeZone) -> Result<SystemTime, PastTimeError> {
    let text = text.trim().to_ascii_lowercase();
    if text == "now" {
        return Ok(now);
    }
    if let Some(past) = parse_ago(&text, now) {
        return Ok(past);
    }
    let today = Timestamp::try_from(now).map_err(|_| PastTimeError::Invalid)?.to_zoned(zone.clone());
    let past = parse_day(&text, &today).or_else(|| parse_moment(&text)).ok_or(PastTimeError::Invalid)?;
    Some(past).filter(|past| *past <= now).ok_or(PastTimeError::Future)
}

/// `2h`, `2 hours ago`, `last 2 hours`, `the last hour`.
fn parse_ago(text: &str, now: SystemTime) -> Option<SystemTime> {
    let text = text.strip_prefix("the ").unwrap_or(text);
    let ago = match text.strip_prefix("last ").or_else(|| text.strip_prefix("past ")) {
        Some(rest) => duration::parse(rest).or_else(|_| duration::parse(&format!("one {rest}"))),
        None => duration::parse(text.strip_suffix(" ago").unwrap_or(text)),
    };
    // Nothing was said before 1970.
    Some(now.checked_sub(ago.ok()?).unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH))
}

/// A time with an offset from UTC: RFC 3339 and common variants.
fn parse_moment(text: &str) -> Option<SystemTime> {
    let upper = text.to_ascii_uppercase();
    upper.parse().ok().map(|time: Timestamp| SystemTime::from(time))
}

/// A day, a time of day, or both with the day first, in local time.
fn parse_day(text: &str, now: &Zoned) -> Option<SystemTime> {
    let (day, rest) = text.split_once(|c: char| c.is_whitespace() || c == ',').unwrap_or((text, ""));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("at ").unwrap_or(rest).trim();
    let clock = |text: &str| if text.is_empty() { Some(Time::midnight()) } else { parse_clock(text, true) };
    let today = now.date();
    let date = match day {
        "today" => today,
        "yesterday" => today.yesterday().ok()?,
        "tomorrow" => today.tomorrow().ok()?,
        "last" | "on" => {
            let (day, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            weekday(day)?;
            return parse_day(&format!("{day} {rest}"), now);
        }
        _ => {
            if let Some(wanted) = weekday(day) {
                let back = today.weekday().since(wanted);
                let date = today.checked_sub(Span::new().days(back)).ok()?;
                let past = moment(date.to_datetime(clock(rest)?), now.time_zone())?;
                let is_over = past <= SystemTime::from(now.timestamp());
                let week_ago = || date.checked_sub(Span::new().days(7)).ok();
                return if is_over {
                    Some(past)
                } else {
                    moment(week_ago()?.to_datetime(clock(rest)?), now.time_zone())
                };
            }
            match day.split_once('t') {
                // ISO 8601, in local time.
                Some((day, clock)) if rest.is_empty() && parse_date(day).is_some() => {
                    let at = parse_date(day)?.to_datetime(parse_clock(clock, false)?);
                    return moment(at, now.time_zone());
                }
                _ => match parse_date(day) {
                    Some(date) => date,
                    None => return parse_last(text, now),
                },
            }
        }
    };
    if rest.is_empty() {
        return Some(date.to_zoned(now.time_zone().clone()).ok()?.timestamp().into());
    }
    moment(date.to_datetime(clock(rest)?), now.time_zone())
}

/// The last time that clocks showed this time of day.
fn parse_last(text: &str, now: &Zoned) -> Option<SystemTime> {
    let time = parse_clock(text.strip_prefix("at ").unwrap_or(text), false)?;
    let on = |date: Date| moment(date.to_datetime(time), now.time_zone());
    let today = on(now.date())?;
    if today <= SystemTime::from(now.timestamp()) { Some(today) } else { on(now.date().yesterday().ok()?) }
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(names, _)| names.contains(&text)).map(|(_, day)| *day)
}

/// `2026-11-20`.
fn parse_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let is_plain = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !is_plain || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `9:15`, `09:15:30`, `9:15 pm`, `9pm`, `noon`; and after a day, `9` alone.
fn parse_clock(text: &str, is_behind_day: bool) -> Option<Time> {
    match text {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let (digits, half) = match text.strip_suffix("am").or_else(|| text.strip_suffix("a.m.")) {
        Some(digits) => (digits.trim_end(), Some(0)),
        None => match text.strip_suffix("pm").or_else(|| text.strip_suffix("p.m.")) {
            Some(digits) => (digits.trim_end(), Some(12)),
            None => (text.strip_suffix("o'clock").map_or(text, str::trim_end), None),
        },
    };
    let parts: Vec<&str> = digits.split(':').collect();
    let part = |at: usize| -> Option<i8> {
        let Some(text) = parts.get(at) else { return Some(0) };
        let is_plain = text.len() <= 2 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if is_plain && (at == 0 || text.len() == 2) { text.parse().ok() } else { None }
    };
    let (seconds, fraction) = match parts.get(2).and_then(|seconds| seconds.split_once('.')) {
        // Fractions of a second are dropped.
        Some((seconds, part)) if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) => {
            (seconds.parse().ok().filter(|_| seconds.len() == 2), true)
        }
        _ => (part(2), false),
    };
    if parts.len() > 3 || (parts.len() == 1 && half.is_none() && !is_behind_day && digits == text) {
        return None;
    }
    let hour = match (part(0)?, half) {
        (hour, None) => hour,
        (hour @ 1..=12, Some(half)) if !fraction => hour % 12 + half,
        _ => return None,
    };
    Time::new(hour, part(1)?, seconds?, 0).ok()
}

/// The moment of a local time; if it is skipped, the clock change; if it occurs twice, the first.
fn moment(at: DateTime, zone: &TimeZone) -> Option<SystemTime> {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    let is_skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let earlier = ambiguous.earlier().ok()?;
    if !is_skipped {
        return Some(earlier.into());
    }
    let change = zone.following(earlier).next();
    Some(change.map_or(earlier, |change| change.timestamp()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Central Europe's clocks: forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
    fn zone() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn at(utc: &str) -> SystemTime {
        utc.parse::<Timestamp>().unwrap().into()
    }

    fn past(text: &str, now: &str) -> Result<String, PastTimeError> {
        parse_in(text, at(now), &zone()).map(|time| Timestamp::try_from(time).unwrap().to_string())
    }

    #[test]
    fn times_before_now() {
        // A Friday, 18:30 local time.
        let now = "2026-11-20T17:30:00Z";
        for (text, utc) in [
            ("2h", "2026-11-20T15:30:00Z"),
            ("2h ago", "2026-11-20T15:30:00Z"),
            ("2 hours ago", "2026-11-20T15:30:00Z"),
            ("an hour and a half ago", "2026-11-20T16:00:00Z"),
            ("last 2 hours", "2026-11-20T15:30:00Z"),
            ("the last hour", "2026-11-20T16:30:00Z"),
            ("90 seconds", "2026-11-20T17:28:30Z"),
            ("now", "2026-11-20T17:30:00Z"),
            ("99999999999y", "1970-01-01T00:00:00Z"),
            ("9:00", "2026-11-20T08:00:00Z"),
            ("09:00", "2026-11-20T08:00:00Z"),
            ("at 9:00", "2026-11-20T08:00:00Z"),
            ("9:00:30", "2026-11-20T08:00:30Z"),
            ("9am", "2026-11-20T08:00:00Z"),
            ("3:15 pm", "2026-11-20T14:15:00Z"),
            ("12am", "2026-11-19T23:00:00Z"),
            ("noon", "2026-11-20T11:00:00Z"),
            ("19:00", "2026-11-19T18:00:00Z"),
            ("today", "2026-11-19T23:00:00Z"),
            ("today 9", "2026-11-20T08:00:00Z"),
            ("Today at 9:15", "2026-11-20T08:15:00Z"),
            ("yesterday", "2026-11-18T23:00:00Z"),
            ("yesterday 9:00", "2026-11-19T08:00:00Z"),
            ("yesterday at 9 pm", "2026-11-19T20:00:00Z"),
            ("friday", "2026-11-19T23:00:00Z"),
            ("friday 19:00", "2026-11-13T18:00:00Z"),
            ("Thu 9:00", "2026-11-19T08:00:00Z"),
            ("last monday", "2026-11-15T23:00:00Z"),
            ("saturday", "2026-11-13T23:00:00Z"),
            ("2026-11-20", "2026-11-19T23:00:00Z"),
            ("2026-11-20 9:15", "2026-11-20T08:15:00Z"),
            ("2026-11-20, 09:15", "2026-11-20T08:15:00Z"),
            ("2026-11-20 09:15:30", "2026-11-20T08:15:30Z"),
            ("2026-11-20T09:15", "2026-11-20T08:15:00Z"),
            ("2026-11-20T09:15:30.5", "2026-11-20T08:15:30Z"),
            ("2026-11-20T09:15:30Z", "2026-11-20T09:15:30Z"),
            ("2026-11-20t09:15:30.250z", "2026-11-20T09:15:30.25Z"),
            ("2026-11-20T09:15Z", "2026-11-20T09:15:00Z"),
            ("2026-11-20T09:15:30+05:30", "2026-11-20T03:45:30Z"),
            ("2026-11-20 09:15:30-08:00", "2026-11-20T17:15:30Z"),
        ] {
            assert_eq!(past(text, now), Ok(utc.to_owned()), "{text}");
        }
        for text in ["tomorrow", "2999-01-01", "2026-11-20 19:00", "today 19:00", "2026-11-20T18:00:00Z"] {
            assert_eq!(past(text, now), Err(PastTimeError::Future), "{text}");
        }
        for text in [
            "",
            "x",
            "9",
            "ever",
            "25:00",
            "9:60",
            "9:5",
            "9:00:60",
            "13pm",
            "0am",
            "2026-11-31",
            "2026-13-01",
            "20-11-2026",
            "2026-11-20 x",
            "yesterday x",
            "last",
            "last x",
            "on on on",
            "1:2:3:4",
            "2h ago ago",
            "99999999999999999999y",
            "-2h",
        ] {
            assert_eq!(past(text, now), Err(PastTimeError::Invalid), "{text}");
        }
    }

    #[test]
    fn an_hour_that_is_skipped_is_when_clocks_change() {
        let change = Ok("2026-03-29T01:00:00Z".to_owned());
        for text in ["2:30", "02:00", "02:59:59", "today 2:30", "sunday 2:30", "2026-03-29 02:30"] {
            // Ten minutes later, and in the evening.
            for now in ["2026-03-29T01:10:00Z", "2026-03-29T17:00:00Z"] {
                assert_eq!(past(text, now), change, "{text}");
            }
        }
        assert_eq!(past("2:30", "2026-03-29T00:59:00Z"), Ok("2026-03-28T01:30:00Z".into()), "it is not yet");
        assert_eq!(past("3:00", "2026-03-29T01:10:00Z"), change);
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first() {
        let first = Ok("2026-10-25T00:30:00Z".to_owned());
        for now in
            ["2026-10-25T00:40:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:40:00Z", "2026-10-25T17:00:00Z"]
        {
            assert_eq!(past("2:30", now), first, "{now}");
            assert_eq!(past("2026-10-25 02:30", now), first, "{now}");
        }
    }

    #[test]
    fn a_day_begins_when_its_clocks_do() {
        // In Lebanon, midnight is skipped on the last Sunday of March.
        let zone = TimeZone::posix("EET-2EEST,M3.5.0/0,M10.5.0/0").unwrap();
        let past = parse_in("2026-03-29", at("2026-03-29T10:00:00Z"), &zone);
        assert_eq!(past, Ok(at("2026-03-28T22:00:00Z")));
        assert!(parse("1h", SystemTime::now()).unwrap() + Duration::from_secs(3600) <= SystemTime::now());
    }
}
