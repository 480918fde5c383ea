//! A question about the weather, and its answer, as they pass between the threads.

use std::fmt;

use super::City;
use super::report::{Report, When};

/// The asker's own mark on a question, which comes back with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Why there is no report. Displayed, it is a sentence for the log; what a bot says is its own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeatherError {
    /// Too much is asked at once. In a minute it may work.
    Busy,
    /// MET has no forecast for this place and time.
    NoForecast,
    /// MET cannot be reached or understood: no network, or it is down. It will be tried again.
    Unreachable,
    /// MET asked us to be silent for some hours.
    Throttled,
    /// MET does not want us. Somebody has to find out why, and start the server again.
    Forbidden,
}

/// A question, on its way to the desk.
pub(super) struct WorkerRequest {
    pub(super) ticket: Ticket,
    pub(super) city: City,
    pub(super) when: When,
}

/// An answer, on its way back.
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
