//! A room that the user is in, or a tab of private messages: who is there, the lines that were heard there, and the line that is being typed.

use std::collections::VecDeque;

use crate::base::limits::{ROOM_CONTEXT_LINES, ROOM_SCROLLBACK_LINES};
use crate::client::lines::Line;
use crate::client::presence_digest::PresenceDigest;
use crate::client::roster::Roster;

/// Stands before the name of a member in the name of its tab of private messages. No room's name has it.
pub(super) const MARK: char = '@';

/// Stands below what was replayed.
pub(super) const NEW_MESSAGES: &str = "── new messages ──";

/// A room that the user is in.
#[derive(Debug)]
pub struct Room {
    /// Its name, as the server spells it.
    pub name: String,
    /// How many messages came since the user was there.
    pub unread: usize,
    /// One of them mentions the user.
    pub is_mentioned: bool,
    /// Its members.
    pub(super) roster: Roster,
    /// Joins and leaves that are not shown yet.
    pub(super) presence: PresenceDigest,
    /// The input line, while another room is the current one.
    pub(super) draft: String,
    /// The date of the last line with a time.
    pub(super) day: Option<String>,
    /// Replayed messages came since the last join.
    pub(super) has_old: bool,
    /// The client was here before it lost the connection: what is replayed was missed.
    pub(super) is_back: bool,
    scrollback: VecDeque<Line>,
    /// How many lines at the end of the scrollback were not shown yet.
    unshown: usize,
}

impl Room {
    /// A room that is joined just now. Its members have so many colours.
    pub(super) fn new(name: &str, hues: usize) -> Room {
        Room {
            name: name.to_owned(),
            unread: 0,
            is_mentioned: false,
            roster: Roster::new(hues),
            presence: PresenceDigest::default(),
            draft: String::new(),
            day: None,
            has_old: false,
            is_back: false,
            scrollback: VecDeque::new(),
            unshown: 0,
        }
    }

    /// The other member, if this is the tab of private messages with it.
    pub fn partner(&self) -> Option<&str> {
        self.name.strip_prefix(MARK)
    }

    /// Adds a line. `shown`: the user sees it now.
    pub(super) fn push(&mut self, line: Line, shown: bool) {
        if self.scrollback.len() >= ROOM_SCROLLBACK_LINES {
            self.scrollback.pop_front();
        }
        self.scrollback.push_back(line);
        self.unshown = if shown { 0 } else { (self.unshown + 1).min(self.scrollback.len()) };
    }

    /// A message is erased, or has another text. Returns whether the user has seen it as it was.
    pub(super) fn amend(&mut self, id: u64, text: Option<&str>) -> bool {
        let seen = self.scrollback.len() - self.unshown;
        let Some(at) = self.scrollback.iter().rposition(|line| line.id == Some(id)) else { return true };
        self.scrollback[at].amend(text);
        at < seen
    }

    /// The lines to show when the user comes here: its name, a few lines that were shown before, and all others.
    pub(super) fn arrive(&mut self) -> Vec<Line> {
        let new = std::mem::take(&mut self.unshown);
        let seen = self.scrollback.len() - new;
        let from = seen.saturating_sub(ROOM_CONTEXT_LINES);
        let mut lines = vec![Line::heading(&self.name)];
        lines.extend(self.scrollback.range(from..seen).cloned());
        // One mark is enough: what was replayed ends with its own.
        let is_marked = |line: &Line| line.text() == NEW_MESSAGES;
        let beside = self.scrollback.range(seen.saturating_sub(1)..(seen + 1).min(self.scrollback.len()));
        if from < seen && new > 0 && !beside.into_iter().any(is_marked) {
            lines.push(Line::faint("", "── since you were here ──"));
        }
        lines.extend(self.scrollback.range(seen..).cloned());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(room: &mut Room) -> Vec<String> {
        room.arrive().iter().map(Line::text).collect()
    }

    #[test]
    fn who_comes_back_sees_where_it_was_and_what_is_new() {
        let mut room = Room::new("garden", 6);
        assert_eq!(arrived(&mut room), ["━━ garden ━━"]);
        room.push(Line::notice("old"), true);
        assert_eq!(arrived(&mut room), ["━━ garden ━━", "old"]);
        room.push(Line::notice("new"), false);
        assert_eq!(arrived(&mut room), ["━━ garden ━━", "old", "── since you were here ──", "new"]);
        assert_eq!(arrived(&mut room), ["━━ garden ━━", "old", "new"], "it is shown now");
    }

    #[test]
    fn one_mark_is_enough() {
        for is_first_seen in [true, false] {
            let mut room = Room::new("garden", 6);
            room.push(Line::notice("old"), true);
            room.push(Line::faint("", NEW_MESSAGES), is_first_seen);
            room.push(Line::notice("new"), false);
            assert_eq!(arrived(&mut room), ["━━ garden ━━", "old", NEW_MESSAGES, "new"]);
        }
    }

    #[test]
    fn what_is_amended_is_shown_so_from_then_on() {
        let mut room = Room::new("garden", 6);
        let said = |id, text: &str| Line { id: Some(id), ..Line::notice(text) };
        room.push(said(1, "tea"), true);
        room.push(said(2, "te"), false);
        assert!(!room.amend(2, None) && room.amend(1, None), "the first one was seen");
        assert!(room.amend(3, None), "it may have been");
        assert_eq!(
            arrived(&mut room),
            ["━━ garden ━━", "── erased ──", "── since you were here ──", "── erased ──"]
        );
    }

    #[test]
    fn a_room_keeps_so_many_lines() {
        let mut room = Room::new("garden", 6);
        for n in 0..ROOM_SCROLLBACK_LINES + 5 {
            room.push(Line::notice(n.to_string()), false);
        }
        let lines = arrived(&mut room);
        assert_eq!((lines.len(), lines[1].as_str()), (ROOM_SCROLLBACK_LINES + 1, "5"));
        assert_eq!(arrived(&mut room).len(), ROOM_CONTEXT_LINES + 1);
    }
}
