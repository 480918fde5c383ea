//! Bots from outside in round, chaty and thrones, together with hosted bots and people.

use salon::client::bot_swarm::BotKind;
use salon::client::bot_swarm::SoloSwarm;
use salon::hub::SessionId;

use crate::support::scene::Scene;
use crate::support::swarm::Outside;

/// The default bots of a room, from outside.
fn solo_swarm(room: &str, scene: &Scene) -> Outside {
    Outside::new(SoloSwarm::new(&BotKind::of_room(room), 1, room, 3, scene.now))
}

fn join(scene: &mut Scene, name: &str, room: &str) -> SessionId {
    let id = scene.join(name);
    scene.send(id, format!("/join {room}\n").as_bytes());
    scene.heard(id);
    id
}

/// The lines of this member.
fn lines<'a>(heard: &'a str, who: &str) -> Vec<&'a str> {
    heard.lines().filter_map(|line| line.strip_prefix(who)?.strip_prefix(": ")).collect()
}

#[test]
fn four_programs_play_a_classic_round_and_are_done() {
    let mut scene = Scene::new("--rooms lobby,round=classic");
    let mut four = solo_swarm("round", &scene);
    four.exchange(&mut scene);
    let watcher = join(&mut scene, "Zoe", "round");
    four.pass(&mut scene, 30);
    let heard = scene.heard(watcher);
    let (heard, _) = heard.split_once("All seats are free again").unwrap();
    for name in ["Madelen", "Felix", "Marija", "Rateb"] {
        assert_eq!(lines(heard, name).len(), 2, "{name} answers, and says goodbye: {heard}");
        assert!(heard.contains(&format!("Host: User {name} left the chat.")), "{heard}");
        assert!(four.out.iter().any(|out| out == name), "{:?}", four.out);
    }
}

#[test]
fn three_programs_play_a_game_with_a_person() {
    let mut scene = Scene::new("");
    let zoe = join(&mut scene, "Zoe", "round");
    let parts = ["felix", "madelen", "rateb"].map(|name| BotKind::find(name, "round").unwrap());
    let mut three = Outside::new(SoloSwarm::new(&parts, 1, "round", 3, scene.now));
    three.exchange(&mut scene);
    let mut heard = String::new();
    for _ in 0..60 {
        three.pass(&mut scene, 2);
        let new = scene.heard(zoe);
        if new.contains("/3) ") {
            scene.send(zoe, b"I would love to.\n");
        } else if new.contains("Vote by number") {
            scene.send(zoe, b"3\n");
        }
        heard.push_str(&new);
        if heard.contains("Keep your seats") {
            break;
        }
    }
    for name in ["Felix", "Madelen", "Rateb"] {
        assert_eq!(lines(&heard, name).len(), 4, "{name} answers three times, and votes: {heard}");
    }
    assert!(
        heard.contains(" of four") || heard.contains(" tie ") || heard.contains("same number of votes"),
        "{heard}"
    );
    assert!(three.out.is_empty(), "they keep their seats: {:?}", three.out);
}

#[test]
fn a_guest_whose_name_is_taken_is_another_or_gets_a_number() {
    let mut scene = Scene::new("");
    let felix = scene.join("Felix");
    let parts = [BotKind::find("felix", "round").unwrap(), BotKind::find("madelen", "round").unwrap()];
    let mut two = Outside::new(SoloSwarm::new(&parts, 1, "round", 3, scene.now));
    two.exchange(&mut scene);
    assert_eq!(
        two.news.iter().filter(|news| *news == "Felix is taken; it is Marija now.").count(),
        1,
        "{:?}",
        two.news
    );
    let mut all = solo_swarm("round", &scene);
    all.exchange(&mut scene);
    assert!(all.news.iter().any(|news| news.contains(" is taken; it is ")), "{:?}", all.news);
    scene.send(felix, b"/join round\n");
    assert!(!scene.peer(felix).closed, "and nobody took a person's name");
}

#[test]
fn keyword_bots_from_outside_take_the_names_of_the_hosted_ones_and_answer_people_only() {
    let mut scene = Scene::new("");
    let ann = join(&mut scene, "Ann", "chaty");
    let mut outside = solo_swarm("chaty", &scene);
    outside.exchange(&mut scene);
    outside.pass(&mut scene, 60);
    let heard = scene.heard(ann);
    assert!(
        heard.contains("Alice left the chat \n") && heard.contains("Alice just connected\n"),
        "one goes, the other comes: {heard}"
    );
    assert_eq!(
        heard.matches("just connected").count(),
        4,
        "and none comes back while the names are taken: {heard}"
    );
    scene.send(ann, b"Shall we play?\n");
    outside.exchange(&mut scene);
    outside.pass(&mut scene, 60);
    let heard = scene.heard(ann);
    assert_eq!(heard.lines().count(), 4, "each answers once, and nobody answers an answer: {heard}");
    drop(outside.sessions.drain(..).flatten().map(|session| scene.vanish(session)).collect::<Vec<_>>());
    scene.wait(std::time::Duration::from_secs(60));
    let heard = scene.heard(ann);
    assert_eq!(heard.matches("just connected").count(), 4, "the hosted ones are back: {heard}");
}

#[test]
fn followers_from_outside_answer_their_lord() {
    let mut scene = Scene::new("");
    let ann = join(&mut scene, "Ann", "thrones");
    scene.send(ann, b"/lord\n");
    let mut outside = solo_swarm("thrones", &scene);
    outside.exchange(&mut scene);
    outside.pass(&mut scene, 15);
    let heard = scene.heard(ann);
    assert!(heard.contains("(5/5)") && heard.contains("[New Event]"), "{heard}");
    scene.send(ann, b"Let him eat, or let him go home.\n");
    outside.exchange(&mut scene);
    outside.pass(&mut scene, 25);
    let heard = scene.heard(ann);
    for part in BotKind::of_room("thrones") {
        assert_eq!(lines(&heard, part.name()).len(), 1, "{} answers once: {heard}", part.name());
    }
    let (_, options) = heard.rsplit_once("(1) ").unwrap();
    let action = options.split([' ', ',']).next().unwrap();
    // The stem matches all forms of the verb.
    let stem = &action[..action.len() - 1];
    scene.send(ann, b"1\n");
    outside.exchange(&mut scene);
    outside.pass(&mut scene, 25);
    let heard = scene.heard(ann).to_lowercase();
    for part in BotKind::of_room("thrones") {
        let answers = lines(&heard, &part.name().to_lowercase());
        assert!(answers.len() == 1 && answers[0].contains(stem), "{action}, {}: {heard}", part.name());
    }
}
