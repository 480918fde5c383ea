//! Whole games.

use std::collections::HashSet;
use std::time::Duration;

use crate::base::limits::{
    THRONES_ANSWER_TIMEOUT, THRONES_EVENT_DELAY, THRONES_EVENT_TIMEOUT, THRONES_EVENT_WARNING,
    THRONES_EVENTS, THRONES_FILL_DELAY,
};
use crate::bots::{meaning, parse_order};
use crate::hosts::thrones::game::Phase;
use crate::hosts::thrones::realm::{Realm, who};
use crate::hosts::{Host, HostCommand};
use crate::proto::Kind;

/// One word, as in "Eating?", or an action alone, as in "Swimming out?"
fn is_a_word(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(['.', '!', '?']).to_lowercase();
    let is_alone = parse_order(sentence).first().is_some_and(|action| action.gerund() == bare);
    is_alone || !sentence.contains(' ')
}

/// Ann is the Lord of four hosted followers, and the first event is told.
fn under_ann(seed: u64) -> Realm {
    let mut realm = Realm::new(seed);
    realm.come("Ann", Kind::Person);
    realm.speak("Ann", "/lord");
    realm.speak("Ann", "/begin");
    assert!(realm.host.game.is_some());
    realm.wait(THRONES_EVENT_DELAY);
    realm
}

/// Whether a game may tell this line only once. The line of gold and peace comes again when they are as they were before.
fn is_told_once(by: &str, text: &str) -> bool {
    !by.eq_ignore_ascii_case("lord") && !text.starts_with("---") && !text.starts_with("Gold ")
}

#[test]
fn whole_games_alone() {
    let mut lasted = 0;
    for seed in 0..20 {
        let mut realm = Realm::new(seed);
        realm.come("lord", Kind::Person);
        assert_eq!(realm.said, [(String::new(), "lord has entered the realm. (1/5)".to_owned())]);
        realm.wait(THRONES_FILL_DELAY);
        assert_eq!((realm.hosted().len(), realm.heard("has entered the realm.")), (4, 5));
        assert_eq!((realm.heard("(5/5)"), realm.heard("--help")), (1, 1));
        assert_eq!(realm.heard("Gold 5, peace 5. "), 1, "it begins with this");
        assert_eq!(realm.filter, (Some("lord".to_owned()), realm.followers()));
        realm.wait(THRONES_EVENT_DELAY);
        for event in 1..=THRONES_EVENTS {
            if realm.host.game.is_none() {
                break;
            }
            lasted += usize::from(event == THRONES_EVENTS);
            assert_eq!(realm.heard("------ [New Event] ------"), event, "seed {seed}");
            let (before, followers) = (realm.said.len(), realm.followers().len());
            let order = realm.best_option();
            realm.speak("lord", &order);
            realm.wait(Duration::from_millis(900));
            assert_eq!(realm.said.len(), before + 1, "nobody answers at once");
            realm.wait(Duration::from_secs(11) + THRONES_EVENT_DELAY);
            let answers = realm.said[before + 1..].iter().filter(|(by, _)| !by.is_empty()).count();
            assert_eq!(answers, followers, "seed {seed}, event {event}");
            let is_ledger = |text: &str| text.starts_with("Gold ") && !text.contains("the score after");
            let ledgers = realm.said.iter().filter(|(_, text)| is_ledger(text)).count();
            assert_eq!(ledgers, event + 1, "seed {seed}: what came of each order");
        }
        let mut said = HashSet::new();
        for (_, line) in realm.said.iter().filter(|(by, text)| is_told_once(by, text)) {
            for sentence in line.split_inclusive(['.', '!', '?']).map(str::trim) {
                assert!(said.insert(sentence) || is_a_word(sentence), "seed {seed}: {sentence}");
            }
        }
        assert!(realm.host.game.is_none() && realm.hosted().is_empty());
        assert_eq!(realm.filter, (None, Vec::new()));
        assert!(realm.said.iter().any(|(_, text)| text.contains("/lord") && text.contains("/follow")));
        assert_eq!(realm.host.deadline(), None, "nothing follows");
        realm.speak("lord", "/lord");
        assert_eq!(realm.heard("lord has entered the realm. (1/5)"), 2, "and again");
    }
    assert!(lasted > 10, "a thoughtful Lord mostly sees the last event: {lasted}");
}

