//! The stream that holds the log: which settings it needs, and whether it has them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::incoming::ApiError;
use crate::base::limits::{
    ENGINE_DUPLICATE_WINDOW, ENGINE_GIVE_UP_AFTER, ENGINE_HEADER_BYTES, ENGINE_LOG_AGE, SHARED_BATCH_BYTES,
};

/// The log's stream in the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The name of the log: letters, digits, `-` and `_`. In lower case it is the first token of its subjects.
    pub name: String,
    /// The shard: which part of the log. Each has a stream of its own; there is one, 0.
    pub shard: u8,
    /// How many servers keep a copy. With fewer than three, a server's death stops the rooms or loses what was said.
    pub replicas: usize,
    /// The size of a new log, in bytes: beyond it the oldest entries go.
    pub max_bytes: u64,
}

/// What the engine knows of a stream (`StreamInfo` in NATS).
#[derive(Debug, Deserialize)]
pub(super) struct StreamInfo {
    pub(super) error: Option<ApiError>,
    #[serde(default)]
    config: Config,
    /// When it was made, which tells it from another one with its name.
    #[serde(default)]
    pub(super) created: String,
    #[serde(default)]
    pub(super) state: State,
    /// Which servers keep it. Empty if the engine is a single server.
    #[serde(default)]
    pub(super) cluster: Group,
}

/// The servers that keep a stream (`ClusterInfo` in NATS).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Group {
    pub(super) leader: Option<String>,
    /// All but the leader.
    pub(super) replicas: Vec<Replica>,
}

/// A server that keeps a copy of the log (`PeerInfo` in NATS).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Replica {
    /// Its name.
    pub name: String,
    /// It has all of the log, or nearly.
    pub current: bool,
    /// The leader does not hear from it.
    pub offline: bool,
    /// How many operations it is behind.
    pub lag: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    subjects: Vec<String>,
    retention: String,
    storage: String,
    discard: String,
    num_replicas: usize,
    /// In nanoseconds; 0 is for ever.
    max_age: u64,
    max_msgs: i64,
    max_msgs_per_subject: i64,
    max_msg_size: i64,
    /// In nanoseconds.
    duplicate_window: u64,
    allow_direct: bool,
    republish: Option<Republish>,
}

#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct Republish {
    src: String,
    dest: String,
    headers_only: bool,
}

/// What a stream holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) first_seq: u64,
    pub(super) last_seq: u64,
    pub(super) num_deleted: u64,
    pub(super) bytes: u64,
    /// The subjects that were asked for, and how many messages each has.
    pub(super) subjects: BTreeMap<String, u64>,
}

