//! The cache of forecasts: in memory, and in a folder with one file for each place, so that a restart need
//! not fetch fresh forecasts again.
//!
//! It stores bytes and times, and does not interpret forecasts. The first of several failed writes in a row logs
//! a warning; a damaged file is deleted.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log::warn;

use super::coordinates::Coordinates;
use super::expiry::is_pending;
use crate::base::limits::{
    WEATHER_BODY_BYTES, WEATHER_CACHE_BYTES, WEATHER_CACHE_HEADER_BYTES, WEATHER_CACHE_PLACES,
    WEATHER_TTL_MAX,
};

/// The first bytes of each file. Another format gets another version.
const MAGIC: &str = "salon-weather-1";

/// The extension of the files.
const SUFFIX: &str = ".weather";

/// A cache entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CacheEntry {
    /// The body of the response. `None`: there is no forecast for this place.
    pub(super) body: Option<Vec<u8>>,
    /// When it may be requested again.
    pub(super) expires: SystemTime,
    /// The `Last-Modified` header, verbatim.
    pub(super) last_modified: Option<String>,
}

impl CacheEntry {
    /// Whether the entry has not expired. An expiry too far in the future was set by a wrong clock, so the entry
    /// counts as expired.
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        is_pending(self.expires, now, WEATHER_TTL_MAX)
    }
}

/// All entries.
pub(super) struct Cache {
    entries: HashMap<Coordinates, CacheEntry>,
    bytes: usize,
    folder: Option<PathBuf>,
    /// Identifies the source in file names, as each source has its own forecasts.
    source: String,
    /// The operator was warned that writing fails.
    warned: bool,
}

impl Cache {
    /// Loads the entries of `source` from `folder`. The cache is empty if there are none.
    pub(super) fn open(folder: Option<PathBuf>, source: &str) -> Cache {
        let mut cache = Cache {
            entries: HashMap::new(),
            bytes: 0,
            folder,
            source: format!("{:016x}", checksum(source.as_bytes())),
            warned: false,
        };
        if let Some(folder) = cache.folder.clone() {
            let made = fs::create_dir_all(&folder).and_then(|()| cache.load(&folder));
            cache.report(made);
        }
        cache
    }

    /// The entry for `place`.
    pub(super) fn get(&self, place: Coordinates) -> Option<&CacheEntry> {
        self.entries.get(&place)
    }

    /// Whether there is room for an entry for `place`. Expired entries are evicted; others never are, as they would
    /// be requested again too early.
    pub(super) fn make_room(&mut self, place: Coordinates, now: SystemTime) -> bool {
        loop {
            let count = self.entries.len() + usize::from(!self.entries.contains_key(&place));
            if count <= WEATHER_CACHE_PLACES && self.bytes + WEATHER_BODY_BYTES <= WEATHER_CACHE_BYTES {
                return true;
            }
            let others =
                self.entries.iter().filter(|(other, cached)| **other != place && !cached.is_fresh(now));
            let Some((oldest, _)) = others.min_by_key(|(_, cached)| cached.expires) else {
                return false;
            };
            let oldest = *oldest;
            self.forget(oldest);
        }
    }

    /// Stores an entry for `place`.
    pub(super) fn put(&mut self, place: Coordinates, cached: CacheEntry) {
        let written = self.write(&place.to_string(), &cached);
        self.report(written);
        self.insert(place, cached);
    }

    /// Deletes the entry for `place`.
    pub(super) fn forget(&mut self, place: Coordinates) {
        if let Some(old) = self.entries.remove(&place) {
            self.bytes -= old.body.map_or(0, |body| body.len());
        }
        if let Some(path) = self.path(&place.to_string()) {
            // A leftover file does no harm: the next start loads it as expired.
            let _ = fs::remove_file(path);
        }
    }

    /// The pause set by [`Cache::throttle`], perhaps before a restart.
    pub(super) fn throttled_until(&self) -> Option<SystemTime> {
        let path = self.path("throttled")?;
        read(&path).ok().flatten().map(|cached| cached.expires)
    }

