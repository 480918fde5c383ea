//! What retention deletes when clocks jump.

use std::time::UNIX_EPOCH;

use super::*;
use crate::journal::disk::append;
use crate::journal::disk::folder::Folder;
use crate::journal::disk::load::{self, RestoreLimits};
use crate::journal::disk::open::{self, OpenOptions};
use crate::journal::disk::tests::Scratch;
use crate::journal::{Batch, Message, Record};
use crate::proto::Manner;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

/// A file with a message on each of forty days, the last twelve hours ago.
struct Forty {
    scratch: Scratch,
    now: Instant,
    today: SystemTime,
}

/// The file while a server runs on it.
struct Run<'a> {
    forty: &'a Forty,
    connection: Connection,
    index: Index,
    sweep: RetentionSweep,
    restored: usize,
    _folder: Folder,
}

impl Forty {
    fn new() -> Forty {
        let forty =
            Forty { scratch: Scratch::new(), now: Instant::now(), today: UNIX_EPOCH + DAY * 20_000 + HOUR };
        let said = |id: u32| {
            let (stream, time) = (StreamId(1), forty.today - HOUR * 12 - DAY * (40 - id));
            Record::Message(Message {
                stream,
                id: id.into(),
                time,
                by: None,
                manner: Manner::Speech,
                text: "x".repeat(500),
                is_edited: false,
            })
        };
        let mut records = vec![Record::StreamOpened { stream: StreamId(1), room: "lobby".into() }];
        records.extend((1..=40).map(said));
        let mut run = forty.run(Duration::ZERO, None);
        append::append(&mut run.connection, &Index::default(), [&Batch { number: 1, records }].into_iter())
            .unwrap();
        run.connection.execute_batch("DELETE FROM age_clock").unwrap();
        drop(run);
        forty
    }

    /// Starts a server after this time.
    fn run(&self, later: Duration, keep: Option<Duration>) -> Run<'_> {
        let folder = Folder::open(&self.scratch.0).unwrap();
        let tail = RestoreLimits { messages: 100, bytes: usize::MAX, keep };
        let options = OpenOptions { durable: false, migrations: schema::MIGRATIONS, restore: tail };
        let opened = open::open(&folder, options, self.today + later).unwrap();
        let mut connection = opened.connection.unwrap();
        // The test's monotonic clock starts now.
        let stood = opened.clock.time_to_store();
        let clock = AgeClock::new(Some(stood), keep, (self.now, self.today + later));
        let index = Index::open(&mut connection).unwrap();
        let tail = opened.restored.streams.first().map_or(0, |stream| stream.messages.len());
        let sweep = RetentionSweep::new(keep, u64::MAX, clock);
        Run { forty: self, connection, index, sweep, restored: tail, _folder: folder }
    }
}

impl Run<'_> {
    fn at(&self, passed: Duration, wall: Duration) -> (Instant, SystemTime) {
        (self.forty.now + passed, self.forty.today + wall)
    }

    /// Sweeps after this time on the monotonic and the wall clock. Returns how many messages are left.
    fn sweep(&mut self, passed: Duration, wall: Duration) -> usize {
        let at = self.at(passed, wall);
        while self.sweep.step(&mut self.connection, &self.index, 0, at).unwrap() {}
        self.connection.query_row("SELECT count(*) FROM messages", [], |row| row.get::<_, u32>(0)).unwrap()
            as usize
    }

    fn pending_confirmation(&self) -> String {
        self.sweep.pending_confirmation(&self.connection).unwrap().unwrap_or_default()
    }
}

#[test]
fn what_grows_old_goes_and_the_log_is_told() {
    let forty = Forty::new();
    let mut run = forty.run(Duration::ZERO, Some(KEEP));
    assert_eq!(run.restored, 30);
    assert_eq!(run.sweep(Duration::ZERO, Duration::ZERO), 30);
    // The log is written now and then.
    run.sweep.logged_at = Some(forty.now + DAY * 9);
    assert_eq!(run.sweep(DAY * 5, DAY * 5), 25);
    let lines = run.sweep.lines().join("\n");
    assert!(lines.starts_with("retention deleted 5 messages, said from "), "{lines}");
    assert!(lines.ends_with(", as they were older than 30 days (--keep)"), "{lines}");
    assert_eq!((run.sweep.lines(), run.pending_confirmation()), (vec![], String::new()));
    // The file as it is shrinks to almost nothing.
    run.sweep.keep_bytes = 1;
    assert_eq!(run.sweep(DAY * 5, DAY * 5), 0);
    assert!(run.sweep.lines()[0].contains("no more than 1 bytes (--keep-size)"));
}

