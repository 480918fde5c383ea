//! Transcripts: what clients send and receive, on a virtual clock.
//!
//! The files in `tests/transcripts` are run as they stand, and must come out as they stand:
//!
//! - `serve OPTIONS`, once, first: the server's options
//! - `+30s`: time passes
//! - `ann connects`, or `ann connects, speaking eom`, or `irc`; or `chaty`, on a port of its own, where each line is what she reads
//! - `ann connects from 198.51.100.7`: from another machine, in whatever dialect
//! - `ann> text`: she sends it, with the end of a message that is her dialect's, if it has one
//! - `ann>> text`: she sends just these bytes
//! - `ann hangs up`, `ann vanishes`: her connection ends, or breaks
//! - `console> command`: the operator types it
//! - `ann< text`: what she hears; `ann is closed`: the server closes her connection
//! - `# …` and blank lines are for the reader
//!
//! Local times are written as `HH:MM`, and days as `YYYY-MM-DD`: they depend on the zone of this machine.
//! In texts `\n`, `\r`, `\t`, `\\` and `\xff` stand for bytes, and `{x*40}` for forty x.
//! `UPDATE_TRANSCRIPTS=1 cargo test` writes down what is heard now; read it before you keep it.

use std::fmt::Write;
use std::path::PathBuf;

use salon::admin::{Answer, Reply};
use salon::hub::{ListenerKind, SessionId};

use crate::support::old_lines::without_clock;
use crate::support::scene::Scene;

macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        #[test]
        fn every_file_is_run() {
            let mut files: Vec<String> = std::fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "transcript"))
                .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            files.sort_unstable();
            assert_eq!(files, [$(stringify!($name)),*]);
        }
    };
}

transcripts!(
    bots,
    bytes,
    chaty,
    classic,
    command_limit,
    commands,
    console,
    end_of_service,
    eom_clients,
    erase,
    evening,
    first_evening,
    foreign_protocols,
    history,
    host,
    host_questions,
    hush,
    irc,
    irc_attacks,
    irc_capabilities,
    irc_chathistory,
    irc_floods,
    irc_history,
    irc_join,
    irc_labels,
    irc_marks,
    irc_multiline,
    irc_notices,
    irc_operators,
    irc_presence,
    irc_read_marker,
    irc_redaction,
    irc_refusals,
    irc_rooms,
    irc_server,
    irc_setname,
    irc_several_rooms,
    irc_typing,
    irc_utf8,
    json,
    last_answers,
    long_messages,
    manners,
    muted_in_games,
    names_alike,
    names_in_eom,
    names_in_line,
    nick,
    nick_dialects,
    nick_ignored,
    nick_in_games,
    opened_rooms,
    opened_rooms_attack,
    opened_rooms_json,
    operators,
    opers,
    opers_guesses,
    opers_off,
    password,
    private,
    private_dialects,
    replay,
    replay_again,
    replay_set,
    rooms,
    round,
    round_alone,
    silence,
    spam,
    spam_in_eom,
    thrones,
    thrones_friends,
    thrones_lost,
    thrones_won,
    undo,
    undo_dialects,
);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn check(name: &str) {
    let path = folder().join(format!("{name}.transcript"));
    let expected = std::fs::read_to_string(&path).unwrap();
    let actual = Stage::run(&expected);
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, &actual).unwrap();
    } else if let Some((number, (wanted, got))) =
        (1..).zip(lines(&expected).zip(lines(&actual))).find(|(_, (wanted, got))| wanted != got)
    {
        panic!("{}:{number}\n  wanted: {wanted}\n  got:    {got}", path.display());
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().chain(std::iter::repeat_n("(the end)", 1))
}

struct Actor {
    name: String,
    id: SessionId,
    end: &'static str,
    gone: bool,
}

struct Stage {
    scene: Scene,
    actors: Vec<Actor>,
    /// The actual transcript.
    out: String,
}

impl Stage {
    fn run(script: &str) -> String {
        let options = script.lines().find_map(|line| line.strip_prefix("serve")).unwrap_or_default();
        let mut stage = Stage { scene: Scene::new(options), actors: Vec::new(), out: String::new() };
        for line in script.lines() {
            stage.step(line);
        }
        stage.out
    }

    fn step(&mut self, line: &str) {
        let is_heard = line.split_once("< ").is_some_and(|(who, _)| !who.contains([' ', '>']))
            || line.ends_with('<') && !line.contains(' ')
            || line.ends_with(" is closed");
        if is_heard && !line.starts_with('#') {
            // Received lines are written as they come.
            return;
        }
        let _ = writeln!(self.out, "{line}");
        if line.is_empty() || line.starts_with('#') || line.starts_with("serve") {
            return;
        }
        self.act(line);
        self.listen();
    }

