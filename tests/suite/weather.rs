//! The weather service against a virtual MET Norway: each of MET's terms, and every kind of failure.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use salon::base::limits::{WEATHER_BODY_BYTES, WEATHER_QUESTIONS};
use salon::weather::{
    City, Contact, Report, Service, Settings, Sky, Source, Ticket, WeatherError, When, cities,
};

use crate::support::log_lines;
use crate::support::met::{Answer, Met, STAMP, date, forecast};
use crate::support::process::{Folder, TEST_TIMEOUT};

/// Without pauses, and with a backoff longer than a test.
fn settings(url: &str, cache: Option<&Path>) -> Settings {
    let contact = Contact::parse("ops@salon.example").unwrap();
    Settings {
        timeout: TEST_TIMEOUT,
        request_interval: Duration::ZERO,
        hour_delay: Duration::ZERO,
        ttl_min: Duration::ZERO,
        ttl_jitter: Duration::ZERO,
        backoff_min: Duration::from_secs(600),
        ..Settings::new(Source::parse(url).unwrap(), contact, cache.map(Into::into), 7)
    }
}

/// The service and its user.
struct Asker {
    service: Service,
    woken: Receiver<()>,
    tickets: u64,
}

impl Asker {
    fn new(settings: Settings) -> Asker {
        log_lines::keep();
        let (wake, woken) = mpsc::channel();
        let service = Service::start(settings, move || {
            let _ = wake.send(());
        });
        Asker { service: service.unwrap(), woken, tickets: 0 }
    }

    fn of(met: &Met) -> Asker {
        Asker::new(settings(&met.url(), None))
    }

    fn send(&mut self, city: City, when: When) -> Result<Ticket, WeatherError> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.service.ask(ticket, city, when).map(|()| ticket)
    }

    fn answer(&mut self) -> (Ticket, Result<Report, WeatherError>) {
        self.woken.recv_timeout(TEST_TIMEOUT).expect("it is answered");
        self.service.poll_answer().expect("it wakes when there is an answer")
    }

    fn ask(&mut self, city: City) -> Result<Report, WeatherError> {
        let sent = self.send(city, When::Now).unwrap();
        let (ticket, answer) = self.answer();
        assert_eq!(ticket, sent);
        answer
    }
}

fn bergen() -> City {
    cities::parse("Bergen, Norway").unwrap()
}

fn oslo() -> City {
    cities::find("Oslo", None).unwrap()
}

#[test]
fn a_request_says_who_asks_and_for_what_and_not_twice() {
    let met = Met::start([Answer::forecast(), Answer::forecast()]);
    let mut asker = Asker::of(&met);
    let report = asker.ask(bergen()).unwrap();
    assert_eq!((report.city.name, report.city.country), ("Bergen", "Norway"));
    assert_eq!((report.low, report.high, report.sky), (7.3, 7.3, Sky::parse("lightrain")));
    let wind = report.wind.unwrap();
    assert_eq!((wind.name(), wind.from.unwrap().to_string()), ("moderate breeze", "west".into()));
    assert!((report.rain.unwrap() - 0.5).abs() < 1e-6);
    assert!(report.updated.is_some() && !report.stale);

    let request = &met.requests()[0];
    assert_eq!(request.target, "/weatherapi/locationforecast/2.0/compact?lat=60.3930&lon=5.3242");
    let agent = concat!("Salon/", env!("CARGO_PKG_VERSION"), " ops@salon.example");
    assert_eq!(request.header("User-Agent"), Some(agent));
    assert_eq!(request.header("Accept-Encoding"), Some("gzip"));
    assert_eq!(request.header("If-Modified-Since"), None);

    // It has not expired: no further request, whatever the question.
    for when in [When::Now, When::Today, When::Tonight, When::Tomorrow] {
        asker.send(bergen(), when).unwrap();
        assert_eq!(asker.answer().1.unwrap().when, when);
    }
    assert_eq!(met.count(), 1);
    asker.ask(oslo()).unwrap();
    assert_eq!(met.requests()[1].target, "/weatherapi/locationforecast/2.0/compact?lat=59.9127&lon=10.7461");
}

#[test]
fn many_who_ask_at_once_cause_one_request() {
    let met = Met::start([Answer::forecast()]);
    let mut asker = Asker::of(&met);
    let sent: Vec<Ticket> = (0..20).map(|_| asker.send(bergen(), When::Today).unwrap()).collect();
    let answered: Vec<Ticket> = (0..20)
        .map(|_| {
            let (ticket, report) = asker.answer();
            report.unwrap();
            ticket
        })
        .collect();
    assert_eq!((answered, met.count()), (sent, 1));
}

