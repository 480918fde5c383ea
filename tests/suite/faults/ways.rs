//! Ways between machines that can be cut, where there are no network namespaces: all are on this machine, and whatever one says to
//! another goes through a relay of the tests.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::process::TEST_TIMEOUT;

/// The ways between each two machines.
pub struct Network(BTreeMap<[usize; 2], Ways>);

impl Network {
    /// So many machines, which all reach each other.
    pub fn new(count: usize) -> Network {
        let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| [one, other]));
        Network(pairs.map(|pair| (pair, Ways::default())).collect())
    }

    /// The beginning of a way from a machine to a server on another one, or on itself, which it always reaches.
    pub fn to(&self, [from, machine]: [usize; 2], server: SocketAddrV4) -> SocketAddrV4 {
        let pair = [from.min(machine), from.max(machine)];
        self.0.get(&pair).map_or(server, |ways| ways.to(server))
    }

    /// A machine loses the others, or finds them again.
    pub fn cut(&self, index: usize, is_cut: bool) {
        self.0.iter().filter(|(pair, _)| pair.contains(&index)).for_each(|(_, ways)| ways.cut(is_cut));
    }

    /// Two machines lose each other, or find each other again.
    pub fn cut_between(&self, mut pair: [usize; 2], is_cut: bool) {
        pair.sort_unstable();
        self.0[&pair].cut(is_cut);
    }
}

/// The ways between two machines.
#[derive(Clone, Default)]
struct Ways(Arc<(Mutex<bool>, Condvar)>);

impl Ways {
    /// A way to this server. Returns its beginning. It ends with the process.
    fn to(&self, server: SocketAddrV4) -> SocketAddrV4 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ways = self.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                ways.wait();
                // The server may be down.
                let Ok(server) = TcpStream::connect(server) else { continue };
                let both = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (from, into) in both {
                    let ways = ways.clone();
                    thread::spawn(move || ways.copy(from, into));
                }
            }
        });
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    /// Nothing passes any more, and nobody is told; or what was on its way arrives.
    fn cut(&self, is_cut: bool) {
        *self.0.0.lock().unwrap() = is_cut;
        self.0.1.notify_all();
    }

    /// Waits while the ways are cut.
    fn wait(&self) {
        drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |is_cut| *is_cut).unwrap());
    }

    fn copy(&self, mut from: TcpStream, mut into: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            self.wait();
            if into.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        self.wait();
        for stream in [from, into] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[test]
fn what_is_said_on_a_way_that_is_cut_arrives_when_it_is_there_again() {
    let listeners = [0; 2].map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let network = Network::new(3);
    let ends = [(1, &listeners[0]), (2, &listeners[1])].map(|(machine, listener)| {
        let SocketAddr::V4(server) = listener.local_addr().unwrap() else { panic!("no such address") };
        assert_eq!(network.to([machine, machine], server), server);
        let way = TcpStream::connect(network.to([0, machine], server)).unwrap();
        (way, listener.accept().unwrap().0)
    });
    let said = |(mut way, mut end): (&TcpStream, &TcpStream), time| {
        way.write_all(b"hello").unwrap();
        end.set_read_timeout(Some(time)).unwrap();
        let mut bytes = [0; 5];
        end.read_exact(&mut bytes).is_ok() && bytes == *b"hello"
    };
    let [one, two] = ends.each_ref().map(|(way, end)| (way, end));
    network.cut_between([1, 0], true);
    assert!(said(two, TEST_TIMEOUT));
    assert!(!said(one, Duration::from_millis(50)));
    network.cut_between([1, 0], false);
    assert!(said(one, TEST_TIMEOUT));
    network.cut(2, true);
    assert!(said(one, TEST_TIMEOUT) && !said(two, Duration::from_millis(50)));
}
