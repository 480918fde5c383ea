//! Whatever comes from outside, from peers, servers, operators, files and keyboards: any bytes of it harm nobody.
//!
//! Each target is tried with its stored corpus, `tests/corpus`, which a fuzzer has found to lead everywhere (see `.fuzz`),
//! and with mutations of it; with `SALON_FUZZ=600` in the environment, for ten minutes of new ones. What takes long to read is
//! looked for too: `slow.rs`.

mod mutations;
mod readers;
mod slow;
mod targets;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mutations::Mutations;
use rustix::time::{ClockId, clock_gettime};
use targets::TARGETS;

/// Mutations that are tried of each target unless there is a time for it.
const MUTATIONS: usize = 300;

#[test]
fn any_bytes_harm_nobody() {
    let time = std::env::var("SALON_FUZZ").ok().map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let share = time.map(|time| time / u32::try_from(TARGETS.len()).unwrap());
    let seed = share.map_or(0, |_| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let mut failures = Vec::new();
    for (name, run) in TARGETS {
        let corpus = corpus(name);
        let (start, mut tried) = (Instant::now(), 0);
        let mutations = Mutations::new(&corpus, seed).take_while(|_| {
            tried += 1;
            share.map_or(tried <= MUTATIONS, |share| start.elapsed() < share)
        });
        // Shown as it is, so that it can become a file of the corpus.
        let failing =
            corpus.iter().cloned().chain(mutations).find(|input| catch_unwind(|| run(input)).is_err());
        failures.extend(failing.map(|input| format!("{name}: b\"{}\"", input.escape_ascii())));
        println!("{name}: {} inputs and {tried} mutations, {:?}", corpus.len(), start.elapsed());
    }
    assert!(failures.is_empty(), "these inputs fail:\n{}", failures.join("\n"));
}

/// What makes who looks at something again and again look most often.
const REPEATED: [&[u8]; 22] = [
    b"a",
    b"a ",
    b"in ",
    b"A, ",
    b"what about ",
    b"weather in a ",
    b"Ann ",
    b"@art ",
    b"?",
    b"a.b",
    b"a's ",
    b"\xcc\x81",
    b"::EOMsg",
    b"Ann: ",
    b"\r",
    b"\xff",
    b"\xff\xfa",
    b"[",
    b")",
    b"http://",
    b"\"\\",
    b"\n",
];

/// How long they are at first, in bytes, and how many times longer then.
const LENGTHS: [(&str, usize); 8] = [
    ("analysis", 512),
    ("asks", 3_072),
    ("bans", 1_024),
    ("bots", 512),
    ("decoder", 16_384),
    ("lines", 512),
    ("names", 1_024),
    ("splitter", 16_384),
];
const LONGER: u32 = 8;

#[test]
fn time_grows_with_the_bytes_and_not_faster() {
    for (name, length) in LENGTHS {
        let (_, run) = TARGETS.into_iter().find(|target| target.0 == name).unwrap();
        for unit in REPEATED {
            let time = |length: usize| {
                let input = unit.repeat(length / unit.len());
                let time = || {
                    let start = own_time();
                    run(&input);
                    own_time().saturating_sub(start)
                };
                (0..3).map(|_| time()).min().unwrap()
            };
            let (short, long) = (time(length), time(length * LONGER as usize));
            // In a square it would be 64 times as much.
            let limit = short * LONGER * 3 + Duration::from_millis(3);
            assert!(
                long < limit,
                "{name} takes {short:?} and then {long:?} for {:?}",
                unit.escape_ascii().to_string()
            );
        }
    }
}

/// How long this thread has run, whatever else the machine has to do.
fn own_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// The stored inputs of a target, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}
