//! Who may read the log's files: their owner, and nobody else.

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use rustix::fs::Mode;

/// The mode of each file: the log holds addresses.
pub(super) const FILE_MODE: u32 = 0o600;

/// Has a file that others may read be its owner's alone. Returns why it cannot be.
pub(super) fn close_to_others(
    found: &Metadata,
    set: impl FnOnce(Permissions) -> io::Result<()>,
) -> Option<io::Error> {
    if !Mode::from_raw_mode(found.mode()).intersects(Mode::RWXG | Mode::RWXO) {
        return None;
    }
    set(Permissions::from_mode(FILE_MODE)).err()
}
