//! Maps and sets whose keys are words. Each word of a text is looked up in them, so they use a fast hash. That is safe: their
//! words are fixed when the program is built, so nobody can add colliding keys.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// A map whose keys are words.
pub(super) type Table<V> = HashMap<&'static str, V, FixedState>;

/// A set of words.
pub(super) type Words = HashSet<&'static str, FixedState>;
