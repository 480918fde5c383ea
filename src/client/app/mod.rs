//! The state of the terminal client: keys and server messages go in, lines to show come out. The view draws the rest.
//!
//! It has no terminal, no socket and no clock: time is an argument. It has the contract of its [`Link`], and in addition:
//! input by [`App::press`], [`App::handle`] and [`App::handle_timeout`]; output by [`App::take_lines`] and [`App::take_alert`].

mod hearing;
mod keys;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use crate::base::limits::CLIENT_ROOMS;
use crate::base::name::NameKey;
use crate::client::known::KnownRooms;
use crate::client::lines::Line;
use crate::client::link::{End, Identity, Link, Output, Reconnect, Stage};
use crate::client::paste::Paste;
use crate::client::recall::Recall;
use crate::client::remembered::Places;
use crate::client::room::Room;
use crate::client::rooms::Rooms;
use crate::client::sentences::{self, STOPPED};
use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;
use crate::terminal::line_history::LineHistory;

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
}
