//! Servers of the engine, and nodes without a chat that publish to its log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use salon::cluster::log::{LogEvent, Published, ReplicatedLog};
use salon::engine::local::{LocalEngines, find};
use salon::engine::{Credentials, Engine, LogSettings, NodeName, ServerAddress, Settings};

use super::process::{Folder, TEST_TIMEOUT};

/// How long a cluster may take to form, to choose another leader, or to start again.
pub const ENGINE_TIMEOUT: Duration = Duration::from_secs(90);

/// `nats-server`. `None`, aloud, if this machine has none and need not.
pub fn program() -> Option<PathBuf> {
    match find() {
        Ok(path) => Some(path),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "{why}");
            eprintln!("not tested: {why}");
            None
        }
    }
}

/// Servers of an engine, in a folder of their own.
pub struct Servers {
    pub engines: LocalEngines,
    _folder: Folder,
}

impl Servers {
    pub fn start(program: &Path, count: usize) -> Servers {
        let folder = Folder::new();
        let engines = LocalEngines::start(program, folder.path(), count).unwrap();
        Servers { engines, _folder: folder }
    }

    /// One server. `None`: see [`program`].
    pub fn one() -> Option<Servers> {
        program().map(|program| Servers::start(&program, 1))
    }

    /// Nodes with these names, each of which has heard all of the log before the next one starts.
    pub fn nodes<const COUNT: usize>(&self, names: [&str; COUNT]) -> [Node; COUNT] {
        names.map(|name| {
            let mut node = Node::start(self.settings(name, "LOG"), 0);
            node.until_caught_up();
            node
        })
    }

    pub fn settings(&self, node: &str, stream: &str) -> Settings {
        settings(node, stream, self.engines.addresses(), self.engines.servers.len())
    }
}

pub fn settings(node: &str, stream: &str, servers: Vec<ServerAddress>, replicas: usize) -> Settings {
    static NONCES: AtomicU64 = AtomicU64::new(1);
    Settings {
        servers,
        node: NodeName::parse(node).unwrap(),
        credentials: Credentials::None,
        authorities: None,
        log: LogSettings { name: stream.to_owned(), shard: 0, replicas, max_bytes: 1 << 28 },
        nonce: NONCES.fetch_add(1, Ordering::Relaxed),
    }
}

/// A node: what it hears of the log.
pub struct Node {
    pub engine: Engine,
    woken: Receiver<()>,
    pub epoch: u64,
    number: u64,
    pub events: Vec<LogEvent>,
}

impl Node {
    /// All up to the entry `stored` is stored.
    pub fn start(settings: Settings, stored: u64) -> Node {
        let (wake, woken) = mpsc::channel();
        let epoch = settings.nonce;
        let engine = Engine::start(settings, stored, move || {
            // Fails when the node is gone.
            let _ = wake.send(());
        });
        Node { engine: engine.unwrap(), woken, epoch, number: 0, events: Vec::new() }
    }

    /// The next event.
    pub fn next(&mut self, timeout: Duration) -> Option<LogEvent> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(event) = self.engine.poll() {
                self.events.push(event.clone());
                return Some(event);
            }
            self.woken.recv_timeout(end.saturating_duration_since(Instant::now())).ok()?;
        }
    }

    /// Waits for an event.
    pub fn until(&mut self, timeout: Duration, mut wanted: impl FnMut(&LogEvent) -> bool) -> LogEvent {
        let end = Instant::now() + timeout;
        loop {
            let Some(event) = self.next(end.saturating_duration_since(Instant::now())) else {
                panic!(
                    "not in time; before it came {:#?}",
                    self.events.iter().rev().take(10).collect::<Vec<_>>()
                );
            };
            if wanted(&event) {
                return event;
            }
        }
    }

    pub fn until_caught_up(&mut self) -> u64 {
        match self.until(ENGINE_TIMEOUT, |event| matches!(event, LogEvent::CaughtUp { .. })) {
            LogEvent::CaughtUp { seq } => seq,
            _ => 0,
        }
    }

    /// Publishes a text.
    pub fn publish(&mut self, text: &str) {
        self.number += 1;
        let bytes = text.as_bytes().to_vec();
        self.engine.publish(Published { epoch: self.epoch, number: self.number, bytes });
    }

    /// Publishes a text, and waits until it is heard.
    pub fn say(&mut self, text: &str) {
        self.publish(text);
        self.until(ENGINE_TIMEOUT, |event| is_entry(event, text));
    }

    /// The entries that it heard, after a check of their numbers.
    pub fn heard(&self) -> Vec<(u64, String, String)> {
        let entry = |event: &LogEvent| match event {
            LogEvent::Entry { seq, node, bytes, .. } => {
                Some((*seq, node.clone(), String::from_utf8(bytes.to_vec()).unwrap()))
            }
            _ => None,
        };
        let heard: Vec<_> = self.events.iter().filter_map(entry).collect();
        let first = heard.first().map_or(0, |(seq, ..)| *seq);
        let expected = first..first + heard.len() as u64;
        assert!(heard.iter().map(|(seq, ..)| *seq).eq(expected), "entries without gaps, each once");
        heard
    }
}

