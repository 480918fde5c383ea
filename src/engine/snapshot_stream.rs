//! The stream that holds the snapshots, beside that of the log: one message for each piece of each snapshot.
//!
//! A snapshot is of one log: when that was made is a token of the subjects, so that those of a log that was deleted are not taken for
//! those of its successor. They expire by themselves.

use serde_json::json;

use super::log_settings::{LogSettings, nanos};
use crate::base::limits::{
    ENGINE_HEADER_BYTES, ENGINE_SNAPSHOTS_AGE, ENGINE_SNAPSHOTS_BYTES, SNAPSHOT_PIECE_BYTES,
};

impl LogSettings {
    /// The name of the stream.
    pub(super) fn snapshots(&self) -> String {
        format!("{}-SNAPSHOTS", self.stream())
    }

    pub(super) fn snapshots_root(&self) -> String {
        self.snapshots().to_ascii_lowercase()
    }

    /// The subject of a piece of a snapshot, `ROOT.MADE.ENTRY.PIECE`, of the log that was made then. `*` stands for any one.
    pub(super) fn piece_subject(&self, created: &str, entry: &str, piece: &str) -> String {
        let made: String = created.chars().filter(char::is_ascii_digit).collect();
        format!("{}.{made}.{entry}.{piece}", self.snapshots_root())
    }

    /// The entry after which the snapshot was taken whose first piece has this subject.
    pub(super) fn snapshot_of(&self, created: &str, subject: &str) -> Option<u64> {
        let entry = subject.rsplit('.').nth(1)?;
        (subject == self.piece_subject(created, entry, "0")).then(|| entry.parse().ok())?
    }

    /// The request for what the engine knows of the stream.
    pub(super) fn snapshots_info_subject(&self) -> String {
        format!("$JS.API.STREAM.INFO.{}", self.snapshots())
    }

    pub(super) fn snapshots_create_subject(&self) -> String {
        format!("$JS.API.STREAM.CREATE.{}", self.snapshots())
    }

    /// The request for pieces, which any server with a copy answers.
    pub(super) fn snapshots_get_subject(&self) -> String {
        format!("$JS.API.DIRECT.GET.{}", self.snapshots())
    }

    /// The request that deletes the first entries of the log.
    pub(super) fn purge_subject(&self) -> String {
        format!("$JS.API.STREAM.PURGE.{}", self.stream())
    }

    /// The request that creates the stream, as JSON.
    pub(super) fn snapshots_creation(&self) -> Vec<u8> {
        let settings = json!({
            "name": self.snapshots(),
            "description": "What the nodes of Salon know at places of their log",
            "subjects": [format!("{}.*.*.*", self.snapshots_root())],
            "retention": "limits",
            "discard": "old",
            "storage": "file",
            "num_replicas": self.replicas,
            "max_age": nanos(ENGINE_SNAPSHOTS_AGE),
            "max_bytes": ENGINE_SNAPSHOTS_BYTES,
            "max_msgs": -1,
            "max_msgs_per_subject": 1,
            "max_msg_size": SNAPSHOT_PIECE_BYTES + ENGINE_HEADER_BYTES,
            "max_consumers": -1,
            "allow_direct": true,
        });
        settings.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::log_settings::tests::settings;

    #[test]
    fn a_snapshot_is_of_one_log() {
        let log = settings();
        let (then, later) = ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z");
        let subject = log.piece_subject(then, "65536", "0");
        assert_eq!(subject, "salon-snapshots.202601010000005.65536.0");
        assert_eq!(log.snapshot_of(then, &subject), Some(65_536));
        assert_eq!(log.snapshot_of(later, &subject), None);
        for other in
            ["", "0", "x.0", "salon-snapshots.202601010000005.65536.1", "salon-snapshots.202601010000005.x.0"]
        {
            assert_eq!(log.snapshot_of(then, other), None, "{other}");
        }
    }
}
