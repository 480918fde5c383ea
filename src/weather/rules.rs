//! MET Norway's terms of use as rules: whether a request may be sent now, and what follows from a response.
//!
//! Pure: time and chance are arguments. Each request passes [`Gate::check`] and each response [`Gate::judge`].

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::client::Reply;
use super::coordinates::Coordinates;
use super::expiry::{after_full_hour, backoff, fresh_until, is_pending, throttled_until};
use super::settings::Settings;
use crate::base::limits::{WEATHER_CACHE_PLACES, WEATHER_RETRY_AFTER_MAX};

/// What to do with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Store its body as the forecast, fresh until this time.
    Store(SystemTime),
    /// Keep the cached forecast, fresh until this time.
    Keep(SystemTime),
    /// There is no forecast for this place. Do not ask again before this time.
    Nothing(SystemTime),
    /// We sent too many requests. Send none before this time.
    Throttled(SystemTime),
    /// We are blocked. Send no more requests.
    Forbidden,
    /// The request failed, for this reason. Do not retry before this time.
    Failed(String, SystemTime),
}

/// Why no request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The rate limit or the full hour forbids it until this time.
    Wait(SystemTime),
    /// MET asked for a pause.
    Throttled,
    /// MET blocks us.
    Forbidden,
    /// Requests for this place, or all requests, failed recently.
    Failing,
}

/// The number of failures in a row, and the end of the backoff.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    until: SystemTime,
}

/// Decides whether a request may be sent. One for all places.
#[derive(Debug)]
pub(super) struct Gate {
    forbidden: bool,
    throttled_until: Option<SystemTime>,
    everywhere: Option<Failures>,
    at: HashMap<Coordinates, Failures>,
    /// The theoretical arrival time of the rate limit (GCRA).
    paced_until: SystemTime,
}

impl Gate {
    /// A gate that allows requests from `throttled_until` on.
    pub(super) fn new(throttled_until: Option<SystemTime>) -> Gate {
        Gate {
            forbidden: false,
            throttled_until,
            everywhere: None,
            at: HashMap::new(),
            paced_until: UNIX_EPOCH,
        }
    }

    /// Whether a request for `place` may be sent now. `chance`, from 0 to 1, spreads those that the full hour delays.
    pub(super) fn check(
        &self,
        settings: &Settings,
        place: Coordinates,
        now: SystemTime,
        chance: f64,
    ) -> Result<(), Refusal> {
        if self.forbidden {
            return Err(Refusal::Forbidden);
        }
        let longest = settings.rate_limited_pause.max(settings.backoff_max).max(WEATHER_RETRY_AFTER_MAX);
        if self.throttled_until.is_some_and(|until| is_pending(until, now, longest)) {
            return Err(Refusal::Throttled);
        }
        let failing = |failures: &Failures| is_pending(failures.until, now, longest);
        if self.everywhere.as_ref().is_some_and(failing) || self.at.get(&place).is_some_and(failing) {
            return Err(Refusal::Failing);
        }
        let allowance = settings.request_interval * settings.burst.saturating_sub(1);
        if is_pending(self.paced_until, now + allowance, settings.request_interval) {
            return Err(Refusal::Wait(self.paced_until - allowance));
        }
        match after_full_hour(settings.hour_delay, now, chance) {
            Some(then) => Err(Refusal::Wait(then)),
            None => Ok(()),
        }
    }

    /// Records that a request was sent.
    pub(super) fn sent(&mut self, settings: &Settings, now: SystemTime) {
        let latest = now + settings.request_interval * settings.burst;
        self.paced_until = (self.paced_until.max(now) + settings.request_interval).min(latest);
    }

    /// Decides what to do with the response for `place`. `cached`: a forecast is cached. `check` returns what is wrong
    /// with a body.
    pub(super) fn judge(
        &mut self,
        settings: &Settings,
        (place, cached): (Coordinates, bool),
        reply: &Reply,
        (now, chance): (SystemTime, f64),
        check: impl FnOnce(&[u8]) -> Result<(), String>,
    ) -> Verdict {
        let verdict = match reply {
            Reply::Failed(why) => Err(why.clone()),
            Reply::Answer(answer) => match answer.status {
                200 | 203 => {
                    check(&answer.body).map(|()| Verdict::Store(fresh_until(settings, answer, now, chance)))
                }
                304 if cached => Ok(Verdict::Keep(fresh_until(settings, answer, now, chance))),
                422 => Ok(Verdict::Nothing(
                    fresh_until(settings, answer, now, chance).max(now + settings.negative_ttl),
                )),
                403 => Ok(Verdict::Forbidden),
                429 => Ok(Verdict::Throttled(throttled_until(settings, answer, now, chance))),
                status => Err(format!("the status is {status}")),
            },
        };
        match verdict {
            Err(why) => {
                let least = match reply {
                    Reply::Answer(answer) => answer.retry_after.unwrap_or_default(),
                    Reply::Failed(_) => Duration::ZERO,
                };
                let least = now + least.min(WEATHER_RETRY_AFTER_MAX);
                Verdict::Failed(why, self.failed(settings, place, (now, chance), least))
            }
            Ok(verdict) => {
                match &verdict {
                    Verdict::Forbidden => self.forbidden = true,
                    Verdict::Throttled(until) => self.throttled_until = Some(*until),
                    _ => {
                        self.everywhere = None;
                        self.at.remove(&place);
                    }
                }
                verdict
            }
        }
    }

