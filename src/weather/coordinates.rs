//! Coordinates in the form that MET Norway requires.

use std::fmt;

/// Coordinates in ten-thousandths of a degree, as MET allows at most four decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Coordinates {
    lat: i32,
    lon: i32,
}

impl Coordinates {
    /// Rounds coordinates in degrees.
    #[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000 either way")]
    pub(super) fn at(lat: f64, lon: f64) -> Coordinates {
        let ten_thousandths = |degrees: f64, max: f64| (degrees.clamp(-max, max) * 10_000.0).round() as i32;
        Coordinates { lat: ten_thousandths(lat, 90.0), lon: ten_thousandths(lon, 180.0) }
    }

    /// Parses the form in which a place is displayed.
    pub(super) fn parse(text: &str) -> Option<Coordinates> {
        let (lat, lon) = text.split_once(',')?;
        let place = Coordinates::at(lat.parse().ok()?, lon.parse().ok()?);
        (place.to_string() == text).then_some(place)
    }

    /// Latitude and longitude with exactly four decimals.
    pub(super) fn decimals(self) -> (String, String) {
        let text = |n: i32| {
            let sign = if n < 0 { "-" } else { "" };
            format!("{sign}{}.{:04}", n.unsigned_abs() / 10_000, n.unsigned_abs() % 10_000)
        };
        (text(self.lat), text(self.lon))
    }
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lat, lon) = self.decimals();
        write!(f, "{lat},{lon}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_four_decimals() {
        for (lat, lon, text) in [
            (60.392_99, 5.324_15, "60.3930,5.3242"),
            (-33.867_85, 151.207_32, "-33.8679,151.2073"),
            (-0.000_04, -0.5, "0.0000,-0.5000"),
            (90.0, -180.0, "90.0000,-180.0000"),
            (1e9, f64::NAN, "90.0000,0.0000"),
        ] {
            assert_eq!(Coordinates::at(lat, lon).to_string(), text);
            assert_eq!(Coordinates::parse(text), Some(Coordinates::at(lat, lon)));
        }
        assert_eq!(
            Coordinates::at(60.392_99, 5.324_15),
            Coordinates::at(60.393, 5.3242),
            "one place, one request"
        );
        for text in ["", "1,2", "60.39300,5.3242", "throttled", "NaN,NaN"] {
            assert_eq!(Coordinates::parse(text), None, "{text}");
        }
    }
}
