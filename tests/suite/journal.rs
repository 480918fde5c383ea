//! What is kept: by the journal on disk, over any number of runs however they end, and by the one in memory, which gives the
//! same answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::*;
use salon::base::name::NameKey;
use salon::journal::disk::{Disk, Settings};
use salon::journal::memory::Memory;
use salon::journal::{
    Author, Batch, Effort, HistoryStore, Journal, JournalEvent, Message, QueryResult, Question, Record,
    RestoredState, RoomLog, StoredDecisions, StreamId, Ticket,
};
use salon::proto::Kind;

use crate::support::process::{Folder, PATIENCE};

/// A journal on disk, and what wakes whoever waits for it.
struct Keeper {
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

impl Keeper {
    fn open(folder: &Path) -> Keeper {
        Keeper::with(settings(folder))
    }

    fn with(settings: Settings) -> Keeper {
        let (wake, woken) = mpsc::channel();
        let (disk, restored, notes) = Disk::open(settings, move || _ = wake.send(())).unwrap();
        Keeper { disk, woken, restored, notes, number: 0 }
    }

    fn next(&mut self) -> JournalEvent {
        let end = Instant::now() + PATIENCE;
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

    /// Hands over what is to be kept, and waits until it is.
    fn keep(&mut self, records: Vec<Record>) {
        let number = self.append(records);
        loop {
            match self.next() {
                JournalEvent::Committed(kept) if kept == number => return,
                JournalEvent::Failing(reason) => panic!("{reason}"),
                _ => {}
            }
        }
    }

    /// Has a name forgotten, and waits until it is: how many messages it were.
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

    /// Asks, and asks again where a busy machine gave it no time.
    fn ask(&mut self, question: &Question) -> Result<QueryResult, String> {
        let end = Instant::now() + PATIENCE;
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

    /// All of a room, page by page.
    fn all(&mut self) -> Vec<Message> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after = all.last().map(|last| (last.stream, last.id));
            let found = self.ask(&Question::Page { room: "lobby".into(), after, most: 1_000 }).unwrap();
            all.extend(found.messages);
            if !found.is_cut {
                return all;
            }
        }
    }

    fn texts(&mut self) -> Vec<String> {
        self.all().into_iter().map(|message| message.text).collect()
    }

