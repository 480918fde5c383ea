//! The slash commands as a table: each row holds the help, the parser and the implementation.
//!
//! A host's own commands are listed here, but run by the host.

use std::time::SystemTime;

use crate::base::limits::{RESULT_MESSAGES_DEFAULT, ROOMS_LISTED, ROOMS_NAMED, WHO_NAMES};
use crate::base::name::is_too_long;
use crate::base::nearest::nearest;
use crate::chat::replay::ReplayRequest;
use crate::chat::{Chat, Effect, Room, since};
use crate::proto::{
    CommandHelp, Event, HistoryQuery, MemberId, Misuse, ProgramRequest, ReplayLimit, Reply, Request,
    RoomCommand, RoomEvent, RoomId,
};

/// A slash command.
struct Command {
    help: CommandHelp,
    /// The command waits until the member's earlier queries are answered.
    waits_for_replies: bool,
    run: Run,
}

type Run = fn(&mut Chat, &Call<'_>);

/// A command as typed.
pub(super) struct Call<'a> {
    pub(super) by: MemberId,
    /// The room given with the command, if any.
    pub(super) room: Option<&'a str>,
    pub(super) rest: &'a str,
    pub(super) time: SystemTime,
}

static COMMANDS: [Command; 23] = [
    at_once("help", "", "show this", help),
    at_once("who", " [ROOM]", "who is here, or in another room (also: /names)", who),
    at_once("names", " [ROOM]", "the same as /who", who),
    at_once("whois", " NAME", "who somebody is, and where", whois),
    at_once("rooms", "", "which rooms there are", rooms),
    in_turn("join", " ROOM", "go to another room", join),
    in_turn("open", " NAME [TOPIC]", "open a room of your own", open),
    at_once("topic", " [TEXT]", "what this room is about; its owner says it", topic),
    in_turn("leave", " [ROOM]", "leave this room, and stay connected", leave),
    at_once("me", " TEXT", "say what you do: \"/me waves\"", me),
    at_once("undo", "", "erase what you said last; /edit TEXT corrects it", undo),
    at_once("edit", " TEXT", "say it in other words, within 2 minutes", edit),
    at_once("msg", " NAME TEXT", "to one member only; /reply TEXT answers the last", msg),
    at_once("reply", " TEXT", "answer the last private message", reply),
    in_turn("history", " 50", "what was said; or: /history since 2h, /history @NAME", history),
    in_turn("search", " WORDS", "messages with these words; or: /search @NAME WORDS", search),
    at_once("replay", " 50", "how much you hear when you join; or: all, off", replay),
    at_once("away", " [TEXT]", "you are away until /back; who writes is told so", away),
    at_once("back", "", "you are back", back),
    at_once("nick", " NAME", "take another name", nick),
    at_once("ignore", " [NAME]", "hear nothing from NAME until /unignore NAME", ignore),
    at_once("unignore", " NAME", "hear somebody again", unignore),
    in_turn("exit", "", "leave the chat (also: /quit)", exit),
];

const fn at_once(name: &'static str, arguments: &'static str, help: &'static str, run: Run) -> Command {
    Command { help: CommandHelp { name, arguments, help }, waits_for_replies: false, run }
}

const fn in_turn(name: &'static str, arguments: &'static str, help: &'static str, run: Run) -> Command {
    Command { help: CommandHelp { name, arguments, help }, waits_for_replies: true, run }
}

/// Whether the request must wait until the member's earlier queries are answered: it is another query, or the member
/// leaves.
pub fn waits_for_replies(request: &Request) -> bool {
    match request {
        Request::Join { .. } | Request::Leave { .. } => true,
        Request::Program(request) => !matches!(
            request,
            ProgramRequest::Ping
                | ProgramRequest::Notice { .. }
                | ProgramRequest::Nick { .. }
                | ProgramRequest::Amend { .. }
                | ProgramRequest::Typing { .. }
                | ProgramRequest::TypingTo { .. }
                | ProgramRequest::WatchTyping
                | ProgramRequest::Read { .. }
                | ProgramRequest::ReadAt { .. }
                | ProgramRequest::Monitor(_)
                | ProgramRequest::Become(_)
                | ProgramRequest::RealName(_)
                | ProgramRequest::Look(_)
        ),
        Request::Command { name, .. } => find(name).is_some_and(|command| command.waits_for_replies),
        Request::Hello { .. }
        | Request::Oper { .. }
        | Request::Say { .. }
        | Request::Tell { .. }
        | Request::SayTooLong
        | Request::SayTooManyLines
        | Request::Malformed(_) => false,
    }
}

/// Whether the request is `/exit`.
pub fn is_exit(request: &Request) -> bool {
    matches!(request, Request::Command { name, .. } if name.eq_ignore_ascii_case("exit"))
}

/// The commands that work in all rooms, in the order of `/help`.
pub(super) fn all() -> impl Iterator<Item = CommandHelp> {
    COMMANDS.iter().map(|command| command.help)
}

fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.help.name.eq_ignore_ascii_case(name))
}

