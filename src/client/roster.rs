//! The members of a room: names to show and to complete, each with its colour, and their number.

use crate::base::limits::ROSTER_NAMES;
use crate::base::name::NameKey;
use crate::wire::json::{Present, SenderKind};

/// A member other than the user.
#[derive(Debug)]
pub struct Member {
    /// The name.
    pub name: String,
    /// Person or bot.
    pub is: SenderKind,
    /// The number of its colour.
    pub hue: usize,
}

/// The members of a room.
#[derive(Debug, Default)]
pub struct Roster {
    /// How many colours there are; 0 means one.
    hues: usize,
    /// At most [`ROSTER_NAMES`] others.
    others: Vec<Member>,
    /// All members, the user included.
    count: usize,
}

impl Roster {
    /// A room without members. Their colours are numbers below `hues`.
    pub fn new(hues: usize) -> Roster {
        Roster { hues, ..Roster::default() }
    }

    /// The user joined a room with `count` members in all; `present` are others.
    pub fn enter(&mut self, count: usize, present: Vec<Present>) {
        self.clear();
        self.count = count;
        for other in present {
            self.add(other.who, other.is);
        }
    }

    /// The user left the room.
    pub fn clear(&mut self) {
        *self = Roster::new(self.hues);
    }

    /// A member joined.
    pub fn joined(&mut self, name: &str, is: SenderKind) {
        // Saturates, as the count comes from the server.
        self.count = self.count.saturating_add(1);
        self.add(name.to_owned(), is);
    }

    fn add(&mut self, name: String, is: SenderKind) {
        if self.others.len() < ROSTER_NAMES {
            let hue = self.free_hue(&name);
            self.others.push(Member { name, is, hue });
        }
    }

    /// The usual colour of this name, or the next one that no member has. When all are taken: its usual one.
    fn free_hue(&self, name: &str) -> usize {
        let usual = self.usual_hue(name);
        let mut taken = vec![false; self.hues.max(1)];
        self.others.iter().for_each(|other| taken[other.hue] = true);
        (0..taken.len()).map(|step| (usual + step) % taken.len()).find(|hue| !taken[*hue]).unwrap_or(usual)
    }

    /// The same on every machine with as many colours.
    fn usual_hue(&self, name: &str) -> usize {
        // FNV-1a.
        let hash = name
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        hash as usize % self.hues.max(1)
    }

    /// The colour of an author, who may have left.
    pub fn hue(&self, name: &str) -> usize {
        let member = self.others.iter().find(|other| other.name == name);
        member.map_or_else(|| self.usual_hue(name), |other| other.hue)
    }

    /// A member left.
    pub fn left(&mut self, name: &str) {
        self.count = self.count.saturating_sub(1);
        let key = NameKey::of(name);
        self.others.retain(|other| NameKey::of(&other.name) != key);
    }

    /// A member has another name from now on. Its colour stays.
    pub fn rename(&mut self, from: &str, to: &str) {
        let key = NameKey::of(from);
        if let Some(other) = self.others.iter_mut().find(|other| NameKey::of(&other.name) == key) {
            to.clone_into(&mut other.name);
        }
    }

    /// How many members there are, the user included; 0 outside of a room.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The other members, as many as are known.
    pub fn others(&self) -> impl Iterator<Item = &Member> {
        self.others.iter()
    }

    /// How many of the known members are bots.
    pub fn bots(&self) -> usize {
        self.others.iter().filter(|other| other.is == SenderKind::Bot).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hues(roster: &Roster) -> Vec<usize> {
        let mut hues: Vec<usize> = roster.others().map(|other| other.hue).collect();
        hues.sort_unstable();
        hues
    }

    #[test]
    fn no_two_present_members_look_alike_while_there_are_colours() {
        let mut roster = Roster::new(6);
        (0..6).for_each(|n| roster.joined(&format!("p{n}"), SenderKind::Person));
        assert_eq!(hues(&roster), [0, 1, 2, 3, 4, 5]);
        let before = roster.hue("p5");
        roster.rename("P5", "Anna");
        assert_eq!(roster.hue("Anna"), before, "it is the same one");
        roster.rename("Anna", "p5");
        roster.left("P0");
        roster.left("p1");
        assert_eq!(roster.hue("p5"), before, "a colour stays");
        roster.joined("Ann", SenderKind::Person);
        roster.joined("Bob", SenderKind::Bot);
        assert_eq!(hues(&roster), [0, 1, 2, 3, 4, 5], "what is free is used again");
        roster.joined("one_more", SenderKind::Person);
        assert_eq!((roster.count(), roster.others().count(), roster.bots()), (7, 7, 1));
        Roster::default().joined("Ann", SenderKind::Person);
    }
}