    fn finish(self) {
        assert_eq!(self.disk.finish(PATIENCE), Ok(()));
    }
}

fn opened(stream: u64, room: &str) -> Record {
    Record::StreamOpened { stream: StreamId(stream), room: room.into() }
}

fn message(stream: u64, id: u64, name: &str, text: &str) -> Message {
    Message {
        stream: StreamId(stream),
        id,
        time: UNIX_EPOCH + Duration::from_micros(1_790_000_000_000_000 + id),
        by: Some(Author { name: name.into(), kind: Kind::Person }),
        is_act: false,
        text: text.into(),
    }
}

fn said(stream: u64, id: u64, name: &str, text: &str) -> Record {
    Record::Message(message(stream, id, name, text))
}

#[test]
fn what_was_kept_is_there_at_the_next_start() {
    let folder = Folder::new();
    let mut first = Keeper::open(folder.path());
    assert_eq!(first.restored, RestoredState::default());
    let mut host = message(1, 3, "x", "Welcome!");
    host.by = None;
    let mut bot = message(1, 4, "SimpleBot", "waves");
    bot.is_act = true;
    bot.by.as_mut().unwrap().kind = Kind::Bot;
    let state = StoredDecisions { closed: vec!["den".into()], ..StoredDecisions::default() };
    first.keep(vec![
        opened(1, "Lobby"),
        Record::ReserveIds { stream: StreamId(1), below: 1_024 },
        said(1, 1, "Ann", "hi"),
        Record::Message(host.clone()),
        Record::Message(bot.clone()),
        opened(2, "den"),
        Record::Decisions(Box::new(state.clone())),
    ]);
    first.keep(vec![said(2, 1, "Ann", "bye"), Record::StreamClosed(StreamId(2))]);
    first.finish();

    let second = Keeper::open(folder.path());
    assert_eq!(second.notes, [""; 0]);
    assert_eq!(second.restored.decisions, state);
    assert_eq!(second.restored.next_stream, StreamId(3));
    let [stream] = &second.restored.streams[..] else { panic!("one thread is open") };
    assert_eq!((stream.id, stream.room.as_str(), stream.next_id), (StreamId(1), "Lobby", 1_024));
    assert_eq!(stream.messages, [message(1, 1, "Ann", "hi"), host, bot]);
}

#[test]
fn what_comes_twice_is_kept_once() {
    let folder = Folder::new();
    let mut keeper = Keeper::open(folder.path());
    keeper.keep(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi")]);
    keeper.keep(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi"), said(1, 2, "Ann", "ho")]);
    assert_eq!(keeper.texts(), ["hi", "ho"]);
}

#[test]
fn a_folder_is_for_one_server() {
    let folder = Folder::new();
    let first = Keeper::open(folder.path());
    let refused = Disk::open(settings(folder.path()), || {}).err().unwrap();
    let expected = format!(
        "{} is used by another Salon (process {}). Stop that one, or name another folder with --data.",
        folder.path().display(),
        std::process::id()
    );
    assert_eq!(refused, expected);
    first.finish();
    Keeper::open(folder.path()).finish();
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
    let mut keeper = Keeper::open(&data);
    keeper.keep(vec![opened(1, "lobby"), said(1, 1, "Ann", "hi")]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// All bytes of all files in a folder.
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
    let mut keeper = Keeper::open(folder.path());
    keeper.keep((1..=3).map(|stream| opened(stream, "lobby")).collect());
    // Long ones and short ones, in among others, indexed and not.
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
        keeper.append(records);
    }
    keeper.keep(vec![]);
    assert!(has(&bytes(folder.path()), "Qwertyzap"));
    assert_eq!(keeper.forget("çARL"), meant);
    let left = bytes(folder.path());
    for word in ["Qwertyzap", "qwertyzap", "Muddlef", "muddlef", "Çarl", "wertyz", "uddlef"] {
        assert!(!has(&left, word), "{word}");
    }
    assert_eq!(keeper.all().len() as u64, 2_100 - meant);
    let search = Question::Search { stream: StreamId(1), words: "hello".into(), most: 1_000 };
    assert_eq!(keeper.ask(&search).unwrap().messages.len(), 525);
    // Who comes by that name later is heard.
    keeper.keep(vec![said(3, 701, "Çarl", "again")]);
    assert_eq!(keeper.texts().last().unwrap(), "again");
}

#[test]
fn no_word_has_a_meaning_but_its_own() {
    let folder = Folder::new();
    let mut keeper = Keeper::open(folder.path());
    let mut records = vec![opened(1, "lobby")];
    records.extend((1..=600).map(|id| said(1, id, "Ann", &format!("filler {id}"))));
    records.push(said(1, 601, "Ann", "to be OR NOT to be: \"near\" the end* ^"));
    keeper.keep(records);
    for typed in ["OR", "not", "\"near", "NEAR(to be)", "en*", "to AND be", "word:to", "-end", "^to"] {
        let found = keeper.ask(&Question::Search { stream: StreamId(1), words: typed.into(), most: 9 });
        let expected = usize::from(!typed.contains("AND") && !typed.contains("word"));
        assert_eq!(found.unwrap().messages.len(), expected, "{typed}");
    }
    let none = keeper.ask(&Question::Search { stream: StreamId(1), words: "?!".into(), most: 9 });
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
    let mut keeper = Keeper::open(folder.path());
    let mut records = vec![opened(1, "lobby")];
    // One of them bears a time that never was.
    records.extend((1..=500).map(|id| if id == 1 { at(id, 0) } else { at(id, 10) }));
    records.extend((501..=1_000).map(|id| at(id, 1)));
    keeper.keep(records);
    keeper.finish();

    let mut keeper = Keeper::with(Settings { keep: Some(day * 5), ..settings(folder.path()) });
    assert_eq!(keeper.restored.streams[0].messages.first().unwrap().id, 501);
    until(&mut keeper, |keeper| first_id(keeper) == 501);
    keeper.finish();

    let keep_bytes = 300_000;
    let mut keeper = Keeper::with(Settings { keep_bytes, ..settings(folder.path()) });
    until(&mut keeper, |keeper| first_id(keeper) > 650);
    // Until it has shrunk: it says so when it is opened the next time.
    let mut keeper = Some(keeper);
    let size = || std::fs::metadata(folder.path().join("salon.db")).unwrap().len();
    let end = Instant::now() + PATIENCE;
    while let Some(mut open) = keeper.take() {
        // As long as that takes, it tidies.
        (0..300).for_each(|_| _ = first_id(&mut open));
        open.finish();
        if size() < 400_000 {
            break;
        }
        assert!(Instant::now() < end, "{}", size());
        keeper = Some(Keeper::with(Settings { keep_bytes, ..settings(folder.path()) }));
    }
    let mut keeper = Keeper::with(Settings { keep_bytes, ..settings(folder.path()) });
    assert!(first_id(&mut keeper) < 1_000);
    assert_eq!(keeper.restored.streams[0].next_id, 1_001);
}

fn first_id(keeper: &mut Keeper) -> u64 {
    let question = Question::Page { room: "lobby".into(), after: None, most: 1 };
    keeper.ask(&question).unwrap().messages.first().map_or(0, |message| message.id)
}

/// Waits for something that nobody tells of.
fn until(keeper: &mut Keeper, mut is: impl FnMut(&mut Keeper) -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is(keeper) {
        assert!(Instant::now() < end, "it does not come");
        std::thread::yield_now();
    }
}

/// What a record of the property test is made from.
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

/// Records as a hub might hand them over.
#[derive(Default)]
struct Writing {
    next_stream: u64,
    open: Vec<(u64, u64)>,
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
            return Record::Erase { key, ticket: Ticket(self.ticket) };
        }
        let (stream, id) = &mut self.open[place];
        // Some ids are never used.
        *id += u64::from(what % 3) + 1;
        let word = |n: u8| WORDS[usize::from(n) % WORDS.len()];
        let mut message = message(*stream, *id, NAMES[usize::from(name) % NAMES.len()], "");
        message.text = format!("{} {}", word(text), word(text / 14));
        message.time = UNIX_EPOCH + Duration::from_secs(u64::from(text));
        message.is_act = what % 5 == 0;
        if what % 7 == 0 {
            message.by = None;
        }
        Record::Message(message)
    }
}

fn question((what, which, name, text): Seed) -> Question {
    let stream = StreamId(u64::from(which % 5));
    let most = usize::from(name % 9);
    match what % 4 {
        3 => {
            let id = |bit: u8| (name & bit != 0).then(|| u64::from(text / 2));
            Question::Between { stream, before: id(16).map(|id| id + 4), after: id(32), most }
        }
        0 => {
            let since = (text % 2 == 0).then(|| UNIX_EPOCH + Duration::from_secs(u64::from(text)));
            Question::Last { stream, most, since }
        }
        1 => Question::Search { stream, words: WORDS[usize::from(text) % WORDS.len()].into(), most },
        _ => {
            let room = ROOMS[usize::from(which) % ROOMS.len()].into();
            let after = (text % 2 == 0).then_some((stream, u64::from(text / 4)));
            Question::Page { room, after, most }
        }
    }
}

/// Polls until a batch's number of things was told, of those that both journals tell.
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
        let mut disk = Keeper::open(folder.path());
        let mut memory = Memory::new(usize::MAX, usize::MAX);
        let mut writing = Writing::default();
        for (records, questions, what) in steps {
            let records: Vec<Record> = records.into_iter().map(|seed| writing.record(seed)).collect();
            let forgets = records.iter().filter(|record| matches!(record, Record::Erase { .. })).count();
            // A forgetting has to be done before somebody is heard again: memory does it at once.
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
                disk = Keeper::open(folder.path());
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

/// Not a test: the process that the next one kills.
#[test]
#[ignore = "started by the test below"]
fn a_process_that_appends() {
    let Ok(folder) = std::env::var("SALON_TEST_FOLDER") else { return };
    let mut keeper = Keeper::open(Path::new(&folder));
    let next = keeper.restored.streams.first().map_or(1, |stream| stream.next_id);
    let mut first = vec![opened(1, "lobby")];
    let mut out = std::io::stdout();
    for id in next.. {
        first.push(said(1, id, "Ann", &format!("number {id}")));
        keeper.append(std::mem::take(&mut first));
        // As many under way as a busy room has.
        while id - next >= 20 + last_kept(&mut keeper, &mut out, next) {}
    }
}

/// Says what was kept, and how many batches that are.
fn last_kept(keeper: &mut Keeper, out: &mut impl Write, next: u64) -> u64 {
    let JournalEvent::Committed(number) = keeper.next() else { panic!("it is kept") };
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
        // It may have told more than was read.
        for line in lines.map_while(Result::ok) {
            if let Some(Ok(number)) = line.strip_prefix("kept ").map(str::parse::<u64>) {
                kept = kept.max(number);
            }
        }
        let mut keeper = Keeper::open(folder.path());
        assert_eq!(keeper.notes, [""; 0]);
        let all: Vec<u64> = keeper.all().iter().map(|message| message.id).collect();
        assert!(all.len() as u64 >= kept, "{} of {kept}", all.len());
        assert!(all.iter().copied().eq(1..=all.len() as u64), "once, and in order");
        before = all.len() as u64;
        keeper.finish();
    }
}
