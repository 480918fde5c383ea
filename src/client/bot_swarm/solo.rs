//! Bots from outside that decide independently, without sockets.

use std::time::Instant;

use crate::client::bot_swarm::bot_logic::{BotKind, BotLogic};
use crate::client::bot_swarm::swarm::{Swarm, SwarmEvent, next_output};
use crate::client::link::{Identity, Link, Output, Reconnect};
use crate::client::sentences::lost;
use crate::wire::json::{ClientMessage, ServerMessage};

/// One bot and its link.
#[derive(Debug)]
struct Bot {
    link: Link,
    logic: BotLogic,
    seed: u64,
}

/// The swarm.
#[derive(Debug)]
pub struct SoloSwarm {
    bots: Vec<Bot>,
    /// The number in the next generated name.
    next_number: usize,
    /// The link to poll next.
    turn: usize,
}

impl SoloSwarm {
    /// `count` bots of each kind, for this room.
    pub fn new(kinds: &[BotKind], count: usize, room: &str, seed: u64, now: Instant) -> SoloSwarm {
        let mut bots = Vec::new();
        for number in 1..=count {
            for kind in kinds {
                let name = numbered(kind, number);
                let seed = seed.wrapping_add(bots.len() as u64);
                let identity = Identity { name, bot: true, room: room.to_owned() };
                let link = Link::new(identity, Reconnect::AfterJoin, seed, now);
                bots.push(Bot { link, logic: BotLogic::new(kind.clone(), seed), seed });
            }
        }
        SoloSwarm { bots, next_number: count + 1, turn: 0 }
    }

    fn handle(&mut self, index: usize, output: Output, now: Instant) -> SwarmEvent {
        let Bot { link, logic, .. } = &mut self.bots[index];
        match output {
            Output::Received(ServerMessage::Live { .. }) => {
                SwarmEvent::Report(format!("{} is in {}.", link.name(), link.room()))
            }
            Output::Received(ServerMessage::Parted { text, .. }) => {
                // Its part is over, as after a classic round.
                link.leave(now);
                SwarmEvent::Report(format!("{}: {text}", link.name()))
            }
            Output::Received(message) => {
                logic.hear(&message, link.name(), now);
                SwarmEvent::Report(String::new())
            }
            Output::NameRefused(_) => SwarmEvent::Report(self.rename(index, now)),
            Output::Reconnecting(pause) => {
                logic.clear();
                link.clear_outbox();
                SwarmEvent::Report(lost(link.name(), pause))
            }
            Output::Ended(end) => {
                logic.clear();
                SwarmEvent::Ended(link.name().to_owned(), end)
            }
            Output::LocalEcho(_) => SwarmEvent::Report(String::new()),
            Output::Connect | Output::Close => SwarmEvent::Link(index, output),
        }
    }

    /// The name is taken. Becomes another bot that is not in the swarm yet, or adds a number to the name. Returns a sentence.
    fn rename(&mut self, index: usize, now: Instant) -> String {
        let is_here = |kind: &BotKind| self.bots.iter().any(|bot| bot.logic.kind() == kind);
        let others = self.bots[index].logic.kind().others();
        let other = others.into_iter().find(|other| !is_here(other));
        let number = self.next_number.max(2);
        let Bot { link, logic, seed } = &mut self.bots[index];
        let name = if let Some(other) = other {
            *logic = BotLogic::new(other, *seed);
            logic.kind().name().to_owned()
        } else {
            self.next_number = number + 1;
            numbered(logic.kind(), number)
        };
        let sentence = format!("{} is taken; it is {name} now.", link.name());
        link.set_name(name, now);
        sentence
    }
}

impl Swarm for SoloSwarm {
    fn count(&self) -> usize {
        self.bots.len()
    }

    fn link(&mut self, index: usize) -> &mut Link {
        &mut self.bots[index].link
    }

    fn poll(&mut self, now: Instant) -> Option<SwarmEvent> {
        let bots = &mut self.bots;
        let (index, output) =
            next_output(bots.len(), &mut self.turn, |index| bots[index].link.poll_output())?;
        Some(self.handle(index, output, now))
    }

    fn handle_timeout(&mut self, now: Instant) {
        for Bot { link, logic, .. } in &mut self.bots {
            if link.next_deadline().is_some_and(|at| at <= now) {
                link.handle_timeout(now);
            }
            while let Some(text) = logic.poll(now) {
                // Dropped if the outbox is full.
                let _ = link.send(ClientMessage::Say { room: None, to: None, ongoing: false, text }, now);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let wanted = |bot: &Bot| [bot.link.next_deadline(), bot.logic.deadline()];
        self.bots.iter().flat_map(wanted).flatten().min()
    }
}

/// The name of the `number`-th bot of this kind: `Felix`, `Felix_2`.
fn numbered(kind: &BotKind, number: usize) -> String {
    match number {
        2.. => format!("{}_{number}", kind.name()),
        _ => kind.name().to_owned(),
    }
}
