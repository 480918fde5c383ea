//! The screen on the real terminal: where it is, what it is told, and what becomes of it when the terminal's size changes.
//!
//! Only the terminal knows where its cursor is, at the start and after it has broken its rows anew. So it is asked, and
//! nothing is drawn until it has answered or has had its time. Nothing waits for it.

use std::io;
use std::time::Instant;

use ratatui::layout::{Position, Size};

use crate::base::limits::CURSOR_REPLY_TIMEOUT;
use crate::client::ansi::{Ansi, Bytes};
use crate::client::app::App;
use crate::client::screen::Screen;
use crate::client::terminal;
use crate::client::view::Palette;

/// Asks where the cursor is.
const QUERY_CURSOR: &[u8] = b"\x1b[6n";

/// What is between these, terminals that know how to show at once.
const SYNC_UPDATE: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

#[derive(Debug)]
pub(super) struct Canvas {
    palette: Palette,
    bytes: Bytes,
    size: Size,
    screen: Option<Screen<Ansi>>,
    /// Where the cursor was on the input line when it was drawn last.
    column: u16,
    /// Until when an answer is awaited, and how many: the last one counts.
    asked: Option<Instant>,
    unanswered: usize,
}

impl Canvas {
    /// Asks where the cursor is; it draws once that is known.
    pub(super) fn new(palette: Palette, now: Instant) -> io::Result<Canvas> {
        let mut canvas = Canvas {
            palette,
            bytes: Bytes::default(),
            size: terminal::size(),
            screen: None,
            column: 0,
            asked: None,
            unanswered: 0,
        };
        canvas.query_cursor(now)?;
        Ok(canvas)
    }

    /// Whether it waits for an answer, until then.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.asked
    }

    /// The terminal may have another size.
    pub(super) fn resized(&mut self, now: Instant) -> io::Result<()> {
        let size = terminal::size();
        if size == self.size {
            return Ok(());
        }
        self.size = size;
        self.query_cursor(now)
    }

    /// The terminal says where its cursor is.
    pub(super) fn cursor_at(&mut self, at: Position) -> io::Result<()> {
        self.unanswered = self.unanswered.saturating_sub(1);
        // An answer that comes too late is about a screen that was drawn over since.
        if self.asked.is_none() || self.unanswered > 0 {
            return Ok(());
        }
        self.asked = None;
        // Rows that were longer than the terminal is wide now may have been broken: then the cursor is below the row in
        // which the input line begins.
        let width = self.size.width.max(1);
        let broken =
            if self.screen.is_some() && at.x == self.column % width { self.column / width } else { 0 };
        let top = if self.screen.is_some() || at.x == 0 { at.y.saturating_sub(broken) } else { at.y + 1 };
        self.place(Position { x: 0, y: top })
    }

    /// Does what is due: a terminal that does not answer gets its rows at the bottom.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> io::Result<()> {
        if self.asked.is_some_and(|until| until <= now) {
            (self.asked, self.unanswered) = (None, 0);
            self.place(Position { x: 0, y: self.size.height - 1 })?;
        }
        Ok(())
    }

    /// Shows the application, unless it is not known where.
    pub(super) fn paint(&mut self, app: &mut App, now: Instant) -> io::Result<()> {
        // Its rows may have moved already when the signal that says so is still on its way.
        self.resized(now)?;
        if app.take_repaint() {
            self.query_cursor(now)?;
        }
        let Some(screen) = self.screen.as_mut().filter(|_| self.asked.is_none()) else { return Ok(()) };
        let lines = app.take_lines();
        if !lines.is_empty() {
            screen.show(&lines)?;
        }
        screen.draw(app, now)?;
        self.column = screen.backend().cursor().x;
        let drawn = self.bytes.take();
        if app.take_bell() {
            terminal::write(b"\x07")?;
        }
        terminal::write(&[SYNC_UPDATE[0], &drawn, SYNC_UPDATE[1]].concat())
    }

    /// Takes the rows away.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        if let Some(screen) = &mut self.screen {
            screen.leave()?;
        }
        terminal::write(&self.bytes.take())
    }

    /// Other programs had the terminal since it was left: it is drawn anew where the cursor is.
    pub(super) fn resume(&mut self, now: Instant) -> io::Result<()> {
        self.screen = None;
        self.size = terminal::size();
        self.query_cursor(now)
    }

    fn query_cursor(&mut self, now: Instant) -> io::Result<()> {
        self.asked = Some(now + CURSOR_REPLY_TIMEOUT);
        self.unanswered += 1;
        terminal::write(QUERY_CURSOR)
    }

    /// Takes the rows from `at` on, and clears what is below.
    fn place(&mut self, at: Position) -> io::Result<()> {
        let at = Position { x: 0, y: at.y.min(self.size.height - 1) };
        terminal::write(format!("\x1b[{};1H\x1b[J", at.y + 1).as_bytes())?;
        self.screen = Some(Screen::new(Ansi::new(self.bytes.clone(), self.size, at), self.palette)?);
        Ok(())
    }
}
