//! Cities by name, from a table in the program.
//!
//! The table is made from GeoNames (`CITIES-LICENCE.md`) by `make_cities.py`. If several places share a name, the
//! largest one is meant, unless a country or region is given.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use super::areas;
use super::search_key::search_key;
use crate::base::limits::{PLACE_CHARS, PLACE_WORDS};

/// Rows of name, other names (`=` before those as common as the name), country, region, population, latitude and
/// longitude.
const TABLE: &str = include_str!("cities.tsv");

/// The weight of a well-known name against another name of a city. A city is preferred under another name only if it is
/// this much larger: "York" is not Toronto, but "Peking" is Beijing and not a village with that name.
const OTHER_NAME_FACTOR: u64 = 25;

/// A name is unambiguous if the likeliest city has this many times the weight of each namesake in another region.
const CLEAR_FACTOR: u64 = 2;

/// The maximum number of namesakes that are listed.
const NAMESAKES: usize = 5;

/// A city.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct City {
    /// The name in GeoNames.
    pub name: &'static str,
    /// The country, in English.
    pub country: &'static str,
    /// The state, province or part of the United Kingdom, where people use those.
    pub region: Option<&'static str>,
    /// The population.
    pub population: u64,
    /// Latitude in degrees north.
    pub lat: f64,
    /// Longitude in degrees east.
    pub lon: f64,
}

/// The hash of a name and the offset of its row. The name is compared in the row, so the index takes sixteen bytes
/// for each name.
type Entry = (u64, u32);

static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut index = Vec::with_capacity(200_000);
    for row in TABLE.lines() {
        let Ok(at) = u32::try_from(row.as_ptr().addr() - TABLE.as_ptr().addr()) else {
            break;
        };
        index.extend(names(row).map(|(_, name)| (hash(&search_key(name)), at)));
    }
    index.sort_unstable();
    index.dedup();
    index.shrink_to_fit();
    index
});

/// Builds the index if there is none yet. Takes some hundredths of a second, so the weather thread does it at its
/// start.
pub fn prepare() {
    LazyLock::force(&INDEX);
    areas::codes("");
}

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// This city.
    One(City),
    /// Several cities, none much likelier than the others. The likeliest comes first.
    Several(Vec<City>),
    /// No city in the given area has the name; these have it elsewhere. The likeliest comes first.
    Elsewhere(Vec<City>),
    /// No city has the name.
    Unknown,
}

impl Lookup {
    /// The likeliest city in the given area.
    pub fn likeliest(self) -> Option<City> {
        match self {
            Lookup::One(city) => Some(city),
            Lookup::Several(cities) => cities.first().copied(),
            Lookup::Elsewhere(_) | Lookup::Unknown => None,
        }
    }
}

impl City {
    /// Name, region (if people use it) and country: enough to tell namesakes apart.
    pub fn in_full(&self) -> String {
        match self.region {
            Some(region) => format!("{}, {region}, {}", self.name, self.country),
            None => format!("{}, {}", self.name, self.country),
        }
    }
}

/// A matching row and its weight.
struct Candidate {
    weight: u64,
    city: City,
    country: &'static str,
    region: &'static str,
}

/// The likeliest city named `place`, in any case and without accents, in the area of `qualifier`. `None` if the
/// qualifier names no area, since any city would be a guess then.
pub fn find(place: &str, qualifier: Option<&str>) -> Option<City> {
    look_up(place, qualifier).likeliest()
}

/// Looks up `place` in the area `within`. Of several areas, separated by commas, the first counts most. Text that is
/// no area may be part of the name: "Frankfurt (Oder)".
pub fn look_up(place: &str, within: Option<&str>) -> Lookup {
    let found = candidates(place);
    let Some(within) = within else { return choose(found) };
    if within.chars().nth(PLACE_CHARS).is_some() {
        return Lookup::Unknown;
    }
    let nearest = within.split(',').next().unwrap_or(within);
    for area in [nearest, within.rsplit(',').next().unwrap_or(within)] {
        let codes = areas::codes(area);
        let inside = |c: &&Candidate| codes.iter().any(|code| areas::contains(code, c.country, c.region));
        let there: Vec<Candidate> = found.iter().filter(inside).map(Candidate::copy).collect();
        if !there.is_empty() {
            return choose(there);
        }
    }
    let part = search_key(within);
    let is_part = |c: &&Candidate| search_key(c.city.name).split(' ').any(|word| word == part);
    let by_part = found.iter().filter(is_part).map(Candidate::copy);
    let by_name: Vec<Candidate> =
        candidates(&format!("{place} {within}")).into_iter().chain(by_part).collect();
    if !by_name.is_empty() {
        return choose(by_name);
    }
    if found.is_empty() { Lookup::Unknown } else { Lookup::Elsewhere(shown(found)) }
}

