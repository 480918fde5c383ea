//! What becomes of what somebody said while it is on its way to its place in the order.

use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Parser;
use salon::base::limits::{INFLIGHT_BYTES, MESSAGE_BYTES};
use salon::cli::{Cli, Command};
use salon::hub::{ListenerKind, SessionId};

use crate::simulation::disk::Disk;
use crate::simulation::network::{Piece, Socket};
use crate::simulation::sequencer::Sequencer;
use crate::simulation::server::Server;

/// How long the sequencer takes, in milliseconds.
const DELAY: u64 = 5_000;

fn server() -> Server {
    let options = ["salon", "serve", "--rooms", "lobby", "--bots", "none", "--spam-limit", "off"];
    let Command::Serve(serve) = Cli::try_parse_from(options).unwrap().command else { panic!("a server's") };
    let now = Instant::now();
    let parts = (Disk::new(vec![0], now), Sequencer::slow(&[DELAY], 1, now));
    Server::new(serve.config(1).unwrap(), parts, (now, UNIX_EPOCH), 0)
}

fn come(server: &mut Server, name: &str) -> SessionId {
    let id = server.connect(([192, 0, 2, 1], 1).into(), ListenerKind::Any, Socket::new(0)).unwrap();
    send(server, id, name);
    wait(server, DELAY);
    id
}

fn send(server: &mut Server, id: SessionId, line: &str) {
    let now = server.now;
    server.network.sockets.get_mut(&id).unwrap().send(Piece::Bytes(format!("{line}\n").into()), now);
    wait(server, 1);
}

fn order(server: &mut Server, line: &str) {
    server.orders.push(line.to_owned());
    wait(server, 1);
}

fn wait(server: &mut Server, milliseconds: u64) {
    let end = server.now + Duration::from_millis(milliseconds);
    server.turn(0);
    while server.next_turn(end, Duration::ZERO).unwrap() {
        server.turn(0);
    }
    server.now = end;
}

/// What somebody has heard since this was last asked.
fn heard(server: &mut Server, id: SessionId) -> String {
    let heard = std::mem::take(&mut server.network.sockets.get_mut(&id).unwrap().heard);
    String::from_utf8(heard).unwrap()
}

#[test]
fn a_proposal_outlives_its_author() {
    let mut server = server();
    let (ann, bob) = (come(&mut server, "Ann"), come(&mut server, "Bob"));
    send(&mut server, ann, "tea is ready");
    send(&mut server, ann, "/exit");
    let before = heard(&mut server, bob);
    assert!(before.contains("User Ann left the chat.") && !before.contains("tea"), "{before}");
    wait(&mut server, DELAY);
    assert_eq!(heard(&mut server, bob).trim_end(), "Ann: tea is ready");
    assert!(!server.hub.holds_back());
}

#[test]
fn a_proposal_of_a_muted_author_is_dropped_with_a_notice() {
    let mut server = server();
    let (ann, bob) = (come(&mut server, "Ann"), come(&mut server, "Bob"));
    send(&mut server, ann, "tea is ready");
    order(&mut server, "mute Ann for 1h");
    heard(&mut server, ann);
    heard(&mut server, bob);
    wait(&mut server, DELAY);
    assert!(heard(&mut server, ann).contains("and that was not said"));
    assert_eq!(heard(&mut server, bob), "");
}

#[test]
fn a_sender_is_not_listened_to_while_much_is_on_its_way_or_until_its_room_is_closed() {
    let mut server = server();
    let ann = come(&mut server, "Ann");
    let much = vec!["x".repeat(MESSAGE_BYTES); INFLIGHT_BYTES / MESSAGE_BYTES];
    send(&mut server, ann, &much.join("\n"));
    assert!(!server.hub.sessions().accepts_input(ann) && server.hub.holds_back());
    wait(&mut server, DELAY);
    assert!(server.hub.sessions().accepts_input(ann) && !server.hub.holds_back());
    send(&mut server, ann, &much.join("\n"));
    assert!(!server.hub.sessions().accepts_input(ann));
    heard(&mut server, ann);
    order(&mut server, "close lobby confirm");
    let told = heard(&mut server, ann);
    assert_eq!(told.matches("You are not in the lobby.").count(), much.len(), "{told}");
    assert!(server.hub.sessions().accepts_input(ann) && !server.hub.holds_back());
}

#[test]
fn a_proposal_of_a_muted_author_that_left_is_dropped() {
    let mut server = server();
    let (ann, bob) = (come(&mut server, "Ann"), come(&mut server, "Bob"));
    send(&mut server, ann, "tea is ready");
    order(&mut server, "mute Ann for 1h");
    send(&mut server, ann, "/exit");
    heard(&mut server, bob);
    wait(&mut server, DELAY);
    assert_eq!(heard(&mut server, bob), "");
    assert!(!server.hub.holds_back());
}

#[test]
fn a_proposal_of_an_author_that_its_room_muted_and_that_left_is_dropped() {
    let mut server = server();
    let (ann, bob) = (come(&mut server, "Ann"), come(&mut server, "Bob"));
    send(&mut server, bob, "/open den");
    send(&mut server, ann, "/join den");
    send(&mut server, ann, "tea is ready");
    send(&mut server, bob, "/mute Ann");
    send(&mut server, ann, "/exit");
    let before = heard(&mut server, bob);
    assert!(before.contains("Bob muted Ann in this room.") && !before.contains("tea"), "{before}");
    wait(&mut server, DELAY);
    assert_eq!(heard(&mut server, bob), "");
    assert!(!server.hub.holds_back());
}

#[test]
fn a_proposal_has_the_name_that_its_author_has_when_it_is_ordered_or_had_last() {
    let mut server = server();
    let (ann, bob) = (come(&mut server, "Ann"), come(&mut server, "Bob"));
    send(&mut server, ann, "tea is ready");
    send(&mut server, ann, "/nick Anna");
    assert!(heard(&mut server, bob).contains("Ann is now Anna.\n"));
    wait(&mut server, DELAY);
    assert_eq!(heard(&mut server, bob), "Anna: tea is ready\n");
    send(&mut server, ann, "come");
    send(&mut server, ann, "/nick Annika");
    send(&mut server, ann, "/exit");
    heard(&mut server, bob);
    wait(&mut server, DELAY);
    assert_eq!(heard(&mut server, bob), "Annika: come\n");
}
