//! Versions, damage and faulty disks: what cannot be tested from outside. (`tests/suite/journal.rs` tests commits and
//! answers.)

use std::fs;
use std::sync::atomic::AtomicU32;
use std::time::UNIX_EPOCH;

use rusqlite::Connection;

use super::*;
use crate::base::limits::{FILE_LOCK_TIMEOUT, JOURNAL_RETRY_INTERVAL, WAL_BYTES_MAX};
use crate::base::name::NameKey;
use crate::journal::{
    Author, Effort, ErasureReport, Message, QueryResult, Record, StoredDecisions, StoredOpenedRoom,
    StoredSanction, StreamId,
};
use crate::proto::{Kind, Manner, Mark, Span};

mod long_work;

use long_work::matches;

const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A folder that is removed when this is dropped.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("salon-disk-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // A killed run may have had the same number.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn database(&self) -> PathBuf {
        self.0.join("salon.db")
    }

    fn log(&self) -> PathBuf {
        self.0.join("salon.db-wal")
    }

    /// The names of the databases with this prefix.
    fn files(&self, begin: &str) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.starts_with(begin) && Path::new(name).extension() == Some("db".as_ref()));
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct TestJournal {
    disk: Disk,
    woken: Receiver<()>,
    restored: RestoredState,
    notes: Vec<String>,
    number: u64,
}

fn settings(folder: &Path) -> Settings {
    Settings {
        folder: folder.to_owned(),
        durable: false,
        keep: None,
        keep_bytes: u64::MAX,
        restored_messages: 10_000,
        restored_bytes: usize::MAX,
    }
}

impl TestJournal {
    fn open(folder: &Path) -> TestJournal {
        TestJournal::with(settings(folder))
    }

    fn with(settings: Settings) -> TestJournal {
        let (wake, woken) = mpsc::channel();
        let (disk, restored, notes) = Disk::open(settings, move || _ = wake.send(())).unwrap();
        TestJournal { disk, woken, restored, notes, number: 0 }
    }

    fn next(&mut self) -> JournalEvent {
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            if let Some(told) = self.disk.poll() {
                return told;
            }
            self.woken
                .recv_timeout(end.saturating_duration_since(Instant::now()))
                .expect("something is told");
        }
    }

    fn append(&mut self, records: Vec<Record>) {
        self.number += 1;
        self.disk.append(Batch { number: self.number, records });
    }

    /// Appends records, and waits for their commit. Returns the faults reported meanwhile.
    fn commit(&mut self, records: Vec<Record>) -> Vec<String> {
        self.append(records);
        let mut failing = Vec::new();
        loop {
            match self.next() {
                JournalEvent::Committed(number) if number == self.number => return failing,
                JournalEvent::Failing(reason) => failing.push(reason),
                _ => {}
            }
        }
    }

    /// Asks; asks again if the result is partial because the machine is busy.
    fn ask(&mut self, question: &Question) -> Result<QueryResult, String> {
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            self.disk.ask(Ticket(7), question.clone(), Effort::Thorough);
            let found = loop {
                if let JournalEvent::Answered(ticket, found) = self.next() {
                    assert_eq!(ticket, Ticket(7));
                    break found;
                }
            };
            if !found.as_ref().is_ok_and(|found| found.is_partial) || Instant::now() >= end {
                return found;
            }
        }
    }

    /// The ids of all messages, asked for in pages: one result has no more than [`RESULT_BYTES_MAX`].
    fn ids(&mut self) -> Vec<u64> {
        let (stream, mut ids) = (StreamId(1), Vec::new());
        loop {
            let after = Some(ids.last().copied().unwrap_or(0));
            let page = Question::Between { stream, before: None, after, limit: 1_000 };
            let page = self.ask(&page).unwrap().messages;
            if page.is_empty() {
                return ids;
            }
            ids.extend(page.iter().map(|message| message.id));
        }
    }

    fn finish(self) {
        assert_eq!(self.disk.finish(TEST_TIMEOUT), Ok(()));
    }
}

fn opened() -> Record {
    Record::StreamOpened { stream: StreamId(1), room: "lobby".into() }
}

fn said(id: u64, text: &str) -> Record {
    Record::Message(Message {
        stream: StreamId(1),
        id,
        time: UNIX_EPOCH + Duration::from_secs(id),
        by: Some(Author { name: "Ann".into(), kind: Kind::Person }),
        manner: Manner::Speech,
        text: text.into(),
        is_edited: false,
    })
}

