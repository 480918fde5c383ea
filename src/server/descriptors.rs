//! How many connections the system lets this process have.

use log::warn;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::limits::{OTHER_DESCRIPTORS, SESSIONS};

/// Raises the limit of descriptors to what is allowed, or to what is needed if that is less. Returns how many connections
/// there is room for.
pub fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = SESSIONS as u64 + OTHER_DESCRIPTORS;
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let current = limit.current.unwrap_or(u64::MAX);
    let room = if current >= allowed {
        current
    } else {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum: limit.maximum }) {
            Ok(()) => allowed,
            Err(why) => {
                warn!("the limit of descriptors stays at {current}: {why}");
                current
            }
        }
    };
    room.saturating_sub(OTHER_DESCRIPTORS).min(SESSIONS as u64)
}
