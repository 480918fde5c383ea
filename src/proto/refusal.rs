//! Why something is not done.

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was given is no name.
    NoName,
    /// Somebody else has the name.
    NameTaken,
    /// A message is longer than it may be.
    TooLong,
    /// One is not in the room, or in none.
    NotJoined,
    /// There is no such room.
    NoRoom,
    /// One is not to say anything for now.
    Muted,
    /// One is not to come in.
    Banned,
    /// There is no such command, or it cannot be used so.
    Command,
    /// Too much was asked for at once. Later it may be done.
    TooFast,
    /// One has as much of it already as one may have.
    TooMany,
    /// It cannot be understood.
    Unclear,
}