fn decided() -> StoredDecisions {
    let ban =
        StoredSanction { whom: "Eve".into(), until: None, left: None, reason: "noise".into(), was: None };
    StoredDecisions { bans: vec![ban], ..StoredDecisions::default() }
}

/// A file with a stream, a decision and this many messages.
fn filled(folder: &Path, messages: u64) {
    let mut journal = TestJournal::open(folder);
    let mut records = vec![opened(), Record::Decisions(Box::new(decided()))];
    records.extend((1..=messages).map(|id| said(id, &format!("message {id}"))));
    journal.commit(records);
    journal.finish();
}

#[test]
fn spans_of_times_end_where_the_times_do() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    let mut records = vec![opened()];
    records.extend((1..=10).map(|n| said(2 * n, "hi")));
    for record in &mut records {
        if let Record::Message(message) = record {
            // As an earlier version stored it.
            message.time += Duration::from_micros(456);
        }
    }
    journal.commit(records);
    let time = |seconds| Mark::Time(UNIX_EPOCH + Duration::from_secs(seconds));
    let id = |id| Mark::Message(id, UNIX_EPOCH + Duration::from_secs(id));
    for (span, limit, wanted) in [
        (Span::Before(time(8)), 9, &[2, 4, 6][..]),
        (Span::Before(time(99)), 2, &[18, 20]),
        (Span::Before(time(2)), 9, &[]),
        (Span::After(time(14)), 9, &[16, 18, 20]),
        (Span::After(time(20)), 9, &[]),
        (Span::After(time(0)), 2, &[2, 4]),
        (Span::After(id(14)), 1, &[16]),
        (Span::Between(time(7), time(13)), 9, &[8, 10, 12]),
        (Span::Between(id(12), time(7)), 1, &[10]),
        (Span::Around(time(8)), 4, &[4, 6, 8, 10]),
        (Span::Around(id(8)), 3, &[6, 8, 10]),
        (Span::Latest(Some(time(99))), 9, &[]),
        (Span::Latest(None), 3, &[16, 18, 20]),
        (Span::After(Mark::Message(u64::MAX, UNIX_EPOCH + Duration::from_secs(16))), 9, &[18, 20]),
    ] {
        let question = Question::Span { stream: StreamId(1), span, limit };
        let found = journal.ask(&question).unwrap();
        let ids: Vec<u64> = found.messages.iter().map(|message| message.id).collect();
        assert_eq!(ids, wanted, "{question:?}");
    }
    let none = Question::Span { stream: StreamId(2), span: Span::Between(time(1), time(5)), limit: 9 };
    assert!(journal.ask(&none).unwrap().messages.is_empty());
    journal.finish();
}

#[test]
fn a_file_of_an_earlier_version_is_copied_and_brought_up() {
    const NEXT: &[&str] = &[
        schema::MIGRATIONS[0],
        "ALTER TABLE threads ADD COLUMN topic TEXT; UPDATE threads SET topic = 'tea';",
    ];
    let scratch = Scratch::new();
    filled(&scratch.0, 3);
    let folder = Folder::open(&scratch.0).unwrap();
    let options = OpenOptions {
        durable: false,
        migrations: NEXT,
        restore: RestoreLimits { messages: 10, bytes: usize::MAX, keep: None },
    };
    let opened = open::open(&folder, options, SystemTime::now()).ok().unwrap();
    let topic: String = opened
        .connection
        .as_ref()
        .unwrap()
        .query_row("SELECT topic FROM threads", [], |row| row.get(0))
        .unwrap();
    assert_eq!(topic, "tea");
    assert_eq!(schema::version(opened.connection.as_ref().unwrap()).unwrap(), 2);
    assert_eq!(opened.restored.streams[0].messages.len(), 3);
    let [copy] = &scratch.files("salon-version-1-")[..] else { panic!("there is one copy") };
    assert!(opened.notes[0].contains(copy), "{:?}", opened.notes);
    let copy = Connection::open(scratch.0.join(copy)).unwrap();
    assert_eq!(schema::version(&copy).unwrap(), 1);
    let messages: i64 = copy.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(messages, 3);
    drop((opened, folder));

    // An older program refuses it: to it, this is a newer version.
    let before = fs::read(scratch.database()).unwrap();
    let refused = Disk::open(settings(&scratch.0), || {}).err().unwrap();
    assert!(refused.contains("was written by a newer version of Salon. Start that version, or"), "{refused}");
    assert_eq!(fs::read(scratch.database()).unwrap(), before);
}

