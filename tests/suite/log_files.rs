//! Log files of the real server: removed, blocked, full, old, readable by others; and signals.

use std::fs::{self, File, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::keep::Mount;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, TEST_TIMEOUT, command};

/// Today's file.
fn today(folder: &Path) -> PathBuf {
    let now = std::time::SystemTime::now();
    folder.join(format!("{}.log", &salon::base::time::local(now)[..10]))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Waits until the file contains this. Returns its content.
fn until(path: &Path, text: &str) -> String {
    let end = Instant::now() + TEST_TIMEOUT;
    loop {
        let log = fs::read_to_string(path).unwrap_or_default();
        if log.contains(text) {
            return log;
        }
        assert!(Instant::now() < end, "no {text:?} in {}: {log}", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_in_the_way_of_the_log_holds_nobody_up() {
    for kind in ["pipe", "pipe with a reader that does not read", "folder"] {
        let folder = Folder::new();
        let logs = folder.path().join("logs");
        let path = today(&logs);
        let mut reader = None;
        if kind == "folder" {
            fs::create_dir_all(&path).unwrap();
        } else {
            fs::create_dir_all(&logs).unwrap();
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            if kind != "pipe" {
                reader = Some(File::options().read(true).write(true).open(&path).unwrap());
            }
        }
        let mut salon = Salon::start(&["--log-dir", logs.to_str().unwrap()]);
        let start = Instant::now();
        for n in 0..5 {
            let mut peer = Peer::join(salon.port, &format!("p{n}"));
            peer.say("hi");
            peer.until(": hi\n");
        }
        salon.type_line("exit");
        assert!(salon.wait().success());
        assert!(start.elapsed() < Duration::from_secs(10), "{kind}: {:?}", start.elapsed());
        let said = salon.errors();
        assert_eq!(said.lines().count(), 1, "{kind}: {said}");
        assert!(said.contains("no log is kept in"), "{kind}: {said}");
        drop(reader);
    }
}

#[test]
fn a_complaint_is_one_write() {
    let folder = Folder::new();
    let in_the_way = folder.path().join("logs");
    fs::write(&in_the_way, "").unwrap();
    // Each write to it is one message.
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let _salon = Salon::with(&["--log-dir", in_the_way.to_str().unwrap()], |command| {
        command.stderr(OwnedFd::from(theirs));
    });
    ours.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let mut bytes = [0; 4096];
    let count = ours.recv(&mut bytes).unwrap();
    let written = String::from_utf8_lossy(&bytes[..count]);
    assert!(written.starts_with("salon: no log is kept in ") && written.ends_with("written.\n"), "{written}");
}

#[test]
fn a_file_that_is_gone_is_made_anew_and_the_folder_too() {
    let salon = Salon::start(&[]);
    let logs = salon.log_folder();
    let path = today(&logs);
    let log = until(&path, "settings: ");
    let line = log.lines().find(|line| line.contains("the service starts")).unwrap();
    assert!(line.ends_with(" connections"), "{line}");
    let line = log.lines().find(|line| line.contains("settings: ")).unwrap();
    assert!(line.contains("] settings: salon serve --port 0 ") && !line.contains(['{', '}']), "{line}");
    assert_eq!((mode(&logs), mode(&path)), (0o700, 0o600));

    let moved = logs.join("moved");
    fs::rename(&path, &moved).unwrap();
    let _ann = Peer::join(salon.port, "Ann");
    until(&path, "Ann");
    assert!(!fs::read_to_string(&moved).unwrap().contains("Ann"));

    fs::remove_file(&path).unwrap();
    let _bob = Peer::join(salon.port, "Bob");
    until(&path, "Bob");

    fs::remove_dir_all(&logs).unwrap();
    let _cleo = Peer::join(salon.port, "Cleo");
    until(&path, "Cleo");
    assert_eq!((mode(&logs), mode(&path)), (0o700, 0o600));

    // As logrotate's copytruncate does.
    File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let _dan = Peer::join(salon.port, "Dan");
    assert!(until(&path, "Dan").starts_with("20"));
}

#[test]
fn a_half_line_is_ended_and_the_mode_mended() {
    let folder = Folder::new();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let path = today(&logs);
    let old = logs.join("2020-02-29.log");
    for path in [&path, &old] {
        fs::write(path, "half a li").unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    let _salon = Salon::start(&["--log-dir", logs.to_str().unwrap()]);
    assert!(until(&path, "the service starts").starts_with("half a li\n20"));
    assert_eq!((mode(&path), mode(&old)), (0o600, 0o600));
}

#[test]
fn the_newest_files_are_kept() {
    let folder = Folder::new();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let names = [
        "2001-01-01.log",
        "2001-01-02.log",
        "2001-01-03.log",
        "2001-01-04.log",
        "9998-01-01.log",
        "notes.log",
        "2001-1-1.log",
        "2001-01-01.log.gz",
    ];
    for name in names {
        fs::write(logs.join(name), "old\n").unwrap();
    }
    let salon = Salon::start(&["--log-dir", logs.to_str().unwrap(), "--keep-logs", "3d"]);
    let log = until(&today(&logs), "the service starts");
    assert!(log.contains("2001-01-01.log is deleted: 3 day files at most are kept (--keep-logs)"), "{log}");
    let left: Vec<&str> = names.into_iter().filter(|name| logs.join(name).exists()).collect();
    assert_eq!(left, &names[2..], "what is later, and what is not ours, stays");
    drop(salon);
    // A second start changes nothing.
    let _salon = Salon::start(&["--log-dir", logs.to_str().unwrap(), "--keep-logs", "3"]);
    assert_eq!(until(&today(&logs), "is deleted").matches("is deleted").count(), 2);
    assert!(logs.join(names[2]).exists());
}

#[test]
fn a_full_disk_leaves_whole_lines_and_says_what_is_missing() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(folder.path(), "size=64k") else { return };
    let salon = Salon::start(&["--log-dir", mount.path().to_str().unwrap(), "--new-per-minute", "off"]);
    let path = today(mount.path());
    until(&path, "the service starts");
    let ballast = mount.path().join("ballast");
    let size = 60 * 1024;
    let _ = fs::write(&ballast, vec![1; size]);
    let mut ann = Peer::join(salon.port, "Ann");
    for _ in 0..200 {
        Peer::join(salon.port, "Bob").say("/exit");
        ann.until("User Bob left the chat.");
    }
    fs::remove_file(&ballast).unwrap();
    let _cleo = Peer::join(salon.port, "Cleo");
    let log = until(&path, "missing here");
    assert!(log.contains("missing here, and could not be written: No space left on device"), "{log}");
    let log = until(&path, "Cleo");
    let broken: Vec<&str> =
        log.lines().filter(|line| line[..21.min(line.len())].matches(':').count() < 2).collect();
    assert!(broken.len() <= 1, "at most the line that was cut: {broken:?}");
}

#[test]
fn a_hangup_reads_again_and_other_signals_end_nothing() {
    let folder = Folder::new();
    let file = folder.path().join("lines.txt");
    fs::write(&file, "The first.\n").unwrap();
    let mut salon = Salon::start(&[
        "--host-interval",
        "1s",
        "--initiators",
        file.to_str().unwrap(),
        "--log-level",
        "info",
    ]);
    let path = today(&salon.log_folder());
    let mut ann = Peer::join(salon.port, "Ann");
    ann.until("Host: The first.\n");
    fs::write(&file, "The second.\n").unwrap();
    salon.signal(Signal::HUP);
    ann.until("Host: The second.\n");
    fs::write(&file, "").unwrap();
    salon.signal(Signal::HUP);
    until(&path, "the initiators stay as they are");
    ann.until("Host: The second.\n");
    salon.signal(Signal::USR1);
    until(&path, "SIGUSR1: uptime");
    for signal in
        [Signal::USR2, Signal::ALARM, Signal::PIPE, Signal::VTALARM, Signal::PROF, Signal::IO, Signal::XFSZ]
    {
        salon.signal(signal);
    }
    ann.say("still here");
    ann.until("Ann: still here\n");
    salon.signal(Signal::QUIT);
    assert!(ann.until_closed().contains("The server is stopping."));
    assert!(salon.wait().success());
}

/// A server on a terminal whose session a shell leads, made with util-linux' `script`.
#[test]
fn a_terminal_that_is_closed_ends_the_service_gently() {
    let folder = Folder::new();
    let port_file = folder.path().join("port");
    let serve = format!(
        "{} serve --port 0 --chaty-port off --host-interval off --bots none",
        env!("CARGO_BIN_EXE_salon")
    );
    let mut script = command(folder.path(), &[]);
    script = {
        let mut other = Command::new("script");
        for (name, value) in script.get_envs() {
            if let Some(value) = value {
                other.env(name, value);
            }
        }
        other.current_dir(folder.path());
        other
    };
    script.args(["-qfc", &serve, port_file.to_str().unwrap()]).stdin(Stdio::piped()).stdout(Stdio::null());
    let Ok(script) = script.spawn() else {
        eprintln!("not tested: there is no script(1)");
        return;
    };
    let mut script = Killed(script);
    let said = until(&port_file, "Host $> ").replace('\r', "");
    let at = said.find("on port ").unwrap() + 8;
    let port = said[at..].split_whitespace().next().unwrap().parse().unwrap();
    let mut ann = Peer::join(port, "Ann");
    // The terminal closes with its owner.
    script.0.kill().unwrap();
    assert!(ann.until_closed().contains("The server is stopping."));
}

#[test]
fn the_log_is_here_if_there_is_a_folder_for_it() {
    let salon = Salon::with(&[], |command| {
        fs::create_dir(command.get_current_dir().unwrap().join("logs")).unwrap();
    });
    until(&today(&salon.folder.path().join("logs")), "the service starts");
    assert!(!salon.log_folder().exists());
}
