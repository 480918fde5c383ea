//! Helpers of the tests.

pub mod client_app;
pub mod engine;
pub mod keep;
pub mod log_lines;
pub mod met;
pub mod old_lines;
pub mod peer;
pub mod process;
pub mod program;
pub mod scene;
pub mod scripted_journal;
pub mod swarm;
pub mod terminal;
pub mod virtual_log;
