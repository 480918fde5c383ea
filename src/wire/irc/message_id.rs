//! The ids of messages (`ircv3.net/specs/extensions/message-ids`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::name::NameKey;

/// Stands for the room in the id of a private message. No room has this name.
pub(super) const PRIVATE: &str = "@";

/// The id of a message: of its room, its place there, and its time, as a room that is opened again counts anew.
pub(super) fn message_id(room: &str, id: u64, time: SystemTime) -> String {
    let ms = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    format!("{room}/{id}/{ms:x}")
}

/// The place and the time in the id of a message of this room. `None`: it is no id, or one of another room.
pub(super) fn parse_message_id(text: &str, room: &str) -> Option<(u64, SystemTime)> {
    let mut parts = text.rsplitn(3, '/');
    let (ms, id, of) = (parts.next()?, parts.next()?, parts.next()?);
    if NameKey::of(of) != NameKey::of(room) {
        return None;
    }
    let since = Duration::from_millis(u64::from_str_radix(ms, 16).ok()?);
    Some((id.parse().ok()?, UNIX_EPOCH.checked_add(since)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let time = UNIX_EPOCH + Duration::from_millis(1_795_201_200_500);
        for room in ["lobby", "Süd", PRIVATE] {
            assert_eq!(parse_message_id(&message_id(room, 12, time), room), Some((12, time)));
        }
        assert_eq!(parse_message_id("SÜD/1/0", "süd"), Some((1, UNIX_EPOCH)));
        for wrong in [
            "",
            "lobby",
            "/1/0",
            "lobby/1",
            "lobby/x/0",
            "lobby/1/",
            "lobby/1/x",
            "hall/1/0",
            "@/1/0",
            "lobby/1/0/0",
        ] {
            assert_eq!(parse_message_id(wrong, "lobby"), None, "{wrong}");
        }
        // Such a time may be beyond all times.
        let _ = parse_message_id(&format!("lobby/1/{:x}", u64::MAX), "lobby");
        assert_eq!(parse_message_id("lobby/1/fffffffffffffffff", "lobby"), None);
    }
}
