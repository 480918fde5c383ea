//! The file in which the terminal client remembers, for each server, the rooms that the user is in.
//!
//! It is a convenience: when it cannot be read or written, the client goes on without it. Something else in its place stays as
//! it is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::limits::{CLIENT_ROOMS, REMEMBERED_BYTES, SERVERS_REMEMBERED};
use crate::base::text::sanitize;

/// The rooms that the user is in, and the one in which it is: to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// In the order in which they are shown.
    pub rooms: Vec<String>,
    /// The current one.
    pub current: String,
}

/// The file, and the server that this client is for.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// `None`: nothing is remembered.
    path: Option<PathBuf>,
    /// The server, as in `example.org:2020`.
    server: String,
}

/// A server in the file.
#[derive(Debug, Serialize, Deserialize)]
struct ServerRooms {
    server: String,
    rooms: Vec<String>,
    #[serde(default)]
    current: String,
}

impl Remembered {
    /// Remembers the rooms of `server` in the file at `path`, if there is a path.
    pub fn new(path: Option<PathBuf>, server: String) -> Remembered {
        Remembered { path, server }
    }

    /// The rooms of this server; none if it is new. An error is a sentence: something else is in the file's place.
    pub fn load(&self) -> Result<Places, String> {
        let Some(path) = &self.path else { return Ok(Places::default()) };
        if is_no_file(path) {
            return Err(format!(
                "{} is not a file, so your rooms are not remembered. Remove it, and they are.",
                sanitize(path.to_string_lossy().as_bytes())
            ));
        }
        let own = read(path).into_iter().find(|other| other.server == self.server);
        Ok(own.map_or_else(Places::default, |ServerRooms { mut rooms, current, .. }| {
            rooms.truncate(CLIENT_ROOMS);
            Places { rooms, current }
        }))
    }

    /// Replaces the rooms of this server. Other servers stay as they are: another client may have changed them.
    pub fn save(&self, places: Places) {
        let Some(path) = self.path.as_deref().filter(|path| !is_no_file(path)) else { return };
        let mut servers = read(path);
        servers.retain(|other| other.server != self.server);
        let Places { rooms, current } = places;
        servers.insert(0, ServerRooms { server: self.server.clone(), rooms, current });
        servers.truncate(SERVERS_REMEMBERED);
        // The rooms are joined all the same.
        let _ = write(path, &servers);
    }
}

/// Whether something else is where the file should be. A pipe would keep its reader waiting.
fn is_no_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| !it.is_file())
}

/// All servers in the file; none if there is no such file, or if it is something else.
fn read(path: &Path) -> Vec<ServerRooms> {
    let mut text = Vec::new();
    let file = File::open(path).and_then(|file| file.take(REMEMBERED_BYTES).read_to_end(&mut text));
    file.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Replaces the file in one step: whoever reads it meanwhile sees all of the old one, or all of the new one.
fn write(path: &Path, servers: &[ServerRooms]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    let written = file.write_all(&serde_json::to_vec(servers)?).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test; removed when it is dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("salon-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).unwrap();
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn places(rooms: &[&str], current: &str) -> Places {
        Places { rooms: rooms.iter().map(|&room| room.to_owned()).collect(), current: current.into() }
    }

    #[test]
    fn each_server_has_its_rooms() {
        let folder = Folder::new("remembered");
        let path = folder.0.join("state").join("join.json");
        let of = |server: &str| Remembered::new(Some(path.clone()), server.into());
        assert_eq!(of("a:1").load(), Ok(Places::default()));
        of("a:1").save(places(&["lobby", "garden"], "garden"));
        of("b:1").save(places(&["lobby"], "lobby"));
        of("a:1").save(places(&["garden"], "garden"));
        assert_eq!(of("a:1").load(), Ok(places(&["garden"], "garden")));
        assert_eq!(of("b:1").load(), Ok(places(&["lobby"], "lobby")));
        for n in 0..SERVERS_REMEMBERED {
            of(&format!("c:{n}")).save(places(&["lobby"], "lobby"));
        }
        assert_eq!(of("a:1").load(), Ok(Places::default()), "the oldest are forgotten");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no other file is left");
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there() {
        let folder = Folder::new("unread");
        let path = folder.0.join("join.json");
        let own = Remembered::new(Some(path.clone()), "a:1".into());
        fs::write(&path, b"{ half an obj").unwrap();
        assert_eq!(own.load(), Ok(Places::default()));
        own.save(places(&["lobby"], "lobby"));
        assert_eq!(own.load(), Ok(places(&["lobby"], "lobby")));
        let nowhere = Remembered::new(Some("/dev/null/join.json".into()), "a:1".into());
        nowhere.save(places(&["lobby"], "lobby"));
        assert_eq!(nowhere.load(), Ok(Places::default()));
        let rooms = vec!["x".to_owned(); CLIENT_ROOMS + 3];
        own.save(Places { rooms, current: String::new() });
        assert_eq!(own.load().unwrap().rooms.len(), CLIENT_ROOMS);
    }

    #[test]
    fn what_is_no_file_stays_and_is_told_of() {
        let folder = Folder::new("no-file");
        let (inside, pipe) = (folder.0.join("folder"), folder.0.join("pipe"));
        fs::create_dir(&inside).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
        for path in [inside, pipe] {
            let own = Remembered::new(Some(path.clone()), "a:1".into());
            let told = format!(
                "{} is not a file, so your rooms are not remembered. Remove it, and they are.",
                path.display()
            );
            assert_eq!(own.load(), Err(told.clone()));
            own.save(places(&["lobby"], "lobby"));
            assert_eq!(own.load(), Err(told));
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn what_cannot_be_replaced_leaves_no_other_file() {
        let folder = Folder::new("unreplaced");
        fs::create_dir(folder.0.join("join.json")).unwrap();
        assert!(write(&folder.0.join("join.json"), &[]).is_err());
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }
}
