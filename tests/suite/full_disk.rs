//! The real server on a full disk, or with a limit on file sizes: the room is told, goes on, and is told when commits work
//! again; everything is stored once.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::keep::{self, Mount};
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, command, until_ended};

const FULL: &str = "Messages are not stored for now: the disk is full. The chat goes on.\n";
const AGAIN: &str = "Messages are stored again, including those said meanwhile.\n";

/// The text of a message, of about 1 KiB.
fn text(number: usize) -> String {
    format!("{number:05} {}", "x".repeat(1_000))
}

/// Fills the disk up to this many bytes.
fn fill(mount: &Mount, leave: usize) {
    let mut ballast = File::create(mount.path().join("ballast")).unwrap();
    while ballast.write_all(&[1; 4_096]).is_ok() {}
    let size = ballast.metadata().unwrap().len();
    ballast.set_len(size - leave as u64).unwrap();
}

#[test]
fn a_disk_that_is_full_and_has_room_again() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(folder.path(), "size=4m") else { return };
    let data = mount.path().join("data");
    let salon = keep::start(&data, &[]);
    let (mut ann, mut bob) = (Peer::join(salon.port, "Ann"), Peer::join(salon.port, "Bob"));
    let mut said = 0;
    let mut say = |ann: &mut Peer, bob: &mut Peer| {
        ann.say(&text(said));
        said += 1;
        bob.until(&text(said - 1))
    };
    // Twice: recovery has to last.
    for _ in 0..2 {
        fill(&mount, 128 * 1_024);
        let mut heard = String::new();
        while !heard.contains(FULL) {
            heard = say(&mut ann, &mut bob);
        }
        for _ in 0..20 {
            say(&mut ann, &mut bob);
        }
        let mut late = Peer::connect(salon.port);
        late.say("Late");
        late.until(FULL);
        late.say("/exit");
        late.until_closed();
        fs::remove_file(mount.path().join("ballast")).unwrap();
        bob.until(AGAIN);
        say(&mut ann, &mut bob);
    }
    let wanted: Vec<String> = (0..said).map(text).collect();
    assert!(keep::texts(&salon) == wanted, "as it was said");
    keep::kill(salon);
    let salon = keep::start(&data, &[]);
    assert!(keep::texts(&salon) == wanted, "after a death, too");
}

#[test]
fn a_crash_on_a_full_disk_loses_nothing_delivered_before() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(folder.path(), "size=4m") else { return };
    let data = mount.path().join("data");
    let salon = keep::start(&data, &[]);
    let (mut ann, mut bob) = (Peer::join(salon.port, "Ann"), Peer::join(salon.port, "Bob"));
    fill(&mount, 128 * 1_024);
    let mut kept = 0;
    for said in 0.. {
        ann.say(&text(said));
        if bob.until(&text(said)).contains(FULL) {
            break;
        }
        // The notice directly follows the first message that is not stored.
        kept = said;
    }
    keep::kill(salon);
    // It starts on the full disk, and says so after the first message.
    let salon = keep::start(&data, &[]);
    let before = keep::texts(&salon);
    let is_kept = (kept..=kept + 2).contains(&before.len());
    assert!(
        is_kept && before == (0..before.len()).map(text).collect::<Vec<_>>(),
        "{} of {kept}",
        before.len()
    );
    let (mut ann, mut said) = (Peer::connect(salon.port), before.len());
    ann.say("Ann");
    let mut heard = String::new();
    while !heard.contains(FULL) {
        ann.say(&text(said));
        heard = ann.until(&format!("Ann: {}\n", text(said)));
        said += 1;
    }
    fs::remove_file(mount.path().join("ballast")).unwrap();
    ann.until(AGAIN);
    assert!(keep::texts(&salon) == (0..said).map(text).collect::<Vec<_>>());
}

/// Not one byte is free: the server says why it cannot start.
#[test]
fn a_start_on_a_full_disk_names_the_reason() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(folder.path(), "size=4m") else { return };
    let data = mount.path().join("data");
    let mut salon = keep::start(&data, &[]);
    salon.type_line("exit");
    salon.wait();
    // What is left of the log would be room.
    assert!(!data.join("salon.db-wal").exists(), "one file is left");
    let elsewhere = Folder::new();
    let words = ["serve", "--port", "0", "--chaty-port", "off", "--data", data.to_str().unwrap()];
    fill(&mount, 0);
    let mut serve = command(elsewhere.path(), &words);
    let mut started = serve.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // If it starts, it ends.
    writeln!(started.stdin.take().unwrap(), "exit").unwrap_or_default();
    let output = until_ended(started);
    assert_eq!(output.status.code(), Some(1), "it does not start");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the disk is full"), "{told}");
    fs::remove_file(mount.path().join("ballast")).unwrap();
    keep::kill(keep::start(&data, &[]));
}

/// The largest file that the server may write.
fn limit(salon: &Salon, bytes: Option<u64>) {
    let pid = Pid::from_raw(salon.id().cast_signed());
    let maximum = prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None });
    maximum.expect("this user may set it");
}

#[test]
fn a_limit_on_the_size_of_files_that_is_lifted() {
    const LIMITED: &str = "Messages are not stored for now: \
        the disk does not work, or a limit on the size of files is reached (ulimit -f). The chat goes on.\n";
    let folder = Folder::new();
    let data = folder.path().join("data");
    let salon = keep::start(&data, &[]);
    let mut ann = Peer::join(salon.port, "Ann");
    limit(&salon, Some(256 * 1_024));
    let mut said = 0;
    let mut heard = String::new();
    while !heard.contains(LIMITED) {
        assert!(said < 1_000, "it is told: {heard}");
        ann.say(&text(said));
        heard = ann.until(&format!("Ann: {}\n", text(said)));
        said += 1;
    }
    ann.say("it goes on");
    ann.until("Ann: it goes on\n");
    limit(&salon, None);
    ann.until(AGAIN);
    let wanted: Vec<String> = (0..said).map(text).chain(["it goes on".to_owned()]).collect();
    assert!(keep::texts(&salon) == wanted, "as it was said");
    keep::kill(salon);
    let salon = keep::start(&data, &[]);
    assert!(keep::texts(&salon) == wanted, "after a death, too");
}
