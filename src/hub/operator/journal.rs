//! What was said: to take it away, and to have it erased.

use log::info;

use crate::base::name::{Name, NameKey};
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::journal::{Record, ThreadId};

pub(super) fn export(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let usage = || "Which room? Type: export ROOM, or to go on: export ROOM after MESSAGE".to_owned();
    let no_place = |message: &str| {
        format!(
            "{message} is no place to go on from: MESSAGE is written as `next` of an answer in JSON has it, such as 1.4711, \
             the number of the room's opening and that of the message."
        )
    };
    let words: Vec<&str> = call.rest.split_whitespace().collect();
    let (room, after) = match words.as_slice() {
        [room] => (*room, None),
        [room, after, message] if after.eq_ignore_ascii_case("after") => {
            (*room, Some(parse_place(message).ok_or_else(|| no_place(message))?))
        }
        _ => return Err(usage()),
    };
    Ok(Answer::Later(hub.queries.page(room, after, call.now)))
}

pub(super) fn forget(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: forget NAME".into());
    }
    // Not everything that was a name once still is one.
    let (name, key) = (Name::of_old(call.rest), NameKey::of(call.rest));
    info!("what {name} said is to be erased, as the operator orders");
    hub.chat.forget(&key);
    let ticket = hub.queries.erasure(name.as_str(), call.now);
    hub.gate.record(Record::Forget { key, ticket });
    Ok(Answer::Later(ticket))
}

/// `3.4711`: the message 4711 of the thread 3.
fn parse_place(text: &str) -> Option<(ThreadId, u64)> {
    let (thread, id) = text.split_once('.')?;
    Some((ThreadId(thread.parse().ok()?), id.parse().ok()?))
}
