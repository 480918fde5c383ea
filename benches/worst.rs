//! The worst that anybody can say: what each reader of a peer's text makes of the longest message, for the texts that take
//! it most looking at.
//!
//! For each reader, the slowest of all texts is looked for first, and then measured. Each has [`MESSAGE_BYTES`], and so
//! what is reported is the time for 4 KiB, which is to be below [`BOUND`] on a machine that has nothing else to do; what is
//! not is shown with a `!`. Hosts and bots are given what the hub gives them: the beginning. A name's likeness is asked of
//! names alone.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use bytes::BytesMut;
use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use salon::base::likeness::Likeness;
use salon::base::limits::{HEARD_BYTES, MESSAGE_BYTES, NAME_CHARS, NAMES_TOLD_TO_BOTS};
use salon::base::name::{Name, NameKey};
use salon::base::text::{clean, head};
use salon::bots::analysis::analyse;
use salon::bots::{Cast, Character, Chatterer, Speaker, bare_choice, wishes};
use salon::chat::{parse_ban, parse_mute};
use salon::hosts::{Host, KINDS, Said, Setup, initiators};
use salon::proto::{Entry, Event, Kind, News, Who};
use salon::weather::cities;
use salon::wire::chaty::Splitter;
use salon::wire::{Decoder, Dialect};

/// What a message of 4 KiB may take.
const BOUND: Duration = Duration::from_micros(200);

/// How many of the slowest texts are shown for each reader.
const SHOWN: usize = 3;

/// What is said again and again until a message is full.
const PARTS: &[&str] = &[
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
];

/// Texts of the length of a message.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> =
        PARTS.iter().map(|part| (format!("{part:?}"), part.repeat(MESSAGE_BYTES / part.len()))).collect();
    // Names of those who are there, each once, and then one of them again and again.
    let all: String = crowd().iter().flat_map(|name| [name.as_str(), " "]).collect();
    for part in ["a ", "a a a a b ", "a_a_a_a ", "x1 "] {
        let rest = MESSAGE_BYTES - all.len();
        texts.push((format!("all names, {part:?}"), all.clone() + &part.repeat(rest / part.len())));
    }
    // As many different words as there can be.
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

/// Those who are there, with names that are as much alike as can be.
fn crowd() -> Vec<String> {
    let mut names = vec!["bob".to_owned()];
    names.extend((1..=8).map(|n| vec!["a"; 2 * n].join("_")));
    names.extend((1..=7).map(|n| "a".repeat(2 * n - 1)));
    names.truncate(NAMES_TOLD_TO_BOTS);
    names.extend(Character::ALL.map(|character| character.name().to_owned()));
    names
}

