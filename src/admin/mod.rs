//! What operators may order, and what they are told: commands, tables, sentences and JSON, whether a command was typed at the
//! console or came through the control socket.
//!
//! Commands come as lines, and answers go as [`Reply`]s. What is read and changed is the hub's, behind [`AdminApi`].

#![expect(clippy::unnecessary_wraps, reason = "commands have one shape, and most can fail")]

mod bots;
mod call;
mod commands;
mod connections;
mod messages;
mod pending;
mod reply;
mod retention;
mod rooms;
mod sanctions;
mod socket_path;
mod startup;
mod stats;

use std::collections::HashMap;
use std::time::Instant;

use log::{info, warn};

use crate::hub::{AdminApi, AdminResult};
use crate::journal::Ticket;
use call::Outcome;
use pending::Pending;

pub use commands::help;
pub use reply::Reply;
pub use socket_path::{create_default_path, default_paths};
pub use startup::startup_notices;
pub use stats::stats_line;

/// What comes of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is answered.
    Done(Reply),
    /// Nothing yet: [`Admin::poll_answer`] has the answer under this ticket, some time.
    Pending(Ticket),
    /// Nothing yet: the service is to end.
    Exit,
}

/// All operators: what they wait for.
#[derive(Debug, Default)]
pub struct Admin {
    awaited: HashMap<Ticket, Pending>,
}

impl Admin {
    /// Does what an operator typed. A blank line does nothing.
    pub fn operate(&mut self, hub: &mut dyn AdminApi, line: &str, now: Instant) -> Answer {
        match commands::run(hub, line, now) {
            Outcome::Done(reply) => Answer::Done(reply),
            Outcome::Pending(ticket, awaited) => {
                self.awaited.insert(ticket, awaited);
                Answer::Pending(ticket)
            }
            Outcome::Exit => Answer::Exit,
        }
    }

    /// An answer that an operator waits for since [`Answer::Pending`].
    pub fn poll_answer(&mut self, hub: &mut dyn AdminApi) -> Option<(Ticket, Reply)> {
        loop {
            let (ticket, result) = hub.poll_result()?;
            if let Some(reply) = self.on_result(hub, ticket, result) {
                return Some((ticket, reply));
            }
        }
    }

    /// What the operator is told, who may not wait for it any more.
    fn on_result(&mut self, hub: &dyn AdminApi, ticket: Ticket, result: AdminResult) -> Option<Reply> {
        let awaited = self.awaited.remove(&ticket)?;
        match (awaited, result) {
            (Pending::Commit(reply), AdminResult::Decided { unkept }) => {
                Some(pending::decided(reply, unkept))
            }
            (Pending::Page { room }, AdminResult::Page(found)) => {
                let is_open = call::find_room(hub, &room).is_some();
                Some(messages::page(&room, found, is_open))
            }
            (Pending::Erasure { name, is_told }, AdminResult::Erased(erasure)) => {
                info!("what {name} said is erased: {} messages", erasure.messages);
                (!is_told).then(|| messages::erased(&name, &erasure))
            }
            (Pending::Retention { confirm }, AdminResult::Retention(retention)) => {
                Some(retention::reply(&retention, confirm))
            }
            (awaited, AdminResult::Delayed { degraded }) => {
                let reply = Reply::failed(awaited.delayed(degraded.as_deref()));
                if let Pending::Erasure { name, .. } = awaited {
                    warn!(
                        "what {name} said is not erased yet: {}",
                        degraded.as_deref().unwrap_or("it takes long")
                    );
                    self.awaited.insert(ticket, Pending::Erasure { name, is_told: true });
                }
                Some(reply)
            }
            (awaited, AdminResult::Stopping) => Some(Reply::failed(awaited.unanswered())),
            _ => None,
        }
    }
}
