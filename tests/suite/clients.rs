//! Common clients: two kinds of netcat, and Python programs with the old protocol.
//!
//! Tests of programs that this machine lacks are skipped; if `CI` is set, they fail.

use crate::support::peer::Peer;
use crate::support::process::Salon;
use crate::support::program::Program;

fn netcat(words: &[&str]) {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("Who is it?");
    ann.until("Ann: Who is it?\n");
    let port = salon.port.to_string();
    let Some(mut netcat) = Program::start(&[words, &["localhost", &port]].concat()) else {
        return;
    };
    netcat.shows("Welcome to Salon! What is your name?");
    netcat.types("Ann");
    netcat.shows("The name Ann is taken. Please choose another.");
    netcat.types("Nat");
    netcat.shows("Welcome, Nat! You are in the lobby with Ann. Type /help to see what you can do.");
    netcat.shows("------------[Start old messages]------------");
    netcat.shows_like("[", "] Ann: Who is it?");
    netcat.shows("------------[Start new messages]------------");
    netcat.types("It is me, on a netcat.");
    netcat.shows("Nat: It is me, on a netcat.");
    ann.until("Nat: It is me, on a netcat.\n");
    ann.say("Hello Nat!");
    netcat.shows("Ann: Hello Nat!");
    netcat.types("/exit");
    netcat.shows("You are disconnecting from the chat. If your program stays open, press Enter.");
    netcat.ends();
    ann.until("Host: User Nat left the chat.\n");
}

#[test]
fn netcat_of_openbsd() {
    netcat(&["nc.openbsd"]);
}

#[test]
fn netcat_as_a_telnet_sends_its_lines() {
    netcat(&["nc.openbsd", "-C"]);
}

#[test]
fn ncat() {
    netcat(&["ncat"]);
}

#[test]
fn an_old_persons_program() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.say("Hello old world");
    ann.until("old world\n");
    let port = salon.port.to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/old_person.py");
    let Some(mut bernt) = Program::start(&["python3", script, &port, "Bernt"]) else {
        return;
    };
    bernt.shows("Ann: Hello old world");
    bernt.shows("------------[Start new messages]------------");
    ann.until("User Bernt has joined the chat!\n");
    bernt.types("This is a test message from user.");
    bernt.shows("Bernt: This is a test message from user.");
    ann.until("Bernt: This is a test message from user.\n");
    ann.say("I see it once.");
    bernt.shows("Ann: I see it once.");

    // The host's messages are on lines of their own.
    salon.type_line("say Do you like the weather in London?");
    bernt.shows("");
    bernt.shows("Host: Do you like the weather in London?");

    let Some(again) = Program::start(&["python3", script, &port, "BERNT"]) else {
        return;
    };
    again.shows("The name BERNT is taken.");
    again.shows(
        "You have been removed from the chat by the host. Reason: not providing a valid username for identification.",
    );

    salon.type_line("kick Bernt Demonstration of the kick command");
    bernt.shows("You have been removed from the chat by the host. Reason: Demonstration of the kick command");
    ann.until("Host: User Bernt left the chat.");

    let Some(mut last) = Program::start(&["python3", script, &port, "Last"]) else {
        return;
    };
    last.shows("------------[Start new messages]------------");
    salon.type_line("exit");
    last.shows("You have been removed from the chat by the host. Reason: The service is stopping!");
    last.ends();
}

#[test]
fn old_bots() {
    let salon = Salon::start(&[]);
    let port = salon.port.to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/old_bot.py");
    let mut ann = Peer::join(salon.port, "Ann");
    let Some(_first) = Program::start(&["python3", script, &port, "Simple_Chat_Bot"]) else {
        return;
    };
    ann.until("User Simple_Chat_Bot has joined the chat!\n");
    let Some(_second) = Program::start(&["python3", script, &port, "Art_Bot"]) else {
        return;
    };
    ann.until("User Art_Bot has joined the chat!\n");

    // They greet people, and each answers a person once. They neither greet nor answer each other.
    let mut bob = Peer::join(salon.port, "Bob");
    bob.until("_Bot: Hello Bob\n");
    bob.until("_Bot: Hello Bob\n");
    bob.say("What do you think about painting?");
    bob.until("_Bot: I heard <Bob: What do you think about painting?>\n");
    bob.until("_Bot: I heard <Bob: What do you think about painting?>\n");
    bob.say("/exit");
    let heard = bob.until_closed();
    assert!(!heard.contains("Bot"), "{heard}");
    ann.until("Host: User Bob left the chat.\n");
    ann.say("Still there?");
    let heard = ann.until("_Bot: I heard <Ann: Still there?>\n");
    assert!(!heard.contains("left the chat"), "nobody answers a leaving: {heard}");
}
