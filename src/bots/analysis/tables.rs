//! Tables of words that are known when the program is built. Many of them are asked about each word, and nobody from outside
//! puts a key in: so their hash is a quick one.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// A table by word.
pub(super) type Table<V> = HashMap<&'static str, V, FixedState>;

/// A set of words.
pub(super) type Words = HashSet<&'static str, FixedState>;
