//! A scenario that the simulator once found: a client that joins while messages await their commit receives everything after its
//! join.

use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Parser;
use salon::cli::{Cli, Command};
use salon::hub::{ListenerKind, SessionId};

use crate::simulation::disk::Disk;
use crate::simulation::network::{Knowledge, Piece, Socket};
use crate::simulation::sequencer::Sequencer;
use crate::simulation::server::Server;

/// The latency of commits.
const PAUSE: Duration = Duration::from_millis(500);

fn server() -> Server {
    let options = ["salon", "serve", "--rooms", "chaty", "--bots", "none", "--spam-limit", "off"];
    let Command::Serve(serve) = Cli::try_parse_from(options).unwrap().command else { panic!("a server's") };
    let now = Instant::now();
    let disk = Disk::new(vec![500], now);
    Server::new(serve.config(1).unwrap(), (disk, Sequencer::slow(&[0], 0, now)), (now, UNIX_EPOCH), 0)
}

fn connect(server: &mut Server, name: &str) -> SessionId {
    let mut socket = Socket::new(0);
    socket.reads = Some((Knowledge::Read, Duration::ZERO));
    let id = server.connect(([192, 0, 2, 1], 1).into(), ListenerKind::Chaty, socket).unwrap();
    send(server, id, name);
    id
}

fn send(server: &mut Server, id: SessionId, text: &str) {
    let now = server.now;
    server.network.sockets.get_mut(&id).unwrap().send(Piece::Bytes(text.into()), now);
    wait(server, PAUSE / 4);
}

fn wait(server: &mut Server, time: Duration) {
    let end = server.now + time;
    server.turn(0);
    while server.next_turn(end, Duration::ZERO).unwrap() {
        server.turn(0);
    }
    server.now = end;
}

#[test]
fn a_newcomer_before_a_commit_gets_everything_after_its_join() {
    let mut server = server();
    let ann = connect(&mut server, "Ann");
    wait(&mut server, 2 * PAUSE);
    send(&mut server, ann, "Ann: one");
    wait(&mut server, 2 * PAUSE);
    // Two and three are committed one after the other; Eve joins and leaves before either is.
    send(&mut server, ann, "Ann: two");
    send(&mut server, ann, "Ann: three");
    let eve = connect(&mut server, "Eve");
    send(&mut server, eve, "Eve: /leave");
    wait(&mut server, 4 * PAUSE);
    let heard = std::mem::take(&mut server.network.sockets.get_mut(&eve).unwrap().heard);
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.contains("You have left chaty."), "{heard:?}");
}
