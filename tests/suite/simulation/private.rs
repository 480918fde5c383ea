//! Private messages: what was written to whom, and that nobody else hears it.

use std::collections::BTreeMap;

use crate::hour::hearing::Private;
use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::truth::token;

/// Bots of the server that answer private messages.
pub const BOTS: [&str; 2] = ["Art_Bot", "Eliza_Bot"];

/// The private messages of a run, by their number.
#[derive(Debug, Default)]
pub struct PrivateModel {
    written: BTreeMap<u64, Written>,
}

/// A private message that somebody sent.
#[derive(Debug)]
struct Written {
    by: usize,
    /// The name that it is for. `None`: it is a reply to whoever wrote last.
    to: Option<String>,
    /// The turn in which it was sent, and whether its author had a name by then.
    turn: u64,
    was_named: bool,
    is_notice: bool,
    /// Its author was told that it was delivered.
    is_confirmed: bool,
    /// Who heard it.
    reader: Option<usize>,
}

impl Shadow {
    /// A client sends the private message with this number. A notice that is refused is answered with nothing.
    pub fn writes(&mut self, by: usize, token: u64, to: Option<&str>, is_notice: bool) {
        // A name is one word.
        let to = to.and_then(|to| to.split(' ').next()).map(str::to_owned);
        if !is_notice {
            self.parts[by].writes_to(to.as_deref());
        }
        let (turn, was_named) = (self.turn, self.parts[by].is_named);
        let written = Written { by, to, turn, was_named, is_notice, is_confirmed: false, reader: None };
        self.private.written.insert(token, written);
    }

    /// Whether a text that is heard in a room is that of a private message. A command behind garbage, or behind another name than
    /// the server knows, is said to everybody.
    pub fn is_private(&mut self, text: &str) -> bool {
        let Some(token) = token(text) else { return false };
        if text.contains("/msg ") || text.contains("/reply ") {
            self.private.written.remove(&token);
        }
        self.private.written.contains_key(&token)
    }

    /// A client hears a private message, now or as an answer to a question.
    pub fn hear_private(&mut self, at: usize, heard: &Private) -> Result<(), String> {
        self.tally.private += 1;
        let part = &self.parts[at];
        let fault = |why: &str| Err(format!("{} ({:?}) {why}: {heard:?}", part.name, part.tongue));
        if part.is_removed {
            return fault("hears after its removal");
        }
        let is_of_bot = !heard.is_own && !heard.is_old && BOTS.contains(&heard.other.as_str());
        let is_of_person = || self.parts.iter().any(|other| other.claims(&heard.other));
        if is_of_bot && !part.may_be_answered_by(&heard.other) && !is_of_person() {
            return fault("is answered by a bot that it asked nothing");
        }
        let Some(number) = token(&heard.text) else { return Ok(()) };
        self.check_lines(number, &heard.text)?;
        let Some(written) = self.private.written.get_mut(&number) else { return Ok(()) };
        if heard.is_notice != written.is_notice
            && (heard.is_own || self.parts[written.by].claims(&heard.other))
        {
            return fault("hears a message as a notice, or a notice as a message");
        }
        if heard.is_own {
            if written.by != at {
                return fault("did not write this");
            }
            if written.to.as_ref().is_some_and(|to| key(to) != key(&heard.other)) {
                return fault("wrote this to somebody else");
            }
            written.is_confirmed = true;
            return Ok(());
        }
        if written.by == at {
            // A bot repeats what it was told, to whoever told it.
            return Ok(());
        }
        if !self.parts[written.by].claims(&heard.other) {
            return fault("is told this of somebody who did not write it");
        }
        let is_reader = |to: &String| part.claimed.iter().any(|name| key(name) == key(to));
        if !written.to.as_ref().is_none_or(is_reader) {
            return fault("is not the one that this is for");
        }
        match written.reader {
            Some(reader) if reader != at => return fault("reads what somebody else heard"),
            Some(_) if !heard.is_old => return fault("hears this twice"),
            None if heard.is_old => return fault("reads what it did not hear"),
            _ => written.reader = Some(at),
        }
        Ok(())
    }

    /// How many private messages of a client were neither delivered nor, as far as is known, refused.
    pub fn unconfirmed(&self, by: usize) -> usize {
        let is_own = |written: &&Written| written.by == by && written.was_named && !written.is_notice;
        let own = self.private.written.values().filter(is_own);
        own.filter(|written| !written.is_confirmed && written.reader.is_none()).count()
    }

    /// Checks that whoever was there all the time has heard what was written to it, and that replies went to those that had
    /// written, or been written to.
    pub fn check_private(&self) -> Result<(), String> {
        let is_sure = |part: &Part| {
            part.closed == Closed::Open
                && !part.is_gone
                && !part.is_removed
                && part.is_named
                && !part.is_unclear
        };
        for (number, Written { by, to, turn, is_confirmed, reader, .. }) in &self.private.written {
            if let (None, Some(reader)) = (to, reader) {
                let knew = [(*by, *reader), (*reader, *by)];
                let is_known = knew.iter().any(|pair| self.private.others(*pair, *number, &self.parts));
                let is_prompt = |part: &usize| !self.parts[*part].was_slow && is_sure(&self.parts[*part]);
                if !is_known && [by, reader].into_iter().all(is_prompt) {
                    return Err(format!("the reply n{number} went to {}", self.parts[*reader].name));
                }
            }
            let Some(to) = to.as_ref().filter(|_| *is_confirmed && reader.is_none()) else { continue };
            // Whoever has had several names may have had another one then.
            let is_sure = |part: &Part| is_sure(part) && !part.is_fickle;
            let is_it = |part: &&Part| is_sure(part) && part.named_at < *turn && key(&part.name) == key(to);
            if let Some(part) = self.parts.iter().find(is_it) {
                return Err(format!("{} ({:?}) did not hear the private n{number}", part.name, part.tongue));
            }
        }
        Ok(())
    }
}

impl PrivateModel {
    /// Whether the first part wrote to the second, other than by this message.
    fn others(&self, (by, to): (usize, usize), number: u64, parts: &[Part]) -> bool {
        self.written.iter().any(|(other, written)| {
            let is_to = written.reader == Some(to)
                || written.is_confirmed
                    && written.to.as_ref().is_some_and(|name| key(name) == key(&parts[to].name));
            *other != number && written.by == by && is_to
        })
    }
}
