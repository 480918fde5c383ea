//! Each command with a label has one answer with that label: a line, a batch, or an ACK (labeled-response of `IRCv3`). Clients wait
//! for it.

use std::time::Duration;

use crate::cluster::stage::Stage;
use crate::support::scene::Scene;

/// What clients negotiate.
const CAPS: [&str; 3] = [
    "batch labeled-response",
    "batch echo-message labeled-response message-tags server-time standard-replies",
    "batch draft/chathistory draft/message-redaction draft/multiline draft/read-marker echo-message labeled-response message-tags \
     server-time standard-replies",
];

/// Commands, in this order, of a client that is in `#lobby` with Ann. `LONG` is a text for several lines.
const COMMANDS: [&str; 96] = [
    "PING x",
    "PING",
    "NICK Isis",
    "NICK Isis",
    "NICK Ann",
    "NICK",
    "NICK a!b",
    "NICK Iris",
    "USER a b c d",
    "PASS x",
    "CAP LS 302",
    "CAP LIST",
    "CAP REQ :server-time",
    "CAP REQ :nonsense",
    "CAP END",
    "CAP WHAT",
    "AUTHENTICATE PLAIN",
    "JOIN #lobby",
    "JOIN #den",
    "JOIN #nest,#perch,#lobby",
    "JOIN #a!b",
    "JOIN",
    "NAMES #lobby",
    "NAMES #lobby,#den",
    "NAMES",
    "LIST",
    "LIST >1",
    "TOPIC #lobby",
    "TOPIC #den",
    "TOPIC #den :tea",
    "TOPIC #den :tea",
    "TOPIC #nowhere :tea",
    "MODE #den",
    "MODE #den +o Iris",
    "MODE #den +o nobody",
    "MODE #den +m",
    "MODE #den b",
    "MODE Iris",
    "MODE Iris +i",
    "MODE Ann +i",
    "INVITE Ann #den",
    "INVITE Ann #den",
    "INVITE nobody #den",
    "KICK #den Ann",
    "KICK #den nobody",
    "KICK #den Iris",
    "PRIVMSG #lobby :hi",
    "PRIVMSG #lobby :LONG",
    "PRIVMSG #lobby :\u{1}ACTION waves\u{1}",
    "PRIVMSG #lobby :/help",
    "PRIVMSG Ann :psst",
    "PRIVMSG Ann :LONG",
    "PRIVMSG nobody :psst",
    "PRIVMSG #lobby,#den :two",
    "PRIVMSG #lobby,Ann :two",
    "PRIVMSG #lobby,nobody :mixed",
    "PRIVMSG nobody,none :none",
    "PRIVMSG #lobby :",
    "PRIVMSG #lobby",
    "PRIVMSG",
    "PRIVMSG Host :help",
    "NOTICE #lobby :hi",
    "NOTICE #lobby :LONG",
    "NOTICE Ann :psst",
    "NOTICE nobody :psst",
    "NOTICE #lobby :",
    "NOTICE",
    "TAGMSG #lobby",
    "TAGMSG Ann",
    "CHATHISTORY LATEST #lobby * 10",
    "CHATHISTORY LATEST #nowhere * 10",
    "CHATHISTORY LATEST Ann * 10",
    "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z 10",
    "CHATHISTORY WHAT",
    "REDACT #lobby 1",
    "MARKREAD #lobby",
    "MARKREAD #lobby timestamp=2026-01-01T00:00:00.000Z",
    "MONITOR + Ann",
    "MONITOR L",
    "MONITOR S",
    "MONITOR - Ann",
    "MONITOR C",
    "WHO #lobby",
    "WHO Ann %tuhna,42",
    "WHOIS Ann,Iris,nobody",
    "WHOWAS nobody",
    "ISON Ann nobody",
    "USERHOST Ann",
    "AWAY :tea",
    "AWAY",
    "SETNAME :Iris the second",
    "OPER Iris wrong",
    "KILL Ann :no",
    "UNDO",
    "NONSENSE",
    "PART #den,#nest,#nowhere :bye",
];

/// The commands that are also there with capabilities and server, one line each.
const REST: [&str; 16] = [
    "LUSERS",
    "TIME",
    "MOTD",
    "VERSION",
    "INFO",
    "ADMIN",
    "LINKS",
    "MAP",
    "TRACE",
    "SILENCE",
    "KNOCK #lobby",
    "HELP",
    "STATS u",
    "STATS o",
    "WALLOPS :x",
    "REHASH",
];

fn greeting(caps: &str) -> String {
    format!("CAP REQ :{caps}\r\nNICK Iris\r\nUSER i 0 * :i\r\nCAP END\r\nJOIN #lobby\r\n")
}

/// Sends each command with a label. Returns those that are not answered once and as a whole, with what was heard.
fn wrong(mut ask: impl FnMut(&str) -> String) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    for (number, command) in COMMANDS.into_iter().chain(REST).enumerate() {
        let line = command.replace("LONG", &"many words ".repeat(90));
        let heard = ask(&format!("@label=L{number}x {line}\r\n"));
        if !is_one_answer(&heard, &format!("label=L{number}x")) {
            wrong.push((command, heard));
        }
    }
    wrong
}

/// Whether this is one line with the label, or one batch with it, with nothing before and behind.
fn is_one_answer(heard: &str, label: &str) -> bool {
    let lines: Vec<&str> = heard.lines().collect();
    let [first, .., last] = lines[..] else { return lines.len() == 1 && heard.contains(label) };
    let opened = first.split_once(" BATCH +").and_then(|(_, rest)| rest.split(' ').next());
    first.contains(label) && opened.is_some_and(|batch| last.ends_with(&format!(" BATCH -{batch}")))
}

#[test]
fn each_command_with_a_label_has_one_answer_with_it() {
    let mut all = Vec::new();
    for caps in CAPS {
        let mut scene = Scene::new("--host-interval off --command-limit off --spam-limit off");
        let ann = scene.join("Ann");
        scene.send(ann, b"tea?\n");
        let iris = scene.connect();
        scene.send(iris, greeting(caps).as_bytes());
        scene.heard(iris);
        all.extend(wrong(|line| {
            scene.send(iris, line.as_bytes());
            scene.wait(Duration::from_secs(2));
            scene.heard(iris)
        }));
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn in_a_cluster_too() {
    let mut all = Vec::new();
    for caps in CAPS {
        let mut stage = Stage::new(2, "--host-interval off --command-limit off --spam-limit off");
        stage.join(1, "Ann");
        let iris = stage[0].connect();
        stage.send(0, iris, &greeting(caps));
        stage.heard(0, iris);
        all.extend(wrong(|line| {
            stage.send(0, iris, line);
            stage.wait(Duration::from_secs(2));
            stage.heard(0, iris)
        }));
    }
    assert!(all.is_empty(), "{all:#?}");
}
