//! Which events of a room a member receives, and their text.

use salon::bots::NOBODY_FOLLOWED;
use salon::wire::json::SenderKind;

use crate::hour::hearing::{Line, Tongue};
use crate::hour::record::{Deed, News};
use crate::hour::rules::is_end_of_game;

/// Whose messages a follower in thrones receives.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// Its Lord: it receives nobody else's.
    lord: Option<String>,
    /// When it was told that it is no follower any more; it may miss other events of that moment.
    fades: Option<u64>,
    /// It may have been told a moment later.
    is_late: bool,
}

/// Whether this is the member's own message, and is not echoed; or what its dialect cannot express.
pub fn hides_own(news: &News, own: &str, tongue: Tongue, kind: &str) -> bool {
    if tongue == Tongue::Chaty && news.text().is_none() && news.is_of_speaker() {
        // Its programs are not told of it.
        return true;
    }
    let prints_itself = matches!(tongue, Tongue::Eom | Tongue::Chaty);
    // Of the lines of IRC, only messages have ids.
    if tongue == Tongue::Irc && news.text().is_none() {
        return true;
    }
    news.text().is_some() && news.who == own && (prints_itself || kind == "chaty")
}

/// Stands before each further line of a message, where lines are printed as they come.
pub const FURTHER_LINE: &str = "  | ";

/// A text of several lines as it is printed.
pub fn marked(text: &str) -> String {
    text.replace('\n', &format!("\n{FURTHER_LINE}"))
}

/// Begins a sentence about what an operator of the server did in a room.
pub const OPERATOR: &str = "The server's operator";

/// Whether this is the text of the event in a room of this kind.
pub fn is_heard_as(line: &Line, id: u64, news: &News, tongue: Tongue, kind: &str) -> bool {
    let text = match line {
        Line::Id(heard) => return *heard == id,
        Line::Text(text) => text,
    };
    let News { who, deed, .. } = news;
    let is_chaty = tongue == Tongue::Chaty || kind == "chaty";
    let wanted = match deed {
        Deed::Joined if is_chaty => format!("{who} just connected"),
        Deed::Joined => format!("User {who} has joined the chat!"),
        Deed::Left(why) => {
            let left = left(who, is_chaty);
            match why.as_ref().filter(|_| tongue != Tongue::Chaty) {
                Some(why) => format!("{} (Removed by the host for: {why})", left.trim_end()),
                None => left,
            }
        }
        Deed::Kicked(..) if tongue == Tongue::Chaty => left(who, is_chaty),
        Deed::Kicked(by, reason) => {
            let colon = if reason.is_empty() { "" } else { ": " };
            format!("{} (Removed by {by}{colon}{reason})", left(who, is_chaty).trim_end())
        }
        Deed::Changed(_, sentence) => sentence.clone(),
        Deed::Renamed(from) => match tongue {
            Tongue::Eom => format!("Host: User {from} is now {who}, and has not left the chat."),
            Tongue::Chaty => format!("{from} is now {who}"),
            Tongue::Line | Tongue::Json | Tongue::Irc => format!("{from} is now {who}."),
        },
        Deed::Said(said) => format!("{who}: {}", marked(said)),
        Deed::Acted(done) => format!("* {who} {done}"),
        Deed::Erased(_) if news.is == SenderKind::Host => {
            return tongue != Tongue::Chaty && text.starts_with(&format!("{OPERATOR} erased a message"));
        }
        Deed::Erased(_) | Deed::Edited(..) if tongue == Tongue::Chaty => return false,
        Deed::Erased(_) => format!("{who} erased a message."),
        Deed::Edited(_, text) => format!("{who} corrects: {}", marked(text)),
        Deed::Topic(text) => {
            let by = if news.is == SenderKind::Host { OPERATOR } else { who };
            if text.is_empty() {
                format!("{by} removed the topic.")
            } else {
                format!("{by} set the topic: {text}")
            }
        }
    };
    *text == wanted
}

fn left(who: &str, is_chaty: bool) -> String {
    if is_chaty { format!("{who} left the chat ") } else { format!("Host: User {who} left the chat.") }
}

impl Attention {
    /// Of a member that may receive notices late.
    pub fn late() -> Attention {
        Attention { is_late: true, ..Attention::default() }
    }

    /// From now on it may receive notices late.
    pub fn falls_behind(&mut self) {
        self.is_late = true;
    }

    /// Handles a private notice, which tells when the member starts or stops following.
    pub fn notice(&mut self, text: &str, at: u64) {
        if let Some(rest) = text.strip_prefix("You follow ")
            && let Some((lord, _)) = rest.split_once(", and hear nobody else")
        {
            (self.lord, self.fades) = (Some(lord.to_owned()), None);
        } else if self.lord.is_some() {
            // What was said before that was still not for it.
            let ends = [
                NOBODY_FOLLOWED,
                "has dismissed you. You may watch.",
                "You have given your seat up",
                "You have lost faith",
            ];
            self.fades = self.fades.or_else(|| ends.iter().any(|end| text.contains(end)).then_some(at));
        }
    }

    /// Whether a follower does not receive this.
    pub fn hides(&mut self, news: &News, own: &str, is_it: bool) -> bool {
        if let (Deed::Renamed(from), Some(lord)) = (&news.deed, &mut self.lord)
            && from == lord
        {
            lord.clone_from(&news.who);
        }
        let Some(lord) = &self.lord else { return false };
        let is_end = news.by_host().is_some_and(is_end_of_game);
        if is_end || self.fades.is_some_and(|at| at < news.at) {
            self.lord = None;
            return false;
        }
        let is_not_for_it = news.is_of_speaker() && news.who != *lord && news.who != own;
        match self.fades {
            Some(at) if self.is_late || at == news.at => is_not_for_it && !is_it,
            _ => is_not_for_it,
        }
    }
}
