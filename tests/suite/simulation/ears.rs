//! The parser and checker of what one connection receives.

use std::collections::{BTreeMap, BTreeSet};

use crate::hour::hearing::{Begun, Line, Tongue, Word};
use crate::hour::record::News;
use crate::simulation::disk::Disk;
use crate::simulation::part::Part;
use crate::simulation::past::Stream;
use crate::simulation::stay::{Own, Stay};

/// The reason for removing a client that does not read: only then earlier messages may be missing.
const SLOW: &str = "Reading too slowly";

/// What a client is told when another takes its name by its token. Nobody does that here.
const BACK: &str = "You have resumed on another connection.";

/// The beginnings of lines to a client that has not sent anything yet, and is taken for a person.
const GREETINGS: [&str; 5] = [
    "Welcome to Salon!",
    "You are banned from this server",
    "You have been removed from the chat",
    "The server is stopping.",
    "No name came within",
];

/// The streams of open rooms, rooms with two possible streams, and the disk.
pub struct Rooms<'a> {
    pub current: &'a BTreeMap<String, usize>,
    pub doubtful: &'a BTreeSet<String>,
    pub disk: &'a Disk,
}

impl Part {
    /// Skips lines that were sent before the dialect was detected.
    pub fn skip_greeting(&mut self) {
        let is_greeting = |unread: &[u8]| GREETINGS.iter().any(|begin| unread.starts_with(begin.as_bytes()));
        while self.tongue != Tongue::Line && !self.is_named && is_greeting(&self.unread) {
            let Some(end) = memchr::memchr(b'\n', &self.unread) else { return };
            self.unread.drain(..=end);
            self.notices += 1;
        }
    }

    /// Checks a message.
    pub fn take(
        &mut self,
        message: &str,
        streams: &mut [Stream],
        rooms: &Rooms<'_>,
        turn: u64,
    ) -> Result<(), String> {
        if self.is_removed {
            return Err(format!("hears {message:?} after its removal"));
        }
        if message.contains(BACK) {
            return Err(format!("hears {message:?}, and nobody had its token"));
        }
        if self.tongue == Tongue::Line && (!self.is_named || self.is_fickle) && !self.is_unclear {
            // It may have claimed several names, and have left before an operator saw which one it got.
            let is_meant = |name: &&String| message.starts_with(&format!("Welcome, {name}!"));
            if let Some(name) = self.claimed.iter().find(is_meant).cloned() {
                self.named(name)?;
            }
        }
        let word = match self.tongue.understand(message, &self.name) {
            Err(_) if self.is_unclear => return Ok(()),
            word => word?,
        };
        if self.tongue == Tongue::Eom && matches!(word, Word::Live(_) | Word::Line(_)) {
            self.enter_silently(streams, rooms, turn)?;
        }
        if self.is_unclear || self.suspicion.is_some() {
            self.is_removed = matches!(word, Word::Removed(_));
            return Ok(());
        }
        match word {
            Word::Known(name) if matches!(self.tongue, Tongue::Json | Tongue::Irc) => self.named(name),
            // The clock jumps here. The last four the shadow has taken before.
            Word::Nothing
            | Word::Known(_)
            | Word::Earlier(_)
            | Word::NewDay(_)
            | Word::Private(_)
            | Word::Operator(_)
            | Word::Call(..)
            | Word::IsAway(_) => Ok(()),
            Word::Replay(limit) => {
                (self.replay, self.notices) = (limit, self.notices + 1);
                Ok(())
            }
            Word::Old => {
                self.stay(None, streams)?.0.is_replaying = true;
                Ok(())
            }
            Word::OldLine(_, text) => {
                let (stay, own) = self.stay(None, streams)?;
                if !stay.is_replaying {
                    return Err(format!("hears the old {text:?} at the wrong time"));
                }
                stay.hear_old(&Line::Text(text), &streams[stay.stream], own)
            }
            Word::Renamed(name) => self.renamed(name),
            Word::Welcome(room, _) => self.enter(room.as_deref(), streams, rooms, turn),
            Word::Live(room) => {
                let (stay, own) = self.stay(room.as_deref(), streams)?;
                let missed = stay.go_live(&streams[stay.stream], own).err();
                self.fault = self.fault.take().or(missed);
                Ok(())
            }
            Word::Line(text) => {
                let may_be_early = self.tongue == Tongue::Chaty && rooms.disk.is_slow();
                let (stay, own) = self.stay(None, streams)?;
                if stay.began_unheard(&streams[stay.stream]) || (may_be_early && stay.join.is_none()) {
                    self.is_unclear = true;
                    return Ok(());
                }
                stay.hear(&Line::Text(text), &streams[stay.stream], own)
            }
            Word::Begun(begun) => self.begun(&begun, streams),
            Word::Object(room, id, news, is_old) => self.object(&room, id, news, is_old, streams, turn),
            Word::Found(room, id, news) => {
                let (stay, _) = self.stay(Some(&room), streams)?;
                let said = streams[stay.stream].news.get(&id);
                let versions = streams[stay.stream].versions(id, stay.heard_up_to());
                let is_it = versions.iter().any(|said| said.who == news.who && said.deed == news.deed);
                // The listener may receive it in a moment.
                let is_kept = || news.text().is_some_and(|text| rooms.disk.has(&room, id, text));
                if is_it || said.is_none() && is_kept() {
                    return Ok(());
                }
                Err(format!("was told in {room} that {id} is {news:?}, and it is {said:?}"))
            }
            Word::Parted(room, text) => {
                if room.is_none() {
                    self.notice(&text, streams, turn);
                }
                let (stay, own) = self.stay(room.as_deref(), streams)?;
                stay.is_over = true;
                stay.missing(&streams[stay.stream], own).map_or(Ok(()), Err)
            }
            Word::Notice(text) => {
                self.notice(&text, streams, turn);
                Ok(())
            }
            Word::Removed(why) => self.removed(&why, streams, turn),
        }
    }

