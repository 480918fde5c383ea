//! The real binary: command line, console, signals, logs, and the limits of the system.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::Parser;
use rustix::process::{Pid, Signal, kill_process};
use salon::cli::{Cli, Command};
use salon::hub::ListenerKind;
use salon::server::{ListenerConfig, Server, ServerConfig};

use crate::support::log_lines;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, TEST_TIMEOUT, command, output};
use crate::support::terminal::Terminal;

/// Runs the binary until it ends by itself: exit status, standard error.
fn fails(folder: &Folder, words: &[&str]) -> (Option<i32>, String) {
    let output = output(&mut command(folder.path(), words));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_console_into_a_file_says_at_once_where_it_listens() {
    let folder = Folder::new();
    let path = folder.path().join("said");
    let words = ["serve", "--port", "0", "--chaty-port", "off", "--host-interval", "off"];
    let mut salon = command(folder.path(), &words);
    salon.stdin(Stdio::piped()).stdout(File::create(&path).unwrap());
    let _salon = Killed(salon.spawn().unwrap());
    let start = Instant::now();
    while !fs::read_to_string(&path).unwrap().starts_with("Service is listening") {
        assert!(start.elapsed() < TEST_TIMEOUT, "it says nothing before something happens");
        std::thread::yield_now();
    }
}

#[test]
fn the_console_over_a_pipe() {
    let mut salon = Salon::start(&[]);
    salon.type_line("help");
    salon.line("Commands:");
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bob = Peer::join_eom(salon.port, "Bob");
    salon.type_line("listConnections");
    salon.line("Username");
    assert!(salon.line("     Ann").contains("  127.0.0.1:") || salon.line("     Bob").contains("127.0.0.1"));
    salon.type_line("kick bob  for the demonstration");
    salon.line("User Bob was removed!");
    assert!(bob.until_closed().ends_with("Kicked by the host for the demonstration::EOMsg::"));
    ann.until("Host: User Bob left the chat. (Removed by the host for: the demonstration)\n");
    salon.type_line("say Hello, all of you!");
    ann.until("Host: Hello, all of you!\n");
    salon.type_line("dance");
    salon.line("There is no command \"dance\".");
    salon.type_line("exit");
    assert!(ann.until_closed().ends_with("The server is stopping.\n"));
    let last = salon.rest();
    let said: Vec<&str> = last.iter().map(String::as_str).filter(|line| !line.starts_with("     ")).collect();
    assert_eq!(
        said,
        [
            " Type help to see all.",
            "Service is shutting down.",
            "[OK] Removing active connections.",
            "[OK] Waiting for threads to finish.",
            "Service stopped successfully!",
        ][1..]
    );
    assert!(last.contains(&"     1 client: all told.".to_owned()), "{last:?}");
    // "You have been removed …", and its line end.
    let sent = last.iter().find(|line| line.starts_with("     Sending the last ")).unwrap();
    let bytes: usize = sent["     Sending the last ".len()..].split(' ').next().unwrap().parse().unwrap();
    assert!((60..200).contains(&bytes), "{sent}");
    assert!(salon.wait().success());
}

#[test]
fn the_end_of_input_does_not_end_the_service() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    salon.type_line("say first");
    ann.until("Host: first\n");
    salon.close_input();
    ann.say("still here?");
    ann.until("Ann: still here?\n");

    let closed = Salon::with(&[], |command| {
        command.stdin(Stdio::null());
    });
    Peer::join(closed.port, "Ann");
}

#[test]
fn the_console_from_a_file() {
    let folder = Folder::new();
    let path = folder.path().join("commands");
    // The last line has no line break, and counts.
    fs::write(&path, format!("{}help\nsay nobody hears this\nexit", "nonsense\n".repeat(2000))).unwrap();
    let mut salon = Salon::with(&[], |command| {
        command.stdin(File::open(&path).unwrap());
    });
    salon.line("There is no command \"nonsense\".");
    salon.line("Said in lobby, but nobody is there.");
    salon.line("Service stopped successfully!");
    assert!(salon.wait().success());
}

