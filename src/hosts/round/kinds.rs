//! The two kinds of rooms in which rounds are played, by one host.

use crate::chat::RoomTraits;
use crate::hosts::RoomKind;
use crate::hosts::kind::{USUAL_JOINED, USUAL_LEFT};
use crate::hosts::round::RoundHost;

/// A game: three suggestions, and a vote.
pub(in crate::hosts) static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "round",
        purpose: "a party game: three suggestions, what you make of them, and a vote",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: true,
        has_host: true,
        quiet: &[],
        commands: &[
            ("/ready", "have the cast take the free seats, or the next round begin, at once"),
            ("/vote NUMBER", "vote for one of the three suggestions; so does typing it"),
        ],
    },
    can_be_shared: false,
    host: |setup, room| Box::new(RoundHost::new(Variant::Game, room, setup.seed)),
};

/// A classic round: four guests, one suggestion.
pub(in crate::hosts) static CLASSIC: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "classic",
        purpose: "four guests, one suggestion, one answer each, and everybody leaves",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: false,
        has_host: true,
        quiet: &[],
        commands: &[("/ready", "have the cast take the free seats at once")],
    },
    can_be_shared: false,
    host: |setup, room| Box::new(RoundHost::new(Variant::Classic, room, setup.seed)),
};

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// One suggestion, and everybody leaves.
    Classic,
    /// Three suggestions and a vote, again and again.
    Game,
}
