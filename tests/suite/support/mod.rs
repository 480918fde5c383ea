//! What the tests stand on.

pub mod desk;
pub mod log_lines;
pub mod met;
pub mod outside;
pub mod peer;
pub mod process;
pub mod program;
pub mod scene;
pub mod shelf;
pub mod terminal;
