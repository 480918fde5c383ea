//! The engine's thread with three real servers, which are killed: one order, nothing lost, nothing twice.

use std::time::Duration;

use salon::cluster::log::{LogEvent, ReplicatedLog};

use crate::support::engine::{ENGINE_TIMEOUT, Node, Servers, Talked, Talker, check, program, quantile};

/// How long a node waits between what it says.
const PAUSE: Duration = Duration::from_millis(5);

fn talkers(servers: &Servers, stream: &str) -> Vec<Talker> {
    ["a", "b", "c"].map(|name| Talker::start(servers.settings(name, stream), PAUSE)).into()
}

fn go_on(talkers: &[Talker], more: usize) -> Duration {
    talkers.iter().map(|talker| talker.go_on(more)).max().unwrap()
}

fn stop(talkers: Vec<Talker>) -> Vec<Talked> {
    talkers.into_iter().map(Talker::stop).collect()
}

/// One test for all that needs three servers, as they take ten seconds to find each other.
#[test]
fn three_nodes_hear_one_order_whichever_server_dies() {
    let Some(program) = program() else { return };
    let mut servers = Servers::start(&program, 3);
    // Makes the log, as soon as the servers can.
    Node::start(servers.settings("a", "QUIET"), 0).until_caught_up();

    for (address, state) in salon::engine::check(&servers.settings("a", "QUIET")).unwrap() {
        let log = state.unwrap_or_else(|why| panic!("{address}: {why}")).log.unwrap();
        assert!(log.leader.is_some() && log.replicas.len() == 2, "{log:?}");
    }

    let quiet = talkers(&servers, "QUIET");
    go_on(&quiet, 100);
    let talked = stop(quiet);
    for one in &talked {
        let [ack, echo] = [&one.acknowledged, &one.echoes];
        let figures = [quantile(ack, 0.5), quantile(ack, 0.99), quantile(echo, 0.5), quantile(echo, 0.99)];
        eprintln!("{}: acknowledged p50, p99, heard p50, p99: {figures:?}", one.name);
    }
    check(talked);

    // Each is killed once, so the leader is among them.
    let busy = talkers(&servers, "BUSY");
    go_on(&busy, 20);
    for index in 0..3 {
        servers.engines.servers[index].kill();
        let pause = go_on(&busy, 5);
        eprintln!("without server {}: goes on after {pause:?}", index + 1);
        servers.engines.servers[index].restart().unwrap();
        go_on(&busy, 50);
    }
    // All at once.
    servers.engines.servers.iter_mut().for_each(salon::engine::local::EngineProcess::kill);
    for server in &mut servers.engines.servers {
        server.restart().unwrap();
    }
    eprintln!("after a restart of all: goes on after {:?}", go_on(&busy, 5));
    go_on(&busy, 20);
    let talked = stop(busy);
    let again: u64 = talked.iter().map(|one| one.node.engine.figures().sent_again).sum();
    let duplicates: u64 = talked.iter().map(|one| one.node.engine.figures().duplicates).sum();
    eprintln!("sent again: {again}, in the log already: {duplicates}");
    let heard = talked[0].node.heard();
    check(talked);

    // Who comes later hears the same.
    let mut late = Node::start(servers.settings("d", "BUSY"), 0);
    late.until_caught_up();
    assert!(late.heard() == heard || late.heard().starts_with(&heard));

    // Or a snapshot, and what came behind it, whichever server is left to give them.
    late.engine.store(20, b"all of that".to_vec());
    late.until(ENGINE_TIMEOUT, |event| *event == LogEvent::Stored { seq: 20 });
    late.engine.trim(20);
    late.until(ENGINE_TIMEOUT, |event| *event == LogEvent::Trimmed { first: 21 });
    servers.engines.servers[0].kill();
    let mut later = Node::start(servers.settings("e", "BUSY"), 0);
    later.until_caught_up();
    assert_eq!(later.heard(), late.heard()[20..]);
    let snapshot = LogEvent::Snapshot { seq: 20, bytes: b"all of that".as_slice().into() };
    assert!(later.events.contains(&snapshot));
}
