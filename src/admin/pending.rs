//! Commands whose results are pending, and the replies for results that are late or never come, and for changes that cannot be
//! saved.

use std::rc::Rc;

use crate::admin::Reply;

/// A command that waits for a result.
#[derive(Debug)]
pub(super) enum Pending {
    /// A change that is being saved. Holds the reply.
    Commit(Reply),
    /// `export`.
    Page { room: String },
    /// `forget`. `is_answered`: the operator has been told that the erasure takes long; only the log reports its end.
    Erasure { name: String, is_answered: bool },
    /// `erase`. `is_answered`: as above.
    OneErasure { room: Rc<str>, id: u64, is_answered: bool },
    /// `retention`, or `retention confirm`.
    Retention { confirm: bool },
    /// `reload`. `is_begun`: the files are being read.
    Reload { is_begun: bool },
}

impl Pending {
    /// The reply if the server stops before there is a result.
    pub(super) fn aborted(&self) -> String {
        match self {
            Pending::Page { room } => {
                format!("The service is stopping. Export {room} again after the restart.")
            }
            Pending::Erasure { name, .. } => format!(
                "The service is stopping. The messages of {name} may not be erased yet. After the restart, type again: forget \
                 {name}"
            ),
            Pending::OneErasure { room, id, .. } => format!(
                "The service is stopping. The message may not be erased yet. After the restart, type again: erase {room} {id}"
            ),
            Pending::Retention { .. } | Pending::Commit(_) | Pending::Reload { .. } => {
                "The service is stopping. Type the command again after the restart.".to_owned()
            }
        }
    }

    /// The reply if the result is late. `degraded`: why nothing can be saved for now, worded as a clause.
    pub(super) fn delayed(&self, degraded: Option<&str>) -> String {
        match (self, degraded) {
            (Pending::Erasure { name, .. }, Some(why)) => format!(
                "Nothing can be written now: {why}. Whoever joins now does not see the messages of {name}. They are erased \
                 from the disk as soon as it works again; until then, /history and /search may find them. If the service stops \
                 before that, type again: forget {name}"
            ),
            (Pending::Erasure { name, .. }, None) => format!(
                "The messages of {name} are being erased. Type stats to see the progress; the log reports the end."
            ),
            (Pending::OneErasure { room, id, .. }, Some(why)) => format!(
                "Nothing can be written now: {why}. Nobody sees message {id} of {room} any more. It is erased from the disk as \
                 soon as it works again. If the service stops before that, type again: erase {room} {id}"
            ),
            (Pending::OneErasure { room, id, .. }, None) => {
                format!("Message {id} of {room} is being erased; the log reports the end.")
            }
            (Pending::Page { room }, _) => {
                format!(
                    "The disk does not answer: the messages of {room} cannot be read now. Try again later."
                )
            }
            (Pending::Retention { confirm: true }, Some(why)) => {
                format!(
                    "Nothing can be written now: {why}. Your confirmation takes effect when the disk works again."
                )
            }
            (Pending::Retention { .. }, Some(why)) => {
                format!("Nothing can be written now: {why}. Try again later.")
            }
            (Pending::Retention { .. } | Pending::Commit(_) | Pending::Reload { .. }, _) => {
                "The disk does not answer. Try again later.".to_owned()
            }
        }
    }
}

/// The reply to a change. `unsaved`: why it cannot be saved for now, worded as a clause.
pub(super) fn decided(reply: Reply, unsaved: Option<String>) -> Reply {
    match unsaved {
        Some(why) => Reply { text: format!("{} This is not saved for now: {why}.", reply.text), ..reply },
        None => reply,
    }
}
