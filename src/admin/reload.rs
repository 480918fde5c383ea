//! `reload`: files are read again, which the caller does, as it may block.

use std::time::Instant;

use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::admin::{Admin, Reply};
use crate::hub::AdminApi;
use crate::journal::Ticket;

pub(super) fn reload(hub: &mut dyn AdminApi, _: &Call<'_>) -> Result<Outcome, String> {
    Ok(Outcome::Pending(hub.journal().open_ticket(), Pending::Reload))
}

impl Admin {
    /// Whether a command asks for files to be read again. Say what came of it with [`Admin::reloaded`].
    pub fn take_reload(&mut self) -> bool {
        std::mem::take(&mut self.must_reload)
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
        let mut replies = Vec::new();
        for ticket in std::mem::take(&mut self.reloads) {
            self.pending.remove(&ticket);
            let reply = self.answer_later(hub, ticket, reply.clone(), now);
            replies.extend(reply.map(|reply| (ticket, reply)));
        }
        replies
    }

    /// Notes a command that waits until files are read again.
    pub(super) fn await_reload(&mut self, ticket: Ticket, pending: &Pending) {
        if let Pending::Reload = pending {
            self.reloads.push(ticket);
            self.must_reload = true;
        }
    }
}
