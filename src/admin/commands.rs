//! The commands, as a table: help, parsing and doing come from the same row.

use std::fmt::Write;
use std::time::Instant;

use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::admin::{Reply, bots, connections, messages, retention, rooms, sanctions, stats};
use crate::base::text::sanitize;
use crate::hub::AdminApi;

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
type Run = fn(&mut dyn AdminApi, &Call<'_>) -> Result<Outcome, String>;

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
    row("listConnections", &["list"], "", "who is connected, from where, and last heard when", connections::list),
    row("rooms", &[], "", "which rooms there are", rooms::rooms),
    row("who", &[], "[ROOM]", "who is in a room, or in each", rooms::who),
    row("kick", &[], "NAME|ADDRESS:PORT [REASON]", "remove somebody; the reason may be several words", connections::kick),
    row("ban", &[], "NAME|ADDRESS for TIME|for good [REASON]", "keep out a name or an address (192.0.2.0/24)", sanctions::ban),
    row("unban", &[], "NAME|ADDRESS", "let in again", sanctions::unban),
    row("bans", &[], "", "who is banned or muted", sanctions::bans),
    row("mute", &[], "NAME for TIME|for good [REASON]", "let somebody hear, and not speak", sanctions::mute),
    row("unmute", &[], "NAME", "let somebody speak again", sanctions::unmute),
    row("say", &[], "[ROOM] TEXT", "say something as the host of a room", rooms::say),
    row("host", &[], "ROOM start|stop|now", "have a host go on, pause, or act at once", rooms::host),
    row("bots", &[], "", "which bots there are, and what they do", bots::bots),
    row("bot", &[], "start|stop NAME [ROOM]", "have a bot take part, or not", bots::bot),
    row("open", &[], "ROOM=KIND", "open a room", rooms::open),
    row("close", &[], "ROOM", "close a room", rooms::close),
    row("export", &[], "ROOM [after MESSAGE]", "what was said in a room, a line of JSON each", messages::export),
    row("forget", &[], "NAME", "erase what somebody said, wherever it was", messages::forget),
    row("retention", &[], "[confirm]", "what is deleted for its age; that the clock is right", retention::retention),
    row("stats", &[], "", "what was counted since the start", stats::stats),
    row("help", &["-help", "man", "?"], "", "show this", |_, _| Ok(Outcome::done(help()))),
    row("exit", &[], "", "tell everybody and stop the service", |_, _| Ok(Outcome::Exit)),
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

/// Does what an operator typed. A blank line does nothing.
pub(super) fn run(hub: &mut dyn AdminApi, line: &str, now: Instant) -> Outcome {
    // Names, reasons and what is not understood come back to terminals and logs.
    let line = sanitize(line.trim().as_bytes());
    let line = line.trim();
    if line.is_empty() {
        return Outcome::Done(Reply::done(""));
    }
    if hub.is_stopping() && !line.eq_ignore_ascii_case("exit") {
        return Outcome::failed("The service is stopping. Type exit once more to wait for nobody.");
    }
    let (typed, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let is_meant = |name: &&str| name.eq_ignore_ascii_case(typed);
    let found = COMMANDS.iter().find(|c| is_meant(&c.name) || c.aliases.iter().any(&is_meant));
    match found {
        Some(Command { name, arguments: "", .. }) if !rest.trim().is_empty() => {
            Outcome::failed(format!("{name} takes nothing after it. Type {name} alone."))
        }
        Some(command) => {
            let call = Call { rest: rest.trim(), now, wall: hub.wall(now) };
            match (command.run)(hub, &call).unwrap_or_else(Outcome::failed) {
                Outcome::Done(reply) => match hub.await_commit() {
                    Some(ticket) => Outcome::Pending(ticket, Pending::Commit(reply)),
                    None => Outcome::Done(reply),
                },
                other => other,
            }
        }
        None => Outcome::failed(format!("There is no command \"{typed}\". Type help for those there are.")),
    }
}
