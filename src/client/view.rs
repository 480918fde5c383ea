//! Draws the client: messages as wrapped rows, and below them the input line and the status line.
//!
//! It draws into buffers, without a terminal.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::base::limits::{PANE_SHARE, WIDE_COLUMNS};
use crate::base::text::plural;
use crate::client::app::{App, Pane};
use crate::client::lines::{Line, Look, Part};
use crate::client::link::Stage;
use crate::client::links;
use crate::client::pane::pane;
use crate::client::tabs::tabs;
use crate::terminal::completion::Completion;
use crate::wire::json::SenderKind;

/// Rows below the messages that are always there: the input line and the status line.
const USUAL_ROWS: u16 = 2;

/// From this height on, in rows, the line of rooms and the members' pane are shown.
const HIGH: u16 = 6;

/// The column in which texts begin, after the time.
const INDENT: usize = 6;

/// Below this width, in columns, neither time nor indent is shown.
const NARROW: usize = 30;

/// Shown in the input line for a line break.
const LINE_BREAK: &str = "⏎";

/// Colours for names, readable on dark and light backgrounds.
const HUES: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Yellow, Color::LightRed];

/// The same for terminals with 256 colours: as different as possible, and none like the host's red.
const HUES_OF_256: [u8; 48] = [
    26, 34, 202, 73, 199, 129, 94, 175, 39, 197, 107, 177, 142, 209, 29, 99, 104, 172, 164, 137, 67, 35, 133,
    205, 64, 38, 198, 98, 28, 171, 206, 168, 130, 136, 208, 27, 100, 173, 106, 72, 161, 166, 105, 162, 33,
    30, 201, 143,
];

/// Links are underlined, and nothing else is.
const LINKED: Modifier = Modifier::UNDERLINED;

/// A row: grapheme clusters, each with its style.
pub type Row = Vec<(String, Style)>;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Palette {
    /// 256 colours.
    #[serde(rename = "256")]
    Many,
    /// The 16 colours that every terminal has.
    #[serde(rename = "16")]
    Colours,
    /// None: `NO_COLOR` is set.
    #[serde(rename = "none")]
    None,
}

impl Palette {
    /// The palette by `NO_COLOR` (<https://no-color.org>), `COLORTERM` and `TERM`.
    pub fn of_environment() -> Palette {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        if !variable("NO_COLOR").is_empty() {
            return Palette::None;
        }
        let has_many = !variable("COLORTERM").is_empty() || variable("TERM").contains("256color");
        if has_many { Palette::Many } else { Palette::Colours }
    }

    /// How many colours there are for names.
    pub fn hues(self) -> usize {
        match self {
            Palette::Many => HUES_OF_256.len(),
            Palette::Colours | Palette::None => HUES.len(),
        }
    }

