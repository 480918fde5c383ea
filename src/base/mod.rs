//! What every layer stands on: bounds, names, text that harms nobody, and complaints.

pub mod confusables;
pub mod duration;
pub mod limits;
pub mod line_buffer;
pub mod name;
pub mod past;
mod protected;
mod scripts;
pub mod signal_pipe;
pub mod stderr;
pub mod text;
pub mod time;
pub mod zone;
