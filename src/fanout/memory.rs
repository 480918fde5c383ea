//! How much memory all connections take together, by what it is for: a total, and the charges on it.
//!
//! Whatever holds memory for a connection holds a charge for it, which goes as it goes. So a total is what is held at this
//! moment, nobody has to add up anything, and nothing is counted twice that is shared.

use std::cell::Cell;
use std::rc::Rc;

/// What all connections together still have to be sent, in bytes.
#[derive(Debug, Default)]
pub(super) struct OutputMemory {
    /// The memory of all send queues. What is shared counts once.
    pub(super) queued: Total,
    /// What is still to be replayed of histories, about. The rooms keep it, once.
    pub(super) replays: Total,
}

/// What is held, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Total(Rc<Cell<usize>>);

/// A part of a total, until it is dropped.
#[derive(Debug)]
pub struct Charge {
    total: Total,
    bytes: usize,
}

impl Total {
    /// What is held now, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.get()
    }

    /// Holds so many bytes more.
    pub fn charge(&self, bytes: usize) -> Charge {
        let mut charge = Charge { total: self.clone(), bytes: 0 };
        charge.set(bytes);
        charge
    }
}

impl Charge {
    /// How much this is, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes it so much, in bytes.
    pub fn set(&mut self, bytes: usize) {
        let total = &self.total.0;
        total.set(total.get() - self.bytes + bytes);
        self.bytes = bytes;
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_what_its_charges_are_and_goes_with_them() {
        let total = Total::default();
        let mut one = total.charge(10);
        let two = total.charge(5);
        assert_eq!(total.bytes(), 15);
        one.set(3);
        assert_eq!((one.bytes(), total.bytes()), (3, 8));
        drop(one);
        assert_eq!(total.bytes(), 5);
        drop(two);
        assert_eq!(total.bytes(), 0);
    }
}