    fn style(self, look: Look) -> Style {
        let style = match look {
            Look::Plain => Style::new(),
            Look::Faint | Look::Mark => Style::new().add_modifier(Modifier::DIM),
            Look::Notice => Style::new().add_modifier(Modifier::ITALIC),
            Look::Name(n) if self == Palette::Many => {
                Style::new().fg(Color::Indexed(HUES_OF_256[n % HUES_OF_256.len()]))
            }
            Look::Name(n) => Style::new().fg(HUES[n % HUES.len()]),
            Look::Own | Look::Heading => Style::new().add_modifier(Modifier::BOLD),
            Look::Host => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            Look::Mention => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        };
        match self {
            Palette::Many | Palette::Colours => style,
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
    let text = line.text();
    let found = links::find(&text);
    let mut at = 0;
    for part in &line.parts {
        let style = palette.style(part.look);
        for character in part.text.graphemes(true) {
            let is_linked = found.iter().any(|link| link.contains(&at));
            at += character.len();
            let style = if is_linked { style.add_modifier(LINKED) } else { style };
            wrap.put(if character == "\t" { " " } else { character }, style);
        }
    }
    wrap.rows.push(wrap.row);
    let texts: Vec<&str> = found.into_iter().map(|link| &text[link]).collect();
    links::mark(&mut wrap.rows, |row, at| row[at].1.add_modifier.contains(LINKED), &texts);
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
        if character == "\n" {
            self.space = None;
            return self.break_row();
        }
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
    draw_at(rows, buffer.area, buffer);
}

fn draw_at(rows: &[Row], area: Rect, buffer: &mut Buffer) {
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        let mut x = area.left();
        for (text, style) in row {
            let room = usize::from(area.right().saturating_sub(x));
            x = links::draw(text, x, y, room, *style, buffer)
                .unwrap_or_else(|| buffer.set_stringn(x, y, text, room, *style).0);
        }
    }
}

/// How many rows there are below the messages, on a terminal of this size.
pub fn viewport_rows(app: &App, size: Size) -> u16 {
    let pane = u16::try_from(pane_of(app, size).len()).unwrap_or(u16::MAX);
    USUAL_ROWS + u16::from(has_tabs(app, size)) + pane
}

/// Whether there is a line of rooms.
fn has_tabs(app: &App, size: Size) -> bool {
    app.rooms.count() > 1 && size.height >= HIGH
}

/// The rows of the members' pane; none if it is closed.
fn pane_of(app: &App, size: Size) -> Vec<Line> {
    let is_open = (size.width >= WIDE_COLUMNS) == (app.pane == Pane::Usual);
    let room = app.rooms.current().filter(|_| is_open && size.height >= HIGH);
    let height = usize::from(size.height / PANE_SHARE);
    room.map(|room| pane(app.link.name(), &room.roster, usize::from(size.width), height)).unwrap_or_default()
}

/// Draws what is below the messages on a terminal of this size: the input line, the status line, the line of rooms, and the
/// members' pane; as much as the area holds. Returns the cursor's position.
pub fn draw(
    app: &App,
    now: Instant,
    palette: Palette,
    size: Size,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let width = usize::from(area.width);
    let cursor = draw_input(app, Rect { height: area.height.min(1), ..area }, buffer);
    let members = pane_of(app, size);
    let style = Style::new().add_modifier(match app.paste {
        Some(_) => Modifier::BOLD,
        None => Modifier::DIM,
    });
    let mut below = vec![vec![(status(app, now, members.is_empty(), width), style)]];
    if has_tabs(app, size) {
        below.push(tabs(&app.rooms, width));
    }
    let styled = |part: Part| (part.text, palette.style(part.look));
    below.extend(members.into_iter().map(|row| row.parts.into_iter().map(styled).collect()));
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draw_at(&below, rest, buffer);
    cursor
}

/// Draws the input line, scrolled so that the cursor is visible. Returns the cursor's position.
fn draw_input(app: &App, area: Rect, buffer: &mut Buffer) -> Position {
    let prompt = if app.link.stage() == Stage::NeedsName { "Name: " } else { "> " };
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let (x, _) = buffer.set_stringn(area.x, area.y, prompt, usize::from(area.width), bold);
    let width = usize::from(area.right() - x);
    let (before, behind) = app.editor.text().split_at(app.editor.cursor());
    // Several lines are edited in one row.
    let [before, behind] = [before, behind].map(|text| text.replace('\n', LINE_BREAK));
    let (text, cursor) = (format!("{before}{behind}"), before.len());
    let (text, column) = window(&text, cursor, width);
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

/// The status line: connection, room, and, if `names` is set, as many names as fit. Instead of it: the question about a
/// paste, or what Tab may put.
fn status(app: &App, now: Instant, names: bool, width: usize) -> String {
    if let Some(paste) = &app.paste {
        return shorten(&question(paste.lines()), width);
    }
    if let Some(recall) = &app.recall {
        let what = if recall.found.is_some() { "Search" } else { "Not found" };
        let words = &recall.words;
        return shorten(&format!("{what}: {words}▏ Ctrl-R: older, Enter: send, Escape: back"), width);
    }
    if let Some((candidates, shown)) = app.completion.as_ref().and_then(Completion::choice) {
        return choice(candidates, shown, width);
    }
    let state = state(app, now);
    let (room, count) = (app.room_name(), app.member_count());
    if count == 0 {
        let place = if app.is_nowhere() { "in no room" } else { room };
        let text = if place.is_empty() { state } else { format!("{state} · {place}") };
        return shorten(&text, width);
    }
    let mut text = format!("{state} · {room} · {count} here");
    if !names {
        return shorten(&text, width);
    }
    let others =
        app.rooms.current().into_iter().flat_map(|room| room.roster.others()).map(|other| match other.is {
            SenderKind::Bot => format!("{} (bot)", other.name),
            SenderKind::Person | SenderKind::Host => other.name.clone(),
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
        Stage::Live if app.link.is_leaving() => "leaving".to_owned(),
        Stage::Live => "connected".to_owned(),
        Stage::Leaving { .. } => "leaving".to_owned(),
        Stage::Ended => "over".to_owned(),
        Stage::Backoff { until } => {
            format!("no connection, trying again in {} s", until.saturating_duration_since(now).as_secs() + 1)
        }
    };
    let drops = match app.link.stage() {
        Stage::Live if app.link.is_leaving() => " (Ctrl-C drops all)",
        Stage::Live => " (Escape drops all)",
        _ => "",
    };
    if waiting > 0 { format!("{state} · {} to send{drops}", plural(waiting, "message")) } else { state }
}

/// What Tab may put, the shown one in brackets, and at most the last of those before it.
fn choice(candidates: &[String], shown: usize, width: usize) -> String {
    let mut text = if shown > 1 { "… ".to_owned() } else { String::new() };
    for (at, word) in candidates.iter().enumerate().skip(shown.saturating_sub(1)) {
        let word = word.trim_end().trim_end_matches(':');
        let (open, close) = if at == shown { ("[", "]") } else { ("", "") };
        text.extend([open, word, close, "  "]);
    }
    shorten(text.trim_end(), width)
}

fn question(lines: usize) -> String {
    format!("Send the {lines} pasted lines as one message? y: send, e: edit, n: drop")
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

    #[test]
    fn names_differ_in_colour_and_have_none_with_no_color() {
        for palette in [Palette::Many, Palette::Colours] {
            let hosts = palette.style(Look::Host).fg;
            let mut styles: Vec<_> = (0..palette.hues()).map(|n| palette.style(Look::Name(n)).fg).collect();
            assert!(!styles.contains(&hosts) && !styles.contains(&None), "{styles:?}");
            let count = styles.len();
            styles.sort_by_key(|style| format!("{style:?}"));
            styles.dedup();
            assert_eq!(styles.len(), count, "no two are alike");
        }
        let looks = [Look::Name(1), Look::Own, Look::Host, Look::Mention, Look::Faint, Look::Notice];
        assert!(looks.iter().all(|look| Palette::None.style(*look).fg.is_none()));
        assert_ne!(
            Palette::None.style(Look::Mention),
            Palette::None.style(Look::Plain),
            "told apart all the same"
        );
    }

    #[test]
    fn the_choice_shows_where_one_is() {
        let words = ["Ann: ", "Anna: ", "Anton: "].map(str::to_owned);
        assert_eq!(choice(&words, 0, 80), "[Ann]  Anna  Anton");
        assert_eq!(choice(&words, 1, 80), "Ann  [Anna]  Anton");
        assert_eq!(choice(&words, 2, 80), "… Anna  [Anton]");
        assert_eq!(choice(&words, 0, 9), "[Ann]  A…");
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
