//! Operators of the server among the people: who may be one, what only they may do, and what only they hear.

use std::collections::{BTreeMap, BTreeSet};

use salon::base::confusables::Confusable;

use crate::hour::hearing::Word;
use crate::simulation::action::Speech;
use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::shadow::Shadow;
use crate::simulation::truth::token;
use crate::simulation::world::World;

/// The file of operators, and the name in it that every other reload takes out and puts in again.
pub const FILE: &str = "tests/transcripts/opers.txt";
pub const NIGHT: &str = "night";

/// The password of all operators, and one that cannot be checked.
pub const PASSWORD: &str = "sesame";
pub const UNCHECKED: &str = "perhaps";

/// The operators' commands of a run.
#[derive(Debug, Default)]
pub struct OperatorModel {
    /// By number: what somebody says to all operators, and whom somebody removes.
    calls: BTreeMap<u64, Call>,
    removals: BTreeMap<u64, (usize, String)>,
    /// The operator called `NIGHT` may not be one now.
    pub is_night_out: bool,
}

#[derive(Debug)]
struct Call {
    by: usize,
    /// The turn in which it was sent.
    turn: u64,
    heard_by: BTreeSet<usize>,
}

/// What is known of a client as an operator.
#[derive(Debug, Default)]
pub struct Operating {
    /// As whom it gave the right password.
    gave: BTreeSet<&'static str>,
    /// The turn in which it was told that it is an operator.
    since: Option<u64>,
}

impl Operating {
    /// Whether it may be an operator.
    pub fn may_be(&self) -> bool {
        !self.gave.is_empty()
    }
}

/// Whether a password is right. `None`: that cannot be found out.
pub fn is_right(password: &str) -> Option<bool> {
    (password != UNCHECKED).then_some(password == PASSWORD)
}

impl World {
    /// What somebody types as an operator, or to be one.
    pub(super) fn as_operator(&mut self, part: usize, speech: &Speech) -> String {
        match speech {
            Speech::Oper(name, password) => {
                self.shadow.gives_password(part, name, password);
                format!("/oper {name} {password}")
            }
            Speech::Call(words) => format!("/wallops {} n#", words.replace('\n', " ")),
            Speech::Remove(name) => format!("/ctl kick {name} too loud n#"),
            Speech::Operate(line) => {
                self.shadow.owe(part);
                format!("/ctl {line}")
            }
            _ => String::new(),
        }
    }
}

impl Shadow {
    /// A client says that it is an operator.
    fn gives_password(&mut self, by: usize, name: &'static str, password: &str) {
        self.owe(by);
        if is_right(password) == Some(true) && ["root", NIGHT].contains(&name) {
            self.parts[by].operating.gave.insert(name);
        }
    }

    /// A client says something with this number to all operators.
    pub fn calls(&mut self, by: usize, number: u64) {
        self.owe(by);
        self.operators.calls.insert(number, Call { by, turn: self.turn, heard_by: BTreeSet::new() });
    }

    /// A client removes somebody, for a reason with this number.
    pub fn removes(&mut self, by: usize, number: u64, whom: &str) {
        self.owe(by);
        self.operators.removals.insert(number, (by, whom.to_owned()));
    }

    /// A client is to be told something. What stands behind garbage may be something else.
    fn owe(&mut self, by: usize) {
        let part = &mut self.parts[by];
        part.owed += usize::from(!part.has_babbled);
    }

    /// Takes what concerns operators. Returns whether it was that.
    pub fn hear_operators(&mut self, at: usize, word: &Word, turn: u64) -> Result<bool, String> {
        let part = &mut self.parts[at];
        let Part { name, tongue, operating, .. } = &mut *part;
        match word {
            Word::Operator(true) => {
                if !operating.may_be() {
                    return Err(format!("{name} ({tongue:?}) is an operator, and gave no right password"));
                }
                operating.since = Some(turn);
                part.notices += 1;
                self.tally.operators += 1;
            }
            Word::Operator(false) => {
                if !operating.gave.contains(NIGHT) || operating.since.take().is_none() {
                    return Err(format!("{name} ({tongue:?}) is told that it is no operator any more"));
                }
            }
            Word::Call(by, text) => self.hear_call(at, by, text)?,
            Word::Removed(why) => {
                let names = part.names().clone();
                self.check_removal(why, &names)?;
                self.tally.removals += usize::from(token(why).is_some());
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn hear_call(&mut self, at: usize, by: &str, text: &str) -> Result<(), String> {
        let Shadow { parts, operators, .. } = self;
        let part = &parts[at];
        let fault = |why: &str| Err(format!("{} ({:?}) {why}: {by}: {text}", part.name, part.tongue));
        if part.operating.since.is_none() {
            return fault("is no operator, and hears what is for operators");
        }
        let Some(call) = token(text).and_then(|number| operators.calls.get_mut(&number)) else {
            return fault("hears what nobody said to operators");
        };
        if !parts[call.by].claims(by) || !parts[call.by].operating.may_be() {
            return fault("hears this of somebody else");
        }
        if !call.heard_by.insert(at) {
            return fault("hears this twice");
        }
        self.tally.calls += 1;
        // It need not be told anything else.
        let is_own = call.by == at;
        parts[at].notices += usize::from(is_own);
        Ok(())
    }

    /// Somebody who has had these names is removed for this reason: by an operator that meant one of them.
    pub fn check_removal(&self, reason: &str, names: &[String]) -> Result<(), String> {
        let removal = token(reason).and_then(|number| self.operators.removals.get(&number));
        let Some((by, whom)) = removal else { return Ok(()) };
        let meant = Confusable::of(whom);
        let is_meant = names.iter().any(|name| meant.is_confusable_with(&Confusable::of(name)));
        if is_meant && self.parts[*by].operating.may_be() {
            return Ok(());
        }
        Err(format!("{names:?} is removed by {}, who meant {whom}: {reason}", self.parts[*by].name))
    }

    /// Whether a text is one for operators. A command behind garbage is said to everybody.
    pub fn is_for_operators(&self, text: &str) -> bool {
        let is_call = token(text).is_some_and(|number| self.operators.calls.contains_key(&number));
        is_call && !text.contains("/wallops ")
    }

    /// Checks that all operators have heard what was said to them, and know whether they are operators.
    pub fn check_operators(&self) -> Result<(), String> {
        let is_sure = |part: &Part| part.closed == Closed::Open && !part.is_gone && !part.is_removed;
        for (at, part) in self.parts.iter().enumerate().filter(|(_, part)| is_sure(part)) {
            let Some(since) = part.operating.since else { continue };
            let is_meant = |call: &&Call| !call.heard_by.is_empty() && since < call.turn;
            let mut calls = self.operators.calls.values().filter(is_meant);
            if let Some(call) = calls.find(|call| !call.heard_by.contains(&at)) {
                return Err(format!("the operator {} ({:?}) did not hear {call:?}", part.name, part.tongue));
            }
            if self.operators.is_night_out && part.operating.gave.iter().all(|name| *name == NIGHT) {
                return Err(format!("{} ({:?}) still is an operator", part.name, part.tongue));
            }
        }
        Ok(())
    }
}
