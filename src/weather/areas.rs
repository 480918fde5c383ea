//! Countries and regions by name or code: "France", "fr", "Texas", "TX", "England".

use std::collections::HashMap;
use std::sync::LazyLock;

use super::search_key::search_key;

/// Rows of code, English name and other names, sorted by code. A region's code is its country's code, a dot, and its
/// own.
const TABLE: &str = include_str!("areas.tsv");

/// Areas with a country code of their own, and the country that people give with them: Longyearbyen, Norway; San Juan,
/// United States.
const PART_OF: [(&str, &str); 19] = [
    ("SJ", "NO"),
    ("AX", "FI"),
    ("FO", "DK"),
    ("GL", "DK"),
    ("HK", "CN"),
    ("MO", "CN"),
    ("PR", "US"),
    ("GU", "US"),
    ("VI", "US"),
    ("GP", "FR"),
    ("MQ", "FR"),
    ("GF", "FR"),
    ("RE", "FR"),
    ("GI", "GB"),
    ("IM", "GB"),
    ("JE", "GB"),
    ("GG", "GB"),
    ("AW", "NL"),
    ("CW", "NL"),
];

struct Index {
    names: HashMap<&'static str, &'static str>,
    codes: HashMap<String, Vec<&'static str>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { names: HashMap::new(), codes: HashMap::new() };
    for row in TABLE.lines() {
        let mut fields = row.split('\t');
        let (Some(code), Some(name), Some(others)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        index.names.insert(code, name);
        for other in others.split(';').chain([name]).filter(|other| !other.is_empty()) {
            let codes = index.codes.entry(key(other)).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    index
});

/// The codes of all areas with this name: several for "Georgia" or "CA".
pub(super) fn codes(name: &str) -> &'static [&'static str] {
    INDEX.codes.get(&key(name)).map_or(&[], Vec::as_slice)
}

fn key(name: &str) -> String {
    let key = search_key(name);
    key.strip_prefix("the ").map(str::to_owned).unwrap_or(key)
}

/// The English name of the area with this code.
pub(super) fn name(code: &str) -> Option<&'static str> {
    INDEX.names.get(code).copied()
}

/// Whether a city in `country` and `region` lies in the area with this code.
pub(super) fn contains(code: &str, country: &str, region: &str) -> bool {
    match code.split_once('.') {
        None => code == country || PART_OF.contains(&(country, code)),
        Some((in_country, in_region)) => (in_country, in_region) == (country, region),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_by_name_code_and_habit() {
        for (text, expected) in [
            ("Norway", &["NO"][..]),
            ("norge", &["NO"]),
            ("NOR", &["NO"]),
            ("the Netherlands", &["NL"]),
            ("Holland", &["NL"]),
            ("u.s.a.", &["US"]),
            ("the States", &["US"]),
            ("uk", &["GB"]),
            ("England", &["GB.ENG"]),
            ("Texas", &["US.TX"]),
            ("tx", &["US.TX"]),
            ("ontario", &["CA.08"]),
            ("Cote d'Ivoire", &["CI"]),
            ("Narnia", &[]),
            ("", &[]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
        assert_eq!(codes("CA"), ["CA", "US.CA"]);
        assert_eq!(codes("Georgia"), ["GE", "US.GA"]);
        assert_eq!((name("GB"), name("US.TX")), (Some("United Kingdom"), Some("Texas")));
    }

    #[test]
    fn every_row_is_whole() {
        assert!(TABLE.lines().count() > 300);
        assert!(TABLE.lines().all(|row| row.split('\t').count() == 3));
    }
}
