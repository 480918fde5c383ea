//! How the server treats the clients of each dialect, as a table. A new dialect is a row here.

use crate::wire::Dialect;

/// How the server treats the clients of a dialect.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is a fact of its own")]
pub struct Profile {
    /// Clients display what their user types, so the server does not echo it.
    pub echoes_locally: bool,
    /// Which room a client joins when its name is accepted.
    pub autojoin: Autojoin,
    /// Clients send in bursts when they connect, and repeat nothing. So what they send too fast is read later, and neither
    /// refused nor a reason to remove them; and they may be in many rooms.
    pub is_paced: bool,
    /// Clients show who is in a room, and are told when they join.
    pub wants_roster: bool,
    /// A member's new name, or that it left the chat, is told once, and not in each room that both are in.
    pub hears_once: bool,
    /// A member is in one room at a time, because its client cannot tell rooms apart.
    pub has_one_room: bool,
    /// How much of a room's history a member hears when it joins, unless it asks for more or less.
    pub replay: UsualReplay,
    /// Clients are people. They are greeted, and asked again after an invalid name.
    pub is_for_people: bool,
    /// The first message is a bare name, so the first line of another protocol could be taken for one.
    pub has_bare_names: bool,
    /// How clients give the password of the server.
    pub password: PasswordWay,
    /// What happens after a refused name.
    pub on_bad_name: OnBadName,
    /// A refusal before a name is accepted is sent as a removal: clients understand nothing else.
    pub refusal_is_removal: bool,
    /// Clients get a token with their name, and can resume their session with it.
    pub has_tokens: bool,
    /// The server may send bytes to find out whether the client is alive; the client ignores them.
    pub is_probed: bool,
    /// Bots can tell private messages from those of a room. Old bots answer every line, and would do so in the room.
    pub bots_take_private: bool,
    /// A peer with an unsupported protocol gets an answer in that protocol. Possible only if nothing was sent to it
    /// before.
    pub answers_unsupported: bool,
}

/// Which room a client joins when its name is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autojoin {
    /// None.
    Nowhere,
    /// The first room.
    First,
    /// The first room of this kind, or else the first room.
    Kind(&'static str),
}

/// How much of a room's history the members of a dialect hear when they join, unless they ask for more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsualReplay {
    /// As much as the operator sets (`--replay`).
    AsSet,
    /// All of it: its programs know it so.
    All,
}

/// How clients give the password of the server, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordWay {
    /// As a line before the name.
    Line,
    /// With the name, as often as they like.
    WithName,
    /// With the name, once. Then the connection is closed.
    Once,
    /// Not at all.
    Never,
}

/// What happens after a refused name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBadName {
    /// The client is asked for another one.
    AskAgain,
    /// The client gets a refusal and may try again.
    Refuse,
    /// The client gets a refusal and is removed.
    Remove,
    /// The client gets a refusal, and the connection is closed.
    Close,
}

/// In the order of [`Dialect::index`].
static PROFILES: [Profile; Dialect::ALL.len()] = [
    // Eom
    Profile {
        echoes_locally: true,
        autojoin: Autojoin::First,
        is_paced: false,
        wants_roster: false,
        hears_once: false,
        has_one_room: true,
        replay: UsualReplay::All,
        is_for_people: false,
        has_bare_names: false,
        password: PasswordWay::Never,
        on_bad_name: OnBadName::Remove,
        refusal_is_removal: false,
        has_tokens: false,
        is_probed: true,
        bots_take_private: false,
        answers_unsupported: true,
    },
    // Line
    Profile {
        echoes_locally: false,
        autojoin: Autojoin::First,
        is_paced: false,
        wants_roster: false,
        hears_once: false,
        has_one_room: true,
        replay: UsualReplay::AsSet,
        is_for_people: true,
        has_bare_names: true,
        password: PasswordWay::Line,
        on_bad_name: OnBadName::AskAgain,
        refusal_is_removal: false,
        has_tokens: false,
        is_probed: true,
        bots_take_private: true,
        answers_unsupported: true,
    },
    // Json
    Profile {
        echoes_locally: false,
        autojoin: Autojoin::Nowhere,
        is_paced: false,
        wants_roster: false,
        hears_once: false,
        has_one_room: false,
        replay: UsualReplay::AsSet,
        is_for_people: false,
        has_bare_names: false,
        password: PasswordWay::WithName,
        on_bad_name: OnBadName::Refuse,
        refusal_is_removal: false,
        has_tokens: true,
        is_probed: true,
        bots_take_private: true,
        answers_unsupported: true,
    },
    // Chaty
    Profile {
        echoes_locally: true,
        autojoin: Autojoin::Kind("chaty"),
        is_paced: false,
        wants_roster: false,
        hears_once: false,
        has_one_room: true,
        replay: UsualReplay::AsSet,
        is_for_people: false,
        has_bare_names: true,
        password: PasswordWay::Never,
        on_bad_name: OnBadName::Close,
        refusal_is_removal: true,
        has_tokens: false,
        is_probed: false,
        bots_take_private: false,
        answers_unsupported: false,
    },
    // Irc
    Profile {
        // Unless it asks for an echo: `Codec::echoes_locally`.
        echoes_locally: true,
        autojoin: Autojoin::Nowhere,
        is_paced: true,
        wants_roster: true,
        hears_once: true,
        has_one_room: false,
        replay: UsualReplay::AsSet,
        is_for_people: false,
        has_bare_names: false,
        password: PasswordWay::Once,
        on_bad_name: OnBadName::Refuse,
        refusal_is_removal: false,
        has_tokens: false,
        is_probed: true,
        bots_take_private: true,
        answers_unsupported: true,
    },
];

impl Dialect {
    /// The rules for its clients.
    pub fn profile(self) -> &'static Profile {
        &PROFILES[self.index()]
    }
}