#[test]
fn the_console_on_a_terminal() {
    for kind in ["xterm-256color", "dumb"] {
        let folder = Folder::new();
        let mut terminal = Terminal::new(80, 40);
        let usual = terminal.modes();
        let mut salon = command(folder.path(), &["serve", "--port", "0"]);
        let mut salon = terminal.run(salon.env("TERM", kind));
        terminal.shows("Host $>");
        terminal.type_keys("list\r");
        terminal.shows("Nobody is connected.");
        terminal.type_keys("\r\x04");
        terminal.shows("The service goes on. Type exit to stop it.");
        terminal.type_keys("exit\r");
        assert_eq!(terminal.until_ended(&mut salon), Some(0));
        terminal.shows("Service stopped successfully!");
        assert_eq!(terminal.modes(), usual, "{kind}");
    }
}

#[test]
fn the_console_edits_its_line() {
    let folder = Folder::new();
    let mut terminal = Terminal::new(80, 40);
    let usual = terminal.modes();
    let mut salon = command(folder.path(), &["serve", "--port", "0"]);
    let mut salon = terminal.run(&mut salon);
    terminal.shows("Host $>");
    terminal.type_keys("roms\x1b[D\x1b[Do\r");
    terminal.shows("Host $> rooms");
    terminal.shows_row_with("thrones  thrones");
    let is_last = |row: &'static str| move |terminal: &Terminal| terminal.screen().last().unwrap() == row;
    terminal.type_keys("\x1b[A");
    terminal.until("the line before", is_last("Host $> rooms"));
    terminal.type_keys("\x15ho\tlo\t");
    terminal.until("completed words", is_last("Host $> host lobby"));
    terminal.type_keys("stop\rhelp host\r");
    terminal.shows("The host is silent.");
    terminal.shows("host ROOM start|stop|now");
    // Ctrl-C is what it always was.
    kill_process(Pid::from_child(&salon.0), Signal::INT).unwrap();
    assert_eq!(terminal.until_ended(&mut salon), Some(0));
    assert_eq!(terminal.modes(), usual);
}

#[test]
fn with_nobody_there_the_end_waits_for_nobody() {
    let mut salon = Salon::start(&[]);
    salon.signal(Signal::TERM);
    salon.line("     There were none.");
    salon.line("     There was nothing left to send.");
    // The first batch, of the rooms that were opened, may still be on its way.
    let stored = salon.line("     ");
    let begins =
        ["There was nothing left to store; closing the journal took ", "Storing the last batch took "];
    assert!(begins.iter().any(|begin| stored.trim().starts_with(begin)), "{stored}");
    assert!(salon.wait().success());
}

#[test]
fn a_signal_ends_the_service_and_all_are_told() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut salon = Salon::start(&[]);
        let mut peers: Vec<Peer> = (0..100)
            .map(|n| {
                let name = format!("p{n}");
                if n % 2 == 0 { Peer::join(salon.port, &name) } else { Peer::join_eom(salon.port, &name) }
            })
            .collect();
        let start = Instant::now();
        salon.signal(signal);
        assert!(salon.wait().success());
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        for (n, peer) in peers.iter_mut().enumerate() {
            let last = peer.until_closed();
            let told = if n % 2 == 0 {
                "The server is stopping.\n"
            } else {
                "Kicked by the host for The service is stopping!::EOMsg::"
            };
            assert!(last.ends_with(told), "{n}: {last}");
        }
    }
}

/// Sends more than a send queue and the kernel's buffers hold.
fn say_much(ann: &mut Peer) {
    for _ in 0..1_000 {
        ann.say(&"x".repeat(4_000));
    }
    ann.say("done");
    ann.until("Ann: done\n");
}