type Reader = (&'static str, Box<dyn FnMut(&str)>);

#[expect(clippy::too_many_lines, reason = "a table with a row for each reader")]
fn readers() -> Vec<Reader> {
    let own = Name::parse("Ann").expect("a name");
    let who = Who { name: own.clone(), kind: Kind::Person };
    let mut readers: Vec<Reader> = vec![
        ("cleaning", Box::new(|text| drop(black_box(clean(text.as_bytes()))))),
        ("decoder", Box::new(decode)),
        ("splitter", Box::new(split)),
        ("name", Box::new(|text| drop(black_box(Name::parse(text))))),
        ("name's key", Box::new(|text| drop(black_box(NameKey::of(text))))),
        (
            "likeness",
            Box::new(|text| {
                let name: String = text.chars().take(NAME_CHARS).collect();
                drop(black_box(Likeness::of(&name)));
            }),
        ),
        ("ban", Box::new(|text| drop(black_box((parse_ban(text), parse_mute(text)))))),
        (
            "place",
            Box::new(|text| {
                black_box(cities::parse(text));
            }),
        ),
        (
            "wishes",
            Box::new(|text| {
                let text = head(text, HEARD_BYTES);
                drop(black_box((wishes(text), bare_choice(text))));
            }),
        ),
        (
            "analysis, bots alone",
            Box::new(|text| {
                let present = Character::ALL.map(Character::name);
                drop(black_box(analyse(text, &present)));
            }),
        ),
        ("analysis, with a crowd", {
            let names = crowd();
            Box::new(move |text| {
                let present: Vec<&str> = names.iter().map(String::as_str).collect();
                drop(black_box(analyse(text, &present)));
            })
        }),
        (
            "cast",
            Box::new(|text| {
                let now = Instant::now();
                let mut cast = Cast::new(1);
                for character in Character::ALL {
                    cast.start(character, character.name());
                }
                cast.said(
                    Speaker::Person("Ann"),
                    head(text, HEARD_BYTES),
                    &Character::ALL.map(Character::name),
                    2,
                    now,
                );
                black_box(cast.poll(now));
            }),
        ),
    ];
    {
        let mut mind = Chatterer::Bob.mind();
        let mut rng = StdRng::seed_from_u64(1);
        readers.push((
            "chatterer",
            Box::new(move |text| drop(black_box(mind.answer(head(text, HEARD_BYTES), &mut rng)))),
        ));
    }
    for dialect in Dialect::ALL {
        let own = own.clone();
        let name: &'static str =
            ["request, eom", "request, line", "request, json", "request, chaty"][dialect.index()];
        readers.push((name, Box::new(move |text| drop(black_box(dialect.request(text, Some(&own)))))));
        let who = who.clone();
        let name: &'static str =
            ["encoder, eom", "encoder, line", "encoder, json", "encoder, chaty"][dialect.index()];
        readers.push((
            name,
            Box::new(move |text| {
                let news = News::Said { who: who.clone(), text: text.into() };
                let entry = Entry { room: "lobby".into(), id: 1, time: SystemTime::UNIX_EPOCH, news };
                let mut out = BytesMut::new();
                dialect.encode(&Event::New(entry), &mut out);
                black_box(out);
            }),
        ));
    }
    for kind in KINDS {
        let (mut host, now) = settled(kind, &who);
        let who = who.clone();
        readers.push((
            kind.style.kind,
            Box::new(move |text| {
                host.said(
                    &Said {
                        by: Some(&who),
                        read: &|| Some(head(text, HEARD_BYTES)),
                        is_act: false,
                        named: &Vec::new,
                    },
                    now,
                );
                while black_box(host.poll()).is_some() {}
            }),
        ));
    }
    readers
}

/// A room's host that has some people, and waits for what they say.
fn settled(kind: &salon::hosts::RoomKind, who: &Who) -> (Box<dyn Host>, Instant) {
    let setup = Setup {
        initiators: initiators::built_in().into_iter().map(Into::into).collect(),
        interval: None,
        bots: Character::ALL.to_vec(),
        seed: 1,
    };
    let mut host = (kind.host)(&setup, kind.style.kind);
    let now = Instant::now();
    host.due(now);
    host.came(who, now);
    for name in ["Bob", "Carl", "Dan", "Eve"] {
        let who = Who { name: Name::parse(name).expect("a name"), kind: Kind::Person };
        host.came(&who, now);
        let _ = host.command(&who, "follow", "", now);
    }
    (host, now)
}

fn decode(text: &str) {
    let mut decoder = Decoder::default();
    decoder.feed(text.as_bytes());
    while black_box(decoder.next_frame()).is_some() {}
}

fn split(text: &str) {
    let (mut splitter, now) = (Splitter::default(), Instant::now());
    splitter.feed(b"Ann\n", now);
    splitter.feed(text.as_bytes(), now);
    while black_box(splitter.next_frame(now)).is_some() {}
}

/// The least that it takes.
fn least(reader: &mut dyn FnMut(&str), text: &str, tries: usize) -> Duration {
    let once = |_| {
        let start = Instant::now();
        reader(text);
        start.elapsed()
    };
    (0..tries).map(once).min().unwrap_or_default()
}

fn benches(criterion: &mut Criterion) {
    let texts = texts();
    let mut group = criterion.benchmark_group("worst");
    group
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20);
    for (name, mut reader) in readers() {
        reader("the tables are made now");
        let mut times: Vec<(Duration, usize)> =
            texts.iter().enumerate().map(|(n, (_, text))| (least(&mut reader, text, 5), n)).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        for (time, n) in times.iter().take(SHOWN) {
            let mark = if *time > BOUND { "!" } else { "" };
            println!("{name:<26}{:>40}{time:>12.1?}{mark}", texts[*n].0);
        }
        if let Some((_, n)) = times.first() {
            group.bench_function(format!("{name}: {}", texts[*n].0), |b| b.iter(|| reader(&texts[*n].1)));
        }
    }
    group.finish();
}

criterion_group!(worst, benches);
criterion_main!(worst);
