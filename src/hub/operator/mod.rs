//! What operators may do, as a table: help, parsing and doing come from the same row, whether it was typed at the console or
//! came through the control socket.

#![expect(clippy::unnecessary_wraps, reason = "commands have one shape, and most can fail")]

mod bots;
mod journal;
mod measures;
mod people;
pub(super) mod retention;
mod rooms;
mod stats;

use std::fmt::Write;
use std::time::Instant;

use serde_json::Value;

use crate::base::text::clean;
use crate::hub::Hub;
use crate::journal::Ticket;

/// What the operator is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What came of it.
    Told {
        /// Whether it was done.
        ok: bool,
        /// For people: lines, without an end.
        text: String,
        /// For programs: what a command lists, or did something to; else null.
        data: Value,
    },
    /// Nothing yet: [`Hub::poll_answer`] has the answer under this ticket, some time.
    Later(Ticket),
    /// Nothing yet: the service is to end.
    Exit,
}

impl Answer {
    /// It was done.
    fn done(text: impl Into<String>) -> Answer {
        Answer::done_with(text, Value::Null)
    }

    /// It was done, and programs may want to know this of it.
    pub(super) fn done_with(text: impl Into<String>, data: Value) -> Answer {
        Answer::Told { ok: true, text: text.into(), data }
    }

    /// It was not done, for this reason.
    pub(super) fn failed(text: impl Into<String>) -> Answer {
        Answer::Told { ok: false, text: text.into(), data: Value::Null }
    }
}

/// A command of the operator's.
struct Command {
    name: &'static str,
    /// Other names of it.
    aliases: &'static [&'static str],
    /// What follows it, as help shows it.
    arguments: &'static str,
    help: &'static str,
    run: Run,
}

/// Does it. An error is an answer that says why not.
type Run = fn(&mut Hub, &Call<'_>) -> Result<Answer, String>;

/// A command as it was typed.
struct Call<'a> {
    rest: &'a str,
    now: Instant,
}

impl<'a> Call<'a> {
    /// The first word, and what follows it.
    fn first(&self) -> (&'a str, &'a str) {
        let (first, rest) = self.rest.split_once(char::is_whitespace).unwrap_or((self.rest, ""));
        (first, rest.trim())
    }
}

/// How wide the column of usages is, in characters.
const USAGE: usize = 26;

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
    run: Run,
) -> Command {
    Command { name, aliases, arguments, help, run }
}

#[rustfmt::skip]
const COMMANDS: [Command; 21] = [
    row("listConnections", &["list"], "", "who is connected, from where, and last heard when", people::list),
    row("rooms", &[], "", "which rooms there are", rooms::rooms),
    row("who", &[], "[ROOM]", "who is in a room, or in each", rooms::who),
    row("kick", &[], "NAME|ADDRESS:PORT [REASON]", "remove somebody; the reason may be several words", people::kick),
    row("ban", &[], "NAME|ADDRESS for TIME|for good [REASON]", "keep out a name or an address (192.0.2.0/24)", measures::ban),
    row("unban", &[], "NAME|ADDRESS", "let in again", measures::unban),
    row("bans", &[], "", "who is banned or muted", measures::bans),
    row("mute", &[], "NAME for TIME|for good [REASON]", "let somebody hear, and not speak", measures::mute),
    row("unmute", &[], "NAME", "let somebody speak again", measures::unmute),
    row("say", &[], "[ROOM] TEXT", "say something as the host of a room", rooms::say),
    row("host", &[], "ROOM start|stop|now", "have a host go on, pause, or act at once", rooms::host),
    row("bots", &[], "", "which bots there are, and what they do", bots::bots),
    row("bot", &[], "start|stop NAME [ROOM]", "have a bot take part, or not", bots::bot),
    row("open", &[], "ROOM=KIND", "open a room", rooms::open),
    row("close", &[], "ROOM", "close a room", rooms::close),
    row("export", &[], "ROOM [after MESSAGE]", "what was said in a room, a line of JSON each", journal::export),
    row("forget", &[], "NAME", "erase what somebody said, wherever it was", journal::forget),
    row("retention", &[], "[confirm]", "what is deleted for its age; that the clock is right", retention::retention),
    row("stats", &[], "", "what was counted since the start", stats::stats),
    row("help", &["-help", "man", "?"], "", "show this", |_, _| Ok(Answer::done(help()))),
    row("exit", &[], "", "tell everybody and stop the service", |_, _| Ok(Answer::Exit)),
];

/// All commands, each on a line.
pub fn help() -> String {
    let mut text = String::from("Commands:");
    for Command { name, aliases, arguments, help, .. } in &COMMANDS {
        let names = [&[*name], *aliases].concat().join(", ");
        let usage = format!("{names} {arguments}");
        // Its help stands below a usage that is too long to stand before it.
        let gap = if usage.len() > USAGE { format!("\n{:USAGE$}    ", "") } else { "  ".into() };
        let _ = write!(text, "\n  {usage:<USAGE$}{gap}{help}");
    }
    text
}

impl Hub {
    /// Does what the operator typed. A blank line does nothing.
    pub fn operate(&mut self, line: &str, now: Instant) -> Answer {
        // Names, reasons and what is not understood come back to terminals and logs.
        let line = clean(line.trim().as_bytes());
        let line = line.trim();
        if line.is_empty() {
            return Answer::done("");
        }
        if self.stopping && !line.eq_ignore_ascii_case("exit") {
            return Answer::failed("The service is stopping. Type exit once more to wait for nobody.");
        }
        let (typed, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let is_meant = |name: &&str| name.eq_ignore_ascii_case(typed);
        let found = COMMANDS.iter().find(|c| is_meant(&c.name) || c.aliases.iter().any(&is_meant));
        match found {
            Some(Command { name, arguments: "", .. }) if !rest.trim().is_empty() => {
                Answer::failed(format!("{name} takes nothing after it. Type {name} alone."))
            }
            Some(command) => {
                let answer =
                    (command.run)(self, &Call { rest: rest.trim(), now }).unwrap_or_else(Answer::failed);
                match answer {
                    Answer::Told { .. } if self.has_decided() => {
                        self.queries.answer_after(self.next_batch(), answer)
                    }
                    other => other,
                }
            }
            None => {
                Answer::failed(format!("There is no command \"{typed}\". Type help for those there are."))
            }
        }
    }
}
