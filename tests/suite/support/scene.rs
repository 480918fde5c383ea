//! A hub with a virtual network and a clock that the test moves.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Parser;
use salon::admin::{Admin, Answer, Invitation, Reply};
use salon::base::password_hash::HashMemory;
use salon::cli::{Cli, Command};
use salon::hub::{
    AckState, AdminApi, Close, Config, Hub, ListenerKind, PasswordCheck, PeerLimits, PeerReadState, Refused,
    SessionId, Sink,
};
use salon::journal::Ticket;
use salon::server::Reread;

use crate::support::scripted_journal::ScriptedJournal;
use crate::support::virtual_log::VirtualLog;

/// More turns at one time than any test needs: beyond this the hub is in an endless loop.
const MAX_TURNS: usize = 100_000;

/// The far end of a connection.
#[derive(Debug, Default)]
pub struct Peer {
    /// Received bytes that the test has not looked at yet.
    pub heard: Vec<u8>,
    /// How many more bytes its socket takes; `None`: any number.
    pub room: Option<usize>,
    /// It takes each read for a message: a zero is added to `heard` after each read.
    pub reads_are_messages: bool,
    /// The network to it is cut without notice: this many bytes were sent since, and have not arrived.
    pub cut: Option<u64>,
    /// It reads only when [`Scene::reads`] is called.
    pub late: bool,
    /// Bytes that arrived, and how many of them it has read, in all.
    arrived: u64,
    read: u64,
    /// The server has closed its side.
    pub closed: bool,
}

#[derive(Debug, Default)]
struct Network(BTreeMap<SessionId, Peer>);

impl Sink for Network {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(peer) = self.0.get_mut(&to) else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        if let Some(under_way) = &mut peer.cut {
            let sent: usize = slices.iter().map(|slice| slice.len()).sum();
            *under_way += sent as u64;
            return Ok(sent);
        }
        let mut taken = 0;
        for slice in slices {
            let part = slice.len().min(peer.room.unwrap_or(usize::MAX));
            peer.heard.extend_from_slice(&slice[..part]);
            peer.room = peer.room.map(|room| room - part);
            taken += part;
        }
        peer.arrived += taken as u64;
        if !peer.late {
            peer.read_all();
        }
        if taken == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> PeerReadState {
        self.0.get(&peer).map_or(PeerReadState::Unknown, |peer| PeerReadState::AllRead(peer.read >= written))
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<AckState> {
        let peer = self.0.get(&peer)?;
        Some(AckState { bytes: peer.arrived, has_more_in_flight: peer.cut.is_some_and(|bytes| bytes > 0) })
    }
}

impl Peer {
    /// Reads everything that has arrived.
    fn read_all(&mut self) {
        if self.read < self.arrived && self.reads_are_messages {
            self.heard.push(0);
        }
        self.read = self.arrived;
    }
}

/// A hub, its peers, and the clock.
pub struct Scene {
    pub hub: Hub,
    admin: Admin,
    /// Late replies that the test has not looked at yet.
    answers: VecDeque<(Ticket, Reply)>,
    /// Reads files again.
    reread: Box<dyn Fn() -> Reread>,
    /// How often an operator in the chat ordered the shutdown.
    pub ends: usize,
    /// The journal.
    pub scripted_journal: ScriptedJournal,
    network: Network,
    pub now: Instant,
    peers: u16,
    /// The log of its cluster.
    pub log: Option<VirtualLog>,
}

impl Scene {
    /// A server with these `options` of the command line, without bots unless they name some.
    pub fn new(options: &str) -> Scene {
        Scene::seeded(options, 1)
    }

    /// The same, with another seed for the host and the bots.
    pub fn seeded(options: &str, seed: u64) -> Scene {
        Scene::limited(options, seed, |_| {})
    }

    /// The same, with limits that no option sets.
    pub fn limited(options: &str, seed: u64, change: impl FnOnce(&mut PeerLimits)) -> Scene {
        Scene::configured(options, seed, |config| change(&mut config.limits))
    }