#[test]
fn a_step_that_fails_changes_nothing() {
    const BROKEN: &[&str] = &[schema::MIGRATIONS[0], "CREATE TABLE half (x); SELECT nothing FROM nowhere;"];
    let scratch = Scratch::new();
    filled(&scratch.0, 3);
    let folder = Folder::open(&scratch.0).unwrap();
    let mut connection = open::connect(&scratch.database()).unwrap();
    assert!(schema::migrate(&mut connection, &folder, BROKEN, SystemTime::now()).is_err());
    assert_eq!(schema::version(&connection).unwrap(), 1);
    assert!(connection.prepare("SELECT * FROM half").is_err());
}

/// Overwrites a part of the file.
fn spoil(path: &Path, from: usize, bytes: usize) {
    let mut file = fs::read(path).unwrap();
    let end = (from + bytes).min(file.len());
    file[from..end].fill(0x5a);
    fs::write(path, file).unwrap();
}

#[test]
fn garbage_is_set_aside() {
    let scratch = Scratch::new();
    fs::write(scratch.database(), "This is not what you are looking for. ".repeat(1_000)).unwrap();
    let mut journal = TestJournal::open(&scratch.0);
    assert_eq!(journal.restored, RestoredState::default());
    let [aside] = &scratch.files("salon-damaged-")[..] else { panic!("there is one") };
    assert!(journal.notes[0].contains("was damaged. It is ") && journal.notes[0].contains(aside));
    journal.commit(vec![opened(), said(1, "hi")]);
    assert_eq!(journal.ids(), [1]);
}

#[test]
fn what_can_be_read_of_a_damaged_file_is_read() {
    let scratch = Scratch::new();
    filled(&scratch.0, 2_000);
    spoil_page_of(&scratch.database(), "message 1000");
    let mut journal = TestJournal::open(&scratch.0);
    assert_eq!(journal.restored.decisions, decided());
    assert_eq!(journal.restored.streams[0].room, "lobby");
    assert_eq!(journal.restored.streams[0].next_id, 2_001);
    let ids = journal.ids();
    assert!(ids.len() > 1_500 && ids.len() < 2_000, "{}", ids.len());
    assert!(ids.contains(&1) && ids.contains(&2_000));
    assert!(journal.notes[0].contains(&format!("{} messages", ids.len())), "{:?}", journal.notes);
    journal.finish();
    assert_eq!(TestJournal::open(&scratch.0).notes, [""; 0]);
}

/// Overwrites the page that contains this text, and no other.
fn spoil_page_of(path: &Path, what: &str) {
    let file = fs::read(path).unwrap();
    let pages: Vec<usize> = (0..)
        .step_by(4_096)
        .zip(file.chunks(4_096))
        .filter(|(_, page)| has(page, what))
        .map(|it| it.0)
        .collect();
    let [page] = pages[..] else { panic!("{what:?} stands on {} pages", pages.len()) };
    spoil(path, page, 4_096);
}

fn has(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|it| it == what.as_bytes())
}

#[test]
fn a_pipe_in_the_place_of_the_file_is_told_of() {
    let scratch = Scratch::new();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, scratch.database(), mode).unwrap();
    let refused = Disk::open(settings(&scratch.0), || ()).err().unwrap();
    assert!(refused.contains("cannot be used: salon.db is not a file. Fix that,"), "{refused}");
}

#[test]
fn what_is_left_out_when_messages_are_restored_is_known() {
    let scratch = Scratch::new();
    filled(&scratch.0, 50);
    for (restored_messages, restored_bytes, incomplete_below) in
        [(49, usize::MAX, 2), (50, usize::MAX, 0), (51, usize::MAX, 0), (0, usize::MAX, 51), (50, 1, 51)]
    {
        let settings = Settings { restored_messages, restored_bytes, ..settings(&scratch.0) };
        let journal = TestJournal::with(settings);
        let stream = &journal.restored.streams[0];
        assert_eq!(stream.incomplete_below, incomplete_below, "{restored_messages}, {restored_bytes}");
        let first = stream.messages.first().map(|message| message.id);
        assert_eq!(first, Some(incomplete_below.max(1)).filter(|first| *first <= 50));
        journal.finish();
    }
}

