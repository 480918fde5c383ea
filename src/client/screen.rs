//! An inline viewport: messages scroll into the terminal's own scrollback, and the rows below them are redrawn in place.
//!
//! It draws on any backend of `ratatui`; tests use one without a terminal.

use std::time::Instant;

use ratatui::backend::Backend;
use ratatui::layout::Position;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::client::app::App;
use crate::client::lines::Line;
use crate::client::palette::Palette;
use crate::client::rows::{Row, draw_rows, rows};
use crate::client::view::{draw, viewport_rows};

/// How many rows are inserted at a time.
const ROWS_AT_ONCE: usize = 500;

/// The viewport, at the bottom of what was printed so far.
#[derive(Debug)]
pub struct Screen<B: Backend> {
    terminal: Terminal<B>,
    palette: Palette,
    /// How many rows the viewport is to have. A low terminal has fewer.
    height: u16,
    /// How many empty rows are above what was printed last: another room begins at the bottom.
    empty: u16,
}

/// A terminal with a viewport of `height` rows, from the row of the cursor on.
fn terminal<B: Backend>(backend: B, height: u16) -> Result<Terminal<B>, B::Error> {
    Terminal::with_options(backend, TerminalOptions { viewport: Viewport::Inline(height) })
}

impl<B: Backend + Clone> Screen<B> {
    /// Reserves two rows for the viewport, from the row of the cursor on.
    pub fn new(backend: B, palette: Palette) -> Result<Screen<B>, B::Error> {
        Ok(Screen { terminal: terminal(backend, 2)?, palette, height: 2, empty: 0 })
    }

    /// Prints lines above the viewport. Another room begins on an empty screen.
    pub fn show(&mut self, lines: &[Line]) -> Result<(), B::Error> {
        // What is above the last heading would scroll away at once.
        let room = lines.iter().rposition(Line::is_heading).unwrap_or(0);
        let [above, below] = [&lines[..room], &lines[room..]].map(|lines| self.rows(lines));
        self.print(&above?)?;
        let below = below?;
        if lines.get(room).is_some_and(Line::is_heading) {
            self.scroll_away(below.len())?;
            return self.insert(&below);
        }
        self.print(&below)
    }

    /// Removes empty rows at the top, so that the next ones below have a place without scrolling: no gap comes into the scrollback.
    /// One row stays, above the name of the room.
    fn close_up(&mut self, wanted: usize) -> Result<(), B::Error> {
        let top = self.terminal.get_frame().area().y;
        let rows = u16::try_from(wanted).unwrap_or(u16::MAX).min(self.empty.saturating_sub(1));
        if rows == 0 || rows >= top {
            return Ok(());
        }
        self.leave()?;
        let mut backend = self.terminal.backend().clone();
        // What leaves a region that does not begin at the top is dropped.
        backend.scroll_region_up(1..top, rows)?;
        backend.set_cursor_position(Position { x: 0, y: top - rows })?;
        self.terminal = terminal(backend, self.height)?;
        self.empty -= rows;
        Ok(())
    }

    /// Moves all rows above the viewport to the scrollback, and the viewport so far up that it is at the bottom again when so many
    /// rows are printed.
    fn scroll_away(&mut self, next: usize) -> Result<(), B::Error> {
        self.close_up(usize::MAX)?;
        let rows = self.terminal.get_frame().area().y;
        let height = self.terminal.size()?.height;
        let bottom = height.saturating_sub(1);
        let next = u16::try_from(next).unwrap_or(u16::MAX);
        let top = height.saturating_sub(self.height).saturating_sub(next);
        self.leave()?;
        let mut backend = self.terminal.backend().clone();
        backend.set_cursor_position(Position { x: 0, y: bottom })?;
        backend.append_lines(rows)?;
        backend.set_cursor_position(Position { x: 0, y: top })?;
        self.terminal = terminal(backend, self.height)?;
        self.empty = top;
        Ok(())
    }

    /// The rows of lines on this terminal.
    fn rows(&self, lines: &[Line]) -> Result<Vec<Row>, B::Error> {
        let width = self.terminal.size()?.width;
        Ok(lines.iter().flat_map(|line| rows(line, width, self.palette)).collect())
    }

    /// Prints rows above the viewport.
    fn print(&mut self, rows: &[Row]) -> Result<(), B::Error> {
        self.close_up(rows.len())?;
        self.insert(rows)
    }

    fn insert(&mut self, rows: &[Row]) -> Result<(), B::Error> {
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
            self.terminal.insert_before(height, |buffer| draw_rows(rows, buffer))?;
        }
        Ok(())
    }

    /// Redraws the viewport, with as many rows as it needs now.
    pub fn draw(&mut self, app: &App, now: Instant) -> Result<(), B::Error> {
        let (size, palette) = (self.terminal.size()?, self.palette);
        let height = viewport_rows(app, size);
        if height != self.height {
            self.close_up(usize::from(height.saturating_sub(self.height)))?;
            self.leave()?;
            self.terminal = terminal(self.terminal.backend().clone(), height)?;
            self.height = height;
        }
        self.terminal.draw(|frame| {
            let cursor = draw(app, now, palette, size, frame.area(), frame.buffer_mut());
            frame.set_cursor_position(cursor);
        })?;
        Ok(())
    }

    /// Clears the viewport, and puts the cursor at its first row.
    pub fn leave(&mut self) -> Result<(), B::Error> {
        let area = self.terminal.get_frame().area();
        self.terminal.clear()?;
        self.terminal.set_cursor_position(Position { x: 0, y: area.y })
    }

    /// The backend.
    pub fn backend(&self) -> &B {
        self.terminal.backend()
    }
}
