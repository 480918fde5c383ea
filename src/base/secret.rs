//! A password, as somebody gave it. Debug output hides it, so that it reaches no log.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// A password. Comparing two takes the same time wherever they differ.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(Box<str>);

impl Secret {
    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Box<str>>> From<T> for Secret {
    fn from(text: T) -> Secret {
        Secret(text.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared_and_not_shown() {
        assert_eq!(Secret::from("sesame"), Secret::from("sesame".to_owned()));
        assert_ne!(Secret::from("sesame"), Secret::from("sesame2"));
        assert_eq!(format!("{:?}", Some(Secret::from("sesame"))), "Some(Secret)");
    }
}
