//! Sentences for refusals.

use std::rc::Rc;

use crate::base::limits::{
    AWAY_BYTES, GHOST_PROBE_TIMEOUT, IGNORED_NAMES, MESSAGE_BYTES, MESSAGE_LINES, NAME_CHARS,
    PRIVATE_RECIPIENTS_PER_ADDRESS, PRIVATE_RECIPIENTS_PER_MINUTE, ROOMS_PER_PROGRAM,
};
use crate::base::name::Name;
use crate::base::text::{in_words, list};
use crate::proto::{
    InvalidName, Malformed, Misuse, NameTaken, NextStep, OperatorRefusal, PasswordRefusal, Refusal,
    UnknownMember, UnknownRoom,
};
use crate::wire::sentences::{amend, place, room};

/// Valid arguments of `/history`.
const EXAMPLES: &str = "/history 50, /history since 2h, /history since 9:15, /history since yesterday 18:00 or /history \
                        since 2026-11-20 09:15";

/// A refusal as a sentence.
pub fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Password(why) => password(*why),
        Refusal::InvalidName(why) => no_name(why),
        Refusal::NameTaken(why) => name_taken(why),
        Refusal::TooLong => {
            format!("Your message was longer than {MESSAGE_BYTES} bytes and was not sent. Please split it.")
        }
        Refusal::TooManyLines => {
            format!("Your message had more than {MESSAGE_LINES} lines and was not sent. Please split it.")
        }
        Refusal::NotJoined(None) => {
            "You are in no room. Type /rooms to see the rooms, and /join ROOM to join one.".into()
        }
        Refusal::NotJoined(Some(room)) => format!("You are not in {}. Join it first.", place(room)),
        Refusal::UnknownRoom(why) => no_room(why),
        Refusal::UnknownMember(why) => no_member(why),
        Refusal::NotPrivate(name) => {
            format!("{name} is a program that does not know private messages, so it was not sent.")
        }
        Refusal::TooManyRecipients { of_address, wait } => {
            let wait = in_words(*wait);
            let (who, limit) = match of_address {
                false => ("You wrote", PRIVATE_RECIPIENTS_PER_MINUTE),
                true => ("Those at your address wrote", PRIVATE_RECIPIENTS_PER_ADDRESS),
            };
            format!(
                "{who} privately to {limit} members within a minute, so this was not sent. Try again in {wait}."
            )
        }
        Refusal::Muted(text) | Refusal::Banned(text) => text.clone(),
        Refusal::Command(why) => misuse(why),
        Refusal::TooFast { command, wait } => {
            let shown = command.as_ref().map_or("it".to_owned(), |command| format!("/{command}"));
            let wait = in_words(*wait);
            format!("Too many commands at once: {shown} was not done. Try again in {wait}.")
        }
        Refusal::TooManyRooms => {
            format!("You are in {ROOMS_PER_PROGRAM} rooms, which is the limit. Leave one first.")
        }
        Refusal::Room(why) => room::refusal(why),
        Refusal::Operator(why) => operator(*why),
        Refusal::NotAmended(why) => amend::refusal(why),
        Refusal::NotShared(why) | Refusal::Malformed(Malformed::Message(why)) => why.clone(),
        Refusal::Malformed(Malformed::HelloMissing) => "Send a hello with a name first.".into(),
        Refusal::Malformed(Malformed::SecondHello) => {
            "You have a name already. To change it, send for example: {\"type\":\"nick\",\"name\":\"Anna\"}"
                .into()
        }
    }
}

/// A refusal as a sentence, and what to do next.
pub(super) fn refused(why: &Refusal, next: NextStep) -> String {
    let mut text = refusal(why);
    match next {
        NextStep::Nothing => {}
        NextStep::ChooseAnother => {
            end_sentence(&mut text);
            text.push_str(" Please choose another.");
        }
        NextStep::GivePassword => text.push_str(" What is it?"),
        NextStep::GiveName => text.push_str(" What is your name?"),
        NextStep::ConnectAgain => text.push_str(" Connect again to retry."),
        NextStep::KeepName => {
            end_sentence(&mut text);
            text.push_str(" You keep your name.");
        }
    }
    text
}

fn password(why: PasswordRefusal) -> String {
    match why {
        PasswordRefusal::Missing => "This server asks for a password.".into(),
        PasswordRefusal::Wrong => "This server asks for a password, and that is not it.".into(),
        PasswordRefusal::TooMany(wait) => {
            format!(
                "Too many wrong passwords came from your address. This server takes the next in {}.",
                in_words(wait)
            )
        }
        PasswordRefusal::Impossible => {
            "This server asks for a password, and your program cannot give one. Join with a browser, netcat or an IRC client."
                .into()
        }
    }
}

