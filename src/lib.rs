//! Salon: a chat server that one command starts and every client already on your machine can join.
//!
//! One thread, one event loop, one port. `ARCHITECTURE.md` draws the path of a message; each module says what it is for.

pub mod admin;
pub mod base;
pub mod bots;
pub mod chat;
pub mod cli;
pub mod client;
pub mod cluster;
pub mod dev_cluster;
pub mod durability;
pub mod engine;
pub mod fanout;
pub mod hosts;
pub mod hub;
pub mod journal;
pub mod limits;
pub mod logging;
pub mod manual;
pub mod ordering;
pub mod proto;
pub mod server;
pub mod terminal;
pub mod weather;
pub mod web;
pub mod wire;