#[test]
fn a_slow_reader_does_not_delay_the_shutdown() {
    let mut salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let _deaf = Peer::join(salon.port, "Deaf");
    say_much(&mut ann);
    let start = Instant::now();
    salon.type_line("exit");
    assert!(salon.wait().success());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn all_are_told_however_often_the_end_is_asked_for() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    salon.type_line("exit\nsay too late\nexit");
    let heard = ann.until_closed();
    assert!(heard.ends_with("The server is stopping.\n") && !heard.contains("too late"), "{heard}");
    assert!(salon.rest().contains(&"     1 client: all told.".to_owned()));
    assert!(salon.wait().success());
}

#[test]
fn a_removed_client_is_not_counted_at_the_shutdown() {
    let mut salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let _deaf = Peer::join(salon.port, "Deaf");
    say_much(&mut ann);
    salon.type_line("kick deaf");
    salon.line("User Deaf was removed!");
    salon.type_line("exit");
    assert!(ann.until_closed().ends_with("The server is stopping.\n"));
    assert!(salon.rest().contains(&"     1 client: all told.".to_owned()));
    assert!(salon.wait().success());
}

#[test]
fn ipv4_and_ipv6_on_one_port() {
    let salon = Salon::start(&[]);
    let mut four = Peer::join(salon.port, "Four");
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        let mut six = Peer::connect_to((Ipv6Addr::LOCALHOST, salon.port).into());
        six.say("Six");
        four.until("User Six has joined the chat!\n");
    }
    let only = Salon::start(&["--bind", "127.0.0.1"]);
    Peer::join(only.port, "Ann");
}

/// Whether a client can connect to a server's port at this address.
fn can_come(ip: IpAddr, salon: &Salon) -> bool {
    TcpStream::connect((ip, salon.port)).is_ok()
}

#[test]
fn what_is_bound_is_said_and_so() {
    let (four, six) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST));
    let all = Salon::start(&["--bind", "0.0.0.0"]);
    all.line("It listens on all IPv4 addresses of this machine (0.0.0.0), and on none of IPv6.");
    assert!(can_come(four, &all) && !can_come(six, &all));
    // The server listens on all addresses of the name, each on the same port.
    for name in ["localhost", "127.1"] {
        let local = Salon::start(&["--bind", name]);
        let said = local.line("It listens on ");
        assert!(said.ends_with(&format!(" ({name}), and on no other address.")), "{said}");
        assert!(can_come(four, &local), "{said}");
        assert_eq!(can_come(six, &local), said.contains("::1"), "{said}");
    }
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        let all = Salon::start(&["--bind", "::"]);
        all.line("It listens on all IPv6 addresses of this machine (::), and on none of IPv4.");
        assert!(!can_come(four, &all) && can_come(six, &all));
        let one = Salon::start(&["--bind", "[::1]"]);
        one.line("It listens on ::1, and on no other address.");
        Peer::connect_to((six, one.port).into()).until("name");
        assert!(!can_come(four, &one));
    }
}

#[test]
fn what_cannot_be_on_a_command_line_is_said() {
    let folder = Folder::new();
    for (words, why, usage) in [
        (["serve", "--log-level", "loud"], "[possible values: off, error, warn, info, debug, trace]", ""),
        (["serve", "--port", "x"], "a port is a number from 0 to 65535", ""),
        (["join", "-d", ""], "a host's name or address, such as localhost", ""),
        (["join", "-d", "[::1]:x"], "the port after the host is a number from 1 to 65535", ""),
        (["bench", "-d", "localhost:99999"], "the port after the host is a number", ""),
        (["bots", "sport", "foo"], "there is no bot \"foo\"", "Usage: salon bots "),
        (["bench", "--members=2", "--speakers=5"], "5 speakers are more than", "Usage: salon bench "),
    ] {
        let (status, said) = fails(&folder, &words);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(why) && said.contains(usage), "{said}");
    }
}

