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
pub static CHAPTERS: [Chapter; 11] = [
    Chapter {
        topic: "join",
        summary: "join from any client, names, commands, salon join",
        text: include_str!("join.md"),
    },
    Chapter { topic: "rooms", summary: "the rooms and their games", text: include_str!("rooms.md") },
    Chapter { topic: "bots", summary: "the cast of the lobby, salon bots", text: include_str!("bots.md") },
    Chapter { topic: "programs", summary: "write a bot: JSON over TCP", text: include_str!("programs.md") },
    Chapter {
        topic: "serve",
        summary: "run a server: options, log, signals, systemd",
        text: include_str!("serve.md"),
    },
    Chapter { topic: "ctl", summary: "operate a server: console, salon ctl", text: include_str!("ctl.md") },
    Chapter {
        topic: "data",
        summary: "what is kept, retention, erasing, upgrades",
        text: include_str!("data.md"),
    },
    Chapter {
        topic: "limits",
        summary: "what a peer may do: rate limits, queues, timeouts",
        text: include_str!("limits.md"),
    },
    Chapter { topic: "security", summary: "is it safe on the internet?", text: include_str!("security.md") },
    Chapter {
        topic: "wires",
        summary: "what each client speaks; select() and mio",
        text: include_str!("wires.md"),
    },
    Chapter { topic: "bench", summary: "measure a server: salon bench", text: include_str!("bench.md") },
];

/// The chapter on `topic`, if there is one.
pub fn find(topic: &str) -> Option<&'static Chapter> {
    CHAPTERS.iter().find(|chapter| chapter.topic.eq_ignore_ascii_case(topic))
}

/// The chapters, a line each.
pub fn contents() -> String {
    let lines = CHAPTERS.iter().map(|Chapter { topic, summary, .. }| format!("  {topic:<10}  {summary}\n"));
    lines.collect()
}
