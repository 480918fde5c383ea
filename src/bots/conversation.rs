//! Tells whether people are talking to one another, so that bots and hosts do not cut in.

use std::time::{Duration, Instant};

/// The people's conversation in a room: one of them spoke soon after another, or to another.
#[derive(Debug)]
pub struct Conversation {
    /// It is over when nobody has spoken for this time.
    lull: Duration,
    /// Who spoke last, and when.
    last: Option<(String, Instant)>,
    until: Option<Instant>,
}

impl Conversation {
    /// No conversation yet.
    pub fn new(lull: Duration) -> Conversation {
        Conversation { lull, last: None, until: None }
    }

    /// A person spoke.
    pub fn said(&mut self, by: &str, now: Instant) {
        let is_reply = self.last.as_ref().is_some_and(|(last, at)| last != by && now < *at + self.lull);
        if is_reply || self.is_live(now) {
            self.until = Some(now + self.lull);
        }
        self.last = Some((by.to_owned(), now));
    }

    /// A person has another name from now on.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some((last, _)) = self.last.as_mut().filter(|(last, _)| last == from) {
            to.clone_into(last);
        }
    }

    /// A person spoke to another.
    pub fn begin(&mut self, now: Instant) {
        self.until = Some(now + self.lull);
    }

    /// Only one person is left, or none.
    pub fn end(&mut self) {
        (self.last, self.until) = (None, None);
    }

    /// Whether people are talking to one another.
    pub fn is_live(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// When the conversation is over if nobody speaks again.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LULL: Duration = Duration::from_secs(30);

    #[test]
    fn a_conversation_takes_two_and_ends_with_a_lull() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut conversation = Conversation::new(LULL);
        conversation.said("Ann", at(0));
        conversation.said("Ann", at(10));
        assert!(!conversation.is_live(at(10)), "a monologue");
        conversation.said("Bob", at(20));
        assert!(conversation.is_live(at(49)) && !conversation.is_live(at(50)));
        conversation.said("Bob", at(40));
        assert_eq!(conversation.until(), Some(at(70)), "whoever speaks goes on with it");
        conversation.said("Bob", at(90));
        assert!(!conversation.is_live(at(90)), "after a lull it takes two again");
        conversation.said("Ann", at(119));
        assert!(conversation.is_live(at(119)));
        conversation.end();
        conversation.said("Ann", at(119));
        conversation.rename("Ann", "Anna");
        conversation.said("Anna", at(119));
        assert!(!conversation.is_live(at(119)), "with another name it is a monologue, too");
        conversation.begin(at(120));
        assert!(conversation.is_live(at(149)), "whoever speaks to somebody begins one");
    }
}
