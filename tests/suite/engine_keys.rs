//! An engine with keys and encryption: who is let in, and what for.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use salon::base::limits::ENGINE_SNAPSHOT_PATIENCE;
use salon::cluster::log::{LogEvent, Packet, ReplicatedLog};
use salon::engine::local::{EngineConfig, EngineProcess, Tls, free_ports};
use salon::engine::{Credentials, ServerAddress, Settings};

use crate::support::engine::{Node, program, settings};
use crate::support::process::{Folder, TEST_TIMEOUT};

/// The seed and the public part of two nkeys, made for this test.
const ONE: [&str; 2] = [
    "SUAFAEJUQRLIWRFRUT4EHMVH4YQAWBIC3BVM35UKILIS54CY43JGJDSUNM",
    "UAFTLD44SVDILZDC2O4RJUPTSUMP5ML2J6MIJLJX55RFPCLCOCFLQ3KD",
];
const TWO: [&str; 2] = [
    "SUAPFMIA2PAW4BTKM6GJWS2JSE2U4CHK7WA7U3TQP7C3SMOXACZ3UOAXGY",
    "UBBX5CXWPYTWKHT26SZQOGUIN6UGQKZPC36X5DXREMWTB43LWHEJ6RTQ",
];

/// A file of the test's own authority.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine").join(name)
}

/// An engine of one server that shows a certificate, and knows these nodes by their public keys.
fn engine(nodes: &[(&str, &str)]) -> Option<(EngineProcess, Folder)> {
    let folder = Folder::new();
    let ports = free_ports(1).unwrap()[0];
    let config = EngineConfig {
        name: "engine-1".to_owned(),
        folder: folder.path().join("engine-1"),
        address: Ipv4Addr::LOCALHOST,
        ports,
        routes: Vec::new(),
        nodes: nodes.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect(),
        tls: Some(Tls { certificate: file("server.pem"), key: file("server.key") }),
    };
    Some((EngineProcess::start(&program()?, &config).unwrap(), folder))
}

fn keyed(engine: &EngineProcess, node: &str, seed: &str) -> Settings {
    let address = ServerAddress { tls: true, ..engine.address() };
    Settings {
        credentials: Credentials::Nkey(seed.to_owned()),
        authorities: Some(file("ca.pem")),
        ..settings(node, "SALON", vec![address], 1)
    }
}

/// An engine, and the node one that has said something there.
fn one_that_says_hello() -> Option<(EngineProcess, Folder, Settings, Node)> {
    let (engine, folder) = engine(&[("one", ONE[1])])?;
    let settings = keyed(&engine, "one", ONE[0]);
    let mut one = Node::start(settings.clone(), 0);
    one.until_caught_up();
    one.say("hello");
    Some((engine, folder, settings, one))
}

/// Starts the engine anew, without a permission of its nodes.
fn without(engine: &mut EngineProcess, subject: &str) {
    engine.kill();
    let path = engine.configuration();
    let text = std::fs::read_to_string(&path).unwrap();
    let less = text.replace(&format!("\"{subject}\", "), "").replace(&format!(", \"{subject}\""), "");
    assert_ne!(less, text, "{subject}");
    std::fs::write(&path, less).unwrap();
    engine.restart().unwrap();
}

/// What the check finds that a node has no permission for.
fn missing(settings: &Settings) -> Vec<String> {
    let mut reports = salon::engine::check(settings).unwrap();
    let (_, state) = reports.pop().unwrap();
    state.unwrap().missing
}

/// Waits until the node says that it is away for a reason with these words.
fn refused(settings: Settings, words: &str) {
    let mut node = Node::start(settings, 0);
    node.until(TEST_TIMEOUT, |event| {
        assert!(!matches!(event, LogEvent::CaughtUp { .. }), "it is let in");
        matches!(event, LogEvent::Disconnected(why) if why.to_lowercase().contains(words))
    });
}

