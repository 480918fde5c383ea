//! Bans and mutes, with an end or for good. A sanction on a name covers all names that are confusable with it
//! ([`Confusable`]), as it could be evaded with another letter otherwise. Any of these names also lifts it.
//!
//! No clock and no I/O: the time is an argument, and the caller tells the members concerned.

mod follow;
mod index;
mod network;
mod parse;

use std::net::IpAddr;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::{BANS, MUTES};
use crate::base::name::{Name, NameKey};
use crate::base::text::in_words;
use crate::base::time::local_end;

use index::Index;

pub use network::Network;
pub use parse::{
    SanctionRequest, Target, parse_address, parse_ban, parse_mute, parse_muted, parse_reason, parse_target,
};

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// The name or address, as the operator spelled it.
    pub whom: String,
    /// When it ends. `None`: for good.
    pub until: Option<SystemTime>,
    /// The reason; may be empty.
    pub reason: String,
    /// The name on which an operator laid it: its owner is called `whom` since. `None`: it is on that target itself.
    pub was: Option<String>,
}

/// Forbids joining.
pub type Ban = Sanction;
/// Forbids speaking.
pub type Mute = Sanction;

/// The list is full. Displayed, it is a sentence for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full(usize);

/// Sanctions, the oldest first. Operators' commands scan the list; the check at each join and message uses the index.
#[derive(Clone, Debug)]
struct SanctionList<K> {
    /// The maximum number of sanctions.
    capacity: usize,
    sanctions: Vec<Entry<K>>,
    /// Positions in `sanctions`.
    index: Index,
}

/// The target of a sanction.
trait Whom: PartialEq {
    /// The network. `None`: the target is a name.
    fn network(&self) -> Option<Network>;
}

impl Whom for Target {
    fn network(&self) -> Option<Network> {
        match self {
            Target::Network(network) => Some(*network),
            Target::Name(_) => None,
        }
    }
}

impl Whom for NameKey {
    fn network(&self) -> Option<Network> {
        None
    }
}

#[derive(Clone, Debug)]
struct Entry<K> {
    whom: K,
    /// Of the name, if the target is one.
    confusable: Confusable,
    sanction: Sanction,
}

/// The bans on names and addresses.
#[derive(Clone, Debug)]
pub struct Bans(SanctionList<Target>);

/// The mutes on names.
#[derive(Clone, Debug)]
pub struct Mutes(SanctionList<NameKey>);

impl Bans {
    /// Adds a ban. It replaces an earlier ban on the same target. Fails if the list is full.
    pub fn ban(&mut self, request: SanctionRequest<Target>, now: SystemTime) -> Result<&Ban, Full> {
        self.0.add(request, now)
    }

    /// Adds a ban from an earlier run, unless it has ended.
    pub fn restore(&mut self, target: Target, ban: Ban, now: SystemTime) {
        self.0.restore(target, ban, now);
    }

    /// Lifts the ban on this target, or else the only ban on a confusable name. Returns the ban. The error lists the
    /// targets of the bans that apply: confusable names, or networks that contain the address.
    pub fn unban(&mut self, target: &Target, shown: &str, now: SystemTime) -> Result<Ban, Vec<String>> {
        let confusable = Confusable::of(shown);
        self.0.lift(target, now, |entry| match (&entry.whom, target) {
            (Target::Name(_), Target::Name(_)) => Some(entry.confusable.is_confusable_with(&confusable)),
            (Target::Network(of), Target::Network(network)) if of.covers(*network) => None,
            _ => Some(false),
        })
    }

    /// The clock jumps from `before` to `now`: moves all ends, so that the remaining times stay the same. Returns
    /// whether there was any end to move.
    pub fn move_ends(&mut self, before: SystemTime, now: SystemTime) -> bool {
        self.0.move_ends(before, now)
    }

    /// All bans in force, the oldest first.
    pub fn list(&self, now: SystemTime) -> impl Iterator<Item = &Ban> {
        self.0.in_force(now).map(|entry| &entry.sanction)
    }

    /// The ban on this name or on a confusable one. If there are several, the one that lasts longest.
    pub fn verdict_on_name(&self, name: &Name, now: SystemTime) -> Option<&Ban> {
        self.0.longest(self.0.index.of_name(&Confusable::of(name.as_str())), now)
    }

    /// The ban on this address. If there are several, the one that lasts longest.
    pub fn verdict_on_address(&self, address: IpAddr, now: SystemTime) -> Option<&Ban> {
        self.0.longest(self.0.index.of_address(address), now)
    }

