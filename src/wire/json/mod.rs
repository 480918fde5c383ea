//! `json`: a message is one JSON object on a line. For programs, including graphical clients.
//!
//! The manual documents the objects (`manual/programs.md`). Programs ignore unknown types and fields, so a version
//! may add some; it never changes the meaning of those that exist.

mod client_message;
mod encode;
mod malformed;
mod program;
mod request;
mod server_message;

pub use client_message::ClientMessage;
pub use encode::log_entry;
pub(super) use encode::{Lines, encode};
pub use server_message::{
    ErrorCode, EventFields, Limits, ListedCommand, ListedRoom, Present, SenderKind, ServerMessage,
    TopicFields,
};

pub(super) use request::{label, request};

/// The version of the protocol.
pub const VERSION: u32 = 1;
