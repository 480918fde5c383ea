//! The shadow model: checks the invariants from what clients receive, never from the hub's own state.
//!
//! Each room has a listener that reads at once, in a dialect with ids. What it receives is taken for the truth (`truth`), and
//! what all others receive is compared with it, line by line (`part`, `stay`). Names come from the operator's view (`people`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use salon::base::name::NameKey;
use salon::journal::Ticket;

use crate::hour::hearing::{Tongue, Word};
use crate::simulation::asks::Ask;
use crate::simulation::disk::Disk;
use crate::simulation::ears::Rooms;
use crate::simulation::network::Closed;
use crate::simulation::opened::OpenedRoom;
use crate::simulation::operators::OperatorModel;
use crate::simulation::orders::Order;
use crate::simulation::part::Part;
use crate::simulation::past::Stream;
use crate::simulation::people::Arrival;
use crate::simulation::private::PrivateModel;

/// The reply to telnet's timing mark.
const TELNET_ANSWER: &[u8] = b"\xff\xfc\x06";

/// Bans or mutes by the key of the name: until when, and the turn of the command.
pub type Sanctions = BTreeMap<String, (Option<SystemTime>, u64)>;

/// The model.
#[derive(Debug)]
pub struct Shadow {
    /// Turns so far.
    pub turn: u64,
    /// How many messages are replayed to newcomers at most.
    pub kept: usize,
    /// How many messages at once exceed the spam limit; `None`: it is off.
    pub spam_limit: Option<usize>,
    /// Commits may take longer than a leaving client waits.
    is_slow: bool,
    pub streams: Vec<Stream>,
    /// The rooms that are open, and their kinds.
    pub kinds: BTreeMap<String, String>,
    /// The stream of each room, also if its listener has not joined yet.
    pub current: BTreeMap<String, usize>,
    pub expected: BTreeMap<String, VecDeque<usize>>,
    /// Rooms that were closed and opened again while messages awaited their commit: some dialects do not tell the two apart.
    pub doubtful: BTreeSet<String>,
    /// The stream of each room that has its listener.
    pub listening: BTreeMap<String, usize>,
    /// The last event there up to which nothing is missing.
    pub unbroken: BTreeMap<String, u64>,
    /// Unchecked output of each listener, by its room.
    pub unread: BTreeMap<&'static str, Vec<u8>>,
    /// Rooms that were told of degraded mode, with the turn; and messages that were delivered unstored meanwhile.
    pub unkept: BTreeMap<&'static str, u64>,
    pub excused: BTreeSet<(usize, u64)>,
    /// Messages that were delivered in this turn and are not stored.
    pub early: Vec<(usize, u64)>,
    pub parts: Vec<Part>,
    /// Sent messages by their number: the sender, and where it was received first.
    pub tokens: BTreeMap<u64, (usize, Option<(usize, u64)>)>,
    /// Those of them that are notices: refused, they are answered with nothing.
    pub notices: BTreeSet<u64>,
    /// What of messages of several lines must be heard, by their number; `None`: nothing.
    pub several_lines: BTreeMap<u64, Option<String>>,
    pub private: PrivateModel,
    pub operators: OperatorModel,
    pub bans: Sanctions,
    pub mutes: Sanctions,
    /// Those of them that followed a member to another name.
    pub followed: BTreeSet<String>,
    /// Whoever erases its own messages may have done so before anybody hears of it: the keys of its names.
    pub undoers: BTreeSet<String>,
    /// Erased names, and the turn of the erasure.
    pub erased: Vec<(String, u64)>,
    /// Commands whose replies wait for a commit.
    pub pending: BTreeMap<Ticket, Order>,
    /// Joins received in this turn.
    pub arrivals: Vec<Arrival>,
    /// Rooms that people opened, what they asked of them, and of which rooms the topics with these numbers may be.
    pub opened: BTreeMap<String, OpenedRoom>,
    pub asks: Vec<Ask>,
    pub topics: BTreeMap<u64, BTreeSet<String>>,
    /// How long such a room stays open while nobody is there.
    pub linger: Duration,
    /// The time of each turn, also by the clock on the wall; and of the last one.
    pub turns: Vec<(Instant, SystemTime)>,
    pub now: Instant,
    /// Something is not delivered yet; the last turn in which it was so, and the last one in which it was not.
    pub is_behind: bool,
    pub last_behind: u64,
    pub last_calm: u64,
    /// What happens in a turn is heard in that turn.
    pub is_in_time: bool,
    pub tally: Tally,
}

