//! Screens of the client: what has scrolled away, a line, and the terminal.

use std::time::Duration;

use salon::client::link::{End, Output};
use salon::terminal::keys::Key;

use crate::support::client_app::Desk;
use crate::support::scene::Scene;

#[track_caller]
fn check(desk: &Desk, picture: &str) {
    assert_eq!(desk.picture(), picture.trim_matches('\n'), "\n{}\n", desk.picture());
}

#[test]
fn a_conversation() {
    let mut desk = Desk::with(60, 9, &["Bob", "Art_Bot"]);
    for news in [
        "said Bob Hello everybody, this is a sentence that is longer than a row.",
        "said Art_Bot Have you seen the new exhibition?",
        "said Host What did you have for breakfast?",
        "acted Bob waves",
        "said Ann Hi Ann, said Ann.",
    ] {
        desk.news(news);
    }
    desk.keys("typing");
    check(
        &desk,
        "
~
      You have joined the chat with username Ann!
19:01 Bob: Hello everybody, this is a sentence that is
      longer than a row.
19:02 Art_Bot (bot): Have you seen the new exhibition?
19:03 Host: What did you have for breakfast?
19:04 * Bob waves
19:05 Ann: Hi Ann, said Ann.
> typing
connected · lobby · 3 here: Ann (you), Bob, Art_Bot (bot)",
    );
    assert!(!desk.rang, "one does not ring for oneself");
    desk.news("said Bob where is ANN?");
    assert!(std::mem::take(&mut desk.rang));
    desk.news("said Bob Ann Ann Ann");
    assert!(!desk.rang, "nobody makes it ring without end");
    desk.wait(Duration::from_secs(2));
    desk.news("said Bob Ann!");
    assert!(desk.rang);
}

