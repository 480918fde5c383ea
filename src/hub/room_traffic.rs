//! Joins, leaves and renames since the last look, for operators that watch rooms.

use std::mem;

use crate::base::limits::ROOM_TRAFFIC_EVENTS;
use crate::proto::{LogEntry, RoomEvent};

/// Who joined, left and took another name, in that order.
#[derive(Debug, Default)]
pub struct RoomTraffic {
    /// [`RoomEvent::Joined`], [`RoomEvent::Left`] and [`RoomEvent::Renamed`], at most [`ROOM_TRAFFIC_EVENTS`].
    pub entries: Vec<LogEntry>,
    /// How many more there were.
    pub left_out: usize,
}

impl RoomTraffic {
    /// Records an entry if somebody joined, left or took another name.
    pub(super) fn note(&mut self, entry: &LogEntry) {
        if !matches!(
            entry.event,
            RoomEvent::Joined { .. } | RoomEvent::Left { .. } | RoomEvent::Renamed { .. }
        ) {
            return;
        }
        if self.entries.len() < ROOM_TRAFFIC_EVENTS {
            self.entries.push(entry.clone());
        } else {
            self.left_out += 1;
        }
    }

    /// Everything since the last call.
    pub(super) fn take(&mut self) -> RoomTraffic {
        mem::take(self)
    }
}