/// All cities with this name, the likeliest first.
fn candidates(place: &str) -> Vec<Candidate> {
    if place.chars().nth(PLACE_CHARS).is_some() {
        return Vec::new();
    }
    let key = search_key(place);
    if key.is_empty() {
        return Vec::new();
    }
    let hash = hash(&key);
    let from = INDEX.partition_point(|(other, _)| *other < hash);
    let entries = INDEX[from..].iter().take_while(|(other, _)| *other == hash);
    let found = entries.filter_map(|(_, at)| {
        let row = TABLE.get(*at as usize..)?.lines().next()?;
        // After a hash collision, no name in this row matches.
        let (well_known, _) = names(row).find(|(_, name)| search_key(name) == key)?;
        let (city, country, region) = city(row)?;
        let weight = city.population * if well_known { OTHER_NAME_FACTOR } else { 1 };
        Some(Candidate { weight, city, country, region })
    });
    let mut found: Vec<Candidate> = found.collect();
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.weight));
    found
}

impl Candidate {
    fn copy(&self) -> Candidate {
        Candidate { ..*self }
    }
}

/// The likeliest of `found`, unless others come close.
fn choose(found: Vec<Candidate>) -> Lookup {
    let least = found.first().map_or(0, |first| first.weight) / CLEAR_FACTOR;
    let is_close =
        |c: &Candidate| c.weight > least && (c.country, c.region) != (found[0].country, found[0].region);
    match &found[..] {
        [] => Lookup::Unknown,
        [_, rest @ ..] if rest.iter().any(is_close) => Lookup::Several(shown(found)),
        [first, ..] => Lookup::One(first.city),
    }
}

fn shown(found: Vec<Candidate>) -> Vec<City> {
    found.into_iter().take(NAMESAKES).map(|candidate| candidate.city).collect()
}

/// The likeliest city in a text that is nothing but a place: see [`ask`].
pub fn parse(text: &str) -> Option<City> {
    ask(text).likeliest()
}

/// Looks up a text that is nothing but a place, perhaps with its area: "Bergen", "Paris, Texas", "paris france",
/// "Birmingham in Alabama", "Halle (Saale)".
pub fn ask(text: &str) -> Lookup {
    if text.chars().nth(PLACE_CHARS).is_some() {
        return Lookup::Unknown;
    }
    let text = text.trim().trim_end_matches(['.', '!', '?', ',', ' ']);
    let whole = look_up(text, None);
    if let Some((place, area)) = text.split_once(['(', ',']).filter(|_| whole == Lookup::Unknown) {
        return look_up(place, Some(area.trim_end_matches([')', ' '])));
    }
    if whole != Lookup::Unknown {
        return whole;
    }
    let words: Vec<&str> = text.split_whitespace().take(PLACE_WORDS).collect();
    let split = |at: usize| {
        let (place, area) = words.split_at(at);
        let area = match area {
            [first, rest @ ..] if first.eq_ignore_ascii_case("in") => rest,
            area => area,
        };
        look_up(&place.join(" "), Some(&area.join(" ")))
    };
    let mut elsewhere = Lookup::Unknown;
    for found in (1..words.len()).map(split) {
        match found {
            Lookup::One(_) | Lookup::Several(_) => return found,
            Lookup::Elsewhere(_) => elsewhere = found,
            Lookup::Unknown => {}
        }
    }
    elsewhere
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// All names in a row, and whether each is well known.
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
    fn texts_that_are_not_places() {
        for (text, among) in [
            ("Portland, ME", "Portland, Maine, United States"),
            ("Portland (ME)", "Portland, Maine, United States"),
            ("Frankfurt (Oder)", "Frankfurt (Oder), Germany"),
            ("Halle (Saale)", "Halle (Saale), Germany"),
            ("Halle, Belgium", "Halle, Belgium"),
            ("St. John's", "St. John's, Newfoundland and Labrador, Canada"),
            ("Saint John", "Saint John, New Brunswick, Canada"),
            ("Sault Ste Marie, ON", "Sault Ste. Marie, Ontario, Canada"),
            ("Ft. Worth", "Fort Worth, Texas, United States"),
            ("東京", "Tokyo, Japan"),
        ] {
            assert_eq!(ask(text).likeliest().map(|city| city.in_full()).as_deref(), Some(among), "{text}");
        }
        for text in ["Springfield", "Newcastle", "Springfield, USA", "Richmond"] {
            assert!(matches!(ask(text), Lookup::Several(cities) if cities.len() > 1), "{text}");
        }
        for text in ["Portland, Narnia", "Oslo, Texas", "Paris (Norway)"] {
            assert!(matches!(ask(text), Lookup::Elsewhere(_)), "{text}");
        }
        for text in ["", " ", "?", "Narnia", "Paris, Narnia", "in", "Springfield in Norway", "xyzzy Texas"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"Bergen ".repeat(1000)), None);
        assert_eq!(find(&"x".repeat(1_000_000), None), None);
    }
}