#[test]
fn what_lies_between_damaged_pages_is_read() {
    let scratch = Scratch::new();
    filled(&scratch.0, 5_000);
    for id in [1_500, 2_500, 3_500] {
        spoil_page_of(&scratch.database(), &format!("message {id}"));
    }
    let journal = TestJournal::open(&scratch.0);
    let ids: Vec<u64> = journal.restored.streams[0].messages.iter().map(|message| message.id).collect();
    for id in [1, 1_000, 2_000, 3_000, 4_000, 5_000] {
        assert!(ids.contains(&id), "{id} is lost");
    }
    let lost: Vec<u64> = (1..=5_000).filter(|id| !ids.contains(id)).collect();
    assert!(lost.len() < 500 && [1_500, 2_500, 3_500].iter().all(|id| lost.contains(id)), "{lost:?}");
    assert!(journal.notes[0].contains(&format!("{} messages", ids.len())), "{:?}", journal.notes);
}

#[test]
fn rooms_keep_their_messages_without_the_table_of_their_names() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    let opened = |stream, room: &str| Record::StreamOpened { stream: StreamId(stream), room: room.into() };
    journal.commit(vec![
        opened(1, "Tea_Room"),
        Record::StreamClosed(StreamId(1)),
        opened(2, "Tea_Room"),
        said(1, "old"),
    ]);
    let Record::Message(new) = said(7, "new") else { unreachable!() };
    journal.commit(vec![Record::Message(Message { stream: StreamId(2), ..new.clone() })]);
    journal.finish();
    spoil_page_of(&scratch.database(), "Tea_Room");
    let journal = TestJournal::open(&scratch.0);
    let [stream] = &journal.restored.streams[..] else { panic!("{:?}", journal.restored.streams) };
    assert_eq!((stream.id, NameKey::of(&stream.room)), (StreamId(2), NameKey::of("Tea_Room")));
    assert_eq!(stream.messages, [Message { stream: StreamId(2), ..new }]);
    assert!(stream.next_id > 1_000_000, "who came and went since had ids too");
    assert!(journal.notes[0].contains("2 messages in 2 conversations"), "{:?}", journal.notes);
    // And the other way round.
    journal.finish();
    let connection = Connection::open(scratch.database()).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'threads_of_room'";
    let root: u32 = connection.query_row(root, [], |row| row.get(0)).unwrap();
    drop(connection);
    spoil(&scratch.database(), (root as usize - 1) * 4_096, 4_096);
    assert_eq!(TestJournal::open(&scratch.0).restored.streams.len(), 1);
}

