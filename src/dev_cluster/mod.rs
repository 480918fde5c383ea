//! `salon cluster dev`: an engine of three servers and some nodes as children of this process, for trying a cluster.

mod watchdog;

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};

use crate::base::limits::DEV_CLUSTER_STOP_TIMEOUT;
use crate::engine::local::{EngineProcess, LocalEngines, bind_free_port, find};
use watchdog::Watchdog;

/// How many servers the engine has: with three it survives the death of one.
const ENGINES: usize = 3;

/// What is to be started.
#[derive(Clone, Debug)]
pub struct DevCluster {
    /// How many nodes.
    pub nodes: u8,
    /// The port of the first; 0 takes any free ones.
    pub port: u16,
    /// The folder for all data; `None`: a temporary one.
    pub data: Option<PathBuf>,
}

/// A node, killed when this is dropped.
struct NodeProcess {
    name: String,
    port: u16,
    child: Child,
    has_ended: bool,
}

/// A folder that may be deleted at the end.
struct DataFolder {
    path: PathBuf,
    is_temporary: bool,
}

/// Runs a cluster until a signal ends it. An error is a sentence or two that say what to do.
pub fn run(wanted: &DevCluster) -> Result<(), String> {
    let mut signals = Signals::watch().map_err(|why| format!("Signals cannot be received: {why}."))?;
    let program = find()?;
    let folder = DataFolder::open(wanted.data.clone())?;
    let mut watchdog = Watchdog::start(folder.is_temporary.then_some(&*folder.path))?;
    let mut engines = LocalEngines::start(&program, &folder.path, ENGINES)?;
    let addresses: Vec<String> = engines.addresses().iter().map(ToString::to_string).collect();
    say(&format!("The engine: {} ({})", addresses.join(", "), program.display()));
    let mut nodes = Vec::new();
    watchdog.watch(&living(&mut engines, &mut nodes));
    let mut port = wanted.port;
    for number in 1..=wanted.nodes {
        let node = NodeProcess::start(&format!("node-{number}"), port, &addresses.join(","), &folder.path)?;
        say(&format!(
            "{}: http://localhost:{port}, nc localhost {port}, or salon join localhost:{port}",
            node.name,
            port = node.port
        ));
        port = if port == 0 { 0 } else { node.port.saturating_add(1) };
        nodes.push(node);
        watchdog.watch(&living(&mut engines, &mut nodes));
    }
    say(
        "They share the room lobby, as soon as the engine's servers have found each other, in about ten seconds. To see what \
         happens when one dies, kill it:",
    );
    for server in &mut engines.servers {
        let name = server.name();
        say(&format!("  kill -9 {}  # {name}", server.child().id()));
    }
    for node in &nodes {
        say(&format!("  kill -9 {}  # {}", node.child.id(), node.name));
    }
    say("Ctrl-C stops everything.");
    let mut ended = vec![false; engines.servers.len()];
    while signals.wait() {
        for (server, ended) in engines.servers.iter_mut().zip(&mut ended) {
            if !*ended && has_ended(server.child()) {
                *ended = true;
                let config = server.configuration();
                say(&format!(
                    "{} has ended. To start it again: {} --config {}",
                    server.name(),
                    program.display(),
                    config.display()
                ));
            }
        }
        for node in nodes.iter_mut().filter(|node| !node.has_ended) {
            if has_ended(&mut node.child) {
                node.has_ended = true;
                say(&format!("{} has ended.", node.name));
            }
        }
        watchdog.watch(&living(&mut engines, &mut nodes));
    }
    say("Stopping.");
    // The nodes first, so that they can still tell each other.
    stop(nodes.iter_mut().map(|node| &mut node.child), &mut signals);
    stop(engines.servers.iter_mut().map(EngineProcess::child), &mut signals);
    Ok(())
}

/// The ids of the processes that have not ended.
fn living(engines: &mut LocalEngines, nodes: &mut [NodeProcess]) -> Vec<u32> {
    let engines = engines.servers.iter_mut().map(EngineProcess::child);
    let all = engines.chain(nodes.iter_mut().map(|node| &mut node.child));
    all.filter_map(|child| (!has_ended(child)).then(|| child.id())).collect()
}

