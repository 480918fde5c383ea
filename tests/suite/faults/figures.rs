//! How long it takes from what is said on one node until it is heard on another, at several rates, beside the
//! acknowledgements of the bare engine at the same time.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use memchr::memmem;

use super::OPTIONS;
use super::machines::{Machines, NAMES};
use crate::support::engine::{ENGINE_TIMEOUT, Talker, program, quantile, settings};
use crate::support::peer::Peer;

/// Messages a second, on all nodes together.
const RATES: [u64; 4] = [60, 2_000, 9_000, 20_000];

/// How many speak on each node.
const SPEAKERS: u64 = 2;

/// How often a speaker says what is due.
const TICK: Duration = Duration::from_millis(2);

/// How long each rate is kept up, and how much of its beginning does not count.
const TIME: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(2);

/// What stands before the time in a message.
const MARK: &[u8] = b"at-";

/// `SALON_PROGRAM=target/release/salon cargo test --test suite faults::figures -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn figures() {
    let Some(nats) = program() else { return };
    let mut machines = Machines::start(&nats, &OPTIONS);
    let nodes: Vec<SocketAddr> = (0..NAMES.len()).map(|index| machines.start_node(index)).collect();
    let servers = machines.addresses();
    for rate in RATES {
        let bare = Talker::start(
            settings("bare", "BARE", servers.clone(), servers.len()),
            Duration::from_millis(25),
        );
        bare.go_on(3);
        let figures = Rate::run(&nodes, rate);
        let bare = bare.stop();
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let [p50, p99] = [0.5, 0.99].map(|at| quantile(&figures.latencies, at));
        let [ack50, ack99] = [0.5, 0.99].map(|at| quantile(&bare.acknowledged, at));
        eprintln!(
            "{rate}/s: said {}/s; heard on another node: p50 {p50:.1?}, p99 {p99:.1?} ({} heard); bare engine acknowledges: \
             p50 {ack50:.1?}, p99 {ack99:.1?}; load {}",
            figures.said / TIME.as_secs(),
            figures.latencies.len(),
            load.trim()
        );
    }
}

/// What came of one rate.
struct Rate {
    said: u64,
    latencies: Vec<Duration>,
}

impl Rate {
    fn run(nodes: &[SocketAddr], rate: u64) -> Rate {
        let (start, is_over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let said = Arc::new(AtomicU64::new(0));
        let each = rate / (SPEAKERS * nodes.len() as u64);
        let name = |kind: &str, number: usize| format!("{kind}{rate}x{number}");
        // Each listener hears who speaks on the node before its own.
        let listeners: Vec<JoinHandle<Vec<Duration>>> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| {
                let (stream, over) = (join(*node, &name("L", index)), Arc::clone(&is_over));
                let from = format!("S{rate}x{}", (index + 1) % nodes.len());
                thread::spawn(move || listen(stream, from.as_bytes(), start, &over))
            })
            .collect();
        let mut speakers = Vec::new();
        for speaker in 0..SPEAKERS {
            for (index, node) in nodes.iter().enumerate() {
                let mut stream = join(*node, &format!("{}y{speaker}", name("S", index)));
                let (mut reads, over) = (stream.try_clone().unwrap(), Arc::clone(&is_over));
                speakers.push(thread::spawn(move || drain(&mut reads, &over)));
                let (over, said) = (Arc::clone(&is_over), Arc::clone(&said));
                speakers.push(thread::spawn(move || speak(&mut stream, each, start, &over, &said)));
            }
        }
        thread::park_timeout(WARM_UP + TIME);
        is_over.store(true, Ordering::Release);
        for speaker in speakers {
            speaker.join().unwrap();
        }
        let latencies = listeners.into_iter().flat_map(|listener| listener.join().unwrap()).collect();
        Rate { said: said.load(Ordering::Relaxed), latencies }
    }
}

fn join(node: SocketAddr, name: &str) -> TcpStream {
    let stream = TcpStream::connect(node).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut peer = Peer::from(stream.try_clone().unwrap());
    peer.say(name);
    peer.until_within("Type /help to see what you can do.\n", ENGINE_TIMEOUT);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream
}

/// Says what is due at each tick, with the time. A stalled connection makes it say less, which shows.
fn speak(stream: &mut TcpStream, rate: u64, start: Instant, is_over: &AtomicBool, said: &AtomicU64) {
    let (begin, mut count) = (Instant::now(), 0);
    while !is_over.load(Ordering::Acquire) {
        let due = u64::try_from(begin.elapsed().as_micros()).unwrap() * rate / 1_000_000;
        let line = format!("at-{:012} words as people say them, and more\n", start.elapsed().as_nanos());
        let lines = line.repeat(usize::try_from(due - count).unwrap());
        if stream.write_all(lines.as_bytes()).is_err() {
            return;
        }
        if start.elapsed() > WARM_UP {
            said.fetch_add(due - count, Ordering::Relaxed);
        }
        count = due;
        thread::park_timeout(TICK);
    }
}

/// Reads, and does nothing with it.
fn drain(stream: &mut TcpStream, is_over: &AtomicBool) {
    let mut buffer = vec![0; 256 * 1024];
    while !is_over.load(Ordering::Acquire) {
        match stream.read(&mut buffer) {
            Err(why) if why.kind() != ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}

/// How long each message of these speakers took.
fn listen(mut stream: TcpStream, from: &[u8], start: Instant, is_over: &AtomicBool) -> Vec<Duration> {
    let (mut latencies, mut unread, mut buffer) = (Vec::new(), Vec::new(), vec![0; 256 * 1024]);
    while !is_over.load(Ordering::Acquire) {
        let Ok(count) = stream.read(&mut buffer) else { continue };
        let now = start.elapsed();
        unread.extend_from_slice(&buffer[..count]);
        let end = memchr::memrchr(b'\n', &unread).map_or(0, |at| at + 1);
        for line in unread[..end].split(|byte| *byte == b'\n').filter(|line| line.starts_with(from)) {
            let Some(at) = memmem::find(line, MARK) else { continue };
            let digits = line.get(at + MARK.len()..at + MARK.len() + 12).unwrap_or_default();
            let Some(said) = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) else {
                continue;
            };
            let said = Duration::from_nanos(said);
            if said > WARM_UP {
                latencies.push(now.saturating_sub(said));
            }
        }
        unread.drain(..end);
    }
    latencies
}
