//! Maintenance runs in small steps while the server runs, and continues after a restart.

use rusqlite::params;

use super::*;
use crate::base::limits::{AMENDED_LOG_INTERVAL, INDEX_STEP_MESSAGES, STARTUP_CHECK_BYTES};
use crate::journal::disk::index_search::IndexSearch;
use crate::journal::disk::query_timer::QueryTimer;
use crate::journal::{Amended, Search, words};

/// A file with this many indexed messages, and its index.
fn indexed_file(scratch: &Scratch, messages: u64) -> (Connection, Index) {
    filled(&scratch.0, messages);
    let mut connection = open::connect(&scratch.database()).unwrap();
    let mut index = Index::open(&mut connection).unwrap();
    while index.needs_step(true) {
        index.step(&mut connection).unwrap();
    }
    while !index.reindex.is_done() {
        index.reindex.step(&mut connection).unwrap();
    }
    assert_eq!(matches(&connection, "message"), messages);
    (connection, index)
}

/// How many indexed messages have a word.
pub(super) fn matches(connection: &Connection, word: &str) -> u64 {
    let sql = "SELECT count(*) FROM words WHERE words MATCH ?1";
    let count: i64 = connection.query_row(sql, [word], |row| row.get(0)).unwrap();
    count.unsigned_abs()
}

fn rows(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_new_file_has_one_index() {
    let mut connection = Connection::open_in_memory().unwrap();
    for step in schema::MIGRATIONS {
        connection.execute_batch(step).unwrap();
    }
    for _ in 0..2 {
        let index = Index::open(&mut connection).unwrap();
        assert!(index.old.is_gone() && index.reindex.is_done());
    }
}

#[test]
fn the_index_is_made_anew_in_steps_from_the_last_message_on_over_restarts() {
    let scratch = Scratch::new();
    let (mut connection, index) = indexed_file(&scratch, 3_000);
    let pages = rows(&connection, "words_data");
    drop(index);
    let mut index = Index::rebuild(&mut connection).unwrap();
    assert_eq!((matches(&connection, "message"), index.reindex.left()), (0, 3_000));
    // The old index is renamed, and not deleted at once.
    assert_eq!(rows(&connection, "words_old_1_data"), pages);
    index.reindex.step(&mut connection).unwrap();
    let step = matches(&connection, "message");
    assert!(
        (1..=INDEX_STEP_MESSAGES as u64).contains(&step) && index.reindex.left() == 3_000 - step,
        "{step}"
    );
    assert_eq!((matches(&connection, "3000"), matches(&connection, "1")), (1, 0), "the last comes first");
    assert!(index.contains(StreamId(1), 3_000) && !index.contains(StreamId(1), 1));

    // New messages are indexed meanwhile, and deleted ones are in neither part.
    let batch = Batch { number: 1, records: vec![said(3_001, "new")] };
    append::append(&mut connection, &Index::default(), [&batch].into_iter()).unwrap();
    index.on_committed(&batch);
    index.step(&mut connection).unwrap();
    assert_eq!(matches(&connection, "new"), 1);
    let transaction = connection.transaction().unwrap();
    for id in [1, 3_000] {
        index::delete(&transaction, &index, rows::encode_key(StreamId(1), id).unwrap()).unwrap();
    }
    transaction.commit().unwrap();

    // A later run continues.
    let mut index = Index::open(&mut connection).unwrap();
    assert_eq!(index.reindex.left(), 3_000 - step - 1);
    let mut steps = 0;
    while !index.reindex.is_done() {
        index.reindex.step(&mut connection).unwrap();
        steps += 1;
    }
    assert!(steps >= 22, "{steps}");
    assert_eq!(matches(&connection, "message"), 2_998);
    assert_eq!(rows(&connection, "words_from"), 0);

    // The deletion of the old index continues, too.
    index.old.step(&mut connection).unwrap();
    let mut index = Index::open(&mut connection).unwrap();
    while !index.old.is_gone() {
        index.old.step(&mut connection).unwrap();
    }
    assert!(connection.prepare("SELECT * FROM words_old_1_data").is_err());
    assert_eq!(matches(&connection, "message"), 2_998);
    assert!(Index::open(&mut connection).unwrap().old.is_gone());
}

#[test]
fn an_amended_message_has_its_present_words_in_the_index() {
    let scratch = Scratch::new();
    let (mut connection, mut index) = indexed_file(&scratch, 600);
    let amended = |id, text: Option<&str>| {
        let (stream, text) = (StreamId(1), text.map(str::to_owned));
        Record::Amend(Amended { stream, id, text, ticket: None })
    };
    // The one that this commit brings is not indexed yet, although everything before it is.
    let records = vec![
        said(601, "late"),
        amended(3, None),
        amended(4, Some("kettle")),
        amended(4, Some("teapot four")),
        amended(601, Some("tardy")),
    ];
    let batch = Batch { number: 1, records };
    let appended = append::append(&mut connection, &index, [&batch].into_iter()).unwrap();
    assert!(appended.is_text_gone && !appended.is_index_damaged && appended.erased.is_empty());
    let count = |connection: &Connection, words: [&str; 5]| words.map(|word| matches(connection, word));
    assert_eq!(count(&connection, ["message", "3", "kettle", "teapot", "tardy"]), [598, 0, 0, 1, 0]);
    index.on_committed(&batch);
    index.step(&mut connection).unwrap();
    assert_eq!(count(&connection, ["message", "late", "four", "teapot", "tardy"]), [598, 0, 1, 1, 1]);
    // As if the commit was repeated.
    append::append(&mut connection, &index, [&batch].into_iter()).unwrap();
    assert_eq!(count(&connection, ["message", "late", "four", "teapot", "tardy"]), [598, 0, 1, 1, 1]);
    assert_eq!(rows(&connection, "messages"), 600);
}

#[test]
fn a_text_that_its_author_erased_leaves_the_log_in_a_while() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    journal.commit(vec![opened(), said(1, "Qwertyzap"), said(2, "tea")]);
    let amended = Amended { stream: StreamId(1), id: 1, text: None, ticket: None };
    journal.commit(vec![Record::Amend(amended)]);
    let has = || {
        let bytes = [scratch.database(), scratch.log()].map(|path| fs::read(path).unwrap()).concat();
        bytes.windows(7).any(|window| window == b"wertyza")
    };
    assert!(has(), "what was said stands in the log");
    let end = Instant::now() + AMENDED_LOG_INTERVAL + TEST_TIMEOUT;
    while has() {
        assert!(Instant::now() < end, "it stays");
        // Nothing is told of it.
        let _ = journal.woken.recv_timeout(Duration::from_millis(200));
    }
    assert_eq!(journal.ids(), [2]);
    journal.finish();
}

