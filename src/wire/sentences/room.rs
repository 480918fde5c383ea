//! Sentences about rooms that people open, and about topics.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::base::limits::{
    NAME_CHARS, OPENED_ROOMS, ROOM_INVITED, ROOM_MUTED, ROOM_OPERATORS, ROOMS_OF_ORIGIN, ROOMS_OF_OWNER,
    TOPIC_BYTES,
};
use crate::base::text::{in_words, list};
use crate::proto::{Changed, RoomChange, RoomCommand, RoomRefusal, RoomReply, Topic};
use crate::wire::lines;
use crate::wire::sentences::place;

/// A change of a room, as all of its members hear it.
pub(in crate::wire) fn change(RoomChange { by, what }: &RoomChange) -> String {
    let by = by.as_ref().map_or("The server's operator", |by| by.name.as_str());
    match what {
        Changed::Topic(text) if text.is_empty() => format!("{by} removed the topic."),
        Changed::Topic(text) => format!("{by} set the topic: {}", lines::marked(text)),
        Changed::Private(true) => {
            format!("{by} made this room private: only those who are invited see and enter it.")
        }
        Changed::Private(false) => format!("{by} made this room public: everybody may see and enter it."),
        Changed::Slow(None) => format!("{by} ended slow mode."),
        Changed::Slow(Some(every)) => {
            format!("{by} turned slow mode on: everybody speaks once in {} at most.", in_words(*every))
        }
        Changed::Operator(who, true) => format!("{by} made {who} an operator of this room."),
        Changed::Operator(who, false) => {
            format!("{by} made {who} an ordinary member of this room again.")
        }
        Changed::Muted(who, true) => format!("{by} muted {who} in this room."),
        Changed::Muted(who, false) => format!("{by} lets {who} speak in this room again."),
    }
}

