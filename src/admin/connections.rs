//! Commands that list and close connections.

use std::time::SystemTime;

use serde_json::json;

use crate::admin::call::{Call, Outcome};
use crate::base::time::{local, utc};
use crate::chat::{parse_address, parse_reason};
use crate::hub::{AdminApi, ConnectionInfo};

/// The reason for a removal, if the operator gives none.
const NO_REASON: &str = "no particular reason.";

/// Shown for a connection without a name.
const NO_NAME: &str = "(no name yet)";

/// `list`: connections by name, then those without a name.
pub(super) fn list(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let mut connections = hub.view().connections();
    let order =
        |it: &ConnectionInfo| (it.name.is_none(), it.name.as_ref().map(|name| name.as_str().to_lowercase()));
    connections.sort_by_cached_key(order);
    let mut rows = Vec::new();
    let mut data = Vec::new();
    for ConnectionInfo { name, peer, last_received, .. } in connections {
        let ago = call.now.saturating_duration_since(last_received);
        let when = call.wall.checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
        let (name, address) = (name.map(|name| name.to_string()), peer.to_string());
        data.push(json!({ "name": name, "address": address, "last_received": utc(when) }));
        rows.push([name.unwrap_or_else(|| NO_NAME.to_owned()), address, local(when)]);
    }
    let head = ["Username", "Address:Port", "Time last received"].map(str::to_owned);
    let text = if rows.is_empty() { "Nobody is connected.".into() } else { table(&head, &rows) };
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

/// A table of three columns with a heading. The first two columns are right-aligned.
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