/// Totals of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub steps: usize,
    pub turns: usize,
    pub news: usize,
    pub lines: usize,
    pub stays: usize,
    /// Private messages that were heard.
    pub private: usize,
    /// How often somebody became an operator, and heard what was said to all; and removals by operators among the people.
    pub operators: usize,
    pub calls: usize,
    pub removals: usize,
    /// Messages of several lines that were heard, in rooms.
    pub several_lines: usize,
    /// Renames that were heard, once in each room.
    pub renames: usize,
    /// Connections that were not checked, as the time of their joins is uncertain.
    pub unclear: usize,
    pub deaths: usize,
    /// Messages delivered unstored in degraded mode.
    pub excused: usize,
    /// Rooms that people opened, and that went on when they were opened; and what was changed in them.
    pub opened: usize,
    pub went_on: usize,
    pub changes: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.turns += other.turns;
        self.news += other.news;
        self.lines += other.lines;
        self.stays += other.stays;
        self.private += other.private;
        self.operators += other.operators;
        self.calls += other.calls;
        self.removals += other.removals;
        self.several_lines += other.several_lines;
        self.renames += other.renames;
        self.unclear += other.unclear;
        self.deaths += other.deaths;
        self.excused += other.excused;
        self.opened += other.opened;
        self.went_on += other.went_on;
        self.changes += other.changes;
    }
}

impl Shadow {
    pub fn new(
        kept: usize,
        spam_limit: Option<usize>,
        is_slow: bool,
        start: (Instant, SystemTime),
    ) -> Shadow {
        Shadow {
            turn: 0,
            kept,
            spam_limit,
            is_slow,
            streams: Vec::new(),
            kinds: BTreeMap::new(),
            current: BTreeMap::new(),
            expected: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            listening: BTreeMap::new(),
            unbroken: BTreeMap::new(),
            unread: BTreeMap::new(),
            unkept: BTreeMap::new(),
            excused: BTreeSet::new(),
            early: Vec::new(),
            parts: Vec::new(),
            tokens: BTreeMap::new(),
            notices: BTreeSet::new(),
            several_lines: BTreeMap::new(),
            private: PrivateModel::default(),
            operators: OperatorModel::default(),
            bans: BTreeMap::new(),
            mutes: BTreeMap::new(),
            followed: BTreeSet::new(),
            undoers: BTreeSet::new(),
            erased: Vec::new(),
            pending: BTreeMap::new(),
            arrivals: Vec::new(),
            opened: BTreeMap::new(),
            asks: Vec::new(),
            topics: BTreeMap::new(),
            linger: Duration::ZERO,
            turns: vec![start],
            now: start.0,
            is_behind: false,
            last_behind: 0,
            last_calm: 0,
            is_in_time: !is_slow,
            tally: Tally::default(),
        }
    }

    /// A turn begins.
    pub fn begin_turn(&mut self, now: Instant, wall: SystemTime) {
        self.turn += 1;
        self.now = now;
        self.turns.push((now, wall));
    }

    /// A turn ends, and all is heard, or not.
    pub fn end_turn(&mut self, is_behind: bool) {
        self.is_behind = is_behind;
        let last = if is_behind { &mut self.last_behind } else { &mut self.last_calm };
        *last = self.turn;
    }

    /// A client sends the message with this number.
    pub fn says(&mut self, part: usize, token: u64, is_notice: bool) {
        self.tokens.insert(token, (part, None));
        if is_notice {
            self.notices.insert(token);
        }
    }

    /// A client erases what it said last.
    pub fn undoes(&mut self, part: usize) {
        if self.is_slow {
            self.undoers.extend(self.parts[part].claimed.iter().map(|name| key(name)));
            for stream in &mut self.streams {
                stream.undoers.clone_from(&self.undoers);
            }
        }
    }

