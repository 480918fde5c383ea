//! The `retention` command: shows what is deleted for its age or size, and confirms the clock if it is in doubt.

use log::info;
use serde_json::json;

use crate::admin::Reply;
use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::admin::stats::bytes;
use crate::base::text::{in_words, plural};
use crate::base::time::{local_minute, utc};
use crate::hub::AdminApi;
use crate::journal::RetentionReport;

pub(super) fn retention(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let confirm = match call.rest {
        "" => false,
        word if word.eq_ignore_ascii_case("confirm") => true,
        _ => return Err("Type: retention, or if the clock is right: retention confirm".into()),
    };
    if !hub.view().operators.is_persistent() {
        return Err("Nothing is stored on disk, so there is nothing to delete.".into());
    }
    let ticket = hub.journal().retention(confirm, call.now);
    if confirm {
        info!("the operator confirms the clock");
    }
    Ok(Outcome::Pending(ticket, Pending::Retention { confirm }))
}

/// The reply: the limits, the usage, and which messages are due for deletion. `confirm`: the operator confirmed the clock.
pub(super) fn reply(retention: &RetentionReport, confirm: bool) -> Reply {
    let RetentionReport { keep, keep_bytes, used_bytes, lead, messages, said } = retention;
    let size = format!(
        "{} of {} (--keep-size) are used, with the write-ahead log",
        bytes(*used_bytes),
        bytes(*keep_bytes)
    );
    let kept = match keep {
        Some(keep) => format!("Messages are kept for {} (--keep); {size}.", in_words(*keep)),
        None => format!("Messages are kept forever (--keep off); {size}."),
    };
    let old = said.map(|(first, last)| {
        let count = plural(usize::try_from(*messages).unwrap_or(usize::MAX), "message");
        format!("about {count}, said from {} to {}", local_minute(first), local_minute(last))
    });
    let more = match (lead, old) {
        (Some(_), None) if confirm => "The clock is confirmed. No message is too old.".to_owned(),
        (Some(_), Some(old)) if confirm => {
            format!("The clock is confirmed. Messages that are too old are being deleted: {old}.")
        }
        (None, _) if confirm => "There is nothing to confirm: the clock is as expected.".to_owned(),
        (Some(lead), Some(old)) => format!(
            "The clock is {} ahead of the expected time: it is wrong, or the server was off. Messages that are too old by it \
             are not deleted yet: {old}. If the clock is right, type: retention confirm. If it is wrong, set it.",
            in_words(*lead)
        ),
        (Some(lead), None) => format!(
            "The clock is {} ahead of the expected time. No message is too old by it. If it is right, type: retention confirm",
            in_words(*lead)
        ),
        (None, Some(old)) => format!("Deleted within about a minute: {old}."),
        (None, None) => "No message is too old.".to_owned(),
    };
    let data = json!({
        "keep_seconds": keep.map(|keep| keep.as_secs()), "keep_bytes": keep_bytes, "used_bytes": used_bytes,
        "waits": lead.is_some() && !confirm, "clock_ahead_seconds": lead.map(|lead| lead.as_secs()),
        "messages": messages, "from": said.map(|said| utc(said.0)), "to": said.map(|said| utc(said.1)),
    });
    Reply::done_with(format!("{kept}\n{more}"), data)
}
