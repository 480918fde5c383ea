//! `qr`: how others join, for who has to tell them.

use serde_json::json;

use crate::admin::call::{Call, Outcome};
use crate::hub::AdminApi;

/// Says how to join, with a code to scan where it can be drawn.
pub(super) fn qr(_: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let invitation = call.invitation;
    let data = json!({ "qr": invitation.url(), "ways": invitation.ways_from_elsewhere() });
    Ok(Outcome::done_with(invitation.lines("").join("\n"), data))
}
