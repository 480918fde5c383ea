//! The memory that connections take, as totals and charges on them.
//!
//! Whatever holds memory for a connection holds a charge, which ends with it. So a total is always current, nothing
//! has to be added up, and shared memory counts once.

use std::cell::Cell;
use std::rc::Rc;

/// The memory of all output, in bytes.
#[derive(Debug, Default)]
pub(super) struct OutputMemory {
    /// All send queues. Shared bytes count once.
    pub(super) queued: Total,
    /// About how much history waits to be replayed. The rooms hold it, once.
    pub(super) replays: Total,
}

/// A total, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Total(Rc<Cell<usize>>);

/// A share of a total, until it is dropped.
#[derive(Debug)]
pub struct Charge {
    total: Total,
    bytes: usize,
}

impl Total {
    /// The current total, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.get()
    }

    /// Adds a charge of this many bytes.
    pub fn charge(&self, bytes: usize) -> Charge {
        let mut charge = Charge { total: self.clone(), bytes: 0 };
        charge.set(bytes);
        charge
    }
}

impl Charge {
    /// The size of the charge, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes the size of the charge, in bytes.
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
