//! What operators wait for, and what they are told when it is late, does not come any more, or cannot be kept.

use crate::admin::Reply;

/// What an operator waits for.
#[derive(Debug)]
pub(super) enum Pending {
    /// That what it decided is committed. The answer is ready.
    Commit(Reply),
    /// A page of a room's messages.
    Page { room: String },
    /// That somebody's messages are erased. If that takes too long it `is_told` so, and the log tells of the end.
    Erasure { name: String, is_told: bool },
    /// What is deleted for its age, and whether it confirmed the clock.
    Retention { confirm: bool },
}

impl Pending {
    /// What an operator is told whose answer the end of the service is before.
    pub(super) fn unanswered(&self) -> String {
        match self {
            Pending::Page { room } => {
                format!("The service is stopping. Export {room} again when it is back.")
            }
            Pending::Erasure { name, .. } => format!(
                "The service is stopping. What {name} said may not be erased yet. When it is back, type again: forget {name}"
            ),
            Pending::Retention { .. } | Pending::Commit(_) => {
                "The service is stopping. Ask again when it is back.".to_owned()
            }
        }
    }

    /// What an operator is told who has waited for long. Nothing can be kept for now, if there is a reason.
    pub(super) fn delayed(&self, degraded: Option<&str>) -> String {
        match (self, degraded) {
            (Pending::Erasure { name, .. }, Some(why)) => format!(
                "Nothing can be written now: {why}. Newcomers no longer hear what {name} said. It is erased from the disk as \
                 soon as that works; until then /history and /search may find it. If the service stops before, type again: \
                 forget {name}"
            ),
            (Pending::Erasure { name, .. }, None) => format!(
                "What {name} said is being erased. stats shows how far that is; the log says when it is done."
            ),
            (Pending::Page { room }, _) => {
                format!(
                    "The disk does not answer: what was said in {room} cannot be read now. Try again later."
                )
            }
            (Pending::Retention { confirm: true }, Some(why)) => {
                format!("Nothing can be written now: {why}. Your confirmation counts as soon as that works.")
            }
            (Pending::Retention { .. }, Some(why)) => {
                format!("Nothing can be written now: {why}. Ask again when it can.")
            }
            (Pending::Retention { .. } | Pending::Commit(_), _) => {
                "The disk does not answer. Ask again later.".to_owned()
            }
        }
    }
}

/// The answer to what an operator decided, which cannot be kept for now if there is a reason.
pub(super) fn decided(reply: Reply, unkept: Option<String>) -> Reply {
    match unkept {
        Some(why) => Reply { text: format!("{} This is not saved for now: {why}.", reply.text), ..reply },
        None => reply,
    }
}
