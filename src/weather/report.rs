//! Sums up a forecast for a time of the day. Bots make the sentences.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::City;
use super::forecast::{Forecast, Next, Step};
use super::sky::Sky;
use super::wind::Wind;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The time of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// The current hour.
    Now,
    /// From now until midnight.
    Today,
    /// From 18:00 or now, whichever is later, until 06:00.
    Tonight,
    /// The next day from midnight to midnight.
    Tomorrow,
}

/// The summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The city.
    pub city: City,
    /// The time.
    pub when: When,
    /// The lowest temperature in degrees Celsius.
    pub low: f64,
    /// The highest temperature. For `Now`, the same as `low`.
    pub high: f64,
    /// The sky for most of the time. An hour of rain on a dry day shows only in `rain`.
    pub sky: Option<Sky>,
    /// The strongest wind.
    pub wind: Option<Wind>,
    /// Precipitation as water, in millimetres. For `Now`: in the coming hour.
    pub rain: Option<f64>,
    /// When MET computed the forecast.
    pub updated: Option<SystemTime>,
    /// The forecast has expired and could not be renewed.
    pub stale: bool,
}

/// Sums up `forecast` for `city` at the time `now`. `None`: it does not cover that time.
pub fn report(forecast: &Forecast, city: City, when: When, now: SystemTime) -> Option<Report> {
    let (from, to) = window(when, now, city.lon);
    let pieces = pieces(forecast, from, to);
    let first = pieces.first()?;
    let steps: Vec<&Step> = match when {
        When::Now => vec![first.step],
        _ => pieces.iter().map(|piece| piece.step).collect(),
    };
    let temperatures = steps.iter().map(|step| step.temperature);
    let winds = steps.iter().filter_map(|step| step.wind);
    let rains: Vec<f64> = pieces.iter().filter_map(Piece::rain).collect();
    Some(Report {
        city,
        when,
        low: temperatures.clone().fold(f64::INFINITY, f64::min),
        high: temperatures.fold(f64::NEG_INFINITY, f64::max),
        sky: prevailing(&pieces),
        wind: winds.max_by(|a, b| a.speed.total_cmp(&b.speed)),
        rain: (!rains.is_empty()).then(|| rains.iter().sum()),
        updated: forecast.updated,
        stale: false,
    })
}

/// The start and end. The local time is estimated from the longitude, an hour for every fifteen degrees, as the table
/// of cities has no time zones. It is right to an hour or two.
fn window(when: When, now: SystemTime, lon: f64) -> (SystemTime, SystemTime) {
    let hours_ahead = (lon / 15.0).round().clamp(-12.0, 12.0);
    // One day is added so that it is never negative.
    let ahead = DAY.mul_f64(1.0 + hours_ahead / 24.0);
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default() + ahead;
    let into_day = Duration::from_secs(since.as_secs() % DAY.as_secs());
    let midnight = now - into_day;
    match when {
        When::Now => (now, now + HOUR),
        When::Today => (now, midnight + DAY),
        When::Tonight if into_day < 6 * HOUR => (now, midnight + 6 * HOUR),
        When::Tonight => (now.max(midnight + 18 * HOUR), midnight + 30 * HOUR),
        When::Tomorrow => (midnight + DAY, midnight + 2 * DAY),
    }
}

/// A step and its share of the time.
struct Piece<'a> {
    step: &'a Step,
    next: Option<&'a Next>,
    covers: Duration,
}

impl Piece<'_> {
    /// Its share of the precipitation.
    fn rain(&self) -> Option<f64> {
        let next = self.next?;
        Some(next.rain? * self.covers.as_secs_f64() / next.lasts.as_secs_f64())
    }
}

/// The steps that cover the time between `from` and `to`, each until the next one or for as long as its periods last.
fn pieces(forecast: &Forecast, from: SystemTime, to: SystemTime) -> Vec<Piece<'_>> {
    let steps = &forecast.steps;
    let ends = steps.iter().skip(1).map(|step| Some(step.time)).chain([None]);
    let pieces = steps.iter().zip(ends).filter_map(|(step, end)| {
        let until_next = end.and_then(|end| end.duration_since(step.time).ok());
        let next = period(step, until_next);
        let lasts = match (until_next, next) {
            (Some(gap), Some(next)) => gap.min(next.lasts),
            (Some(gap), None) => gap.min(6 * HOUR),
            (None, Some(next)) => next.lasts,
            (None, None) => HOUR,
        };
        let covers = (step.time + lasts).min(to).duration_since(step.time.max(from)).ok()?;
        (!covers.is_zero()).then_some(Piece { step, next, covers })
    });
    pieces.collect()
}

/// The period of `step` to use until the next one: the shortest that covers it and has an amount of rain, else the
/// longest with an amount, else any.
fn period(step: &Step, until_next: Option<Duration>) -> Option<&Next> {
    let with_rain = || step.next.iter().filter(|next| next.rain.is_some());
    let reaching = with_rain().find(|next| until_next.is_none_or(|gap| next.lasts >= gap));
    reaching.or_else(|| with_rain().next_back()).or(step.next.first())
}

