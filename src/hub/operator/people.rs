//! Who is connected, and who is not to be any more.

use std::time::SystemTime;

use serde_json::json;

use crate::base::text::clean;
use crate::base::time::{local, utc};
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
        return Err("Whom? Type: kick NAME [REASON]".into());
    }
    // Who looks like somebody else is hard to type.
    let member = hub
        .chat
        .find_alike(name)
        .first()
        .copied()
        .ok_or_else(|| format!("There is no user \"{name}\". Type list for who is connected."))?;
    let reason = if reason.is_empty() { NO_REASON.into() } else { clean(reason.as_bytes()) };
    let name = hub.chat.who(member).name.to_string();
    hub.remove_member(member, &reason, call.now);
    Ok(Answer::done_with(format!("User {name} was removed!"), json!({ "name": name })))
}

impl Hub {
    /// Sessions that are not leaving: those with a name, in its order, then those without one yet.
    fn connections(&self) -> Vec<(String, &Session)> {
        let name = |session: &Session| match session.stage {
            Stage::Member { id, .. } => Some(self.chat.who(id).name.to_string()),
            Stage::Arriving { .. } => Some(NO_NAME.to_owned()),
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
