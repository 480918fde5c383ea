//! Commands that add, lift and list bans and mutes.

use std::fmt::Write;

use log::info;
use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome};
use crate::admin::connections::connection_at;
use crate::base::confusables::Confusable;
use crate::base::name::NameKey;
use crate::base::text::{in_words, list, plural};
use crate::base::time::utc;
use crate::chat::{Sanction, Target, parse_address, parse_ban, parse_mute, parse_target};
use crate::hub::{AdminApi, NotBanned};

pub(super) fn ban(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let request = parse_ban(call.rest)?;
    let (target, shown, time) = (request.whom.clone(), request.shown.clone(), request.time);
    let (ban, removed) = hub.ban(request, call.now).map_err(|why| match why {
        NotBanned::HostedBot => {
            format!("{shown} is a bot of this server. To have it leave, type: bot stop {shown}")
        }
        NotBanned::Full(full) => full.to_string(),
    })?;
    let mut text = format!("{} is banned {}.", ban.whom, ban.lasts(call.wall));
    if !removed.is_empty() {
        let _ = write!(text, " {} removed.", were(removed.len()));
    }
    if let (Target::Name(_), [address]) = (&target, removed.as_slice()) {
        let time = time.map_or("good".into(), in_words);
        let _ = write!(text, " To keep them out under any name, type: ban {address} for {time}");
    }
    Ok(Outcome::done_with(text, data(&ban)))
}

pub(super) fn unban(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unban NAME|ADDRESS. The command bans lists them.".into());
    }
    let (target, shown) = parse_target(call.rest)?;
    let ban = hub.unban(&target, &shown, call.now);
    let ban = ban.map_err(|others| not_lifted(&shown, "banned", "unban", &others))?;
    info!("the ban on {} is lifted", ban.whom);
    let text = format!("{}The ban on {} is lifted.", instead(&shown, &ban, "banned"), ban.whom);
    Ok(Outcome::done_with(text, data(&ban)))
}

pub(super) fn mute(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (whom, rest) = call.first();
    let request = parse_mute(&format!("{} {rest}", named_by_address(hub, whom)?))?;
    let (mute, present) = hub.mute(request, call.now).map_err(|full| full.to_string())?;
    let mut text = format!("{} is muted {}.", mute.whom, mute.lasts(call.wall));
    if present.is_empty() {
        text.push_str(" Nobody with that name is here now.");
    }
    for name in present.iter().filter(|name| name.key() != NameKey::of(&mute.whom)) {
        let looks_alike = Confusable::of(name.as_str()).is_confusable_with(&Confusable::of(&mute.whom));
        let who = if looks_alike { "whose name looks like it" } else { "who had that name until now" };
        let _ = write!(text, " {name}, {who}, is here and is muted, too.");
    }
    Ok(Outcome::done_with(text, data(&mute)))
}

pub(super) fn unmute(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unmute NAME".into());
    }
    let shown = named_by_address(hub, call.rest)?;
    let mute = hub.unmute(&shown, call.now);
    let mute = mute.map_err(|others| not_lifted(&shown, "muted", "unmute", &others))?;
    info!("the mute on {} is lifted", mute.whom);
    let text = format!("{}The mute on {} is lifted.", instead(&shown, &mute, "muted"), mute.whom);
    Ok(Outcome::done_with(text, data(&mute)))
}

pub(super) fn bans(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let rooms = hub.view().rooms;
    let (bans, mutes) = (rooms.bans_in_force(call.now), rooms.mutes_in_force(call.now));
    let line = |what: &str, sanction: &Sanction| {
        sanction.sentence(&format!("{} is {what}", sanction.target()), call.wall)
    };
    let mut lines: Vec<String> = bans.iter().map(|ban| line("banned", ban)).collect();
    lines.extend(mutes.iter().map(|mute| line("muted", mute)));
    let text = if lines.is_empty() { "Nobody is banned or muted.".into() } else { lines.join("\n") };
    let all = |sanctions: &[Sanction]| sanctions.iter().map(data).collect::<Vec<Value>>();
    Ok(Outcome::done_with(text, json!({ "bans": all(&bans), "mutes": all(&mutes) })))
}

fn data(sanction: &Sanction) -> Value {
    let mut data =
        json!({ "whom": sanction.whom, "until": sanction.until.map(utc), "reason": sanction.reason });
    if let Some(was) = &sanction.was {
        data["was"] = json!(was);
    }
    data
}

/// The beginning of the reply if the lifted sanction was on a name that only looks like the typed one.
fn instead(shown: &str, sanction: &Sanction, what: &str) -> String {
    if NameKey::of(shown) == NameKey::of(&sanction.whom) {
        return String::new();
    }
    format!("{shown} looks like {}, which was {what}. ", sanction.whom)
}

/// The reply if nothing was lifted. `others`: the targets of the sanctions that apply.
fn not_lifted(shown: &str, what: &str, command: &str, others: &[String]) -> String {
    if others.is_empty() {
        return format!("{shown} is not {what}. Type bans to see who is.");
    }
    let commands: Vec<String> = others.iter().map(|whom| format!("{command} {whom}")).collect();
    format!("{shown} is {what} with {}. To lift that, type: {}", list(others), commands.join(", or: "))
}

fn were(removed: usize) -> String {
    format!("{} {}", plural(removed, "connection"), if removed == 1 { "was" } else { "were" })
}

/// Resolves an address and port, as `list` shows them, to the name of that connection; returns other text unchanged. The error
/// is a sentence for the operator.
fn named_by_address(hub: &dyn AdminApi, text: &str) -> Result<String, String> {
    let Some((_, Some(_))) = parse_address(text) else { return Ok(text.to_owned()) };
    let name = connection_at(hub, text)?.name;
    let name = name.ok_or_else(|| format!("{text} has no name yet. To remove it, type: kick {text}"))?;
    Ok(name.to_string())
}