#[test]
fn each_step_of_the_index_takes_few_bytes() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    let text = "word ".repeat(800);
    let mut records = vec![opened()];
    records.extend((1..=100).map(|id| said(id, &text)));
    journal.commit(records);
    journal.finish();
    let mut connection = open::connect(&scratch.database()).unwrap();
    let mut index = Index::rebuild(&mut connection).unwrap();
    index.reindex.step(&mut connection).unwrap();
    assert!((1..=5).contains(&matches(&connection, "word")), "16 KiB and one more");
}

#[test]
fn all_rooms_are_indexed_by_the_time_of_what_was_said() {
    let scratch = Scratch::new();
    let mut journal = TestJournal::open(&scratch.0);
    let at = |stream, id, time| {
        let Record::Message(message) = said(id, "message") else { unreachable!() };
        let time = UNIX_EPOCH + Duration::from_secs(time);
        Record::Message(Message { stream: StreamId(stream), time, ..message })
    };
    let mut records = vec![opened(), Record::StreamOpened { stream: StreamId(2), room: "den".into() }];
    // The second room's messages are older than all but the first of the first room.
    records.extend((1..=200).map(|id| at(1, id, 1_000 + id)));
    records.extend((1..=200).map(|id| at(2, id, id)));
    journal.commit(records);
    journal.finish();
    let mut connection = open::connect(&scratch.database()).unwrap();
    let mut index = Index::rebuild(&mut connection).unwrap();
    let (one, two) = (StreamId(1), StreamId(2));
    while !index.contains(two, 200) {
        index.reindex.step(&mut connection).unwrap();
    }
    assert!(index.contains(one, 1) && !index.contains(two, 1));
    while !index.reindex.is_done() {
        index.reindex.step(&mut connection).unwrap();
    }
    assert!(index.contains(two, 1));
}

