//! Who and where: members, rooms, and what shows that one had a name before.

use crate::base::name::Name;

/// A member of the chat, for as long as it is one. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub usize);

/// A room, for as long as it is open. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId(pub usize);

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody, as far as one can tell.
    Person,
    /// A program that says so, or whose name does.
    Bot,
}

/// A member as the others know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
}

/// What shows that one had a name before: a number that nobody guesses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(pub u128);

/// How a token is written: so many hexadecimal digits.
const TOKEN_DIGITS: usize = 32;

impl Token {
    /// The token that is written so; none if that is none.
    pub fn parse(text: &str) -> Option<Token> {
        // Nobody is given one of another length.
        let is_whole = text.len() == TOKEN_DIGITS;
        is_whole.then(|| u128::from_str_radix(text, 16).ok().map(Token)).flatten()
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0TOKEN_DIGITS$x}", self.0)
    }
}

/// It is a secret, and stands in no log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}
