//! The four kinds of rooms on the real binary, through common netcats: one client, and several.
//!
//! Hosts and bots choose at random, so the tests check only seats, missing players and speakers.

use crate::support::process::Salon;
use crate::support::program::Program;

/// A netcat in the first room; `None` if this machine has none.
fn netcat(which: &str, salon: &Salon, name: &str) -> Option<Program> {
    let mut netcat = Program::start(&[which, "localhost", &salon.port.to_string()])?;
    netcat.types(name);
    netcat.shows_like(&format!("Welcome, {name}! "), "Type /help to see what you can do.");
    Some(netcat)
}

fn openbsd(salon: &Salon, name: &str) -> Option<Program> {
    netcat("nc.openbsd", salon, name)
}

#[test]
fn a_lobby_alone() {
    let salon =
        Salon::start(&["--host-interval", "1s", "--bots", "simple,sport,art", "--weather-url", "off"]);
    let Some(mut ann) = netcat("ncat", &salon, "Ann") else { return };
    ann.shows_like("Host: ", "?");
    ann.types("What do you think about painting?");
    ann.shows("Ann: What do you think about painting?");
    let answer = ann.shows_like("Art_Bot: ", ".");
    assert!(answer.len() > 12, "{answer}");
    ann.types("/exit");
    ann.shows("You are disconnecting from the chat. If your program stays open, press Enter.");
    ann.ends();
}

#[test]
fn a_lobby_with_several_and_another_room() {
    let salon = Salon::start(&["--rooms", "lobby,hall=lobby"]);
    let Some(mut ann) = openbsd(&salon, "Ann") else { return };
    let Some(mut bob) = openbsd(&salon, "Bob") else { return };
    let Some(mut carl) = openbsd(&salon, "Carl") else { return };
    ann.shows("User Bob has joined the chat!");
    ann.shows("User Carl has joined the chat!");
    ann.types("Over there?");
    for other in [&ann, &bob, &carl] {
        other.shows("Ann: Over there?");
    }
    ann.types("/join hall");
    ann.shows("Welcome, Ann! You are the first in hall. Type /help to see what you can do.");
    bob.shows("Host: User Ann left the chat.");
    bob.types("/join hall");
    ann.shows("User Bob has joined the chat!");
    bob.types("Here I am.");
    ann.shows("Bob: Here I am.");
    carl.types("/join hall");
    carl.shows_like("[", "] Bob: Here I am.");
    carl.shows("------------[Start new messages]------------");
    carl.types("/who");
    carl.shows("3 in hall: Ann, Bob and Carl.");
}

#[test]
fn a_round_alone() {
    let salon = Salon::start(&["--rooms", "round"]);
    let Some(mut ann) = openbsd(&salon, "Ann") else { return };
    ann.shows("Host: Ann has taken a seat. Three are missing.");
    ann.types("/ready");
    ann.shows_like("Host: ", " has taken a seat. Two are missing.");
    ann.shows_like("Host: ", " has taken a seat. One is missing.");
    ann.shows_like("Host: ", " has taken the last seat.");
    ann.types("/who");
    let who = ann.shows_like("4 in round: Ann, ", " (bot).");
    let cast = ["Madelen", "Felix", "Marija", "Rateb"].into_iter().filter(|name| who.contains(name));
    assert_eq!(cast.count(), 3, "{who}");
}

#[test]
fn a_classic_round_of_four_and_one_who_watches() {
    let salon = Salon::start(&["--rooms", "lobby,round=classic"]);
    let names = ["Ann", "Bob", "Carl", "Dora", "Eve"];
    let mut guests: Vec<Program> = names.iter().map_while(|name| openbsd(&salon, name)).collect();
    if guests.len() < names.len() {
        return;
    }
    let counts = [
        "has taken a seat. Three are missing.",
        "has taken a seat. Two are missing.",
        "has taken a seat. One is missing.",
        "has taken the last seat.",
    ];
    for ((guest, name), count) in guests.iter_mut().zip(names).zip(counts) {
        guest.types("/join round");
        guest.shows(&format!("Host: {name} {count}"));
    }
    guests[4].types("/join round");
    guests[4].shows(
        "A round is under way, so you watch. Stay, and you get the first seat that is free for the next round.",
    );
    for guest in &guests[..4] {
        // The welcome, which names all four, and then the suggestion.
        let welcome = guest.shows_with("Ann, Bob, Carl and Dora");
        let suggestion = guest.shows_with("Host: ");
        assert_ne!(welcome, suggestion);
    }
    for (guest, name) in guests.iter_mut().zip(names).take(4) {
        guest.types(&format!("{name} has an answer."));
    }
    for guest in &guests[..4] {
        guest.shows(&format!("{}: {} has an answer.", names[3], names[3]));
        guest.shows("The round is over. Thank you for playing! Type /join round for another.");
    }
    guests[4].shows("Host: Eve has taken a seat. Three are missing.");
    guests[0].types("/join round");
    guests[4].shows("Host: Ann has taken a seat. Two are missing.");
}

