//! The state of the terminal client: keys and server messages go in, lines to show come out. The view draws the rest.
//!
//! It has no terminal, no socket and no clock: time is an argument. It has the contract of its [`Link`], and in addition:
//! input by [`App::press`], [`App::handle`] and [`App::handle_timeout`]; output by [`App::take_lines`] and [`App::take_alert`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use crate::base::limits::{BELL_INTERVAL, CLIENT_ROOMS, IGNORED_NAMES};
use crate::base::name::NameKey;
use crate::base::text::plural;
use crate::base::time::day_and_minute;
use crate::client::completion::{Words, complete};
use crate::client::emoji;
use crate::client::key_help;
use crate::client::known::KnownRooms;
use crate::client::lines::Line;
use crate::client::link::{End, Identity, Link, Output, Reconnect, Stage};
use crate::client::paste::Paste;
use crate::client::plain::{amended, found, renamed, topic_set};
use crate::client::presence_digest::PresenceChange;
use crate::client::recall::{Recall, Recalled};
use crate::client::remembered::Places;
use crate::client::room::{NEW_MESSAGES, Room};
use crate::client::rooms::Rooms;
use crate::client::sentences::{self, LEAVING, STOPPED, Typed};
use crate::proto::{ReplayExtent, STOPPING_PLAIN};
use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;
use crate::terminal::keys::Key;
use crate::terminal::line_history::LineHistory;
use crate::wire::json::{EventFields, SenderKind, ServerMessage, TopicFields};
use crate::wire::marked;
use crate::wire::sentences::earlier as earlier_than;

/// Whether the members' pane is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    /// On wide screens only.
    Usual,
    /// On narrow screens only: the user pressed F2.
    Flipped,
}

impl Pane {
    fn other(self) -> Pane {
        match self {
            Pane::Usual => Pane::Flipped,
            Pane::Flipped => Pane::Usual,
        }
    }
}

/// The terminal client without its terminal and its socket.
#[derive(Debug)]
pub struct App {
    pub(super) link: Link,
    pub(super) editor: Editor,
    pub(super) rooms: Rooms,
    /// Pasted lines, until the user answers what to do with them.
    pub(super) paste: Option<Paste>,
    line_history: LineHistory,
    /// The search in the history, while it goes on.
    pub(super) recall: Option<Recall>,
    pub(super) completion: Option<Completion>,
    /// What the server has told of its rooms.
    known: KnownRooms,
    /// The room to go to as soon as the server lets the user in.
    pub(super) wanted: Option<String>,
    pub(super) pane: Pane,
    pub(super) zone: TimeZone,
    /// Members whose messages are not shown.
    ignored: Vec<NameKey>,
    /// The names that such members took since, at most [`IGNORED_NAMES`].
    ignored_since: VecDeque<NameKey>,
    /// The input line, put aside while the user chooses another name.
    draft: Option<String>,
    /// Shown after the first join: what to do, or which rooms else the user comes back to.
    pub(super) first_words: Option<String>,
    /// The room that was joined last.
    pub(super) welcomed: Option<String>,
    pub(super) lines: Vec<Line>,
    /// What to alert the user to: a message that mentions the user.
    alert: Option<String>,
    /// When the user was alerted last.
    rang_at: Option<Instant>,
    repaint: bool,
    pub(super) end: Option<End>,
    /// How many messages were not sent before the end.
    pub(super) dropped: usize,
    /// `/help` was sent: after its answer stands where the keys are.
    points_to_keys: bool,
}

impl App {
    /// A client that connects at once. Shows times in this `zone`.
    pub fn new(identity: Identity, zone: TimeZone, seed: u64, now: Instant) -> App {
        App {
            link: Link::new(identity, Reconnect::AfterJoin, seed, now).with_lines(),
            editor: Editor::default(),
            rooms: Rooms::default(),
            paste: None,
            line_history: LineHistory::default(),
            recall: None,
            completion: None,
            known: KnownRooms::default(),
            wanted: None,
            pane: Pane::Usual,
            zone,
            ignored: Vec::new(),
            ignored_since: VecDeque::new(),
            draft: None,
            first_words: None,
            welcomed: None,
            lines: Vec::new(),
            alert: None,
            rang_at: None,
            repaint: false,
            end: None,
            dropped: 0,
            points_to_keys: false,
        }
    }