#[test]
fn a_long_game_repeats_no_line() {
    let orders = ["eat", "Do not kill anybody.", "Let them be pardoned and fed!", "What now?", "1"];
    let mut events = 0;
    for seed in 0..40 {
        let mut realm = Realm::new(seed);
        realm.host.events = 20;
        realm.come("Lord", Kind::Person);
        realm.wait(THRONES_FILL_DELAY + THRONES_EVENT_DELAY);
        let mut n = 0;
        while realm.host.game.is_some() {
            let best = realm.best_option();
            let is_odd = n % 4 == 3;
            realm.speak("Lord", if is_odd { orders[n / 4 % orders.len()] } else { &best });
            if is_odd {
                // A question is answered, and an order follows.
                realm.wait(Duration::from_secs(3));
                realm.speak("Lord", &best);
            }
            realm.wait(Duration::from_secs(12) + THRONES_EVENT_DELAY);
            n += 1;
        }
        events += n;
        let mut seen = HashSet::new();
        for (_, line) in realm.said.iter().filter(|(by, text)| is_told_once(by, text)) {
            assert!(seen.insert(line), "seed {seed}: {line}");
        }
    }
    assert!(events > 40 * 8, "{events}");
}

#[test]
fn a_silent_lord_is_warned_and_deposed() {
    let mut realm = under_ann(3);
    let before = realm.said.len();
    realm.wait(THRONES_EVENT_WARNING.mul_f32(0.9));
    assert_eq!(realm.said.len(), before);
    realm.wait(THRONES_EVENT_WARNING.mul_f32(0.2));
    assert_eq!(realm.said.len(), before + 1, "a warning");
    realm.speak("Ann", "Hm, what is it?");
    realm.wait(THRONES_EVENT_TIMEOUT.mul_f32(0.9));
    assert!(realm.host.game.is_some(), "a question is not silence");
    realm.wait(THRONES_EVENT_TIMEOUT.mul_f32(0.2));
    assert!(realm.host.game.is_none() && realm.hosted().is_empty());
    assert!(realm.said.last().unwrap().1.contains("/lord"), "the throne is offered");
    assert_eq!(realm.find("Ann").map(|who| who.kind), Some(Kind::Person));
}

#[test]
fn vague_orders_meet_objections() {
    let mut realm = under_ann(5);
    for _ in 0..2 {
        realm.speak("Ann", "Let them be.");
        realm.wait(Duration::from_secs(12) + THRONES_EVENT_DELAY);
    }
    realm.speak("Ann", "/court");
    let court = realm.last_told("Ann");
    assert!(court.starts_with("You have the high chair.\n") && court.contains("Gold "), "{court}");
    assert!(court.contains("has doubts.") || court.contains("one foot outside"), "{court}");
    realm.speak("Ann", "Let them be.");
    realm.wait(Duration::from_secs(12) + THRONES_EVENT_DELAY);
    let last = realm.host.game.as_ref().map_or(0, |game| game.state.subjects.len());
    assert!(last < 4, "nobody follows a Lord who says nothing");
}

