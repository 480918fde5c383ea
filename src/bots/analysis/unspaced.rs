//! Weather questions in scripts without spaces between words: 東京の天気は, 北京天气, อากาศกรุงเทพ.

use super::{Day, Place};

/// Words for the weather.
const WEATHER: [&str; 8] = ["天気", "天气", "天氣", "気温", "气温", "氣溫", "สภาพอากาศ", "อากาศ"];

/// Particles before or after a place.
const AROUND: [&str; 14] =
    ["の", "的", "は", "で", "在", "今日", "今天", "今晩", "今晚", "明日", "明天", "現在", "现在", "ที่"];

const DAYS: [(&str, Day); 8] = [
    ("明日", Day::Tomorrow),
    ("明天", Day::Tomorrow),
    ("今晩", Day::Tonight),
    ("今晚", Day::Tonight),
    ("今日", Day::Today),
    ("今天", Day::Today),
    ("現在", Day::Now),
    ("现在", Day::Now),
];

/// The longest place, in bytes.
const PLACE_BYTES: usize = 60;

/// The result.
pub(super) struct Unspaced {
    pub(super) place: Option<Place>,
    pub(super) day: Option<Day>,
}

/// Parses a run of words without spaces. `None`: it is not about the weather.
pub(super) fn find(run: &str) -> Option<Unspaced> {
    if run.is_ascii() {
        return None;
    }
    let (at, word) = WEATHER.iter().filter_map(|word| Some((run.find(word)?, *word))).min()?;
    let (before, after) = (trim(&run[..at]), trim(&run[at + word.len()..]));
    let name = if at == 0 && word.starts_with('ส') || word.starts_with('อ') { after } else { before };
    let is_place = !name.is_empty() && name.len() <= PLACE_BYTES;
    let place = is_place.then(|| Place { name: name.to_owned(), within: None, perhaps_within: None });
    let day = DAYS.iter().find(|(word, _)| run.contains(word)).map(|(_, day)| *day);
    Some(Unspaced { place, day })
}

/// `text` without the particles around a place.
fn trim(mut text: &str) -> &str {
    while let Some(rest) =
        AROUND.iter().find_map(|word| text.strip_prefix(word).or_else(|| text.strip_suffix(word)))
    {
        text = rest;
    }
    text
}
