//! The questions of one effort: a queue, and the one that the journal is answering.

use crate::hub::history_queries::fair_queue::FairQueue;
use crate::journal::{Question, Search, Ticket};

/// The questions of one effort.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) queue: FairQueue,
    /// The question that the journal is answering.
    pub(super) under_way: Option<Ticket>,
}

impl Lane {
    pub(super) fn next(&mut self) -> Option<(Ticket, Question)> {
        if self.under_way.is_some() {
            return None;
        }
        let next = self.queue.pop()?;
        self.under_way = Some(next.0);
        Some(next)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.under_way.is_none() && !self.queue.is_empty()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_none() && self.queue.is_empty()
    }
}

/// The cost of a quick question for the fair queue, in points of about a millisecond.
pub(super) fn cost(question: &Question) -> u64 {
    match question {
        Question::Last { limit, since, .. } => 1 + (*limit / 64) as u64 + u64::from(since.is_some()),
        Question::Between { limit, .. } | Question::Span { limit, .. } => 1 + (*limit / 64) as u64,
        Question::Page { .. } => 4,
        Question::Search { words, .. } => 2 + Search::parse(words).map_or(1, |search| search.cost()),
    }
}

/// The cost of a thorough question, in points. All cost the same.
pub(super) const THOROUGH_COST: u64 = 32;
