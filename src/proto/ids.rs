//! Identities: members, rooms and resume tokens.

use std::num::NonZeroU128;
use std::rc::Rc;

use crate::base::name::Name;

/// Identifies a member while it is registered. Ids are reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub usize);

/// Identifies a room for ever: a later room may have its index, but in another generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId {
    index: u32,
    generation: u32,
}

impl RoomId {
    /// The first room with this index.
    pub fn first(index: usize) -> RoomId {
        RoomId { index: u32::try_from(index).unwrap_or(u32::MAX), generation: 0 }
    }

    /// The room after this one with the same index.
    #[must_use]
    pub fn next(self) -> RoomId {
        RoomId { generation: self.generation.wrapping_add(1), ..self }
    }

    /// Its place in a table of rooms.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// Whether a member is a person or a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person, unless shown to be a bot.
    Person,
    /// A program that says it is a bot, or whose name says so.
    Bot,
}

/// A member as other members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// The name.
    pub name: Name,
    /// Person or bot.
    pub kind: Kind,
}

/// A member in a list of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The member.
    pub who: MemberInfo,
    /// What it said when it went away; empty if it said nothing. `None`: it is here.
    pub away: Option<Rc<str>>,
}

/// Proves that a client held a name before, so that it can resume it. An unguessable random number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(pub NonZeroU128);

/// Length of a written token, in hexadecimal digits.
const TOKEN_DIGITS: usize = 32;

impl Token {
    /// Parses a written token. `None` if `text` is not one.
    pub fn parse(text: &str) -> Option<Token> {
        // `from_str_radix` also accepts shorter numbers.
        let is_whole = text.len() == TOKEN_DIGITS;
        let number = is_whole.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
        NonZeroU128::new(number).map(Token)
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0TOKEN_DIGITS$x}", self.0)
    }
}

/// Hides the token, as it is a secret and must not reach a log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}
