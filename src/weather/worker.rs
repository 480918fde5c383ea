//! Answers questions about the weather from the cache or by requests to MET Norway, one at a time.
//!
//! It runs on the service's thread and may block. `rules` decides what it may send; the clock and the random numbers
//! are read here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use log::{error, info, warn};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::cache::{Cache, CacheEntry};
use super::cities;
use super::client::{Client, Reply};
use super::coordinates::Coordinates;
use super::forecast::Forecast;
use super::report::{Report, report};
use super::request::{WeatherError, WorkerReply, WorkerRequest};
use super::rules::{Gate, Refusal, Verdict};
use super::settings::Settings;
use crate::base::limits::WEATHER_TIMEOUT;

/// The worker.
pub(super) struct Worker<'a, R> {
    settings: Settings,
    client: Client,
    cache: Cache,
    gate: Gate,
    rng: StdRng,
    /// Questions that wait until a request may be sent. Bounded by the number of open questions.
    waiting: Vec<Waiting>,
    /// It was logged that this version of the forecast is deprecated.
    deprecated: bool,
    /// The service was dropped.
    stopped: &'a AtomicBool,
    reply: R,
}

/// A question that waits for its request.
struct Waiting {
    ask: WorkerRequest,
    since: SystemTime,
    due: SystemTime,
}

