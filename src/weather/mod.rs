//! The weather of a real city: where it is, what MET Norway forecasts for it, and how to ask MET as it wants to be asked.
//!
//! The chat asks [`Service`] and is answered later; a thread of the service's own does what blocks. What is said about the
//! weather, and in whose voice, is a bot's affair: nothing here makes sentences but for the log.
//!
//! Whoever shows a forecast shows [`FORECAST_CREDIT`] and [`CITIES_CREDIT`] with it; both licences ask for that.

mod areas;
mod cache;
pub mod cities;
mod client;
mod expiry;
pub mod forecast;
mod forecasts;
mod place;
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

/// Who made the forecast, as its licence asks to be told.
pub const FORECAST_CREDIT: &str = "Data from MET Norway (CC BY 4.0)";

/// Who knows where the cities are, as the licence asks to be told.
pub const CITIES_CREDIT: &str = "places from GeoNames (CC BY 4.0)";
