//! A small set in two bytes: a bit for each item.

use std::fmt;
use std::marker::PhantomData;

/// A type whose values a [`Set`] holds. It has at most sixteen values.
pub trait Item: Copy + fmt::Debug + 'static {
    /// All items, in the order in which a set lists them.
    const ALL: &'static [Self];

    /// The index in [`Item::ALL`].
    fn index(self) -> u8;
}

/// A set of items.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Set<T> {
    bits: u16,
    marker: PhantomData<T>,
}

impl<T: Item> Set<T> {
    /// A set of these items.
    pub fn of(items: &[T]) -> Set<T> {
        items.iter().copied().collect()
    }

    /// Adds `item`.
    pub fn insert(&mut self, item: T) {
        self.bits |= 1 << item.index();
    }

    /// Whether the set contains `item`.
    pub fn contains(self, item: T) -> bool {
        self.bits & 1 << item.index() != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The number of items.
    pub fn len(self) -> usize {
        self.bits.count_ones() as usize
    }

    /// The items in the order of [`Item::ALL`].
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::ALL.iter().copied().filter(move |item| self.contains(*item))
    }
}

impl<T> Default for Set<T> {
    fn default() -> Set<T> {
        Set { bits: 0, marker: PhantomData }
    }
}

impl<T: Item> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T: Item> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Set<T> {
        let mut set = Set::default();
        set.extend(items);
        set
    }
}

impl<T: Item> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Subject, Tag};
    use super::*;

    #[test]
    fn duplicates_count_once_and_items_are_in_the_order_of_all() {
        let mut set = Set::of(&[Subject::Food, Subject::Weather, Subject::Food]);
        assert_eq!(set.len(), 2);
        assert!(set.contains(Subject::Food) && !set.contains(Subject::Art));
        set.insert(Subject::Art);
        assert_eq!(format!("{set:?}"), "{Weather, Art, Food}");
        assert!(!set.is_empty() && Set::<Subject>::default().is_empty());
    }

    #[test]
    fn an_index_is_the_position_in_all() {
        fn check<T: Item>() {
            let indices: Vec<u8> = T::ALL.iter().map(|item| item.index()).collect();
            let expected: Vec<u8> = (0..16).take(T::ALL.len()).collect();
            assert_eq!(indices, expected);
        }
        check::<Subject>();
        check::<Tag>();
    }
}
