//! What must hold, whatever happens: judged from what everybody hears, and never from within the hub.
//!
//! In every room sits a listener who reads at once, in a dialect that tells ids. What it hears is what happened (`truth`);
//! what anybody else hears is held against that, line by line (`part`, `stay`). Who is who, an operator sees (`people`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::SystemTime;

use salon::base::name::NameKey;
use salon::journal::Ticket;

use crate::hour::hearing::Tongue;
use crate::simulation::disk::Disk;
use crate::simulation::ears::Rooms;
use crate::simulation::network::Closed;
use crate::simulation::orders::Order;
use crate::simulation::part::Part;
use crate::simulation::past::Stream;
use crate::simulation::people::Arrival;

/// What telnet is answered, between two lines: there is no timing mark.
const TELNET_ANSWER: &[u8] = b"\xff\xfc\x06";

/// Bans or mutes: whom they are for, by their keys, until when, and in which turn they were ordered.
pub type Measures = BTreeMap<String, (Option<SystemTime>, u64)>;

/// What is known of what has happened.
#[derive(Debug)]
pub struct Shadow {
    /// Turns so far.
    pub turn: u64,
    /// Messages that newcomers hear at most.
    pub kept: usize,
    /// So many messages at once are too many, if any are.
    pub spam_limit: Option<usize>,
    /// The disk is so slow that not all who leave wait for it.
    is_slow: bool,
    pub streams: Vec<Stream>,
    /// The rooms that are open, and their kinds.
    pub kinds: BTreeMap<String, String>,
    /// The stream of each room, and those that its listener has not come to yet.
    pub current: BTreeMap<String, usize>,
    pub expected: BTreeMap<String, VecDeque<usize>>,
    /// Rooms that were closed and opened again while something was held: which of the two is spoken of, not everybody says.
    pub doubtful: BTreeSet<String>,
    /// The stream of each room whose listener is there.
    pub listening: BTreeMap<String, usize>,
    /// The last that was heard there without anything missing.
    pub unbroken: BTreeMap<String, u64>,
    /// What each listener has read, and nobody has looked at, by its room.
    pub unread: BTreeMap<&'static str, Vec<u8>>,
    /// Rooms whose listeners were told that nothing is kept, in which turn, and what was heard meanwhile and was not.
    pub unkept: BTreeMap<&'static str, u64>,
    pub excused: BTreeSet<(usize, u64)>,
    /// What was heard in this turn and is not kept.
    pub early: Vec<(usize, u64)>,
    pub parts: Vec<Part>,
    /// What was sent as a message of its own: by whom, and where it was heard first.
    pub tokens: BTreeMap<u64, (usize, Option<(usize, u64)>)>,
    pub bans: Measures,
    pub mutes: Measures,
    /// Whose messages were erased, and in which turn.
    pub erased: Vec<(String, u64)>,
    /// Orders that were given, and are answered when they are kept.
    pub pending: BTreeMap<Ticket, Order>,
    /// Who was heard to come in this turn.
    pub arrivals: Vec<Arrival>,
    pub tally: Tally,
}

/// What came of it all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub steps: usize,
    pub turns: usize,
    pub news: usize,
    pub lines: usize,
    pub stays: usize,
    /// Connections of which it could not be told who had come when, and that were not judged.
    pub unclear: usize,
    pub deaths: usize,
    /// News that were heard, and not kept, after the room was told so.
    pub excused: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.turns += other.turns;
        self.news += other.news;
        self.lines += other.lines;
        self.stays += other.stays;
        self.unclear += other.unclear;
        self.deaths += other.deaths;
        self.excused += other.excused;
    }
}

impl Shadow {
    pub fn new(kept: usize, spam_limit: Option<usize>, is_slow: bool) -> Shadow {
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
            bans: BTreeMap::new(),
            mutes: BTreeMap::new(),
            erased: Vec::new(),
            pending: BTreeMap::new(),
            arrivals: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Somebody is about to say this.
    pub fn says(&mut self, part: usize, token: u64) {
        self.tokens.insert(token, (part, None));
    }

    /// What somebody has read in this turn.
    pub fn hear(&mut self, at: usize, bytes: &[u8], turn: u64, disk: &Disk) -> Result<(), String> {
        let part = &mut self.parts[at];
        part.unread.extend_from_slice(bytes);
        while let Some(at) = memchr::memmem::find(&part.unread, TELNET_ANSWER) {
            part.unread.drain(at..at + TELNET_ANSWER.len());
        }
        part.skip_greeting();
        for message in part.tongue.messages(&mut part.unread)? {
            self.tally.lines += 1;
            let part = &mut self.parts[at];
            let told = part.take(
                &message,
                &mut self.streams,
                &Rooms { current: &self.current, doubtful: &self.doubtful, disk },
                turn,
            );
            let told = told.map_err(|why| format!("{} ({:?}) {why}", part.name, part.tongue));
            if part.is_blind() {
                part.suspicion = part.suspicion.take().or(told.err());
            } else {
                told?;
            }
        }
        Ok(())
    }

    /// The server has closed somebody's connection in this turn.
    pub fn closed(&mut self, at: usize, how: Closed, turn: u64) -> Result<(), String> {
        let part = &mut self.parts[at];
        // Who takes one message at a time may need longer than is waited for, and so may the disk.
        let has_time = (part.tongue != Tongue::Chaty || how == Closed::Half) && !self.is_slow;
        if part.closed == Closed::Open && !part.is_gone && !part.was_slow && has_time {
            part.is_whole(&self.streams)?;
        }
        part.closed = how;
        part.closed_at = Some(turn);
        Ok(())
    }

    /// Everybody who reads all that comes has heard all that there was to hear.
    pub fn check_prompt(&self) -> Result<(), String> {
        let prompt = |part: &&Part| {
            part.closed == Closed::Open && !part.was_slow && !part.is_gone && part.tongue != Tongue::Chaty
        };
        self.parts.iter().filter(prompt).try_for_each(|part| part.is_whole(&self.streams))
    }

    /// Everybody who is still there has heard all that there was to hear, and all that was said was heard or refused.
    pub fn check_all(&self) -> Result<(), String> {
        for (at, part) in self.parts.iter().enumerate() {
            if let Some(why) = part.suspicion.as_ref().filter(|_| !part.is_unclear) {
                return Err(why.clone());
            }
            if part.closed != Closed::Open || part.is_gone || part.is_removed {
                continue;
            }
            part.is_whole(&self.streams)?;
            let own = self.tokens.iter().filter(|(_, (by, _))| *by == at);
            let unheard: Vec<u64> =
                own.filter(|(_, (_, heard))| heard.is_none()).map(|(token, _)| *token).collect();
            if part.is_named && !part.is_unclear && unheard.len() > part.notices {
                let Part { name, tongue, notices, .. } = part;
                return Err(format!(
                    "{name} ({tongue:?}), told {notices} things, was told nothing of {unheard:?}"
                ));
            }
        }
        Ok(())
    }

    /// What came of it.
    pub fn finish(&mut self) -> Tally {
        self.tally.unclear = self.parts.iter().filter(|part| part.is_unclear).count();
        self.tally.stays = self.parts.iter().map(|part| part.stays.len()).sum();
        self.tally.excused = self.excused.len();
        self.tally.turns = usize::try_from(self.turn).unwrap_or(usize::MAX);
        self.tally
    }
}

/// What a name is known by, however it is spelled.
pub fn key(name: &str) -> String {
    NameKey::of(name).as_str().to_owned()
}
