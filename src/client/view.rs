//! Draws the client: messages as wrapped rows, and below them the input line and the status line.
//!
//! It draws into buffers, without a terminal.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::base::text::plural;
use crate::client::app::App;
use crate::client::lines::{Line, Look};
use crate::client::link::Stage;
use crate::wire::LINE_SEPARATOR;
use crate::wire::json::SenderKind;

/// Rows below the messages: the input line and the status line.
pub const VIEWPORT_ROWS: u16 = 2;

/// The column in which texts begin, after the time.
const INDENT: usize = 6;

/// Below this width, in columns, neither time nor indent is shown.
const NARROW: usize = 30;

/// Colours for names, readable on dark and light backgrounds.
const HUES: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Yellow, Color::LightRed];

/// A row: grapheme clusters, each with its style.
pub type Row = Vec<(String, Style)>;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// The 16 colours that every terminal has.
    Colours,
    /// None: `NO_COLOR` is set.
    None,
}

impl Palette {
    /// The palette by `NO_COLOR` (<https://no-color.org>).
    pub fn of_environment() -> Palette {
        match std::env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Palette::None,
            _ => Palette::Colours,
        }
    }

    fn style(self, look: Look) -> Style {
        let style = match look {
            Look::Plain => Style::new(),
            Look::Faint | Look::Mark => Style::new().add_modifier(Modifier::DIM),
            Look::Notice => Style::new().add_modifier(Modifier::ITALIC),
            Look::Name(n) => Style::new().fg(HUES[n as usize % HUES.len()]),
            Look::Own => Style::new().add_modifier(Modifier::BOLD),
            Look::Host => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            Look::Mention => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        };
        match self {
            Palette::Colours => style,
            Palette::None => Style { fg: None, bg: None, ..style },
        }
    }
}

/// Wraps a line to rows of at most `width` columns, between words if possible.
pub fn rows(line: &Line, width: u16, palette: Palette) -> Vec<Row> {
    let width = usize::from(width.max(1));
    let indent = if width < NARROW { 0 } else { INDENT };
    let faint = palette.style(Look::Faint);
    let mut row = Row::new();
    if width >= NARROW {
        row.push((format!("{:<INDENT$}", line.time), faint));
    }
    let mut wrap =
        Wrap { rows: Vec::new(), columns: indent, start: row.len(), row, indent, width, space: None };
    for part in &line.parts {
        let style = palette.style(part.look);
        for character in part.text.graphemes(true) {
            wrap.put(if character == "\t" { " " } else { character }, style);
        }
    }
    wrap.rows.push(wrap.row);
    wrap.rows
}

/// The state of wrapping a line.
struct Wrap {
    /// Complete rows.
    rows: Vec<Row>,
    /// The current row.
    row: Row,
    /// Its width so far.
    columns: usize,
    /// The index in it where the text begins, after time or indent.
    start: usize,
    /// The index in it after the last break opportunity.
    space: Option<usize>,
    indent: usize,
    width: usize,
}

impl Wrap {
    fn put(&mut self, character: &str, style: Style) {
        let columns = character.width();
        if self.columns + columns > self.width && self.row.len() > self.start {
            if character == " " {
                // The line break replaces the space.
                self.space = None;
                return self.break_row();
            }
            self.break_row();
        }
        self.row.push((character.to_owned(), style));
        self.columns += columns;
        // Wide scripts (Chinese, Japanese) have no spaces: a row may break after any wide character.
        if character == " " || columns > 1 {
            self.space = Some(self.row.len());
        }
    }

    fn break_row(&mut self) {
        let at = self.space.take().unwrap_or(self.row.len());
        let rest = self.row.split_off(at);
        let mut next = Row::new();
        if self.indent > 0 {
            next.push((" ".repeat(self.indent), Style::new()));
        }
        self.start = next.len();
        self.columns = self.indent + rest.iter().map(|(text, _)| text.width()).sum::<usize>();
        next.extend(rest);
        self.rows.push(std::mem::replace(&mut self.row, next));
    }
}

/// Draws rows from the top of a buffer.
pub fn draw_rows(rows: &[Row], buffer: &mut Buffer) {
    let area = buffer.area;
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        let mut x = area.left();
        for (text, style) in row {
            let room = usize::from(area.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, y, text, room, *style);
        }
    }
}

/// Draws the input line and, if the area is high enough, the status line. Returns the cursor's position.
pub fn draw(app: &App, now: Instant, area: Rect, buffer: &mut Buffer) -> Position {
    let input = Rect { height: area.height.min(1), ..area };
    let cursor = draw_input(app, input, buffer);
    if area.height > 1 {
        let style = Style::new().add_modifier(match app.paste {
            Some(_) => Modifier::BOLD,
            None => Modifier::DIM,
        });
        let status = status(app, now, usize::from(area.width));
        buffer.set_stringn(area.x, area.y + 1, status, usize::from(area.width), style);
    }
    cursor
}