#[test]
fn what_has_expired_is_asked_for_as_modified_since_and_kept_if_it_was_not() {
    let folder = Folder::new();
    let met = Met::start([
        Answer::expired(),
        Answer::new(304).with("Expires", &date(-1)),
        Answer::new(304).with("Expires", &date(1800)),
    ]);
    let mut asker = Asker::new(settings(&met.url(), Some(folder.path())));
    for count in 1..=3 {
        let report = asker.ask(bergen()).unwrap();
        assert_eq!((report.low, report.stale, met.count()), (7.3, false, count));
    }
    for request in &met.requests()[1..] {
        assert_eq!(request.header("If-Modified-Since"), Some(STAMP), "letter by letter");
    }
    // The new Expires holds, here and after a restart.
    asker.ask(bergen()).unwrap();
    let mut restarted = Asker::new(settings(&met.url(), Some(folder.path())));
    restarted.ask(bergen()).unwrap();
    assert_eq!(met.count(), 3);
}

#[test]
fn a_restart_asks_nobody_again() {
    let folder = Folder::new();
    let cache = folder.path().join("made/weather");
    let met = Met::start([Answer::forecast(), Answer::expired(), Answer::forecast()]);
    let first = Asker::new(settings(&met.url(), Some(&cache))).ask(bergen()).unwrap();
    let mut restarted = Asker::new(settings(&met.url(), Some(&cache)));
    let second = restarted.ask(bergen()).unwrap();
    assert_eq!((first.low, met.count()), (second.low, 1));
    // An expired forecast keeps its stamp over a restart.
    restarted.ask(oslo()).unwrap();
    Asker::new(settings(&met.url(), Some(&cache))).ask(oslo()).unwrap();
    assert_eq!(met.requests()[2].header("If-Modified-Since"), Some(STAMP));
    // Forecasts of another server are cached apart.
    let other = Met::start([Answer::forecast()]);
    Asker::new(settings(&other.url(), Some(&cache))).ask(bergen()).unwrap();
    assert_eq!((met.count(), other.count()), (3, 1));
}

#[test]
fn too_many_requests_and_nobody_is_asked_any_more() {
    let folder = Folder::new();
    let met = Met::start([Answer::expired(), Answer::new(429)]);
    let mut asker = Asker::new(settings(&met.url(), Some(folder.path())));
    asker.ask(bergen()).unwrap();
    assert_eq!(asker.ask(oslo()), Err(WeatherError::Throttled));
    let stale = asker.ask(bergen()).unwrap();
    assert!(stale.stale, "an old forecast is better than none, and says so");
    assert_eq!(asker.ask(oslo()), Err(WeatherError::Throttled));
    let mut restarted = Asker::new(settings(&met.url(), Some(folder.path())));
    assert_eq!(restarted.ask(oslo()), Err(WeatherError::Throttled));
    assert_eq!(met.count(), 2);
    assert_eq!(log_lines::with(&met.url()).len(), 1, "{:?}", log_lines::with(&met.url()));
}

#[test]
fn a_pause_that_is_over_is_over() {
    let met = Met::start([Answer::new(429), Answer::forecast()]);
    let mut asker =
        Asker::new(Settings { rate_limited_pause: Duration::from_millis(20), ..settings(&met.url(), None) });
    let start = Instant::now();
    while asker.ask(bergen()) == Err(WeatherError::Throttled) {
        assert!(start.elapsed() < TEST_TIMEOUT);
    }
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!((asker.ask(bergen()).is_ok(), met.count()), (true, 2));
}

#[test]
fn refused_and_nobody_is_asked_any_more() {
    let met = Met::start([Answer::expired(), Answer::new(403)]);
    let mut asker = Asker::of(&met);
    asker.ask(bergen()).unwrap();
    assert_eq!(asker.ask(oslo()), Err(WeatherError::Forbidden));
    assert!(asker.ask(bergen()).unwrap().stale);
    assert_eq!(asker.ask(oslo()), Err(WeatherError::Forbidden));
    assert_eq!(met.count(), 2);
    let lines = log_lines::with(&met.url());
    assert!(lines.len() == 1 && lines[0].starts_with("ERROR"), "{lines:?}");
}

#[test]
fn a_deprecated_version_is_used_and_logged_once() {
    let answer = || Answer::new(203).with("Expires", &date(-1)).body(forecast());
    let met = Met::start([answer(), answer(), answer()]);
    let mut asker = Asker::of(&met);
    for _ in 0..3 {
        assert!(!asker.ask(bergen()).unwrap().stale);
    }
    let lines = log_lines::with(&met.url());
    assert!(lines.len() == 1 && lines[0].contains("deprecated"), "{lines:?}");
}

