//! Games from the first seat to the last sentence, and a hub in small that carries them out.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::base::limits::{
    THRONES_ANSWER_WITHIN, THRONES_EVENT_AFTER, THRONES_EVENT_WITHIN, THRONES_EVENTS, THRONES_FILL_AFTER,
};
use crate::base::name::{Name, NameKey};
use crate::hosts::{Act, Host, Order, Said, ThronesHost};
use crate::proto::{Kind, Who};

/// A room with its host, as a hub would run it.
pub(super) struct Realm {
    pub(super) host: ThronesHost,
    pub(super) now: Instant,
    /// Who is there, and whether the host had them come.
    pub(super) present: Vec<(Who, bool)>,
    /// Names that are refused to bots of the host's.
    pub(super) taken: Vec<String>,
    /// What was heard: by whom said (nobody: the host), and what.
    pub(super) said: Vec<(String, String)>,
    pub(super) told: Vec<(String, String)>,
    pub(super) attention: (Option<String>, Vec<String>),
}

pub(super) fn who(name: &str, kind: Kind) -> Who {
    Who { name: Name::parse(name).unwrap(), kind }
}

impl Realm {
    pub(super) fn new(seed: u64) -> Realm {
        Realm {
            host: ThronesHost::new("thrones", seed),
            now: Instant::now(),
            present: Vec::new(),
            taken: Vec::new(),
            said: Vec::new(),
            told: Vec::new(),
            attention: (None, Vec::new()),
        }
    }

    pub(super) fn come(&mut self, name: &str, kind: Kind) {
        // A hosted bot gives way to anybody else.
        self.leave(name);
        self.enter(&who(name, kind), false);
        self.carry_out();
    }

    fn enter(&mut self, who: &Who, is_hosted: bool) {
        self.present.push((who.clone(), is_hosted));
        self.host.came(who, self.now);
    }

    pub(super) fn leave(&mut self, name: &str) {
        self.take_out(name);
        self.carry_out();
    }

    fn take_out(&mut self, name: &str) {
        let key = NameKey::of(name);
        if let Some(at) = self.present.iter().position(|(who, _)| who.name.key() == key) {
            let (who, _) = self.present.remove(at);
            self.host.left(&who, self.now);
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Who> {
        let key = NameKey::of(name);
        self.present.iter().map(|(who, _)| who).find(|who| who.name.key() == key).cloned()
    }

    /// Somebody who is there, and no bot of the host's, says something, which may be for the host alone, or a slash command.
    pub(super) fn speak(&mut self, name: &str, text: &str) {
        let Some(by) = self.find(name).filter(|who| !self.hosted().contains(&who.name.to_string())) else {
            return;
        };
        if let Some(command) = text.strip_prefix('/') {
            self.host.command(&by, command, "", self.now);
        } else if !self.host.takes(&by, text, self.now) {
            self.hear(Some(&by), text);
        }
        self.carry_out();
    }

    fn hear(&mut self, by: Option<&Who>, text: &str) {
        self.said.push((by.map_or(String::new(), |who| who.name.to_string()), text.to_owned()));
        self.host.said(&Said { by, text, is_act: false, named: &Vec::new }, self.now);
    }

    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.host.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.host.due(self.now);
            self.carry_out();
        }
        self.now = end;
    }

    pub(super) fn order(&mut self, order: Order<'_>) -> Result<String, String> {
        let answer = self.host.order(order, self.now);
        self.carry_out();
        answer
    }

    pub(super) fn carry_out(&mut self) {
        while let Some(act) = self.host.poll() {
            match act {
                Act::Say(text) => {
                    assert!(self.present.iter().any(|(_, is_hosted)| !is_hosted), "to nobody: {text}");
                    self.hear(None, &text);
                }
                Act::Tell { to, text } => {
                    assert!(self.find(&to).is_some(), "{to} is not there: {text}");
                    self.told.push((to, text));
                }
                Act::Come(name) => {
                    let is_taken = self.taken.contains(&name) || self.find(&name).is_some();
                    if is_taken {
                        self.host.refused(&name, self.now);
                    } else {
                        self.enter(&who(&name, Kind::Bot), true);
                    }
                }
                Act::SayAs { bot, text } => {
                    let by = self.find(&bot).unwrap();
                    assert!(self.present.iter().any(|(who, is_hosted)| *who == by && *is_hosted), "{bot}");
                    self.hear(Some(&by), &text);
                }
                Act::Go { who, .. } => {
                    assert!(self.find(&who).is_some(), "{who} is not there");
                    self.take_out(&who);
                }
                Act::Attend { voice, listeners } => self.attention = (voice, listeners),
                Act::Ask(_) => panic!("nobody asks for the weather here"),
            }
        }
    }

