//! `plain`: a room without a host. Rooms that people open are of this kind.

use std::time::Instant;

use crate::chat::{ROOM_COMMANDS, RoomTraits};
use crate::hosts::kind::{USUAL_JOINED, USUAL_LEFT};
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage};
use crate::proto::MemberInfo;

/// Rooms without a host.
pub static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "plain",
        purpose: "talk, without a host or bots",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: true,
        has_host: false,
        commands: ROOM_COMMANDS,
        quiet: &[],
    },
    can_be_shared: true,
    host: |_, _| Box::new(NoHost),
};

/// Does nothing.
#[derive(Debug)]
struct NoHost;

impl Host for NoHost {
    fn on_join(&mut self, _: &MemberInfo, _: Instant) {}

    fn on_leave(&mut self, _: &MemberInfo, _: Instant) {}

    fn on_renamed(&mut self, _: &str, _: &MemberInfo, _: Instant) {}

    fn on_message(&mut self, _: &RoomMessage<'_>, _: Instant) {}

    fn on_timer(&mut self, _: Instant) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn poll(&mut self) -> Option<HostAction> {
        None
    }

    fn on_operator_command(&mut self, _: HostCommand<'_>, _: Instant) -> Result<String, String> {
        Err("A plain room has no host and no bots.".into())
    }
}