#[test]
fn a_place_without_a_forecast_is_remembered() {
    let folder = Folder::new();
    let met = Met::start([Answer::new(422), Answer::forecast()]);
    let mut asker = Asker::new(settings(&met.url(), Some(folder.path())));
    for _ in 0..3 {
        assert_eq!(asker.ask(bergen()), Err(WeatherError::NoForecast));
    }
    let mut restarted = Asker::new(settings(&met.url(), Some(folder.path())));
    assert_eq!(restarted.ask(bergen()), Err(WeatherError::NoForecast));
    assert_eq!(met.count(), 1);
    assert!(restarted.ask(oslo()).is_ok(), "other places are as they were");
}

#[test]
fn every_failure_is_left_alone_for_a_while() {
    let bomb = || Answer::new(200).body(vec![b' '; 50 * WEATHER_BODY_BYTES]);
    let failures: Vec<(&str, Answer)> = vec![
        ("500", Answer::new(500)),
        ("503", Answer::new(503).with("Retry-After", "1")),
        ("404", Answer::new(404)),
        ("304 without cause", Answer::new(304)),
        ("cut off", Answer::forecast().cut()),
        ("cut off in gzip", Answer::forecast().gzip().cut()),
        ("malformed", Answer::new(200).body("<html>Welcome to the hotel</html>")),
        ("empty", Answer::new(200)),
        ("no HTTP", Answer::raw(b"SSH-2.0-OpenSSH_9.6\r\n")),
        ("nothing at all", Answer::raw(b"")),
        ("too long", bomb()),
        ("too long unpacked", bomb().gzip()),
        ("false gzip", Answer::new(200).body("{}").with("Content-Encoding", "gzip")),
        ("a redirect to nowhere", Answer::new(302)),
    ];
    for (name, failure) in failures {
        let met = Met::start([failure]);
        let mut asker = Asker::of(&met);
        for city in [bergen(), bergen(), oslo()] {
            assert_eq!(asker.ask(city), Err(WeatherError::Unreachable), "{name}");
        }
        assert_eq!(met.count(), 1, "{name}");
        assert_eq!(log_lines::with(&met.url()).len(), 1, "{name}");
    }
}

#[test]
fn a_failure_leaves_what_was_there() {
    let met = Met::start([Answer::expired(), Answer::expired().cut()]);
    let mut asker = Asker::of(&met);
    assert!(!asker.ask(bergen()).unwrap().stale);
    assert!(asker.ask(bergen()).unwrap().stale);
}

#[test]
fn it_is_tried_again_after_a_while() {
    let met = Met::start([Answer::new(500), Answer::new(500), Answer::forecast()]);
    let mut asker =
        Asker::new(Settings { backoff_min: Duration::from_millis(10), ..settings(&met.url(), None) });
    let start = Instant::now();
    while asker.ask(bergen()).is_err() {
        assert!(start.elapsed() < TEST_TIMEOUT);
    }
    assert!(start.elapsed() >= Duration::from_millis(10 + 20), "longer each time");
    assert_eq!(met.count(), 3);
}

#[test]
fn a_slow_server_is_given_up() {
    let met = Met::start([Answer::forecast().late()]);
    let mut asker =
        Asker::new(Settings { timeout: Duration::from_millis(500), ..settings(&met.url(), None) });
    assert_eq!(asker.ask(bergen()), Err(WeatherError::Unreachable));
    assert_eq!(asker.ask(oslo()), Err(WeatherError::Unreachable));
    assert_eq!(met.count(), 1);
}

#[test]
fn no_network_is_one_honest_answer() {
    let met = Met::start([]);
    let url = met.url();
    drop(met);
    let mut asker = Asker::new(settings(&url, None));
    for city in [bergen(), oslo()] {
        assert_eq!(asker.ask(city), Err(WeatherError::Unreachable));
    }
    assert_eq!(log_lines::with(&url).len(), 1);
}

#[test]
fn gzip_is_unpacked() {
    let met = Met::start([Answer::forecast().gzip()]);
    assert!(Asker::of(&met).ask(bergen()).is_ok());
}

#[test]
fn redirects_are_followed_with_all_that_was_asked() {
    let moved = || {
        Answer::new(301).with("Location", "/weatherapi/locationforecast/2.1/compact?lat=60.3930&lon=5.3242")
    };
    let met = Met::start([moved(), Answer::expired(), moved(), Answer::new(304)]);
    let mut asker = Asker::of(&met);
    asker.ask(bergen()).unwrap();
    asker.ask(bergen()).unwrap();
    let requests = met.requests();
    assert_eq!(requests.len(), 4);
    for request in [&requests[1], &requests[3]] {
        assert_eq!(request.target, "/weatherapi/locationforecast/2.1/compact?lat=60.3930&lon=5.3242");
        assert!(request.header("User-Agent").unwrap().contains("ops@salon.example"));
    }
    assert_eq!(requests[3].header("If-Modified-Since"), Some(STAMP));
    let lines = log_lines::with(&met.url());
    assert!(lines.len() == 1 && lines[0].contains("has moved"), "{lines:?}");

    let round = (0..20).map(|_| Answer::new(302).with("Location", "/again"));
    let met = Met::start(round);
    assert_eq!(Asker::of(&met).ask(bergen()), Err(WeatherError::Unreachable));
    assert!(met.count() <= 5, "{}", met.count());
}

