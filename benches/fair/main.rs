//! Fairness: how long a message between two members takes while others do their worst, with the real binary.
//!
//! One member speaks many times a second, and one listens. Meanwhile a process with low priority (`disturb`) floods,
//! joins and leaves, reads a byte a second, or asks for the whole history. The output is a table for the disturbers'
//! room and one for another room, with default limits and without limits. Words on the command line select lines of
//! the tables.
//!
//! Each party should have a machine of its own. On one machine, under Linux, the disturbers run only when nobody else
//! wants to; with `chrt --fifo 1 cargo bench --bench fair`, as root, the two who talk run at once, so that the server
//! is measured and not the scheduler. A machine with one core, or a busy one, measures the scheduler.

mod disturb;
mod pair;

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use disturb::Kind;
use pair::Pair;

/// How much to measure.
#[derive(Clone, Copy)]
struct Size {
    /// Messages in the history before.
    history: usize,
    /// How long the two talk, for each line of a table.
    time: Duration,
    /// The numbers of disturbers are divided by this.
    share: usize,
}

const WHOLE: Size = Size { history: 100_000, time: Duration::from_secs(10), share: 1 };
/// Only checks that the bench works.
const SMOKE: Size = Size { history: 1_000, time: Duration::from_millis(300), share: 10 };

/// The lines of a table: what the disturbers do, and how many there are.
const LINES: [(&str, &[(Kind, usize)]); 7] = [
    ("nobody else", &[]),
    ("750 listen", &[(Kind::Listen, 750)]),
    ("1 floods", &[(Kind::Flood, 1)]),
    ("500 come and go", &[(Kind::Churn, 500)]),
    ("200 read a byte a second", &[(Kind::Flood, 1), (Kind::Slow, 200)]),
    ("50 ask for the history", &[(Kind::Ask, 50)]),
    ("all at once", &[(Kind::Flood, 1), (Kind::Churn, 500), (Kind::Slow, 200), (Kind::Ask, 50)]),
];

/// The server's options for limits. Whoever comes hears all that is in memory, which is more work.
const LIMITS: [(&str, &[&str]); 2] = [
    ("limits as usual", &["--replay", "all"]),
    ("no limits", &["--replay", "all", "--spam-limit", "off", "--command-limit", "off"]),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    salon::server::raise_fd_limit();
    if let [first, kind, count, port] = words.as_slice()
        && first == "--disturb"
    {
        return disturb::run(kind, count.parse().expect("a number"), port.parse().expect("a port"));
    }
    let is_test = words.iter().any(|word| word == "--test");
    let size = if is_test { SMOKE } else { WHOLE };
    let chosen: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wanted = |title: &str| chosen.is_empty() || chosen.iter().any(|word| title.contains(word.as_str()));
    let folder = Folder(std::env::temp_dir().join(format!("salon-fair-{}", std::process::id())));
    fill(&folder.0.join("thread"), size);
    for (limits, options) in LIMITS {
        for (place, room) in [("in the same room", "lobby"), ("in another room", "hall")] {
            println!("\n{limits}, {place} (ms)");
            println!(
                "{:<26}{:>8}{:>8}{:>8}{:>7}{:>7}{:>8}",
                "", "p50", "p99", "max", "x p50", "x p99", "heard"
            );
            let mut undisturbed = None;
            for (who, disturbers) in LINES.into_iter().filter(|(who, _)| wanted(who)) {
                let mut times = measure(&folder.0, size, options, room, disturbers);
                show(who, &mut times, &mut undisturbed);
            }
        }
    }
}

/// Prints a line of a table. `times` has the latency of each message, `None` for those not received.
fn show(who: &str, times: &mut [Option<Duration>], undisturbed: &mut Option<(f64, f64)>) {
    // A message that was not received took longer than any other.
    times.sort_by_key(|time| time.unwrap_or(Duration::MAX));
    let at = |percent: usize| {
        let place = (times.len() * percent).div_ceil(100);
        times[place.clamp(1, times.len()) - 1].map_or(f64::INFINITY, |time| time.as_secs_f64() * 1e3)
    };
    let (p50, p99, max) = (at(50), at(99), at(100));
    let base = undisturbed.get_or_insert((p50, p99));
    let heard = times.iter().flatten().count() * 100 / times.len();
    println!("{who:<26}{p50:>8.2}{p99:>8.2}{max:>8.2}{:>7.1}{:>7.1}{heard:>7}%", p50 / base.0, p99 / base.1);
}

/// The latencies of messages between two members while others disturb them.
fn measure(
    folder: &Path,
    size: Size,
    options: &[&str],
    room: &str,
    disturbers: &[(Kind, usize)],
) -> Vec<Option<Duration>> {
    let data = folder.join("data");
    let _ = fs::remove_dir_all(&data);
    copy(&folder.join("thread"), &data);
    let (server, port) = serve(&data, options);
    let _disturbers: Vec<Killed> = disturbers
        .iter()
        .map(|(kind, count)| {
            let count = (count / size.share).max(1).to_string();
            let mut command = scheduled("--idle", &std::env::current_exe().expect("this program"));
            command.args(["--disturb", kind.word(), &count, &port.to_string()]);
            start(&mut command).0
        })
        .collect();
    // Speakers under limits take turns.
    let pair = Pair::join(port, room, if options.is_empty() { 32 } else { 1 });
    let times = pair.talk(size.time);
    drop(server);
    times
}

/// A data folder with a long history.
fn fill(data: &Path, size: Size) {
    let (server, port) = serve(data, &["--spam-limit", "off"]);
    pair::say_much(port, size.history);
    drop(server);
}

/// A program under this scheduling policy, if there is a `chrt`.
fn scheduled(how: &str, program: &Path) -> Command {
    if Command::new("chrt").arg("--max").stdout(Stdio::null()).status().is_err() {
        return Command::new(program);
    }
    let mut command = Command::new("chrt");
    command.args([how, "0"]).arg(program);
    command
}

fn serve(data: &Path, options: &[&str]) -> (Killed, u16) {
    fs::create_dir_all(data).expect("a folder");
    let mut command = scheduled("--other", Path::new(env!("CARGO_BIN_EXE_salon")));
    command.args(["serve", "--port", "0", "--chaty-port", "off", "--control", "off", "--weather-url", "off"]);
    command.args(["--bots", "none", "--host-interval", "off", "--rooms", "lobby,hall=lobby", "--log-dir"]);
    command.arg(data).arg("--data").arg(data).args(options);
    let (server, greeting) = start(&mut command);
    let port = greeting.trim_end_matches('.').rsplit(' ').next().and_then(|port| port.parse().ok());
    (server, port.expect("the server says its port"))
}

/// A child process that is killed when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program, and waits for its first line.
fn start(command: &mut Command) -> (Killed, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = Killed(command.spawn().expect("it starts"));
    let mut output = BufReader::new(child.0.stdout.take().expect("it is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it says something");
    // The rest of its output is dropped.
    thread::spawn(move || io::copy(&mut output, &mut io::sink()));
    (child, line.trim_end().to_owned())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder").flatten() {
        if file.path().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).expect("there is room on the disk");
        }
    }
}

/// A folder that is removed when this is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