    /// The same, with a configuration that is changed.
    pub fn configured(options: &str, seed: u64, change: impl FnOnce(&mut Config)) -> Scene {
        let bots = if options.contains("--bots") { [].as_slice() } else { &["--bots", "none"] };
        let mut words = vec!["salon", "serve"];
        words.extend(bots);
        if !options.contains("-per-") {
            // All peers have one address.
            words.extend(["--max-per-address", "off", "--new-per-minute", "off"]);
        }
        if !options.contains("--server-name") {
            // The default is the name of this machine.
            words.extend(["--server-name", "irc.example.org"]);
        }
        words.extend(options.split_whitespace());
        let Command::Serve(serve) = Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{e}")).command
        else {
            panic!("these are a server's options");
        };
        let mut config = serve.config(seed).unwrap();
        let now = Instant::now();
        config.memory = || None;
        config.tokens = Some([7; 32]);
        // The evening of 20 November 2026.
        config.start = (now, UNIX_EPOCH + Duration::from_secs(1_795_201_200));
        change(&mut config);
        let now = config.start.0;
        let hub = Hub::new(config);
        Scene {
            hub,
            answers: VecDeque::new(),
            reread: Box::new(serve.reread()),
            ends: 0,
            admin: Admin::new(Invitation {
                port: 2020,
                web: true,
                here: "localhost".into(),
                elsewhere: vec![[192, 168, 1, 20].into()],
            }),
            scripted_journal: ScriptedJournal::new(),
            network: Network::default(),
            now,
            peers: 0,
            log: None,
        }
    }

    pub fn connect(&mut self) -> SessionId {
        self.connect_at(ListenerKind::Any)
    }

    pub fn connect_at(&mut self, kind: ListenerKind) -> SessionId {
        self.connect_from(IpAddr::from([192, 0, 2, 1]), kind)
    }

    /// Connects from this address.
    pub fn connect_from(&mut self, address: IpAddr, kind: ListenerKind) -> SessionId {
        self.try_from(address, kind).unwrap()
    }

    /// The same. An error: it is refused.
    pub fn try_from(&mut self, address: IpAddr, kind: ListenerKind) -> Result<SessionId, Refused> {
        self.peers += 1;
        let peer = SocketAddr::from((address, 1000 + self.peers));
        let permit = self.hub.admit(peer, kind, self.now)?;
        let id = self.hub.open(permit, self.now);
        let reads_are_messages = kind == ListenerKind::Chaty;
        self.network.0.insert(id, Peer { reads_are_messages, ..Peer::default() });
        self.settle();
        Ok(id)
    }

    /// Connects, and joins with this name in the `line` dialect.
    pub fn join(&mut self, name: &str) -> SessionId {
        let id = self.connect();
        self.send(id, format!("{name}\n").as_bytes());
        id
    }

    pub fn send(&mut self, id: SessionId, bytes: &[u8]) {
        self.hub.received(id, bytes, self.now);
        self.settle();
    }

    pub fn end(&mut self, id: SessionId) {
        self.hub.ended(id, self.now);
        self.settle();
    }

    pub fn vanish(&mut self, id: SessionId) {
        self.hub.lost(id, &"connection reset", self.now);
        self.settle();
    }

    /// Runs an operator's command, and nothing else in this turn.
    pub fn order(&mut self, line: &str) -> Answer {
        self.admin.operate(&mut self.hub, line, self.now)
    }

    /// A late reply to an operator.
    pub fn poll_answer(&mut self) -> Option<(Ticket, Reply)> {
        self.answers.pop_front().or_else(|| self.admin.poll_answer(&mut self.hub, self.now))
    }

    pub fn operate(&mut self, line: &str) -> Answer {
        let answer = self.order(line);
        if answer == Answer::Exit {
            self.hub.stop(self.now);
        }
        self.settle();
        match answer {
            Answer::Pending(waited) => {
                let (ticket, reply) = self.poll_answer().unwrap();
                assert_eq!(ticket, waited);
                Answer::Done(reply)
            }
            answer => answer,
        }
    }

