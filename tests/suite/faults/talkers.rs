//! Clients on all nodes, each on a thread: they speak and listen, and come again when they lose their node.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::{Client, Dialect, Heard, Mark};
use super::machines::NAMES;

/// How long anybody waits for anything: the engine gives up after a minute what it cannot bring into the log.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long a client waits before it comes again.
const COMES_AGAIN: Duration = Duration::from_millis(100);

/// What became of a message, as far as its speaker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Heard,
    Refused,
    /// The connection was lost first.
    Unknown,
}

/// Where a program was: its name, its token, and the last that it heard.
type Place = (String, String, u64);

/// What one client has said and heard.
#[derive(Debug)]
pub struct Record {
    pub dialect: Dialect,
    pub home: usize,
    /// What it heard, in pieces: between two it was not there, and has nothing of that time.
    pub tapes: Vec<Vec<Mark>>,
    pub fates: BTreeMap<Mark, Fate>,
    /// When it said and heard each of its own messages.
    pub echoes: Vec<[Instant; 2]>,
    pub is_there: bool,
    waits_for: usize,
    /// How often a program went on elsewhere, and how often it was turned away.
    pub went_on: usize,
    pub turned_away: Vec<String>,
    pub violations: Vec<String>,
}

/// What all talkers and the test share.
pub struct Scene {
    pub records: Vec<Mutex<Record>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    addresses: Vec<Option<SocketAddr>>,
    is_quiet: bool,
    is_over: bool,
}

pub struct Talkers {
    pub scene: Arc<Scene>,
    threads: Vec<JoinHandle<()>>,
}

impl Talkers {
    /// A client of each dialect on each node. Each waits so long between what it says.
    pub fn start(addresses: &[SocketAddr], pause: Duration) -> Talkers {
        let homes = (0..addresses.len())
            .flat_map(|home| [Dialect::Line, Dialect::Irc, Dialect::Json].map(|dialect| (home, dialect)));
        let record = |(home, dialect)| {
            Mutex::new(Record {
                dialect,
                home,
                tapes: Vec::new(),
                fates: BTreeMap::new(),
                echoes: Vec::new(),
                is_there: false,
                waits_for: 0,
                went_on: 0,
                turned_away: Vec::new(),
                violations: Vec::new(),
            })
        };
        let addresses = addresses.iter().copied().map(Some).collect();
        let state = State { addresses, is_quiet: false, is_over: false };
        let scene =
            Scene { records: homes.map(record).collect(), state: Mutex::new(state), changed: Condvar::new() };
        let scene = Arc::new(scene);
        let talk = |index| {
            let scene = Arc::clone(&scene);
            thread::spawn(move || Talker { index, scene, number: 0, lives: 0, pause }.run())
        };
        Talkers { threads: (0..scene.records.len()).map(talk).collect(), scene }
    }

    /// All leave.
    pub fn stop(self) {
        self.scene.change(|state| state.is_over = true);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }
}

impl Scene {
    /// A node is elsewhere, or nowhere.
    pub fn moves(&self, index: usize, address: Option<SocketAddr>) {
        self.change(|state| state.addresses[index] = address);
    }

    /// Nobody says anything, or all go on.
    pub fn be_quiet(&self, is_quiet: bool) {
        self.change(|state| state.is_quiet = is_quiet);
    }

