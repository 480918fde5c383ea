//! How the lobby's bots react to what people type: `tests/analysis/reactions.txt`.
//!
//! A line of the table is what Ann types, `->`, and the kind of lines that bots answer with: `nothing`; a section of
//! `src/bots/lines/common.txt`; `hush`; `open`, which is an answer to a question that has more answers than yes and no;
//! `weather`; `opinion`, `joke`, `story`, `choice`, `somebody`, and `call` for a bot that is only called; or `talk` for all other sections. `[alone]` means that no other person is there, `[among people]` that Bob and
//! Carl are there and silent, and `[in a conversation]` that Bob has just spoken with Ann.

use std::fmt::Write;
use std::time::{Duration, Instant};

use salon::bots::{Cast, CastAction, Character, Speaker};

const COMMON: &str = include_str!("../../src/bots/lines/common.txt");
const LINES: [&str; 4] = [
    include_str!("../../src/bots/lines/simple.txt"),
    include_str!("../../src/bots/lines/weather.txt"),
    include_str!("../../src/bots/lines/sport.txt"),
    include_str!("../../src/bots/lines/art.txt"),
];

/// The lines of a file, each with its section.
fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut section = "";
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(move |line| match line
        .strip_prefix('[')
        .and_then(|line| line.strip_suffix(']'))
    {
        Some(name) => {
            section = name;
            None
        }
        None => Some((section, line)),
    })
}

/// Whether `text` is `line` with its slots filled.
fn fits(line: &str, text: &str) -> bool {
    let Some((before, rest)) = line.split_once('{') else { return line == text };
    let (_, after) = rest.split_once('}').unwrap();
    let ends = text.len() - text.len().min(before.len());
    text.starts_with(before)
        && (0..=ends).any(|skip| {
            let from = before.len() + skip;
            text.is_char_boundary(from) && fits(after, &text[from..])
        })
}

/// The kind of a bot's line, in the table's notation.
fn kind(text: &str) -> &'static str {
    if let Some((section, _)) = lines(COMMON).find(|(_, line)| fits(line, text)) {
        return section;
    }
    let mut all = LINES.into_iter().flat_map(lines);
    let (section, _) =
        all.find(|(_, line)| fits(line, text)).unwrap_or_else(|| panic!("{text:?} is nobody's"));
    match section {
        "hush" => "hush",
        "opinion" => "opinion",
        "joke" => "joke",
        "story" => "story",
        "choice" => "choice",
        "somebody" => "somebody",
        "addressed" => "call",
        "which" | "own-which" => "open",
        "place" | "unknown" | "asleep" | "later" => "weather",
        _ => "talk",
    }
}

/// A cast that hears people.
struct Room {
    cast: Cast,
    people: &'static [&'static str],
    now: Instant,
}

impl Room {
    fn new(scene: &str, seed: u64) -> Room {
        let mut cast = Cast::new(seed);
        for character in Character::ALL {
            cast.start(character, character.name());
        }
        let people: &[&str] = if scene == "alone" { &["Ann"] } else { &["Ann", "Bob", "Carl"] };
        let mut room = Room { cast, people, now: Instant::now() };
        if scene == "in a conversation" {
            room.hears("Ann", "Bob, there you are");
            room.hears("Bob", "yes");
        }
        room
    }

    /// The lines that follow within five seconds.
    fn hears(&mut self, by: &str, text: &str) -> Vec<String> {
        let names: Vec<&str> =
            Character::ALL.map(Character::name).into_iter().chain(self.people.iter().copied()).collect();
        self.cast.said(Speaker::Person(by), text, &names, self.people.len(), self.now);
        let (end, mut said) = (self.now + Duration::from_secs(5), Vec::new());
        while self.now < end {
            while let Some(action) = self.cast.poll(self.now) {
                match action {
                    CastAction::Say(_, text) => said.push(text),
                    CastAction::Tell { .. } => panic!("nobody wrote privately"),
                    CastAction::Weather { ticket, .. } => self.cast.weather(ticket, None, self.now),
                }
            }
            self.now += Duration::from_millis(500);
        }
        said
    }
}

