//! Behaviour through the front door: the hub under a clock that the test moves, and the real binary with real clients.

mod support;

mod binary;
mod clients;
mod crowd;
mod properties;
mod slow_readers;
mod transcripts;
