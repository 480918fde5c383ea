//! A PONG is a barrier, on which programs rely: whoever gets one has got everything that was said before its PING, whatever the
//! disk does meanwhile.

use std::time::Duration;

use proptest::prelude::*;
use salon::hub::SessionId;

use crate::support::scene::Scene;

#[derive(Clone, Debug)]
enum Step {
    /// One of the speakers says something in the lobby.
    Say(usize),
    /// It writes it privately to a client.
    Tell(usize, usize),
    /// A client says something itself, or asks for something.
    Ask(usize, &'static str),
    Ping(usize),
    Pause,
    Commit(usize),
    Resume,
    Wait,
}

/// The capabilities of the clients.
const CLIENTS: [&str; 3] =
    ["", "batch echo-message labeled-response", "message-tags server-time echo-message"];
const SPEAKERS: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    let (speaker, client) = (0..SPEAKERS, 0..CLIENTS.len());
    let asked = prop::sample::select(vec![
        "PRIVMSG #lobby :own",
        "@label=1 PRIVMSG #lobby :own",
        "@label=1 WHOIS Ann",
        "CHATHISTORY LATEST #lobby * 3",
        "NAMES #lobby",
        "CAP REQ :-server-time",
        "CAP REQ :server-time",
    ]);
    prop_oneof![
        5 => speaker.clone().prop_map(Step::Say),
        2 => (speaker, client.clone()).prop_map(|(speaker, client)| Step::Tell(speaker, client)),
        2 => (client.clone(), asked).prop_map(|(client, line)| Step::Ask(client, line)),
        5 => client.prop_map(Step::Ping),
        2 => Just(Step::Pause),
        2 => (1_usize..4).prop_map(Step::Commit),
        2 => Just(Step::Resume),
        1 => Just(Step::Wait),
    ]
}

/// Where this is in what a client heard.
fn place(heard: &str, part: &str) -> Option<usize> {
    heard.find(&format!("{part}\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_gets_a_pong_has_got_everything_that_was_said_before(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut scene = Scene::new("--host-interval off --spam-limit off --bots none");
        let speakers: Vec<SessionId> = ["Ann", "Bob"].into_iter().map(|name| scene.join(name)).collect();
        let clients: Vec<SessionId> = (0..CLIENTS.len()).map(|number| {
            let (id, caps) = (scene.connect(), CLIENTS[number]);
            let hello = format!("NICK I{number}\r\nUSER u 0 * :U\r\nCAP REQ :{caps}\r\nJOIN #lobby\r\n");
            scene.send(id, hello.as_bytes());
            id
        }).collect();
        // What each client is to hear before which answer.
        let (mut said, mut pings) = (vec![Vec::new(); CLIENTS.len()], Vec::new());
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Say(who) => {
                    scene.send(speakers[who], format!("said{number}\n").as_bytes());
                    for said in &mut said {
                        said.push(format!("PRIVMSG #lobby :said{number}"));
                    }
                }
                Step::Tell(who, to) => {
                    scene.send(speakers[who], format!("/msg I{to} told{number}\n").as_bytes());
                    said[to].push(format!("PRIVMSG I{to} :told{number}"));
                }
                Step::Ask(who, line) => scene.send(clients[who], format!("{line}\r\n").as_bytes()),
                Step::Ping(who) => {
                    scene.send(clients[who], format!("PING ping{number}\r\n").as_bytes());
                    pings.push((who, format!(":ping{number}"), said[who].len()));
                }
                Step::Pause => scene.scripted_journal.pause(),
                Step::Commit(batches) => scene.scripted_journal.commit(batches.min(scene.scripted_journal.in_flight())),
                Step::Resume => scene.scripted_journal.resume(),
                Step::Wait => scene.wait(Duration::from_millis(100)),
            }
            scene.settle();
        }
        scene.scripted_journal.resume();
        scene.wait(Duration::from_secs(5));
        let heard: Vec<String> = clients.iter().map(|id| scene.heard(*id)).collect();
        for (who, pong, before) in pings {
            let at = place(&heard[who], &pong);
            prop_assert!(at.is_some(), "no {pong} for {who}: {}", heard[who]);
            for line in &said[who][..before] {
                let said = place(&heard[who], line);
                prop_assert!(said.is_some_and(|said| said < at.unwrap_or(0)), "{who}: {line} comes after {pong}: {}", heard[who]);
            }
        }
    }
}