    fn removed(&mut self, why: &str, streams: &[Stream], turn: u64) -> Result<(), String> {
        // Who is in no room leaves unheard, and another may take its name at once.
        self.left_at.get_or_insert(turn);
        // What is missing of a replay is no fault then, also where nothing is told of its end.
        self.fault = None;
        if self.tongue == Tongue::Irc {
            let own = self.own();
            for stay in self.stays.iter_mut().filter(|stay| stay.is_begun && !stay.is_live) {
                let _ = stay.go_live(&streams[stay.stream], own);
            }
        }
        let is_whole = if why.contains(SLOW) || self.was_slow { Ok(()) } else { self.is_whole(streams) };
        self.is_removed = true;
        self.stays.iter_mut().for_each(|stay| stay.is_over = true);
        is_whole
    }

    fn object(
        &mut self,
        room: &str,
        id: u64,
        mut news: News,
        is_old: bool,
        streams: &mut [Stream],
        turn: u64,
    ) -> Result<(), String> {
        let (stay, own) = self.stay(Some(room), streams)?;
        let stream = &mut streams[stay.stream];
        if stay.began_unheard(stream) {
            self.is_unclear = true;
            return Ok(());
        }
        if is_old == stay.is_live {
            return Err(format!("hears this at the wrong time: {id} {news:?}"));
        }
        if is_old && stream.news.contains_key(&id) {
            let versions = stream.versions(id, stay.join.unwrap_or_default());
            if !versions.iter().any(|known| known.who == news.who && known.deed == news.deed) {
                return Err(format!("hears the old {id} as {news:?}, and it is {versions:?}"));
            }
        } else if stream.news.contains_key(&id) {
            news.at = turn;
            stream.add(id, news)?;
        }
        stay.hear(&Line::Id(id), stream, own)
    }

    /// A message of which perhaps only the beginning is known.
    fn begun(&mut self, begun: &Begun, streams: &[Stream]) -> Result<(), String> {
        let Begun { room, id, who, text, is_whole, is_old } = begun;
        let (id, is_old) = (*id, *is_old);
        if *is_whole && !self.knows_lines {
            return Err(format!("hears several lines as one, and does not know that: {text:?}"));
        }
        let (stay, own) = self.stay(Some(room), streams)?;
        let stream = &streams[stay.stream];
        if stay.began_unheard(stream) {
            self.is_unclear = true;
            return Ok(());
        }
        let is_text = |said: &str| {
            if *is_whole { said.trim() == text.trim() } else { said.trim_start().starts_with(text.trim()) }
        };
        if let Some(news) = stream.news.get(&id)
            && (news.who != *who || !news.text().is_some_and(is_text))
        {
            return Err(format!("hears in {room} that {id} is {who}: {text}, and it is {news:?}"));
        }
        // Nothing is told of an empty replay. What is missing is no fault if a removal follows.
        let missed = if is_old || stay.is_live { None } else { stay.go_live(stream, own).err() };
        if is_old && stay.is_live {
            return Err(format!("hears the old {id} at the wrong time"));
        }
        stay.hear(&Line::Id(id), stream, own)?;
        self.fault = self.fault.take().or(missed);
        Ok(())
    }

