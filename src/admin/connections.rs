//! Commands that list and close connections.

use std::fmt::Write;
use std::time::{Instant, SystemTime};

use serde_json::json;

use crate::admin::call::{Call, Outcome};
use crate::base::text::{ago, plural};
use crate::base::time::utc;
use crate::chat::{parse_address, parse_reason};
use crate::hub::{AdminApi, ConnectionInfo};

/// The reason for a removal, if the operator gives none.
const NO_REASON: &str = "no particular reason.";

/// Shown for a connection without a name.
const NO_NAME: &str = "(no name yet)";

/// The heads of the table.
const HEADS: [&str; 6] = ["Username", "Address:Port", "Last received", "Since", "Speaks", "Room"];

/// `list`: people by name, then bots, then connections without a name.
pub(super) fn list(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let mut connections = hub.view().connections();
    connections.sort_by_cached_key(|it| {
        (it.name.is_none(), it.is_bot, it.name.as_ref().map(|name| name.as_str().to_lowercase()))
    });
    let mut rows = Vec::new();
    let mut data = Vec::new();
    for it in connections {
        let before = |at: Instant| call.now.saturating_duration_since(at);
        let when = |at: Instant| utc(call.wall.checked_sub(before(at)).unwrap_or(SystemTime::UNIX_EPOCH));
        let (name, address) = (it.name.map(|name| name.to_string()), it.peer.to_string());
        data.push(json!({
            "name": name, "bot": it.is_bot, "address": address, "dialect": it.dialect, "rooms": it.rooms,
            "since": when(it.since), "last_received": when(it.last_received),
        }));
        let name = name.unwrap_or_else(|| NO_NAME.to_owned());
        let (last, since) = (ago(before(it.last_received)), ago(before(it.since)));
        rows.push([name, address, last, since, it.dialect.to_owned(), it.rooms.join(", ")]);
    }
    let mut text = if rows.is_empty() { "Nobody is connected.".into() } else { table(&rows) };
    let fetching = hub.view().entry.http_connections();
    if fetching > 0 {
        let over_http = plural(fetching, "connection");
        let _ = write!(text, "\nOver HTTP, from browsers that fetch the page: {over_http}.");
    }
    Ok(Outcome::done_with(text, data.into()))
}

pub(super) fn kick(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (name, reason) = call.first();
    if name.is_empty() {
        return Err("Whom? Type: kick NAME|ADDRESS:PORT [REASON]".into());
    }
    let reason = Some(parse_reason(reason)).filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
    if parse_address(name).is_some() {
        let ConnectionInfo { id, name, peer, .. } = connection_at(hub, name)?;
        hub.remove_connection(id, &reason, call.now);
        let (name, address) = (name.map(|name| name.to_string()), peer.to_string());
        let text = match &name {
            Some(name) => format!("User {name} was removed!"),
            None => format!("The connection from {address} was removed!"),
        };
        return Ok(Outcome::done_with(text, json!({ "name": name, "address": address })));
    }
    // A confusable name will do, as some names are hard to type.
    let name = hub
        .remove_named(name, &reason, call.now)
        .ok_or_else(|| format!("There is no user \"{name}\". Type list to see who is connected."))?;
    Ok(Outcome::done_with(format!("User {name} was removed!"), json!({ "name": name.as_str() })))
}

/// The connection from this address and port, or the only connection from this address. An error is a sentence.
pub(super) fn connection_at(hub: &dyn AdminApi, text: &str) -> Result<ConnectionInfo, String> {
    let wanted = parse_address(text);
    let is_meant = |connection: &ConnectionInfo| {
        wanted.is_some_and(|(address, port)| {
            let peer = connection.peer;
            peer.ip().to_canonical() == address && port.is_none_or(|port| port == peer.port())
        })
    };
    let mut found: Vec<ConnectionInfo> = hub.view().connections().into_iter().filter(is_meant).collect();
    match (found.pop(), found.as_slice()) {
        (None, _) => Err(format!("There is no connection from {text}. Type list to see all.")),
        (Some(only), []) => Ok(only),
        (Some(_), [first, ..]) => Err(format!(
            "{} connections come from {text}. Name one as list shows it, such as {}, or keep them all out: ban {text} \
             for 1h",
            found.len() + 1,
            first.peer
        )),
    }
}

/// Columns under their heads, the first two set to the right.
fn table(rows: &[[String; 6]]) -> String {
    let heads = HEADS.map(str::to_owned);
    let all = || std::iter::once(&heads).chain(rows);
    let widths: [usize; 6] =
        std::array::from_fn(|column| all().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let cell = |(column, text): (usize, &String)| {
        let width = widths[column];
        if column < 2 { format!("{text:>width$}") } else { format!("{text:<width$}") }
    };
    let line = |row: &[String; 6]| row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ");
    let mut lines: Vec<String> = all().map(|row| line(row).trim_end().to_owned()).collect();
    lines.insert(1, "-".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)));
    lines.join("\n")
}
