//! Commands about channels and messages: JOIN, PART, PRIVMSG, NOTICE, TAGMSG, TOPIC, KICK and INVITE.

use std::rc::Rc;

use crate::base::limits::{IRC_MESSAGE_TARGETS, IRC_TARGETS, MESSAGE_BYTES, TOPIC_BYTES};
use crate::proto::{ProgramRequest, ReplayLimit, Request, TypingState};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Asked;
use crate::wire::irc::caps::Caps;
use crate::wire::irc::commands::is_of_session;
use crate::wire::irc::message::{CTCP, Message};
use crate::wire::irc::text::cut;

/// What a PRIVMSG or a NOTICE says.
enum Said {
    /// A text.
    Text(String),
    /// An action: `/me`.
    Act(String),
    /// Another CTCP message, such as `VERSION`.
    Ctcp(String),
}

impl Said {
    fn parse(text: &str) -> Said {
        let plain = |text: &str| text.replace(CTCP, "");
        let Some(ctcp) = text.strip_prefix(CTCP) else { return Said::Text(plain(text)) };
        match ctcp.split_once(' ').unwrap_or((ctcp, "")) {
            (word, act) if word.eq_ignore_ascii_case("ACTION") => Said::Act(plain(act).replace('\n', " ")),
            (word, _) => Said::Ctcp(plain(word)),
        }
    }
}

/// The command in what somebody tells the host of a room, and what follows it.
fn host_command(text: &str) -> (String, String) {
    let (name, rest) = text.split_once([' ', '\n']).unwrap_or((text, ""));
    (name.trim_start_matches(['/', '!']).to_owned(), rest.trim().replace('\n', " "))
}

impl Irc {
    /// JOIN. Keys are not asked for: a private room admits those who are invited.
    pub(super) fn join(&mut self, message: &Message<'_>) {
        let list = message.param(0);
        if list.is_empty() {
            return self.needs_more("JOIN");
        }
        if list == "0" {
            for room in self.rooms.clone() {
                self.leave(&room);
            }
            return;
        }
        for target in self.targets("JOIN", list, IRC_TARGETS) {
            let Some(room) = target.strip_prefix('#').map(str::to_owned) else {
                self.numeric("403", &[&target], "The name of a channel begins with #");
                continue;
            };
            let asked = Asked::about("JOIN", &target);
            let replay = self.replay();
            self.ask(asked, Request::Program(ProgramRequest::Enter { room, replay }));
        }
    }

    /// Joins the first room, of which it does not know the name.
    pub(super) fn join_first(&mut self) {
        let replay = self.replay();
        self.ask(Asked::about("JOIN", ""), Request::Join { room: None, replay });
    }

    /// How much of a room's history it hears as it joins: nothing, if it asks for that by itself.
    fn replay(&self) -> Option<ReplayLimit> {
        self.caps.has(Caps::HISTORY).then_some(ReplayLimit::OFF)
    }

    /// PART. Reasons are not told: no other client has them.
    pub(super) fn part(&mut self, message: &Message<'_>) {
        let list = message.param(0);
        if list.is_empty() {
            return self.needs_more("PART");
        }
        for target in self.targets("PART", list, IRC_TARGETS) {
            match target.strip_prefix('#') {
                Some(room) => self.leave(room),
                None => self.numeric("403", &[&target], "The name of a channel begins with #"),
            }
        }
    }

    fn leave(&mut self, room: &str) {
        let asked = Asked::about("PART", &format!("#{room}"));
        self.ask(asked, Request::Leave { room: Some(room.to_owned()) });
    }

    /// PRIVMSG, and NOTICE, which nobody answers by itself (RFC 2812, section 3.3.2): no bot, no host, and no numeric.
    pub(super) fn message(&mut self, message: &Message<'_>) {
        if !self.add_to_batch(message) {
            self.say(&message.command, message.param(0), message.param(1));
        }
    }

    /// Says something to all targets of a list. Nothing answers a notice, as above.
    pub(super) fn say(&mut self, command: &str, list: &str, text: &str) {
        let is_notice = command == "NOTICE";
        let list = list.replace(CTCP, "");
        if list.is_empty() && is_notice {
            return;
        }
        if list.is_empty() {
            return self.numeric("411", &[], &format!("No recipient given ({command})"));
        }
        let said = Said::parse(text);
        let is_blank = match &said {
            Said::Text(text) | Said::Act(text) => text.trim().is_empty(),
            Said::Ctcp(_) => false,
        };
        if is_blank && is_notice {
            return;
        }
        if is_blank {
            return self.numeric("412", &[], "No text to send");
        }
        for target in self.targets(command, &list, IRC_MESSAGE_TARGETS) {
            let asked = Asked::about(command, &target);
            if let Said::Ctcp(word) = &said {
                if !is_notice {
                    self.server_notice(&format!("CTCP {word} is not passed on to {target}."));
                }
            } else if let Some(word) = Irc::word_to_host(&target, &said) {
                let why =
                    format!("The host takes the commands of its room only, and {word} is not one of them.");
                if !is_notice {
                    self.server_notice(&why);
                }
            } else if let Some(request) = self.request_to(&target, &said, is_notice) {
                self.ask(asked, request);
            }
        }
    }

    /// What somebody tells the host of a room that is no command of a room, but would act on the session.
    fn word_to_host(target: &str, said: &Said) -> Option<String> {
        let Said::Text(text) = said else { return None };
        let (word, _) = host_command(text);
        let is_to_host = Irc::is_host(target.split(['!', '@']).next().unwrap_or_default());
        (is_to_host && is_of_session(&word)).then_some(word)
    }

