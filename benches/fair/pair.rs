//! The two members whose messages are timed: one speaks, one listens.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memchr;
use memchr::memmem::{self, Finder};

/// The pause between two messages.
const EVERY: Duration = Duration::from_millis(20);

/// How long the last messages may take.
const LAST_MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);

/// The prefix of their messages. No other message has it.
const SIGN: &str = "between us: ";

/// The end of a newcomer's welcome. Nothing else ends like this.
const WELCOME: &[u8] = b"Type /help to see what you can do.\n";

/// The end of a replay.
pub(crate) const LIVE: &[u8] = b"[Start new messages]------------\n";

pub(crate) struct Pair {
    speakers: Vec<TcpStream>,
    hearer: TcpStream,
}

impl Pair {
    /// Joins a listener, and this many speakers who take turns.
    pub(crate) fn join(port: u16, room: &str, speakers: usize) -> Pair {
        let speakers = (0..speakers).map(|n| join(port, &format!("speaker{n}"), room)).collect();
        Pair { speakers, hearer: join(port, "hearer", room) }
    }

    /// The latency of each message; `None`: it was not received.
    pub(crate) fn talk(self, time: Duration) -> Vec<Option<Duration>> {
        let start = Instant::now();
        let count = (time.as_nanos() / EVERY.as_nanos()) as usize;
        let heard = thread::spawn(move || hear(self.hearer, start, count));
        for speaker in &self.speakers {
            let speaker = speaker.try_clone().expect("a descriptor");
            thread::spawn(move || drain(speaker));
        }
        let mut said = Vec::new();
        for (n, mut speaker) in (0..count).zip(self.speakers.iter().cycle()) {
            let due = start + EVERY * u32::try_from(n).expect("few messages");
            thread::sleep(due.saturating_duration_since(Instant::now()));
            said.push(start.elapsed());
            let _ = writeln!(speaker, "{SIGN}{n}.");
        }
        let heard = heard.join().expect("it ends");
        heard.iter().zip(said).map(|(heard, said)| heard.map(|heard| heard.saturating_sub(said))).collect()
    }
}

/// When each message was received.
fn hear(mut stream: TcpStream, start: Instant, count: usize) -> Vec<Option<Duration>> {
    let mut heard = vec![None; count];
    let sign = Finder::new(SIGN);
    let last = Instant::now() + EVERY * u32::try_from(count).expect("few messages") + LAST_MESSAGE_TIMEOUT;
    stream.set_read_timeout(Some(EVERY)).expect("a time");
    let (mut bytes, mut filled) = (vec![0; 1 << 20], 0);
    while heard.last() != Some(&None) || Instant::now() < last {
        if heard.last().is_some_and(Option::is_some) {
            break;
        }
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(_) => continue,
        }
        let now = start.elapsed();
        let mut at = 0;
        while let Some(found) = sign.find(&bytes[at..filled]) {
            let number = &bytes[at + found + SIGN.len()..filled];
            let Some(end) = memchr(b'.', number) else { break };
            let number = std::str::from_utf8(&number[..end]).ok().and_then(|n| n.parse::<usize>().ok());
            if let Some(place) = number.and_then(|n| heard.get_mut(n)) {
                *place = Some(now);
            }
            at += found + SIGN.len() + end;
        }
        // The buffer may end with the start of a message.
        let kept = at.max(filled.saturating_sub(2 * SIGN.len()));
        bytes.copy_within(kept..filled, 0);
        filled -= kept;
    }
    heard
}

/// Reads and drops a speaker's output.
fn drain(mut stream: TcpStream) {
    let mut bytes = vec![0; 1 << 20];
    while matches!(stream.read(&mut bytes), Ok(1..)) {}
}

fn join(port: u16, name: &str, room: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP socket");
    writeln!(stream, "{name}").expect("the server reads");
    read_until(&mut stream, WELCOME);
    if room != "lobby" {
        writeln!(stream, "/join {room}").expect("the server reads");
        read_until(&mut stream, WELCOME);
    }
    stream
}

/// Sends this many messages of a hundred bytes, and waits until they are echoed.
pub(crate) fn say_much(port: u16, count: usize) {
    let stream = join(port, "Chronicler", "lobby");
    let mut speaker = stream.try_clone().expect("a descriptor");
    thread::spawn(move || {
        for n in 0..count {
            writeln!(speaker, "{n:0>99}").expect("the server reads");
        }
    });
    let mut stream = stream;
    read_until(&mut stream, format!("{:0>99}\n", count - 1).as_bytes());
}

fn read_until(stream: &mut TcpStream, end: &[u8]) {
    let (mut bytes, mut kept) = (vec![0; 1 << 16], Vec::new());
    while memmem::find(&kept, end).is_none() {
        kept.drain(..kept.len().saturating_sub(end.len()));
        let read = stream.read(&mut bytes).expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        kept.extend_from_slice(&bytes[..read]);
    }
}
