//! The state of the terminal client: keys and server messages go in, lines to show come out. The view draws the rest.
//!
//! It has no terminal, no socket and no clock: time is an argument. It has the contract of its [`Link`], and in addition:
//! input by [`App::press`], [`App::handle`] and [`App::handle_timeout`]; output by [`App::take_lines`] and [`App::take_bell`].

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use crate::base::limits::BELL_INTERVAL;
use crate::base::text::plural;
use crate::base::time::day_and_minute;
use crate::client::completion::complete;
use crate::client::lines::Line;
use crate::client::link::{End, Identity, Link, Output, Reconnect, Stage};
use crate::client::paste::Paste;
use crate::client::plain::found;
use crate::client::presence_digest::{Digest, PresenceChange, PresenceDigest};
use crate::client::roster::Roster;
use crate::client::sentences::{self, LEAVING, STOPPED, Typed};
use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;
use crate::terminal::keys::Key;
use crate::terminal::line_history::LineHistory;
use crate::wire::json::{EventFields, ServerMessage};

/// The terminal client without its terminal and its socket.
#[derive(Debug)]
pub struct App {
    pub(super) link: Link,
    pub(super) editor: Editor,
    pub(super) roster: Roster,
    /// Pasted lines, until the user answers what to do with them.
    pub(super) paste: Option<Paste>,
    line_history: LineHistory,
    completion: Option<Completion>,
    presence: PresenceDigest,
    zone: TimeZone,
    /// The date of the last line with a time.
    day: Option<String>,
    /// Replayed messages were shown since the last join.
    shows_old: bool,
    /// The input line, put aside while the user chooses another name.
    draft: Option<String>,
    /// The room that was joined last.
    welcomed: Option<String>,
    lines: Vec<Line>,
    bell: bool,
    /// When the bell rang last.
    rang_at: Option<Instant>,
    repaint: bool,
    end: Option<End>,
}

impl App {
    /// A client that connects at once. Shows times in this `zone`.
    pub fn new(identity: Identity, zone: TimeZone, seed: u64, now: Instant) -> App {
        App {
            link: Link::new(identity, Reconnect::AfterJoin, seed, now),
            editor: Editor::default(),
            roster: Roster::default(),
            paste: None,
            line_history: LineHistory::default(),
            completion: None,
            presence: PresenceDigest::default(),
            zone,
            day: None,
            shows_old: false,
            draft: None,
            welcomed: None,
            lines: Vec::new(),
            bell: false,
            rang_at: None,
            repaint: false,
            end: None,
        }
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

    /// Whether to ring the bell. Resets it.
    pub fn take_bell(&mut self) -> bool {
        std::mem::take(&mut self.bell)
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
        [self.link.next_deadline(), self.presence.deadline(), tick].into_iter().flatten().min()
    }

    /// Handles deadlines that have passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.link.handle_timeout(now);
        if self.presence.deadline().is_some_and(|at| at <= now) {
            self.flush_presence();
        }
    }

    /// Leaves; at once on the second call.
    pub fn leave(&mut self, now: Instant) {
        let unsent = self.link.waiting();
        if self.link.is_leaving() {
            self.link.abort();
        } else {
            self.link.leave(now);
        }
        if self.link.stage() == Stage::Ended && unsent > 0 {
            self.lines
                .push(Line::notice(format!("{} could not be sent any more.", plural(unsent, "message"))));
        }
    }

    /// Handles an output of the link.
    pub fn handle(&mut self, output: Output, now: Instant) {
        match output {
            Output::Connect | Output::Close => {}
            Output::NameRefused(why) => {
                self.draft.get_or_insert(self.editor.take());
                self.lines
                    .push(Line::notice(format!("{why} Type another name here, or start with -u NAME.")));
            }
            Output::Received(message) => self.hear(message, now),
            Output::LocalEcho(request) => self.lines.push(Line::own(&request, self.link.name())),
            Output::Reconnecting(_) => self.lose(),
            Output::Ended(end) => {
                self.flush_presence();
                self.end = Some(end);
            }
        }
    }

    /// Handles a key or a paste.
    pub fn press(&mut self, key: Key, now: Instant) {
        if let Some(paste) = self.paste.take() {
            return self.answer(paste, &key, now);
        }
        if let Key::Tab | Key::BackTab = key {
            return self.complete(key == Key::BackTab);
        }
        self.completion = None;
        match key {
            Key::Enter => self.enter(now),
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
            key => drop(self.editor.press(&key)),
        }
    }

    fn complete(&mut self, backwards: bool) {
        if let Some(completion) = &mut self.completion {
            return completion.turn(&mut self.editor, backwards);
        }
        let names = self.roster.others().map(|(name, _)| name);
        self.completion = complete(&mut self.editor, names, backwards);
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
        let line = self.editor.text().to_owned();
        if self.send(sentences::parse_line(&line), now) {
            self.line_history.push(&line);
            self.editor.take();
        }
    }

