//! What comes from the engine, as far as it concerns the log.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;

/// An entry of the log, as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its position in the log.
    pub(super) seq: u64,
    /// The engine's timestamp.
    pub(super) time: SystemTime,
    /// The node that published it.
    pub(super) node: String,
    /// The id that it was published with.
    pub(super) id: String,
    pub(super) bytes: Arc<[u8]>,
}

/// A message of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// An entry that was just committed.
    Live(Entry),
    /// An answer to a request with this number.
    Answer(u64, Answer),
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An entry that was fetched.
    Entry(Entry),
    /// A status without content, such as the end of what was fetched, or "no such entry".
    Status(u16),
    /// A JSON object.
    Json(Vec<u8>),
}

/// The status of a request that nobody answers: no server that the engine can reach has the stream, or it has no leader.
pub(super) const NO_RESPONDERS: u16 = 503;

/// What the engine says of a publication (`PubAck` in NATS).
#[derive(Debug, Deserialize)]
pub(super) struct Acknowledgement {
    /// The position in the log.
    #[serde(default)]
    pub(super) seq: u64,
    /// It was in the log already.
    #[serde(default)]
    pub(super) duplicate: bool,
    pub(super) error: Option<ApiError>,
}

/// An error that the engine answers with.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ApiError {
    /// Which one: a number of NATS (`errors.json` of nats-server).
    #[serde(default)]
    pub(super) err_code: u32,
    #[serde(default)]
    pub(super) description: String,
}

/// The node of a subject of the log, `ROOT.SHARD.NODE.EPOCH`.
pub(super) fn node_of(subject: &str) -> Option<&str> {
    let mut tokens = subject.split('.').skip(2);
    let node = tokens.next()?;
    (tokens.count() == 1).then_some(node)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An entry of the node `a`.
    pub(crate) fn entry(seq: u64) -> Entry {
        let bytes = format!("bytes {seq}").into_bytes().into();
        Entry { seq, time: SystemTime::UNIX_EPOCH, node: "a".to_owned(), id: format!("a.{seq}"), bytes }
    }

    #[test]
    fn the_node_is_a_token_of_the_subject() {
        assert_eq!(node_of("salon.0.a.17"), Some("a"));
        assert_eq!(node_of("salon.0.a"), None);
        assert_eq!(node_of("salon.0.a.17.18"), None);
        assert_eq!(node_of(""), None);
    }
}
