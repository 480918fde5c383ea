//! The cast of the hour, and what people say.

use crate::hour::hearing::Tongue;

/// The part of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Joins and leaves, talks and plays.
    Person,
    /// Stays in its room throughout. In a round it also answers.
    Listener(&'static str),
    /// A bot from outside that answers people in its room.
    Answerer(&'static str),
}

/// The listeners. The round has two, so that one stays when the other has to leave after a classic round.
pub const LISTENERS: [(&str, &str); 8] = [
    ("Ear_of_lobby_Bot", "lobby"),
    ("Ear_of_round_Bot", "round"),
    ("Ear_of_round_too_Bot", "round"),
    ("Ear_of_chaty_Bot", "chaty"),
    ("Ear_of_thrones", "thrones"),
    ("Ear_of_den", "den"),
    ("Ear_of_study", "study"),
    ("Ear_of_alcove", "alcove"),
];

/// Rooms that their listeners open. The last one is private.
pub const OPENED: [&str; 3] = ["den", "study", PRIVATE];
pub const PRIVATE: &str = "alcove";

/// Who is invited to it.
pub const INVITED: [&str; 8] = ["Ann", "Ben", "Hana", "Igor", "Lars", "Mia", "Rosa", "Sven"];

/// What the owner of a room orders there; with a name, somebody's.
pub const ROOM_ORDERS: [&str; 10] = [
    "/topic about",
    "/topic -",
    "/slow 3s",
    "/slow off",
    "/kick NAME",
    "/kick NAME a reason",
    "/mute NAME",
    "/unmute NAME",
    "/op NAME",
    "/deop NAME",
];

pub const ANSWERERS: [(&str, &str); 7] = [
    ("Eliza_Bot", "lobby"),
    ("Parry_Bot", "lobby"),
    ("Racter_Bot", "round"),
    ("Shrdlu_Bot", "chaty"),
    ("Megahal_Bot", "chaty"),
    ("Ser_Bot", "thrones"),
    ("Dame_Bot", "thrones"),
];

/// People, some under names that bots would like to have.
pub const PEOPLE: [(&str, Tongue); 30] = [
    ("Ann", Tongue::Line),
    ("Ben", Tongue::Line),
    ("Cleo", Tongue::Line),
    ("Dirk", Tongue::Line),
    ("Eve", Tongue::Line),
    ("Finn", Tongue::Line),
    ("Gus", Tongue::Line),
    ("lord", Tongue::Line),
    ("Bob", Tongue::Line),
    ("Theon", Tongue::Line),
    ("Felix", Tongue::Line),
    ("Hana", Tongue::Eom),
    ("Igor", Tongue::Eom),
    ("Jill", Tongue::Eom),
    ("Kim", Tongue::Eom),
    ("Arya", Tongue::Eom),
    ("Madelen", Tongue::Eom),
    ("Lars", Tongue::Json),
    ("Mia", Tongue::Json),
    ("Nils", Tongue::Json),
    ("Olga", Tongue::Json),
    ("Paul", Tongue::Json),
    ("Quinn", Tongue::Json),
    ("Hodor", Tongue::Json),
    ("Rosa", Tongue::Chaty),
    ("Sven", Tongue::Chaty),
    ("Tom", Tongue::Chaty),
    ("Una", Tongue::Chaty),
    ("Vera", Tongue::Chaty),
    ("Yara", Tongue::Chaty),
];

pub const ROOMS: [&str; 4] = ["lobby", "round", "chaty", "thrones"];

/// Messages, each with a meaning in one kind of room.
pub const TALK: [&str; 24] = [
    "How is the weather in Oslo?",
    "what about Tokyo",
    "Who watched the match yesterday?",
    "I painted the fence blue. Is that art?",
    "Simple_Chat_Bot, are you there?",
    "@Sport_Bot shall we run?",
    "good evening",
    "that is sad, and I am tired",
    "bots, please be quiet",
    "thank you, Art_Bot!",
    "shall we play?",
    "Alice, let us work",
    "Dora and Chuck, time to eat",
    "I want to sleep",
    "do not cry, fight!",
    "sure, why not",
    "no way",
    "I would rather not, but thank you",
    "2",
    "1, please",
    "feed him",
    "fight them all",
    "do not punish anybody",
    "let them go home",
];

/// Commands of all sorts, in any room.
pub const COMMANDS: [&str; 15] = [
    "/vote 2",
    "/who",
    "/rooms",
    "/help",
    "/me waves",
    "/dance",
    "/join",
    "/me",
    "//slash",
    "/ready",
    "--help",
    "/replay",
    "/replay 5",
    "/replay all",
    "/replay off",
];

/// Messages in thrones.
pub const COURTLY: [&str; 11] = [
    "/lord", "/lord", "/follow", "/follow", "/begin", "/watch", "/court", "/vote 2", "/plot", "--help",
    "--leave",
];

pub const ORDERS: [&str; 24] = [
    "host lobby stop",
    "host lobby start",
    "host lobby now",
    "host round stop",
    "host round start",
    "host round now",
    "host chaty stop",
    "host chaty start",
    "host thrones stop",
    "host thrones start",
    "host thrones now",
    "bot stop simple",
    "bot start simple",
    "bot stop weather",
    "bot start weather",
    "bot stop Alice",
    "bot start Alice",
    "bot stop Felix round",
    "bot start Felix round",
    "bot stop Sansa thrones",
    "bot start Sansa thrones",
    "bot stop Bob chaty",
    "bot start Bob chaty",
    "bans",
];