#[test]
fn a_search_during_a_rebuild_is_partial_and_says_so() {
    let scratch = Scratch::new();
    let (mut connection, _) = indexed_file(&scratch, 1_000);
    let search = Search::parse("message").unwrap();
    let seek = |connection: &mut Connection, within| {
        let mut timer = QueryTimer::new();
        timer.begin(Ticket(1), within);
        let transaction = connection.transaction().unwrap();
        let found = IndexSearch::new(&transaction, &timer, &search, 5_000).unwrap().run(StreamId(1)).unwrap();
        (found.messages.len(), found.is_partial, found.is_indexing)
    };
    assert!(!seek(&mut connection, Duration::ZERO).2, "no index is made");
    let mut index = Index::rebuild(&mut connection).unwrap();
    for _ in 0..3 {
        assert_eq!(seek(&mut connection, TEST_TIMEOUT), (1_000, false, false));
        let (_, is_partial, is_indexing) = seek(&mut connection, Duration::ZERO);
        assert!(is_partial && is_indexing);
        index.reindex.step(&mut connection).unwrap();
    }
    while !index.reindex.is_done() {
        index.reindex.step(&mut connection).unwrap();
    }
    assert_eq!(seek(&mut connection, TEST_TIMEOUT), (1_000, false, false));
    assert!(!seek(&mut connection, Duration::ZERO).2);
}

#[test]
fn a_start_does_not_wait_for_an_index_of_another_version_and_stats_show_it() {
    let scratch = Scratch::new();
    let (connection, _) = indexed_file(&scratch, 8_000);
    connection.execute("UPDATE words_made SET version = ?1", [words::INDEX_VERSION - 1]).unwrap();
    let mut journal = TestJournal::open(&scratch.0);
    let from: i64 =
        connection.query_row("SELECT ifnull(max(id), 0) FROM words_from", [], |row| row.get(0)).unwrap();
    assert!(from > 0, "the start waited");
    let (mut unindexed, mut last) = (None, 8_001);
    let end = Instant::now() + TEST_TIMEOUT;
    while rows(&connection, "words_from") > 0
        || journal.disk.maintenance().is_none_or(|work| work.unindexed.is_some())
    {
        unindexed = journal.disk.maintenance().and_then(|work| work.unindexed).or(unindexed);
        journal.commit(vec![said(last, "message")]);
        last += 1;
        assert!(Instant::now() < end, "it is not made");
    }
    assert!(unindexed.is_some_and(|left| (1..=8_000).contains(&left)), "{unindexed:?}");
    let search = Question::Search { stream: StreamId(1), words: "message 17".into(), limit: 10 };
    assert_eq!(journal.ask(&search).unwrap().messages[0].id, 17);
    journal.finish();
}

#[test]
fn what_is_forgotten_is_not_told_before_the_other_index_is_gone() {
    let scratch = Scratch::new();
    let (connection, _) = indexed_file(&scratch, 4_000);
    connection.execute("UPDATE words_made SET version = ?1", [words::INDEX_VERSION - 1]).unwrap();
    let mut journal = TestJournal::open(&scratch.0);
    journal.append(vec![Record::Erase { key: NameKey::of("Nobody"), ticket: Ticket(1) }]);
    loop {
        if let JournalEvent::Erased(..) = journal.next() {
            break;
        }
    }
    assert!(connection.prepare("SELECT * FROM words_old_1_data").is_err());
    journal.finish();
}

#[test]
fn how_far_an_order_to_forget_has_come_is_known() {
    let scratch = Scratch::new();
    let (mut connection, index) = indexed_file(&scratch, 5_000);
    let sql = "INSERT INTO forgets (key, until) VALUES ('ann', '{\"1\":4990}')";
    connection.execute(sql, []).unwrap();
    let mut erasure = ErasureJob::left(&connection).unwrap().pop_front().unwrap();
    let mut last = erasure.progress();
    assert_eq!((last.key.as_str(), last.checked, last.of, last.erased), ("ann", 0, 4_990, 0));
    for _ in 0..3 {
        assert!(!erasure.step(&mut connection, &index).unwrap());
        let progress = erasure.progress();
        assert!(progress.checked > last.checked && progress.erased == progress.checked, "{progress:?}");
        last = progress;
    }
    // A later run counts the rest.
    let mut erasure = ErasureJob::left(&connection).unwrap().pop_front().unwrap();
    assert_eq!(erasure.progress().of, 4_990 - last.checked);
    while !erasure.step(&mut connection, &index).unwrap() {}
    assert_eq!(erasure.progress().checked, 4_990 - last.checked);
    drop(connection);

    let other = Connection::open(scratch.database()).unwrap();
    other.execute("INSERT INTO forgets (key, until) VALUES ('bob', '{\"1\":4999}')", []).unwrap();
    // Nothing is deleted until it is seen that something is to be.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let journal = TestJournal::open(&scratch.0);
    let end = Instant::now() + TEST_TIMEOUT;
    let seen = loop {
        if let Some(erasure) = journal.disk.maintenance().and_then(|work| work.erasure) {
            break erasure;
        }
        assert!(Instant::now() < end, "it is not told");
    };
    assert_eq!((seen.key.as_str(), seen.checked), ("bob", 0));
    other.execute_batch("COMMIT").unwrap();
    while journal.disk.maintenance().is_none_or(|work| work.erasure.is_some()) {
        assert!(Instant::now() < end, "it does not end");
    }
    journal.finish();
}

