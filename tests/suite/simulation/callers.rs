//! Who gives orders in rooms that people open, and how.

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::hour::hearing::Tongue;
use crate::simulation::action::Speech;
use crate::simulation::vocabulary::{ROOMS, RULES};
use crate::simulation::world::{Person, World};

impl World {
    /// Who says this: for an order in a room that people opened, mostly somebody who may give it.
    pub(super) fn who_may(&mut self, who: usize, room: &str, speech: &Speech) -> usize {
        let text = match speech {
            Speech::Talk(..) => return self.muted_in(room).unwrap_or(who),
            Speech::Command(text) => text,
            _ => return who,
        };
        let word = text.split(' ').next().unwrap_or_default().trim_start_matches('/');
        let is_order = self.climate.opens && RULES.contains(&word) && !matches!(word, "join" | "who");
        let Some(opened) = self.shadow.opened.get(room).filter(|_| is_order) else { return who };
        let is_in_charge = |person: &Person| {
            let who = self.shadow.parts[person.part].identities();
            who.iter().any(|who| opened.rights.may_command(who))
        };
        let found = self.people.iter().position(is_in_charge);
        found.filter(|_| self.rng.random_bool(0.8)).unwrap_or(who)
    }

    /// Mostly somebody who may not speak in a room that people opened, if there is one.
    fn muted_in(&mut self, room: &str) -> Option<usize> {
        let opened = self.shadow.opened.get(room).filter(|opened| !opened.rights.muted.is_empty())?;
        let is_muted = |person: &Person| opened.rights.is_muted(&self.shadow.parts[person.part].name);
        let found = self.people.iter().position(is_muted);
        found.filter(|_| self.rng.random_bool(0.7))
    }

    /// An order about somebody, mostly about one to whom it can be given.
    fn aimed(&mut self, room: &str, text: &str) -> String {
        let words = ["/kick ", "/mute ", "/op ", "/deop ", "/invite "];
        let word = words.into_iter().find(|word| text.starts_with(word));
        let Some((word, opened)) = word.zip(self.shadow.opened.get(room)) else { return text.to_owned() };
        let here = |name: &str| opened.present.contains_key(name);
        let parts = self.people.iter().map(|person| &self.shadow.parts[person.part]);
        let names = parts.filter(|part| part.is_named && here(&part.name) != (word == "/invite "));
        let names: Vec<String> = names.map(|part| part.name.clone()).collect();
        let name = names.choose(&mut self.rng).filter(|_| text.matches(' ').count() == 1);
        name.map_or(text.to_owned(), |name| format!("{word}{name}"))
    }

    /// What somebody says, if it may: what concerns rooms that people open must not be taken for something else.
    pub(super) fn as_may_be(&mut self, part: usize, room: &str, speech: &Speech) -> Speech {
        let Speech::Command(text) = speech else { return speech.clone() };
        let (word, rest) = text.trim_start_matches('/').split_once(' ').unwrap_or((&text[1..], ""));
        if !self.climate.opens || !RULES.contains(&word) {
            return speech.clone();
        }
        let part = &self.shadow.parts[part];
        let is_known = |room: &str| ROOMS.iter().any(|(name, _)| *name == room);
        // In IRC, whoever joins a room that is not there opens it.
        let is_of_others =
            matches!(word, "join" | "open") && !is_known(rest.split(' ').next().unwrap_or_default());
        // What is sent under an earlier name is said to everybody.
        let is_mistaken = part.tongue == Tongue::Chaty
            || part.tongue == Tongue::Eom && (part.is_fickle || part.spelled != part.name);
        if is_of_others || is_mistaken || !part.is_named {
            return Speech::Command("/rooms".to_owned());
        }
        Speech::Rule(self.aimed(room, text))
    }
}
