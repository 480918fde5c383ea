//! The types of tables by word. Each word of a text is looked up in them, so they use a fast hash. That is safe: their words
//! are fixed when the program is built, so nobody can add colliding keys.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// A table by word.
pub(super) type Table<V> = HashMap<&'static str, V, FixedState>;

/// A set of words.
pub(super) type Words = HashSet<&'static str, FixedState>;
