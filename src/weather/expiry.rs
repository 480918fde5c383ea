//! How long responses stay fresh, and how long requests pause.
//!
//! Pure functions, used by `rules`. `chance`, from 0 to 1, is the jitter; it only makes a time longer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::client::Answer;
use super::settings::Settings;
use crate::base::limits::{WEATHER_RETRY_AFTER_MAX, WEATHER_TTL_MAX};

/// Exponential backoff after `count` failures in a row: doubles up to `longest`, plus up to half of it as jitter.
pub(super) fn backoff(first: Duration, longest: Duration, count: u32, chance: f64) -> Duration {
    let doubled = first.saturating_mul(1 << count.saturating_sub(1).min(20));
    doubled.min(longest).mul_f64(1.0 + chance.clamp(0.0, 1.0) / 2.0)
}

/// Whether `until` is in the future. A time beyond any possible pause means that the clock was set back, and does not
/// count.
pub(super) fn is_pending(until: SystemTime, now: SystemTime, longest: Duration) -> bool {
    now < until && until <= now + longest * 2
}

/// How long a response is fresh. `Expires` is taken both as a duration after the server's `Date` and as a time of our
/// clock, and the later one counts, so that a wrong local clock causes no early request. At most [`WEATHER_TTL_MAX`].
pub(super) fn fresh_until(settings: &Settings, answer: &Answer, now: SystemTime, chance: f64) -> SystemTime {
    let by_length =
        answer.expires.zip(answer.date).and_then(|(expires, date)| expires.duration_since(date).ok());
    let unsaid = answer.expires.is_none().then_some(settings.ttl_default);
    let least = now + by_length.or(unsaid).unwrap_or_default().max(settings.ttl_min);
    let until = least.max(answer.expires.unwrap_or(least)).min(now + WEATHER_TTL_MAX);
    until + settings.ttl_jitter.mul_f64(chance.clamp(0.0, 1.0))
}

/// When requests may resume after "too many requests": after `Retry-After`, and not before our own pause.
pub(super) fn throttled_until(
    settings: &Settings,
    answer: &Answer,
    now: SystemTime,
    chance: f64,
) -> SystemTime {
    let asked = answer.retry_after.unwrap_or_default().min(WEATHER_RETRY_AFTER_MAX);
    now + asked.max(settings.rate_limited_pause).mul_f64(1.0 + chance.clamp(0.0, 1.0) / 2.0)
}

/// Within `stroke` after a full hour: when to send instead. Many programs send their requests on the hour.
pub(super) fn after_full_hour(stroke: Duration, now: SystemTime, chance: f64) -> Option<SystemTime> {
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let into_hour = Duration::new(since_epoch.as_secs() % 3600, since_epoch.subsec_nanos());
    (into_hour < stroke).then(|| now - into_hour + stroke.mul_f64(1.0 + chance.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weather::{Contact, Source};

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn a_response_is_fresh_until_it_expires() {
        let settings = Settings::new(Source::default(), Contact::parse("a@b.c").unwrap(), None, 0);
        let now = UNIX_EPOCH + 490_000 * 3600 * S;
        let of = |date: Option<SystemTime>, expires: Option<SystemTime>, chance| {
            let answer = Answer { date, expires, ..Answer::default() };
            fresh_until(&settings, &answer, now, chance).duration_since(now).unwrap()
        };
        let (half, hour) = (1800 * S, 3600 * S);
        assert_eq!(of(Some(now), Some(now + half), 0.0), half);
        assert_eq!(
            of(Some(now), Some(now + half), 1.0),
            half + settings.ttl_jitter,
            "spread, but never earlier"
        );
        // Our clock is an hour fast, so the response has expired by it. Then it is slow, and the later time counts.
        assert_eq!(of(Some(now - hour), Some(now - half), 0.0), half);
        assert_eq!(of(Some(now + hour), Some(now + hour + half), 0.0), hour + half);
        assert_eq!(of(None, Some(now - half), 0.0), settings.ttl_min, "no use to ask at once");
        assert_eq!(of(Some(now), None, 0.0), settings.ttl_default);
        // A server that has the time wrong.
        let year = 365 * 24 * hour;
        assert_eq!(of(Some(now), Some(now + year), 0.0), WEATHER_TTL_MAX);
        assert_eq!(of(Some(now - year), Some(now), 0.0), WEATHER_TTL_MAX);
        assert_eq!(of(None, Some(now + year), 1.0), WEATHER_TTL_MAX + settings.ttl_jitter);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_never_shrink_by_chance() {
        for (count, chance, seconds) in
            [(1, 0.0, 1), (2, 0.0, 2), (4, 0.0, 8), (5, 0.0, 8), (u32::MAX, 1.0, 12)]
        {
            assert_eq!(backoff(S, 8 * S, count, chance), seconds * S, "{count}");
        }
    }
}
