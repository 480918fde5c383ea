//! The stored messages of a real server, asked from outside, and operators that wait for each answer.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::peer::Peer;
use crate::support::process::{Salon, command};

/// A message: its author and its text.
pub type Line = (String, String);

/// A server with this data folder and these options.
pub fn start(data: &Path, options: &[&str]) -> Salon {
    Salon::start(&[&["--data", data.to_str().unwrap(), "--spam-limit", "off"], options].concat())
}

/// Kills a server, as if the program alone lost power.
pub fn kill(mut salon: Salon) {
    salon.signal(Signal::KILL);
    salon.wait();
}

/// All stored messages of the lobby, in order.
pub fn export(salon: &Salon) -> Vec<Line> {
    let port = salon.port.to_string();
    let output = command(salon.folder.path(), &["ctl", "-p", &port, "export", "lobby"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")));
    let word = |message: &Value, field: &str| message[field].as_str().unwrap_or_default().to_owned();
    messages.map(|message| (word(&message, "who"), word(&message, "text"))).collect()
}

/// Their texts.
pub fn texts(salon: &Salon) -> Vec<String> {
    export(salon).into_iter().map(|(_, text)| text).collect()
}

/// An operator's connection.
pub fn operator(salon: &Salon) -> Peer {
    let path = salon.folder.path().join(format!("salon-{}.sock", salon.port));
    Peer::over(OwnedFd::from(UnixStream::connect(path).unwrap()))
}

/// Sends an operator's command, and returns the answer.
pub fn order(operator: &mut Peer, command: &str) -> Value {
    operator.say(command);
    serde_json::from_str(&operator.until("\n")).unwrap()
}

/// Starts a server that should refuse this data folder. Returns its exit status and its message.
pub fn refuses(folder: &Path, data: &Path) -> (Option<i32>, String) {
    let words = ["serve", "--port", "0", "--chaty-port", "off", "--data", data.to_str().unwrap()];
    let output = command(folder, &words).stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A file system in memory, unmounted when this is dropped.
pub struct Mount(PathBuf);

impl Mount {
    /// With these options of mount(8). `None` if this user may not mount.
    pub fn new(folder: &Path, options: &str) -> Option<Mount> {
        let mount = |words: &[&str]| -> Option<ExitStatus> {
            let output = Command::new("mount").args(words).arg(folder).output().ok()?;
            Some(output.status)
        };
        let is_mounted =
            mount(&["-t", "tmpfs", "-o", options, "tmpfs"]).is_some_and(|status| status.success());
        if !is_mounted {
            eprintln!("not tested: this user may not mount a file system");
        }
        is_mounted.then(|| Mount(folder.to_owned()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: the server may still have it open.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The files of a folder and its subfolders, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}
