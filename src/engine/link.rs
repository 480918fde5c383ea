//! A connection to one server of the engine.
//!
//! The client (`async-nats`) would connect again by itself, and then send what it had kept. Here a connection ends when it is
//! lost, and the `worker` makes another: so it decides where to, and what is sent again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_nats::{Client, ConnectOptions, Event, HeaderMap, Message, Subscriber};
use futures_util::StreamExt;
use log::{info, warn};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use super::dialogue::Outgoing;
use super::incoming::{Answer, Entry, Incoming, node_of};
use super::log_settings::LogSettings;
use super::settings::{Credentials, ServerAddress, Settings};
use super::version::{OLDEST, Version};
use crate::base::limits::{
    ENGINE_ACK_TIMEOUT, ENGINE_CONNECT_TIMEOUT, ENGINE_PING_INTERVAL, ENGINE_UNREAD_MESSAGES,
    ENGINE_UNSENT_MESSAGES,
};
use crate::cluster::log::Packet;

/// A connection.
pub(super) struct Link {
    client: Client,
    /// What the engine repeats as soon as it is committed.
    live: Subscriber,
    /// Answers.
    inbox: Subscriber,
    /// What other nodes send to this one.
    packets: Subscriber,
    /// This node.
    node: String,
    log: LogSettings,
    /// What answers are addressed to, without the number of the request.
    inbox_prefix: String,
    notices: Receiver<Notice>,
}

/// What a connection brings.
pub(super) enum LinkEvent {
    Message(Incoming),
    Packet(Packet),
    /// The server has refused something. Its words.
    Refused(String),
    /// The connection is lost. A part of a sentence.
    Lost(String),
}

/// Why there is no connection.
pub(super) enum Fault {
    /// Another server may do, or the same one later. A part of a sentence.
    Unreachable(String),
    /// This server will not do, ever. A sentence that says what to change.
    TooOld(String),
}

/// What the client tells of its connection.
enum Notice {
    Refused(String),
    Lost(String),
}

impl Link {
    /// Connects, and subscribes to what the node hears.
    pub(super) async fn open(settings: &Settings, address: &ServerAddress) -> Result<Link, Fault> {
        let opening = timeout(ENGINE_CONNECT_TIMEOUT, Link::connect(settings, address));
        let unreachable = |why: String| Fault::Unreachable(format!("{address} {why}"));
        opening.await.map_err(|_| unreachable("does not answer".to_owned()))?
    }

    async fn connect(settings: &Settings, address: &ServerAddress) -> Result<Link, Fault> {
        let fault = |why: &dyn std::fmt::Display| {
            Fault::Unreachable(format!("{address} does not serve this node: {why}"))
        };
        let (sender, notices) = channel(ENGINE_UNSENT_MESSAGES);
        let options = options(settings)?.event_callback(move |event| {
            let sender = sender.clone();
            async move {
                if let Some(notice) = notice(event) {
                    // If nobody reads them, so many do as well as more.
                    let _ = sender.try_send(notice);
                }
            }
        });
        let client = options.connect(address.to_string()).await.map_err(|why| fault(&why))?;
        let server = client.server_info();
        match Version::parse(&server.version) {
            Some(version) if version >= OLDEST => {}
            _ => {
                return Err(Fault::TooOld(format!(
                    "The engine at {address} has version {}, and a cluster needs {OLDEST} or newer: older ones lose messages when a \
                     machine is cut off. Upgrade it, and start again.",
                    crate::base::text::sanitize(server.version.as_bytes())
                )));
            }
        }
        let inbox_prefix = format!("_INBOX.{}.{:016x}", settings.node.as_str(), settings.nonce);
        let live = client.subscribe(settings.log.live()).await.map_err(|why| fault(&why))?;
        let inbox = client.subscribe(format!("{inbox_prefix}.*")).await.map_err(|why| fault(&why))?;
        let (node, log) = (settings.node.as_str().to_owned(), settings.log.clone());
        let packets = client.subscribe(log.private(&node, "*")).await.map_err(|why| fault(&why))?;
        info!("connected to the engine at {address}, version {}", server.version.escape_debug());
        Ok(Link { client, live, inbox, packets, node, log, inbox_prefix, notices })
    }

    /// The version of the server.
    pub(super) fn version(&self) -> String {
        crate::base::text::sanitize(self.client.server_info().version.as_bytes()).into_owned()
    }

    /// Sends a message. An error is a part of a sentence.
    pub(super) async fn send(&self, message: Outgoing) -> Result<(), String> {
        let Outgoing { subject, token, id, payload } = message;
        let reply = format!("{}.{token}", self.inbox_prefix);
        let mut headers = HeaderMap::new();
        if let Some(id) = id {
            headers.insert("Nats-Msg-Id", id.as_str());
        }
        in_time(self.client.publish_with_reply_and_headers(subject, reply, headers, payload)).await
    }

