//! Erased and edited messages that answers of the journal may still show as they were. From the release of an amendment on, no
//! answer has the earlier text: not one that the journal gave before its commit, and none while commits fail.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::base::limits::UNSTORED_AMENDMENTS;
use crate::journal::{Message, StreamId, Ticket};

/// An amendment that answers may lack.
#[derive(Clone, Debug)]
pub(super) struct PendingAmendment {
    stream: StreamId,
    id: u64,
    /// `None`: the message is erased.
    text: Option<Rc<str>>,
    /// The batch that stores it.
    batch: u64,
    is_released: bool,
    /// Once it is committed: the questions that the journal was answering then.
    unanswered: Option<Vec<Ticket>>,
}

/// Amendments in the order of their batches.
#[derive(Debug, Default)]
pub(super) struct Amendments {
    pending: VecDeque<PendingAmendment>,
}

impl Amendments {
    /// A message is amended with this batch.
    pub(super) fn add(&mut self, stream: StreamId, id: u64, text: Option<Rc<str>>, batch: u64) {
        let (is_released, unanswered) = (false, None);
        self.pending.push_back(PendingAmendment { stream, id, text, batch, is_released, unanswered });
    }

    /// Whether so many are pending that there must not be more.
    pub(super) fn are_many(&self) -> bool {
        self.pending.len() >= UNSTORED_AMENDMENTS
    }

    /// Batches up to `committed` are committed, and those up to `released` are released, while the journal is answering the
    /// questions `under_way`. Returns what was released by that.
    pub(super) fn advance(
        &mut self,
        committed: u64,
        released: u64,
        under_way: &[Ticket],
    ) -> Vec<PendingAmendment> {
        let mut new = Vec::new();
        for amendment in &mut self.pending {
            if amendment.batch <= released.max(committed) && !amendment.is_released {
                amendment.is_released = true;
                new.push(amendment.clone());
            }
            if amendment.batch <= committed && amendment.unanswered.is_none() {
                amendment.unanswered = Some(under_way.to_vec());
            }
        }
        self.drop_done();
        new
    }

    /// The journal has answered a question with these messages: corrects them.
    pub(super) fn on_answered(&mut self, ticket: Ticket, messages: &mut Vec<Message>) {
        for amendment in self.pending.iter().filter(|amendment| amendment.is_released) {
            amendment.carry_out(messages);
        }
        for unanswered in self.pending.iter_mut().filter_map(|amendment| amendment.unanswered.as_mut()) {
            unanswered.retain(|other| *other != ticket);
        }
        self.drop_done();
    }

    fn drop_done(&mut self) {
        let is_done = |amendment: &PendingAmendment| amendment.unanswered.as_ref().is_some_and(Vec::is_empty);
        self.pending.retain(|amendment| !is_done(amendment));
    }
}

impl PendingAmendment {
    /// Erases the message among these, or gives it its text. Returns whether it is among them.
    pub(super) fn carry_out(&self, messages: &mut Vec<Message>) -> bool {
        let is_it = |message: &Message| message.stream == self.stream && message.id == self.id;
        let Some(at) = messages.iter().position(is_it) else { return false };
        match &self.text {
            Some(text) => (messages[at].text, messages[at].is_edited) = (text.to_string(), true),
            None => drop(messages.remove(at)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::proto::Manner;

    const STREAM: StreamId = StreamId(1);

    fn found() -> Vec<Message> {
        let message = |id| Message {
            stream: STREAM,
            id,
            time: SystemTime::UNIX_EPOCH,
            by: None,
            manner: Manner::Speech,
            text: "tea".into(),
            is_edited: false,
        };
        (1..=3).map(message).collect()
    }

    fn answered(amendments: &mut Amendments, ticket: u64) -> Vec<(u64, String)> {
        let mut messages = found();
        amendments.on_answered(Ticket(ticket), &mut messages);
        messages.into_iter().map(|message| (message.id, message.text)).collect()
    }

    #[test]
    fn answers_change_with_the_release_and_until_no_older_one_can_come() {
        let mut amendments = Amendments::default();
        amendments.add(STREAM, 2, None, 5);
        amendments.add(STREAM, 3, Some("coffee".into()), 6);
        assert_eq!(answered(&mut amendments, 1).len(), 3, "nobody knows of it yet");
        assert_eq!(amendments.advance(5, 5, &[Ticket(2)]).len(), 1);
        assert_eq!(answered(&mut amendments, 9), [(1, "tea".into()), (3, "tea".into())]);
        assert_eq!(amendments.advance(5, 6, &[]).len(), 1, "commits fail, and it is released");
        assert_eq!(answered(&mut amendments, 2), [(1, "tea".into()), (3, "coffee".into())]);
        assert_eq!(amendments.pending.len(), 1, "what was asked before the commit is answered");
        assert_eq!(answered(&mut amendments, 10)[2].1, "coffee");
        assert!(amendments.advance(6, 6, &[]).is_empty());
        assert!(amendments.pending.is_empty());
    }

    #[test]
    fn so_many_and_no_more() {
        let mut amendments = Amendments::default();
        for id in 0..UNSTORED_AMENDMENTS as u64 {
            assert!(!amendments.are_many());
            amendments.add(STREAM, id, None, 1);
        }
        assert!(amendments.are_many());
    }
}
