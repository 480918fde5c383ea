//! Both ends of a conversation about the weather: those who ask in a loop, and the thread that answers.

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
#[derive(Debug)]
pub struct Forecasts {
    service: Option<Service>,
    /// There may be answers.
    answered: bool,
}

impl Forecasts {
    /// Starts the service, which calls `wake` when it has answered. Without settings, or if it cannot be started, every
    /// question is answered at once: nobody knows.
    pub fn start(settings: Option<Settings>, wake: impl Fn() + Send + 'static) -> Forecasts {
        let service = settings.and_then(|settings| match Service::start(settings, wake) {
            Ok(service) => Some(service),
            Err(why) => {
                warn!("there are no forecasts: {why}");
                None
            }
        });
        Forecasts { service, answered: false }
    }

    /// The service has called.
    pub fn answered(&mut self) {
        self.answered = true;
    }

    /// Asks these questions, and returns the answers that there are, by ticket; `None` is that there is none.
    pub fn exchange(&mut self, questions: Vec<Question>) -> Vec<(u64, Option<Report>)> {
        let mut answers = Vec::new();
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
