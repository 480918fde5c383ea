//! A soak test of the real server: clients in all dialects, clients that join and leave, operators, and hostile or mistaken
//! peers, all at once. At the end every reader has received everything once and in order, the journal has stored it, and the
//! server's use of memory, descriptors and disk has not grown.
//!
//! `SALON_SOAK=600 cargo test --test suite soak -- --nocapture` takes ten minutes and prints a table.

mod harm;
mod meter;
mod operator;
mod people;
mod stage;
mod voice;
mod witness;

use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::support::process::{Folder, Salon, TEST_TIMEOUT};
use meter::Meter;
use operator::{Exported, Operator};
use stage::{Phase, Stage};
use voice::Tongue;

/// The default duration, in seconds.
const SECONDS: u64 = 4;

/// The duration from which growth is checked, in seconds.
const LONG: u64 = 60;

const GREETING_DELAY: Duration = Duration::from_millis(1_500);
const NAME_TIMEOUT: Duration = Duration::from_secs(3);

/// How late a deadline may be handled on a busy machine.
const LATE: Duration = Duration::from_secs(2);

/// The maximum size of the folder, in KiB: the retention limit, as much again during deletion, and `SQLite`'s log.
const FOLDER: u64 = 12 * 1_024;

/// Clients that stay: name, dialect, and words per message; `None`: a listener.
const STEADY: [(&str, Tongue, Option<u64>); 14] = [
    ("Ann", Tongue::Line, Some(30)),
    ("Ben", Tongue::Line, Some(100)),
    ("Cal", Tongue::Line, Some(250)),
    ("Dot", Tongue::Line, None),
    ("Eli", Tongue::Eom, Some(30)),
    ("Fay", Tongue::Eom, Some(200)),
    ("Gil", Tongue::Eom, None),
    ("Gus", Tongue::Json, Some(100)),
    ("Guy", Tongue::Json, Some(400)),
    ("Ida", Tongue::Json, None),
    ("Cid", Tongue::Chaty, Some(20)),
    ("Cem", Tongue::Chaty, Some(80)),
    ("Dan", Tongue::Chaty, None),
    ("Dov", Tongue::Chaty, None),
];

#[test]
fn everything_at_once() {
    let seconds = std::env::var("SALON_SOAK").map_or(SECONDS, |text| text.parse().unwrap());
    let data = Folder::new();
    let interval = if seconds < LONG { 1 } else { 5 };
    let every = format!("{interval}s");
    let options = [
        &["--data", data.path().to_str().unwrap(), "--keep", "2m", "--keep-size", "1MiB", "--history", "300"]
            [..],
        &[
            "--host-interval",
            &every,
            "--host-lull",
            "0s",
            "--bots",
            "simple,weather,sport,art",
            "--weather-url",
            "off",
        ],
        &["--chaty-port", "0", "--name-within", "3s", "--send-age", "10s"],
    ]
    .concat();
    let mut salon = Salon::start(&options);
    let line = salon.line("Clients of ChatyChaty connect to port ");
    let chaty = line.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches('.').parse().unwrap();
    let socket = salon.folder.path().join(format!("salon-{}.sock", salon.port));
    let stage = Stage::new(salon.port, chaty);
    let mut meter = Meter::new(salon.id(), data.path());
    let at_first = settled(&meter);

    let (truth, exported) = thread::scope(|scope| {
        let _end = EndsAll(&stage);
        let witness = scope.spawn(|| witness::witness(&stage));
        let steady: Vec<_> = STEADY
            .iter()
            .map(|(name, tongue, count)| scope.spawn(|| people::stays(&stage, name, *tongue, *count)))
            .collect();
        let operator = scope.spawn(|| operator::operate(&stage, &socket));
        let others = come(scope, &stage);
        measure(&stage, &mut meter, seconds);
        stage.enter(Phase::Leaving);
        join(others);
        let exported = operator.join().unwrap();
        stage.enter(Phase::Silent);
        join(steady);
        (witness.join().unwrap(), exported)
    });

    meter.print();
    stage.print();
    for record in &*stage.records.lock().unwrap() {
        let room = if record.tongue == Tongue::Chaty { "chaty" } else { "lobby" };
        truth.rooms[room].judge(record);
    }
    let mut operator = Operator::connect(&socket);
    until(|| match meter.descriptors() {
        // Its own.
        count if count <= at_first + 1 => Ok(()),
        count => Err(format!("{count} descriptors, not {at_first}: {}", operator.order("list")["text"])),
    });
    let (kept, _) = operator.export(0);
    judge_kept(&truth.rooms["lobby"].tokens, exported, &kept);
    for what in ["until a silent newcomer is greeted", "until who gives no name is let go"] {
        let due = if what.contains("greeted") { GREETING_DELAY } else { NAME_TIMEOUT };
        let times = stage.times(what);
        assert!(times.last().is_some_and(|longest| *longest < due + LATE), "{what}: {times:?}");
    }
    judge_host(&stage.times("between two lines of the host"), Duration::from_secs(interval));
    meter.judge(FOLDER);
    drop(operator);
    salon.type_line("exit");
    assert!(salon.wait().success());
}

