//! What of rooms that people open nobody hears who may not know of them: their names, topics, sizes and messages, wherever they
//! may show. And nobody who may know of them is told otherwise.

use crate::hour::hearing::Tongue;
use crate::simulation::opened::OpenedRoom;
use crate::simulation::part::Part;
use crate::simulation::rights::Rights;
use crate::simulation::shadow::Shadow;
use crate::simulation::truth::token;
use crate::simulation::vocabulary::FIRST_ROOMS;

/// Stands before the number of a topic.
pub const ABOUT: &str = "about t";

/// The numerics of IRC that name a channel as the client typed it, whether there is one or not.
const TYPED: [&str; 6] = [" 403 ", " 315 ", " 366 ", " 704 ", " 705 ", " 706 "];

impl Shadow {
    /// A room of this name may have this topic.
    pub fn secrets_of(&mut self, room: &str, topic: &str) {
        if let Some(number) = number(topic) {
            self.topics.entry(number).or_default().insert(room.to_owned());
        }
    }

    /// Checks that a client may hear what stands in a message.
    pub fn check_secrets(&self, at: usize, message: &str) -> Result<(), String> {
        if self.opened.is_empty() {
            return Ok(());
        }
        let part = &self.parts[at];
        let fault = |what: &str, room: &str| {
            Err(format!(
                "{} ({:?}) {:?} hears {what} of {room}: {message:?}",
                part.name,
                part.tongue,
                part.identities()
            ))
        };
        let said_in = token(message).and_then(|token| self.tokens.get(&token)?.1).map(|(stream, _)| stream);
        let topic_of = number(message).and_then(|number| self.topics.get(&number));
        for (name, room) in self.rooms_of_people() {
            let is_named = message.contains(name);
            if is_named && !is_as_typed(message, name) && !self.may_know(part, name, room) {
                return fault("the name", name);
            }
            if is_named {
                self.check_refusal(part, message, (name, room))?;
            }
            let is_topic = topic_of.is_some_and(|rooms| rooms.len() == 1 && rooms.contains(name));
            if is_topic && !self.may_know(part, name, room) {
                return fault("the topic", name);
            }
            let is_said = said_in.is_some_and(|stream| self.streams[stream].room == name);
            // It may have been in two rooms within a turn, which does not show.
            let was_there = || part.is_blind() && self.may_know(part, name, room);
            if is_said && !part.is_unclear && !self.is_in(part, name) && !was_there() {
                return fault("a message", name);
            }
        }
        self.check_census(part, message)
    }

    /// How many rooms there are for an IRC client.
    fn check_census(&self, part: &Part, message: &str) -> Result<(), String> {
        let told =
            Some(message).filter(|_| part.tongue == Tongue::Irc).and_then(|line| line.split_once(" 254 "));
        let Some((_, rest)) = told else { return Ok(()) };
        let count: usize = rest.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
        let known = self.rooms_of_people().filter(|(name, room)| self.may_know(part, name, room)).count();
        if count <= FIRST_ROOMS + known {
            return Ok(());
        }
        Err(format!("{} is told of {count} rooms, and may know of {known} of people: {message:?}", part.name))
    }

    /// Whether it is in a room, as far as it knows.
    fn is_in(&self, part: &Part, room: &str) -> bool {
        part.stays.iter().any(|stay| !stay.is_over && self.streams[stay.stream].room == room)
    }

    /// Whether a client may know of a room at the time of what it hears now.
    fn may_know(&self, part: &Part, name: &str, room: &OpenedRoom) -> bool {
        if self.is_in(part, name) {
            return true;
        }
        let who = part.identities();
        let is_late = part.was_slow || part.is_unclear || part.tongue == Tongue::Chaty;
        let since = if is_late { 0 } else { self.last_calm };
        let admits = |rights: &Rights| {
            let all = || rights.invited.keys().chain(&rights.operators).chain([&rights.owner]);
            rights.admit(&who)
                || part.is_fickle && all().any(|other| who.iter().any(|who| self.are_same(other, who)))
        };
        room.since(since).flatten().any(admits) || self.is_asked_in((name, room), &who)
    }

    /// Whether a refusal is right. Where others may have changed something in the meantime, it may be.
    fn check_refusal(
        &self,
        part: &Part,
        message: &str,
        (name, room): (&str, &OpenedRoom),
    ) -> Result<(), String> {
        let Some(since) = part.asked.filter(|since| self.is_in_time || self.last_behind < *since) else {
            return Ok(());
        };
        let who = part.identities();
        // What it hears late, it may have asked for at another time.
        if part.was_slow || part.is_fickle || part.claimed.len() != 1 || part.is_unclear || who.len() != 1 {
            return Ok(());
        }
        let who = &who[0];
        let mut all = room.since(since.saturating_sub(1));
        let is_wrong = if message.contains(&format!("There is no room {name}.")) {
            all.all(|it| it.is_some_and(|it| !it.is_private || it.must_command(who)))
        } else if message.contains(&format!("In {name} only its owner, ")) {
            let is_owners = !message.contains(", and the operators of the room may use ");
            all.all(|it| it.is_some_and(|it| it.owner == *who || !is_owners && it.must_command(who)))
        } else if message.contains(&format!("You are muted in {name}, ")) {
            all.all(|it| it.is_some_and(|it| !it.is_muted(&part.name)))
        } else {
            false
        };
        if !is_wrong || self.is_renamed(who) {
            return Ok(());
        }
        Err(format!(
            "{} ({:?}) {who:?} is refused in {name}: {message:?}. It is {room:?}",
            part.name, part.tongue
        ))
    }
}

/// Whether a room's name stands in a message as somebody typed it who may not know of it, and as it is answered if there is none.
fn is_as_typed(message: &str, room: &str) -> bool {
    message.contains(&format!("There is no room {room}."))
        || message.contains(&format!("No room can be called {room} now."))
        || message.contains(&format!(" MULTILINE_INVALID_TARGET #{room} "))
        // In the whole server.
        || message.contains(&format!(" #{room} :You are muted ")) && !message.contains(&format!("muted in {room}"))
        || TYPED.iter().any(|numeric| message.contains(numeric) && message.contains(&format!(" #{room} :")))
}

/// The number of a topic.
fn number(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(ABOUT)?;
    rest.get(..6)?.parse().ok()
}
