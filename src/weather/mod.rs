//! Weather forecasts for cities: the table of cities, MET Norway's forecasts, and MET's terms of use.
//!
//! The chat asks [`Service`] and gets the reply later; a separate thread does the blocking work. Bots make sentences
//! from the reports.
//!
//! Each displayed forecast must include [`FORECAST_CREDIT`] and [`CITIES_CREDIT`]; both licences require it.

mod areas;
mod cache;
pub mod cities;
mod client;
mod coordinates;
mod expiry;
pub mod forecast;
mod forecasts;
mod report;
mod request;
mod rules;
mod search_key;
mod service;
mod settings;
mod sky;
mod wind;
mod worker;

pub use cities::{City, Lookup};
pub use forecasts::{Forecasts, Question};
pub use report::{Report, When, report};
pub use request::{Ticket, WeatherError};
pub use service::Service;
pub use settings::{Contact, Settings, SettingsError, Source};
pub use sky::{Precipitation, Sky, Strength};
pub use wind::{Compass, Wind};

/// The credit that MET's licence requires.
pub const FORECAST_CREDIT: &str = "Data from MET Norway (CC BY 4.0)";

/// The credit that GeoNames' licence requires.
pub const CITIES_CREDIT: &str = "places from GeoNames (CC BY 4.0)";
