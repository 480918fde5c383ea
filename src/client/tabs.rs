//! The line of rooms: each with the digit that goes there, its unread messages, and `@` if one of them mentions the user.

use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::client::rooms::Rooms;

/// Between two rooms, in columns.
const GAP: &str = "  ";

/// The line of rooms in at most `width` columns, in pieces. When not all fit, rooms without unread messages are digits only.
pub(super) fn tabs(rooms: &Rooms, width: usize) -> Vec<(String, Style)> {
    let all = pieces(rooms, false);
    if columns(&all) <= width { all } else { pieces(rooms, true) }
}

fn columns(pieces: &[(String, Style)]) -> usize {
    pieces.iter().map(|(text, _)| text.width()).sum()
}

fn pieces(rooms: &Rooms, short: bool) -> Vec<(String, Style)> {
    let mut pieces = Vec::new();
    for (at, room) in rooms.iter().enumerate() {
        let (digit, is_current) = (at + 1, at == rooms.place());
        let mention = if room.is_mentioned { "@" } else { "" };
        let text = match room.unread {
            _ if is_current => format!("[{digit} {}]", room.name),
            0 if short => digit.to_string(),
            0 => format!("{digit} {}", room.name),
            unread => format!("{digit} {} ({unread}{mention})", room.name),
        };
        let style = Style::new().add_modifier(match room.unread {
            _ if is_current => Modifier::BOLD,
            _ if room.is_mentioned => Modifier::BOLD | Modifier::REVERSED,
            0 => Modifier::DIM,
            _ => Modifier::BOLD,
        });
        if at > 0 {
            pieces.push((GAP.into(), Style::new()));
        }
        pieces.push((text, style));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rooms: &Rooms, width: usize) -> String {
        tabs(rooms, width).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn a_narrow_line_names_only_where_something_is_new() {
        let mut rooms = Rooms::default();
        for name in ["lobby", "garden", "thrones"] {
            rooms.add(name);
        }
        assert_eq!(shown(&rooms, 80), "[1 lobby]  2 garden  3 thrones");
        assert_eq!(shown(&rooms, 29), "[1 lobby]  2  3");
        (0..12).for_each(|n| rooms.count_unread(2, n == 3));
        rooms.go(1);
        rooms.count_unread(0, false);
        assert_eq!(shown(&rooms, 80), "1 lobby (1)  [2 garden]  3 thrones (12@)");
        rooms.go(0);
        assert_eq!(shown(&rooms, 35), "[1 lobby]  2  3 thrones (12@)");
        let styles: Vec<_> = tabs(&rooms, 80).into_iter().map(|(_, style)| style).collect();
        assert_ne!(styles[0], styles[2]);
        assert_ne!(styles[2], styles[4], "quiet, and not quiet");
    }
}
