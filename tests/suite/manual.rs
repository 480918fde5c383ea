//! The manual is correct: its programs run as printed, and its options and commands are those of the program.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use clap::{CommandFactory, Parser};
use rustix::process::{Pid, Signal, kill_process_group};
use salon::admin;
use salon::cli::Cli;
use salon::limits::command_budget::Cost;
use salon::manual::{CHAPTERS, find};
use salon::proto::Request;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon};
use crate::support::scene::Scene;

/// The text of a chapter.
fn chapter(topic: &str) -> &'static str {
    find(topic).unwrap_or_else(|| panic!("no chapter {topic}")).text
}

/// The first code block in this language in the chapter on programs, with a server's port in place of the default.
fn block(language: &str, port: u16) -> String {
    let (_, block) = chapter("programs").split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.replace("2020", &port.to_string())
}

/// A program and its children.
struct Group(Killed);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0.0), Signal::KILL);
    }
}

/// Runs a program with this script, in a folder of its own.
fn run(program: &str, arguments: &[&str], script: &str) -> Option<(Group, Folder)> {
    let folder = Folder::new();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path());
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        eprintln!("not tested: this machine has no {program}");
        return None;
    };
    let mut child = Group(Killed(child));
    child.0.0.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Some((child, folder))
}

#[test]
fn the_bot_in_python() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("This is old, and is not answered.");
    ann.until("answered.\n");
    let Some(_bot) = run("python3", &["-"], &block("python", salon.port)) else { return };
    ann.until("User Echo_Bot has joined the chat!\n");
    ann.say("Hello \"bot\"!");
    let heard = ann.until("Echo_Bot: Ann said: Hello \"bot\"!\n");
    assert!(!heard.contains("old"), "{heard}");
    // Messages that arrive while it answers are not lost.
    ann.send(b"one\ntwo\nthree\n");
    for word in ["one", "two", "three"] {
        ann.until(&format!("Echo_Bot: Ann said: {word}\n"));
    }
}

#[test]
fn the_bot_in_shell() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let Some(_bot) = run("sh", &["-s"], &block("sh", salon.port)) else { return };
    ann.until("User Greeter_Bot has joined the chat!\n");
    let _bob = Peer::join(salon.port, "Bob");
    ann.until("Greeter_Bot: Hello Bob!\n");
}

/// An entry of a list in a chapter: ``- `--port PORT`, `-p PORT` (default `2020`)``.
struct Entry {
    /// The code spans that it describes.
    spans: Vec<&'static str>,
    /// The default value.
    default: Option<&'static str>,
}

