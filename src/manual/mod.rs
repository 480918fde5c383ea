//! The manual: chapters that are built into the program, as a network without the internet has no other place for them.

/// A chapter.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// The word that it is asked for by.
    pub topic: &'static str,
    /// What it is about, in a few words.
    pub summary: &'static str,
    /// Markdown, in lines of at most 80 columns where they are prose.
    pub text: &'static str,
}

/// All chapters, in the order in which they are listed.
pub static CHAPTERS: [Chapter; 13] = [
    chapter("join", "join from any client, names, commands, salon join", include_str!("join.md")),
    chapter("irc", "join with irssi, WeeChat, HexChat and other IRC clients", include_str!("irc.md")),
    chapter("rooms", "the rooms and their games", include_str!("rooms.md")),
    chapter("bots", "the cast of the lobby, salon bots", include_str!("bots.md")),
    chapter("programs", "write a bot: JSON over TCP", include_str!("programs.md")),
    chapter("serve", "run a server: options, log, signals, systemd", include_str!("serve.md")),
    chapter("cluster", "rooms that several servers share", include_str!("cluster.md")),
    chapter("ctl", "operate a server: console, salon ctl", include_str!("ctl.md")),
    chapter("data", "what is kept, retention, erasing, upgrades", include_str!("data.md")),
    chapter("limits", "what a peer may do: rate limits, queues, timeouts", include_str!("limits.md")),
    chapter("security", "is it safe on the internet?", include_str!("security.md")),
    chapter("wires", "what each client speaks; select() and mio", include_str!("wires.md")),
    chapter("bench", "measure a server: salon bench", include_str!("bench.md")),
];

const fn chapter(topic: &'static str, summary: &'static str, text: &'static str) -> Chapter {
    Chapter { topic, summary, text }
}

/// What else people ask for, and the chapter that tells it.
const OTHER_TOPICS: [(&str, &str); 8] = [
    ("thrones", "rooms"),
    ("round", "rooms"),
    ("lobby", "rooms"),
    ("chaty", "rooms"),
    ("games", "rooms"),
    ("game", "rooms"),
    ("room", "rooms"),
    ("commands", "join"),
];

/// The chapter on `topic`, if there is one.
pub fn find(topic: &str) -> Option<&'static Chapter> {
    let other = OTHER_TOPICS.iter().find(|(other, _)| other.eq_ignore_ascii_case(topic));
    let topic = other.map_or(topic, |(_, chapter)| *chapter);
    CHAPTERS.iter().find(|chapter| chapter.topic.eq_ignore_ascii_case(topic))
}

/// The chapters, a line each.
pub fn contents() -> String {
    let lines = CHAPTERS.iter().map(|Chapter { topic, summary, .. }| format!("  {topic:<10}  {summary}\n"));
    lines.collect()
}
