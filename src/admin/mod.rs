//! The operators' commands, from the console and from the control socket: parsing, tables, sentences and JSON.
//!
//! A command is a line, and its answer a [`Reply`]. All state belongs to the hub, behind [`AdminApi`].

#![expect(clippy::unnecessary_wraps, reason = "commands have one shape, and most can fail")]

mod bots;
mod call;
mod commands;
mod completion;
mod connections;
mod first_screen;
mod invitation;
mod invite;
mod manual_entry;
mod members;
mod messages;
mod nodes;
mod own_node;
mod pending;
mod qr;
mod reload;
mod reply;
mod retention;
mod rooms;
mod sanctions;
mod socket_path;
mod startup;
mod stats;
mod watch;

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use log::{info, warn};

use crate::hub::{AdminApi, AdminResult, OperatorId};
use crate::journal::Ticket;
use call::Outcome;
use pending::Pending;

pub use commands::help;
pub use completion::completions;
pub use first_screen::FirstScreen;
pub use invitation::Invitation;
pub use reply::Reply;
pub use socket_path::{create_default_path, default_paths, paths_of_others};
pub use startup::startup_notices;
pub use stats::stats_line;
pub use watch::Watch;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The reply.
    Done(Reply),
    /// [`Admin::poll_answer`] returns the reply later, with this ticket.
    Pending(Ticket),
    /// The caller must stop the server.
    Exit,
}

/// Runs commands, and remembers those whose results are pending.
#[derive(Debug, Default)]
pub struct Admin {
    invitation: Invitation,
    pending: HashMap<Ticket, Pending>,
    /// Commands of members that wait for results: the members' tickets.
    of_members: HashMap<Ticket, (u64, OperatorId)>,
    /// What members watch.
    watches: BTreeMap<OperatorId, Watch>,
}

impl Admin {
    /// For a server that is joined so.
    pub fn new(invitation: Invitation) -> Admin {
        Admin { invitation, ..Admin::default() }
    }

    /// Runs a line that an operator typed. A blank line does nothing.
    pub fn operate(&mut self, hub: &mut dyn AdminApi, line: &str, now: Instant) -> Answer {
        match commands::run(hub, &self.invitation, line, now) {
            Outcome::Done(reply) => Answer::Done(reply),
            Outcome::Pending(ticket, pending) => {
                self.pending.insert(ticket, pending);
                Answer::Pending(ticket)
            }
            Outcome::Exit => Answer::Exit,
        }
    }

    /// The words that complete the last one of `line`, which ends at the cursor: commands, or names.
    pub fn completions(&mut self, hub: &mut dyn AdminApi, line: &str, now: Instant) -> Vec<String> {
        completions(line, |command| match self.operate(hub, command, now) {
            Answer::Done(reply) => Some(reply),
            Answer::Pending(_) | Answer::Exit => None,
        })
    }

    /// The next reply to a command whose answer was [`Answer::Pending`].
    pub fn poll_answer(&mut self, hub: &mut dyn AdminApi, now: Instant) -> Option<(Ticket, Reply)> {
        loop {
            let (ticket, result) = hub.journal().poll_result()?;
            let reply = self.on_result(hub, ticket, result);
            // Members are answered in the chat.
            if let Some(reply) = reply.and_then(|reply| self.answer_later(hub, ticket, reply, now)) {
                return Some((ticket, reply));
            }
        }
    }

    /// The reply for a result of the hub. `None`: the operator has a reply already.
    fn on_result(&mut self, hub: &dyn AdminApi, ticket: Ticket, result: AdminResult) -> Option<Reply> {
        let pending = self.pending.remove(&ticket)?;
        match (pending, result) {
            (Pending::Commit(reply), AdminResult::Decided { degraded }) => {
                Some(pending::decided(reply, degraded))
            }
            (Pending::Page { room }, AdminResult::Page(found)) => {
                let is_open = call::find_room(hub, &room).is_some();
                Some(messages::page(&room, found, is_open))
            }
            (Pending::Erasure { name, is_answered }, AdminResult::Erased(erasure)) => {
                info!("{} messages of {name} are erased", erasure.messages);
                (!is_answered).then(|| messages::erased(&name, &erasure))
            }
            (Pending::OneErasure { room, id, is_answered }, AdminResult::Erased(erasure)) => {
                match erasure.messages {
                    0 => info!("there was no message {id} of {room} to erase"),
                    _ => info!("message {id} of {room} is erased"),
                }
                (!is_answered).then(|| messages::one_erased(&room, id, &erasure))
            }
            (Pending::Retention { confirm }, AdminResult::Retention(retention)) => {
                Some(retention::reply(&retention, confirm))
            }
            (pending, AdminResult::Delayed { degraded }) => {
                let reply = Reply::failed(pending.delayed(degraded.as_deref()));
                let why = degraded.as_deref().unwrap_or("it takes long");
                match pending {
                    Pending::Erasure { name, .. } => {
                        warn!("the messages of {name} are not erased yet: {why}");
                        self.pending.insert(ticket, Pending::Erasure { name, is_answered: true });
                    }
                    Pending::OneErasure { room, id, .. } => {
                        warn!("message {id} of {room} is not erased yet: {why}");
                        self.pending.insert(ticket, Pending::OneErasure { room, id, is_answered: true });
                    }
                    _ => {}
                }
                Some(reply)
            }
            (pending, AdminResult::Stopping) => Some(Reply::failed(pending.aborted())),
            _ => None,
        }
    }
}
