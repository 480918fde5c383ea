//! The most expensive texts.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use salon::base::limits::MESSAGE_BYTES;
use salon::base::text::head;

/// Parts that are repeated until a message is full.
pub(crate) const PARTS: &[&str] = &[
    "a",
    "a ",
    "a,",
    "a.",
    "a. ",
    "a.b",
    "'a",
    "a's ",
    "@",
    "@a ",
    "&",
    "& ",
    "- ",
    "-- ",
    "?",
    "? ",
    ". ",
    ", ",
    "…",
    "é ",
    "é",
    "ß",
    "東",
    "🎾",
    "\u{301}",
    "e\u{301}",
    "\u{fdfa}",
    "\u{fdfa} ",
    "\u{fdf2} ",
    "ʹ",
    "Ω",
    "\u{1e9b}\u{323} ",
    "한",
    "\u{1100}\u{1161}\u{11a8} ",
    "க\u{bcd}ஷ ",
    "Ж ",
    "жук ",
    "\u{0}",
    "\u{202e}",
    "\\",
    "\"",
    "<",
    "\t",
    "in ",
    "in a ",
    "in the ",
    "in new ",
    "in São de la ",
    "weather ",
    "weather in a ",
    "weather, ",
    "the lake in ",
    "paris, ",
    "A, ",
    "A in ",
    "what about ",
    "what ",
    "what a ",
    "what a . ",
    ". what a ",
    ". how nice ",
    "when i ",
    ". when i ",
    ". may the ",
    ". do it",
    "what can we ",
    "lets see ",
    "lets say ",
    "let us know ",
    "how about you ? ",
    "no thanks ",
    "thanks to ",
    "now that ",
    "for now ",
    "so long as ",
    "see you are ",
    "is it ",
    "why not ",
    "why not x ? ",
    "work of ",
    "work of art ",
    "works for ",
    "play x ",
    "play in the ",
    "hot ",
    "hot dog ",
    "going to ",
    "instead of ",
    "rather than ",
    "do not eat ",
    "eat ",
    "1 ",
    "first ",
    "no ",
    "no better ",
    "not ",
    "never ",
    "good ",
    "good lord ",
    "yes, ",
    "as you ",
    "long live ",
    "http://a ",
    "www.a ",
    "U.S. ",
    "a.b. ",
    "bob ",
    "bob, ",
    "hi ",
    "hi bob and ",
    "@art bot ",
    "Art_Bot Sport_Bot ",
    "art bot ",
    "bot ",
    "weather_bot",
    "weatherbot ",
    "x1 x2 x3 x4 ",
    "Aa_1 ",
    "how is x ",
    "is x x a ",
    "is a a a a b ",
    "are you also a big huge big ",
    "::EOMsg",
    "::EOMsg:",
    "Ann: ",
    "\r",
    "shut up ",
    "so sa ",
    "guest_1 ",
    "St. ",
    "st ",
    "the ",
    "new ",
    "los ",
    "ſ",
    "İ",
    "ŉ",
    "\u{345}",
    "ﬃ",
    "ΐ",
    // Words that may begin or end a phrase anywhere, so that a matcher tracks many candidates.
    "is x ",
    "is x x x x x than ",
    "whether x x x x x x x x ",
    "what a x x x x x x x x x x ",
    "how nice x x x x x x x x x x ",
    "any x x x ",
    "why not x x ",
    "and so well ok hi ",
    "so and but is x or ",
    "your x favourite ",
    "are you big huge a ",
    // Alternating scripts and marks.
    "aжα东ก",
    "aж α东 ก",
    "a\u{301}\u{302}\u{303}\u{304}",
    "ก\u{e49}\u{e49} ",
    "\u{1f469}\u{200d}\u{1f4bb}",
    "明日の東京の天気は",
    "のは",
];

/// Texts of a message's length, and what each is made of.
pub(crate) fn texts(crowd: &[String]) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> =
        PARTS.iter().map(|part| (format!("{part:?}"), part.repeat(MESSAGE_BYTES / part.len()))).collect();
    // The names of all members, each once, and then one of them repeated.
    let all: String = crowd.iter().flat_map(|name| [name.as_str(), " "]).collect();
    for part in ["a ", "a a a a b ", "a_a_a_a ", "x1 "] {
        let rest = MESSAGE_BYTES - all.len();
        texts.push((format!("all names, {part:?}"), all.clone() + &part.repeat(rest / part.len())));
    }
    // As many different words as possible.
    let mut words = String::new();
    let mut n = 0;
    while words.len() < MESSAGE_BYTES - 8 {
        words += &base26(n);
        words.push(' ');
        n += 1;
    }
    texts.push(("different words".into(), words));
    texts
}

fn base26(mut n: usize) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + u8::try_from(n % 26).expect("a letter")));
        n /= 26;
        if n == 0 {
            return word;
        }
    }
}

/// How many parts a mixture has at most.
const MIXED: usize = 40;

/// New texts: mixtures of these parts and of words from the bots' phrases. A matcher that builds its automata lazily,
/// as `regex` does, has them ready only for a text that it has read before.
pub(crate) fn mixtures(count: usize, seed: u64) -> Vec<String> {
    let words = include_str!("../../src/bots/analysis/phrase_tables.rs");
    let words = words.split(|c: char| !c.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let mut vocabulary: Vec<String> = words.map(|word| format!("{word} ")).collect();
    vocabulary.sort_unstable();
    vocabulary.dedup();
    vocabulary.extend(PARTS.iter().map(ToString::to_string));
    let mut rng = StdRng::seed_from_u64(seed);
    let mut mixture = || {
        let few: Vec<&String> =
            (0..rng.random_range(2..MIXED)).filter_map(|_| vocabulary.choose(&mut rng)).collect();
        let mut text = String::with_capacity(MESSAGE_BYTES + 64);
        while text.len() < MESSAGE_BYTES {
            text.extend(few.choose(&mut rng).map(|part| part.as_str()));
        }
        head(&text, MESSAGE_BYTES).to_owned()
    };
    (0..count).map(|_| mixture()).collect()
}