    /// Stores that no request may be sent before `until`.
    pub(super) fn throttle(&mut self, until: SystemTime) {
        let note = CacheEntry { body: None, expires: until, last_modified: None };
        let written = self.write("throttled", &note);
        self.report(written);
    }

    fn insert(&mut self, place: Coordinates, cached: CacheEntry) {
        let length = |cached: &CacheEntry| cached.body.as_ref().map_or(0, Vec::len);
        self.bytes += length(&cached);
        if let Some(old) = self.entries.insert(place, cached) {
            self.bytes -= length(&old);
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{}-{name}{SUFFIX}", self.source)))
    }

    /// Loads our files, up to the limits. Other files are left alone.
    fn load(&mut self, folder: &Path) -> io::Result<()> {
        let start = format!("{}-", self.source);
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let ours = name.to_str().and_then(|name| name.strip_prefix(&start)?.strip_suffix(SUFFIX));
            let Some(place) = ours.and_then(Coordinates::parse) else {
                continue;
            };
            let cached = read(&entry.path()).ok().flatten();
            let fits = self.entries.len() < WEATHER_CACHE_PLACES
                && self.bytes + WEATHER_BODY_BYTES <= WEATHER_CACHE_BYTES;
            match cached.filter(|_| fits) {
                Some(cached) => self.insert(place, cached),
                // Damaged, or beyond the limits.
                None => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }

    /// Writes a temporary file and renames it, so that the file is complete after a power failure or does not exist.
    fn write(&self, name: &str, cached: &CacheEntry) -> io::Result<()> {
        let Some(path) = self.path(name) else {
            return Ok(());
        };
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&encode(cached))?;
        file.sync_all()?;
        fs::rename(&new, &path)
    }

    fn report(&mut self, written: io::Result<()>) {
        match written {
            Ok(()) => self.warned = false,
            Err(why) if !self.warned => {
                self.warned = true;
                let folder = self.folder.as_deref().unwrap_or(Path::new("")).display();
                warn!("forecasts are kept in memory only, as they cannot be stored in {folder}: {why}");
            }
            Err(_) => {}
        }
    }
}

/// Encodes an entry: the magic and a checksum of the rest; expiry, `Last-Modified`, and the length of the body or
/// `-`; the body.
fn encode(cached: &CacheEntry) -> Vec<u8> {
    let expires = cached.expires.duration_since(UNIX_EPOCH).unwrap_or_default();
    let expires = format!("{}.{:09}", expires.as_secs(), expires.subsec_nanos());
    let stamp = cached.last_modified.as_deref().unwrap_or_default();
    let length = cached.body.as_ref().map_or("-".to_owned(), |body| body.len().to_string());
    let mut rest = format!("{expires}\n{stamp}\n{length}\n").into_bytes();
    rest.extend_from_slice(cached.body.as_deref().unwrap_or_default());
    let mut whole = format!("{MAGIC} {:016x}\n", checksum(&rest)).into_bytes();
    whole.append(&mut rest);
    whole
}

/// Decodes an entry. `None`: it is damaged.
fn decode(bytes: &[u8]) -> Option<CacheEntry> {
    let mut lines = bytes.splitn(5, |b| *b == b'\n');
    let mut line = || std::str::from_utf8(lines.next()?).ok();
    let (mark, expires, stamp, length) = (line()?, line()?, line()?, line()?);
    let sum = mark.strip_prefix(MAGIC)?.strip_prefix(' ')?;
    if sum != format!("{:016x}", checksum(bytes.get(mark.len() + 1..)?)) {
        return None;
    }
    let body = lines.next()?;
    let is_whole = length == "-" && body.is_empty() || length.parse() == Ok(body.len());
    let (seconds, nanoseconds) = expires.split_once('.')?;
    let expires = Duration::from_secs(seconds.parse().ok()?)
        .checked_add(Duration::from_nanos(nanoseconds.parse().ok()?))
        .and_then(|since| UNIX_EPOCH.checked_add(since))?;
    is_whole.then(|| CacheEntry {
        body: (length != "-").then(|| body.to_vec()),
        expires,
        last_modified: (!stamp.is_empty()).then(|| stamp.to_owned()),
    })
}

fn read(path: &Path) -> io::Result<Option<CacheEntry>> {
    let max = WEATHER_CACHE_HEADER_BYTES + WEATHER_BODY_BYTES;
    let mut bytes = Vec::new();
    File::open(path)?.take(max as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= max).then(|| decode(&bytes)).flatten())
}