    pub(super) fn followers(&self) -> Vec<String> {
        self.host.court.followers()
    }

    fn hosted(&self) -> Vec<String> {
        self.present.iter().filter(|(_, is_hosted)| *is_hosted).map(|(who, _)| who.name.to_string()).collect()
    }

    fn heard(&self, text: &str) -> usize {
        self.said.iter().filter(|(_, said)| said.contains(text)).count()
    }

    fn last_told(&self, to: &str) -> &str {
        self.told.iter().rev().find(|(name, _)| name == to).map_or("", |(_, text)| text)
    }

    /// What the Lord gets to choose from.
    fn first_option(&self) -> String {
        let (_, event) =
            self.said.iter().rev().find(|(by, text)| by.is_empty() && text.contains("(1)")).unwrap();
        event.split("(1) ").nth(1).unwrap().split(',').next().unwrap().to_owned()
    }
}

/// A realm in which Ann is the Lord of four hosted followers, and the first event is told.
fn under_ann(seed: u64) -> Realm {
    let mut realm = Realm::new(seed);
    realm.come("Ann", Kind::Person);
    realm.speak("Ann", "/lord");
    realm.speak("Ann", "/begin");
    assert!(realm.host.game.is_some());
    realm.wait(THRONES_EVENT_AFTER);
    realm
}

#[test]
fn a_whole_game_alone_with_a_good_end() {
    for seed in 0..20 {
        let mut realm = Realm::new(seed);
        realm.come("lord", Kind::Person);
        assert_eq!(realm.said, [(String::new(), "lord has entered the realm. (1/5)".to_owned())]);
        realm.wait(THRONES_FILL_AFTER);
        assert_eq!((realm.hosted().len(), realm.heard("has entered the realm.")), (4, 5));
        assert_eq!((realm.heard("(5/5)"), realm.heard("--help")), (1, 1));
        assert_eq!(realm.attention, (Some("lord".to_owned()), realm.followers()));
        realm.wait(THRONES_EVENT_AFTER);
        for event in 1..=THRONES_EVENTS {
            assert_eq!(realm.heard("------ [New Event] ------"), event);
            let before = realm.said.len();
            let order = realm.first_option();
            realm.speak("lord", &order);
            realm.wait(Duration::from_millis(900));
            assert_eq!(realm.said.len(), before + 1, "nobody answers at once");
            realm.wait(Duration::from_secs(11) + THRONES_EVENT_AFTER);
            let answers = realm.said[before + 1..].iter().filter(|(by, _)| !by.is_empty()).count();
            assert_eq!(answers, 4, "seed {seed}, event {event}");
        }
        assert!(realm.host.game.is_none() && realm.hosted().is_empty());
        assert_eq!(realm.attention, (None, Vec::new()));
        let ends =
            ["do it all again", "The bells ring for", "which is more than most", "a little flattering"];
        assert_eq!(ends.iter().map(|end| realm.heard(end)).sum::<usize>(), 1, "a good one");
        assert!(realm.said.iter().any(|(_, text)| text.contains("/lord") && text.contains("/follow")));
        assert_eq!(realm.host.deadline(), None, "nothing follows");
        realm.speak("lord", "/lord");
        assert_eq!(realm.heard("lord has entered the realm. (1/5)"), 2, "and again");
    }
}

#[test]
fn a_game_of_twenty_events_repeats_no_line() {
    let orders = ["eat", "Do not kill anybody.", "I shall think.", "Let them be pardoned and fed!", "1"];
    for seed in 0..40 {
        let mut realm = Realm::new(seed);
        realm.host.events = 20;
        realm.come("Lord", Kind::Person);
        realm.wait(THRONES_FILL_AFTER + THRONES_EVENT_AFTER);
        let mut n = 0;
        while realm.host.game.is_some() {
            realm.speak("Lord", if n % 3 == 0 { orders[n % orders.len()] } else { "2" });
            realm.wait(Duration::from_secs(12) + THRONES_EVENT_AFTER);
            n += 1;
        }
        assert!(n >= 6, "seed {seed}: {n}");
        let said = realm.said.iter().filter(|(by, text)| by != "Lord" && !text.starts_with("---"));
        let mut seen = HashSet::new();
        for (_, line) in said {
            assert!(seen.insert(line), "seed {seed}: {line}");
        }
    }
}

