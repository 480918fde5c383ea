//! Machines with a server of the engine and a node each, as processes: what may happen to them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use salon::engine::ServerAddress;
use salon::engine::local::{EngineConfig, EngineProcess, free_ports};

use super::namespaces::Namespaces;
use super::ways;
use crate::support::engine::{Node, settings};
use crate::support::process::{Folder, Killed, TEST_TIMEOUT, command_of, output};

/// The names of the nodes.
pub const NAMES: [&str; 3] = ["one", "two", "three"];

/// Another program than the one that was built with the tests, such as a release build for figures.
const PROGRAM: &str = "SALON_PROGRAM";

/// Partitions go through relays, also where there may be network namespaces.
const RELAYS: &str = "SALON_FAULTS_RELAYS";

pub struct Machines {
    engines: Vec<EngineProcess>,
    nodes: Vec<NodeProcess>,
    network: Network,
    // After the processes.
    folder: Folder,
}

enum Network {
    Namespaces(Namespaces),
    Relays(ways::Network),
}

struct NodeProcess {
    program: PathBuf,
    folder: PathBuf,
    words: Vec<String>,
    child: Option<Killed>,
    address: Ipv4Addr,
}

/// Something on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Engine(usize),
    Node(usize),
}

impl Machines {
    /// Three machines; their nodes share the lobby. Returns when the engine has the log.
    pub fn start(nats: &Path, options: &[&str]) -> Machines {
        let folder = Folder::new();
        let network = Network::create(NAMES.len());
        let ports = free_ports(NAMES.len()).unwrap();
        let addresses: Vec<Ipv4Addr> = (0..NAMES.len()).map(|index| network.address(index)).collect();
        let routes = |from| {
            let listening =
                addresses.iter().zip(&ports).map(|(ip, ports)| SocketAddrV4::new(*ip, ports.route));
            let others = listening.enumerate().filter(move |(to, _)| *to != from);
            others.map(|(to, server)| network.to([from, to], server)).collect()
        };
        let engines = (0..NAMES.len()).map(|index| {
            let name = format!("engine-{}", NAMES[index]);
            let folder = folder.path().join(&name);
            fs::create_dir_all(&folder).unwrap();
            let program = network.program(index, nats, &folder);
            let (address, ports, routes) = (addresses[index], ports[index], routes(index));
            let config = EngineConfig { name, folder, address, ports, routes, nodes: Vec::new(), tls: None };
            network.start(&program, &config)
        });
        let engines: Vec<_> = engines.collect();
        let servers: Vec<_> = addresses
            .iter()
            .zip(&ports)
            .map(|(address, ports)| SocketAddrV4::new(*address, ports.client))
            .collect();
        let log = engines.iter().map(EngineProcess::address).collect();
        Node::start(settings("first", "SALON", log, engines.len()), 0).until_caught_up();
        let nodes = (0..NAMES.len())
            .map(|index| NodeProcess::new(index, folder.path(), &network, &servers, options))
            .collect();
        Machines { engines, nodes, network, folder }
    }

    /// Where clients find the servers of the engine.
    pub fn addresses(&self) -> Vec<ServerAddress> {
        self.engines.iter().map(EngineProcess::address).collect()
    }

    /// The same, as addresses of sockets.
    pub fn engines(&self) -> Vec<SocketAddr> {
        let parse = |address: ServerAddress| SocketAddr::new(address.host.parse().unwrap(), address.port);
        self.addresses().into_iter().map(parse).collect()
    }

    /// The index of an engine's server with this name.
    pub fn engine_named(&self, name: &str) -> Option<usize> {
        self.engines.iter().position(|engine| engine.name() == name)
    }

    /// Starts a node. Returns where clients find it.
    pub fn start_node(&mut self, index: usize) -> SocketAddr {
        self.nodes[index].start()
    }

    pub fn kill(&mut self, part: Part) {
        match part {
            Part::Engine(index) => self.engines[index].kill(),
            Part::Node(index) => self.nodes[index].child = None,
        }
    }

    pub fn restart_engine(&mut self, index: usize) {
        self.engines[index].restart().unwrap();
    }

    pub fn freeze(&mut self, part: Part, is_frozen: bool) {
        let pid = match part {
            Part::Engine(index) => Pid::from_child(self.engines[index].child()),
            Part::Node(index) => Pid::from_child(&self.nodes[index].child.as_ref().unwrap().0),
        };
        kill_process(pid, if is_frozen { Signal::STOP } else { Signal::CONT }).unwrap();
    }

    /// A machine loses the others, or finds them again.
    pub fn cut(&self, index: usize, is_cut: bool) {
        match &self.network {
            Network::Namespaces(namespaces) => namespaces.cut(index, is_cut),
            Network::Relays(relays) => relays.cut(index, is_cut),
        }
    }

