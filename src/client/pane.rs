//! The members' pane: who is in the room, people first, in columns; bots are counted.

use unicode_width::UnicodeWidthStr;

use crate::base::text::plural;
use crate::client::lines::{Line, Look, Part};
use crate::client::roster::Roster;
use crate::wire::json::SenderKind;

/// Between two names, in columns.
const GAP: usize = 2;

/// The width of the longest count that is usual: `and 999 more`.
const LONGEST_COUNT: usize = 12;

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
    let bots = roster.bots();
    let mut people = vec![Cell { text: format!("{own} (you)"), look: Look::Own }];
    let others = roster.others().filter(|other| other.is != SenderKind::Bot);
    people.extend(others.map(|other| Cell { text: other.name.clone(), look: Look::Name(other.hue) }));
    let mut hidden = roster.count().saturating_sub(people.len() + bots);
    // How many columns of names there are, if the widest cell has this width.
    let columns = |widest: usize| ((width + GAP) / (widest + GAP)).max(1);
    let counts = counts(hidden, bots);
    let mut per_row = columns(widest(people.iter().chain(&counts)));
    if people.len() + counts.len() > per_row * height {
        per_row = columns(widest(&people).max(LONGEST_COUNT));
        let kept = (per_row * height).saturating_sub(self::counts(1, bots).len()).max(1);
        hidden += people.len().saturating_sub(kept);
        people.truncate(kept);
    }
    people.extend(self::counts(hidden, bots));
    let column = widest(&people) + GAP;
    people.chunks(per_row).take(height).map(|cells| row(cells, column)).collect()
}

/// How many others there are, and how many bots.
fn counts(others: usize, bots: usize) -> Vec<Cell> {
    let others = (others > 0).then(|| format!("and {others} more"));
    let bots = (bots > 0).then(|| plural(bots, "bot"));
    others.into_iter().chain(bots).map(|text| Cell { text, look: Look::Faint }).collect()
}

fn widest<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> usize {
    cells.into_iter().map(|cell| cell.text.width()).max().unwrap_or_default()
}

fn row(cells: &[Cell], column: usize) -> Line {
    let mut parts = Vec::new();
    for cell in cells {
        parts.push(Part { text: cell.text.clone(), look: cell.look });
        parts.push(Part { text: " ".repeat(column - cell.text.width()), look: Look::Plain });
    }
    Line { parts, ..Line::default() }
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