fn operator(why: OperatorRefusal) -> String {
    match why {
        OperatorRefusal::NotOperator => {
            "Only operators of the server may do that. Whoever is one says so first: /oper NAME PASSWORD".into()
        }
        OperatorRefusal::NobodyCanBe => {
            "Operators of this server type at its terminal, or with salon ctl: it knows no passwords of operators.".into()
        }
        OperatorRefusal::NeedsNameAndPassword => {
            "Give the name and the password of an operator, as in: /oper NAME PASSWORD".into()
        }
        OperatorRefusal::Wrong => "That is not the name and the password of an operator.".into(),
        OperatorRefusal::TooMany(wait) => {
            format!(
                "Too many wrong passwords of operators came from your address. The next may come in {}.",
                in_words(wait)
            )
        }
        OperatorRefusal::Busy => "The password cannot be checked now. Try again in a moment.".into(),
        OperatorRefusal::NeedsText => "Say something to all operators, as in: /wallops I restart at noon".into(),
    }
}

/// Ends a text with a full stop. An operator's reason may lack one.
fn end_sentence(text: &mut String) {
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
}

fn no_name(why: &InvalidName) -> String {
    match why {
        InvalidName::Error(error) => error.to_string(),
        InvalidName::Mixed(mixture) => mixture.to_string(),
        InvalidName::Command(word) => {
            format!("{word} is a command of another protocol and cannot be a name.")
        }
        InvalidName::Unsupported => "That is another protocol.".into(),
        InvalidName::Password => "That is the password, and nobody should read it as a name.".into(),
        InvalidName::OfABot(name) => format!("The name {name} is one of a bot, and you are a person."),
    }
}

fn name_taken(why: &NameTaken) -> String {
    match why {
        NameTaken::Same { name, is_probed: false } => format!("The name {name} is taken."),
        NameTaken::Same { name, is_probed: true } => {
            let seconds = GHOST_PROBE_TIMEOUT.as_secs();
            let free = format!("If your connection was cut, it may be free in {seconds} seconds.");
            format!("The name {name} is taken. {free}")
        }
        NameTaken::Confusable(name, other) => format!("The name {name} looks like {other}, who is here."),
        NameTaken::Held { name, owner, wait } => {
            format!(
                "The name {name} is kept for {owner}, who had it until now. It is free in {}.",
                in_words(*wait)
            )
        }
    }
}

fn unknown_command(name: &str, nearest: &[String], rooms: &[Rc<str>]) -> String {
    if let [first, ..] = rooms {
        let rooms: Vec<&str> = rooms.iter().map(|room| place(room)).collect();
        return format!("The command /{name} works in {}. To go there, type: /join {first}", list(&rooms));
    }
    let meant: Vec<String> = nearest.iter().map(|name| format!("/{name}")).collect();
    let meant = match &meant[..] {
        [] => String::new(),
        [others @ .., last] if !others.is_empty() => {
            format!("Did you mean {} or {last}? ", others.join(", "))
        }
        [one, ..] => format!("Did you mean {one}? "),
    };
    format!(
        "There is no command /{name}. {meant}Type /help for a list. To send a message that begins with a slash, double it: //{name}"
    )
}

fn no_room(why: &UnknownRoom) -> String {
    match why {
        UnknownRoom::Named { name: Some(name), rooms, are_all, may_open } => {
            let rooms = if *are_all { names(rooms) } else { room::nearest(rooms) };
            let open = if *may_open { format!(" /open {name} opens it.") } else { String::new() };
            format!("There is no room {name}. {rooms}{open}")
        }
        UnknownRoom::Named { name: None, rooms, are_all, .. } => {
            let rooms = if *are_all { names(rooms) } else { room::nearest(&[]) };
            format!("There is no such room: a name has at most {NAME_CHARS} characters. {rooms}")
        }
        UnknownRoom::NoneOpen => names(&[]),
    }
}

