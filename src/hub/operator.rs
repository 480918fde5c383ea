//! What the operator may type, as a table: help, parsing and doing come from the same row.

use std::fmt::Write;
use std::time::{Instant, SystemTime};

use log::info;
use serde_json::{Value, json};

use crate::base::limits::MESSAGE_BYTES;
use crate::base::text::clean;
use crate::base::time::{local, utc};
use crate::bots::Character;
use crate::hub::Hub;
use crate::hub::session::{Session, Stage};

/// Why somebody is removed if the operator gives no reason.
const NO_REASON: &str = "no particular reason.";

/// What stands for a name that is not given yet.
const NO_NAME: &str = "(no name yet)";

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
    /// Nothing yet: the service is to end.
    Exit,
}

impl Answer {
    /// It was done.
    fn done(text: impl Into<String>) -> Answer {
        Answer::done_with(text, Value::Null)
    }

    /// It was done, and programs may want to know this of it.
    fn done_with(text: impl Into<String>, data: Value) -> Answer {
        Answer::Told { ok: true, text: text.into(), data }
    }

    /// It was not done, for this reason.
    fn failed(text: impl Into<String>) -> Answer {
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
    run: fn(&mut Hub, &Call<'_>) -> Answer,
}

/// A command as it was typed.
struct Call<'a> {
    rest: &'a str,
    now: Instant,
}

const COMMANDS: [Command; 7] = [
    Command {
        name: "listConnections",
        aliases: &["list"],
        arguments: "",
        help: "list who is connected, from where, and when they were last heard from",
        run: list_connections,
    },
    Command {
        name: "kick",
        aliases: &[],
        arguments: " NAME [REASON]",
        help: "remove a user; the reason may be several words",
        run: kick,
    },
    Command { name: "say", aliases: &[], arguments: " TEXT", help: "say something as the host", run: say },
    Command {
        name: "bots",
        aliases: &[],
        arguments: "",
        help: "list the bots, and whether they take part",
        run: bots,
    },
    Command {
        name: "bot",
        aliases: &[],
        arguments: " start|stop NAME",
        help: "have a bot take part, or not",
        run: bot,
    },
    Command {
        name: "help",
        aliases: &["-help", "man", "?"],
        arguments: "",
        help: "show this",
        run: |_, _| Answer::done(help()),
    },
    Command {
        name: "exit",
        aliases: &[],
        arguments: "",
        help: "tell everybody and stop the service",
        run: |_, _| Answer::Exit,
    },
];

/// All commands, each on a line.
pub fn help() -> String {
    let mut text = String::from("Commands:");
    for Command { name, arguments, aliases, help, .. } in &COMMANDS {
        let usage = format!("{name}{arguments}");
        let _ = write!(text, "\n  {usage:<20}  {help}");
        if !aliases.is_empty() {
            let _ = write!(text, " (also: {})", aliases.join(", "));
        }
    }
    text
}

impl Hub {
    /// Does what the operator typed. A blank line does nothing.
    pub fn operate(&mut self, line: &str, now: Instant) -> Answer {
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
            Some(command) => (command.run)(self, &Call { rest: rest.trim(), now }),
            None => {
                Answer::failed(format!("There is no command \"{typed}\". Type help for those there are."))
            }
        }
    }

    /// Sessions that are not leaving: those with a name, in its order, then those without one yet.
    fn connections(&self) -> Vec<(String, &Session)> {
        let name = |session: &Session| match session.stage {
            Stage::Member { id, .. } => Some(self.chat.who(id).name.to_string()),
            Stage::Arriving { .. } => Some(NO_NAME.to_owned()),
            Stage::Leaving => None,
        };
        let sessions = self.sessions.iter().map(|(_, session)| session);
        let mut rows: Vec<_> = sessions.filter_map(|session| Some((name(session)?, session))).collect();
        rows.sort_by_key(|(name, _)| (name == NO_NAME, name.to_lowercase()));
        rows
    }
}

