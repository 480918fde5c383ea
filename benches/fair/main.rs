//! Fair turns: how long a message between two members takes while others do their worst, with the real binary.
//!
//! One speaks, so many times a second, and one hears; meanwhile a process of its own, which everybody else's goes before
//! (`disturb`), floods, comes and goes, reads a byte a second, or asks for all that was ever said. What is printed is a table
//! for the room of the disturbers and one for another room, with the limits as they are unless told otherwise, and without.
//! Words on the command line choose lines of the tables.
//!
//! All of them should have machines of their own. On Linux, the disturbers run when nobody else wants to; with
//! `chrt --fifo 1 cargo bench --bench fair`, as root, the two who talk run as soon as they want to, and what is measured is
//! the server and not who waits for its processor. A machine with one core, or one that has something else to do, measures
//! that.

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

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    /// Messages that were said before.
    thread: usize,
    /// How long the two talk, in each line of a table.
    time: Duration,
    /// Of how many disturbers one comes.
    share: usize,
}

const WHOLE: Size = Size { thread: 100_000, time: Duration::from_secs(10), share: 1 };
/// Whether it works at all.
const SMOKE: Size = Size { thread: 1_000, time: Duration::from_millis(300), share: 10 };

/// The lines of a table, and who disturbs: what, and how many of them.
const LINES: [(&str, &[(Kind, usize)]); 7] = [
    ("nobody else", &[]),
    ("750 listen", &[(Kind::Listen, 750)]),
    ("1 floods", &[(Kind::Flood, 1)]),
    ("500 come and go", &[(Kind::Churn, 500)]),
    ("200 read a byte a second", &[(Kind::Flood, 1), (Kind::Slow, 200)]),
    ("50 ask for the history", &[(Kind::Ask, 50)]),
    ("all at once", &[(Kind::Flood, 1), (Kind::Churn, 500), (Kind::Slow, 200), (Kind::Ask, 50)]),
];

/// What the server is told of limits.
const LIMITS: [(&str, &[&str]); 2] =
    [("limits as usual", &[]), ("no limits", &["--spam-limit", "off", "--command-limit", "off"])];

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

/// A line of a table: `times` holds what each message took, none for those that were not heard.
fn show(who: &str, times: &mut [Option<Duration>], undisturbed: &mut Option<(f64, f64)>) {
    // What is not heard at all took longer than anything.
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

/// What messages between two took while others disturbed them.
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
    // Who is held to the limits takes turns in speaking.
    let pair = Pair::join(port, room, if options.is_empty() { 32 } else { 1 });
    let times = pair.talk(size.time);
    drop(server);
    times
}

/// A folder in which a long conversation is kept.
fn fill(data: &Path, size: Size) {
    let (server, port) = serve(data, &["--spam-limit", "off"]);
    pair::say_much(port, size.thread);
    drop(server);
}

/// A program that the scheduler treats in this way, where there is a `chrt`.
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

/// A child that does not outlive this.
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
    // Nobody wants to know the rest.
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

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
