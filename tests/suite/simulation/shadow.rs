//! What must hold, whatever happens: judged from what everybody hears, and never from within the hub.
//!
//! In every room sits a listener who reads at once, in a dialect that tells ids. What it hears is what happened; what anybody
//! else hears is held against that, line by line.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use salon::base::name::NameKey;
use salon::hub::Answer;
use salon::wire::json::Is;

use crate::hour::hearing::{Tongue, Word};
use crate::hour::record::{Deed, News};
use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::stay::{Stay, Thread};

/// Bots of the server's whose names people have, too.
const HOSTED: [&str; 5] = ["Art_Bot", "Bob", "Alice", "Felix", "Theon"];

/// What telnet is answered, between two lines: there is no timing mark.
const TELNET_ANSWER: &[u8] = b"\xff\xfc\x06";

/// The name of whoever listens in a room.
pub fn listener(room: &str) -> String {
    format!("Ear_of_{room}")
}

/// What is known of what has happened.
#[derive(Debug)]
pub struct Shadow {
    /// Turns so far.
    pub turn: u64,
    /// Messages that newcomers hear at most.
    kept: usize,
    pub threads: Vec<Thread>,
    /// The rooms that are open, and their kinds.
    kinds: BTreeMap<String, String>,
    /// The thread of each room whose listener is there.
    listening: BTreeMap<String, usize>,
    /// Where it heard all that happened since it came.
    unbroken: BTreeMap<String, u64>,
    /// What each listener has read, and nobody has looked at, by its room.
    unread: BTreeMap<&'static str, Vec<u8>>,
    pub parts: Vec<Part>,
    /// What was sent as a message of its own: by whom, and where it was heard first.
    tokens: BTreeMap<u64, (usize, Option<(usize, u64)>)>,
    bans: BTreeMap<String, Option<SystemTime>>,
    mutes: BTreeMap<String, Option<SystemTime>>,
    /// Who came in this turn.
    arrivals: Vec<Arrival>,
    pub tally: Tally,
}

/// Somebody came to a room; whose connection that is, is not known yet.
#[derive(Debug)]
struct Arrival {
    who: String,
    is: Is,
    stay: Stay,
}

/// What came of it all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub steps: usize,
    pub news: usize,
    pub lines: usize,
    pub stays: usize,
    /// Connections of which it could not be told who had come when, and that were not judged.
    pub unclear: usize,
    pub deaths: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.news += other.news;
        self.lines += other.lines;
        self.stays += other.stays;
        self.unclear += other.unclear;
        self.deaths += other.deaths;
    }
}

/// The number in what is said: all that people say has one.
pub fn token(text: &str) -> Option<u64> {
    let number = |at: usize| {
        let digits = text[at + 2..].bytes().take_while(u8::is_ascii_digit).count();
        text[at + 2..at + 2 + digits].parse().ok()
    };
    text.rmatch_indices(" n").find_map(|(at, _)| number(at))
}