pub fn is_entry(event: &LogEvent, text: &str) -> bool {
    matches!(event, LogEvent::Entry { bytes, .. } if **bytes == *text.as_bytes())
}

/// A node that speaks without a pause, on a thread of its own.
pub struct Talker {
    thread: JoinHandle<Talked>,
    is_over: Arc<AtomicBool>,
    /// A mark for each of its batches that it has heard.
    progress: Receiver<()>,
}

/// What a talker has done.
pub struct Talked {
    pub node: Node,
    pub name: String,
    pub said: Vec<String>,
    /// How long each took until it was heard, and until it was acknowledged, as far as that is known.
    pub echoes: Vec<Duration>,
    pub acknowledged: Vec<Duration>,
}

impl Talker {
    /// It waits so long between what it says.
    pub fn start(settings: Settings, pause: Duration) -> Talker {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let (marks, progress) = mpsc::channel();
        let thread = thread::spawn(move || {
            let name = settings.node.as_str().to_owned();
            let mut node = Node::start(settings, 0);
            node.until_caught_up();
            let (mut said, mut echoes, mut acknowledged) = (Vec::new(), Vec::new(), Vec::new());
            while !over.load(Ordering::Acquire) {
                let text = format!("{name} {}", said.len());
                let begin = Instant::now();
                node.say(&text);
                echoes.push(begin.elapsed());
                acknowledged.push(node.engine.figures().acknowledged_after);
                said.push(text);
                // Nobody may be waiting any more.
                let _ = marks.send(());
                // What others say is heard meanwhile.
                let end = Instant::now() + pause;
                while node.next(end.saturating_duration_since(Instant::now())).is_some() {}
            }
            Talked { node, name, said, echoes, acknowledged }
        });
        Talker { thread, is_over, progress }
    }

    /// Waits until it has heard so many more of its own batches. Returns how long that took.
    pub fn go_on(&self, more: usize) -> Duration {
        let begin = Instant::now();
        let end = begin + ENGINE_TIMEOUT;
        while self.progress.try_recv().is_ok() {}
        for _ in 0..more {
            let mark = self.progress.recv_timeout(end.saturating_duration_since(Instant::now()));
            mark.expect("what is said is heard");
        }
        begin.elapsed()
    }

    pub fn stop(self) -> Talked {
        self.is_over.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}

/// Checks that all heard the same, and everything that was said once, in the order in which its speaker said it.
pub fn check(mut talked: Vec<Talked>) {
    let last = talked.iter().filter_map(|one| one.node.heard().last().map(|(seq, ..)| *seq)).max().unwrap();
    for one in &mut talked {
        while one.node.heard().last().is_none_or(|(seq, ..)| *seq < last) {
            assert!(one.node.next(TEST_TIMEOUT).is_some(), "{} does not hear entry {last}", one.name);
        }
    }
    let heard = talked[0].node.heard();
    for one in &talked {
        assert!(one.node.heard() == heard, "{} heard something else", one.name);
        let own: Vec<_> =
            heard.iter().filter(|(_, node, _)| *node == one.name).map(|(.., text)| text).collect();
        assert!(
            own.iter().copied().eq(&one.said),
            "{} said {:?} and {:?} was heard",
            one.name,
            one.said,
            own
        );
        let gave_up = one.node.events.iter().any(|event| matches!(event, LogEvent::GaveUp { .. }));
        assert!(!gave_up);
    }
    let different: BTreeSet<_> = heard.iter().map(|(.., text)| text).collect();
    assert_eq!(different.len(), heard.len(), "nothing twice");
    assert_eq!(heard.len(), talked.iter().map(|one| one.said.len()).sum::<usize>());
}

/// The quantile of some times.
pub fn quantile(times: &[Duration], quantile: f64) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let index = (times.len() as f64 * quantile) as usize;
    times.get(index.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
