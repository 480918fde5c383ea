//! The lobby's bots from outside, without sockets: many links, grouped into casts that decide together who answers.
//!
//! Only one cast hears each message, so that the number of answers does not grow with the number of bots.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::base::limits::{MENTION_LOOKUPS, ROSTER_NAMES};
use crate::bots::analysis::analyse;
use crate::bots::{Cast, CastAction, Character, Speaker};
use crate::client::bot_swarm::swarm::{Swarm, SwarmEvent, next_output};
use crate::client::link::{Identity, Link, Output, Reconnect, Stage};
use crate::client::sentences::lost;
use crate::weather::{Question, Report};
use crate::wire::json::{ClientMessage, EventFields, SenderKind, ServerMessage};

/// One bot and its link.
#[derive(Debug)]
struct Bot {
    link: Link,
    character: Character,
    /// The index of its cast.
    cast: usize,
}

/// The swarm.
#[derive(Debug)]
pub struct LobbySwarm {
    bots: Vec<Bot>,
    casts: Vec<Cast>,
    /// The members of the room: at most [`ROSTER_NAMES`], whatever the server sends.
    present: BTreeMap<String, SenderKind>,
    /// Id and time of the last event on any link.
    last: (u64, String),
    /// The number in the next generated name.
    next_number: usize,
    questions: Vec<Question>,
    /// The link to poll next.
    turn: usize,
}

impl LobbySwarm {
    /// `count` casts, each of these characters, for this room.
    pub fn new(characters: &[Character], count: usize, room: &str, seed: u64, now: Instant) -> LobbySwarm {
        let mut swarm = LobbySwarm {
            bots: Vec::new(),
            casts: Vec::new(),
            present: BTreeMap::new(),
            last: (0, String::new()),
            next_number: count + 1,
            questions: Vec::new(),
            turn: 0,
        };
        for cast in 0..count {
            swarm.casts.push(Cast::new(seed.wrapping_add(cast as u64)));
            for character in characters {
                let name = numbered(*character, cast + 1);
                swarm.casts[cast].start(*character, &name);
                let identity = Identity { name, bot: true, room: room.to_owned() };
                let seed = seed.wrapping_add(swarm.bots.len() as u64);
                let link = Link::new(identity, Reconnect::AfterJoin, seed, now);
                swarm.bots.push(Bot { link, character: *character, cast });
            }
        }
        swarm
    }

    fn handle(&mut self, index: usize, output: Output, now: Instant) -> SwarmEvent {
        let bot = &mut self.bots[index];
        match output {
            Output::Received(message) => {
                let is_in = matches!(message, ServerMessage::Live { .. });
                let news = if is_in {
                    format!("{} is in {}.", bot.link.name(), bot.link.room())
                } else {
                    String::new()
                };
                match message {
                    ServerMessage::Private { notice: true, .. } => {}
                    ServerMessage::Private {
                        from, is: SenderKind::Person, text, replayed: false, ..
                    } => {
                        let (cast, character) = (bot.cast, bot.character);
                        let people = self.people();
                        self.casts[cast].told(character, &from, &text, people, now);
                    }
                    message => self.hear(message, now),
                }
                SwarmEvent::Report(news)
            }
            Output::NameRefused(_) => SwarmEvent::Report(self.rename(index, now)),
            Output::Reconnecting(pause) => {
                bot.link.clear_outbox();
                SwarmEvent::Report(lost(bot.link.name(), pause))
            }
            Output::Ended(end) => {
                self.casts[bot.cast].stop(bot.character);
                SwarmEvent::Ended(bot.link.name().to_owned(), end)
            }
            Output::LocalEcho(_) => SwarmEvent::Report(String::new()),
            Output::Connect | Output::Close => SwarmEvent::Link(index, output),
        }
    }

    /// The name is taken: adds a number before its `_Bot`. Returns a sentence.
    fn rename(&mut self, index: usize, now: Instant) -> String {
        let Bot { link, character, cast } = &mut self.bots[index];
        let name = numbered(*character, self.next_number.max(2));
        self.next_number = self.next_number.max(2) + 1;
        let sentence = format!("{} is taken; it is {name} now.", link.name());
        self.casts[*cast].rename(*character, &name);
        link.set_name(name, now);
        sentence
    }

