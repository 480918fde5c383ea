//! Which bots answer whom, and how often. The test moves the clock.

use super::*;
use crate::base::limits::CHATY_BOT_RETURN_INTERVAL;
use crate::base::name::Name;
use crate::bots::EVENING;

const LULL: Duration = Duration::from_secs(30);

fn who(name: &str, kind: Kind) -> MemberInfo {
    MemberInfo { name: Name::parse(name).unwrap(), kind }
}

/// A room with a host. Bots get their names, except those in `taken`.
struct Room {
    host: ChatyHost,
    now: Instant,
    taken: Vec<&'static str>,
    /// The bots that said something.
    said: Vec<String>,
    /// Joins and leaves.
    seen: Vec<String>,
    /// What bots said.
    lines: Vec<String>,
    /// What the host told somebody.
    told: Vec<(String, String)>,
}

impl Room {
    fn new(seed: u64) -> Room {
        let mut room = Room {
            host: ChatyHost::new(LULL, seed),
            now: Instant::now(),
            taken: Vec::new(),
            said: Vec::new(),
            seen: Vec::new(),
            lines: Vec::new(),
            told: Vec::new(),
        };
        room.host.on_timer(room.now);
        room.act();
        room
    }

    fn act(&mut self) {
        while let Some(act) = self.host.poll() {
            match act {
                HostAction::SpawnBot(name) if self.taken.contains(&name.as_str()) => {
                    self.seen.push(format!("?{name}"));
                    self.host.on_bot_refused(&name, self.now);
                }
                HostAction::SpawnBot(name) => {
                    self.seen.push(format!("+{name}"));
                    self.host.on_join(&who(&name, Kind::Bot), self.now);
                }
                HostAction::RemoveMember { who: name, .. } => {
                    self.seen.push(format!("-{name}"));
                    self.host.on_leave(&who(&name, Kind::Bot), self.now);
                }
                HostAction::SayAs { bot, text } => {
                    self.said.push(bot.clone());
                    self.lines.push(text.clone());
                    self.say(&bot, Kind::Bot, &text);
                }
                HostAction::Hint { to, text } => self.told.push((to, text.to_owned())),
                other => panic!("{other:?}"),
            }
        }
    }

    fn say(&mut self, name: &str, kind: Kind, text: &str) {
        let named =
            || KeywordBot::ALL.map(KeywordBot::name).into_iter().filter(|n| text.contains(n)).collect();
        let by = who(name, kind);
        self.host.on_message(
            &RoomMessage { by: Some(&by), read: &|| Some(text), is_act: false, mentions: &named },
            self.now,
        );
    }

    /// The bots that say something within this time, and when.
    fn wait(&mut self, time: Duration) -> Vec<(String, Duration)> {
        let (start, end) = (self.now, self.now + time);
        let mut all = Vec::new();
        while let Some(at) = self.host.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.host.on_timer(at);
            self.act();
            all.extend(self.said.drain(..).map(|bot| (bot, at - start)));
        }
        self.now = end;
        all
    }

    fn answers(&mut self, text: &str) -> Vec<String> {
        self.say("Ann", Kind::Person, text);
        self.wait(CHATY_BOT_REPLIES_WINDOW * 2).into_iter().map(|(bot, _)| bot).collect()
    }
}

#[test]
fn the_four_come_and_stay() {
    let mut room = Room::new(1);
    assert_eq!(room.seen, ["+Alice", "+Bob", "+Dora", "+Chuck"]);
    assert_eq!(room.host.deadline(), None);
    assert!(room.wait(CHATY_BOT_RETURN_INTERVAL * 3).is_empty());
    assert_eq!(room.seen.len(), 4);
}

#[test]
fn one_or_two_answer_people_after_a_pause() {
    let mut room = Room::new(1);
    let mut first = Vec::new();
    for _ in 0..50 {
        room.say("Ann", Kind::Person, "shall we play?");
        let answers = room.wait(CHATY_BOT_REPLIES_WINDOW * 2);
        assert!(ANSWERS.contains(&answers.len()), "{answers:?}");
        let pauses = Duration::from_millis(*PAUSE_MS.start())..=Duration::from_millis(*PAUSE_MS.end());
        assert!(answers.iter().all(|(_, pause)| pauses.contains(pause)), "{answers:?}");
        first.push(answers[0].0.clone());
        room.wait(EVENING);
    }
    first.sort_unstable();
    first.dedup();
    assert_eq!(first, ["Alice", "Bob", "Chuck", "Dora"], "all are first sometimes");
    assert!(room.answers("lovely weather").is_empty(), "and Ann knows by now what to say");
}