#[test]
fn wide_and_combining_characters_in_the_right_columns() {
    let mut desk = Desk::with(30, 8, &["李雷"]);
    desk.news("said 李雷 日本語日本語日本語日本語日本語");
    desk.news("said 李雷 e\u{301}e\u{301}e\u{301} 👩\u{200d}💻 \u{1b}[2J");
    desk.keys("日本e\u{301}\u{1b}[D\u{1b}[D");
    check(
        &desk,
        "
~
      You have joined the chat
      with username Ann!
19:01 李雷: 日本語日本語日本語
      日本語日本語
19:02 李雷: e\u{301}e\u{301}e\u{301} 👩\u{200d}💻 \u{fffd}[2J
> 日本e\u{301}
lobby · 2 here: you, 李雷",
    );
    let cursor = desk.screen.backend().cursor_position();
    assert_eq!((cursor.x, cursor.y), (4, 5), "between the two wide characters");
}

#[test]
fn comings_and_goings_are_folded_in_crowds() {
    let mut desk = Desk::with(60, 9, &["Bob"]);
    desk.news("joined Carl");
    desk.news("said Carl I speak at once.");
    for n in 0..5 {
        desk.news(&format!("joined p{n}"));
    }
    for n in 0..2 {
        desk.news(&format!("left p{n}"));
    }
    desk.news("said Bob What a crowd!");
    desk.wait(Duration::from_millis(500));
    desk.news("left Bob Sending too many messages in rapid succession!");
    desk.news("left Carl");
    desk.wait(Duration::from_millis(500));
    check(
        &desk,
        "
      You have joined the chat with username Ann!
~
19:01 Carl joined
19:02 Carl: I speak at once.
19:10 Bob: What a crowd!
19:09 5 joined, 2 left
19:11 Bob was removed by the host for: Sending too many
      messages in rapid succession!
19:12 Carl left
>
connected · lobby · 4 here: Ann (you), p2, p3, p4",
    );
}

#[test]
fn tab_recall_and_a_line_that_is_longer_than_its_row() {
    let mut desk = Desk::with(40, 5, &["Bob", "Bobo"]);
    desk.keys("bo\t");
    assert!(desk.picture().contains("\n> Bob:\n"), "{}", desk.picture());
    desk.keys("\t");
    assert!(desk.picture().contains("\n> Bobo:\n"), "{}", desk.picture());
    desk.keys("hello\r/wh\t\rdraft\u{1b}[A\u{1b}[A");
    assert!(desk.picture().contains("\n> Bobo: hello\n"), "{}", desk.picture());
    assert_eq!(
        desk.sent,
        "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"Bobo: hello\"}\n{\"type\":\"command\",\"room\":\"lobby\",\"name\":\"who\",\"rest\":\"\"}\n"
    );
    desk.keys("\u{1b}[B\u{1b}[B");
    assert!(desk.picture().contains("\n> draft\n"), "{}", desk.picture());
    desk.keys("\u{15}one two three four five six seven eight nine ten");
    assert!(desk.picture().contains("\n… five six seven eight nine ten\n"), "{}", desk.picture());
    desk.keys("\u{1}");
    assert!(desk.picture().contains("\n> one two three four five six seven eigh\n"), "{}", desk.picture());
}

#[test]
fn a_paste_of_several_lines_is_a_question() {
    let mut desk = Desk::with(90, 5, &[]);
    desk.keys("see \u{1b}[200~one\rtwo\r\u{1b}[201~");
    assert!(
        desk.picture().ends_with("> see\nSend the 2 pasted lines as one message? y: send, e: edit, n: drop"),
        "{}",
        desk.picture()
    );
    desk.keys("\u{1b}[A\t");
    assert!(desk.picture().contains("Send the 2 pasted lines"), "no answer is no answer");
    desk.keys("e!");
    assert!(desk.picture().contains("\n> see one⏎two!\n"), "{}", desk.picture());
    assert_eq!(desk.sent, "");
    desk.keys("\r");
    assert_eq!(desk.sent, "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"see one\\ntwo!\"}\n");
    desk.keys(&format!("\u{1b}[200~{}\ry\u{1b}[201~", "x".repeat(5_000)));
    assert!(desk.picture().contains("You pasted 2 lines, and they were not sent."), "{}", desk.picture());
    // Nothing that is typed or pasted before the answer is lost.
    desk.sent.clear();
    desk.keys("\u{1b}[200~one\rtwo\u{1b}[201~\u{1b}[200~three\u{1b}[201~");
    assert!(desk.picture().contains("Send the 3 pasted lines"), "{}", desk.picture());
    desk.keys("and on");
    assert!(desk.picture().contains("\n> one⏎two⏎threeand on\n"), "{}", desk.picture());
    desk.keys("\u{15}see\u{1b}[200~one\rtwo\u{1b}[201~");
    desk.keys("n");
    assert!(
        desk.picture().contains("2 pasted lines were dropped. The up arrow brings them back."),
        "{}",
        desk.picture()
    );
    desk.keys("\u{1b}[A");
    assert!(desk.picture().contains("\n> seeone⏎two\n"), "{}", desk.picture());
    assert_eq!(desk.sent, "");
    desk.keys("\u{15}");
    // A pasted single line is typed, and not sent.
    desk.keys("\u{1b}[200~one line\r\u{1b}[201~");
    assert!(desk.picture().contains("\n> one line\n"), "{}", desk.picture());
}

#[test]
fn what_is_too_long_stays_on_the_line() {
    let mut desk = Desk::with(60, 6, &[]);
    desk.keys(&"x".repeat(4_097));
    desk.keys("\r");
    assert!(
        desk.picture().contains("That is 4097 bytes, and a message has at most 4096."),
        "{}",
        desk.picture()
    );
    desk.keys("\u{7f}\r");
    assert!(desk.sent.contains(&"x".repeat(4_096)));
}

#[test]
fn a_loss_and_a_return() {
    let mut desk = Desk::with(70, 9, &["Bob"]);
    desk.news("said Bob Before.");
    desk.app.link().lost(desk.now);
    desk.settle();
    desk.keys("meanwhile\rhalf a sen");
    let lost = desk.picture();
    assert!(
        lost.ends_with("> half a sen\nno connection, trying again in 1 s · 1 message to send · lobby"),
        "{lost}"
    );
    desk.wait(Duration::from_secs(1));
    // The server replays old and missed messages.
    desk.app.link().connected(desk.now);
    desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#);
    desk.hear(r#"{"type":"welcome","room":"lobby","count":2,"present":[{"who":"Bob","is":"person"}]}"#);
    for (id, text) in [(1, "Before."), (2, "Where is Ann?")] {
        desk.hear(&format!(
            r#"{{"type":"said","id":{id},"time":"2026-11-20T19:0{id}:00.000Z","room":"lobby","who":"Bob","is":"person","text":"{text}","replayed":true}}"#
        ));
    }
    desk.sent.clear();
    desk.hear(r#"{"type":"live","room":"lobby"}"#);
    assert_eq!(desk.sent, "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"meanwhile\"}\n");
    assert!(!desk.rang, "what is replayed does not ring");
    check(
        &desk,
        "
~
      You have joined the chat with username Ann!
19:01 Bob: Before.
      The connection with the chat server has stopped.
      You have joined the chat with username Ann!
19:02 Bob: Where is Ann?
      ── new messages ──
> half a sen
connected · lobby · 2 here: Ann (you), Bob",
    );
}

#[test]
fn a_narrow_terminal() {
    let mut desk = Desk::with(16, 4, &["Bob"]);
    desk.news("said Bob wordswithoutaspaceinthem");
    desk.keys("and on and on and on");
    let picture = desk.picture();
    assert!(picture.lines().all(|row| row.chars().count() <= 16), "{picture}");
    assert!(picture.ends_with("lobby · 2 here"), "{picture}");
}

#[test]
fn ctrl_d_leaves_an_empty_line_only() {
    let mut desk = Desk::with(40, 5, &[]);
    desk.keys("ab\u{1}\u{4}");
    assert!(desk.picture().contains("\n> b\n"), "{}", desk.picture());
    desk.keys("\u{5}\u{7f}\u{4}");
    assert_eq!(desk.sent, "{\"type\":\"command\",\"name\":\"exit\",\"rest\":\"\"}\n");
    desk.app.link().lost(desk.now);
    assert!(std::iter::from_fn(|| desk.app.link().poll_output()).any(|o| matches!(o, Output::Ended(_))));
}

#[test]
fn tab_knows_the_servers_commands() {
    let mut scene = Scene::new("");
    let ann = scene.join("Ann");
    scene.heard(ann);
    scene.send(ann, b"/help\n");
    let help = scene.heard(ann);
    let words =
        help.split_whitespace().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '/'));
    let mut commands: Vec<&str> = words.collect();
    // One is the client's own, one the lobby's.
    commands.push("/keys");
    commands.retain(|word| word.starts_with('/') && !word.starts_with("//") && *word != "/hush");
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(commands, salon::client::completion::COMMANDS);
    assert!(help.lines().count() <= 21, "with the line on keys, they fit a terminal of 24 rows");
    assert!(help.lines().all(|line| line.len() <= 74), "and 80 columns");
}

/// What waits at the end is said, or dropped by a second Ctrl-C; nothing is typed meanwhile.
#[test]
fn leaving_with_messages_to_send() {
    let mut desk = Desk::with(80, 12, &["Bob"]);
    for n in 0..9 {
        desk.keys(&format!("line {n}\r"));
    }
    desk.keys("\u{3}typed");
    let picture = desk.picture();
    assert!(picture.contains("Leaving. 4 messages to send first; Ctrl-C drops them."), "{picture}");
    assert!(picture.contains("\n>\nleaving · 4 messages to send (Ctrl-C drops all)"), "{picture}");
    assert_eq!((desk.app.end(), desk.app.dropped()), (None, 0));
    desk.keys("\u{3}");
    assert_eq!((desk.app.end(), desk.app.dropped()), (Some(&End::Left), 4));
    assert!(desk.picture().contains("4 messages were not sent."), "{}", desk.picture());

    let mut patient = Desk::with(80, 12, &["Bob"]);
    for n in 0..9 {
        patient.keys(&format!("line {n}\r"));
    }
    patient.keys("\u{4}");
    patient.wait(Duration::from_secs(10));
    assert!(patient.sent.contains("line 8") && patient.sent.ends_with("\"name\":\"exit\",\"rest\":\"\"}\n"));
    patient.app.link().lost(patient.now);
    patient.settle();
    assert_eq!((patient.app.end(), patient.app.dropped()), (Some(&End::Left), 0));
}

#[test]
fn escape_drops_what_waits() {
    let mut desk = Desk::with(80, 12, &["Bob"]);
    for n in 0..8 {
        desk.keys(&format!("line {n}\r"));
    }
    desk.keys("half");
    desk.app.press(Key::Escape, desk.now);
    desk.settle();
    assert!(desk.picture().contains("3 messages were dropped."), "{}", desk.picture());
    assert!(desk.picture().contains("\n> half\nconnected · lobby"), "{}", desk.picture());
    desk.wait(Duration::from_secs(10));
    assert!(desk.sent.contains("line 4") && !desk.sent.contains("line 5"), "{}", desk.sent);
}

#[test]
fn help_says_where_the_keys_are() {
    let mut desk = Desk::with(80, 30, &[]);
    desk.hear(r#"{"type":"notice","text":"Not asked for."}"#);
    assert!(!desk.picture().contains("/keys"), "{}", desk.picture());
    desk.keys("/help\r");
    desk.hear(r#"{"type":"notice","text":"Commands: /who"}"#);
    desk.hear(r#"{"type":"notice","text":"Later."}"#);
    let picture = desk.picture();
    let [commands, keys, later] =
        ["Commands: /who", "/keys", "Later."].map(|text| picture.find(text).unwrap());
    assert!(commands < keys && keys < later, "{picture}");
    assert_eq!(picture.matches("/keys").count(), 1, "{picture}");
    desk.sent.clear();
    desk.keys("/keys\r");
    assert_eq!((desk.picture().matches("Ctrl-L").count(), desk.sent.as_str()), (1, ""), "{}", desk.picture());
}

#[test]
fn the_commands_stay_a_table_on_a_narrow_terminal() {
    let mut desk = Desk::with(40, 20, &["Bob"]);
    desk.hear(
        r#"{"type":"notice","text":"What you type is said to everyone here:\n  /help                show this\n  /open NAME [TOPIC]   open a room of your own"}"#,
    );
    check(
        &desk,
        "
~
      You have joined the chat with
      username Ann!
      What you type is said to everyone
      here:
        /help                show this
        /open NAME [TOPIC]   open a room
          of your own
>
lobby · 2 here: you, Bob",
    );
}
