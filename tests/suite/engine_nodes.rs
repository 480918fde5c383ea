//! Nodes of a cluster as processes: real servers of the engine, real nodes, netcat's lines on each.

use crate::support::engine::{ENGINE_TIMEOUT, Node, Servers, program};
use crate::support::peer::Peer;
use crate::support::process::Salon;

/// The servers of an engine that has the log.
fn servers(count: usize) -> Option<Servers> {
    let servers = Servers::start(&program()?, count);
    Node::start(servers.settings("first", "SALON"), 1).until_caught_up();
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
fn a_node_and_the_engines_leader_may_die() {
    let Some(mut servers) = servers(3) else { return };
    let [one, two, three] = ["one", "two", "three"].map(|name| node(name, &servers));
    let mut ann = Peer::join(one.port, "Ann");
    let mut bob = Peer::join(two.port, "Bob");
    let mut cleo = Peer::join(three.port, "Cleo");
    ann.until("User Cleo has joined the chat!\n");
    bob.until("User Cleo has joined the chat!\n");
    // Each server once, so the leader is among them. What is said at once is heard late, but heard, and once.
    for index in 0..3 {
        servers.engines.servers[index].kill();
        let text = format!("without server {index}");
        ann.say(&text);
        for peer in [&mut ann, &mut bob, &mut cleo] {
            peer.until_within(&format!("Ann: {text}\n"), ENGINE_TIMEOUT);
        }
        servers.engines.servers[index].restart().unwrap();
        ann.say("and with it");
        for peer in [&mut ann, &mut bob, &mut cleo] {
            let heard = peer.until_within("Ann: and with it\n", ENGINE_TIMEOUT);
            assert!(!heard.contains(&text), "twice: {heard}");
        }
    }
    // A node dies: its members leave the others' rooms, and their names are free.
    drop(one);
    let gone = "User Ann left the chat.\n";
    bob.until_within(gone, ENGINE_TIMEOUT);
    cleo.until_within(gone, ENGINE_TIMEOUT);
    let mut ann = Peer::join(two.port, "Ann");
    ann.say("I am back.");
    cleo.until("Ann: I am back.\n");
}
