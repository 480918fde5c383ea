//! The cast: bots that listen, and answer in character.
//!
//! They hear what was said, by whom, and when, and say what they want said, and when. Connections, bytes and the clock
//! are not theirs, and randomness is handed to them as a seed.

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

/// Makes what bots look things up in, which takes some hundredths of a second when it is first used. A thread beside the chat's
/// does it at the start, so that no message waits for that.
pub fn prepare() {
    analysis::prepare();
    reply::prepare();
    verbs::prepare();
}
