//! A command as it was typed, and what comes of it.

use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::admin::Reply;
use crate::admin::pending::Pending;
use crate::base::name::NameKey;
use crate::hub::{AdminApi, RoomInfo};
use crate::journal::Ticket;

/// A command as it was typed.
pub(super) struct Call<'a> {
    /// What follows its name.
    pub(super) rest: &'a str,
    pub(super) now: Instant,
    /// What the clock on the wall says.
    pub(super) wall: SystemTime,
}

impl<'a> Call<'a> {
    /// The first word, and what follows it.
    pub(super) fn first(&self) -> (&'a str, &'a str) {
        let (first, rest) = self.rest.split_once(char::is_whitespace).unwrap_or((self.rest, ""));
        (first, rest.trim())
    }
}

/// What comes of a command.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is done, or is not.
    Done(Reply),
    /// It is answered when what is awaited comes.
    Pending(Ticket, Pending),
    /// The service is to end.
    Exit,
}

impl Outcome {
    pub(super) fn done(text: impl Into<String>) -> Outcome {
        Outcome::Done(Reply::done(text))
    }

    /// It is done, and programs may want to know this of it.
    pub(super) fn done_with(text: impl Into<String>, data: Value) -> Outcome {
        Outcome::Done(Reply::done_with(text, data))
    }

    /// It is not done, for this reason.
    pub(super) fn failed(text: impl Into<String>) -> Outcome {
        Outcome::Done(Reply::failed(text))
    }
}

/// The room of this name, if it is open.
pub(super) fn find_room(hub: &dyn AdminApi, name: &str) -> Option<RoomInfo> {
    let key = NameKey::of(name);
    hub.rooms().into_iter().find(|room| NameKey::of(&room.name) == key)
}

/// The room that an operator names. An error is a sentence.
pub(super) fn room_named(hub: &dyn AdminApi, name: &str) -> Result<RoomInfo, String> {
    find_room(hub, name).ok_or_else(|| format!("There is no room \"{name}\". Type rooms to see all."))
}