impl Shadow {
    pub fn new(kept: usize) -> Shadow {
        Shadow {
            turn: 0,
            kept,
            threads: Vec::new(),
            kinds: BTreeMap::new(),
            listening: BTreeMap::new(),
            unbroken: BTreeMap::new(),
            unread: BTreeMap::new(),
            parts: Vec::new(),
            tokens: BTreeMap::new(),
            bans: BTreeMap::new(),
            mutes: BTreeMap::new(),
            arrivals: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// A server begins with these rooms. Nobody is connected to it.
    pub fn begin(&mut self, rooms: &[(&str, &str)]) {
        for part in &mut self.parts {
            part.closed = Closed::Full;
        }
        self.kinds = rooms.iter().map(|(room, kind)| ((*room).to_owned(), (*kind).to_owned())).collect();
        for thread in std::mem::take(&mut self.listening).into_values() {
            self.threads[thread].is_over = true;
        }
        self.unbroken.clear();
        self.unread.clear();
        self.bans.clear();
        self.mutes.clear();
    }

    /// Rooms whose listener is not there, and has to go.
    pub fn unheard(&self) -> Vec<String> {
        self.kinds.keys().filter(|room| !self.listening.contains_key(*room)).cloned().collect()
    }

    /// Somebody is about to say this.
    pub fn says(&mut self, part: usize, token: u64) {
        self.tokens.insert(token, (part, None));
    }

    /// A turn begins. What has ended by the clock is over, even if the clock is moved back.
    pub fn begin_turn(&mut self, wall: SystemTime) {
        self.turn += 1;
        for measures in [&mut self.bans, &mut self.mutes] {
            measures.retain(|_, until| until.is_none_or(|until| wall < until));
        }
    }

    /// An operator may have opened a room.
    pub fn opened(&mut self, order: &str, answer: &Answer) {
        if let (Answer::Told { ok: true, data, .. }, true) = (answer, order.starts_with("open ")) {
            let word = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
            self.kinds.insert(word("room"), word("kind"));
        }
    }

    /// An operator was answered.
    pub fn answered(&mut self, order: &str, answer: &Answer, wall: SystemTime) {
        let Answer::Told { ok: true, data, .. } = answer else { return };
        let words: Vec<&str> = order.split_whitespace().collect();
        let until = || match words.as_slice() {
            [_, _, "for", time, ..] => Some(wall + humantime::parse_duration(time).unwrap_or(Duration::ZERO)),
            _ => None,
        };
        match words.as_slice() {
            ["close", ..] => drop(self.kinds.remove(data["room"].as_str().unwrap_or_default())),
            ["ban", whom, ..] => drop(self.bans.insert(whom.to_lowercase(), until())),
            ["mute", whom, ..] => drop(self.mutes.insert(whom.to_lowercase(), until())),
            ["unban", whom] => drop(self.bans.remove(&whom.to_lowercase())),
            ["unmute", whom] => drop(self.mutes.remove(&whom.to_lowercase())),
            _ => {}
        }
    }

    /// Who is connected under which name, and from where.
    pub fn listed(&mut self, rows: &[(String, String)], wall: SystemTime) -> Result<(), String> {
        for (at, (name, address)) in rows.iter().enumerate() {
            let key = NameKey::of(name);
            if let Some((other, _)) = rows[..at].iter().find(|(other, _)| NameKey::of(other) == key) {
                return Err(format!("{name} and {other} are there at once"));
            }
            let machine = address.rsplit_once(':').map_or("", |(machine, _)| machine);
            for banned in [name.to_lowercase(), machine.to_owned()] {
                if is_in_force(&self.bans, &banned, wall) {
                    return Err(format!("{name} is there from {address}, and {banned} is banned"));
                }
            }
        }
        let arrivals = std::mem::take(&mut self.arrivals);
        let names: Vec<String> = arrivals.iter().map(|arrival| arrival.who.clone()).collect();
        for arrival in arrivals {
            let is_only = names.iter().filter(|name| **name == arrival.who).count() == 1;
            self.own(arrival, is_only, rows);
        }
        Ok(())
    }

    /// Whether it has to be known who is connected.
    pub fn wants_list(&self) -> bool {
        !self.arrivals.is_empty()
    }

    /// Finds out whose coming this was.
    fn own(&mut self, Arrival { who, is, stay }: Arrival, is_only: bool, rows: &[(String, String)]) {
        let claims = |part: &Part| part.closed != Closed::Full && part.claims(&who);
        let claimants: Vec<usize> = (0..self.parts.len()).filter(|at| claims(&self.parts[*at])).collect();
        let listed = rows.iter().find(|(name, _)| *name == who).map(|(_, address)| address);
        let holder = claimants.iter().copied().find(|at| listed == Some(&self.parts[*at].address));
        let owner = match (holder, claimants.as_slice()) {
            (Some(holder), [_]) => holder,
            (Some(holder), all) if is_only || !self.is_anybody_named(all, holder) => holder,
            (None, []) => return,
            (None, [only]) if is == Is::Person || !HOSTED.contains(&who.as_str()) => *only,
            (_, several) => {
                // It may live in the server. Where a person cannot be meant, people are not.
                for at in several {
                    let part = &mut self.parts[*at];
                    part.is_unclear |= is == Is::Person || part.may_be_a_bot();
                }
                return;
            }
        };
        let part = &mut self.parts[owner];
        part.name = who;
        part.is_named = true;
        // Of its going nobody heard.
        part.is_unclear |= part.stays.iter().any(|other| other.thread == stay.thread && other.end.is_none());
        part.stays.push(stay);
    }

    /// Whether one of these but the last has had its name for longer than that.
    fn is_anybody_named(&self, claimants: &[usize], but: usize) -> bool {
        !self.parts[but].is_named && claimants.iter().any(|at| *at != but && self.parts[*at].is_named)
    }

    /// What the listener of this room has read. It is judged first.
    pub fn listen(&mut self, own: &'static str, bytes: &[u8], wall: SystemTime) -> Result<(), String> {
        let unread = self.unread.entry(own).or_default();
        unread.extend_from_slice(bytes);
        for message in Tongue::Json.messages(unread)? {
            match Tongue::Json.understand(&message, &listener(own))? {
                Word::Welcome(Some(room)) => self.listener_comes(room)?,
                Word::Object(room, id, news, is_old) => self.happened(&room, id, news, is_old, wall)?,
                Word::Parted(Some(room), text) => {
                    let thread =
                        self.listening.remove(&room).ok_or_else(|| format!("not there: {message}"))?;
                    self.unbroken.remove(&room);
                    let is_closed = text.ends_with(" is closed. Type /rooms to see the others.");
                    self.threads[thread].leave_unheard(is_closed);
                }
                Word::Removed(why) => return Err(format!("the listener of {own} is removed: {why}")),
                _ => {}
            }
        }
        Ok(())
    }

    fn listener_comes(&mut self, room: String) -> Result<(), String> {
        let before = self.threads.iter().rposition(|thread| thread.room == room && !thread.is_over);
        let kind = self.kinds.get(&room).ok_or_else(|| format!("there is no room {room}"))?;
        let thread = before.unwrap_or_else(|| {
            self.threads.push(Thread::new(room.clone(), kind.clone()));
            self.threads.len() - 1
        });
        match self.listening.insert(room, thread) {
            None => Ok(()),
            Some(_) => Err("a listener is in its room twice".into()),
        }
    }

    /// Something happened in a room.
    fn happened(
        &mut self,
        room: &str,
        id: u64,
        mut news: News,
        is_old: bool,
        wall: SystemTime,
    ) -> Result<(), String> {
        let thread =
            *self.listening.get(room).ok_or_else(|| format!("the listener hears {room} from outside"))?;
        news.at = self.turn;
        let last = self.threads[thread].news.last_key_value().map_or(0, |(last, _)| *last);
        let is_news = self.threads[thread].add(id, news.clone())?;
        if is_old {
            return if is_news && last > 0 {
                Err(format!("{room} {id} is old, and new: {news:?}"))
            } else {
                Ok(())
            };
        }
        self.tally.news += 1;
        let follows = self.unbroken.insert(room.to_owned(), id);
        if !is_news || id <= last || follows.is_some_and(|before| before + 1 != id) {
            return Err(format!("{room} {id} follows {last}: {news:?}"));
        }
        match &news.deed {
            Deed::Joined => {
                let who = news.who.clone();
                if is_in_force(&self.bans, &who.to_lowercase(), wall) && news.is != Is::Bot {
                    return Err(format!("{who} comes to {room}, and is banned"));
                }
                self.arrivals.push(Arrival { who, is: news.is, stay: Stay::new(thread, id, self.turn) });
            }
            Deed::Left(_) => self.left(thread, id, &news.who),
            Deed::Said(_) | Deed::Acted(_) => self.said(thread, id, &news, wall)?,
        }
        Ok(())
    }

    fn left(&mut self, thread: usize, id: u64, who: &str) {
        let arrivals = self.arrivals.iter_mut().filter(|arrival| arrival.who == who);
        for stay in arrivals.map(|arrival| &mut arrival.stay).filter(|stay| stay.thread == thread) {
            stay.end.get_or_insert(id);
        }
        for part in self.parts.iter_mut().filter(|part| part.name == who) {
            for stay in part.stays.iter_mut().filter(|stay| stay.thread == thread && stay.end.is_none()) {
                stay.end = Some(id);
            }
        }
    }

    fn said(&mut self, thread: usize, id: u64, news: &News, wall: SystemTime) -> Result<(), String> {
        if news.is == Is::Host {
            return Ok(());
        }
        if is_in_force(&self.mutes, &news.who.to_lowercase(), wall) {
            return Err(format!("{} is muted, and heard: {news:?}", news.who));
        }
        let Some((token, (part, heard))) = token(news.text().unwrap_or_default())
            .and_then(|token| Some((token, self.tokens.get_mut(&token)?)))
        else {
            return Ok(());
        };
        let speaker = &mut self.parts[*part];
        if !speaker.claims(&news.who) {
            // Bots repeat what they hear.
            return if news.is == Is::Bot {
                Ok(())
            } else {
                Err(format!("{} said this: {news:?}", speaker.name))
            };
        }
        if let Some(before) = heard.replace((thread, id)) {
            return Err(format!("n{token} is said twice, as {before:?} and as {id}"));
        }
        let last = speaker.said.insert(thread, token);
        match last.filter(|last| *last > token) {
            Some(last) => Err(format!("n{token} is heard after n{last}: {news:?}")),
            None => Ok(()),
        }
    }

    /// What somebody has read.
    pub fn hear(&mut self, at: usize, bytes: &[u8]) -> Result<(), String> {
        let part = &mut self.parts[at];
        part.unread.extend_from_slice(bytes);
        while let Some(at) = memchr::memmem::find(&part.unread, TELNET_ANSWER) {
            part.unread.drain(at..at + TELNET_ANSWER.len());
        }
        part.skip_greeting();
        for message in part.tongue.messages(&mut part.unread)? {
            self.tally.lines += 1;
            let part = &mut self.parts[at];
            let told = part.take(&message, &mut self.threads, self.kept, self.turn);
            told.map_err(|why| format!("{} ({:?}) {why}", part.name, part.tongue))?;
        }
        Ok(())
    }

    /// The server has closed somebody's connection.
    pub fn closed(&mut self, at: usize, how: Closed) -> Result<(), String> {
        let part = &mut self.parts[at];
        // Who takes one message at a time may need longer than is waited for.
        let has_time = part.tongue != Tongue::Chaty || how == Closed::Half;
        if part.closed == Closed::Open && !part.is_gone && !part.was_slow && has_time {
            part.is_whole(&self.threads, self.kept)?;
        }
        part.closed = how;
        Ok(())
    }

    /// Everybody who reads all that comes has heard all that there was to hear.
    pub fn check_prompt(&self) -> Result<(), String> {
        let prompt = |part: &&Part| {
            part.closed == Closed::Open && !part.was_slow && !part.is_gone && part.tongue != Tongue::Chaty
        };
        self.parts.iter().filter(prompt).try_for_each(|part| part.is_whole(&self.threads, self.kept))
    }

    /// Everybody who is still there has heard all that there was to hear, and all that was said was heard or refused.
    pub fn check_all(&self) -> Result<(), String> {
        for (at, part) in self.parts.iter().enumerate() {
            if part.closed != Closed::Open || part.is_gone || part.is_removed {
                continue;
            }
            part.is_whole(&self.threads, self.kept)?;
            let own = self.tokens.iter().filter(|(_, (by, _))| *by == at);
            let unheard: Vec<u64> =
                own.filter(|(_, (_, heard))| heard.is_none()).map(|(token, _)| *token).collect();
            if part.is_named && !part.is_unclear && unheard.len() > part.notices {
                let Part { name, tongue, notices, .. } = part;
                return Err(format!("{name} ({tongue:?}), told {notices} things, was told nothing of {unheard:?}"));
            }
        }
        Ok(())
    }

    /// How many were not judged.
    pub fn finish(&mut self) -> Tally {
        self.tally.unclear = self.parts.iter().filter(|part| part.is_unclear).count();
        self.tally.stays = self.parts.iter().map(|part| part.stays.len()).sum();
        self.tally
    }
}

fn is_in_force(measures: &BTreeMap<String, Option<SystemTime>>, whom: &str, wall: SystemTime) -> bool {
    measures.get(whom).is_some_and(|until| until.is_none_or(|until| wall < until))
}
