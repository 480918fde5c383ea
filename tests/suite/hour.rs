//! All four rooms busy at once, with hosted and outside bots, for a virtual hour: every member of a room heard the same
//! messages in the same order, nobody heard another room's, and each room's rules held throughout.
//!
//! What was heard is judged by itself: nothing here asks the hub who is where. `SALON_HOURS=200 cargo test hour` runs so
//! many hours, each from a seed of its own, and `SALON_HOUR=17` just that one.

pub mod audible;
mod ears;
pub mod hearing;
mod judge;
pub mod record;
pub mod rules;
mod stage;
mod words;

use std::time::Duration;

use stage::Stage;
use words::{ANSWERERS, LISTENERS};

/// Hours that are run unless told otherwise.
const HOURS: u64 = 8;

const HOUR: Duration = Duration::from_secs(3600);

/// What came of an hour.
#[derive(Debug, Default)]
#[expect(dead_code, reason = "it is printed")]
struct Tally {
    messages: usize,
    connections: usize,
    rounds: usize,
    games: usize,
}

fn hour(seed: u64) -> Tally {
    let mut stage = Stage::new(seed);
    stage.run(HOUR);
    judge::judge(&stage.parts(), &stage.record).unwrap_or_else(|why| panic!("{why}"));
    let outside: Vec<&str> = ANSWERERS.iter().chain(&LISTENERS).map(|(name, _)| *name).collect();
    let mut tally =
        Tally { messages: stage.record.count(), connections: stage.sessions.len(), ..Tally::default() };
    for room in stage.record.rooms() {
        let played = rules::check(room, stage.record.thread(room), &outside, &stage.unseated);
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