    /// Why this address is banned, as a sentence. `None`: it is not.
    pub fn why_not_from(&self, address: IpAddr, now: SystemTime) -> Option<String> {
        let ban = self.verdict_on_address(address, now)?;
        Some(ban.sentence("You are banned from this server", now))
    }

    /// Why this name is banned, as a sentence. `None`: it is not.
    pub fn why_not_as(&self, name: &Name, now: SystemTime) -> Option<String> {
        let ban = self.verdict_on_name(name, now)?;
        let begin = if NameKey::of(&ban.whom) == name.key() {
            format!("The name {name} is banned")
        } else {
            format!("The name {name} looks like {}, which is banned", ban.whom)
        };
        Some(ban.sentence(&begin, now))
    }
}

impl Default for Bans {
    fn default() -> Bans {
        Bans(SanctionList::new(BANS))
    }
}

impl Mutes {
    /// Adds a mute. It replaces an earlier mute on the same name. Fails if the list is full.
    pub fn mute(&mut self, request: SanctionRequest<NameKey>, now: SystemTime) -> Result<&Mute, Full> {
        self.0.add(request, now)
    }

    /// Adds a mute from an earlier run, unless it has ended.
    pub fn restore(&mut self, name: NameKey, mute: Mute, now: SystemTime) {
        self.0.restore(name, mute, now);
    }

    /// Lifts the mute on this name, or else the only mute on a confusable name. Returns the mute. The error lists the
    /// names of the mutes that apply.
    pub fn unmute(&mut self, name: &str, now: SystemTime) -> Result<Mute, Vec<String>> {
        let confusable = Confusable::of(name);
        self.0.lift(&NameKey::of(name), now, |entry| Some(entry.confusable.is_confusable_with(&confusable)))
    }

    /// The clock jumps from `before` to `now`: moves all ends, so that the remaining times stay the same. Returns
    /// whether there was any end to move.
    pub fn move_ends(&mut self, before: SystemTime, now: SystemTime) -> bool {
        self.0.move_ends(before, now)
    }

    /// All mutes in force, the oldest first.
    pub fn list(&self, now: SystemTime) -> impl Iterator<Item = &Mute> {
        self.0.in_force(now).map(|entry| &entry.sanction)
    }

    /// The mute that covers this name. If there are several, the one that lasts longest.
    pub fn verdict(&self, confusable: &Confusable, now: SystemTime) -> Option<&Mute> {
        self.0.longest(self.0.index.of_name(confusable), now)
    }

    /// The mute on this name or on a confusable one.
    pub fn verdict_on_name(&self, name: &Name, now: SystemTime) -> Option<&Mute> {
        self.verdict(&Confusable::of(name.as_str()), now)
    }
}

impl Default for Mutes {
    fn default() -> Mutes {
        Mutes(SanctionList::new(MUTES))
    }
}

impl<K: Whom> SanctionList<K> {
    fn new(capacity: usize) -> SanctionList<K> {
        SanctionList { capacity, sanctions: Vec::new(), index: Index::default() }
    }

    /// Of the sanctions at these positions, the one in force that lasts longest.
    fn longest(&self, positions: impl Iterator<Item = usize>, now: SystemTime) -> Option<&Sanction> {
        let fitting = positions.filter(|at| self.sanctions[*at].sanction.is_in_force(now));
        let longest = fitting.max_by_key(|at| {
            let until = self.sanctions[*at].sanction.until;
            (until.is_none(), until, *at)
        });
        longest.map(|at| &self.sanctions[at].sanction)
    }

    fn push(&mut self, whom: K, sanction: Sanction) {
        let entry = Entry { whom, confusable: Confusable::of(&sanction.whom), sanction };
        add_to_index(&mut self.index, &entry, self.sanctions.len());
        self.sanctions.push(entry);
    }

    fn remove(&mut self, at: usize) -> Sanction {
        let sanction = self.sanctions.remove(at).sanction;
        self.rebuild_index();
        sanction
    }

    fn drop_ended(&mut self, now: SystemTime) {
        let before = self.sanctions.len();
        self.sanctions.retain(|entry| entry.sanction.is_in_force(now));
        if self.sanctions.len() < before {
            self.rebuild_index();
        }
    }

    /// Rebuilds the index after positions have changed. Only operators' commands and expiry change them.
    fn rebuild_index(&mut self) {
        self.index = Index::default();
        for (at, entry) in self.sanctions.iter().enumerate() {
            add_to_index(&mut self.index, entry, at);
        }
    }

