//! What members want to be told again of what was said: `/history` and `/search`, and how they are answered.
//!
//! Where it is looked up, and when the answer comes, is not known here.

use std::time::SystemTime;

use crate::base::limits::FOUND_MESSAGES_UNASKED;
use crate::base::text::plural;
use crate::base::time::local_minute;
use crate::chat::{Chat, Room};
use crate::proto::{Event, RoomId};

/// What somebody wants to be told again, of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The last messages.
    Last {
        /// How many at most.
        most: usize,
        /// None that are older.
        since: Option<SystemTime>,
    },
    /// The last messages with all of these words.
    Search {
        /// As they were typed.
        words: String,
        /// How many at most.
        most: usize,
    },
}

impl Wanted {
    /// What stands after `/search`. An error is a sentence.
    pub(super) fn search(rest: &str) -> Result<Wanted, String> {
        if !rest.contains(char::is_alphanumeric) {
            return Err("Which words? Type them after the command, as in: /search pizza tonight".into());
        }
        Ok(Wanted::Search { words: rest.to_owned(), most: FOUND_MESSAGES_UNASKED })
    }

    /// What stands before so many messages that were found, or instead of none. `is_cut`: there are others, older ones.
    fn heading(&self, place: &str, count: usize, is_cut: bool) -> String {
        let messages = plural(count, "message");
        match (self, count) {
            (Wanted::Last { since: None, .. }, 0) => format!("Nothing was said in {place} yet."),
            (Wanted::Last { since: None, .. }, 1) if !is_cut => format!("The only message in {place}:"),
            (Wanted::Last { since: None, .. }, _) if is_cut => format!("The last {messages} in {place}:"),
            (Wanted::Last { since: None, .. }, _) => format!("All {messages} in {place}:"),
            (Wanted::Last { since: Some(since), .. }, 0) => {
                format!("Nothing was said in {place} since {}.", local_minute(*since))
            }
            (Wanted::Last { since: Some(since), .. }, _) => {
                let since = local_minute(*since);
                if is_cut {
                    format!("The last {messages} of those in {place} since {since}:")
                } else {
                    format!("{messages} in {place} since {since}:")
                }
            }
            (Wanted::Search { words, .. }, 0) => {
                format!("No message in {place} has the words: {words}")
            }
            (Wanted::Search { words, .. }, _) if is_cut => {
                format!("The last {messages} in {place} with the words: {words}")
            }
            (Wanted::Search { words, .. }, _) => format!("{messages} in {place} with the words: {words}"),
        }
    }
}

impl Chat {
    /// What whoever wanted it is told before what was found for it in a room: how many messages that are, and whether there
    /// are others; or instead of it. An error is a part of a sentence.
    pub fn heading(&self, room: RoomId, wanted: &Wanted, found: Result<(usize, bool), &str>) -> Event {
        let place = self.room(room).map(Room::place).unwrap_or_default();
        Event::notice(match found {
            Err(why) => format!("What was said cannot be looked up now: {why}. Try again later."),
            Ok((count, is_cut)) => wanted.heading(&place, count, is_cut),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_how_much_it_is() {
        let last = Wanted::Last { most: 20, since: None };
        assert_eq!(last.heading("hall", 0, false), "Nothing was said in hall yet.");
        assert_eq!(last.heading("hall", 1, false), "The only message in hall:");
        assert_eq!(last.heading("hall", 1, true), "The last 1 message in hall:");
        assert_eq!(last.heading("hall", 20, true), "The last 20 messages in hall:");
        let search = Wanted::Search { words: "tea".into(), most: 20 };
        assert_eq!(search.heading("hall", 0, false), "No message in hall has the words: tea");
        assert_eq!(search.heading("hall", 2, false), "2 messages in hall with the words: tea");
    }
}
