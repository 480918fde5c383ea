//! The `nodes` command: the servers that share rooms with this one.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome};
use crate::admin::own_node;
use crate::base::text::{list, plural};
use crate::cluster::version::Reads;
use crate::hub::{AdminApi, Gap, NodeInfo};

pub(super) fn nodes(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let view = hub.view();
    let Some(node) = view.node else {
        let text = "This server shares no rooms with others. See: salon help cluster";
        return Ok(Outcome::done_with(
            text,
            json!({ "node": null, "nodes": [], "trouble": null, "missing": [] }),
        ));
    };
    let nodes = node.nodes();
    let differ = nodes.iter().any(|node| node.reads != nodes[0].reads);
    let mut text = nodes.iter().map(|node| line(node, differ)).collect::<Vec<_>>().join("\n");
    let trouble = node.trouble();
    if let Some(trouble) = &trouble {
        let _ = write!(text, "{}{trouble}", if text.is_empty() { "" } else { "\n" });
    }
    for Gap { room, ids: (first, last) } in node.gaps() {
        let _ = write!(
            text,
            "{}The history of {room} may lack messages with ids from {first} to {last}: this server was away for too long.",
            if text.is_empty() { "" } else { "\n" }
        );
    }
    let (state, figures) = (node.state(), view.stats().metrics.log);
    let _ = write!(
        text,
        "{}This server: {}\nLog: {}\nProposals: {}\nEngine: {}",
        if text.is_empty() { "" } else { "\n" },
        own_node::place(&state, &figures),
        own_node::log(&state, &figures),
        own_node::proposals(&state, call.now),
        own_node::engine(&figures)
    );
    let all: Vec<Value> = nodes.iter().map(data).collect();
    let own = own_node::data(&state, &figures, call.now);
    let gap = |gap: &Gap| json!({ "room": *gap.room, "first": gap.ids.0, "last": gap.ids.1 });
    let gaps: Vec<Value> = node.gaps().iter().map(gap).collect();
    let data = json!({ "node": node.name(), "nodes": all, "trouble": trouble, "own": own, "missing": gaps });
    Ok(Outcome::done_with(text, data))
}

/// The line of a node; with its version, if the nodes differ in that.
fn line(node: &NodeInfo, with_version: bool) -> String {
    let own = if node.is_own { ", this server" } else { "" };
    let behind = match node.behind {
        0..CLOSE => String::new(),
        behind => format!(", {behind} entries behind"),
    };
    let hosts = if node.hosts.is_empty() {
        String::new()
    } else {
        format!(", runs the host of {}", list(&node.hosts))
    };
    let version = if with_version { version(&node.reads) } else { String::new() };
    let members = plural(node.members, "member");
    format!("{}{own}: {members}{hosts}{behind}{version} (epoch {})", node.name, node.epoch)
}

fn version(Reads { version, release }: &Reads) -> String {
    let release = if release.is_empty() { "an earlier Salon".to_owned() } else { format!("Salon {release}") };
    format!(", {release} (version {version} of the log)")
}

/// A node that is fewer entries behind is as far as it can be: it says where it is once a second.
const CLOSE: u64 = 1_000;

fn data(node: &NodeInfo) -> Value {
    json!({
        "name": *node.name, "own": node.is_own, "epoch": node.epoch, "members": node.members,
        "behind": node.behind, "release": *node.reads.release, "log_version": node.reads.version, "hosts": node.hosts.iter().map(|room| &**room).collect::<Vec<_>>(),
    })
}