    /// Enters these rooms, and first the room that the identity names, if it names one. `hues` is the number of colours for names.
    #[must_use]
    pub fn with_places(mut self, places: Places, hues: usize) -> App {
        let Places { rooms: mut names, current } = places;
        let is_first_visit = names.is_empty();
        let wanted = self.link.room();
        let first = if wanted.is_empty() { current } else { wanted.to_owned() };
        self.rooms = Rooms::new(&names, hues);
        if !first.is_empty() {
            // The current room is entered first: nothing else is shown before.
            let key = NameKey::of(&first);
            names.retain(|name| NameKey::of(name) != key);
            names.insert(0, first);
            names.truncate(CLIENT_ROOMS);
        }
        self.first_words = match names.get(1..) {
            _ if is_first_visit => Some(sentences::FIRST_STEPS.to_owned()),
            Some(others @ [_, ..]) => Some(sentences::back_in(others)),
            _ => None,
        };
        self.link = self.link.with_rooms(names);
        self
    }

    /// Hears so many messages of people of a room's past. `None`: as many as the server thinks fit.
    #[must_use]
    pub fn hearing(mut self, history: Option<usize>) -> App {
        self.link = self.link.with_replay(history);
        self
    }

    /// Shows this sentence first.
    #[must_use]
    pub fn with_notice(mut self, text: String) -> App {
        self.lines.push(Line::notice(text));
        self
    }

    /// Shows no messages of members with these names.
    #[must_use]
    pub fn ignoring(mut self, names: &[String]) -> App {
        self.ignored = names.iter().map(|name| NameKey::of(name)).collect();
        self
    }

    fn is_ignored(&self, name: &str) -> bool {
        if self.ignored.is_empty() {
            return false;
        }
        let key = NameKey::of(name);
        self.ignored.contains(&key) || self.ignored_since.contains(&key)
    }

    /// The link, for the loop that owns the socket.
    pub fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    /// How it ended; `None` while it runs.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Takes new lines to print above the input line, in order.
    pub fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// The message to alert the user to, as `Bob: hello`. Resets it.
    pub fn take_alert(&mut self) -> Option<String> {
        self.alert.take()
    }

    /// The title of the window: the room, and how many messages are unread in others.
    pub fn title(&self) -> String {
        let unread: usize = self.rooms.iter().map(|room| room.unread).sum();
        let room = self.rooms.current().map(|room| format!("{} · ", room.name)).unwrap_or_default();
        let count = if unread > 0 { format!("({unread}) ") } else { String::new() };
        format!("{count}{room}Salon")
    }

    /// Whether to redraw the whole screen. Resets it.
    pub fn take_repaint(&mut self) -> bool {
        std::mem::take(&mut self.repaint)
    }

    /// The next deadline, the link's included.
    pub fn next_deadline(&self, now: Instant) -> Option<Instant> {
        // The countdown to the next attempt is redrawn each second.
        let tick = match self.link.stage() {
            Stage::Backoff { until } => {
                let left = until.saturating_duration_since(now);
                Some(now + Duration::from_nanos(u64::from(left.subsec_nanos())) + Duration::from_millis(1))
            }
            _ => None,
        };
        let presence = self.rooms.iter().filter_map(|room| room.presence.deadline()).min();
        [self.link.next_deadline(), presence, tick].into_iter().flatten().min()
    }