/// FNV-1a. Detects damage, not tampering, and is the same in all versions of Rust.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, b| (sum ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn cached(body: &str, expires: u64) -> CacheEntry {
        CacheEntry {
            body: Some(body.into()),
            expires: UNIX_EPOCH + Duration::from_secs(expires),
            last_modified: Some("Fri, 20 Nov 2026 12:00:00 GMT".into()),
        }
    }

    #[test]
    fn a_file_is_whole_or_nothing() {
        let mut odd = cached("{\n}\n", 77);
        odd.expires += S / 3;
        for one in
            [cached("{}", 5), odd.clone(), CacheEntry { body: None, last_modified: None, ..odd.clone() }]
        {
            assert_eq!(decode(&encode(&one)), Some(one));
        }
        let whole = encode(&odd);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "damaged at {at}");
            assert_eq!(decode(&whole[..at]), None, "cut off at {at}");
        }
    }

    #[test]
    fn only_what_has_expired_makes_room() {
        let mut cache = Cache::open(None, "x");
        let place = |n: usize| Coordinates::at(0.0, f64::from(u32::try_from(n).unwrap()) / 10.0);
        for n in 0..WEATHER_CACHE_PLACES {
            assert!(cache.make_room(place(n), UNIX_EPOCH));
            cache.put(place(n), cached("{}", 100 + n as u64));
        }
        let new = place(WEATHER_CACHE_PLACES);
        assert!(!cache.make_room(new, UNIX_EPOCH + 99 * S), "nothing has expired");
        assert!(cache.make_room(place(7), UNIX_EPOCH + 99 * S), "it is there already");
        assert!(cache.make_room(new, UNIX_EPOCH + 105 * S));
        assert!(cache.get(place(0)).is_none() && cache.get(place(1)).is_some(), "the oldest, and no more");
        assert_eq!(cache.bytes, 2 * (WEATHER_CACHE_PLACES - 1));
    }

    #[test]
    fn an_expiry_too_far_in_the_future_does_not_count() {
        let now = UNIX_EPOCH + 100 * S;
        let good_for = |time: Duration| cached("{}", (100 * S + time).as_secs()).is_fresh(now);
        assert!(good_for(S) && good_for(WEATHER_TTL_MAX) && !good_for(Duration::ZERO));
        assert!(!good_for(365 * WEATHER_TTL_MAX));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut cache = Cache::open(None, "x");
        let large = "x".repeat(WEATHER_BODY_BYTES);
        let places = (0..100u32).map(|n| Coordinates::at(0.0, f64::from(n)));
        let put = places.take_while(|place| {
            let fits = cache.make_room(*place, UNIX_EPOCH);
            if fits {
                cache.put(*place, cached(&large, 100));
            }
            fits
        });
        assert_eq!(put.count(), WEATHER_CACHE_BYTES / WEATHER_BODY_BYTES);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_file_of_any_content_is_something_or_nothing(
            head in "[0-9]{0,21}[.x]?[0-9]{0,21}\n[ -~]{0,9}\n(-|[0-9]{0,3})\n",
            body in vec(any::<u8>(), 0..9),
            is_fitting in any::<bool>(),
        ) {
            let head = if is_fitting { head.replace("-\n", &format!("{}\n", body.len())) } else { head };
            let rest = [head.as_bytes(), &body].concat();
            let whole = [format!("{MAGIC} {:016x}\n", checksum(&rest)).as_bytes(), &rest].concat();
            if let Some(cached) = decode(&whole) {
                prop_assert_eq!(decode(&encode(&cached)), Some(cached));
            }
            prop_assert_eq!(decode(&rest), None);
        }
    }
}