#[test]
fn nodes_with_keys_talk_over_tls() {
    let Some((engine, _folder)) = engine(&[("one", ONE[1]), ("two", TWO[1])]) else { return };
    let mut one = Node::start(keyed(&engine, "one", ONE[0]), 0);
    one.until_caught_up();
    one.say("hello");
    let mut two = Node::start(keyed(&engine, "two", TWO[0]), 0);
    assert_eq!(two.until_caught_up(), 1);
    two.say("hello yourself");
    one.until(TEST_TIMEOUT, |event| matches!(event, LogEvent::Entry { node, .. } if node == "two"));
    // Beside the log: to one node, and under the own name.
    two.engine.send(Packet { node: "one".to_owned(), bytes: b"psst".to_vec() });
    let sent = Packet { node: "two".to_owned(), bytes: b"psst".to_vec() };
    one.until(TEST_TIMEOUT, |event| *event == LogEvent::Packet(sent.clone()));
    // What the log keeps.
    one.engine.store(1, b"all".to_vec());
    one.until(TEST_TIMEOUT, |event| *event == LogEvent::Stored { seq: 1 });
    two.engine.trim(1);
    two.until(TEST_TIMEOUT, |event| *event == LogEvent::Trimmed { first: 2 });
    let mut late = Node::start(keyed(&engine, "one", ONE[0]), 0);
    let all = LogEvent::Snapshot { seq: 1, bytes: b"all".as_slice().into() };
    late.until(TEST_TIMEOUT, |event| *event == all);
}

#[test]
fn others_are_not_let_in_and_nobody_speaks_for_another_node() {
    let Some((engine, _folder)) = engine(&[("one", ONE[1])]) else { return };
    Node::start(keyed(&engine, "one", ONE[0]), 0).until_caught_up();
    // A key that the engine does not know, or none.
    refused(keyed(&engine, "two", TWO[0]), "authorization");
    refused(Settings { credentials: Credentials::None, ..keyed(&engine, "one", "") }, "authorization");
    // A certificate of an authority that nobody knows.
    refused(Settings { authorities: None, ..keyed(&engine, "one", ONE[0]) }, "certificate");
    // The name of another node.
    refused(keyed(&engine, "two", ONE[0]), "permissions violation");
}

#[test]
fn a_permission_that_is_missing_is_found_by_the_check() {
    let Some((mut engine, _folder, settings, mut one)) = one_that_says_hello() else { return };
    assert_eq!(missing(&settings), [""; 0]);
    for subject in [
        "$JS.API.STREAM.INFO.SALON-SNAPSHOTS",
        "$JS.API.DIRECT.GET.SALON-SNAPSHOTS",
        "$JS.API.STREAM.CREATE.SALON-SNAPSHOTS",
        "salon-snapshots.>",
        "$JS.API.STREAM.PURGE.SALON",
        "private.salon.*.one",
    ] {
        let before = std::fs::read_to_string(engine.configuration()).unwrap();
        without(&mut engine, subject);
        one.until(TEST_TIMEOUT, |event| matches!(event, LogEvent::Connected));
        let found = missing(&settings);
        assert!(found.len() == 1 && found[0].contains(subject), "{subject}: {found:?}");
        std::fs::write(engine.configuration(), before).unwrap();
    }
    one.say("all is there");
    // Nothing of that has changed the log.
    let mut late = Node::start(settings, 0);
    late.until_caught_up();
    assert_eq!(late.heard().len(), 2);
}

#[test]
fn a_node_that_may_not_ask_for_snapshots_begins_at_once() {
    let Some((mut engine, _folder, settings, one)) = one_that_says_hello() else { return };
    drop(one);
    without(&mut engine, "$JS.API.STREAM.INFO.SALON-SNAPSHOTS");
    let mut late = Node::start(settings, 1);
    late.until(ENGINE_SNAPSHOT_PATIENCE / 2, |event| matches!(event, LogEvent::CaughtUp { .. }));
    assert_eq!(late.heard().len(), 1);
}
