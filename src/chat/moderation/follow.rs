//! A sanction on a name follows the member that has it to another name, for the same time, so that nobody escapes by a rename.

use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::name::{Name, NameKey};
use crate::chat::moderation::{Bans, Full, Mutes, Sanction, SanctionList, Target, Whom};

impl Bans {
    /// See [`Mutes::follow`].
    pub fn follow(&mut self, from: &Name, to: &Name, now: SystemTime) -> Result<Option<&Sanction>, Full> {
        let (from, after) = (Confusable::of(from.as_str()), Confusable::of(to.as_str()));
        self.0.follow(&from, &after, Target::Name(to.key()), to, now)
    }

    /// A sanction was lifted: lifts also the one from which it followed, and those that followed from that. Returns them.
    pub fn lift_relatives(&mut self, lifted: &Sanction) -> Vec<Sanction> {
        self.0.lift_relatives(lifted)
    }
}

impl Mutes {
    /// A member changes its name. If it is muted, its new name is muted, too. Returns the mute, if one is added; fails if the list
    /// is full.
    pub fn follow(
        &mut self,
        from: &Confusable,
        after: &Confusable,
        to: &Name,
        now: SystemTime,
    ) -> Result<Option<&Sanction>, Full> {
        self.0.follow(from, after, to.key(), to, now)
    }

    /// See [`Bans::lift_relatives`].
    pub fn lift_relatives(&mut self, lifted: &Sanction) -> Vec<Sanction> {
        self.0.lift_relatives(lifted)
    }
}

impl<K: Whom> SanctionList<K> {
    fn lift_relatives(&mut self, lifted: &Sanction) -> Vec<Sanction> {
        let first = |sanction: &Sanction| NameKey::of(sanction.was.as_ref().unwrap_or(&sanction.whom));
        let key = first(lifted);
        let relatives = self.sanctions.extract_if(.., |entry| first(&entry.sanction) == key);
        let relatives: Vec<Sanction> = relatives.map(|entry| entry.sanction).collect();
        if !relatives.is_empty() {
            self.rebuild_index();
        }
        relatives
    }

    fn follow(
        &mut self,
        from: &Confusable,
        after: &Confusable,
        whom: K,
        to: &Name,
        now: SystemTime,
    ) -> Result<Option<&Sanction>, Full> {
        self.drop_ended(now);
        let Some(before) = self.longest(self.index.of_name(from), now).cloned() else { return Ok(None) };
        let is_covered = |other: &Sanction| match (other.until, before.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(other), Some(until)) => other >= until,
        };
        if self.longest(self.index.of_name(after), now).is_some_and(is_covered) {
            return Ok(None);
        }
        // One that followed before moves on, so that renames do not fill the list.
        let is_replaced = |entry: &super::Entry<K>| {
            entry.whom == whom || (entry.sanction.was.is_some() && entry.confusable.key() == from.key())
        };
        if self.sanctions.len() >= self.capacity && !self.sanctions.iter().any(is_replaced) {
            return Err(Full(self.capacity));
        }
        self.sanctions.retain(|entry| !is_replaced(entry));
        self.rebuild_index();
        let was = Some(before.was.unwrap_or(before.whom));
        self.push(whom, Sanction { whom: to.to_string(), was, ..before });
        Ok(self.sanctions.last().map(|entry| &entry.sanction))
    }
}