    /// The request that says something to a channel, to whoever drives the room, or to a member.
    fn request_to(&self, target: &str, said: &Said, is_notice: bool) -> Option<Request> {
        let (text, is_act) = match said {
            Said::Text(text) | Said::Ctcp(text) => (text.as_str(), false),
            Said::Act(text) => (text.as_str(), true),
        };
        if text.len() > MESSAGE_BYTES {
            return Some(Request::SayTooLong);
        }
        let text = text.trim_end();
        let in_words = || if is_act { format!("* {} {text}", self.nick()) } else { text.to_owned() };
        Some(match target.strip_prefix('#').map(str::to_owned) {
            Some(room) if is_notice => Request::Program(ProgramRequest::Notice { room, text: in_words() }),
            Some(room) if is_act => {
                Request::Command { room: Some(room), name: "me".into(), rest: text.trim().to_owned() }
            }
            Some(room) => Request::Say { room: Some(room), text: text.to_owned() },
            None => {
                // A client may name somebody in full, as nick!user@host.
                let to = target.split(['!', '@']).next().unwrap_or_default();
                if Irc::is_host(to) && is_notice {
                    return None;
                }
                if Irc::is_host(to) {
                    let (name, rest) = host_command(text);
                    return Some(Request::command(None, name, &rest));
                }
                Request::Tell { to: to.to_owned(), text: in_words().into(), is_ongoing: false, is_notice }
            }
        })
    }

    /// TAGMSG: who is typing is told where it can be.
    pub(super) fn tagmsg(&mut self, message: &Message<'_>) {
        let target = message.param(0);
        if target.is_empty() {
            return self.needs_more("TAGMSG");
        }
        let state = match message.tag("+typing") {
            Some("active") => TypingState::Active,
            Some("paused") => TypingState::Paused,
            Some("done") => TypingState::Done,
            _ => return,
        };
        let request = match target.strip_prefix('#') {
            Some(room) if self.rooms.iter().any(|own| own.eq_ignore_ascii_case(room)) => {
                ProgramRequest::Typing { room: Some(room.to_owned()), state }
            }
            Some(_) => return,
            // A client may name somebody in full, as nick!user@host.
            None => ProgramRequest::TypingTo {
                to: target.split(['!', '@']).next().unwrap_or_default().to_owned(),
                state,
            },
        };
        self.ask(Asked::about("TAGMSG", target), Request::Program(request));
    }

    /// TOPIC.
    pub(super) fn topic(&mut self, message: &Message<'_>) {
        let Some(room) = self.channel_of(message) else { return };
        let text = match message.params.get(1) {
            Some(text) if text.trim().is_empty() => "-",
            Some(text) => cut(text, TOPIC_BYTES),
            None => "",
        };
        self.command(message, "topic", Some(room), text);
    }

    /// KICK.
    pub(super) fn kick(&mut self, message: &Message<'_>) {
        let Some(room) = self.channel_of(message) else { return };
        if message.param(1).is_empty() {
            return self.needs_more("KICK");
        }
        let own = self.nick().to_owned();
        for nick in self.targets("KICK", message.param(1), IRC_MESSAGE_TARGETS) {
            // Clients send their own nick if their user gives no reason.
            let reason = Some(message.param(2)).filter(|reason| *reason != nick && *reason != own);
            self.command(message, "kick", Some(room), &format!("{nick} {}", reason.unwrap_or_default()));
        }
    }

    /// INVITE.
    pub(super) fn invite(&mut self, message: &Message<'_>) {
        let (nick, channel) = (message.param(0), message.param(1));
        if channel.is_empty() {
            return self.needs_more("INVITE");
        }
        match channel.strip_prefix('#') {
            Some(room) => {
                let rest = nick.to_owned();
                let request = Request::Command { room: Some(room.to_owned()), name: "invite".into(), rest };
                self.ask(Asked::about("INVITE", channel), request);
            }
            None => self.numeric("403", &[channel], "The name of a channel begins with #"),
        }
    }

    /// The room of a command whose first parameter is a channel; if it is none, the client is told so.
    pub(super) fn channel_of<'a>(&mut self, message: &Message<'a>) -> Option<&'a str> {
        let target = message.param(0);
        if target.is_empty() {
            self.needs_more(&message.command);
            return None;
        }
        let room = target.strip_prefix('#');
        if room.is_none() {
            self.numeric("403", &[target], "The name of a channel begins with #");
        }
        room
    }

    /// The targets of a list, as many as there may be.
    pub(super) fn targets(&mut self, command: &str, list: &str, most: usize) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for target in list.split(',').filter(|target| !target.is_empty()) {
            if all.iter().any(|other| other.eq_ignore_ascii_case(target)) {
                continue;
            }
            if all.len() == most && command == "NOTICE" {
                break;
            }
            if all.len() == most {
                self.numeric("407", &[target], &format!("Too many targets for {command}: {most} at most"));
                break;
            }
            all.push(target.to_owned());
        }
        all
    }

    /// Notes that it is in a room, or no longer.
    pub(super) fn is_in(&mut self, room: &Rc<str>, is_in: bool) {
        self.rooms.retain(|other| other != room);
        if is_in {
            self.rooms.push(room.clone());
        }
    }
}
