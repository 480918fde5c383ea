//! The table of a room of rounds, as its members hear of it: a classic round, or a game.

use salon::bots::{Ballot, Suggestion};
use salon::wire::json::SenderKind;

use crate::hour::record::{Deed, News};
use crate::hour::rules::{line_of, listed};

const BOOK: &str = include_str!("../../../src/hosts/round/phrases/host.txt");
/// The bags of the results of a vote.
const RESULTS: [&str; 5] = ["won", "unanimous", "alone", "tie", "nobody"];
const SUGGESTIONS: usize = 3;

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    is_classic: bool,
    /// Bots from outside.
    outside: Vec<String>,
    /// Hosted bots.
    cast: Vec<String>,
    seats: Vec<String>,
    /// Those of the round who have answered or voted since they were asked, left, or were passed over.
    done: Option<Vec<String>>,
    /// Those of a game who were passed over and have said nothing since. A command, which nobody sees, may have woken them.
    asleep: Vec<String>,
    /// The suggestions of the game so far.
    suggestions: usize,
    /// Votes are awaited.
    is_vote: bool,
    /// When the suggestion was made, or the ballot read out.
    since: u64,
    /// When the last of them was done.
    done_at: u64,
    is_over: bool,
    pub rounds: usize,
}

impl Table {
    pub fn new(is_classic: bool, outside: &[&str]) -> Table {
        let outside = outside.iter().map(|name| (*name).to_owned()).collect();
        Table { is_classic, outside, ..Table::default() }
    }

    pub fn take(&mut self, news: &News) -> Result<(), String> {
        match &news.deed {
            Deed::Joined => {
                if news.is == SenderKind::Bot && !self.outside.contains(&news.who) {
                    self.cast.push(news.who.clone());
                }
                Ok(())
            }
            Deed::Left(_) | Deed::Kicked(..) => {
                if self.seats.contains(&news.who) {
                    self.has_done(&news.who, news.at);
                }
                self.seats.retain(|seat| *seat != news.who);
                self.asleep.retain(|name| *name != news.who);
                self.cast.retain(|name| *name != news.who);
                self.clear_if_over();
                Ok(())
            }
            Deed::Renamed(from) => {
                let done = self.done.iter_mut().flatten();
                let lists = [&mut self.seats, &mut self.asleep].into_iter().flatten();
                for name in lists.chain(done).filter(|name| *name == from) {
                    name.clone_from(&news.who);
                }
                Ok(())
            }
            Deed::Said(text) if news.is == SenderKind::Host => self.host_says(text, news.at),
            Deed::Topic(_) | Deed::Changed(..) | Deed::Erased(_) | Deed::Edited(..) => Ok(()),
            Deed::Said(_) | Deed::Acted(_) => {
                self.asleep.retain(|name| *name != news.who);
                // What was no vote is not seen here, so any words may have been one.
                self.has_done(&news.who, news.at);
                Ok(())
            }
        }
    }

    /// Nobody plays any more, or only the cast would.
    fn clear_if_over(&mut self) {
        let is_cast = |seat: &String| self.cast.contains(seat);
        if self.seats.is_empty() || !self.is_classic && self.seats.iter().all(is_cast) {
            self.end();
        }
    }

    fn end(&mut self) {
        (self.done, self.is_over, self.suggestions, self.is_vote) = (None, false, 0, false);
    }

    fn has_done(&mut self, who: &str, at: u64) {
        let Some(done) = &mut self.done else { return };
        if self.seats.iter().any(|seat| seat == who) && !done.iter().any(|name| name == who) {
            done.push(who.to_owned());
            self.done_at = at;
        }
    }

    /// Whether nobody at the table is waited for.
    fn are_all_done(&self) -> bool {
        let Some(done) = &self.done else { return false };
        self.seats.iter().all(|seat| done.contains(seat) || self.asleep.contains(seat))
    }