impl Call<'_> {
    /// The room in which the command runs. If there is none, the member gets a refusal.
    fn room(&self, chat: &mut Chat) -> Option<RoomId> {
        chat.joined_room(self.by, self.room).map_err(|why| chat.refuse(self.by, why)).ok()
    }
}

/// The commands of operators of the server, which no help lists. (Whoever gives `/oper` is none yet.)
const OF_OPERATORS: [(&str, Run); 2] = [
    ("ctl", |chat, call| chat.operate(call.by, call.rest)),
    ("wallops", |chat, call| chat.tell_operators(call.by, call.rest)),
];

/// Runs `/name`, or refuses it.
pub(super) fn run(chat: &mut Chat, name: &str, call: &Call<'_>) {
    if let Some(command) = find(name) {
        if command.help.arguments.is_empty() && !call.rest.is_empty() {
            let command = format!("/{}", command.help.name);
            return chat.refuse_command(call.by, Misuse::TakesNothing(command));
        }
        (command.run)(chat, call);
    } else if let Some((_, run)) = OF_OPERATORS.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)) {
        run(chat, call);
    } else if let Some(command) = RoomCommand::ALL.into_iter().find(|it| it.word().eq_ignore_ascii_case(name))
    {
        if let Some(room) = call.room(chat) {
            chat.room_command(call.by, room, command, call.rest, call.time);
        }
    } else {
        let why = unknown(chat, name, call);
        chat.refuse_command(call.by, why);
    }
}

/// Why there is no command of this name: it is mistyped, or one of another room.
fn unknown(chat: &Chat, name: &str, call: &Call<'_>) -> Misuse {
    if is_too_long(name) {
        return Misuse::Unknown { name: None, nearest: Vec::new(), rooms: Vec::new() };
    }
    let names = |room: &Room| room.traits().commands.iter().map(|(usage, _)| command_name(usage));
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let there = chat.rooms.iter().filter(|room| chat.may_see(call.by, room) && names(room).any(is_it));
    let rooms = there.map(Room::room_name).take(ROOMS_NAMED).collect();
    let here = chat.joined_room(call.by, call.room).ok().and_then(|room| chat.room(room));
    let known = COMMANDS.iter().map(|command| command.help.name).chain(here.into_iter().flat_map(names));
    let nearest = nearest(name, known).into_iter().map(str::to_owned).collect();
    Misuse::Unknown { name: Some(name.to_owned()), nearest, rooms }
}

/// The name of a host's command, whose usage begins with a slash.
fn command_name(usage: &'static str) -> &'static str {
    usage.split(' ').next().unwrap_or_default().trim_start_matches('/')
}

fn help(chat: &mut Chat, call: &Call<'_>) {
    let here = chat.joined_room(call.by, call.room).ok().and_then(|room| chat.room(room));
    let of_room = here.map(|room| room.traits().commands);
    let commands = all().collect();
    chat.tell(call.by, Event::Reply(Reply::Help { commands, of_room }));
}

fn who(chat: &mut Chat, call: &Call<'_>) {
    let found = match call.rest {
        "" => chat.joined_room(call.by, call.room),
        // Whoever may see a room may join it, so its members are no secret.
        named => match chat.room_named(call.by, Some(named)) {
            // The name may be a member's.
            Err(_) if chat.find(named).is_some() => return chat.tell_whois(call.by, named, call.time),
            room => room,
        },
    };
    match found.map(|room| chat.room(room).map(|room| chat.members(room, call.time))) {
        Ok(Some(members)) => chat.tell(call.by, Event::Reply(members)),
        Ok(None) => {}
        Err(why) => chat.refuse(call.by, why),
    }
}

fn rooms(chat: &mut Chat, call: &Call<'_>) {
    let (rooms, more) = chat.first_rooms(call.by, ROOMS_LISTED);
    chat.tell(call.by, Event::Reply(Reply::Rooms { rooms, more, now: call.time }));
}

fn open(chat: &mut Chat, call: &Call<'_>) {
    let here = chat.joined_room(call.by, call.room).ok();
    chat.ask_to_open(call.by, first_word(call.rest), here, call.time);
}

fn topic(chat: &mut Chat, call: &Call<'_>) {
    if let Some(room) = call.room(chat) {
        chat.topic_command(call.by, room, call.rest, call.time);
    }
}

fn join(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::JoinNeedsRoom);
    }
    match chat.room_named(call.by, Some(call.rest)) {
        Ok(to) => {
            if let Ok(from) = chat.joined_room(call.by, call.room)
                && !chat.rooms_of(call.by).contains(&to)
                && !chat.is_refused(to)
            {
                chat.leave_room(call.by, from, call.time);
            }
            chat.join(call.by, to, ReplayRequest::Usual, call.time);
        }
        Err(why) => chat.refuse_entry(call.by, why),
    }
}

fn leave(chat: &mut Chat, call: &Call<'_>) {
    // An explicit room overrides the current one.
    let named = if call.rest.is_empty() { call.room } else { Some(call.rest) };
    if let Some(room) = (Call { room: named, ..*call }).room(chat) {
        chat.leave_room(call.by, room, call.time);
        if chat.rooms_of(call.by).is_empty() {
            chat.tell(call.by, Event::Reply(Reply::InNoRoom));
        }
    }
}

