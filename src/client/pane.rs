//! The members' pane: who is in the room, people first, in columns; bots are counted.

use unicode_width::UnicodeWidthStr;

use crate::base::text::plural;
use crate::client::lines::{Line, Look, Part};
use crate::client::roster::Roster;
use crate::wire::json::SenderKind;

/// Between two names, in columns.
const GAP: usize = 2;

/// A name, or a count, in the pane.
struct Cell {
    text: String,
    look: Look,
}

/// The rows of the pane, at most `height` of them, `width` columns wide. Those who do not fit are counted.
pub(super) fn pane(own: &str, roster: &Roster, width: usize, height: usize) -> Vec<Line> {
    if roster.count() == 0 || height == 0 {
        return Vec::new();
    }
    let is_person = |is: SenderKind| is != SenderKind::Bot;
    let mut cells = vec![Cell { text: format!("{own} (you)"), look: Look::Own }];
    let people = roster.others().filter(|other| is_person(other.is));
    cells.extend(people.map(|other| Cell { text: other.name.clone(), look: Look::Name(other.hue) }));
    let widest = cells.iter().map(|cell| cell.text.width()).max().unwrap_or_default();
    let per_row = ((width + GAP) / (widest.max(LONGEST_COUNT.len()) + GAP)).max(1);
    let (room, bots) = (per_row * height, roster.bots());
    let unknown = roster.count().saturating_sub(cells.len() + bots);
    let counts = usize::from(bots > 0);
    let mut hidden = unknown;
    if cells.len() + counts + usize::from(hidden > 0) > room {
        let kept = room.saturating_sub(counts + 1).max(1);
        hidden += cells.len().saturating_sub(kept);
        cells.truncate(kept);
    }
    if hidden > 0 {
        cells.push(Cell { text: format!("and {hidden} more"), look: Look::Faint });
    }
    if bots > 0 {
        cells.push(Cell { text: plural(bots, "bot"), look: Look::Faint });
    }
    let column = cells.iter().map(|cell| cell.text.width()).max().unwrap_or_default() + GAP;
    cells.chunks(per_row).take(height).map(|cells| row(cells, column)).collect()
}

/// The longest count that is usual.
const LONGEST_COUNT: &str = "and 999 more";

fn row(cells: &[Cell], column: usize) -> Line {
    let mut parts = Vec::new();
    for cell in cells {
        parts.push(Part { text: cell.text.clone(), look: cell.look });
        parts.push(Part { text: " ".repeat(column - cell.text.width()), look: Look::Plain });
    }
    Line { time: String::new(), parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(roster: &Roster, width: usize, height: usize) -> Vec<String> {
        pane("Ann", roster, width, height).iter().map(|row| row.text().trim_end().to_owned()).collect()
    }

    #[test]
    fn people_come_first_and_bots_are_counted() {
        let mut roster = Roster::new(6);
        assert!(shown(&roster, 80, 5).is_empty(), "in no room");
        roster.enter(1, Vec::new());
        assert_eq!(shown(&roster, 80, 5), ["Ann (you)"]);
        for (name, is) in [
            ("Art_Bot", SenderKind::Bot),
            ("Bob", SenderKind::Person),
            ("Simple_Bot", SenderKind::Bot),
            ("李雷", SenderKind::Person),
        ] {
            roster.joined(name, is);
        }
        assert_eq!(shown(&roster, 80, 5), ["Ann (you)  Bob        李雷       2 bots"]);
        assert_eq!(shown(&roster, 30, 5), ["Ann (you)  Bob", "李雷       2 bots"]);
        assert_eq!(shown(&roster, 12, 5), ["Ann (you)", "Bob", "李雷", "2 bots"]);
        assert!(shown(&roster, 80, 0).is_empty());
    }

    #[test]
    fn who_does_not_fit_is_counted() {
        let mut roster = Roster::new(6);
        roster.enter(1, Vec::new());
        (0..40).for_each(|n| roster.joined(&format!("person{n}"), SenderKind::Person));
        roster.joined("Art_Bot", SenderKind::Bot);
        let rows = shown(&roster, 40, 2);
        assert_eq!(rows.len(), 2);
        assert!(rows[1].ends_with("and 37 more  1 bot"), "{rows:?}");
        assert!(rows.iter().all(|row| row.width() <= 40), "{rows:?}");
    }
}
