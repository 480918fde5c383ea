//! `reload`: files are read again, which the caller does, as it may block.

use std::time::Instant;

use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::admin::{Admin, Reply};
use crate::hub::AdminApi;
use crate::journal::Ticket;

pub(super) fn reload(hub: &mut dyn AdminApi, _: &Call<'_>) -> Result<Outcome, String> {
    Ok(Outcome::Pending(hub.journal().open_ticket(), Pending::Reload { is_begun: false }))
}

impl Admin {
    /// Whether a command asks for files to be read again. Say what came of it with [`Admin::reloaded`].
    pub fn take_reload(&mut self) -> bool {
        let mut asks = false;
        for pending in self.pending.values_mut() {
            if let Pending::Reload { is_begun } = pending {
                asks |= !std::mem::replace(is_begun, true);
            }
        }
        asks
    }

    /// Files were read again. `troubles`: clauses about those that could not be. Returns the replies to those who asked for it.
    pub fn reloaded(
        &mut self,
        hub: &mut dyn AdminApi,
        troubles: &[String],
        now: Instant,
    ) -> Vec<(Ticket, Reply)> {
        let reply = match troubles {
            [] => Reply::done("The files are read again."),
            troubles => Reply::failed(format!("Not all is read again: {}", troubles.join("; "))),
        };
        let is_reload = |(_, pending): &(&Ticket, &Pending)| matches!(pending, Pending::Reload { .. });
        let mut waiting: Vec<Ticket> =
            self.pending.iter().filter(is_reload).map(|(ticket, _)| *ticket).collect();
        waiting.sort_unstable();
        let mut replies = Vec::new();
        for ticket in waiting {
            self.pending.remove(&ticket);
            let reply = self.answer_later(hub, ticket, reply.clone(), now);
            replies.extend(reply.map(|reply| (ticket, reply)));
        }
        replies
    }
}
