//! The `nodes` command: the servers that share rooms with this one.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome};
use crate::admin::own_node;
use crate::base::text::{list, plural};
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
    let mut text = nodes.iter().map(line).collect::<Vec<_>>().join("\n");
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

fn line(node: &NodeInfo) -> String {
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
    format!("{}{own}: {}{hosts}{behind} (epoch {})", node.name, plural(node.members, "member"), node.epoch)
}

/// A node that is fewer entries behind is as far as it can be: it says where it is once a second.
const CLOSE: u64 = 1_000;

fn data(node: &NodeInfo) -> Value {
    json!({
        "name": *node.name, "own": node.is_own, "epoch": node.epoch, "members": node.members,
        "behind": node.behind, "hosts": node.hosts.iter().map(|room| &**room).collect::<Vec<_>>(),
    })
}
