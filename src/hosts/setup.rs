//! What the operator decides about all hosts.

use std::rc::Rc;
use std::time::Duration;

use crate::bots::Character;

/// What the operator decides about all hosts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What a lobby's host says; at least one line.
    pub initiators: Vec<Rc<str>>,
    /// The pause between two of its lines; `None` silences it.
    pub interval: Option<Duration>,
    /// Who of the cast takes part in the lobby from the start.
    pub bots: Vec<Character>,
    /// What the hosts' choices follow from.
    pub seed: u64,
}
