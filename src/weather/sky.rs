//! The state of the sky, parsed from MET's symbol codes: `partlycloudy_night`, `heavyrainshowersandthunder_day`.

use std::fmt;

/// The state of the sky.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sky {
    /// No clouds.
    Clear,
    /// Few clouds.
    Fair,
    /// Some clouds.
    PartlyCloudy,
    /// Overcast.
    Cloudy,
    /// Fog.
    Fog,
    /// Precipitation.
    Precipitation {
        /// The kind.
        what: Precipitation,
        /// The amount.
        strength: Strength,
        /// In showers.
        showers: bool,
        /// With thunder.
        thunder: bool,
    },
}

/// The kind of precipitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precipitation {
    /// Water.
    Rain,
    /// Rain mixed with snow.
    Sleet,
    /// Snow.
    Snow,
}

/// The amount of precipitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A little.
    Light,
    /// A normal amount.
    Normal,
    /// A lot.
    Heavy,
}

impl Sky {
    /// Parses a symbol code. Day or night is ignored.
    pub fn parse(code: &str) -> Option<Sky> {
        let kind = code.split('_').next().unwrap_or(code);
        Some(match kind {
            "clearsky" => Sky::Clear,
            "fair" => Sky::Fair,
            "partlycloudy" => Sky::PartlyCloudy,
            "cloudy" => Sky::Cloudy,
            "fog" => Sky::Fog,
            kind => return Sky::precipitation(kind),
        })
    }

    /// Parses the symbol code of precipitation.
    fn precipitation(kind: &str) -> Option<Sky> {
        let (kind, thunder) = without(kind, "andthunder");
        let (kind, showers) = without(kind, "showers");
        let (strength, kind) = if let Some(rest) = kind.strip_prefix("light") {
            (Strength::Light, rest)
        } else if let Some(rest) = kind.strip_prefix("heavy") {
            (Strength::Heavy, rest)
        } else {
            (Strength::Normal, kind)
        };
        let what = match kind {
            "rain" => Precipitation::Rain,
            // MET writes "lightssleetshowersandthunder" and keeps the typo for compatibility.
            "sleet" | "ssleet" => Precipitation::Sleet,
            "snow" | "ssnow" => Precipitation::Snow,
            _ => return None,
        };
        Some(Sky::Precipitation { what, strength, showers, thunder })
    }
}

/// `text` without this suffix, and whether it had it.
fn without<'a>(text: &'a str, end: &str) -> (&'a str, bool) {
    text.strip_suffix(end).map_or((text, false), |rest| (rest, true))
}

impl fmt::Display for Sky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sky::Precipitation { what, strength, showers, thunder } = self else {
            return f.write_str(match self {
                Sky::Clear => "clear sky",
                Sky::Fair => "a few clouds",
                Sky::PartlyCloudy => "partly cloudy",
                Sky::Cloudy => "cloudy",
                _ => "fog",
            });
        };
        f.write_str(match strength {
            Strength::Light => "light ",
            Strength::Normal => "",
            Strength::Heavy => "heavy ",
        })?;
        f.write_str(match what {
            Precipitation::Rain => "rain",
            Precipitation::Sleet => "sleet",
            Precipitation::Snow => "snow",
        })?;
        f.write_str(if *showers { " showers" } else { "" })?;
        f.write_str(if *thunder { " and thunder" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_of_met_has_words() {
        for (code, words) in [
            ("clearsky_day", "clear sky"),
            ("fair_polartwilight", "a few clouds"),
            ("partlycloudy_night", "partly cloudy"),
            ("cloudy", "cloudy"),
            ("fog", "fog"),
            ("rain", "rain"),
            ("lightrainshowers_day", "light rain showers"),
            ("heavyrainshowersandthunder_night", "heavy rain showers and thunder"),
            ("heavyrainandthunder", "heavy rain and thunder"),
            ("sleetshowers_day", "sleet showers"),
            ("lightssleetshowersandthunder_day", "light sleet showers and thunder"),
            ("lightssnowshowersandthunder_night", "light snow showers and thunder"),
            ("heavysnow", "heavy snow"),
        ] {
            assert_eq!(Sky::parse(code).map(|sky| sky.to_string()).as_deref(), Some(words), "{code}");
        }
        for code in ["", "_day", "frogs", "lightfog", "showers", "light"] {
            assert_eq!(Sky::parse(code), None, "{code}");
        }
    }
}