    fn act(&mut self, line: &str) {
        if let Some(time) = line.strip_prefix('+') {
            self.scene.wait(humantime::parse_duration(time).unwrap());
        } else if let Some(command) = line.strip_prefix("console> ") {
            match self.scene.operate(command) {
                Answer::Done(Reply { text, .. }) => text.lines().for_each(|line| {
                    let _ = writeln!(self.out, "console< {}", without_time(line));
                }),
                Answer::Exit => self.out.push_str("console< (the service ends)\n"),
                Answer::Pending(_) => unreachable!("the scene waits for the answer"),
            }
        } else if let Some((who, text)) = line.split_once(">> ") {
            let id = self.actor(who).id;
            self.scene.send(id, &unescape(text));
        } else if let Some((who, text)) = line.split_once("> ") {
            let Actor { id, end, .. } = *self.actor(who);
            let end = if end == "\0" { "" } else { end };
            let bytes = [unescape(text), end.into()].concat();
            self.scene.send(id, &bytes);
        } else if let Some(who) = line.strip_suffix(" hangs up") {
            let id = self.actor(who).id;
            self.scene.end(id);
        } else if let Some(who) = line.strip_suffix(" vanishes") {
            let id = self.actor(who).id;
            self.scene.vanish(id);
        } else if let Some((who, how)) = line.split_once(" connects") {
            let (from, dialect) = how.split_once(", speaking ").unwrap_or((how, ""));
            let (kind, end) = match dialect {
                "" => (ListenerKind::Any, "\n"),
                "eom" => (ListenerKind::Any, "::EOMsg::"),
                "irc" => (ListenerKind::Any, "\r\n"),
                "chaty" => (ListenerKind::Chaty, "\0"),
                _ => panic!("this is no dialect: {dialect}"),
            };
            let id = match from.strip_prefix(" from ") {
                Some(address) => self.scene.connect_from(address.parse().unwrap(), kind),
                None => self.scene.connect_at(kind),
            };
            self.actors.retain(|actor| actor.name != who);
            self.actors.push(Actor { name: who.to_owned(), id, end, gone: false });
        } else {
            panic!("this is no line of a transcript: {line}");
        }
    }

    fn actor(&self, name: &str) -> &Actor {
        let found = self.actors.iter().find(|actor| actor.name == name && !actor.gone);
        found.unwrap_or_else(|| panic!("nobody connected is called {name}"))
    }

    /// Writes down what all clients received.
    fn listen(&mut self) {
        for actor in self.actors.iter_mut().filter(|actor| !actor.gone) {
            let heard = self.scene.heard(actor.id);
            let messages: Vec<&str> = heard.split_inclusive(actor.end).collect();
            for message in messages {
                let text =
                    message.strip_suffix(actor.end).map_or_else(|| format!("{message}\\"), str::to_owned);
                let _ = writeln!(
                    self.out,
                    "{}< {}",
                    actor.name,
                    without_end(&without_token(&without_local_time(&escape(&text))))
                );
            }
            if self.scene.peer(actor.id).closed {
                let _ = writeln!(self.out, "{} is closed", actor.name);
                self.scene.forget(actor.id);
                actor.gone = true;
            }
        }
    }
}

/// Replaces tokens, which are random.
fn without_token(text: &str) -> String {
    match text.split_once(r#","token":""#) {
        Some((before, after)) => format!(r#"{before},"token":"…"{}"#, after.split_once('"').unwrap().1),
        None => text.to_owned(),
    }
}

/// Parses a text of a transcript into bytes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((repeated, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}'))
            && let Some((what, count)) = repeated.split_once('*')
            && !what.contains('"')
        {
            bytes.extend(unescape(what).repeat(count.parse().unwrap()));
            rest = after;
            continue;
        }
        if let Some(hex) = rest.strip_prefix("\\x") {
            bytes.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
            continue;
        }
        let named = [("\\n", b'\n'), ("\\r", b'\r'), ("\\t", b'\t'), ("\\\\", b'\\')];
        if let Some((escape, byte)) = named.iter().find(|(escape, _)| rest.starts_with(escape)) {
            bytes.push(*byte);
            rest = &rest[escape.len()..];
            continue;
        }
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[c.len_utf8()..];
    }
    bytes
}

/// Escapes a text for a transcript.
fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut run = 1;
        while chars.peek() == Some(&c) {
            chars.next();
            run += 1;
        }
        let shown = match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\\' => "\\\\".to_owned(),
            c => c.to_string(),
        };
        if run > 20 && c != '-' {
            let _ = write!(out, "{{{shown}*{run}}}");
        } else {
            out.push_str(&shown.repeat(run));
        }
    }
    out
}

/// Replaces times, which depend on the clock.
fn without_time(line: &str) -> String {
    let line = &without_end(line);
    let is_time =
        |at: &usize| line.is_char_boundary(*at) && line[*at..].starts_with("20") && line[*at..].len() == 26;
    match (0..line.len()).find(is_time) {
        Some(at) => format!("{}YYYY-MM-DD HH:MM:SS.ssssss", &line[..at]),
        None => line.trim_end().to_owned(),
    }
}

/// Replaces the times before old messages, and their days: they are in local time.
fn without_local_time(line: &str) -> String {
    let is_like = |text: &str, form: &str| {
        let is_it = |(c, wanted): (char, char)| if wanted == '0' { c.is_ascii_digit() } else { c == wanted };
        text.len() == form.len() && text.chars().zip(form.chars()).all(is_it)
    };
    // IRC clients that know no times read the clock before a text.
    let clock = |at: usize| line.get(at..at + 8).is_some_and(|text| is_like(text, "[00:00] "));
    if line.starts_with(':')
        && let Some(at) = (0..line.len()).find(|at| clock(*at))
    {
        return format!("{}[HH:MM] {}", &line[..at], &line[at + 8..]);
    }
    match without_clock(line) {
        message if message.len() < line.len() => format!("[HH:MM] {message}"),
        _ if line.get(..18).is_some_and(|time| is_like(time, "0000-00-00 00:00  ")) => {
            format!("YYYY-MM-DD HH:MM  {}", &line[18..])
        }
        _ if is_like(line, "--- 0000-00-00 ---") => "--- YYYY-MM-DD ---".to_owned(),
        _ => line.to_owned(),
    }
}

/// Replaces the ends of sanctions, which are in local time.
fn without_end(line: &str) -> String {
    let Some((before, end)) = line.split_once(", until 20") else { return line.to_owned() };
    let after = end.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | ' ' | ':'));
    // A reason follows a colon.
    let colon = if end[..end.len() - after.len()].ends_with(": ") { ": " } else { "" };
    format!("{before}, until YYYY-MM-DD HH:MM{colon}{}", without_end(after))
}