#[test]
fn a_file_that_was_cut_off_is_set_aside() {
    let scratch = Scratch::new();
    filled(&scratch.0, 2_000);
    let length = fs::metadata(scratch.database()).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(scratch.database()).unwrap();
    file.set_len(length / 2).unwrap();
    let mut journal = TestJournal::open(&scratch.0);
    assert_eq!(journal.notes.len(), 1);
    journal.commit(vec![opened(), said(5_000, "hi")]);
    assert_eq!(journal.ids().last(), Some(&5_000));
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let scratch = Scratch::new();
    let other = Connection::open(scratch.database()).unwrap();
    other.execute_batch("CREATE TABLE recipes (text TEXT)").unwrap();
    let why = Disk::open(settings(&scratch.0), || ()).map(|_| ()).unwrap_err();
    assert!(why.contains("salon.db is a database of another program"), "{why}");
    let tables: i64 = other.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn texts_that_somebody_wrote_into_the_file_are_harmless() {
    let scratch = Scratch::new();
    filled(&scratch.0, 2);
    let other = Connection::open(scratch.database()).unwrap();
    let text = format!("\u{1b}[2J{}", "x".repeat(10_000));
    other.execute("UPDATE messages SET name = char(27) || 'Ann', text = ?1", [text]).unwrap();
    drop(other);
    let journal = TestJournal::open(&scratch.0);
    let message = &journal.restored.streams[0].messages[0];
    assert_eq!(message.by.as_ref().unwrap().name, "\u{fffd}Ann");
    assert!(message.text.starts_with("\u{fffd}[2Jx") && message.text.len() <= 4_096);
}

#[test]
fn damage_that_shows_later_loses_nothing_that_is_handed_over() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    let den = StoredOpenedRoom { name: "den".into(), ..StoredOpenedRoom::default() };
    let kept = Record::OpenedRoom { key: NameKey::of("den"), room: Some(Box::new(den.clone())) };
    journal.commit(vec![opened(), Record::Decisions(Box::new(decided())), kept]);
    journal.commit((1..=300).map(|id| said(id, "before")).collect());
    // The whole file and its log.
    let log = PathBuf::from(format!("{}-wal", scratch.database().display()));
    let other = Connection::open(scratch.database()).unwrap();
    // The journal has nothing left to do, for which it would read the file before it is damaged, and then write without reading.
    let end = Instant::now() + TEST_TIMEOUT;
    while matches(&other, "before") < 300 {
        assert!(Instant::now() < end, "it is not indexed");
    }
    // Invalidates the caches of the writer and of the readers.
    other.execute("UPDATE threads SET next_id = 301", []).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(other);
    let length = usize::try_from(fs::metadata(scratch.database()).unwrap().len()).unwrap();
    overwrite(&scratch.database(), length);
    overwrite(&log, 4_096);
    for id in 301..=400 {
        let failing = journal.commit(vec![said(id, "after")]);
        assert!(
            failing.iter().all(|reason| reason == "the journal's file is damaged, and is being replaced"),
            "{failing:?}"
        );
    }
    let ids = journal.ids();
    assert!(ids.ends_with(&(301..=400).collect::<Vec<_>>()), "{ids:?}");
    assert_eq!(scratch.files("salon-damaged-").len(), 1);
    journal.finish();
    let journal = TestJournal::open(&scratch.0);
    assert_eq!(journal.restored.decisions, decided());
    assert_eq!(journal.restored.opened_by_people, [den]);
    assert_eq!(journal.restored.streams[0].room, "lobby");
}

/// Overwrites a file that others have open, in place.
fn overwrite(path: &Path, bytes: usize) {
    use std::os::unix::fs::FileExt;
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&vec![0x5a; bytes], 0).unwrap();
}

#[test]
fn a_file_that_is_removed_is_written_anew_with_all_that_was_in_it() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened(), Record::Decisions(Box::new(decided()))]);
    journal.commit((1..=300).map(|id| said(id, "before")).collect());
    fs::remove_dir_all(&scratch.0).unwrap();
    let mut last = 300;
    let end = Instant::now() + TEST_TIMEOUT;
    while !scratch.database().exists() {
        last += 1;
        journal.commit(vec![said(last, "after")]);
        assert!(Instant::now() < end, "it is not noticed");
    }
    assert_eq!(journal.ids().last(), Some(&last));
    journal.finish();
    let connection = Connection::open(scratch.database()).unwrap();
    let messages: i64 = connection.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(messages.unsigned_abs(), last);
    drop(connection);
    assert_eq!(TestJournal::open(&scratch.0).restored.decisions, decided());
}

