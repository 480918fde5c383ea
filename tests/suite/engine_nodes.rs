//! Nodes of a cluster as processes: real servers of the engine, real nodes, netcat's lines on each.

use crate::support::engine::{ENGINE_TIMEOUT, Node, Servers, program};
use crate::support::peer::Peer;
use crate::support::process::Salon;

/// The servers of an engine that has the log.
fn servers(count: usize) -> Option<Servers> {
    let servers = Servers::start(&program()?, count);
    Node::start(servers.settings("first", "SALON"), 0).until_caught_up();
    Some(servers)
}

/// A node that shares its lobby.
fn node(name: &str, servers: &Servers) -> Salon {
    let addresses: Vec<_> = servers.engines.addresses().iter().map(ToString::to_string).collect();
    let replicas = servers.engines.servers.len().to_string();
    let cluster = addresses.join(",");
    Salon::start(&[
        "--cluster",
        &cluster,
        "--node",
        name,
        "--cluster-replicas",
        &replicas,
        "--rooms",
        "lobby,local=plain",
    ])
}

#[test]
fn people_on_two_nodes_write_privately() {
    let Some(servers) = servers(1) else { return };
    let [one, two] = ["one", "two"].map(|name| node(name, &servers));
    let mut ann = Peer::join(one.port, "Ann");
    let mut bob = Peer::join(two.port, "Bob");
    ann.until("User Bob has joined the chat!\n");
    bob.say("/join local");
    bob.until("first in local");
    for text in ["psst", "psst, again"] {
        ann.say(&format!("/msg Bob {text}"));
        bob.until(&format!("[Ann to you] {text}\n"));
        ann.until(&format!("[you to Bob] {text}\n"));
    }
    bob.say("/reply I am here");
    ann.until("[Bob to you] I am here\n");
}

#[test]
fn what_is_said_on_one_node_is_heard_on_the_others() {
    let Some(servers) = servers(1) else { return };
    let [one, two, three] = ["one", "two", "three"].map(|name| node(name, &servers));
    let mut ann = Peer::join(one.port, "Ann");
    let mut bob = Peer::join(two.port, "Bob");
    let mut cleo = Peer::join(three.port, "Cleo");
    ann.until("User Cleo has joined the chat!\n");
    bob.until("User Cleo has joined the chat!\n");
    ann.say("Hello from one!");
    for peer in [&mut ann, &mut bob, &mut cleo] {
        peer.until("Ann: Hello from one!\n");
    }
    cleo.say("Hello from three!");
    for peer in [&mut ann, &mut bob, &mut cleo] {
        peer.until("Cleo: Hello from three!\n");
    }
    // A name is one person everywhere.
    let mut other = Peer::connect(two.port);
    other.say("Ann");
    other.until("The name Ann is taken.");
    // Who comes later, on any node, hears what was said.
    let mut late = Peer::connect(two.port);
    late.say("Dan");
    let heard = late.until("[Start new messages]");
    assert!(
        heard.contains("Ann: Hello from one!\n") && heard.contains("Cleo: Hello from three!\n"),
        "{heard}"
    );
    // Other rooms are of one node alone.
    ann.say("/join local");
    bob.say("/join local");
    ann.say("Only here.");
    ann.until("Ann: Only here.\n");
    bob.say("Only there.");
    let heard = bob.until("Bob: Only there.\n");
    assert!(!heard.contains("Only here."), "{heard}");
}

#[test]
fn members_of_a_node_that_dies_are_gone_and_their_names_are_free() {
    let Some(servers) = servers(1) else { return };
    let [one, two] = ["one", "two"].map(|name| node(name, &servers));
    let ann = Peer::join(one.port, "Ann");
    let mut bob = Peer::join(two.port, "Bob");
    drop(one);
    bob.until_within("User Ann left the chat.\n", ENGINE_TIMEOUT);
    drop(ann);
    let mut ann = Peer::join(two.port, "Ann");
    ann.say("I am back.");
    bob.until("Ann: I am back.\n");
}
