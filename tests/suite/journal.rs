//! The journal on disk, over any number of runs and crashes, and in memory, with the same answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::*;
use salon::base::limits::{SHARED_IDS_FROM, SHARED_INDEX_BITS};
use salon::base::name::NameKey;
use salon::journal::disk::{Disk, Settings};
use salon::journal::memory::Memory;
use salon::journal::{
    Amended, Author, Batch, Effort, HistoryStore, Journal, JournalEvent, Message, QueryResult, Question,
    Record, RestoredState, RoomLog, StoredDecisions, StoredIdentity, StoredOpenedRoom, StoredTopic, StreamId,
    Ticket,
};
use salon::proto::{Kind, Manner, Mark, Span};

use crate::support::process::{Folder, TEST_TIMEOUT};

/// A journal on disk, and its wake-ups.
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
        restored_messages: 1_000,
        restored_bytes: 1 << 20,
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
            let left = end.saturating_duration_since(Instant::now());
            self.woken.recv_timeout(left).expect("something is told");
        }
    }

    fn append(&mut self, records: Vec<Record>) -> u64 {
        self.number += 1;
        self.disk.append(Batch { number: self.number, records });
        self.number
    }

    /// Appends records, and waits for their commit.
    fn commit(&mut self, records: Vec<Record>) {
        let number = self.append(records);
        loop {
            match self.next() {
                JournalEvent::Committed(kept) if kept == number => return,
                JournalEvent::Failing(reason) => panic!("{reason}"),
                _ => {}
            }
        }
    }

    /// Erases a name, and waits for it. Returns the number of messages.
    fn forget(&mut self, name: &str) -> u64 {
        let ticket = Ticket(1_000_000 + self.number);
        self.append(vec![Record::Erase { key: NameKey::of(name), ticket }]);
        loop {
            if let JournalEvent::Erased(of, erasure) = self.next() {
                assert_eq!(of, ticket);
                return erasure.messages;
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

    /// All messages of the lobby, page by page.
    fn all(&mut self) -> Vec<Message> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after = all.last().map(|last| (last.stream, last.id));
            let found = self.ask(&Question::Page { room: "lobby".into(), after, limit: 1_000 }).unwrap();
            all.extend(found.messages);
            if !found.has_more {
                return all;
            }
        }
    }

    fn texts(&mut self) -> Vec<String> {
        self.all().into_iter().map(|message| message.text).collect()
    }

    fn finish(self) {
        assert_eq!(self.disk.finish(TEST_TIMEOUT), Ok(()));
    }
}

fn opened(stream: u64, room: &str) -> Record {
    Record::StreamOpened { stream: StreamId(stream), room: room.into() }
}

fn message(stream: u64, id: u64, name: &str, text: &str) -> Message {
    Message {
        stream: StreamId(stream),
        id,
        time: UNIX_EPOCH + Duration::from_millis(1_790_000_000_000 + id),
        by: Some(Author { name: name.into(), kind: Kind::Person }),
        manner: Manner::Speech,
        text: text.into(),
        is_edited: false,
    }
}

fn said(stream: u64, id: u64, name: &str, text: &str) -> Record {
    Record::Message(message(stream, id, name, text))
}

/// A room that Ann opened, with this topic.
fn opened_by_ann(room: &str, topic: &str) -> StoredOpenedRoom {
    let ann = || StoredIdentity { name: "Ann".into(), origin: "192.0.2.1".into() };
    let topic = StoredTopic {
        room: room.into(),
        text: topic.into(),
        by: Some("Ann".into()),
        time: SystemTime::UNIX_EPOCH,
    };
    StoredOpenedRoom {
        name: room.into(),
        owner: ann(),
        operators: vec![ann()],
        invited: vec![ann(), ann()],
        muted: vec!["Eve".into()],
        is_private: true,
        slow: Some(Duration::from_millis(1_500)),
        topic: Some(topic),
        is_asleep: true,
    }
}

