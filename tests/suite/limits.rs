//! The limits of peers. Commands: `tests/transcripts/command_limit.transcript`.

use std::net::IpAddr;
use std::time::Duration;

use salon::admin::{Answer, Reply};
use salon::base::limits::{
    CONNECTIONS_PER_ADDRESS, IRC_ANSWER_BYTES, ROOMS_PER_PROGRAM, WRITE_STALL_TIMEOUT,
};
use salon::hub::{ListenerKind, Refused, SessionId};

use crate::support::scene::Scene;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Options of a server with a silent host.
const QUIET: &str = "--host-interval off --spam-limit off";

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn from(scene: &mut Scene, text: &str) -> Result<SessionId, Refused> {
    scene.try_from(address(text), ListenerKind::Any)
}

fn told(refused: Refused) -> String {
    String::from_utf8(refused.words(ListenerKind::Any)).unwrap()
}

#[test]
fn connections_from_one_address() {
    let mut scene = Scene::new("--max-per-address 2 --new-per-minute off --host-interval off");
    let ann = from(&mut scene, "192.0.2.7").unwrap();
    let bob = from(&mut scene, "::ffff:192.0.2.7").unwrap();
    let why = from(&mut scene, "192.0.2.7").unwrap_err();
    assert_eq!(
        told(why),
        "There are 2 connections from your address already, and no more are allowed. Close one, and try again.\n"
    );
    assert_eq!(why.words(ListenerKind::Chaty), b"KICK");
    // Another address or IPv6 network has its own limits.
    for (other, is_let_in) in [
        ("192.0.2.8", true),
        ("2001:db8::1", true),
        ("2001:db8::2:0:0:1", true),
        ("2001:db8::ffff:ffff:ffff:ffff", false),
        ("2001:db8:0:1::1", true),
    ] {
        assert_eq!(from(&mut scene, other).is_ok(), is_let_in, "{other}");
    }
    // A leave makes room, once its connection is closed.
    scene.end(ann);
    scene.forget(ann);
    from(&mut scene, "192.0.2.7").unwrap();
    assert!(from(&mut scene, "192.0.2.7").is_err());
    scene.vanish(bob);
    from(&mut scene, "192.0.2.7").unwrap();
}