/// Makes a file too large to be checked before the start: mostly empty pages, which the next run returns.
fn enlarge(scratch: &Scratch) {
    let other = Connection::open(scratch.database()).unwrap();
    other.execute_batch("CREATE TABLE pad (x)").unwrap();
    let bytes = i64::try_from(STARTUP_CHECK_BYTES).unwrap();
    other.execute("INSERT INTO pad VALUES (zeroblob(?1))", params![bytes]).unwrap();
    other.execute_batch("DROP TABLE pad").unwrap();
    drop(other);
    assert!(fs::metadata(scratch.database()).unwrap().len() > STARTUP_CHECK_BYTES);
}

#[test]
fn a_large_file_is_checked_beside_service() {
    let scratch = Scratch::new();
    // Several steps, so that the check is seen.
    filled(&scratch.0, 50_000);
    enlarge(&scratch);
    let journal = TestJournal::open(&scratch.0);
    let end = Instant::now() + TEST_TIMEOUT;
    let mut unchecked = None;
    while unchecked.is_none() || journal.disk.maintenance().is_none_or(|work| work.unchecked.is_some()) {
        unchecked = journal.disk.maintenance().and_then(|work| work.unchecked).or(unchecked);
        assert!(Instant::now() < end, "it is not checked: {unchecked:?}");
    }
    journal.finish();
    assert_eq!(scratch.files("salon-damaged-"), [""; 0]);
    // A file that is damaged where nobody reads.
    let scratch = Scratch::new();
    filled(&scratch.0, 2_000);
    enlarge(&scratch);
    let file = fs::read(scratch.database()).unwrap();
    let at = memchr::memmem::find(&file, b"message 500").unwrap();
    spoil(&scratch.database(), at & !4_095, 4_096);
    let mut journal = TestJournal::with(Settings { restored_messages: 10, ..settings(&scratch.0) });
    assert_eq!(journal.notes, [""; 0]);
    let (end, mut last) = (Instant::now() + TEST_TIMEOUT, 2_000);
    while scratch.files("salon-damaged-").is_empty() {
        last += 1;
        journal.commit(vec![said(last, "meanwhile")]);
        assert!(Instant::now() < end, "it is not found");
    }
    let ids = journal.ids();
    assert!(
        ids.len() > 1_700 && ids.contains(&1) && ids.contains(&last) && !ids.contains(&500),
        "{}",
        ids.len()
    );
    journal.finish();
}

#[test]
fn a_large_damaged_file_is_rescued_beside_service() {
    let scratch = Scratch::new();
    filled(&scratch.0, 2_000);
    enlarge(&scratch);
    let connection = Connection::open(scratch.database()).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'state'";
    let root: u32 = connection.query_row(root, [], |row| row.get(0)).unwrap();
    drop(connection);
    spoil(&scratch.database(), (root as usize - 1) * 4_096, 4_096);
    let mut journal = TestJournal::open(&scratch.0);
    assert!(
        journal.notes[0].contains("is damaged. What can be read of it is being brought"),
        "{:?}",
        journal.notes
    );
    let [stream] = &journal.restored.streams[..] else { panic!("one is known") };
    assert_eq!((stream.room.as_str(), stream.next_id, stream.messages.len()), ("lobby", 2_001, 2_000));
    let failing = journal.commit(vec![said(2_001, "meanwhile")]);
    assert_eq!(failing, ["the journal's file is damaged, and is being replaced"], "who talks is told");
    assert!(journal.ids().into_iter().eq(1..=2_001));
    assert_eq!(scratch.files("salon-damaged-").len(), 1);
    journal.finish();
    assert_eq!(TestJournal::open(&scratch.0).restored.streams[0].messages.len(), 2_001);
}
