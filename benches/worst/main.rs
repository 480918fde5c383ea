//! The worst case of each reader of text: how long it takes with the longest message, for the most expensive texts.
//!
//! For each reader, the bench first finds the slowest texts and then measures them. Each has [`MESSAGE_BYTES`], so the
//! result is the time for 4 KiB. It has to be below [`BOUND`] on an idle machine; anything slower is marked with a
//! `!`. Hosts and bots get what the hub gives them: the beginning. Confusable names are looked up for names only.
//!
//! After that come texts that were not read before, each once: the 99th percentile.

mod hosts;
mod texts;

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use bytes::BytesMut;
use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rustix::time::{ClockId, clock_gettime};
use salon::base::confusables::Confusable;
use salon::base::limits::{BANS, BOT_INPUT_BYTES, MENTIONS, NAME_CHARS};
use salon::base::name::{Name, NameKey};
use salon::base::text::{head, sanitize};
use salon::bots::analysis::analyse;
use salon::bots::{Cast, Character, KeywordBot, Speaker, numbered, ordered, parse_order};
use salon::chat::{Bans, Mutes, parse_ban, parse_mute};
use salon::proto::{Event, Kind, LogEntry, MemberInfo, RoomEvent};
use salon::weather::cities;
use salon::wire::chaty::ChatyFramer;
use salon::wire::{Decoder, Dialect};

/// The time limit for a message of 4 KiB.
const BOUND: Duration = Duration::from_micros(200);

/// How many of the slowest texts are shown for each reader.
const SHOWN: usize = 3;

/// How many new texts are read.
const FRESH: usize = 2_000;

/// Members whose names are as confusable as possible.
fn crowd() -> Vec<String> {
    let mut names = vec!["bob".to_owned()];
    names.extend((1..=8).map(|n| vec!["a"; 2 * n].join("_")));
    names.extend((1..=7).map(|n| "a".repeat(2 * n - 1)));
    names.truncate(MENTIONS);
    names.extend(Character::ALL.map(|character| character.name().to_owned()));
    names
}

/// The CPU time of this thread, whatever else the machine does.
fn own_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// Reads a text, and returns how long that took.
type Read = Box<dyn FnMut(&str) -> Duration>;

