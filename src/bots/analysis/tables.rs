//! Tables of words. They are fixed when the program is built and looked up for each word, so they use a fast hash;
//! nobody can insert colliding keys.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// A table by word.
pub(super) type Table<V> = HashMap<&'static str, V, FixedState>;

/// A set of words.
pub(super) type Words = HashSet<&'static str, FixedState>;