fn list_connections(hub: &mut Hub, call: &Call<'_>) -> Answer {
    let mut rows = Vec::new();
    let mut data = Vec::new();
    for (name, session) in hub.connections() {
        let ago = call.now.saturating_duration_since(session.last_received);
        let when = hub.wall(call.now).checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
        let address = session.peer.to_string();
        let known = (name != NO_NAME).then_some(&name);
        data.push(json!({ "name": known, "address": address, "last_received": utc(when) }));
        rows.push([name, address, local(when)]);
    }
    let head = ["Username", "Address:Port", "Time last received"].map(str::to_owned);
    let text = if rows.is_empty() { "Nobody is connected.".into() } else { table(&head, &rows) };
    Answer::done_with(text, data.into())
}

/// Columns under their heads, the first two set to the right.
fn table(head: &[String; 3], rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        let cells = std::iter::once(head).chain(rows).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    let line = |[a, b, c]: &[String; 3]| format!("{a:>first$}  {b:>second$}  {c}");
    let rule = "-".repeat(first + second + width(2) + 4);
    let lines: Vec<String> = [line(head), rule].into_iter().chain(rows.iter().map(line)).collect();
    lines.join("\n")
}

fn kick(hub: &mut Hub, call: &Call<'_>) -> Answer {
    let (name, reason) = call.rest.split_once(char::is_whitespace).unwrap_or((call.rest, ""));
    if name.is_empty() {
        return Answer::failed("Whom? Type: kick NAME [REASON]");
    }
    let Some(member) = hub.chat.find(name) else {
        return Answer::failed(format!("There is no user \"{name}\". Type list for who is connected."));
    };
    let reason = if reason.is_empty() { NO_REASON.into() } else { clean(reason.trim().as_bytes()) };
    let name = hub.chat.who(member).name.to_string();
    hub.remove_member(member, &reason, call.now);
    Answer::done_with(format!("User {name} was removed!"), json!({ "name": name }))
}

fn say(hub: &mut Hub, call: &Call<'_>) -> Answer {
    let text = clean(call.rest.as_bytes());
    if text.is_empty() {
        return Answer::failed("What? Type: say TEXT");
    }
    if text.len() > MESSAGE_BYTES {
        return Answer::failed(format!("That is longer than {MESSAGE_BYTES} bytes. Say it in parts."));
    }
    info!("the operator says something as the host");
    hub.chat.host_says(&text, hub.wall(call.now));
    hub.deliver(call.now);
    Answer::done(match hub.chat.count() {
        0 => "Said, and nobody is here to hear it.",
        _ => "Said.",
    })
}

fn bots(hub: &mut Hub, _: &Call<'_>) -> Answer {
    let lines = hub.bots().map(|(character, takes_part)| {
        let state = if takes_part { "takes part" } else { "stopped" };
        format!("{:<15}  {state}", character.name())
    });
    let data = hub
        .bots()
        .map(|(character, takes_part)| json!({ "name": character.name(), "takes_part": takes_part }));
    Answer::done_with(lines.join("\n"), data.to_vec().into())
}

fn bot(hub: &mut Hub, call: &Call<'_>) -> Answer {
    let (what, name) = call.rest.split_once(char::is_whitespace).unwrap_or((call.rest, ""));
    let is_start = what.eq_ignore_ascii_case("start");
    if name.trim().is_empty() || (!is_start && !what.eq_ignore_ascii_case("stop")) {
        return Answer::failed("Type: bot start NAME, or: bot stop NAME. Type bots for their names.");
    }
    let done = name.trim().parse().and_then(|character: Character| {
        let done =
            if is_start { hub.start_bot(character, call.now) } else { hub.stop_bot(character, call.now) };
        done.map(|()| character)
    });
    match done {
        Ok(character) => {
            let state = if is_start { "takes part" } else { "is stopped" };
            Answer::done(format!("{} {state}.", character.name()))
        }
        Err(why) => Answer::failed(format!("Not done: {why}")),
    }
}