#[test]
fn what_cannot_be_written_is_written_when_it_can_be() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened(), said(1, "before")]);
    let other = Connection::open(scratch.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    journal.append(vec![said(2, "meanwhile")]);
    assert_eq!(journal.next(), JournalEvent::Failing("another program has locked the journal's file".into()));
    // It is tried again, and reported once.
    while let Ok(()) = journal.woken.recv_timeout(JOURNAL_RETRY_INTERVAL + 2 * FILE_LOCK_TIMEOUT) {
        assert_eq!(journal.disk.poll(), None);
    }
    // Questions are answered.
    assert_eq!(journal.ids(), [1]);
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    assert_eq!(journal.commit(vec![said(3, "after")]), [""; 0]);
    assert_eq!(journal.ids(), [1, 2, 3]);
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened()]);
    let other = Connection::open(scratch.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    journal.append(vec![said(1, "never")]);
    let began = Instant::now();
    assert!(journal.disk.finish(Duration::from_millis(100)).is_err());
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_damaged_index_is_made_anew() {
    let scratch = Scratch::new();
    filled(&scratch.0, 600);
    let mut journal = TestJournal::open(&scratch.0);
    let search = || Question::Search { stream: StreamId(1), words: "mess 59".into(), limit: 100 };
    let expected = journal.ask(&search()).unwrap();
    assert_eq!(expected.messages.len(), 11);
    let other = Connection::open(scratch.database()).unwrap();
    while indexed(&other) == 0 {
        thread::yield_now();
    }
    other.execute_batch("UPDATE words_data SET block = x'5a5a5a' WHERE id > 10").unwrap();
    journal.finish();
    let mut journal = TestJournal::open(&scratch.0);
    let end = Instant::now() + TEST_TIMEOUT;
    // A search that comes before much is indexed reads the messages, and does not meet the damage.
    while other.query_row("SELECT count(*) FROM words('mess*')", [], |row| row.get::<_, i64>(0)).is_err() {
        assert_eq!(journal.ask(&search()).unwrap(), expected, "without it");
        assert!(Instant::now() < end, "it is not made anew: {:?}", scratch.files("salon"));
    }
    assert_eq!(journal.ask(&search()).unwrap(), expected);
}

fn indexed(connection: &Connection) -> i64 {
    connection.query_row("SELECT max(indexed) FROM threads", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_was_to_be_forgotten_is_not_told_at_the_next_start() {
    let scratch = Scratch::new();
    filled(&scratch.0, 600);
    let other = Connection::open(scratch.database()).unwrap();
    other.execute("INSERT INTO forgets (key, until) VALUES ('ann', '{\"1\":590}')", []).unwrap();
    drop(other);
    let journal = TestJournal::open(&scratch.0);
    let ids: Vec<u64> = journal.restored.streams[0].messages.iter().map(|message| message.id).collect();
    assert_eq!(ids, (591..=600).collect::<Vec<_>>());
}

/// Needs a file system of its own, which only root can mount.
#[test]
fn a_full_disk_is_said_and_waited_for() {
    let scratch = Scratch::new();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=600k", "salon-test"])
        .arg(&scratch.0)
        .stderr(std::process::Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let _unmount = Unmount(scratch.0.clone());
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened()]);
    let big = "x".repeat(4_000);
    let mut last = 0;
    let reason = loop {
        last += 1;
        journal.append(vec![said(last, &big)]);
        match journal.next() {
            JournalEvent::Committed(_) => {}
            JournalEvent::Failing(reason) => break reason,
            other => panic!("{other:?}"),
        }
        assert!(last < 1_000, "it fills");
    };
    assert_eq!(reason, "the disk is full");
    assert_eq!(journal.ids(), (1..last).collect::<Vec<_>>());
    let more =
        std::process::Command::new("mount").args(["-o", "remount,size=4m"]).arg(&scratch.0).status().unwrap();
    assert!(more.success());
    assert_eq!(journal.commit(vec![said(last + 1, "room")]), [""; 0]);
    assert_eq!(journal.ids(), (1..=last + 1).collect::<Vec<_>>());
    journal.finish();
    assert_eq!(TestJournal::open(&scratch.0).notes, [""; 0]);
}

struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_start_does_not_wait_for_what_is_to_be_forgotten_and_nobody_is_shown_it_meanwhile() {
    let scratch = Scratch::new();
    filled(&scratch.0, 5_000);
    let other = Connection::open(scratch.database()).unwrap();
    other.execute("INSERT INTO forgets (key, until) VALUES ('ann', '{\"1\":4990}')", []).unwrap();
    let mut journal = TestJournal::open(&scratch.0);
    let left = || -> i64 { other.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap() };
    let at_the_start = left();
    let ids: Vec<u64> = journal.restored.streams[0].messages.iter().map(|message| message.id).collect();
    let expected: Vec<u64> = (4_991..=5_000).collect();
    assert_eq!(ids, expected);
    let search = Question::Search { stream: StreamId(1), words: "message".into(), limit: 1_000 };
    let page = Question::Page { room: "lobby".into(), after: None, limit: 1_000 };
    for question in [Question::Last { stream: StreamId(1), limit: 1_000, since: None }, search, page] {
        let found = journal.ask(&question).unwrap();
        assert_eq!(found.messages.iter().map(|message| message.id).collect::<Vec<_>>(), expected);
    }
    assert!(at_the_start > 4_000, "{at_the_start}: the start waited");
    let end = Instant::now() + TEST_TIMEOUT;
    while left() > 10 {
        assert!(Instant::now() < end, "it is not forgotten");
    }
}

/// Keeps both readers busy.
fn ask_on(journal: &mut TestJournal, ticket: u64) {
    let question = match ticket / 2 % 2 {
        0 => Question::Search { stream: StreamId(1), words: "message nothing*".into(), limit: 100 },
        _ => Question::Last { stream: StreamId(1), limit: 1_000, since: None },
    };
    let effort = if ticket.is_multiple_of(2) { Effort::Quick } else { Effort::Thorough };
    journal.disk.ask(Ticket(ticket), question, effort);
}

/// The next event other than an answer. Each answer is followed by another question.
fn next_while_asked(journal: &mut TestJournal) -> JournalEvent {
    loop {
        match journal.next() {
            JournalEvent::Answered(ticket, found) => {
                assert!(found.is_ok(), "{found:?}");
                ask_on(journal, ticket.0);
            }
            told => return told,
        }
    }
}

#[test]
fn the_log_stays_short_while_questions_are_under_way() {
    let scratch = Scratch::new();
    filled(&scratch.0, 3_000);
    let mut journal = TestJournal::open(&scratch.0);
    (0..8).for_each(|ticket| ask_on(&mut journal, ticket));
    let text = "x".repeat(4_000);
    let mut longest = 0;
    for first in (3_001..15_000).step_by(32) {
        journal.append((first..first + 32).map(|id| said(id, &text)).collect());
        assert_eq!(next_while_asked(&mut journal), JournalEvent::Committed(journal.number));
        longest = longest.max(fs::metadata(scratch.log()).unwrap().len());
    }
    assert!(longest > 1024 * 1024 && longest <= WAL_BYTES_MAX, "{longest}");
    let sizes = journal.disk.sizes().unwrap();
    assert!(sizes.file > 16 * longest / 10 && (1..=longest).contains(&sizes.log), "{sizes:?}, {longest}");
    journal.finish();
}

#[test]
fn what_is_forgotten_leaves_the_log_while_questions_are_under_way() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened(), said(1, "a secret")]);
    assert!(has(&fs::read(scratch.log()).unwrap(), "a secret"));
    (0..8).for_each(|ticket| ask_on(&mut journal, ticket));
    journal.append(vec![Record::Erase { key: NameKey::of("Ann"), ticket: Ticket(100) }]);
    assert_eq!(next_while_asked(&mut journal), JournalEvent::Committed(journal.number));
    assert_eq!(
        next_while_asked(&mut journal),
        JournalEvent::Erased(Ticket(100), ErasureReport { messages: 1, ..ErasureReport::default() })
    );
    for path in [scratch.database(), scratch.log()] {
        assert!(!has(&fs::read(path).unwrap(), "a secret"));
    }
    journal.finish();
}

