//! What operators decided in earlier runs, for those who wonder at the start.

use crate::base::text::list;
use crate::hub::{AdminApi, StartupNotices};

/// What is otherwise than the command line says, and what to type to undo it: sentences.
pub fn startup_notices(hub: &dyn AdminApi) -> Vec<String> {
    let StartupNotices { closed, paused, stopped, ended_bans, ended_mutes } = hub.startup_notices();
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

/// What an operator did to some rooms or bots, and the commands that undo it. `None` if it was done to none.
fn undo(what: &str, undone_by: Vec<(String, String)>) -> Option<String> {
    let (commands, names): (Vec<String>, Vec<String>) = undone_by.into_iter().unzip();
    let (commands, all) = (commands.join(", or: "), list(&names));
    (!names.is_empty()).then(|| format!("{what} {all}. To undo that, type: {commands}"))
}

/// What was to last and has ended, by the clock.
fn ended(bans: &[String], mutes: &[String]) -> Option<String> {
    let bans = bans.iter().map(|whom| format!("the ban of {whom}"));
    let all: Vec<String> = bans.chain(mutes.iter().map(|whom| format!("the mute of {whom}"))).collect();
    (!all.is_empty()).then(|| {
        format!(
            "By the clock, these ended while the server was off: {}. If the clock is wrong, set it, and order them again.",
            list(&all)
        )
    })
}