#[test]
fn a_jump_of_the_clock_deletes_nothing_until_it_is_confirmed() {
    let forty = Forty::new();
    let mut run = forty.run(Duration::ZERO, Some(KEEP));
    assert_eq!(run.sweep(Duration::ZERO, Duration::ZERO), 30);
    let jumped = |minutes| (MINUTE * minutes, DAY * 400 + MINUTE * minutes);
    for minute in 1..10 {
        let (passed, wall) = jumped(minute);
        assert_eq!(run.sweep(passed, wall), 30);
    }
    let pending_confirmation = run.pending_confirmation();
    assert!(
        pending_confirmation.contains("400 days") || pending_confirmation.contains("399 days"),
        "{pending_confirmation}"
    );
    assert!(pending_confirmation.contains("type: retention confirm"), "{pending_confirmation}");
    // It jumps back.
    assert_eq!(run.sweep(MINUTE * 10, MINUTE * 10), 30);
    assert_eq!(run.pending_confirmation(), "");
    // It jumps again, and this time it is right.
    let (passed, wall) = jumped(11);
    assert_eq!(run.sweep(passed, wall), 30);
    let report = run.sweep.report(&run.connection, 0, run.at(passed, wall)).unwrap();
    assert_eq!(report.messages, 30);
    let beside = run.sweep.report(&run.connection, 4_096, run.at(passed, wall)).unwrap();
    assert_eq!(beside.used_bytes, report.used_bytes + 4_096, "the log counts");
    assert_eq!(report.said, Some((forty.today - HOUR * 12 - DAY * 29, forty.today - HOUR * 12)));
    run.sweep.confirm(&run.connection, run.at(passed, wall)).unwrap();
    assert_eq!(run.sweep(passed, wall), 0);
    assert_eq!(run.pending_confirmation(), "");
}

#[test]
fn a_step_of_an_hour_is_harmless() {
    let forty = Forty::new();
    let mut run = forty.run(Duration::ZERO, Some(KEEP));
    assert_eq!(run.sweep(Duration::ZERO, HOUR), 30, "an hour is not twelve");
    assert_eq!(run.sweep(MINUTE, HOUR + MINUTE), 30);
    assert_eq!(run.sweep(MINUTE * 2, MINUTE * 2), 30);
    assert_eq!(run.pending_confirmation(), "");
}

#[test]
fn a_server_that_was_off_for_long_asks_and_shows_what_there_is() {
    let forty = Forty::new();
    assert_eq!(forty.run(Duration::ZERO, None).sweep(Duration::ZERO, Duration::ZERO), 40);
    let mut run = forty.run(DAY * 400, Some(KEEP));
    assert_eq!(run.restored, 30, "what waits is not hidden");
    assert!(run.pending_confirmation().contains("400 days ahead"), "{}", run.pending_confirmation());
    assert_eq!(run.sweep(MINUTE, DAY * 400), 30, "what was old before is no question");
    drop(run);
    // It asks again after a restart.
    let mut run = forty.run(DAY * 401, Some(KEEP));
    assert_eq!((run.restored, run.sweep(MINUTE, DAY * 401)), (30, 30));
    run.sweep.confirm(&run.connection, run.at(MINUTE, DAY * 401)).unwrap();
    drop(run);
    // The confirmation outlives a restart.
    let mut run = forty.run(DAY * 402, Some(KEEP));
    assert_eq!((run.restored, run.pending_confirmation().as_str()), (0, ""));
    assert_eq!(run.sweep(MINUTE, DAY * 402), 0);
}

#[test]
fn size_is_no_question_of_the_clock() {
    let forty = Forty::new();
    let mut run = forty.run(Duration::ZERO, Some(KEEP));
    run.sweep.keep_bytes = 1;
    let at = (forty.now + MINUTE, UNIX_EPOCH);
    while run.sweep.step(&mut run.connection, &run.index, 0, at).unwrap() {}
    let left: i64 = run.connection.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "even while the clock is back in 1970");
    assert_eq!(load::last_id(&run.connection, StreamId(1)).unwrap(), 0);
}
