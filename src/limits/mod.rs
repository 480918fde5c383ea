//! What peers may do, and how much: admission at the door, rate limits for those who are in, and flow control for those who
//! are ahead of their readers. Pure arithmetic over times that are arguments.
//!
//! The numbers stand in `base/limits.rs`; this is what is counted against them.

pub mod admission;
pub mod command_budget;
pub mod gcra;
pub mod host_budget;
pub mod inflight;
pub mod peer_limits;
pub mod refusal_log;
pub mod sender_quota;
pub mod source;
pub mod spam_limiter;
pub mod stall;
