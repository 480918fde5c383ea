//! What the tests stand on.

pub mod desk;
pub mod peer;
pub mod process;
pub mod scene;
pub mod terminal;