#[test]
fn what_waits_is_committed_in_parts() {
    let batch = |number, messages, text: &str| Batch {
        number,
        records: (1..=messages).map(|id| said(id, text)).collect(),
    };
    let count = |batches: Vec<Batch>| append::count_of_commit(&batches.into());
    assert_eq!(count(vec![]), 0);
    assert_eq!(count(vec![batch(1, 2_000, ""), batch(2, 1, "")]), 1, "one is not divided");
    assert_eq!(count((1..=300).map(|number| batch(number, 4, "")).collect()), 128);
    let text = "x".repeat(4_000);
    let bytes = count((1..=300).map(|number| batch(number, 1, &text)).collect());
    assert!((200..262).contains(&bytes), "{bytes}");
}

#[test]
fn the_log_counts_for_what_may_be_kept_up_to_half_of_it() {
    let scratch = Scratch::new();
    filled(&scratch.0, 3_000);
    let mut connection = Connection::open(scratch.database()).unwrap();
    let index = Index::load(&connection).unwrap();
    let used = retention_sweep::used_bytes(&connection).unwrap();
    let mut is_too_much = |keep_bytes, log_bytes| {
        let now = (Instant::now(), SystemTime::now());
        let mut sweep = RetentionSweep::new(None, keep_bytes, age_clock::AgeClock::new(None, None, now));
        sweep.step(&mut connection, &index, log_bytes, now).unwrap()
    };
    assert!(!is_too_much(used + 10_000, 10_000));
    assert!(!is_too_much(2 * used, u64::MAX), "not all goes for a long log");
    assert!(is_too_much(used + 10_000, 10_001));
}
