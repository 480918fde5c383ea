//! How the user goes from room to room, and what each room hears meanwhile.

use crate::base::limits::CLIENT_ROOMS;
use crate::base::name::NameKey;
use crate::client::app::App;
use crate::client::lines::Line;
use crate::client::link::Stage;
use crate::client::presence_digest::Digest;
use crate::client::remembered::Places;
use crate::client::room::MARK;
use crate::client::sentences::{joined, moved};
use crate::terminal::keys::Key;
use crate::wire::json::{ClientMessage, Present};

impl App {
    /// Takes the rooms if they have changed, to remember them. `None` also while they are being entered.
    pub fn take_places(&mut self) -> Option<Places> {
        if self.link.stage() != Stage::Live {
            return None;
        }
        let rooms = self.rooms.names();
        let current = self.rooms.current().map(|room| &room.name).filter(|name| rooms.contains(name));
        let current = current.or(rooms.first())?.clone();
        self.rooms.take_changed().then_some(Places { rooms, current })
    }

    /// Handles a key that goes to another room. Returns false if it is another key.
    pub(super) fn press_room_key(&mut self, key: &Key) -> bool {
        let to = match *key {
            Key::Alt(digit @ '1'..='9') => digit.to_digit(10).map(|digit| digit as usize - 1),
            Key::Alt('a') => self.rooms.next_unread(),
            _ => return false,
        };
        if let Some(at) = to {
            self.go(at);
        }
        true
    }

    /// Goes to a room that the user is in.
    fn go(&mut self, at: usize) {
        let from = self.rooms.place();
        if !self.rooms.go(at) {
            return;
        }
        let draft = self.editor.take();
        if let Some(room) = self.rooms.at_mut(from) {
            room.draft = draft;
        }
        self.arrive();
    }

    /// Shows the current room, and puts its draft on the input line.
    fn arrive(&mut self) {
        self.flush_presence(self.rooms.place());
        let Some(room) = self.rooms.current_mut() else { return };
        if self.editor.is_empty() {
            self.editor.set(std::mem::take(&mut room.draft));
        }
        self.lines.extend(room.arrive());
    }

    /// What the server is to be sent for a message or a command in the current room; `None` if nothing. An error: a sentence.
    pub(super) fn place(&mut self, request: ClientMessage) -> Result<Option<ClientMessage>, String> {
        let partner = self.rooms.current().and_then(|room| room.partner()).map(str::to_owned);
        let to = match (&request, partner) {
            (ClientMessage::Command { name, rest, .. }, _)
                if name.eq_ignore_ascii_case("join") && !rest.is_empty() =>
            {
                rest.clone()
            }
            (ClientMessage::Command { name, rest, .. }, _)
                if name.eq_ignore_ascii_case("open") && !rest.is_empty() =>
            {
                return self.open(rest);
            }
            (ClientMessage::Command { name, rest, .. }, _)
                if name.eq_ignore_ascii_case("leave") && rest.starts_with(MARK) =>
            {
                let partner = rest.trim_start_matches(MARK);
                if self.rooms.find(rest).is_none() {
                    return Err(format!("There is no tab {rest} to close. /msg {partner} TEXT opens one."));
                }
                self.close_tab(partner);
                return Ok(None);
            }
            (_, Some(partner)) => return self.place_privately(request, &partner),
            (_, None) => {
                let current = self.rooms.current().map(|room| room.name.as_str());
                return Ok(Some(request.in_room(current)));
            }
        };
        if let Some(at) = self.rooms.find(&to) {
            self.go(at);
            return Ok(None);
        }
        self.go_when_entered(&to)?;
        Ok(Some(self.link.request_to_join(Some(to))))
    }

    /// What the server is to be sent for `/open`: a room of one's own, beside the others.
    fn open(&mut self, rest: &str) -> Result<Option<ClientMessage>, String> {
        let (room, topic) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        self.go_when_entered(room)?;
        Ok(Some(ClientMessage::Open { room: room.to_owned(), topic: topic.trim().to_owned() }))
    }

    /// The user goes to a room as soon as it is in it.
    fn go_when_entered(&mut self, room: &str) -> Result<(), String> {
        if self.rooms.is_full() {
            return Err(format!(
                "You are in {CLIENT_ROOMS} rooms, and that is the most. Leave one with /leave."
            ));
        }
        self.wanted = Some(room.to_owned());
        Ok(())
    }

