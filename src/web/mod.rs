//! HTTP/1.1 without sockets: request heads, responses and the WebSocket handshake (RFC 9112, RFC 6455).
//!
//! Requests with a body are refused, and after a refusal the connection closes without reading further. So no input after a
//! request line can reach the chat, except WebSocket frames.

mod allowed_hosts;
mod connection;
mod handshake;
mod head;
mod manual_pages;
mod response;
mod site;
mod sniff;

pub use allowed_hosts::AllowedHosts;
pub use connection::{Connection, Step};
pub use handshake::{Accepted, Subprotocol};
pub use head::{Head, Method, Upgrade};
pub use response::{Response, Status};
pub use site::{Reply, Site};
pub use sniff::{Sniffed, UNCERTAIN_BYTES, sniff};
