//! Commands of members that operate the server: they are answered in the chat.

use std::time::Instant;

use crate::admin::{Admin, Answer, Reply};
use crate::hub::{AdminApi, OperatorId, OperatorLine, RoomTraffic};
use crate::journal::Ticket;

impl Admin {
    /// Runs the commands that members have given. Returns how many ordered the shutdown.
    pub fn run_members(&mut self, hub: &mut dyn AdminApi, now: Instant) -> usize {
        let mut ends = 0;
        for OperatorLine { ticket: asked, by, line } in hub.take_operator_lines() {
            let line = if line.trim().is_empty() { "help" } else { &line };
            match self.operate(hub, line, now) {
                Answer::Done(reply) => self.answer(hub, (asked, by), &reply, now),
                Answer::Pending(ticket) => {
                    self.of_members.insert(ticket, (asked, by));
                }
                Answer::Exit => {
                    ends += 1;
                    self.answer(hub, (asked, by), &Reply::stopping(), now);
                }
            }
        }
        ends
    }

    /// Tells members what they watch.
    pub fn tell_members(&mut self, hub: &mut dyn AdminApi, traffic: &RoomTraffic) {
        self.watches.retain(|by, watch| {
            watch.told(traffic).iter().all(|reply| hub.tell_operator(*by, &reply.text))
                && watch.is_on()
                && hub.is_operator(*by)
        });
    }

    /// Answers a member's command whose result was pending. Returns the reply if the command is somebody else's.
    pub(super) fn answer_later(
        &mut self,
        hub: &mut dyn AdminApi,
        ticket: Ticket,
        reply: Reply,
        now: Instant,
    ) -> Option<Reply> {
        let Some(asked) = self.of_members.remove(&ticket) else { return Some(reply) };
        self.answer(hub, asked, &reply, now);
        None
    }

    fn answer(
        &mut self,
        hub: &mut dyn AdminApi,
        (ticket, by): (u64, OperatorId),
        reply: &Reply,
        now: Instant,
    ) {
        self.watches.entry(by).or_default().note(reply);
        self.watches.retain(|_, watch| watch.is_on());
        hub.answer_operator(ticket, reply.ok, &reply.text, now);
    }
}
