//! The operator's settings for hosts.

use std::rc::Rc;
use std::time::Duration;

use crate::bots::Character;

/// The operator's settings for hosts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The lobby's initiators; at least one.
    pub initiators: Vec<Rc<str>>,
    /// The time between two initiators. `None`: none are said.
    pub interval: Option<Duration>,
    /// How long people must be silent after they talked to one another, before an initiator is said.
    pub lull: Duration,
    /// The bots that are in the lobby from the start.
    pub bots: Vec<Character>,
    /// Seeds all random choices of the hosts.
    pub seed: u64,
}
