//! Formats times: local time for people, RFC 3339 in UTC for programs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// `2026-11-20 09:15:02.123456`, in local time.
pub fn local(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// `2026-11-20`, in local time.
pub fn local_day(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d").to_string()
}

/// `09:15`, in local time.
pub fn local_clock(time: SystemTime) -> String {
    zoned(time).strftime("%H:%M").to_string()
}

/// `2026-11-20 09:15`, in local time.
pub fn local_minute(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-20 09:15`, in local time: an end that is `remaining` from now. With seconds if that is less than an hour.
pub fn local_end(end: SystemTime, remaining: Duration) -> String {
    let is_soon = remaining < Duration::from_secs(3600);
    zoned(end).strftime(if is_soon { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
}

/// `2026-11-20T08:15:02.123Z`: RFC 3339, in UTC.
pub fn utc(time: SystemTime) -> String {
    timestamp(time).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Parses a time of RFC 3339, as [`utc`] writes it.
pub fn parse_utc(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}

/// The time as [`utc`] tells it: in whole milliseconds. Whoever asks by a time that was told means what was said then.
pub fn whole_milliseconds(time: SystemTime) -> SystemTime {
    const MILLISECOND: u32 = 1_000_000;
    let fraction = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.subsec_nanos() % MILLISECOND,
        Err(before) => (MILLISECOND - before.duration().subsec_nanos() % MILLISECOND) % MILLISECOND,
    };
    time.checked_sub(Duration::from_nanos(fraction.into())).unwrap_or(time)
}

/// The local day and minute, `2026-11-20` and `09:15`, of a time formatted by [`utc`].
pub fn day_and_minute(utc: &str, zone: &TimeZone) -> Option<(String, String)> {
    let zoned = utc.parse::<Timestamp>().ok()?.to_zoned(zone.clone());
    Some((zoned.strftime("%Y-%m-%d").to_string(), zoned.strftime("%H:%M").to_string()))
}

fn zoned(time: SystemTime) -> Zoned {
    timestamp(time).to_zoned(TimeZone::system())
}

/// Clamps a time to the range that can be formatted.
fn timestamp(time: SystemTime) -> Timestamp {
    let nearest = if time > UNIX_EPOCH { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::try_from(time).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_out_of_range_are_clamped() {
        let far = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
        assert!(utc(far).starts_with("9999-12-"), "{}", utc(far));
        assert!(local_minute(far).starts_with("9999-12-") || local_minute(far).starts_with("10000-"));
    }

    #[test]
    fn a_time_in_whole_milliseconds_is_what_is_told() {
        let after = UNIX_EPOCH + Duration::from_nanos(1_795_201_200_121_987_654);
        for time in [after, UNIX_EPOCH, UNIX_EPOCH - Duration::from_micros(1_500)] {
            let cut = whole_milliseconds(time);
            assert_eq!(parse_utc(&utc(time)), Some(cut), "{time:?}");
            assert_eq!(whole_milliseconds(cut), cut);
        }
    }

    #[test]
    fn an_end_has_seconds_if_it_is_soon() {
        let end = SystemTime::now();
        assert_eq!(local_end(end, Duration::from_secs(3600)), local_minute(end));
        assert!(local_end(end, Duration::from_secs(3599)).starts_with(&(local_minute(end) + ":")));
    }
}
