//! Both ends of a conversation about the weather: those who ask in a loop, and the thread that answers.

use std::{fmt, io};

use log::{info, warn};

use super::{City, Report, Service, Settings, Ticket, When};

/// A question about the weather.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Which question it is.
    pub ticket: u64,
    /// Where.
    pub city: City,
    /// For when.
    pub when: When,
}

/// Who knows the weather, if anybody does.
pub struct Forecasts {
    /// How to start the service, until it is.
    start: Option<Box<dyn FnOnce() -> io::Result<Service>>>,
    service: Option<Service>,
    /// There may be answers.
    answered: bool,
}

impl Forecasts {
    /// A service that calls `wake` when it has answered. It starts with the first question, or with
    /// [`prepare`](Forecasts::prepare). Without settings, or if it cannot be started, every question is answered at once:
    /// nobody knows.
    pub fn new(settings: Option<Settings>, wake: impl Fn() + Send + 'static) -> Forecasts {
        let start = settings.map(|settings| -> Box<dyn FnOnce() -> io::Result<Service>> {
            Box::new(move || Service::start(settings, wake))
        });
        Forecasts { start, service: None, answered: false }
    }

    /// Starts the service now: there will be questions, and the first then need not wait for the table of cities.
    pub fn prepare(&mut self) {
        match self.start.take().map(|start| start()) {
            Some(Ok(service)) => self.service = Some(service),
            Some(Err(why)) => warn!("there are no forecasts: {why}"),
            None => {}
        }
    }

    /// The service has called.
    pub fn answered(&mut self) {
        self.answered = true;
    }

    /// Asks these questions, and returns the answers that there are, by ticket; `None` is that there is none.
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
        if std::mem::take(&mut self.answered) {
            while let Some((Ticket(ticket), answer)) = self.service.as_mut().and_then(Service::poll_answer) {
                if let Err(why) = &answer {
                    info!("there is no forecast: {why}");
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
