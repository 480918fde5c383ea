//! The screen on the real terminal: its position, its output, and what happens when the terminal is resized.
//!
//! Only the terminal knows where its cursor is, at the start and after a resize has rewrapped its rows. The canvas queries
//! the position, and draws nothing until the reply or a timeout. It never blocks on the reply.

use std::io;
use std::time::Instant;

use ratatui::layout::{Position, Size};

use crate::base::limits::CURSOR_REPLY_TIMEOUT;
use crate::client::alert::{self, Notifications, alert, knows_777};
use crate::client::ansi::{Ansi, Bytes};
use crate::client::app::App;
use crate::client::palette::Palette;
use crate::client::screen::Screen;
use crate::client::terminal;

/// The cursor position query (DSR 6).
const QUERY_CURSOR: &[u8] = b"\x1b[6n";

/// Begin and end of a synchronized update: terminals that support it show everything in between at once.
const SYNC_UPDATE: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

/// The screen on the real terminal.
#[derive(Debug)]
pub(super) struct Canvas {
    palette: Palette,
    /// Output that is not written yet.
    bytes: Bytes,
    size: Size,
    notifications: Notifications,
    /// The window's title.
    title: String,
    /// `None` until its position is known.
    screen: Option<Screen<Ansi>>,
    /// The cursor's column when the input line was drawn last.
    column: u16,
    /// The timeout of the last query; `None` once its reply came.
    query_timeout: Option<Instant>,
    /// Queries without a reply. Only the reply to the last one counts.
    unanswered: usize,
}

impl Canvas {
    /// Queries the cursor. Draws once its position is known.
    pub(super) fn new(palette: Palette, notifications: Notifications, now: Instant) -> io::Result<Canvas> {
        let mut canvas = Canvas {
            palette,
            bytes: Bytes::default(),
            size: terminal::size(),
            notifications,
            title: String::new(),
            screen: None,
            column: 0,
            query_timeout: None,
            unanswered: 0,
        };
        canvas.query_cursor(now)?;
        Ok(canvas)
    }

    /// The timeout of a pending query.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.query_timeout
    }

    /// The terminal's size may have changed.
    pub(super) fn resized(&mut self, now: Instant) -> io::Result<()> {
        let size = terminal::size();
        if size == self.size {
            return Ok(());
        }
        self.size = size;
        self.query_cursor(now)
    }

    /// The terminal reports its cursor's position.
    pub(super) fn cursor_at(&mut self, at: Position) -> io::Result<()> {
        self.unanswered = self.unanswered.saturating_sub(1);
        // A late reply is outdated: the screen was drawn since.
        if self.query_timeout.is_none() || self.unanswered > 0 {
            return Ok(());
        }
        self.query_timeout = None;
        // A narrower terminal may have wrapped the input line: then the cursor is below the row in which the line begins.
        let width = self.size.width.max(1);
        let broken =
            if self.screen.is_some() && at.x == self.column % width { self.column / width } else { 0 };
        let top = if self.screen.is_some() || at.x == 0 { at.y.saturating_sub(broken) } else { at.y + 1 };
        self.place(Position { x: 0, y: top })
    }

    /// Handles the query's timeout: without a reply, the screen goes to the bottom of the terminal.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> io::Result<()> {
        if self.query_timeout.is_some_and(|until| until <= now) {
            (self.query_timeout, self.unanswered) = (None, 0);
            self.place(Position { x: 0, y: self.size.height - 1 })?;
        }
        Ok(())
    }

    /// Draws the application, unless the position is unknown.
    pub(super) fn paint(&mut self, app: &mut App, now: Instant) -> io::Result<()> {
        // After a resize, the rows may have moved before SIGWINCH arrives.
        self.resized(now)?;
        if app.take_repaint() {
            self.query_cursor(now)?;
        }
        let Some(screen) = self.screen.as_mut().filter(|_| self.query_timeout.is_none()) else {
            return Ok(());
        };
        let lines = app.take_lines();
        if !lines.is_empty() {
            screen.show(&lines)?;
        }
        screen.draw(app, now)?;
        self.column = screen.backend().cursor().x;
        let drawn = self.bytes.take();
        if let Some(message) = app.take_alert() {
            terminal::write(alert(&message, self.notifications, knows_777()).as_bytes())?;
        }
        let title = app.title();
        if title != self.title {
            terminal::write(alert::title(&title).as_bytes())?;
            self.title = title;
        }
        terminal::write(&[SYNC_UPDATE[0], &drawn, SYNC_UPDATE[1]].concat())
    }

    /// Clears the input line and the status line.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        if let Some(screen) = &mut self.screen {
            screen.leave()?;
        }
        terminal::write(&self.bytes.take())
    }

    /// Redraws at the cursor after a suspension, during which other programs used the terminal.
    pub(super) fn resume(&mut self, now: Instant) -> io::Result<()> {
        self.screen = None;
        self.title.clear();
        self.size = terminal::size();
        self.query_cursor(now)
    }

    fn query_cursor(&mut self, now: Instant) -> io::Result<()> {
        self.query_timeout = Some(now + CURSOR_REPLY_TIMEOUT);
        self.unanswered += 1;
        terminal::write(QUERY_CURSOR)
    }

    /// Puts the screen at the row of `at`, and clears everything below.
    fn place(&mut self, at: Position) -> io::Result<()> {
        let at = Position { x: 0, y: at.y.min(self.size.height - 1) };
        terminal::write(format!("\x1b[{};1H\x1b[J", at.y + 1).as_bytes())?;
        self.screen = Some(Screen::new(Ansi::new(self.bytes.clone(), self.size, at), self.palette)?);
        Ok(())
    }
}
