//! What the servers of an engine say of themselves and of the log, asked once: for an operator who sets up a cluster.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout_at;

use super::dialogue::Outgoing;
use super::incoming::{Answer, Incoming, NO_RESPONDERS};
use super::link::{Fault, Link, LinkEvent};
use super::log_settings::{LogSettings, NO_STREAM, Replica, StreamInfo, may_not_publish};
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
    /// What this node has no permission for: sentences.
    pub missing: Vec<String>,
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

/// What a node publishes to, tried without an effect.
struct Trial {
    subject: String,
    payload: Value,
    /// What the permissions of its key have to name.
    allowed_as: String,
}

/// The question what the engine knows of the log comes first.
fn trials(log: &LogSettings, node: &str) -> Vec<Trial> {
    let request = |subject: String, payload| Trial { allowed_as: subject.clone(), subject, payload };
    let speaking = |subject: String, allowed_as: &str| Trial {
        subject,
        payload: Value::Null,
        allowed_as: allowed_as.to_owned(),
    };
    // It is not the name in the subject, so nothing is made.
    let no_stream = || json!({ "name": "-" });
    vec![
        request(log.info_subject(), json!({})),
        request(log.create_subject(), no_stream()),
        // No epoch is 0, so nothing is deleted.
        request(log.purge_subject(), json!({ "filter": log.subject(node, 0) })),
        request(log.get_subject(), json!({ "seq": 1 })),
        request(log.snapshots_info_subject(), json!({})),
        request(log.snapshots_create_subject(), no_stream()),
        request(log.snapshots_get_subject(), json!({ "seq": 1 })),
        // No stream takes these, as they have more words than its subjects, or fewer.
        speaking(format!("{}.check", log.subject(node, 0)), &log.own_subjects(node)),
        speaking(format!("{}.check", log.snapshots_root()), &format!("{}.>", log.snapshots_root())),
        speaking(log.private(node, node), &log.private("*", node)),
    ]
}

async fn ask(settings: &Settings, address: &ServerAddress) -> Result<ServerState, String> {
    let node = settings.node.as_str();
    let mut link = Link::open(settings, address).await.map_err(|fault| match fault {
        Fault::TooOld(sentence) => sentence,
        Fault::Unreachable(why) => format!("{why}. Is it running, and is the address right?"),
    })?;
    let (asked, trials) = (Instant::now(), trials(&settings.log, node));
    for (token, Trial { subject, payload, .. }) in (1..).zip(&trials) {
        let (subject, payload) = (subject.clone(), payload.to_string().into_bytes().into());
        let sent = link.send(Outgoing { subject, token, id: None, payload }).await;
        sent.map_err(|why| format!("{address}: {why}."))?;
    }
    let (first, last) = (1, trials.len() as u64);
    let mut open: BTreeSet<u64> = (first..=last).collect();
    let (mut known, mut missing) = (None, Vec::new());
    let until = tokio::time::Instant::now() + ENGINE_CONNECT_TIMEOUT;
    while !open.is_empty() {
        match timeout_at(until, link.next()).await {
            Ok(LinkEvent::Message(Incoming::Answer(token, answer))) => {
                open.remove(&token);
                match answer {
                    Answer::Json(json) if token == first => known = Some((json, asked.elapsed())),
                    Answer::Status(NO_RESPONDERS) if token == first => {
                        return Err(format!(
                            "{address} cannot say what it knows of the log. Is JetStream switched on, and do two of three servers run?"
                        ));
                    }
                    _ => {}
                }
            }
            // What it has written to itself.
            Ok(LinkEvent::Packet(packet)) if packet.node == node => drop(open.remove(&last)),
            // What nodes say meanwhile.
            Ok(LinkEvent::Message(_) | LinkEvent::Packet(_)) => {}
            Ok(LinkEvent::Refused(words)) => {
                let is_meant = |trial: &&Trial| words.contains(&format!("\"{}\"", trial.subject));
                let Some((token, trial)) = (1..).zip(&trials).find(|(_, trial)| is_meant(trial)) else {
                    return Err(format!("{address} refuses this node: {words}."));
                };
                open.remove(&token);
                missing.push(may_not_publish(&trial.allowed_as));
            }
            Ok(LinkEvent::Lost(why)) => return Err(format!("{address}: {why}.")),
            Err(_) => break,
        }
    }
    let Some((json, answered_after)) = known else {
        let why = missing.into_iter().next();
        let why = why.unwrap_or_else(|| "It does not answer what it knows of the log.".to_owned());
        return Err(format!("{address}: {why}"));
    };
    let log = log_state(settings, &json).map_err(|why| format!("{address}: {why}"))?;
    Ok(ServerState { version: link.version(), answered_after, log, missing })
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
        let mut info: Value = serde_json::from_slice(&log::info(&json!({}), 3, 9)).unwrap();
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