#[test]
fn chaty_alone() {
    let salon = Salon::start(&["--rooms", "chaty"]);
    let Some(mut ann) = openbsd(&salon, "Ann") else { return };
    ann.types("/who");
    ann.shows("5 in chaty: Alice (bot), Ann, Bob (bot), Chuck (bot) and Dora (bot).");
    ann.types("Shall we work, or play, or eat?");
    let answer = ann.shows_with(": ");
    let bots = ["Alice: ", "Bob: ", "Chuck: ", "Dora: "];
    assert!(bots.iter().any(|bot| answer.starts_with(bot)), "there is no echo: {answer}");
}

#[test]
fn chaty_with_several_and_a_program_of_its_own() {
    let mut salon = Salon::start(&["--rooms", "lobby,chaty", "--chaty-port", "0"]);
    let line = salon.line("Clients of ChatyChaty connect to port ");
    let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
    let Some(mut bob) = openbsd(&salon, "Bob") else { return };
    bob.types("/join chaty");
    bob.shows_like("Welcome, Bob! You are in chaty with ", "Type /help to see what you can do.");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/chaty_client.py");
    let Some(mut ann) = Program::start(&["python3", script, "localhost", port, "user", "Ann"]) else {
        return;
    };
    ann.shows("NICK");
    ann.shows("NICK_OK");
    ann.shows("Connection successful, welcome to ChatyChaty !");
    bob.shows("Ann just connected");
    let Some(mut carl) = openbsd(&salon, "Carl") else { return };
    carl.types("/join chaty");
    ann.shows("Carl just connected");
    for number in 1..=5 {
        ann.types(&format!("number {number}"));
        bob.shows(&format!("Ann: number {number}"));
        bob.types(&format!("and {number}"));
        ann.shows(&format!("Bob: and {number}"));
        carl.shows(&format!("Bob: and {number}"));
    }
    let Some(other) = Program::start(&["python3", script, "localhost", port, "user", "bob"]) else { return };
    other.shows("NICK");
    other.shows("NICK_INVALID");
    carl.types("/exit");
    ann.shows("Carl left the chat ");
    salon.type_line("kick ann for the demonstration");
    ann.shows("KICK");
    bob.shows("Ann left the chat (Removed by the host for: the demonstration)");
}

#[test]
fn thrones_alone() {
    let salon = Salon::start(&["--rooms", "thrones"]);
    let Some(mut lord) = openbsd(&salon, "Lord") else { return };
    lord.shows("Host: Lord has entered the realm. (1/5)");
    lord.types("/begin");
    for seats in 2..=5 {
        lord.shows_like("Host: ", &format!(" has entered the realm. ({seats}/5)"));
    }
    lord.types("--help");
    lord.shows_like("--dismiss NAME sends a follower away", "how they feel about you.");
    lord.types("--dance");
    lord.shows("Unknown command. Try [--help/--leave/--dismiss <name>].");
    lord.shows("Host: ------ [New Event] ------");
    lord.shows_with(" (2) ");
    lord.types("1");
    lord.shows("Lord: 1");
    let answer = lord.shows_with(": ");
    assert!(!answer.starts_with("Host: ") && !answer.starts_with("Lord: "), "{answer}");
    lord.types("--leave");
    lord.shows("Host: The Lord has left the realm, everyone is allowed to leave");
}

#[test]
fn thrones_with_several() {
    let salon = Salon::start(&["--rooms", "thrones"]);
    let Some(mut lord) = openbsd(&salon, "Lord") else { return };
    let Some(mut rolf) = openbsd(&salon, "Rolf") else { return };
    let Some(mut wim) = openbsd(&salon, "Wim") else { return };
    rolf.types("/follow");
    lord.shows("Host: Rolf has entered the realm. (2/5)");
    lord.types("/begin");
    lord.shows_like("Host: ", " (5/5)");
    rolf.shows("You follow Lord until the game is over.");
    let Some(late) = openbsd(&salon, "Tom") else { return };
    late.shows("A game is under way, and Lord rules. Watch, or take a follower's seat with /follow.");
    wim.types("Whoever follows hears this.");
    for other in [&late, &rolf] {
        other.shows("Wim: Whoever follows hears this.");
    }
    rolf.shows("Host: ------ [New Event] ------");
    late.shows("Host: ------ [New Event] ------");
    lord.types("--dismiss rolf");
    lord.shows("You have dismissed Rolf, 4/5 left on your team.");
    rolf.shows("Lord has dismissed you. You may watch.");
    lord.types("--dismiss rolf");
    lord.shows("There is no one on the realm named 'rolf'.");
    lord.types("--leave");
    for other in [&lord, &rolf, &wim, &late] {
        other.shows("Host: The Lord has left the realm, everyone is allowed to leave");
    }
}
