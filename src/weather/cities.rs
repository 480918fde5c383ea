//! Cities by the names people use for them, from a table that is part of the program.
//!
//! The table is GeoNames' (`CITIES-LICENCE.md`), made by `make_cities.py`. Where several places have a name, the largest is
//! meant, unless a country or region was named. A city's forecast is not its affair.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use super::areas;
use super::search_key::search_key;
use crate::base::limits::{PLACE_CHARS, PLACE_WORDS};

/// Rows of name, other names ("=" before those that weigh as much as the name), country, region, inhabitants, latitude and longitude.
const TABLE: &str = include_str!("cities.tsv");

/// How many times as many people a city by another of its names must have to be preferred to one that is really called so:
/// nobody means Toronto by "York", and nobody the village of that name by "Peking".
const OTHER_NAME_FACTOR: u64 = 25;

/// A name means its likeliest place if no other in another region has half of its weight; else nobody can know.
const CLEAR_FACTOR: u64 = 2;

/// How many places of one name are told at most.
const NAMESAKES: usize = 5;

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
        index.extend(names(row).map(|(_, name)| (hash(&search_key(name)), at)));
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

/// What is known under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// This city is meant.
    One(City),
    /// So many have the name, and none is much more likely meant than the others; the likeliest first.
    Several(Vec<City>),
    /// None has the name where it was said to be; these have it elsewhere, the likeliest first.
    Elsewhere(Vec<City>),
    /// None has the name.
    Unknown,
}

impl Lookup {
    /// The likeliest of those that are where it was said.
    pub fn likeliest(self) -> Option<City> {
        match self {
            Lookup::One(city) => Some(city),
            Lookup::Several(cities) => cities.first().copied(),
            Lookup::Elsewhere(_) | Lookup::Unknown => None,
        }
    }
}

impl City {
    /// Its name with its region, if it has one that people name, and its country: enough to tell it from its namesakes.
    pub fn in_full(&self) -> String {
        match self.region {
            Some(region) => format!("{}, {region}, {}", self.name, self.country),
            None => format!("{}, {}", self.name, self.country),
        }
    }
}

/// A row that has a name, and how likely it is meant.
struct Candidate {
    weight: u64,
    city: City,
    country: &'static str,
    region: &'static str,
}

/// The city that is called `place`, whatever its case and accents; the likeliest of that name, or the likeliest where
/// `qualifier` says. A qualifier that names no area finds nothing: who gave one did not mean just any.
pub fn find(place: &str, qualifier: Option<&str>) -> Option<City> {
    look_up(place, qualifier).likeliest()
}

/// What is known under the name `place`: of all, or of those in the area that `within` names. Of several areas in it,
/// between commas, the first says most. What is no area may be a part of the name: "Frankfurt (Oder)".
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

/// All that have this name, the likeliest first.
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
        // Two names may share a hash, if hardly ever; then none in this row is the one.
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

/// What is known under the name in a text that is nothing but a place: "Bergen", "Paris, Texas", "paris france",
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