    /// Checks what a client has read in this turn.
    pub fn hear(&mut self, at: usize, bytes: &[u8], turn: u64, disk: &Disk) -> Result<(), String> {
        let part = &mut self.parts[at];
        part.unread.extend_from_slice(bytes);
        while let Some(at) = memchr::memmem::find(&part.unread, TELNET_ANSWER) {
            part.unread.drain(at..at + TELNET_ANSWER.len());
        }
        part.skip_greeting();
        for message in part.tongue.messages(&mut part.unread)? {
            self.tally.lines += 1;
            self.check_secrets(at, &message)?;
            let part = &mut self.parts[at];
            match part.tongue.understand(&message, &part.name) {
                Ok(Word::Private(heard)) => {
                    self.hear_private(at, &heard)?;
                    continue;
                }
                Ok(Word::IsAway(who)) if !part.may_be_answered_by(&who) => {
                    return Err(format!("{} is told that {who} is away, and asked nothing", part.name));
                }
                Ok(word) if self.hear_operators(at, &word, turn)? => continue,
                _ => {}
            }
            let part = &mut self.parts[at];
            let told = part.take(
                &message,
                &mut self.streams,
                &Rooms { current: &self.current, doubtful: &self.doubtful, disk },
                turn,
            );
            let told = told.map_err(|why| format!("{} ({:?}) {why}: {message:?}", part.name, part.tongue));
            if part.is_blind() {
                part.suspicion = part.suspicion.take().or(told.err());
            } else {
                told?;
            }
        }
        Ok(())
    }

    /// The server has closed a client's connection in this turn.
    pub fn closed(&mut self, at: usize, how: Closed, turn: u64) -> Result<(), String> {
        let part = &mut self.parts[at];
        // A client that takes one message at a time may need longer than the server waits, and so may the disk.
        let has_time = (part.tongue != Tongue::Chaty || how == Closed::Half) && !self.is_slow;
        if part.closed == Closed::Open && !part.is_gone && !part.was_slow && has_time {
            part.is_whole(&self.streams)?;
        }
        part.closed = how;
        part.closed_at = Some(turn);
        Ok(())
    }

    /// Checks that all clients that read at once have received everything.
    pub fn check_prompt(&self) -> Result<(), String> {
        let prompt = |part: &&Part| {
            part.closed == Closed::Open && !part.was_slow && !part.is_gone && part.tongue != Tongue::Chaty
        };
        self.parts.iter().filter(prompt).try_for_each(|part| part.is_whole(&self.streams))
    }

    /// Checks that all connected clients have received everything, and that every message was delivered or refused.
    pub fn check_all(&self) -> Result<(), String> {
        for (at, part) in self.parts.iter().enumerate() {
            if let Some(why) = part.suspicion.as_ref().filter(|_| !part.is_unclear) {
                return Err(why.clone());
            }
            if part.closed != Closed::Open || part.is_gone || part.is_removed {
                continue;
            }
            part.is_whole(&self.streams)?;
            let is_silent = |token| self.notices.contains(token);
            let own = self.tokens.iter().filter(|(token, (by, _))| *by == at && !is_silent(*token));
            let unheard: Vec<u64> =
                own.filter(|(_, (_, heard))| heard.is_none()).map(|(token, _)| *token).collect();
            let unconfirmed = self.unconfirmed(at);
            let Part { name, tongue, notices, owed, .. } = part;
            if part.is_named && !part.is_unclear && unheard.len() + unconfirmed + owed > *notices {
                return Err(format!(
                    "{name} ({tongue:?}), told {notices} things, was told nothing of {unheard:?} and {unconfirmed} private \
                     messages, and is owed {owed} answers"
                ));
            }
        }
        self.check_operators()?;
        self.check_private()
    }

    /// The totals.
    pub fn finish(&mut self) -> Tally {
        self.tally.unclear = self.parts.iter().filter(|part| part.is_unclear).count();
        self.tally.stays = self.parts.iter().map(|part| part.stays.len()).sum();
        self.tally.excused = self.excused.len();
        self.tally.turns = usize::try_from(self.turn).unwrap_or(usize::MAX);
        self.tally
    }
}

/// The key of a name, independent of its spelling.
pub fn key(name: &str) -> String {
    NameKey::of(name).as_str().to_owned()
}
