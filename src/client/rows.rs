//! Wraps lines to rows, and draws rows into buffers, without a terminal.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::client::lines::{Line, Look};
use crate::client::links::{self, LinkWriter};
use crate::client::palette::Palette;

/// The column in which texts begin, after the time.
const INDENT: usize = 6;

/// Below this width, in columns, neither time nor indent is shown.
const NARROW: usize = 30;

/// Between the columns of a table in a notice, such as the commands and what they do.
const TABLE_GAP: &str = "  ";

/// What the rows below an entry of a table are indented by, if they do not fit under its last column.
const ENTRY_INDENT: usize = 4;

/// A row, from left to right.
pub type Row = Vec<Piece>;

/// A piece of a row: in the text of a line, one grapheme cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub(super) text: String,
    pub(super) style: Style,
    /// Where the link leads that it belongs to.
    pub(super) target: Option<Rc<str>>,
}

impl Piece {
    /// A piece without a link.
    pub(super) fn new(text: impl Into<String>, style: Style) -> Piece {
        Piece { text: text.into(), style, target: None }
    }
}

/// Wraps a line to rows of at most `width` columns, between words if possible.
pub fn rows(line: &Line, width: u16, palette: Palette) -> Vec<Row> {
    let width = usize::from(width.max(1));
    let indent = if width < NARROW { 0 } else { INDENT };
    let mut row = Row::new();
    if width >= NARROW {
        row.push(Piece::new(format!("{:<INDENT$}", line.time), palette.style(Look::Faint)));
    }
    let text = line.text();
    let below =
        indent + if width < NARROW || !line.is_notice() { 0 } else { table_indent(&text, width - indent) };
    let mut wrap = Wrap {
        rows: Vec::new(),
        columns: indent,
        start: row.len(),
        row,
        indent: below,
        width,
        space: None,
        earlier: None,
    };
    let mut links = links::find(&text).into_iter().peekable();
    let mut at = 0;
    for part in &line.parts {
        let style = palette.style(part.look);
        for character in part.text.graphemes(true) {
            let from = at;
            at += character.len();
            while links.next_if(|link| link.range.end <= from).is_some() {}
            // A cluster may begin before the link and end in it.
            let current = links.peek().filter(|link| link.range.start < at);
            let mut piece = Piece::new(if character == "\t" { " " } else { character }, style);
            if let Some(link) = current {
                piece.style = style.add_modifier(Modifier::UNDERLINED);
                piece.target.clone_from(&link.target);
            }
            wrap.put(piece);
        }
    }
    wrap.rows.push(wrap.row);
    wrap.rows
}

/// How far the rows below the first one of a table's entry are indented: to its last column, if that is in the left half.
fn table_indent(text: &str, width: usize) -> usize {
    let Some(gap) = text.trim_end().rfind(TABLE_GAP).filter(|gap| !text[..*gap].trim().is_empty()) else {
        return 0;
    };
    let column = text[..gap].width() + TABLE_GAP.len();
    if column <= width / 2 { column } else { ENTRY_INDENT }
}

/// Whether this stays on the row of what is before it.
fn is_closing(character: &str) -> bool {
    matches!(
        character,
        "," | "."
            | ";"
            | ":"
            | "!"
            | "?"
            | ")"
            | "]"
            | "}"
            | "…"
            | "、"
            | "。"
            | "，"
            | "！"
            | "？"
            | "）"
            | "」"
    )
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
    /// The index in it after the last break opportunity, and after the one before that.
    space: Option<usize>,
    earlier: Option<usize>,
    indent: usize,
    width: usize,
}

