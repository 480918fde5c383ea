//! Messages between the event loop and the weather thread.

use std::fmt;

use super::City;
use super::report::{Report, When};

/// Identifies a question. It comes back with the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Why there is no report. Displayed, it is a sentence for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeatherError {
    /// Too many questions are open. Try again in a minute.
    Busy,
    /// MET has no forecast for this place and time.
    NoForecast,
    /// MET cannot be reached or its response cannot be parsed. It will be retried.
    Unreachable,
    /// MET asked for a pause of some hours.
    Throttled,
    /// MET refuses all requests. The operator has to find out why and restart the server.
    Forbidden,
}

/// A question for the worker.
pub(super) struct WorkerRequest {
    pub(super) ticket: Ticket,
    pub(super) city: City,
    pub(super) when: When,
}

/// The worker's reply.
pub(super) type WorkerReply = (Ticket, Result<Report, WeatherError>);

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WeatherError::Busy => "too many questions about the weather at once",
            WeatherError::NoForecast => "MET Norway has no forecast for this place and time",
            WeatherError::Unreachable => "MET Norway cannot be reached",
            WeatherError::Throttled => "MET Norway asked for a pause",
            WeatherError::Forbidden => "MET Norway refuses to answer",
        })
    }
}

impl std::error::Error for WeatherError {}
