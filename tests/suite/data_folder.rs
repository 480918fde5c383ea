//! The real server on damaged or odd folders, and killed at bad moments.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::keep::{self, Mount};
use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, TEST_TIMEOUT, command};

/// The text of a message, of about 500 bytes.
fn text(number: usize) -> String {
    format!("{number:05} {}", "x".repeat(500))
}

/// Has this many messages said in a new folder, and stops the server.
fn fill(data: &Path, count: usize) {
    let mut salon = keep::start(data, &[]);
    talk(&salon, 0, count);
    salon.type_line("exit");
    assert!(salon.wait().success());
    // Connections that close at the same time may leave the log beside the file. The file is to be damaged, so run a
    // checkpoint.
    let database = Connection::open(database(data)).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

/// Ann says messages with these numbers, and reads their echoes.
fn talk(salon: &Salon, from: usize, to: usize) {
    let mut ann = Peer::join(salon.port, "Ann");
    for number in from..to {
        ann.say(&text(number));
    }
    ann.until(&text(to - 1));
    ann.say("/exit");
    ann.until_closed();
}

/// Checks that these are in order and all in `wanted`; some may be missing.
fn is_part(texts: &[String], wanted: &[String]) -> bool {
    let mut wanted = wanted.iter();
    texts.iter().all(|text| wanted.any(|it| it == text))
}

fn database(data: &Path) -> std::path::PathBuf {
    data.join("salon.db")
}

#[test]
fn a_file_that_is_none_is_set_aside_and_said_so() {
    let data = Folder::new();
    let garbage: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(database(data.path()), &garbage).unwrap();
    let salon = keep::start(data.path(), &[]);
    let note = salon.line(database(data.path()).canonicalize().unwrap().to_str().unwrap());
    assert!(note.contains("was damaged. It is "), "{note}");
    talk(&salon, 0, 3);
    assert_eq!(keep::texts(&salon).len(), 3);
    let is_aside = |path: &std::path::PathBuf| fs::read(path).unwrap() == garbage;
    assert!(keep::files(data.path()).iter().any(is_aside), "nothing is deleted");
}

#[test]
fn forget_names_what_it_does_not_erase() {
    let data = Folder::new();
    fill(data.path(), 3);
    let mut salon = keep::start(data.path(), &[]);
    let port = salon.port.to_string();
    let ctl = |words: &[&str]| {
        let words = [&["ctl", "-p", &port], words].concat();
        String::from_utf8(command(salon.folder.path(), &words).output().unwrap().stdout).unwrap()
    };
    assert_eq!(ctl(&["forget", "Bob"]), "No messages of Bob are stored.\n", "there are no copies");
    // Files that the server sets aside, their log, and its temporary files.
    let names = ["salon-damaged-20260101T000000Z.db", "salon-version-1-20260101T000000Z.db"];
    let log = "salon-damaged-20260101T000000Z.db-wal";
    for name in [names[0], names[1], log] {
        fs::copy(database(data.path()), data.path().join(name)).unwrap();
    }
    let folder = data.path().canonicalize().unwrap();
    let copies = [names[0], log, names[1]].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let text = ctl(&["forget", "Ann"]);
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(first, "3 messages of Ann are erased.");
    assert!(rest.starts_with("These copies were set aside earlier and are unchanged"), "{text}");
    let told: Vec<&str> = rest.lines().skip(1).map(str::trim).collect();
    assert_eq!(told, copies);
    let answer: Value = serde_json::from_str(&ctl(&["--json", "forget", "Ann"])).unwrap();
    assert_eq!(answer["data"], json!({ "name": "Ann", "messages": 0, "copies": copies }));
    salon.type_line("exit");
    assert!(salon.wait().success());
    let logged = keep::files(&salon.log_folder()).into_iter().map(|log| fs::read_to_string(log).unwrap());
    let logged = logged.collect::<String>();
    for copy in &copies {
        assert!(
            logged.contains(&format!(
                "{copy} is an older copy, and may still contain erased messages: delete it"
            )),
            "{logged}"
        );
    }
}

#[test]
fn of_a_file_that_was_cut_off_the_rest_is_there() {
    let data = Folder::new();
    fill(data.path(), 400);
    let file = OpenOptions::new().write(true).open(database(data.path())).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length * 2 / 3 / 4_096 * 4_096).unwrap();
    let salon = keep::start(data.path(), &[]);
    talk(&salon, 400, 410);
    let (texts, wanted) = (keep::texts(&salon), (0..410).map(text).collect::<Vec<_>>());
    assert!(
        texts.len() > 100 && texts.ends_with(&wanted[400..]) && is_part(&texts, &wanted),
        "{}",
        texts.len()
    );
}

/// The log alone may contain everything.
#[test]
fn of_a_file_that_was_emptied_the_log_is_there() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    talk(&salon, 0, 40);
    keep::kill(salon);
    OpenOptions::new().write(true).open(database(data.path())).unwrap().set_len(0).unwrap();
    let salon = keep::start(data.path(), &[]);
    assert_eq!(keep::texts(&salon), (0..40).map(text).collect::<Vec<_>>());
}

