//! Whether what happens in rooms that people opened is allowed, as their listeners hear it, and what follows from it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use salon::wire::json::SenderKind;

use crate::hour::record::{Change, Deed, News};
use crate::simulation::opened::OpenedRoom;
use crate::simulation::part::Part;
use crate::simulation::rights::{Identity, Rights};
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::truth::token;

impl Shadow {
    /// Whether what happened in a room was allowed; and what follows.
    pub fn rule(&mut self, stream: usize, room: &str, id: u64, news: &News) -> Result<(), String> {
        let Some(mut opened) = self.opened.remove(room) else { return Ok(()) };
        let told = if opened.stream == stream {
            opened.next_id = id + 1;
            self.judge_deed(&mut opened, room, news)
        } else {
            Ok(())
        };
        self.opened.insert(room.to_owned(), opened);
        told.map_err(|why| format!("{why} in {room}: {news:?}"))
    }

    fn judge_deed(&mut self, opened: &mut OpenedRoom, room: &str, news: &News) -> Result<(), String> {
        let (at, when) = (news.at, self.turns[usize::try_from(news.at).unwrap_or(0)]);
        let who = self.identities(&news.who, at);
        let before = opened.rights.clone();
        match &news.deed {
            Deed::Joined => {
                let is_person = news.is == SenderKind::Person;
                opened.present.insert(news.who.clone(), is_person);
                if is_person {
                    opened.empty_since = None;
                }
                if !who.is_empty() && !self.are_let_in((room, opened), &who) {
                    return Err("it was not invited".into());
                }
            }
            Deed::Left(_) => opened.left(&news.who, when.0),
            Deed::Kicked(by, _) => {
                opened.left(&news.who, when.0);
                self.judge_order(&opened.rights, by, at, false)?;
                let is_owner = |who: &Identity| *who == opened.rights.owner;
                if who.len() == 1 && who.iter().all(is_owner) && !self.is_renamed(&opened.rights.owner) {
                    return Err("it is the owner".into());
                }
                opened.rights.invited.retain(|other, turn| !who.contains(other) || *turn > at);
            }
            Deed::Renamed(from) => {
                for (name, machine) in &who {
                    opened.rights.rename(&(key(from), *machine), &(name.clone(), *machine));
                }
                opened.rights.mute_follows(from, &news.who);
                if let Some(time) = opened.spoke.remove(&key(from)) {
                    opened.spoke.insert(key(&news.who), time);
                }
                if let Some(is_person) = opened.present.remove(from) {
                    opened.present.insert(news.who.clone(), is_person);
                }
            }
            Deed::Topic(text) => {
                if news.is != SenderKind::Host {
                    self.judge_order(&opened.rights, &news.who, at, false)?;
                }
                self.secrets_of(room, text);
                // It may be heard of only after it was erased with its author.
                let is_erased =
                    self.erased.iter().any(|(who, turn)| news.at <= *turn && *who == key(&news.who));
                opened.rights.topic = (!is_erased).then(|| text.clone());
            }
            Deed::Changed(change, _) => self.judge_change(opened, change, news)?,
            Deed::Said(_) | Deed::Acted(_) if news.is != SenderKind::Host => {
                if opened.rights.is_muted(&news.who) {
                    return Err("it is muted".into());
                }
                self.judge_pace(opened, news, when.1)?;
            }
            Deed::Said(_) | Deed::Acted(_) | Deed::Erased(_) | Deed::Edited(..) => {}
        }
        if opened.rights != before {
            self.tally.changes += 1;
            opened.is_so(at, self.turn);
        }
        Ok(())
    }