fn say(line: &str) {
    // If standard output is closed there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn has_ended(child: &mut Child) -> bool {
    child.try_wait().is_ok_and(|status| status.is_some())
}

/// Asks processes to end, and waits until they have, but not for ever.
fn stop<'a>(children: impl Iterator<Item = &'a mut Child>, signals: &mut Signals) {
    let mut children: Vec<_> = children.collect();
    for child in &mut children {
        if !has_ended(child) {
            // Fails if it ends at this moment.
            let _ = kill_process(Pid::from_child(child), Signal::TERM);
        }
    }
    let end = Instant::now() + DEV_CLUSTER_STOP_TIMEOUT;
    // Whoever is dropped is killed.
    while !children.iter_mut().all(|child| has_ended(child))
        && let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    {
        signals.wait_for(left);
    }
}

/// The signals that concern the cluster.
struct Signals {
    pipe: UnixStream,
    is_over: Arc<AtomicBool>,
}

impl Signals {
    fn watch() -> std::io::Result<Signals> {
        let (pipe, sender) = UnixStream::pair()?;
        let is_over = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&is_over))?;
        }
        for signal in [SIGINT, SIGTERM, SIGCHLD] {
            signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
        }
        Ok(Signals { pipe, is_over })
    }

    /// Waits for a signal, such as that a process has ended, but no longer than this.
    fn wait_for(&mut self, time: Duration) {
        let mut bytes = [0; 16];
        if self.pipe.set_read_timeout(Some(time)).is_ok() {
            // Whoever calls it looks itself what has happened.
            let _ = self.pipe.read(&mut bytes);
        }
    }

    /// Waits for a signal. Returns whether the cluster goes on.
    fn wait(&mut self) -> bool {
        let mut bytes = [0; 16];
        match self.pipe.read(&mut bytes) {
            Err(why) if why.kind() != ErrorKind::Interrupted => false,
            _ => !self.is_over.load(Ordering::Acquire),
        }
    }
}

impl NodeProcess {
    /// Starts a node, and waits until it listens. An error is a sentence.
    fn start(name: &str, port: u16, engine: &str, folder: &Path) -> Result<NodeProcess, String> {
        let fault = |why: std::io::Error| format!("The node {name} cannot be started: {why}.");
        let port = free_port(port).ok_or_else(|| {
            format!("No port from {port} on is free. Name others with --port, or take any free ones with --port 0.")
        })?;
        let data = folder.join(name);
        let mut command = Command::new(std::env::current_exe().map_err(fault)?);
        command.args(["serve", "--no-console", "--port", &port.to_string(), "--chaty-port", "off"]);
        command.args(["--cluster", engine, "--node", name]).arg("--data").arg(&data);
        command.arg("--log-dir").arg(data.join("logs"));
        // In a group of its own: Ctrl-C is for this process, which ends the others in their order.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(fault)?;
        let mut first = String::new();
        let output = child.stdout.take();
        if let Some(output) = output {
            let mut output = BufReader::new(output);
            let count = output.read_line(&mut first).map_err(fault)?;
            if count == 0 {
                let _ = child.wait();
                return Err(format!("The node {name} did not start."));
            }
            // Its later lines are in its log, too.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        }
        let node = NodeProcess { name: name.to_owned(), port, child, has_ended: false };
        Ok(node)
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first free port from this one on. 0 is any.
fn free_port(from: u16) -> Option<u16> {
    let port_of = |listener: TcpListener| listener.local_addr().ok().map(|address| address.port());
    if from == 0 {
        return bind_free_port(Ipv4Addr::UNSPECIFIED).ok().and_then(port_of);
    }
    (from..=u16::MAX).find_map(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).ok().and_then(port_of))
}

impl DataFolder {
    fn open(named: Option<PathBuf>) -> Result<DataFolder, String> {
        let is_temporary = named.is_none();
        let path = named
            .unwrap_or_else(|| std::env::temp_dir().join(format!("salon-cluster-{}", std::process::id())));
        let fault = |why: std::io::Error| {
            format!("The folder {} cannot be used: {why}. Name another one with --data.", path.display())
        };
        fs::create_dir_all(&path).map_err(fault)?;
        let path = path.canonicalize().map_err(fault)?;
        Ok(DataFolder { path, is_temporary })
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be deleted is left to the system.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
