//! The `stats` command: counters since the start, and gauges.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome};
use crate::admin::own_node;
use crate::base::text::{in_words, plural};
use crate::hub::{AdminApi, Durability, Metrics, StatsReport};
use crate::journal::{ErasureProgress, MaintenanceProgress};

pub(super) fn stats(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let report = hub.view().stats();
    Ok(Outcome::done_with(lines(&report, call.now).join("\n"), data(&report, call.now)))
}

/// The statistics on one line, for the log.
pub fn stats_line(hub: &dyn AdminApi, now: Instant) -> String {
    lines(&hub.view().stats(), now).join("; ")
}

/// The statistics for people, one on a line.
fn lines(report: &StatsReport, now: Instant) -> Vec<String> {
    let metrics = &report.metrics;
    let on_disk = metrics.journal.map_or("nothing".into(), |it| {
        format!("{}, and {} of write-ahead log", bytes(it.file), bytes(it.log))
    });
    let lines = [
        ("uptime", in_words(uptime(metrics, now))),
        ("connections", with_leaving(report.connections, report.leaving)),
        ("http", format!("{} more for pages", plural(report.http_connections, "connection"))),
        ("members", format!("{}, {} of them bots of this server", report.members, report.bots)),
        ("rooms", report.rooms.to_string()),
        ("messages", metrics.messages.to_string()),
        ("stored", stored(&report.durability)),
        ("on disk", on_disk),
        ("received", bytes(metrics.received)),
        ("sent", bytes(metrics.sent)),
        (
            "queues",
            format!("{} queued for {}", bytes(report.queued as u64), plural(report.queued_readers, "client")),
        ),
        ("buffers", format!("{} of memory for these queues", bytes(report.held as u64))),
        ("replays", format!("{} still to come", bytes(report.replays as u64))),
        ("unfinished", format!("{} of incomplete messages", bytes(report.unfinished as u64))),
        ("slow readers", format!("{} disconnected", metrics.slow)),
        ("refusals", metrics.refused.to_string()),
        ("memory", (metrics.memory)().map_or("unknown".into(), bytes)),
    ];
    let cluster = report.node.iter().flat_map(|state| {
        [
            ("cluster", own_node::place(state, &metrics.log)),
            ("log", own_node::log(state, &metrics.log)),
            ("proposals", own_node::proposals(state, now)),
            ("engine", own_node::engine(&metrics.log)),
        ]
    });
    let lines = lines.into_iter().chain(cluster).chain(long_work(&metrics.maintenance));
    lines.map(|(what, value)| format!("{what:<12}  {value}")).collect()
}

/// The statistics for programs.
fn data(report: &StatsReport, now: Instant) -> Value {
    let metrics = &report.metrics;
    let work = &metrics.maintenance;
    let forgetting = work.erasure.as_ref().map(|it| {
        json!({ "name": it.key, "checked": it.checked, "of": it.of, "erased": it.erased, "waiting": work.erasures_queued })
    });
    json!({
        "cluster": report.node.as_ref().map(|state| own_node::data(state, &metrics.log, now)),
        "forgetting": forgetting, "unindexed_messages": work.unindexed, "unchecked_messages": work.unchecked,
        "uptime_seconds": uptime(metrics, now).as_secs(), "connections": report.connections, "leaving": report.leaving,
        "http_connections": report.http_connections,
        "members": report.members, "bots": report.bots, "rooms": report.rooms, "messages": metrics.messages,
        "unkept_turns": report.durability.in_flight, "journal_bytes": metrics.journal.map(|it| it.file),
        "journal_log_bytes": metrics.journal.map(|it| it.log), "bytes_received": metrics.received,
        "bytes_sent": metrics.sent, "queued_bytes": report.queued, "queued_readers": report.queued_readers,
        "held_bytes": report.held, "replay_bytes": report.replays, "unfinished_bytes": report.unfinished,
        "slow_readers": metrics.slow, "refusals": metrics.refused, "memory_bytes": (metrics.memory)(),
    })
}

fn uptime(metrics: &Metrics, now: Instant) -> Duration {
    now.saturating_duration_since(metrics.since).max(Duration::from_secs(1))
}

/// Which messages are stored.
fn stored(Durability { degraded, is_persistent, in_flight }: &Durability) -> String {
    match degraded {
        Some(why) => format!("nothing for now: {why}"),
        None if !is_persistent => "in memory only, until the server ends".to_owned(),
        None if *in_flight == 0 => "everything".to_owned(),
        None => format!(
            "everything but {} in flight",
            if *in_flight == 1 { "1 batch".into() } else { format!("{in_flight} batches") }
        ),
    }
}

/// The number of connections. `list` does not show those that are being closed.
fn with_leaving(connections: usize, leaving: usize) -> String {
    match leaving {
        0 => connections.to_string(),
        _ => format!("{connections}, {leaving} of them being closed"),
    }
}

/// The journal's background work, if any.
fn long_work(work: &MaintenanceProgress) -> impl Iterator<Item = (&'static str, String)> {
    let forget = work.erasure.as_ref().map(|it| {
        let waiting = match work.erasures_queued {
            0 => String::new(),
            waiting => format!("; {} after that", plural(waiting, "name")),
        };
        let ErasureProgress { key, checked, of, erased } = it;
        ("forgetting", format!("{key}: {checked} of {of} messages checked, {erased} erased{waiting}"))
    });
    let index = work.unindexed.map(|count| ("indexing", format!("{count} older messages not indexed yet")));
    let check =
        work.unchecked.map(|count| ("checking", format!("the file: {count} messages not checked yet")));
    forget.into_iter().chain(index).chain(check)
}

/// A number of bytes for people: `1.5 KiB`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return plural(usize::try_from(count).unwrap_or_default(), "byte");
    }
    let mut unit = 0;
    let mut rest = count;
    while rest >= 1024 * 1024 && unit + 1 < UNITS.len() {
        rest /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", rest / 1024, rest % 1024 * 10 / 1024, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_work_has_lines_while_it_runs() {
        assert_eq!(long_work(&MaintenanceProgress::default()).count(), 0);
        let forget = ErasureProgress { key: "bob".into(), checked: 10, of: 500, erased: 2 };
        let work = MaintenanceProgress {
            erasure: Some(forget),
            erasures_queued: 1,
            unindexed: Some(7),
            unchecked: Some(9),
        };
        let lines: Vec<String> = long_work(&work).map(|(what, value)| format!("{what}: {value}")).collect();
        let expected = [
            "forgetting: bob: 10 of 500 messages checked, 2 erased; 1 name after that",
            "indexing: 7 older messages not indexed yet",
            "checking: the file: 9 messages not checked yet",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn connections_that_are_being_closed_are_told_apart() {
        assert_eq!(with_leaving(3, 0), "3");
        assert_eq!(with_leaving(3, 2), "3, 2 of them being closed");
    }

    #[test]
    fn bytes_for_people() {
        for (count, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1024 * 1024 - 1, "1023.9 KiB"),
            (5 * 1024 * 1024, "5.0 MiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(bytes(count), shown);
        }
    }
}
