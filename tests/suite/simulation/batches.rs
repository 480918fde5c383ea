//! Messages of several lines, as IRC clients send them: whole ones, and such as nobody must hear.

use std::fmt::Write;

use rand::RngExt;
use rand::seq::IndexedRandom;
use salon::base::limits::{MESSAGE_BYTES, MESSAGE_LINES};

use crate::hour::record::NOTICE;
use crate::simulation::action::Travel;
use crate::simulation::part::Part;
use crate::simulation::shadow::Shadow;
use crate::simulation::world::{Person, World};

/// What is wrong with a message of several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    Nothing,
    /// It has no end: nobody is told of it, and what begins next is taken for a part of it.
    Endless,
    /// A line goes to another target.
    Elsewhere,
    /// A line is a notice, and the others are not; or the other way round.
    Mixed,
    TooLong,
    TooManyLines,
    /// A line before the first one belongs to another batch. The rest is whole.
    Stray,
}

impl Flaw {
    pub const ALL: [Flaw; 7] = [
        Flaw::Nothing,
        Flaw::Endless,
        Flaw::Elsewhere,
        Flaw::Mixed,
        Flaw::TooLong,
        Flaw::TooManyLines,
        Flaw::Stray,
    ];

    fn is_heard(self) -> bool {
        matches!(self, Flaw::Nothing | Flaw::Stray)
    }
}

/// Whether somebody may send messages of several lines: garbage before one would make its lines something else.
pub fn sends_lines(part: &Part) -> bool {
    part.knows_lines && part.is_named && !part.has_babbled
}

/// A message of several lines, as a client sends it. Each line comes in two pieces.
fn lines(number: u64, target: &str, text: &str, is_notice: bool, flaw: Flaw) -> String {
    let commands = if is_notice { ["NOTICE", "PRIVMSG"] } else { ["PRIVMSG", "NOTICE"] };
    let text = match flaw {
        Flaw::TooLong => format!("{text} {}", "x".repeat(MESSAGE_BYTES)),
        Flaw::TooManyLines => text.to_owned() + &"\nx".repeat(MESSAGE_LINES),
        _ => text.to_owned(),
    };
    let label = if number.is_multiple_of(3) { "@label=x " } else { "" };
    let mut sent = format!("{label}BATCH +m{number} draft/multiline {target}\r\n");
    let mut put = |tags: &str, command: &str, target: &str, text: &str| {
        let _ = write!(sent, "@batch={tags} {command} {target} :{text}\r\n");
    };
    if flaw == Flaw::Stray {
        put("m0", commands[0], target, "of another one");
    }
    let (reference, concat) = (format!("m{number}"), format!("m{number};draft/multiline-concat"));
    for line in text.split('\n') {
        let middle = (line.len() / 2..=line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or_default();
        let (first, second) = line.split_at(middle);
        put(&reference, commands[0], target, first);
        put(&concat, commands[0], target, second);
    }
    match flaw {
        Flaw::Elsewhere => put(&reference, commands[0], "#elsewhere", "x"),
        Flaw::Mixed => put(&reference, commands[1], target, "x"),
        _ => {}
    }
    if flaw != Flaw::Endless {
        let _ = write!(sent, "BATCH -m{number}\r\n");
    }
    sent
}

impl World {
    /// A client sends a message of several lines, mostly to a room where it is; what is private is one line, in pieces.
    pub(super) fn send_lines(
        &mut self,
        person: Person,
        room: &str,
        (to, words, flaw): (Option<&str>, &str, Flaw),
        travel: Travel,
    ) {
        self.tokens += 1;
        let number = self.tokens;
        let words = if to.is_some() { words.replace('\n', " ").replace(": ", " ") } else { words.to_owned() };
        let text = format!("{words} n{number:06}");
        let is_notice = number.is_multiple_of(4);
        let stays = self.shadow.parts[person.part].stays.iter();
        let here: Vec<usize> =
            stays.filter(|stay| stay.is_begun && !stay.is_over).map(|stay| stay.stream).collect();
        let here = here.choose(&mut self.rng).filter(|_| self.rng.random_bool(0.9));
        let room = here.map_or(room, |stream| &self.shadow.streams[*stream].room);
        let target = to.map_or(format!("#{room}"), |to| to.split(' ').next().unwrap_or(to).to_owned());
        self.shadow.sends_lines(person.part, number, (to, &text, is_notice), flaw);
        self.send(person, lines(number, &target, &text, is_notice, flaw).as_bytes(), travel);
    }
}

impl Shadow {
    /// A client sends a message of several lines. `to`: a member; `None`: a room.
    fn sends_lines(
        &mut self,
        by: usize,
        number: u64,
        (to, text, is_notice): (Option<&str>, &str, bool),
        flaw: Flaw,
    ) {
        let part = &mut self.parts[by];
        // Both are over if one begins within another.
        let was_open = part.has_open_batch;
        part.has_open_batch = flaw == Flaw::Endless && !was_open;
        let is_answered = !part.has_open_batch;
        let is_heard = flaw.is_heard() && !was_open;
        let mark = if is_notice && to.is_none() { NOTICE } else { "" };
        self.several_lines.insert(number, is_heard.then(|| format!("{text}{mark}")));
        match to {
            _ if !is_answered => {}
            Some(to) => self.writes(by, number, Some(to), is_notice && is_heard),
            None => self.says(by, number, is_notice && is_heard),
        }
    }

    /// A message of several lines is heard so. An error says what is wrong with that.
    pub fn check_lines(&self, number: u64, text: &str) -> Result<(), String> {
        match self.several_lines.get(&number) {
            Some(None) => Err(format!("what is no whole message is heard: {text:?}")),
            Some(Some(sent)) if sent != text => Err(format!("{sent:?} is heard as {text:?}")),
            _ => Ok(()),
        }
    }
}
