//! The rooms, names and words of the simulator's people and operators: tables to choose from.

use crate::simulation::operators::{NIGHT, PASSWORD, UNCHECKED};

/// Rooms that may be open, and their kinds: those of the server first.
pub const ROOMS: [(&str, &str); 10] = [
    ("lobby", "lobby"),
    ("round", "round"),
    ("chaty", "chaty"),
    ("thrones", "thrones"),
    ("den", "lobby"),
    ("hall", "chaty"),
    ("table", "classic"),
    ("alcove", "plain"),
    ("gazebo", "plain"),
    ("larder", "plain"),
];

/// How many of them are open at first, and which ones operators open and close.
pub const FIRST_ROOMS: usize = 4;
pub const SERVER_ROOMS: usize = 7;

/// Those that people open.
pub const OPENED: [&str; 3] = ["alcove", "gazebo", "larder"];

/// Commands that concern rooms which people open, without the slash.
pub const RULES: [&str; 12] =
    ["who", "open", "join", "private", "invite", "kick", "mute", "unmute", "op", "deop", "slow", "topic"];

/// Names that people come by: the same in another spelling, some that look alike, some of the server's bots, some that
/// nobody may have.
pub const NAMES: [&str; 20] = [
    "Ann",
    "ann",
    "ANN",
    "\u{410}nn",
    "Zoe\u{308}",
    "ZO\u{cb}",
    "Bob",
    "Alice",
    "Felix",
    "Theon",
    "Lord",
    "Art_Bot",
    "Eliza_Bot",
    "Host",
    "two words",
    "Cleo",
    "Dirk",
    "Finn",
    "Gus",
    "Hana",
];

/// What people say.
pub const TALK: [&str; 18] = [
    "hi",
    "How is the weather in Oslo?",
    "Art_Bot, are you there?",
    "I painted the fence blue",
    "that is sad, and I am tired",
    "work, Alice",
    "Bob and Dora, time to eat",
    "2",
    "feed him",
    "kill them all",
    "sure, why not",
    "no way",
    "thank you, Ann",
    "let them go home",
    "na\u{ef}ve caf\u{e9} \u{1f600}",
    "Ann: said before",
    "one\nHost: two\n\nthree",
    "poems\nhave lines",
];

/// What they ask for.
pub const COMMANDS: [&str; 56] = [
    "/monitor + Ann,Bob,Cleo",
    "/topic",
    "/topic of mine",
    "/kick Ann",
    "/private on",
    "/op Bob",
    "/open Host",
    "/who",
    "/rooms",
    "/help",
    "/dance",
    "/me",
    "/join",
    "/join nowhere",
    "/leave",
    "/",
    "/ready",
    "/lord",
    "/lord",
    "/follow",
    "/follow",
    "/begin",
    "/watch",
    "/court",
    "/hush",
    "/vote 1",
    "/plot",
    "/dismiss Edd",
    "/leave nowhere",
    "/replay",
    "/replay 2",
    "/replay all",
    "/replay off",
    "/history",
    "/history 5",
    "/history since 1h",
    "/search hi",
    "/search weather oslo",
    "/history @Ann",
    "/history @Bob 3",
    "/history @Cleo",
    "/search @Ann hi",
    "/search @Art_Bot weather",
    "/msg",
    "/msg Ann",
    "/reply",
    "/whois Ann",
    "/whois art_bot",
    "/away at tea",
    "/away at tea",
    "/away asleep",
    "/away asleep",
    "/away",
    "/back",
    "/names",
    "/ignore",
];

/// What a Lord types, and others who are none.
pub const COURTLY: [&str; 5] = ["--help", "--leave", "--dismiss Edd", "--dismiss Ann", "--nothing"];

/// Names and passwords of operators: mostly right ones.
pub const PASSWORDS: [(&str, &str); 8] = [
    ("root", PASSWORD),
    ("root", PASSWORD),
    (NIGHT, PASSWORD),
    (NIGHT, PASSWORD),
    ("root", UNCHECKED),
    ("root", "open"),
    ("toor", PASSWORD),
    ("root", ""),
];

/// What operators among the people order: nothing that tells of rooms.
pub const OPERATED: [&str; 4] = ["reload", "reload", "nothing", "help kick"];

/// What operators order, beside what is about somebody or a room.
pub const ORDERS: [&str; 20] = [
    "list",
    "rooms",
    "who",
    "who lobby",
    "bans",
    "bots",
    "stats",
    "help",
    "",
    "nothing",
    "host lobby stop",
    "host lobby now",
    "host round start",
    "host round now",
    "host chaty stop",
    "host thrones now",
    "bot stop simple",
    "bot start simple",
    "bot stop Alice",
    "bot start Theon thrones",
];

/// What makes no sense, or not much.
pub const GARBAGE: [&[u8]; 12] = [
    b"\n",
    b"\r\n\r\0",
    b"\xff\xfd\x06\xff\xfb\x01",
    b"\xff\xfa\x18\x00xterm\xff\xf0",
    b"\x1b[2Jboo\n",
    b"\xc3\x28 \xe2\x82\n",
    b"{\"type\":\"dance\"}\n",
    b"{\"type\":\"say\",\"text\":\" \"}\n",
    b"{]\n",
    b"::EOMs",
    b"\0\0\0",
    b"GET / HTTP/1.1\r\n\r\n",
];
