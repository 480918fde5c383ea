//! Private messages: each member that the user exchanges them with has a tab among the rooms, `@Ben`. What is typed there goes to
//! that member only.

use std::time::Instant;

use crate::base::limits::CLIENT_TABS;
use crate::base::name::NameKey;
use crate::base::time::day_and_minute;
use crate::client::app::App;
use crate::client::lines::Line;
use crate::client::plain::{found, private_head};
use crate::client::room::MARK;
use crate::wire::json::{ClientMessage, EventFields, SenderKind, ServerMessage};
use crate::wire::marked;

impl App {
    /// Handles a private message.
    pub(super) fn hear_private(&mut self, message: ServerMessage, now: Instant) {
        let ServerMessage::Private { id, time, from, is, to, text, notice, replayed, .. } = message else {
            return;
        };
        let is_own = NameKey::of(&from) == NameKey::of(self.link.name());
        let room = format!("{MARK}{}", if is_own { &to } else { &from });
        let head = private_head(&from, &to, self.link.name());
        let mut what =
            EventFields { id, time, room, who: from, is, text: Some(text), replayed, edited: false, notice };
        if replayed {
            return self.put_here(Line::notice(found(&what, false, &self.zone)));
        }
        // No further line may look like a line of somebody else. What stands here has its time, as a message of a room may have
        // such lines.
        let text = marked(what.text.as_deref().unwrap_or_default()).into_owned();
        what.text = Some(text.clone());
        let minute = day_and_minute(&what.time, &self.zone).map(|(_, minute)| minute).unwrap_or_default();
        let here = Line { time: minute, ..Line::notice(format!("{head} {text}")) };
        let Some(at) = self.tab(&what.room) else { return self.put_here(here) };
        let time = self.time(at, &what);
        let Some(tab) = self.rooms.at_mut(at) else { return };
        let line = Line::said(time, &what, false, self.link.name(), tab.roster.hue(&what.who));
        if is_own && at != self.rooms.place() {
            // The user typed it elsewhere, and sees there that it was sent.
            self.put_here(here);
        } else if !is_own {
            let is_person = what.is == SenderKind::Person;
            self.rooms.count_unread(at, is_person);
            if is_person {
                self.ring(format!("{head} {text}"), now);
            }
        }
        self.put(at, line);
    }

    /// Somebody that the user exchanged private messages with has left.
    pub(super) fn hear_gone(&mut self, name: &str) {
        if let Some(at) = self.rooms.find(&format!("{MARK}{name}")) {
            self.put(
                at,
                Line::faint(
                    "",
                    format!("── {name} has left; to write to whoever is {name} next: /msg {name} TEXT ──"),
                ),
            );
        }
    }

    /// The tab with this name, which is opened if there is room for one more.
    fn tab(&mut self, name: &str) -> Option<usize> {
        if self.rooms.find(name).is_none() && self.rooms.tabs() < CLIENT_TABS {
            self.rooms.add(name);
        }
        self.rooms.find(name)
    }

    /// What the server is to be sent for a message or a command that was typed in the tab of `partner`; `None` if nothing. An
    /// error: a sentence.
    pub(super) fn place_privately(
        &mut self,
        request: ClientMessage,
        partner: &str,
    ) -> Result<Option<ClientMessage>, String> {
        let is = |name: &str, command: &str| name.eq_ignore_ascii_case(command);
        Ok(Some(match request {
            ClientMessage::Say { text, .. } => {
                // Somebody else may have the name by the time that it arrives.
                ClientMessage::Say { room: None, to: Some(partner.to_owned()), ongoing: true, text }
            }
            ClientMessage::Command { name, .. } if is(&name, "me") => {
                return Err(
                    "/me is for rooms, and nothing was sent. Write it as text, or go to a room first.".into(),
                );
            }
            ClientMessage::Command { name, .. } if is(&name, "undo") || is(&name, "edit") => {
                return Err(format!(
                    "/{name} is for rooms, and nothing was changed: what you wrote privately stays."
                ));
            }
            ClientMessage::Command { name, rest, .. } if is(&name, "leave") && rest.is_empty() => {
                self.close_tab(partner);
                return Ok(None);
            }
            ClientMessage::Command { room, name, rest }
                if (is(&name, "history") || is(&name, "search")) && !rest.starts_with(MARK) =>
            {
                let rest = format!("{MARK}{partner} {rest}").trim_end().to_owned();
                ClientMessage::Command { room, name, rest }
            }
            other => other,
        }))
    }
}
