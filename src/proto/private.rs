//! Messages between two members. Nobody else may read them, and no log.

use std::fmt;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::proto::ids::MemberInfo;
use crate::proto::reply::HistoryQuery;

/// The text of a private message. Debug output hides it, so that it reaches no log.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateText(Rc<str>);

/// A message from one member to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateMessage {
    /// The author.
    pub from: MemberInfo,
    /// The reader.
    pub to: MemberInfo,
    /// The text.
    pub text: PrivateText,
    /// It is a notice, which no program answers by itself.
    pub is_notice: bool,
    /// Greater than the id of each earlier message of the two.
    pub id: u64,
    /// When it was written, in whole milliseconds, as clients are told it.
    pub time: SystemTime,
}

/// A private message as one of its two members sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenMessage {
    /// The message.
    pub message: PrivateMessage,
    /// The member is its author.
    pub is_own: bool,
}

/// What became of a private message, as the server of its reader says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The reader has it.
    Delivered {
        /// The reader ignores the author, and was not shown it.
        is_ignored: bool,
        /// The reader is away, and the author was not told so before. Holds what the reader said, possibly nothing.
        away: Option<Rc<str>>,
    },
    /// The reader's program cannot tell private messages from others, so it gets none.
    NotPrivate,
    /// The reader has left.
    Gone,
}

/// A member's query for the messages between it and another member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateQuery {
    /// The other member.
    pub with: Name,
    /// The query.
    pub query: HistoryQuery,
    /// All messages that the member may read, the oldest first.
    pub messages: Vec<SeenMessage>,
}

impl PrivateText {
    /// The text, to be shown to its two members.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Rc<str>>> From<T> for PrivateText {
    fn from(text: T) -> PrivateText {
        PrivateText(text.into())
    }
}

impl fmt::Debug for PrivateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateText({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_text() {
        assert_eq!(format!("{:?}", PrivateText::from("secret")), "PrivateText(6 bytes)");
    }
}
