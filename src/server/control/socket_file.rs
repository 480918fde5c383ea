//! The file of the operator's socket: whose it is, and when it may be replaced or removed.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use log::{info, warn};
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

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

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
