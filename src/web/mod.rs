//! HTTP/1.1, without a socket: the head of a request, what it is answered with, and how a WebSocket begins (RFC 9112, RFC 6455).
//!
//! Requests have no body: whoever sends one is answered and closed, and what follows a request that is refused is never looked
//! at. Nothing that comes after a request line can reach the chat, but for the frames of a WebSocket.

mod allowed_hosts;
mod answer;
mod connection;
mod handshake;
mod head;
mod manual_pages;
mod site;
mod sniff;

pub use allowed_hosts::AllowedHosts;
pub use answer::{Answer, Status};
pub use connection::{Connection, Step};
pub use head::{Head, Method, Upgrade};
pub use site::{Reply, Site};
pub use sniff::{Sniffed, UNCERTAIN_BYTES, sniff};
