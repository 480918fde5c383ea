//! Rooms that people opened, and topics, as they are stored and read back.

use crate::base::name::Name;
use crate::chat::{Room, RoomSettings};
use crate::journal::{StoredIdentity, StoredOpenedRoom, StoredTopic};
use crate::proto::{Identity, Topic};

/// A room that people opened, to be stored. `None`: it is the server's.
pub(super) fn stored(room: &Room, is_asleep: bool) -> Option<StoredOpenedRoom> {
    let RoomSettings { owner, operators, invited, muted, is_private, slow } = room.roles()?.settings();
    Some(StoredOpenedRoom {
        name: room.name().to_owned(),
        owner: stored_identity(owner),
        operators: operators.iter().map(stored_identity).collect(),
        invited: invited.iter().map(stored_identity).collect(),
        muted: muted.iter().map(ToString::to_string).collect(),
        is_private: *is_private,
        slow: *slow,
        topic: stored_topic(room),
        is_asleep,
    })
}

/// The topic of a room, to be stored.
pub(super) fn stored_topic(room: &Room) -> Option<StoredTopic> {
    let Topic { text, by, time } = room.topic()?;
    let (room, by) = (room.name().to_owned(), by.as_ref().map(ToString::to_string));
    Some(StoredTopic { room, text: text.to_string(), by, time: *time })
}

/// The settings of a stored room. `None`: its owner has no valid name.
pub(super) fn settings(stored: &StoredOpenedRoom) -> Option<RoomSettings> {
    let identities = |list: &[StoredIdentity]| list.iter().filter_map(identity).collect();
    Some(RoomSettings {
        owner: identity(&stored.owner)?,
        operators: identities(&stored.operators),
        invited: identities(&stored.invited),
        muted: stored.muted.iter().filter_map(|name| Name::parse(name).ok()).collect(),
        is_private: stored.is_private,
        slow: stored.slow,
    })
}

/// A stored identity. `None`: its name is not valid.
pub(super) fn identity(StoredIdentity { name, origin }: &StoredIdentity) -> Option<Identity> {
    Some(Identity { name: Name::parse(name).ok()?, origin: origin.as_str().into() })
}

/// A stored topic.
pub(super) fn topic(StoredTopic { text, by, time, .. }: &StoredTopic) -> Topic {
    Topic { text: text.as_str().into(), by: by.as_deref().map(Name::from_stored), time: *time }
}

fn stored_identity(Identity { name, origin }: &Identity) -> StoredIdentity {
    StoredIdentity { name: name.to_string(), origin: origin.to_string() }
}