#[test]
fn what_a_lord_says_besides_orders() {
    let mut realm = under_ann(3);
    let name = realm.followers()[0].clone();
    for (text, is_talk) in [
        ("What would you do?", true),
        (&*format!("{name}, hang him for me"), true),
        (&*format!("@{name} you are quiet"), true),
        (&*format!("Well said, {name}!"), true),
        (&*format!("Should we fight, {name}? It may cost us dearly"), true),
        ("Fight?! Never, it is too dear.", true),
        (&*format!("Hang {name}!"), false),
        ("2", false),
        ("Hang him", false),
        ("Hm.", true),
    ] {
        assert_eq!(realm.host.order_in(text).is_none(), is_talk, "{text}");
    }
    realm.come("Fight", Kind::Person);
    assert_eq!(realm.host.order_in("I am glad to see you, Fight!"), None, "a name is no action");
    assert_eq!(realm.host.without_names("feed Fight, or Fight's dog"), "feed , or  dog");
    let before = realm.said.len();
    realm.speak("Ann", &format!("{name}: what now?"));
    realm.wait(Duration::from_secs(4));
    let answers: Vec<_> = realm.said[before + 1..].iter().map(|(by, _)| by.clone()).collect();
    assert_eq!(answers, [name], "the one who was asked gives advice");
    assert!(matches!(realm.game().phase, Phase::Asked(_)), "and the event still waits");
}

#[test]
fn the_lords_commands() {
    let mut realm = under_ann(1);
    let [first, second, third, _] = realm.followers().try_into().unwrap();
    realm.come("Eve", Kind::Person);
    assert!(realm.last_told("Eve").starts_with("A game is under way, and Ann rules. Watch, or "));
    let before = realm.said.len();
    realm.speak("Ann", "--dance");
    assert_eq!(realm.last_told("Ann"), "Unknown command. Try [--help/--leave/--dismiss <name>].");
    realm.speak("Ann", "--dismiss Nobody");
    assert_eq!(realm.last_told("Ann"), "There is no one on the realm named 'Nobody'.");
    realm.speak("Eve", "--leave");
    assert!(realm.last_told("Eve").contains("only the Lord"));
    realm.speak("Ann", &format!("--dismiss {}", first.to_uppercase()));
    assert_eq!(realm.last_told("Ann"), format!("You have dismissed {first}, 4/5 left on your team."));
    assert!(realm.find(&first).is_none(), "it left the room");
    assert_eq!(realm.said.len(), before + 1, "nobody hears commands, but all hear what comes of them");
    realm.wait(Duration::from_secs(30));
    assert_eq!(realm.followers().len(), 3, "the seat stays empty");
    realm.speak("Ann", "--help");
    let (help, option) = (realm.last_told("Ann"), &realm.event().options[0]);
    assert!(help.contains("--dismiss NAME") && help.contains(&format!("\"{second}, what now?\"")), "{help}");
    assert!(help.contains(&format!("as in \"{option}\"")), "an option of this event: {help}");
    for name in [&second, &third] {
        realm.speak("Ann", &format!("--dismiss {name}"));
    }
    assert!(realm.last_told("Ann").ends_with(", 2/5 left on your team."));
    assert!(realm.host.game.is_none(), "one follower is none");
}

#[test]
fn a_leaving_lord_ends_the_game() {
    const LEFT: &str = "The Lord has left the realm, everyone is allowed to leave";
    for way in ["--leave", "/watch", ""] {
        let mut realm = under_ann(2);
        realm.come("Eve", Kind::Person);
        match way {
            "" => realm.leave("Ann"),
            way => realm.speak("Ann", way),
        }
        assert_eq!((realm.heard(LEFT), realm.hosted().len()), (1, 0), "{way}");
        assert!(realm.host.game.is_none() && realm.filter == (None, Vec::new()));
        realm.speak("Eve", "/lord");
        assert_eq!(realm.heard("Eve has entered the realm. (1/5)"), 1);
    }
    let mut realm = under_ann(2);
    realm.leave("Ann");
    assert!(realm.present.is_empty() && realm.heard(LEFT) == 0, "nobody is there to hear it");
}