/// The sky that lasts longest. In a tie, the worse one.
fn prevailing(pieces: &[Piece<'_>]) -> Option<Sky> {
    let mut lasting: Vec<(Sky, Duration)> = Vec::new();
    for (sky, covers) in pieces.iter().filter_map(|piece| Some((piece.next?.sky?, piece.covers))) {
        match lasting.iter_mut().find(|(other, _)| *other == sky) {
            Some((_, total)) => *total += covers,
            None => lasting.push((sky, covers)),
        }
    }
    lasting.into_iter().max_by_key(|(sky, total)| (*total, *sky)).map(|(sky, _)| sky)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SystemTime {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn city(lon: f64) -> City {
        City { name: "Somewhere", country: "Nowhere", region: None, population: 1, lat: 60.0, lon }
    }

    fn next(hours: u32, sky: Sky, rain: f64) -> Next {
        Next { lasts: HOUR * hours, sky: Some(sky), rain: Some(rain) }
    }

    /// From noon on: two days of hourly steps, with the hour as the temperature and a tenth of it as the wind, and 1
    /// mm of rain in each hour from 18 to 20; then two days of six-hour steps with 6 mm each.
    fn forecast() -> Forecast {
        let start = at("2026-11-20T12:00:00Z");
        let hourly = (0..48u32).map(|n| {
            let hour = (12 + n) % 24;
            let (sky, rain) =
                if (18..20).contains(&hour) { (Sky::parse("rain").unwrap(), 1.0) } else { (Sky::Clear, 0.0) };
            (n, hour, next(1, sky, rain))
        });
        let six_hourly = (0..8u32).map(|n| (48 + 6 * n, (12 + 6 * n) % 24, next(6, Sky::Cloudy, 6.0)));
        let steps = hourly.chain(six_hourly).map(|(n, hour, next)| Step {
            time: start + HOUR * n,
            temperature: f64::from(hour),
            wind: Some(Wind { speed: f64::from(hour) / 10.0, from: None }),
            next: vec![next],
        });
        Forecast { updated: Some(start), steps: steps.collect() }
    }

    fn asked(when: When, now: &str, lon: f64) -> Option<(f64, f64, String, Option<f64>)> {
        let report = report(&forecast(), city(lon), when, at(now))?;
        Some((report.low, report.high, report.sky.unwrap().to_string(), report.rain))
    }

    #[test]
    fn now_is_this_hour() {
        let clear = |t: f64| Some((t, t, "clear sky".into(), Some(0.0)));
        assert_eq!(asked(When::Now, "2026-11-20T12:00:00Z", 0.0), clear(12.0));
        assert_eq!(asked(When::Now, "2026-11-20T12:59:00Z", 0.0), clear(12.0));
        // Half of the coming hour overlaps the rain.
        assert_eq!(
            asked(When::Now, "2026-11-20T17:30:00Z", 0.0),
            Some((17.0, 17.0, "rain".into(), Some(0.5)))
        );
        assert_eq!(asked(When::Now, "2026-11-20T10:00:00Z", 0.0), None, "before it begins");
        assert_eq!(asked(When::Now, "2026-11-28T10:00:00Z", 0.0), None, "after it ends");
    }

    #[test]
    fn days_and_nights() {
        let noon = "2026-11-20T12:00:00Z";
        assert_eq!(asked(When::Today, noon, 0.0), Some((12.0, 23.0, "clear sky".into(), Some(2.0))));
        assert_eq!(asked(When::Tonight, noon, 0.0), Some((0.0, 23.0, "clear sky".into(), Some(2.0))));
        assert_eq!(asked(When::Tomorrow, noon, 0.0), Some((0.0, 23.0, "clear sky".into(), Some(2.0))));
        // At one in the night, "tonight" is the rest of the night.
        assert_eq!(
            asked(When::Tonight, "2026-11-21T01:00:00Z", 0.0),
            Some((1.0, 5.0, "clear sky".into(), Some(0.0)))
        );
        // Six-hour steps; the first one is cut by the hourly ones.
        assert_eq!(
            asked(When::Tomorrow, "2026-11-22T12:00:00Z", 0.0),
            Some((0.0, 18.0, "cloudy".into(), Some(24.0)))
        );
    }

    #[test]
    fn a_place_has_a_day_of_its_own() {
        let noon = at("2026-11-20T12:00:00Z");
        for (lon, from) in [
            (0.0, "2026-11-21T00:00:00Z"),
            (5.3, "2026-11-21T00:00:00Z"),
            (10.7, "2026-11-20T23:00:00Z"),
            (139.7, "2026-11-20T15:00:00Z"),
            (-74.0, "2026-11-21T05:00:00Z"),
            (179.9, "2026-11-21T12:00:00Z"),
            (-179.9, "2026-11-21T12:00:00Z"),
        ] {
            let (start, end) = window(When::Tomorrow, noon, lon);
            assert_eq!((start, end), (at(from), at(from) + DAY), "{lon}");
        }
    }

    #[test]
    fn sparse_forecasts_give_sparse_reports() {
        let time = at("2026-11-20T12:00:00Z");
        let step = Step { time, temperature: 3.0, wind: None, next: Vec::new() };
        let forecast = Forecast { updated: None, steps: vec![step] };
        let report = report(&forecast, city(0.0), When::Now, time).unwrap();
        assert_eq!((report.low, report.sky, report.wind, report.rain), (3.0, None, None, None));
    }
}
