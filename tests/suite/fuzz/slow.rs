//! Texts that take long to read: looked for by climbing. What costs most of so many mutations is mutated next.
//!
//! In the suite, cost is what a reader allocates, in bytes: it does not depend on what else the machine does. The climb is
//! short, and at its end nothing may cost more than a few times its length, nor grow faster than it.
//!
//! `SALON_SLOW=600 cargo test --release --test suite climb -- --nocapture` climbs for ten minutes by the time that reading takes
//! instead, shows the slowest texts, and fails if one of 4 KiB takes longer than its bound. What it finds belongs into
//! `benches/worst/texts.rs`. (Time in the suite is compared too, for texts that are known: see `fuzz.rs`.)

use std::time::{Duration, Instant};

use salon::base::limits::{BOT_INPUT_BYTES, MESSAGE_BYTES};

use super::mutations::Mutations;
use super::readers::{READERS, Reader};
use super::{REPEATED, corpus, own_time};

/// What is mutated next: the costliest.
const KEPT: usize = 8;

/// How many mutations are tried before these are chosen anew.
const TRIED: usize = 32;

/// How often they are chosen anew in the suite.
const ROUNDS: u64 = 6;

/// What reading may allocate for each byte read, and besides, in bytes. Each line of one byte becomes a message, and each word a
/// string; a field of a program's is read four times.
const ALLOCATED_PER_BYTE: u64 = 256;
const ALLOCATED: u64 = 256 * 1024;

/// What a text of [`MESSAGE_BYTES`] may take.
const TIME: Duration = Duration::from_micros(200);

#[test]
fn a_climb_to_what_takes_long_to_read_ends_low() {
    let time = std::env::var("SALON_SLOW").ok().map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let share = time.map(|time| time / u32::try_from(READERS.len()).unwrap());
    let failures: Vec<String> = READERS
        .iter()
        .filter_map(|reader| share.map_or_else(|| by_memory(reader), |share| by_time(reader, share)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with the costliest texts of a short climb.
fn by_memory(reader: &Reader) -> Option<String> {
    let (name, _, read) = reader;
    // Tables that are made once are nobody's cost.
    read("weather in Oslo");
    let cost = |text: &str| allocation_counter::measure(|| read(text)).bytes_total;
    let (pool, costs) = climb(reader, |round| round < ROUNDS, cost);
    let too_much = pool.iter().zip(costs).find(|(unit, short)| {
        let (bytes, twice) = (MESSAGE_BYTES as u64, cost(&filled(unit, 2 * MESSAGE_BYTES)));
        *short > ALLOCATED + bytes * ALLOCATED_PER_BYTE || twice > 3 * short + BOT_INPUT_BYTES as u64
    });
    too_much.map(|(unit, short)| {
        let twice = cost(&filled(unit, 2 * MESSAGE_BYTES));
        format!(
            "{name}: {short} bytes are allocated, and {twice} for twice as much of b\"{}\"",
            unit.escape_ascii()
        )
    })
}

/// What is wrong with the slowest texts of a long one.
fn by_time(reader: &Reader, share: Duration) -> Option<String> {
    let (name, _, read) = reader;
    let start = Instant::now();
    let cost = |text: &str| {
        let time = || {
            let start = own_time();
            read(text);
            own_time().saturating_sub(start)
        };
        (0..3).map(|_| time()).min().unwrap()
    };
    let (pool, costs) = climb(reader, |_| start.elapsed() < share, cost);
    let (slowest, most) = (&pool[0], costs[0]);
    println!("{name}: {most:?} for b\"{}\" again and again", slowest.escape_ascii());
    (most > TIME && !cfg!(debug_assertions)).then(|| format!("{name} takes {most:?}"))
}

/// The costliest texts, and what each costs, after as many rounds as `goes_on` says.
fn climb<C: Copy + Ord>(
    (_, target, _): &Reader,
    goes_on: impl Fn(u64) -> bool,
    cost: impl Fn(&str) -> C,
) -> (Vec<Vec<u8>>, Vec<C>) {
    let first = corpus(target).into_iter().chain(REPEATED.map(<[u8]>::to_vec));
    let mut pool: Vec<(C, Vec<u8>)> = first.map(|unit| (cost(&filled(&unit, MESSAGE_BYTES)), unit)).collect();
    let mut round = 0;
    while goes_on(round) {
        pool.sort_by(|(a, _), (b, _)| b.cmp(a));
        pool.truncate(KEPT);
        let units: Vec<Vec<u8>> = pool.iter().map(|(_, unit)| unit.clone()).collect();
        let mutations = Mutations::new(&units, round).take(TRIED);
        pool.extend(mutations.map(|unit| (cost(&filled(&unit, MESSAGE_BYTES)), unit)));
        round += 1;
    }
    pool.sort_by(|(a, _), (b, _)| b.cmp(a));
    pool.truncate(KEPT);
    pool.into_iter().map(|(cost, unit)| (unit, cost)).unzip()
}

/// A text of so many bytes, or a little less: `unit` again and again, and as much as fits of a long one.
fn filled(unit: &[u8], bytes: usize) -> String {
    let unit = String::from_utf8_lossy(unit);
    let text = unit.repeat(bytes / unit.len().max(1) + 1);
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}
