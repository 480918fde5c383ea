//! The real binary, on a free port and in a folder of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The timeout of every wait.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A temporary folder, removed when this is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("salon-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // A killed run may have had the same number.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The binary with these arguments, run in `folder`, which also has its control socket and its data.
pub fn command(folder: &Path, words: &[&str]) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_salon")), folder, words)
}

/// The same, of another program than the one that was built with the tests.
pub fn command_of(program: &Path, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("XDG_RUNTIME_DIR", folder).env("XDG_STATE_HOME", folder);
    // Independent of the terminal that runs the tests.
    command
        .env("TERM", "xterm-256color")
        .env_remove("USER")
        .env_remove("LOGNAME")
        .env("XDG_CONFIG_HOME", folder);
    command
}

/// What a program without input prints until it ends.
pub fn output(command: &mut Command) -> Output {
    let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    until_ended(pipes.spawn().unwrap())
}

/// What a program prints into its pipes until it ends. Its input ends here.
pub fn until_ended(mut child: Child) -> Output {
    drop(child.stdin.take());
    let pipes = [all_of(child.stdout.take()), all_of(child.stderr.take())];
    // If it does not end, the test fails and it is killed.
    let mut child = Killed(child);
    let end = Instant::now() + TEST_TIMEOUT;
    let [stdout, stderr] = pipes.map(|pipe| {
        let left = end.saturating_duration_since(Instant::now());
        pipe.recv_timeout(left).expect("a program that the test runs ends by itself")
    });
    Output { status: child.0.wait().unwrap(), stdout, stderr }
}

/// All that comes from a pipe, if there is one.
fn all_of(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, all) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).unwrap();
        }
        // Nobody may be waiting any more.
        let _ = sender.send(bytes);
    });
    all
}

/// A running server, killed when this is dropped.
pub struct Salon {
    child: Killed,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    pub port: u16,
    pub folder: Folder,
}

impl Salon {
    /// A server with these options. By default its host is silent, and it has no bots.
    pub fn start(options: &[&str]) -> Salon {
        Salon::with(options, |_| {})
    }

    /// The same, with a change to the command before it starts.
    pub fn with(options: &[&str], change: impl FnOnce(&mut Command)) -> Salon {
        let folder = Folder::new();
        let mut words = vec!["serve"];
        if !options.contains(&"--port") {
            words.extend(["--port", "0"]);
        }
        if !options.contains(&"--host-interval") {
            words.extend(["--host-interval", "off"]);
        }
        if !options.contains(&"--chaty-port") {
            words.extend(["--chaty-port", "off"]);
        }
        if !options.contains(&"--bots") {
            words.extend(["--bots", "none"]);
        }
        words.extend(options);
        let mut command = command(folder.path(), &words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let (sender, output) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let first = output.recv_timeout(TEST_TIMEOUT).expect("the server says where it listens");
        let port = first.strip_prefix("Service is listening to incoming connections on port ");
        let port = port.and_then(|rest| rest.strip_suffix('.')).unwrap_or_else(|| panic!("{first}"));
        Salon { input: child.stdin.take(), output, port: port.parse().unwrap(), child: Killed(child), folder }
    }

    /// Types a line at the console.
    pub fn type_line(&mut self, line: &str) {
        // In one write: the server may end between two.
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Ends the console's input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The console's next line that begins with `start`.
    pub fn line(&self, start: &str) -> String {
        let end = Instant::now() + TEST_TIMEOUT;
        let mut seen = Vec::new();
        while let Ok(line) = self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.starts_with(start) {
                return line;
            }
            seen.push(line);
        }
        panic!("the console did not say {start:?}, but {seen:#?}");
    }

    /// The remaining lines of the console, once the server has ended.
    pub fn rest(&self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(line) = self.output.recv_timeout(TEST_TIMEOUT) {
            lines.push(line);
        }
        lines
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until the process is stopped (SIGSTOP).
    #[cfg(target_os = "linux")]
    pub fn is_stopped(&self) {
        let end = Instant::now() + TEST_TIMEOUT;
        let path = format!("/proc/{}/stat", self.id());
        // The state follows the name, which is in parentheses (proc_pid_stat(5)).
        while !std::fs::read_to_string(&path).unwrap().contains(") T ") {
            assert!(Instant::now() < end, "it goes on");
            thread::yield_now();
        }
    }

    /// Waits until the server has ended.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            // Its output ends with it, so this waits for an event.
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return self.child.0.wait().unwrap(),
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("the server did not end"),
            }
        }
    }

    /// Its standard error, once it has ended.
    pub fn errors(&mut self) -> String {
        let mut text = String::new();
        self.child.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The folder for the log, if no option names another.
    pub fn log_folder(&self) -> PathBuf {
        self.folder.path().join("salon").join("logs")
    }

    /// Today's log.
    pub fn log(&self) -> String {
        let folder = self.log_folder();
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Its resident memory, in bytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.0.id())).unwrap();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        kib.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Its CPU time.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.0.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        // User and system time, in hundredths of a second (proc_pid_stat(5)).
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child.0)
    }
}

/// A process that is killed when this is dropped.
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