#[test]
fn what_was_kept_is_there_at_the_next_start() {
    let folder = Folder::new();
    let mut first = TestJournal::open(folder.path());
    assert_eq!(first.restored, RestoredState::default());
    let mut host = message(1, 3, "x", "Welcome!");
    host.by = None;
    let mut bot = message(1, 4, "SimpleBot", "waves");
    bot.manner = Manner::Act;
    bot.by.as_mut().unwrap().kind = Kind::Bot;
    let state = StoredDecisions { closed: vec!["den".into()], ..StoredDecisions::default() };
    first.commit(vec![
        opened(1, "Lobby"),
        Record::ReserveIds { stream: StreamId(1), below: 1_024 },
        said(1, 1, "Ann", "hi"),
        Record::Message(host.clone()),
        Record::Message(bot.clone()),
        opened(2, "den"),
        Record::Decisions(Box::new(state.clone())),
        Record::OpenedRoom { key: NameKey::of("attic"), room: Some(Box::new(opened_by_ann("Attic", "tea"))) },
        Record::OpenedRoom { key: NameKey::of("barn"), room: Some(Box::new(opened_by_ann("barn", "hay"))) },
    ]);
    first.commit(vec![
        said(2, 1, "Ann", "bye"),
        Record::StreamClosed(StreamId(2)),
        Record::OpenedRoom {
            key: NameKey::of("ATTIC"),
            room: Some(Box::new(opened_by_ann("Attic", "\u{1b}cake"))),
        },
        Record::OpenedRoom { key: NameKey::of("barn"), room: None },
    ]);
    first.finish();

    let second = TestJournal::open(folder.path());
    assert_eq!(second.notes, [""; 0]);
    assert_eq!(second.restored.decisions, state);
    assert_eq!(second.restored.opened_by_people, [opened_by_ann("Attic", "\u{fffd}cake")]);
    assert_eq!(second.restored.next_stream, StreamId(3));
    let [stream] = &second.restored.streams[..] else { panic!("one thread is open") };
    assert_eq!((stream.id, stream.room.as_str(), stream.next_id), (StreamId(1), "Lobby", 1_024));
    assert_eq!(stream.messages, [message(1, 1, "Ann", "hi"), host, bot]);
}

#[test]
fn messages_of_a_room_that_servers_share_are_kept_with_the_ids_of_their_log() {
    let folder = Folder::new();
    let shared = StreamId::shared(2);
    let ids = [1, 2_000_000, 1 << 37].map(|seq: u64| SHARED_IDS_FROM + (seq << SHARED_INDEX_BITS) + 3);
    let mut journal = TestJournal::open(folder.path());
    journal.commit(vec![opened(1, "lobby"), said(1, 5, "Ann", "before tea")]);
    journal.commit(vec![Record::StreamClosed(StreamId(1)), opened(shared.0, "lobby")]);
    for (number, id) in ids.iter().enumerate() {
        let reserved = Record::ReserveIds { stream: shared, below: id + 1 };
        journal.commit(vec![said(shared.0, *id, "Ben", &format!("tea {number}")), reserved]);
    }
    let all = ["before tea", "tea 0", "tea 1", "tea 2"];
    assert_eq!(journal.texts(), all);
    let texts =
        |found: QueryResult| -> Vec<String> { found.messages.into_iter().map(|it| it.text).collect() };
    let last = journal.ask(&Question::Last { stream: shared, limit: 2, since: None }).unwrap();
    assert_eq!(texts(last), all[2..]);
    let between = Question::Between { stream: shared, before: Some(ids[2]), after: Some(ids[0]), limit: 9 };
    assert_eq!(texts(journal.ask(&between).unwrap()), [all[2]]);
    let search = Question::Search { stream: shared, words: "tea".into(), limit: 9 };
    assert_eq!(texts(journal.ask(&search).unwrap()), all[1..]);
    journal.finish();

    let mut journal = TestJournal::open(folder.path());
    assert_eq!(journal.restored.next_stream, StreamId(3));
    let [stream] = &journal.restored.streams[..] else { panic!("one stream is open") };
    assert_eq!((stream.id, stream.next_id, stream.messages.len()), (shared, ids[2] + 1, 3));
    assert_eq!(journal.texts(), all);
    assert_eq!(journal.forget("Ben"), 3);
    assert_eq!(journal.texts(), all[..1]);
}

