//! The file of the control socket: its owner, and when it may be replaced or removed.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use log::{info, warn};
use socket2::{Domain, SockAddr, Socket, Type};

/// Connections that the kernel queues until they are accepted.
const BACKLOG: i32 = 128;

/// The socket's file, removed on drop.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode: another server may have replaced it since.
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    /// Listens at `path`, for its owner only from the first instant. Replaces the socket of a server that has ended, and
    /// nothing else. An error says what to do.
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
                 in a folder that exists and that you may write to."
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
            warn!("{} cannot be removed: {why}", self.path.display());
        }
    }
}

/// Listens only after the file's mode keeps others out. (A umask would be simpler, but it is the whole process', and another
/// thread may be creating a folder.)
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
        return Err(format!("{shown} exists and is not a socket. Name another path with --control."));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(format!(
            "a server runs at {shown} already. Stop it with: salon ctl --control {shown} exit; or name \
             another path with --control."
        )),
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
            info!("{shown} was left by a server that has ended, and is replaced");
            fs::remove_file(path).map_err(|why| {
                format!("{shown} was left by a server that has ended, and cannot be removed: {why}. Remove it, or name another path with --control.")
            })
        }
        // It was removed meanwhile.
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