    /// Records a failure, with a backoff at least until `least`. Returns when this place may be requested again.
    fn failed(
        &mut self,
        settings: &Settings,
        place: Coordinates,
        (now, chance): (SystemTime, f64),
        least: SystemTime,
    ) -> SystemTime {
        if self.at.len() >= WEATHER_CACHE_PLACES && !self.at.contains_key(&place) {
            // Entries whose backoff has ended only lose their count of failures.
            self.at.retain(|_, failures| now < failures.until);
        }
        let again = |failures: Option<&Failures>| {
            let count = failures.map_or(1, |failures| failures.count.saturating_add(1));
            let until = now + backoff(settings.backoff_min, settings.backoff_max, count, chance);
            Failures { count, until: until.max(least) }
        };
        let everywhere = again(self.everywhere.as_ref());
        let here = again(self.at.get(&place));
        self.everywhere = Some(everywhere);
        if self.at.len() < WEATHER_CACHE_PLACES || self.at.contains_key(&place) {
            self.at.insert(place, here);
        }
        everywhere.until.max(here.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weather::client::Answer;
    use crate::weather::{Contact, Source};

    const S: Duration = Duration::from_secs(1);

    /// A quarter past an hour.
    fn start() -> SystemTime {
        UNIX_EPOCH + 490_000 * 3600 * S + 900 * S
    }

    fn settings() -> Settings {
        Settings::new(Source::default(), Contact::parse("a@b.c").unwrap(), None, 0)
    }

    fn place(n: u32) -> Coordinates {
        Coordinates::at(f64::from(n) / 100.0, 5.0)
    }

    fn judge(gate: &mut Gate, cached: bool, reply: &Reply, now: SystemTime) -> Verdict {
        gate.judge(&settings(), (place(0), cached), reply, (now, 0.0), |body| {
            if body == b"{}" { Ok(()) } else { Err("malformed".into()) }
        })
    }

    fn answer(status: u16) -> Answer {
        Answer {
            status,
            date: Some(start()),
            expires: Some(start() + 1800 * S),
            body: b"{}".to_vec(),
            ..Answer::default()
        }
    }

    #[test]
    fn verdicts_by_status() {
        let now = start();
        let until = now + 1800 * S;
        let failed = |why: &str| Verdict::Failed(why.into(), now + settings().backoff_min);
        for (status, cached, verdict) in [
            (200, false, Verdict::Store(until)),
            (200, true, Verdict::Store(until)),
            (203, false, Verdict::Store(until)),
            (304, true, Verdict::Keep(until)),
            (304, false, failed("the status is 304")),
            (422, false, Verdict::Nothing(now + settings().negative_ttl)),
            (403, true, Verdict::Forbidden),
            (429, true, Verdict::Throttled(now + settings().rate_limited_pause)),
            (400, false, failed("the status is 400")),
            (404, false, failed("the status is 404")),
            (500, true, failed("the status is 500")),
            (503, true, failed("the status is 503")),
        ] {
            let mut gate = Gate::new(None);
            let reply = Reply::Answer(answer(status));
            assert_eq!(judge(&mut gate, cached, &reply, now), verdict, "{status}");
        }
        let mut malformed = answer(200);
        malformed.body = b"<html>".to_vec();
        assert_eq!(judge(&mut Gate::new(None), true, &Reply::Answer(malformed), now), failed("malformed"));
    }

    #[test]
    fn too_many_requests_stops_all_at_once() {
        let settings = settings();
        let mut gate = Gate::new(None);
        let mut reply = answer(429);
        judge(&mut gate, false, &Reply::Answer(reply.clone()), start());
        let end = start() + settings.rate_limited_pause;
        for n in 0..3 {
            assert_eq!(gate.check(&settings, place(n), end - S, 0.0), Err(Refusal::Throttled));
            assert_eq!(gate.check(&settings, place(n), end, 0.0), Ok(()));
        }
        reply.retry_after = Some(settings.rate_limited_pause * 3);
        let verdict = judge(&mut gate, false, &Reply::Answer(reply), start());
        assert_eq!(
            verdict,
            Verdict::Throttled(start() + settings.rate_limited_pause * 3),
            "as long as they say"
        );
        // A restart does not end the pause.
        let restarted = Gate::new(Some(end));
        assert_eq!(restarted.check(&settings, place(9), start(), 0.0), Err(Refusal::Throttled));
    }

    #[test]
    fn a_403_stops_all_requests() {
        let settings = settings();
        let mut gate = Gate::new(None);
        judge(&mut gate, false, &Reply::Answer(answer(403)), start());
        let years = 10 * 365 * 24 * 3600 * S;
        assert_eq!(gate.check(&settings, place(1), start() + years, 0.0), Err(Refusal::Forbidden));
    }

    #[test]
    fn failures_back_off_exponentially() {
        let settings = settings();
        let mut gate = Gate::new(None);
        let mut now = start();
        let mut pauses = Vec::new();
        for _ in 0..12 {
            let Verdict::Failed(_, until) = judge(&mut gate, true, &Reply::Failed("no route".into()), now)
            else {
                panic!("it failed");
            };
            assert_eq!(gate.check(&settings, place(0), until - S, 0.0), Err(Refusal::Failing));
            assert_eq!(
                gate.check(&settings, place(1), until - S, 0.0),
                Err(Refusal::Failing),
                "nor elsewhere"
            );
            pauses.push(until.duration_since(now).unwrap());
            now = until;
        }
        assert_eq!(pauses[..3], [settings.backoff_min, settings.backoff_min * 2, settings.backoff_min * 4]);
        assert_eq!(pauses[11], settings.backoff_max);
        // The response says when to retry.
        let mut busy = answer(503);
        busy.retry_after = Some(settings.backoff_max * 3);
        let verdict = judge(&mut gate, true, &Reply::Answer(busy), now);
        now += settings.backoff_max * 3;
        assert_eq!(verdict, Verdict::Failed("the status is 503".into(), now));
        assert_eq!(gate.check(&settings, place(1), now - S, 0.0), Err(Refusal::Failing));
        // After a success the failures are forgotten.
        judge(&mut gate, true, &Reply::Answer(answer(200)), now);
        assert_eq!(gate.check(&settings, place(0), now, 0.0), Ok(()));
        assert!(gate.at.is_empty() && gate.everywhere.is_none());
    }

    #[test]
    fn the_pace_is_kept_and_a_few_may_hurry() {
        let settings = settings();
        let mut gate = Gate::new(None);
        let now = start();
        for n in 0..settings.burst {
            assert_eq!(gate.check(&settings, place(n), now, 0.0), Ok(()), "{n}");
            gate.sent(&settings, now);
        }
        let next = now + settings.request_interval;
        assert_eq!(gate.check(&settings, place(99), now, 0.0), Err(Refusal::Wait(next)));
        assert_eq!(gate.check(&settings, place(99), next, 0.0), Ok(()));
        let mut sent = 0u32;
        for second in 0..3600 {
            let now = now + 3600 * S + second * S;
            if gate.check(&settings, place(99), now, 0.0) == Ok(()) {
                gate.sent(&settings, now);
                sent += 1;
            }
        }
        let steady = 3600 / u32::try_from(settings.request_interval.as_secs()).unwrap();
        assert!(sent <= steady + settings.burst, "{sent}");
    }

    #[test]
    fn nothing_is_sent_on_the_stroke_of_the_hour() {
        let settings = settings();
        let gate = Gate::new(None);
        let stroke = start() - 900 * S;
        let (half, most) = (settings.hour_delay + settings.hour_delay / 2, settings.hour_delay * 2);
        assert_eq!(gate.check(&settings, place(0), stroke - S, 0.0), Ok(()));
        assert_eq!(gate.check(&settings, place(0), stroke, 0.5), Err(Refusal::Wait(stroke + half)));
        assert_eq!(gate.check(&settings, place(0), stroke + S, 1.0), Err(Refusal::Wait(stroke + most)));
        assert_eq!(gate.check(&settings, place(0), stroke + settings.hour_delay, 0.0), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_block_requests() {
        let settings = settings();
        let mut gate = Gate::new(None);
        judge(&mut gate, true, &Reply::Failed("no route".into()), start());
        judge(&mut gate, true, &Reply::Answer(answer(429)), start());
        gate.sent(&settings, start());
        let years_ago = start() - 365 * 24 * 3600 * S;
        assert_eq!(gate.check(&settings, place(0), years_ago, 0.0), Ok(()));
    }
}
