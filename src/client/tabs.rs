//! The line of rooms: each with the digit that goes there, its unread messages, and `@` if one of them mentions the user.

use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::client::rooms::Rooms;

/// Between two rooms, in columns.
const GAP: &str = "  ";

/// How much of each room is shown; each form is shorter than those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// All names.
    Whole,
    /// Rooms without unread messages are digits only.
    Quiet,
    /// So is the current room, whose name the status line tells.
    Here,
    /// No names: digits, and what is unread.
    Digits,
    /// Rooms without unread messages are left out.
    News,
}

/// The line of rooms in at most `width` columns, in pieces: the longest form that fits, so that no unread mark is cut off.
pub(super) fn tabs(rooms: &Rooms, width: usize) -> Vec<(String, Style)> {
    let forms = [Form::Whole, Form::Quiet, Form::Here, Form::Digits];
    let fitting = forms.into_iter().map(|form| pieces(rooms, form)).find(|all| columns(all) <= width);
    fitting.unwrap_or_else(|| pieces(rooms, Form::News))
}

fn columns(pieces: &[(String, Style)]) -> usize {
    pieces.iter().map(|(text, _)| text.width()).sum()
}

fn pieces(rooms: &Rooms, form: Form) -> Vec<(String, Style)> {
    let mut pieces = Vec::new();
    for (at, room) in rooms.iter().enumerate() {
        let (digit, is_current) = (at + 1, at == rooms.place());
        let mention = if room.is_mentioned { "@" } else { "" };
        let text = match room.unread {
            _ if is_current && form >= Form::Here => format!("[{digit}]"),
            _ if is_current => format!("[{digit} {}]", room.name),
            0 if form == Form::News => continue,
            0 if form >= Form::Quiet => digit.to_string(),
            0 => format!("{digit} {}", room.name),
            unread if form >= Form::Digits => format!("{digit} ({unread}{mention})"),
            unread => format!("{digit} {} ({unread}{mention})", room.name),
        };
        let style = Style::new().add_modifier(match room.unread {
            _ if is_current => Modifier::BOLD,
            _ if room.is_mentioned => Modifier::BOLD | Modifier::REVERSED,
            0 => Modifier::DIM,
            _ => Modifier::BOLD,
        });
        if !pieces.is_empty() {
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

    #[test]
    fn no_mark_is_cut_off() {
        let mut rooms = Rooms::default();
        for name in ["lobby", "round", "garden", "workshop-of-tomorrow", "@Cleo"] {
            rooms.add(name);
        }
        rooms.go(3);
        for (at, count) in [(0, 3), (1, 1), (4, 1)] {
            (0..count).for_each(|n| rooms.count_unread(at, n == 0));
        }
        for (width, expected) in [
            (80, "1 lobby (3@)  2 round (1@)  3 garden  [4 workshop-of-tomorrow]  5 @Cleo (1@)"),
            (70, "1 lobby (3@)  2 round (1@)  3  [4 workshop-of-tomorrow]  5 @Cleo (1@)"),
            (60, "1 lobby (3@)  2 round (1@)  3  [4]  5 @Cleo (1@)"),
            (40, "1 (3@)  2 (1@)  3  [4]  5 (1@)"),
            (29, "1 (3@)  2 (1@)  [4]  5 (1@)"),
        ] {
            assert_eq!(shown(&rooms, width), expected, "{width}");
        }
    }
}
