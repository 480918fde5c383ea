//! Finds what a mistyped name may have meant.

use crate::base::limits::{NAME_CHARS, NEAREST_LOOKUPS, NEAREST_NAMES};

/// Up to [`NEAREST_NAMES`] of the first [`NEAREST_LOOKUPS`] `names` that are like `wanted`, the nearest first: those that begin
/// with it, or that one or two mistakes turn into it.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let length = wanted.chars().count();
    if length > NAME_CHARS {
        return Vec::new();
    }
    // Of a short name little is left after two mistakes.
    let mistakes = (length / 3).clamp(1, 2);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for name in names.take(NEAREST_LOOKUPS) {
        let lower = name.to_lowercase();
        let is_begun = length >= 2 && lower.starts_with(&wanted);
        let distance = if is_begun { 1 } else { strsim::osa_distance(&wanted, &lower) };
        if distance <= mistakes && !found.iter().any(|(_, known)| *known == name) {
            found.push((distance, name));
        }
    }
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(NEAREST_NAMES).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names() {
        let names = ["Ann", "Benedict", "Carla", "Bea", "Zoë"];
        for (wanted, found) in [
            ("An", vec!["Ann"]),
            ("ben", vec!["Bea", "Benedict"]),
            ("bneedict", vec!["Benedict"]),
            ("Karla", vec!["Carla"]),
            ("zoe", vec!["Zoë"]),
            ("x", vec![]),
            ("Dominic", vec![]),
        ] {
            let mut nearest = nearest(wanted, names.into_iter());
            nearest.sort_unstable();
            assert_eq!(nearest, found, "{wanted}");
        }
        let many = ["Ann1", "Ann2", "Ann3", "Ann4"];
        assert_eq!(nearest("Ann", many.into_iter()).len(), NEAREST_NAMES);
        assert_eq!(nearest(&"x".repeat(NAME_CHARS + 1), names.into_iter()), [""; 0]);
    }
}