type Reader = (&'static str, Read);

/// Times a function of a text.
fn timed(mut read: impl FnMut(&str) + 'static) -> Read {
    Box::new(move |text| {
        let start = own_time();
        read(text);
        own_time().saturating_sub(start)
    })
}

fn readers() -> Vec<Reader> {
    let own = Name::parse("Ann").expect("a name");
    let who = MemberInfo { name: own.clone(), kind: Kind::Person };
    let mut readers: Vec<Reader> = vec![
        ("cleaning", timed(|text| drop(black_box(sanitize(text.as_bytes()))))),
        ("decoder", timed(decode)),
        ("splitter", timed(split)),
        ("name", timed(|text| drop(black_box(Name::parse(text))))),
        ("name's key", timed(|text| drop(black_box(NameKey::of(text))))),
        (
            "confusable",
            timed(|text| {
                let name: String = text.chars().take(NAME_CHARS).collect();
                drop(black_box(Confusable::of(&name)));
            }),
        ),
        ("ban", timed(|text| drop(black_box((parse_ban(text), parse_mute(text)))))),
        (
            "place",
            timed(|text| {
                black_box(cities::parse(text));
            }),
        ),
        (
            "parse_order",
            timed(|text| {
                let text = head(text, BOT_INPUT_BYTES);
                drop(black_box((parse_order(text), ordered(text), numbered(text))));
            }),
        ),
        (
            "analysis, bots alone",
            timed(|text| {
                let present = Character::ALL.map(Character::name);
                drop(black_box(analyse(text, &present)));
            }),
        ),
        ("analysis, with a crowd", {
            let names = crowd();
            timed(move |text| {
                let present: Vec<&str> = names.iter().map(String::as_str).collect();
                drop(black_box(analyse(text, &present)));
            })
        }),
    ];
    {
        let mut responder = KeywordBot::Bob.responder();
        let mut rng = StdRng::seed_from_u64(1);
        readers.push(("cast", cast()));
        readers.push((
            "keyword bot",
            timed(move |text| {
                drop(black_box(responder.answer(head(text, BOT_INPUT_BYTES), Instant::now(), &mut rng)));
            }),
        ));
    }
    for dialect in Dialect::ALL {
        let own = own.clone();
        let name: &'static str =
            ["request, eom", "request, line", "request, json", "request, chaty", "request, irc"]
                [dialect.index()];
        readers.push((name, timed(move |text| drop(black_box(dialect.request(text, Some(&own)))))));
        let who = who.clone();
        let name: &'static str =
            ["encoder, eom", "encoder, line", "encoder, json", "encoder, chaty", "encoder, irc"]
                [dialect.index()];
        readers.push((
            name,
            timed(move |text| {
                let event = RoomEvent::Said { who: who.clone(), text: text.into() };
                let entry = LogEntry {
                    room: "lobby".into(),
                    id: 1,
                    time: SystemTime::UNIX_EPOCH,
                    event,
                    edited: None,
                };
                let mut out = BytesMut::new();
                dialect.encoding().encode(&Event::Live(entry), &mut out);
                black_box(out);
            }),
        ));
    }
    readers.extend(hosts::readers());
    readers.push(measures());
    readers
}

/// The bots of a lobby, which get one message after the other.
fn cast() -> Read {
    let (mut cast, mut now) = (Cast::new(1), Instant::now());
    for character in Character::ALL {
        cast.start(character, character.name());
    }
    timed(move |text| {
        now += hosts::PAUSE;
        let text = head(text, BOT_INPUT_BYTES);
        cast.said(Speaker::Person("Ann"), text, &Character::ALL.map(Character::name), 2, now);
        while black_box(cast.poll(now)).is_some() {}
    })
}

/// Whether a member may join and speak, with as many bans and mutes as there can be.
fn measures() -> Reader {
    let (mut bans, mut mutes, now) = (Bans::default(), Mutes::default(), SystemTime::UNIX_EPOCH);
    for n in 0..BANS {
        let target =
            if n % 2 == 0 { format!("p{n}") } else { format!("10.{}.{}.0/{}", n / 256, n % 256, 8 + n % 24) };
        bans.ban(parse_ban(&format!("{target} for good")).expect("a ban"), now).expect("room for it");
        mutes.mute(parse_mute(&format!("p{n} for 1h")).expect("a mute"), now).expect("room for it");
    }
    let address = "10.255.0.1".parse().expect("an address");
    let name = Name::parse("Nobody").expect("a name");
    let looks = Confusable::of(name.as_str());
    let look_up = move |_: &str| {
        black_box((bans.verdict_on_name(&name, now), bans.verdict_on_address(address, now)));
        black_box(mutes.verdict(&looks, now));
    };
    ("1,000 bans and mutes", timed(look_up))
}

fn decode(text: &str) {
    let mut decoder = Decoder::default();
    decoder.feed(text.as_bytes());
    while black_box(decoder.next_frame()).is_some() {}
}

fn split(text: &str) {
    let (mut framer, now) = (ChatyFramer::default(), Instant::now());
    framer.feed(b"Ann\n", now);
    framer.feed(text.as_bytes(), now);
    while black_box(framer.next_frame(now)).is_some() {}
}

/// The shortest time of several tries.
fn least(read: &mut Read, text: &str, tries: usize) -> Duration {
    (0..tries).map(|_| read(text)).min().unwrap_or_default()
}

fn benches(criterion: &mut Criterion) {
    let (texts, fresh) = (texts::texts(&crowd()), texts::mixtures(FRESH, 1));
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
        let mark = |time: Duration| if time > BOUND { "!" } else { "" };
        for (time, n) in times.iter().take(SHOWN) {
            println!("{name:<26}{:>40}{time:>12.1?}{}", texts[*n].0, mark(*time));
        }
        let mut once: Vec<Duration> = fresh.iter().map(|text| least(&mut reader, text, 1)).collect();
        once.sort_unstable();
        let most = once[FRESH * 99 / 100];
        println!("{name:<26}{:>40}{most:>12.1?}{}", "read for the first time", mark(most));
        if let Some((_, n)) = times.first() {
            group.bench_function(format!("{name}: {}", texts[*n].0), |b| {
                b.iter_custom(|times| (0..times).map(|_| reader(&texts[*n].1)).sum());
            });
        }
    }
    group.finish();
}

criterion_group!(worst, benches);
criterion_main!(worst);