    /// A change that may be awaited.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    /// Lets time pass, or waits until this is so for all clients. Returns whether it is.
    pub fn wait(&self, time: Duration, mut is_so: impl FnMut(usize, &Record) -> bool) -> bool {
        let end = Instant::now() + time;
        let mut state = self.state.lock().unwrap();
        loop {
            let mut records = self.records.iter().enumerate();
            if records.all(|(index, record)| is_so(index, &record.lock().unwrap())) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Where a node is, or, if `elsewhere` will do, another one.
    fn address(&self, home: usize, elsewhere: bool) -> Option<SocketAddr> {
        let state = self.state.lock().unwrap();
        let others = (0..NAMES.len()).filter(|_| elsewhere).map(|more| (home + more) % NAMES.len());
        std::iter::once(home).chain(others).find_map(|index| state.addresses[index])
    }
}

struct Talker {
    index: usize,
    scene: Arc<Scene>,
    number: u64,
    lives: u32,
    pause: Duration,
}

impl Talker {
    fn run(mut self) {
        let mut earlier = None;
        while !self.is_over() {
            self.lives += 1;
            if let Some(client) = self.come(&mut earlier) {
                earlier = self.stay(client);
            }
            self.scene.change(|_| {});
            let state = self.scene.state.lock().unwrap();
            drop(self.scene.changed.wait_timeout(state, COMES_AGAIN).unwrap());
        }
    }

    /// Comes into the room; a program goes on with its name and where it was.
    fn come(&self, earlier: &mut Option<Place>) -> Option<(Client, String)> {
        let (dialect, home) = self.with(|record| (record.dialect, record.home));
        let address = self.scene.address(home, dialect == Dialect::Json)?;
        let went_on = earlier.as_ref().map(|(_, token, id)| (token.clone(), *id));
        let new = || format!("T{}x{}", self.index, self.lives);
        let name = earlier.as_ref().map_or_else(new, |(name, ..)| name.clone());
        let mut client = Client::join(address, dialect, &name, went_on.as_ref()).ok()?;
        let end = Instant::now() + PATIENCE;
        match client.next(end) {
            Heard::Joined => {}
            Heard::TurnedAway(why) => {
                *earlier = None;
                self.with(|record| record.turned_away.push(why));
                return None;
            }
            Heard::Nothing | Heard::Closed | Heard::Gap | Heard::Refused | Heard::Said(_) => return None,
        }
        self.with(|record| {
            record.is_there = true;
            if went_on.is_some() {
                record.went_on += 1;
            } else {
                record.tapes.push(Vec::new());
            }
        });
        Some((client, name))
    }

    /// Speaks and listens until the connection ends. Returns what a program needs to go on elsewhere.
    fn stay(&mut self, (mut client, name): (Client, String)) -> Option<Place> {
        let (mut said, mut refused) = (Vec::<(Mark, Instant)>::new(), 0);
        let mut due = Instant::now();
        loop {
            let now = Instant::now();
            let may_speak = !self.scene.state.lock().unwrap().is_quiet;
            if said.is_empty() && due <= now && may_speak {
                // Several at once, so that their order shows.
                let count = 1 + self.number % 3;
                said = (1..=count).map(|more| ((self.index, self.number + more), now)).collect();
                (self.number, refused) = (self.number + count, 0);
                let marks: Vec<Mark> = said.iter().map(|(mark, _)| *mark).collect();
                self.with(|record| record.waits_for = marks.len());
                if !client.say(&marks) {
                    break;
                }
            }
            match client.next(due.clamp(now + Duration::from_millis(5), now + COMES_AGAIN)) {
                Heard::Said(mark) => self.heard(mark, &mut said),
                Heard::Refused => refused += 1,
                Heard::Gap => self.with(|record| record.tapes.push(Vec::new())),
                Heard::Closed => break,
                Heard::Joined | Heard::TurnedAway(_) | Heard::Nothing => {}
            }
            if !said.is_empty() && refused >= said.len() {
                self.end(&mut said, Fate::Refused);
            }
            if said.is_empty() {
                due = due.max(now.min(due + self.pause));
            } else {
                due = Instant::now() + self.pause;
            }
            if said.first().is_some_and(|(_, at)| at.elapsed() > PATIENCE) {
                self.with(|record| record.violations.push(format!("{said:?}: neither heard nor refused")));
                break;
            }
            if self.is_over() {
                break;
            }
        }
        self.end(&mut said, Fate::Unknown);
        self.with(|record| record.is_there = false);
        Some((name, client.token?, client.last_id?))
    }

    fn heard(&self, mark: Mark, said: &mut Vec<(Mark, Instant)>) {
        let own = said.iter().position(|(own, _)| *own == mark).map(|at| said.remove(at));
        self.with(|record| {
            if let Some(tape) = record.tapes.last_mut() {
                tape.push(mark);
            }
            if let Some((mark, at)) = own {
                record.fates.insert(mark, Fate::Heard);
                record.echoes.push([at, Instant::now()]);
                record.waits_for = said.len();
            }
        });
        // Whoever waits looks again.
        self.scene.changed.notify_all();
    }

    fn end(&self, said: &mut Vec<(Mark, Instant)>, fate: Fate) {
        self.with(|record| {
            record.waits_for = 0;
            record.fates.extend(said.drain(..).map(|(mark, _)| (mark, fate)));
        });
        self.scene.changed.notify_all();
    }

    fn with<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        change(&mut self.scene.records[self.index].lock().unwrap())
    }

    fn is_over(&self) -> bool {
        self.scene.state.lock().unwrap().is_over
    }
}

impl Record {
    /// Whether it is there, and knows what became of all that it said.
    pub fn is_settled(&self) -> bool {
        self.is_there && self.waits_for == 0
    }

    /// Whether it has heard itself say something that it said after this.
    pub fn has_spoken_since(&self, since: Instant) -> bool {
        self.is_there && self.echoes.last().is_some_and(|[said, _]| *said > since)
    }

    /// The longest time without hearing itself, between these two.
    pub fn pause(&self, [from, to]: [Instant; 2]) -> Duration {
        let echoes = self.echoes.iter().map(|[_, heard]| *heard).filter(|heard| (from..to).contains(heard));
        let mut last = from;
        let gaps: Vec<Duration> = echoes.map(|heard| heard - std::mem::replace(&mut last, heard)).collect();
        gaps.into_iter().max().unwrap_or(to - from)
    }
}
