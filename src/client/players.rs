//! Bots from outside that think each for itself, without sockets: as many programs on as many machines would.

use std::time::Instant;

use crate::client::ensemble::{Ensemble, Event, next_output};
use crate::client::link::{Identity, Link, Output, Returns};
use crate::client::player::{Part, Player};
use crate::client::words::lost;
use crate::wire::json::{Ask, Tell};

/// One of them, and its presence in the room.
#[derive(Debug)]
struct Actor {
    link: Link,
    player: Player,
    seed: u64,
}

/// All of them.
#[derive(Debug)]
pub struct Players {
    actors: Vec<Actor>,
    /// The number in the next name that is made up.
    next_number: usize,
    /// Whose outputs are looked at next.
    turn: usize,
}

impl Players {
    /// So many of each of these parts, for this room.
    pub fn new(parts: &[Part], count: usize, room: &str, seed: u64, now: Instant) -> Players {
        let mut actors = Vec::new();
        for number in 1..=count {
            for part in parts {
                let name = numbered(part, number);
                let seed = seed.wrapping_add(actors.len() as u64);
                let identity = Identity { name, bot: true, room: room.to_owned() };
                let link = Link::new(identity, Returns::OnceInside, seed, now);
                actors.push(Actor { link, player: Player::new(part.clone(), seed), seed });
            }
        }
        Players { actors, next_number: count + 1, turn: 0 }
    }

    fn handle(&mut self, index: usize, output: Output, now: Instant) -> Event {
        let Actor { link, player, .. } = &mut self.actors[index];
        match output {
            Output::Heard(Tell::Live { .. }) => {
                Event::News(format!("{} is in {}.", link.name(), link.room()))
            }
            Output::Heard(Tell::Parted { text, .. }) => {
                // What was to be done there is done.
                link.leave(now);
                Event::News(format!("{}: {text}", link.name()))
            }
            Output::Heard(tell) => {
                player.hear(&tell, link.name(), now);
                Event::News(String::new())
            }
            Output::Nameless(_) => Event::News(self.rename(index, now)),
            Output::Lost(pause) => {
                player.forget();
                link.forget_unsaid();
                Event::News(lost(link.name(), pause))
            }
            Output::Ended(end) => {
                player.forget();
                Event::Out(link.name().to_owned(), end)
            }
            Output::Spoke(_) => Event::News(String::new()),
            Output::Connect | Output::HangUp => Event::Link(index, output),
        }
    }

    /// Somebody has the name: it is somebody else whom nobody here is, or a number makes it another.
    fn rename(&mut self, index: usize, now: Instant) -> String {
        let is_here = |part: &Part| self.actors.iter().any(|actor| actor.player.part() == part);
        let others = self.actors[index].player.part().others();
        let other = others.into_iter().find(|other| !is_here(other));
        let number = self.next_number.max(2);
        let Actor { link, player, seed } = &mut self.actors[index];
        let name = if let Some(other) = other {
            *player = Player::new(other, *seed);
            player.part().name().to_owned()
        } else {
            self.next_number = number + 1;
            numbered(player.part(), number)
        };
        let sentence = format!("{} is taken; it is {name} now.", link.name());
        link.call_me(name, now);
        sentence
    }
}

impl Ensemble for Players {
    fn count(&self) -> usize {
        self.actors.len()
    }

    fn link(&mut self, index: usize) -> &mut Link {
        &mut self.actors[index].link
    }

    fn poll(&mut self, now: Instant) -> Option<Event> {
        let actors = &mut self.actors;
        let (index, output) =
            next_output(actors.len(), &mut self.turn, |index| actors[index].link.poll_output())?;
        Some(self.handle(index, output, now))
    }

    fn handle_timeout(&mut self, now: Instant) {
        for Actor { link, player, .. } in &mut self.actors {
            if link.next_deadline().is_some_and(|at| at <= now) {
                link.handle_timeout(now);
            }
            while let Some(text) = player.poll(now) {
                // What does not fit any more is not said.
                let _ = link.say(Ask::Say { room: None, text }, now);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let wanted = |actor: &Actor| [actor.link.next_deadline(), actor.player.deadline()];
        self.actors.iter().flat_map(wanted).flatten().min()
    }
}

/// The name of the `number`-th of this part: `Felix`, `Felix_2`.
fn numbered(part: &Part, number: usize) -> String {
    match number {
        2.. => format!("{}_{number}", part.name()),
        _ => part.name().to_owned(),
    }
}