#[test]
fn this_machine_is_exempt_and_everybody_counts_in_all() {
    let mut scene =
        Scene::new("--max-per-address 1 --new-per-minute 1 --max-connections 20 --host-interval off");
    for n in 0..19 {
        from(&mut scene, ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"][n % 4]).unwrap();
    }
    from(&mut scene, "192.0.2.7").unwrap();
    assert_eq!(from(&mut scene, "127.0.0.1"), Err(Refused::Full));
    assert_eq!(told(Refused::Full), "This server is full. Please try again later.\n");
    let Answer::Done(Reply { text, .. }) = scene.operate("stats") else { panic!("that ends nothing") };
    assert!(text.contains("refusals      1"), "{text}");
}

#[test]
fn unless_told_otherwise_an_address_has_its_share() {
    let mut scene = Scene::new("--host-interval off --new-per-minute off --max-per-address 128");
    for _ in 0..CONNECTIONS_PER_ADDRESS {
        from(&mut scene, "198.51.100.7").unwrap();
    }
    assert_eq!(from(&mut scene, "198.51.100.7"), Err(Refused::Crowded(CONNECTIONS_PER_ADDRESS)));
}

#[test]
fn new_connections_in_a_minute() {
    let mut scene = Scene::new("--new-per-minute 6 --max-per-address off --host-interval off");
    for _ in 0..6 {
        let id = from(&mut scene, "192.0.2.7").unwrap();
        scene.vanish(id);
    }
    let why = from(&mut scene, "192.0.2.7").unwrap_err();
    assert_eq!(told(why), "Too many connections came from your address. Please try again in 10 seconds.\n");
    from(&mut scene, "192.0.2.8").unwrap();
    scene.wait(Duration::from_secs(9));
    for _ in 0..100 {
        assert!(from(&mut scene, "192.0.2.7").is_err(), "trying does not make it longer");
    }
    scene.wait(Duration::from_secs(1));
    from(&mut scene, "192.0.2.7").unwrap();
    assert!(from(&mut scene, "192.0.2.7").is_err());
    scene.wait(MINUTE);
    for _ in 0..6 {
        from(&mut scene, "192.0.2.7").unwrap();
    }
}

#[test]
fn a_banned_flooder_is_held_to_the_same() {
    let mut scene = Scene::new("--new-per-minute 2 --host-interval off");
    scene.operate("ban 192.0.2.7 for good");
    for _ in 0..2 {
        let id = from(&mut scene, "192.0.2.7").unwrap();
        assert!(scene.heard(id).starts_with("You are banned from this server"));
    }
    assert!(matches!(from(&mut scene, "192.0.2.7"), Err(Refused::TooFast(_))));
}

#[test]
fn a_name_within_the_time_that_the_operator_gives() {
    let mut scene = Scene::new("--name-within 10s --host-interval off");
    let eve = scene.connect();
    scene.send(eve, b"half a na");
    scene.wait(Duration::from_secs(9));
    assert!(!scene.peer(eve).closed);
    scene.send(eve, b"me");
    scene.wait(Duration::from_secs(1));
    assert!(scene.peer(eve).closed);
    assert!(scene.heard(eve).contains("No name came within 10 seconds. Connect again to retry."));
}

#[test]
fn people_lurk_for_days_unless_the_operator_minds() {
    let mut scene = Scene::new(QUIET);
    let ann = scene.join("Ann");
    scene.heard(ann);
    scene.wait(9 * DAY);
    assert_eq!(scene.heard(ann), "");
    scene.send(ann, b"Still here.\n");
    assert_eq!(scene.heard(ann), "Ann: Still here.\n");
}

#[test]
fn an_idle_member_is_warned_and_then_removed() {
    let mut scene = Scene::new("--idle 30m --host-interval off");
    let (ann, bob) = (scene.join("Ann"), scene.join("Bob"));
    scene.wait(10 * MINUTE);
    scene.send(ann, b"A word.\n");
    scene.heard(ann);
    scene.heard(bob);
    scene.wait(19 * MINUTE);
    let warning = "You have sent nothing for 29 minutes. In 1 minute you are removed, unless you send something: an \
                   empty line is enough.\n";
    assert_eq!(scene.heard(bob), warning);
    scene.wait(MINUTE);
    let reason = "Sending nothing for 30 minutes.";
    assert_eq!(
        scene.heard(bob),
        format!(
            "You have been removed from the chat by the host. The following reason was given: {reason}\n"
        )
    );
    assert!(scene.peer(bob).closed);
    assert_eq!(
        scene.heard(ann),
        format!("Host: User Bob left the chat. (Removed by the host for: {reason})\n")
    );

    // She spoke ten minutes later. An empty line counts as activity, and resets the warning.
    scene.wait(9 * MINUTE);
    assert_eq!(scene.heard(ann), warning);
    scene.send(ann, b"\n");
    scene.wait(28 * MINUTE);
    assert_eq!(scene.heard(ann), "");
    scene.wait(MINUTE);
    assert_eq!(scene.heard(ann), warning);
}

#[test]
fn a_stalled_reader_is_removed_and_a_slow_one_is_not() {
    let mut scene = Scene::new(QUIET);
    let (ann, bob, eve) = (scene.join("Ann"), scene.join("Bob"), scene.join("Eve"));
    for id in [bob, eve] {
        scene.heard(id);
        scene.peer(id).room = Some(0);
    }
    scene.send(ann, b"one\ntwo\n");
    scene.wait(WRITE_STALL_TIMEOUT / 2);
    scene.read_on(bob, 3);
    assert_eq!(scene.heard(bob), "Ann");
    scene.wait(WRITE_STALL_TIMEOUT * 49 / 100);
    scene.heard(ann);
    assert_eq!(scene.hub.sessions().count(), 3);
    scene.wait(WRITE_STALL_TIMEOUT / 100);
    let left = "Host: User Eve left the chat. (Removed by the host for: Reading nothing for 3 minutes.)\n";
    assert_eq!(scene.heard(ann), left);
    // She reads at last, and is told why.
    scene.read_on(eve, 1000);
    let reason = "The following reason was given: Reading nothing for 3 minutes.\n";
    assert!(scene.heard(eve).ends_with(reason));

    scene.read_on(bob, 1000);
    assert_eq!(scene.heard(bob), format!(": one\nAnn: two\n{left}"));
    scene.wait(DAY);
    scene.send(ann, b"three\n");
    assert_eq!(scene.heard(bob), "Ann: three\n", "who is owed nothing may take any time");
}

#[test]
fn a_late_chaty_reader_is_not_removed() {
    let mut scene = Scene::new("--host-interval off --rooms chaty");
    let (bob, ann) = (scene.connect_at(ListenerKind::Chaty), scene.connect_at(ListenerKind::Chaty));
    for (id, name) in [(bob, "Bob"), (ann, "Ann")] {
        scene.send(id, name.as_bytes());
        scene.wait(Duration::from_secs(1));
    }
    scene.peer(bob).late = true;
    scene.reads(bob);
    for word in ["one", "two", "three"] {
        scene.send(ann, format!("Ann: {word}").as_bytes());
        scene.wait(Duration::from_secs(1));
    }
    scene.wait(10 * WRITE_STALL_TIMEOUT);
    assert!(!scene.peer(bob).closed);
    for _ in 0..9 {
        scene.reads(bob);
        scene.wait(Duration::from_secs(1));
    }
    assert!(scene.heard(bob).contains("Ann: three"));
}

#[test]
fn more_may_wait_if_the_operator_says_so() {
    for (options, is_let_go) in [("", true), ("--send-queue 4194304", false)] {
        let mut scene = Scene::new(&format!("{QUIET} {options}"));
        let (ann, eve) = (scene.join("Ann"), scene.join("Eve"));
        scene.peer(eve).room = Some(0);
        for _ in 0..2_000 {
            scene.send(ann, format!("{}\n", "x".repeat(1000)).as_bytes());
        }
        assert_eq!(scene.heard(ann).contains("Reading too slowly"), is_let_go, "{options}");
    }
}

#[test]
fn a_program_is_in_so_many_rooms_and_no_more() {
    let rooms: Vec<String> = (0..=ROOMS_PER_PROGRAM).map(|n| format!("r{n}=chaty")).collect();
    let mut scene = Scene::new(&format!("{QUIET} --command-limit off --rooms {}", rooms.join(",")));
    let bot = scene.connect();
    scene.send(bot, b"{\"type\":\"hello\",\"version\":1,\"name\":\"A_Bot\",\"bot\":true}\n");
    for n in 0..ROOMS_PER_PROGRAM {
        scene.heard(bot);
        scene.send(bot, format!("{{\"type\":\"join\",\"room\":\"r{n}\"}}\n").as_bytes());
        assert!(scene.heard(bot).contains("\"welcome\""), "{n}");
    }
    let last = format!("{{\"type\":\"join\",\"room\":\"r{ROOMS_PER_PROGRAM}\"}}\n");
    scene.send(bot, last.as_bytes());
    let refused = format!("You are in {ROOMS_PER_PROGRAM} rooms, which is the limit. Leave one first.");
    let line = format!("{{\"type\":\"refused\",\"why\":\"too_many\",\"text\":\"{refused}\"}}\n");
    assert_eq!(scene.heard(bot), line);
    scene.send(bot, b"{\"type\":\"leave\",\"room\":\"r3\"}\n");
    scene.heard(bot);
    scene.send(bot, last.as_bytes());
    assert!(scene.heard(bot).contains("\"welcome\""));
}

#[test]
fn a_programs_commands_have_the_same_budget() {
    let mut scene = Scene::new("--host-interval off --command-limit 4/8s");
    let bot = scene.connect();
    scene.send(bot, b"{\"type\":\"hello\",\"version\":1,\"name\":\"A_Bot\"}\n{\"type\":\"join\"}\n");
    scene.heard(bot);
    scene.send(bot, b"{\"type\":\"leave\"}\n");
    let text = "Too many commands at once: /leave was not done. Try again in 2 seconds.";
    assert_eq!(
        scene.heard(bot),
        format!("{{\"type\":\"refused\",\"why\":\"too_fast\",\"text\":\"{text}\"}}\n")
    );
    scene.wait(Duration::from_secs(2));
    scene.send(bot, b"{\"type\":\"leave\"}\n");
    assert!(scene.heard(bot).contains("\"parted\""));
}

#[test]
fn an_irc_client_is_read_only_as_fast_as_its_answers_are_sent() {
    let mut scene = Scene::new("--host-interval off");
    let iris = scene.connect();
    scene.send(iris, b"NICK Iris\r\nUSER iris 0 * :Iris\r\n");
    scene.heard(iris);
    scene.send(iris, "HELP\r\n".repeat(200).as_bytes());
    let first = scene.heard(iris);
    let answers = |heard: &str| heard.matches(" 706 Iris ").count();
    let longest = first.len() / answers(&first) + 1;
    assert!(first.len() <= IRC_ANSWER_BYTES + longest, "{} bytes at once", first.len());
    scene.wait(Duration::from_secs(1));
    assert_eq!(answers(&first) + answers(&scene.heard(iris)), 200, "and nothing is lost");
}

#[test]
fn an_irc_client_that_stops_reading_its_answers_costs_no_turns_and_is_answered_when_it_reads_again() {
    let mut scene = Scene::new("--host-interval off --spam-limit off --history-bytes 4194304");
    let ann = scene.join("Ann");
    for _ in 0..60 {
        scene.send(ann, format!("{}\n", "x".repeat(3_900)).as_bytes());
    }
    let iris = scene.connect();
    scene.send(
        iris,
        b"CAP REQ :batch draft/chathistory\r\nNICK Iris\r\nUSER i 0 * :i\r\nCAP END\r\nJOIN #lobby\r\n",
    );
    scene.heard(iris);
    scene.peer(iris).room = Some(0);
    scene.send(iris, "CHATHISTORY LATEST #lobby * 100\r\n".repeat(40).as_bytes());
    let mut wakeups = 0;
    let end = scene.now + WRITE_STALL_TIMEOUT.saturating_sub(Duration::from_secs(5));
    while let Some(due) = scene.hub.next_deadline().filter(|due| *due <= end) {
        wakeups += 1;
        let time = due.saturating_duration_since(scene.now);
        scene.wait(time);
    }
    assert!(wakeups < 200, "{wakeups} turns for a client that reads nothing");
    scene.peer(iris).room = None;
    scene.hub.writable(iris);
    scene.settle();
    scene.wait(Duration::from_secs(60));
    assert_eq!(scene.heard(iris).matches("BATCH -").count(), 40, "and nothing is lost");
}
