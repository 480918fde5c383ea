//! What people have asked of rooms that people open, and what may be done already although nobody has heard of it.

use std::time::{Duration, Instant};

use crate::hour::hearing::Tongue;
use crate::simulation::opened::OpenedRoom;
use crate::simulation::rights::{Identity, Rights};
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::vocabulary::OPENED;

/// Within this time everything is done that a client asks for, if all that it sent has arrived.
const DONE_WITHIN: Duration = Duration::from_secs(15);

/// Something that lets others know of a room, when it is done.
#[derive(Debug)]
pub struct Ask {
    /// `None`: of the one where the client is.
    room: Option<&'static str>,
    what: What,
    by: usize,
    turn: u64,
    time: Instant,
}

#[derive(Debug, PartialEq)]
enum What {
    /// The room is public from then on.
    Public,
    /// Somebody of this name is let in.
    Invite(String),
    Operator(String),
    /// Nothing of the kind.
    Other,
}

impl Shadow {
    /// A client asks for this, in that room if its dialect can name one.
    pub fn asks_for(&mut self, by: usize, room: &str, text: &str) {
        let part = &mut self.parts[by];
        part.asked.get_or_insert(self.turn);
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let name = || key(rest.split(' ').next().unwrap_or_default());
        let what = match word {
            "/private" if rest == "off" => What::Public,
            "/invite" => What::Invite(name()),
            "/op" => What::Operator(name()),
            _ => What::Other,
        };
        let named = OPENED.into_iter().find(|opened| *opened == room);
        let room = named.filter(|_| matches!(part.tongue, Tongue::Json | Tongue::Irc));
        self.asks.push(Ask { room, what, by, turn: self.turn, time: self.now });
        if word == "/open"
            && let Some((room, topic)) = rest.split_once(' ')
        {
            self.secrets_of(room, topic);
        }
    }

    /// Forgets what was asked for and is done or refused by now. `is_read`: whether the server has read all that a client sent.
    pub fn settle_asks(&mut self, is_read: impl Fn(usize) -> bool) {
        if self.is_behind {
            return;
        }
        let now = self.now;
        let is_done = |ask: &mut Ask| now >= ask.time + DONE_WITHIN && is_read(ask.by);
        for ask in self.asks.extract_if(.., is_done).collect::<Vec<_>>() {
            if !self.asks.iter().any(|other| other.by == ask.by) {
                self.parts[ask.by].asked = None;
            }
            if let What::Invite(name) = &ask.what {
                self.invited(&ask, name);
            }
        }
    }

    /// Whoever had this name since somebody was to be invited may be the one.
    fn invited(&mut self, ask: &Ask, name: &str) {
        for room in OPENED.iter().filter(|room| ask.room.is_none_or(|asked| asked == **room)) {
            let who = self.may_be_meant(ask, name);
            let Some(opened) = self.opened.get(*room) else { continue };
            if !self.may_order(ask, (room, opened)) {
                continue;
            }
            let turn = self.turn;
            if let Some(opened) = self.opened.get_mut(*room) {
                opened.rights.invited.extend(who.into_iter().map(|who| (who, ask.turn)));
                opened.is_so(turn, turn);
            }
        }
    }

    fn may_be_meant(&self, ask: &Ask, name: &str) -> Vec<Identity> {
        let was_there = self.parts.iter().filter(|part| part.closed_at.is_none_or(|at| at >= ask.turn));
        was_there.filter(|part| part.claims_key(name)).map(|part| (name.to_owned(), part.machine())).collect()
    }

    /// Whether one of these may know of a room by what was asked for a moment ago.
    pub fn is_asked_in(&self, (room, opened): (&str, &OpenedRoom), who: &[Identity]) -> bool {
        self.asks.iter().filter(|ask| ask.room.is_none_or(|asked| asked == room)).any(|ask| {
            let lets_in = match &ask.what {
                What::Public => true,
                What::Invite(name) | What::Operator(name) => {
                    self.may_be_meant(ask, name).iter().any(|meant| who.contains(meant))
                }
                What::Other => false,
            };
            lets_in && self.may_order(ask, (room, opened))
        })
    }

    /// Whether whoever asked for this may give orders in a room, or may do so since the owner asked for that.
    fn may_order(&self, ask: &Ask, (room, opened): (&str, &OpenedRoom)) -> bool {
        let may = |ask: &Ask| self.may_command(ask.by, opened.since(ask.turn).flatten());
        may(ask)
            || self.asks.iter().filter(|other| other.room.is_none_or(|asked| asked == room)).any(|other| {
                let What::Operator(name) = &other.what else { return false };
                self.parts[ask.by].claims_key(name) && may(other)
            })
    }

    /// Whether a client may have given orders in a room by one of these rights.
    fn may_command<'a>(&self, by: usize, mut rights: impl Iterator<Item = &'a Rights>) -> bool {
        let who = self.parts[by].identities();
        rights.any(|rights| {
            let mut all = rights.operators.iter().chain([&rights.owner]);
            all.any(|other| who.iter().any(|who| self.are_same(other, who)))
        })
    }
}
