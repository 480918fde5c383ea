//! The kinds of rooms, as a table. A new kind is a host in a file of its own, and a row here.

use crate::base::name::Name;
use crate::hosts::{RoomKind, chaty, lobby, plain, round, thrones};

/// All kinds.
pub static KINDS: [&RoomKind; 6] =
    [&lobby::KIND, &round::KIND, &round::CLASSIC, &chaty::KIND, &thrones::KIND, &plain::KIND];

/// Parses `NAME=KIND`, or `KIND` for a room named like its kind. An error is a sentence without its end.
pub fn parse_room(text: &str) -> Result<(String, &'static RoomKind), String> {
    let (name, kind) = text.split_once('=').unwrap_or((text, text));
    let found = find_kind(kind.trim()).ok_or_else(|| {
        let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.traits.kind).collect();
        format!("there is no kind of room \"{kind}\"; write NAME=KIND with one of: {}", kinds.join(", "))
    })?;
    let name = Name::parse(name.trim()).map_err(|_| {
        format!("\"{name}\" is not a valid room name; use letters, digits, \"_\", \"-\" and \".\"")
    })?;
    Ok((name.to_string(), found))
}

/// The kind with this name, in any case.
pub fn find_kind(name: &str) -> Option<&'static RoomKind> {
    KINDS.into_iter().find(|kind| kind.traits.kind.eq_ignore_ascii_case(name))
}
