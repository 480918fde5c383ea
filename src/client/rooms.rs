//! The rooms that the user is in: their order, the current one, and what is unread in the others.

use crate::base::limits::CLIENT_ROOMS;
use crate::base::name::NameKey;
use crate::client::room::{MARK, Room};

/// The rooms, in the order in which they are shown.
#[derive(Debug, Default)]
pub struct Rooms {
    list: Vec<Room>,
    /// The index of the current room; meaningless without rooms.
    current: usize,
    /// Remembered names, in their order. Rooms that are not among them come last.
    order: Vec<NameKey>,
    /// How many colours there are for names.
    hues: usize,
    /// They have changed since [`Rooms::take_changed`].
    has_changed: bool,
}

impl Rooms {
    /// No rooms yet. Those with these names will have this order, and their members so many colours.
    pub fn new(names: &[String], hues: usize) -> Rooms {
        Rooms { order: names.iter().map(|name| NameKey::of(name)).collect(), hues, ..Rooms::default() }
    }

    /// All rooms, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Room> {
        self.list.iter()
    }

    /// How many there are, the tabs of private messages included.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// How many tabs of private messages there are.
    pub fn tabs(&self) -> usize {
        self.list.iter().filter(|room| room.partner().is_some()).count()
    }

    /// Whether there are as many rooms as the user may be in.
    pub fn is_full(&self) -> bool {
        self.count() - self.tabs() >= CLIENT_ROOMS
    }

    /// The current room; `None` if there are no rooms.
    pub fn current(&self) -> Option<&Room> {
        self.list.get(self.current)
    }

    /// The current room; `None` if there are no rooms.
    pub fn current_mut(&mut self) -> Option<&mut Room> {
        self.list.get_mut(self.current)
    }

    /// The index of the current room.
    pub fn place(&self) -> usize {
        self.current
    }

    /// The index of the room with this name, in any case.
    pub fn find(&self, name: &str) -> Option<usize> {
        // Each event asks, and mostly for a name as it is written.
        self.list.iter().position(|room| room.name == name).or_else(|| {
            let key = NameKey::of(name);
            self.list.iter().position(|room| NameKey::of(&room.name) == key)
        })
    }

    /// A room by its index.
    pub fn at_mut(&mut self, at: usize) -> Option<&mut Room> {
        self.list.get_mut(at)
    }

    /// Adds a room, unless it is there. The first one becomes the current one.
    pub fn add(&mut self, name: &str) -> &mut Room {
        let at = self.find(name).unwrap_or_else(|| self.insert(name));
        &mut self.list[at]
    }

    fn insert(&mut self, name: &str) -> usize {
        // Rooms come first, so that no tab takes a room's digit.
        let rank = |name: &str| {
            let key = NameKey::of(name);
            let known = self.order.iter().position(|other| *other == key);
            (name.starts_with(MARK), known.unwrap_or(usize::MAX))
        };
        let own = rank(name);
        let at = self.list.iter().position(|room| rank(&room.name) > own).unwrap_or(self.list.len());
        if at <= self.current && !self.list.is_empty() {
            self.current += 1;
        }
        self.has_changed = true;
        self.list.insert(at, Room::new(name, self.hues));
        at
    }

    /// Removes a room. If it was the current one, its neighbour becomes that, and this returns true.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.find(name) else { return false };
        self.list.remove(at);
        self.has_changed = true;
        let was_current = at == self.current;
        if at < self.current || self.current == self.list.len() {
            self.current = self.current.saturating_sub(1);
        }
        if was_current {
            self.read();
        }
        was_current
    }

    /// Makes another room the current one. Returns false if there is no such room, or if it is that already.
    pub fn go(&mut self, at: usize) -> bool {
        if at >= self.list.len() || at == self.current {
            return false;
        }
        self.current = at;
        self.has_changed = true;
        self.read();
        true
    }

    fn read(&mut self) {
        if let Some(room) = self.current_mut() {
            (room.unread, room.is_mentioned) = (0, false);
        }
    }

    /// Where to go next: to a room in which the user is mentioned, else to one with unread messages; the first after the
    /// current one.
    pub fn next_unread(&self) -> Option<usize> {
        let others = || (1..self.list.len()).map(|step| (self.current + step) % self.list.len());
        others()
            .find(|at| self.list[*at].is_mentioned)
            .or_else(|| others().find(|at| self.list[*at].unread > 0))
    }

    /// Counts a new message as unread, unless its room is the current one.
    pub fn count_unread(&mut self, at: usize, mentions: bool) {
        if at != self.current
            && let Some(room) = self.list.get_mut(at)
        {
            room.unread += 1;
            room.is_mentioned |= mentions;
        }
    }

    /// The tab of private messages with `from` is that with `to` from now on, unless there is one already.
    pub fn rename_tab(&mut self, from: &str, to: &str) {
        let (from, to) = (format!("{MARK}{from}"), format!("{MARK}{to}"));
        let Some(at) = self.find(&from) else { return };
        if self.find(&to).is_none_or(|other| other == at) {
            self.list[at].name = to;
        }
    }

    /// Whether there are other rooms, or another one is the current one. Resets it.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    /// The names of the rooms, in order, without the tabs of private messages.
    pub fn names(&self) -> Vec<String> {
        self.list.iter().filter(|room| room.partner().is_none()).map(|room| room.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rooms as text: `*` marks the current one, a number the unread messages, `@` a mention.
    fn shown(rooms: &Rooms) -> String {
        let show = |(at, room): (usize, &Room)| {
            let current = if at == rooms.current { "*" } else { "" };
            let unread = if room.unread > 0 { format!(" {}", room.unread) } else { String::new() };
            format!("{current}{}{unread}{}", room.name, if room.is_mentioned { "@" } else { "" })
        };
        rooms.iter().enumerate().map(show).collect::<Vec<_>>().join(", ")
    }

    fn three() -> Rooms {
        let mut rooms = Rooms::default();
        for name in ["lobby", "garden", "thrones"] {
            rooms.add(name);
        }
        rooms
    }

    #[test]
    fn unread_counts_only_elsewhere_and_ends_with_a_visit() {
        let mut rooms = three();
        rooms.count_unread(0, true);
        rooms.count_unread(1, false);
        rooms.count_unread(1, true);
        rooms.count_unread(1, false);
        rooms.count_unread(7, false);
        assert_eq!(shown(&rooms), "*lobby, garden 3@, thrones");
        rooms.take_changed();
        assert!(rooms.go(1) && rooms.take_changed());
        assert!(!rooms.go(1) && !rooms.go(3) && !rooms.take_changed());
        assert_eq!(shown(&rooms), "lobby, *garden, thrones");
    }

    #[test]
    fn a_tab_follows_its_member() {
        let mut rooms = three();
        rooms.add("@Ann");
        rooms.add("@Eve");
        rooms.rename_tab("ann", "Anna");
        rooms.rename_tab("Bob", "Rob");
        rooms.rename_tab("Eve", "Anna");
        assert_eq!(shown(&rooms), "*lobby, garden, thrones, @Anna, @Eve");
        rooms.rename_tab("Eve", "EVE");
        assert_eq!(shown(&rooms), "*lobby, garden, thrones, @Anna, @EVE");
    }

    #[test]
    fn a_mention_comes_before_what_is_merely_unread() {
        let mut rooms = three();
        assert_eq!(rooms.next_unread(), None);
        rooms.count_unread(1, false);
        assert_eq!(rooms.next_unread(), Some(1));
        rooms.count_unread(2, true);
        assert_eq!(rooms.next_unread(), Some(2));
        rooms.go(2);
        assert_eq!(rooms.next_unread(), Some(1), "around the end");
        assert_eq!(Rooms::default().next_unread(), None);
    }

    #[test]
    fn the_place_stays_when_others_come_and_go() {
        let order = ["thrones", "Garden", "lobby"].map(str::to_owned);
        let mut rooms = Rooms::new(&order, 6);
        for name in ["lobby", "chaty", "garden", "thrones"] {
            rooms.add(name);
        }
        assert_eq!(shown(&rooms), "thrones, garden, *lobby, chaty");
        rooms.add("GARDEN");
        assert!(!rooms.remove("thrones") && !rooms.remove("nowhere"));
        assert_eq!(shown(&rooms), "garden, *lobby, chaty");
        rooms.count_unread(2, true);
        assert!(rooms.remove("lobby"));
        assert_eq!(shown(&rooms), "garden, *chaty", "and it is read now");
        assert!(rooms.remove("chaty"));
        assert_eq!(shown(&rooms), "*garden");
        assert!(rooms.remove("garden"));
        assert!(rooms.current().is_none());
        rooms.add("lobby");
        assert_eq!(shown(&rooms), "*lobby");
    }
}