    fn host_says(&mut self, text: &str, at: u64) -> Result<(), String> {
        let have_seats = [
            " has taken a seat. ",
            " have taken seats. ",
            " has taken the last seat",
            " have taken the last seats",
        ];
        if let Some((names, rest)) = have_seats.iter().find_map(|words| text.split_once(words)) {
            for name in listed(names) {
                if self.seats.contains(&name) {
                    return Err(format!("{name} sits already"));
                }
                self.asleep.retain(|asleep| *asleep != name);
                self.seats.push(name);
            }
            return self.count(rest);
        }
        let freed = text.strip_prefix("The seat of ").and_then(|t| t.split_once(" is free again. "));
        if let Some((name, rest)) = freed {
            self.seats.retain(|seat| seat != name);
            return self.count(rest);
        }
        if let Some((names, _)) = [" sleep", " make"].iter().find_map(|words| made_way(text, words)) {
            let names = listed(names);
            if self.is_classic || self.done.is_some() || names.iter().any(|name| !self.seats.contains(name)) {
                return Err("it keeps its seat".into());
            }
            self.seats.retain(|seat| !names.contains(seat));
            return Ok(());
        }
        if Ballot::find(text).is_some() {
            if self.suggestions != SUGGESTIONS || !self.are_all_done() || self.is_vote {
                return Err("a vote before all have answered".into());
            }
            (self.done, self.since, self.is_vote) = (Some(Vec::new()), at, true);
            return Ok(());
        }
        if Suggestion::find(text).is_some() {
            return self.suggested(text, at);
        }
        let is_lost = [
            " is lost in thought",
            " are lost in thought",
            " keeps the vote secret",
            " keep their votes secret",
        ];
        if let Some((names, _)) = is_lost.iter().find_map(|words| text.split_once(words)) {
            return self.passed_over(&listed(names), at);
        }
        if self.is_classic { self.classic_ends(text, at) } else { self.game_ends(text) }
    }

    fn suggested(&mut self, text: &str, at: u64) -> Result<(), String> {
        if self.is_classic {
            if self.seats.len() != 4 || self.done.is_some() {
                return Err("a suggestion without four, or a second one".into());
            }
        } else {
            if self.suggestions == 0 && (self.seats.len() != 4 || self.done.is_some()) {
                return Err("a game without four, or a second one".into());
            }
            if self.suggestions > 0 && !self.are_all_done() {
                return Err("not all have answered".into());
            }
            self.suggestions += 1;
            if !text.starts_with(&format!("({}/{SUGGESTIONS}) ", self.suggestions)) {
                return Err(format!("not the suggestion number {}", self.suggestions));
            }
        }
        (self.done, self.since) = (Some(Vec::new()), at);
        Ok(())
    }

    fn passed_over(&mut self, names: &[String], at: u64) -> Result<(), String> {
        let done = self.done.as_ref().ok_or("nobody is waited for")?;
        // Words that were no vote count as one here.
        let has_spoken = |name: &&String| !self.is_vote && done.contains(name);
        if let Some(name) = names.iter().find(has_spoken) {
            return Err(format!("{name} has spoken"));
        }
        if at != self.since + if self.is_vote { 45_000 } else { 60_000 } {
            return Err("passed over at another time than when it is over".into());
        }
        for name in names {
            self.has_done(name, at);
            if !self.is_classic {
                self.asleep.push(name.clone());
            }
        }
        Ok(())
    }

    fn game_ends(&mut self, text: &str) -> Result<(), String> {
        if RESULTS.iter().any(|bag| line_of(BOOK, bag, text).is_some()) {
            if !self.is_vote || !self.are_all_done() {
                return Err("a result before all have voted".into());
            }
            self.rounds += 1;
            self.end();
        }
        if text.starts_with("I hear nothing but breathing") {
            self.end();
        }
        Ok(())
    }

    fn classic_ends(&mut self, text: &str, at: u64) -> Result<(), String> {
        let thanks = [
            "Thank you, all of you. I",
            "That makes a round. ",
            "Thank you! I decide nothing",
            "Well said, all around. ",
        ];
        if thanks.iter().any(|begin| text.starts_with(begin)) {
            if self.is_over || !self.are_all_done() || at != self.done_at + 1_100 {
                return Err("not all have answered, or just now".into());
            }
            self.is_over = true;
            self.rounds += 1;
        }
        if text.starts_with("All seats are free again") && !self.seats.is_empty() {
            return Err("not everybody has left".into());
        }
        Ok(())
    }

    fn count(&mut self, rest: &str) -> Result<(), String> {
        let missing = ["None", "One ", "Two ", "Three ", "Four "]
            .iter()
            .position(|word| rest.starts_with(word))
            .unwrap_or(0);
        if self.seats.len() + missing != 4 || self.done.is_some() {
            return Err(format!("{} sit, and {missing} are missing", self.seats.len()));
        }
        Ok(())
    }
}

/// Who sleeps on or makes way, in one or in several.
fn made_way<'a>(text: &'a str, verb: &str) -> Option<(&'a str, &'a str)> {
    let ends = ["on beside the table.", "way for those who have waited."];
    let (names, rest) = text.split_once(verb)?;
    let rest = rest.strip_prefix('s').unwrap_or(rest).trim_start();
    ends.contains(&rest).then_some((names, rest))
}
