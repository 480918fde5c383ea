//! What the servers of an engine say of themselves and of the log, asked once: for an operator who sets up a cluster.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::time::timeout_at;

use super::dialogue::Outgoing;
use super::incoming::{Answer, Incoming, NO_RESPONDERS};
use super::link::{Fault, Link, LinkEvent};
use super::log_settings::{NO_STREAM, Replica, StreamInfo};
use super::settings::{ServerAddress, Settings};
use crate::base::limits::ENGINE_CONNECT_TIMEOUT;

/// A server of the engine that serves this node.
#[derive(Debug)]
pub struct ServerState {
    /// Its version.
    pub version: String,
    /// How long it took to say what it knows of the log.
    pub answered_after: Duration,
    /// The log. `None`: there is none yet.
    pub log: Option<LogState>,
}

/// What the engine knows of the log.
#[derive(Debug)]
pub struct LogState {
    /// The positions of its first and its last entry. The last is one less than the first if it is empty.
    pub entries: (u64, u64),
    /// Its size on each server, in bytes.
    pub bytes: u64,
    /// The server that orders its entries; `None`: a single server, or one is being elected.
    pub leader: Option<String>,
    /// The other servers that keep it.
    pub replicas: Vec<Replica>,
}

/// A server of the engine, and what it says; or a sentence that says what to change.
pub type ServerReport = (ServerAddress, Result<ServerState, String>);

/// Asks each server of the engine.
///
/// Blocks, for each server at most twice [`ENGINE_CONNECT_TIMEOUT`].
pub fn check(settings: &Settings) -> Result<Vec<ServerReport>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| format!("The check cannot be prepared: {why}."))?;
    let state = |address: &ServerAddress| (address.clone(), runtime.block_on(ask(settings, address)));
    let states = settings.servers.iter().map(state).collect();
    runtime.shutdown_background();
    Ok(states)
}

async fn ask(settings: &Settings, address: &ServerAddress) -> Result<ServerState, String> {
    let mut link = Link::open(settings, address).await.map_err(|fault| match fault {
        Fault::TooOld(sentence) => sentence,
        Fault::Unreachable(why) => format!("{why}. Is it running, and is the address right?"),
    })?;
    let asked = Instant::now();
    let question =
        Outgoing { subject: settings.log.info_subject(), token: 1, id: None, payload: Bytes::new() };
    link.send(question).await.map_err(|why| format!("{address}: {why}."))?;
    let until = tokio::time::Instant::now() + ENGINE_CONNECT_TIMEOUT;
    let json = loop {
        match timeout_at(until, link.next()).await {
            Ok(LinkEvent::Message(Incoming::Answer(1, Answer::Json(json)))) => break json,
            Ok(LinkEvent::Message(Incoming::Answer(1, Answer::Status(NO_RESPONDERS)))) => {
                return Err(format!(
                    "{address} cannot say what it knows of the log. Is JetStream switched on, and do two of three servers run?"
                ));
            }
            // What nodes say meanwhile.
            Ok(LinkEvent::Message(_) | LinkEvent::Packet(_)) => {}
            Ok(LinkEvent::Refused(words)) => return Err(format!("{address} refuses this node: {words}.")),
            Ok(LinkEvent::Lost(why)) => return Err(format!("{address}: {why}.")),
            Err(_) => return Err(format!("{address} does not answer what it knows of the log.")),
        }
    };
    let answered_after = asked.elapsed();
    let log = log_state(settings, &json).map_err(|why| format!("{address}: {why}"))?;
    Ok(ServerState { version: link.version(), answered_after, log })
}

/// Reads what the engine knows of the log. An error is a sentence.
fn log_state(settings: &Settings, json: &[u8]) -> Result<Option<LogState>, String> {
    let info: StreamInfo =
        serde_json::from_slice(json).map_err(|why| format!("Its answer is not understood: {why}."))?;
    if let Some(error) = &info.error {
        if error.err_code == NO_STREAM {
            return Ok(None);
        }
        let refusal = settings.log.refusal(error);
        return Err(refusal.unwrap_or_else(|| format!("It cannot give the log: {}.", error.description)));
    }
    settings.log.check(&info)?;
    Ok(Some(LogState {
        entries: (info.state.first_seq, info.state.last_seq),
        bytes: info.state.bytes,
        leader: info.cluster.leader,
        replicas: info.cluster.replicas,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::log_settings::tests as log;
    use crate::engine::settings::{Credentials, NodeName};

    fn settings() -> Settings {
        Settings {
            servers: vec![ServerAddress::parse("nats://one").unwrap()],
            node: NodeName::parse("one").unwrap(),
            credentials: Credentials::None,
            authorities: None,
            log: log::settings(),
            nonce: 1,
        }
    }

    #[test]
    fn a_server_may_have_no_log_yet_or_one_that_is_wrong() {
        let missing =
            json!({ "error": { "code": 404, "err_code": 10_059, "description": "stream not found" } });
        assert!(log_state(&settings(), missing.to_string().as_bytes()).unwrap().is_none());
        let wrong = log::info(&json!({ "num_replicas": 1 }), 1, 1);
        assert!(log_state(&settings(), &wrong).unwrap_err().contains("--replicas"));
        assert!(log_state(&settings(), b"[").unwrap_err().contains("not understood"));
    }

    #[test]
    fn the_replicas_of_a_log_are_known() {
        let mut info: serde_json::Value = serde_json::from_slice(&log::info(&json!({}), 3, 9)).unwrap();
        info["cluster"] = json!({ "name": "salon", "leader": "engine-1", "replicas": [
            { "name": "engine-2", "current": true, "active": 1_000 },
            { "name": "engine-3", "current": false, "offline": true, "active": 1_000, "lag": 7 },
        ] });
        let state = log_state(&settings(), info.to_string().as_bytes()).unwrap().unwrap();
        assert_eq!((state.entries, state.leader.as_deref()), ((3, 9), Some("engine-1")));
        assert!(state.replicas[0].current && !state.replicas[0].offline);
        assert!(state.replicas[1].offline && state.replicas[1].lag == 7);
    }
}
