//! Bots that answer in character.
//!
//! Pure logic: they receive messages and the time, and return lines with the time to say them. Random choices follow from a
//! seed.

pub mod analysis;
mod ballot;
mod cast;
mod character;
mod consent;
mod conversation;
mod followers;
mod forecast;
mod guests;
mod imperatives;
mod keyword_bots;
mod lines;
mod orders;
mod phrase_table;
mod remark;
mod reply;
mod reply_limiter;
pub(crate) mod shuffle_bag;
mod solemnity;
mod suggestions;
mod topics;
mod verbs;

pub use ballot::Ballot;
pub use cast::{Cast, CastAction, Speaker};
pub use character::Character;
pub(crate) use consent::consent;
pub use conversation::Conversation;
pub use followers::{
    AnswerGenerator, FOLLOWER_NAMES, Follower, NOBODY_FOLLOWED, Verdict, following, meaning,
};
pub use guests::Guest;
pub use imperatives::{named, numbered, ordered};
pub use keyword_bots::{EVENING, KeywordBot, Responder};
pub(crate) use orders::clauses;
pub use orders::{Action, choice, is_question, parse_order};
pub use remark::Remark;
pub use solemnity::Solemnity;
pub use suggestions::{Suggestion, SuggestionKind};
pub use verbs::{Temper, Verb};

/// Builds the bots' lookup tables, which takes some hundredths of a second. Called on another thread at the start, so
/// that no message waits for it.
pub fn prepare() {
    analysis::prepare();
    reply::prepare();
    verbs::prepare();
    consent::prepare();
    topics::prepare();
}