#[test]
fn https_is_spoken_unless_something_else_was_said() {
    assert!(Source::default().as_str().starts_with("https://api.met.no/"));
    let met = Met::start([]);
    let url = met.url().replace("http:", "https:");
    assert_eq!(Asker::new(settings(&url, None)).ask(bergen()), Err(WeatherError::Unreachable));
    met.arrived();
    assert_eq!(met.foreign()[..2], [0x16, 0x03], "a TLS hello, and no request before it");
    assert_eq!(met.count(), 0);
}

#[test]
fn stopping_does_not_wait_for_a_slow_request() {
    let met = Met::start([Answer::forecast().late()]);
    let mut asker = Asker::of(&met);
    asker.send(bergen(), When::Now).unwrap();
    asker.send(oslo(), When::Now).unwrap();
    met.arrived();
    let Asker { service, woken, .. } = asker;
    let start = Instant::now();
    drop(service);
    assert!(start.elapsed() < TEST_TIMEOUT / 10);
    // Its thread ends with the request, wakes nobody and sends no further request.
    let url = met.url();
    drop(met);
    let end = woken.recv_timeout(TEST_TIMEOUT);
    assert_eq!(end, Err(mpsc::RecvTimeoutError::Disconnected));
    assert_eq!(log_lines::with(&url), [""; 0], "Oslo was not asked for");
}

#[test]
fn more_questions_than_can_wait_are_turned_away_at_once() {
    let met = Met::start([Answer::forecast().late()]);
    let mut asker = Asker::of(&met);
    for _ in 0..WEATHER_QUESTIONS {
        asker.send(bergen(), When::Now).unwrap();
    }
    assert_eq!(asker.send(bergen(), When::Now), Err(WeatherError::Busy));
    assert!(asker.service.poll_answer().is_none());
    met.arrived();
    drop(met);
    for _ in 0..WEATHER_QUESTIONS {
        asker.answer().1.unwrap();
    }
    assert!(asker.ask(bergen()).is_ok(), "there is room again");
}

#[test]
fn requests_that_would_come_too_fast_wait_or_are_turned_away() {
    let met = Met::start((0..3).map(|_| Answer::forecast()));
    let quick = Duration::from_millis(30);
    let mut asker = Asker::new(Settings { request_interval: quick, burst: 1, ..settings(&met.url(), None) });
    let start = Instant::now();
    asker.ask(bergen()).unwrap();
    asker.ask(oslo()).unwrap();
    assert!(start.elapsed() >= quick);

    let mut impatient = Asker::new(Settings {
        request_interval: Duration::from_secs(600),
        burst: 1,
        ..settings(&met.url(), None)
    });
    impatient.ask(bergen()).unwrap();
    assert_eq!(impatient.ask(oslo()), Err(WeatherError::Busy));
    assert_eq!(met.count(), 3);
}

#[test]
fn files_that_are_damaged_are_replaced_and_others_left_alone() {
    let folder = Folder::new();
    let met = Met::start([Answer::forecast(), Answer::forecast()]);
    Asker::new(settings(&met.url(), Some(folder.path()))).ask(bergen()).unwrap();
    let files = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let [file] = &files()[..] else {
        panic!("one file a place: {:?}", files());
    };
    let whole = std::fs::read(file).unwrap();
    std::fs::write(file, &whole[..whole.len() - 1]).unwrap();
    let mine = folder.path().join("shopping list");
    std::fs::write(&mine, "milk").unwrap();
    for _ in 0..2 {
        Asker::new(settings(&met.url(), Some(folder.path()))).ask(bergen()).unwrap();
    }
    assert_eq!(met.count(), 2, "once for the damaged one, and then never");
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "milk");
    assert_eq!(files().len(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_costs_one_warning() {
    let folder = Folder::new();
    let file = folder.path().join("no folder");
    std::fs::write(&file, "").unwrap();
    let met = Met::start([Answer::forecast(), Answer::forecast()]);
    let mut asker = Asker::new(settings(&met.url(), Some(&file)));
    for city in [bergen(), oslo(), bergen()] {
        asker.ask(city).unwrap();
    }
    assert_eq!(met.count(), 2);
    assert_eq!(log_lines::with(file.to_str().unwrap()).len(), 1);
}