impl Wrap {
    fn put(&mut self, piece: Piece) {
        let character = piece.text.as_str();
        if character == "\n" {
            self.space = None;
            return self.break_row();
        }
        let columns = character.width();
        if is_closing(character) && self.space == Some(self.row.len()) {
            self.space = self.earlier;
        }
        if self.columns + columns > self.width && self.row.len() > self.start {
            if character == " " {
                // The line break replaces the space.
                self.space = None;
                return self.break_row();
            }
            self.break_row();
        }
        // Wide scripts (Chinese, Japanese) have no spaces: a row may break after any wide character.
        let may_break = character == " " || columns > 1;
        self.row.push(piece);
        self.columns += columns;
        if may_break {
            self.earlier = self.space.replace(self.row.len());
        }
    }

    fn break_row(&mut self) {
        let at = self.space.take().unwrap_or(self.row.len());
        self.earlier = None;
        let rest = self.row.split_off(at);
        let mut next = Row::new();
        if self.indent > 0 {
            next.push(Piece::new(" ".repeat(self.indent), Style::new()));
        }
        self.start = next.len();
        self.columns = self.indent + rest.iter().map(|piece| piece.text.width()).sum::<usize>();
        next.extend(rest);
        self.rows.push(std::mem::replace(&mut self.row, next));
    }
}

/// Draws rows from the top of a buffer.
pub fn draw_rows(rows: &[Row], buffer: &mut Buffer) {
    draw_at(rows, buffer.area, buffer);
}

/// Draws rows from the top of an area.
pub(super) fn draw_at(rows: &[Row], area: Rect, buffer: &mut Buffer) {
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        let mut x = area.left();
        let mut links = LinkWriter::default();
        for Piece { text, style, target } in row {
            let room = usize::from(area.right().saturating_sub(x));
            let (next, _) = buffer.set_stringn(x, y, text, room, *style);
            // What has no width has no cell.
            if next > x {
                links.on_drawn((x, y), next - x, target.as_ref(), buffer);
            }
            x = next;
        }
        links.close(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_between_words_and_wide_characters() {
        let broken = |text: &str, width: u16| -> Vec<String> {
            let rows = rows(&Line::notice(text), width, Palette::None);
            let text = |row: &Row| row.iter().map(|piece| piece.text.as_str()).collect::<String>();
            rows.iter().map(|row| text(row).trim_end().to_owned()).collect()
        };
        assert_eq!(broken("one two three", 8), ["one two", "three"]);
        assert_eq!(broken("one two three", 3), ["one", "two", "thr", "ee"]);
        assert_eq!(broken("onetwothree", 4), ["onet", "woth", "ree"]);
        assert_eq!(broken("so 🎉, yes", 5), ["so", "🎉,", "yes"], "a comma begins no row");
        assert_eq!(broken("日本語。", 6), ["日本", "語。"]);
        assert_eq!(broken("a 日本語", 5), ["a 日", "本語"]);
        assert_eq!(broken("日", 1), ["日"]);
        assert_eq!(broken("", 9), [""]);
    }

    #[test]
    fn an_entry_of_a_table_goes_on_under_its_last_column() {
        let broken = |line: &Line, width: u16| -> Vec<String> {
            let text = |row: &Row| row.iter().map(|piece| piece.text.as_str()).collect::<String>();
            rows(line, width, Palette::None).iter().map(|row| text(row).trim_end().to_owned()).collect()
        };
        let entry = Line::notice("  Ctrl-R   searches what you said");
        assert_eq!(broken(&entry, 34), ["        Ctrl-R   searches what you", "                 said"]);
        assert_eq!(broken(&entry, 30), ["        Ctrl-R   searches what", "                 you said"]);
        let far = Line::notice("  /history and more   what was said before");
        assert_eq!(broken(&far, 40), ["        /history and more   what was", "          said before"]);
        let sentence = Line::notice("What you type is said to everyone here");
        assert_eq!(broken(&sentence, 30), ["      What you type is said to", "      everyone here"]);
        let mut said = Line::faint("", "one  two three four five six seven");
        said.parts[0].look = Look::Plain;
        assert_eq!(broken(&said, 30)[1], "      six seven", "what people say is no table");
    }
}
