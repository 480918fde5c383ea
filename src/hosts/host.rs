//! What a host is: who hears what happens in a room, and decides what is to happen next.
//!
//! A host is told what happened and asked what it wants done. It knows no connections, no bytes and no clock: the time is
//! told to it, and randomness is handed to it as a seed.

use std::fmt::Debug;
use std::time::Instant;

use crate::hosts::Setup;
use crate::proto::Who;
use crate::weather::{Question, Report};

/// Who drives a room. Whatever it wants done, it is asked for by [`Host::poll`] after each of the other calls.
pub trait Host: Debug {
    /// Somebody came into the room: a person, a bot from outside, or a bot that this host had come.
    fn came(&mut self, who: &Who, now: Instant);

    /// Somebody left the room, or was taken out of it.
    fn left(&mut self, who: &Who, now: Instant);

    /// Something was said in the room, by anybody: this host and its bots as well.
    fn said(&mut self, said: &Said<'_>, now: Instant);

    /// The time of its deadline has come.
    fn due(&mut self, now: Instant);

    /// When it wants to be called next.
    fn deadline(&self) -> Option<Instant>;

    /// Whether something is still to be said in answer to what this member said: who leaves before would not hear it.
    fn is_to_answer(&self, _who: &str) -> bool {
        false
    }

    /// What it wants done next, in order.
    fn poll(&mut self) -> Option<Act>;

    /// Whether `text`, which somebody is about to say, is for the host alone. If it is, nobody else hears it, and
    /// [`Host::said`] is not called.
    fn takes(&mut self, _by: &Who, _text: &str, _now: Instant) -> bool {
        false
    }

    /// A member typed a slash command, which may be one of this room's own. Returns whether it is.
    fn command(&mut self, _by: &Who, _name: &str, _rest: &str, _now: Instant) -> bool {
        false
    }

    /// The name of a bot that was to come is somebody else's. Another may be tried.
    fn refused(&mut self, _name: &str, _now: Instant) {}

    /// The operator orders something. The answer is a sentence; an error says why it is not done.
    fn order(&mut self, order: Order<'_>, now: Instant) -> Result<String, String>;

    /// The bots that it can have come, and whether each takes part (or would, if it were called for).
    fn bots(&self) -> Vec<(String, bool)> {
        Vec::new()
    }

    /// What operators decide about all hosts has changed.
    fn reload(&mut self, _setup: &Setup) {}

    /// The answer to an [`Act::Ask`]; none if it cannot be had.
    fn forecast(&mut self, _ticket: u64, _report: Option<&Report>, _now: Instant) {}
}

/// Something that was said, or done with `/me`.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// Who said it; none: the host.
    pub by: Option<&'a Who>,
    /// What, or its beginning, to be read as seldom as possible: what bots and hosts may read is bounded, and none is what there
    /// is no budget for. It goes unanswered.
    pub read: &'a dyn Fn() -> Option<&'a str>,
    /// It was done rather than said: `/me waves`.
    pub is_act: bool,
    /// The names of members that stand in the text, looked up when asked for.
    pub named: &'a dyn Fn() -> Vec<&'a str>,
}

/// What a host wants done. Names are those of members, in any case.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The host says this to the room.
    Say(String),
    /// The host tells this to one member alone: sentences, each on a line of its own.
    Tell {
        /// To whom.
        to: String,
        /// What.
        text: String,
    },
    /// A bot of this name is to come. Either [`Host::came`] follows or [`Host::refused`].
    Come(String),
    /// A bot that this host had come says this.
    SayAs {
        /// Which.
        bot: String,
        /// What.
        text: String,
    },
    /// A member leaves the room: a bot that this host had come, or anybody else, who is told this sentence.
    Go {
        /// Who.
        who: String,
        /// Why, as a whole sentence for them.
        text: String,
    },
    /// From now on `listeners` hear, of all that is said, only what `voice` says (and what they say themselves, where it is
    /// shown to them). The others hear everything. Comings and goings are heard by all.
    Attend {
        /// Whom they hear; none: nobody.
        voice: Option<String>,
        /// Who they are.
        listeners: Vec<String>,
    },
    /// The weather is to be known; the answer goes to [`Host::forecast`].
    Ask(Question),
}

/// What an operator may order a host to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order<'a> {
    /// To go on, after it was stopped.
    Start,
    /// To begin nothing of itself any more.
    Stop,
    /// To do at once what it would do next: say something, begin a round, tell an event.
    Now,
    /// To have one of its bots take part, named by its name or a word for it.
    StartBot(&'a str),
    /// To have it leave, and not come again by itself.
    StopBot(&'a str),
}

impl Debug for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("by", &self.by).field("is_act", &self.is_act).finish_non_exhaustive()
    }
}