impl<'a, R: Fn(WorkerReply)> Worker<'a, R> {
    /// A worker that passes its replies to `reply`.
    pub(super) fn open(settings: Settings, stopped: &'a AtomicBool, reply: R) -> Worker<'a, R> {
        let cache = Cache::open(settings.cache.clone(), settings.source.as_str());
        // Takes long, so not on the event loop.
        cities::prepare();
        Worker {
            client: Client::new(&settings),
            gate: Gate::new(cache.throttled_until()),
            cache,
            rng: StdRng::seed_from_u64(settings.seed),
            waiting: Vec::new(),
            deprecated: false,
            stopped,
            reply,
            settings,
        }
    }

    /// Runs until the service is dropped.
    pub(super) fn run(mut self, asks: &Receiver<WorkerRequest>) {
        loop {
            let next = self.waiting.iter().map(|waiting| waiting.due).min();
            let asked = match next {
                None => asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => {
                    let rest = due.duration_since(SystemTime::now()).unwrap_or_default();
                    // Wakes up this often, in case the clock was set.
                    asks.recv_timeout(rest.min(WEATHER_TIMEOUT))
                }
            };
            match asked {
                Ok(ask) => self.handle(ask, SystemTime::now()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.resume();
        }
    }

    /// Retries the waiting questions that are due.
    fn resume(&mut self) {
        let now = SystemTime::now();
        let waiting = std::mem::take(&mut self.waiting);
        for one in waiting {
            if one.due <= now || one.since > now {
                self.handle(one.ask, one.since.min(now));
            } else {
                self.waiting.push(one);
            }
        }
    }

    /// Answers a question that was asked at `since`, or queues it if its request has to wait.
    fn handle(&mut self, ask: WorkerRequest, since: SystemTime) {
        if self.stopped.load(Ordering::Acquire) {
            return;
        }
        let now = SystemTime::now();
        let place = Coordinates::at(ask.city.lat, ask.city.lon);
        if self.cache.get(place).is_some_and(|cached| cached.is_fresh(now)) {
            let answer = self.report_on(place, &ask, now).ok_or(WeatherError::NoForecast);
            return (self.reply)((ask.ticket, answer));
        }
        let chance = self.rng.random();
        let error = match self.gate.check(&self.settings, place, now, chance) {
            Ok(()) if !self.cache.make_room(place, now) => Some(WeatherError::Busy),
            Ok(()) => self.request(place),
            Err(Refusal::Wait(due)) if due <= since + self.settings.queue_timeout => {
                return self.waiting.push(Waiting { ask, since, due });
            }
            Err(Refusal::Wait(_)) => Some(WeatherError::Busy),
            Err(Refusal::Throttled) => Some(WeatherError::Throttled),
            Err(Refusal::Forbidden) => Some(WeatherError::Forbidden),
            Err(Refusal::Failing) => Some(WeatherError::Unreachable),
        };
        let now = SystemTime::now();
        let answer = match (self.report_on(place, &ask, now), error) {
            (Some(report), None) => Ok(report),
            // An expired forecast, marked as such, is better than none.
            (Some(report), Some(_)) => Ok(Report { stale: true, ..report }),
            (None, error) => Err(error.unwrap_or(WeatherError::NoForecast)),
        };
        (self.reply)((ask.ticket, answer));
    }

    /// A report from the cache, expired or not.
    fn report_on(&self, place: Coordinates, ask: &WorkerRequest, now: SystemTime) -> Option<Report> {
        let body = self.cache.get(place)?.body.as_deref()?;
        let forecast = Forecast::parse(body).ok()?;
        report(&forecast, ask.city, ask.when, now)
    }

    /// Sends a request for `place` and applies the verdict. Blocks.
    fn request(&mut self, place: Coordinates) -> Option<WeatherError> {
        let cached = self.cache.get(place).filter(|cached| cached.body.is_some());
        let had = cached.is_some();
        let since = cached.and_then(|cached| cached.last_modified.clone());
        self.gate.sent(&self.settings, SystemTime::now());
        let reply = self.client.fetch(place, since.as_deref());
        let (now, chance) = (SystemTime::now(), self.rng.random());
        let is_forecast = |body: &[u8]| Forecast::parse(body).map(|_| ()).map_err(|why| why.to_string());
        let verdict = self.gate.judge(&self.settings, (place, had), &reply, (now, chance), is_forecast);
        self.apply(place, verdict, reply, now)
    }

    fn apply(
        &mut self,
        place: Coordinates,
        verdict: Verdict,
        reply: Reply,
        now: SystemTime,
    ) -> Option<WeatherError> {
        let url = self.settings.source.as_str();
        let pause = |until: SystemTime| humantime::format_duration(whole_seconds(until, now));
        match verdict {
            Verdict::Store(expires) => {
                if let Reply::Answer(answer) = reply {
                    if answer.status == 203 && !self.deprecated {
                        self.deprecated = true;
                        warn!(
                            "{url} reports that this version of its forecasts is deprecated and will end: update Salon"
                        );
                    }
                    let cached =
                        CacheEntry { body: Some(answer.body), expires, last_modified: answer.last_modified };
                    self.cache.put(place, cached);
                }
                None
            }
            Verdict::Keep(expires) => {
                if let Some(cached) = self.cache.get(place).cloned() {
                    self.cache.put(place, CacheEntry { expires, ..cached });
                }
                None
            }
            Verdict::Nothing(expires) => {
                info!("{url} has no forecast for {place}; the next request for it is in {}", pause(expires));
                let nothing = CacheEntry { body: None, expires, last_modified: None };
                self.cache.put(place, nothing);
                Some(WeatherError::NoForecast)
            }
            Verdict::Throttled(until) => {
                warn!("{url} reports too many requests; the next request is in {}", pause(until));
                self.cache.throttle(until);
                Some(WeatherError::Throttled)
            }
            Verdict::Forbidden => {
                error!(
                    "{url} refuses requests (403), so none are sent any more; before you restart the server, check whether the \
                     contact \"{}\" is right, and why it may be blocked",
                    self.settings.contact.as_str()
                );
                Some(WeatherError::Forbidden)
            }
            Verdict::Failed(why, until) => {
                warn!("no forecast for {place} from {url}; the next request is in {}: {why}", pause(until));
                Some(WeatherError::Unreachable)
            }
        }
    }
}

/// The time from `now` to `until`, rounded to seconds.
fn whole_seconds(until: SystemTime, now: SystemTime) -> Duration {
    let length = until.duration_since(now).unwrap_or_default();
    Duration::from_secs(length.as_secs().max(1))
}