fn me(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::MeNeedsText);
    }
    if let Some(room) = call.room(chat) {
        let event = RoomEvent::Acted { who: chat.who(call.by).clone(), text: call.rest.into() };
        chat.say(call.by, room, event, call.time);
    }
}

fn undo(chat: &mut Chat, call: &Call<'_>) {
    amend(chat, call, None);
}

fn edit(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::EditNeedsText);
    }
    amend(chat, call, Some(call.rest));
}

/// Amends the last message. Where the room is not named, what was written last may be private, and is not meant.
fn amend(chat: &mut Chat, call: &Call<'_>, text: Option<&str>) {
    let Some(room) = call.room(chat) else { return };
    if call.room.is_none() && chat.wrote_privately_last(call.by) {
        return;
    }
    chat.amend(call.by, room, None, text, call.time);
}

fn msg(chat: &mut Chat, call: &Call<'_>) {
    let (to, text) = first_word(call.rest);
    if text.is_empty() {
        return chat.refuse_command(call.by, Misuse::MsgNeedsNameAndText);
    }
    chat.write_privately(call.by, to, text.into(), call.time);
}

fn reply(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::ReplyNeedsText);
    }
    chat.reply_privately(call.by, call.rest.into(), call.time);
}

fn history(chat: &mut Chat, call: &Call<'_>) {
    match with_member(call.rest) {
        Some((with, rest)) => chat.query_private(call.by, with, since::parse(rest, call.time)),
        None => query_history(chat, call.by, call.room, since::parse(call.rest, call.time)),
    }
}

/// Without an argument: tells what is set.
fn replay(chat: &mut Chat, call: &Call<'_>) {
    let set =
        if call.rest.is_empty() { Some(chat.replay_of(call.by)) } else { ReplayLimit::parse(call.rest) };
    let Some(limit) = set else { return chat.refuse_command(call.by, Misuse::ReplayUnclear) };
    chat.set_replay(call.by, limit);
    chat.tell(call.by, Event::Reply(Reply::ReplayLimit(limit)));
}

fn search(chat: &mut Chat, call: &Call<'_>) {
    match with_member(call.rest) {
        Some((with, rest)) => chat.query_private(call.by, with, searched(rest)),
        None => query_history(chat, call.by, call.room, searched(call.rest)),
    }
}

/// `NAME` and the rest of `@NAME rest`.
fn with_member(rest: &str) -> Option<(&str, &str)> {
    rest.strip_prefix('@').map(first_word)
}

/// The first word, and what follows it.
fn first_word(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim_start())
}

fn whois(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::WhoisNeedsName);
    }
    chat.tell_whois(call.by, call.rest, call.time);
}

fn away(chat: &mut Chat, call: &Call<'_>) {
    chat.go_away(call.by, call.rest, call.time);
}

fn back(chat: &mut Chat, call: &Call<'_>) {
    chat.come_back(call.by);
}

fn nick(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::NickNeedsName);
    }
    chat.ask_for_name(call.by, call.rest);
}

fn ignore(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.tell_ignored(call.by);
    }
    chat.ignore(call.by, call.rest);
}

fn unignore(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        return chat.refuse_command(call.by, Misuse::UnignoreNeedsName);
    }
    chat.unignore(call.by, call.rest);
}

/// Parses the argument of `/search`.
fn searched(rest: &str) -> Result<HistoryQuery, Misuse> {
    if rest.trim().is_empty() {
        return Err(Misuse::SearchNeedsWords);
    }
    Ok(HistoryQuery::Search { words: rest.to_owned(), limit: RESULT_MESSAGES_DEFAULT })
}

/// Starts a history query for a member, or refuses it.
pub(super) fn query_history(
    chat: &mut Chat,
    by: MemberId,
    room: Option<&str>,
    query: Result<HistoryQuery, Misuse>,
) {
    let id = match chat.joined_room(by, room) {
        Ok(id) => id,
        Err(why) => return chat.refuse(by, why),
    };
    let Some(room) = chat.room(id) else { return };
    let query = match query {
        Ok(_) if !room.traits().replays => Err(Misuse::HistoryDisabled(room.room_name())),
        Ok(_) if !room.is_unfiltered(by) => Err(Misuse::SpeakerFiltered(room.room_name())),
        other => other,
    };
    match query {
        Ok(query) => chat.effects.push_back(Effect::QueryHistory(by, id, query)),
        Err(why) => chat.refuse_command(by, why),
    }
}

fn exit(chat: &mut Chat, call: &Call<'_>) {
    chat.tell(call.by, Event::Reply(Reply::Goodbye));
    chat.leave(call.by, call.time);
}

impl Chat {
    /// The reply to `/who`: the first members of a room by name, and the number of all.
    pub fn members(&self, room: &Room, time: SystemTime) -> Reply {
        let members = room.present().take(WHO_NAMES).map(|id| self.presence(id, time)).collect();
        Reply::Members { room: room.room_name(), members, count: room.count() }
    }
}