    /// Handles an event. Every link receives it; it counts once.
    fn hear(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Welcome { present, .. } => {
                let present = present.into_iter().take(ROSTER_NAMES);
                self.present = present.map(|present| (present.who, present.is)).collect();
            }
            ServerMessage::Joined { what } if self.is_news(&what) => {
                if self.present.len() < ROSTER_NAMES {
                    self.present.insert(what.who.clone(), what.is);
                }
                if what.is == SenderKind::Person {
                    for cast in self.casts_for(&what, &[]) {
                        self.casts[cast].joined(&what.who, now);
                    }
                }
            }
            ServerMessage::Left { what, .. } if self.is_news(&what) => {
                self.present.remove(&what.who);
                self.casts.iter_mut().for_each(|cast| cast.parted(&what.who));
            }
            ServerMessage::Renamed { what, was } if self.is_news(&what) => {
                if let Some(is) = self.present.remove(&was) {
                    self.present.insert(what.who.clone(), is);
                }
                self.casts.iter_mut().for_each(|cast| cast.renamed(&was, &what.who));
            }
            ServerMessage::Said { what } if !what.notice && self.is_news(&what) => {
                let by = match what.is {
                    SenderKind::Person => Speaker::Person(&what.who),
                    SenderKind::Bot => return,
                    SenderKind::Host => Speaker::Host,
                };
                let text = what.text.as_deref().unwrap_or_default();
                let people = self.people();
                let own = self.names_in(text);
                let others = self.present.keys().take(MENTION_LOOKUPS).map(String::as_str);
                let names: Vec<&str> = own.iter().map(String::as_str).chain(others).collect();
                for cast in self.casts_for(&what, &analyse(text, &names).addressed) {
                    self.casts[cast].said(by, text, &names, people, now);
                }
            }
            _ => {}
        }
    }

    /// The number of people in the room.
    fn people(&self) -> usize {
        self.present.values().filter(|is| **is == SenderKind::Person).count()
    }

    /// Whether this event is new: not replayed, and not received on another link before. A restarted server may count ids from
    /// one again, but its times are later.
    fn is_news(&mut self, what: &EventFields) -> bool {
        let (id, time) = &mut self.last;
        if what.replayed || (what.id <= *id && what.time <= *time) {
            return false;
        }
        *id = what.id;
        time.clone_from(&what.time);
        true
    }

    /// Names of the swarm's bots that `text` may mention, in any spelling.
    fn names_in(&self, text: &str) -> Vec<String> {
        let plain = |text: &str| text.to_lowercase().replace('_', " ");
        let text = plain(text);
        let is_in = |name: &&str| {
            let name = plain(name);
            // "@sport" means the first of them.
            text.contains(&name)
                || name.split(' ').next().is_some_and(|word| text.contains(word))
                    && !name.contains(char::is_numeric)
        };
        self.casts.iter().flat_map(Cast::names).filter(is_in).map(str::to_owned).collect()
    }

    /// The casts that hear an event: those whose bots are addressed; otherwise one of those that have bots, by the event's id.
    fn casts_for(&self, what: &EventFields, addressed: &[String]) -> Vec<usize> {
        let all = || (0..self.casts.len()).filter(|cast| !self.casts[*cast].is_empty());
        let is_spoken_to =
            |cast: &usize| self.casts[*cast].names().any(|name| addressed.iter().any(|a| a == name));
        let spoken_to: Vec<usize> = all().filter(is_spoken_to).collect();
        if !spoken_to.is_empty() {
            return spoken_to;
        }
        let present = all().count().max(1) as u64;
        let turn = usize::try_from(what.id % present).unwrap_or_default();
        all().skip(turn).take(1).collect()
    }

    /// Has a bot say something, to everybody or privately.
    fn say(&mut self, cast: usize, character: Character, to: Option<String>, text: String, now: Instant) {
        let mut bots = self.bots.iter_mut();
        let bot = bots.find(|bot| bot.cast == cast && bot.character == character);
        if let Some(Bot { link, .. }) = bot.filter(|bot| bot.link.stage() == Stage::Live) {
            // It only answers. Dropped if the outbox is full.
            let ongoing = to.is_some();
            let _ = link.send(ClientMessage::Say { room: None, to, ongoing, text }, now);
        }
    }

    /// Carries out what a bot wants. Drops its message if it is not in the room at the moment: a late answer is worse than
    /// none.
    fn act(&mut self, cast: usize, action: CastAction, now: Instant) {
        match action {
            CastAction::Say(character, text) => self.say(cast, character, None, text, now),
            CastAction::Tell { character, to, text } => self.say(cast, character, Some(to), text, now),
            CastAction::Weather { ticket, city, when } => {
                let ticket = ticket * self.casts.len() as u64 + cast as u64;
                self.questions.push(Question { ticket, city, when });
            }
        }
    }
}

impl Swarm for LobbySwarm {
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
        for bot in &mut self.bots {
            if bot.link.next_deadline().is_some_and(|at| at <= now) {
                bot.link.handle_timeout(now);
            }
        }
        for cast in 0..self.casts.len() {
            while let Some(want) = self.casts[cast].poll(now) {
                self.act(cast, want, now);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let links = self.bots.iter().filter_map(|bot| bot.link.next_deadline());
        links.chain(self.casts.iter().filter_map(Cast::deadline)).min()
    }

    fn weather_questions(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.questions)
    }

    fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let casts = self.casts.len() as u64;
        let cast = usize::try_from(ticket % casts).unwrap_or_default();
        self.casts[cast].weather(ticket / casts, report, now);
    }
}

/// The name of the `number`-th bot of this character: `Sport_Bot`, `Sport_2_Bot`.
fn numbered(character: Character, number: usize) -> String {
    match (number, character.name().strip_suffix("_Bot")) {
        (2.., Some(stem)) => format!("{stem}_{number}_Bot"),
        _ => character.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_lets_everybody_in_fills_no_memory() {
        let now = Instant::now();
        let mut swarm = LobbySwarm::new(&[], 1, "lobby", 1, now);
        let mut hear = |line: String| {
            swarm.hear(serde_json::from_str(&line).unwrap(), now);
            swarm.present.len()
        };
        let joined = |id: usize| {
            format!(
                r#"{{"type":"joined","id":{id},"time":"","room":"lobby","who":"P{id}","is":"person","replayed":false}}"#
            )
        };
        assert_eq!((1..=2 * ROSTER_NAMES).map(|id| hear(joined(id))).max(), Some(ROSTER_NAMES));
        let who = (0..2 * ROSTER_NAMES).map(|id| format!(r#"{{"who":"W{id}","is":"bot"}}"#));
        let present = who.collect::<Vec<_>>().join(",");
        let welcome = format!(r#"{{"type":"welcome","room":"lobby","count":1,"present":[{present}]}}"#);
        assert_eq!(hear(welcome), ROSTER_NAMES);
    }
}
