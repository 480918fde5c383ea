//! Who is connected, and who is not to be any more.

use std::time::SystemTime;

use serde_json::json;

use crate::base::time::{local, utc};
use crate::chat::{parse_address, parse_reason};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::hub::session::{Session, Stage};

/// Why somebody is removed if the operator gives no reason.
const NO_REASON: &str = "no particular reason.";

/// What stands for a name that is not given yet.
const NO_NAME: &str = "(no name yet)";

pub(super) fn list(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
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
    Ok(Answer::done_with(text, data.into()))
}

pub(super) fn kick(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let (name, reason) = call.first();
    if name.is_empty() {
        return Err("Whom? Type: kick NAME|ADDRESS:PORT [REASON]".into());
    }
    let reason = Some(parse_reason(reason)).filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
    if parse_address(name).is_some() {
        let id = hub.connection_at(name)?;
        let shown = hub.sessions[id.0].peer.to_string();
        let member = hub.sessions[id.0].member().map(|member| hub.chat.who(member).name.to_string());
        hub.remove(id, &reason, call.now);
        hub.run_effects(call.now);
        let text = match &member {
            Some(name) => format!("User {name} was removed!"),
            None => format!("The connection from {shown} was removed!"),
        };
        return Ok(Answer::done_with(text, json!({ "name": member, "address": shown })));
    }
    // Who looks like somebody else is hard to type.
    let member = hub
        .chat
        .find_alike(name)
        .first()
        .copied()
        .ok_or_else(|| format!("There is no user \"{name}\". Type list for who is connected."))?;
    let name = hub.chat.who(member).name.to_string();
    hub.remove_member(member, &reason, call.now);
    Ok(Answer::done_with(format!("User {name} was removed!"), json!({ "name": name })))
}

impl Hub {
    /// The connection from this address and port; from an address alone, if there is one only. An error is a sentence.
    pub(super) fn connection_at(&self, text: &str) -> Result<SessionId, String> {
        let wanted = parse_address(text);
        let is_meant = |session: &Session| {
            wanted.is_some_and(|(address, port)| {
                let peer = session.peer;
                peer.ip().to_canonical() == address && port.is_none_or(|port| port == peer.port())
            })
        };
        let sessions =
            self.sessions.iter().filter(|(_, session)| !matches!(session.stage, Stage::Leaving { .. }));
        let found: Vec<_> = sessions.filter(|(_, session)| is_meant(session)).collect();
        match found.as_slice() {
            [] => Err(format!("There is no connection from {text}. Type list for those there are.")),
            [(id, _)] => Ok(SessionId(*id)),
            [(_, first), ..] => Err(format!(
                "{} connections come from {text}. Name one as list shows it, such as {}, or keep them all out: ban {text} \
                 for 1h",
                found.len(),
                first.peer
            )),
        }
    }

    /// Sessions that are not leaving: those with a name, in its order, then those without one yet.
    fn connections(&self) -> Vec<(String, &Session)> {
        let name = |session: &Session| match session.stage {
            Stage::Member { id, .. } => Some(self.chat.who(id).name.to_string()),
            Stage::Handshake { .. } => Some(NO_NAME.to_owned()),
            Stage::Leaving { .. } => None,
        };
        let sessions = self.sessions.iter().map(|(_, session)| session);
        let mut rows: Vec<_> = sessions.filter_map(|session| Some((name(session)?, session))).collect();
        rows.sort_by_key(|(name, _)| (name == NO_NAME, name.to_lowercase()));
        rows
    }
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
