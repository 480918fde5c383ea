//! Parses MET's locationforecast 2.0, `compact`, as far as it is needed. `report` sums it up for a day.
//!
//! The input is untrusted: the result is a forecast or an error.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Deserialize;

use super::sky::Sky;
use super::wind::{Compass, Wind};
use crate::base::limits::FORECAST_STEPS;

/// A forecast for one place, in the order of time. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// When MET computed it.
    pub updated: Option<SystemTime>,
    /// Hourly steps for two days, then one every six hours.
    pub steps: Vec<Step>,
}

/// The forecast at one time and for the periods after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The start.
    pub time: SystemTime,
    /// The temperature at that time, in degrees Celsius.
    pub temperature: f64,
    /// The wind at that time.
    pub wind: Option<Wind>,
    /// The forecast for the periods that begin now, the shortest first.
    pub next: Vec<Next>,
}

/// The forecast for a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next {
    /// The length of the period.
    pub lasts: Duration,
    /// The sky. `None`: the symbol is unknown.
    pub sky: Option<Sky>,
    /// Precipitation as water, in millimetres.
    pub rain: Option<f64>,
}

/// Why a text is not a forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForecastError {
    /// It does not match MET's format. Holds the parser's message.
    Malformed(String),
    /// It has no step with a temperature.
    Empty,
}

impl Forecast {
    /// Parses the body of a response. Steps without a time or a temperature are left out; an invalid wind, sky or
    /// amount of rain becomes `None`.
    pub fn parse(json: &[u8]) -> Result<Forecast, ForecastError> {
        let root: Root =
            serde_json::from_slice(json).map_err(|why| ForecastError::Malformed(why.to_string()))?;
        let properties = root.properties;
        let rows = properties.timeseries.into_iter().take(FORECAST_STEPS);
        let mut steps: Vec<Step> = rows.filter_map(Row::step).collect();
        steps.sort_by_key(|step| step.time);
        steps.dedup_by_key(|step| step.time);
        if steps.is_empty() {
            return Err(ForecastError::Empty);
        }
        let updated = properties.meta.and_then(|meta| time(&meta.updated_at?));
        Ok(Forecast { updated, steps })
    }
}

#[derive(Deserialize)]
struct Root {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    meta: Option<Meta>,
    timeseries: Vec<Row>,
}

#[derive(Deserialize)]
struct Meta {
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    time: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    instant: Option<Instant>,
    next_1_hours: Option<Period>,
    next_6_hours: Option<Period>,
    next_12_hours: Option<Period>,
}

#[derive(Deserialize)]
struct Instant {
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Period {
    summary: Option<Summary>,
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Summary {
    symbol_code: Option<String>,
}

#[derive(Deserialize)]
struct Details {
    air_temperature: Option<f64>,
    wind_speed: Option<f64>,
    wind_from_direction: Option<f64>,
    precipitation_amount: Option<f64>,
}

impl Row {
    fn step(self) -> Option<Step> {
        let now = self.data.instant?.details?;
        let wind = now.wind_speed.filter(|speed| (0.0..150.0).contains(speed));
        let periods =
            [(1, self.data.next_1_hours), (6, self.data.next_6_hours), (12, self.data.next_12_hours)];
        Some(Step {
            time: time(&self.time)?,
            temperature: now.air_temperature.filter(|degrees| (-100.0..70.0).contains(degrees))?,
            wind: wind
                .map(|speed| Wind { speed, from: now.wind_from_direction.and_then(Compass::from_degrees) }),
            next: periods
                .into_iter()
                .filter_map(|(hours, period)| period.map(|period| period.next(hours)))
                .collect(),
        })
    }
}

impl Period {
    fn next(self, hours: u64) -> Next {
        let code = self.summary.and_then(|summary| summary.symbol_code);
        let rain = self.details.and_then(|details| details.precipitation_amount);
        Next {
            lasts: Duration::from_secs(hours * 3600),
            sky: code.and_then(|code| Sky::parse(&code)),
            rain: rain.filter(|mm| (0.0..2000.0).contains(mm)),
        }
    }
}

fn time(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}

impl fmt::Display for ForecastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ForecastError::Malformed(why) => write!(f, "the forecast is malformed: {why}"),
            ForecastError::Empty => write!(f, "the forecast has no temperature for any time"),
        }
    }
}

impl std::error::Error for ForecastError {}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: &str = r#"{"time": "2026-11-20T12:00:00Z", "data": {
        "instant": {"details": {"air_temperature": 7.5, "wind_speed": 4.1, "wind_from_direction": 185.0}},
        "next_12_hours": {"summary": {"symbol_code": "cloudy"}, "details": {}},
        "next_1_hours": {"summary": {"symbol_code": "lightrain"}, "details": {"precipitation_amount": 0.4}}}}"#;

    fn of(steps: &str) -> Result<Forecast, ForecastError> {
        let text = format!(
            r#"{{"type": "Feature", "properties": {{"meta": {{"updated_at": "2026-11-20T11:05:00Z"}}, "timeseries": [{steps}]}}}}"#
        );
        Forecast::parse(text.as_bytes())
    }

    #[test]
    fn a_step_with_all_that_is_used() {
        let forecast = of(STEP).unwrap();
        let step = &forecast.steps[0];
        assert_eq!(forecast.updated, time("2026-11-20T11:05:00Z"));
        assert_eq!((Some(step.time), step.temperature), (time("2026-11-20T12:00:00Z"), 7.5));
        assert_eq!(step.wind.unwrap().from, Some(Compass::South));
        assert_eq!(step.next.len(), 2);
        assert_eq!((step.next[0].sky, step.next[0].rain), (Sky::parse("lightrain"), Some(0.4)));
        assert_eq!((step.next[1].sky, step.next[1].rain), (Some(Sky::Cloudy), None));
    }

    #[test]
    fn steps_with_gaps() {
        let bare =
            r#"{"time": "2026-11-20T11:00:00Z", "data": {"instant": {"details": {"air_temperature": -3}}}}"#;
        let no_temperature = r#"{"time": "2026-11-20T13:00:00Z", "data": {"instant": {"details": {}}}}"#;
        let no_time = r#"{"time": "soon", "data": {"instant": {"details": {"air_temperature": 3}}}}"#;
        let absurd = r#"{"time": "2026-11-20T14:00:00Z", "data": {"instant": {"details": {"air_temperature": 9e99}}}}"#;
        let forecast = of(&[STEP, bare, no_temperature, no_time, absurd, STEP].join(",")).unwrap();
        let temperatures: Vec<f64> = forecast.steps.iter().map(|step| step.temperature).collect();
        assert_eq!(temperatures, [-3.0, 7.5], "in order, once each");
        assert_eq!((forecast.steps[0].wind, forecast.steps[0].next.len()), (None, 0));
        assert_eq!(of(no_time), Err(ForecastError::Empty));
        assert_eq!(of(""), Err(ForecastError::Empty));
    }

    #[test]
    fn malformed_forecasts() {
        let whole = format!(r#"{{"properties": {{"timeseries": [{STEP}]}}}}"#);
        assert!(Forecast::parse(whole.as_bytes()).is_ok());
        for end in 0..whole.len() {
            assert!(
                matches!(Forecast::parse(&whole.as_bytes()[..end]), Err(ForecastError::Malformed(_))),
                "cut off at {end}"
            );
        }
        for text in ["[]", "null", "{}", r#"{"properties": {"timeseries": 5}}"#, "<html>", "\u{0}"] {
            assert!(Forecast::parse(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(Forecast::parse(deep.as_bytes()).is_err());
    }
}
