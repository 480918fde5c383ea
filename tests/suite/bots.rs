//! The cast: the weather through the whole binary, an evening, and no loops between bots.

use std::time::Duration;

use salon::hub::SessionId;

use crate::support::met::{Answer, Met};
use crate::support::peer::Peer;
use crate::support::process::Salon;
use crate::support::scene::Scene;

#[test]
fn the_weather_in_bergen_through_the_whole_binary() {
    let met = Met::start([Answer::forecast()]);
    let salon = Salon::start(&["--bots", "weather", "--weather-url", &met.url(), "--weather-cache", "cache"]);
    let mut ann = Peer::join(salon.port, "Ann");
    for question in ["What's the weather in Bergen?", "weather in bergen now?"] {
        ann.say(question);
        ann.until("Weather_Bot: Bergen, Norway, now: ");
        let heard = ann.until("\n");
        assert!(heard.contains(" °C"), "{heard}");
        assert!(
            heard.ends_with("Data from MET Norway (CC BY 4.0), places from GeoNames (CC BY 4.0).\n"),
            "{heard}"
        );
    }
    assert_eq!(met.count(), 1, "the second answer is the cache's");
}

#[test]
fn without_a_network_there_is_one_honest_sentence_and_nobody_waits() {
    // Nothing listens on a port that was just closed.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let salon = Salon::start(&["--bots", "weather", "--weather-url", &url, "--weather-cache", "cache"]);
    let mut ann = Peer::join(salon.port, "Ann");
    ann.until("Weather_Bot: ");
    ann.say("How cold is it in Oslo?");
    ann.say("Hello?");
    ann.until("Ann: Hello?\n");
    ann.until("Weather_Bot: ");
    let answer = ann.until("\n");
    assert!(!answer.contains("°C"), "{answer}");
    assert!(salon.log().contains("no weather forecast"), "{}", salon.log());

    let off = Salon::start(&["--bots", "weather", "--weather-url", "off"]);
    let mut bob = Peer::join(off.port, "Bob");
    bob.until("Weather_Bot: ");
    bob.say("How cold is it in Oslo?");
    bob.until("Weather_Bot: ");
}

#[test]
fn a_place_of_many_of_its_name_is_the_one_that_was_meant() {
    let met = Met::start((0..16).map(|_| Answer::forecast()));
    let salon = Salon::start(&[
        "--bots",
        "weather",
        "--weather-url",
        &met.url(),
        "--weather-cache",
        "cache",
        "--spam-limit",
        "off",
    ]);
    let mut ann = Peer::join(salon.port, "Ann");
    for (said, answers) in [
        ("weather in Portland, ME", &["Portland, Maine, United States, now: "][..]),
        ("weather in Portland, Narnia", &["I know no Portland in Narnia, but I know Portland, Oregon"]),
        ("Maine", &["Portland, Maine, United States, now: "]),
        ("weather in Springfield", &["several places called Springfield: ", "Which one do you mean?"]),
        ("the one in Illinois", &["Springfield, Illinois, United States, now: "]),
        ("weather in Halle (Saale)", &["Halle (Saale), Germany, now: "]),
        ("weather in St. John's", &["St. John's, Newfoundland and Labrador, Canada, now: "]),
        ("東京の天気", &["Tokyo, Japan, now: "]),
        ("is Oslo colder than Stockholm", &["Oslo, Norway, now: ", "Stockholm, Sweden, now: "]),
    ] {
        ann.say(said);
        for answer in answers {
            ann.until(answer);
        }
    }
}

/// The lines of bots.
fn bots_lines(heard: &str) -> Vec<&str> {
    heard.lines().filter(|line| line.split_once(": ").is_some_and(|(who, _)| who.ends_with("_Bot"))).collect()
}

