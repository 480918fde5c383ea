//! The lowest layer: limits, names, and the parsing and formatting of text.

pub mod confusables;
pub mod duration;
pub mod limits;
pub mod line_buffer;
pub mod name;
pub mod name_index;
pub mod nearest;
pub mod password_hash;
pub mod past_time;
mod protected;
mod scripts;
pub mod secret;
pub mod signal_pipe;
pub mod source;
pub mod stderr;
pub mod terminal;
pub mod text;
pub mod time;
pub mod zone;
