//! Who sits at the table of a round, who watches, and who has answered. Nothing is said here.

use crate::base::limits::ROUND_SEATS;
use crate::bots::Guest;
use crate::proto::{Kind, Who};

/// A seat that is taken.
#[derive(Debug)]
pub(super) struct Seat {
    /// By whom.
    pub(super) who: Who,
    /// Which of the cast it is; none: a person or a bot from outside.
    pub(super) guest: Option<Guest>,
    /// Nobody waits for this one's answer: it was given, or its time is over.
    pub(super) is_done: bool,
}

/// Those who sit, and those who would like to.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// In the order of their coming, never more than there are seats.
    seats: Vec<Seat>,
    /// In the order of their coming. None of the cast is among them.
    watching: Vec<Who>,
}

impl Seats {
    /// How many seats are free.
    pub(super) fn free(&self) -> usize {
        ROUND_SEATS.saturating_sub(self.seats.len())
    }

    /// Those who sit.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter()
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<&str> {
        self.seats.iter().map(|seat| seat.who.name.as_str()).collect()
    }

    /// Whether somebody sits.
    pub(super) fn is_anybody_seated(&self) -> bool {
        !self.seats.is_empty()
    }

    /// Whether a person sits or watches.
    pub(super) fn is_a_person_there(&self) -> bool {
        let mut all = self.seats.iter().map(|seat| &seat.who).chain(&self.watching);
        all.any(|who| who.kind == Kind::Person)
    }

    /// Whether somebody is there but the cast.
    pub(super) fn is_anybody_there(&self) -> bool {
        !self.watching.is_empty() || self.seats.iter().any(|seat| seat.guest.is_none())
    }

    /// Whether somebody of this name, in any case, sits or watches.
    pub(super) fn knows(&self, name: &str) -> bool {
        let mut present = self.names().into_iter().chain(self.watching.iter().map(|who| who.name.as_str()));
        present.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The seat of this name.
    pub(super) fn of(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.who.name.as_str() == name)
    }

    /// The name under which one of the cast sits.
    pub(super) fn name_of(&self, guest: Guest) -> Option<String> {
        let seat = self.seats.iter().find(|seat| seat.guest == Some(guest))?;
        Some(seat.who.name.as_str().to_owned())
    }

    /// Somebody sits down, if a seat is free.
    pub(super) fn sit(&mut self, who: &Who, guest: Option<Guest>) {
        if self.free() > 0 {
            self.seats.push(Seat { who: who.clone(), guest, is_done: false });
        }
    }

    /// Somebody watches. Returns how many do already.
    pub(super) fn watch(&mut self, who: &Who) -> usize {
        self.watching.push(who.clone());
        self.watching.len() - 1
    }

    /// Whoever has watched longest, as long as seats are free, sits down. Returns their names.
    pub(super) fn seat_watchers(&mut self) -> Vec<String> {
        let count = self.free().min(self.watching.len());
        let lucky: Vec<Who> = self.watching.drain(..count).collect();
        for who in &lucky {
            self.sit(who, None);
        }
        lucky.iter().map(|who| who.name.as_str().to_owned()).collect()
    }

    /// Somebody is gone. Returns the seat that is free now, if it is one.
    pub(super) fn remove(&mut self, name: &str) -> Option<Seat> {
        self.watching.retain(|who| who.name.as_str() != name);
        let index = self.seats.iter().position(|seat| seat.who.name.as_str() == name)?;
        Some(self.seats.remove(index))
    }

    /// All seats are free again. Returns who sat.
    pub(super) fn clear(&mut self) -> Vec<Seat> {
        std::mem::take(&mut self.seats)
    }

    /// Those of the cast leave their seats. Returns their names.
    pub(super) fn remove_cast(&mut self) -> Vec<String> {
        let cast = self.seats.extract_if(.., |seat| seat.guest.is_some());
        cast.map(|seat| seat.who.name.as_str().to_owned()).collect()
    }

    /// Nobody waits for this one's answer any more. Returns whether somebody did.
    pub(super) fn done(&mut self, name: &str) -> bool {
        let seat = self.seats.iter_mut().find(|seat| seat.who.name.as_str() == name && !seat.is_done);
        seat.map(|seat| seat.is_done = true).is_some()
    }

    /// Those who are waited for, without the cast.
    pub(super) fn awaited(&self) -> Vec<Who> {
        let awaited = self.seats.iter().filter(|seat| !seat.is_done && seat.guest.is_none());
        awaited.map(|seat| seat.who.clone()).collect()
    }

    /// Whether nobody is waited for.
    pub(super) fn are_all_done(&self) -> bool {
        self.seats.iter().all(|seat| seat.is_done)
    }
}