/// A topic, and who set it when: `tea at five (Ann, 2 minutes ago)`.
pub(super) fn topic(Topic { text, by, time }: &Topic, now: SystemTime) -> String {
    let by = by.as_ref().map_or("the server's operator", |by| by.as_str());
    let ago = match now.duration_since(*time).unwrap_or_default().as_secs() {
        0..60 => "just now".to_owned(),
        // In the greatest unit only.
        seconds => {
            let unit = [24 * 60 * 60, 60 * 60, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
            format!("{} ago", in_words(Duration::from_secs(seconds / unit * unit)))
        }
    };
    format!("{} ({by}, {ago})", lines::marked(text))
}

/// A reply about a room.
pub(super) fn reply(reply: &RoomReply) -> String {
    match reply {
        RoomReply::Opened { room, goes_on, is_private } => {
            let again = if *goes_on { " again, as you left it" } else { ", and yours" };
            let others = if *is_private {
                "It is private: /invite NAME asks others in.".to_owned()
            } else {
                format!("Others come in with: /join {room}")
            };
            format!("The room {room} is open{again}. {others}")
        }
        RoomReply::Topic { room, topic: Some(topic), now } => {
            format!("The topic of {}: {}", place(room), self::topic(topic, *now))
        }
        RoomReply::Topic { room, topic: None, .. } => format!("There is no topic in {}.", place(room)),
        RoomReply::Invited { who, room } => {
            format!("{who} is invited, and comes in with: /join {room}")
        }
    }
}

/// An example of a command.
fn example(command: RoomCommand) -> String {
    let rest = match command {
        RoomCommand::Topic => "tea at five",
        RoomCommand::Kick => "Bob please calm down",
        RoomCommand::Private => "on",
        RoomCommand::Slow => "10s",
        _ => "Bob",
    };
    format!("/{} {rest}", command.word())
}

/// A refusal that concerns a room.
pub(super) fn refusal(why: &RoomRefusal) -> String {
    match why {
        RoomRefusal::OpenNeedsName => {
            "Which name shall it have? Type for example: /open tearoom, or with a topic: /open tearoom tea at five"
                .into()
        }
        RoomRefusal::OpeningIsOff => {
            "On this server only the operator opens rooms. Type /rooms to see those there are.".into()
        }
        RoomRefusal::NoOrigin => "Only those who come from outside can open rooms.".into(),
        RoomRefusal::InvalidName(why) => format!("{why} Choose another name for the room."),
        RoomRefusal::Mixed(why) => format!("{why} Choose another name for the room."),
        RoomRefusal::IsOpen(room) => format!("The room {room} is open already. Type: /join {room}"),
        RoomRefusal::LooksLike(name, room) => {
            format!("The name {name} looks like that of the room {room}. Choose another.")
        }
        RoomRefusal::NotFree(name) => format!("No room can be called {name} now. Choose another name."),
        RoomRefusal::TooManyOfOne => format!(
            "You have {ROOMS_OF_OWNER} open rooms, which is the limit. One closes by itself when nobody has been in it \
             for a while."
        ),
        RoomRefusal::TooManyOfOrigin => format!(
            "People at your address have {ROOMS_OF_ORIGIN} open rooms, which is the limit. Try again later."
        ),
        RoomRefusal::Full => {
            format!("{OPENED_ROOMS} rooms are open, which is the limit. Try again later.")
        }
        RoomRefusal::TopicTooLong => {
            format!("A topic has at most {TOPIC_BYTES} bytes. Say it in fewer words.")
        }
        RoomRefusal::TopicIsOperators(room) => {
            format!("The topic of {} is set by the operator of the server.", place(room))
        }
        RoomRefusal::NotOpenedByPeople(command, room) => format!(
            "/{} works in rooms that people opened, and {} is not one. /open NAME opens one of your own.",
            command.word(),
            place(room)
        ),
        RoomRefusal::OnlyOwner(command, room, owner) => {
            format!("In {room} only its owner, {owner}, may use /{}.", command.word())
        }
        RoomRefusal::OnlyOperators(command, room, owner) => format!(
            "In {room} only its owner, {owner}, and the operators of the room may use /{}.",
            command.word()
        ),
        RoomRefusal::WhomFor(command) => format!("Whom? Type for example: {}", example(*command)),
        RoomRefusal::NotHere(who, room) => format!("{who} is not in {room}. Type /who to see who is."),
        RoomRefusal::IsOwner(who, room) => format!("{who} owns {room}, so that cannot be done."),
        RoomRefusal::IsOperator(who, room) => {
            format!("{who} is an operator of {room} too. Only its owner can do that.")
        }
        RoomRefusal::Oneself => "That is you. Name somebody else.".into(),
        RoomRefusal::IsOfServer(who) => format!("{who} lives in the server, so that cannot be done."),
        RoomRefusal::IsElsewhere(who) => {
            format!("{who} is connected to another server, and this room is on this one only.")
        }
        RoomRefusal::IsOperatorAlready(who) => format!("{who} is an operator of this room already."),
        RoomRefusal::NoOperator(name) => {
            format!("No operator of this room is called {}.", shown(name))
        }
        RoomRefusal::NotMuted(name) => format!("{} is not muted in this room.", shown(name)),
        RoomRefusal::IsMutedAlready(who) => {
            format!("{who} is muted in this room already. /unmute {who} ends that.")
        }
        RoomRefusal::IsInvitedAlready(who) => format!("{who} is here already."),
        RoomRefusal::TooManyNames => format!(
            "A room remembers {ROOM_OPERATORS} operators, {ROOM_INVITED} invitations and {ROOM_MUTED} muted names at most. \
             /deop, /kick and /unmute make room."
        ),
        RoomRefusal::PrivateUnclear => "Type: /private on, or: /private off".into(),
        RoomRefusal::SlowUnclear => {
            "How slow? Type a time from 1s to 1h, as in: /slow 10s, or: /slow off".into()
        }
        RoomRefusal::Muted(room) => format!("You are muted in {room}, and that was not said."),
        RoomRefusal::Slow { room, every, wait } => format!(
            "In {room} everybody speaks once in {} at most, and that was not said. Try again in {}.",
            in_words(*every),
            in_words(*wait)
        ),
    }
}

/// The rooms that a member may have meant.
pub(super) fn nearest(rooms: &[Rc<str>]) -> String {
    match rooms {
        [] => "Type /rooms to see those there are.".into(),
        rooms => format!("Similar: {}. Type /rooms to see more.", list(rooms)),
    }
}

/// As much of a typed name as a name can have.
fn shown(name: &str) -> String {
    name.chars().take(NAME_CHARS).collect()
}