/// The rows: scene, sentence, reaction.
fn table() -> Vec<(&'static str, &'static str, &'static str)> {
    let rows = lines(include_str!("../analysis/reactions.txt"));
    rows.map(|(scene, row)| {
        let (sentence, reaction) = row.split_once("->").unwrap();
        (scene, sentence.trim(), reaction.trim())
    })
    .collect()
}

#[test]
fn every_sentence_of_the_table() {
    let mut wrong = String::new();
    for (scene, sentence, expected) in table() {
        for seed in 0..6 {
            let said = Room::new(scene, seed).hears("Ann", sentence);
            let kinds: Vec<&str> = said.iter().map(|text| kind(text)).collect();
            let is_right = match expected {
                "nothing" => said.is_empty(),
                "open" | "talk" | "choice" | "weather" => {
                    let fits =
                        |kind: &&str| *kind == expected || (*kind == "opinion" && expected != "weather");
                    (1..=2).contains(&kinds.len()) && kinds.iter().all(fits)
                }
                one => kinds == [one],
            };
            if !is_right {
                writeln!(
                    wrong,
                    "[{scene}] {sentence}\n  expected: {expected}\n  said:     {said:?} {kinds:?}"
                )
                .unwrap();
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_table_has_more_than_a_hundred_sentences() {
    let mut rows: Vec<_> = table().iter().map(|(scene, sentence, _)| (*scene, *sentence)).collect();
    let count = rows.len();
    rows.sort_unstable();
    rows.dedup();
    assert!(count > 100 && rows.len() == count, "{count} sentences, {} of them different", rows.len());
}

#[test]
fn after_grave_words_nobody_jokes_for_minutes() {
    for (scene, sentence, _) in
        table().into_iter().filter(|(.., kind)| matches!(*kind, "sorry and quiet" | "crisis"))
    {
        let mut room = Room::new(scene, 1);
        let start = room.now;
        room.hears("Ann", sentence);
        assert!(
            room.cast.quiet_until().unwrap() > start + Duration::from_secs(180),
            "the host is quiet as well: {sentence}"
        );
        while room.now < start + Duration::from_secs(180) {
            for text in ["it was so sudden", "I love tennis", "hello?", "Sport_Bot, say something", sentence]
            {
                let said = room.hears("Ann", text);
                let is_truth = |line: &String| matches!(kind(line), "why quiet" | "help in a crisis");
                // Whoever is alone asks nobody else.
                let is_called = text.contains("Bot") || scene == "alone" && text.contains('?');
                assert!(
                    said.is_empty() || is_called && said.iter().all(is_truth),
                    "{sentence}, {text}: {said:?}"
                );
            }
            room.cast.joined("Dan", room.now);
            room.cast.said(Speaker::Host, "Should we play tennis?", &[], 2, room.now);
        }
        room.now = start + Duration::from_secs(600);
        assert!(
            !room.hears("Ann", "Sport_Bot, I love tennis").is_empty(),
            "{sentence}, and later something else"
        );
    }
}

#[test]
fn a_bot_that_is_called_after_grave_words_tells_why_it_is_quiet() {
    for (grave, expected) in [
        ("I am so sad today, nobody came to my birthday", "why quiet"),
        ("my grandmother died last week and I miss her", "why quiet"),
        ("I want to kill myself", "help in a crisis"),
    ] {
        for scene in ["alone", "among people", "in a conversation"] {
            let mut room = Room::new(scene, 1);
            assert_eq!(room.hears("Ann", grave).len(), 1, "{scene}: {grave}");
            if scene != "alone" {
                assert_eq!(room.hears("Bob", "how many miles is it to the sea?"), [""; 0]);
            }
            for text in ["Simple_Chat_Bot, what is 17 times 3?", "Art_Bot? are you there?"] {
                let said = room.hears("Ann", text);
                assert_eq!(said.iter().map(|line| kind(line)).collect::<Vec<_>>(), [expected], "{text}");
            }
        }
    }
}

#[test]
fn whoever_is_alone_and_a_bit_sad_is_answered() {
    let mut room = Room::new("alone", 1);
    let kinds = |said: Vec<String>| said.iter().map(|text| kind(text)).collect::<Vec<_>>();
    assert_eq!(kinds(room.hears("Ann", "I am a bit sad today")), ["sad"]);
    assert_eq!(room.hears("Ann", "it rained on my bike"), [""; 0], "nobody jokes about it");
    assert_eq!(kinds(room.hears("Ann", "do you like tennis?")), ["why quiet"]);
    assert_eq!(kinds(room.hears("Ann", "how do I play a game here?")), ["games"]);
    room.now += Duration::from_secs(60);
    assert!(!room.hears("Ann", "do you like tennis?").is_empty(), "and a minute later all is as before");
}

#[test]
fn greetings_while_people_talk_and_after_somebody_has_left() {
    let mut room = Room::new("in a conversation", 1);
    room.cast.joined("Nora", room.now);
    let greetings = room.hears("Ann", "as I said");
    assert_eq!(greetings.len(), 1, "one bot greets for all: {greetings:?}");
    assert!(greetings[0].contains("Nora"));
    let mut room = Room::new("alone", 1);
    room.cast.joined("Kim", room.now);
    room.cast.parted("Kim");
    assert!(!room.cast.owes_reply("Kim"));
    assert_eq!(room.cast.deadline(), None, "nobody greets whoever has left");
    room.now += Duration::from_secs(10);
    room.cast.joined("Dan", room.now);
    room.cast.parted("Kim");
    assert!(!room.cast.owes_reply("Dan"), "a greeting is no answer");
    assert!(room.cast.deadline().is_some());
}

#[test]
fn a_plain_question_is_answered_plainly_after_grave_words() {
    let questions = [
        ("help", "help"),
        ("what is this place?", "place"),
        ("is anybody here?", "people alone"),
        ("Art_Bot, are you a bot?", "bot?"),
        ("Sport_Bot, who are you?", "bot?"),
    ];
    for (grave, is_crisis) in [("my father died", false), ("I want to kill myself", true)] {
        for (question, expected) in questions {
            let mut room = Room::new("alone", 1);
            room.hears("Ann", grave);
            let said = room.hears("Ann", question);
            let expected = if is_crisis && expected == "help" { "help in a crisis" } else { expected };
            assert_eq!(said.iter().map(|text| kind(text)).collect::<Vec<_>>(), [expected], "{question}");
        }
    }
}

#[test]
fn what_was_planned_before_grave_words_is_not_said_after_them() {
    let mut room = Room::new("alone", 1);
    let names = ["Ann", "Sport_Bot"];
    room.cast.said(Speaker::Person("Ann"), "Sport_Bot, I like tennis", &names, 1, room.now);
    let said = room.hears("Ann", "my father died");
    assert_eq!(said.iter().map(|text| kind(text)).collect::<Vec<_>>(), ["sorry and quiet"]);
}

#[test]
fn a_bot_without_grave_words_from_the_host_jokes_about_none_of_his() {
    let mut room = Room::new("alone", 1);
    room.hears("Ann", "hello");
    room.cast.said(Speaker::Host, "Which funeral was the best?", &[], 1, room.now);
    assert_eq!(room.cast.poll(room.now + Duration::from_secs(10)), None);
    room.cast.said(Speaker::Host, "Which soup is the best?", &[], 1, room.now);
    assert!(room.cast.poll(room.now + Duration::from_secs(10)).is_some());
}

#[test]
fn six_sentences_of_two_people_are_left_to_them() {
    for seed in 0..50 {
        let mut room = Room::new("among people", seed);
        let talk = [
            ("Ann", "Bob, how was the match?"),
            ("Bob", "great, we won"),
            ("Ann", "do you want to eat something?"),
            ("Bob", "sure, what about pizza?"),
            ("Ann", "good idea, it is too cold to cook"),
            ("Bob", "see you at eight, then"),
        ];
        for (by, text) in talk {
            assert_eq!(room.hears(by, text), [""; 0], "seed {seed}: {text}");
        }
    }
}

#[test]
fn who_are_you_is_answered_by_the_bot_that_spoke_last() {
    let mut room = Room::new("alone", 1);
    room.hears("Ann", "Art_Bot, are you there?");
    let said = room.hears("Ann", "who are you?");
    assert_eq!(kind(&said[0]), "who art");
}