/// Draws the input line, scrolled so that the cursor is visible. Returns the cursor's position.
fn draw_input(app: &App, area: Rect, buffer: &mut Buffer) -> Position {
    let prompt = if app.link.stage() == Stage::NeedsName { "Name: " } else { "> " };
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let (x, _) = buffer.set_stringn(area.x, area.y, prompt, usize::from(area.width), bold);
    let width = usize::from(area.right() - x);
    let (text, column) = window(app.editor.text(), app.editor.cursor(), width);
    buffer.set_stringn(x, area.y, text, width, Style::new());
    // It is less than the width, which fits into a `u16`.
    let column = u16::try_from(column).unwrap_or(u16::MAX);
    Position { x: x.saturating_add(column).min(area.right().saturating_sub(1)), y: area.y }
}

/// The part of `text` to show in `width` columns, and the cursor's column in it. The window scrolls by half its width, so
/// that the text does not move with each key.
fn window(text: &str, cursor: usize, width: usize) -> (&str, usize) {
    let before = text[..cursor].width();
    let step = (width / 2).max(1);
    let skip = if before < width { 0 } else { (before - width + 1).div_ceil(step) * step };
    let (mut from, mut columns) = (0, 0);
    for character in text.graphemes(true) {
        if columns >= skip {
            break;
        }
        columns += character.width();
        from += character.len();
    }
    let from = from.min(cursor);
    (&text[from..], text[from..cursor].width())
}

/// The status line: connection, room, and as many names as fit; or the question about a paste.
fn status(app: &App, now: Instant, width: usize) -> String {
    if let Some(paste) = &app.paste {
        return shorten(&question(paste.lines()), width);
    }
    let state = state(app, now);
    let room = app.link.room();
    let count = app.roster.count();
    let place = match count {
        0 if app.link.stage() == Stage::Live => "in no room",
        0 => room,
        _ => "",
    };
    if count == 0 {
        let text = if place.is_empty() { state } else { format!("{state} · {place}") };
        return shorten(&text, width);
    }
    let mut text = format!("{state} · {room} · {count} here");
    let others = app.roster.others().map(|(name, is)| match is {
        SenderKind::Bot => format!("{name} (bot)"),
        SenderKind::Person | SenderKind::Host => name.to_owned(),
    });
    let names = std::iter::once(format!("{} (you)", app.link.name())).chain(others);
    for (n, name) in names.enumerate() {
        let separator = if n == 0 { ": " } else { ", " };
        let more = if n + 1 < count { 3 } else { 0 };
        if text.width() + separator.len() + name.width() + more > width {
            if n > 0 {
                text.push_str(", …");
            }
            break;
        }
        text.push_str(separator);
        text.push_str(&name);
    }
    shorten(&text, width)
}

fn state(app: &App, now: Instant) -> String {
    let waiting = app.link.waiting();
    let state = match app.link.stage() {
        Stage::Connecting { .. } => "connecting".to_owned(),
        Stage::Greeting { .. } | Stage::Joining => "entering".to_owned(),
        Stage::NeedsName => "choose a name".to_owned(),
        Stage::Live => "connected".to_owned(),
        Stage::Leaving { .. } => "leaving".to_owned(),
        Stage::Ended => "over".to_owned(),
        Stage::Backoff { until } => {
            format!("no connection, trying again in {} s", until.saturating_duration_since(now).as_secs() + 1)
        }
    };
    if waiting > 0 { format!("{state} · {} to send", plural(waiting, "message")) } else { state }
}

fn question(lines: usize) -> String {
    let separator = LINE_SEPARATOR.trim();
    format!(
        "Send the {lines} pasted lines as one message, joined with {separator}? y: send, e: edit, n: drop"
    )
}

/// Truncates `text` to `width` columns, with an ellipsis.
fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut short, mut columns) = (String::new(), 0);
    for character in text.graphemes(true) {
        columns += character.width();
        if columns >= width {
            break;
        }
        short.push_str(character);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::lines::look_of;

    #[test]
    fn a_name_keeps_its_colour_and_has_none_with_no_color() {
        let style = |name: &str, palette: Palette| palette.style(look_of(name, SenderKind::Person));
        assert_eq!(style("Bob", Palette::Colours), style("Bob", Palette::Colours));
        assert!((0..9).any(|n| style(&n.to_string(), Palette::Colours) != style("Bob", Palette::Colours)));
        let looks = [Look::Name(1), Look::Own, Look::Host, Look::Mention, Look::Faint, Look::Notice];
        assert!(looks.iter().all(|look| Palette::None.style(*look).fg.is_none()));
        assert_ne!(
            Palette::None.style(Look::Mention),
            Palette::None.style(Look::Plain),
            "told apart all the same"
        );
    }

    #[test]
    fn rows_break_between_words_and_wide_characters() {
        let broken = |text: &str, width: u16| -> Vec<String> {
            let rows = rows(&Line::notice(text), width, Palette::None);
            let text = |row: &Row| row.iter().map(|(text, _)| text.as_str()).collect::<String>();
            rows.iter().map(|row| text(row).trim_end().to_owned()).collect()
        };
        assert_eq!(broken("one two three", 8), ["one two", "three"]);
        assert_eq!(broken("one two three", 3), ["one", "two", "thr", "ee"]);
        assert_eq!(broken("onetwothree", 4), ["onet", "woth", "ree"]);
        assert_eq!(broken("a 日本語", 5), ["a 日", "本語"]);
        assert_eq!(broken("日", 1), ["日"]);
        assert_eq!(broken("", 9), [""]);
    }
}
