//! The table of a round: who has a seat, who watches, and who has answered.

use crate::base::limits::ROUND_SEATS;
use crate::bots::Guest;
use crate::proto::{Kind, MemberInfo};

/// A taken seat.
#[derive(Debug)]
pub(super) struct Seat {
    /// The guest.
    pub(super) who: MemberInfo,
    /// The bot of the cast. `None`: a person or an external bot.
    pub(super) guest: Option<Guest>,
    /// No answer is awaited: it was given, or the time is over.
    pub(super) is_done: bool,
}

/// The seats and the watchers.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// In the order in which they were taken; never more than there are seats.
    seats: Vec<Seat>,
    /// In the order in which they joined. Bots of the cast never watch.
    watching: Vec<MemberInfo>,
}

impl Seats {
    /// The number of free seats.
    pub(super) fn free(&self) -> usize {
        ROUND_SEATS.saturating_sub(self.seats.len())
    }

    /// The taken seats.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter()
    }

    /// The names of the seated guests.
    pub(super) fn names(&self) -> Vec<&str> {
        self.seats.iter().map(|seat| seat.who.name.as_str()).collect()
    }

    /// Whether any seat is taken.
    pub(super) fn is_anybody_seated(&self) -> bool {
        !self.seats.is_empty()
    }

    /// Whether a person has a seat or watches.
    pub(super) fn is_a_person_there(&self) -> bool {
        let mut all = self.seats.iter().map(|seat| &seat.who).chain(&self.watching);
        all.any(|who| who.kind == Kind::Person)
    }

    /// Whether anybody but the cast has a seat or watches.
    pub(super) fn is_anybody_there(&self) -> bool {
        !self.watching.is_empty() || self.seats.iter().any(|seat| seat.guest.is_none())
    }

    /// Whether somebody with this name, in any case, has a seat or watches.
    pub(super) fn knows(&self, name: &str) -> bool {
        let mut present = self.names().into_iter().chain(self.watching.iter().map(|who| who.name.as_str()));
        present.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The seat of the guest with this name.
    pub(super) fn of(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.who.name.as_str() == name)
    }

    /// The name of this bot of the cast, if it has a seat.
    pub(super) fn name_of(&self, guest: Guest) -> Option<String> {
        let seat = self.seats.iter().find(|seat| seat.guest == Some(guest))?;
        Some(seat.who.name.as_str().to_owned())
    }

    /// Gives a guest a seat, if one is free.
    pub(super) fn sit(&mut self, who: &MemberInfo, guest: Option<Guest>) {
        if self.free() > 0 {
            self.seats.push(Seat { who: who.clone(), guest, is_done: false });
        }
    }

    /// Adds a watcher. Returns how many were there before.
    pub(super) fn watch(&mut self, who: &MemberInfo) -> usize {
        self.watching.push(who.clone());
        self.watching.len() - 1
    }

    /// Gives free seats to the watchers that joined first. Returns their names.
    pub(super) fn seat_watchers(&mut self) -> Vec<String> {
        let count = self.free().min(self.watching.len());
        let lucky: Vec<MemberInfo> = self.watching.drain(..count).collect();
        for who in &lucky {
            self.sit(who, None);
        }
        lucky.iter().map(|who| who.name.as_str().to_owned()).collect()
    }

    /// A guest or watcher has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &MemberInfo) {
        let seated = self.seats.iter_mut().map(|seat| &mut seat.who);
        for who in seated.chain(&mut self.watching).filter(|who| who.name.as_str() == from) {
            who.clone_from(to);
        }
    }

    /// Removes a guest or watcher. Returns the seat that became free, if any.
    pub(super) fn remove(&mut self, name: &str) -> Option<Seat> {
        self.watching.retain(|who| who.name.as_str() != name);
        let index = self.seats.iter().position(|seat| seat.who.name.as_str() == name)?;
        Some(self.seats.remove(index))
    }

    /// Frees all seats. Returns those that were taken.
    pub(super) fn clear(&mut self) -> Vec<Seat> {
        std::mem::take(&mut self.seats)
    }

    /// Frees the seats of the cast. Returns their names.
    pub(super) fn remove_cast(&mut self) -> Vec<String> {
        let cast = self.seats.extract_if(.., |seat| seat.guest.is_some());
        cast.map(|seat| seat.who.name.as_str().to_owned()).collect()
    }

    /// No longer awaits an answer of this guest. Returns whether one was awaited.
    pub(super) fn done(&mut self, name: &str) -> bool {
        let seat = self.seats.iter_mut().find(|seat| seat.who.name.as_str() == name && !seat.is_done);
        seat.map(|seat| seat.is_done = true).is_some()
    }

    /// The guests whose answers are awaited, without the cast.
    pub(super) fn awaited(&self) -> Vec<MemberInfo> {
        let awaited = self.seats.iter().filter(|seat| !seat.is_done && seat.guest.is_none());
        awaited.map(|seat| seat.who.clone()).collect()
    }

    /// Whether no answer is awaited.
    pub(super) fn are_all_done(&self) -> bool {
        self.seats.iter().all(|seat| seat.is_done)
    }
}
