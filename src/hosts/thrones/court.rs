//! Who is in the room, and who holds which seat. Why anybody does is not its affair.

use crate::base::limits::THRONES_SEATS;
use crate::base::name::NameKey;
use crate::bots::Temper;
use crate::hosts::thrones::loyalty::Loyalty;

/// What somebody is to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Person,
    /// A bot that speaks for itself.
    Outside,
    /// A bot that the host had come, and speaks for.
    Hosted,
}

/// Somebody who is in the room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) nature: Nature,
    /// It was asked to go.
    pub(super) is_going: bool,
}

/// A follower.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) nature: Nature,
    pub(super) temper: Temper,
    pub(super) loyalty: Loyalty,
}

/// The room as the realm sees it.
#[derive(Debug, Default)]
pub(super) struct Court {
    members: Vec<Member>,
    lord: Option<String>,
    seats: Vec<Seat>,
}

impl Court {
    /// Somebody is in the room now. Returns whether that is new.
    pub(super) fn enter(&mut self, name: &str, nature: Nature) -> bool {
        let is_new = self.member(name).is_none();
        if is_new {
            self.members.push(Member { name: name.to_owned(), nature, is_going: false });
        }
        is_new
    }

    /// Somebody is in the room no longer.
    pub(super) fn leave(&mut self, name: &str) {
        self.members.retain(|member| member.name != name);
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }

    /// Somebody was asked to go.
    pub(super) fn set_going(&mut self, name: &str) {
        if let Some(member) = self.members.iter_mut().find(|member| member.name == name) {
            member.is_going = true;
        }
    }

    /// Whether anybody is there to hear what is said.
    pub(super) fn has_audience(&self) -> bool {
        self.members.iter().any(|member| member.nature != Nature::Hosted)
    }

    pub(super) fn lord(&self) -> Option<&str> {
        self.lord.as_deref()
    }

    pub(super) fn is_lord(&self, name: &str) -> bool {
        self.lord.as_deref() == Some(name)
    }

    /// Gives the Lord's seat to somebody, who leaves a follower's for it; with none, to nobody.
    pub(super) fn set_lord(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.vacate(name);
        }
        self.lord = name.map(ToOwned::to_owned);
    }

    pub(super) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// The follower of this name.
    pub(super) fn seat(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.name == name)
    }

    pub(super) fn seat_mut(&mut self, name: &str) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.name == name)
    }

    pub(super) fn seats_mut(&mut self) -> impl Iterator<Item = &mut Seat> {
        self.seats.iter_mut()
    }

    /// The follower that `text` names, in any case.
    pub(super) fn named(&self, text: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| is_called(&seat.name, text))
    }

    pub(super) fn followers(&self) -> Vec<String> {
        self.seats.iter().map(|seat| seat.name.clone()).collect()
    }

    pub(super) fn is_seat_free(&self) -> bool {
        self.seats.len() < THRONES_SEATS - 1
    }

    /// Gives somebody who is present a follower's seat, if there is one.
    pub(super) fn seat_down(&mut self, name: &str, temper: Temper, loyalty: Loyalty) {
        let Some(nature) = self.member(name).map(|member| member.nature) else { return };
        if self.is_seat_free() && self.seat(name).is_none() && !self.is_lord(name) {
            self.seats.push(Seat { name: name.to_owned(), nature, temper, loyalty });
        }
    }

    /// Takes a follower's seat from somebody. Returns whether there was one to take.
    pub(super) fn vacate(&mut self, name: &str) -> bool {
        let before = self.seats.len();
        self.seats.retain(|seat| seat.name != name);
        self.seats.len() < before
    }

    /// How many seats are taken, the Lord's among them.
    pub(super) fn taken(&self) -> usize {
        self.seats.len() + usize::from(self.lord.is_some())
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken() == THRONES_SEATS
    }
}

/// Whether `name` is the name that `text` gives, in any case.
pub(super) fn is_called(name: &str, text: &str) -> bool {
    NameKey::of(name) == NameKey::of(text)
}
