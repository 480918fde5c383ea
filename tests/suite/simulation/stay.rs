//! What one member hears in one room, from coming to leaving, held against what happened there.

use std::collections::BTreeSet;

use crate::hour::audible::{Attention, FURTHER_LINE, hides_own, is_heard_as, marked};
use crate::hour::hearing::{Line, Tongue};
use crate::hour::record::{Deed, News};
use crate::simulation::past::{Stream, is_by_person};

/// Whose stay it is.
#[derive(Clone, Copy)]
pub struct Own {
    pub tongue: Tongue,
    /// It may hear what somebody said who had its name before: that was on its way to its place in the order.
    pub hears_namesakes: bool,
}

/// How a message is printed; empty if it is none that may have several lines.
fn printed(news: &News) -> String {
    match &news.deed {
        Deed::Said(said) => format!("{}: {}", news.who, marked(said)),
        _ => String::new(),
    }
}

/// Whether this is that the member itself, called `own`, has another name: the others hear it.
fn takes_name(news: &News, own: &mut String) -> bool {
    let is_it = matches!(&news.deed, Deed::Renamed(from) if from == own);
    if is_it {
        own.clone_from(&news.who);
    }
    is_it
}

fn is_further(line: &Line) -> bool {
    matches!(line, Line::Text(text) if text.starts_with(FURTHER_LINE))
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Stay {
    pub stream: usize,
    /// The member's name: as far as it has heard, and as far as is known.
    own: String,
    pub last_name: String,
    /// The turn in which it began.
    pub since: u64,
    /// The ids of one's coming and going, when they are known.
    pub join: Option<u64>,
    pub end: Option<u64>,
    /// Its member knows that it is there, and that it is there no longer.
    pub is_begun: bool,
    pub is_over: bool,
    pub is_live: bool,
    /// It was told that a replay begins.
    pub is_replaying: bool,
    /// How many messages of people it hears of the past; `None`: all.
    pub limit: Option<usize>,
    /// It was here before, and heard up to the first of these ids at least, and up to the second at most: none of that is told again.
    pub heard: (u64, u64),
    /// What may have been the last that was heard of what is old: not all texts differ.
    old: BTreeSet<u64>,
    /// How much of what is old was heard: of people, and of all others.
    replayed: [usize; 2],
    /// The last that was heard of what is new.
    new: u64,
    /// How much of a message in several parts was heard.
    part: String,
    /// Lines that were heard and that nobody knows who knows ids.
    unknown: u64,
    attention: Attention,
}

impl Stay {
    pub fn new(stream: usize, since: u64) -> Stay {
        Stay {
            stream,
            own: String::new(),
            last_name: String::new(),
            since,
            join: None,
            end: None,
            is_begun: false,
            is_over: false,
            is_live: false,
            is_replaying: false,
            limit: None,
            heard: (0, 0),
            old: BTreeSet::from([0]),
            replayed: [0, 0],
            new: 0,
            part: String::new(),
            unknown: 0,
            attention: Attention::default(),
        }
    }

    /// It is known when it began, under which name, and what the name is now.
    pub fn bind(&mut self, join: u64, own: &str, last_name: &str) {
        (self.join, self.new) = (Some(join), join);
        own.clone_into(&mut self.own);
        last_name.clone_into(&mut self.last_name);
    }

    /// The last event up to which it has heard everything.
    pub fn heard_up_to(&self) -> u64 {
        self.new
    }

    /// The last event that it has heard of: at least, and at most.
    pub fn bounds(&self) -> (u64, u64) {
        (self.new, self.end.unwrap_or(u64::MAX))
    }

    /// It ended with its process.
    pub fn cut(&mut self) {
        self.end.get_or_insert(self.new);
    }

    /// Whether it may have come when nobody listened.
    pub fn began_unheard(&self, stream: &Stream) -> bool {
        self.is_live && self.join.is_none() && stream.has_gap_since(0)
    }

    /// Takes a line of the room's.
    pub fn hear(&mut self, line: &Line, stream: &Stream, own: Own) -> Result<(), String> {
        if own.tongue == Tongue::Line && self.part.is_empty() && is_further(line) {
            // Of an answer.
            return Ok(());
        }
        if self.is_live || !self.part.is_empty() && !self.is_replaying {
            return self.hear_new(line, stream, own);
        }
        if own.tongue == Tongue::Line && self.part.is_empty() {
            if self.is_replaying {
                return Err(format!("heard the new {line:?} among what is old"));
            }
            // Nothing is told of an empty replay.
            self.go_live(stream, own)?;
            return self.hear_new(line, stream, own);
        }
        self.hear_old(line, stream, own)
    }

    /// All that follows is new.
    pub fn go_live(&mut self, stream: &Stream, own: Own) -> Result<(), String> {
        (self.is_live, self.is_replaying) = (true, false);
        self.missed_old(stream, own).map_or(Ok(()), Err)
    }

    /// What it was to hear of the past and did not.
    fn missed_old(&self, stream: &Stream, own: Own) -> Option<String> {
        // What was said in a room that is closed is gone with it.
        if stream.kind == "classic" || own.tongue == Tongue::Chaty || stream.is_closed {
            return None;
        }
        // The rest must have been forgotten before it could be heard.
        let mut missed = None;
        for old in &self.old {
            missed = stream.before(*old, self.join).find(|(id, _)| self.must_hear(*id, stream));
            missed?;
        }
        Some(format!("heard {:?} of what is old in {}, and not {missed:?}", self.old, stream.room))
    }

    fn must_hear(&self, id: u64, stream: &Stream) -> bool {
        id > self.heard.1 && !stream.is_forgotten(id) && stream.is_replayed(id, self.join, self.limit).1
    }

    fn may_hear(&self, id: u64, stream: &Stream) -> bool {
        id > self.heard.0
            && !stream.is_erased_for(id, self.join)
            && stream.is_replayed(id, self.join, self.limit).0
    }

    /// One is told something oneself.
    pub fn notice(&mut self, text: &str, kind: &str, at: u64, is_late: bool) {
        if kind == "thrones" {
            if is_late {
                self.attention.falls_behind();
            }
            self.attention.notice(text, at);
        }
    }

    pub fn hear_old(&mut self, line: &Line, stream: &Stream, own: Own) -> Result<(), String> {
        if stream.kind == "classic" || own.tongue == Tongue::Chaty {
            return Err(format!("heard the old {line:?}, where nothing is replayed"));
        }
        if let (Line::Text(text), false) = (line, self.part.is_empty()) {
            return self.hear_old_part(text, stream);
        }
        let (mut heard, mut is_begun) = (BTreeSet::new(), false);
        for old in &self.old {
            for (id, _) in stream.before(*old, self.join) {
                // What it is since it came, or later.
                let versions = stream.versions(id, self.join.unwrap_or_default());
                let begins = |news: &News| matches!(line, Line::Text(text) if printed(news).starts_with(&format!("{text}\n")));
                let is_first = versions.iter().any(begins);
                let is_it = is_first && own.tongue == Tongue::Line
                    || versions.iter().any(|news| is_heard_as(line, id, news, own.tongue, &stream.kind));
                is_begun |= is_first && is_it;
                if is_it && self.may_hear(id, stream) {
                    heard.insert(id);
                }
                if self.must_hear(id, stream) {
                    break;
                }
            }
        }
        if heard.is_empty() {
            return Err(format!("heard the old {line:?} in {} after {:?}", stream.room, self.old));
        }
        self.old = heard;
        self.count(line, stream)?;
        if let (Line::Text(text), true) = (line, is_begun) {
            self.part.clone_from(text);
        }
        Ok(())
    }

    /// Counts an old message. Of a person and of all others, no more are replayed than are kept.
    fn count(&mut self, line: &Line, stream: &Stream) -> Result<(), String> {
        // A line names its speaker, so all messages that it may be are of people, or none is.
        let by_person = self.old.first().is_some_and(|id| is_by_person(&stream.news[id]));
        let replayed = &mut self.replayed[usize::from(!by_person)];
        *replayed += 1;
        if *replayed > stream.kept.min(self.limit.unwrap_or(usize::MAX)) {
            let (count, room) = (*replayed, &stream.room);
            return Err(format!("heard {count} old messages in {room}, the last of them {line:?}"));
        }
        Ok(())
    }

    fn hear_new(&mut self, line: &Line, stream: &Stream, own: Own) -> Result<(), String> {
        if self.join.is_none() {
            return Err(format!("heard {line:?} in {}, before it was heard to come", stream.room));
        }
        let end = self.end.unwrap_or(u64::MAX);
        loop {
            let next = stream.news.range(self.new + 1..end).next();
            let Some((id, news)) = next else {
                return self.hear_unknown(line, stream, end);
            };
            let is_it = self.is_heard_as(line, *id, news, stream, own);
            if !is_it && *id > self.new + 1 + self.unknown && self.hear_unknown(line, stream, *id).is_ok() {
                return Ok(());
            }
            let is_hidden = self.is_hidden(news, stream, own, is_it);
            match (is_it, is_hidden) {
                (true, true) => return Err(format!("heard {line:?}, which was not for it")),
                (true, false) => {
                    if self.part.is_empty() {
                        self.go_to(*id);
                    }
                    return Ok(());
                }
                (false, true) => self.go_to(*id),
                (false, false) => return Err(format!("heard {line:?} instead of {id} {news:?}")),
            }
        }
    }

    /// What was heard stands where something must have happened of which nobody heard who knows ids.
    fn hear_unknown(&mut self, line: &Line, stream: &Stream, before: u64) -> Result<(), String> {
        let is_last = |gap: &u64| stream.news.last_key_value().is_some_and(|(last, _)| last == gap);
        let is_open = before == u64::MAX && stream.gaps.last().is_some_and(is_last);
        let is_gap = match line {
            Line::Id(id) => *id > self.new && (is_open || *id < before && before < u64::MAX),
            Line::Text(_) => is_open || before < u64::MAX && before > self.new + 1 + self.unknown,
        };
        let is_gap = is_gap && stream.kind == "classic";
        if !is_gap {
            return Err(format!("heard {line:?} in {}, which nobody said", stream.room));
        }
        if let Line::Id(id) = line {
            self.go_to(*id);
        } else {
            self.unknown += 1;
        }
        Ok(())
    }

    fn go_to(&mut self, id: u64) {
        (self.new, self.unknown) = (id, 0);
    }

    fn is_hidden(&mut self, news: &News, stream: &Stream, own: Own, is_it: bool) -> bool {
        let is_namesakes = is_it && own.hears_namesakes;
        if takes_name(news, &mut self.own) {
            return true;
        }
        self.attention.hides(news, &self.own, is_it)
            || hides_own(news, &self.own, own.tongue, &stream.kind) && !is_namesakes
    }

    /// Whether this is how the news sounds, or its next part.
    fn is_heard_as(&mut self, line: &Line, id: u64, news: &News, stream: &Stream, own: Own) -> bool {
        if is_heard_as(line, id, news, own.tongue, &stream.kind) {
            return true;
        }
        let (Line::Text(text), Some(said)) = (line, news.text()) else { return false };
        if own.tongue == Tongue::Line {
            return self.is_part(text, news);
        }
        if own.tongue != Tongue::Chaty {
            return false;
        }
        let said = marked(said);
        let prefix =
            if text.starts_with("* ") { format!("* {} ", news.who) } else { format!("{}: ", news.who) };
        let Some(part) = text.strip_prefix(&prefix) else { return false };
        let heard = format!("{}{part}", self.part);
        if said == heard {
            self.part.clear();
            true
        } else if said.starts_with(&heard) {
            self.part = heard;
            true
        } else {
            false
        }
    }

    /// Whether this is the next line of a message of several lines.
    fn is_part(&mut self, text: &str, news: &News) -> bool {
        let heard = self.with_part(text);
        let is_whole = printed(news) == heard;
        let is_part = is_whole || printed(news).starts_with(&format!("{heard}\n"));
        if is_part {
            self.part = if is_whole { String::new() } else { heard };
        }
        is_part
    }

    /// What was heard of a message with this line.
    fn with_part(&self, text: &str) -> String {
        if self.part.is_empty() { text.to_owned() } else { format!("{}\n{text}", self.part) }
    }

    /// A further line of an old message: of those that it may be, some go on so.
    fn hear_old_part(&mut self, text: &str, stream: &Stream) -> Result<(), String> {
        let heard = self.with_part(text);
        let begins = |news: &News| (printed(news) + "\n").starts_with(&format!("{heard}\n"));
        self.old.retain(|id| stream.news.get(id).is_some_and(begins));
        if self.old.is_empty() {
            return Err(format!("heard {heard:?} of what is old in {}", stream.room));
        }
        let is_whole = self.old.iter().any(|id| printed(&stream.news[id]) == heard);
        self.part = if is_whole { String::new() } else { heard };
        Ok(())
    }

    /// What it was to hear by now and did not.
    pub fn missing(&self, stream: &Stream, own: Own) -> Option<String> {
        let join = self.join?;
        if self.is_begun && !self.is_live {
            // Nothing is told of an empty replay.
            if !matches!(own.tongue, Tongue::Line | Tongue::Irc) || self.is_replaying {
                return Some(format!("is in {} and hears nothing new", stream.room));
            }
            if let Some(missed) = self.missed_old(stream, own) {
                return Some(missed);
            }
        }
        let (mut attention, mut name) = (self.attention.clone(), self.own.clone());
        // Who was there when nobody listened may have left then.
        let gap = stream.gaps.iter().find(|gap| **gap >= join).map(|gap| gap + 1);
        let end = self.end.or(gap).unwrap_or(u64::MAX).max(self.new + 1);
        let mut rest = stream.news.range(self.new + 1..end);
        let missed = rest.find(|(_, news)| {
            !takes_name(news, &mut name)
                && !attention.hides(news, &name, false)
                && !hides_own(news, &name, own.tongue, &stream.kind)
        });
        missed.map(|(id, news)| format!("did not hear {id} {news:?} in {}", stream.room))
    }
}
