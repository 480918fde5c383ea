//! A `ratatui` backend that does no I/O: it is given the terminal's size and cursor position, and collects the output.

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem;
use std::ops::Range;
use std::rc::Rc;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::crossterm::queue;
use ratatui::crossterm::style::{Print, ResetColor};
use ratatui::layout::{Position, Size};

/// Output for the terminal, shared between the backend and the canvas that writes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes(Rc<RefCell<Vec<u8>>>);

/// The backend.
#[derive(Clone, Debug)]
pub(super) struct Ansi {
    inner: CrosstermBackend<Bytes>,
    bytes: Bytes,
    size: Size,
    cursor: Position,
}

impl Bytes {
    /// Takes the collected output.
    pub(super) fn take(&self) -> Vec<u8> {
        mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Ansi {
    /// A backend for a terminal of this size, with its cursor at this position.
    pub(super) fn new(bytes: Bytes, size: Size, cursor: Position) -> Ansi {
        Ansi { inner: CrosstermBackend::new(bytes.clone()), bytes, size, cursor }
    }

    /// The cursor's position after the output so far.
    pub(super) fn cursor(&self) -> Position {
        self.cursor
    }
}

impl Backend for Ansi {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.inner.draw(content)
    }

    fn append_lines(&mut self, n: u16) -> io::Result<()> {
        self.inner.append_lines(n)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        self.inner.set_cursor_position(self.cursor)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Scrolls with line feeds: more terminals then keep the top rows in their scrollback than with `CSI S`.
    fn scroll_region_up(&mut self, region: Range<u16>, line_count: u16) -> io::Result<()> {
        if region.start > 0 {
            return self.inner.scroll_region_up(region, line_count);
        }
        let (bottom, feeds) = (region.end, "\n".repeat(line_count.into()));
        queue!(self.bytes, ResetColor, Print(format_args!("\x1b[1;{bottom}r\x1b[{bottom};1H{feeds}\x1b[r")))
    }

    fn scroll_region_down(&mut self, region: Range<u16>, line_count: u16) -> io::Result<()> {
        self.inner.scroll_region_down(region, line_count)
    }
}