#[test]
fn two_people_one_lord_and_one_follower() {
    let mut realm = Realm::new(4);
    realm.come("Ann", Kind::Person);
    realm.come("Bob", Kind::Person);
    realm.speak("Bob", "/follow");
    realm.speak("Ann", "/lord");
    realm.speak("Bob", "/lord");
    assert!(realm.last_told("Bob").contains("Ann has the high chair"));
    realm.speak("Bob", "/begin");
    assert!(realm.last_told("Bob").contains("Only the Lord"));
    realm.wait(THRONES_FILL_DELAY);
    assert_eq!(realm.hosted().len(), 3);
    assert!(realm.last_told("Bob").contains("You follow Ann"));
    assert!(realm.filter.1.len() == 3 && !realm.filter.1.contains(&"Bob".to_owned()), "people hear all");
    realm.wait(THRONES_EVENT_DELAY);
    realm.speak("Ann", "Let them eat.");
    realm.wait(Duration::from_secs(10));
    assert_eq!(realm.said.iter().filter(|(by, _)| by == "Bob").count(), 0, "nobody speaks for Bob");
    realm.wait(Duration::from_secs(5));
    assert_eq!(realm.heard("[New Event]"), 1, "Bob is waited for");
    realm.speak("Bob", "As you wish.");
    realm.wait(THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 2);
    realm.speak("Ann", "Let them drink.");
    realm.wait(THRONES_ANSWER_TIMEOUT + THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 3, "but not for ever");
    realm.speak("Bob", "/follow");
    assert!(realm.last_told("Bob").contains("already"));
    realm.speak("Ann", "--dismiss bob");
    assert_eq!(realm.last_told("Ann"), "You have dismissed Bob, 4/5 left on your team.");
    assert!(realm.last_told("Bob").contains("dismissed you") && realm.find("Bob").is_some());
    realm.speak("Bob", "/follow");
    assert!(realm.last_told("Bob").contains("closed"));
    assert_eq!(realm.followers().len(), 3);
}

#[test]
fn external_bots_take_seats_and_answer() {
    let mut realm = Realm::new(6);
    for name in ["a_bot", "b_bot", "c_bot", "d_bot", "e_bot"] {
        realm.come(name, Kind::Bot);
    }
    assert_eq!(realm.followers(), ["a_bot", "b_bot", "c_bot", "d_bot"]);
    realm.come("Ann", Kind::Person);
    realm.speak("Ann", "/lord");
    assert!(realm.host.game.is_some() && realm.hosted().is_empty(), "five of five without anybody's help");
    realm.wait(THRONES_EVENT_DELAY);
    realm.speak("Ann", "Eat!");
    for name in ["a_bot", "b_bot", "c_bot", "d_bot"] {
        assert_eq!(realm.heard("[New Event]"), 1);
        realm.speak(name, "Eating?");
    }
    realm.wait(THRONES_EVENT_DELAY);
    assert_eq!(realm.heard("[New Event]"), 2, "all have answered");
    realm.speak("Ann", "--dismiss a_bot");
    realm.speak("Ann", "--leave");
    assert_eq!(realm.followers(), ["b_bot", "c_bot", "d_bot", "e_bot"], "who waited sits now");
}

/// Bob and an external bot follow Ann, and the first event is told.
pub(super) fn bob_and_a_bot_under_ann(seed: u64) -> Realm {
    let mut realm = Realm::new(seed);
    for (name, kind) in [("Ann", Kind::Person), ("a_bot", Kind::Bot), ("Bob", Kind::Person)] {
        realm.come(name, kind);
    }
    for (name, text) in [("Bob", "/follow"), ("Ann", "/lord"), ("Ann", "/begin")] {
        realm.speak(name, text);
    }
    realm.wait(THRONES_EVENT_DELAY);
    assert_eq!((realm.hosted().len(), realm.heard("[New Event]")), (2, 1));
    realm
}

