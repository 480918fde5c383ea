//! The file of the operator's socket: where it is, whose it is, and when it may be replaced or removed.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use log::{info, warn};
use rustix::process::geteuid;
use socket2::{Domain, SockAddr, Socket, Type};

/// Operators that the kernel may keep ready until they are taken. Whoever is one too many is told so when taken.
const BACKLOG: i32 = 128;

/// A socket of ours in the file system, which goes when this does.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode: another server may have replaced it since.
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    /// Listens at `path`, for its owner alone from the first instant. What a server that is gone has left there is
    /// replaced, and nothing else. An error is a sentence that says what to do.
    pub(super) fn bind(path: &Path) -> Result<(SocketFile, UnixListener), String> {
        let listener = match listen(path) {
            Err(e) if e.kind() == ErrorKind::AddrInUse => {
                remove_stale(path)?;
                listen(path)
            }
            other => other,
        };
        let listener = listener.map_err(|why| {
            let shown = path.display();
            format!(
                "the operator's socket {shown} cannot be made: {why}. Name another path with --control, \
                 in a folder that is there and that you may write to."
            )
        })?;
        let identity = fs::symlink_metadata(path).ok().map(|file| identity(&file));
        Ok((SocketFile { path: path.to_owned(), identity }, listener))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path).ok().map(|file| identity(&file));
        if found.is_some()
            && found == self.identity
            && let Err(why) = fs::remove_file(&self.path)
        {
            warn!("{} stays: {why}", self.path.display());
        }
    }
}

/// Where the socket of the server on this port is if it is not told otherwise. Makes the folder if it is missing. An error
/// is a sentence that says what to do.
pub fn make_usual_path(port: u16) -> Result<PathBuf, String> {
    if let Some(folder) = runtime_folder() {
        return Ok(in_runtime_folder(&folder, port));
    }
    let folder = own_folder();
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => {
            Err(format!("{} cannot be made: {e}. Name a socket with --control.", folder.display()))
        }
        _ if is_ours_alone(&folder) => Ok(in_own_folder(&folder, port)),
        _ => Err(format!(
            "{} is not a folder of yours alone. Remove it, or name a socket with --control.",
            folder.display()
        )),
    }
}

/// Where that socket may be: what is in the environment may have changed since the server started. At least one.
pub fn usual_paths(port: u16) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        runtime_folder().map(|folder| in_runtime_folder(&folder, port)).into_iter().collect();
    let folder = own_folder();
    // What another user put there is no server of ours.
    if paths.is_empty() || is_ours_alone(&folder) {
        paths.push(in_own_folder(&folder, port));
    }
    paths
}

/// Listens, and not before others are kept out. (The process has one umask for all its threads, and another may just be
/// making a folder.)
fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Removes a socket at which nobody listens.
fn remove_stale(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if !is_socket {
        return Err(format!("{shown} is there, and is no socket. Name another path with --control."));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(format!(
            "there is a server at {shown} already. End it with: salon ctl --control {shown} exit; \
             or name another path with --control."
        )),
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
            info!("{shown} was left by a server that is gone, and is replaced");
            fs::remove_file(path).map_err(|why| {
                format!("{shown} was left by a server that is gone, and cannot be removed: {why}.")
            })
        }
        // It went by itself.
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(why) => Err(format!("{shown} is in use: {why}. Name another path with --control.")),
    }
}

/// The folder for sockets of this user, after the XDG Base Directory Specification.
fn runtime_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)?;
    (folder.is_absolute() && folder.is_dir()).then_some(folder)
}

/// The folder where there is no other.
fn own_folder() -> PathBuf {
    PathBuf::from(format!("/tmp/salon-{}", geteuid().as_raw()))
}

fn in_runtime_folder(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("salon-{port}.sock"))
}

fn in_own_folder(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("{port}.sock"))
}

/// Whether this is a folder, no link to one, that belongs to this user and is open to nobody else.
fn is_ours_alone(folder: &Path) -> bool {
    let is_ours =
        |file: &Metadata| file.is_dir() && file.uid() == geteuid().as_raw() && file.mode() & 0o777 == 0o700;
    fs::symlink_metadata(folder).is_ok_and(|file| is_ours(&file))
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_folder_of_ours_alone() {
        let folder = std::env::temp_dir().join(format!("salon-folder-{}", std::process::id()));
        assert!(!is_ours_alone(&folder), "none");
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        assert!(is_ours_alone(&folder));
        let link = folder.join("link");
        symlink(&folder, &link).unwrap();
        assert!(!is_ours_alone(&link), "a link");
        fs::write(folder.join("file"), "").unwrap();
        assert!(!is_ours_alone(&folder.join("file")), "a file");
        for mode in [0o701, 0o770, 0o1777] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            assert!(!is_ours_alone(&folder), "{mode:o}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_replaced_our_socket_is_not_removed() {
        let path = std::env::temp_dir().join(format!("salon-replaced-{}.sock", std::process::id()));
        let (first, _listener) = SocketFile::bind(&path).unwrap();
        // Not freed yet, so that the next one cannot have its inode.
        fs::rename(&path, path.with_extension("old")).unwrap();
        let (second, _other) = SocketFile::bind(&path).unwrap();
        drop(first);
        assert!(path.exists());
        drop(second);
        assert!(!path.exists());
        fs::remove_file(path.with_extension("old")).unwrap();
    }
}
