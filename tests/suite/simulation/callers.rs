//! Who gives orders, in rooms that people open or as an operator of the server, and how; and to whom people write.

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::hour::hearing::Tongue;
use crate::simulation::action::Speech;
use crate::simulation::batches::sends_lines;
use crate::simulation::part::Part;
use crate::simulation::private::BOTS;
use crate::simulation::vocabulary::{ROOMS, RULES};
use crate::simulation::world::{Person, World};

impl World {
    /// Who says this: for an order in a room that people opened, mostly somebody who may give it.
    pub(super) fn who_may(&mut self, who: usize, room: &str, speech: &Speech) -> usize {
        let text = match speech {
            Speech::Call(_) | Speech::Remove(_) | Speech::Operate(_) => {
                return self.mostly(who, |part| part.operating.may_be());
            }
            Speech::Oper(..) => return self.mostly(who, |part| !is_mistaken(part)),
            Speech::Lines(..) => return self.mostly(who, sends_lines),
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

    /// Mostly somebody of whom this is true, if there is one.
    fn mostly(&mut self, who: usize, is_it: impl Fn(&Part) -> bool) -> usize {
        let is_it = |person: &Person| is_it(&self.shadow.parts[person.part]);
        let all = (0..self.people.len()).filter(|who| is_it(&self.people[*who])).collect::<Vec<_>>();
        all.choose(&mut self.rng).copied().filter(|_| self.rng.random_bool(0.8)).unwrap_or(who)
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
        let text = match speech {
            Speech::Command(text) => text,
            Speech::Lines(None, words, _) if !sends_lines(&self.shadow.parts[part]) => {
                return Speech::Talk(words, 0);
            }
            Speech::Lines(Some(to), words, flaw) => {
                let to = Some(self.reader_or(to));
                let may = sends_lines(&self.shadow.parts[part]);
                return if may { Speech::Lines(to, words, *flaw) } else { Speech::Tell(to, words) };
            }
            Speech::Tell(Some(to), words) => return Speech::Tell(Some(self.reader_or(to)), words),
            Speech::Oper(..) | Speech::Call(_) | Speech::Remove(_) | Speech::Operate(_)
                if is_mistaken(&self.shadow.parts[part]) =>
            {
                return Speech::Command("/rooms".to_owned());
            }
            Speech::Remove(name) => return Speech::Remove(self.somebody_or(name)),
            _ => return speech.clone(),
        };
        let (word, rest) = text.trim_start_matches('/').split_once(' ').unwrap_or((&text[1..], ""));
        if !self.climate.opens || !RULES.contains(&word) {
            return speech.clone();
        }
        let part = &self.shadow.parts[part];
        let is_known = |room: &str| ROOMS.iter().any(|(name, _)| *name == room);
        // In IRC, whoever joins a room that is not there opens it.
        let is_of_others =
            matches!(word, "join" | "open") && !is_known(rest.split(' ').next().unwrap_or_default());
        if is_of_others || is_mistaken(part) {
            return Speech::Command("/rooms".to_owned());
        }
        Speech::Rule(self.aimed(room, text))
    }

    /// Whom somebody writes to privately: mostly somebody who is here, or a bot.
    fn reader_or(&mut self, name: &str) -> String {
        match self.rng.random_range(0..10) {
            0..2 => BOTS[0].to_owned(),
            2..6 => self.somebody_or(name),
            _ => name.to_owned(),
        }
    }

    /// The name of somebody who is here, mostly; a word.
    fn somebody_or(&mut self, name: &str) -> String {
        let parts = self.people.iter().map(|person| &self.shadow.parts[person.part]);
        let names: Vec<&str> =
            parts.filter(|part| part.is_named).map(|part| part.name.as_str()).chain([name]).collect();
        let name = names.choose(&mut self.rng).copied().unwrap_or(name);
        name.split(' ').next().unwrap_or(name).to_owned()
    }
}

/// Whether what somebody types may be taken for something else: what is sent under an earlier name is said to everybody.
fn is_mistaken(part: &Part) -> bool {
    let is_another = part.tongue == Tongue::Eom && (part.is_fickle || part.spelled != part.name);
    part.tongue == Tongue::Chaty || is_another || !part.is_named
}
