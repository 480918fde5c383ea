//! One connection's part: under which name, where it is, and what is known of it.

use std::collections::{BTreeMap, BTreeSet};

use salon::base::name::Name;

use crate::hour::hearing::Tongue;
use crate::simulation::network::Closed;
use crate::simulation::operators::Operating;
use crate::simulation::past::Stream;
use crate::simulation::rights::Identity;
use crate::simulation::shadow::key;
use crate::simulation::stay::{Own, Stay};

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Part {
    /// The one that it has, or asked for last.
    pub name: String,
    pub is_named: bool,
    /// The turn in which it was first seen under its name, and the room where it was seen last.
    pub named_at: u64,
    pub place: Option<String>,
    /// The same as its own program spells it.
    pub spelled: String,
    /// All that it asked for, as the server spells them.
    pub(super) claimed: Vec<String>,
    /// The name under which an operator saw it last. It is told of another name later than the operator.
    pub seen_as: String,
    /// It asked for another name than its first.
    pub is_fickle: bool,
    /// Its input ends, perhaps in the middle of a name.
    has_ended: bool,
    pub tongue: Tongue,
    /// How many messages of people it hears of the past of a room that it joins; `None`: all.
    pub(super) replay: Option<usize>,
    pub address: String,
    /// The turn in which it came.
    pub born: u64,
    /// Since when something that it asked of rooms may not be done yet.
    pub asked: Option<u64>,
    pub unread: Vec<u8>,
    pub stays: Vec<Stay>,
    /// Sentences that it alone was told, and how many it must be told beside what answers its messages.
    pub notices: usize,
    pub owed: usize,
    pub operating: Operating,
    /// It sent garbage, so that what follows may be something else.
    pub has_babbled: bool,
    /// It knows messages of several lines, and has begun one without an end.
    pub knows_lines: bool,
    pub has_open_batch: bool,
    /// To whom it wrote something that may be answered by itself, or of whom it asked: the keys of their names; empty: of anybody.
    pub(super) wrote_to: BTreeSet<String>,
    /// In which turn it was heard last to have said something, and how much.
    pub spoke: (u64, usize),
    /// The last of what it said in each stream.
    pub said: BTreeMap<usize, u64>,
    pub is_removed: bool,
    /// What it missed of what is old; who is removed may.
    pub(super) fault: Option<String>,
    /// What it should not have heard, unless it was in two rooms within a turn, which shows later.
    pub suspicion: Option<String>,
    /// It broke off.
    pub is_gone: bool,
    /// It did not always read at once.
    pub was_slow: bool,
    /// It may hear what somebody said who had its name before.
    pub hears_namesakes: bool,
    /// It cannot be told when it came where, so it is not judged.
    pub is_unclear: bool,
    pub closed: Closed,
    /// The turn in which it was first seen to have its name no longer.
    pub left_at: Option<u64>,
    /// The turn in which it was closed.
    pub closed_at: Option<u64>,
}

impl Part {
    /// `replay`: how many messages of people the server has newcomers hear; `None`: all.
    pub fn new(tongue: Tongue, address: String, replay: Option<usize>) -> Part {
        Part {
            name: String::new(),
            is_named: false,
            named_at: 0,
            place: None,
            spelled: String::new(),
            claimed: Vec::new(),
            seen_as: String::new(),
            is_fickle: false,
            has_ended: false,
            tongue,
            // Old programs always hear all.
            replay: replay.filter(|_| tongue != Tongue::Eom),
            address,
            born: 0,
            asked: None,
            unread: Vec::new(),
            stays: Vec::new(),
            notices: 0,
            owed: 0,
            operating: Operating::default(),
            has_babbled: false,
            knows_lines: false,
            has_open_batch: false,
            wrote_to: BTreeSet::new(),
            spoke: (0, 0),
            said: BTreeMap::new(),
            is_removed: false,
            fault: None,
            suspicion: None,
            is_gone: false,
            was_slow: false,
            hears_namesakes: false,
            is_unclear: false,
            closed: Closed::Open,
            left_at: None,
            closed_at: None,
        }
    }

    /// Whether it asked for a name already.
    pub fn has_claimed(&self) -> bool {
        !self.claimed.is_empty()
    }

    /// It asks for a name.
    pub fn claim(&mut self, name: &str) {
        if !self.is_named {
            name.clone_into(&mut self.spelled);
        }
        // In one dialect a name is no longer than a word.
        let first =
            name.split_whitespace().next().filter(|_| matches!(self.tongue, Tongue::Eom | Tongue::Irc));
        let name = first.unwrap_or(name);
        let name = Name::parse(name).map_or_else(|_| name.to_owned(), |name| name.to_string());
        if !self.is_named {
            self.name.clone_from(&name);
        }
        self.claimed.push(name);
        if self.has_ended {
            self.end();
        }
    }