#[test]
fn who_gives_no_orders_ends_badly() {
    let mut realm = under_ann(3);
    let loyalty = |realm: &Realm| realm.host.court.seats().iter().map(|s| s.loyalty.points()).sum::<usize>();
    let before = loyalty(&realm);
    realm.wait(THRONES_EVENT_WITHIN);
    assert_eq!(loyalty(&realm), before - 4);
    realm.wait((THRONES_EVENT_WITHIN + THRONES_EVENT_AFTER) * 8);
    assert!(realm.host.game.is_none() && realm.hosted().is_empty());
    assert!(realm.heard("------ [New Event] ------") < THRONES_EVENTS, "it ends early");
    assert_eq!(realm.find("Ann").map(|who| who.kind), Some(Kind::Person));
}

#[test]
fn vague_orders_are_objected_to_and_all_can_tell() {
    let mut realm = under_ann(5);
    for _ in 0..3 {
        realm.speak("Ann", "Hm.");
        realm.wait(Duration::from_secs(12) + THRONES_EVENT_AFTER);
    }
    realm.speak("Ann", "/court");
    let court = realm.last_told("Ann");
    assert!(court.contains("Ann is the Lord.") && court.contains("has doubts."), "{court}");
    assert!(court.chars().all(|c| !c.is_ascii_digit()), "never in numbers: {court}");
}

#[test]
fn the_lords_commands() {
    let mut realm = under_ann(1);
    let [first, second, third, _] = realm.followers().try_into().unwrap();
    realm.come("Eve", Kind::Person);
    assert!(realm.last_told("Eve").contains("doors of the realm are closed"));
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
    assert_eq!(realm.said.len(), before, "nobody hears commands");
    realm.wait(Duration::from_secs(30));
    assert_eq!(realm.followers().len(), 3, "the seat stays empty");
    realm.speak("Ann", "--help");
    assert!(realm.last_told("Ann").contains("--dismiss NAME"));
    for name in [second, third] {
        realm.speak("Ann", &format!("--dismiss {name}"));
    }
    assert!(realm.last_told("Ann").ends_with(", 2/5 left on your team."));
    assert!(realm.host.game.is_none(), "one follower is none");
}

