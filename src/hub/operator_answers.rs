//! Late results for operators, by ticket: of questions and erasures, and of decisions that await their commit. The wording is
//! elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use crate::base::limits::OPERATOR_REPLY_TIMEOUT;
use crate::journal::{ErasureReport, QueryResult, RetentionReport, Ticket};

/// A late result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminResult {
    /// The decision is committed; or it cannot be, for now.
    Decided {
        /// Why it cannot be committed; `None`: it is.
        degraded: Option<String>,
    },
    /// A page of a room's messages, or why it cannot be read.
    Page(Result<QueryResult, String>),
    /// The messages of a name are erased.
    Erased(ErasureReport),
    /// The state of retention.
    Retention(RetentionReport),
    /// The result takes longer than operators wait. The work goes on.
    Delayed {
        /// Why commits fail; `None`: they do not.
        degraded: Option<String>,
    },
    /// The service ends before the result is there.
    Stopping,
}

/// Open tickets, and results to deliver.
#[derive(Debug, Default)]
pub(super) struct OperatorAnswers {
    /// Open tickets, and since when they wait. Later tickets wait since later.
    waiting: BTreeMap<Ticket, Instant>,
    /// Tickets that await the commit of a batch, in the order of the batches.
    commits: VecDeque<(u64, Ticket)>,
    results: VecDeque<(Ticket, AdminResult)>,
}

impl OperatorAnswers {
    /// Opens a ticket.
    pub(super) fn wait(&mut self, ticket: Ticket, now: Instant) {
        self.waiting.insert(ticket, now);
    }

    /// Opens a ticket that awaits the commit of this batch, without a timeout.
    pub(super) fn wait_for_commit(&mut self, batch: u64, ticket: Ticket) {
        self.commits.push_back((batch, ticket));
    }

    /// Adds a result.
    pub(super) fn push(&mut self, ticket: Ticket, result: AdminResult) {
        self.waiting.remove(&ticket);
        self.results.push_back((ticket, result));
    }

    /// All batches up to this one are committed. If commits fail for the reason `degraded`, all open commits get that result.
    pub(super) fn on_committed(&mut self, upto: u64, degraded: Option<&str>) {
        let is_over = |batch: u64| batch <= upto || degraded.is_some();
        while self.commits.front().is_some_and(|(batch, _)| is_over(*batch))
            && let Some((batch, ticket)) = self.commits.pop_front()
        {
            let degraded = degraded.filter(|_| batch > upto).map(str::to_owned);
            self.results.push_back((ticket, AdminResult::Decided { degraded }));
        }
    }

    /// When the next ticket times out.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, since)| *since + OPERATOR_REPLY_TIMEOUT)
    }

    /// Gives tickets that have timed out the result `Delayed`. `degraded`: why commits fail.
    pub(super) fn on_timer(&mut self, degraded: Option<&str>, now: Instant) {
        while self.deadline().is_some_and(|at| now >= at)
            && let Some((ticket, _)) = self.waiting.pop_first()
        {
            let degraded = degraded.map(str::to_owned);
            self.results.push_back((ticket, AdminResult::Delayed { degraded }));
        }
    }

    /// The service ends: only commits are still awaited.
    pub(super) fn stop(&mut self) {
        let unanswered = std::mem::take(&mut self.waiting).into_keys();
        self.results.extend(unanswered.map(|ticket| (ticket, AdminResult::Stopping)));
    }

    /// The next result.
    pub(super) fn poll(&mut self) -> Option<(Ticket, AdminResult)> {
        self.results.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(answers: &mut OperatorAnswers) -> Vec<(Ticket, AdminResult)> {
        std::iter::from_fn(|| answers.poll()).collect()
    }

    #[test]
    fn a_timeout_is_reported_once_and_the_result_may_follow() {
        let start = Instant::now();
        let late = start + OPERATOR_REPLY_TIMEOUT;
        let mut answers = OperatorAnswers::default();
        (1..=3).for_each(|ticket| answers.wait(Ticket(ticket), start));
        let erased = AdminResult::Erased(ErasureReport { messages: 1, copies: Vec::new() });
        answers.push(Ticket(1), erased.clone());
        assert_eq!(answers.deadline(), Some(late));
        answers.wait(Ticket(4), late);
        answers.on_timer(Some("full"), late);
        let delayed = || AdminResult::Delayed { degraded: Some("full".into()) };
        assert_eq!(
            results(&mut answers),
            [(Ticket(1), erased.clone()), (Ticket(2), delayed()), (Ticket(3), delayed())]
        );
        answers.push(Ticket(3), erased.clone());
        answers.stop();
        assert_eq!(results(&mut answers), [(Ticket(3), erased), (Ticket(4), AdminResult::Stopping)]);
        assert_eq!(answers.deadline(), None);
    }

    #[test]
    fn decisions_wait_for_their_batch_or_for_nothing_if_none_can_be_kept() {
        let mut answers = OperatorAnswers::default();
        (1..=4).for_each(|batch| answers.wait_for_commit(batch, Ticket(batch)));
        answers.on_committed(1, None);
        let decided = |degraded: Option<&str>| AdminResult::Decided { degraded: degraded.map(str::to_owned) };
        assert_eq!(results(&mut answers), [(Ticket(1), decided(None))]);
        answers.stop();
        assert_eq!(results(&mut answers), [], "the rest is committed as the service ends");
        answers.on_committed(2, Some("full"));
        let degraded = || decided(Some("full"));
        assert_eq!(
            results(&mut answers),
            [(Ticket(2), decided(None)), (Ticket(3), degraded()), (Ticket(4), degraded())]
        );
    }
}