#[test]
fn bots_and_a_host_alone_keep_nobody_talking() {
    let mut scene = Scene::new("--bots simple,weather,sport,art --spam-limit off");
    // Bots from outside: an old one and a new one.
    let old = scene.connect();
    scene.send(old, b"Other_Bot::EOMsg::");
    let new = scene.connect();
    scene.send(
        new,
        b"{\"type\":\"hello\",\"version\":1,\"name\":\"Echo\",\"bot\":true}\n{\"type\":\"join\"}\n",
    );
    scene.heard(old);
    scene.heard(new);
    scene.send(old, b"Other_Bot: What do you think about football, Sport_Bot?::EOMsg::");
    for _ in 0..60 {
        scene.wait(Duration::from_secs(60));
        scene.send(new, b"{\"type\":\"say\",\"text\":\"Hello Art_Bot, can we paint?\"}\n");
    }
    let heard = scene.heard(old);
    assert_eq!(bots_lines(&heard), [""; 0], "none of ours says a word in an hour");
    assert!(!heard.contains("Host: "), "and the host has nobody to speak to");
}

#[test]
fn the_cast_answers_old_history_not_at_all() {
    let mut scene = Scene::new("--host-interval off --bots none");
    let ann = scene.join("Ann");
    scene.send(ann, b"What do you think about painting?\n");
    scene.operate("bot start art");
    scene.wait(Duration::from_secs(60));
    assert_eq!(bots_lines(&scene.heard(ann)), [""; 0]);
}

#[test]
fn an_answer_comes_after_a_pause_and_at_most_two_come() {
    for seed in 0..20 {
        let mut scene = Scene::seeded("--host-interval off --bots simple,weather,sport,art", seed);
        let ann = scene.join("Ann");
        scene.wait(Duration::from_secs(60));
        for text in
            ["What do you think about tennis?", "I painted my kitchen.", "hm", "Can we eat something?"]
        {
            scene.heard(ann);
            scene.send(ann, format!("{text}\n").as_bytes());
            scene.wait(Duration::from_millis(599));
            assert_eq!(bots_lines(&scene.heard(ann)), [""; 0], "nobody types that fast");
            scene.wait(Duration::from_millis(2_500 - 599));
            let answers = scene.heard(ann);
            let count = bots_lines(&answers).len();
            assert!((1..=2).contains(&count), "{text}: {answers}");
            scene.wait(Duration::from_secs(30));
            assert_eq!(bots_lines(&scene.heard(ann)), [""; 0], "that was all");
        }
    }
}

#[test]
fn nobody_repeats_himself_within_ten_lines_in_a_long_evening() {
    let mut scene = Scene::seeded("--bots simple,weather,sport,art --spam-limit off", 7);
    let ann = scene.join("Ann");
    let said = [
        "What do you think about watching tennis?",
        "I had soup for breakfast.",
        "Can we paint something?",
        "Is it cold?",
        "Sport_Bot, what is your favourite?",
        "hm",
        "My boss is on holiday.",
        "do you like jazz?",
    ];
    let mut heard = String::new();
    for n in 0..160 {
        scene.send(ann, format!("{}\n", said[n % said.len()]).as_bytes());
        scene.wait(Duration::from_secs(11));
        heard += &scene.heard(ann);
    }
    for bot in ["Simple_Chat_Bot", "Weather_Bot", "Sport_Bot", "Art_Bot"] {
        let own: Vec<&str> =
            heard.lines().filter_map(|line| line.strip_prefix(bot)?.strip_prefix(": ")).collect();
        assert!(own.len() > 15, "{bot} said {} lines", own.len());
        for window in own.windows(11) {
            let (last, before) = window.split_last().unwrap();
            assert!(!before.contains(last), "{bot} repeats {last:?}");
        }
    }
}

#[test]
fn the_cast_costs_nothing_while_it_is_silent() {
    let mut scene = Scene::new("--host-interval off --bots simple,weather,sport,art");
    let ids: Vec<SessionId> = (0..3).map(|n| scene.join(&format!("p{n}"))).collect();
    scene.wait(Duration::from_secs(60));
    assert_eq!(scene.hub.next_deadline(), None, "nothing is due");
    assert!(ids.iter().all(|id| !scene.peer(*id).closed));
}

#[test]
fn a_reused_id_is_not_taken_for_a_bot_of_a_closed_room() {
    let mut scene = Scene::new("--rooms lobby,hall=lobby --bots simple");
    scene.operate("bot stop simple lobby");
    scene.operate("close hall");
    let ann = scene.join("Ann");
    scene.send(ann, b"hi\n");
    assert!(scene.heard(ann).ends_with("\nAnn: hi\n"));
    assert!(!scene.peer(ann).closed);
}
