//! Tests of a round: stories, and events in any order.

mod any_order;
mod cast;
mod games;
mod room;
mod stories;
