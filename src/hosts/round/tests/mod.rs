//! What a round is like: stories, and any order of calls.

mod any_order;
mod cast;
mod room;
mod stories;
