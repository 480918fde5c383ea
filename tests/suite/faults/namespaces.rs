//! Machines as network namespaces on one bridge. It takes root.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// Removed when this is dropped, also if the test fails.
pub struct Namespaces {
    prefix: String,
    octet: u8,
    count: usize,
}

impl Namespaces {
    /// So many machines. `None` if this user or this machine cannot have them.
    pub fn create(count: usize) -> Option<Namespaces> {
        static CREATED: AtomicU32 = AtomicU32::new(0);
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        remove_leftovers();
        let number = CREATED.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("sf{:x}x{number:x}", std::process::id());
        let octet = (std::process::id().wrapping_mul(7).wrapping_add(number) % 256).to_le_bytes()[0];
        let namespaces = Namespaces { prefix, octet, count };
        namespaces.set_up().then_some(namespaces)
    }

    fn set_up(&self) -> bool {
        let (bridge, octet) = (self.bridge(), self.octet);
        let mut is_done = ip(&format!("link add {bridge} type bridge"))
            && ip(&format!("addr add 198.18.{octet}.254/24 dev {bridge}"))
            && ip(&format!("link set {bridge} up"));
        for index in 0..self.count {
            let (name, port, way) = (self.name(index), self.port(index), self.way(index));
            is_done = is_done
                && ip(&format!("netns add {name}"))
                && ip(&format!("-n {name} link set lo up"))
                && ip(&format!("link add {port} type veth peer name eth0 netns {name}"))
                && ip(&format!("link set {port} master {bridge} up"))
                && ip(&format!("-n {name} addr add {}/24 dev eth0", self.address(index)))
                && ip(&format!("-n {name} link set eth0 up"))
                && ip(&format!("link add {way} type veth peer name eth1 netns {name}"))
                && ip(&format!("addr add 198.19.{octet}.{}/30 dev {way}", 4 * index + 1))
                && ip(&format!("link set {way} up"))
                && ip(&format!("-n {name} addr add {}/30 dev eth1", self.clients_address(index)))
                && ip(&format!("-n {name} link set eth1 up"));
        }
        is_done
    }

    /// The name of a namespace.
    pub fn name(&self, index: usize) -> String {
        format!("{}n{index}", self.prefix)
    }

    /// The address of a machine for the others.
    pub fn address(&self, index: usize) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, self.octet, byte(index + 1))
    }

    /// Its address for clients, whom no cut concerns.
    pub fn clients_address(&self, index: usize) -> Ipv4Addr {
        Ipv4Addr::new(198, 19, self.octet, byte(4 * index + 2))
    }

    /// A machine loses the others, or finds them again. No packet passes, and nobody is told.
    pub fn cut(&self, index: usize, is_cut: bool) {
        let master = if is_cut { "nomaster".to_owned() } else { format!("master {}", self.bridge()) };
        assert!(ip(&format!("link set {} {master}", self.port(index))));
    }

    /// Two machines lose each other, or find each other again; a third still reaches both.
    pub fn cut_between(&self, pair: [usize; 2], is_cut: bool) {
        let word = if is_cut { "on" } else { "off" };
        for index in pair {
            assert!(ip(&format!("link set {} type bridge_slave isolated {word}", self.port(index))));
        }
    }

    fn bridge(&self) -> String {
        format!("{}b", self.prefix)
    }

    fn port(&self, index: usize) -> String {
        format!("{}c{index}", self.prefix)
    }

    fn way(&self, index: usize) -> String {
        format!("{}l{index}", self.prefix)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for index in 0..self.count {
            ip(&format!("link del {}", self.port(index)));
            ip(&format!("link del {}", self.way(index)));
            ip(&format!("netns del {}", self.name(index)));
        }
        ip(&format!("link del {}", self.bridge()));
    }
}

/// Removes what a run left that was killed: its process has ended, and its namespaces and links are still there.
fn remove_leftovers() {
    for line in read("netns list").lines() {
        let Some(name) = line.split_whitespace().next().filter(|name| is_leftover(name)) else { continue };
        // Servers that the run had started there.
        let pids = read(&format!("netns pids {name}"));
        for pid in pids.lines().filter_map(|pid| Pid::from_raw(pid.trim().parse().ok()?)) {
            // Fails if it ends at this moment.
            let _ = kill_process(pid, Signal::KILL);
        }
        ip(&format!("netns del {name}"));
    }
    // As in `7: sf1a2bx0b: <BROADCAST…` and `8: sf1a2bx0c0@if2: <…`.
    for line in read("-o link show").lines() {
        let name = line.split_whitespace().nth(1).unwrap_or_default();
        let name = name.split(['@', ':']).next().unwrap_or_default();
        if is_leftover(name) {
            ip(&format!("link del {name}"));
        }
    }
}

/// Whether this is the name of a namespace or a link that a run made whose process has ended.
fn is_leftover(name: &str) -> bool {
    let process = name.strip_prefix("sf").and_then(|rest| rest.split_once('x'));
    let process = process.and_then(|(process, _)| u32::from_str_radix(process, 16).ok());
    process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists())
}

/// What `ip` prints.
fn read(words: &str) -> String {
    let output = Command::new("ip").args(words.split(' ')).stderr(Stdio::null()).output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn what_a_run_left_that_was_killed_is_removed_at_the_next_start() {
    let ended = {
        let mut process = Command::new("true").spawn().unwrap();
        process.wait().unwrap();
        process.id()
    };
    assert!(is_leftover(&format!("sf{ended:x}x0n1")) && !is_leftover("eth0") && !is_leftover("sfx"));
    assert!(!is_leftover(&format!("sf{:x}x0n1", std::process::id())), "that run goes on");
    let name = format!("sf{ended:x}x0n1");
    if rustix::process::geteuid().is_root() && ip(&format!("netns add {name}")) {
        remove_leftovers();
        assert!(!read("netns list").contains(&name));
    }
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

/// Runs `ip`. Returns whether it did what it was told.
fn ip(words: &str) -> bool {
    let mut command = Command::new("ip");
    command.args(words.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
