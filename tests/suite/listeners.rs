//! Several addresses and ports to listen on, all equal.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon, command, output};

/// The address that the server names next as one more to connect to.
fn another(salon: &Salon) -> SocketAddr {
    let said = salon.line("Clients may also connect to ");
    said.strip_prefix("Clients may also connect to ").unwrap().trim_end_matches('.').parse().unwrap()
}

#[test]
fn all_listeners_lead_into_the_same_rooms() {
    let has_six = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let last = if has_six { "[::1]:0" } else { "127.0.0.3:0" };
    let salon = Salon::start(&["--bind", "127.0.0.1", "--listen", "127.0.0.2:0", "--listen", last]);
    let (second, third) = (another(&salon), another(&salon));
    assert_eq!(second.ip(), Ipv4Addr::new(127, 0, 0, 2));
    assert_eq!(third.is_ipv6(), has_six);
    let mut ann = Peer::join(salon.port, "Ann");
    for (at, name) in [(second, "Bob"), (third, "Cyd")] {
        let mut peer = Peer::connect_to(at);
        peer.say(name);
        ann.until(&format!("User {name} has joined the chat!\n"));
    }
}

/// Why a server with these options does not start.
fn refused(options: &[&str]) -> String {
    let folder = Folder::new();
    let words = [&["serve", "--chaty-port", "off", "--bind", "127.0.0.1"], options].concat();
    let output = output(&mut command(folder.path(), &words));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    said
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = taken.local_addr().unwrap();
    let said = refused(&["--port", "0", "--listen", &at.to_string()]);
    let why = format!(
        "salon: cannot listen on port {} of 127.0.0.1: another program uses it. Stop what uses it, or choose another port with \
         --listen.",
        at.port()
    );
    assert_eq!(said.trim_end(), why);
    let said = refused(&["--port", "0", "--listen", "203.0.113.77:0"]);
    assert!(
        said.contains("With --listen, name an address that this machine has, or leave it out."),
        "{said}"
    );
    // A port that is free now, so that the server has it first.
    drop(taken);
    let (port, address) = (at.port().to_string(), at.to_string());
    let said = refused(&["--port", &port, "--listen", &address]);
    assert!(said.contains(&format!("port {port} of 127.0.0.1: this server listens there already")), "{said}");
}
