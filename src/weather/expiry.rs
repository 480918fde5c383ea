//! How long: until when an answer is good, and until when nobody is asked.
//!
//! Pure, as `rules` is, which uses them. `chance`, from 0 to 1, is the jitter, and only ever makes a time longer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::client::Answer;
use super::settings::Settings;
use crate::base::limits::{WEATHER_RETRY_AFTER_MAX, WEATHER_TTL_MAX};

/// The pause after `count` failures in a row: twice as long each time up to `longest`, and up to half as long again.
pub(super) fn pause(first: Duration, longest: Duration, count: u32, chance: f64) -> Duration {
    let doubled = first.saturating_mul(1 << count.saturating_sub(1).min(20));
    doubled.min(longest).mul_f64(1.0 + chance.clamp(0.0, 1.0) / 2.0)
}

/// Whether `until` is still to come. If it lies further ahead than any pause that could have led to it, the clock was put
/// back, and waiting for it could take for ever.
pub(super) fn lies_ahead(until: SystemTime, now: SystemTime, longest: Duration) -> bool {
    now < until && until <= now + longest * 2
}

/// Until when an answer is good. `Expires` counts as a length of time after the server's own `Date`, and as a time of our
/// clock, and the later one holds, so that a wrong clock here does not make us ask too early. But nothing is good for longer
/// than [`WEATHER_TTL_MAX`]: who says so is mistaken.
pub(super) fn fresh_until(settings: &Settings, answer: &Answer, now: SystemTime, chance: f64) -> SystemTime {
    let by_length =
        answer.expires.zip(answer.date).and_then(|(expires, date)| expires.duration_since(date).ok());
    let unsaid = answer.expires.is_none().then_some(settings.fresh_unsaid);
    let least = now + by_length.or(unsaid).unwrap_or_default().max(settings.fresh_at_least);
    let until = least.max(answer.expires.unwrap_or(least)).min(now + WEATHER_TTL_MAX);
    until + settings.spread.mul_f64(chance.clamp(0.0, 1.0))
}

/// Until when nobody is asked after "too many requests": as long as we were told, and not less than we would anyway.
pub(super) fn throttled_until(
    settings: &Settings,
    answer: &Answer,
    now: SystemTime,
    chance: f64,
) -> SystemTime {
    let asked = answer.retry_after.unwrap_or_default().min(WEATHER_RETRY_AFTER_MAX);
    now + asked.max(settings.throttled).mul_f64(1.0 + chance.clamp(0.0, 1.0) / 2.0)
}

/// If the hour has just struck: when it has struck long enough. Programs that ask on the hour come all at once.
pub(super) fn after_the_stroke(stroke: Duration, now: SystemTime, chance: f64) -> Option<SystemTime> {
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
    fn an_answer_is_good_until_it_expires_and_not_less() {
        let settings = Settings::new(Source::default(), Contact::parse("a@b.c").unwrap(), None, 0);
        let now = UNIX_EPOCH + 490_000 * 3600 * S;
        let of = |date: Option<SystemTime>, expires: Option<SystemTime>, chance| {
            let answer = Answer { date, expires, ..Answer::default() };
            fresh_until(&settings, &answer, now, chance).duration_since(now).unwrap()
        };
        let (half, hour) = (1800 * S, 3600 * S);
        assert_eq!(of(Some(now), Some(now + half), 0.0), half);
        assert_eq!(of(Some(now), Some(now + half), 1.0), half + settings.spread, "spread, but never earlier");
        // Our clock is an hour fast: by it, the answer has expired already. It is slow: the later of both holds.
        assert_eq!(of(Some(now - hour), Some(now - half), 0.0), half);
        assert_eq!(of(Some(now + hour), Some(now + hour + half), 0.0), hour + half);
        assert_eq!(of(None, Some(now - half), 0.0), settings.fresh_at_least, "no use to ask at once");
        assert_eq!(of(Some(now), None, 0.0), settings.fresh_unsaid);
        // Whoever sets the time wrong, or lies.
        let year = 365 * 24 * hour;
        assert_eq!(of(Some(now), Some(now + year), 0.0), WEATHER_TTL_MAX);
        assert_eq!(of(Some(now - year), Some(now), 0.0), WEATHER_TTL_MAX);
        assert_eq!(of(None, Some(now + year), 1.0), WEATHER_TTL_MAX + settings.spread);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_never_shrink_by_chance() {
        for (count, chance, seconds) in
            [(1, 0.0, 1), (2, 0.0, 2), (4, 0.0, 8), (5, 0.0, 8), (u32::MAX, 1.0, 12)]
        {
            assert_eq!(pause(S, 8 * S, count, chance), seconds * S, "{count}");
        }
    }
}
