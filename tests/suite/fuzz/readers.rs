//! Whoever reads a peer's text in the loop, each given one text of any length: what is slow to read is looked for with these.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use salon::base::confusables::Confusable;
use salon::base::limits::{BOT_INPUT_BYTES, NAME_CHARS};
use salon::base::name::{Name, NameKey};
use salon::base::past_time;
use salon::base::text::{head, sanitize};
use salon::bots::analysis::analyse;
use salon::bots::{Cast, Character, KeywordBot, Speaker, numbered, ordered, parse_order};
use salon::chat::{parse_ban, parse_mute};
use salon::weather::cities;
use salon::wire::chaty::ChatyFramer;
use salon::wire::{Decoder, Dialect};

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A reader: its name, the target whose corpus it begins with, and what it does with a text.
pub type Reader = (&'static str, &'static str, fn(&str));

/// All of them.
pub const READERS: [Reader; 13] = [
    ("cleaning", "decoder", |text| drop(black_box(sanitize(text.as_bytes())))),
    ("decoder", "decoder", decode),
    ("splitter", "splitter", split),
    ("a program's line", "asks", |text| drop(black_box(Dialect::Json.request(text, None)))),
    ("a program's fields", "names", fields),
    ("a person's line", "names", line),
    ("a name", "names", |text| drop(black_box((Name::parse(text), NameKey::of(text))))),
    ("confusable", "names", |text| {
        drop(black_box(Confusable::of(&text.chars().take(NAME_CHARS).collect::<String>())));
    }),
    ("a sanction", "bans", |text| drop(black_box((parse_ban(text), parse_mute(text))))),
    ("a time", "bans", |text| {
        let _ = black_box(past_time::parse(text, SystemTime::UNIX_EPOCH));
    }),
    ("a place", "analysis", |text| {
        let _ = black_box(cities::parse(text));
    }),
    ("bots", "bots", cast),
    ("orders", "bots", |text| {
        let text = head(text, BOT_INPUT_BYTES);
        drop(black_box((parse_order(text), ordered(text), numbered(text))));
    }),
];

fn decode(text: &str) {
    let mut decoder = Decoder::default();
    decoder.feed(text.as_bytes());
    while black_box(decoder.next_frame()).is_some() {}
}

fn split(text: &str) {
    let (mut splitter, now) = (ChatyFramer::default(), Instant::now());
    splitter.feed(b"Ann\n", now);
    splitter.feed(text.as_bytes(), now);
    while black_box(splitter.next_frame(now)).is_some() {}
}

/// The text in each field that a program can fill with one.
fn fields(text: &str) {
    let text = serde_json::to_string(text).unwrap();
    for line in [
        format!("{{\"type\":{text}}}"),
        format!("{{\"type\":\"hello\",\"version\":1,\"name\":{text},\"token\":{text}}}"),
        format!("{{\"type\":\"say\",\"room\":{text},\"text\":{text}}}"),
        format!("{{\"type\":\"command\",\"room\":{text},\"name\":{text},\"rest\":{text}}}"),
    ] {
        black_box(Dialect::Json.request(&line, None));
    }
}

fn line(text: &str) {
    let own = Name::parse("Ann").unwrap();
    for dialect in [Dialect::Eom, Dialect::Line, Dialect::Chaty] {
        black_box((dialect.request(text, None), dialect.request(text, Some(&own))));
    }
}

fn cast(text: &str) {
    let (text, now) = (head(text, BOT_INPUT_BYTES), Instant::now());
    let mut cast = Cast::new(1);
    for character in Character::ALL {
        cast.start(character, character.name());
    }
    let names = Character::ALL.map(Character::name);
    cast.said(Speaker::Person("Ann"), text, &names, 2, now);
    black_box((cast.poll(now + Duration::from_secs(10)), analyse(text, &names)));
    let mut rng = StdRng::seed_from_u64(1);
    black_box(KeywordBot::Bob.responder().answer(text, now, &mut rng));
}
