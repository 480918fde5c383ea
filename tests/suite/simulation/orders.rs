//! Operators' commands, and checks of their effects.

use std::time::{Duration, SystemTime};

use salon::admin::{Answer, Reply};
use salon::base::confusables::Confusable;
use salon::journal::Ticket;

use crate::simulation::disk::Disk;
use crate::simulation::shadow::{Shadow, key};

/// How much the wall clock may drift with each jump.
const JITTER: Duration = Duration::from_secs(10);

/// The end of a reply while commits fail.
const NOT_KEPT: &str = "This is not saved for now";

/// A command whose reply waits for a commit.
#[derive(Debug)]
pub struct Order {
    line: String,
    turn: u64,
    /// When the sanction ends, and whether it has ended.
    until: Option<SystemTime>,
    is_over: bool,
    /// Whether it is done, if that is known before the reply.
    is_done: Option<bool>,
}

impl Shadow {
    /// Records the commands of this turn. Rooms open and close at once.
    pub fn ordered(
        &mut self,
        line: &str,
        answer: &Answer,
        disk: &Disk,
        even: SystemTime,
    ) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_done = match words.as_slice() {
            ["open", what] => what.split_once('=').map(|(room, kind)| self.open_by_order(room, kind, disk)),
            ["close", room, "confirm"] => Some(self.close_by_order(room)),
            _ => None,
        };
        let until = match words.as_slice() {
            [_, _, "for", time, ..] => humantime::parse_duration(time).ok().map(|time| even + time),
            _ => None,
        };
        if let ["ban" | "unban" | "mute" | "unmute", whom, ..] = words.as_slice() {
            self.lift(words[0], whom);
        }
        if let ["erase", room, id] = words.as_slice()
            && let (Some(stream), Ok(id)) = (self.current.get(*room), id.parse())
        {
            self.streams[*stream].unsure.insert(id);
        }
        if let Some(name) = line.strip_prefix("forget ") {
            self.forget(name.trim());
        }
        let order = Order { line: line.to_owned(), turn: self.turn, until, is_over: false, is_done };
        match answer {
            Answer::Pending(ticket) => drop(self.pending.insert(*ticket, order)),
            Answer::Done(reply) => return self.answered(&order, reply, disk),
            Answer::Exit => {}
        }
        Ok(())
    }

    fn open_by_order(&mut self, room: &str, kind: &str, disk: &Disk) -> bool {
        if self.kinds.contains_key(room) {
            return false;
        }
        self.kinds.insert(room.to_owned(), kind.to_owned());
        if self.current.contains_key(room) {
            self.doubtful.insert(room.to_owned());
        }
        self.open(room, disk.opened(room));
        true
    }

    fn close_by_order(&mut self, room: &str) -> bool {
        let is_of_people = self.shut(room);
        if let Some(opened) = self.opened.get_mut(room) {
            opened.rests = opened.rests && !is_of_people;
        }
        if let Some(stream) = self.current.get(room) {
            self.streams[*stream].is_closed = true;
        }
        self.kinds.remove(room).is_some() || is_of_people
    }

    /// Erases what a name has said so far: clients that have not received it yet never do. Who gave a room its topic is not
    /// known here.
    fn forget(&mut self, name: &str) {
        let name = key(name);
        for stream in &mut self.streams {
            stream.forget(self.turn, |who| key(who) == name);
        }
        for opened in self.opened.values_mut() {
            opened.rights.topic = None;
        }
        self.erased.push((name, self.turn));
    }

    /// Drops a sanction that may have been lifted or replaced by a confusable name, as its state is uncertain.
    fn lift(&mut self, verb: &str, whom: &str) {
        let (what, sanctions) = match verb {
            "ban" | "unban" => ("ban", &mut self.bans),
            _ => ("mute", &mut self.mutes),
        };
        let (is_lifted, confusable) = (verb != what, Confusable::of(whom));
        let is_meant = |name: &str| {
            key(name) == key(whom) || is_lifted && confusable.is_confusable_with(&Confusable::of(name))
        };
        // Those that followed a member to another name are lifted with the one on its first name, and the other way round.
        let may_lift_others = is_lifted && self.parts.iter().any(|part| part.is_fickle);
        sanctions.retain(|name, _| !is_meant(name) && !may_lift_others);
        for order in self.pending.values_mut() {
            let mut words = order.line.split_whitespace();
            let is_it = words.next() == Some(what) && (may_lift_others || words.next().is_some_and(is_meant));
            order.is_over |= is_it;
        }
    }

    /// Sanctions end after the time that was ordered, however the clock jumps. Around that time their state is uncertain.
    pub fn tell_time(&mut self, even: SystemTime) {
        let even = even + JITTER;
        for sanctions in [&mut self.bans, &mut self.mutes] {
            sanctions.retain(|_, (until, _)| until.is_none_or(|until| even < until));
        }
        for order in self.pending.values_mut() {
            order.is_over |= order.until.is_some_and(|until| even >= until);
        }
    }

    /// Checks a late reply to an operator.
    pub fn answered_later(&mut self, ticket: Ticket, reply: &Reply, disk: &Disk) -> Result<(), String> {
        let order = self.pending.remove(&ticket);
        let order = order.ok_or_else(|| format!("{ticket:?} is answered, and nobody waits for it"))?;
        self.answered(&order, reply, disk)
    }

    fn answered(&mut self, order: &Order, reply: &Reply, disk: &Disk) -> Result<(), String> {
        let Reply { ok, text, .. } = reply;
        if order.is_done.is_some_and(|is_done| is_done != *ok) {
            return Err(format!("{} is answered: {text}", order.line));
        }
        let words: Vec<&str> = order.line.split_whitespace().collect();
        let sanctions = match words.as_slice() {
            ["ban", ..] if *ok && !order.is_over => &mut self.bans,
            ["mute", ..] if *ok && !order.is_over => &mut self.mutes,
            _ => return Ok(()),
        };
        sanctions.insert(key(words[1]), (order.until, order.turn));
        let state = disk.state();
        let kept = if words[0] == "ban" { &state.bans } else { &state.mutes };
        // A sanction that has ended need not be stored.
        let is_kept = kept.iter().any(|sanction| key(&sanction.whom) == key(words[1]));
        if is_kept || order.until.is_some() || text.contains(NOT_KEPT) {
            Ok(())
        } else {
            Err(format!("{} is answered, and is not kept: {text}", order.line))
        }
    }
}
