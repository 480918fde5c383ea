//! The weather of a real city: where it is, what MET Norway forecasts for it, and how to ask MET as it wants to be asked.
//!
//! The chat asks [`Service`] and is answered later; a thread of the service's own does what blocks. What is said about the
//! weather, and in whose voice, is a bot's affair: nothing here makes sentences but for the log.
//!
//! Whoever shows a forecast shows [`FORECAST_CREDIT`] and [`CITIES_CREDIT`] with it; both licences ask for that.

mod areas;
pub mod cities;
pub mod forecast;
pub mod report;
pub mod sky;
pub mod wind;
pub use cities::City;

/// Whose forecasts these are, in the words that MET asks for. They are under CC BY 4.0.
pub const FORECAST_CREDIT: &str = "Data from MET Norway (CC BY 4.0)";

/// Whose cities these are. They are under CC BY 4.0.
pub const CITIES_CREDIT: &str = "places from GeoNames (CC BY 4.0)";