    /// Two machines lose each other, or find each other again.
    pub fn cut_between(&self, pair: [usize; 2], is_cut: bool) {
        match &self.network {
            Network::Namespaces(namespaces) => namespaces.cut_between(pair, is_cut),
            Network::Relays(relays) => relays.cut_between(pair, is_cut),
        }
    }

    /// Has a node carry out an operator's command. Returns what it prints.
    pub fn operate(&self, index: usize, words: &[&str]) -> String {
        let control = control(&self.nodes[index].folder);
        let all: Vec<&str> = ["ctl", "--control", &control].iter().chain(words).copied().collect();
        let output = output(&mut command_of(&built(), self.folder.path(), &all));
        let [text, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{words:?}: {text}{errors}");
        text
    }
}

impl Network {
    fn create(count: usize) -> Network {
        let namespaces = if std::env::var_os(RELAYS).is_none() { Namespaces::create(count) } else { None };
        namespaces.map_or_else(|| Network::Relays(ways::Network::new(count)), Network::Namespaces)
    }

    fn address(&self, index: usize) -> Ipv4Addr {
        match self {
            Network::Namespaces(namespaces) => namespaces.address(index),
            Network::Relays(_) => Ipv4Addr::LOCALHOST,
        }
    }

    /// Where a machine finds a server of another one, or of itself.
    fn to(&self, ends: [usize; 2], server: SocketAddrV4) -> SocketAddrV4 {
        match self {
            Network::Namespaces(_) => server,
            Network::Relays(relays) => relays.to(ends, server),
        }
    }

    /// Starts a server of the engine.
    fn start(&self, program: &Path, config: &EngineConfig) -> EngineProcess {
        let mut engine = EngineProcess::start(program, config).unwrap();
        if let Network::Relays(_) = self {
            // Servers tell each other where they are, and would go past the relays: they find nobody there.
            engine.kill();
            let text = fs::read_to_string(engine.configuration()).unwrap();
            let text = text.replace("cluster {\n", "cluster {\n  advertise: \"127.0.0.1:1\"\n");
            fs::write(engine.configuration(), text).unwrap();
            engine.restart().unwrap();
        }
        engine
    }

    /// A program that is run on this machine: a script in this folder, if that takes more than the program itself.
    fn program(&self, index: usize, program: &Path, folder: &Path) -> PathBuf {
        let Network::Namespaces(namespaces) = self else { return program.to_owned() };
        let script = folder.join("run");
        let text = format!(
            "#!/bin/sh\nexec ip netns exec {} '{}' \"$@\"\n",
            namespaces.name(index),
            program.display()
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        script
    }
}

impl NodeProcess {
    fn new(
        index: usize,
        folder: &Path,
        network: &Network,
        servers: &[SocketAddrV4],
        options: &[&str],
    ) -> NodeProcess {
        let folder = folder.join(NAMES[index]);
        fs::create_dir_all(&folder).unwrap();
        let program = network.program(index, &built(), &folder);
        let address = match network {
            Network::Namespaces(namespaces) => namespaces.clients_address(index),
            Network::Relays(_) => Ipv4Addr::LOCALHOST,
        };
        let servers = servers.iter().enumerate().map(|(to, server)| network.to([index, to], *server));
        let cluster: Vec<String> = servers.map(|server| format!("nats://{server}")).collect();
        let data = folder.join("data").display().to_string();
        let always = ["serve", "--port", "0", "--no-console", "--chaty-port", "off", "--bots", "none"];
        let mut words: Vec<String> = always.iter().chain(options).map(|word| (*word).to_owned()).collect();
        let own = ["--cluster", &cluster.join(","), "--node", NAMES[index], "--data", &data];
        words.extend(own.iter().chain(&["--control", &control(&folder)]).map(|word| (*word).to_owned()));
        NodeProcess { program, folder, words, child: None, address }
    }

    fn start(&mut self) -> SocketAddr {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let mut command = command_of(&self.program, &self.folder, &words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child: Child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        self.child = Some(Killed(child));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let first = lines.recv_timeout(TEST_TIMEOUT).expect("the node says where it listens");
        let port = first.rsplit_once("on port ").and_then(|(_, port)| port.strip_suffix('.'));
        let port = port.unwrap_or_else(|| panic!("{first}"));
        // It is found there again.
        let at = self.words.iter().position(|word| word == "--port").unwrap();
        port.clone_into(&mut self.words[at + 1]);
        SocketAddr::new(self.address.into(), port.parse().unwrap())
    }
}

fn built() -> PathBuf {
    std::env::var_os(PROGRAM).map_or_else(|| env!("CARGO_BIN_EXE_salon").into(), PathBuf::from)
}

/// The control socket of a node.
fn control(folder: &Path) -> String {
    folder.join("control").display().to_string()
}