    /// It asks for another name.
    pub fn claim_another(&mut self, name: &str) {
        self.is_fickle = true;
        // In IRC a name is a word.
        let first = name.split_whitespace().next().filter(|_| self.tongue == Tongue::Irc);
        let name = first.unwrap_or(name);
        self.claimed.extend(Name::parse(name).map(|name| name.to_string()));
    }

    /// It is told that it has another name.
    pub(super) fn renamed(&mut self, name: String) -> Result<(), String> {
        if !self.is_named || !self.claims(&name) {
            return Err(format!("is called {name}, which it did not ask for"));
        }
        self.name = name;
        Ok(())
    }

    /// Its input ends. What has come of a name by then is a name.
    pub fn end(&mut self) {
        self.has_ended = true;
        if self.tongue == Tongue::Line && !self.is_named {
            let parts = |name: &String| -> Vec<String> {
                name.char_indices()
                    .filter_map(|(at, _)| Name::parse(&name[..at]).ok())
                    .map(|it| it.to_string())
                    .collect()
            };
            let cut: Vec<String> =
                self.claimed.iter().flat_map(parts).filter(|cut| !self.claims(cut)).collect();
            self.claimed.extend(cut);
        }
    }

    pub fn claims(&self, name: &str) -> bool {
        self.claimed.iter().any(|claimed| claimed == name)
    }

    /// All that it may be called.
    pub fn names(&self) -> &Vec<String> {
        &self.claimed
    }

    /// It writes something to somebody that may be answered by itself, or asks about somebody. `None`: to whoever it is.
    pub fn writes_to(&mut self, name: Option<&str>) {
        self.wrote_to.insert(name.map(key).unwrap_or_default());
    }

    /// Whether an answer of this member may come by itself.
    pub fn may_be_answered_by(&self, name: &str) -> bool {
        ["", &key(name)].into_iter().any(|name| self.wrote_to.contains(name))
    }

    pub fn own(&self) -> Own {
        Own { tongue: self.tongue, hears_namesakes: self.hears_namesakes }
    }

    /// Whether it asked for this name, or for another spelling of it.
    pub fn claims_key(&self, name: &str) -> bool {
        self.claimed.iter().any(|claimed| key(claimed) == name)
    }

    /// As whom rooms may recognize it.
    pub fn identities(&self) -> Vec<Identity> {
        self.claimed.iter().map(|name| (key(name), self.machine())).collect()
    }

    /// The last byte of its address.
    pub fn machine(&self) -> u8 {
        let machine = self.address.rsplit_once(':').and_then(|(machine, _)| machine.rsplit_once('.'));
        machine.and_then(|(_, last)| last.parse().ok()).unwrap_or_default()
    }

    /// Whether its dialect does not tell in which room it is.
    pub fn is_blind(&self) -> bool {
        matches!(self.tongue, Tongue::Eom | Tongue::Chaty)
    }

    /// Whether it can be told what it is to hear.
    pub fn is_judged(&self) -> bool {
        !(self.is_unclear || self.is_removed || self.suspicion.is_some())
    }

    /// An operator sees it under this name.
    pub fn see(&mut self, name: &str, turn: u64) -> Result<(), String> {
        if self.named_at == 0 {
            self.named_at = turn;
        }
        name.clone_into(&mut self.seen_as);
        if self.is_fickle && self.claims(name) {
            // It is told its first name later, and then the other one.
            self.is_named = true;
            return Ok(());
        }
        self.named(name.to_owned())
    }

    /// Whether it may be taken for a bot.
    pub fn may_be_a_bot(&self) -> bool {
        self.tongue == Tongue::Chaty || self.claimed.iter().any(|name| name.ends_with("Bot"))
    }

    pub(super) fn named(&mut self, name: String) -> Result<(), String> {
        if !self.claims(&name) || self.is_named && self.name != name && !self.is_fickle {
            return Err(format!("is greeted as {name}"));
        }
        (self.name, self.is_named) = (name, true);
        Ok(())
    }

    /// Whether it heard all that it was to hear by now.
    pub fn is_whole(&self, streams: &[Stream]) -> Result<(), String> {
        let own = self.own();
        let fault = |why: String| Err(format!("{} ({:?}) {why}", self.name, self.tongue));
        if !self.is_judged() {
            return Ok(());
        }
        if let Some(why) = &self.fault {
            return fault(why.clone());
        }
        for stay in self.stays.iter().filter(|stay| !stay.is_over) {
            let stream = &streams[stay.stream];
            if stay.join.is_some() && (!stay.is_begun || stream.is_over && stay.end.is_none()) {
                return fault(format!("was not told that it came to {}, or had to go", stream.room));
            }
            if let Some(why) = stay.missing(stream, own) {
                return fault(why);
            }
        }
        Ok(())
    }
}
