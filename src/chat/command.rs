//! The slash commands, as a table: help, parsing and doing come from the same row.

use std::fmt::Write;
use std::time::SystemTime;

use crate::base::limits::WHO_NAMES;
use crate::base::text::{list, plural};
use crate::chat::Chat;
use crate::proto::{Event, MemberId, News, ROOM, Refusal, Who};

/// A command that members may type.
struct Command {
    /// Without the slash.
    name: &'static str,
    /// What follows it, as help shows it.
    arguments: &'static str,
    /// What it does, in a few words.
    help: &'static str,
    run: fn(&mut Chat, &Call<'_>),
}

/// A command as it was typed.
pub(super) struct Call<'a> {
    pub(super) by: MemberId,
    pub(super) rest: &'a str,
    pub(super) time: SystemTime,
}

const COMMANDS: [Command; 4] = [
    Command { name: "help", arguments: "", help: "show this", run: help },
    Command { name: "who", arguments: "", help: "who is here", run: who },
    Command { name: "me", arguments: " TEXT", help: "say what you do: \"/me waves\"", run: me },
    Command { name: "exit", arguments: "", help: "leave the chat", run: exit },
];

/// Does what the member asked for with `/name`, or tells why not.
pub(super) fn run(chat: &mut Chat, name: &str, call: &Call<'_>) {
    if let Some(command) = COMMANDS.iter().find(|c| c.name.eq_ignore_ascii_case(name)) {
        (command.run)(chat, call);
    } else {
        let text = format!(
            "There is no command /{name}. Type /help for those there are, or put a second slash before a message \
             that begins with one: //{name}"
        );
        chat.tell(call.by, Event::refused(Refusal::Command, text));
    }
}

fn help(chat: &mut Chat, call: &Call<'_>) {
    let mut text = String::from("What you type is said to everyone here, unless it begins with a slash:");
    for Command { name, arguments, help, .. } in &COMMANDS {
        let usage = format!("/{name}{arguments}");
        let _ = write!(text, "\n  {usage:<10}  {help}");
    }
    text.push_str("\n  //TEXT      say TEXT with a slash before it");
    chat.tell(call.by, Event::notice(text));
}

fn who(chat: &mut Chat, call: &Call<'_>) {
    let mut names: Vec<String> = chat.present().take(WHO_NAMES).map(Who::described).collect();
    names.sort_by_key(|name| name.to_lowercase());
    let count = chat.count();
    if count > names.len() {
        names.push(plural(count - names.len(), "other"));
    }
    let text = format!("{count} in the {ROOM}: {}.", list(&names));
    chat.tell(call.by, Event::notice(text));
}

fn me(chat: &mut Chat, call: &Call<'_>) {
    if call.rest.is_empty() {
        let text = "Say what you do after the command, as in: /me waves";
        return chat.tell(call.by, Event::refused(Refusal::Command, text));
    }
    let news = News::Acted { who: chat.who(call.by).clone(), text: call.rest.into() };
    chat.say(call.by, news, call.time);
}

fn exit(chat: &mut Chat, call: &Call<'_>) {
    chat.tell(call.by, Event::notice("You are disconnecting from the chat."));
    chat.leave(call.by, call.time);
}
