//! Ways from a node to the servers of the engine that can be cut, where there are no network namespaces.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// The ways of one node.
#[derive(Clone, Default)]
pub struct Ways(Arc<(Mutex<bool>, Condvar)>);

impl Ways {
    /// A way to this server. Returns its beginning. It ends with the process.
    pub fn to(&self, server: SocketAddrV4) -> SocketAddrV4 {
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
    pub fn cut(&self, is_cut: bool) {
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
