//! The members of the room and their seats.

use crate::base::limits::THRONES_SEATS;
use crate::base::name::NameKey;
use crate::bots::Temper;

/// The kind of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberKind {
    Person,
    /// An external bot.
    External,
    /// A bot that the host has spawned and speaks for.
    Hosted,
}

/// A member of the room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    key: NameKey,
    pub(super) kind: MemberKind,
    /// Its removal is on the way.
    pub(super) is_leaving: bool,
}

/// A follower's seat.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) kind: MemberKind,
    pub(super) temper: Temper,
}

/// The members and the seats.
#[derive(Debug, Default)]
pub(super) struct Court {
    members: Vec<Member>,
    lord: Option<String>,
    seats: Vec<Seat>,
}

impl Court {
    /// Adds a member. Returns whether it is new.
    pub(super) fn enter(&mut self, name: &str, kind: MemberKind) -> bool {
        let is_new = self.member(name).is_none();
        if is_new {
            let key = NameKey::of(name);
            self.members.push(Member { name: name.to_owned(), key, kind, is_leaving: false });
        }
        is_new
    }

    /// Removes a member.
    pub(super) fn leave(&mut self, name: &str) {
        self.members.retain(|member| member.name != name);
    }

    /// A member has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for member in self.members.iter_mut().filter(|member| member.name == from) {
            to.clone_into(&mut member.name);
            member.key = NameKey::of(to);
        }
        let seats = self.seats.iter_mut().map(|seat| &mut seat.name);
        for name in seats.chain(&mut self.lord).filter(|name| *name == from) {
            to.clone_into(name);
        }
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The member with this name, in any case. Not the Lord.
    pub(super) fn called(&self, text: &str) -> Option<&Member> {
        let key = NameKey::of(text);
        self.members.iter().find(|member| member.key == key && !self.is_lord(&member.name))
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }

    /// Marks a member that is being removed.
    pub(super) fn set_leaving(&mut self, name: &str) {
        if let Some(member) = self.members.iter_mut().find(|member| member.name == name) {
            member.is_leaving = true;
        }
    }

    /// Whether anybody but hosted bots is in the room.
    pub(super) fn has_audience(&self) -> bool {
        self.members.iter().any(|member| member.kind != MemberKind::Hosted)
    }

    pub(super) fn lord(&self) -> Option<&str> {
        self.lord.as_deref()
    }

    pub(super) fn is_lord(&self, name: &str) -> bool {
        self.lord.as_deref() == Some(name)
    }

    /// Gives the Lord's seat to a member, which gives up a follower's seat. `None`: frees it.
    pub(super) fn set_lord(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.vacate(name);
        }
        self.lord = name.map(ToOwned::to_owned);
    }

    pub(super) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// The follower with this name.
    pub(super) fn seat(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.name == name)
    }

    /// Whether a member has a seat, the Lord's or a follower's.
    pub(super) fn is_seated(&self, name: &str) -> bool {
        self.is_lord(name) || self.seat(name).is_some()
    }

    /// The hosted follower that sat down last.
    pub(super) fn last_hosted(&self) -> Option<&str> {
        let hosted = self.seats.iter().rfind(|seat| seat.kind == MemberKind::Hosted);
        hosted.map(|seat| seat.name.as_str())
    }

    /// The follower with this name, in any case.
    pub(super) fn named(&self, text: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| is_called(&seat.name, text))
    }

    pub(super) fn followers(&self) -> Vec<String> {
        self.seats.iter().map(|seat| seat.name.clone()).collect()
    }

    /// The followers that are not people.
    pub(super) fn programs(&self) -> Vec<String> {
        let programs = self.seats.iter().filter(|seat| seat.kind != MemberKind::Person);
        programs.map(|seat| seat.name.clone()).collect()
    }

    pub(super) fn is_seat_free(&self) -> bool {
        self.seats.len() < THRONES_SEATS - 1
    }

    /// Gives a member a follower's seat, if one is free.
    pub(super) fn seat_down(&mut self, name: &str, temper: Temper) {
        let Some(kind) = self.member(name).map(|member| member.kind) else { return };
        if self.is_seat_free() && self.seat(name).is_none() && !self.is_lord(name) {
            self.seats.push(Seat { name: name.to_owned(), kind, temper });
        }
    }

    /// Takes a follower's seat away. Returns whether the member had one.
    pub(super) fn vacate(&mut self, name: &str) -> bool {
        let before = self.seats.len();
        self.seats.retain(|seat| seat.name != name);
        self.seats.len() < before
    }

    /// The number of taken seats, with the Lord's.
    pub(super) fn taken(&self) -> usize {
        self.seats.len() + usize::from(self.lord.is_some())
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken() == THRONES_SEATS
    }
}

/// Whether two names are the same, in any case.
pub(super) fn is_called(name: &str, text: &str) -> bool {
    NameKey::of(name) == NameKey::of(text)
}

/// The Lord's name in tales. A Lord named Lord is "the Lord".
pub(super) fn called_in_tales(lord: &str) -> &str {
    if is_called(lord, "Lord") { "the Lord" } else { lord }
}