    /// The user is in a room, for the first time or again after a loss.
    pub(super) fn enter_room(
        &mut self,
        name: &str,
        count: usize,
        present: Vec<Present>,
        earlier: Option<String>,
    ) {
        let is_new = self.rooms.find(name).is_none();
        if is_new && self.rooms.is_full() {
            return;
        }
        let room = self.rooms.add(name);
        room.roster.enter(count, present);
        (room.has_old, room.is_back) = (false, !is_new);
        let sentence = match self.welcomed.replace(name.to_owned()) {
            Some(before) if is_new && before != name => moved(name),
            _ => joined(self.link.name()),
        };
        let Some(at) = self.rooms.find(name) else { return };
        self.put(at, Line::notice(sentence));
        if let Some(words) = self.first_words.take() {
            self.put(at, Line::notice(words));
        }
        if let Some(earlier) = earlier {
            self.put(at, Line::faint("", earlier));
        }
        let key = NameKey::of(name);
        if self.wanted.take_if(|wanted| NameKey::of(wanted) == key).is_some() {
            self.go(at);
        }
    }

    /// Not all that was said in a room during a loss is replayed. Whoever comes anew is told how much is earlier.
    pub(super) fn mark_gap(&mut self, name: &str) {
        let Some(at) = self.rooms.find(name) else { return };
        if self.rooms.at_mut(at).is_some_and(|room| room.is_back) {
            self.put(at, Line::faint("", "── not all that you missed is shown; /history shows more ──"));
        }
    }

    /// The user is no longer in a room.
    pub(super) fn leave_room(&mut self, name: &str, why: String) {
        if self.rooms.remove(name) {
            // It was typed for that room, and is not for another one.
            self.put_aside();
            self.arrive();
        }
        self.lines.push(Line::notice(why));
    }

    /// Closes the tab of private messages with this member.
    pub(super) fn close_tab(&mut self, partner: &str) {
        if self.rooms.remove(&format!("{MARK}{partner}")) {
            self.arrive();
        }
    }

    /// Adds a line to a room. The user sees it now if it is the current one.
    pub(super) fn put(&mut self, at: usize, line: Line) {
        let is_shown = at == self.rooms.place();
        if let Some(room) = self.rooms.at_mut(at) {
            room.push(line.clone(), is_shown);
        }
        if is_shown {
            self.lines.push(line);
        }
    }

    /// Adds a line to the current room, or shows it outside of all rooms.
    pub(super) fn put_here(&mut self, line: Line) {
        self.put(self.rooms.place(), line);
    }

    /// The connection is lost or will be, for this reason: nobody is in any room.
    pub(super) fn lose_rooms(&mut self, why: &'static str) {
        for at in 0..self.rooms.count() {
            self.flush_presence(at);
            let Some(room) = self.rooms.at_mut(at) else { continue };
            if room.roster.count() > 0 {
                room.roster.clear();
                self.put(at, Line::notice(why));
            }
        }
    }

    /// Adds the joins and leaves that were held back to a room.
    pub(super) fn flush_presence(&mut self, at: usize) {
        let Some(room) = self.rooms.at_mut(at) else { return };
        let lines = match room.presence.take() {
            Digest::Each(changes) => changes
                .into_iter()
                .map(|change| {
                    let what = if change.came { "joined" } else { "left" };
                    Line::faint(change.time, format!("{} {what}", change.name))
                })
                .collect(),
            Digest::Summary(text, time) => vec![Line::faint(time, text)],
        };
        for line in lines {
            self.put(at, line);
        }
    }

    /// Where the user is: the current room, or the one to come.
    pub(super) fn room_name(&self) -> &str {
        self.rooms.current().map_or(self.link.room(), |room| &room.name)
    }

    /// How many members the current room has; 0 outside of all rooms.
    pub(super) fn member_count(&self) -> usize {
        self.rooms.current().map_or(0, |room| room.roster.count())
    }

    /// Whether the link is in no room although it is connected.
    pub(super) fn is_nowhere(&self) -> bool {
        let is_private = self.rooms.current().is_some_and(|room| room.partner().is_some());
        self.member_count() == 0 && !is_private && self.link.stage() == Stage::Live
    }
}
