//! The options of a server that is a node of a cluster.

use std::path::PathBuf;

use clap::Args;

use crate::base::limits::ENGINE_LOG_BYTES;
use crate::cluster::version::Reads;
use crate::cluster::{Keeping, NodeSettings};
use crate::engine::{Credentials, LogSettings, NodeName, ServerAddress, Settings};

/// The name of the log in the engine.
const LOG: &str = "SALON";

/// The options of a node's connection to the engine.
#[derive(Debug, Args)]
pub struct EngineOptions {
    /// Share rooms with other servers, over the engine NATS, whose servers these are, such as one,two,three
    #[arg(long, value_name = "URLS", requires = "node", value_parser = parse_servers)]
    pub cluster: Option<Servers>,

    /// The name of this server in the cluster, unlike those of the others, such as node-1
    #[arg(long, value_name = "NAME", requires = "cluster", value_parser = NodeName::parse)]
    pub node: Option<NodeName>,

    /// How many servers of the engine keep the log; with one or two, the death of one stops the shared rooms or loses what was said
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub cluster_replicas: u8,

    /// The file with the seed of the nkey by which this node proves who it is
    #[arg(long, value_name = "FILE", requires = "cluster", conflicts_with = "cluster_creds")]
    pub cluster_nkey: Option<PathBuf>,

    /// The .creds file by which this node proves who it is
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub cluster_creds: Option<PathBuf>,

    /// The file with the certificate of your own authority, which the engine's certificates are checked against
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub cluster_ca: Option<PathBuf>,
}

/// The options that make a server a node of a cluster.
#[derive(Debug, Args)]
pub struct ClusterOptions {
    /// The connection to the engine.
    #[command(flatten)]
    pub connection: EngineOptions,

    /// The rooms that it shares, separated by commas, out of those of --rooms [default: the first of them]
    #[arg(long, value_name = "ROOMS", requires = "cluster", value_delimiter = ',')]
    pub share: Vec<String>,
}

/// Servers of the engine.
#[derive(Clone, Debug)]
pub struct Servers(pub Vec<ServerAddress>);

fn parse_servers(text: &str) -> Result<Servers, String> {
    ServerAddress::parse_list(text).map(Servers)
}

impl EngineOptions {
    /// The settings of the connection to the engine; `None`: the server shares no rooms. `nonce` is a random number. An error is
    /// a sentence that says what to do.
    pub fn settings(&self, nonce: u64) -> Result<Option<Settings>, String> {
        let (Some(Servers(servers)), Some(node)) = (&self.cluster, &self.node) else { return Ok(None) };
        let credentials = match (&self.cluster_nkey, &self.cluster_creds) {
            (Some(path), _) => Credentials::read_nkey(path)?,
            (None, Some(path)) => Credentials::read_creds(path)?,
            (None, None) => Credentials::None,
        };
        if let Some(path) = &self.cluster_ca {
            // What it holds is checked with each connection; here it is found at the start that it cannot be read.
            std::fs::File::open(path)
                .map_err(|why| format!("The certificate {} cannot be read: {why}.", path.display()))?;
        }
        Ok(Some(Settings {
            servers: servers.clone(),
            node: node.clone(),
            credentials,
            authorities: self.cluster_ca.clone(),
            log: LogSettings {
                name: LOG.to_owned(),
                shard: 0,
                replicas: self.cluster_replicas.into(),
                max_bytes: ENGINE_LOG_BYTES,
            },
            nonce,
        }))
    }
}

impl ClusterOptions {
    /// The node that the server is; `None`: it shares no rooms. `first` is the first room of the command line.
    pub fn node(&self, first: &str, nonce: u64) -> Option<NodeSettings> {
        let EngineOptions { cluster: Some(_), node: Some(node), .. } = &self.connection else { return None };
        let rooms = if self.share.is_empty() { vec![first.to_owned()] } else { self.share.clone() };
        let (name, keeping) = (node.as_str().to_owned(), Keeping::default());
        Some(NodeSettings { name, rooms, nonce, keeping, reads: Reads::own() })
    }
}