#[test]
fn a_page_that_is_overwritten_while_it_runs_harms_no_other_message() {
    let data = Folder::new();
    fill(data.path(), 400);
    let salon = keep::start(data.path(), &[]);
    let mut file = OpenOptions::new().write(true).open(database(data.path())).unwrap();
    let middle = file.metadata().unwrap().len() / 2 / 4_096 * 4_096;
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[0xa5; 4_096]).unwrap();
    talk(&salon, 400, 410);
    // A query finds the damage; then a new file has everything else.
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("/history 1000");
    bob.until("The history is not available now: the journal's file is damaged, and is being replaced.");
    talk(&salon, 410, 420);
    let texts = keep::texts(&salon);
    assert!(
        texts.len() > 380 && texts.ends_with(&(400..420).map(text).collect::<Vec<_>>()),
        "{}",
        texts.len()
    );
    keep::kill(salon);
    let salon = keep::start(data.path(), &[]);
    let (texts, wanted) = (keep::texts(&salon), (0..420).map(text).collect::<Vec<_>>());
    let is_whole = texts.len() > 380 && texts.ends_with(&wanted[400..]) && is_part(&texts, &wanted);
    assert!(is_whole, "{} of 420", texts.len());
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_with_what_to_do() {
    let folder = Folder::new();
    let said = |data: &Path, part: &str| {
        let (status, why) = keep::refuses(folder.path(), data);
        let is_good =
            status == Some(1) && why.lines().count() == 1 && why.contains(part) && why.contains("--data");
        assert!(is_good, "{part:?}: {status:?} {why}");
    };
    let data = folder.path().join("newer");
    fill(&data, 1);
    Connection::open(database(&data)).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let before = fs::read(database(&data)).unwrap();
    said(&data, "a newer version of Salon");
    assert!(fs::read(database(&data)).unwrap() == before, "and is left as it is");

    let data = folder.path().join("file");
    File::create(&data).unwrap();
    said(&data, "is a file, not a folder");
    said(&data.join("below"), "a part of its path is a file");

    let data = folder.path().join("taken");
    let salon = keep::start(&data, &[]);
    said(&data, &format!("is used by another Salon (process {})", salon.id()));
    talk(&salon, 0, 1);

    let data = folder.path().join("read-only");
    fs::create_dir(&data).unwrap();
    if rustix::process::geteuid().is_root() {
        let Some(_mount) = Mount::new(&data, "ro") else { return };
        said(&data, "the disk is read-only");
    } else {
        fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
        said(&data, "this user may not");
    }
}

#[test]
fn a_folder_that_is_removed_while_it_runs_is_there_again() {
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    talk(&salon, 0, 10);
    fs::remove_dir_all(data.path()).unwrap();
    assert_eq!(keep::texts(&salon).len(), 10, "who has it open has all of it");
    talk(&salon, 10, 20);
    let end = Instant::now() + TEST_TIMEOUT;
    let mut said = 20;
    while !database(data.path()).exists() {
        // The server checks once a second, before it writes.
        talk(&salon, said, said + 1);
        said += 1;
        assert!(Instant::now() < end, "it is not written anew");
    }
    let mut operator = keep::operator(&salon);
    while keep::order(&mut operator, "stats")["data"]["unkept_turns"] != 0 {
        assert!(Instant::now() < end, "what was heard while there was no file is not kept");
    }
    keep::kill(salon);
    let texts = keep::texts(&keep::start(data.path(), &[]));
    assert!(texts == (0..said).map(text).collect::<Vec<_>>(), "{} of {said} are in the new one", texts.len());
}

/// Starts a server, and kills it soon.
fn kill_as_it_starts(data: &Path, rng: &mut StdRng) {
    let words = ["serve", "--port", "0", "--chaty-port", "off", "--data", data.to_str().unwrap()];
    let folder = Folder::new();
    let mut command = command(folder.path(), &words);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = Killed(command.spawn().unwrap());
    // Any moment will do, and there is no event to wait for.
    thread::sleep(Duration::from_millis(rng.random_range(0..60)));
    drop(child);
}

#[test]
fn a_crash_during_the_start_loses_nothing() {
    let data = Folder::new();
    fill(data.path(), 200);
    let wanted: Vec<String> = (0..200).map(text).collect();
    let mut rng = StdRng::seed_from_u64(3);
    for life in 0..12 {
        if life % 4 == 3 {
            // The search index is gone, so there is something to repair and to be killed at.
            let connection = Connection::open(database(data.path())).unwrap();
            connection.execute_batch("UPDATE words_data SET block = x'00' WHERE id > 10").unwrap();
        }
        kill_as_it_starts(data.path(), &mut rng);
    }
    assert!(keep::texts(&keep::start(data.path(), &[])) == wanted);
}

#[test]
fn a_crash_during_a_repair_loses_nothing_readable() {
    let (data, other) = (Folder::new(), Folder::new());
    fill(data.path(), 400);
    let file = OpenOptions::new().write(true).open(database(data.path())).unwrap();
    file.set_len(file.metadata().unwrap().len() * 2 / 3 / 4_096 * 4_096).unwrap();
    fs::copy(database(data.path()), database(other.path())).unwrap();
    let readable = keep::texts(&keep::start(other.path(), &[]));
    let mut rng = StdRng::seed_from_u64(5);
    for _ in 0..12 {
        kill_as_it_starts(data.path(), &mut rng);
    }
    assert!(readable.len() > 100 && keep::texts(&keep::start(data.path(), &[])) == readable);
}

#[test]
fn without_data_no_files_are_left() {
    let mut salon = Salon::start(&["--data", "none", "--spam-limit", "off"]);
    talk(&salon, 0, 20);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("/search 00001");
    ann.until("in the lobby");
    let mut operator = keep::operator(&salon);
    assert_eq!(keep::order(&mut operator, "ban Eve for good")["ok"], true);
    salon.type_line("exit");
    assert!(salon.wait().success());
    let files = keep::files(salon.folder.path());
    let is_log = |path: &std::path::PathBuf| path.starts_with(salon.log_folder());
    assert!(files.iter().all(is_log), "{files:?}");
    assert!(!salon.log().contains("xxxxx"));
}
