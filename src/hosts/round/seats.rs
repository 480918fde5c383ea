//! The table of a round: who has a seat, who watches, who has answered, and who is asleep.

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
    /// It did not answer in time, and has said nothing since. It is not awaited.
    pub(super) is_asleep: bool,
}

/// A member that watches. Bots of the cast never do.
#[derive(Debug)]
struct Watcher {
    who: MemberInfo,
    /// It lost its seat as it said nothing, and has said nothing since. It gets no seat.
    is_asleep: bool,
}

/// The seats and the watchers.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// In the order in which they were taken; never more than there are seats.
    seats: Vec<Seat>,
    /// In the order in which they get seats.
    watching: Vec<Watcher>,
}

/// The guests that gave up their seats for others.
#[derive(Debug, Default)]
pub(super) struct Stood {
    /// Bots of the cast. They are no longer at the table.
    pub(super) cast: Vec<(String, Guest)>,
    /// Members that watch now because they were silent.
    pub(super) asleep: Vec<MemberInfo>,
    /// Members that watch now because others have waited.
    pub(super) in_turn: Vec<MemberInfo>,
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

    /// Whether somebody who is not of the cast has a seat.
    pub(super) fn is_a_member_seated(&self) -> bool {
        self.seats.iter().any(|seat| seat.guest.is_none())
    }

    /// Whether somebody who is not of the cast has a seat, and is awake.
    pub(super) fn is_a_member_awake(&self) -> bool {
        self.seats.iter().any(|seat| seat.guest.is_none() && !seat.is_asleep)
    }

    /// Whether a person has a seat or watches, and is awake.
    pub(super) fn is_a_person_there(&self) -> bool {
        let seated = self.seats.iter().filter(|seat| !seat.is_asleep).map(|seat| &seat.who);
        let watching = self.watching.iter().filter(|watcher| !watcher.is_asleep).map(|watcher| &watcher.who);
        seated.chain(watching).any(|who| who.kind == Kind::Person)
    }

    /// Whether anybody but the cast has a seat or watches.
    pub(super) fn is_anybody_there(&self) -> bool {
        !self.watching.is_empty() || self.is_a_member_seated()
    }

    /// Whether somebody with this name, in any case, has a seat or watches.
    pub(super) fn knows(&self, name: &str) -> bool {
        let watching = self.watching.iter().map(|watcher| watcher.who.name.as_str());
        self.names().into_iter().chain(watching).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The seat of the guest with this name.
    pub(super) fn of(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.who.name.as_str() == name)
    }

    /// The seated bots of the cast, with their names.
    pub(super) fn cast(&self) -> Vec<(String, Guest)> {
        let cast =
            self.seats.iter().filter_map(|seat| Some((seat.who.name.as_str().to_owned(), seat.guest?)));
        cast.collect()
    }

    /// The name of this bot of the cast, if it has a seat.
    pub(super) fn name_of(&self, guest: Guest) -> Option<String> {
        self.cast().into_iter().find(|(_, seated)| *seated == guest).map(|(name, _)| name)
    }

    /// Gives a guest a seat, if one is free.
    pub(super) fn sit(&mut self, who: &MemberInfo, guest: Option<Guest>) {
        if self.free() > 0 {
            self.seats.push(Seat { who: who.clone(), guest, is_done: false, is_asleep: false });
        }
    }

    /// Adds a watcher. Returns how many were there before.
    pub(super) fn watch(&mut self, who: &MemberInfo) -> usize {
        self.watching.push(Watcher { who: who.clone(), is_asleep: false });
        self.watching.len() - 1
    }

    /// Gives free seats to the watchers that are awake and joined first. Returns their names.
    pub(super) fn seat_watchers(&mut self) -> Vec<String> {
        let mut free = self.free();
        let may_sit = |watcher: &mut Watcher| {
            let may_sit = !watcher.is_asleep && free > 0;
            free -= usize::from(may_sit);
            may_sit
        };
        let lucky: Vec<Watcher> = self.watching.extract_if(.., may_sit).collect();
        for Watcher { who, .. } in &lucky {
            self.sit(who, None);
        }
        lucky.into_iter().map(|watcher| watcher.who.name.as_str().to_owned()).collect()
    }

    /// Frees the seats of those who are asleep, and seats for all watchers that are awake, people first. For them the cast stands up;
    /// for people, external bots and then those who have sat longest do.
    pub(super) fn make_room(&mut self) -> Stood {
        let mut stood = Stood::default();
        let asleep: Vec<Seat> = self.seats.extract_if(.., |seat| seat.is_asleep).collect();
        self.watching.sort_by_key(|watcher| watcher.who.kind != Kind::Person);
        let awake = self.watching.iter().filter(|watcher| !watcher.is_asleep);
        let (people, bots): (Vec<_>, Vec<_>) = awake.partition(|watcher| watcher.who.kind == Kind::Person);
        let (people, all) = (people.len().min(ROUND_SEATS), (people.len() + bots.len()).min(ROUND_SEATS));
        while self.free() < all {
            let is_for_person = self.free() < people;
            let cast = self.seats.iter().rposition(|seat| seat.guest.is_some());
            let bot = || self.seats.iter().position(|seat| seat.who.kind == Kind::Bot);
            let Some(at) = cast.or_else(|| is_for_person.then(|| bot().unwrap_or(0))) else { break };
            let seat = self.seats.remove(at);
            match seat.guest {
                Some(guest) => stood.cast.push((seat.who.name.as_str().to_owned(), guest)),
                None => stood.in_turn.push(seat.who),
            }
        }
        for who in &stood.in_turn {
            self.watch(who);
        }
        for Seat { who, .. } in asleep {
            self.watching.push(Watcher { who: who.clone(), is_asleep: true });
            stood.asleep.push(who);
        }
        stood
    }

    /// Removes a guest or watcher. Returns the seat that became free, if any.
    pub(super) fn remove(&mut self, name: &str) -> Option<Seat> {
        self.watching.retain(|watcher| watcher.who.name.as_str() != name);
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

    /// Awaits an answer of each guest that is awake.
    pub(super) fn ask(&mut self) {
        for seat in &mut self.seats {
            seat.is_done = false;
        }
    }

    /// No longer awaits an answer of this guest. Returns whether one was awaited.
    pub(super) fn done(&mut self, name: &str) -> bool {
        let seat = self.seats.iter_mut().find(|seat| seat.who.name.as_str() == name && !seat.is_done);
        seat.map(|seat| seat.is_done = true).is_some()
    }

    /// This guest is asleep: it is not awaited until it says something.
    pub(super) fn fall_asleep(&mut self, name: &str) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.who.name.as_str() == name) {
            seat.is_asleep = true;
        }
    }

    /// This guest or watcher says something.
    pub(super) fn wake(&mut self, name: &str) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.who.name.as_str() == name) {
            seat.is_asleep = false;
        }
        if let Some(watcher) = self.watching.iter_mut().find(|watcher| watcher.who.name.as_str() == name) {
            watcher.is_asleep = false;
        }
    }

    /// The guests whose answers are awaited, without the cast.
    pub(super) fn awaited(&self) -> Vec<MemberInfo> {
        let is_awaited = |seat: &&Seat| !seat.is_done && !seat.is_asleep && seat.guest.is_none();
        self.seats.iter().filter(is_awaited).map(|seat| seat.who.clone()).collect()
    }

    /// Whether no answer is awaited.
    pub(super) fn are_all_done(&self) -> bool {
        self.seats.iter().all(|seat| seat.is_done || seat.is_asleep)
    }
}