fn entries(chapter: &'static str) -> Vec<Entry> {
    let lines = chapter.lines().filter(|line| line.starts_with("- `"));
    let spans = |text: &'static str| -> Vec<&str> { text.split('`').skip(1).step_by(2).collect() };
    let entry = |line: &'static str| {
        let (heading, default) = line.split_once(" (default ").unwrap_or((line, ""));
        Entry { spans: spans(heading), default: spans(default).first().copied() }
    };
    lines.map(entry).collect()
}

/// The long options of a subcommand, with value names and defaults.
fn options(subcommand: &str) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let mut command = Cli::command();
    command.build();
    let words = subcommand.split(' ');
    let command = words.fold(&command, |command, word| command.find_subcommand(word).unwrap());
    let options =
        command.get_arguments().filter(|argument| argument.get_long().is_some_and(|name| name != "help"));
    let described = options.map(|option| {
        let takes_value = option.get_action().takes_values();
        let value = option.get_value_names().filter(|_| takes_value).map(|names| names[0].to_string());
        let default = option.get_default_values().first().filter(|_| takes_value);
        let default =
            default.map(|default| default.to_string_lossy().into_owned()).filter(|text| !text.is_empty());
        (format!("--{}", option.get_long().unwrap()), (value, default))
    });
    described.collect()
}

#[test]
fn its_options_are_the_programs() {
    let chapters = [
        ("serve", &["serve", "limits"][..]),
        ("join", &["join"]),
        ("bots", &["bots"]),
        ("ctl", &["ctl"]),
        ("bench", &["bench"]),
        ("cluster dev", &["cluster"]),
    ];
    for (subcommand, topics) in chapters {
        let mut told = BTreeMap::new();
        for entry in topics.iter().flat_map(|topic| entries(chapter(topic))) {
            let Some(span) = entry.spans.iter().find(|span| span.starts_with("--")) else { continue };
            let (name, value) =
                span.split_once(' ').map_or((*span, None), |(name, value)| (name, Some(value)));
            let described = (value.map(str::to_owned), entry.default.map(str::to_owned));
            let before = told.insert(name.to_owned(), described);
            assert!(before.is_none(), "{name} of salon {subcommand} stands twice in the manual");
        }
        assert_eq!(told, options(subcommand), "left: the manual, right: salon {subcommand}");
    }
}

#[test]
fn its_operators_commands_are_the_programs() {
    let (_, commands) = chapter("ctl").split_once("## Commands").unwrap();
    let told: Vec<String> = entries(commands).iter().map(|entry| entry.spans.join(", ")).collect();
    let help = admin::help();
    let known: Vec<&str> = help.lines().skip(1).filter_map(|line| line.strip_prefix("  ")).collect();
    let known: Vec<&str> = known.iter().filter(|line| !line.starts_with(' ')).copied().collect();
    let usage = |line: &str| line.split_once("  ").map_or(line, |(usage, _)| usage).trim().to_owned();
    assert_eq!(told, known.into_iter().map(usage).collect::<Vec<_>>());
}

#[test]
fn its_commands_are_the_programs() {
    let mut scene = Scene::new("--bots none");
    let ann = scene.join("Ann");
    scene.heard(ann);
    scene.send(ann, b"/help\n");
    let help = scene.heard(ann);
    let first = |usage: &str| usage.split(' ').next().unwrap().to_owned();
    // Some are named in the entries of others. The lobby's own command is in the chapter on rooms.
    let entries_of_help = help.lines().filter_map(|line| line.strip_prefix("  "));
    let words = entries_of_help.flat_map(str::split_whitespace);
    let known: BTreeSet<String> = words
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '/').to_owned())
        .filter(|word| word.starts_with('/') && word != "/hush")
        .collect();
    let told = entries(chapter("join")).into_iter().filter(|entry| entry.spans[0].starts_with('/'));
    let told: Vec<String> = told.map(|entry| first(entry.spans[0])).collect();
    let mut sorted = [told, known.into_iter().collect()];
    for names in &mut sorted {
        names.sort();
    }
    assert_eq!(sorted[0], sorted[1], "left: the manual, right: /help");
}

#[test]
fn its_points_are_what_commands_cost() {
    let (_, points) = chapter("limits").split_once("## Points of commands").unwrap();
    let mut names = 0;
    for line in points.lines().filter(|line| line.starts_with("- `/")) {
        let (commands, cost) = line.rsplit_once(": ").unwrap();
        let told: u32 = cost.split(' ').next().unwrap().parse().unwrap_or(0);
        for name in commands.split('`').filter_map(|span| span.strip_prefix('/')) {
            let request = Request::Command { room: None, name: name.to_owned(), rest: String::new() };
            let known = match Cost::of(&request) {
                Cost::Nothing => 0,
                Cost::Command(_, points) => points,
                Cost::Message => panic!("/{name} counts as a message"),
            };
            assert_eq!(told, known, "{line}");
            names += 1;
        }
    }
    assert_eq!(names, 21);
}

/// Each example that begins with `salon` is a valid command line.
#[test]
fn its_examples_are_command_lines() {
    let mut tried = 0;
    for line in CHAPTERS.iter().flat_map(|chapter| chapter.text.lines()) {
        let Some(line) = line.strip_prefix("    ") else { continue };
        let line = line.rsplit("| ").next().unwrap_or(line);
        let Some(words) = line.trim_start_matches("sudo ").strip_prefix("salon ") else { continue };
        let words = words.split(['#', '>', '[']).next().unwrap_or(words);
        let words: Vec<&str> = ["salon"].into_iter().chain(words.split_whitespace()).collect();
        if let Err(why) = Cli::try_parse_from(&words) {
            panic!("{line}\n{why}");
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
}

#[test]
fn it_fits_a_terminal() {
    for chapter in &CHAPTERS {
        let prose = chapter.text.split("```").step_by(2).flat_map(str::lines);
        let long = prose.filter(|line| {
            line.chars().count() > 80 && !line.starts_with("- `{") && !line.starts_with("    ")
        });
        let long: Vec<_> = long.collect();
        assert!(long.is_empty(), "{}: {long:#?}", chapter.topic);
    }
}

#[test]
fn help_shows_a_chapter_and_says_which_there_are() {
    let salon = |words: &[&str]| Command::new(env!("CARGO_BIN_EXE_salon")).args(words).output().unwrap();
    let shown = salon(&["help", "Security"]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout), chapter("security"));
    for room in ["thrones", "Round", "lobby", "games"] {
        let shown = salon(&["help", room]).stdout;
        assert_eq!(String::from_utf8_lossy(&shown), chapter("rooms"), "{room}");
    }
    let all = String::from_utf8(salon(&["help"]).stdout).unwrap();
    let unknown = salon(&["help", "cooking"]);
    assert_eq!(unknown.status.code(), Some(1));
    let unknown = String::from_utf8(unknown.stderr).unwrap();
    for chapter in &CHAPTERS {
        assert!(all.contains(chapter.summary) && unknown.contains(chapter.summary), "{}", chapter.topic);
    }
}
