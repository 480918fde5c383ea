//! The configuration of a server of the engine, as Salon needs it.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};

/// What differs between the servers of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Its name, unlike those of the others.
    pub name: String,
    /// The folder of its data.
    pub folder: PathBuf,
    /// The address at which it listens.
    pub address: Ipv4Addr,
    /// Its ports there.
    pub ports: Ports,
    /// Where all servers listen for each other; one alone forms no cluster.
    pub routes: Vec<SocketAddrV4>,
    /// The public nkeys of the nodes that may connect; if there are none, everybody may.
    pub nodes: Vec<(String, String)>,
    /// The certificate that it shows its clients.
    pub tls: Option<Tls>,
}

/// The ports of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// For clients.
    pub client: u16,
    /// For the other servers.
    pub route: u16,
}

/// The files of a certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// The text of the configuration file. An error is a sentence.
///
/// With `sync_interval: always` an entry is synced to the disk before it is acknowledged. The short pings make servers and nodes
/// notice within seconds that a machine is cut off.
pub fn configuration(config: &EngineConfig) -> Result<String, String> {
    let EngineConfig { name, folder, address, ports, routes, nodes, tls } = config;
    let mut text = format!(
        "\
# Written by Salon.
server_name: {name}
listen: \"{address}:{}\"
ping_interval: \"1s\"
ping_max: 2
write_deadline: \"2s\"
max_payload: 1MB
jetstream {{
  store_dir: {}
  max_file: 20GB
  max_mem: 64MB
  sync_interval: always
}}
",
        ports.client,
        quoted(folder)?,
    );
    if routes.len() > 1 {
        let others: Vec<_> = routes.iter().map(|route| format!("\"nats://{route}\"")).collect();
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "cluster {{\n  name: salon\n  listen: \"{address}:{}\"\n  routes: [{}]\n}}\n",
            ports.route,
            others.join(", ")
        );
    }
    if let Some(Tls { certificate, key }) = tls {
        let _ =
            write!(text, "tls {{\n  cert_file: {}\n  key_file: {}\n}}\n", quoted(certificate)?, quoted(key)?);
    }
    if !nodes.is_empty() {
        text.push_str("accounts {\n  SALON {\n    jetstream: enabled\n    users: [\n");
        for (node, nkey) in nodes {
            let _ = writeln!(text, "      {{ nkey: {nkey}, permissions: {} }}", permissions(node));
        }
        text.push_str("    ]\n  }\n}\n");
    }
    Ok(text)
}

/// What a node may do: publish under its own name only, store snapshots, ask what the log needs, trim it, and hear the log and what is sent to it.
fn permissions(node: &str) -> String {
    format!(
        "{{ publish: {{ allow: [\"salon.*.{node}.>\", \"$JS.API.STREAM.INFO.SALON\", \"$JS.API.STREAM.CREATE.SALON\", \
         \"$JS.API.STREAM.PURGE.SALON\", \"$JS.API.DIRECT.GET.SALON\", \"salon-snapshots.>\", \
         \"$JS.API.STREAM.INFO.SALON-SNAPSHOTS\", \"$JS.API.STREAM.CREATE.SALON-SNAPSHOTS\", \
         \"$JS.API.DIRECT.GET.SALON-SNAPSHOTS\", \"private.salon.*.{node}\"] }}, subscribe: {{ allow: [\"live.salon.>\", \
         \"_INBOX.{node}.>\", \"private.salon.{node}.*\"] }} }}"
    )
}

/// A path as the configuration's syntax quotes it.
fn quoted(path: &Path) -> Result<String, String> {
    let text = path.to_str().filter(|text| !text.contains(['"', '\\', '\n']));
    let text = text.ok_or_else(|| {
        format!(
            "The engine cannot use the folder {}: name one without quotation marks and backslashes.",
            path.display()
        )
    })?;
    Ok(format!("\"{text}\""))
}