    /// The rooms that an operator sees: names, and numbers of members.
    pub fn hub_rooms(&self) -> Vec<(String, usize)> {
        let rooms = self.hub.view().rooms.room_infos().into_iter();
        rooms.map(|room| (room.name.to_string(), room.present.len())).collect()
    }

    /// Moves the clock forward, and handles each deadline at its time.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        let mut at_once = 0;
        while let Some(due) = self.hub.next_deadline().filter(|due| *due <= end) {
            at_once = if due > self.now { 0 } else { at_once + 1 };
            assert!(at_once < MAX_TURNS, "something is due again and again");
            // A deadline in the past is handled now.
            self.now = self.now.max(due);
            self.hub.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Runs turns of the loop until there is nothing left to do.
    pub fn settle(&mut self) {
        self.turn();
        let mut turns = 0;
        while self.hub.is_busy() {
            turns += 1;
            assert!(turns < MAX_TURNS, "there is more to do at once, for ever");
            self.turn();
        }
    }

    /// Runs one turn of the loop.
    pub fn turn(&mut self) {
        self.hub.resume(self.now);
        for question in self.hub.weather_questions() {
            // There is no network: no forecasts.
            self.hub.weather(question.ticket, None, self.now);
        }
        if let Some(log) = &mut self.log {
            self.hub.drive_log(log, self.now);
        }
        self.operate_from_the_chat();
        self.hub.drive_journal(&mut self.scripted_journal, self.now);
        while let Some(answer) = self.admin.poll_answer(&mut self.hub, self.now) {
            self.answers.push_back(answer);
        }
        let traffic = self.hub.take_traffic();
        self.admin.tell_members(&mut self.hub, &traffic);
        self.hub.flush(&mut self.network, self.now);
        while let Some(close) = self.hub.poll_close() {
            let (Close::Half(id) | Close::Full(id)) = close;
            if let Some(peer) = self.network.0.get_mut(&id) {
                peer.closed = true;
            }
            if close == Close::Half(id) {
                self.hub.ended(id, self.now);
            }
        }
    }

    /// Checks passwords of operators, runs their commands, and reads files again if they ask for it.
    fn operate_from_the_chat(&mut self) {
        for PasswordCheck { ticket, password, hash } in self.hub.password_checks() {
            self.hub.password_checked(
                ticket,
                Some(hash.is_of(&password, &mut HashMemory::default())),
                self.now,
            );
        }
        let ends = self.admin.run_members(&mut self.hub, self.now);
        self.ends += ends;
        if ends > 0 {
            self.hub.stop(self.now);
        }
        if self.admin.take_reload() {
            let troubles = (self.reread)().give(&mut self.hub, self.now);
            self.answers.extend(self.admin.reloaded(&mut self.hub, &troubles, self.now));
        }
    }

    /// A peer that had stopped reading takes this many more bytes.
    pub fn read_on(&mut self, id: SessionId, bytes: usize) {
        self.peer(id).room = Some(bytes);
        self.hub.writable(id);
        self.settle();
    }

    /// A `late` peer reads once.
    pub fn reads(&mut self, id: SessionId) {
        self.peer(id).read_all();
    }

    /// The network to a peer is restored, and delivers what was in flight.
    pub fn arrives(&mut self, id: SessionId) {
        let peer = self.peer(id);
        peer.arrived += peer.cut.take().unwrap_or_default();
    }

    pub fn peer(&mut self, id: SessionId) -> &mut Peer {
        self.network.0.get_mut(&id).unwrap()
    }

    /// Removes a peer whose connection is closed.
    pub fn forget(&mut self, id: SessionId) {
        self.network.0.remove(&id);
    }

    /// What a peer received since the last call.
    pub fn heard(&mut self, id: SessionId) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.peer(id).heard)).into_owned()
    }
}
