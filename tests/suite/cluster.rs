//! Several servers that share rooms, over one log.

mod chaos;
mod nodes;
mod operators;
mod past;
mod stage;
mod troubles;
