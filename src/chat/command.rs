//! The slash commands, as a table: help, parsing and doing come from the same row.

use std::fmt::Write;

use crate::base::limits::WHO_NAMES;
use crate::base::text::{list, plural};
use crate::chat::{Chat, ROOM};
use crate::proto::{Audience, Event, MemberId};

/// A command that members may type.
struct Command {
    /// Without the slash.
    name: &'static str,
    /// What follows it, as help shows it.
    arguments: &'static str,
    /// What it does, in a few words.
    help: &'static str,
    run: fn(&mut Chat, MemberId, &str),
}

const COMMANDS: [Command; 4] = [
    Command {
        name: "help",
        arguments: "",
        help: "show this",
        run: help,
    },
    Command {
        name: "who",
        arguments: "",
        help: "who is here",
        run: who,
    },
    Command {
        name: "me",
        arguments: " TEXT",
        help: "say what you do: \"/me waves\"",
        run: me,
    },
    Command {
        name: "exit",
        arguments: "",
        help: "leave the chat",
        run: exit,
    },
];

/// Does what the member asked for with `/name rest`, or tells why not.
pub(super) fn run(chat: &mut Chat, by: MemberId, name: &str, rest: &str) {
    match COMMANDS.iter().find(|c| c.name.eq_ignore_ascii_case(name)) {
        Some(command) => (command.run)(chat, by, rest),
        None => chat.tell(
            by,
            format!(
                "There is no command /{name}. Type /help for those there are, or put a second slash before a message \
                 that begins with one: //{name}"
            ),
        ),
    }
}

fn help(chat: &mut Chat, by: MemberId, _: &str) {
    let mut text = String::from("What you type is said to everyone here, unless it begins with a slash:");
    for Command {
        name,
        arguments,
        help,
        ..
    } in &COMMANDS
    {
        let usage = format!("/{name}{arguments}");
        let _ = write!(text, "\n  {usage:<10}  {help}");
    }
    text.push_str("\n  //TEXT      say TEXT with a slash before it");
    chat.tell(by, text);
}

fn who(chat: &mut Chat, by: MemberId, _: &str) {
    let mut names: Vec<&str> = chat.names().take(WHO_NAMES).collect();
    names.sort_by_key(|name| name.to_lowercase());
    let count = chat.count();
    let others = (count > names.len()).then(|| plural(count - names.len(), "other"));
    names.extend(others.as_deref());
    let text = format!("{count} in the {ROOM}: {}.", list(&names));
    chat.tell(by, text);
}

fn me(chat: &mut Chat, by: MemberId, rest: &str) {
    if rest.is_empty() {
        return chat.tell(by, "Say what you do after the command, as in: /me waves".into());
    }
    let event = Event::Acted {
        who: chat.name(by).clone(),
        text: rest.into(),
    };
    chat.publish(Audience::Room { speaker: Some(by) }, event);
}

fn exit(chat: &mut Chat, by: MemberId, _: &str) {
    chat.tell(by, "You are disconnecting from the chat.".into());
    chat.leave(by);
}
