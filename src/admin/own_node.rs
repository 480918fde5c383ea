//! What operators read of this server's own part in a cluster: how far it is in the log, what it proposes, and the engine.

use std::time::Instant;

use serde_json::{Value, json};

use crate::base::text::plural;
use crate::cluster::NodeState;
use crate::cluster::log::LogFigures;

/// The state and the place in the log.
pub(super) fn place(state: &NodeState, figures: &LogFigures) -> String {
    let epoch = state.epoch.map_or(String::new(), |epoch| format!(", epoch {epoch}"));
    let last = figures.last.max(state.applied);
    let behind = match last - state.applied {
        1 => "1 entry".to_owned(),
        behind => format!("{behind} entries"),
    };
    format!(
        "{}{epoch}, {} of {last} entries of the log carried out, {behind} behind",
        state.name, state.applied
    )
}

/// What the log has.
pub(super) fn log(state: &NodeState, figures: &LogFigures) -> String {
    let snapshot = match state.snapshot {
        0 => "there is no snapshot yet".to_owned(),
        entry => format!("the last snapshot is of entry {entry}"),
    };
    format!("from entry {} on; {snapshot}", first(state, figures))
}

fn first(state: &NodeState, figures: &LogFigures) -> u64 {
    figures.first.max(state.first).max(1)
}

/// What it proposes.
pub(super) fn proposals(state: &NodeState, now: Instant) -> String {
    let under_way = state.under_way.map_or("no batch under way".to_owned(), |since| {
        format!("a batch under way for {} ms", now.saturating_duration_since(since).as_millis())
    });
    let (records, size) = state.queued;
    let waiting = match records {
        0 => "no records wait".to_owned(),
        1 => format!("1 record waits ({size} bytes)"),
        _ => format!("{records} records wait ({size} bytes)"),
    };
    let private = plural(state.private_messages, "private message");
    format!("{under_way}, {waiting}, {private} to other servers not answered")
}

/// The engine.
pub(super) fn engine(figures: &LogFigures) -> String {
    let server = figures.server.as_deref().unwrap_or("no server answers");
    let reconnects = plural(usize::try_from(reconnects(figures)).unwrap_or(usize::MAX), "reconnect");
    format!(
        "{server}, {reconnects}; batches: {} sent, {} sent again, {} given up; the last one was heard after {} ms",
        figures.sent,
        figures.sent_again,
        figures.given_up,
        figures.echoed_after.as_millis()
    )
}

fn reconnects(figures: &LogFigures) -> u64 {
    figures.connections.saturating_sub(1)
}

/// All of it, for programs.
pub(super) fn data(state: &NodeState, figures: &LogFigures, now: Instant) -> Value {
    let millis = |since: Instant| u64::try_from(now.saturating_duration_since(since).as_millis()).ok();
    json!({
        "state": state.name, "epoch": state.epoch, "applied": state.applied, "last": figures.last.max(state.applied),
        "first": first(state, figures), "snapshot": (state.snapshot > 0).then_some(state.snapshot),
        "under_way_ms": state.under_way.and_then(millis), "queued_records": state.queued.0, "queued_bytes": state.queued.1,
        "unanswered_private_messages": state.private_messages, "server": figures.server.as_deref(), "reconnects": reconnects(figures),
        "batches_sent": figures.sent, "batches_sent_again": figures.sent_again, "batches_duplicate": figures.duplicates,
        "batches_given_up": figures.given_up, "fetches": figures.fetches,
        "acknowledged_after_us": u64::try_from(figures.acknowledged_after.as_micros()).ok(),
        "heard_after_us": u64::try_from(figures.echoed_after.as_micros()).ok(),
    })
}