#[test]
fn what_cannot_be_bound_is_said() {
    let folder = Folder::new();
    for (name, why) in [
        ("no-such-host.invalid", "salon: there is no host called no-such-host.invalid. "),
        ("fe80::1%nosuch0", "salon: there is no network interface called nosuch0, "),
        ("127.0.0.1:2020", "salon: --bind takes an address without a port, "),
        (
            "203.0.113.77",
            "salon: cannot listen on port 0 of 203.0.113.77: this machine does not have that address. ",
        ),
        ("224.0.0.1", "salon: 224.0.0.1 is an address of many machines, "),
    ] {
        let (status, said) = fails(&folder, &["serve", "--port", "0", "--bind", name]);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.starts_with(why) && said.lines().count() == 1, "{said}");
    }
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (_, said) = fails(&folder, &["serve", "--port", &port, "--bind", "localhost"]);
    let why =
        format!("salon: cannot listen on port {port} of 127.0.0.1 (localhost): another program uses it. ");
    assert!(said.starts_with(&why), "{said}");
}

#[test]
fn what_cannot_work_is_said_at_once() {
    let folder = Folder::new();
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, said) = fails(&folder, &["serve", "--bind", "0.0.0.0", "--port", &port]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains(&format!("cannot listen on port {port}")) && said.contains("choose another"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");

    for (content, why) in [
        (Some(&b"\xff\xfe"[..]), "is not UTF-8 text"),
        (Some(b"# nothing\n\n"), "holds no conversation initiator"),
        (None, "cannot be read"),
    ] {
        let path = folder.path().join("mine.txt");
        let _ = fs::remove_file(&path);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let (status, said) = fails(&folder, &["serve", "--port", "0", "--initiators", "mine.txt"]);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.starts_with("salon: mine.txt ") && said.contains(why), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }

    for words in [
        &["serve", "--spam-limit", "many"][..],
        &["serve", "--host-interval", "0s"],
        &["serve", "--port", "65536"],
        &["serve", "--no-such-option"],
        &["dance"],
        &[],
    ] {
        assert_eq!(fails(&folder, words).0, Some(2), "{words:?}");
    }
}

#[test]
fn the_hosts_lines_come_from_the_file_that_is_here() {
    let folder = Folder::new();
    fs::write(folder.path().join("conversationInitiators.txt"), "Only this.\n").unwrap();
    let salon = Salon::with(&["--host-interval", "1s"], |command| {
        command.current_dir(folder.path()).args(["--log-dir", "logs"]);
    });
    let mut ann = Peer::join(salon.port, "Ann");
    ann.until("Host: Only this.\n");
}

#[test]
fn the_log_tells_what_happened_and_not_what_was_said() {
    let mut salon = Salon::start(&["--spam-limit", "10/1m"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut eve = Peer::connect(salon.port);
    eve.say("bad\x1b[31mname\r2026-11-20 [INFO] forged");
    eve.until("Please choose another.\n");
    eve.say("Eve");
    eve.until("Type /help to see what you can do.\n");
    // Each by itself, and several that it can be warned at: what a stopped server reads late warns nobody.
    for number in 1..10 {
        eve.say(&format!("secret {number}"));
        eve.until(&format!("Eve: secret {number}\n"));
    }
    eve.say("one secret too many");
    ann.until("Host: User Eve left the chat.");
    ann.say("/exit");
    ann.until_closed();
    salon.type_line("exit");
    assert!(salon.wait().success());
    let log = salon.log();
    let events = [
        "the service starts",
        "Ann (127.0.0.1:",
        "joins",
        "is refused a name",
        "Eve (127.0.0.1:",
        "is warned of the spam limit",
        "is removed for: Sending too many messages in rapid succession!",
        "leaves",
        "the service is stopping",
        "the service has stopped",
    ];
    let mut rest = log.as_str();
    for event in events {
        let at = rest.find(event).unwrap_or_else(|| panic!("no {event:?} in its place in:\n{log}"));
        rest = &rest[at..];
    }
    let settings =
        log.lines().find(|line| line.contains("] settings: salon serve --port 0 ")).unwrap_or(&log);
    for setting in ["--spam-limit 10/1m", "--host-interval off", "--keep-size 1GiB", "--idle "] {
        assert!(settings.contains(setting), "no {setting} in {settings}");
    }
    assert!(!log.contains("secret") && !log.contains('\x1b'), "{log}");
    assert!(log.lines().all(|line| line.starts_with("20") && line[10..].contains(':')), "{log}");
}

#[test]
fn a_log_that_cannot_be_written_costs_one_warning() {
    let mut salon = Salon::with(&["--log-dir", "/dev/null/logs"], |_| {});
    for n in 0..10 {
        Peer::join(salon.port, &format!("p{n}"));
    }
    salon.type_line("exit");
    assert!(salon.wait().success());
    let said = salon.errors();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("no log is kept in /dev/null/logs"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn without_descriptors_newcomers_are_told_and_nothing_spins() {
    // The shell lowers the limit, for good.
    let salon = Salon::with(&[], |command| {
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
        let folder = command.get_current_dir().unwrap().to_owned();
        let script = "ulimit -n 40; XDG_RUNTIME_DIR=$PWD XDG_STATE_HOME=$PWD exec \"$0\" \"$@\"";
        *command = std::process::Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_salon")]).args(words).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    let mut ann = Peer::join(salon.port, "Ann");
    let mut waiting: Vec<Peer> = Vec::new();
    let refused = loop {
        let mut peer = Peer::connect(salon.port);
        peer.say(&format!("p{}", waiting.len()));
        let said = peer.until("\n");
        if said.contains("full") {
            break said;
        }
        waiting.push(peer);
        assert!(waiting.len() < 60, "the limit does nothing");
    };
    assert_eq!(refused, "This server is full. Please try again later.\n");
    let before = salon.processor_time();
    assert!(Peer::connect(salon.port).until_closed().contains("full"));
    ann.until(&format!("User p{} has joined the chat!\n", waiting.len() - 1));
    assert!(ann.hears_nothing_for(Duration::from_millis(300)));
    assert!(salon.processor_time() < before + Duration::from_millis(200), "it spins");

    // Members can go on talking, and a leave makes room.
    ann.say("How crowded it is!");
    ann.until("Ann: How crowded it is!\n");
    waiting.pop();
    ann.until("left the chat.\n");
    let mut newcomer = Peer::connect(salon.port);
    newcomer.say("Newcomer");
    newcomer.until("Welcome, Newcomer!");
}

#[test]
fn a_failed_start_does_not_log_that_an_optional_port_is_taken() {
    log_lines::keep();
    let folder = Folder::new();
    let data = folder.path().join("no folder");
    fs::write(&data, "").unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let words = ["salon", "serve", "--port", "0", "--chaty-port", "off", "--bind", "127.0.0.1", "--data"];
    let cli = Cli::try_parse_from(words.into_iter().chain(data.to_str())).unwrap();
    let Command::Serve(options) = cli.command else { panic!("these are a server's options") };
    let mut listeners = options.listeners().unwrap();
    let optional =
        ListenerConfig { port, kind: ListenerKind::Chaty, is_optional: true, ..listeners[0].clone() };
    listeners.push(optional);
    let config = ServerConfig {
        listeners,
        console: false,
        log: "logs".into(),
        data: options.data().unwrap(),
        weather: None,
        web: None,
        engine: None,
    };
    let why = Server::bind(config, options.config(1).unwrap()).unwrap_err();
    assert!(why.contains("is a file, not a folder"), "{why}");
    assert_eq!(log_lines::with(&format!("on port {port}")), [""; 0]);
}