#[test]
fn no_line_comes_twice_in_an_evening_and_the_others_step_in() {
    let mut room = Room::new(1);
    for n in 0..60 {
        let answers = room.answers("shall we play?");
        assert!(n >= 16 || !answers.is_empty(), "there are 32 lines for it: {n}");
        room.answers(["work, Bob?", "Dora, eat or sleep?", "cry", "fight, Chuck", "Alice?"][n % 5]);
    }
    let count = room.lines.len();
    assert!(count > 80, "{count}");
    room.lines.sort_unstable();
    room.lines.dedup();
    assert_eq!(room.lines.len(), count, "a line came twice");
}

#[test]
fn newcomers_are_told_what_to_say() {
    let mut room = Room::new(1);
    room.host.on_join(&who("Ann", Kind::Person), room.now);
    room.host.on_join(&who("Old_Bot", Kind::Bot), room.now);
    room.act();
    let (to, text) = room.told.pop().unwrap();
    assert!(to == "Ann" && text.contains("work, play, eat, cry, sleep or fight"), "{to}: {text}");
    assert!(room.told.is_empty(), "bots need no telling");
}

#[test]
fn who_is_not_answered_is_told_what_to_say_twice_at_most() {
    let mut room = Room::new(1);
    let told = |room: &mut Room, name: &str, text: &str| {
        room.say(name, Kind::Person, text);
        room.act();
        room.wait(CHATY_BOT_REPLIES_WINDOW * 2);
        room.told.drain(..).filter(|(to, _)| to == name).count()
    };
    let hints: Vec<usize> = (0..8).map(|_| told(&mut room, "Ann", "good evening")).collect();
    assert_eq!(hints, [1, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(room.lines, [""; 0], "nobody else hears it");
    room.wait(LULL);
    assert_eq!(told(&mut room, "Zoe", "shall we play?"), 0);
    room.wait(LULL);
    let hints: Vec<usize> = (0..5).map(|_| told(&mut room, "Zoe", "good evening")).collect();
    assert_eq!(hints, [0; 5], "whoever was answered knows what to say");
}

#[test]
fn after_grave_words_nobody_jokes() {
    let mut room = Room::new(1);
    room.say("Ann", Kind::Person, "let us play, all of you");
    assert_eq!(room.answers("my dog died, I cry").len(), 1, "and what was planned is not said");
    assert!(room.lines[0].contains("sorry"), "{:?}", room.lines);
    for text in ["I cry and cry", "Alice, play", "my dog is dead"] {
        assert_eq!(room.answers(text), [""; 0], "{text}");
    }
    room.wait(Duration::from_secs(300));
    assert!(!room.answers("let us play").is_empty());
    assert!(!room.answers("do not cry").is_empty(), "the word alone is none");
}

#[test]
fn who_asks_for_help_is_told_what_to_type() {
    let mut room = Room::new(1);
    let told = |room: &mut Room, text: &str| {
        let said = room.answers(text);
        room.act();
        let told: Vec<(String, String)> = room.told.drain(..).collect();
        assert!(said.is_empty() || told.is_empty(), "{said:?} {told:?}");
        told
    };
    for _ in 0..3 {
        assert_eq!(told(&mut room, "help!"), [("Ann".to_owned(), AT_THE_DOOR.to_owned())]);
    }
    assert!(told(&mut room, "Dora, help me please").is_empty(), "it asks Dora");
    assert!(told(&mut room, "my grandma died").is_empty());
    assert_eq!(told(&mut room, "help"), [("Ann".to_owned(), AFTER_GRAVE_WORDS.to_owned())]);
    assert!(told(&mut room, "I want to die").is_empty());
    assert_eq!(told(&mut room, "help"), [("Ann".to_owned(), IN_A_CRISIS.to_owned())]);
}

#[test]
fn people_who_talk_to_one_another_are_told_nothing() {
    let mut room = Room::new(1);
    room.say("Eve", Kind::Person, "hello Ann");
    room.act();
    assert_eq!(room.told.drain(..).count(), 1, "it is no conversation yet");
    for (name, text) in
        [("Zoe", "how are you?"), ("Eve", "fine"), ("Zoe", "good"), ("Eve", "yes"), ("Zoe", "so")]
    {
        room.say(name, Kind::Person, text);
        room.act();
        room.wait(Duration::from_secs(10));
    }
    assert!(room.told.is_empty(), "{:?}", room.told);
}

#[test]
fn named_bots_answer_and_bots_ignore_bots() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        assert_eq!(room.answers("Dora, shall we eat?"), ["Dora"]);
        assert_eq!(room.answers("what do you think, Chuck?"), ["Chuck"]);
        let mut three = room.answers("Alice, Bob and Dora, go to sleep");
        three.sort_unstable();
        assert_eq!(three, ["Alice", "Bob", "Dora"]);
    }
    for (name, kind) in [("Alice", Kind::Bot), ("Art_Bot", Kind::Bot)] {
        room.say(name, kind, "Bob, let us work");
        assert!(room.wait(CHATY_BOT_REPLIES_WINDOW).is_empty(), "{name}");
    }
}

