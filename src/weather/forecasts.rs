//! The client side of the weather service, for the event loop.

use std::{fmt, io};

use log::{info, warn};

use super::{City, Report, Service, Settings, Ticket, When};

/// A question about the weather.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Identifies the question.
    pub ticket: u64,
    /// The city.
    pub city: City,
    /// The time.
    pub when: When,
}

/// The weather service, if there is one.
pub struct Forecasts {
    /// Starts the service. `None` once it was started.
    start: Option<Box<dyn FnOnce() -> io::Result<Service>>>,
    service: Option<Service>,
    /// Replies may be waiting.
    has_replies: bool,
}

impl Forecasts {
    /// A service that calls `wake` when it has a reply. It starts with the first question or with
    /// [`prepare`](Forecasts::prepare). Without settings, or if it fails to start, each question is answered with
    /// `None` at once.
    pub fn new(settings: Option<Settings>, wake: impl Fn() + Send + 'static) -> Forecasts {
        let start = settings.map(|settings| -> Box<dyn FnOnce() -> io::Result<Service>> {
            Box::new(move || Service::start(settings, wake))
        });
        Forecasts { start, service: None, has_replies: false }
    }

    /// Starts the service now, so that the first question does not wait for the table of cities.
    pub fn prepare(&mut self) {
        match self.start.take().map(|start| start()) {
            Some(Ok(service)) => self.service = Some(service),
            Some(Err(why)) => warn!("weather forecasts are not available: {why}"),
            None => {}
        }
    }

    /// The service has called `wake`.
    pub fn on_wake(&mut self) {
        self.has_replies = true;
    }

    /// Sends these questions and returns the replies that have arrived, by ticket. `None`: no forecast is available.
    pub fn exchange(&mut self, questions: Vec<Question>) -> Vec<(u64, Option<Report>)> {
        let mut answers = Vec::new();
        if !questions.is_empty() {
            self.prepare();
        }
        for Question { ticket, city, when } in questions {
            let asked =
                self.service.as_mut().is_some_and(|service| service.ask(Ticket(ticket), city, when).is_ok());
            if !asked {
                answers.push((ticket, None));
            }
        }
        if std::mem::take(&mut self.has_replies) {
            while let Some((Ticket(ticket), answer)) = self.service.as_mut().and_then(Service::poll_answer) {
                if let Err(why) = &answer {
                    info!("no weather forecast: {why}");
                }
                answers.push((ticket, answer.ok()));
            }
        }
        answers
    }
}

impl fmt::Debug for Forecasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forecasts").field("service", &self.service).finish_non_exhaustive()
    }
}
