//! Rooms that several nodes share. A node is a server of a cluster; what happens in a shared room comes from a replicated log
//! ([`log`]), which every node hears in the same order.

pub mod log;
