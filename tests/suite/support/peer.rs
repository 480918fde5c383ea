//! A client over a real socket or a pseudo-terminal. Every wait has a timeout.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use socket2::SockRef;

use crate::support::process::TEST_TIMEOUT;

pub struct Peer {
    stream: File,
    /// Received bytes that the test has not looked at yet.
    unread: Vec<u8>,
}

impl Peer {
    pub fn connect(port: u16) -> Peer {
        Peer::connect_to((Ipv4Addr::LOCALHOST, port).into())
    }

    pub fn connect_to(address: SocketAddr) -> Peer {
        Peer::from(TcpStream::connect(address).unwrap())
    }

    /// Connects, and joins the room before this returns. What is old is dropped.
    pub fn join(port: u16, name: &str) -> Peer {
        const ANSWER: &str = "When you join a room, you hear ";
        const LIVE: &str = "[Start new messages]------------\n";
        let mut peer = Peer::connect(port);
        peer.say(name);
        peer.until("Type /help to see what you can do.\n");
        // The answer comes when all that is old is told.
        peer.say("/replay");
        let heard = peer.until(ANSWER);
        peer.until(".\n");
        let new = heard.split_once(LIVE).map_or(heard.as_str(), |(_, new)| new);
        let new = new.strip_suffix(ANSWER).unwrap_or(new).as_bytes().to_vec();
        peer.unread.splice(0..0, new);
        peer
    }

    pub fn join_eom(port: u16, name: &str) -> Peer {
        let mut peer = Peer::connect(port);
        peer.send(format!("{name}: {name}::EOMsg::").as_bytes());
        peer.until("[Start new messages]------------::EOMsg::");
        peer
    }

    pub fn over(fd: OwnedFd) -> Peer {
        Peer { stream: fd.into(), unread: Vec::new() }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("what is sent is read");
    }

    pub fn say(&mut self, line: &str) {
        self.send(format!("{line}\n").as_bytes());
    }

    /// Reads up to and including `text`.
    pub fn until(&mut self, text: &str) -> String {
        self.until_within(text, TEST_TIMEOUT)
    }

    /// The same, with another timeout.
    pub fn until_within(&mut self, text: &str, timeout: Duration) -> String {
        let end = Instant::now() + timeout;
        let mut searched = 0;
        loop {
            // Only what is new, as long outputs arrive in many pieces.
            if let Some(at) = memmem::find(&self.unread[searched..], text.as_bytes()) {
                let heard = self.unread.drain(..searched + at + text.len()).collect();
                return String::from_utf8(heard).unwrap();
            }
            searched = self.unread.len().saturating_sub(text.len());
            let more = self.read(end.saturating_duration_since(Instant::now()));
            assert!(more == Some(true), "no {text:?} but {:?}", String::from_utf8_lossy(&self.unread));
        }
    }

    /// Reads until the server closes the connection.
    pub fn until_closed(&mut self) -> String {
        let end = Instant::now() + TEST_TIMEOUT;
        while self.read(end.saturating_duration_since(Instant::now())).expect("the connection is closed") {}
        String::from_utf8(std::mem::take(&mut self.unread)).unwrap()
    }

    /// Whether nothing arrives for this long.
    pub fn hears_nothing_for(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while self.unread.is_empty() && Instant::now() < end {
            if self.read(end.saturating_duration_since(Instant::now())) == Some(false) {
                return false;
            }
        }
        self.unread.is_empty()
    }

    /// Closes the sending side, and goes on reading.
    pub fn shut_down(&mut self) {
        SockRef::from(&self.stream).shutdown(Shutdown::Write).unwrap();
    }

    /// Resets the connection.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Reads once. `Some(false)`: the connection is closed. `None`: timeout.
    fn read(&mut self, time: Duration) -> Option<bool> {
        let mut bytes = [0; 16 * 1024];
        let wait = Timespec::try_from(time).unwrap();
        if poll(&mut [PollFd::new(&self.stream.as_fd(), PollFlags::IN)], Some(&wait)).unwrap() == 0 {
            return None;
        }
        match self.stream.read(&mut bytes) {
            Ok(0) => Some(false),
            Ok(read) => {
                self.unread.extend_from_slice(&bytes[..read]);
                Some(true)
            }
            Err(e) if e.kind() == ErrorKind::ConnectionReset => Some(false),
            Err(e) => panic!("{e}"),
        }
    }
}

impl From<TcpStream> for Peer {
    fn from(stream: TcpStream) -> Peer {
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(TEST_TIMEOUT)).unwrap();
        Peer::over(OwnedFd::from(stream))
    }
}
