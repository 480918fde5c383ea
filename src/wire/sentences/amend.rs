//! Sentences about erased and edited messages.

use crate::base::limits::AMEND_WITHIN;
use crate::base::text::in_words;
use crate::proto::{Amendless, Amendment};
use crate::wire::lines;
use crate::wire::sentences::place;

/// Follows a message that has another text than it had first.
pub(in crate::wire) const EDITED: &str = " (edited)";

/// Stands behind a notice.
pub(in crate::wire) const NOTICE: &str = " (notice)";

/// An amendment, as the members of the room hear it.
pub(in crate::wire) fn amendment(Amendment { by, author, text, .. }: &Amendment) -> String {
    match (by, author, text) {
        (Some(by), _, None) => format!("{} erased a message.", by.name),
        (Some(by), _, Some(text)) => format!("{} corrects: {}", by.name, lines::marked(text)),
        (None, Some(author), _) => format!("The server's operator erased a message of {author}."),
        (None, None, _) => "The server's operator erased a message.".into(),
    }
}

/// Why nothing is erased or edited.
pub(super) fn refusal(why: &Amendless) -> String {
    let within = in_words(AMEND_WITHIN);
    match why {
        Amendless::Nothing(room) => format!(
            "There is nothing to change: /undo and /edit are for what you said in {} in the last {within}.",
            place(room)
        ),
        Amendless::NotOwn(id) => format!(
            "Message {id} cannot be changed: it must be one of yours in this room, of the last {within}."
        ),
        Amendless::Private => {
            "/undo and /edit are for rooms, and what you wrote last is private, so it stays. To change your \
                               last message in this room, type the command again."
                .into()
        }
        Amendless::DiskFails => {
            "Too much waits to be stored, so nothing can be erased or edited now. Try again later.".into()
        }
    }
}
