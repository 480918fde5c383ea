//! What `salon cluster check` prints.

use std::fmt::Write;

use bytesize::ByteSize;

use crate::base::text::{plural, sanitize};
use crate::engine::{LogState, Replica, ServerReport, ServerState};

/// The report for people, a line for each server and for the log; and whether all is well.
pub fn report(servers: &[ServerReport]) -> (String, bool) {
    let mut text = String::new();
    let mut is_well = true;
    for (address, state) in servers {
        match state {
            Ok(ServerState { version, answered_after, missing, .. }) => {
                let _ = writeln!(text, "{address}: version {version}, answers in {answered_after:.1?}");
                is_well &= missing.is_empty();
                for why in missing {
                    let _ = writeln!(text, "{address}: {why}");
                }
            }
            Err(why) => {
                is_well = false;
                let _ = writeln!(text, "{}", sanitize(why.as_bytes()));
            }
        }
    }
    let states = || servers.iter().filter_map(|(_, state)| state.as_ref().ok());
    match states().find_map(|state| state.log.as_ref()) {
        Some(log) => is_well &= describe(log, &mut text),
        None if states().next().is_some() => {
            text.push_str("There is no log yet: the first node makes it.\n");
        }
        None => {}
    }
    text.push_str(if is_well { "All is well." } else { "Not all is well." });
    (text, is_well)
}

/// Describes the log; returns whether all servers have it.
fn describe(log: &LogState, text: &mut String) -> bool {
    let (first, last) = log.entries;
    let size = ByteSize(log.bytes);
    let _ = match last.checked_sub(first) {
        Some(_) => writeln!(text, "The log has the entries {first} to {last}, {size} on each server."),
        None => writeln!(text, "The log is empty."),
    };
    if let Some(leader) = &log.leader {
        let _ = writeln!(text, "{} orders it.", sanitize(leader.as_bytes()));
    }
    let mut is_well = true;
    for Replica { name, current, offline, lag } in &log.replicas {
        let name = sanitize(name.as_bytes());
        is_well &= *current && !offline;
        let _ = match (offline, current) {
            (true, _) => writeln!(text, "{name} has a copy, and is not heard from."),
            (false, true) => writeln!(text, "{name} has a copy of all of it."),
            (false, false) => {
                let lag = plural(usize::try_from(*lag).unwrap_or(usize::MAX), "operation");
                writeln!(text, "{name} has a copy, and is {lag} behind.")
            }
        };
    }
    is_well
}
