//! Wind in words: the Beaufort scale and the compass.

use std::fmt;

/// The wind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wind {
    /// Metres per second, ten metres above the ground, the mean of ten minutes.
    pub speed: f64,
    /// The direction from which it blows, if known.
    pub from: Option<Compass>,
}

/// The names of the Beaufort scale, and the speed in metres per second below which each applies.
const BEAUFORT: [(&str, f64); 13] = [
    ("calm", 0.3),
    ("light air", 1.6),
    ("light breeze", 3.4),
    ("gentle breeze", 5.5),
    ("moderate breeze", 8.0),
    ("fresh breeze", 10.8),
    ("strong breeze", 13.9),
    ("near gale", 17.2),
    ("gale", 20.8),
    ("strong gale", 24.5),
    ("storm", 28.5),
    ("violent storm", 32.7),
    ("hurricane", f64::INFINITY),
];

impl Wind {
    /// The number on the Beaufort scale, 0 to 12.
    pub fn beaufort(&self) -> usize {
        let stronger = BEAUFORT.iter().take_while(|(_, end)| self.speed >= *end).count();
        stronger.min(BEAUFORT.len() - 1)
    }

    /// The name on the Beaufort scale.
    pub fn name(&self) -> &'static str {
        BEAUFORT[self.beaufort()].0
    }
}

/// One of eight directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Compass {
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
}

impl Compass {
    /// All directions, clockwise.
    const ALL: [Compass; 8] = [
        Compass::North,
        Compass::NorthEast,
        Compass::East,
        Compass::SouthEast,
        Compass::South,
        Compass::SouthWest,
        Compass::West,
        Compass::NorthWest,
    ];

    /// The direction nearest to this angle in degrees, clockwise from north.
    pub fn from_degrees(degrees: f64) -> Option<Compass> {
        // NaN fails both comparisons.
        let eighths = (degrees / 45.0).round().rem_euclid(8.0);
        let nearest = |n: &u8| (f64::from(*n) - eighths).abs() < 0.5;
        (0..8).find(nearest).map(|n| Compass::ALL[usize::from(n)])
    }
}

impl fmt::Display for Compass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Compass::North => "north",
            Compass::NorthEast => "northeast",
            Compass::East => "east",
            Compass::SouthEast => "southeast",
            Compass::South => "south",
            Compass::SouthWest => "southwest",
            Compass::West => "west",
            Compass::NorthWest => "northwest",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beauforts_scale() {
        for (speed, number, name) in [
            (0.0, 0, "calm"),
            (0.3, 1, "light air"),
            (5.4, 3, "gentle breeze"),
            (5.5, 4, "moderate breeze"),
            (24.6, 10, "storm"),
            (70.0, 12, "hurricane"),
            (f64::INFINITY, 12, "hurricane"),
            (-1.0, 0, "calm"),
        ] {
            let wind = Wind { speed, from: None };
            assert_eq!((wind.beaufort(), wind.name()), (number, name), "{speed}");
        }
    }

    #[test]
    fn where_it_comes_from() {
        for (degrees, point) in [
            (0.0, "north"),
            (22.4, "north"),
            (22.6, "northeast"),
            (180.0, "south"),
            (338.0, "north"),
            (360.0, "north"),
            (-90.0, "west"),
        ] {
            assert_eq!(
                Compass::from_degrees(degrees).map(|p| p.to_string()).as_deref(),
                Some(point),
                "{degrees}"
            );
        }
        assert_eq!(Compass::from_degrees(f64::NAN), None);
    }
}
