//! All four rooms busy at once, with hosted and outside bots, for a virtual hour: all members of a room receive the same messages
//! in the same order and none of another room, and each room's rules hold.
//!
//! The checks use only what clients received, not the hub's state. `SALON_HOURS=200 cargo test hour` is the number of hours, each
//! with its own seed; `SALON_HOUR=17` runs only that one.

pub mod audible;
mod ears;
pub mod hearing;
pub mod irc;
mod judge;
pub mod record;
pub mod rules;
mod stage;
mod table;
mod words;

use std::time::Duration;

use stage::Stage;
use words::{ANSWERERS, LISTENERS};

/// The default number of hours.
const HOURS: u64 = 8;

const HOUR: Duration = Duration::from_secs(3600);

/// The totals of an hour.
#[derive(Debug, Default)]
#[expect(dead_code, reason = "it is printed")]
struct Tally {
    messages: usize,
    connections: usize,
    rounds: usize,
    games: usize,
}

fn hour(seed: u64) -> Tally {
    // In every other hour the rounds are classic ones.
    let is_classic = seed % 2 == 1;
    let mut stage = Stage::new(seed, is_classic);
    stage.run(HOUR);
    judge::judge(&stage.parts(), &stage.record, is_classic).unwrap_or_else(|why| panic!("{why}"));
    let outside: Vec<&str> = ANSWERERS.iter().chain(&LISTENERS).map(|(name, _)| *name).collect();
    let mut tally =
        Tally { messages: stage.record.count(), connections: stage.sessions.len(), ..Tally::default() };
    for room in stage.record.rooms() {
        let played = rules::check(room, is_classic, stage.record.thread(room), &outside, &stage.unseated);
        let played = played.unwrap_or_else(|why| panic!("{why}"));
        tally.rounds += if room == "round" { played } else { 0 };
        tally.games += if room == "thrones" { played } else { 0 };
    }
    tally
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn an_hour_in_all_four_rooms() {
    let seeds = number("SALON_HOUR").map_or(0..number("SALON_HOURS").unwrap_or(HOURS), |seed| seed..seed + 1);
    let faults: Vec<u64> = seeds
        .filter(|seed| {
            let tally = std::panic::catch_unwind(|| hour(*seed));
            println!("seed {seed}: {tally:?}");
            tally.is_err()
        })
        .collect();
    assert!(faults.is_empty(), "hours of these seeds went wrong: {faults:?}");
}
