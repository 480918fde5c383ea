//! The latency of queries while others send the most expensive ones, with the real binary and a long history.
//!
//! 64 members from one address search for 15 single letters and for frequent words, and ask for the whole history,
//! each again as soon as it is answered; some leave without waiting. Meanwhile an honest member, first from another
//! address and then from the same, asks for the latest messages and for one word. A number on the command line is the
//! number of messages; the default is 5,000,000. `SALON_BENCH_DATA` names a folder to keep the history in, for the
//! next run.

mod fill;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Expensive queries, in turn.
const DEAR: [&str; 6] = [
    "/search b c d f g h j k l m n p r s t v",
    "/search the of and to in it is was for on",
    "/search w1* w2* w3* w4*",
    "/history 1000",
    "/search a*",
    "/search zz qq xx",
];
/// An honest member's queries: the latest messages, and words from frequent to rare.
const HONEST: [&str; 5] = ["/history", "/search the", "/search w17", "/search w4000", "/search w17000"];

const HOSTILE: usize = 64;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let is_test = words.iter().any(|word| word == "--test");
    let count =
        words.iter().find_map(|word| word.parse().ok()).unwrap_or(if is_test { 2_000 } else { 5_000_000 });
    let time = Duration::from_millis(if is_test { 300 } else { 10_000 });
    let scratch = std::env::temp_dir().join(format!("salon-lookups-{}", std::process::id()));
    let kept = std::env::var_os("SALON_BENCH_DATA");
    let data = kept.as_ref().map_or_else(|| scratch.clone(), Into::into);
    fill::fill(&data, count);
    let (server, port) = serve(&data);
    println!("{count} messages (ms)\n{:<42}{:>8}{:>8}{:>8}{:>7}", "", "p50", "p99", "max", "count");
    measure("nobody else", port, [127, 0, 0, 2], time);
    let is_over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let hostile: Vec<_> = (0..if is_test { 4 } else { HOSTILE })
        .map(|n| {
            let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
            thread::spawn(move || disturb(n, port, &is_over, &answered))
        })
        .collect();
    thread::sleep(time / 10);
    measure("64 of another address", port, [127, 0, 0, 2], time);
    measure("64 of the same address", port, [127, 0, 0, 1], time);
    is_over.store(true, Ordering::Relaxed);
    for stream in hostile {
        let _ = stream.join();
    }
    println!("{} dear questions were answered", answered.load(Ordering::Relaxed));
    drop(server);
    let _ = std::fs::remove_dir_all(scratch);
}

/// A server process that is killed when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(data: &Path) -> (Server, u16) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_salon"));
    command.args(["serve", "--port", "0", "--chaty-port", "off", "--control", "off", "--weather-url", "off"]);
    command.args([
        "--spam-limit",
        "off",
        "--command-limit",
        "off",
        "--max-per-address",
        "off",
        "--new-per-minute",
        "off",
    ]);
    command.args(["--bots", "none", "--host-interval", "off", "--log-dir"]).arg(data).arg("--data").arg(data);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut server = Server(child.expect("it can be started"));
    let mut greeting = String::new();
    let out = server.0.stdout.as_mut().expect("it is piped");
    let mut lines = BufReader::new(out);
    loop {
        greeting.clear();
        assert!(lines.read_line(&mut greeting).expect("it speaks") > 0, "the server has ended");
        let port =
            greeting.trim().trim_end_matches('.').rsplit(' ').next().and_then(|port| port.parse().ok());
        if let Some(port) = port {
            return (server, port);
        }
    }
}

/// A member of the lobby in the programs' dialect, which has neither names nor times of day.
struct Member(BufReader<TcpStream>);

impl Member {
    fn join(from: [u8; 4], name: &str, port: u16) -> io::Result<Member> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let mut member = Member(BufReader::new(stream));
        writeln!(member.0.get_mut(), "{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}")?;
        writeln!(member.0.get_mut(), "{{\"type\":\"join\",\"room\":\"lobby\"}}")?;
        Ok(member)
    }

    fn ask(&mut self, question: &str) -> io::Result<()> {
        let (name, rest) = question[1..].split_once(' ').unwrap_or((&question[1..], ""));
        writeln!(
            self.0.get_mut(),
            "{{\"type\":\"command\",\"name\":\"{name}\",\"room\":\"lobby\",\"rest\":\"{rest}\"}}"
        )
    }

    /// Waits for an answer: its heading, and the messages found.
    fn answer(&mut self) -> io::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let is_heading = line.contains("\"notice\"") && line.contains("in the lobby")
                || line.contains("too long to look")
                || line.contains("cannot be looked up");
            // No messages follow a heading that says so.
            let is_empty = is_heading && (line.contains("No message in") || line.contains("Nothing was"));
            if is_empty || line.contains("\"more\":0") {
                return Ok(());
            }
            assert!(!line.contains("\"refused\""), "{line}");
        }
    }
}

/// Sends expensive queries until the end, and now and then does not wait for the answer.
fn disturb(n: usize, port: u16, is_over: &AtomicBool, answered: &AtomicUsize) {
    let mut round = n;
    while !is_over.load(Ordering::Relaxed) {
        let name = format!("h{n}r{round}");
        let Ok(mut member) = Member::join([127, 0, 0, 1], &name, port) else { return };
        loop {
            round += 1;
            if is_over.load(Ordering::Relaxed) || member.ask(DEAR[round % DEAR.len()]).is_err() {
                break;
            }
            if round.is_multiple_of(7) {
                // It leaves like a broken connection.
                let socket = socket2::SockRef::from(member.0.get_ref());
                let _ = socket.set_linger(Some(Duration::ZERO));
                break;
            }
            if member.answer().is_err() {
                break;
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn measure(who: &str, port: u16, from: [u8; 4], time: Duration) {
    let name = format!("honest{}", from[3]) + &who.len().to_string();
    let mut member = Member::join(from, &name, port).expect("the server lets it in");
    for question in HONEST {
        let mut times = Vec::new();
        let end = Instant::now() + time;
        while Instant::now() < end && times.len() < 200 {
            let asked = Instant::now();
            member.ask(question).and_then(|()| member.answer()).expect("it is answered");
            times.push(asked.elapsed());
            thread::sleep(Duration::from_millis(10));
        }
        times.sort();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).clamp(1, times.len());
            times[place - 1].as_secs_f64() * 1e3
        };
        let title = format!("{who}: {question}");
        println!("{title:<42}{:>8.1}{:>8.1}{:>8.1}{:>7}", at(50), at(99), at(100), times.len());
    }
    let _ = member.0.get_mut().shutdown(std::net::Shutdown::Both);
    let _ = member.0.read_to_end(&mut Vec::new());
}