impl LogSettings {
    fn root(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    /// The name of the shard's stream: that of the log is the one of shard 0.
    pub(super) fn stream(&self) -> String {
        if self.shard == 0 { self.name.clone() } else { format!("{}-{}", self.name, self.shard) }
    }

    /// All subjects of the shard: `ROOT.SHARD.NODE.EPOCH`.
    fn subjects(&self) -> String {
        format!("{}.{}.*.*", self.root(), self.shard)
    }

    /// Those of all shards, which a log takes that was made when there was no other shard.
    fn all_subjects(&self) -> String {
        format!("{}.*.*.*", self.root())
    }

    /// The subject that a node publishes under.
    pub(super) fn subject(&self, node: &str, epoch: u64) -> String {
        format!("{}.{}.{node}.{epoch}", self.root(), self.shard)
    }

    /// All subjects that a node publishes under.
    pub(super) fn own_subjects(&self, node: &str) -> String {
        format!("{}.*.{node}.>", self.root())
    }

    /// The subjects under which the engine repeats each entry of the shard as soon as it is committed.
    pub(super) fn live(&self) -> String {
        format!("live.{}", self.subjects())
    }

    /// Where the engine repeats entries: in front of their subjects stands `live`.
    fn republish(&self) -> Republish {
        let root = self.root();
        Republish { src: format!("{root}.>"), dest: format!("live.{root}.>"), headers_only: false }
    }

    /// The subject of private messages from one node to another, which no stream keeps.
    pub(super) fn private(&self, to: &str, from: &str) -> String {
        format!("private.{}.{to}.{from}", self.root())
    }

    /// The request for what the engine knows of the stream.
    pub(super) fn info_subject(&self) -> String {
        format!("$JS.API.STREAM.INFO.{}", self.stream())
    }

    pub(super) fn create_subject(&self) -> String {
        format!("$JS.API.STREAM.CREATE.{}", self.stream())
    }

    /// The request for entries by their numbers, which any server with a copy answers.
    pub(super) fn get_subject(&self) -> String {
        format!("$JS.API.DIRECT.GET.{}", self.stream())
    }

    /// The request that creates the stream, as JSON.
    pub(super) fn creation(&self) -> Vec<u8> {
        let republish = self.republish();
        let settings = json!({
            "name": self.stream(),
            "description": "What is said in the rooms that several nodes of Salon share",
            "subjects": [self.subjects()],
            "retention": "limits",
            "discard": "old",
            "storage": "file",
            "num_replicas": self.replicas,
            "max_age": nanos(ENGINE_LOG_AGE),
            "max_bytes": self.max_bytes,
            "max_msgs": -1,
            "max_msgs_per_subject": -1,
            "max_msg_size": SHARED_BATCH_BYTES + ENGINE_HEADER_BYTES,
            "max_consumers": -1,
            "duplicate_window": nanos(ENGINE_DUPLICATE_WINDOW),
            "allow_direct": true,
            "republish": { "src": republish.src, "dest": republish.dest },
        });
        settings.to_string().into_bytes()
    }

    /// Whether the stream has the settings that the log needs. An error is a sentence that says what to change.
    pub(super) fn check(&self, info: &StreamInfo) -> Result<(), String> {
        let (config, name) = (&info.config, self.stream());
        let wrong = |what: String, option: &str| {
            Err(format!(
                "The stream {name} of the engine {what}. Change that (nats stream edit {name} {option}), and start again."
            ))
        };
        if config.num_replicas != self.replicas {
            let (has, wanted) = (config.num_replicas, self.replicas);
            return Err(format!(
                "The stream {name} of the engine is kept on {}, not on {wanted}. Change that (nats stream edit {name} --replicas \
                 {wanted}), or start with --cluster-replicas {has}.",
                servers(has)
            ));
        }
        if config.storage != "file" {
            return Err(format!(
                "The stream {name} of the engine is kept in memory, and is lost with it. Delete it (nats stream rm {name}): Salon \
                 makes one on disk when it starts again."
            ));
        }
        if config.subjects != [self.subjects()] && config.subjects != [self.all_subjects()] {
            let wanted = self.subjects();
            return wrong(
                format!("takes the subjects {:?}, not {wanted}", config.subjects),
                &format!("--subjects '{wanted}'"),
            );
        }
        if config.retention != "limits" || config.discard != "old" || config.max_msgs_per_subject > 0 {
            return Err(format!(
                "The stream {name} of the engine does not keep every entry until it is old. Delete it (nats stream rm {name}): \
                 Salon makes the right one when it starts again. What was said is then in the nodes' own files only."
            ));
        }
        let republish = self.republish();
        if config.republish.as_ref() != Some(&republish) {
            let Republish { src, dest, .. } = republish;
            return wrong(
                "does not repeat its entries to the nodes".to_owned(),
                &format!("--republish-source '{src}' --republish-destination '{dest}'"),
            );
        }
        if !config.allow_direct {
            return wrong("does not let servers answer from their copies".to_owned(), "--allow-direct");
        }
        if config.duplicate_window < nanos(ENGINE_DUPLICATE_WINDOW) {
            return wrong(
                "forgets too soon which batches it has".to_owned(),
                &format!("--dupe-window {}s", ENGINE_DUPLICATE_WINDOW.as_secs()),
            );
        }
        // -1 is no limit.
        if usize::try_from(config.max_msg_size).is_ok_and(|size| size < SHARED_BATCH_BYTES) {
            let size = SHARED_BATCH_BYTES + ENGINE_HEADER_BYTES;
            return wrong("takes no batch of full size".to_owned(), &format!("--max-msg-size {size}"));
        }
        if config.max_age != 0 && config.max_age < nanos(2 * ENGINE_GIVE_UP_AFTER) {
            let hours = ENGINE_LOG_AGE.as_secs() / 3_600;
            return wrong(
                "keeps its entries for too short a time".to_owned(),
                &format!("--max-age {hours}h"),
            );
        }
        Ok(())
    }

    /// What an error means that goes away only when somebody changes something: a sentence. Others are worth another try.
    pub(super) fn refusal(&self, error: &ApiError) -> Option<String> {
        let name = self.stream();
        // The numbers are those of nats-server (server/errors.json).
        Some(match error.err_code {
            // JSStreamReplicasNotSupportedErr
            10_074 => format!(
                "The engine is a single server, which cannot keep {} copies of the log. Name the servers of a cluster with \
                 --cluster, or, to try it out, start with --cluster-replicas 1.",
                self.replicas
            ),
            // JSStreamSubjectOverlapErr
            10_065 => format!(
                "Another stream of the engine takes the subjects {}. Delete it, or give Salon an account of its own.",
                self.subjects()
            ),
            // JSNotEnabledErr, JSNotEnabledForAccountErr
            10_076 | 10_039 => "JetStream is not switched on in the engine, or not for this node's account. Switch it on there \
                 (salon help cluster), and start again."
                .to_owned(),
            // JSStorageResourcesExceededErr, JSInsufficientResourcesErr
            10_047 | 10_023 => format!(
                "The engine has no room for the log {name}, which takes up to {}. Raise max_file there, and start again.",
                bytesize::ByteSize(self.max_bytes)
            ),
            _ => return None,
        })
    }
}

/// What to change if a node has no permission for a subject: a sentence.
pub(super) fn may_not_publish(subject: &str) -> String {
    format!(
        "This node may not publish to {subject}. Allow that in the engine's permissions of its key (salon help cluster)."
    )
}

/// The error of the engine if a stream does not exist (`JSStreamNotFoundErr`).
pub(super) const NO_STREAM: u32 = 10_059;

fn servers(count: usize) -> String {
    if count == 1 { "1 server".to_owned() } else { format!("{count} servers") }
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    pub(crate) fn settings() -> LogSettings {
        LogSettings { name: "SALON".to_owned(), shard: 0, replicas: 3, max_bytes: 1 << 30 }
    }

    /// What the engine answers about a log with these settings, with `change` in its configuration.
    pub(crate) fn info(change: &Value, first: u64, last: u64) -> Vec<u8> {
        let mut config: Value = serde_json::from_slice(&settings().creation()).unwrap();
        for (key, value) in change.as_object().unwrap() {
            config[key] = value.clone();
        }
        let state = json!({ "first_seq": first, "last_seq": last });
        json!({ "config": config, "created": "2026-01-01T00:00:00Z", "state": state })
            .to_string()
            .into_bytes()
    }

    fn checked(change: &Value) -> Result<(), String> {
        settings().check(&serde_json::from_slice(&info(change, 1, 1)).unwrap())
    }

    #[test]
    fn a_log_that_we_create_passes() {
        assert_eq!(checked(&json!({})), Ok(()));
        // It was made when there was no other shard.
        assert_eq!(checked(&json!({ "subjects": ["salon.*.*.*"] })), Ok(()));
        // An operator may keep more, and for longer.
        assert_eq!(
            checked(&json!({ "max_age": 0, "max_bytes": -1, "duplicate_window": 600_000_000_000u64 })),
            Ok(())
        );
    }

    #[test]
    fn a_setting_that_breaks_the_log_is_refused_with_what_to_change() {
        for (change, words) in [
            (json!({ "num_replicas": 1 }), "--replicas 3), or start with --cluster-replicas 1."),
            (json!({ "storage": "memory" }), "nats stream rm SALON"),
            (json!({ "subjects": ["salon.>"] }), "--subjects 'salon.0.*.*'"),
            (json!({ "retention": "interest" }), "nats stream rm SALON"),
            (json!({ "discard": "new" }), "nats stream rm SALON"),
            (json!({ "max_msgs_per_subject": 5 }), "nats stream rm SALON"),
            (json!({ "republish": null }), "--republish-destination 'live.salon.>'"),
            (
                json!({ "republish": { "src": "salon.>", "dest": "live.salon.>", "headers_only": true } }),
                "--republish",
            ),
            (json!({ "allow_direct": false }), "--allow-direct"),
            (json!({ "duplicate_window": 1_000_000_000 }), "--dupe-window 120s"),
            (json!({ "max_msg_size": 1_000 }), "--max-msg-size"),
            (json!({ "max_age": 1_000_000_000 }), "--max-age 168h"),
        ] {
            let refused = checked(&change).unwrap_err();
            assert!(refused.contains(words), "{change}: {refused}");
        }
    }

    #[test]
    fn each_shard_has_streams_and_subjects_of_its_own() {
        let names = |shard: u8| {
            let log = LogSettings { shard, ..settings() };
            let created: Value = serde_json::from_slice(&log.creation()).unwrap();
            let snapshots: Value = serde_json::from_slice(&log.snapshots_creation()).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            [
                text(&created["name"]),
                text(&created["subjects"][0]),
                text(&snapshots["name"]),
                text(&snapshots["subjects"][0]),
                log.subject("one", 7),
                log.live(),
                log.piece_subject("2026", "64", "0"),
            ]
        };
        assert_eq!(
            names(0),
            [
                "SALON",
                "salon.0.*.*",
                "SALON-SNAPSHOTS",
                "salon-snapshots.*.*.*",
                "salon.0.one.7",
                "live.salon.0.*.*",
                "salon-snapshots.2026.64.0",
            ]
        );
        assert_eq!(
            names(1),
            [
                "SALON-1",
                "salon.1.*.*",
                "SALON-1-SNAPSHOTS",
                "salon-1-snapshots.*.*.*",
                "salon.1.one.7",
                "live.salon.1.*.*",
                "salon-1-snapshots.2026.64.0",
            ]
        );
    }
}
