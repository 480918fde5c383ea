//! Bans and mutes: given, lifted and listed, and what they do to those who are connected.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use log::info;
use serde_json::{Value, json};

use crate::base::likeness::Likeness;
use crate::base::name::{Name, NameKey};
use crate::base::text::plural;
use crate::base::time::utc;
use crate::chat::{Measure, Target, parse_ban, parse_mute, parse_target};
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::hub::session::SessionId;
use crate::proto::{Event, Refusal};

pub(super) fn ban(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let order = parse_ban(call.rest)?;
    if hub.chat.find(&order.shown).is_some_and(|member| hub.is_hosted(member)) {
        let name = &order.shown;
        return Err(format!("{name} is a bot of this server. To have it leave, type: bot stop {name}"));
    }
    let (target, wall) = (order.whom.clone(), hub.wall(call.now));
    let ban = hub.chat.bans.ban(order, wall).map_err(|why| why.to_string())?.clone();
    hub.decisions.measured();
    info!("{} is banned {}: {}", ban.whom, ban.lasts(wall), ban.reason);
    let (removed, addresses) = hub.remove_banned(&target, &ban, call.now);
    let mut text = format!("{} is banned {}.", ban.whom, ban.lasts(wall));
    if removed > 0 {
        let _ = write!(text, " {} removed.", were(removed));
    }
    if let (Target::Name(_), [address]) = (&target, addresses.as_slice()) {
        let _ = write!(text, " To keep them out under any name, type: ban {address}");
    }
    Ok(Answer::done_with(text, data(&ban)))
}

pub(super) fn unban(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unban NAME|ADDRESS, as bans shows it".into());
    }
    let (target, shown) = parse_target(call.rest)?;
    let ban = hub.chat.bans.unban(&target, hub.wall(call.now));
    hub.decisions.measured();
    let ban = ban.ok_or_else(|| format!("{shown} is not banned. Type bans for who is."))?;
    info!("{} is banned no longer", ban.whom);
    Ok(Answer::done_with(format!("{} may come in again.", ban.whom), data(&ban)))
}

pub(super) fn mute(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let order = parse_mute(call.rest)?;
    let wall = hub.wall(call.now);
    let mute = hub.chat.mutes.mute(order, wall).map_err(|why| why.to_string())?.clone();
    hub.decisions.measured();
    info!("{} is muted {}: {}", mute.whom, mute.lasts(wall), mute.reason);
    let present = hub.chat.find_alike(&mute.whom);
    let absent = if present.is_empty() { " Nobody of that name is here now." } else { "" };
    for member in present {
        hub.chat.tell(member, Event::refused(Refusal::Muted, sentence("You are muted", &mute, wall)));
    }
    hub.deliver(call.now);
    Ok(Answer::done_with(format!("{} is muted {}.{absent}", mute.whom, mute.lasts(wall)), data(&mute)))
}

pub(super) fn unmute(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unmute NAME".into());
    }
    let mute = hub.chat.mutes.unmute(&NameKey::of(call.rest), hub.wall(call.now));
    hub.decisions.measured();
    let mute = mute.ok_or_else(|| format!("{} is not muted. Type bans for who is.", call.rest))?;
    info!("{} is muted no longer", mute.whom);
    for member in hub.chat.find_alike(&mute.whom) {
        hub.chat.tell(member, Event::notice("You may speak again."));
    }
    hub.deliver(call.now);
    Ok(Answer::done_with(format!("{} may speak again.", mute.whom), data(&mute)))
}

pub(super) fn bans(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let wall = hub.wall(call.now);
    let bans: Vec<&Measure> = hub.chat.bans.list(wall).collect();
    let mutes: Vec<&Measure> = hub.chat.mutes.list(wall).collect();
    let line =
        |what: &str, measure: &Measure| sentence(&format!("{} is {what}", measure.whom), measure, wall);
    let mut lines: Vec<String> = bans.iter().map(|ban| line("banned", ban)).collect();
    lines.extend(mutes.iter().map(|mute| line("muted", mute)));
    let text = if lines.is_empty() { "Nobody is banned or muted.".into() } else { lines.join("\n") };
    let all = |measures: &[&Measure]| measures.iter().map(|measure| data(measure)).collect::<Vec<Value>>();
    Ok(Answer::done_with(text, json!({ "bans": all(&bans), "mutes": all(&mutes) })))
}

/// For how long, and why.
fn sentence(begin: &str, measure: &Measure, wall: SystemTime) -> String {
    let lasts = measure.lasts(wall);
    match measure.reason.as_str() {
        "" => format!("{begin} {lasts}."),
        reason => format!("{begin} {lasts}: {reason}"),
    }
}

fn data(measure: &Measure) -> Value {
    json!({ "whom": measure.whom, "until": measure.until.map(utc), "reason": measure.reason })
}

fn were(removed: usize) -> String {
    format!("{} {}", plural(removed, "connection"), if removed == 1 { "was" } else { "were" })
}

impl Hub {
    /// Why nobody may come in from this address, if so.
    pub(in crate::hub) fn ban_on_address(&self, address: IpAddr, now: Instant) -> Option<String> {
        let wall = self.wall(now);
        let ban = self.chat.bans.verdict_on_address(address, wall)?;
        Some(sentence("You are banned from this server", ban, wall))
    }

    /// Why nobody may come in under this name, if so.
    pub(in crate::hub) fn ban_on_name(&self, name: &Name, now: Instant) -> Option<String> {
        let wall = self.wall(now);
        let ban = self.chat.bans.verdict_on_name(name, wall)?;
        let begin = if NameKey::of(&ban.whom) == name.key() {
            format!("The name {name} is banned")
        } else {
            format!("The name {name} looks like {}, which is banned", ban.whom)
        };
        Some(sentence(&begin, ban, wall))
    }

    /// Removes whoever is connected and banned now. Returns how many connections that were, and their addresses.
    fn remove_banned(&mut self, target: &Target, ban: &Measure, now: Instant) -> (usize, Vec<IpAddr>) {
        let wall = self.wall(now);
        let reason = sentence("being banned", ban, wall);
        let likeness = Likeness::of(&ban.whom);
        let sessions = self.sessions.iter().filter(|(_, session)| !session.is_leaving());
        let is_meant = |id: SessionId, address: IpAddr| match target {
            Target::Network(network) => network.contains(address),
            Target::Name(name) => {
                let member = self.sessions[id.0].member();
                let held = member.map(|member| &self.chat.who(member).name);
                held.is_some_and(|held| held.key() == *name || Likeness::of(held.as_str()).is_like(&likeness))
            }
        };
        let found: Vec<(SessionId, IpAddr)> = sessions
            .map(|(id, session)| (SessionId(id), session.peer.ip()))
            .filter(|(id, address)| is_meant(*id, *address))
            .collect();
        for (id, _) in &found {
            self.remove(*id, &reason, now);
        }
        (found.len(), found.into_iter().map(|(_, address)| address).collect())
    }
}