#[test]
fn a_lord_who_leaves_ends_it_for_all() {
    const LEFT: &str = "The Lord has left the realm, everyone is allowed to leave";
    for way in ["--leave", "/watch", ""] {
        let mut realm = under_ann(2);
        realm.come("Eve", Kind::Person);
        match way {
            "" => realm.leave("Ann"),
            way => realm.speak("Ann", way),
        }
        assert_eq!((realm.heard(LEFT), realm.hosted().len()), (1, 0), "{way}");
        assert!(realm.host.game.is_none() && realm.attention == (None, Vec::new()));
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
    realm.wait(THRONES_FILL_AFTER);
    assert_eq!(realm.hosted().len(), 3);
    assert!(realm.last_told("Bob").contains("You follow Ann"));
    assert!(realm.attention.1.contains(&"Bob".to_owned()));
    realm.wait(THRONES_EVENT_AFTER);
    realm.speak("Ann", "Let them eat.");
    realm.wait(Duration::from_secs(10));
    assert_eq!(realm.said.iter().filter(|(by, _)| by == "Bob").count(), 0, "nobody speaks for Bob");
    realm.wait(Duration::from_secs(5));
    assert_eq!(realm.heard("[New Event]"), 1, "Bob is waited for");
    realm.speak("Bob", "As you wish.");
    realm.wait(THRONES_EVENT_AFTER);
    assert_eq!(realm.heard("[New Event]"), 2);
    realm.speak("Ann", "Let them drink.");
    realm.wait(THRONES_ANSWER_WITHIN + THRONES_EVENT_AFTER);
    assert_eq!(realm.heard("[New Event]"), 3, "but not for ever");
    realm.speak("Bob", "/follow");
    assert!(realm.last_told("Bob").contains("already"));
    realm.speak("Ann", "--dismiss bob");
    assert_eq!(realm.last_told("Ann"), "You have dismissed Bob, 4/5 left on your team.");
    assert!(realm.last_told("Bob").contains("dismissed you") && realm.find("Bob").is_some());
    assert!(!realm.attention.1.contains(&"Bob".to_owned()));
    realm.speak("Bob", "/follow");
    assert!(realm.last_told("Bob").contains("closed"));
    assert_eq!(realm.followers().len(), 3);
}

#[test]
fn bots_from_outside_sit_down_by_themselves_and_speak_for_themselves() {
    let mut realm = Realm::new(6);
    for name in ["a_bot", "b_bot", "c_bot", "d_bot", "e_bot"] {
        realm.come(name, Kind::Bot);
    }
    assert_eq!(realm.followers(), ["a_bot", "b_bot", "c_bot", "d_bot"]);
    realm.come("Ann", Kind::Person);
    realm.speak("Ann", "/lord");
    assert!(realm.host.game.is_some() && realm.hosted().is_empty(), "five of five without anybody's help");
    realm.wait(THRONES_EVENT_AFTER);
    realm.speak("Ann", "Eat!");
    for name in ["a_bot", "b_bot", "c_bot", "d_bot"] {
        assert_eq!(realm.heard("[New Event]"), 1);
        realm.speak(name, "Eating?");
    }
    realm.wait(THRONES_EVENT_AFTER);
    assert_eq!(realm.heard("[New Event]"), 2, "all have answered");
    realm.speak("Ann", "--dismiss a_bot");
    realm.speak("Ann", "--leave");
    assert_eq!(realm.followers(), ["b_bot", "c_bot", "d_bot", "e_bot"], "who waited sits now");
}

#[test]
fn names_that_are_taken_and_bots_that_give_way() {
    let mut realm = Realm::new(7);
    realm.taken = crate::bots::FOLLOWER_NAMES[4..].iter().map(ToString::to_string).collect();
    realm.come("Lord", Kind::Person);
    realm.wait(THRONES_FILL_AFTER);
    let mut hosted = realm.hosted();
    hosted.sort_unstable();
    assert_eq!(hosted, crate::bots::FOLLOWER_NAMES[..4]);
    realm.come(&hosted[0], Kind::Person);
    assert_eq!(realm.followers().len(), 3, "who comes under a follower's name has not its seat");
    assert!(realm.last_told(&hosted[0]).contains("closed"));

    let mut realm = Realm::new(7);
    realm.taken = crate::bots::FOLLOWER_NAMES.iter().map(ToString::to_string).collect();
    realm.come("Lord", Kind::Person);
    realm.wait(THRONES_FILL_AFTER);
    assert!(realm.host.game.is_none());
    realm.taken.clear();
    realm.wait(THRONES_FILL_AFTER);
    assert!(realm.host.game.is_some(), "it is tried again");
}

#[test]
fn what_the_operator_orders() {
    let mut realm = Realm::new(8);
    assert!(realm.order(Order::Now).is_err_and(|why| why.contains("no Lord")));
    assert!(realm.order(Order::StopBot("Gandalf")).is_err());
    assert!(realm.order(Order::StopBot("brienne")).is_ok());
    assert_eq!(realm.host.bots(), [("Brienne".to_owned(), false)]);
    realm.come("Lord", Kind::Person);
    assert!(realm.order(Order::Stop).is_ok());
    realm.wait(THRONES_FILL_AFTER * 2);
    assert!(realm.hosted().is_empty());
    assert!(realm.order(Order::Start).is_ok());
    assert!(realm.order(Order::Now).is_ok());
    assert!(realm.host.game.is_some());
    assert!(realm.order(Order::Now).is_ok());
    assert_eq!(realm.heard("[New Event]"), 1);
    assert!(realm.order(Order::Stop).is_ok());
    realm.speak("Lord", "1");
    realm.wait(Duration::from_secs(600));
    assert_eq!(realm.heard("[New Event]"), 1, "no new one");
    assert!(realm.order(Order::Start).is_ok());
    realm.wait(Duration::from_secs(1));
    assert_eq!(realm.heard("[New Event]"), 2);
    let name = realm.hosted()[0].clone();
    assert!(realm.order(Order::StopBot(&name)).is_ok());
    assert!(realm.find(&name).is_none() && realm.host.bots().contains(&(name.clone(), false)));
    assert!(realm.order(Order::StartBot(&name)).is_ok());
    for event in 3..=THRONES_EVENTS {
        assert!(realm.order(Order::Now).is_ok());
        assert_eq!(realm.heard("[New Event]"), event);
    }
    assert!(realm.order(Order::Now).is_ok_and(|answer| answer.contains("over")));
}