#[test]
fn who_hears_an_event_asks_about_it_and_is_answered() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let [first, second] = &realm.hosted()[..] else { panic!() };
    let (first, second) = (first.clone(), second.clone());
    let before = realm.said.len();
    realm.speak("Bob", &format!("{first}, what would you do?"));
    realm.speak("Ann", &format!("{second}, what do you think?"));
    realm.speak("Bob", "What now?");
    realm.wait(Duration::from_secs(10));
    let answers: Vec<&str> = realm.said[before..].iter().map(|(by, _)| by.as_str()).collect();
    assert_eq!(answers, ["Bob", "Ann", "Bob", &first, &second]);
    realm.speak("Bob", &format!("{second} and {first}, what do you two say?"));
    realm.wait(Duration::from_secs(10));
    let answers: Vec<&str> = realm.said[before + 6..].iter().map(|(by, _)| by.as_str()).collect();
    assert_eq!(answers.len(), 2, "each one that was asked: {answers:?}");
}

/// The lines in which followers of this mood tell how they feel.
fn feelings(mood: &str) -> Vec<&'static str> {
    let tale = include_str!("phrases/tale.txt");
    let lines = tale.split(&format!("[feel.{mood}]\n")).nth(1).unwrap().split("\n\n").next().unwrap();
    lines.lines().collect()
}

#[test]
fn a_follower_tells_how_it_feels_at_any_time() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let name = realm.hosted()[0].clone();
    for (points, mood) in [(1, "wavering"), (4, "doubting"), (6, "steady"), (9, "loyal")] {
        let subjects = &mut realm.host.game.as_mut().unwrap().state.subjects;
        let subject = subjects.iter_mut().find(|subject| subject.name == name).unwrap();
        subject.loyalty.shift(points - subject.loyalty.signed());
        let before = realm.said.len();
        realm.speak("Bob", &format!("{name}, do you trust Ann?"));
        realm.wait(Duration::from_secs(4));
        let [_, (by, line)] = &realm.said[before..] else { panic!("{:?}", &realm.said[before..]) };
        assert!(*by == name && feelings(mood).contains(&line.as_str()), "{mood}: {by}: {line}");
    }
    realm.speak("Ann", "1");
    for text in ["a_bot", "Bob"] {
        realm.speak(text, "Aye.");
    }
    realm.wait(Duration::from_secs(7));
    assert!(realm.game().is_between_events());
    let before = realm.said.len();
    realm.speak("Ann", &format!("{name}, what now?"));
    realm.speak("Ann", "Are you all happy?");
    realm.speak("Bob", "What now?");
    realm.wait(Duration::from_secs(3));
    let answers = realm.said[before + 3..].iter().filter(|(by, _)| !by.is_empty()).count();
    assert!((1..=2).contains(&answers), "between two events: {:?}", &realm.said[before..]);
    realm.command(HostCommand::Stop).unwrap();
    realm.wait(Duration::from_secs(30));
    realm.speak("Bob", &format!("{name}, what now?"));
    realm.wait(Duration::from_secs(3));
    assert_eq!(realm.said.last().unwrap().0, name, "also when no event follows");
}

#[test]
fn the_next_game_hears_other_answers() {
    for seed in 0..5 {
        let mut realm = Realm::new(seed);
        realm.come("Ann", Kind::Person);
        let mut said = HashSet::new();
        for _ in 0..2 {
            realm.speak("Ann", "/lord");
            realm.speak("Ann", "/begin");
            for _ in 0..4 {
                realm.wait(THRONES_EVENT_DELAY);
                let before = realm.said.len();
                realm.speak("Ann", "Let us eat and be merry!");
                realm.wait(Duration::from_secs(11));
                for (by, text) in realm.said[before + 1..].iter().filter(|(by, _)| !by.is_empty()) {
                    let said_before = text.replace(by.as_str(), "");
                    assert!(said.insert(said_before), "seed {seed}: {text}");
                }
            }
            realm.speak("Ann", "--leave");
        }
    }
}

