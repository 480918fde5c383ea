//! Weather reports as sentences.

use std::fmt::Write;

use crate::bots::lines::Cue;
use crate::bots::reply::is_repeatable;
use crate::weather::{City, Lookup, Precipitation, Report, Sky, When};

/// From this number on the Beaufort scale, the wind matters more than the sky.
const WILD_BEAUFORT: usize = 8;

/// Less rain than this, in millimetres, is not mentioned.
const DRY: f64 = 0.1;

/// A report as a sentence.
pub(super) fn describe(report: &Report) -> String {
    let Report { city, low, high, .. } = report;
    let mut text = format!("{}, {}: ", city.in_full(), when(report.when));
    // Rounded to whole degrees; the addition turns -0 into 0.
    let (low, high) = (low.round() + 0.0, high.round() + 0.0);
    let _ = match low.total_cmp(&high) {
        std::cmp::Ordering::Equal => write!(text, "{high:.0} °C"),
        _ => write!(text, "{low:.0} to {high:.0} °C"),
    };
    if let Some(sky) = &report.sky {
        let _ = write!(text, ", {sky}");
    }
    if let Some(wind) = &report.wind {
        let _ = write!(text, ", {}", wind.name());
        if let Some(from) = wind.from.filter(|_| wind.beaufort() > 0) {
            let _ = write!(text, " from the {from}");
        }
    }
    match report.rain {
        Some(rain) if rain >= DRY => drop(write!(text, ", {rain:.1} mm of it wet")),
        Some(_) => text.push_str(", dry"),
        None => {}
    }
    text.push('.');
    if report.stale {
        text.push_str(" That is not the newest; Norway does not answer just now.");
    }
    text
}

/// Asks which of several places called `name` is meant, or says that there is none in the given area.
pub(super) fn which(name: &str, within: Option<&str>, found: &Lookup) -> String {
    let (Lookup::Several(cities) | Lookup::Elsewhere(cities)) = found else { return String::new() };
    let named: Vec<String> = cities.iter().map(City::in_full).collect();
    let named = named.join("; ");
    let called = if is_repeatable(name) { name } else { "that name" };
    match (found, within.filter(|within| is_repeatable(within))) {
        (Lookup::Several(_), _) => {
            format!("There are several places called {called}: {named}. Which one do you mean?")
        }
        (_, Some(within)) => {
            format!("I know no {called} in {within}, but I know {named}. Which one do you mean?")
        }
        (_, None) => format!("I know no {called} there, but I know {named}. Which one do you mean?"),
    }
}

fn when(when: When) -> &'static str {
    match when {
        When::Now => "now",
        When::Today => "today",
        When::Tonight => "tonight",
        When::Tomorrow => "tomorrow",
    }
}

/// The cue for the bot's comment.
pub(super) fn mood(report: &Report) -> Cue {
    let is_wild = report.wind.as_ref().is_some_and(|wind| wind.beaufort() >= WILD_BEAUFORT);
    match report.sky {
        _ if is_wild => Cue::Wild,
        Some(Sky::Precipitation { thunder: true, .. }) => Cue::Wild,
        Some(Sky::Precipitation { what: Precipitation::Rain, .. }) => Cue::Wet,
        Some(Sky::Precipitation { .. }) => Cue::White,
        Some(Sky::Cloudy | Sky::Fog) => Cue::Grey,
        Some(Sky::Clear | Sky::Fair | Sky::PartlyCloudy) | None => Cue::Fair,
    }
}
