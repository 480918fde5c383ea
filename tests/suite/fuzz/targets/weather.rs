//! What a forecast's server sends.

use std::time::{Duration, SystemTime};

use salon::weather::forecast::Forecast;
use salon::weather::{When, cities, report};

use super::parts;

/// The hour from which the forecasts of the corpus are told.
const NOW: u64 = 1_795_176_000;

/// Perhaps the name of a city, and a forecast's body.
pub(super) fn forecasts(bytes: &[u8]) {
    let body = parts(bytes).last().unwrap_or_default();
    let place = String::from_utf8_lossy(parts(bytes).next().unwrap_or_default()).into_owned();
    let city = cities::parse(&place).or_else(|| cities::find("Oslo", None)).unwrap();
    let Ok(forecast) = Forecast::parse(body) else { return };
    assert!(!forecast.steps.is_empty());
    assert!(forecast.steps.windows(2).all(|two| two[0].time < two[1].time), "in order, once each");
    for hours in [0, 1, 7, 19, 300] {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + hours * 3_600);
        for when in [When::Now, When::Today, When::Tonight, When::Tomorrow] {
            let Some(report) = report(&forecast, city, when, now) else { continue };
            assert!(report.low <= report.high && report.low > -101.0 && report.high < 71.0, "{report:?}");
            assert!(report.rain.is_none_or(|rain| rain >= 0.0), "{report:?}");
        }
    }
}