#[test]
fn what_comes_twice_is_kept_once() {
    let folder = Folder::new();
    let mut journal = TestJournal::open(folder.path());
    journal.commit(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi")]);
    journal.commit(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi"), said(1, 2, "Ann", "ho")]);
    assert_eq!(journal.texts(), ["hi", "ho"]);
}

#[test]
fn a_folder_is_for_one_server() {
    let folder = Folder::new();
    let first = TestJournal::open(folder.path());
    let refused = Disk::open(settings(folder.path()), || {}).err().unwrap();
    let expected = format!(
        "{} is used by another Salon (process {}). Stop that one, or name another folder with --data.",
        folder.path().display(),
        std::process::id()
    );
    assert_eq!(refused, expected);
    first.finish();
    TestJournal::open(folder.path()).finish();
}

#[test]
fn what_is_no_folder_is_refused_with_a_sentence() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let refused = |path: &Path| Disk::open(settings(path), || {}).err().unwrap();
    assert!(refused(&file).contains("is a file, not a folder. Name a folder with --data."));
    let refused = refused(&file.join("in"));
    assert!(refused.ends_with("a part of its path is a file. Name another folder with --data."), "{refused}");
}

#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let data = folder.path().join("a/data");
    let mut journal = TestJournal::open(&data);
    journal.commit(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi")]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// The bytes of all files in a folder.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        std::fs::File::open(file.unwrap().path()).unwrap().read_to_end(&mut bytes).unwrap();
    }
    bytes
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_is_forgotten_is_in_no_file_any_more() {
    let folder = Folder::new();
    let mut journal = TestJournal::open(folder.path());
    journal.commit((1..=3).map(|stream| opened(stream, "lobby")).collect());
    // Long and short ones, in between others, indexed and not.
    let mut meant = 0;
    for id in 1..=700 {
        let records = (1..=3).map(|stream| {
            let text = format!("Qwertyzap{id}x{stream} {}", "Muddlefoot ".repeat((id % 40) as usize * 9));
            if (id + stream) % 4 == 0 {
                meant += 1;
                said(stream, id, "Çarl", text.trim())
            } else {
                said(stream, id, "Ann", &format!("hello {id}"))
            }
        });
        let records = records.collect();
        journal.append(records);
    }
    journal.commit(vec![]);
    assert!(has(&bytes(folder.path()), "Qwertyzap"));
    assert_eq!(journal.forget("çARL"), meant);
    let left = bytes(folder.path());
    for word in ["Qwertyzap", "qwertyzap", "Muddlef", "muddlef", "Çarl", "wertyz", "uddlef"] {
        assert!(!has(&left, word), "{word}");
    }
    assert_eq!(journal.all().len() as u64, 2_100 - meant);
    let search = Question::Search { stream: StreamId(1), words: "hello".into(), limit: 1_000 };
    assert_eq!(journal.ask(&search).unwrap().messages.len(), 525);
    // Later messages of that name stay.
    journal.commit(vec![said(3, 701, "Çarl", "again")]);
    assert_eq!(journal.texts().last().unwrap(), "again");
}

fn amended(stream: u64, id: u64, text: Option<&str>) -> Record {
    let text = text.map(str::to_owned);
    Record::Amend(Amended { stream: StreamId(stream), id, text, ticket: None })
}

#[test]
fn what_its_author_erased_or_edited_is_in_no_file_any_more() {
    let folder = Folder::new();
    let mut journal = TestJournal::open(folder.path());
    let mut records = vec![opened(1, "lobby"), opened(2, "den")];
    // Many, so that the first ones may be indexed.
    records.extend((1..=1_200).map(|id| said(1, id, "Ann", &format!("Qwertyzap{id} Muddlefoot"))));
    journal.commit(records);
    let search = |words: &str| Question::Search { stream: StreamId(1), words: words.into(), limit: 2_000 };
    // Indexed, not indexed, in the same batch, twice, in another stream, and never said.
    let mut last = vec![said(1, 1_201, "Ann", "Qwertyzap1201"), said(1, 1_202, "Ann", "Qwertyzap1202")];
    last.extend((1..=1_201).filter(|id| *id != 7).map(|id| amended(1, id, None)));
    last.extend([
        amended(1, 7, Some("Blunderbuss")),
        amended(1, 7, Some("teapot")),
        amended(1, 1_202, Some("kettle")),
    ]);
    last.extend([amended(2, 7, None), amended(1, 5_000, Some("nothing"))]);
    journal.commit(last);
    assert_eq!(journal.texts(), ["teapot", "kettle"]);
    assert!(journal.all().iter().all(|message| message.is_edited));
    let found = |journal: &mut TestJournal, words: &str| journal.ask(&search(words)).unwrap().messages.len();
    assert_eq!(
        ["muddlefoot", "blunderbuss", "teapot", "kettle"].map(|word| found(&mut journal, word)),
        [0, 0, 1, 1]
    );
    journal.finish();

    let mut journal = TestJournal::open(folder.path());
    let [lobby, _] = &journal.restored.streams[..] else { panic!("two are open") };
    assert_eq!((lobby.messages.len(), lobby.messages[0].is_edited), (2, true));
    assert_eq!(["muddlefoot", "blunderbuss", "teapot"].map(|word| found(&mut journal, word)), [0, 0, 1]);
    journal.finish();
    let left = bytes(folder.path());
    for word in ["Qwertyzap", "qwertyzap", "Muddlef", "muddlef", "lunderbus"] {
        assert!(!has(&left, word), "{word}");
    }
}

#[test]
fn what_an_operator_erased_is_in_no_file_when_that_is_answered() {
    let folder = Folder::new();
    let mut journal = TestJournal::open(folder.path());
    journal.commit(vec![opened(1, "lobby"), said(1, 1, "Ann", "Qwertyzap"), said(1, 2, "Ann", "tea")]);
    for (id, messages) in [(1, 1), (1, 0), (9, 0)] {
        let (stream, ticket) = (StreamId(1), Some(Ticket(40 + id)));
        journal.append(vec![Record::Amend(Amended { stream, id, text: None, ticket })]);
        let report = loop {
            if let JournalEvent::Erased(answered, report) = journal.next() {
                assert_eq!(Some(answered), ticket);
                break report;
            }
        };
        assert_eq!(report.messages, messages);
        assert!(!has(&bytes(folder.path()), "wertyza"));
    }
    assert_eq!(journal.texts(), ["tea"]);
}

#[test]
fn no_word_has_a_meaning_but_its_own() {
    let folder = Folder::new();
    let mut journal = TestJournal::open(folder.path());
    let mut records = vec![opened(1, "lobby")];
    records.extend((1..=600).map(|id| said(1, id, "Ann", &format!("filler {id}"))));
    records.push(said(1, 601, "Ann", "to be OR NOT to be: \"near\" the end* ^"));
    journal.commit(records);
    for typed in ["OR", "not", "\"near", "NEAR(to be)", "en*", "to AND be", "word:to", "-end", "^to"] {
        let found = journal.ask(&Question::Search { stream: StreamId(1), words: typed.into(), limit: 9 });
        let expected = usize::from(!typed.contains("AND") && !typed.contains("word"));
        assert_eq!(found.unwrap().messages.len(), expected, "{typed}");
    }
    let none = journal.ask(&Question::Search { stream: StreamId(1), words: "?!".into(), limit: 9 });
    assert!(none.unwrap_err().starts_with("Which words?"));
}

#[test]
fn what_is_too_old_or_too_much_goes() {
    let folder = Folder::new();
    let now = SystemTime::now();
    let day = Duration::from_secs(24 * 3600);
    let at = |id: u64, days: u32| {
        let mut message = message(1, id, "Ann", &format!("{id} {}", "x".repeat(1_000)));
        message.time = now - day * days;
        Record::Message(message)
    };
    let mut journal = TestJournal::open(folder.path());
    let mut records = vec![opened(1, "lobby")];
    // One of them has an impossible time.
    records.extend((1..=500).map(|id| if id == 1 { at(id, 0) } else { at(id, 10) }));
    records.extend((501..=1_000).map(|id| at(id, 1)));
    journal.commit(records);
    journal.finish();

    let mut journal = TestJournal::with(Settings { keep: Some(day * 5), ..settings(folder.path()) });
    assert_eq!(journal.restored.streams[0].messages.first().unwrap().id, 501);
    until(&mut journal, |journal| first_id(journal) == 501);
    journal.finish();

    let keep_bytes = 300_000;
    let mut journal = TestJournal::with(Settings { keep_bytes, ..settings(folder.path()) });
    until(&mut journal, |journal| first_id(journal) > 650);
    // Until the file has shrunk, which the next start reports.
    let mut journal = Some(journal);
    let size = || std::fs::metadata(folder.path().join("salon.db")).unwrap().len();
    let end = Instant::now() + TEST_TIMEOUT;
    while let Some(mut open) = journal.take() {
        // Maintenance runs meanwhile.
        (0..300).for_each(|_| _ = first_id(&mut open));
        open.finish();
        if size() < 400_000 {
            break;
        }
        assert!(Instant::now() < end, "{}", size());
        journal = Some(TestJournal::with(Settings { keep_bytes, ..settings(folder.path()) }));
    }
    let mut journal = TestJournal::with(Settings { keep_bytes, ..settings(folder.path()) });
    assert!(first_id(&mut journal) < 1_000);
    assert_eq!(journal.restored.streams[0].next_id, 1_001);
}

fn first_id(journal: &mut TestJournal) -> u64 {
    let question = Question::Page { room: "lobby".into(), after: None, limit: 1 };
    journal.ask(&question).unwrap().messages.first().map_or(0, |message| message.id)
}

/// Waits for something that no event reports.
fn until(journal: &mut TestJournal, mut is: impl FnMut(&mut TestJournal) -> bool) {
    let end = Instant::now() + TEST_TIMEOUT;
    while !is(journal) {
        assert!(Instant::now() < end, "it does not come");
        std::thread::yield_now();
    }
}

/// The seed of a record in the property test.
type Seed = (u8, u8, u8, u8);

const WORDS: [&str; 14] = [
    "tea",
    "Teapot",
    "tea*",
    "crème",
    "CREME brulee",
    "Straße",
    "你好",
    "好",
    "你们好 tea",
    "ภาษาไทย",
    "ไทย 👍",
    "an AND b",
    "\"quo*ted\" x:y",
    "sesquipedalianismsesquipedalianism",
];
const NAMES: [&str; 4] = ["Ann", "ann", "Bob", "Ümit"];
const ROOMS: [&str; 3] = ["lobby", "LOBBY", "den"];

/// Records as a hub might append them.
#[derive(Default)]
struct Writing {
    next_stream: u64,
    open: Vec<(u64, u64)>,
    /// What was said and is not erased, with the names.
    said: Vec<(u64, u64, NameKey)>,
    ticket: u64,
}

impl Writing {
    fn record(&mut self, (what, which, name, text): Seed) -> Record {
        if self.open.is_empty() || what < 12 {
            self.next_stream += 1;
            self.open.push((self.next_stream, 1));
            return opened(self.next_stream, ROOMS[usize::from(which) % ROOMS.len()]);
        }
        let place = usize::from(which) % self.open.len();
        if what < 20 && self.open.len() > 1 {
            return Record::StreamClosed(StreamId(self.open.remove(place).0));
        }
        if what < 26 {
            self.ticket += 1;
            let key = NameKey::of(NAMES[usize::from(name) % NAMES.len()]);
            self.said.retain(|(.., other)| *other != key);
            return Record::Erase { key, ticket: Ticket(self.ticket) };
        }
        let word = |n: u8| WORDS[usize::from(n) % WORDS.len()];
        if what < 50 && !self.said.is_empty() {
            let at = self.said.len() - 1 - usize::from(which) % self.said.len();
            let (stream, id, _) = self.said[at].clone();
            if what % 2 == 0 {
                return amended(stream, id, Some(word(text)));
            }
            self.said.remove(at);
            return amended(stream, id, None);
        }
        let (stream, id) = &mut self.open[place];
        // Some ids are skipped.
        *id += u64::from(what % 3) + 1;
        let mut message = message(*stream, *id, NAMES[usize::from(name) % NAMES.len()], "");
        message.text = format!("{} {}", word(text), word(text / 14));
        message.time = UNIX_EPOCH + Duration::from_secs(u64::from(text));
        message.manner = [Manner::Act, Manner::Notice, Manner::Speech][usize::from(what % 5).min(2)];
        if what % 7 == 0 {
            message.by = None;
        }
        self.said.push((*stream, *id, NameKey::of(message.by.as_ref().map_or("", |by| &by.name))));
        Record::Message(message)
    }
}

fn question((what, which, name, text): Seed) -> Question {
    let stream = StreamId(u64::from(which % 5));
    let limit = usize::from(name % 9);
    match what % 4 {
        3 if text % 3 == 0 => {
            let mark = |from: u8| {
                let time = UNIX_EPOCH + Duration::from_secs(u64::from(from));
                if from.is_multiple_of(2) {
                    Mark::Message(u64::from(from / 4), time)
                } else {
                    Mark::Time(time)
                }
            };
            let (one, other) = (mark(text), mark(name));
            let span = match what / 4 % 6 {
                0 => Span::Latest(None),
                1 => Span::Latest(Some(one)),
                2 => Span::Before(one),
                3 => Span::After(one),
                4 => Span::Around(one),
                _ => Span::Between(one, other),
            };
            Question::Span { stream, span, limit }
        }
        3 => {
            let id = |bit: u8| (name & bit != 0).then(|| u64::from(text / 2));
            Question::Between { stream, before: id(16).map(|id| id + 4), after: id(32), limit }
        }
        0 => {
            let since = (text % 2 == 0).then(|| UNIX_EPOCH + Duration::from_secs(u64::from(text)));
            Question::Last { stream, limit, since }
        }
        1 => Question::Search { stream, words: WORDS[usize::from(text) % WORDS.len()].into(), limit },
        _ => {
            let room = ROOMS[usize::from(which) % ROOMS.len()].into();
            let after = (text % 2 == 0).then_some((stream, u64::from(text / 4)));
            Question::Page { room, after, limit }
        }
    }
}

/// The events up to a batch's commit, as far as both journals report them.
fn answers(told: impl FnMut() -> Option<JournalEvent>) -> Vec<JournalEvent> {
    let mut all: Vec<JournalEvent> =
        std::iter::from_fn(told).filter(|told| !matches!(told, JournalEvent::Committed(_))).collect();
    all.sort_by_key(|told| match told {
        JournalEvent::Erased(ticket, _) => (0, ticket.0),
        JournalEvent::Answered(ticket, _) => (1, ticket.0),
        _ => (2, 0),
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_file_and_memory_give_the_same_answers(
        steps in vec((vec(any::<Seed>(), 0..60), vec(any::<Seed>(), 0..8), 0_u8..8), 1..12),
    ) {
        let folder = Folder::new();
        let mut disk = TestJournal::open(folder.path());
        let mut memory = Memory::new(usize::MAX, usize::MAX);
        let mut writing = Writing::default();
        for (records, questions, what) in steps {
            let records: Vec<Record> = records.into_iter().map(|seed| writing.record(seed)).collect();
            let forgets = records.iter().filter(|record| matches!(record, Record::Erase { .. })).count();
            // An erasure has to end before the name says more: the journal in memory erases at once.
            let mut expected = 0;
            for part in records.split_inclusive(|record| matches!(record, Record::Erase { .. })) {
                expected += usize::from(matches!(part.last(), Some(Record::Erase { .. })));
                memory.append(Batch { number: 1, records: part.to_vec() });
            }
            disk.append(records);
            let questions: Vec<Question> = questions.into_iter().map(question).collect();
            let mut told = Vec::new();
            let number = disk.number;
            let mut is_kept = false;
            while !is_kept || told.len() < expected {
                match disk.next() {
                    JournalEvent::Committed(kept) => is_kept |= kept == number,
                    other => told.push(other),
                }
            }
            prop_assert_eq!(forgets, expected);
            if what == 0 {
                disk.finish();
                disk = TestJournal::open(folder.path());
            }
            for (ticket, asked) in questions.iter().enumerate() {
                let ticket = Ticket(ticket as u64);
                told.push(JournalEvent::Answered(ticket, disk.ask(asked)));
                memory.ask(ticket, asked.clone(), Effort::Quick);
            }
            let mut told = told.into_iter();
            let mut remembered = || loop {
                match memory.poll() {
                    None if memory.is_busy() => {}
                    told => return told,
                }
            };
            prop_assert_eq!(answers(|| told.next()), answers(&mut remembered));
        }
    }
}

/// Not a test: the process that the next test kills.
#[test]
#[ignore = "started by the test below"]
fn a_process_that_appends() {
    let Ok(folder) = std::env::var("SALON_TEST_FOLDER") else { return };
    let mut journal = TestJournal::open(Path::new(&folder));
    let next = journal.restored.streams.first().map_or(1, |stream| stream.next_id);
    let mut first = vec![opened(1, "lobby")];
    let mut out = std::io::stdout();
    for id in next.. {
        first.push(said(1, id, "Ann", &format!("number {id}")));
        journal.append(std::mem::take(&mut first));
        // As many in flight as in a busy room.
        while id - next >= 20 + last_kept(&mut journal, &mut out, next) {}
    }
}

/// Prints what was committed, and returns the number of batches.
fn last_kept(journal: &mut TestJournal, out: &mut impl Write, next: u64) -> u64 {
    let JournalEvent::Committed(number) = journal.next() else { panic!("it is kept") };
    writeln!(out, "kept {}", next + number - 1).unwrap();
    number
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_was_kept() {
    let folder = Folder::new();
    let mut before = 0;
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::a_process_that_appends", "--ignored", "--nocapture"])
            .env("SALON_TEST_FOLDER", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut kept = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while kept < before + round * 150 {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, number)) = line.split_once("kept ") {
                kept = number.parse().unwrap();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // It may have reported more than was read.
        for line in lines.map_while(Result::ok) {
            if let Some(Ok(number)) = line.strip_prefix("kept ").map(str::parse::<u64>) {
                kept = kept.max(number);
            }
        }
        let mut journal = TestJournal::open(folder.path());
        assert_eq!(journal.notes, [""; 0]);
        let all: Vec<u64> = journal.all().iter().map(|message| message.id).collect();
        assert!(all.len() as u64 >= kept, "{} of {kept}", all.len());
        assert!(all.iter().copied().eq(1..=all.len() as u64), "once, and in order");
        before = all.len() as u64;
        journal.finish();
    }
}