fn no_member(why: &UnknownMember) -> String {
    match why {
        UnknownMember::Named { name: Some(name), .. } if name.trim().is_empty() => {
            "The name is missing. Type /who to see who is here.".into()
        }
        UnknownMember::Named { name: Some(name), nearest } if nearest.is_empty() => {
            format!("Nobody here is called {name}. Type /who to see who is here.")
        }
        UnknownMember::Named { name: Some(name), nearest } => {
            let nearest: Vec<&str> = nearest.iter().map(Name::as_str).collect();
            format!("Nobody here is called {name}. Similar: {}.", list(&nearest))
        }
        UnknownMember::Named { name: None, .. } => {
            format!("Nobody here is called that: a name has at most {NAME_CHARS} characters.")
        }
        UnknownMember::Host => {
            "Host is the program that drives the room, and no member. Type /help to see what it understands."
                .into()
        }
    }
}

fn names(rooms: &[Rc<str>]) -> String {
    match rooms {
        [] => "No room is open.".into(),
        [one] => format!("There is one: {one}."),
        names => format!("There are {}.", list(names)),
    }
}

fn misuse(why: &Misuse) -> String {
    match why {
        Misuse::Unknown { name: Some(name), nearest, rooms } => unknown_command(name, nearest, rooms),
        Misuse::Unknown { name: None, .. } => "There is no such command. Type /help for a list.".into(),
        Misuse::TakesNothing(command) => format!("{command} takes no arguments. Type {command} alone."),
        Misuse::JoinNeedsRoom => {
            "Which one? Type /rooms to see them, and then, for example: /join lobby".into()
        }
        Misuse::MeNeedsText => "Say what you do after the command, as in: /me waves".into(),
        Misuse::EditNeedsText => {
            "Type the text as it shall be, as in: /edit I meant Tuesday. To erase it, type: /undo".into()
        }
        Misuse::HistoryZero => "The number must be at least 1, as in: /history 50".into(),
        Misuse::ReplayUnclear => "How much? Type a number, all or off, as in: /replay 50".into(),
        Misuse::HistoryInFuture => {
            format!("That time is in the future. Type a past time by the server's clock, as in: {EXAMPLES}")
        }
        Misuse::HistoryUnclear => format!("How much? Type a number, or since when, as in: {EXAMPLES}"),
        Misuse::SearchNeedsWords => {
            "Which words? Type them after the command, as in: /search pizza tonight".into()
        }
        Misuse::Unsearchable(why) => why.clone(),
        Misuse::HistoryDisabled(room) => format!("There is no history in {}.", place(room)),
        Misuse::SpeakerFiltered(room) => {
            format!("For now you cannot read all messages in {}, nor its history.", place(room))
        }
        Misuse::RepliesPending => {
            "You have not read all earlier replies yet. Try again when you have.".into()
        }
        Misuse::MsgNeedsNameAndText => "To whom, and what? Type for example: /msg Ann hello".into(),
        Misuse::ReplyNeedsText => "Type your answer after the command, as in: /reply I am on my way".into(),
        Misuse::NobodyToReplyTo => {
            "Nobody has written to you privately yet. To begin, type for example: /msg Ann hello".into()
        }
        Misuse::ReplyPartnerLeft(name) => {
            format!("{name} has left since, so this was not sent. To write to somebody else: /msg NAME TEXT")
        }
        Misuse::NotOngoing(name) => {
            format!(
                "Nothing is kept of what you wrote with {name}, who has left since, or it was long ago. So this was not sent. To \
                 write to whoever is {name} now, type: /msg {name} TEXT"
            )
        }
        Misuse::ToOneself => "That is you. Name somebody else.".into(),
        Misuse::WhoisNeedsName => "Who? Type for example: /whois Ann".into(),
        Misuse::AwayTooLong => {
            format!(
                "That is longer than {AWAY_BYTES} bytes. Say in a few words where you are: /away at lunch"
            )
        }
        Misuse::IgnoresItself => "You cannot ignore yourself.".into(),
        Misuse::IgnoresTooMany => {
            format!("You ignore {IGNORED_NAMES} names, which is the limit. /unignore NAME makes room.")
        }
        Misuse::UnignoreNeedsName => "Whom? Type /ignore to see whom you ignore, then: /unignore NAME".into(),
        Misuse::NotIgnored(name) => {
            let name: String = name.chars().take(NAME_CHARS).collect();
            format!("You do not ignore {name}. Type /ignore to see whom you ignore.")
        }
        Misuse::NickNeedsName => "Which name? Type for example: /nick Anna".into(),
        Misuse::KindIsKnown => {
            "Others know you already as a person or as a bot. Say that before you join a room.".into()
        }
        Misuse::HasName(name) => format!("You are {name} already."),
        Misuse::AlreadyIn(room) => format!("You are in {} already.", place(room)),
    }
}
