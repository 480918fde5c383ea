//! How bots know the weather: options of the server, and of bots from outside.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Setting;
use crate::cli::values::{
    default_weather_cache, default_weather_contact, parse_contact, parse_weather_source,
};
use crate::weather::{self, Contact, Source};

/// How bots know the weather.
#[derive(Debug, Args)]
pub struct Weather {
    /// Where forecasts come from, in the format of MET Norway's locationforecast 2.0; or off [default: MET Norway]
    #[arg(long, value_name = "URL", value_parser = parse_weather_source)]
    pub weather_url: Option<Setting<Source>>,

    /// A contact for MET Norway, required by its terms: an email address or a web site [default: $EMAIL, or you at this machine]
    #[arg(long, value_name = "CONTACT", value_parser = parse_contact)]
    pub weather_contact: Option<Contact>,

    /// The folder in which forecasts are cached [default: this user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub weather_cache: Option<PathBuf>,
}

impl Weather {
    /// How to fetch forecasts; `None` if turned off.
    pub fn settings(&self, seed: u64) -> Option<weather::Settings> {
        let source = match self.weather_url.clone().unwrap_or(Setting::On(Source::default())) {
            Setting::On(source) => source,
            Setting::Off => return None,
        };
        let contact = self.weather_contact.clone().or_else(default_weather_contact)?;
        let cache = self.weather_cache.clone().or_else(default_weather_cache);
        Some(weather::Settings::new(source, contact, cache, seed))
    }
}
