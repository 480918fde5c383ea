//! Bots that answer in character.
//!
//! Pure logic: they receive messages and the time, and return lines with the time to say them. Random choices follow from a
//! seed.

pub mod analysis;
mod cast;
mod character;
mod chatterers;
mod followers;
mod forecast;
mod guests;
mod lines;
mod patience;
mod reply;
pub(crate) mod shuffle_bag;
mod suggestions;
mod verbs;
mod wishes;

pub use cast::{Cast, Speaker, Want};
pub use character::Character;
pub use chatterers::{Chatterer, Mind};
pub use followers::{FOLLOWER_NAMES, Follower, NOBODY_FOLLOWED, Tongue, Verdict, following, meaning};
pub use guests::Guest;
pub use suggestions::{Suggestion, SuggestionKind};
pub use verbs::{Temper, Verb};
pub(crate) use wishes::clauses;
pub use wishes::{Wish, bare_choice, choice, wishes};

/// Builds the bots' lookup tables, which takes some hundredths of a second. Called on another thread at the start, so
/// that no message waits for it.
pub fn prepare() {
    analysis::prepare();
    reply::prepare();
    verbs::prepare();
}
