//! `salon cluster dev`, which is killed.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use crate::support::engine::{ENGINE_TIMEOUT, program};
use crate::support::process::{Folder, Killed, TEST_TIMEOUT, command};

/// A cluster of one node, and what it says.
struct Dev {
    process: Killed,
    lines: Receiver<String>,
}

impl Dev {
    fn start(folder: &Path) -> Dev {
        let data = folder.join("data").display().to_string();
        let mut command = command(folder, &["cluster", "dev", "1", "--port", "0", "--data", &data]);
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Dev { process: Killed(child), lines }
    }

    /// Connections to its node and to the servers of its engine, once it has started them all. `None`: it could not.
    fn connections(&self) -> Option<Vec<TcpStream>> {
        let mut addresses = Vec::new();
        loop {
            let line = match self.lines.recv_timeout(TEST_TIMEOUT) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("it does not start"),
            };
            addresses.extend(
                line.split([' ', ',']).filter_map(|word| word.strip_prefix("nats://")).map(str::to_owned),
            );
            addresses.extend(
                line.split([' ', ',']).filter_map(|word| word.strip_prefix("http://")).map(str::to_owned),
            );
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        assert_eq!(addresses.len(), 4, "{addresses:?}");
        Some(addresses.iter().map(|address| reached(address)).collect())
    }
}

/// A connection to a process that is about to listen.
fn reached(address: &str) -> TcpStream {
    let end = Instant::now() + ENGINE_TIMEOUT;
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(why) => assert!(Instant::now() < end, "{address}: {why}"),
        }
        thread::yield_now();
    }
}

#[test]
fn when_it_is_killed_its_processes_end_and_another_one_goes_on_with_its_data() {
    if program().is_none() {
        return;
    }
    let folder = Folder::new();
    let mut first = Dev::start(folder.path());
    let connections = first.connections().expect("it starts");
    first.process.0.kill().unwrap();
    first.process.0.wait().unwrap();
    for mut connection in connections {
        connection.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        // It ends, or is reset; what was said before comes first.
        if let Err(why) = connection.read_to_end(&mut Vec::new()) {
            assert_ne!(why.kind(), std::io::ErrorKind::WouldBlock, "{:?} still runs", connection.peer_addr());
        }
    }
    // The lock of a killed process lasts a moment longer than its connections.
    let end = Instant::now() + TEST_TIMEOUT;
    while Dev::start(folder.path()).connections().is_none() {
        assert!(Instant::now() < end, "no other one starts");
    }
}
