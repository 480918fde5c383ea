//! Versions of the log: of the format of its entries and snapshots, and of the rules by which they are carried out.
//!
//! Each node says which version it reads, and all write in the one that all live nodes read. Version 1 is what a node reads that does
//! not say so. Since version 2, snapshots say which version each node reads, and which messages were edited.

use std::rc::Rc;

/// The latest version that this program knows. It knows the earlier ones as well.
pub const VERSION: u8 = 2;

/// The version that every node reads.
pub const FIRST_VERSION: u8 = 1;

/// From this version on, snapshots say which version each node reads.
pub(super) const WITH_READS: u8 = 2;

/// From this version on, snapshots say what was edited.
pub(super) const WITH_EDITS: u8 = 2;

/// Which versions of the log a node reads: up to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The latest version that it reads.
    pub version: u8,
    /// The version of the program, for people. Empty: it does not say.
    pub release: Rc<str>,
}

impl Reads {
    /// What this program reads.
    pub fn own() -> Reads {
        Reads { version: VERSION, release: env!("CARGO_PKG_VERSION").into() }
    }
}

impl Default for Reads {
    /// What a node reads that does not say so.
    fn default() -> Reads {
        Reads { version: FIRST_VERSION, release: "".into() }
    }
}
