//! The default path of the control socket: in a folder that only the server's user can access.

use std::fs::{self, DirBuilder, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// The default path of the control socket of the server on this port. Creates the folder if it is missing. An error is a
/// sentence.
pub fn create_default_path(port: u16) -> Result<PathBuf, String> {
    if let Some(folder) = runtime_folder() {
        return Ok(in_runtime_folder(&folder, port));
    }
    let folder = own_folder();
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => {
            Err(format!("{} cannot be created: {e}. Name a socket with --control.", folder.display()))
        }
        _ if is_private(&folder) => Ok(in_own_folder(&folder, port)),
        _ => Err(format!(
            "{} is not a folder that only you can access. Remove it, or name a socket with --control.",
            folder.display()
        )),
    }
}

/// The default paths at which a server on this port may have created its socket, at least one: `XDG_RUNTIME_DIR` may have
/// been different when it started.
pub fn default_paths(port: u16) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        runtime_folder().map(|folder| in_runtime_folder(&folder, port)).into_iter().collect();
    let folder = own_folder();
    // Another user could have created the folder, to pose as the server.
    if paths.is_empty() || is_private(&folder) {
        paths.push(in_own_folder(&folder, port));
    }
    paths
}

/// The folder for sockets of this user, after the XDG Base Directory Specification.
fn runtime_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)?;
    (folder.is_absolute() && folder.is_dir()).then_some(folder)
}

/// The folder to use without a runtime folder.
fn own_folder() -> PathBuf {
    PathBuf::from(format!("/tmp/salon-{}", geteuid().as_raw()))
}

fn in_runtime_folder(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("salon-{port}.sock"))
}

fn in_own_folder(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("{port}.sock"))
}

/// Whether this is a folder (not a link) that belongs to this user and that no other user can access.
fn is_private(folder: &Path) -> bool {
    let is_ours =
        |file: &Metadata| file.is_dir() && file.uid() == geteuid().as_raw() && file.mode() & 0o777 == 0o700;
    fs::symlink_metadata(folder).is_ok_and(|file| is_ours(&file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn private_folders() {
        let folder = std::env::temp_dir().join(format!("salon-folder-{}", std::process::id()));
        assert!(!is_private(&folder), "none");
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        assert!(is_private(&folder));
        let link = folder.join("link");
        symlink(&folder, &link).unwrap();
        assert!(!is_private(&link), "a link");
        fs::write(folder.join("file"), "").unwrap();
        assert!(!is_private(&folder.join("file")), "a file");
        for mode in [0o701, 0o770, 0o1777] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            assert!(!is_private(&folder), "{mode:o}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
