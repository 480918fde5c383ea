//! An inline viewport: messages scroll into the terminal's own scrollback, and the rows below them are redrawn in place.
//!
//! It draws on any backend of `ratatui`; tests use one without a terminal.

use std::time::Instant;

use ratatui::backend::Backend;
use ratatui::layout::Position;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::client::app::App;
use crate::client::lines::Line;
use crate::client::view::{Palette, Row, VIEWPORT_ROWS, draw, draw_rows, rows};

/// How many rows are inserted at a time.
const ROWS_AT_ONCE: usize = 500;

/// The viewport, at the bottom of what was printed so far.
#[derive(Debug)]
pub struct Screen<B: Backend> {
    terminal: Terminal<B>,
    palette: Palette,
}

impl<B: Backend> Screen<B> {
    /// Reserves the rows of the viewport, from the row of the cursor on.
    pub fn new(backend: B, palette: Palette) -> Result<Screen<B>, B::Error> {
        let options = TerminalOptions { viewport: Viewport::Inline(VIEWPORT_ROWS) };
        Ok(Screen { terminal: Terminal::with_options(backend, options)?, palette })
    }

    /// Prints lines above the viewport.
    pub fn show(&mut self, lines: &[Line]) -> Result<(), B::Error> {
        let width = self.terminal.size()?.width;
        let rows: Vec<Row> = lines.iter().flat_map(|line| rows(line, width, self.palette)).collect();
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
            self.terminal.insert_before(height, |buffer| draw_rows(rows, buffer))?;
        }
        Ok(())
    }

    /// Redraws the viewport.
    pub fn draw(&mut self, app: &App, now: Instant) -> Result<(), B::Error> {
        self.terminal.draw(|frame| {
            let cursor = draw(app, now, frame.area(), frame.buffer_mut());
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