#[test]
fn one_follower_is_not_an_empty_hall() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let hosted = realm.hosted();
    for name in hosted.iter().map(String::as_str).chain(["a_bot"]) {
        realm.speak("Ann", &format!("--dismiss {name}"));
    }
    assert!(realm.host.game.is_none());
    let lines: Vec<&str> = realm.said.iter().map(|(_, text)| text.as_str()).collect();
    assert!(lines.iter().any(|line| line.contains("Bob") && line.contains("Ann")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("empty") && !line.contains("seat")), "{lines:?}");
    let score = lines.iter().find(|line| line.contains("the score after 1 of 12 events")).unwrap();
    assert!(score.starts_with("Gold 5, peace 5, loyalty "), "{score}");
}

#[test]
fn the_meaning_of_a_number_is_explained() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let (option, before) = (realm.first_option(), realm.told.len());
    realm.speak("Ann", "(1)!");
    let text = meaning(&option);
    assert!(text.starts_with("The Lord means: ") && text.ends_with(&format!("{option}.")), "{text}");
    assert_eq!(realm.told[before..], [("a_bot".to_owned(), text)], "people have heard the event");
    realm.wait(THRONES_ANSWER_TIMEOUT + THRONES_EVENT_DELAY);
    let before = realm.told.len();
    for text in ["First, eat!", "3"] {
        realm.speak("Ann", text);
    }
    let told: Vec<&str> = realm.told[before..].iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(told, ["Ann"], "what can be understood, and what is no order any more");
    assert!(realm.last_told("Ann").starts_with("Nothing waits for an order"));
}

#[test]
fn a_persons_words_decide_its_loyalty() {
    for (words, change) in [
        (&["Aye, my Lord!"][..], 1),
        (&["I doubt it."], -1),
        (&["Hm."], 0),
        (&[], 0),
        (&["Hm.", "Hm. No.", "Well, yes!"], 1),
    ] {
        for order in ["1", "Let them all be gnomes."] {
            let mut realm = bob_and_a_bot_under_ann(9);
            let before = [realm.points("Bob"), realm.points("a_bot")];
            let temper = realm.host.court.seat("a_bot").unwrap().temper;
            let judged = if order == "1" { realm.event().effects[0].on(temper) } else { -2 };
            realm.speak("Ann", order);
            for text in words {
                realm.speak("Bob", text);
            }
            realm.speak("a_bot", "No.");
            realm.wait(THRONES_ANSWER_TIMEOUT);
            assert_eq!(realm.points("Bob"), before[0].checked_add_signed(change).unwrap(), "{words:?}");
            let judged = before[1].checked_add_signed(judged.into()).unwrap();
            assert_eq!(realm.points("a_bot"), judged, "a bot is judged by the rules");
        }
    }
}

#[test]
fn a_person_has_no_temper_and_gets_instructions() {
    let mut realm = bob_and_a_bot_under_ann(4);
    let told = realm.told.iter().find(|(name, text)| name == "Bob" && text.starts_with("You follow Ann "));
    let told = &told.unwrap().1;
    assert!(told.contains("in your own words") && told.contains("/vote"), "{told}");
    assert!(!told.contains("temper") && realm.last_told("a_bot").contains("temper"));
    realm.speak("Bob", "/court");
    let court: Vec<&str> = realm.last_told("Bob").lines().collect();
    assert_eq!(court[0], "Ann has the high chair.");
    let of_temper = |name: &str| court.iter().find(|line| line.starts_with(name)).unwrap().contains("temper");
    assert!(of_temper("a_bot") && !of_temper("Bob"), "{court:?}");
}

#[test]
fn members_that_leave_are_not_awaited() {
    for way in ["Yes.", "/watch", "--dismiss Bob", ""] {
        let mut realm = bob_and_a_bot_under_ann(4);
        realm.speak("Ann", "Eat!");
        realm.speak("a_bot", "Eating?");
        // The hosted followers have answered by then.
        realm.wait(Duration::from_secs(12));
        match way {
            "" => realm.leave("Bob"),
            "--dismiss Bob" => realm.speak("Ann", way),
            way => realm.speak("Bob", way),
        }
        realm.wait(THRONES_EVENT_DELAY);
        assert_eq!(realm.heard("[New Event]"), 2, "{way:?}");
    }
}

