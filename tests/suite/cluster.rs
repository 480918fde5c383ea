//! Several servers that share rooms, over one log.

mod chaos;
mod newcomers;
mod nodes;
mod operators;
mod past;
mod private;
mod snapshots;
pub mod stage;
mod troubles;
mod versions;
