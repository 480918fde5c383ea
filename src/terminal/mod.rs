//! A line that a person edits: keys from a terminal's bytes, the line and its cursor, its history and completion, and a prompt
//! in one row. It knows what a terminal understands, and no terminal.

pub mod burst;
pub mod completion;
pub mod editor;
pub mod keys;
pub mod line_history;
mod mode;
mod prompt;
pub mod secret;

pub use mode::Mode;
pub use prompt::{CLEAR, Prompt, Typed};
