//! Cities by the names people use for them, from a table that is part of the program.
//!
//! The table is GeoNames' (`CITIES-LICENCE.md`), made by `make_cities.py`. Where several places have a name, the largest is
//! meant, unless a country or region was named. A city's forecast is not its affair.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::areas;
use crate::base::limits::{PLACE_CHARS, PLACE_WORDS};

/// Rows of name, other names ("=" before those that weigh as much as the name), country, region, inhabitants, latitude and longitude.
const TABLE: &str = include_str!("cities.tsv");

/// How many times as many people a city by another of its names must have to be preferred to one that is really called so:
/// nobody means Toronto by "York", and nobody the village of that name by "Peking".
const OTHER_NAME_FACTOR: u64 = 25;

/// A place that has weather.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct City {
    /// What GeoNames calls it.
    pub name: &'static str,
    /// Its country, in English.
    pub country: &'static str,
    /// Its state, province or part of the United Kingdom, where people name those.
    pub region: Option<&'static str>,
    /// How many live there.
    pub population: u64,
    /// Degrees to the north of the equator.
    pub lat: f64,
    /// Degrees to the east of Greenwich.
    pub lon: f64,
}

/// A name's hash and where the row begins that has it. The name itself is compared in the row, so that the index costs
/// sixteen bytes a name.
type Entry = (u64, u32);

static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut index = Vec::with_capacity(200_000);
    for row in TABLE.lines() {
        let Ok(at) = u32::try_from(row.as_ptr().addr() - TABLE.as_ptr().addr()) else {
            break;
        };
        index.extend(names(row).map(|(_, name)| (hash(&fold(name)), at)));
    }
    index.sort_unstable();
    index.dedup();
    index.shrink_to_fit();
    index
});

/// Builds the index if that was not done yet, which takes some hundredths of a second. The weather's thread does it when it
/// starts, so that the chat's does not have to.
pub fn prepare() {
    LazyLock::force(&INDEX);
    areas::codes("");
}

/// The city that is called `place`, whatever its case and accents; the largest of that name, or the largest in the country
/// or region that `qualifier` names. A qualifier that names none finds nothing: who gave one did not mean just any.
pub fn find(place: &str, qualifier: Option<&str>) -> Option<City> {
    if place.chars().nth(PLACE_CHARS).is_some() {
        return None;
    }
    let areas = qualifier.map(areas::codes);
    let key = fold(place);
    if key.is_empty() {
        return None;
    }
    let hash = hash(&key);
    let from = INDEX.partition_point(|(other, _)| *other < hash);
    let entries = INDEX[from..].iter().take_while(|(other, _)| *other == hash);
    let found = entries.filter_map(|(_, at)| {
        let row = TABLE.get(*at as usize..)?.lines().next()?;
        // Two names may share a hash, if hardly ever; then none in this row is the one.
        let (well_known, _) = names(row).find(|(_, name)| fold(name) == key)?;
        let (city, country, region) = city(row)?;
        let inside = |areas: &[&str]| areas.iter().any(|code| areas::contains(code, country, region));
        areas
            .is_none_or(inside)
            .then(|| (city.population * if well_known { OTHER_NAME_FACTOR } else { 1 }, city))
    });
    found.max_by_key(|(weight, _)| *weight).map(|(_, city)| city)
}

/// The city in a text that is nothing but a place: "Bergen", "Paris, Texas", "paris france", "Birmingham in Alabama".
pub fn parse(text: &str) -> Option<City> {
    if text.chars().nth(PLACE_CHARS).is_some() {
        return None;
    }
    let text = text.trim().trim_end_matches(['.', '!', '?', ',', ' ']);
    if let Some((place, qualifier)) = text.split_once(',') {
        // "Portland, Oregon, USA": the nearer area says more.
        let nearest = qualifier.split(',').next().unwrap_or(qualifier);
        return find(place, Some(nearest)).or_else(|| find(place, qualifier.rsplit(',').next()));
    }
    if let Some(city) = find(text, None) {
        return Some(city);
    }
    let words: Vec<&str> = text.split_whitespace().take(PLACE_WORDS).collect();
    (1..words.len()).find_map(|at| {
        let (place, area) = words.split_at(at);
        let area = match area {
            [first, rest @ ..] if first.eq_ignore_ascii_case("in") => rest,
            area => area,
        };
        find(&place.join(" "), Some(&area.join(" ")))
    })
}

/// What two spellings of a name have in common: lower case, no accents, no punctuation, "saint" for "st".
pub(super) fn fold(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_lowercase()) && name != "st" {
        return name.to_owned();
    }
    let mut plain = String::with_capacity(name.len());
    for c in name.nfkd().flat_map(char::to_lowercase) {
        match c {
            'ø' => plain.push('o'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            'ħ' => plain.push('h'),
            'ə' => plain.push('e'),
            'ŋ' => plain.push('n'),
            '.' | '\'' | '’' | '‘' | '`' | 'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' => {}
            c if is_combining_mark(c) => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().map(|word| if word == "st" { "saint" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// All names in a row, and whether each is one by which everybody knows the place.
fn names(row: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut fields = row.split('\t');
    let first = fields.next().map(|name| (true, name));
    let others = fields.next().unwrap_or_default().split(';');
    let others = others.map(|name| name.strip_prefix('=').map_or((false, name), |name| (true, name)));
    first.into_iter().chain(others).filter(|(_, name)| !name.is_empty())
}

/// The city in a row, and its country's and region's codes.
fn city(row: &'static str) -> Option<(City, &'static str, &'static str)> {
    let fields: Vec<&str> = row.split('\t').collect();
    let [name, _, country, region, population, lat, lon] = fields[..] else {
        return None;
    };
    let city = City {
        name,
        country: areas::name(country).unwrap_or(country),
        region: areas::name(&format!("{country}.{region}")),
        population: population.parse().ok()?,
        lat: lat.parse().ok()?,
        lon: lon.parse().ok()?,
    };
    Some((city, country, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_large_and_whole() {
        assert!(TABLE.lines().count() > 20_000);
        for row in TABLE.lines() {
            let (city, ..) = city(row).unwrap_or_else(|| panic!("{row}"));
            assert!(city.lat.abs() <= 90.0 && city.lon.abs() <= 180.0, "{row}");
            assert!(city.country.chars().count() > 2, "a country without a name: {row}");
            assert!(find(city.name, None).is_some(), "{row}");
        }
    }

    #[test]
    fn names_as_people_write_them() {
        for (text, name, country) in include_str!("cities_asked.tsv").lines().map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[0], fields[1], fields[2])
        }) {
            let found = parse(text).map(|city| (city.name, city.country));
            assert_eq!(found, Some((name, country)), "{text}");
        }
    }

    #[test]
    fn what_is_no_place() {
        for text in ["", " ", "?", "Narnia", "Paris, Narnia", "in", "Springfield in Norway", "xyzzy Texas"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"Bergen ".repeat(1000)), None);
        assert_eq!(find(&"x".repeat(1_000_000), None), None);
    }
}