#[test]
fn a_flood_is_not_answered_with_a_flood() {
    let mut room = Room::new(1);
    let mut times: Vec<Duration> = Vec::new();
    let start = room.now;
    for _ in 0..400 {
        room.say("Eve", Kind::Person, "Alice, Bob, Dora, Chuck: work");
        let before = room.now - start;
        times.extend(room.wait(Duration::from_millis(100)).into_iter().map(|(_, after)| before + after));
    }
    assert!(times.len() >= 3 * CHATY_BOT_REPLIES, "{}", times.len());
    for answers in times.windows(CHATY_BOT_REPLIES + 1) {
        assert!(answers[0] + CHATY_BOT_REPLIES_WINDOW <= answers[CHATY_BOT_REPLIES], "{answers:?}");
    }
}

#[test]
fn a_bot_without_its_name_retries() {
    let mut room = Room::new(1);
    room.taken = vec!["Bob"];
    room.say("Ann", Kind::Person, "Bob, work!");
    room.host.on_leave(&who("Bob", Kind::Bot), room.now);
    room.host.on_join(&who("Bob", Kind::Person), room.now);
    room.seen.clear();
    assert!(room.wait(CHATY_BOT_RETURN_INTERVAL).is_empty(), "what it had in responder stays unsaid");
    room.wait(CHATY_BOT_RETURN_INTERVAL);
    assert_eq!(room.seen, ["?Bob", "?Bob"]);
    assert!(!room.answers("Bob, work!").contains(&"Bob".to_owned()));
    room.taken.clear();
    room.wait(CHATY_BOT_RETURN_INTERVAL);
    assert_eq!(room.seen.last().unwrap(), "+Bob");
    assert_eq!(room.answers("Bob, work!"), ["Bob"]);
}

#[test]
fn an_operator_starts_and_stops_bots() {
    let mut room = Room::new(1);
    room.seen.clear();
    let now = room.now;
    assert_eq!(room.host.on_operator_command(HostCommand::StopBot("bob"), now), Ok("Bob is stopped.".into()));
    assert!(room.host.on_operator_command(HostCommand::StopBot("Bob"), now).is_err(), "twice");
    assert!(room.host.on_operator_command(HostCommand::StopBot("Eve"), now).is_err());
    room.act();
    assert_eq!(room.host.bots()[1], ("Bob".to_owned(), false));
    room.wait(CHATY_BOT_RETURN_INTERVAL * 2);
    assert_eq!(room.seen, ["-Bob"], "and it stays away");
    assert!(room.host.on_operator_command(HostCommand::StartBot("Bob"), room.now).is_ok());
    room.act();
    assert_eq!(room.seen, ["-Bob", "+Bob"]);
    assert!(room.host.on_operator_command(HostCommand::StartBot("Bob"), room.now).is_err(), "twice");

    room.say("Ann", Kind::Person, "play");
    assert!(room.host.on_operator_command(HostCommand::Stop, room.now).is_ok());
    assert!(room.answers("play, Bob").is_empty());
    assert!(room.host.on_operator_command(HostCommand::Start, room.now).is_ok());
    assert!(!room.answers("play").is_empty());
    assert!(room.host.on_operator_command(HostCommand::Now, room.now).is_err());
}

#[test]
fn a_bot_stopped_while_joining_is_removed() {
    let mut room = Room::new(1);
    room.host.on_leave(&who("Dora", Kind::Bot), room.now);
    room.host.on_timer(room.now + CHATY_BOT_RETURN_INTERVAL);
    assert!(room.host.on_operator_command(HostCommand::StopBot("Dora"), room.now).is_ok());
    room.seen.clear();
    room.act();
    assert_eq!(room.seen, ["+Dora", "-Dora"]);
}
