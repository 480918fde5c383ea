//! Times as people read them: local, and right over a change of clocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// `2026-11-20 09:15:02.123456`, where this machine stands.
pub fn local(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// `2026-11-20 09:15`, where this machine stands.
pub fn local_minute(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A time before `now` as people write it: `2h` (ago), `09:15` (the last), `2026-11-20`, `2026-11-20 09:15`, all where this
/// machine stands, or as [`utc`] writes it.
pub fn parse_past(text: &str, now: SystemTime) -> Option<SystemTime> {
    if let Ok(ago) = humantime::parse_duration(text) {
        // Before there were computers nothing was said.
        return Some(now.checked_sub(ago).unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH));
    }
    let today = zoned(now);
    let zone = today.time_zone().clone();
    let at = |time: DateTime| Some(SystemTime::from(time.to_zoned(zone.clone()).ok()?.timestamp()));
    if let Ok(time) = Time::strptime("%H:%M", text) {
        let at_that_time = at(today.date().to_datetime(time))?;
        if at_that_time <= now {
            return Some(at_that_time);
        }
        return at(today.date().yesterday().ok()?.to_datetime(time));
    }
    let parsed = text.parse::<Timestamp>().map(SystemTime::from).ok();
    parsed
        .or_else(|| at(DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?))
        .or_else(|| at(Date::strptime("%Y-%m-%d", text).ok()?.to_datetime(Time::midnight())))
        .filter(|time| *time <= now)
}

/// `2026-11-20T08:15:02.123Z`, everywhere: RFC 3339.
pub fn utc(time: SystemTime) -> String {
    Timestamp::try_from(time).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `2026-11-20`, where this machine stands, and when that day ends.
pub fn local_day(time: SystemTime) -> (String, SystemTime) {
    let zoned = zoned(time);
    let midnight = zoned
        .start_of_day()
        .and_then(|start| start.checked_add(1.day()))
        .and_then(|next| next.start_of_day());
    let end = midnight.map_or(time + Duration::from_secs(3600), |next| SystemTime::from(next.timestamp()));
    (zoned.strftime("%Y-%m-%d").to_string(), end)
}

/// The local day and minute, `2026-11-20` and `09:15`, of a time as [`utc`] writes it.
pub fn day_and_minute(utc: &str, zone: &TimeZone) -> Option<(String, String)> {
    let zoned = utc.parse::<Timestamp>().ok()?.to_zoned(zone.clone());
    Some((zoned.strftime("%Y-%m-%d").to_string(), zoned.strftime("%H:%M").to_string()))
}

fn zoned(time: SystemTime) -> Zoned {
    // Beyond the year 9999 there is no such day; the clock is wrong, and any answer is as good.
    let timestamp = Timestamp::try_from(time).unwrap_or_default();
    timestamp.to_zoned(TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_now_as_people_write_them() {
        let now = SystemTime::now();
        let minute = Duration::from_secs(60);
        assert_eq!(parse_past("2h", now), Some(now - 120 * minute));
        assert_eq!(parse_past("99999999999y", now), Some(UNIX_EPOCH));
        for ago in [0, 1, 60 * 5, 60 * 23] {
            let then = now - ago * minute;
            let shown = local_minute(then);
            let (_, clock) = shown.split_once(' ').unwrap();
            for written in [shown.as_str(), clock] {
                let parsed = parse_past(written, now).unwrap();
                assert!(parsed <= then && then.duration_since(parsed).unwrap() < minute, "{written}");
            }
        }
        assert_eq!(parse_past(&utc(now - minute), now).map(utc), Some(utc(now - minute)));
        let (day, _) = local_day(now);
        assert!(parse_past(&day, now).is_some());
        for wrong in ["", "x", "2999-01-01", "25:00", "2026-11-20 9"] {
            assert_eq!(parse_past(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let now = SystemTime::now();
        let (day, end) = local_day(now);
        assert!(end > now);
        assert_eq!(local_day(end - Duration::from_millis(1)).0, day);
        let (next, _) = local_day(end);
        assert!(next > day, "{next} {day}");
        assert!(local(now).starts_with(&day));
    }
}
