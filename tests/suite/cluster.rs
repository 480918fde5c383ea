//! Several servers that share rooms, over one log.

mod nodes;
mod stage;
mod troubles;