/// Has all clients end when this is dropped: if one fails, nobody waits for the others for ever.
struct EndsAll<'a>(&'a Stage);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        self.0.enter(Phase::Silent);
    }
}

/// Starts the clients that join and leave.
fn come<'scope>(scope: &'scope Scope<'scope, '_>, stage: &'scope Stage) -> Vec<ScopedJoinHandle<'scope, ()>> {
    let others: [fn(&Stage); 14] = [
        |stage| people::come_and_go(stage, "Kit"),
        |stage| people::come_and_go(stage, "Leo"),
        people::stall,
        people::look_up,
        people::confide,
        people::wander,
        people::come_back,
        harm::flood,
        harm::never_read,
        harm::keep_silent,
        harm::send_garbage,
        harm::mistake_port,
        harm::negotiate,
        harm::half_open,
    ];
    others.into_iter().map(|other| scope.spawn(move || other(stage))).collect()
}

/// Waits until they have ended.
fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Samples the server's resources until the time is over.
fn measure(stage: &Stage, meter: &mut Meter, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let every = Duration::from_secs(if seconds < LONG { 1 } else { 10 });
    while Instant::now() < end {
        stage.pause(every.min(end.saturating_duration_since(Instant::now())));
        meter.look();
    }
}

/// Checks that everything received was stored once and in order, and that the end of it is still stored.
fn judge_kept(truth: &Exported, mut exported: Exported, kept: &Exported) {
    assert!(truth.ends_with(kept), "what is kept is not the last of what was heard");
    let last = exported.last().map_or(0, |(id, _)| *id);
    exported.extend(kept.iter().filter(|(id, _)| *id > last).cloned());
    // Messages from before the witness joined were replayed to it.
    assert!(*truth == exported, "{} are kept of {} that were heard", exported.len(), truth.len());
}

/// Checks that the host speaks on time, each time and on average.
fn judge_host(intervals: &[Duration], due: Duration) {
    let count = u32::try_from(intervals.len()).unwrap();
    assert!(count > 0, "the host speaks");
    assert!(intervals[0] + LATE > due && intervals[intervals.len() - 1] < due + LATE, "{intervals:?}");
    // One that is late counts little among many.
    if count >= 20 {
        let mean = intervals.iter().sum::<Duration>() / count;
        assert!(mean.abs_diff(due) < due / 50, "every {mean:?} on the whole, and not {due:?}");
    }
}

/// The number of descriptors, once all threads have opened their files.
fn settled(meter: &Meter) -> usize {
    let (mut count, mut times) = (meter.descriptors(), 0);
    until(|| {
        let now = meter.descriptors();
        times = if now == count { times + 1 } else { 0 };
        count = now;
        if times < 50 { Err(format!("{now} descriptors, and then others")) } else { Ok(()) }
    });
    count
}

/// Polls until a condition holds.
fn until(mut is_so: impl FnMut() -> Result<(), String>) {
    let end = Instant::now() + TEST_TIMEOUT;
    while let Err(why) = is_so() {
        assert!(Instant::now() < end, "{why}");
        thread::sleep(Duration::from_millis(10));
    }
}
