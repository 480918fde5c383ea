//! What dialects do differently beside their bytes, as a table: a new dialect is a row here.

use crate::wire::Dialect;

/// How a dialect's clients are dealt with.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is a fact of its own")]
pub struct Profile {
    /// Clients show what their user types, so the server does not repeat it to them.
    pub echoes_locally: bool,
    /// Where a member is as soon as it has a name.
    pub autojoin: Autojoin,
    /// A member is in one room at a time, as its clients cannot tell one from another.
    pub has_one_room: bool,
    /// Its clients are people, who are asked again for a name, and for one if they give none.
    pub is_for_people: bool,
    /// A first message is a name and nothing else, as the first line of some other protocol may be.
    pub has_bare_names: bool,
    /// What follows a name that cannot be had.
    pub on_bad_name: OnBadName,
    /// What is told at the door, before a name, is told as a removal: the only word that its clients have for it.
    pub refusal_is_removal: bool,
    /// Its clients get a token with their name, and have the name back at once if they show it.
    pub has_tokens: bool,
    /// Something may be sent to find out whether a client is still there: its programs do not take that for speech.
    pub is_probed: bool,
    /// A connection of another protocol is answered in that protocol's words: nothing was sent to it before.
    pub answers_unsupported: bool,
}

/// Where a member is as soon as it has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autojoin {
    /// In no room.
    Nowhere,
    /// In the first room.
    First,
    /// In the room of this kind; in the first if there is none.
    Kind(&'static str),
}

/// What follows a name that cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBadName {
    /// The client is asked for another.
    AskAgain,
    /// The client is told why, and may try again.
    Refuse,
    /// The client is told why, and removed.
    Remove,
    /// The client is told why, and closed.
    Close,
}

/// In the order of [`Dialect::index`].
static PROFILES: [Profile; Dialect::ALL.len()] = [
    // Eom
    Profile {
        echoes_locally: true,
        autojoin: Autojoin::First,
        has_one_room: true,
        is_for_people: false,
        has_bare_names: false,
        on_bad_name: OnBadName::Remove,
        refusal_is_removal: false,
        has_tokens: false,
        is_probed: true,
        answers_unsupported: true,
    },
    // Line
    Profile {
        echoes_locally: false,
        autojoin: Autojoin::First,
        has_one_room: true,
        is_for_people: true,
        has_bare_names: true,
        on_bad_name: OnBadName::AskAgain,
        refusal_is_removal: false,
        has_tokens: false,
        is_probed: true,
        answers_unsupported: true,
    },
    // Json
    Profile {
        echoes_locally: false,
        autojoin: Autojoin::Nowhere,
        has_one_room: false,
        is_for_people: false,
        has_bare_names: false,
        on_bad_name: OnBadName::Refuse,
        refusal_is_removal: false,
        has_tokens: true,
        is_probed: true,
        answers_unsupported: true,
    },
    // Chaty
    Profile {
        echoes_locally: true,
        autojoin: Autojoin::Kind("chaty"),
        has_one_room: true,
        is_for_people: false,
        has_bare_names: true,
        on_bad_name: OnBadName::Close,
        refusal_is_removal: true,
        has_tokens: false,
        is_probed: false,
        answers_unsupported: false,
    },
];

impl Dialect {
    /// How its clients are dealt with.
    pub fn profile(self) -> &'static Profile {
        &PROFILES[self.index()]
    }
}