    /// It has joined a room. If its dialect names the room, its join need not be known yet.
    fn enter(
        &mut self,
        room: Option<&str>,
        streams: &[Stream],
        rooms: &Rooms<'_>,
        turn: u64,
    ) -> Result<(), String> {
        let is_many = matches!(self.tongue, Tongue::Json | Tongue::Irc);
        let is_meant = |stay: &Stay| room.is_none_or(|room| streams[stay.stream].room == room);
        let is_here = |stay: &&Stay| stay.is_begun && !stay.is_over && (!is_many || is_meant(stay));
        if let Some(here) = self.stays.iter().find(is_here) {
            return Err(format!("is in {room:?}, and in {} already", streams[here.stream].room));
        }
        if !self.stays.iter().any(|stay| !stay.is_begun && is_meant(stay)) {
            if room.is_none() && rooms.disk.is_slow() {
                // The others receive its join when everything before it is committed.
                self.is_unclear = true;
                return Ok(());
            }
            let stream = room.and_then(|room| rooms.current.get(room));
            self.is_unclear |= room.is_some_and(|room| rooms.doubtful.contains(room));
            let stream = stream.ok_or_else(|| format!("is in {room:?}, and never came"))?;
            self.stays.push(Stay::new(*stream, turn));
        }
        if let Some(at) = self.stays.iter().position(|stay| !stay.is_begun && is_meant(stay)) {
            let heard = if is_many { (0, 0) } else { self.heard_before(&self.stays[at], streams) };
            let stay = &mut self.stays[at];
            (stay.is_begun, stay.limit, stay.heard) = (true, self.replay, heard);
            stay.is_live = self.tongue == Tongue::Chaty;
        }
        Ok(())
    }

    /// Up to where it heard the room of a stay in earlier ones: at least, and at most.
    fn heard_before(&self, stay: &Stay, streams: &[Stream]) -> (u64, u64) {
        let Stream { reopened, .. } = &streams[stay.stream];
        let is_forgotten = |other: &Stay| reopened.iter().any(|at| other.since < *at && *at <= stay.since);
        let earlier = self.stays.iter().rfind(|other| other.is_over && other.stream == stay.stream);
        earlier.filter(|other| !is_forgotten(other)).map_or((0, 0), Stay::bounds)
    }

    /// In the chaty dialect only the room's messages tell that one has joined.
    fn enter_silently(&mut self, streams: &[Stream], rooms: &Rooms<'_>, turn: u64) -> Result<(), String> {
        let is_here = self.stays.iter().any(|stay| stay.is_begun && !stay.is_over);
        if is_here || self.is_unclear { Ok(()) } else { self.enter(None, streams, rooms, turn) }
    }

    /// The stay that a message belongs to, and its owner.
    fn stay(&mut self, room: Option<&str>, streams: &[Stream]) -> Result<(&mut Stay, Own), String> {
        let own = Own { tongue: self.tongue, hears_namesakes: self.hears_namesakes };
        let is_it = |stay: &&mut Stay| {
            stay.is_begun && !stay.is_over && room.is_none_or(|room| streams[stay.stream].room == room)
        };
        let found = self.stays.iter_mut().rfind(is_it);
        found.map(|stay| (stay, own)).ok_or_else(|| format!("hears of {room:?}, without being there"))
    }

    fn notice(&mut self, text: &str, streams: &[Stream], turn: u64) {
        self.notices += 1;
        // Programs of `chaty` are told when they ask; a client of IRC, when its own labelled message is committed.
        let is_late = self.was_slow || matches!(self.tongue, Tongue::Chaty | Tongue::Irc);
        for stay in self.stays.iter_mut().filter(|stay| stay.is_begun && !stay.is_over) {
            stay.notice(text, &streams[stay.stream].kind, turn, is_late);
        }
    }
}
