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

/// Where the sockets of other users' servers on this port are, for root, who may use them; and the one of a service as the manual
/// sets it up. `None` for anybody else.
pub fn paths_of_others(port: u16) -> Option<Vec<PathBuf>> {
    if !geteuid().is_root() {
        return None;
    }
    let service = PathBuf::from("/run/salon/control");
    let mut paths = of_others(Path::new("/run/user"), Path::new("/tmp"), port);
    paths.extend(service.exists().then_some(service));
    Some(paths)
}

/// The sockets in the users' folders below these two, each in a folder that is its user's alone.
fn of_others(runtime: &Path, temporary: &Path, port: u16) -> Vec<PathBuf> {
    let named_by = |folder: &Path, prefix: &str| {
        let name = folder.file_name()?.to_str()?.strip_prefix(prefix)?;
        name.parse::<u32>().ok().filter(|user| is_private_to(folder, *user))
    };
    let own = geteuid().as_raw();
    let found = |above: &Path, prefix: &'static str| {
        let folders = fs::read_dir(above).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.filter(move |folder| named_by(folder, prefix).is_some_and(|user| user != own))
    };
    let runtime = found(runtime, "").map(|folder| in_runtime_folder(&folder, port));
    let temporary = found(temporary, "salon-").map(|folder| in_own_folder(&folder, port));
    let mut paths: Vec<PathBuf> = runtime.chain(temporary).filter(|path| path.exists()).collect();
    paths.sort();
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
    is_private_to(folder, geteuid().as_raw())
}

/// The same for any user.
fn is_private_to(folder: &Path, user: u32) -> bool {
    let is_private = |file: &Metadata| file.is_dir() && file.uid() == user && file.mode() & 0o777 == 0o700;
    fs::symlink_metadata(folder).is_ok_and(|file| is_private(&file))
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

    #[test]
    fn sockets_of_others_are_in_folders_of_theirs_alone() {
        // Only root can make folders of others.
        if !geteuid().is_root() {
            return;
        }
        let folder = std::env::temp_dir().join(format!("salon-others-{}", std::process::id()));
        let make = |name: &str, owner: u32, mode: u32, file: &str| {
            let path = folder.join(name);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join(file), "").unwrap();
            std::os::unix::fs::chown(&path, Some(owner), None).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            path.join(file)
        };
        let expected = [
            make("run/1000", 1000, 0o700, "salon-2020.sock"),
            make("tmp/salon-1001", 1001, 0o700, "2020.sock"),
        ];
        make("run/1002", 1003, 0o700, "salon-2020.sock");
        make("run/0", 0, 0o700, "salon-2020.sock");
        make("tmp/salon-1004", 1004, 0o755, "2020.sock");
        make("tmp/salon-1005", 1005, 0o700, "2021.sock");
        make("tmp/other-1006", 1006, 0o700, "2020.sock");
        assert_eq!(of_others(&folder.join("run"), &folder.join("tmp"), 2020), expected);
        fs::remove_dir_all(&folder).unwrap();
    }
}
