//! Notices at the start about operators' decisions in earlier runs.

use crate::base::text::list;
use crate::hub::{AdminApi, StartupNotices};

/// Sentences about what differs from the command line because of an operator's decision, each with the command that undoes
/// it; and about sanctions that ended while the server was off.
pub fn startup_notices(hub: &dyn AdminApi) -> Vec<String> {
    let StartupNotices { closed, paused, stopped, ended_bans, ended_mutes } =
        hub.view().operators.notices().clone();
    let closed = closed.into_iter().map(|(name, kind)| (format!("open {name}={kind}"), name)).collect();
    let paused = paused.into_iter().map(|room| (format!("host {room} start"), room)).collect();
    let stopped = stopped.into_iter().map(|(bot, room)| (format!("bot start {bot} {room}"), bot)).collect();
    let sentences = [
        undo("An operator closed", closed),
        undo("An operator paused the host of", paused),
        undo("An operator stopped", stopped),
        ended(&ended_bans, &ended_mutes),
    ];
    sentences.into_iter().flatten().collect()
}

/// The sentence for one kind of decision, from pairs of an undoing command and a name. `None` if there are no pairs.
fn undo(what: &str, undone_by: Vec<(String, String)>) -> Option<String> {
    let (commands, names): (Vec<String>, Vec<String>) = undone_by.into_iter().unzip();
    let (commands, all) = (commands.join(", or: "), list(&names));
    (!names.is_empty()).then(|| format!("{what} {all}. To undo that, type: {commands}"))
}

/// The sentence about sanctions that have ended, by the clock.
fn ended(bans: &[String], mutes: &[String]) -> Option<String> {
    let bans = bans.iter().map(|whom| format!("the ban of {whom}"));
    let all: Vec<String> = bans.chain(mutes.iter().map(|whom| format!("the mute of {whom}"))).collect();
    (!all.is_empty()).then(|| {
        format!(
            "By the clock, these ended while the server was off: {}. If the clock is wrong, set it, and type them again.",
            list(&all)
        )
    })
}
