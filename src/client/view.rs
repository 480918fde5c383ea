//! Draws what is below the messages: the input line, the status line, the line of rooms and the members' pane.
//!
//! It draws into buffers, without a terminal.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::base::limits::{PANE_SHARE, WIDE_COLUMNS};
use crate::base::text::plural;
use crate::client::app::{App, Pane};
use crate::client::lines::Line;
use crate::client::link::Stage;
use crate::client::palette::Palette;
use crate::client::pane::pane;
use crate::client::rows::{Piece, Row, draw_at};
use crate::client::tabs::tabs;
use crate::terminal::completion::Completion;
use crate::wire::json::SenderKind;

/// Rows below the messages that are always there: the input line and the status line.
const USUAL_ROWS: u16 = 2;

/// From this height on, in rows, the line of rooms and the members' pane are shown.
const HIGH: u16 = 6;

/// Below this width, in columns, the status line says "you" for the user's own name, and not that all is well: there is room for
/// little.
const NARROW: u16 = 60;

/// The state of a connection that is as it should be.
const CONNECTED: &str = "connected";

/// The prompt, and the one before a line whose beginning is to the left of the screen.
const PROMPTS: [&str; 2] = ["> ", "… "];

/// Shown in the input line for a line break.
const LINE_BREAK: &str = "⏎";

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
    let mut below: Vec<Row> = vec![vec![Piece::new(status(app, now, members.is_empty(), width), style)]];
    if has_tabs(app, size) {
        below
            .push(tabs(&app.rooms, width).into_iter().map(|(text, style)| Piece::new(text, style)).collect());
    }
    let row = |line: Line| {
        line.parts.into_iter().map(|part| Piece::new(part.text, palette.style(part.look))).collect()
    };
    below.extend(members.into_iter().map(row));
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draw_at(&below, rest, buffer);
    cursor
}

/// Draws the input line, scrolled so that the cursor is visible. Returns the cursor's position.
fn draw_input(app: &App, area: Rect, buffer: &mut Buffer) -> Position {
    let is_name = app.link.stage() == Stage::NeedsName;
    let prompts = if is_name { ["Name: "; 2] } else { PROMPTS };
    let width = usize::from(area.width).saturating_sub(prompts[0].width());
    let (before, behind) = app.editor.text().split_at(app.editor.cursor());
    // Several lines are edited in one row.
    let [before, behind] = [before, behind].map(|text| text.replace('\n', LINE_BREAK));
    let (text, cursor) = (format!("{before}{behind}"), before.len());
    let (shown, column) = window(&text, cursor, width);
    let prompt = prompts[usize::from(!text.starts_with(shown))];
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let (x, _) = buffer.set_stringn(area.x, area.y, prompt, usize::from(area.width), bold);
    buffer.set_stringn(x, area.y, shown, width, Style::new());
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
    // On a narrow screen nothing is said of a connection that is as it should be.
    let state = if width < usize::from(NARROW) && state == CONNECTED {
        String::new()
    } else {
        format!("{state} · ")
    };
    let (room, count) = (app.room_name(), app.member_count());
    if count == 0 {
        let place = if app.is_nowhere() { "in no room" } else { room };
        let text = format!("{state}{place}");
        return shorten(text.trim_end_matches(" · "), width);
    }
    let mut text = format!("{state}{room} · {count} here");
    if !names {
        return shorten(&text, width);
    }
    // People first: bots are many, and always there.
    let (bots, people): (Vec<_>, Vec<_>) = app
        .rooms
        .current()
        .into_iter()
        .flat_map(|room| room.roster.others())
        .partition(|other| other.is == SenderKind::Bot);
    let bots = bots.into_iter().map(|bot| format!("{} (bot)", bot.name));
    let others = people.into_iter().map(|other| other.name.clone()).chain(bots);
    // All who are counted are named, on a narrow screen in few columns.
    let is_wide = width >= usize::from(NARROW);
    let own = if is_wide { format!("{} (you)", app.link.name()) } else { "you".to_owned() };
    for (n, name) in std::iter::once(own).chain(others).enumerate() {
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
        Stage::Live => CONNECTED.to_owned(),
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
    fn the_choice_shows_where_one_is() {
        let words = ["Ann: ", "Anna: ", "Anton: "].map(str::to_owned);
        assert_eq!(choice(&words, 0, 80), "[Ann]  Anna  Anton");
        assert_eq!(choice(&words, 1, 80), "Ann  [Anna]  Anton");
        assert_eq!(choice(&words, 2, 80), "… Anna  [Anton]");
        assert_eq!(choice(&words, 0, 9), "[Ann]  A…");
    }
}