    /// Handles deadlines that have passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.link.handle_timeout(now);
        let is_due = |room: &Room| room.presence.deadline().is_some_and(|at| at <= now);
        let due: Vec<usize> =
            self.rooms.iter().enumerate().filter(|(_, room)| is_due(room)).map(|(at, _)| at).collect();
        for at in due {
            self.flush_presence(at);
        }
    }

    /// Handles an output of the link.
    pub fn handle(&mut self, output: Output, now: Instant) {
        match output {
            Output::Connect | Output::Close => {}
            Output::NameRefused(why) => {
                self.draft.get_or_insert(self.editor.take());
                self.lines.push(Line::notice(sentences::type_other_name(&why)));
            }
            Output::Received(message) => self.hear(message, now),
            Output::LocalEcho(request) => {
                let at = request.room().and_then(|room| self.rooms.find(room));
                self.put(at.unwrap_or(self.rooms.place()), Line::own(&request, self.link.name()));
            }
            Output::Reconnecting(_) => self.lose_rooms(STOPPED),
            Output::Ended(end) => {
                self.flush_presence(self.rooms.place());
                self.end_with(end);
            }
        }
    }

    /// Handles a key or a paste.
    pub fn press(&mut self, key: Key, now: Instant) {
        if self.link.is_leaving() {
            return self.press_while_leaving(&key, now);
        }
        if let Some(paste) = self.paste.take() {
            return self.answer(paste, &key, now);
        }
        if let (Key::Tab | Key::BackTab, None) = (&key, &self.recall) {
            return self.complete(key == Key::BackTab);
        }
        self.completion = None;
        if let Some(mut recall) = self.recall.take() {
            match recall.press(&key, &self.line_history, &mut self.editor) {
                Recalled::Searching => return self.recall = Some(recall),
                Recalled::Cancelled => return,
                Recalled::Chosen => return self.press(key, now),
            }
        }
        if self.press_room_key(&key) {
            return;
        }
        match key {
            Key::Enter => self.enter(now),
            Key::AltEnter => self.editor.insert("\n"),
            Key::Char(':') => {
                self.editor.press(&key);
                emoji::expand(&mut self.editor);
            }
            Key::Ctrl('r') => self.recall = Some(Recall::new(self.editor.text())),
            Key::Paste(text) => self.pasted(&text),
            Key::Up | Key::Ctrl('p') => {
                if let Some(line) = self.line_history.older(self.editor.text()) {
                    self.editor.set(line);
                }
            }
            Key::Down | Key::Ctrl('n') => {
                if let Some(line) = self.line_history.newer() {
                    self.editor.set(line);
                }
            }
            Key::Ctrl('c' | 'd') if self.editor.is_empty() => self.leave(now),
            Key::Ctrl('c') => drop(self.editor.take()),
            Key::Ctrl('l') => self.repaint = true,
            Key::F2 => self.pane = self.pane.other(),
            Key::Escape if self.link.waiting() > 0 => self.drop_waiting(),
            key => drop(self.editor.press(&key)),
        }
    }

    fn complete(&mut self, backwards: bool) {
        if let Some(completion) = &mut self.completion {
            return completion.turn(&mut self.editor, backwards);
        }
        let room = self.rooms.current();
        // In a private tab, those of all rooms: one may write to any of them.
        let is_private = room.is_some_and(|room| room.partner().is_some());
        let asked =
            self.rooms.iter().filter(|other| is_private || room.is_some_and(|room| room.name == other.name));
        let names = asked.flat_map(|room| room.roster.others().map(|other| other.name.as_str()));
        let partners = self.rooms.iter().filter_map(Room::partner);
        let rooms = self.rooms.iter().filter(|room| room.partner().is_none()).map(|room| room.name.as_str());
        let words = Words {
            names: names.chain(partners).collect(),
            rooms: self.known.names().chain(rooms).collect(),
            commands: room.into_iter().flat_map(|room| self.known.commands(&room.name)).collect(),
        };
        self.completion = complete(&mut self.editor, &words, backwards);
    }

    /// Takes what is on the input line away. The up arrow brings it back.
    pub(super) fn put_aside(&mut self) {
        let line = self.editor.take();
        self.line_history.push(&line);
    }

    /// Handles Enter.
    fn enter(&mut self, now: Instant) {
        if self.link.stage() == Stage::NeedsName {
            let name = self.editor.take();
            if sentences::parse_line(name.trim()) == Typed::Leave {
                // Without a name, waiting messages cannot be sent: leave at once.
                self.leave(now);
                if self.link.stage() == Stage::NeedsName {
                    self.leave(now);
                }
            } else if !name.trim().is_empty() {
                self.link.set_name(name.trim().to_owned(), now);
            }
            return;
        }
        // Taken first: the line may lead to another room, which has its own draft.
        let line = self.editor.take();
        if self.send(sentences::parse_line(&emoji::expanded(&line)), now) {
            self.line_history.push(&line);
        } else {
            self.editor.set(line);
        }
    }

    /// Carries out a typed line, or shows why not. Returns false if it can be sent once it is changed, or later.
    fn send(&mut self, line: Typed, now: Instant) -> bool {
        let problem = match line {
            Typed::Nothing => None,
            Typed::Leave => {
                self.leave(now);
                None
            }
            Typed::Send(request) if key_help::is_keys(&request) => {
                for line in key_help::lines() {
                    self.put_here(Line::notice(line));
                }
                None
            }
            Typed::Send(request) => match self.place(request) {
                Ok(Some(request)) => {
                    self.points_to_keys |= key_help::is_help(&request);
                    let sent = self.link.send(request, now);
                    sent.is_err()
                        .then(|| "Too many messages wait to be sent. Try again in a moment.".to_owned())
                }
                Ok(None) => None,
                Err(problem) => {
                    // It cannot be done here: what is typed next does not follow it.
                    self.lines.push(Line::notice(problem));
                    return true;
                }
            },
            Typed::TooLong(bytes) => Some(sentences::too_long(bytes)),
            Typed::TooManyLines(lines) => Some(sentences::too_many_lines(lines)),
        };
        let possible = problem.is_none();
        self.lines.extend(problem.map(Line::notice));
        possible
    }

    fn pasted(&mut self, text: &str) {
        let paste = Paste::new(text);
        if paste.lines() < 2 {
            self.editor.insert(paste.joined());
            return;
        }
        let why = match sentences::parse_message(&paste.within(&self.editor)) {
            Typed::TooLong(bytes) => sentences::too_long(bytes),
            Typed::TooManyLines(lines) => sentences::too_many_lines(lines),
            _ => return self.paste = Some(paste),
        };
        let count = plural(paste.lines(), "line");
        self.lines.push(Line::notice(format!("You pasted {count}, and they were not sent. {why}")));
    }

    /// Handles the answer to the question about a paste.
    fn answer(&mut self, paste: Paste, key: &Key, now: Instant) {
        match key {
            Key::Enter | Key::Char('y' | 'Y') => {
                let text = paste.within(&self.editor);
                if self.send(sentences::parse_message(&emoji::expanded(&text)), now) {
                    self.line_history.push(&text);
                    self.editor.take();
                } else {
                    self.paste = Some(paste);
                }
            }
            Key::Char('e' | 'E') => self.editor.insert(paste.joined()),
            Key::Escape | Key::Char('n' | 'N') | Key::Ctrl('c') => self.drop_paste(&paste),
            // Whoever types on has not seen the question: all stays on the input line.
            Key::Char(c) => {
                self.editor.insert(paste.joined());
                self.editor.insert(&c.to_string());
            }
            Key::Paste(more) => self.pasted(&format!("{}\n{more}", paste.joined())),
            // The question stays open.
            _ => self.paste = Some(paste),
        }
    }

    /// Drops pasted lines; the up arrow brings them back.
    fn drop_paste(&mut self, paste: &Paste) {
        let (count, were) = (paste.lines(), if paste.lines() == 1 { "was" } else { "were" });
        let count = plural(count, "pasted line");
        self.lines.push(Line::notice(format!("{count} {were} dropped. The up arrow brings them back.")));
        self.line_history.push(&paste.within(&self.editor));
        self.editor.take();
    }

    fn hear(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Hello { .. } => {}
            // The link passes on only this reason: it will connect again.
            ServerMessage::Removed { .. } => self.lose_rooms(STOPPING_PLAIN),
            ServerMessage::Welcome { room, count, present, topic, replayed, earlier, older, .. } => {
                let extent = ReplayExtent { replayed, earlier, may_have_older: older };
                self.enter_room(&room, count, present, earlier_than(extent));
                if let Some((at, topic)) = self.rooms.find(&room).zip(topic) {
                    let TopicFields { text, who, .. } = topic;
                    self.put(at, Line::notice(format!("The topic: {text} (by {who})")));
                }
                if let Some(draft) = self.draft.take() {
                    self.editor.set(draft);
                }
            }
            ServerMessage::Live { room } => {
                let Some(at) = self.rooms.find(&room) else { return };
                if self.rooms.at_mut(at).is_some_and(|room| std::mem::take(&mut room.has_old)) {
                    self.put(at, Line::faint("", NEW_MESSAGES));
                }
            }
            ServerMessage::Gap { room, .. } => self.mark_gap(&room),
            ServerMessage::Parted { room, text } => self.leave_room(&room, text),
            ServerMessage::Said { what }
            | ServerMessage::Acted { what }
            | ServerMessage::Edited { what, .. }
            | ServerMessage::Found { what, .. }
                if self.is_ignored(&what.who) => {}
            ServerMessage::Said { what } => self.hear_said(&what, false, now),
            ServerMessage::Acted { what } => self.hear_said(&what, true, now),
            ServerMessage::Erased { what, message } | ServerMessage::Edited { what, message } => {
                self.hear_amended(&what, message);
            }
            ServerMessage::Found { what, acted, .. } => {
                self.put_here(Line::notice(found(&what, acted, &self.zone)));
            }
            ServerMessage::Private { from, .. } if self.is_ignored(&from) => {}
            ServerMessage::Private { .. } => self.hear_private(message, now),
            ServerMessage::Joined { what } => self.on_presence(&what, true, None, now),
            ServerMessage::Left { what, by } => self.on_presence(&what, false, by.as_deref(), now),
            ServerMessage::Topic { what } => self.hear_change(&what, topic_set(&what)),
            ServerMessage::Changed { what, .. } => {
                let text = what.text.clone().unwrap_or_default();
                self.hear_change(&what, text);
            }
            ServerMessage::Nick { name, was } if name == self.link.name() => {
                self.put_here(Line::notice(format!("You are now {name}, and not {was} any more.")));
            }
            ServerMessage::Nick { name, was } => {
                self.rename(&was, &name);
                self.put_here(Line::notice(renamed(&was, &name)));
            }
            ServerMessage::Gone { name } => self.hear_gone(&name),
            ServerMessage::Renamed { what, was } => self.on_renamed(&what, &was),
            ServerMessage::Rooms { rooms } => self.known.replace(rooms),
            ServerMessage::Room { room } => self.known.update(room),
            ServerMessage::Notice { text, .. } if text == LEAVING => {}
            ServerMessage::Notice { room, text } => {
                let at = room.and_then(|room| self.rooms.find(&room)).unwrap_or(self.rooms.place());
                let pointer = std::mem::take(&mut self.points_to_keys).then_some(key_help::POINTER);
                for line in text.split('\n').chain(pointer) {
                    self.put(at, Line::notice(line));
                }
            }
            ServerMessage::Refused { text, .. } => {
                self.wanted = None;
                self.put_here(Line::notice(text));
            }
        }
    }

    fn hear_said(&mut self, what: &EventFields, acted: bool, now: Instant) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        let Some(room) = self.rooms.at_mut(at) else { return };
        let line = Line::said(time, what, acted, self.link.name(), room.roster.hue(&what.who));
        room.has_old |= what.replayed;
        let is_unread = !what.replayed || room.is_back;
        let is_held_back = room.presence.mentions(&what.who, what.text.as_deref().unwrap_or_default());
        if is_held_back {
            self.flush_presence(at);
        }
        // Bots and hosts talk without end, and nobody has to read that.
        if is_unread && what.is == SenderKind::Person {
            self.rooms.count_unread(at, line.is_mention());
        }
        if line.is_mention() && !what.replayed {
            self.ring(line.text(), now);
        }
        self.put(at, line);
    }

    /// Alerts the user to a message, unless it was alerted just before.
    pub(super) fn ring(&mut self, text: String, now: Instant) {
        if self.rang_at.is_none_or(|at| now >= at + BELL_INTERVAL) {
            (self.alert, self.rang_at) = (Some(text), Some(now));
        }
    }

    /// A room's topic or something else of it has changed.
    fn hear_change(&mut self, what: &EventFields, text: String) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        self.flush_presence(at);
        self.put(at, Line::faint(time, text));
    }

    /// A message is erased, or has another text. What the terminal shows already cannot be changed, so the user is told.
    fn hear_amended(&mut self, what: &EventFields, message: u64) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let text = what.text.as_deref().map(marked);
        if self.rooms.at_mut(at).is_some_and(|room| room.amend(message, text.as_deref()))
            && !self.is_ignored(&what.who)
        {
            self.hear_change(what, amended(what));
        }
    }

    /// A member joined, left, or was removed by somebody.
    fn on_presence(&mut self, what: &EventFields, came: bool, by: Option<&str>, now: Instant) {
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        let Some(room) = self.rooms.at_mut(at) else { return };
        if came {
            room.roster.joined(&what.who, what.is);
        } else {
            room.roster.left(&what.who);
        }
        match &what.text {
            // A removal is never summarized.
            Some(reason) => {
                self.flush_presence(at);
                let text = match by {
                    Some(by) if reason.is_empty() => format!("{} was removed by {by}", what.who),
                    Some(by) => format!("{} was removed by {by}: {reason}", what.who),
                    None => format!("{} was removed by the host for: {reason}", what.who),
                };
                self.put(at, Line::faint(time, text));
            }
            None => room.presence.add(PresenceChange { name: what.who.clone(), came, time }, now),
        }
    }

    /// A member of a room has another name.
    fn on_renamed(&mut self, what: &EventFields, was: &str) {
        self.rename(was, &what.who);
        let Some(at) = self.rooms.find(&what.room) else { return };
        let time = self.time(at, what);
        self.flush_presence(at);
        if let Some(room) = self.rooms.at_mut(at) {
            room.roster.rename(was, &what.who);
        }
        self.put(at, Line::faint(time, renamed(was, &what.who)));
    }

    /// Whatever is known of a member by its name follows to another name: its private messages, and whether it is ignored.
    fn rename(&mut self, from: &str, to: &str) {
        self.rooms.rename_tab(from, to);
        if self.is_ignored(from) && !self.is_ignored(to) {
            if self.ignored_since.len() == IGNORED_NAMES {
                self.ignored_since.pop_front();
            }
            self.ignored_since.push_back(NameKey::of(to));
        }
    }

    /// Formats the time of an event. Adds a line with the date to the room if it has changed.
    pub(super) fn time(&mut self, at: usize, what: &EventFields) -> String {
        let Some((day, minute)) = day_and_minute(&what.time, &self.zone) else { return String::new() };
        let last = self.rooms.at_mut(at).and_then(|room| room.day.replace(day.clone()));
        if last.is_some_and(|last| last != day) {
            self.flush_presence(at);
            self.put(at, Line::faint("", format!("── {day} ──")));
        }
        minute
    }
}
