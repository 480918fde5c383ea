//! Versions of the engine.

use std::fmt;

/// The version of a server of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

/// The oldest version that may be used. Before it, a machine that was cut off could come back with another log than the others,
/// and a log that is synced before each acknowledgement was too slow.
pub const OLDEST: Version = Version { major: 2, minor: 15, patch: 0 };

impl Version {
    /// Reads `2.15.1`, `v2.15.1` or `2.16.0-dev`.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split(['-', '+']).next()?;
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let version = Version { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? };
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let parsed = |text| Version::parse(text).unwrap();
        assert!(parsed("2.9.10") < OLDEST);
        assert!(parsed("v2.14.2") < OLDEST);
        assert!(parsed("2.15.0") >= OLDEST);
        assert!(parsed("2.16.0-dev") > OLDEST);
        assert!(parsed("3.0.0-RC.1") > OLDEST);
        assert_eq!(parsed("2.15.1").to_string(), "2.15.1");
        for text in ["", "2.15", "2.15.1.1", "two", "2.x.1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
