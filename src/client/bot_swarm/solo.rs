//! Bots from outside that think each for itself, without sockets: as many programs on as many machines would.

use std::time::Instant;

use crate::client::bot_swarm::bot_logic::{BotKind, BotLogic};
use crate::client::bot_swarm::swarm::{Swarm, SwarmEvent, next_output};
use crate::client::link::{Identity, Link, Output, Reconnect};
use crate::client::sentences::lost;
use crate::wire::json::{ClientMessage, ServerMessage};

/// One of them, and its presence in the room.
#[derive(Debug)]
struct Bot {
    link: Link,
    player: BotLogic,
    seed: u64,
}

/// All of them.
#[derive(Debug)]
pub struct SoloSwarm {
    bots: Vec<Bot>,
    /// The number in the next name that is made up.
    next_number: usize,
    /// Whose outputs are looked at next.
    turn: usize,
}

impl SoloSwarm {
    /// So many of each of these parts, for this room.
    pub fn new(parts: &[BotKind], count: usize, room: &str, seed: u64, now: Instant) -> SoloSwarm {
        let mut bots = Vec::new();
        for number in 1..=count {
            for part in parts {
                let name = numbered(part, number);
                let seed = seed.wrapping_add(bots.len() as u64);
                let identity = Identity { name, bot: true, room: room.to_owned() };
                let link = Link::new(identity, Reconnect::AfterJoin, seed, now);
                bots.push(Bot { link, player: BotLogic::new(part.clone(), seed), seed });
            }
        }
        SoloSwarm { bots, next_number: count + 1, turn: 0 }
    }

    fn handle(&mut self, index: usize, output: Output, now: Instant) -> SwarmEvent {
        let Bot { link, player, .. } = &mut self.bots[index];
        match output {
            Output::Received(ServerMessage::Live { .. }) => {
                SwarmEvent::Report(format!("{} is in {}.", link.name(), link.room()))
            }
            Output::Received(ServerMessage::Parted { text, .. }) => {
                // What was to be done there is done.
                link.leave(now);
                SwarmEvent::Report(format!("{}: {text}", link.name()))
            }
            Output::Received(tell) => {
                player.hear(&tell, link.name(), now);
                SwarmEvent::Report(String::new())
            }
            Output::NameRefused(_) => SwarmEvent::Report(self.rename(index, now)),
            Output::Reconnecting(pause) => {
                player.forget();
                link.clear_outbox();
                SwarmEvent::Report(lost(link.name(), pause))
            }
            Output::Ended(end) => {
                player.forget();
                SwarmEvent::Ended(link.name().to_owned(), end)
            }
            Output::LocalEcho(_) => SwarmEvent::Report(String::new()),
            Output::Connect | Output::Close => SwarmEvent::Link(index, output),
        }
    }

    /// Somebody has the name: it is somebody else whom nobody here is, or a number makes it another.
    fn rename(&mut self, index: usize, now: Instant) -> String {
        let is_here = |part: &BotKind| self.bots.iter().any(|bot| bot.player.part() == part);
        let others = self.bots[index].player.part().others();
        let other = others.into_iter().find(|other| !is_here(other));
        let number = self.next_number.max(2);
        let Bot { link, player, seed } = &mut self.bots[index];
        let name = if let Some(other) = other {
            *player = BotLogic::new(other, *seed);
            player.part().name().to_owned()
        } else {
            self.next_number = number + 1;
            numbered(player.part(), number)
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
        for Bot { link, player, .. } in &mut self.bots {
            if link.next_deadline().is_some_and(|at| at <= now) {
                link.handle_timeout(now);
            }
            while let Some(text) = player.poll(now) {
                // What does not fit any more is not said.
                let _ = link.send(ClientMessage::Say { room: None, text }, now);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let wanted = |bot: &Bot| [bot.link.next_deadline(), bot.player.deadline()];
        self.bots.iter().flat_map(wanted).flatten().min()
    }
}

/// The name of the `number`-th of this part: `Felix`, `Felix_2`.
fn numbered(part: &BotKind, number: usize) -> String {
    match number {
        2.. => format!("{}_{number}", part.name()),
        _ => part.name().to_owned(),
    }
}