    /// Carries out a typed line. Returns false after an error, which is shown.
    fn send(&mut self, line: Typed, now: Instant) -> bool {
        let problem = match line {
            Typed::Nothing => None,
            Typed::Leave => {
                self.leave(now);
                None
            }
            Typed::Send(request) => self
                .link
                .send(request, now)
                .is_err()
                .then(|| "Too many messages wait to be sent. Try again in a moment.".to_owned()),
            Typed::TooLong(bytes) => Some(sentences::too_long(bytes)),
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
        match sentences::parse_message(&paste.within(&self.editor)) {
            Typed::TooLong(bytes) => {
                let count = plural(paste.lines(), "line");
                let why = sentences::too_long(bytes);
                self.lines.push(Line::notice(format!("You pasted {count}, and they were not sent. {why}")));
            }
            _ => self.paste = Some(paste),
        }
    }

    /// Handles the answer to the question about a paste.
    fn answer(&mut self, paste: Paste, key: &Key, now: Instant) {
        match key {
            Key::Enter | Key::Char('y' | 'Y') => {
                let text = paste.within(&self.editor);
                if self.send(sentences::parse_message(&text), now) {
                    self.line_history.push(&text);
                    self.editor.take();
                } else {
                    self.paste = Some(paste);
                }
            }
            Key::Char('e' | 'E') => self.editor.insert(paste.joined()),
            Key::Escape | Key::Char('n' | 'N') | Key::Ctrl('c') => {}
            // The question stays open.
            _ => self.paste = Some(paste),
        }
    }

    fn lose(&mut self) {
        self.flush_presence();
        if self.roster.count() > 0 {
            self.lines.push(Line::notice(STOPPED));
            self.roster.clear();
        }
    }

    fn hear(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Hello { .. } | ServerMessage::Removed { .. } => {}
            ServerMessage::Welcome { room, count, present, .. } => {
                self.roster.enter(count, present);
                self.lines.push(Line::notice(match self.welcomed.replace(room.clone()) {
                    Some(before) if before != room => sentences::moved(&room),
                    _ => sentences::joined(self.link.name()),
                }));
                self.shows_old = false;
                if let Some(draft) = self.draft.take() {
                    self.editor.set(draft);
                }
            }
            ServerMessage::Live { .. } => {
                if std::mem::take(&mut self.shows_old) {
                    self.lines.push(Line::faint("", "── new messages ──"));
                }
            }
            ServerMessage::Parted { text, .. } => {
                self.flush_presence();
                self.roster.clear();
                self.lines.push(Line::notice(text));
            }
            ServerMessage::Said { what } => self.hear_said(&what, false, now),
            ServerMessage::Acted { what } => self.hear_said(&what, true, now),
            ServerMessage::Found { what, acted, .. } => {
                self.lines.push(Line::notice(found(&what, acted, &self.zone)));
            }
            ServerMessage::Joined { what } => self.on_presence(&what, true, now),
            ServerMessage::Left { what } => self.on_presence(&what, false, now),
            ServerMessage::Notice { text } if text == LEAVING => {}
            ServerMessage::Notice { text } => self.lines.extend(text.split('\n').map(Line::notice)),
            ServerMessage::Refused { text, .. } => self.lines.push(Line::notice(text)),
        }
    }

    fn hear_said(&mut self, what: &EventFields, acted: bool, now: Instant) {
        if self.presence.mentions(&what.who, what.text.as_deref().unwrap_or_default()) {
            self.flush_presence();
        }
        let time = self.time(what);
        let line = Line::said(time, what, acted, self.link.name());
        self.shows_old |= what.replayed;
        if line.is_mention() && !what.replayed && self.rang_at.is_none_or(|at| now >= at + BELL_INTERVAL) {
            (self.bell, self.rang_at) = (true, Some(now));
        }
        self.lines.push(line);
    }

    fn on_presence(&mut self, what: &EventFields, came: bool, now: Instant) {
        if came {
            self.roster.joined(&what.who, what.is);
        } else {
            self.roster.left(&what.who);
        }
        let time = self.time(what);
        match &what.text {
            // A removal is never summarized.
            Some(reason) => {
                self.flush_presence();
                let text = format!("{} was removed by the host for: {reason}", what.who);
                self.lines.push(Line::faint(time, text));
            }
            None => self.presence.add(PresenceChange { name: what.who.clone(), came, time }, now),
        }
    }

    fn flush_presence(&mut self) {
        match self.presence.take() {
            Digest::Each(changes) => self.lines.extend(changes.into_iter().map(|change| {
                let what = if change.came { "joined" } else { "left" };
                Line::faint(change.time, format!("{} {what}", change.name))
            })),
            Digest::Summary(text, time) => self.lines.push(Line::faint(time, text)),
        }
    }

    /// Formats the time of an event. Adds a line with the date if it has changed.
    fn time(&mut self, what: &EventFields) -> String {
        let Some((day, minute)) = day_and_minute(&what.time, &self.zone) else { return String::new() };
        if self.day.as_ref().is_some_and(|last| *last != day) {
            self.flush_presence();
            self.lines.push(Line::faint("", format!("── {day} ──")));
        }
        self.day = Some(day);
        minute
    }
}
