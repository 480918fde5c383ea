//! Which server of the engine leads the log: asked in the engine's own protocol, which is lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::engine::ENGINE_TIMEOUT;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The name of the server that leads the log, asked at whichever of these servers answers.
pub fn leader(servers: &[SocketAddr]) -> String {
    let end = Instant::now() + ENGINE_TIMEOUT;
    loop {
        if let Some(name) = servers.iter().find_map(|server| ask(*server)) {
            return name;
        }
        assert!(Instant::now() < end, "no server knows who leads");
    }
}

fn ask(server: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream
        .write_all(
            b"CONNECT {\"verbose\":false}\r\nSUB answer 1\r\nPUB $JS.API.STREAM.INFO.SALON answer 0\r\n\r\n",
        )
        .ok()?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("MSG ") {
        line.clear();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
    }
    let mut payload = vec![0; line.trim().rsplit_once(' ')?.1.parse().ok()?];
    lines.read_exact(&mut payload).ok()?;
    let info: Value = serde_json::from_slice(&payload).ok()?;
    Some(info["cluster"]["leader"].as_str()?.to_owned())
}