    fn judge_change(&self, opened: &mut OpenedRoom, change: &Change, news: &News) -> Result<(), String> {
        let at = news.at;
        let is_owners = matches!(change, Change::Private(_) | Change::Operator(..));
        self.judge_order(&opened.rights, &news.who, at, is_owners)?;
        opened.is_changed = true;
        match change {
            Change::Private(is_private) => {
                if *is_private && !opened.rights.is_private {
                    let present: Vec<String> = opened.present.keys().cloned().collect();
                    let who = present.iter().flat_map(|name| self.identities(name, at));
                    opened.rights.invited.extend(who.map(|who| (who, at)));
                }
                opened.rights.is_private = *is_private;
            }
            Change::Slow(slow) => {
                opened.spoke.clear();
                opened.rights.slow = *slow;
            }
            Change::Operator(name, true) => opened.rights.operators.extend(self.identities(name, at)),
            Change::Operator(name, false) => opened.rights.operators.retain(|(other, _)| *other != key(name)),
            Change::Muted(name, true) => {
                let owner = &opened.rights.owner;
                if self.identities(name, at).iter().all(|who| who == owner) && !self.is_renamed(owner) {
                    return Err("it is the owner".into());
                }
                opened.rights.muted.push(name.clone());
            }
            Change::Muted(name, false) => {
                let first = opened.rights.muted.iter().position(|muted| muted == name);
                first.map(|first| opened.rights.muted.remove(first));
            }
        }
        Ok(())
    }

    /// Whether somebody may give such an order in a room.
    fn judge_order(&self, rights: &Rights, by: &str, at: u64, is_owners: bool) -> Result<(), String> {
        let who = self.identities(by, at);
        let may = |who: &Identity| {
            let is_operator = || rights.operators.iter().any(|other| self.are_same(other, who));
            self.are_same(&rights.owner, who) || !is_owners && is_operator()
        };
        if who.is_empty() || who.iter().any(may) { Ok(()) } else { Err(format!("{by} may not do this")) }
    }

    /// In slow mode nobody but the owner and the operators of the room speaks too soon.
    fn judge_pace(&self, opened: &mut OpenedRoom, news: &News, wall: SystemTime) -> Result<(), String> {
        let Some(slow) = opened.rights.slow.filter(|_| self.is_in_time) else { return Ok(()) };
        let who = self.identities(&news.who, news.at);
        let is_free = who.iter().any(|who| opened.rights.may_command(who) || self.is_renamed(who));
        let last = opened.spoke.insert(key(&news.who), wall);
        // A clock that was set back silences nobody.
        let since = last.and_then(|last| wall.duration_since(last).ok());
        match since.filter(|since| *since < Duration::from_millis(slow)) {
            Some(since) if !is_free && token(news.text().unwrap_or_default()).is_some() => {
                Err(format!("it spoke {since:?} ago"))
            }
            _ => Ok(()),
        }
    }

    /// As whom a room may have recognized a member of this name in this turn.
    pub fn identities(&self, name: &str, at: u64) -> BTreeSet<Identity> {
        let is_it = |part: &&Part| {
            let was_there = part.born <= at && part.closed_at.is_none_or(|closed| closed >= at);
            let has_another = part.is_named && !part.is_fickle && part.name != name;
            was_there && !has_another && part.claims(name)
        };
        self.parts.iter().filter(is_it).map(|part| (key(name), part.machine())).collect()
    }

    /// Whether somebody may be the same person as another, who took a new name.
    pub fn are_same(&self, one: &Identity, other: &Identity) -> bool {
        let has_both = |part: &Part| {
            part.is_fickle && part.machine() == one.1 && part.claims_key(&one.0) && part.claims_key(&other.0)
        };
        one == other || one.1 == other.1 && self.parts.iter().any(has_both)
    }

    /// Whether somebody may have taken another name, or got this one so.
    pub fn is_renamed(&self, who: &Identity) -> bool {
        let mut fickle = self.parts.iter().filter(|part| part.is_fickle && part.machine() == who.1);
        fickle.any(|part| part.claims_key(&who.0))
    }

    /// Whether one of these may come into a room: it is public, they may have been invited, or that may have been just asked for.
    fn are_let_in(&self, (room, opened): (&str, &OpenedRoom), who: &BTreeSet<Identity>) -> bool {
        let rights = &opened.rights;
        let who: Vec<Identity> = who.iter().cloned().collect();
        rights.admit(&who)
            || who.iter().any(|who| {
                let all = rights.invited.keys().chain(&rights.operators).chain([&rights.owner]);
                all.into_iter().any(|other| self.are_same(other, who))
            })
            || self.is_asked_in((room, opened), &who)
    }
}
