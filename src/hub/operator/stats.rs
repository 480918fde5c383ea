//! What was counted since the start, and what there is now.

use std::time::Duration;

use serde_json::json;

use crate::base::text::{in_words, plural};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::journal::{ForgetWork, Work};

pub(super) fn stats(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let uptime = call.now.saturating_duration_since(hub.stats.since).max(Duration::from_secs(1));
    let queued: Vec<usize> = hub
        .sessions
        .iter()
        .map(|(id, _)| hub.fanout.backlog(SessionId(id)))
        .filter(|cost| *cost > 0)
        .collect();
    let (waiting, owed): (usize, usize) = (queued.len(), queued.iter().sum());
    let memory = (hub.memory)();
    let (messages, received, sent) = (hub.stats.messages, hub.stats.received, hub.stats.sent);
    let (slow, refused) = (hub.stats.slow, hub.stats.refused);
    let leaving = hub.sessions.iter().filter(|(_, session)| session.is_leaving()).count();
    let (members, rooms, connections) = (hub.chat.count(), hub.chat.rooms().count(), hub.sessions.len());
    let (kept, unkept) = hub.durability();
    let (held, replays) = (hub.fanout.queued_bytes(), hub.fanout.replay_backlog());
    let sizes = hub.stats.sizes;
    let on_disk = sizes.map_or("nothing".into(), |it| {
        format!("{}, and {} in the log beside it", bytes(it.file), bytes(it.log))
    });
    let unfinished = hub.unfinished.bytes();
    let lines = [
        ("uptime", in_words(uptime)),
        ("connections", with_leaving(connections, leaving)),
        ("members", format!("{members}, {} of them bots of this server", hub.hosted.len())),
        ("rooms", rooms.to_string()),
        ("messages", messages.to_string()),
        ("kept", kept),
        ("on disk", on_disk),
        ("received", bytes(received)),
        ("sent", bytes(sent)),
        ("queues", format!("{} waiting for {}", bytes(owed as u64), plural(waiting, "reader"))),
        ("held", format!("{} of memory for that", bytes(held as u64))),
        ("replays", format!("{} still to come", bytes(replays as u64))),
        ("unfinished", format!("{} of messages without an end", bytes(unfinished as u64))),
        ("slow readers", format!("{slow} let go")),
        ("refusals", refused.to_string()),
        ("memory", memory.map_or("unknown".into(), bytes)),
    ];
    let work = &hub.stats.work;
    let lines = lines.into_iter().chain(long_work(work));
    let lines: Vec<String> = lines.map(|(what, value)| format!("{what:<12}  {value}")).collect();
    let forgetting = work.forget.as_ref().map(|it| {
        json!({ "name": it.key, "checked": it.checked, "of": it.of, "erased": it.erased, "waiting": work.forgets_waiting })
    });
    let data = json!({
        "forgetting": forgetting, "unindexed_messages": work.unindexed, "unchecked_messages": work.unchecked,
        "uptime_seconds": uptime.as_secs(), "connections": connections, "leaving": leaving, "members": members,
        "bots": hub.hosted.len(), "rooms": rooms, "messages": messages, "unkept_turns": unkept,
        "journal_bytes": sizes.map(|it| it.file), "journal_log_bytes": sizes.map(|it| it.log), "bytes_received": received,
        "bytes_sent": sent, "queued_bytes": owed, "queued_readers": waiting, "held_bytes": held, "replay_bytes": replays, "unfinished_bytes": unfinished,
        "slow_readers": slow,
        "refusals": refused, "memory_bytes": memory,
    });
    Ok(Answer::done_with(lines.join("\n"), data))
}

/// How many connections there are. Those that are being closed are not in the list of who is connected.
fn with_leaving(connections: usize, leaving: usize) -> String {
    match leaving {
        0 => connections.to_string(),
        _ => format!("{connections}, {leaving} of them being closed"),
    }
}

/// What the journal does beside, if it does something.
fn long_work(work: &Work) -> impl Iterator<Item = (&'static str, String)> {
    let forget = work.forget.as_ref().map(|it| {
        let waiting = match work.forgets_waiting {
            0 => String::new(),
            waiting => format!("; {} after that", plural(waiting, "name")),
        };
        let ForgetWork { key, checked, of, erased } = it;
        ("forgetting", format!("{key}: {checked} of {of} messages looked at, {erased} erased{waiting}"))
    });
    let index = work.unindexed.map(|left| ("indexing", format!("{left} older messages still to be indexed")));
    let check =
        work.unchecked.map(|left| ("checking", format!("the file: {left} messages still to be read")));
    forget.into_iter().chain(index).chain(check)
}

/// So many bytes, for people.
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
    fn long_work_is_told_while_there_is_some() {
        assert_eq!(long_work(&Work::default()).count(), 0);
        let forget = ForgetWork { key: "bob".into(), checked: 10, of: 500, erased: 2 };
        let work = Work { forget: Some(forget), forgets_waiting: 1, unindexed: Some(7), unchecked: Some(9) };
        let lines: Vec<String> = long_work(&work).map(|(what, value)| format!("{what}: {value}")).collect();
        let expected = [
            "forgetting: bob: 10 of 500 messages looked at, 2 erased; 1 name after that",
            "indexing: 7 older messages still to be indexed",
            "checking: the file: 9 messages still to be read",
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
