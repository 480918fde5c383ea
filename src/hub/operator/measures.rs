//! Bans and mutes: given, lifted and listed, and what they do to those who are connected.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use log::info;
use serde_json::{Value, json};

use crate::base::likeness::Likeness;
use crate::base::name::{Name, NameKey};
use crate::base::text::{in_words, list, plural};
use crate::base::time::utc;
use crate::chat::{Measure, Target, parse_address, parse_ban, parse_mute, parse_target};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::proto::{Event, Refusal};

pub(super) fn ban(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let order = parse_ban(call.rest)?;
    if hub.chat.find(&order.shown).is_some_and(|member| hub.is_hosted(member)) {
        let name = &order.shown;
        return Err(format!("{name} is a bot of this server. To have it leave, type: bot stop {name}"));
    }
    let (target, time, wall) = (order.whom.clone(), order.time, hub.wall(call.now));
    let ban = hub.chat.bans.ban(order, wall).map_err(|why| why.to_string())?.clone();
    hub.operators.measured();
    info!("{}", sentence(&format!("{} is banned", ban.whom), &ban, wall));
    let (removed, addresses) = hub.remove_banned(&target, &ban, call.now);
    let mut text = format!("{} is banned {}.", ban.whom, ban.lasts(wall));
    if removed > 0 {
        let _ = write!(text, " {} removed.", were(removed));
    }
    if let (Target::Name(_), [address]) = (&target, addresses.as_slice()) {
        let time = time.map_or("good".into(), in_words);
        let _ = write!(text, " To keep them out under any name, type: ban {address} for {time}");
    }
    Ok(Answer::done_with(text, data(&ban)))
}

pub(super) fn unban(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unban NAME|ADDRESS, as bans shows it".into());
    }
    let (target, shown) = parse_target(call.rest)?;
    let ban = hub.chat.bans.unban(&target, &shown, hub.wall(call.now));
    hub.operators.measured();
    let ban = ban.map_err(|others| not_lifted(&shown, "banned", "unban", &others))?;
    info!("{} is banned no longer", ban.whom);
    let text = format!("{}{} may come in again.", instead(&shown, &ban, "banned"), ban.whom);
    Ok(Answer::done_with(text, data(&ban)))
}

pub(super) fn mute(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let (whom, rest) = call.first();
    let order = parse_mute(&format!("{} {rest}", hub.named_by_address(whom)?))?;
    let wall = hub.wall(call.now);
    let mute = hub.chat.mutes.mute(order, wall).map_err(|why| why.to_string())?.clone();
    hub.operators.measured();
    info!("{}", sentence(&format!("{} is muted", mute.whom), &mute, wall));
    let present = hub.chat.find_alike(&mute.whom);
    let mut text = format!("{} is muted {}.", mute.whom, mute.lasts(wall));
    if present.is_empty() {
        text.push_str(" Nobody of that name is here now.");
    }
    for member in present {
        let name = hub.chat.who(member).name.clone();
        if name.key() != NameKey::of(&mute.whom) {
            let _ = write!(text, " {name}, whose name looks like it, is here and is muted, too.");
        }
        hub.chat.refuse(member, Refusal::Muted(mute.told(&name, "muted", "", wall)));
    }
    hub.run_effects(call.now);
    Ok(Answer::done_with(text, data(&mute)))
}

pub(super) fn unmute(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: unmute NAME".into());
    }
    let shown = hub.named_by_address(call.rest)?;
    let mute = hub.chat.mutes.unmute(&shown, hub.wall(call.now));
    hub.operators.measured();
    let mute = mute.map_err(|others| not_lifted(&shown, "muted", "unmute", &others))?;
    info!("{} is muted no longer", mute.whom);
    for member in hub.chat.find_alike(&mute.whom) {
        hub.chat.tell(member, Event::notice("You may speak again."));
    }
    hub.run_effects(call.now);
    let text = format!("{}{} may speak again.", instead(&shown, &mute, "muted"), mute.whom);
    Ok(Answer::done_with(text, data(&mute)))
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

/// What is said before that a measure was lifted which is for another name than the one that was typed.
fn instead(shown: &str, measure: &Measure, what: &str) -> String {
    if NameKey::of(shown) == NameKey::of(&measure.whom) {
        return String::new();
    }
    format!("{shown} looks like {}, which was {what}. ", measure.whom)
}

/// Why nothing was lifted. `others`: whom those are for that it falls under.
fn not_lifted(shown: &str, what: &str, command: &str, others: &[String]) -> String {
    if others.is_empty() {
        return format!("{shown} is not {what}. Type bans for who is.");
    }
    let orders: Vec<String> = others.iter().map(|whom| format!("{command} {whom}")).collect();
    format!("{shown} is {what} with {}. To lift that, type: {}", list(others), orders.join(", or: "))
}

fn were(removed: usize) -> String {
    format!("{} {}", plural(removed, "connection"), if removed == 1 { "was" } else { "were" })
}

impl Hub {
    /// `text`; or if it is an address and port, as the list of connections shows them, the name of whom it belongs to.
    fn named_by_address(&self, text: &str) -> Result<String, String> {
        let Some((_, Some(_))) = parse_address(text) else { return Ok(text.to_owned()) };
        let found = self.connection_at(text)?;
        let member = self.sessions[found.0].member();
        let member =
            member.ok_or_else(|| format!("{text} has no name yet. To remove it, type: kick {text}"))?;
        Ok(self.chat.who(member).name.to_string())
    }

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
