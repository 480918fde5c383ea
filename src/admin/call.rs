//! A typed command and its outcome.

use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::admin::pending::Pending;
use crate::admin::{Invitation, Reply};
use crate::base::name::NameKey;
use crate::hub::{AdminApi, RoomInfo};
use crate::journal::Ticket;

/// A typed command.
pub(super) struct Call<'a> {
    /// The arguments, trimmed.
    pub(super) rest: &'a str,
    /// How people join.
    pub(super) invitation: &'a Invitation,
    pub(super) now: Instant,
    /// The wall clock.
    pub(super) wall: SystemTime,
}

impl<'a> Call<'a> {
    /// The first argument, and the rest.
    pub(super) fn first(&self) -> (&'a str, &'a str) {
        let (first, rest) = self.rest.split_once(char::is_whitespace).unwrap_or((self.rest, ""));
        (first, rest.trim())
    }
}

/// The outcome of a command.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The command is finished: done, or failed.
    Done(Reply),
    /// The reply follows when the hub has a result for this ticket.
    Pending(Ticket, Pending),
    /// Stop the server.
    Exit,
}

impl Outcome {
    /// See [`Reply::done`].
    pub(super) fn done(text: impl Into<String>) -> Outcome {
        Outcome::Done(Reply::done(text))
    }

    /// See [`Reply::done_with`].
    pub(super) fn done_with(text: impl Into<String>, data: Value) -> Outcome {
        Outcome::Done(Reply::done_with(text, data))
    }

    /// See [`Reply::failed`].
    pub(super) fn failed(text: impl Into<String>) -> Outcome {
        Outcome::Done(Reply::failed(text))
    }
}

/// The open room with this name.
pub(super) fn find_room(hub: &dyn AdminApi, name: &str) -> Option<RoomInfo> {
    let key = NameKey::of(name);
    hub.view().rooms.room_infos().into_iter().find(|room| NameKey::of(&room.name) == key)
}

/// The first room, to which everybody comes.
pub(super) fn first_room(hub: &dyn AdminApi) -> Option<RoomInfo> {
    let first = hub.view().rooms.first_room()?;
    hub.view().rooms.room_infos().into_iter().find(|room| room.id == first)
}

/// The open room with this name. An error is a sentence.
pub(super) fn room_named(hub: &dyn AdminApi, name: &str) -> Result<RoomInfo, String> {
    find_room(hub, name).ok_or_else(|| format!("There is no room \"{name}\". Type rooms to see all."))
}