    /// Sends a packet to another node. An error is a part of a sentence.
    pub(super) async fn send_packet(&self, Packet { node, bytes }: Packet) -> Result<(), String> {
        in_time(self.client.publish(self.log.private(&node, &self.node), bytes.into())).await
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> LinkEvent {
        loop {
            let incoming = tokio::select! {
                message = self.live.next() => match message {
                    Some(message) => entry(&message).map(Incoming::Live),
                    None => return LinkEvent::Lost(CLOSED.to_owned()),
                },
                message = self.inbox.next() => match message {
                    Some(message) => answer(&self.inbox_prefix, &message),
                    None => return LinkEvent::Lost(CLOSED.to_owned()),
                },
                message = self.packets.next() => match message {
                    Some(message) => return LinkEvent::Packet(packet(&message)),
                    None => return LinkEvent::Lost(CLOSED.to_owned()),
                },
                notice = self.notices.recv() => match notice {
                    Some(Notice::Refused(words)) => return LinkEvent::Refused(words),
                    Some(Notice::Lost(why)) => return LinkEvent::Lost(why),
                    None => return LinkEvent::Lost(CLOSED.to_owned()),
                },
            };
            match incoming {
                Some(incoming) => return LinkEvent::Message(incoming),
                None => warn!("the engine sent something that is no entry of the log and no answer"),
            }
        }
    }
}

/// Waits until something is sent.
async fn in_time<E: std::fmt::Display>(sending: impl Future<Output = Result<(), E>>) -> Result<(), String> {
    match timeout(ENGINE_ACK_TIMEOUT, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(format!("nothing can be sent to it: {why}")),
        Err(_) => Err("it takes nothing".to_owned()),
    }
}

/// What another node has sent. Its name is the last token of the subject.
fn packet(message: &Message) -> Packet {
    let node = message.subject.rsplit('.').next().unwrap_or_default().to_owned();
    Packet { node, bytes: message.payload.to_vec() }
}

const CLOSED: &str = "the connection was closed";

fn options(settings: &Settings) -> Result<ConnectOptions, Fault> {
    let mut options = match &settings.credentials {
        Credentials::None => ConnectOptions::new(),
        Credentials::Nkey(seed) => ConnectOptions::with_nkey(seed.clone()),
        Credentials::Creds(text) => ConnectOptions::with_credentials(text)
            .map_err(|why| Fault::Unreachable(format!("the .creds file cannot be used: {why}")))?,
    };
    if let Some(authorities) = &settings.authorities {
        options = options.add_root_certificates(authorities.clone());
    }
    // The client connects again by itself, after a pause in which the worker has dropped it.
    let is_first = AtomicBool::new(true);
    Ok(options
        .name(format!("salon {}", settings.node.as_str()))
        .ignore_discovered_servers()
        .ping_interval(ENGINE_PING_INTERVAL)
        .connection_timeout(ENGINE_CONNECT_TIMEOUT)
        .max_reconnects(1)
        .reconnect_delay_callback(move |_| {
            let is_first = is_first.swap(false, Ordering::AcqRel);
            if is_first { Duration::ZERO } else { ENGINE_ACK_TIMEOUT }
        })
        .subscription_capacity(ENGINE_UNREAD_MESSAGES)
        .client_capacity(ENGINE_UNSENT_MESSAGES))
}

/// What an event of the client means for the connection, if anything.
fn notice(event: Event) -> Option<Notice> {
    Some(match event {
        Event::Disconnected => Notice::Lost("the connection is lost".to_owned()),
        Event::Closed => Notice::Lost(CLOSED.to_owned()),
        Event::LameDuckMode => Notice::Lost("the server is about to stop".to_owned()),
        Event::ServerError(why) => Notice::Refused(why.to_string()),
        Event::ClientError(why) => Notice::Refused(why.to_string()),
        _ => return None,
    })
}

/// An entry of the log, live or fetched, if a message is one.
fn entry(message: &Message) -> Option<Entry> {
    let headers = message.headers.as_ref()?;
    let header = |name: &str| headers.get(name).map(async_nats::HeaderValue::as_str);
    let seq = header("Nats-Sequence")?.parse().ok().filter(|seq| *seq > 0)?;
    let time: jiff::Timestamp = header("Nats-Time-Stamp")?.parse().ok()?;
    let node = node_of(header("Nats-Subject")?)?.to_owned();
    let id = header("Nats-Msg-Id").unwrap_or_default().to_owned();
    Some(Entry { seq, time: SystemTime::from(time), node, id, bytes: Arc::from(&message.payload[..]) })
}

/// An answer to a request, if a message is one.
fn answer(inbox_prefix: &str, message: &Message) -> Option<Incoming> {
    let token = message.subject.strip_prefix(inbox_prefix)?.strip_prefix('.')?.parse().ok()?;
    let is_entry = message.headers.as_ref().is_some_and(|headers| headers.get("Nats-Sequence").is_some());
    let answer = match message.status {
        Some(status) => Answer::Status(status.as_u16()),
        None if is_entry => Answer::Entry(entry(message)?),
        None => Answer::Json(message.payload.to_vec()),
    };
    Some(Incoming::Answer(token, answer))
}