#[test]
fn taken_names_and_bots_that_give_way() {
    let mut realm = Realm::new(7);
    realm.taken = crate::bots::FOLLOWER_NAMES[4..].iter().map(ToString::to_string).collect();
    realm.come("Lord", Kind::Person);
    realm.wait(THRONES_FILL_DELAY);
    let mut hosted = realm.hosted();
    hosted.sort_unstable();
    assert_eq!(hosted, crate::bots::FOLLOWER_NAMES[..4]);
    realm.come(&hosted[0], Kind::Person);
    assert_eq!(realm.followers().len(), 3, "who comes under a follower's name has not its seat");
    assert!(realm.last_told(&hosted[0]).contains("under way"));

    let mut realm = Realm::new(7);
    realm.come("Lord", Kind::Person);
    realm.host.on_timer(realm.now + THRONES_FILL_DELAY);
    let name = realm.host.spawning.clone().unwrap();
    realm.enter(&who(&name, Kind::Bot), false);
    realm.carry_out();
    assert!(realm.followers().contains(&name) && !realm.hosted().contains(&name), "another of that name");
    assert!(realm.hosted().len() == 3 && !realm.host.bots().contains(&(name, true)));

    let mut realm = Realm::new(7);
    realm.taken = crate::bots::FOLLOWER_NAMES.iter().map(ToString::to_string).collect();
    realm.come("Lord", Kind::Person);
    realm.wait(THRONES_FILL_DELAY);
    assert!(realm.host.game.is_none());
    realm.taken.clear();
    realm.wait(THRONES_FILL_DELAY);
    assert!(realm.host.game.is_some(), "it is tried again");
}

#[test]
fn operator_commands() {
    let mut realm = Realm::new(8);
    assert!(realm.command(HostCommand::Now).is_err_and(|why| why.contains("no Lord")));
    assert!(realm.command(HostCommand::StopBot("Gandalf")).is_err());
    assert!(realm.command(HostCommand::StopBot("brienne")).is_ok());
    assert_eq!(realm.host.bots(), [("Brienne".to_owned(), false)]);
    realm.come("Lord", Kind::Person);
    assert!(realm.command(HostCommand::Stop).is_ok());
    realm.wait(THRONES_FILL_DELAY * 2);
    assert!(realm.hosted().is_empty());
    assert!(realm.command(HostCommand::Start).is_ok());
    assert!(realm.command(HostCommand::Now).is_ok());
    assert!(realm.host.game.is_some());
    assert!(realm.command(HostCommand::Now).is_ok());
    assert_eq!(realm.heard("[New Event]"), 1);
    assert!(realm.command(HostCommand::Stop).is_ok());
    realm.speak("Lord", "1");
    realm.wait(Duration::from_secs(600));
    assert_eq!(realm.heard("[New Event]"), 1, "no new one");
    assert!(realm.command(HostCommand::Start).is_ok());
    realm.wait(Duration::from_secs(1));
    assert_eq!(realm.heard("[New Event]"), 2);
    let name = realm.hosted()[0].clone();
    assert!(realm.command(HostCommand::StopBot(&name)).is_ok());
    assert!(realm.find(&name).is_none() && realm.host.bots().contains(&(name.clone(), false)));
    assert!(realm.command(HostCommand::StartBot(&name)).is_ok());
    for event in 3..=THRONES_EVENTS {
        assert!(realm.command(HostCommand::Now).is_ok());
        assert_eq!(realm.heard("[New Event]"), event);
    }
    assert!(realm.command(HostCommand::Now).is_ok_and(|answer| answer.contains("over")));
}