    fn add(&mut self, request: SanctionRequest<K>, now: SystemTime) -> Result<&Sanction, Full> {
        let SanctionRequest { whom, shown, time, reason } = request;
        self.drop_ended(now);
        let before = self.sanctions.iter().position(|entry| entry.whom == whom);
        if before.is_none() && self.sanctions.len() >= self.capacity {
            return Err(Full(self.capacity));
        }
        if let Some(before) = before {
            self.remove(before);
        }
        // An end beyond the last representable time is that time, not "for good".
        let until = time.map(|time| now.checked_add(time).unwrap_or(now));
        self.push(whom, Sanction { whom: shown, until, reason, was: None });
        self.sanctions.last().map(|entry| &entry.sanction).ok_or(Full(self.capacity))
    }

    fn restore(&mut self, whom: K, sanction: Sanction, now: SystemTime) {
        if sanction.is_in_force(now) && self.sanctions.len() < self.capacity {
            self.push(whom, sanction);
        }
    }

    fn move_ends(&mut self, before: SystemTime, now: SystemTime) -> bool {
        self.drop_ended(before);
        let ends = self.sanctions.iter_mut().filter_map(|entry| entry.sanction.until.as_mut());
        let mut is_any = false;
        for end in ends {
            let remaining = end.duration_since(before).unwrap_or_default();
            *end = now.checked_add(remaining).unwrap_or(*end);
            is_any = true;
        }
        is_any
    }

    /// Lifts the sanction on exactly this target, or else the only one that fits. `fits` returns `Some(true)` if a
    /// sanction may be lifted instead, and `None` if it may not but is listed in the error.
    fn lift(
        &mut self,
        whom: &K,
        now: SystemTime,
        fits: impl Fn(&Entry<K>) -> Option<bool>,
    ) -> Result<Sanction, Vec<String>> {
        self.drop_ended(now);
        if let Some(at) = self.sanctions.iter().position(|entry| entry.whom == *whom) {
            return Ok(self.remove(at));
        }
        let fitting = self.sanctions.iter().enumerate().map(|(at, entry)| (at, fits(entry)));
        let fitting: Vec<_> = fitting.filter(|(_, fits)| *fits != Some(false)).collect();
        match fitting.as_slice() {
            [(at, Some(true))] => Ok(self.remove(*at)),
            _ => Err(fitting.iter().map(|(at, _)| self.sanctions[*at].sanction.whom.clone()).collect()),
        }
    }

    fn in_force(&self, now: SystemTime) -> impl Iterator<Item = &Entry<K>> {
        self.sanctions.iter().filter(move |entry| entry.sanction.is_in_force(now))
    }
}

/// Adds the sanction at this position to the index.
fn add_to_index<K: Whom>(index: &mut Index, entry: &Entry<K>, at: usize) {
    match entry.whom.network() {
        Some(network) => index.add_network(network, at),
        None => index.add_name(&entry.confusable, at),
    }
}

impl Sanction {
    /// How long it still lasts: `for good`, or `for 2 hours, until 2026-11-20 17:04`.
    pub fn lasts(&self, now: SystemTime) -> String {
        match self.until {
            None => "for good".into(),
            Some(until) => {
                let remaining = until.duration_since(now).unwrap_or_default();
                format!("for {}, until {}", in_words(remaining), local_end(until, remaining))
            }
        }
    }

    /// Its target for operators: `Anna (before: Ann)`.
    pub fn target(&self) -> String {
        match &self.was {
            Some(was) => format!("{} (before: {was})", self.whom),
            None => self.whom.clone(),
        }
    }

    /// A sentence: `begin`, how long it lasts, and the reason.
    pub fn sentence(&self, begin: &str, now: SystemTime) -> String {
        let lasts = self.lasts(now);
        match self.reason.as_str() {
            "" => format!("{begin} {lasts}."),
            reason => format!("{begin} {lasts}: {reason}"),
        }
    }

    /// The sentence for a member with this name: `You are muted for good, and that was not said.`, with the reason.
    /// `what` is `muted`; `consequence` is `, and that was not said`.
    pub fn describe_to(&self, name: &Name, what: &str, consequence: &str, now: SystemTime) -> String {
        let whom = if NameKey::of(&self.whom) == name.key() {
            format!("You are {what}")
        } else {
            format!("Your name, {name}, looks like {}, which is {what}", self.whom)
        };
        let lasts = self.lasts(now);
        match self.reason.as_str() {
            "" => format!("{whom} {lasts}{consequence}."),
            reason => format!("{whom} {lasts}{consequence}. The reason: {reason}"),
        }
    }

    fn is_in_force(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "The list is full: there are {} already. Lift one first.", self.0)
    }
}

impl std::error::Error for Full {}

#[cfg(test)]
mod tests;
