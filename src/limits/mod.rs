//! Limits on peers: admission, rate limits for members, and flow control for senders. Pure arithmetic; time is an
//! argument.
//!
//! The numbers are in `base/limits.rs`.

pub mod admission;
pub mod command_budget;
pub mod gcra;
pub mod host_budget;
pub mod inflight;
mod pace;
pub mod peer_limits;
pub mod refusal_log;
pub mod sender_quota;
pub mod source_rate;
pub mod spam_limiter;
pub mod stall;
