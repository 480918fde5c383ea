//! The operators' commands as a table: each row holds the name, the help and the implementation.

use std::fmt::Write;
use std::time::Instant;

use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::admin::{
    Invitation, Reply, bots, connections, invite, manual_entry, messages, nodes, reload, retention, rooms,
    sanctions, stats, watch,
};
use crate::base::text::sanitize;
use crate::hub::AdminApi;

/// An operator's command.
struct Command {
    name: &'static str,
    aliases: &'static [&'static str],
    /// The arguments, as help shows them. Empty: it takes none.
    arguments: &'static str,
    help: &'static str,
    run: Run,
}

/// Runs a command. An error is a sentence for the operator.
type Run = fn(&mut dyn AdminApi, &Call<'_>) -> Result<Outcome, String>;

/// The width of the usage column, in characters.
const USAGE_COLUMN: usize = 26;

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
const COMMANDS: [Command; 27] = [
    row("listConnections", &["list"], "", "list connections: name, address, time last heard", connections::list),
    row("rooms", &[], "", "list the rooms", rooms::rooms),
    row("who", &[], "[ROOM]", "list who is in a room, or in each room", rooms::who),
    row("watch", &[], "ROOM|off", "be told who joins a room and who leaves it", watch::watch),
    row("kick", &[], "NAME|ADDRESS:PORT [REASON]", "disconnect somebody; the reason may be several words", connections::kick),
    row("ban", &[], "NAME|ADDRESS for TIME|for good [REASON]", "keep out a name, an address, or 192.0.2.0/24", sanctions::ban),
    row("unban", &[], "NAME|ADDRESS", "lift a ban", sanctions::unban),
    row("bans", &[], "", "list bans and mutes", sanctions::bans),
    row("mute", &[], "NAME for TIME|for good [REASON]", "let somebody listen but not speak", sanctions::mute),
    row("unmute", &[], "NAME", "lift a mute", sanctions::unmute),
    row("say", &[], "[ROOM] TEXT", "say something as the host of a room", rooms::say),
    row("host", &[], "ROOM start|stop|now", "resume a host, pause it, or have it act now", rooms::host),
    row("bots", &[], "", "list the bots and what they do", bots::bots),
    row("bot", &[], "start|stop NAME [ROOM]", "start or stop a bot", bots::bot),
    row("open", &[], "ROOM=KIND", "open a room", rooms::open),
    row("topic", &[], "ROOM [TEXT|-]", "show or set what a room is about; - removes it", rooms::topic),
    row("close", &[], "ROOM [confirm]", "close a room; confirm, if it is the first", rooms::close),
    row("export", &[], "ROOM [after MESSAGE]", "print a room's messages, a line of JSON each", messages::export),
    row("erase", &[], "ROOM MESSAGE", "erase one message; export shows their numbers", messages::erase),
    row("forget", &[], "NAME", "erase everything that somebody said", messages::forget),
    row("retention", &[], "[confirm]", "show what is deleted for its age; confirm the clock", retention::retention),
    row("nodes", &[], "", "list the servers that share rooms with this one", nodes::nodes),
    row("stats", &[], "", "show counters since the start", stats::stats),
    row("reload", &[], "", "read files again: operators, message of the day, others", reload::reload),
    row("qr", &[], "", "show how to join, with a QR code for phones", invite::qr),
    row("help", &["-help", "man", "?"], "[COMMAND]", "show all commands, or explain one", explain),
    row("exit", &[], "", "tell everybody and stop the server", |_, _| Ok(Outcome::Exit)),
];

/// The help: all commands, one on a line.
pub fn help() -> String {
    let mut text = String::from("Commands:");
    for Command { name, aliases, arguments, help, .. } in &COMMANDS {
        let names = [&[*name], *aliases].concat().join(", ");
        let usage = format!("{names} {arguments}");
        // After a usage that is too long for its column, the help goes to the next line.
        let is_wide = usage.len() > USAGE_COLUMN;
        let gap = if is_wide { format!("\n{:USAGE_COLUMN$}    ", "") } else { "  ".into() };
        let _ = write!(text, "\n  {usage:<USAGE_COLUMN$}{gap}{help}");
    }
    text
}

/// Runs a line that an operator typed. A blank line does nothing.
pub(super) fn run(hub: &mut dyn AdminApi, invitation: &Invitation, line: &str, now: Instant) -> Outcome {
    // Replies repeat names, reasons and unknown commands to terminals and logs.
    let line = sanitize(line.trim().as_bytes());
    let line = line.trim();
    if line.is_empty() {
        return Outcome::Done(Reply::done(""));
    }
    if hub.view().entry.is_stopping() && !line.eq_ignore_ascii_case("exit") {
        return Outcome::failed("The service is stopping. Type exit again to stop at once.");
    }
    let (typed, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let words = rest.split_whitespace().count();
    match find(typed) {
        Some(Command { name, arguments: "", .. }) if words > 0 => {
            Outcome::failed(format!("{name} takes no arguments. Type {name} alone."))
        }
        Some(Command { name, arguments, .. }) if words > 1 && !arguments.contains(' ') => {
            Outcome::failed(format!("{name} takes one word. Type: {name} {arguments}"))
        }
        Some(command) => {
            let call = Call { rest: rest.trim(), invitation, now, wall: hub.view().rooms.wall(now) };
            match (command.run)(hub, &call).unwrap_or_else(Outcome::failed) {
                Outcome::Done(reply) if hub.view().is_unstored() => {
                    Outcome::Pending(hub.journal().await_commit(), Pending::Commit(reply))
                }
                other => other,
            }
        }
        None => Outcome::failed(unknown(typed)),
    }
}

/// The names of all commands.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

fn find(typed: &str) -> Option<&'static Command> {
    let is_meant = |name: &&str| name.eq_ignore_ascii_case(typed);
    COMMANDS.iter().find(|c| is_meant(&c.name) || c.aliases.iter().any(&is_meant))
}

fn unknown(typed: &str) -> String {
    format!("There is no command \"{typed}\". Type help to see all.")
}

/// All commands; or one, as the manual explains it.
fn explain(_: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Ok(Outcome::done(help()));
    }
    let command = find(call.rest).ok_or_else(|| unknown(call.rest))?;
    Ok(Outcome::done(manual_entry::entry(command.name).unwrap_or_else(|| command.help.to_owned())))
}
